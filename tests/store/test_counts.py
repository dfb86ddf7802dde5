"""`counts`: what pandas counts where nothing is missing; `<NA>` where it is not known, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from followed import NOW, SECOND, Followed
from hypothesis import assume, given
from hypothesis import strategies as st
from reading_rows import at, happenings, rows
from store_rows import DTYPES

from sse_notebook import EventStore
from sse_notebook.clock import SystemClock
from sse_notebook.errors import ArgumentError
from sse_notebook.store import counts as module
from sse_notebook.store.counts import Hole

freqs = st.integers(1, 7)


class Holed(EventStore):
    """A store that says of which times it is not known that everything came."""

    holes: Iterable[Hole] = ()

    def _holes(self) -> Iterable[Hole]:
        return self.holes


def holed(seconds: list[float], holes: list[tuple[float, float | None]], now: float) -> Holed:
    """A store with rows, and with holes, at so many seconds after `NOW`."""
    store = Holed(clock=SystemClock(wall=lambda: NOW + now))
    followed = Followed()
    store.take([followed.row(-second) for second in seconds])
    store.holes = [Hole(micros(start), None if end is None else micros(end)) for start, end in holes]
    return store


def micros(second: float) -> int:
    return round((NOW + second) * SECOND)


def naive(
    seconds: list[float],
    holes: list[tuple[float, float | None]],
    now: float,
    freq: int,
    start: float | None = None,
    end: float | None = None,
) -> list[tuple[int, int | None]]:
    """Stretch by stretch: where it begins, and how many there were; None: not known."""
    inside = [s for s in seconds if (start is None or s >= start) and (end is None or s < end)]
    before = (lambda second: True) if end is None else (lambda second: second < end)
    shown = list(inside)
    if start is not None and (inside or (start <= now and before(start))):
        shown.append(start)
    if not shown:
        return []
    first = min(shown)
    closed = [(hole[0], max(hole[0], now if hole[1] is None else hole[1])) for hole in holes]
    closed = [hole for hole in closed if before(hole[0]) and (start is None or hole[1] >= start)]
    ends = [stop for _, stop in closed] + ([now] if start is not None or end is not None else [])
    step = 1 / SECOND
    shown += [stop if before(stop) else end - step for stop in ends if stop >= first]
    low, high = ((NOW + edge(shown)) // freq for edge in (min, max))
    found: list[tuple[int, int | None]] = []
    for number in range(int(low), int(high) + 1):
        left, right = number * freq - NOW, (number + 1) * freq - NOW
        unknown = any(a < right and b >= left for a, b in closed)
        found.append((number * freq, None if unknown else sum(left <= s < right for s in inside)))
    return found


halves = st.integers(-20, 20).map(lambda n: n / 2)
spans = st.tuples(halves, st.none() | halves)


@given(st.lists(halves, max_size=6), st.lists(spans, max_size=2), st.integers(-5, 12), freqs)
def test_holes(seconds: list[float], holes: list[tuple[float, float | None]], now: float, freq: int) -> None:
    """Each stretch is there, with its number of rows, or `<NA>` where a hole touches it."""
    counts: Any = holed(seconds, holes, now).counts(freq)
    assert naive(seconds, holes, now, freq) == listed(counts)


@given(st.lists(halves, max_size=6), st.lists(spans, max_size=2), st.integers(-5, 12), freqs, spans)
def test_bounds(
    seconds: list[float],
    holes: list[tuple[float, float | None]],
    now: float,
    freq: int,
    bounds: tuple[float, float | None],
) -> None:
    """Narrowed to a time, all of it is shown, but not what is to come; no hole outside of it counts."""
    start, end = bounds
    assume(end is None or start <= end)  # the other way round is refused
    store = holed(seconds, holes, now)
    counts: Any = store.between(at(start), at(end)).counts(freq)
    assert naive(seconds, holes, now, freq, start, end) == listed(counts)


def test_rows_that_had_to_go_are_no_zeros() -> None:
    """Of stretches before the oldest row that is kept nobody can say how many there were."""
    store = EventStore(max_rows=2, clock=SystemClock(wall=lambda: NOW + 10))
    store.add_events({"type": "x", "timestamp": NOW + second} for second in (1, 3, 5))
    between = store.between(at(0), at(8))
    assert [None, None, None, 1, 0, 1, 0, 0] == [n for _, n in listed(between.counts(1))]
    assert [1, 0, 1] == [n for _, n in listed(store.counts(1))]
    store.clear_events()
    assert {None} == {n for _, n in listed(between.counts(1))}


def listed(counts: pd.Series[Any]) -> list[tuple[int, int | None]]:
    assert ("Int64", "count", "timestamp") == (str(counts.dtype), counts.name, counts.index.name)
    assert "datetime64[us, UTC]" == str(counts.index.dtype)
    begins = counts.index.as_unit("s").asi8.tolist()
    return list(zip(begins, [None if n is pd.NA else int(n) for n in counts.tolist()], strict=True))


@given(st.lists(happenings, max_size=6), freqs)
def test_as_pandas_counts(todo: list[tuple[str, Any]], freq: int) -> None:
    """Without holes `counts` is what `resample` gives, from 1970 on, of the same rows."""
    followed = Followed()
    for step in todo:
        followed.do(*step)
    store = followed.store
    counts: Any = store.counts(f"{freq}s")
    expected = store.df.set_index("timestamp").resample(f"{freq}s", origin="epoch").size()
    assert expected.tolist() == counts.tolist()
    assert expected.index.tolist() == counts.index.tolist()
    assert "Int64" == str(counts.dtype)


BY = [name for name in DTYPES if name not in ("timestamp", "received_at")]


@given(st.lists(st.lists(rows, min_size=1, max_size=5), max_size=3), freqs, st.sampled_from(BY))
def test_by_a_column(added: list[list[dict[str, Any]]], freq: int, by: str) -> None:
    """By a column it is what `crosstab` gives, missing values too, in the column's own order."""
    followed = Followed()
    for each in added:
        followed.do("add", each)
    counts: Any = followed.store.counts(timedelta(seconds=freq), by=by)
    df = followed.store.df
    expected = Counter(
        (stamp, None if pd.isna(value) else value)
        for stamp, value in zip(df["timestamp"].dt.floor(f"{freq}s"), df[by], strict=True)
    )
    found = {
        (stamp, None if pd.isna(value) else value): number
        for value, column in counts.items()
        for stamp, number in column.items()
        if number
    }
    assert expected == found
    whole: Any = followed.store.counts(freq)
    assert whole.tolist() == counts.sum(axis=1).tolist()
    assert whole.index.equals(counts.index)
    assert by == counts.columns.name
    assert {"Int64"} >= {str(dtype) for dtype in counts.dtypes}
    values = [value for value in counts.columns if not pd.isna(value)]
    own = list(df[by].cat.categories) if df[by].dtype == "category" else sorted(values)
    assert values == sorted(values, key=own.index)
    assert counts.columns.isna().sum() <= 1
    assert not counts.columns.isna()[:-1].any()  # what is missing comes last


def test_as_crosstab() -> None:
    """The same by pandas' own `crosstab`."""
    followed = Followed()
    followed.add([followed.row(-second, type="ab"[second % 2] * 2) for second in (0, 1, 2, 5)])
    df = followed.store.df
    expected = pd.crosstab(df["timestamp"].dt.floor("1s"), df["type"])
    counts: Any = followed.store.counts("1s", by="type")
    assert expected.to_numpy().tolist() == counts.loc[expected.index].to_numpy().tolist()
    assert (6, ["aa", "bb"]) == (len(counts), counts.columns.tolist())


@pytest.mark.parametrize(
    ("values", "columns"),
    [
        ([1, 2, None, 1], [1, 2, pd.NA]),
        ([1, 2.5, None, 1], [1.0, 2.5, np.nan]),
        ([True, False, None, True], [False, True, pd.NA]),
        (["b", "a", None, "b"], ["a", "b", np.nan]),
        ([1, "a", None, 1], ["1", "a", np.nan]),
        ([[1], {"k": 1}, None, [1]], ["[1]", '{"k":1}', np.nan]),
        ([[1], True, None, 1], ["1", "[1]", "true", np.nan]),
    ],
)
def test_by_a_field_of_the_payload(values: list[Any], columns: list[Any]) -> None:
    """A payload's field, of whatever type; lists and objects by their JSON; no value is a value too."""
    store = EventStore()
    store.add_events([{"type": "edit", "x": value, "timestamp": NOW} for value in values])
    counts: Any = store.counts("1min", by="data.x")
    assert repr(columns) == repr(counts.columns.tolist())
    assert 4 == counts.sum().sum()


def test_by_with_a_hole() -> None:
    """What is not known is not known for any value."""
    counts: Any = holed([0, 6, 6, 16], [(11, 12)], 20).counts("5s", by="severity")
    assert [1, 2, pd.NA, 1] == counts["success"].tolist()


def test_empty() -> None:
    """A store of no rows has no stretches, of the right type; narrowed from some time on it has zeros."""
    store = EventStore(clock=SystemClock(wall=lambda: NOW))
    assert [] == listed(store.counts("1min"))  # type: ignore[arg-type]
    by: Any = store.counts("1min", by="type")
    assert ((0, 0), "type", "timestamp") == (by.shape, by.columns.name, by.index.name)
    since: Any = store.since("3s").counts("1s")
    assert [(NOW - 3 + n, 0) for n in range(4)] == listed(since)
    assert 0 == len(store.between(at(1), at(1)).counts("1s"))
    assert 0 == len(store.since(at(60)).counts("1s"))
    assert (4, 0) == store.since("3s").counts("1s", by="type").shape


def test_what_is_refilled_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hole that was refilled, or began, while the rows were looked at, counts as one."""
    store = holed([0, 3], [(1, 1)], 9)
    later = [Hole(micros(2), micros(2))]
    original = store._snapshot

    def snapshot() -> Any:
        store.holes, found = later, original()
        return found

    monkeypatch.setattr(store, "_snapshot", snapshot)
    counts: Any = store.counts("1s")
    assert [False, True, True, False] == counts.isna().tolist()


@pytest.mark.parametrize("wrong", ["h", "0s", 0, -1, None, True, "soon", "1M"])
def test_wrong_lengths(wrong: Any) -> None:
    """What is no length of time says how one is written."""
    with pytest.raises(ArgumentError, match="freq is a length of time"):
        EventStore().counts(wrong)


@pytest.mark.parametrize("wrong", ["nothing", "", 5, ["type"], "seq", "Data.x"])
def test_wrong_columns(wrong: Any) -> None:
    """What is no column says which there are."""
    with pytest.raises(ArgumentError, match=r"by is a column \(timestamp, .* or data\.… for the payload's\)"):
        EventStore().counts("1s", by=wrong)


def test_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of filling the memory it says what to do."""
    followed = Followed()
    followed.add([followed.row(0, id="a"), followed.row(-100, id="b"), followed.row(-100, id=None)])
    with pytest.raises(ArgumentError, match=r"100,000,001 rows, .* use a longer freq, or between"):
        followed.store.counts("1us")
    with pytest.raises(ArgumentError, match=r"use a longer freq"):
        followed.store.since("1970-01-01").counts("1s")
    monkeypatch.setattr(module, "CELLS", 302)
    assert (101, 1) == followed.store.counts("1s", by="severity").shape
    with pytest.raises(ArgumentError, match="101 rows and 3 columns"):
        followed.store.counts("1s", by="id")
    monkeypatch.setattr(module, "VALUES", 2)
    with pytest.raises(ArgumentError, match="id has 3 values, and 2 are the most; use another by"):
        followed.store.counts("1s", by="id")


def test_a_hole_years_after_the_rows() -> None:
    """Rows may say a time long before they came: then the time in between is left out, if it is too long."""
    store = Holed(clock=SystemClock(wall=lambda: NOW))
    store.add_events([{"type": "edit", "timestamp": at} for at in (1_234_567_890, 1_234_567_950)])
    store.holes = [Hole(micros(-5), micros(-3)), Hole(micros(-1), None)]
    assert [1, 1] == store.counts("1min").tolist()
    years: Any = store.counts("365d")
    assert (2, True) == (years.sum(), years.isna().iloc[-1])


def test_a_plot_leaves_out_what_is_not_known() -> None:
    """matplotlib is given NaN there, so that the line has a hole."""
    script = """
import matplotlib
matplotlib.use("Agg")
import pandas as pd, numpy as np
from sse_notebook import EventStore
from sse_notebook.store.counts import Hole
class Holed(EventStore):
    def _holes(self):
        return [Hole(1_700_000_002_000_000, 1_700_000_003_500_000)]
store = Holed()
store.add_events([{"type": "edit", "timestamp": 1_700_000_000 + second} for second in (0, 1, 1, 5)])
axes = store.counts("1s").plot()
print(axes.get_lines()[0].get_ydata(orig=False).tolist())
axes = store.counts("1s", by="type").plot()
print(axes.get_lines()[0].get_ydata(orig=False).tolist())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=100
    )
    line = "[1.0, 2.0, nan, nan, 0.0, 1.0]"
    assert (f"{line}\n{line}\n", 0) == (done.stdout, done.returncode), done.stderr


def test_a_field_that_no_row_has() -> None:
    """It is an error that names the one that was meant; so is a payload field without `data.`."""
    store = EventStore()
    assert 0 == len(store.counts("1min", by="data.nope"))  # nothing has come: nothing is known of fields
    store.add_events([{"type": "edit", "size": 3, "wiki": "dewiki"}] * 2)
    with pytest.raises(
        ArgumentError, match=r"none of these events has the field data\.siez; did you mean data\.size\?"
    ):
        store.counts("1min", by="data.siez")
    with pytest.raises(ArgumentError, match=r"not 'size'; did you mean data\.size\?"):
        store.counts("1min", by="size")
    with pytest.raises(ArgumentError, match=r"did you mean severity\?"):
        store.counts("1min", by="severty")


def test_weeks_begin_on_monday() -> None:
    """As `resample("W-MON")` has them, though 1970 began on a Thursday."""
    store = EventStore()
    store.add_event({"type": "edit", "timestamp": "2026-11-25T10:00:00Z"})
    assert ["Monday"] == store.counts("1w").index.day_name().tolist()
