"""An event to wait on, which a finalizer may set.

The law: `set` takes no lock. The collector may run a finalizer on any thread at any allocation, even on the
thread that is just going to wait; `threading.Event.set` would then wait for a lock that its own thread holds.
"""

from __future__ import annotations

import contextlib
from queue import Empty, SimpleQueue

__all__ = ["Wake"]


class Wake:
    """What `threading.Event` is, for one thread that waits and many that set.

    Example:
        >>> wake = Wake()
        >>> wake.set()
        >>> wake.wait(10)
        True
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[None] = SimpleQueue()  # set: not empty. Its `put` is reentrant, by its docs

    def is_set(self) -> bool:
        """Whether it is set."""
        return not self._calls.empty()

    def set(self) -> None:
        """Wake who waits. From any thread, and from finalizers."""
        self._calls.put(None)

    def clear(self) -> None:
        """Not set any more. Only the thread that waits may."""
        with contextlib.suppress(Empty):
            while True:
                self._calls.get_nowait()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, at most `timeout` seconds (None: for ever); true if it is."""
        try:
            self._calls.get(timeout=timeout)
        except Empty:
            return False
        self._calls.put(None)  # it stays set
        return True
