"""Counts over a sliding window, kept up to date: the last five minutes by status, events a second, gaps.

The law: a window is `(now - duration, now]` on the rows' own `timestamp`; at every look it says what counting
all rows anew would say, in whatever order they came. A row is added once and taken off once, so a look costs
what has come and gone since the last one. What the window has seen counts until its time is over, though the
store let go of it; what it could not see, or had no room for, is in `missed`.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from itertools import count
from typing import Any, Final

import numpy as np
import pandas as pd

from sse_notebook.clock import Clock
from sse_notebook.errors import ArgumentError
from sse_notebook.events.moments import duration_us
from sse_notebook.filters.names import PREFIX
from sse_notebook.store.columns import Version
from sse_notebook.store.followers import Follower, column_numbers, column_values
from sse_notebook.store.schema import COLUMNS, STR, Column, columns_of
from sse_notebook.store.sliding import NEVER, Sliding
from sse_notebook.store.waiting import Waiting

__all__ = ["Window"]

MOST: Final = 10_000_000  # rows that a window holds, at 12 bytes each
SPARE: Final = 1_024  # values that may be known though no row has them any more

_NAMES: Final = [column.name for column in COLUMNS]
_TOTAL: Final = pd.Index(["total"], dtype=STR)
_GAPS: Final = pd.Index(["count", "mean", "p50", "p95", "max"], dtype=STR)


class Window(Follower):
    """The rows of the last so many minutes. Made by `store.window(…)`.

    `counts`, `rates`, `total`, `rate` and `interarrival` look anew, each of them: at rows that have come, and
    at the clock. `start`, `end` and `missed` belong to the last look. If the clock is set back so far that
    rows are wanted again which had left the window, they are read again from the store.

    Args:
        kept: where the rows are.
        cleared: the `seq` of the first row that the user has not cleared.
        clock: what the time is.
        duration: how long the window is: `"5min"`, a `timedelta`, or seconds.
        by: the column whose values are counted; None: rows are.

    Raises:
        ArgumentError: no length of time; no such column.

    Example:
        >>> from sse_notebook.clock import VirtualClock
        >>> from sse_notebook.store import EventStore
        >>> clock = VirtualClock()
        >>> store = EventStore(clock=clock)
        >>> window = store.window("1min", by="status")
        >>> for status in ("running", "failed", "running"):
        ...     _ = store.add_event({"type": "workload.status", "status": status})
        ...     clock.advance(20)
        >>> window.counts.to_dict(), window.total
        ({'failed': 1, 'running': 1}, 2)
        >>> window.interarrival.to_dict()
        {'count': 1.0, 'mean': 20.0, 'p50': 20.0, 'p95': 20.0, 'max': 20.0}
    """

    def __init__(self, kept: Waiting, cleared: int, clock: Clock, duration: Any, by: str | None) -> None:
        self._duration_us = duration_us(duration)
        self._column = None if by is None else _column(by)
        super().__init__(kept, cleared)
        self._clock = clock
        self._forget()

    # -- answers ---------------------------------------------------------------------------------------

    @property
    def counts(self) -> pd.Series[int]:
        """How many rows of each value, most first; those without one too. Without `by`: one line, `total`."""
        if self._column is None:
            return pd.Series([self.total], index=_TOTAL.copy(), name="count")
        with self._looking():
            version = self._look()
            numbers = self._rows.counts
            there = np.flatnonzero(numbers)
            # Of the same number the one first that was seen first: lines that stay where they are.
            there = there[np.argsort(-numbers[there], kind="stable")]
            numbers, values = numbers[there], list(self._codes)
        index = _index(self._column, version, [values[code] for code in there.tolist()])
        return pd.Series(numbers, index=index, name="count")

    @property
    def rates(self) -> pd.Series[float]:
        """As `counts`, but events a second over the whole window."""
        return (self.counts / self._seconds).rename("rate")

    @property
    def total(self) -> int:
        """How many rows."""
        with self._looking():
            self._look()
            return self._rows.total

    @property
    def rate(self) -> float:
        """Events a second over the whole window."""
        return self.total / self._seconds

    @property
    def interarrival(self) -> pd.Series[float]:
        """Seconds between one timestamp and the next: `count`, `mean`, `p50`, `p95`, `max`.

        Worked out when it is asked for: it costs what so many numbers cost to be sorted. The percentiles are
        between two values where they have to be; where there is no second timestamp, all but `count` is NaN.
        """
        with self._looking():
            self._look()
            gaps = np.diff(self._rows.times) / 1e6
        said = [np.nan] * 4
        if len(gaps):
            said = [gaps.mean(), *np.quantile(gaps, (0.5, 0.95)), gaps.max()]
        return pd.Series([len(gaps), *said], index=_GAPS.copy(), dtype="float64", name="seconds")

    @property
    def start(self) -> pd.Timestamp:
        """Where the window began when it was last looked at; a row of this very moment is not in it."""
        return pd.Timestamp(self._rows.start_us, unit="us", tz="UTC")

    @property
    def end(self) -> pd.Timestamp:
        """When the window was last looked at: its end."""
        return pd.Timestamp(self._rows.end_us, unit="us", tz="UTC")

    @property
    def missed(self) -> int:
        """How many rows may belong to the window and are not counted; 0: it is complete.

        They had gone from the store before there was this window, or are older than the newest ten million.
        """
        with self._looking():
            rows = self._rows
            lacking = self._lacking if self._lacking_us > rows.start_us else 0
            return lacking + (rows.dropped if rows.dropped_us > rows.start_us else 0)

    def __repr__(self) -> str:
        by = f" by {self._column.name}" if self._column else ""
        return f"<Window of {pd.Timedelta(self._duration_us, 'us')}{by}: {self.total} rows>"

    @property
    def _seconds(self) -> float:
        return self._duration_us / 1e6

    # -- time goes on ----------------------------------------------------------------------------------

    def _now(self) -> int:
        return round(self._clock.time() * 1e6)

    def _look(self) -> Version:
        now = self._now()
        if now - self._duration_us < self._rows.left_us:  # set back: what had left may be in it again
            self._seen = self._cleared
            self._forget()
        self._rows.move(now - self._duration_us, now)
        return self._see_new()

    def _prepare(self) -> None:
        now = self._now()
        self._rows.move(now - self._duration_us, now)

    # -- rows ------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        now = self._now()
        self._rows = Sliding(now - self._duration_us, now, MOST)
        self._lacking, self._lacking_us = 0, NEVER  # how many rows, and none of them newer
        self._know([])

    def _know(self, values: list[Any]) -> None:
        """These values have codes, in this order; a new value's code is how many there were before it."""
        self._codes: defaultdict[Any, int] = defaultdict(count(len(values)).__next__)
        self._codes.update(zip(values, count(), strict=False))

    def _lack(self, version: Version, rows: int) -> None:
        self._lacking += rows
        newest = version.newest_us
        if version.latest < version.start < version.stop:  # then the first row is newer than all that went
            newest = int(version.number("timestamp_us")[0])
        self._lacking_us = max(self._lacking_us, newest)

    def _see(self, version: Version, start: int, stop: int) -> None:
        times = column_numbers(version, "timestamp_us", start, stop)
        wanted = np.flatnonzero(times > self._rows.start_us)
        # As a rule the old ones come first: their values are not read.
        first = int(wanted[0]) if len(wanted) else len(times)
        codes = np.zeros(len(times), np.int32)
        codes[first:] = self._read(version, start + first, stop)
        self._rows.insert(times, codes)
        if len(self._codes) > 2 * len(self._rows) + SPARE:
            used = self._rows.renumber(len(self._codes))
            self._know([value for value, is_used in zip(self._codes, used, strict=True) if is_used])

    def _read(self, version: Version, start: int, stop: int) -> Any:
        """The codes of the values of some rows."""
        if self._column is None:
            return self._codes[None]
        _, attribute, kind = self._column
        values = (
            column_values(version, attribute, start, stop)
            if kind is None
            else column_numbers(version, attribute, start, stop).tolist()
        )
        return np.fromiter(map(self._codes.__getitem__, values), np.int32, stop - start)


def _column(by: Any) -> Column:
    """The column of this name."""
    for column in COLUMNS:
        if column.name == by:
            return column
    close = difflib.get_close_matches(by, _NAMES, n=1) if isinstance(by, str) else []
    hint = f"; did you mean {close[0]}?" if close else f": there are {', '.join(_NAMES)}"
    if isinstance(by, str) and by.startswith(PREFIX):
        hint = f": a window counts by the columns; of the payload there is counts(freq, by={by!r:.80})"
    raise ArgumentError(f"no column {by!r}{hint}")


def _index(column: Column, version: Version, values: list[Any]) -> Any:
    """Values as the column has them."""
    kind = next(c.kind for c in columns_of(version.sources) if c.name == column.name)
    if kind is None:
        return pd.Index(values, dtype=STR, name=column.name)
    return pd.Index(kind.frame(np.array(values, kind.dtype)), name=column.name)
