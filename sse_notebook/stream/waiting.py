"""Waiting for rows, for an event, for an open connection.

The law: a wait ends by what was waited for, by its time, or by the end of all hope, and can be interrupted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NoReturn

from sse_notebook.errors import (
    ArgumentError,
    BadStatus,
    ConnectionFailed,
    Exhausted,
    NotAnEventStream,
    StreamClosed,
    Unauthorized,
    WaitTimeout,
    WrongContent,
)
from sse_notebook.intake.news import ANY
from sse_notebook.source import ConnectionStatus
from sse_notebook.source.face import Source
from sse_notebook.source.replay import ReplaySource
from sse_notebook.stream.parts import Parts

__all__ = ["raise_cause", "wait_until"]

TURN: Final = 0.2  # seconds between two looks: rows and moves wake a wait, a virtual clock does not

# States that a wait outlasts, since another thread may end them: how.
_WAY_OUT: Final = {
    "unauthenticated": "; stream.login(token) connects it",
    "disconnected": "; stream.reconnect() goes on",
}


def wait_until(
    parts: Parts,
    done: Callable[[], bool],
    timeout: float | None,
    what: Callable[[], str],
    rows: int = ANY,
) -> None:
    """Wait until something is so.

    Args:
        parts: of the stream that is waited for.
        done: whether it is.
        timeout: seconds; None: as long as it takes.
        what: what is waited for, in words.
        rows: how many there must be before it can be; `ANY`: that is not known.

    Raises:
        ArgumentError: `timeout` is no number of seconds.
        WaitTimeout: the time ran out.
        ConnectionFailed: nothing will come.
    """
    sound = isinstance(timeout, int | float) and not isinstance(timeout, bool) and timeout >= 0
    if timeout is not None and not sound:
        raise ArgumentError(f"timeout must be a number of seconds from 0, or None, not {timeout!r}")
    clock, intake = parts.clock, parts.intake
    deadline = None if timeout is None else clock.monotonic() + timeout
    warned = timeout is not None
    while True:
        told = intake.news.told
        if done():
            return
        if not warned and _is_paused(parts.source):
            warned = True  # who waits on the one thread that there is can't resume it
            parts.log.warning("replay", f"{what()}: waited for, but it is paused; resume() lets it go on")
        status = parts.intake.connection  # another intake than before, if a replay was sent back
        if status.state in parts.source.over_in:
            if done():  # the last row may have come in between
                return
            raise_cause(status, parts.source.url)
        left = None if deadline is None else deadline - clock.monotonic()
        if parts.source.ended:
            raise WaitTimeout(f"the recording has ended without {what()}")
        if left is not None and left <= 0:
            because = f": {status.cause}" if status.cause else ""
            paused = _is_paused(parts.source)
            because += " and paused; resume() lets it go on" if paused else _WAY_OUT.get(status.state, "")
            raise WaitTimeout(f"{timeout} s passed without {what()}; the stream is {status.state}{because}")
        intake.news.wait(told, TURN if left is None else min(left, TURN), rows)


def _is_paused(source: Source) -> bool:
    """Whether it is a recording that does not go on by itself."""
    return isinstance(source, ReplaySource) and not source.playing


def raise_cause(status: ConnectionStatus, url: str) -> NoReturn:
    """Raise why nothing will come, as the connection's status says it.

    Args:
        status: of a connection that is `exhausted`, `unauthorized` or `closed`.
        url: whose, redacted.
    """
    if status.state == "closed":
        raise StreamClosed("the stream is closed; connect again to make a new one")
    if (error := status.error) is None:
        raise Exhausted(status.cause or f"the stream is {status.state}")
    if isinstance(error, BadStatus):
        kind = Unauthorized if status.state == "unauthorized" else Exhausted
        failure: ConnectionFailed = kind(status.cause, error.status, error.retry_after)
    elif isinstance(error, NotAnEventStream):
        failure = WrongContent(status.cause)
    else:
        failure = type(error)(status.cause)
    # who reads the traceback wants to know which of his streams
    failure.args = (f"{url}: {status.cause}",)
    raise failure from error
