"""`Readable`: the verbs that store, stream and view have in common."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
import pytest
from followed import Followed
from hypothesis import given
from hypothesis import strategies as st
from reading_rows import happenings
from store_rows import assert_contract, many

from sse_notebook import EventStore, EventStream, View
from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArgumentError
from sse_notebook.store.readable import Readable

FACE = {
    *("df", "to_pandas", "to_arrow", "to_polars", "to_parquet", "to_csv", "to_cloudevents", "head", "tail"),
    *("between", "since", "where", "counts", "info", "__len__", "__arrow_c_stream__", "__arrow_c_schema__"),
}


@pytest.mark.parametrize("kind", [EventStore, EventStream, View])
def test_one_face(kind: type) -> None:
    """Store, stream and view have the face, and it is the same one; a stream's `where` can do more."""
    assert issubclass(kind, Readable)
    more = {"where"} if kind is EventStream else set()
    for name in FACE - more:
        assert getattr(kind, name) is getattr(Readable, name)
    for name in more:
        own, every = (signature(getattr(each, name)).parameters for each in (kind, Readable))
        assert {"dedicated"} == own.keys() - every.keys()
        assert every == {each: own[each].replace(annotation=every[each].annotation) for each in every}


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickle.dumps])
def test_what_is_live_has_no_twin(again: Callable[[object], object]) -> None:
    """A twin would share rows and count for itself: an error says that the frame can be copied."""
    store = EventStore()
    store.take(many(3))
    for kind in (store, store.where(type="edit")):
        with pytest.raises(TypeError, match="is live, and can't be copied or pickled; its `df` can"):
            again(kind)
    pd.testing.assert_frame_equal(store.df, pickle.loads(pickle.dumps(copy.deepcopy(store.df))))


@given(st.lists(happenings, max_size=6), st.integers(-12, 12))
def test_head_and_tail(todo: list[tuple[str, Any]], n: int) -> None:
    """`head` and `tail` are pandas' of `df`, negative numbers too; `len` is that of `df`."""
    followed = Followed()
    for step in todo:
        followed.do(*step)
    store, df = followed.store, followed.store.df
    pd.testing.assert_frame_equal(df.head(n), store.head(n))
    pd.testing.assert_frame_equal(df.tail(n), store.tail(n))
    pd.testing.assert_frame_equal(df.head(), store.head())
    pd.testing.assert_frame_equal(df.tail(), store.tail())
    assert len(df) == len(store)
    assert_contract(store.head(n))


def test_head_takes_any_whole_number() -> None:
    """numpy's numbers too, and ones that are far too large; nothing else."""
    store = EventStore()
    store.take(many(3))
    assert 2 == len(store.head(np.int64(2))) == len(store.tail(np.int8(2)))
    assert 3 == len(store.head(10**30)) == len(store.tail(10**30))
    assert 0 == len(store.head(-(10**30))) == len(store.tail(-(10**30)))
    for wrong in (1.0, "1", None, True, [1]):
        for verb in (store.head, store.tail):
            with pytest.raises(ArgumentError, match="how many rows is a whole number"):
                verb(wrong)  # type: ignore[arg-type]


def test_always_true() -> None:
    """What has no rows is there all the same."""
    store = EventStore()
    assert (True, True, 0) == (bool(store), bool(store.since("1h")), len(store))


def test_expand() -> None:
    """`expand` is as it was set up, unless the call says otherwise; views, `head` and `tail` have it too."""
    store = EventStore(expand=["n"])
    store.add_events([{"type": "edit", "project_id": f"p-{n}", "n": n, "m": -n} for n in range(4)])
    view = store.where(project_id=["p-1", "p-3"])
    assert [1, 3] == view.df["data.n"].tolist() == view.head()["data.n"].tolist()
    assert [-1, -3] == view.to_pandas(expand=["m"])["data.m"].tolist()
    assert ["data.n"] == list(store.tail(1).columns[18:])
    assert [] == list(view.to_pandas(expand=[]).columns[18:])
    assert {"data.n", "data.m"} <= set(view.to_pandas(expand=True).columns)
    assert [1, 3] == view.to_arrow()["data.n"].to_pylist() == view.to_polars()["data.n"].to_list()


@pytest.mark.parametrize("verb", ["to_pandas", "to_arrow", "to_polars", "to_csv"])
@pytest.mark.parametrize("wrong", ["n", [1], [""]])
def test_wrong_expand(verb: str, wrong: Any) -> None:
    """What is no list of paths says so, through every door, on a view too."""
    for readable in (EventStore(), EventStore().where(project_id="p")):
        with pytest.raises(ArgumentError, match="expand takes True or a list of paths"):
            getattr(readable, verb)(expand=wrong)


@pytest.mark.parametrize("wrong", ["arrow", "polars", True, "numpy"])
def test_wrong_backends(wrong: Any) -> None:
    """There are two, as in pandas' own readers."""
    with pytest.raises(ArgumentError, match='"pyarrow", "numpy_nullable" or None'):
        EventStore().to_pandas(dtype_backend=wrong)


def test_its_own_clock() -> None:
    """ "1h" before now: the store's now."""
    clock = VirtualClock(1_700_000_000)
    store = EventStore(clock=clock)
    store.add_event({"type": "edit", "timestamp": 1_700_000_000})
    assert 1 == len(store.since("1h"))
    clock.advance(3_600)
    assert 1 == len(store.since("1h"))
    clock.advance(1)
    assert (0, 1) == (len(store.since("1h")), len(store.between("2h", "1h")))


def test_info(capsys: pytest.CaptureFixture[str]) -> None:
    """`info` says how many rows of what times and types there are; nothing that came commands a terminal."""
    followed = Followed()
    followed.store.info()
    assert "0 rows, 18 columns\n" == capsys.readouterr().out
    followed.add([followed.row(n % 3, type=f"t{n % 12:02}") for n in range(2_000)])
    followed.add([followed.row(0, type="\x1b[31m\n" + "x" * 500)])
    followed.store.info()
    out = capsys.readouterr().out
    assert "2,001 rows, 18 columns\n" in out
    assert "timestamp: 2023-11-14T22:13:18.000000Z to 2023-11-14T22:13:20.000000Z\n" in out
    assert "out of order: 1,333 of all rows ever added\n" in out
    assert "  t00: 167\n" in out
    assert "  and 3 more types\n" in out
    followed.store.tail(1)
    followed.store.between("1s", None).where(resource_type="workload").info()
    followed.store.max_rows = 1
    followed.store.info()
    out = capsys.readouterr().out
    assert r"  \x1b[31m\nxxxx" in out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) < 90


def test_reading_while_rows_come() -> None:
    """Each verb reads one moment: its columns fit together, whatever is written meanwhile."""
    store = EventStore(max_rows=500)
    batch = many(97)
    done = threading.Event()

    def write() -> None:
        for _ in range(300):
            store.take(batch)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not done.is_set():
            for readable in (store, store.where(project_id="p-1"), store.since("1970-01-01")):
                table = readable.to_arrow()
                table.validate(full=True)
                seqs = table["seq"].to_pylist()
                assert seqs == sorted(set(seqs))
                assert table["data"].null_count == 0
                counts: Any = readable.counts("365D")
                assert counts.sum() <= 500
                tail = readable.tail(3)
                assert tail["data"].notna().all()
    finally:
        writer.join()
    assert 500 == len(store)


def test_between_the_wrong_way_round() -> None:
    """An interval that ends before it begins is refused, with the other way round; an empty one is not."""
    store = EventStore()
    with pytest.raises(ArgumentError, match=r"did you mean between\('10min', '5min'\)\?"):
        store.between("5min", "10min")
    assert 0 == len(store.between("2026-11-24", "2026-11-24"))
