"""`store.schema`: the columns of the contract, whatever is in them, and the way back to objects."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_rows import (
    DTYPES,
    FULL,
    NULLABLE,
    RECEIVED,
    assert_contract,
    cut_small,
    event,
    frame_of,
    many,
    sealed,
)

from sse_notebook.events import Event
from sse_notebook.events.batch import Batch
from sse_notebook.events.event import changed
from sse_notebook.store.columns import Columns, events_of
from sse_notebook.store.schema import STR, TIME, table


@pytest.mark.parametrize("rows", [0, 1, 5_000, 100_000])
def test_columns_are_the_same_at_any_size(rows: int) -> None:
    """Names, order and dtypes do not depend on how many rows there are."""
    df = sealed(many(rows))
    assert rows == len(df)
    assert_contract(df)


@pytest.mark.parametrize("name", NULLABLE)
def test_columns_are_the_same_with_and_without_a_field(name: str) -> None:
    """A field that is in all rows, in some, or in none, has one dtype; where it is not, it is missing."""
    full = event(FULL, own_id="17")
    without = changed(full, **{name: None})
    for rows in ([full], [without], [full, without], [without, full]):
        df = sealed(rows)
        assert_contract(df)
        assert [getattr(row, name) is None for row in rows] == df[name].isna().tolist()


def test_one_row_holds_what_the_event_says() -> None:
    """Each value stands in its column, as pandas knows it."""
    (row,) = sealed([event(FULL, own_id="17", source="s")], "s").reset_index().to_dict("records")
    assert {
        "seq": 0,
        "timestamp": pd.Timestamp("2009-02-13T23:31:30Z"),
        "received_at": pd.Timestamp("2023-11-14T22:13:20Z"),
        "type": "workload.status",
        "event_type": "workload_status_update",
        "id": "17",
        "severity": "success",
        "priority": 2,
        "cluster_id": "c-1",
        "project_id": "p-1",
        "workload_id": "wl-1",
        "resource_type": "workload",
        "resource_id": "wl-1",
        "status": "running",
        "message": "up",
        "origin": "live",
        "after_gap": False,
        "source": "s",
        "data": json.dumps(FULL),
    } == row


def test_severity_is_compared_by_order() -> None:
    """`df.severity >= "warning"` finds warnings and errors, of an empty frame too."""
    df = sealed([event(severity=word) for word in ("error", "info", "warning", "success")])
    assert [True, False, True, False] == (df.severity >= "warning").tolist()
    assert ["info", "success", "warning", "error"] == df.sort_values("severity")["severity"].tolist()
    assert "error" == df.severity.max()
    assert [] == (sealed([]).severity >= "warning").tolist()


def test_empty_and_full_concatenate() -> None:
    """`pd.concat` of an empty and a full frame, either way round, keeps every dtype."""
    empty, full = sealed([]), sealed(many(5))
    for frames in ([empty, full], [full, empty], [empty, empty], [full, full]):
        assert_contract(pd.concat(frames))


def test_frames_of_two_sources_concatenate() -> None:
    """`pd.concat` of two streams keeps every dtype but that of `source`, whose categories differ."""
    one, two = (sealed([event(FULL, source=name)], name) for name in ("one", "two"))
    both = pd.concat([one, two])
    assert DTYPES | {"source": "str"} == {
        name: "str" if name == "source" else str(dtype) for name, dtype in both.dtypes.items()
    }
    assert ["one", "two"] == both["source"].tolist()


PAYLOADS = st.dictionaries(
    st.sampled_from(
        ["event_type", "timestamp", "workload_id", "status", "severity", "priority", "message", "x"]
    ),
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.lists(st.integers(), max_size=2)
    | st.sampled_from(
        ["build_failed", "warn", "error", "", "\x00", "\ufeff", "🙂", "nan", "None", "NaN", "NA"]
    ),
)
RAWS = PAYLOADS.map(json.dumps) | st.text(max_size=20) | st.sampled_from(["", "[DONE]", "null", "[" * 2_000])


@st.composite
def kept_events(draw: st.DrawFn) -> list[Event]:
    return [
        changed(
            event(raw, own_id=draw(st.none() | st.text(max_size=3))),
            origin=draw(st.sampled_from(["live", "resumed", "replayed", "added"])),
            after_gap=draw(st.booleans()),
            source=draw(st.sampled_from(["", "a", "b"])),
        )
        for raw in draw(st.lists(RAWS.filter(lambda raw: "connected" not in raw), min_size=1, max_size=6))
    ]


@given(st.lists(kept_events(), min_size=1, max_size=3), st.sampled_from([1, 2, 100]))
def test_the_way_back(reads: list[list[Event]], rows: int) -> None:
    """Kept rows are the events when they are made events again, types included."""
    with pytest.MonkeyPatch.context() as patch:
        cut_small(patch, rows)
        kept = Columns(1_000_000)
        for read in reads:
            kept.append(Batch.of(read))
        events = [event_ for read in reads for event_ in read]
        back = events_of(kept.version, 0, 100)
        assert events == back
        for event_, again in zip(events, back, strict=True):
            for name in Event.__struct_fields__:
                was, now = getattr(event_, name), getattr(again, name)
                assert (type(was), repr(was)) == (type(now), repr(now)), name
        df = frame_of(kept)
        assert_contract(df)
        for name in ("type", "event_type", "id", "workload_id", "status", "message"):
            shown = [None if text != text else text for text in df[name]]
            assert [getattr(event_, name) for event_ in events] == shown
        assert [event_.raw for event_ in events] == df["data"].tolist()


def test_an_empty_text_is_not_missing() -> None:
    """A payload without a character is an empty text, and comes back as one."""
    df = sealed([event("")])
    assert ([""], [False]) == (df["data"].tolist(), df["data"].isna().tolist())


def test_the_times_of_a_frame_are_exact() -> None:
    """Every microsecond that an event can have survives."""
    events = [
        changed(event(FULL), timestamp_us=us, received_us=RECEIVED) for us in (1, 10**17 - 1, RECEIVED + 1)
    ]
    assert [1, 10**17 - 1, RECEIVED + 1] == sealed(events)["timestamp"].astype("int64").tolist()


@pytest.mark.parametrize("rows", [[], [(0, "a", 1.5)], [(0, "a", 1.5), (1, None, 2.5)]])
def test_a_small_table_is_the_same_when_empty(rows: list[tuple[Any, ...]]) -> None:
    """`table` gives the columns and dtypes that were asked for, whatever the rows."""
    df = table(rows, at=TIME, text=STR, number=np.float64)
    assert {"at": "datetime64[us, UTC]", "text": "str", "number": "float64"} == {
        name: str(dtype) for name, dtype in df.dtypes.items()
    }
    assert len(rows) == len(df)
