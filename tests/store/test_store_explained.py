"""`explain` of what is kept: of a store, of a view on what it narrows."""

from __future__ import annotations

import pandas as pd
import pytest

import sse_notebook as sse
from sse_notebook.clock import VirtualClock
from sse_notebook.errors import FilterError
from sse_notebook.store import EventStore


@pytest.fixture
def store() -> EventStore:
    """Ten edits, a second apart, their sizes 0 to 9; the even ones of project a, the others of b."""
    store = EventStore(clock=VirtualClock(1_764_000_010.0))
    store.add_events(
        [
            {"type": "edit", "timestamp": 1_764_000_000 + n, "size": n, "project_id": "ab"[n % 2]}
            for n in range(10)
        ]
    )
    return store


def told(found: object) -> tuple[str, int, int]:
    return str(found.filter), found.events, found.passed  # type: ignore[attr-defined]


def test_of_a_store(store: EventStore) -> None:
    """Whatever `where` takes is explained on all rows; nothing asked: all pass."""
    assert ("data.size > 6", 10, 3) == told(store.explain("data.size > 6"))
    assert ('project_id == "a"', 10, 5) == told(store.explain(project_id="a"))
    assert ("True", 10, 10) == told(store.explain())
    assert 3 == store.explain(lambda event: event.data["size"] > 6).passed
    with pytest.raises(FilterError, match="did you mean"):
        store.explain("projct_id == 'a'")


def test_a_filter_and_what_it_is_asked_of_say_the_same(store: EventStore) -> None:
    """`f.explain(x)` and `x.explain(f)` are one."""
    f = sse.where("data.size > 6", project_id="a")
    pd.testing.assert_frame_equal(f.explain(store).clauses, store.explain(f).clauses)
    assert str(f.explain(store)) == str(store.explain(f)) == str(f.explain(store.df))


def test_of_a_view(store: EventStore) -> None:
    """A view explains its own filter on what it narrows; another one on its own rows."""
    view = store.where(project_id="a")
    assert ('project_id == "a"', 10, 5) == told(view.explain())
    assert ("data.size > 6", 5, 1) == told(view.explain("data.size > 6"))
    both = view.where("data.size > 6")
    assert ('project_id == "a" and data.size > 6', 10, len(both)) == told(both.explain())
    view.filter = "data.size > 3"
    assert ("data.size > 3", 10, 6) == told(view.explain())


def test_of_a_slice_of_time(store: EventStore) -> None:
    """What lies outside of its times was never asked."""
    between = store.between(1_764_000_002, 1_764_000_008)
    assert ("True", 6, 6) == told(between.explain())
    narrowed = between.where("data.size > 6").since(1_764_000_004)
    assert ("data.size > 6", 4, len(narrowed)) == told(narrowed.explain())


def test_by_its_own_clock(store: EventStore) -> None:
    """Ages are counted by the clock of the store."""
    assert ("age() < 5", 10, 4) == told(store.where("age() < 5").explain())
