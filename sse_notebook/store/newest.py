"""The newest events, as objects: so many and no more.

The law: what is gone does not come back, however the room changes. Not thread-safe by itself: the store's
lock is held around every call.
"""

from __future__ import annotations

from collections import deque

from sse_notebook.events import Event
from sse_notebook.events.batch import Batch

__all__ = ["Newest"]


class Newest:
    """The newest rows of those that were appended.

    Args:
        room: how many they are at most.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._rows = 0
        self._batches: deque[Batch] = deque()

    def __len__(self) -> int:
        return self._rows

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
        self._rows = 0

    def events(self) -> list[Event]:
        """The events, oldest first."""
        return [event for batch in self._batches for event in batch]

    def _trim(self) -> None:
        due = max(0, self._rows - self._room)
        self._rows -= due
        while due and due >= len(self._batches[0]):
            due -= len(self._batches.popleft())
        if due:
            self._batches[0] = self._batches[0].without(due)
