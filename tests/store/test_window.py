"""A window against counting all rows anew."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from followed import SECOND, Followed, adding, back, forward, others
from hypothesis import given
from hypothesis import strategies as st
from store_rows import DTYPES

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.store import EventStore, followers, sliding, window
from sse_notebook.store.schema import COLUMNS
from sse_notebook.store.window import Window

LENGTH = 10  # seconds

columns = st.sampled_from([None, *DTYPES])


@pytest.fixture(autouse=True, scope="module")
def small():
    """Parts and rooms so small that every edge of them is met."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(followers, "PART", 3)
        patch.setattr(sliding, "FIRST", 1)
        patch.setattr(window, "SPARE", 0)
        yield


def counted(rows: list[Event], by: str | None) -> dict[Any, int]:
    """How many rows there are of each value."""
    if by is None:
        return {"total": len(rows)}
    attribute = next(column.attribute for column in COLUMNS if column.name == by)
    return dict(Counter(getattr(row, attribute) for row in rows))


def said(counts: pd.Series) -> dict[Any, int]:
    """A window's counts likewise."""
    values = [
        None if pd.isna(value) else value.value // 1_000 if isinstance(value, pd.Timestamp) else value
        for value in counts.index
    ]
    assert len(values) == len(set(values)), counts
    return dict(zip(values, counts.tolist(), strict=True))


def gaps(rows: list[Event]) -> list[float]:
    """What `interarrival` is said to be of rows in the order of their time."""
    times = pd.Series([row.timestamp_us for row in rows], dtype="int64")
    between = times.diff().iloc[1:] / SECOND
    return [len(between), between.mean(), between.quantile(0.5), between.quantile(0.95), between.max()]


def assert_equal(looked_at: Window, rows: list[Event], by: str | None) -> None:
    """All that a window says is what these rows say."""
    counts = looked_at.counts
    assert counted(rows, by) == said(counts)
    assert sorted(counts, reverse=True) == counts.tolist()
    assert len(rows) == looked_at.total
    assert len(rows) / LENGTH == looked_at.rate
    assert (counts / LENGTH).tolist() == looked_at.rates.tolist()
    np.testing.assert_allclose(looked_at.interarrival.to_numpy(), gaps(rows), rtol=1e-9)


@given(st.lists(adding | adding | forward | others, max_size=14), columns, st.integers(1, 9))
def test_a_window_is_counting_all_anew(todo: list[tuple[str, Any]], by: str | None, max_rows: int) -> None:
    """Whatever comes, early, late or in ties, goes or is cleared, looked at or not: all rows are counted."""
    followed = Followed(max_rows)
    looked_at = followed.store.window(LENGTH, by)
    for what, how in todo:
        followed.do(what, how)
        if what == "look":
            assert_equal(looked_at, followed.within(LENGTH), by)
    assert_equal(looked_at, followed.within(LENGTH), by)
    assert 0 == looked_at.missed
    assert (followed.now - LENGTH, followed.now) == (
        looked_at.start.timestamp(),
        looked_at.end.timestamp(),
    )


@given(
    st.lists(adding | adding | forward | others, max_size=9),
    st.lists(adding | adding | forward | others, max_size=9),
    st.integers(1, 9),
)
def test_a_window_that_begins_later(
    before: list[tuple[str, Any]], after: list[tuple[str, Any]], max_rows: int
) -> None:
    """It counts what was kept when it began and what came then; `missed` is no less than what it lacks."""
    followed = Followed(max_rows)
    for what, how in before:
        followed.do(what, how)
    looked_at = followed.store.window(LENGTH)
    gone = len(followed.rows) - len(followed.kept)
    for what, how in [*after, ("look", None)]:
        followed.do(what, how)
        gone = 0 if what == "clear" else gone
        assert len(followed.within(LENGTH, followed.rows[gone:])) == looked_at.total
        lacks = len(followed.within(LENGTH, followed.rows[:gone]))
        assert lacks <= looked_at.missed <= gone
    followed.now += 100
    assert (0, 0) == (looked_at.total, looked_at.missed)


@given(st.lists(adding | adding | forward | back | others, max_size=14), st.integers(1, 9))
def test_a_clock_that_is_set_back(todo: list[tuple[str, Any]], max_rows: int) -> None:
    """What is still kept is counted again; of what is not, `missed` says that there may be more."""
    followed = Followed(max_rows)
    looked_at = followed.store.window(LENGTH, "status")
    for what, how in [*todo, ("look", None)]:
        followed.do(what, how)
        if what != "look":
            continue
        total, missed = looked_at.total, looked_at.missed
        assert len(followed.within(LENGTH, followed.kept)) <= total
        assert total <= len(followed.within(LENGTH)) <= total + missed
        assert total == looked_at.counts.sum()


@given(st.lists(adding | adding | forward | back, max_size=14), columns)
def test_a_clock_that_is_set_back_while_all_is_kept(todo: list[tuple[str, Any]], by: str | None) -> None:
    """As long as the store has all rows, a window is exact though time goes back."""
    followed = Followed()
    looked_at = followed.store.window(LENGTH, by)
    for what, how in todo:
        followed.do(what, how)
        assert_equal(looked_at, followed.within(LENGTH), by)
    assert 0 == looked_at.missed


def test_what_was_cleared_is_not_missed() -> None:
    """Set back, the clock brings back no row that the user has cleared, and none is said to be lacking."""
    followed = Followed(max_rows=2)
    looked_at = followed.store.window(LENGTH)
    followed.add([followed.row() for _ in range(5)])
    assert 5 == looked_at.total
    followed.store.clear_events()
    followed.add([followed.row()])
    followed.now += 60
    assert 0 == looked_at.total
    followed.now -= 60
    assert (1, 0) == (looked_at.total, looked_at.missed)


def test_a_look_reads_only_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values are read of rows that came since the last look and fit by their time; of no others."""
    read: list[range] = []
    values = window.column_values

    def reading(version: Any, attribute: str, start: int, stop: int) -> list[Any]:
        read.append(range(start, stop))
        return values(version, attribute, start, stop)

    monkeypatch.setattr(window, "column_values", reading)
    monkeypatch.setattr(followers, "PART", 100)
    followed = Followed()
    followed.add([followed.row(late=60) for _ in range(20)])
    followed.add([followed.row() for _ in range(10)])
    looked_at = followed.store.window(LENGTH, "status")
    assert [10, 10] == [looked_at.total, looked_at.counts.sum()]
    assert [range(20, 30)] == read
    followed.add([followed.row() for _ in range(3)])
    assert [13, 13] == [looked_at.total, looked_at.counts.sum()]
    assert [range(20, 30), range(30, 33)] == read


def test_a_window_that_nobody_looks_at_does_not_grow() -> None:
    """Before rows go that it has not seen, it lets go of those whose time is over."""
    followed = Followed(max_rows=3)
    unseen = followed.store.window(LENGTH, "id")
    for _ in range(100):
        followed.now += 1
        followed.add([followed.row(), followed.row()])
    assert len(unseen._rows) <= 2 * LENGTH + 3
    assert 2 * LENGTH == unseen.total


def test_a_value_that_no_row_has_is_forgotten() -> None:
    """A column of ids does not grow the window: only values of rows that it holds are known."""
    followed = Followed()
    looked_at = followed.store.window(LENGTH, "id")
    for number in range(100):
        followed.now += 1
        followed.add([followed.row(id=f"{number}-{part}") for part in range(3)])
        looked_at.counts  # noqa: B018 - a look
    assert len(followed.within(LENGTH)) == len(looked_at.counts) == 30
    assert len(looked_at._codes) <= 60
    assert len(looked_at._rows._times.array) < 100


def test_more_rows_than_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those furthest in the future go first, then the oldest; `missed` counts them while they matter."""
    monkeypatch.setattr(window, "MOST", 5)
    followed = Followed()
    looked_at = followed.store.window(LENGTH, "status")
    followed.add([followed.row(late=-100, status="future"), followed.row(late=-50, status="future")])
    followed.add([followed.row(late=9 - row, status=str(row)) for row in range(4)])
    assert ({"0": 1, "1": 1, "2": 1, "3": 1}, 1) == (said(looked_at.counts), looked_at.missed)
    followed.add([followed.row(status="4"), followed.row(status="5")])
    assert ({"1": 1, "2": 1, "3": 1, "4": 1, "5": 1}, 3) == (said(looked_at.counts), looked_at.missed)
    followed.now += 200
    assert (0, 0) == (looked_at.total, looked_at.missed)


@pytest.mark.parametrize("by", [None, *DTYPES])
def test_dtypes(by: str | None) -> None:
    """An answer has the column's dtype, and the same ones whether there are rows or not."""
    followed = Followed()
    looked_at = followed.store.window(LENGTH, by)
    for _ in range(2):
        counts, rates, between = looked_at.counts, looked_at.rates, looked_at.interarrival
        assert ("int64", "count") == (str(counts.dtype), counts.name)
        assert ("float64", "rate") == (str(rates.dtype), rates.name)
        if by is not None:
            assert (followed.store.df[by].dtype, by) == (counts.index.dtype, counts.index.name)
        assert ("float64", "seconds") == (str(between.dtype), between.name)
        assert ["count", "mean", "p50", "p95", "max"] == between.index.tolist()
        assert "datetime64[us, UTC]" == str(pd.Series([looked_at.start, looked_at.end]).dtype)
        followed.add([followed.row(), followed.row()])
    assert 2 == counts.sum()


def test_missing_values_are_counted() -> None:
    """Rows without a value have a line of their own."""
    followed = Followed()
    followed.add([followed.row(status=None, priority=None), followed.row(status="up", priority=1)])
    counts = followed.store.window(LENGTH, "status").counts
    assert ([1, 1], 1) == (counts.tolist(), counts[np.nan])
    assert "up" == counts.index[1]
    assert [pd.NA, 1] == followed.store.window(LENGTH, "priority").counts.index.tolist()


def test_most_first() -> None:
    """Equals stand in the order they were first seen in, however many they are."""
    followed = Followed()
    ids = [str(number * 37 % 100) for number in range(100)]
    followed.add([followed.row(id=own) for own in [*ids, *ids[1::2]]])
    counts = followed.store.window(LENGTH, "id").counts
    assert ([*ids[1::2], *ids[::2]], [2] * 50 + [1] * 50) == (counts.index.tolist(), counts.tolist())


def test_durations() -> None:
    """A length of time as people write it."""
    store = EventStore()
    lengths = [store.window(duration) for duration in ("5min", timedelta(minutes=5), 300, 300.0)]
    assert {timedelta(minutes=5)} == {looked_at.end - looked_at.start for looked_at in lengths}
    assert "<Window of 0 days 00:05:00 by status: 0 rows>" == repr(store.window("5min", "status"))


@pytest.mark.parametrize("duration", ["5 parsecs", 0, -1, None, "", math.nan, True, timedelta(0)])
def test_no_length_of_time(duration: Any) -> None:
    with pytest.raises(ArgumentError, match="duration is a length of time"):
        EventStore().window(duration)


@pytest.mark.parametrize(
    ("by", "hint"),
    [
        ("statuss", "did you mean status?"),
        ("zzz", "there are timestamp"),
        (["x"], "there are"),
        ("data.status", "of the payload there is counts(freq, by='data.status')"),
    ],
)
def test_no_such_column(by: Any, hint: str) -> None:
    with pytest.raises(ArgumentError, match="no column") as raised:
        EventStore().window("5min", by)
    assert hint.rstrip("?") in str(raised.value)
