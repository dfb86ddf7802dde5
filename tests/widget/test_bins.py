"""The picture of events over time counts what is there, and knows where it does not know."""

from __future__ import annotations

from sse_notebook import EventStore
from sse_notebook.widget.bins import BINS, bins
from sse_notebook.widget.pages import Gap

T = 1_764_000_000


def store_of(*events: tuple[int, str]) -> EventStore:
    store = EventStore()
    store.add_events([{"event_type": kind, "timestamp": T + at} for at, kind in events])
    return store


def test_each_row_is_counted_once() -> None:
    """In the stretch that its timestamp is in; errors and warnings among them."""
    store = store_of(*[(n, "build_failed" if n % 2 else "build_complete") for n in range(600)])
    found = bins(store._snapshot(), [], 0.0)
    assert (BINS, 600) == (len(found["all"]), sum(found["all"]))
    assert 300 == sum(found["errors"])
    assert {10, 9} >= set(found["all"][:-1])
    assert T * 1000 == found["start"]


def test_gaps_are_marked() -> None:
    """Those that were not made good; an open one reaches until now, one elsewhere is not there."""
    store = store_of((0, "build_failed"), (600, "build_failed"))
    gaps = [
        Gap((T + 100) * 1000, (T + 120) * 1000, "", False),
        Gap((T + 200) * 1000, (T + 220) * 1000, "", True),
        Gap((T + 590) * 1000, None, "", None),
        Gap((T - 900) * 1000, (T - 800) * 1000, "", None),
    ]
    assert [9, 10, 11, 58, 59] == bins(store._snapshot(), gaps, (T + 5_000) * 1000.0)["gaps"]


def test_nothing_is_no_picture() -> None:
    """Without rows there is no time that it could be of."""
    assert {} == bins(EventStore()._snapshot(), [], 0.0)
