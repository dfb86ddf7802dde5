"""Statuses on their way to a listener.

The law: they are told in the order in which they were put, by one thread at a time, and nobody waits for
that thread: who finds another one telling leaves his own with it. Wherever an interrupt cuts in, what was put
is told, and another one can tell.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator

from sse_notebook.source.status import ConnectionStatus
from sse_notebook.source.turns import take

__all__ = ["Outbox"]


class Outbox:
    """Tells a listener of each status that was put.

    Args:
        tell: the listener.
        report: told what the listener raises.
        first: what need not be told.
    """

    def __init__(
        self,
        tell: Callable[[ConnectionStatus], object],
        report: Callable[[BaseException], object],
        first: ConnectionStatus | None = None,
    ) -> None:
        self._tell = tell
        self._report = report
        # The newest that was told, and those that wait.
        self._put = deque([ConnectionStatus() if first is None else first])
        self._telling = threading.Lock()  # held by who tells, for as long as there is something to tell

    @property
    def newest(self) -> ConnectionStatus:
        """What was put last."""
        return self._put[-1]

    def put(self, status: ConnectionStatus) -> None:
        """One more. Whoever puts calls `deliver` afterwards, once it holds no lock."""
        self._put.append(status)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Nobody tells while this lasts; what was put meanwhile is told at its end."""
        try:
            with self._telling:
                yield
        finally:
            self.deliver()

    def deliver(self) -> None:
        """Tell what waits, unless another thread does."""
        telling: list[bool] = []
        while len(self._put) > 1:
            try:
                if not take(self._telling, 0, telling):
                    return
                while len(self._put) > 1:
                    self._tell(self._put[1])
                    self._put.popleft()
            # SystemExit and `asyncio.CancelledError` too: an observer's would end the source's thread, and a
            # state that is no more would be shown for ever. An interrupt is the user's: what it cut off is
            # told by whoever delivers next.
            except BaseException as error:
                main = threading.current_thread() is threading.main_thread()
                if main and isinstance(error, KeyboardInterrupt):
                    raise
                self._put.popleft()
                self._report(error)
            finally:
                if True in telling:
                    self._telling.release()
                telling.clear()
