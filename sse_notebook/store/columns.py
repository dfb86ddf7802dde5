"""The rows that are kept: appended at one end, forgotten at the other, read as one frame.

The law: a sealed chunk never changes; a read settles what is pending and joins what is new to what was joined
before. Not thread-safe by itself: the store's lock is held around every call.
"""

from __future__ import annotations

import pandas as pd

from sse_notebook.events.batch import Batch
from sse_notebook.store.schema import frame_of, joined

__all__ = ["Columns"]

# Rows held as Python's values (about 700 bytes each) before they are sealed, if nobody reads meanwhile.
SEAL = 4_096


class Columns:
    """The kept rows.

    Args:
        max_rows: the oldest go when there are more.
        source: the name that rows usually come from: a category even of an empty frame.
    """

    def __init__(self, max_rows: int, source: str = "") -> None:
        self._max_rows = max_rows
        self._evicted = 0
        self._sources = [source]
        self._batches: list[Batch] = []
        self._pending = 0  # rows in `_batches`
        self._chunks: list[pd.DataFrame] = []
        self._sealed = 0  # rows in `_chunks`

    def __len__(self) -> int:
        return self._sealed + self._pending - self._due()

    @property
    def max_rows(self) -> int:
        """How many rows are kept; may be set."""
        return self._max_rows

    @max_rows.setter
    def max_rows(self, number: int) -> None:
        self._seal()  # or rows that had to go already would come back with more room
        self._max_rows = number

    @property
    def evicted(self) -> int:
        """How many rows were let go because of `max_rows`."""
        return self._evicted + self._due()

    def append(self, batch: Batch) -> None:
        """Add rows at the end; let go of the oldest if there are too many."""
        self._batches.append(batch)
        self._pending += len(batch)
        if self._pending >= SEAL:
            self._seal()

    def clear(self) -> None:
        """Forget all rows; they do not count as evicted, since the user asked for it."""
        self._evicted += self._due()
        self._batches, self._pending = [], 0
        self._chunks.clear()
        self._sealed = 0

    def frame(self) -> pd.DataFrame:
        """Everything kept, as one frame. It is shared: hand out a copy."""
        self._seal()
        if not self._chunks:
            return frame_of([], self._sources)
        if len(self._chunks) > 1:
            self._chunks = [joined(self._chunks, self._sources)]
        return self._chunks[0]

    def _due(self) -> int:
        """Rows that are gone for every reader, though still in memory."""
        return max(0, self._sealed + self._pending - self._max_rows)

    def _seal(self) -> None:
        if self._pending:
            batch = Batch.joined(self._batches)
            self._sources.extend(sorted(set(batch.columns["source"]).difference(self._sources)))
            self._chunks.append(frame_of(batch, self._sources))
            self._sealed += self._pending
            self._batches, self._pending = [], 0
        due = self._due()
        self._sealed -= due
        self._evicted += due
        while self._chunks and due >= len(self._chunks[0]):
            due -= len(self._chunks.pop(0))
        if due:
            self._chunks[0] = self._chunks[0].iloc[due:]
