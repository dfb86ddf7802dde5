"""`events.Vocabulary` against whatever may arrive: each message gets its row, and the row can be kept."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.event import checked
from sse_notebook.events.vocabulary import Control
from sse_notebook.wire import Decoder, ServerSentEvent

RECEIVED = 1_700_000_000_000_000
MEGABYTE = 2**20


def row(raw: str, event: str = "message", own_id: str | None = None) -> Event:
    found = Vocabulary().read(ServerSentEvent(event, raw, own_id=own_id), RECEIVED)
    assert isinstance(found, Event), found
    return found


def assert_sound(event: Event) -> None:
    """It can be kept, compared, shown and sent on: values of the right types, and texts that are whole."""
    assert checked(event) is event
    for value in msgspec.structs.astuple(event)[:-1]:
        if isinstance(value, str):
            value.encode()
    assert 0 < event.timestamp_us < 10**17
    assert 1970 <= event.timestamp.year <= 5138
    assert event == event
    assert len(repr(event)) < 400
    assert event.to_dict("camel")["timestamp"]


FIELDS = ("event_type", "type", "timestamp", "workload_id", "status", "severity", "priority", "message")

HOSTILE = {
    "not JSON": "[DONE]",
    "empty": "",
    "white": " \t ",
    "number": "42",
    "true": "true",
    "null": "null",
    "text": '"hello"',
    "array": '[{"event_type": "build_failed"}]',
    "100,000 [": "[" * 100_000,
    "deep objects": '{"data":' * 100_000,
    "deep and closed": '{"workload_id": "w", "a": ' + "[" * 800 + "]" * 800 + "}",
    "lone surrogate escaped": r'{"message": "\ud800", "workload_id": "\udfff"}',
    "lone surrogate": '{"message": "\ud800"}',
    "lone surrogate, no JSON": "\ud800 \udfff",
    "NaN": '{"timestamp": NaN, "priority": NaN, "workload_id": NaN, "severity": NaN, "message": NaN}',
    "Infinity": '{"timestamp": Infinity, "priority": -Infinity, "workload_id": Infinity}',
    "1e400": '{"timestamp": 1e400, "priority": 1e400, "workload_id": 1e400}',
    "2**70": json.dumps(dict.fromkeys(("timestamp", "priority", "workload_id"), 2**70)),
    "5,000 digits": f'{{"timestamp": {"9" * 5_000}, "workload_id": {"9" * 5_000}}}',
    "__proto__": '{"event_type": "__proto__", "__proto__": {"status": "x"}, "constructor": {}}',
    "objects for texts": json.dumps({name: {"a": [1]} for name in FIELDS}),
    "1 MB message": json.dumps({"message": "x" * MEGABYTE}),
    "1 MB type": json.dumps({"event_type": "x" * MEGABYTE}),
    "1 MB of digits for a time": json.dumps({"timestamp": "9" * MEGABYTE}),
    "1 MB, no JSON": "é" * MEGABYTE,
    "HTML": "<!doctype html><html><body><script>alert(1)</script><h1>502 Bad Gateway</h1></body></html>",
    "control characters": json.dumps({"message": "\x00\x1b[31m\x9b\u202e", "status": "\r\n"}),
    "duplicate names": '{"status": "a", "status": "b"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_each_gets_its_row(name: str) -> None:
    """Whatever the payload is, the row is sound, and holds the text as it came."""
    event = row(HOSTILE[name], own_id="17")
    assert_sound(event)
    assert HOSTILE[name].encode("utf-8", "replace").decode() == event.raw
    assert "17" == event.id


@pytest.mark.parametrize("name", ["not JSON", "HTML", "100,000 [", "deep objects", "1 MB, no JSON"])
def test_text_is_its_own_message(name: str) -> None:
    """What is no JSON, or too deep to be read, is an ordinary row with the text as message and data."""
    event = row(HOSTILE[name])
    assert ("message", "info", HOSTILE[name]) == (event.type, event.severity, event.message)
    assert HOSTILE[name] == event.data


def test_nonsense_is_nothing() -> None:
    """Numbers that are none have no place in a row; an infinite id is at least seen."""
    nan = row(HOSTILE["NaN"])
    assert (RECEIVED, None, None, None) == (nan.timestamp_us, nan.priority, nan.workload_id, nan.message)
    assert (RECEIVED, None, "inf") == (
        row(HOSTILE["1e400"]).timestamp_us,
        row(HOSTILE["1e400"]).priority,
        row(HOSTILE["1e400"]).workload_id,
    )
    assert str(2**70) == row(HOSTILE["2**70"]).workload_id


def test_every_part_of_a_message_may_be_broken() -> None:
    """Lone surrogates in the data, the event's name and its id are replaced: none would get past Arrow."""
    event = row("\ud800", "\udbff", "\udfff")
    assert_sound(event)
    assert ("?", "?", "?") == (event.raw, event.type, event.id)


def test_what_the_wire_brings_of_broken_bytes() -> None:
    """Bytes that are no UTF-8, come through the real decoder, give a sound row too."""
    (message,) = Decoder().feed(b'event: \xff\nid: \xc3\x28\ndata: {"message": "\xed\xa0\x80"}\n\n')
    event = row(message.data, message.event, message.own_id)
    assert_sound(event)
    assert {"message": "\ufffd" * 3} == event.data


NAMES = (
    *(
        "event_type",
        "eventType",
        "type",
        "timestamp",
        "status",
        "severity",
        "level",
        "priority",
        "message",
        "error",
    ),
    *(
        "reason",
        "description",
        "data",
        "metadata",
        "resource_type",
        "resource_id",
        "workload_id",
        "workloadId",
    ),
    *("build_id", "x"),
)
WORDS = st.sampled_from(
    ["connected", "heartbeat", "build_failed", "workload.running", "warn", "soon", "9" * 30]
)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5) | WORDS
)
values = st.recursive(
    scalars,
    lambda v: st.lists(v, max_size=2) | st.dictionaries(st.sampled_from(NAMES), v, max_size=3),
    max_leaves=8,
)
payloads = st.dictionaries(st.sampled_from(NAMES), values, max_size=8)
raws = payloads.map(json.dumps) | values.map(json.dumps) | st.text(st.characters(), max_size=20)
texts = st.text(st.characters(), max_size=5) | WORDS


@given(raws, texts, st.none() | texts)
@example('{"timestamp": 1e-9}', "message", None)
def test_anything_is_a_row_or_control(raw: str, event: str, own_id: str | None) -> None:
    """Any text under any name: exactly one of a sound row and a control message, never an error."""
    found = Vocabulary().read(ServerSentEvent(event, raw, own_id=own_id), RECEIVED)
    if isinstance(found, Control):
        assert found.name in ("connected", "heartbeat")
    else:
        assert isinstance(found, Event)
        assert_sound(found)


answers = values | st.binary(max_size=3) | st.datetimes() | st.tuples(scalars, scalars)


@given(
    raws,
    st.dictionaries(st.sampled_from(["type", "id", "timestamp", "severity", "message", "resource"]), answers),
)
def test_any_answer_of_a_rule_is_a_row(raw: str, said: dict[str, Any]) -> None:
    """Whatever the user's callables answer, the row is sound."""
    rules: dict[str, Any] = {name: lambda payload, answer=answer: answer for name, answer in said.items()}
    found = Vocabulary(**rules).read(ServerSentEvent(data=raw), RECEIVED)
    if isinstance(found, Event):
        assert_sound(found)
