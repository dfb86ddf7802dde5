"""At most ten flushes a second, the last one always, urgent ones at once; those of one stream share them.

The law: after any `poke` a flush follows, at once if the last was long enough ago or the poke is urgent,
else when the interval has passed. However many pokes come, no more than `1 / interval` flushes a second come
of those that are not urgent: past about a thousand messages a second a Jupyter server drops them, the user's
own included. Pumps that share a `Pace` send about as many together as one alone: each waits for the others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import ClassVar
from weakref import WeakKeyDictionary

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.source import fork

__all__ = ["INTERVAL", "Pace", "Pump"]

INTERVAL = 0.1


class Pace:
    """How much all that shows one thing may send together: a message in each interval."""

    _all: ClassVar[WeakKeyDictionary[object, Pace]] = WeakKeyDictionary()
    _guard = threading.Lock()  # of _all, and of each one's _due; held for a moment

    def __init__(self) -> None:
        self._due = float("-inf")

    @classmethod
    def of(cls, shown: object) -> Pace:
        """The one of what is shown, however many show it."""
        with cls._guard:
            return cls._all.setdefault(shown, cls())

    def pause(self, now: float, messages: int) -> float:
        """How long the one who has just sent so many waits, that the others have their turn."""
        with self._guard:
            self._due = max(self._due, now) + INTERVAL * messages
            return max(INTERVAL, self._due - now)


fork.hold(Pace, "_guard")


class Pump:
    """Calls `flush` on a thread of its own whenever there was a poke.

    Args:
        flush: what is done; what it raises is swallowed by whoever gave it, not here.
        clock: what the time is.
        pace: shared with others.
        sent: how many messages have been sent so far.
        interval: seconds between two flushes that are not urgent, at least.
        idle: after how many seconds without a poke it flushes all the same; None: never.
    """

    def __init__(
        self,
        flush: Callable[[], None],
        *,
        clock: Clock = SYSTEM,
        pace: Pace | None = None,
        sent: Callable[[], int] = lambda: 0,
        interval: float = INTERVAL,
        idle: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._flush = flush
        self._clock = clock
        self._pace = Pace() if pace is None else pace
        self._sent = sent
        self._interval = interval
        self._idle = idle
        self._poked = threading.Event()
        self._urgent = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sse-notebook widget", daemon=True)
        self._thread.start()

    def poke(self, at_once: bool = False) -> None:
        """There is something new. From any thread; never waits."""
        if at_once:
            self._urgent.set()
        self._poked.set()

    def close(self) -> None:
        """Flush no more."""
        self._closed = True
        self.poke(at_once=True)

    def _run(self) -> None:
        while True:
            self._clock.wait(self._poked, self._idle())
            self._poked.clear()
            self._urgent.clear()
            if self._closed:
                return
            before = self._sent()
            self._flush()
            pause = self._pace.pause(self._clock.monotonic(), self._sent() - before)
            # The pause comes after the flush, so that the first news after silence is on screen at once.
            self._clock.wait(self._urgent, max(self._interval, pause))
