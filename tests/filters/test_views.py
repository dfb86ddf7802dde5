"""Views by any filter, of a store that changes, against a list that is filtered by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples
from trees import NOW, event, naive, opaque_trees, payload_texts, trees

from sse_notebook import EventStore, View
from sse_notebook.clock import VirtualClock
from sse_notebook.events import Event
from sse_notebook.filters import Filter
from sse_notebook.filters.tree import Node, all_of
from sse_notebook.store import columns, expand, texts

happenings = st.one_of(
    st.tuples(st.just("add"), st.lists(payload_texts, min_size=1, max_size=6)),
    st.tuples(st.just("look"), st.booleans()),
    st.tuples(st.just("replace"), trees),
    st.tuples(st.just("max_rows"), st.integers(1, 9)),
    st.tuples(st.just("expand"), st.sampled_from([True, ["x"], ["x", "o.a"], None])),
    st.tuples(st.just("clear"), st.none()),
)
narrowings = st.lists(opaque_trees, min_size=1, max_size=3)


class Model:
    """A store, and a plain list of what it keeps."""

    def __init__(self) -> None:
        self.store = EventStore(clock=VirtualClock(NOW))
        self.rows: list[Event] = []

    def do(self, what: str, how: Any) -> None:
        if what == "add":
            self.rows += self.store.add_events(list(map(event, how)))
        elif what == "clear":
            self.store.clear_events()
            self.rows = []
        elif what == "max_rows":
            self.store.max_rows = how
        elif what == "expand":
            self.store.expand = how
            _ = self.store.df
        self.rows = self.rows[max(0, len(self.rows) - self.store.max_rows) :]


def check(view: View, model: Model, asked: Node, everything: bool) -> None:
    """All that is read of a view is what fits, of what is kept."""
    assert asked == view.filter.tree
    expected = [row for row in model.rows if naive(asked, row)]
    seqs = [row.seq for row in expected]
    assert (len(seqs), seqs) == (len(view), view.to_pandas(expand=[]).index.tolist())
    assert [naive(asked, row) for row in model.rows] == [view._belongs(row) for row in model.rows]
    if everything:
        df = view.df
        whole = model.store.df
        assert whole.loc[seqs].equals(df)
        assert dict(whole.dtypes) == dict(df.dtypes)
        assert seqs[-2:] == view.tail(2).index.tolist()
        assert seqs[:2] == view.head(2).index.tolist()
        assert seqs == view.to_arrow()["seq"].to_pylist()
        assert [row.raw for row in expected] == view.to_arrow()["data"].to_pylist()
        start = model.rows[0].timestamp if model.rows else "1970-01-01"
        later = [row.seq for row in expected if row.timestamp >= model.rows[0].timestamp]
        assert (
            later
            == view.since(start).df.index.tolist()
            == model.store.since(start).where(Filter(asked)).to_pandas(expand=[]).index.tolist()
        )
        years = view.counts("3650D")
        assert len(seqs) == years.sum()


@given(st.lists(happenings, max_size=9), narrowings, st.integers(1, 9))
@examples(120)
def test_a_view_is_a_filtered_list(todo: list[tuple[str, Any]], by: list[Node], small: int) -> None:
    """Whatever comes, goes, is cleared, is expanded; of views of views; whose filters are replaced."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "ROWS", small)
        patch.setattr(columns, "FIRST", 1)
        patch.setattr(expand, "SCALARS", 0)
        model = Model()
        views: list[View] = []
        for tree in by:
            views.append((views[-1] if views else model.store).where(Filter(tree)))
        asked = list(by)
        for what, how in todo:
            if what == "replace":
                views[0].filter, asked[0] = Filter(how), how
            model.do(what, how)
            if what == "look":
                for number, view in enumerate(views, 1):
                    check(view, model, all_of(*asked[:number]), how)
        check(views[-1], model, all_of(*asked), True)
