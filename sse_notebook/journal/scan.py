"""Looks for secrets in a recording, by their usual shapes and names.

The law: what is found is told by its place and its kind, and never shown. What is masked is no secret.
"""

from __future__ import annotations

import contextlib
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from sse_notebook.journal.cast import Entry, Header
from sse_notebook.source.redactor import MASK
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


class Shape(NamedTuple):
    """What a kind of secret looks like.

    Attributes:
        kind: what it is called.
        gate: a text without which it can't be there.
        begins: how it can begin, in small letters if capitals count as these: to look for that costs little.
        pattern: all of it, from there on.
        folded: whether capitals count as small letters.
    """

    kind: str
    gate: str
    begins: tuple[str, ...]
    pattern: re.Pattern[str]
    folded: bool


def _all(*parts: str) -> tuple[str, ...]:
    """All texts that are made of one of each of these words."""
    return tuple("".join(each) for each in product(*(part.split("|") for part in parts)))


SHAPES: Final = tuple(
    Shape(kind, gate, begins, re.compile(pattern), pattern.startswith("(?i)"))
    for kind, gate, begins, pattern in (
        ("a JSON Web Token", "eyJ", ("eyJ",), r"\beyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*"),
        ("a bearer token", "earer", _all("B|b", "earer"), r"\b[Bb]earer\s+(?!\*\*\*)[\w.~+/-]{12,}"),
        (
            "HTTP's basic authorization",
            "asic ",
            _all("B|b", "asic "),
            r"\b[Bb]asic\s+[A-Za-z0-9+/]{12,}={0,2}",
        ),
        ("a private key", "PRIVATE KEY", ("-----BEGIN ",), r"-----BEGIN [A-Z ]*PRIVATE KEY"),
        ("an AWS key", "IA", ("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        ("a GitHub token", "gh", _all("gh", "p|o|u|s|r", "_"), r"\bgh[pousr]_[A-Za-z0-9]{30,}"),
        ("a GitHub token", "github_pat_", ("github_pat_",), r"\bgithub_pat_\w{30,}"),
        ("a GitLab token", "glpat-", ("glpat-",), r"\bglpat-[\w-]{20,}"),
        ("a Slack token", "xox", _all("xox", "a|b|e|o|p|r|s", "-"), r"\bxox[abeoprs]-[\w-]{10,}"),
        ("a Google API key", "AIza", ("AIza",), r"\bAIza[\w-]{35}"),
        (
            "a Stripe key",
            "k_",
            _all("r|s", "k_", "live|test", "_"),
            r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}",
        ),
        ("an API key", "sk-", ("sk-",), r"\bsk-[\w-]{20,}"),
        ("an npm token", "npm_", ("npm_",), r"\bnpm_[A-Za-z0-9]{30,}"),
        ("a password in a URL", "@", ("://",), r"://[^/\s:@\"']*:(?!\*\*\*@)[^/\s@\"']+@"),
        (
            "a secret in a query",
            "=",
            (
                *_all("|access_|refresh_|id_", "token="),
                *_all("|client_", "secret="),
                *_all("|x-amz-", "signature="),
                *("password=", "passwd=", "api_key=", "apikey=", "sig="),
            ),
            r"(?i)\b[a-z_-]+=(?!\*\*\*|%2A)[^&\s\"'\\]{6,}",
        ),
        (
            "a secret in text",
            ":",
            (
                *("password", "passwd", "secret", "authorization"),
                *_all("api|access", "|_|-", "key|token"),
            ),
            r"(?i)\b(?:password|passwd|secret|api[_-]?key|access[_-]?token|authorization)\b[\"']?\s*:\s*"
            r"[\"']?(?!\*\*\*)[^\s\"',;]{6,}",
        ),
    )
)
SHORTEST: Final = 6  # characters that a secret has at the least, with what it is known by

# Words that may be a secret in base64: the shortest that some shape can have.
BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{24,}")
_LONG: Final = b"a" * 24
_WORDS: Final = bytes(ord("a") if BASE64.fullmatch(chr(byte) * 24) else ord(" ") for byte in range(256))
_SMALL: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
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
    payload = _payload(body.data)
    if payload is body.data or not _nothing_in(body.data) or _has_secret_name(payload):
        yield from _in_value(line, entry.code, "data", payload)


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


def _has_secret_name(payload: Any) -> bool:
    """Whether the name of some field says that its value is a secret."""
    todo = [payload]
    while todo:
        value = todo.pop()
        if type(value) is dict:
            if any(isinstance(inner, str) and _is_secret_field(name, inner) for name, inner in value.items()):
                return True
            todo += [inner for inner in value.values() if type(inner) in (dict, list)]
        elif type(value) is list:
            todo += [inner for inner in value if type(inner) in (dict, list)]
    return False


@lru_cache(maxsize=10_000)
def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_secret_field(name: str, value: str) -> bool:
    if not value or MASK in value or value.startswith("anon-"):
        return False
    plain = _plain(name)
    if plain in _SURE_NAMES or plain.endswith(_SURE):
        return True
    return plain.endswith(_MAYBE) and len(value) >= _LONG_ENOUGH and not any(map(str.isspace, value))


def _in_text(line: int, code: str, field: str, text: str) -> Iterator[Finding]:
    kinds = _kinds(text)
    for how, inner in _encoded_in(text):
        kinds += [f"{kind}, {how}" for kind in _kinds(inner)]
    for kind in dict.fromkeys(kinds):
        yield Finding(line, code, field[:200], kind)


def _nothing_in(text: str) -> bool:
    """Whether no shape can stand in any part of a text of JSON: cheaper to know than to look at each part."""
    if "\\u" in text:
        return False  # any character may be written so
    text = text.replace("\\/", "/")
    return not ("%" in text or any(True for _ in _begun(text)) or _has_long_word(text))


def _kinds(text: str) -> list[str]:
    if len(text) < SHORTEST:
        return []
    return [
        shape.kind
        for shape, looked, begin in _begun(text)
        if any(shape.pattern.match(text, at) for at in _places(looked, begin))
    ]


def _begun(text: str) -> Iterator[tuple[Shape, str, str]]:
    """The shapes of which a beginning stands in a text: in which text to look for it, and for what."""
    small = ""
    for shape in SHAPES:
        if shape.gate in text:
            looked = text
            if shape.folded:
                looked = small = small or _small(text)
            for begin in shape.begins:
                if begin in looked:
                    yield shape, looked, begin


def _small(text: str) -> str:
    """A text in small letters, as long as it is: of others than ASCII's there may be two for one."""
    small = text.lower()
    return small if len(small) == len(text) else text.translate(_SMALL)


def _places(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _has_long_word(text: str) -> bool:
    """Whether something stands in a text that `BASE64` finds: to know it costs a twentieth of that."""
    return _LONG in text.encode(errors="replace").translate(_WORDS)


def _encoded_in(text: str) -> Iterator[tuple[str, str]]:
    """What stands in a text in other writings, and in which."""
    texts = [text]
    if "%" in text and (plain := unquote(text)) != text:
        yield "URL-encoded", plain
        texts.append(plain)
    long = filter(_has_long_word, texts)
    for word in dict.fromkeys(word for each in long for word in BASE64.findall(each)):
        word = word[: len(word) - (len(word) % 4 == 1)].translate(_STANDARD)
        # Pictures, keys, hashes, and paths that only look like it, give no text.
        with contextlib.suppress(UnicodeDecodeError):
            yield "in base64", b64decode(word + "=" * (-len(word) % 4)).decode()
