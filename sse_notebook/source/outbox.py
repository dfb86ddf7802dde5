"""Statuses on their way to a listener.

The law: they are told in the order in which they were put, by one thread at a time, and nobody waits for
that thread: who finds another one telling leaves his own with it.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator

from sse_notebook.source.status import ConnectionStatus

__all__ = ["Outbox"]


class Outbox:
    """Tells a listener of each status that was put.

    Args:
        tell: the listener.
        report: told what the listener raises.
    """

    def __init__(
        self, tell: Callable[[ConnectionStatus], object], report: Callable[[BaseException], object]
    ) -> None:
        self._tell = tell
        self._report = report
        self._waiting: deque[ConnectionStatus] = deque()
        self._telling = threading.Lock()  # held by who tells, for as long as there is something to tell

    def put(self, status: ConnectionStatus) -> None:
        """One more. Whoever puts calls `deliver` afterwards, once it holds no lock."""
        self._waiting.append(status)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Nobody tells while this lasts; what was put meanwhile is told at its end."""
        with self._telling:
            yield
        self.deliver()

    def deliver(self) -> None:
        """Tell what waits, unless another thread does."""
        while self._waiting and self._telling.acquire(blocking=False):
            try:
                while self._waiting:
                    self._tell(self._waiting[0])
                    self._waiting.popleft()
            # SystemExit and `asyncio.CancelledError` too: an observer's would end the source's thread, and a
            # state that is no more would be shown for ever. An interrupt is the user's: what it cut off is
            # told by whoever delivers next.
            except BaseException as error:
                main = threading.current_thread() is threading.main_thread()
                if main and isinstance(error, KeyboardInterrupt):
                    raise
                self._waiting.popleft()
                self._report(error)
            finally:
                self._telling.release()
