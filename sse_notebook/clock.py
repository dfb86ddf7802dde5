"""Time is a value: everything that needs it is handed a `Clock`.

The law: no module of the package reads the system's clock or sleeps, except through the `Clock` it was
given. Seconds everywhere, as floats; `time()` is Unix time (UTC), `monotonic()` never goes back.
`VirtualClock` is product code, not a test helper: replay runs on it.
"""

from __future__ import annotations

import threading
import time as _time
from collections.abc import Callable
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

    def wait_awake(self, event: Waitable, apart: float) -> bool:
        """Wait until `event` is set; false if the machine has slept before that.

        Args:
            event: what is waited for.
            apart: `time() - monotonic()` before anything that counts: during sleep only `time` goes on.
        """
        ...

    def look_after(self, deadline: float) -> float:
        """Seconds that a read of a socket may take before this clock is looked at for `deadline` again."""
        ...


class SystemClock:
    """The machine's own time.

    Args:
        wall: gives Unix time in seconds.
        monotonic: gives seconds that do not pass while the machine sleeps.
    """

    LOOK = 5.0  # seconds between two looks at whether the machine has slept
    # Seconds by which the two clocks may part without that: clocks are set right by steps too.
    SLEPT = 10.0
    LONGEST = 86_400.0  # seconds that a read is given at once: a socket refuses those of a thousand years

    def __init__(
        self, wall: Callable[[], float] = _time.time, monotonic: Callable[[], float] = _time.monotonic
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic

    def time(self) -> float:
        """Unix time in seconds."""
        return self._wall()

    def monotonic(self) -> float:
        """Seconds since some moment, never going back."""
        return self._monotonic()

    def wait(self, event: Waitable, timeout: float | None) -> bool:
        """Wait for `event`, at most `timeout` seconds (None: for ever)."""
        return event.wait(timeout)

    def wait_awake(self, event: Waitable, apart: float) -> bool:
        """Wait for `event`; false if the machine has slept since its clocks were so far `apart`.

        The wall clock goes on during sleep, the monotonic one does not (on Linux and macOS; where it does,
        as on Windows, sleep goes unnoticed).
        """
        while self._wall() - self._monotonic() - apart <= self.SLEPT:
            if event.wait(self.LOOK):
                return True
        return False

    def look_after(self, deadline: float) -> float:
        """Seconds until `deadline` on the monotonic clock, a day at the most."""
        return min(max(0.0, deadline - self._monotonic()), self.LONGEST)


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
        self._slept = 0.0
        self.waits: list[float | None] = []

    def time(self) -> float:
        """Unix time in seconds, as far as this clock has been moved."""
        with self._moved:
            return self._now + self._slept

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

    def sleep(self, seconds: float) -> None:
        """Let the machine sleep: afterwards `time` is later by so much, `monotonic` is not."""
        if seconds < 0:
            raise ValueError(f"a clock can't go back: sleep({seconds})")
        with self._moved:
            self._slept += seconds
            self._moved.notify_all()

    def wait_awake(self, event: Waitable, apart: float) -> bool:
        """Wait until `event` is set; false if the machine has slept since its clocks were so far `apart`."""
        with self._moved:
            while not event.is_set():
                if self._start + self._slept - apart > 0.001:  # less is how floats are rounded
                    return False
                self._moved.wait(0.002)
        return True

    def look_after(self, deadline: float) -> float:
        """A moment of real time: whoever reads a socket can't be woken by this clock, and has to look."""
        return 0.002 if self.monotonic() < deadline else 0.0

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
