"""Looks for secrets in a recording, by their usual shapes and names.

The law: what is found is told by its place and its kind, and never shown. What is masked is no secret.
"""

from __future__ import annotations

import contextlib
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from sse_notebook.journal.cast import Entry, Header
from sse_notebook.source.credentials import MASK
from sse_notebook.wire import ServerSentEvent

__all__ = ["Finding", "secrets_in_entry", "secrets_in_header"]

MOST: Final = 1_000  # findings of one line; more of them say nothing new
DEEPEST: Final = 100


class Finding(NamedTuple):
    """Where a secret seems to stand.

    Attributes:
        line: which line of the file, from 1 on.
        code: that of the line; `"header"` for the first.
        field: where in it, as `"data.user.token"`.
        kind: what it looks like.
    """

    line: int
    code: str
    field: str
    kind: str


# What each kind of secret looks like, and a text without which it can't be there: looking for that is cheap.
SHAPES: Final[tuple[tuple[str, str, re.Pattern[str]], ...]] = tuple(
    (kind, needle, re.compile(pattern))
    for kind, needle, pattern in (
        ("a JSON Web Token", "eyJ", r"\beyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*"),
        ("a bearer token", "earer", r"\b[Bb]earer\s+(?!\*\*\*)[\w.~+/-]{12,}"),
        ("HTTP's basic authorization", "asic ", r"\b[Bb]asic\s+[A-Za-z0-9+/]{12,}={0,2}"),
        ("a private key", "PRIVATE KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY"),
        ("an AWS key", "A", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        ("a GitHub token", "gh", r"\bgh[pousr]_[A-Za-z0-9]{30,}"),
        ("a GitHub token", "github_pat_", r"\bgithub_pat_\w{30,}"),
        ("a GitLab token", "glpat-", r"\bglpat-[\w-]{20,}"),
        ("a Slack token", "xox", r"\bxox[abeoprs]-[\w-]{10,}"),
        ("a Google API key", "AIza", r"\bAIza[\w-]{35}"),
        ("a Stripe key", "k_", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}"),
        ("an API key", "sk-", r"\bsk-[\w-]{20,}"),
        ("an npm token", "npm_", r"\bnpm_[A-Za-z0-9]{30,}"),
        ("a password in a URL", "://", r"://[^/\s:@\"']*:(?!\*\*\*@)[^/\s@\"']+@"),
        (
            "a secret in a query",
            "=",
            r"(?i)\b(?:token|access_token|refresh_token|id_token|password|passwd|secret|client_secret|api_?key"
            r"|signature|x-amz-signature|sig)=(?!\*\*\*|%2A)[^&\s\"'\\]{6,}",
        ),
        (
            "a secret in text",
            ":",
            r"(?i)\b(?:password|passwd|secret|api[_-]?key|access[_-]?token|authorization)\b[\"']?\s*:\s*"
            r"[\"']?(?!\*\*\*)[^\s\"',;]{6,}",
        ),
    )
)

# Words that may be a secret in base64: the shortest that some shape can have.
BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{24,}")
_STANDARD: Final = str.maketrans("-_", "+/")

# Fields whose value is a secret, whatever it looks like; and those that often are none: what a language model
# says comes in a `token` too. Case and separators are put aside.
_SURE: Final = (
    "password",
    "passwd",
    "secret",
    "apikey",
    "privatekey",
    "accesstoken",
    "refreshtoken",
    "idtoken",
)
_SURE_NAMES: Final = frozenset(
    {"pwd", "authorization", "proxyauthorization", "cookie", "setcookie", "xapikey"}
)
_MAYBE: Final = ("token",)
_LONG_ENOUGH: Final = 16


def secrets_in_header(header: Header) -> Iterator[Finding]:
    """The secrets that seem to stand in the first line."""
    fields = {"url": header.url, "request": header.request, "env": header.env, **header.more}
    for field, value in fields.items():
        yield from _in_value(1, "header", field, value)


def secrets_in_entry(line: int, entry: Entry) -> Iterator[Finding]:
    """The secrets that seem to stand in a line.

    Example:
        >>> event = ServerSentEvent(data='{"user": {"password": "hunter2"}}')
        >>> [(found.field, found.kind) for found in secrets_in_entry(2, Entry(0, "ev", event))]
        [('data.user.password', 'a field of this name')]
    """
    body = entry.body
    if not isinstance(body, ServerSentEvent):
        yield from _in_value(line, entry.code, "", body)
        return
    yield from _in_text(line, entry.code, "event", body.event)
    if body.own_id is not None:
        yield from _in_text(line, entry.code, "id", body.own_id)
    yield from _in_value(line, entry.code, "data", _payload(body.data))


def _payload(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return text
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return payload if _depth(payload) else text


def _depth(value: Any) -> bool:
    """Whether it is not too deep to be gone into."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return True
    return False


def _in_value(line: int, code: str, field: str, value: Any) -> Iterator[Finding]:
    if isinstance(value, str):
        yield from _in_text(line, code, field, value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            at = f"{field}.{name}" if field else str(name)
            if isinstance(inner, str) and _is_secret_field(str(name), inner):
                yield Finding(line, code, at[:200], "a field of this name")
            else:
                yield from _in_value(line, code, at, inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _in_value(line, code, f"{field}[{place}]", inner)


def _is_secret_field(name: str, value: str) -> bool:
    if not value or MASK in value or value.startswith("anon-"):
        return False
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    if plain in _SURE_NAMES or plain.endswith(_SURE):
        return True
    return plain.endswith(_MAYBE) and len(value) >= _LONG_ENOUGH and not any(map(str.isspace, value))


def _in_text(line: int, code: str, field: str, text: str) -> Iterator[Finding]:
    kinds = _kinds(text)
    for how, inner in _encoded_in(text):
        kinds += [f"{kind}, {how}" for kind in _kinds(inner)]
    for kind in dict.fromkeys(kinds):
        yield Finding(line, code, field[:200], kind)


def _kinds(text: str) -> list[str]:
    return [kind for kind, needle, pattern in SHAPES if needle in text and pattern.search(text)]


def _encoded_in(text: str) -> Iterator[tuple[str, str]]:
    """What stands in a text in other writings, and in which."""
    texts = [text]
    if "%" in text and (plain := unquote(text)) != text:
        yield "URL-encoded", plain
        texts.append(plain)
    for word in dict.fromkeys(word for each in texts for word in BASE64.findall(each)):
        word = word[: len(word) - (len(word) % 4 == 1)].translate(_STANDARD)
        # Pictures, keys, hashes, and paths that only look like it, give no text.
        with contextlib.suppress(UnicodeDecodeError):
            yield "in base64", b64decode(word + "=" * (-len(word) % 4)).decode()
