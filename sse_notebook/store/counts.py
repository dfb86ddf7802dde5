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
from sse_notebook.events.payload import encode
from sse_notebook.filters.frame import Frame
from sse_notebook.filters.names import PREFIX, nearest
from sse_notebook.filters.near import names_in, near_field
from sse_notebook.store.schema import COLUMNS, STR, TIME
from sse_notebook.store.snapshot import Snapshot

__all__ = ["NEVER", "Hole", "count", "earliest"]

NEVER = 2**62  # microseconds: a moment that does not come

MOST = 1_000_000  # stretches
VALUES = 10_000  # that rows are counted apart for
CELLS = 20_000_000
WEEK = 7 * 86_400_000_000  # microseconds
MONDAY = 4 * 86_400_000_000  # the first of them after 1970 began, on a Thursday


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
    known_us: int | None = None,
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
        known_us: from when on it is known what came: stretches that were over by then say so. None: always.
        now_us: now, where a hole that has not ended ends for this time.

    Raises:
        ArgumentError: there is no such column, or there are too many stretches.
    """
    labels, codes = _groups(snapshot, by)

    def too_many(number: int) -> bool:
        return number > MOST or number * len(labels) > CELLS

    first_us = 0 if freq_us % WEEK else MONDAY  # where the stretches are counted from
    now_us -= first_us
    start_us = None if start_us is None else start_us - first_us
    end_us = None if end_us is None else end_us - first_us
    ends = [(each, None if each.end_us is None else each.end_us - first_us) for each in holes]
    holes = [Hole(each.start_us - first_us, end) for each, end in ends]
    times = snapshot.number("timestamp_us") - first_us
    inside = [
        (hole.start_us, stop)
        for hole in holes
        # A clock that was set back meanwhile makes it no shorter than a moment.
        if (stop := max(hole.start_us, now_us if hole.end_us is None else hole.end_us))
        >= (-first_us if start_us is None else start_us)
        and (end_us is None or hole.start_us < end_us)
    ]
    low, high = _range(times, freq_us, [stop for _, stop in inside], start_us, end_us, now_us)
    if too_many(high - low):  # rows may say a time that is years before they came
        low, high = _range(times, freq_us, [], start_us, end_us, now_us)
    number = high - low
    if too_many(number):
        raise ArgumentError(
            f"counts would have {number:,} rows{'' if by is None else f' and {len(labels):,} columns'}, more "
            f"than fit; use a longer freq, or between(…)"
        )
    bins = times // freq_us - low
    counted = np.bincount(bins * len(labels) + codes, minlength=number * len(labels))
    unknown = np.zeros(number, bool)
    for start, stop in inside:
        unknown[max(0, start // freq_us - low) : max(0, stop // freq_us - low + 1)] = True
    if known_us is not None:
        unknown[: max(0, (known_us - first_us) // freq_us - low)] = True
    index = pd.DatetimeIndex(np.arange(low, high) * freq_us + first_us, dtype=TIME, name="timestamp")
    columns = counted.astype(np.int64).reshape(number, len(labels))
    found = {at: pd.array(columns[:, at], "Int64") for at in range(len(labels))}
    for column in found.values():
        column[unknown] = pd.NA
    if by is None:
        return pd.Series(found[0], index=index, name="count")
    return pd.DataFrame(found, index=index).set_axis(labels.rename(by), axis=1)


def earliest(snapshot: Snapshot, moment_us: int) -> int:
    """When the first of the rows happened, or that moment, if it was before."""
    times = snapshot.number("timestamp_us")
    return min(moment_us, int(times.min())) if len(times) else moment_us


def _groups(snapshot: Snapshot, by: str | None) -> tuple[Any, Any]:
    """The values that rows are counted apart for, and for each row which of them it has."""
    if by is None:
        return pd.Index(["count"]), 0
    names = [column.name for column in COLUMNS]
    if not isinstance(by, str) or not (by in names or by.startswith(PREFIX)):
        raise ArgumentError(
            f"by is a column ({', '.join(names)}, or data.… for the payload's), not {by!r}"
            + _hint(snapshot, by)
        )
    column = snapshot.frame([] if by in names else [by])[by]
    if by not in names and len(column) and not column.notna().any():
        raise ArgumentError(f"by: none of these events has the field {by}{_hint(snapshot, by)}")
    if column.dtype == object:  # lists and objects cannot be told apart but by their text
        texts = [value if value is None or isinstance(value, str) else encode(value) for value in column]
        column = pd.Series(texts, dtype=STR)
    codes, labels = pd.factorize(column, sort=True, use_na_sentinel=False)
    if len(labels) > VALUES:
        raise ArgumentError(f"{by} has {len(labels):,} values, and {VALUES:,} are the most; use another by")
    return pd.Index(labels), codes


def _hint(snapshot: Snapshot, by: Any) -> str:
    """What was probably meant."""
    if not isinstance(by, str):
        return ""
    rows = Frame(snapshot.frame([]), [], 0.0)
    meant = PREFIX + by if by in names_in(rows) else near_field(by, rows) or nearest(by)
    return f"; did you mean {meant}?" if meant else ""


def _range(
    times: Any, freq_us: int, stops: list[int], start_us: int | None, end_us: int | None, now_us: int
) -> tuple[int, int]:
    """The number of the first stretch, counted from 1970, and the one after the last.

    What rows were narrowed to is shown whole, as far as it is not in the future; and so is, also after the
    last row, a stretch of which nothing is known, if there is room for all before it: `stops` are where holes
    end.
    """
    last = now_us if end_us is None else min(now_us, end_us - 1)
    moments = [int(times.min()), int(times.max())] if len(times) else []
    if start_us is not None and (moments or start_us <= last):
        moments.append(start_us)
    if not moments:
        return 0, 0
    first = min(moments)
    if start_us is not None or end_us is not None:
        stops = [*stops, last]
    moments += [stop if end_us is None else min(stop, end_us - 1) for stop in stops]
    return first // freq_us, max(moments) // freq_us + 1
