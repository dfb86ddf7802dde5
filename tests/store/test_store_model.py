"""`EventStore` against the simplest thing that could be right: a list of rows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_rows import assert_contract, cut_small

from sse_notebook.store import EventStore

payloads = st.fixed_dictionaries(
    {"event_type": st.sampled_from(["build_failed", "edit", "heartbeat"])},
    optional={"n": st.integers(0, 9) | st.text(max_size=3), "workload_id": st.sampled_from(["wl-1", "wl-2"])},
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), payloads),
        st.tuples(st.just("add_events"), st.lists(payloads, max_size=7)),
        st.tuples(st.just("again"), st.integers(0, 20)),
        st.tuples(st.just("clear"), st.none()),
        st.tuples(st.just("max_events"), st.integers(0, 6)),
        st.tuples(st.just("max_rows"), st.integers(1, 9)),
        st.tuples(st.just("read"), st.sampled_from([[], True, ["n", "no"]])),
        st.tuples(st.just("scan"), st.integers(-1, 25)),
    ),
    max_size=12,
)


class Model:
    """What the store is said to do, done with lists of dictionaries and no thought of speed."""

    def __init__(self, max_events: int, max_rows: int) -> None:
        self.max_events, self.max_rows = max_events, max_rows
        self.rows: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.count = self.evicted = 0

    def add(self, payload: dict[str, Any]) -> None:
        if payload["event_type"] == "heartbeat":
            return
        row = {"seq": self.count, "payload": payload}
        self.count += 1
        self.rows.append(row)
        self.events.append(row)
        self.settle()

    def settle(self) -> None:
        gone = max(0, len(self.rows) - self.max_rows)
        self.evicted += gone
        self.rows = self.rows[gone:]
        self.events = self.events[max(0, len(self.events) - self.max_events) :]

    def scan(self, after: int) -> list[int]:
        kept = {row["seq"] for row in self.rows} | {row["seq"] for row in self.events}
        return sorted(seq for seq in kept if seq > after)


def check(store: EventStore, model: Model) -> None:
    """Everything that can be asked without reading rows."""
    assert [row["seq"] for row in model.events] == [event.seq for event in store.events]
    assert [row["payload"] for row in model.events] == [event.data for event in store.events]
    assert (model.count, len(model.rows), model.evicted) == (store.count, len(store), store.evicted)
    assert (model.max_events, model.max_rows) == (store.max_events, store.max_rows)


@given(steps, st.integers(0, 6), st.integers(1, 9), st.integers(1, 5))
def test_a_store_is_a_list_of_rows(
    todo: list[tuple[str, Any]], max_events: int, max_rows: int, rows: int
) -> None:
    """Any sequence of adding, clearing, resizing and reading gives what a list of rows gives."""
    with pytest.MonkeyPatch.context() as patch:
        cut_small(patch, rows, narrow=2)
        store, model = EventStore(max_events, max_rows), Model(max_events, max_rows)
        for what, how in todo:
            if what == "add":
                store.add_event(how)
                model.add(how)
            elif what == "add_events":
                store.add_events(how)
                for payload in how:
                    model.add(payload)
            elif what == "again":  # an event that is kept, added once more
                for event in store.events[how : how + 1]:
                    store.add_event(event)
                    model.add(event.data)
            elif what == "clear":
                store.clear_events()
                model.rows, model.events = [], []
            elif what == "scan":
                assert model.scan(how) == [event.seq for event in store.scan(how)]
            elif what == "read":
                assert_rows(store, model, how)
            else:
                setattr(store, what, how)
                setattr(model, what, how)
                model.settle()
            check(store, model)
        assert_rows(store, model, [])
        assert_rows(store, model, ["n"])
        newest = model.count - 1 if store.last_event is not None else None
        assert newest == (store.last_event.seq if store.last_event is not None else None)


def assert_rows(store: EventStore, model: Model, expand: Any) -> None:
    """The rows of `df` are the model's, in order, and so are their payloads' fields."""
    df = store.to_pandas(expand=expand)
    assert_contract(df.iloc[:, :18])
    assert [row["seq"] for row in model.rows] == df.index.tolist()
    assert [row["payload"] for row in model.rows] == [json.loads(raw) for raw in df["data"]]
    assert [row["payload"].get("workload_id") for row in model.rows] == [
        None if gone else who for who, gone in zip(df["workload_id"], df["workload_id"].isna(), strict=True)
    ]
    if "data.n" in df:
        assert [str(row["payload"].get("n", "")) for row in model.rows] == [
            "" if gone else str(n) for n, gone in zip(df["data.n"], df["data.n"].isna(), strict=True)
        ]
