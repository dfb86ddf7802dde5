"""The server's answer: its status, and what its head says of what comes behind it.

The law: what a failure means is looked up in `source.policy`, never decided here; here is only said what to
do.
"""

from __future__ import annotations

from typing import Final, NamedTuple, NoReturn
from urllib.parse import urlsplit

from sse_notebook.checkup.asked import refused_token
from sse_notebook.checkup.case import Case
from sse_notebook.checkup.way import UNTRUSTED
from sse_notebook.checkup.words import ago, span
from sse_notebook.errors import (
    BadRedirect,
    BadStatus,
    ConnectionFailed,
    NotAnEventStream,
    Untrusted,
)
from sse_notebook.source.answer import Answer
from sse_notebook.source.policy import MEANINGS, classify, http_date
from sse_notebook.source.redactor import redact_url
from sse_notebook.source.transport import Reply
from sse_notebook.words import counted

__all__ = ["Opened", "look_at_answer"]

APART: Final = 30.0  # seconds by which two clocks may differ
SLOW: Final = 5.0  # seconds

_ADVICE: Final[dict[int, str]] = {
    204: "the server has nothing for this request, and asks not to come back: ask for something else",
    400: "the server can't read the request: look at the parameters",
    401: "the token is missing there, wrong, or has ended: log in again",
    403: "the token is known, but may not see this: ask for the right to, or ask for something else",
    404: "there is no stream at this path: look at the URL; a platform's stream is at /api/v1/events/stream",
    405: "this path takes no GET: look at the URL",
    406: "this path has no event stream: look at the URL",
    407: "the proxy wants a login: http://name:password@host:port in HTTP_PROXY or HTTPS_PROXY",
    410: "what was asked for is gone: ask without an id, or for something else",
    429: "it was asked too often: wait, and ask for fewer streams at a time",
    502: "a proxy in front of the server can't reach it: is the server running?",
    503: "the server is busy, or being restarted: wait",
    504: "a proxy in front of the server waited for it too long: is the server running?",
}


class Opened(NamedTuple):
    """An open stream.

    Attributes:
        reply: the stream.
        waited: seconds until its head came.
    """

    reply: Reply
    waited: float


def look_at_answer(case: Case) -> Opened:
    """Ask for the stream.

    Returns:
        The open stream.

    Raises:
        Broken: there is none.
    """
    clock = case.clock
    began = clock.monotonic()
    heads: list[tuple[str, Answer]] = []
    try:
        reply = case.ask(told=lambda url, answer: heads.append((url, answer)))
    except ConnectionFailed as failure:
        _redirects(case, heads, failure)
        _clocks(case, heads)
        _failed(case, failure, heads)
    took = clock.monotonic() - began
    answer = reply.answer
    seen = f"{answer.status} {answer.reason}".strip() + f", in {span(took)}"
    if took > SLOW:
        case.found.warning(
            "status",
            seen,
            "a server should answer before it has events, and a proxy not wait until it has collected some: "
            "each reconnection takes that long",
        )
    else:
        case.found.ok("status", seen)
    _redirects(case, heads, None)
    case.found.ok("content type", answer.headers.get("content-type", ""))
    _compression(case, answer)
    _buffering(case, answer)
    _clocks(case, heads)
    return Opened(reply, took)


def _failed(case: Case, failure: ConnectionFailed, heads: list[tuple[str, Answer]]) -> NoReturn:
    found = case.found
    means = MEANINGS[classify(failure)]
    if isinstance(failure, BadRedirect):
        raise found.breaks("redirects", failure.cause, _REDIRECT) from None
    if isinstance(failure, NotAnEventStream):
        found.ok("status", _status_of(heads))
        if "compresses" in failure.cause:
            raise found.breaks("compression", failure.cause, "let the server, or its proxy, not compress it")
        raise found.breaks("content type", failure.cause, _wrong_content(heads)) from None
    if isinstance(failure, Untrusted):
        raise found.breaks("tls", failure.cause.partition("; for an authority")[0], UNTRUSTED) from None
    status = failure.status if isinstance(failure, BadStatus) else 0
    advice = _ADVICE.get(status, "ask who runs the server: its own log says more" if status else "")
    if status == 401:
        refused_token(case)
        if case.token is None and not case.headers:
            advice = "the server wants a token: pass it as `token=`"
    if status == 404 and case.platform:  # it is that path
        advice = _NO_PLATFORM
    seen = failure.cause + (f" ({means})" if status else "")
    if isinstance(failure, BadStatus) and failure.retry_after:
        seen += f"; it wants to be asked again {ago(-failure.retry_after)}"
    raise found.breaks("status", seen, advice or _no_answer(case)) from None


_NO_PLATFORM: Final = (
    "another program answers there, or the platform has another base URL: compare host and port; a stream of "
    "another kind needs its whole URL, path included"
)
_REDIRECT: Final = (
    "nothing, neither token nor id, is sent to another origin: connect to the right URL directly; a "
    "redirect to a login page means that the token did not count there"
)


def _status_of(heads: list[tuple[str, Answer]]) -> str:
    return f"{heads[-1][1].status} {heads[-1][1].reason}".strip() if heads else "200"


def _wrong_content(heads: list[tuple[str, Answer]]) -> str:
    """What another content type may come from."""
    said = heads[-1][1].headers.get("content-type", "") if heads else ""
    if "html" in said:
        return (
            "a web page is no event stream: it is a page's URL, or a login page stands in front of the server"
        )
    if "json" in said:
        return "that is an ordinary answer: look for the URL of the stream"
    return "the server must send `Content-Type: text/event-stream`"


def _no_answer(case: Case) -> str:
    if urlsplit(case.url).scheme == "http":
        return (
            "what listens there may be no HTTP server, or want https://; or a proxy collects the answer "
            "until it has enough (`proxy_buffering off` in nginx)"
        )
    return "a proxy collects the answer (`proxy_buffering off` in nginx), or the server is stuck"


def _redirects(case: Case, heads: list[tuple[str, Answer]], failure: ConnectionFailed | None) -> None:
    hops = [urlsplit(redact_url(url)).path for url, _ in heads[1:]]
    if isinstance(failure, BadRedirect):
        return
    if hops:
        seen = f"{counted(len(hops), 'redirect')} followed, to {hops[-1]}"
        case.found.warning(
            "redirects", seen, "each connection takes that way: connect to the last one directly"
        )
    elif heads:
        case.found.ok("redirects", "none")


def _compression(case: Case, answer: Answer) -> None:
    if answer.encoding == "identity":
        case.found.ok("compression", "none")
    else:
        case.found.warning(
            "compression",
            f"{answer.encoding}, which was not asked for",
            "a compressor waits until it has enough: let the server, or its proxy, not compress "
            "text/event-stream",
        )


def _buffering(case: Case, answer: Answer) -> None:
    """What the head says of who may hold events back on the way."""
    said = answer.headers
    shown = [
        f"{name}: {said[name]}"
        for name in (
            *("server", "via", "age", "x-cache", "cf-ray", "content-length"),
            *("cache-control", "x-accel-buffering", "transfer-encoding"),
        )
        if name in said
    ]
    seen = "; ".join(shown) or "nothing is said of it"
    caches = said.get("cache-control", "").lower()
    if "content-length" in said:
        case.found.warning(
            "buffering", seen, "an answer with a length was made before it was sent: it is no live stream"
        )
    elif said.get("age", "0") not in ("", "0") or "hit" in said.get("x-cache", "").lower():
        case.found.warning(
            "buffering", seen, "it comes out of a cache: the server should send `Cache-Control: no-store`"
        )
    elif said.get("x-accel-buffering", "").strip().lower() == "yes":
        case.found.warning("buffering", seen, "the server should send `X-Accel-Buffering: no`")
    elif "no-store" not in caches and "no-cache" not in caches and "via" in said:
        case.found.warning(
            "buffering",
            seen,
            "a proxy stands between, and may hold events back: the server should send "
            "`Cache-Control: no-store` and `X-Accel-Buffering: no`",
        )
    else:
        case.found.ok("buffering", seen)


def _clocks(case: Case, heads: list[tuple[str, Answer]]) -> None:
    """How far the server's clock is from ours: tokens and times depend on it."""
    said = http_date(heads[-1][1].headers.get("date", "")) if heads else None
    if said is None:
        if heads:
            case.found.unknown("clocks", "the server does not say what time it is there")
        return
    apart = case.clock.time() - said
    if abs(apart) <= APART:
        case.found.ok("clocks", "the server's and this machine's agree")
        return
    which = "ahead of" if apart > 0 else "behind"
    case.found.warning(
        "clocks",
        f"this machine's clock is {span(apart)} {which} the server's",
        "one of the two is wrong: a token may seem to have ended, or not to have begun, and ages are off by "
        "that",
    )
