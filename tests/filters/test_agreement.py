"""The two evaluations of a tree, and what it means: predicate, mask and a naive interpreter agree."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from support import examples
from trees import NOW, events, naive, opaque_trees, trees

from sse_notebook.clock import VirtualClock
from sse_notebook.events import Event
from sse_notebook.filters.mask import mask
from sse_notebook.filters.predicate import predicate
from sse_notebook.filters.tree import Node
from sse_notebook.store import EventStore

CLOCK = VirtualClock(NOW)


def frames(store: EventStore) -> dict[str, pd.DataFrame]:
    """The same rows in every form in which a filter may be asked of them."""
    paths = ["x", "y", "o.a", "data.x", "a.b"]
    plain = store.to_pandas(expand=[])
    return {
        "plain": plain,
        "fields": store.to_pandas(expand=paths),
        "all": store.to_pandas(expand=True),
        "objects": store.to_pandas(expand=paths).astype(object),
        "nullable": store.to_pandas(expand=["x"], dtype_backend="numpy_nullable"),
        "arrow": store.to_pandas(expand=["x"], dtype_backend="pyarrow"),
        "index": plain.set_axis([f"row {row}" for row in range(len(plain))]),
    }


def check(tree: Node, kept: list[Event]) -> None:
    store = EventStore()
    store.add_events(kept)
    kept = store.events  # with their origin
    expected = [naive(tree, each) for each in kept]
    fits = predicate(tree, CLOCK)
    said = [fits(each) for each in kept]
    assert {bool} >= set(map(type, said))
    assert expected == said
    for name, df in frames(store).items():
        found = mask(tree, df, CLOCK)
        assert (name, expected) == (name, found.tolist())
        assert "bool" == str(found.dtype)
        assert df.index is found.index or df.index.equals(found.index)


@given(trees, st.lists(events, max_size=8))
@examples(150)
def test_three_agree(tree: Node, kept: list[Event]) -> None:
    """Of any tree and any events: predicate, mask (of each form of frame) and interpreter say the same."""
    check(tree, kept)


@given(opaque_trees, st.lists(events, max_size=5))
@examples(40)
def test_callables_agree(tree: Node, kept: list[Event]) -> None:
    """Also with callables in the tree: they are asked of equal events."""
    check(tree, kept)
