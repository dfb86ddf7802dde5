"""The newest event of each resource: the current status of every workload, project, cluster.

The law: newest is by (`timestamp`, `seq`), so a late older event never takes the place of a newer one. What
was seen stays, though the store let go of its row; so many resources and no more: those go that were heard
of the longest time ago, and they are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.store.columns import Version
from sse_notebook.store.followers import Follower, column_numbers, column_values
from sse_notebook.store.schema import COLUMNS, STR, columns_of
from sse_notebook.store.texts import TEXT
from sse_notebook.store.waiting import Waiting

__all__ = ["Latest", "latest_of"]

MOST: Final = 100_000  # resources

_BY: Final = ["resource_type", "resource_id"]
_NEVER: Final = (-(2**62), -1)
_ROW: Final = ("seq", *(column.attribute for column in COLUMNS))  # what is kept of one, in this order
_TIME: Final = _ROW.index("timestamp_us")
_Row = tuple[Any, ...]
_Resource = tuple[str | None, str | None]


class Latest(Follower):
    """Follows the newest event of each resource. Rows that are about no resource are passed over.

    Args:
        kept: where the rows are.
        cleared: the `seq` of the first row that the user has not cleared.

    Attributes:
        evicted: how many resources were let go of because there were too many.
    """

    def __init__(self, kept: Waiting, cleared: int) -> None:
        super().__init__(kept, cleared)
        self.evicted = 0
        self._rows: dict[_Resource, Any] = {}  # the one heard of last at the end
        self._frame: pd.DataFrame | None = None

    def frame(self) -> pd.DataFrame:
        """One row for each resource, by its type and id: the contract's columns of its newest event."""
        with self._looking():
            version = self._see_new()
            if self._frame is None:
                about = sorted(self._rows, key=lambda who: (who[0] is None, *who))
                self._frame = _frame([self._rows[who] for who in about], version.sources)
            return self._frame.copy()

    def _forget(self) -> None:
        self._rows, self._frame = {}, None

    def _see(self, version: Version, start: int, stop: int) -> None:
        times = column_numbers(version, "timestamp_us", start, stop).tolist()
        types = column_values(version, "resource_type", start, stop)
        ids = column_values(version, "resource_id", start, stop)
        newest: dict[_Resource, tuple[int, int]] = {}  # when, and which row; the one heard of last at the end
        for seq, (who, time) in enumerate(zip(zip(types, ids, strict=True), times, strict=True), start):
            before = newest.pop(who, _NEVER)
            newest[who] = (time, seq) if time >= before[0] else before
        newer: dict[int, _Resource] = {}
        for who, (time, seq) in newest.items():
            if who[1] is None:
                continue
            held = self._rows.pop(who, None)
            if held is None or time >= held[_TIME]:
                newer[seq] = who
            self._rows[who] = held  # in its place in the order; a newer one comes below
        for row in _rows_at(version, sorted(newer)):
            self._rows[newer[row[0]]] = row
        if newer:
            self._frame = None
        while len(self._rows) > MOST:
            del self._rows[next(iter(self._rows))]
            self.evicted += 1


def latest_of(frame: pd.DataFrame) -> pd.DataFrame:
    """The same of any rows, worked out anew.

    Args:
        frame: rows with the contract's columns, indexed by `seq`.

    Example:
        >>> from sse_notebook.store import EventStore
        >>> store = EventStore()
        >>> for status in ("starting", "running"):
        ...     _ = store.add_event({"type": "workload.status", "workload_id": "wl-1", "status": status})
        >>> latest_of(store.df)["status"].to_list()
        ['running']
    """
    about = frame[frame["resource_id"].notna()]
    about = about.iloc[np.lexsort((about.index, about["timestamp"].array.asi8))]
    return about.drop_duplicates(_BY, keep="last").sort_values(_BY)


def _rows_at(version: Version, seqs: Sequence[int]) -> list[_Row]:
    """Single rows of a version, ascending; all of them are there."""
    found: list[_Row] = []
    wanted = np.array(seqs, np.int64)
    for segment in version.segments:
        low, high = np.searchsorted(wanted, (segment.first, segment.first + segment.rows))
        if low < high:
            rows = wanted[low:high]
            columns: dict[str, Sequence[Any]] = {"seq": rows.tolist(), **segment.pick(rows - segment.first)}
            for _, attribute, kind in columns_of(version.sources):
                if kind is not None:
                    columns[attribute] = kind.values(version.numbers[attribute][rows - version.first])
            found += zip(*(columns[name] for name in _ROW), strict=True)
    return found


def _frame(rows: list[_Row], sources: tuple[str, ...]) -> pd.DataFrame:
    given = dict(zip(_ROW, zip(*rows, strict=True) if rows else ((),) * len(_ROW), strict=True))
    columns: dict[str, Any] = {}
    for name, attribute, kind in columns_of(sources):
        values = given[attribute]
        if kind is None:
            columns[name] = pd.array(pa.array(values, TEXT), dtype=STR)
        else:
            numbers = np.empty(len(rows), kind.dtype)
            if rows:
                kind.write(values, numbers)
            columns[name] = kind.frame(numbers)
    return pd.DataFrame(columns, index=pd.Index(given["seq"], dtype="int64", name="seq"))
