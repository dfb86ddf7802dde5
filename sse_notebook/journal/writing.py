"""`WritingThread`: what recordings and archives have in common: a thread that writes what others hand over.

The law: who hands something over never waits for the disk, and never hears of its errors. What waits is
written together, a tenth of a second after the first of it, or at once where there is much, or who stops.
Whatever goes wrong on the thread, nobody waits for one that is no more, and what it has open is let go of.
Who leaves Python leaves whole files; a fork's child writes nothing: the files are the parent's.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from sse_notebook.source import fork

__all__ = ["MANY", "PARTING", "WritingThread", "closed", "running"]

PAUSE: Final = 0.1  # seconds for more to come, before it is written
MANY: Final = 20_000  # events that are not waited upon
PARTING: Final = 10.0  # seconds that who stops waits for the disk
LEAVING: Final = 2.0  # seconds that who leaves Python waits for each


class WritingThread:
    """A thread that writes what waits, until it is stopped and nothing waits any more.

    Args:
        name: the thread's.

    Attributes:
        error: why nothing is written any more, or just now; `""`: all is well.
        lost: how many events, or rows, were not written.
        done: it is closed, and nothing more will be written.
    """

    def __init__(self, name: str) -> None:
        self.error = ""
        self.lost = 0
        self.done = threading.Event()
        # Handed over and not written: appending to it is atomic.
        self._waiting: deque[Any] = deque()
        self._owed = bytearray()  # bytes that the system has not taken
        self._drained = 0  # how often all that waited was written
        self._stopping = False
        self._wake = threading.Event()  # there is something to write
        self._hurry = threading.Event()  # and nobody waits for more
        self._idle = threading.Condition()  # notified when what waited is written
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def _start(self) -> None:
        """Begin to write.

        Raises:
            RuntimeError: the system has no more threads.
        """
        self._thread.start()
        fork.watch(self)
        _running.add(self)

    def stop(self, *, timeout: float = PARTING) -> bool:
        """Write what waits, and what comes at the end; then close. As often as you like.

        Args:
            timeout: seconds to wait for the disk.

        Returns:
            Whether all of it is there.
        """
        raise NotImplementedError

    def _stop(self, timeout: float) -> bool:
        self._stopping = True
        self._hurry.set()
        self._wake.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)
        return self.done.is_set() and not self.error

    # -- on the thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        self._guarded(self._work)
        self._guarded(self._end)
        _running.discard(self)
        self.done.set()
        with self._idle:
            self._idle.notify_all()

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do it; what can't be dealt with (no memory, say) is the end of it, and is told."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the thread never prints
            self._stopping = True  # nothing is handed over to it any more
            self._broke(f"internal error: {type(error).__name__}")

    def _work(self) -> None:
        self._begin()
        while True:
            self._rest()
            self._hurry.wait(PAUSE)
            self._wake.clear()
            stopping = self._stopping  # before it is looked for the last time
            self._drain()
            with self._idle:
                self._hurry.clear()
                self._drained += 1
                self._idle.notify_all()
            if stopping and not self._waiting:
                break
            if self._stopping or self._owed:
                self._wake.set()

    def _broke(self, why: str) -> None:
        """Nothing is written any more, though it was not stopped: say so."""
        raise NotImplementedError

    def _begin(self) -> None:
        """Write what comes before all that is handed over."""

    def _rest(self) -> None:
        """Wait until there is something to do."""
        self._wake.wait()

    def _drain(self) -> None:
        """Write what waits."""
        raise NotImplementedError

    def _end(self) -> None:
        """Write what comes at the end, and let go of the file."""
        raise NotImplementedError

    # -- forks -----------------------------------------------------------------------------------------

    def before_fork(self) -> None:
        """Nothing to wait for."""

    def after_fork(self, *, child: bool) -> None:
        """In the child nobody writes: the file is the parent's."""
        if child:
            self._stopping = True
            self._waiting.clear()
            self.done.set()
            _running.discard(self)


def closed(file: int) -> str:
    """Close a file; what the system says only then, that it was not all written; `""`: nothing."""
    try:
        os.close(file)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


_running: weakref.WeakSet[WritingThread] = weakref.WeakSet()


def running() -> list[WritingThread]:
    """Those that write, in this process."""
    return list(_running)


@atexit.register
def _at_exit() -> None:
    for each in running():
        each.stop(timeout=LEAVING)
