"""`events.Event`: a row as an object."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.event import changed, checked, number
from sse_notebook.wire import ServerSentEvent

RECEIVED = 1_700_000_000_000_000


def read(payload: Any, event: str = "message", own_id: str | None = None) -> Event:
    """The event that this payload gives."""
    raw = payload if isinstance(payload, str) else json.dumps(payload)
    found = Vocabulary().read(ServerSentEvent(event, raw, own_id=own_id), RECEIVED, source="test")
    assert isinstance(found, Event)
    return found


RUNNING = {
    "event_type": "workload_status_update",
    "timestamp": 1234567890,
    "cluster_id": "c-1",
    "project_id": "p-1",
    "workload_id": "wl-123",
    "status": "running",
    "message": "up",
    "priority": 2,
    "data": {"replicas": 3},
}


def test_snake_is_the_columns() -> None:
    """`to_dict()` has the columns' names, aware times, and the decoded payload."""
    event = read(RUNNING, own_id="17")
    assert {
        "seq": -1,
        "timestamp": datetime(2009, 2, 13, 23, 31, 30, tzinfo=UTC),
        "received_at": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        "type": "workload.status",
        "event_type": "workload_status_update",
        "id": "17",
        "severity": "success",
        "priority": 2,
        "cluster_id": "c-1",
        "project_id": "p-1",
        "workload_id": "wl-123",
        "resource_type": "workload",
        "resource_id": "wl-123",
        "status": "running",
        "message": "up",
        "origin": "live",
        "after_gap": False,
        "source": "test",
        "data": RUNNING,
    } == event.to_dict()
    assert event.to_dict() == event.to_dict("snake")


def test_camel_is_the_seeds_event() -> None:
    """`to_dict(style="camel")` is the front-end's SSEEvent: ISO time with Z, the nested data, ids it has."""
    event = read(RUNNING, own_id="17")
    assert {
        "id": "17",
        "type": "workload.status",
        "timestamp": "2009-02-13T23:31:30Z",
        "data": {"replicas": 3},
        "clusterId": "c-1",
        "projectId": "p-1",
        "workloadId": "wl-123",
    } == event.to_dict(style="camel")


def test_camel_of_an_event_without_ids() -> None:
    """An event without an id has its `seq` for one, and no keys for what it has not."""
    event = changed(read({"type": "edit", "timestamp": 1234567890, "n": 1}), seq=7)
    assert {
        "id": "7",
        "type": "edit",
        "timestamp": "2009-02-13T23:31:30Z",
        "data": {"type": "edit", "timestamp": 1234567890, "n": 1},
    } == event.to_dict("camel")
    assert "text" == read("text").to_dict("camel")["data"]


@pytest.mark.parametrize("style", ["snake", "camel"])
def test_both_styles_can_be_sent_on(style: str) -> None:
    """A dictionary of either style is made of plain values."""
    assert "wl-123" in json.dumps(read(RUNNING).to_dict(style), default=str)


def test_another_style_is_an_error() -> None:
    """A misspelt style says which there are."""
    with pytest.raises(ArgumentError, match='"snake" or "camel", not \'kebab\''):
        read(RUNNING).to_dict("kebab")


def test_a_dictionary_is_not_the_event() -> None:
    """Writing into what `to_dict` gave does not change the event."""
    event = read(RUNNING)
    event.to_dict()["status"] = "HACK"
    assert "running" == event.status


def test_an_event_is_immutable() -> None:
    """No attribute can be set; `changed` makes another event."""
    event = read(RUNNING)
    with pytest.raises(AttributeError):
        event.status = "stopped"  # type: ignore[misc]
    other = changed(event, status="stopped")
    assert ("running", "stopped") == (event.status, other.status)
    assert event != other


def test_events_are_compared_by_what_came() -> None:
    """The same kept event is equal, whatever objects its payload decodes to: even NaN."""
    one, same, other = (read({"n": math.nan, "workload_id": name}) for name in ("a", "a", "b"))
    assert one == same
    assert not one != same  # noqa: SIM202 - another operator
    assert hash(one) == hash(same)
    assert one != other
    assert one != changed(one, seq=5)
    assert one != changed(one, source="elsewhere")
    assert one != "an event"


def test_numbering_counts_on() -> None:
    """A store gives its events the numbers from `first` on."""
    events = [read(RUNNING), read(RUNNING)]
    number(events, 41)
    assert [41, 42] == [event.seq for event in events]


def test_repr_is_for_people() -> None:
    """It says what happened to what, and stays short."""
    assert "<Event -1 success: workload.status wl-123 running up>" == repr(read(RUNNING))
    assert len(repr(read("x" * 2**20, event="y" * 2**20))) < 300


def test_a_sound_event_is_itself() -> None:
    """Checking changes nothing, and a payload may be anything."""
    for event in (read(RUNNING), read("text"), read("[" * 900 + "]" * 900)):
        assert checked(event) is event


@pytest.mark.parametrize(
    "wrong",
    [
        {"severity": "bad"},
        {"priority": 6},
        {"priority": True},
        {"origin": "elsewhere"},
        {"type": None},
        {"message": 5},
        {"timestamp_us": 1.5},
        {"raw": b"{}"},
        {"after_gap": 1},
    ],
    ids=repr,
)
def test_an_unsound_event_is_an_error(wrong: dict[str, Any]) -> None:
    """An event made by hand with a value that no column can hold is refused, and the message says which."""
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        checked(changed(read(RUNNING), **wrong))
