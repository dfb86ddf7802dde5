"""`store.bounded`: a store's bounds, and what it let go of."""

from __future__ import annotations

from sse_notebook.store import EventStore
from sse_notebook.store.bounds import Bounds, Keeping


def test_the_budget_of_what_was_dropped() -> None:
    """`dropped` takes a sixteenth of `max_bytes`; how many more went, it says itself."""
    store = EventStore(max_bytes=2**20)
    for number in range(40):
        store.add_events([{"type": "edit", "n": number, "text": "x" * 1_000} for _ in range(100)])
    dropped = store.dropped
    assert store.evicted == len(dropped) + dropped.attrs["forgotten"]
    assert 0 < len(dropped) < 70 < dropped.attrs["forgotten"]
    assert store.count == len(store) + store.evicted


def test_nothing_forgotten() -> None:
    """While `dropped` has all that went, it says so; what the user cleared is not counted."""
    store = EventStore(max_rows=2)
    store.add_events([{"type": "edit"}] * 5)
    assert (3, 0) == (len(store.dropped), store.dropped.attrs["forgotten"])
    store.clear_events()
    assert (0, 0) == (len(store.dropped), store.dropped.attrs["forgotten"])


def test_all_bounds_at_once() -> None:
    """`keeping` is what `keep` was given, and what was set since."""
    store = EventStore()
    keeping = Keeping(3, Bounds(7, 1_000_000, None), 2)
    store.keep(keeping)
    assert keeping == store.keeping
    store.max_rows = 9
    assert Keeping(3, Bounds(9, 1_000_000, None), 2) == store.keeping
