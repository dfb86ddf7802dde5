"""Events that a server sends again, after a connection was lost: shown one by one, or as history.

The law: a few are shown as any other; when many come, they are one summary, and so is what follows them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from sse_notebook.events.batch import Batch

__all__ = ["AGAIN", "WINDOW", "SentAgain"]

WINDOW: Final = 5.0  # seconds; what comes within them comes "at once"
AGAIN: Final = 5  # events that a server sends again at once, and that are still shown one by one


class SentAgain:
    """Those of one stream. Not guarded: by whoever has it."""

    def __init__(self) -> None:
        self._shown: deque[float] = deque(maxlen=AGAIN)  # when some were shown one by one
        self._until = 0.0  # the others are history, as is all that comes until then

    def parted(self, batch: Batch, now: float) -> tuple[Sequence[int], Sequence[int]]:
        """Which rows are shown one by one, and which are history: sent again, and too many for that."""
        origins = batch.columns["origin"]
        if "resumed" not in origins:
            return range(len(batch)), []
        fresh, again = [], []
        for row, origin in enumerate(origins):
            if origin != "resumed":
                fresh.append(row)
            elif now < self._until or (len(self._shown) == AGAIN and self._shown[0] > now - WINDOW):
                self._until = now + WINDOW
                again.append(row)
            else:
                self._shown.append(now)
                fresh.append(row)
        return fresh, again
