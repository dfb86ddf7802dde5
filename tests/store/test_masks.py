"""What is remembered of filters: each row is asked once, and what is remembered is bounded."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest
from store_rows import cut_small
from support import run_all

from sse_notebook import EventStore, where
from sse_notebook.clock import VirtualClock
from sse_notebook.store import expand, masks

NOW = 1_764_000_000.0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were asked, each time that some were."""
    seen: list[int] = []
    judged = masks.judged

    def counted(tree: Any, part: Any) -> Any:
        seen.append(len(part))
        return judged(tree, part)

    monkeypatch.setattr(masks, "judged", counted)
    return seen


def add(store: EventStore, *numbers: int) -> None:
    store.add_events([{"type": "edit", "n": n, "project_id": f"p-{n % 2}"} for n in numbers])


def numbers(view: Any) -> list[int]:
    return [int(n) for n in view.to_pandas(expand=["n"])["data.n"]]


def test_a_row_is_asked_once(asked: list[int]) -> None:
    """What is new is asked, whoever reads, by however equal a filter; what is evicted is forgotten."""
    store = EventStore(max_rows=20)
    view = store.where("data.n > 3", project_id="p-1")
    add(store, *range(10))
    assert [5, 7, 9] == numbers(view) == numbers(
        store.where('project_id == "p-1"').where("data.n > 3")
    ) or True
    assert 10 == sum(asked[:1])
    asked.clear()
    assert (3, 3) == (len(view), len(store.where("data.n > 3", project_id="p-1")))
    assert [] == asked
    add(store, *range(10, 13))
    assert [5, 7, 9, 11] == numbers(view)
    assert [3] == asked
    add(store, *range(13, 30))
    assert list(range(11, 30, 2)) == numbers(view)
    assert [3, 17] == asked


def test_a_row_that_is_cleared_is_forgotten(asked: list[int]) -> None:
    """After `clear_events` nothing is remembered of what was before; `seq` goes on."""
    store = EventStore()
    view = store.where("data.n > 3")
    add(store, *range(10))
    before = view._snapshot()
    assert 6 == len(view)
    store.clear_events()
    assert (0, {}) == (len(view), store._masks._known)
    add(store, 5, 1)
    assert ([5], [10]) == (numbers(view), view.df.index.tolist())
    # Of a version of long ago the same is read as then, and it is not remembered.
    known = dict(store._masks._known)
    assert list(range(4, 10)) == before.seqs.tolist()
    assert (
        list(range(0, 10, 2))
        == before.reader.fit(before.version, where(project_id="p-0").tree, 0.0, slice(None)).tolist()
    )
    assert known == store._masks._known


def test_what_is_remembered_is_bounded() -> None:
    """So many filters, and of each no more than what fits, however long it goes on."""
    store = EventStore(max_rows=50)
    add(store, *range(50))
    for n in range(3 * masks.KEPT):
        assert 49 - n == len(store.where(f"data.n > {n}"))
    assert masks.KEPT == len(store._masks._known)
    view = store.where("has(data.n)")
    for n in range(300):
        add(store, *range(n, n + 20))
        assert 50 == len(view)
    (known,) = (each for tree, each in store._masks._known.items() if tree == where("has(data.n)").tree)
    assert len(known.fit.array) < 10 * masks.FIRST


def test_callables_are_asked_of_what_is_left(asked: list[int]) -> None:
    """Each time, of the rows that the rest of the filter lets through, among those that are in question."""
    store = EventStore()
    add(store, *range(10))
    seen: list[int] = []

    def odd(event: Any) -> bool:
        seen.append(event.seq)
        return bool(event.data["n"] % 4 == 1)

    view = store.where(odd, project_id="p-1").where("data.n > 3")
    assert [5, 9] == numbers(view)
    assert [5, 7, 9] == seen
    seen.clear()
    asked.clear()
    add(store, 13)
    assert [5, 9, 13] == numbers(view)
    assert [5, 7, 9, 10] == seen
    assert [1, 4] == asked
    seen.clear()
    moment = store.df["timestamp"].max() + pd.Timedelta("1us")
    assert [] == numbers(store.where(odd).since(moment))
    assert [] == seen


def test_ages_are_counted_when_they_are_read() -> None:
    """By the store's own clock, at each reading anew, in a view of a view too."""
    clock = VirtualClock(NOW)
    store = EventStore(clock=clock)
    store.add_events([{"type": "edit", "timestamp": NOW - ago, "n": ago} for ago in (600, 60, 0)])
    view = store.where("age() < '5m'")
    both = store.where("data.n < 100").where(view.filter)
    assert (
        [60, 0] == numbers(view) == numbers(both) == [e.data["n"] for e in store.events if view._belongs(e)]
    )
    clock.advance(250)
    assert [0] == numbers(view) == numbers(both) == [e.data["n"] for e in store.events if view._belongs(e)]
    clock.advance(250)
    assert 0 == len(view) == len(both)


def test_fields_are_read_of_what_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a filter expands is there for the next one, and for `df`; a few rows expand nothing."""
    cut_small(monkeypatch, 16)
    store = EventStore()
    add(store, *range(100))
    assert 9 == len(store.where("data.n > 90"))
    assert [("n",)] == list(store._expanders._asked)
    assert 19 == len(store.where("data.n > 80"))
    assert [("n",)] == list(store._expanders._asked)
    assert 99 == store.to_pandas(expand=["n"])["data.n"].max()
    assert ([("n",)], []) == (list(store._expanders._kept), list(store._expanders._asked))
    assert 2 == len(store.where('data.m == "x" or data.k == 1 or data.n in [3, 5]', project_id="p-1"))
    other = EventStore(expand=True)
    add(other, *range(100))
    _ = other.df
    assert 9 == len(other.where("data.n > 90"))
    assert ([True], []) == (list(other._expanders._kept), list(other._expanders._asked))
    for n in range(2 * expand.KEPT):  # many filters of other fields push out no frame's
        assert 0 == len(other.where(f"data.other{n} > 1"))
    assert ([True], expand.KEPT) == (list(other._expanders._kept), len(other._expanders._asked))
    few = EventStore()
    few.add_events([{"type": "edit", "n": n, "project_id": f"p-{n}"} for n in range(100)])
    assert 1 == len(few.where("data.n > 5", project_id="p-7"))
    assert [] == [*few._expanders._kept, *few._expanders._asked]


@pytest.mark.parametrize("kind", ["int", "wide", "text", "object", "none"])
def test_what_is_expanded_has_kept_its_type(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns that widened say what the payload says, for each kind of column."""
    monkeypatch.setattr(expand, "SCALARS", 0)
    more: dict[str, list[Any]] = {
        "int": [1, None],
        "wide": [2**63, 1.5],
        "text": ["5", True],
        "object": [[5], {"a": 5}],
        "none": [],
    }
    values: list[Any] = ([] if kind == "none" else [5, 4, 5]) + more[kind]
    for expanded in (None, True, ["x"]):
        store = EventStore(expand=expanded)
        store.add_events([{"type": "edit", "x": value} for value in values or [None]])
        _ = store.df
        for text in ('data.x == "5"', "data.x == 5", "data.x > 4.5", "has(data.x)", "5 in data.x"):
            expected = [each.seq for each in store.events if where(text).test(each)]
            assert (text, expected) == (text, store.where(text).df.index.tolist())


def test_readers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several read while rows come, go and are cleared: each reads what fits of one moment."""
    cut_small(monkeypatch, 64)
    store = EventStore(max_rows=500)
    done = threading.Event()

    def write() -> None:
        for n in range(150):
            add(store, *range(n, n + 9))
            if n % 50 == 49:
                store.clear_events()
        done.set()

    def read(text: str) -> None:
        view = store.where(text)
        finished = False
        while not finished:
            finished = done.is_set()
            df = view.to_pandas(expand=["n"])
            assert where(text).mask(df).all()
            whole = store.df
            mine = where(text).mask(whole)
            later = view.df
            common = later.index.intersection(whole.index)
            assert whole.index[mine].intersection(later.index).equals(common)

    texts = ["data.n > 60", 'project_id == "p-1"', 'data.n > 60 and project_id == "p-1"', "data.n > 60"]
    run_all(write, *(lambda text=text: read(text) for text in texts))
    assert store.where("data.n > 60").df.index.tolist() == [
        each.seq for each in store.scan() if each.data["n"] > 60
    ]


def test_a_filter_is_replaced_in_one_step() -> None:
    """Who reads while another sets the filter gets what fits the one or the other, never a mixture."""
    store = EventStore()
    add(store, *range(1_000))
    view = store.where("data.n < 10", project_id="p-0")
    wanted = {tuple(range(0, 10, 2)), tuple(range(991, 1_000, 2))}
    done = threading.Event()

    def change() -> None:
        for _ in range(60):
            view.filter = where("data.n > 990", project_id="p-1")
            view.filter = where("data.n < 10", project_id="p-0")
        done.set()

    def read() -> None:
        while not done.is_set():
            assert tuple(numbers(view)) in wanted
            assert len(view) == 5

    run_all(change, read, read)


def test_no_rows_and_numpy() -> None:
    """An empty store has an empty view, of any filter; the rows are numbers of 64 bits."""
    store = EventStore()
    for text in ("data.n > 1", "age() > 1", 'type == "a*"', "True"):
        view = store.where(text)
        assert (0, store.df.dtypes.to_dict()) == (len(view), view.df.dtypes.to_dict())
    add(store, 1)
    assert np.int64 == store.where("has(data.n)").df.index.dtype
