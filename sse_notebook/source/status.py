"""What is known of a connection: its states, the table of legal moves, and the status people see.

The law: a connection is in exactly one state; it moves only along `MOVES`; the tests and the docs read the
same table. `open` is the only state that claims to be connected.

    unauthenticated  no token yet, and the server wants one: no request is made
    connecting       a request is under way
    open             the server answered with a stream
    stale            open, but silent for longer than it should be
    retrying         waiting before the next attempt
    exhausted        gave up: too many attempts, or an answer that would not change
    unauthorized     the credentials were refused
    disconnected     stopped by the user, who can resume
    closed           over; what was kept stays readable
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Literal, get_args

from sse_notebook.errors import ConnectionFailed, IllegalMove

__all__ = ["MOVES", "STATES", "ConnectionStatus", "ReadyState", "Signal", "State", "move"]

State = Literal[
    "unauthenticated",
    "connecting",
    "open",
    "stale",
    "retrying",
    "exhausted",
    "unauthorized",
    "disconnected",
    "closed",
]
STATES: tuple[State, ...] = get_args(State)

Signal = Literal[
    "attempt",  # a request starts
    "opened",  # the server answered with a stream
    "silent",  # nothing came for longer than it should take
    "heard",  # a byte came
    "failed",  # it did not work, and will be tried again
    "gave_up",  # it did not work, and will not be tried again by itself
    "refused",  # the credentials were refused
    "stop",  # the user asked for a pause
    "forget",  # the user logged out: there are no credentials any more
    "close",  # the end
]

_LIVE: tuple[State, ...] = ("connecting", "open", "stale", "retrying")
_REST: tuple[State, ...] = ("unauthenticated", "exhausted", "unauthorized", "disconnected")

MOVES: dict[tuple[State, Signal], State] = {
    ("connecting", "opened"): "open",
    ("open", "silent"): "stale",
    ("stale", "heard"): "open",
    ("retrying", "attempt"): "connecting",
    # A failure can come while asking, and while reading.
    **{(s, "failed"): "retrying" for s in ("connecting", "open", "stale")},
    **{(s, "gave_up"): "exhausted" for s in ("connecting", "open", "stale", "retrying")},
    **{(s, "refused"): "unauthorized" for s in ("connecting", "open", "stale")},
    # The user's word counts in every state but the last, and none of them is a dead end.
    **{(s, "attempt"): "connecting" for s in (*_LIVE, *_REST)},
    **{(s, "stop"): "disconnected" for s in (*_LIVE, *_REST)},
    **{(s, "forget"): "unauthenticated" for s in (*_LIVE, *_REST)},
    **{(s, "close"): "closed" for s in STATES},
}


def move(state: State, signal: Signal) -> State:
    """The state that follows.

    Raises:
        IllegalMove: the table has no such move.

    Example:
        >>> move("connecting", "opened")
        'open'
    """
    try:
        return MOVES[state, signal]
    except KeyError:
        raise IllegalMove(f"no move from {state!r} on {signal!r}") from None


class ReadyState(IntEnum):
    """The three states of WHATWG's `EventSource.readyState`."""

    CONNECTING = 0
    OPEN = 1
    CLOSED = 2


_READY: dict[State, ReadyState] = {
    "connecting": ReadyState.CONNECTING,
    "retrying": ReadyState.CONNECTING,
    "open": ReadyState.OPEN,
    "stale": ReadyState.OPEN,
    "unauthenticated": ReadyState.CLOSED,
    "exhausted": ReadyState.CLOSED,
    "unauthorized": ReadyState.CLOSED,
    "disconnected": ReadyState.CLOSED,
    "closed": ReadyState.CLOSED,
}


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """What is known of a connection at one moment.

    Attributes:
        state: `"unauthenticated"` (no token, and none was asked with), `"connecting"`, `"open"`, `"stale"`
            (open, but silent for too long), `"retrying"`, `"exhausted"` (gave up), `"unauthorized"` (the
            credentials were refused), `"disconnected"` (stopped by you) or `"closed"`.
        since: when this state began (aware, UTC).
        attempt: reconnections since the last connection that proved itself; 0 for the first attempt.
        next_retry_at: when the next attempt will be made, while `retrying`.
        last_event_at: when the newest event arrived.
        last_byte_at: when the newest byte arrived, heartbeats included.
        connection_id: what the server called this connection, where it said.
        error: the failure behind `cause`, an exception; None while all is well.
        cause: why it is in this state, in plain words; `""` where there is nothing to say.
    """

    state: State = "disconnected"
    since: datetime | None = None
    attempt: int = 0
    next_retry_at: datetime | None = None
    last_event_at: datetime | None = None
    last_byte_at: datetime | None = None
    connection_id: str | None = None
    error: ConnectionFailed | None = None
    cause: str = ""

    @property
    def ready_state(self) -> ReadyState:
        """The state in WHATWG's terms."""
        return _READY[self.state]
