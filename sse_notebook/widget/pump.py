"""At most ten flushes a second, the last one always, urgent ones at once.

The law: after any `poke` a flush follows, at once if the last was long enough ago or the poke is urgent,
else when the interval has passed. However many pokes come, no more than `1 / interval` flushes a second come
of those that are not urgent: past about a thousand messages a second a Jupyter server drops them, the user's
own included.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from sse_notebook.clock import SYSTEM, Clock

__all__ = ["INTERVAL", "Pump"]

INTERVAL = 0.1


class Pump:
    """Calls `flush` on a thread of its own whenever there was a poke.

    Args:
        flush: what is done; what it raises is swallowed by whoever gave it, not here.
        interval: seconds between two flushes.
        clock: what the time is.
    """

    def __init__(
        self, flush: Callable[[], None], *, interval: float = INTERVAL, clock: Clock = SYSTEM
    ) -> None:
        self._flush = flush
        self._interval = interval
        self._clock = clock
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
            self._clock.wait(self._poked, None)
            self._poked.clear()
            self._urgent.clear()
            if self._closed:
                return
            self._flush()
            # The pause comes after the flush, so that the first news after silence is on screen at once.
            self._clock.wait(self._urgent, self._interval)
