"""`store.beside`: what would be lost on the way in."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from sse_notebook.errors import ArgumentError
from sse_notebook.store import EventStore

PAYLOADS = [
    {"type": "a", "v": 1, "tags": ["x", {"y": None}], "t": "=1"},
    {"type": "b", "v": 2.5, "big": 2**60},
    {"type": "c", "v": "x", "flag": True, "data": {"inner": 3, "data": {"x": 1}}},
    {"type": "d", "x": 7, "tags": "none", "v": None},
]


def filled() -> EventStore:
    store = EventStore()
    store.add_events(PAYLOADS)
    return store


@pytest.mark.parametrize("expand", [True, ["v", "tags", "inner", "nowhere"]])
@pytest.mark.parametrize("part", [slice(None), slice(0, 2), slice(3, 4)])
def test_payload_columns_that_say_what_the_payload_says(expand: Any, part: slice) -> None:
    """Whatever they were widened to, of all rows or some, in pandas and in Arrow: the events come back."""
    store = filled()
    frame = store.to_pandas(expand=expand)[part]
    for table in (frame, store.to_arrow(expand=expand).slice(part.start or 0, len(frame))):
        kept = EventStore().add_events(table)
        assert [event.raw for event in store.events[part]] == [event.raw for event in kept]


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("data.v", 99, "row 0 the column data.v is 99, but the payload says 1"),
        ("data.new", 99, "data.new is 99, but the payload has no such field"),
        ("data.v", None, "data.v is None, but the payload says 1"),
        ("data.flag", False, "row 0 the column data.flag is False, but the payload has no such field"),
        ("note", "hi", "no place for the column 'note'"),
        ("mesage", "hi", "did you mean message?"),
        (7, "hi", "no place for the column 7"),
    ],
)
def test_what_somebody_wrote_is_not_lost_in_silence(column: Any, cell: Any, said: str) -> None:
    """A payload column that was written into, and one that no event has, are errors; nothing is kept."""
    frame, other = filled().to_pandas(expand=True), EventStore()
    frame[column] = cell
    with pytest.raises(ArgumentError, match=said):
        other.add_events(frame)
    assert 0 == other.count


def test_a_table_of_arrow_is_asked_too() -> None:
    """The same of Arrow, in whatever batch the row is."""
    frame = filled().to_pandas(expand=["v"])
    frame["data.v"] = ["1", "2.5", "y", None]
    with pytest.raises(ArgumentError, match=r"row 2 the column data\.v is 'y', but the payload says 'x'"):
        EventStore().add_events(pa.Table.from_pandas(frame))


def test_columns_of_the_contract_may_be_written_into() -> None:
    """They are the event's own: what they say by now counts; those of `dropped` are ours."""
    frame = filled().df.assign(status="done", reason="evicted", clause="max_rows")
    assert {"done"} == {event.status for event in EventStore().add_events(frame.reset_index())}
