"""Time is a value: everything that needs it is handed a `Clock`.

The law: no module of the package reads the system's clock or sleeps, except through the `Clock` it was
given. Seconds everywhere, as floats; `time()` is Unix time (UTC), `monotonic()` never goes back.
`VirtualClock` is for tests; `ReplayClock` is what a replayed stream lives by.
"""

from __future__ import annotations

import threading
import time as _time
from collections.abc import Callable
from typing import Protocol

__all__ = ["SYSTEM", "Clock", "ReplayClock", "SystemClock", "VirtualClock", "Waitable"]


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

    @property
    def tempo(self) -> float:
        """How fast it goes at this moment: 1 as real time; 0: it stands, or jumps."""
        ...

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
    tempo = 1.0

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

    tempo = 0.0

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


class ReplayClock:
    """The time of a recording: it stands, or passes as the recording is played. Waits are real.

    Args:
        start: Unix time at which it stands at first, in seconds.
        real: what it is played by.

    Example:
        >>> clock = ReplayClock(1_000_000.0)
        >>> clock.stand(1_000_060.0)
        >>> clock.time()
        1000060.0
    """

    def __init__(self, start: float, real: Clock | None = None) -> None:
        self._real = SYSTEM if real is None else real
        # Guards what follows; held for the moment of reading or setting it.
        self._lock = threading.Lock()
        self._at = start
        self._since: float | None = None  # on the real clock, since when it passes; None: it stands
        self._speed = 1.0
        self._until = start

    def time(self) -> float:
        """Unix time in seconds, in the recording."""
        with self._lock:
            if self._since is None:
                return self._at
            passed = max(0.0, self._real.monotonic() - self._since) * self._speed
            return max(self._at, min(self._at + passed, self._until))

    @property
    def tempo(self) -> float:
        """How many times as fast as real time it passes; 0: it stands."""
        with self._lock:
            return self._speed if self._since is not None else 0.0

    def stand(self, at: float | None = None) -> None:
        """Stand at a moment, a past one too; None: at the one that it is."""
        at = self.time() if at is None else at
        with self._lock:
            self._at, self._since = at, None

    def run(self, speed: float, until: float) -> float:
        """Pass from here on, so many times as fast as real time, until some moment.

        Returns:
            The real seconds until it gets there.
        """
        at = self.time()
        with self._lock:
            self._at, self._since = at, self._real.monotonic()
            self._speed, self._until = speed, until
        return max(0.0, (until - at) / speed)

    def monotonic(self) -> float:
        """Real seconds, which never go back."""
        return self._real.monotonic()

    def wait(self, event: Waitable, timeout: float | None) -> bool:
        """Wait for `event`, at most `timeout` real seconds (None: for ever)."""
        return self._real.wait(event, timeout)

    def wait_awake(self, event: Waitable, apart: float) -> bool:
        """Wait for `event`; false if the machine has slept since its real clocks were so far `apart`."""
        return self._real.wait_awake(event, apart)

    def look_after(self, deadline: float) -> float:
        """Real seconds until `deadline`."""
        return self._real.look_after(deadline)


SYSTEM: Clock = SystemClock()
