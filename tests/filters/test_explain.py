"""Why events passed or not: the counts are those of asking each clause of each event."""

from __future__ import annotations

from typing import Any

import brute
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples
from trees import NOW, clause_nodes, events, trees

import sse_notebook as sse
from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.filters import Filter
from sse_notebook.filters.evidence import Evidence
from sse_notebook.filters.explain import NEAR, SAMPLES, explained
from sse_notebook.filters.explanation import Explanation
from sse_notebook.filters.tree import FALSE, TRUE, Node, Not, Opaque, all_of, any_of
from sse_notebook.store import EventStore

CLOCK = VirtualClock(NOW)
COLUMNS = ["clause", "pass", "value", "missing", "type", "first_fail", "only_fail"]
SHOWN = ["seq", "id", "timestamp", "type", "resource_id", "clause", "outcome", "value"]


def rages(event: Event) -> bool:
    """A callable that raises for some events, and answers oddly for others."""
    return event.data["x"] > 3  # type: ignore[no-any-return]


def constants(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    lists = st.lists(inner | st.sampled_from([TRUE, FALSE]), max_size=3)
    return lists.map(lambda parts: all_of(*parts)) | lists.map(lambda parts: any_of(*parts)) | inner.map(Not)


odd_trees = st.recursive(
    clause_nodes | st.sampled_from([Opaque(rages), TRUE, FALSE]), constants, max_leaves=7
)


def asked(tree: Node, kept: list[Event], expand: Any = None) -> tuple[Explanation, brute.Told]:
    store = EventStore()
    store.add_events(kept)
    df = store.to_pandas(expand=expand)
    return explained(Filter(tree), Evidence(df, len(df), CLOCK)), brute.explain(tree, store.events)


def check(found: Explanation, told: brute.Told, tree: Node) -> None:
    """All that is said is what the naive way finds."""
    number = found.events
    expected = [] if tree == TRUE else told.clauses
    assert expected == found.clauses.to_dict("records")
    assert COLUMNS == found.clauses.columns.tolist()
    assert {"int64"} >= {str(dtype) for dtype in found.clauses.dtypes[1:]}
    assert (told.passed, number - told.passed) == (found.passed, found.refused)
    assert found.refused == found.clauses["first_fail"].sum()
    assert found.clauses[["pass", "value", "missing", "type"]].sum(axis=1).eq(number).all()
    asks = brute.leaves(tree)
    assert SHOWN == found.near_misses.columns.tolist() == found.samples.columns.tolist()
    near = [(seq, str(asks[leaf]), word) for seq, leaf, word in told.near[::-1]]
    said = found.near_misses[["seq", "clause", "outcome"]]
    assert (near[:NEAR], len(near)) == ([*said.itertuples(index=False, name=None)], found.near)
    samples = [
        (seq, str(asks[leaf]))
        for leaf in range(len(asks))
        for seq in [seq for seq, first in enumerate(told.first) if first == leaf][: -SAMPLES - 1 : -1]
    ]
    assert samples == [*found.samples[["seq", "clause"]].itertuples(index=False, name=None)]
    assert len(found.suggestions) <= 7
    assert repr(found)
    assert found._repr_html_()


@given(trees, st.lists(events, max_size=8))
@examples(60)
def test_counts_are_those_of_each_event(tree: Node, kept: list[Event]) -> None:
    """Of any tree and any events, whatever is in them: each count, near miss and sample."""
    check(*asked(tree, kept), tree)


@given(odd_trees, st.lists(events, max_size=6))
@examples(60)
def test_constants_and_callables(tree: Node, kept: list[Event]) -> None:
    """Also with `True` and `False` anywhere, and callables, some of which raise."""
    check(*asked(tree, kept), tree)


@given(clause_nodes, st.lists(events, max_size=8))
@examples(40)
def test_payload_columns_change_nothing(tree: Node, kept: list[Event]) -> None:
    """A frame that has fields of the payload as columns, which widen, is explained alike."""
    check(*asked(tree, kept, ["x", "y", "o.a"]), tree)


@pytest.mark.parametrize("expand", [[], ["x"], True])
def test_lists_are_no_holes(expand: Any) -> None:
    """A list where numbers are asked for is another type, also where columns of fields have no lists."""
    store = EventStore(clock=CLOCK)
    store.add_events([{"type": "edit", "x": value} for value in (5, 7, [1], {"a": 1}, None)])
    found = sse.where("data.x > 6 and data.x != data.y").explain(store.to_pandas(expand=expand))
    assert [[1, 1, 1, 2], [0, 0, 5, 0]] == found.clauses[
        ["pass", "value", "missing", "type"]
    ].to_numpy().tolist()


# -- what it is asked of -----------------------------------------------------------------------------------


def edits(*sizes: Any) -> EventStore:
    store = EventStore(clock=CLOCK)
    store.add_events([{"type": "edit", "id": f"e-{n}", "size": size} for n, size in enumerate(sizes)])
    return store


LARGE = sse.where("data.size > 10")


def test_a_frame_of_anybody() -> None:
    """Columns that are not there have no values; without times and numbers the last row is the newest."""
    found = LARGE.explain(pd.DataFrame({"data.size": [5, 50, None]}, index=["a", "b", "c"]))
    assert [[1, 1, 1, 0]] == found.clauses[["pass", "value", "missing", "type"]].to_numpy().tolist()
    assert [[-1, "missing"], [-1, "value"]] == found.near_misses[["seq", "outcome"]].to_numpy().tolist()
    assert found.near_misses["timestamp"].isna().all()
    assert "datetime64[us, UTC]" == str(found.near_misses["timestamp"].dtype)


def test_nothing_to_ask() -> None:
    """Without events, and without a filter, there are tables all the same, of the same types."""
    for found in (LARGE.explain(edits()), sse.where().explain(edits(5)), sse.where().explain(edits())):
        full = LARGE.explain(edits(5))
        assert full.clauses.dtypes.equals(found.clauses.dtypes)
        assert full.near_misses.dtypes.equals(found.near_misses.dtypes)
        assert found.refused == 0
    assert ["there is no event to ask yet: nothing can be said"] == LARGE.explain(edits()).suggestions


@pytest.mark.parametrize("x", [5, None, [1], "df"])
def test_what_can_be_explained(x: Any) -> None:
    """A stream, view, store or frame; for anything else it says so."""
    with pytest.raises(ArgumentError, match="stream, view, store or DataFrame"):
        LARGE.explain(x)


def test_a_sample_says_so() -> None:
    """With fewer events than arrived it says how many; otherwise nothing of the kind."""
    df = edits(5, 50).df
    found = explained(LARGE, Evidence(df, 52_311, CLOCK))
    assert (True, 2, 52_311) == (found.sampled, found.events, found.arrived)
    for said in (repr(found), found._repr_html_()):
        assert "rests on a sample: 2 of the 52,311 that arrived" in said
    whole = explained(LARGE, Evidence(df, 2, CLOCK))
    assert not whole.sampled
    assert "sample" not in repr(whole) + whole._repr_html_()


def test_newest_first_by_arrival() -> None:
    """Near misses come by when they arrived, wherever they stand in the frame."""
    df = edits(1, 2, 3).df
    df["received_at"] = df["received_at"] + pd.to_timedelta([3, 1, 2], unit="s")
    assert [0, 2, 1] == LARGE.explain(df).near_misses["seq"].tolist()


def test_ages_by_the_clock_of_what_is_asked() -> None:
    """An age is counted by the object's own clock; in a frame by the one that is given."""
    store = edits(1)
    assert 1 == sse.where("age() < 60").explain(store).passed
    assert 1 == sse.where("age() < 60").explain(store.df, CLOCK).passed
    assert 0 == sse.where("age() < 60").explain(store.df, VirtualClock(NOW + 100)).passed


@pytest.mark.parametrize(
    ("clause", "said", "seen"),
    [
        ("data.size > 10", {"size": 5}, ("value", "5")),
        ("data.size > 10", {"size": "5"}, ("type", '"5"')),
        ("data.size > 10", {"size": [1, {"a": None}]}, ("type", '[1, {"a": null}]')),
        ("data.size > 10", {"size": True}, ("type", "True")),
        ("data.size > 10", {"size": 0.1}, ("value", "0.1")),
        ("data.size > 10", {"size": None}, ("missing", None)),
        ("data.size > 10", {"size": -(10**3000)}, ("value", "a number of more than 1,000 digits")),
        ("data.size > 10", {"size": -1e300}, ("value", "-1e+300")),
        ("data.size == data.n", {"size": 5, "n": 6}, ("value", "5 · 6")),
        ("data.size == data.n", {"n": 6}, ("missing", "6")),
        ('lower(data.size) == "a"', {"size": "B"}, ("value", "B")),
        ('type == "build.*"', {"type": "workload.running"},
         ("value", "workload.status · workload.running · running")),
        ('timestamp < "2000-01-01"', {"timestamp": "2026-01-01"}, ("value", "2026-01-01T00:00:00.000000Z")),
        ('project_id == "a"', {"project_id": "x" * 500}, ("value", "x" * 119 + "…")),
        ("has(data.x)", {}, ("missing", None)),
        ("age() < -5", {"timestamp": NOW}, ("value", "0")),
    ],
)  # fmt: skip
def test_what_a_clause_saw(clause: str, said: dict[str, Any], seen: tuple[str, str | None]) -> None:
    """The value as text, cut; in quotes only where its type is what is wrong; nothing where nothing was."""
    store = EventStore(clock=CLOCK)
    store.add_event({"type": "edit", "timestamp": NOW} | said)
    row = sse.where(clause).explain(store).near_misses.iloc[0]
    assert seen == (row["outcome"], None if pd.isna(row["value"]) else row["value"])


def test_more_near_misses_than_are_listed() -> None:
    """At most a hundred are listed; how many there are is said."""
    found = LARGE.explain(edits(*[5] * 150))
    assert (100, 150) == (len(found.near_misses), found.near)
    assert list(range(149, 49, -1)) == found.near_misses["seq"].tolist()
    for said in (repr(found), found._repr_html_()):
        assert "of 150" in said


def test_a_clause_twice_is_two_places() -> None:
    """Each place has a row of its own; one alone, turned the other way, need not change the whole."""
    tree = sse.where('data.size > 10 and id == "e-0" or data.size > 10 and id == "e-1"')
    found = tree.explain(edits(5, 50))
    assert 4 == len(found.clauses)
    assert [1, 0, 0, 0] == found.clauses["only_fail"].tolist()


def test_numbers_that_pandas_has_not() -> None:
    """Frames of others: numpy's numbers, categories, NaT."""
    df = pd.DataFrame(
        {
            "priority": np.array([1, 5], np.int8),
            "severity": pd.Categorical(["info", None]),
            "timestamp": pd.to_datetime(["2026-01-01", None]),
        }
    )
    found = sse.where('priority > 6 or severity > "error" or timestamp < "2000-01-01"').explain(df)
    assert [[0, 2, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0]] == found.clauses[
        ["pass", "value", "missing", "type"]
    ].to_numpy().tolist()
