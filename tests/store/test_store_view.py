"""`View` against a list of rows that is filtered by hand."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from followed import NOW, SECOND, Followed
from hypothesis import given
from hypothesis import strategies as st
from reading_rows import Narrowing, at, fits, happenings, narrowed, narrowings
from store_rows import assert_contract, cut_small

from sse_notebook import EventStore, View
from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArgumentError


def check(view: Any, followed: Followed, by: list[Narrowing]) -> None:
    """Whatever is asked of a view is what the rows that fit give."""
    expected = [row for row in followed.kept if fits(row, by)]
    seqs = [row.seq for row in expected]
    df = view.df
    assert_contract(df)
    assert seqs == df.index.tolist()
    assert [row.raw for row in expected] == df["data"].tolist()
    assert [row.timestamp for row in expected] == df["timestamp"].tolist()
    assert (len(seqs), True) == (len(view), bool(view))
    assert seqs == view.to_arrow()["seq"].to_pylist()
    assert [row.message for row in expected] == view.to_arrow()["message"].to_pylist()
    for n in (0, 1, 3, 100, -1, -3, -100):
        assert df.head(n).index.tolist() == view.head(n).index.tolist()
        assert df.tail(n).index.tolist() == view.tail(n).index.tolist()
    assert [fits(row, by) for row in followed.kept] == [view._belongs(row) for row in followed.kept]
    assert len(seqs) == view.counts("3s").sum()


@given(st.lists(happenings, max_size=8), narrowings, st.integers(0, 7), st.booleans())
def test_a_view_is_a_filtered_list(
    todo: list[tuple[str, Any]], by: list[Narrowing], made: int, small: bool
) -> None:
    """Rows in any order, evicted, cleared; narrowed as often as one likes, before or after: it is live."""
    with pytest.MonkeyPatch.context() as patch:
        if small:
            cut_small(patch, 3, narrow=2)
        followed = Followed()
        view = narrowed(followed.store, by)
        for number, (what, how) in enumerate(todo):
            followed.do(what, how)
            if number == made:
                view = narrowed(followed.store, by)
            if what == "look":
                check(view, followed, by)
        check(view, followed, by)


@pytest.mark.parametrize("late", [False, True])
def test_between_is_half_open(late: bool) -> None:
    """`start` belongs to it, `end` does not; also where rows are out of order."""
    followed = Followed()
    followed.add([followed.row(-second) for second in (0, 1, 1, 2, 2, 3)])
    if late:
        followed.add([followed.row(-second) for second in (2, 1)])
    assert late != followed.store._snapshot().version.ordered
    between = followed.store.between
    more = [7] if late else []
    assert [1, 2, *more] == between(at(1), at(2)).df.index.tolist()
    assert [] == between(at(1), at(1)).df.index.tolist()
    rows, view = followed.kept, between(at(1), at(2))
    assert [row.seq in (1, 2, 7) for row in rows] == [view._belongs(row) for row in rows]
    assert [5] == between(at(3), None).df.index.tolist()
    assert [0] == between(None, at(1)).df.index.tolist()
    assert len(followed.store) == len(between(None, None)) == len(between("1970-01-01", "9999-12-31"))


def test_ordered_again() -> None:
    """Once the last row that was late is the oldest, the order is known again, and `between` is right."""
    followed = Followed()
    followed.add([followed.row(-second) for second in (2, 1, 2, 3)])
    assert [0, 1, 2] == followed.store.between(at(1), at(3)).df.index.tolist()
    assert not followed.store._snapshot().version.ordered
    followed.store.max_rows = 3
    assert followed.store._snapshot().version.ordered
    assert [1, 2] == followed.store.between(at(1), at(3)).df.index.tolist()


@pytest.mark.parametrize(("ago", "rows"), [("1h", 1), ("1h30m", 2), ("90s", 0), ("1D", 3), ("2 days", 3)])
def test_a_time_before_now(ago: str, rows: int) -> None:
    """ "1h" is counted from the store's own clock, when `since` is called."""
    clock = VirtualClock(NOW)
    store = EventStore(clock=clock)
    store.add_events([{"type": "edit", "timestamp": NOW - 60 * minutes} for minutes in (1440, 90, 60)])
    assert rows == len(store.since(ago)) == len(store.between(ago, None))
    view = store.since(ago)
    clock.advance(3600)
    assert rows == len(view)  # "now" was when it was made
    assert [0, 1, 2][3 - rows :] == view.df.index.tolist()
    hour_later = {"1h": 0, "1h30m": 0, "90s": 0, "1D": 2, "2 days": 3}
    assert hour_later[ago] == len(store.since(ago))


def test_names() -> None:
    """A view says what belongs to it."""
    store = EventStore()
    view = store.where(project_id="p-1")
    assert '<View project_id == "p-1">' == repr(view)
    assert "<View all>" == repr(store.where())
    narrow = view.between("2026-11-24T10:00", "2026-11-24T11:00")
    assert (
        narrow.name
        == 'project_id == "p-1" and from 2026-11-24T10:00:00.000000Z to 2026-11-24T11:00:00.000000Z'
    )
    assert "from 2026-11-24T10:00:00.000000Z" == store.since("2026-11-24T10:00").name
    assert isinstance(narrow, View)


@pytest.mark.parametrize("what", ["store", "view"])
def test_wrong_arguments(what: str) -> None:
    """What is wrong says so at once, and what to do."""
    readable: Any = EventStore()
    readable = readable if what == "store" else readable.where(project_id="p-1").since("1h")
    for narrow in (lambda: readable.since("soon"), lambda: readable.between(3600, None)):
        with pytest.raises(ArgumentError, match=r"start is a time, as .* or how long before now"):
            narrow()
    with pytest.raises(ArgumentError, match="end is a time"):
        readable.between(None, True)
    with pytest.raises(ArgumentError, match="start is a time"):
        readable.since(None)
    with pytest.raises(ArgumentError, match="did you mean project_id"):
        readable.where(project="p-1")


@pytest.mark.parametrize("name", ["events", "window", "max_rows", "add_event"])
def test_what_the_whole_has(name: str) -> None:
    """Who asks a view for what only the whole has is told so, and not of a name that looks like it."""
    store = EventStore()
    for view in (store.where(type="edit"), store.since("1h").where(type="edit")):
        with pytest.raises(AttributeError, match=rf"{name!r}; what it narrows has it: EventStore\.{name}$"):
            getattr(view, name)
    with pytest.raises(AttributeError, match=r"did you mean between\?"):
        _ = view.beetween


def test_a_view_keeps_its_store() -> None:
    """Who has a view needs no other reference; who drops it leaves nothing behind."""
    store: EventStore | None = EventStore()
    assert store is not None
    store.add_event({"type": "edit", "project_id": "p-1"})
    view, gone = store.where(project_id="p-1"), weakref.ref(store)
    store = None
    gc.collect()
    assert 1 == len(view.df)
    del view
    gc.collect()
    assert gone() is None


def test_empty_narrowing() -> None:
    """An empty list of values fits nothing, also on a store without rows."""
    store = EventStore()
    assert 0 == len(store.where(project_id=[]).df) == len(store.since("1h").where(project_id="p").df)
    store.add_event({"type": "edit", "project_id": "p-1"})
    assert (0, 1) == (len(store.where(project_id=[])), len(store.where(project_id=["p-9", "p-1"])))


def test_writing_into_a_views_frame() -> None:
    """A view's frame is its reader's own: what is written into it reaches neither store nor other frames."""
    followed = Followed()
    followed.add([followed.row(-second, project_id=f"p-{second % 2}") for second in range(10)])
    for view in (followed.store.where(project_id="p-1"), followed.store.between(at(2), at(7))):
        before, mine = view.df, view.df
        mine.loc[mine.index[0], "message"] = "mine"
        mine["timestamp"] += mine["timestamp"].iloc[0] - mine["timestamp"].iloc[0].floor("D")
        mine.iloc[1:3, mine.columns.get_loc("priority")] = 5
        part = view.head(2)
        part["after_gap"] = True
        assert before.equals(view.df)
    assert [(NOW + second) * SECOND for second in range(10)] == [
        event.timestamp_us for event in followed.store.scan()
    ]


def test_every_filter_counts() -> None:
    """Of several filters an event must fit each; of several values of one of them, any."""
    store = EventStore()
    store.add_events({"project_id": f"p-{n % 2}", "workload_id": f"wl-{n % 3}"} for n in range(6))
    assert [0] == store.where(project_id="p-0", workload_id="wl-0").df.index.tolist()
    both = store.where(project_id="p-0", workload_id=["wl-0", "wl-1"])
    assert (
        [0, 4]
        == both.df.index.tolist()
        == store.where(workload_id=["wl-1", "wl-0"]).where(project_id="p-0").df.index.tolist()
    )
