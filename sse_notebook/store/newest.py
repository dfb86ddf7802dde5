"""The newest events, as objects: so many and no more.

The law: what is gone does not come back, however the room changes. Not thread-safe by itself: the store's
lock is held around every call.
"""

from __future__ import annotations

from collections import deque

from sse_notebook.events import Event
from sse_notebook.events.batch import Batch

__all__ = ["Newest"]

SLACK = 4_096  # rows of a batch that may be held in memory though they are gone


class Newest:
    """The newest rows of those that were appended.

    Args:
        room: how many they are at most.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._batches: deque[Batch] = deque()
        self._rows = 0  # in the batches
        self._gone = 0  # of the first batch

    def __len__(self) -> int:
        return self._rows - self._gone

    @property
    def room(self) -> int:
        """How many events are kept; may be set."""
        return self._room

    @room.setter
    def room(self, number: int) -> None:
        self._room = number
        self._trim()

    def append(self, batch: Batch) -> None:
        """Add rows at the end; let go of the oldest if there are too many."""
        self._batches.append(batch)
        self._rows += len(batch)
        self._trim()

    def clear(self) -> None:
        """Forget all."""
        self._batches.clear()
        self._rows = self._gone = 0

    def events(self) -> list[Event]:
        """The events, oldest first."""
        gone = self._gone
        found: list[Event] = []
        for batch in self._batches:
            found += batch[gone:]
            gone = 0
        return found

    def _trim(self) -> None:
        self._gone = max(self._gone, self._rows - self._room)
        while self._gone and self._gone >= len(self._batches[0]):
            oldest = len(self._batches.popleft())
            self._gone -= oldest
            self._rows -= oldest
        if self._gone > SLACK:
            self._batches[0] = self._batches[0].without(self._gone)
            self._rows -= self._gone
            self._gone = 0
