"""Sealed rows: some of them as one array for each column, and many of them as one frame.

The law: a chunk never changes, and what is made of chunks is the caller's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from sse_notebook.events.batch import Batch
from sse_notebook.store.schema import COLUMNS, Kind, columns_of

__all__ = ["Chunk", "frame_of"]


class Chunk:
    """Sealed rows, numbered without a hole.

    Args:
        first: the `seq` of the first.
        rows: how many.
        arrays: for each of the contract's columns, by name, its values.
    """

    __slots__ = ("arrays", "first", "rows")

    def __init__(self, first: int, rows: int, arrays: dict[str, Any]) -> None:
        self.first = first
        self.rows = rows
        self.arrays = arrays

    @classmethod
    def of(cls, batch: Batch, sources: tuple[str, ...]) -> Chunk:
        """The rows of a batch, sealed.

        Args:
            batch: at least one row, numbered.
            sources: the names that are known so far, those of the batch among them.
        """
        arrays: dict[str, Any] = {}
        sealed: dict[tuple[Kind, int], Any] = {}  # a workload is its own resource: one column for both
        for name, attribute, kind in columns_of(sources):
            values = batch.columns[attribute]
            same = kind, id(values)
            if same not in sealed:
                sealed[same] = kind.seal(values)
            arrays[name] = sealed[same]
        return cls(batch.first, len(batch), arrays)

    @classmethod
    def joined(cls, chunks: Sequence[Chunk]) -> Chunk:
        """One chunk of several, of which each goes on where the one before it ends."""
        if len(chunks) == 1:
            return chunks[0]
        arrays = {name: kind.joined([chunk.arrays[name] for chunk in chunks]) for name, _, kind in COLUMNS}
        return cls(chunks[0].first, sum(chunk.rows for chunk in chunks), arrays)

    @property
    def stop(self) -> int:
        """The `seq` after the last."""
        return self.first + self.rows

    def between(self, start: int, stop: int) -> Chunk:
        """Those rows whose `seq` lies there; it shares their memory."""
        low, high = max(start, self.first), min(stop, self.stop)
        if (low, high) == (self.first, self.stop):
            return self
        part = slice(low - self.first, high - self.first)
        return Chunk(low, high - low, {name: array[part] for name, array in self.arrays.items()})

    def batch(self, sources: tuple[str, ...]) -> Batch:
        """The way back: the rows as they were before they were sealed."""
        columns = {attribute: kind.values(self.arrays[name]) for name, attribute, kind in columns_of(sources)}
        return Batch({"seq": range(self.first, self.stop), **columns})


def frame_of(chunks: Sequence[Chunk], sources: tuple[str, ...]) -> pd.DataFrame:
    """The rows of these chunks, of which each goes on where the one before it ends, as one frame.

    Args:
        chunks: none, or several.
        sources: the names that are known: the categories of the column `source`.
    """
    first, stop = (chunks[0].first, chunks[-1].stop) if chunks else (0, 0)
    columns = {
        name: kind.frame([chunk.arrays[name] for chunk in chunks] or [kind.empty])
        for name, _, kind in columns_of(sources)
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(first, stop, name="seq"), copy=False)
