"""What a replay is asked to play as fast as possible, for somebody who waits.

The law: it is finished once, whatever became of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from sse_notebook.wire import ServerSentEvent

__all__ = ["Errand"]


class Errand:
    """One errand.

    Args:
        done: looked at before each read.
        until_us: what comes later than this, in microseconds since the beginning, is not played.
        singly: of the new events of a read, whether they are to be played one by one.

    Attributes:
        finished: set when it is done.
        halted: nobody waits for it any more.
        error: what `done` or `singly` raised.
    """

    def __init__(
        self,
        done: Callable[[], bool],
        until_us: float,
        singly: Callable[[Sequence[ServerSentEvent]], bool] | None,
    ) -> None:
        self.done, self.until_us, self.singly = done, until_us, singly
        self.finished = threading.Event()
        self.halted = False
        self.error: BaseException | None = None
