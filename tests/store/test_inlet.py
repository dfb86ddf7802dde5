"""`store.inlet`: what `add_events` takes: iterables, DataFrames, tables of Arrow, other stores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from store_rows import FULL, RECEIVED, event, many

from sse_notebook.errors import ArgumentError
from sse_notebook.events.event import changed
from sse_notebook.store import EventStore


def filled() -> EventStore:
    """Full rows and empty ones, of two sources, one of them after a gap."""
    store = EventStore()
    store.take(
        [
            *many(3),
            changed(event(FULL, own_id="9"), source="s", after_gap=True, timestamp_us=RECEIVED + 7),
            event("no JSON: é 🙂"),
        ]
    )
    return store


DOORS: dict[str, Callable[[EventStore], Any]] = {
    "the store itself": lambda store: store,
    "a view of it": lambda store: store.between(None, None),
    "its frame": lambda store: store.df,
    "its frame, the index as a column": lambda store: store.df.reset_index(),
    "its frame with Arrow's types": lambda store: store.to_pandas(dtype_backend="pyarrow"),
    "its frame with payload columns": lambda store: store.to_pandas(expand=True),
    "its table": lambda store: store.to_arrow(),
    "a record batch": lambda store: store.to_arrow().combine_chunks().to_batches()[0],
    "polars": lambda store: store.to_polars(),
    "narwhals": lambda store: nw.from_native(store.to_arrow()),
    "DuckDB": lambda store: duckdb.from_arrow(store.to_arrow()).to_arrow_table(),
    "its events": lambda store: store.events,
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_a_table_of_ours_gives_back_its_events(door: Callable[[EventStore], Any]) -> None:
    """Out by any door and in again: the same rows, but for their number and how they came."""
    store, other = filled(), EventStore()
    kept = other.add_events(door(store))
    assert [changed(e, seq=n, origin="added") for n, e in enumerate(store.events)] == kept == other.events
    pd.testing.assert_frame_equal(
        store.df.drop(columns=["origin", "source"]), other.df.drop(columns=["origin", "source"])
    )
    assert store.df["source"].tolist() == other.df["source"].tolist()


def test_of_ours_the_columns_that_must_be() -> None:
    """A table with these alone is one of ours: what else an event has is missing, or as if added by hand."""
    store, other = filled(), EventStore()
    other.add_events(store.df[["timestamp", "type", "event_type", "severity", "data"]])
    assert [e.raw for e in store.events] == [e.raw for e in other.events]
    assert [e.timestamp_us for e in store.events] == [e.received_us for e in other.events]
    last = other.events[3]
    assert ("added", False, "", None, None) == (
        last.origin, last.after_gap, last.source, last.id, last.workload_id,
    )  # fmt: skip


def test_other_columns_are_a_payload() -> None:
    """Each row of any other table is a payload, without what is missing in it."""
    frame = pd.DataFrame(
        {
            "type": ["build_failed", None],
            "build_id": ["b-1", None],
            "timestamp": pd.to_datetime(["2026-11-24T10:00:00Z", None]),
            "size": [1, 2],
        }
    )
    for table in (frame, pa.Table.from_pandas(frame), pl.DataFrame(frame), frame.set_index("type")):
        store = EventStore()
        one, two = store.add_events(table)
        assert ("build.failed", "build", "b-1", "error") == (
            one.type, one.resource_type, one.resource_id, one.severity,
        )  # fmt: skip
        assert "2026-11-24T10:00:00+00:00" == one.timestamp.isoformat()
        assert {"size": 2} == two.data
        assert ["added", "added"] == store.df["origin"].tolist()


def test_a_column_of_several_types_is_a_payload_too() -> None:
    """Arrow refuses such a column; each value of it is what it is, and what is missing is left out."""
    parts: list[Any] = [1, "two", [3], {"four": 4}, None, float("nan"), 2**70, True]
    frame = pd.DataFrame({"type": "edit", "part": pd.Series(parts, dtype=object), "n": range(8)})
    store = EventStore()
    store.add_events(frame)
    told = [{} if number in (4, 5) else {"part": part} for number, part in enumerate(parts)]
    assert [{"type": "edit", **part, "n": n} for n, part in enumerate(told)] == [e.data for e in store.events]
    with pytest.raises(ArgumentError, match="two columns 'part'"):
        store.add_events(pd.concat([frame, frame[["part"]]], axis=1))


def test_an_empty_table_has_no_events() -> None:
    """Neither one of ours nor another."""
    store = EventStore()
    for table in (store, store.df, store.to_arrow(), pd.DataFrame(), pd.DataFrame({"type": []})):
        assert [] == store.add_events(table)
    assert 0 == store.count


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"type": "edit"}, "add_event"),
        (event(FULL), "add_event"),
        ("edit", "not str"),
        (b"edit", "not bytes"),
        (7, "not int"),
        (None, "not NoneType"),
        ([1], "not int"),
        (["edit"], "not str"),
        (pd.Series([1]), "can't read this table"),
    ],
)
def test_what_has_no_events(wrong: Any, said: str) -> None:
    """An error that says what was given and what would do; nothing is kept."""
    store = EventStore()
    with pytest.raises(ArgumentError, match=said):
        store.add_events(wrong)
    assert 0 == store.count


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("severity", "purple"), ("timestamp", "now"), ("type", 7), ("priority", 9), ("origin", "elsewhere")],
)
def test_a_table_of_ours_with_a_wrong_value(name: str, wrong: Any) -> None:
    """The error says which value is wrong; none of the rows is kept."""
    frame = filled().df.astype(object)
    frame[name] = wrong
    store = EventStore()
    with pytest.raises(ArgumentError, match=name):
        store.add_events(frame)
    assert 0 == store.count
