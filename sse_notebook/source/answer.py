"""What a server's answer is: the stream that was asked for, a redirect, or one of our errors. Pure.

The law: an answer is judged by its status and its headers alone; a few words of its body may be added to the
reason. Nothing here reads a socket.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit, urlunsplit

from sse_notebook.errors import BadRedirect, BadStatus, ConnectionFailed, NotAnEventStream, Unauthorized
from sse_notebook.source.credentials import origin_of
from sse_notebook.source.inflate import ENCODINGS
from sse_notebook.source.policy import retry_after

__all__ = ["Answer", "Redirect", "body_words", "cut", "judge"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

LONGEST_WORDS = 200  # characters of a body that are repeated in a reason

# Where errors in JSON say what is wrong: problem details (RFC 9457) in `title` and `detail`, OAuth (RFC 6749)
# in `error` and `error_description`, Kubernetes in `reason` and `message`, FastAPI in `detail`.
_WORDS = ("title", "error", "reason", "message", "detail", "error_description")


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer; names of headers in lower case."""

    status: int
    reason: str
    headers: Mapping[str, str]

    @property
    def encoding(self) -> str:
        """The content encoding; `"identity"` where there is none."""
        return self.headers.get("content-encoding", "").strip().lower() or "identity"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Another URL to ask, absolute."""

    url: str


def judge(answer: Answer, url: str, *, now: float) -> Redirect | ConnectionFailed | None:
    """What an answer to a request for `url` is: None for the stream that was asked for.

    Args:
        answer: its head.
        url: what was asked for, absolute.
        now: Unix time in seconds.

    Example:
        >>> judge(Answer(200, "OK", {"content-type": "text/event-stream"}), "http://host/", now=0)
        >>> judge(Answer(404, "Not Found", {}), "http://host/", now=0)
        BadStatus('404 Not Found')
    """
    status, headers = answer.status, answer.headers
    phrase = f"{status} {cut(answer.reason) or _standard(status)}".strip()
    if status in _REDIRECTS:
        return _redirect(phrase, headers.get("location", "").strip(), url)
    if status in (401, 403):
        return Unauthorized(phrase, status)
    if status == 204:  # "No Content" is how a server tells clients to stop reconnecting
        return BadStatus("204 No Content: the server asks not to reconnect", status)
    if status != 200:
        after = retry_after(headers.get("retry-after"), now=now, date=headers.get("date"))
        return BadStatus(phrase, status, after)
    content_type = headers.get("content-type", "")
    # Of several such headers the last one counts, as in Fetch; a proxy may have added one.
    if content_type.rpartition(",")[2].partition(";")[0].strip().lower() != "text/event-stream":
        return NotAnEventStream(
            f"the server answered with {cut(content_type) or 'no content type'!r}, not text/event-stream"
        )
    if answer.encoding != "identity" and answer.encoding not in ENCODINGS:
        return NotAnEventStream(
            f"the server compresses the stream in a way that was not asked for: {cut(answer.encoding)!r}"
        )
    return None


def _standard(status: int) -> str:
    """A status in words, where the server gave none: HTTP/2 has no place for them."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _redirect(phrase: str, target: str, url: str) -> Redirect | BadRedirect:
    if not target:
        return BadRedirect(f"{phrase} without a target")
    try:
        absolute = str(urljoin(url, target))
        there, here = origin_of(absolute), origin_of(url)
    except ValueError:
        return BadRedirect(f"{phrase} to something that is no URL")
    if there == here:
        return Redirect(absolute)
    downward = here[0] == "https" and there[0] == "http"
    where = ("from https to http" if downward else "to another origin") + _named(absolute)
    return BadRedirect(f"the server redirects {where}, which is not followed")


def _named(url: str) -> str:
    """The origin of a URL, for a reason: no path, no query, no user; nothing where there is no host.

    Nor where an @ comes behind it: a password with a slash in it looks like a host and its path.
    """
    parts = urlsplit(url)
    host = body_words(parts.netloc.rpartition("@")[2].encode("utf-8", "replace"))
    doubtful = "@" in urlunsplit(parts._replace(netloc=""))
    return f" ({parts.scheme}://{cut(host)})" if parts.hostname and not doubtful else ""


def body_words(body: bytes, *, html: bool = False) -> str:
    """A body as one line of plain text, for a reason; of JSON that says what is wrong, that.

    Example:
        >>> body_words(b"<h1>Sorry</h1>\\n<p>Down for repairs</p>", html=True)
        'Sorry Down for repairs'
        >>> body_words(b'{"error": "invalid_token", "error_description": "it ended at 14:05"}')
        'invalid_token: it ended at 14:05'
    """
    text = body.decode("utf-8-sig", "replace")  # a byte order mark, which some write, is no word
    text = _said_by_json(text) or text
    if html:
        text = re.sub(r"(?is)<(script|style|head)\b.*?</\1\s*>|<[^<>]*>", " ", text)
    return _line(text)


def _line(text: str) -> str:
    text = "".join(c if c.isprintable() else " " for c in text)  # no escapes, no bidirectional tricks
    return " ".join(text.split())


def _said_by_json(text: str) -> str:
    """What an error in JSON says to people; nothing where it is none, or says it in a way of its own."""
    try:
        said = json.loads(text) if text.lstrip().startswith("{") else None
    except (ValueError, RecursionError):  # a body that was cut off, too
        return ""
    if isinstance(said, dict) and isinstance(said.get("error"), dict):  # the object is about nothing else
        said = said["error"]
    if not isinstance(said, dict):
        return ""
    words = (said.get(name) for name in _WORDS)
    return ": ".join(dict.fromkeys(word for word in words if isinstance(word, str) and _line(word)))


def cut(words: str) -> str:
    """At most `LONGEST_WORDS` characters of it."""
    return words if len(words) <= LONGEST_WORDS else f"{words[:LONGEST_WORDS]}…"
