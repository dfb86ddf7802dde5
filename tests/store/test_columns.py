"""`store.columns`: rows appended at one end, forgotten at the other, read as one frame."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, product

import pandas as pd
import pytest
from store_rows import RECEIVED, assert_contract, cut_small, event, frame_of, many
from support import interrupted

from sse_notebook.events.batch import Batch
from sse_notebook.events.event import changed
from sse_notebook.store.bounds import Bounds
from sse_notebook.store.columns import Columns, events_of
from sse_notebook.store.frame import Frames


def batch(rows: int) -> Batch:
    return Batch.of(many(rows))


SIZES = {
    "one row": {"rows": 1},
    "three rows": {"rows": 3, "part": 2},
    "codes of two lengths": {"narrow": 2},
    "few bytes": {"size": 100},
    "more bytes": {"size": 1_000},
    "all in one": {},
}


@pytest.fixture(params=SIZES.values(), ids=SIZES)
def cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How rows are cut into segments: what is read must not depend on it."""
    cut_small(monkeypatch, **request.param)


def test_nothing_is_a_frame_too(cut: None) -> None:
    """Without rows there is the contract's frame, with the usual source as a category."""
    kept = Columns(10, "name")
    assert_contract(frame_of(kept))
    assert (0, 0, ["name"]) == (
        len(kept),
        kept.evicted.total(),
        list(frame_of(kept)["source"].cat.categories),
    )
    assert [] == events_of(kept.version, 0, 10)


def test_rows_come_back_in_order(cut: None) -> None:
    """However rows were cut into appends, the frame has all of them in order, numbered."""
    kept = Columns(1_000)
    for first, rows in [(0, 1), (1, 7), (8, 1), (9, 29), (38, 2)]:
        assert range(first, first + rows) == kept.append(batch(rows)).columns["seq"]
        assert first + rows == len(kept)
    df = frame_of(kept)
    assert_contract(df)
    assert list(range(40)) == df.index.tolist()


def test_rows_are_those_that_came(cut: None) -> None:
    """Every row is read as it was appended, as a frame and as objects."""
    kept, came = Columns(1_000), Batch.joined([batch(5), batch(20)]).numbered(0)
    for row in range(25):
        kept.append(came.pick([row]))
        assert came[: row + 1] == events_of(kept.version, 0, 100)
    assert [e.received_us for e in came] == frame_of(kept)["received_at"].astype("int64").tolist()
    assert [e.raw for e in came] == frame_of(kept)["data"].tolist()
    for start, stop in product(range(0, 30, 3), repeat=2):
        assert came[start:stop] == events_of(kept.version, start, stop)


def test_the_oldest_go_and_are_counted(cut: None) -> None:
    """At every moment at most `max_rows` are kept, and the others counted, whether anybody reads or not."""
    kept = Columns(5)
    for n in range(1, 24):
        kept.append(batch(1))
        assert (min(n, 5), max(0, n - 5)) == (len(kept), kept.evicted.total())
        if n % 4 == 0:
            assert list(range(max(0, n - 5), n)) == frame_of(kept).index.tolist()
    kept.append(batch(100))
    assert (5, 118, list(range(118, 123))) == (len(kept), kept.evicted.total(), frame_of(kept).index.tolist())
    assert list(range(118, 123)) == [event.seq for event in events_of(kept.version, 0, 1_000)]


def test_any_cut_of_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """However segments and room are sized, exactly the oldest rows go: part of a segment, one, several."""
    for *sizes, room, rows in product(range(1, 4), range(1, 4), range(1, 4), range(1, 5), range(1, 6)):
        cut_small(monkeypatch, rows)
        kept, total = Columns(100), 0
        for size in sizes:
            kept.append(batch(size))
            total += size
        kept.limit(Bounds(room))
        assert list(range(max(0, total - room), total)) == frame_of(kept).index.tolist()
        assert (min(room, total), max(0, total - room)) == (len(kept), kept.evicted.total())


def test_what_is_gone_does_not_come_back(cut: None) -> None:
    """Less room lets rows go at once; more room afterwards brings none of them back."""
    kept = Columns(100)
    kept.append(batch(10))
    kept.limit(Bounds(4))
    assert (4, 6, 4) == (len(kept), kept.evicted.total(), kept.bounds.max_rows)
    kept.limit(Bounds(100))
    assert (4, 6, [6, 7, 8, 9]) == (len(kept), kept.evicted.total(), frame_of(kept).index.tolist())
    kept.append(batch(2))
    assert (6, 6, [6, 7, 8, 9, 10, 11]) == (len(kept), kept.evicted.total(), frame_of(kept).index.tolist())


def test_forgetting_is_not_evicting(cut: None) -> None:
    """Rows that the user clears are not counted as let go; those let go before are; numbers go on."""
    kept = Columns(5)
    kept.append(batch(8))
    kept.clear()
    assert (0, 3, 0) == (len(kept), kept.evicted.total(), len(frame_of(kept)))
    kept.append(batch(6))
    assert (5, 4, [9, 10, 11, 12, 13]) == (len(kept), kept.evicted.total(), frame_of(kept).index.tolist())


def test_sources_are_categories_whenever_they_come(cut: None) -> None:
    """A new source in later rows is a category like the first, in frames read before and after."""
    kept = Columns(100, "a")
    kept.append(Batch.of([event(source="a")]))
    before = frame_of(kept)
    kept.append(Batch.of([event(source="c"), event(source="b"), event(source="a")]))
    after = frame_of(kept)
    assert (["a"], ["a", "c", "b", "a"]) == (before["source"].tolist(), after["source"].tolist())
    assert ["a"] == list(before["source"].cat.categories)
    assert {"a", "b", "c"} == set(after["source"].cat.categories)
    for df in (before, after):
        assert_contract(df)
    assert ["a", "c", "b", "a"] == [event.source for event in events_of(kept.version, 0, 9)]


def test_more_sources_than_a_byte_counts(cut: None) -> None:
    """Any number of names keeps each row's own."""
    kept, names = Columns(1_000), [f"source {n}" for n in range(300)]
    for name in names:
        kept.append(Batch.of([event(source=name)]))
    assert names == frame_of(kept)["source"].tolist()
    assert_contract(frame_of(kept))


def test_what_is_published_never_changes(cut: None) -> None:
    """A version, and a frame read of it, stay as they were while more rows come and go."""
    kept = Columns(6)
    kept.append(batch(5))
    version, before = kept.version, frame_of(kept)
    copy, objects = before.copy(deep=True), events_of(version, 0, 99)
    for _ in range(5):
        kept.append(batch(5))
        frame_of(kept)
    kept.clear()
    assert copy.equals(before)
    assert (objects, 0, 5) == (events_of(version, 0, 99), version.start, version.stop)


@pytest.mark.parametrize("rows", [1, 7, 300])
def test_memory_is_bounded(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long rows come: few segments are kept, and room for not much more numbers than are kept."""
    cut_small(monkeypatch, 50)
    kept = Columns(200)
    for _ in range(3_000 // rows):
        kept.append(batch(rows))
        version = kept.version
        assert all(segment.first + segment.rows > version.start for segment in version.segments)
        assert len(version.segments) <= 200 // 50 + 2
        assert {True} == {len(numbers) <= 2 * (200 + rows) for numbers in version.numbers.values()}
    assert 200 == len(kept)


def test_what_failed_halfway_is_for_nobody(monkeypatch: pytest.MonkeyPatch, cut: None) -> None:
    """Rows that could not be written leave nothing behind: the next ones take their place."""
    kept = Columns(100)
    kept.append(batch(4))
    before, version = frame_of(kept), kept.version
    wrong = changed(event({"event_type": "wrong"}), message=7)  # a number can't be joined to texts
    for rows in ([wrong], [event({"event_type": "x"})] * 4 + [wrong]):
        with pytest.raises((AttributeError, TypeError)):
            kept.append(Batch.of(rows))
        assert kept.version is version
        pd.testing.assert_frame_equal(before, frame_of(kept))
    kept.append(batch(3))
    assert [*batch(4).numbered(0), *batch(3).numbered(4)] == events_of(kept.version, 0, 99)
    assert 7 == len(frame_of(kept))


WRITTEN = (5, "first"), (4, "other"), (2, "first")
ACTS: dict[str, Callable[[Columns, Batch], object]] = {
    "append": lambda kept, rows: kept.append(rows),
    "clear": lambda kept, _rows: kept.clear(),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_interrupt_anywhere(act: str, cut: None) -> None:
    """Wherever it cuts in: all of it is done, or nothing of it, and what comes next stands behind that."""
    first, more, last = [list(batch(rows).with_columns(source=[name] * rows)) for rows, name in WRITTEN]
    for step in count():
        kept = Columns(6, "first", max_dropped=2)
        kept.append(Batch.of(first))
        cut_off = interrupted(step, lambda kept=kept: ACTS[act](kept, Batch.of(more)))
        came = [*first, *(more if kept.version.stop > len(first) else [])]
        cleared = kept.version.start if act == "clear" else 0
        for _ in range(2):
            kept.append(Batch.of(last))
            came += last
        rows = Batch.of(map(changed, came)).numbered(0)
        version, start = kept.version, max(cleared, len(rows) - 6)
        assert rows[start:] == events_of(version, 0, 99), f"interrupted at step {step}"
        assert kept.nbytes == version.nbytes(version.start, version.stop)
        assert start - cleared == kept.evicted.total()
        if not cut_off:
            break
    assert step > 5


def test_a_part_of_a_version() -> None:
    """What is kept of a column, as numbers and as texts, begins with the oldest row that is."""
    kept = Columns(3)
    kept.append(batch(5))
    assert [RECEIVED + 2, RECEIVED + 3, RECEIVED + 4] == kept.version.number("received_us").tolist()
    assert ["wl-1", None, "wl-1"] == Frames().texts(kept.version)["workload_id"].to_pylist()
