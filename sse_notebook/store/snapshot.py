"""Rows at one moment, all of a version or some of them: what every verb of the reading face reads.

The law: a snapshot never changes; what is read of it one after the other fits together.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.filters import Filter
from sse_notebook.filters.tree import TRUE, Node
from sse_notebook.store.columns import Version, events_of
from sse_notebook.store.expand import Expand, Paths
from sse_notebook.store.schema import COLUMNS
from sse_notebook.store.taken import taken, taken_of

__all__ = ["Reader", "Snapshot", "events_in", "number_of_rows"]

PART = 10_000  # rows made objects at once


class Reader(NamedTuple):
    """What makes frames and arrays of versions.

    Attributes:
        frame: all rows of a version as a frame, with the payload columns that are asked for.
        of_arrow: the same without payload columns, in Arrow's types.
        texts: its columns of texts, by name, as Arrow has them.
        paths: the payload columns that there are if this is asked for.
        fit: which rows of a version fit, at a Unix time, among some of them.
    """

    frame: Callable[[Version, Expand], pd.DataFrame]
    of_arrow: Callable[[Version], pd.DataFrame]
    texts: Callable[[Version], dict[str, Any]]
    paths: Callable[[Expand], Paths]
    fit: Callable[[Version, Node, float, Any], Any]


class Snapshot(NamedTuple):
    """Some rows of a version.

    Attributes:
        version: what was kept.
        reader: what is made of versions.
        rows: which of them, counted from the oldest that is kept: a slice, or numbers in ascending order.
    """

    version: Version
    reader: Reader
    rows: Any = slice(None)

    @property
    def size(self) -> int:
        """How many rows these are."""
        kept = self.version.stop - self.version.start
        return len(range(kept)[self.rows]) if isinstance(self.rows, slice) else len(self.rows)

    def number(self, attribute: str) -> Any:
        """A column that is no text, as the store keeps it."""
        return self.version.number(attribute)[self.rows]

    def frame(self, expand: Expand = None) -> pd.DataFrame:
        """The rows as a frame of the reader's own."""
        return self.named(self._cut_out(self.reader.frame(self.version, expand)))

    def _cut_out(self, frame: pd.DataFrame) -> pd.DataFrame:
        if isinstance(self.rows, slice):
            return frame if self.all else frame.iloc[self.rows]
        return taken(frame, self.rows)

    def named(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame of the rows with the index that is theirs."""
        return frame if self.version.names is None else frame.set_axis(self.numbered())

    def payload(self, expand: Expand = None) -> pd.DataFrame | None:
        """The payload columns, as they are in the frame; None: there are none."""
        return self.frame(expand).iloc[:, len(COLUMNS) :] if self.reader.paths(expand) else None

    def numbered(self) -> pd.Index[Any]:
        """The index that the frame has."""
        if self.version.names is not None:
            return self.version.names.pandas(self.rows)
        seqs = self.seqs
        return pd.RangeIndex(seqs, name="seq") if isinstance(seqs, range) else pd.Index(seqs, name="seq")

    def texts(self) -> dict[str, Any]:
        """The columns of texts, by name, as Arrow has them."""
        texts = self.reader.texts(self.version)
        if self.all:
            return texts
        if isinstance(self.rows, slice):
            kept = range(self.version.stop - self.version.start)[self.rows]
            return {name: array.slice(kept.start, len(kept)) for name, array in texts.items()}
        return {name: taken_of(array, self.rows) for name, array in texts.items()}

    def called(self) -> dict[str, Any]:
        """The columns of Arrow that its index is."""
        if self.version.names is not None:
            return self.version.names.arrow(self.rows)
        seqs = self.seqs
        return {"seq": pa.array(np.arange(seqs.start, seqs.stop) if isinstance(seqs, range) else seqs)}

    @property
    def seqs(self) -> range | Any:
        """The `seq` of each row; of rows that were kept elsewhere, their places."""
        every = range(self.version.start, self.version.stop)
        return every[self.rows] if isinstance(self.rows, slice) else self.rows + self.version.start

    @property
    def all(self) -> bool:
        """Whether these are all rows that are kept."""
        return isinstance(self.rows, slice) and self.rows == slice(None)

    def first(self, number: int) -> Snapshot:
        """So many from the beginning; a negative number: all but so many at the end, as pandas has it."""
        return self._cut(slice(None, number))

    def last(self, number: int) -> Snapshot:
        """So many from the end; a negative number: all but so many at the beginning."""
        return self._cut(slice(max(0, self.size - number) if number >= 0 else -number, None))

    def between(self, start_us: int | None, end_us: int | None) -> Snapshot:
        """Those whose timestamp is at `start_us` or later, and before `end_us`."""
        times = self.number("timestamp_us")
        if self.version.ordered:  # then so is every part of it
            low = 0 if start_us is None else int(np.searchsorted(times, start_us))
            high = len(times) if end_us is None else int(np.searchsorted(times, end_us))
            return self._cut(slice(low, max(low, high)))
        fits = np.ones(len(times), bool)
        if start_us is not None:
            fits &= times >= start_us
        if end_us is not None:
            fits &= times < end_us
        return self._cut(np.flatnonzero(fits))

    def where(self, filter: Filter, now: float = 0.0) -> Snapshot:  # noqa: A002 - what it is
        """Those that fit.

        Args:
            filter: what is asked.
            now: Unix time, for ages.
        """
        if filter.tree == TRUE:
            return self
        return self._replace(rows=self.reader.fit(self.version, filter.tree, now, self.rows))

    def _cut(self, part: Any) -> Snapshot:
        rows: Any
        if isinstance(self.rows, slice):
            kept = range(self.version.stop - self.version.start)[self.rows]
            if isinstance(part, slice):
                cut = kept[part]
                rows = slice(cut.start, cut.stop)
            else:
                rows = part + kept.start
        else:
            rows = self.rows[part]
        return Snapshot(self.version, self.reader, rows)


def events_in(snapshot: Snapshot) -> Iterator[Event]:
    """The rows as objects, made anew, some at a time."""
    seqs = snapshot.seqs
    for done in range(0, len(seqs), PART):
        part = seqs[done : done + PART]
        first, last = int(part[0]), int(part[-1])
        events = events_of(snapshot.version, first, last + 1)
        yield from events if len(events) == len(part) else (events[seq - first] for seq in part)


def number_of_rows(n: Any) -> int:
    """How many rows somebody asks for.

    Raises:
        ArgumentError: it is no whole number.
    """
    try:
        if not isinstance(n, bool):
            return operator.index(n)  # numpy's numbers too
    except TypeError:
        pass
    raise ArgumentError(f"how many rows is a whole number, not {n!r}")
