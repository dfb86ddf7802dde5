"""How many events there were in each stretch of time.

The law: a number is what is known. Where a hole touches a stretch it is not known, and the stretch says so;
a stretch without events, of which everything is known, is 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sse_notebook.errors import ArgumentError
from sse_notebook.store.schema import COLUMNS, TIME
from sse_notebook.store.snapshot import Snapshot

__all__ = ["Hole", "count"]

MOST = 1_000_000  # stretches


class Hole(NamedTuple):
    """A stretch of time of which it is not known that everything came.

    Attributes:
        start_us: when it began, in microseconds since 1970.
        end_us: when it ended; None: it has not.
    """

    start_us: int
    end_us: int | None


def count(
    snapshot: Snapshot,
    freq_us: int,
    by: str | None = None,
    *,
    holes: Iterable[Hole] = (),
    start_us: int | None = None,
    end_us: int | None = None,
    now_us: int,
) -> pd.Series[Any] | pd.DataFrame:
    """Count rows by their timestamp.

    Args:
        snapshot: the rows.
        freq_us: how long a stretch is, in microseconds.
        by: a column, for whose values it is counted apart.
        holes: where it is not known.
        start_us: where the rows were narrowed to begin: the first stretch, even if it has no rows.
        end_us: where they were narrowed to end.
        now_us: now, where a hole that has not ended ends for this time.

    Raises:
        ArgumentError: there is no such column, or there are too many stretches.
    """
    labels, codes = _groups(snapshot, by)
    times = snapshot.number("timestamp_us")
    inside = [hole for hole in holes if end_us is None or hole.start_us < end_us]
    low, high = _range(times, freq_us, inside, start_us, end_us, now_us)
    number = high - low
    if number > MOST:
        raise ArgumentError(
            f"counts would have {number:,} rows, and {MOST:,} are the most; use a longer freq, or between(…)"
        )
    bins = times // freq_us - low
    counted = np.bincount(bins * len(labels) + codes, minlength=number * len(labels))
    unknown = np.zeros(number, bool)
    for hole in inside:
        last = now_us if hole.end_us is None else hole.end_us
        unknown[max(0, hole.start_us // freq_us - low) : max(0, last // freq_us - low + 1)] = True
    index = pd.DatetimeIndex(np.arange(low, high) * freq_us, dtype=TIME, name="timestamp")
    columns = counted.astype(np.int64).reshape(number, len(labels))
    found = [
        pd.Series(pd.arrays.IntegerArray(columns[:, at].copy(), unknown.copy()), index=index, name="count")
        for at in range(len(labels))
    ]
    if by is None:
        return found[0]
    frame = pd.concat(found, axis=1) if found else pd.DataFrame(index=index)
    return frame.set_axis(labels.rename(by), axis=1)


def _groups(snapshot: Snapshot, by: str | None) -> tuple[Any, Any]:
    """The values that rows are counted apart for, and for each row which of them it has."""
    if by is None:
        return pd.Index(["count"]), 0
    names = [column.name for column in COLUMNS]
    if not isinstance(by, str) or not (by in names or by.startswith("data.")):
        raise ArgumentError(f"by is a column ({', '.join(names)}, or data.… for the payload's), not {by!r}")
    column = snapshot.frame([] if by in names else [by])[by]
    codes, labels = pd.factorize(column, sort=True, use_na_sentinel=False)
    return pd.Index(labels), codes


def _range(
    times: Any, freq_us: int, holes: list[Hole], start_us: int | None, end_us: int | None, now_us: int
) -> tuple[int, int]:
    """The number of the first stretch, counted from 1970, and the one after the last."""
    starts = [int(times.min())] if len(times) else []
    ends = [int(times.max())] if len(times) else []
    if start_us is not None:
        starts.append(start_us)
        ends.append(max(start_us, min(now_us, (end_us or now_us + 1) - 1)))
    if end_us is not None and starts:
        ends.append(max(min(starts), min(now_us, end_us - 1)))
    if not starts:
        return 0, 0
    # A stretch of which nothing is known is shown too, also after the last row.
    for hole in holes:
        last = now_us if hole.end_us is None else hole.end_us
        if last >= min(starts):
            ends.append(min(last, end_us - 1) if end_us is not None else last)
    return min(starts) // freq_us, max(ends) // freq_us + 1
