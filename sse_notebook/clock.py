"""Time is a value: everything that needs it is handed a `Clock`.

The law: no module of the package reads the system's clock or sleeps, except through the `Clock` it was
given. Seconds everywhere, as floats; `time()` is Unix time (UTC), `monotonic()` never goes back.
`VirtualClock` is product code, not a test helper: replay runs on it.
"""

from __future__ import annotations

import threading
import time as _time
from typing import Protocol

__all__ = ["SYSTEM", "Clock", "SystemClock", "VirtualClock", "Waitable"]


class Waitable(Protocol):
    """What can be waited for: a `threading.Event`, or something with its face."""

    def is_set(self) -> bool:
        """Whether it is set."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, at most `timeout` seconds (None: for ever); true if it is."""
        ...


class Clock(Protocol):
    """What the package asks of time."""

    def time(self) -> float:
        """Unix time in seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def wait(self, event: Waitable, timeout: float | None) -> bool:
        """Wait until `event` is set or `timeout` seconds have passed; true if it is set."""
        ...


class SystemClock:
    """The machine's own time."""

    def time(self) -> float:
        """Unix time in seconds."""
        return _time.time()

    def monotonic(self) -> float:
        """Seconds since some moment, never going back."""
        return _time.monotonic()

    def wait(self, event: Waitable, timeout: float | None) -> bool:
        """Wait for `event`, at most `timeout` seconds (None: for ever)."""
        return event.wait(timeout)


class VirtualClock:
    """A clock that moves only when told to.

    A thread that waits on it sleeps until `advance` has carried the clock past its deadline, or its
    event is set. `waits` lists the timeouts that were asked for, in order: what a test of delays reads.

    Args:
        start: Unix time at which it starts, in seconds.

    Example:
        >>> clock = VirtualClock(start=1_000_000.0)
        >>> clock.advance(2.5)
        >>> clock.time()
        1000002.5
    """

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._start = start
        # Guards `_now`, `waits` and `_sleepers`; held only for the moment of reading or moving them.
        self._moved = threading.Condition()
        self._sleepers: dict[int, float] = {}
        self.waits: list[float | None] = []

    def time(self) -> float:
        """Unix time in seconds, as far as this clock has been moved."""
        with self._moved:
            return self._now

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        with self._moved:
            return self._now - self._start

    def advance(self, seconds: float) -> None:
        """Move the clock forward by `seconds` and wake whoever's deadline has passed.

        Raises:
            ValueError: for a negative number; time does not go back.
        """
        if seconds < 0:
            raise ValueError(f"a clock can't go back: advance({seconds})")
        with self._moved:
            self._now += seconds
            self._moved.notify_all()

    def wait(self, event: Waitable, timeout: float | None) -> bool:
        """Wait until `event` is set or the clock has moved `timeout` seconds."""
        me = threading.get_ident()
        with self._moved:
            self.waits.append(timeout)
            deadline = float("inf") if timeout is None else self._now + timeout
            self._sleepers[me] = deadline
            self._moved.notify_all()
            try:
                # The event is set by threads that know nothing of this clock, so it is polled (in real
                # time, only while somebody sleeps on a virtual clock).
                while not event.is_set() and self._now < deadline:
                    self._moved.wait(0.002)
            finally:
                del self._sleepers[me]
                self._moved.notify_all()
        return event.is_set()

    def wait_for_sleeper(self, timeout: float = 10.0) -> float:
        """Wait (in real time) until some thread sleeps on this clock with a deadline.

        Returns:
            The virtual seconds until the earliest deadline: `advance` by them to wake that thread.

        Raises:
            TimeoutError: nobody went to sleep within `timeout` real seconds.
        """

        def earliest() -> float:
            # Whose deadline has passed is awake, if not yet on its feet.
            return min((at for at in self._sleepers.values() if at > self._now), default=float("inf"))

        with self._moved:
            if not self._moved.wait_for(lambda: earliest() < float("inf"), timeout):
                raise TimeoutError(f"nobody waited on the virtual clock within {timeout} s")
            return earliest() - self._now


SYSTEM: Clock = SystemClock()
