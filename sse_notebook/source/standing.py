"""Where a source stands: its state, what it is to do, and who is told.

The law: the state moves only along the table in `status`; every command starts a new *generation*, and what a
thread does for an older one moves nothing any more. Listeners are told of each state, in order, with the
standing's lock free: they may command.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from sse_notebook.clock import Clock
from sse_notebook.errors import ConnectionFailed, StreamClosed
from sse_notebook.source.continuity import BY_USER, Gaps
from sse_notebook.source.outbox import Outbox
from sse_notebook.source.status import ConnectionStatus, Signal, move
from sse_notebook.source.wake import Wake

__all__ = ["Goal", "Standing"]

Goal = Literal["run", "rest", "close"]

_CONNECTED = ("open", "stale")


class Standing:
    """The state of a source, and the words on its way.

    Args:
        tell: the listener.
        report: told what the listener raises.
        clock: what the time is.

    Attributes:
        goal: what the thread is to do.
        generation: which command it does it for.
        attempt: reconnections since the last connection that proved itself.
        short_lived: connections in a row that were open, but not for long.
        asked_again: the token was asked for once more after a 401.
        gaps: what was missed between connections.
        last_byte_at: Unix time of the newest byte, or of the opening of the connection before it.
        wake: ends the thread's own waits.
        abandoned: nobody holds the source any more.
        commanding: a command is being taken.
    """

    def __init__(
        self,
        tell: Callable[[ConnectionStatus], object],
        report: Callable[[BaseException], object],
        clock: Clock,
    ) -> None:
        self._tell = tell
        self._report = report
        self._clock = clock
        self.gaps = Gaps()
        self.last_byte_at = 0.0
        self.goal: Goal = "rest"
        self.generation = 0
        self.abandoned = False
        self._reset_counts()
        self._make_locks(ConnectionStatus(since=self._now()))

    def _reset_counts(self) -> None:
        self.attempt = 0
        self.short_lived = 0
        self.asked_again = False

    def _make_locks(self, status: ConnectionStatus) -> None:
        # Guards `status`, `goal`, `generation`, the counts and `gaps`, and the order of what is put into the
        # outbox. Held for a few assignments; never while anybody is told or waited for.
        self.lock = threading.RLock()
        self.wake = Wake()
        self.outbox = Outbox(self._tell, self._report, status)
        self._commands: list[tuple[Goal, Signal, str]] = []  # not taken yet
        self.commanding = False

    @property
    def status(self) -> ConnectionStatus:
        """What is known of the connection: what was said last, though it may not be told yet."""
        return self.outbox.newest

    def take(self, goal: Goal, signal: Signal, cause: str = "") -> bool | None:
        """Take a command. Called with the lock held; afterwards the outbox is delivered, without it.

        Returns:
            Whether it counts; False: it is closed already. None: it is taken after another command, in the
            middle of which it came.

        Raises:
            StreamClosed: it is closed, and this is no `close`.
        """
        own = (goal, signal, cause)
        self._commands.append(own)
        fresh = None if self.commanding else False
        # A signal handler may command in the middle of a command of its own thread, which has the lock:
        # that one is taken after it.
        while self._commands and not self.commanding:
            try:
                self.commanding = True
                taken = self._commands.pop(0)
                fresh = self._take(*taken) or fresh
            except StreamClosed:
                if taken is own:
                    raise
            finally:
                self.commanding = False
        return fresh

    def _take(self, goal: Goal, signal: Signal, cause: str) -> bool:
        """Take one command; false: it is closed already, and so is what is told to close."""
        if self.goal == "close" and goal != "close":
            raise StreamClosed("the stream is closed; connect again to make a new one")
        if self.status.state == "closed":  # not by the goal: an interrupt may have cut off an earlier close
            return False
        self.wake.set()  # first, for the same reason; who wakes waits for the lock
        self.goal = goal
        self.generation += 1
        self._reset_counts()
        self.lost(BY_USER)
        self.move(signal, cause=cause)
        return True

    @contextlib.contextmanager
    def moving(self, generation: int) -> Iterator[bool]:
        """The lock, and whether this generation still counts; afterwards the listener is told."""
        with self.lock:
            yield generation == self.generation
        self.outbox.deliver()

    def move(
        self,
        signal: Signal,
        *,
        cause: str = "",
        error: ConnectionFailed | None = None,
        next_retry_at: datetime | None = None,
    ) -> None:
        """Go where the table says. Called with the lock held."""
        moved = replace(
            self.status,
            state=move(self.status.state, signal),
            since=self._now(),
            attempt=self.attempt,
            next_retry_at=next_retry_at,
            error=error,
            cause=cause,
        )
        self.outbox.put(moved)

    def lost(self, reason: str) -> None:
        """If a connection was open: from now on something may be missed. Called with the lock held."""
        if self.status.state in _CONNECTED:
            self.gaps.lost(self.last_byte_at, reason)

    def proved(self) -> None:
        """The connection has proved itself: the attempts before it are forgotten, and that is said."""
        if self.attempt:
            with self.lock:
                self.attempt = 0
                self.outbox.put(replace(self.status, attempt=0))
            self.outbox.deliver()

    def abandon(self) -> None:
        """The end, for a finalizer: no lock, no word to anybody."""
        self.abandoned = True
        self.generation += 1
        self.wake.set()

    def forked(self) -> None:
        """In a forked child: nobody else is here, and nothing is connected."""
        status = self.status
        self.generation += 1
        if self.goal == "run":
            self.goal = "rest"
            cause = "this process is a fork; reconnect() connects it too"
            status = replace(status, state="disconnected", error=None, cause=cause)
        self._make_locks(status)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.time(), UTC)
