"""The newest event of each resource: the current status of every workload, project, cluster.

The law: newest is by (`timestamp`, `seq`), so a late older event never takes the place of a newer one. What
was seen stays, though the store let go of its row; so many resources and no more: those go that were heard
of the longest time ago, and they are counted.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from sse_notebook.events import Event
from sse_notebook.events.batch import Batch
from sse_notebook.store.columns import Columns, Version, events_at
from sse_notebook.store.followers import Follower, column_numbers, column_values
from sse_notebook.store.schema import STR, columns_of

__all__ = ["Latest", "latest_of"]

MOST: Final = 100_000  # resources

_BY: Final = ["resource_type", "resource_id"]
_NEVER: Final = (-(2**62), -1)
_Resource = tuple[str | None, str | None]


class Latest(Follower):
    """Follows the newest event of each resource. Rows that are about no resource are passed over.

    Args:
        columns: where the rows are.
        cleared: the `seq` of the first row that the user has not cleared.

    Attributes:
        evicted: how many resources were let go of because there were too many.
    """

    def __init__(self, columns: Columns, cleared: int) -> None:
        super().__init__(columns, cleared)
        self.evicted = 0
        self._events: dict[_Resource, Any] = {}  # the one heard of last at the end
        self._frame: pd.DataFrame | None = None

    def frame(self) -> pd.DataFrame:
        """One row for each resource, by its type and id: the contract's columns of its newest event."""
        with self._lock:
            version = self._see_new()
            if self._frame is None:
                self._frame = _frame(list(self._events.values()), version.sources)
            return self._frame.copy()

    def _forget(self) -> None:
        self._events, self._frame = {}, None

    def _see(self, version: Version, start: int, stop: int) -> None:
        times = column_numbers(version, "timestamp_us", start, stop).tolist()
        types = column_values(version, "resource_type", start, stop)
        ids = column_values(version, "resource_id", start, stop)
        newest: dict[_Resource, tuple[int, int]] = {}  # when, and which row; the one heard of last at the end
        for row, (who, time) in enumerate(zip(zip(types, ids, strict=True), times, strict=True), start):
            before = newest.pop(who, _NEVER)
            newest[who] = (time, row) if time >= before[0] else before
        newer: dict[int, _Resource] = {}
        for who, (time, row) in newest.items():
            if who[1] is None:
                continue
            held = self._events.pop(who, None)
            if held is None or time >= held.timestamp_us:
                newer[row] = who
            self._events[who] = held  # in its place in the order; a newer one comes below
        for event in events_at(version, sorted(newer)):
            self._events[newer[event.seq]] = event
        if newer:
            self._frame = None
        while len(self._events) > MOST:
            del self._events[next(iter(self._events))]
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


def _frame(events: list[Event], sources: tuple[str, ...]) -> pd.DataFrame:
    events.sort(key=lambda event: (event.resource_type is None, event.resource_type, event.resource_id))
    given = Batch.of(events).columns
    columns: dict[str, Any] = {}
    for name, attribute, kind in columns_of(sources):
        values = given[attribute]
        if kind is None:
            columns[name] = pd.array(list(values), dtype=STR)
        else:
            numbers = np.empty(len(events), kind.dtype)
            if events:
                kind.write(values, numbers)
            columns[name] = kind.frame(numbers)
    return pd.DataFrame(columns, index=pd.Index(given["seq"], dtype="int64", name="seq"))
