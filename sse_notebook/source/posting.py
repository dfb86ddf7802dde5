"""How a server is told that one of its events was acknowledged: the platform's `POST …/events/{id}/ack`.

The law: it goes where the stream goes and nowhere else, with the stream's own credentials; of its query
parameters only those that say who is asking. What a failure means is looked up in `policy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from sse_notebook.clock import Clock, Waitable
from sse_notebook.errors import ConnectionFailed
from sse_notebook.source.credentials import Credentials
from sse_notebook.source.policy import Backoff, policy_for
from sse_notebook.source.redactor import is_secret_name
from sse_notebook.source.request import request
from sse_notebook.source.transport import Transport

__all__ = ["ATTEMPTS", "STREAM", "ack_url", "deliver"]

STREAM: Final = "/api/v1/events/stream"  # how the path of a platform's stream ends
ATTEMPTS: Final = 4  # after the first one
_BACKOFF: Final = Backoff(initial=1.0, maximum=8.0, attempts=ATTEMPTS)


def ack_url(url: str, event_id: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Where a platform is told, with which parameters; None: its stream is not where platforms have it.

    Args:
        url: of its stream.
        event_id: of the event.
        params: with which it is asked for the stream.

    Example:
        >>> ack_url("https://h/base/api/v1/events/stream?api_key=k&a=1", "7/8", {"project_id": "p-1"})
        ('https://h/base/api/v1/events/7%2F8/ack?api_key=k', {})
    """
    parts = urlsplit(url)
    if not parts.path.endswith(STREAM) or not event_id.strip("."):
        return None  # an id that is "..", say, would lead elsewhere
    try:
        named = quote(event_id, safe="")
    except UnicodeEncodeError:  # half a character
        return None
    path = f"{parts.path.removesuffix('stream')}{named}/ack"
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query, True) if is_secret_name(name)])
    return (
        urlunsplit(parts._replace(path=path, query=query, fragment="")),
        {name: value for name, value in params.items() if is_secret_name(name)},
    )


def deliver(
    transport: Transport,
    where: tuple[str, dict[str, Any]],
    headers: Mapping[str, str],
    credentials: Credentials,
    *,
    clock: Clock,
    stop: Waitable,
) -> str:
    """Tell the server, as often as that makes sense; returns why it was not told, in words; `""`: it was.

    Args:
        transport: what asks.
        where: as `ack_url` gives it.
        headers: the stream's own.
        credentials: likewise; they are asked for the token here.
        clock: what the time is.
        stop: set when nobody wants it any more.
    """
    asked_again, attempt = False, 0
    while True:
        try:
            if (token := credentials.ask()) is None:
                return credentials.missing
            url, ours = request(*where, headers, token=token, mode=credentials.mode)
            transport.post(url, ours, wanted=lambda: not stop.is_set())
        except ConnectionFailed as failure:
            cause, policy = credentials.redact(failure.cause), policy_for(failure)
        else:
            return ""
        if stop.is_set():
            return "the stream was closed before"
        if policy.asks_again and not asked_again and credentials.renewable:
            asked_again = True
            continue
        attempt += 1
        if not policy.backs_off or _BACKOFF.gives_up(attempt):
            return cause
        if clock.wait(stop, _BACKOFF.delay(attempt)):
            return f"the stream was closed before; {cause}"
