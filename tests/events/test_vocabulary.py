"""`events.Vocabulary`: one canonical row, whatever spelling the server has."""

from __future__ import annotations

import doctest
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event, Vocabulary, vocabulary
from sse_notebook.events.rules import OfMessage
from sse_notebook.events.vocabulary import Control
from sse_notebook.wire import ServerSentEvent

RECEIVED = 1_700_000_000_000_000
SEED_TIME = 1_234_567_890_000_000

Payload = dict[str, Any]


def read(
    payload: Any, event: str = "message", own_id: str | None = None, by: Vocabulary | None = None
) -> Event | Control | None:
    """What this payload (text, or a value to be sent as JSON) means."""
    raw = payload if isinstance(payload, str) else json.dumps(payload)
    return (by or Vocabulary()).read(ServerSentEvent(event, raw, own_id=own_id), RECEIVED, source="test")


def row(
    payload: Any, event: str = "message", own_id: str | None = None, by: Vocabulary | None = None
) -> Event:
    """The row that this payload gives."""
    found = read(payload, event, own_id, by)
    assert isinstance(found, Event), found
    return found


def but_for_the_text(event: Event) -> Payload:
    """All of a row that does not depend on how its payload was spelt."""
    return {
        name: value for name, value in msgspec.structs.asdict(event).items() if name not in ("raw", "data")
    }


# -- names -----------------------------------------------------------------------------------------------

# Every way in which a server may say the name of a type: (payload, SSE event).
WAYS: dict[str, Callable[[str], tuple[Payload, str]]] = {
    "event_type": lambda name: ({"event_type": name}, "message"),
    "eventType": lambda name: ({"eventType": name}, "message"),
    "both, as in the seed": lambda name: ({"event_type": name}, name),
    "event": lambda name: ({}, name),
    "type": lambda name: ({"type": name}, "message"),
    "nested event_type": lambda name: ({"data": {"event_type": name}}, "message"),
    "nested type": lambda name: ({"data": {"type": name}}, "message"),
    "metadata": lambda name: ({"metadata": {"eventType": name}}, "message"),
}

# Every type of the seed: (name on the wire, canonical type, status, severity).
TYPES = [
    ("workload_status_update", "workload.status", None, "info"),
    ("project_status_update", "project.status", None, "info"),
    ("cluster_status_update", "cluster.status", None, "info"),
    ("build_complete", "build.completed", None, "success"),
    ("build_failed", "build.failed", None, "error"),
    ("error_report", "error.report", None, "error"),
    ("cluster.connected", "cluster.status", "connected", "success"),
    ("cluster.disconnected", "cluster.status", "disconnected", "warning"),
    ("project.created", "project.status", "created", "info"),
    ("workload.running", "workload.status", "running", "success"),
    ("build.completed", "build.completed", None, "success"),
    # and their kin
    ("build.failed", "build.failed", None, "error"),
    ("build_started", "build.started", None, "info"),
    ("workload.failed", "workload.status", "failed", "error"),
    ("addon.installed", "addon.status", "installed", "info"),
    ("__proto__", "__proto__", None, "info"),
    ("edit", "edit", None, "info"),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "type", "status", "severity"), TYPES)
def test_a_type_has_one_canonical_row(
    way: str,
    name: str,
    type: str,  # noqa: A002 - the column's name
    status: str | None,
    severity: str,
) -> None:
    """Each type of the seed gives its canonical row, in whichever field its name stands."""
    event = row(*WAYS[way](name))
    assert (type, name, status, severity) == (event.type, event.event_type, event.status, event.severity)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["connected", "heartbeat"])
def test_control_messages_take_no_row(way: str, name: str) -> None:
    """`connected` and `heartbeat` are about the connection, in every spelling."""
    payload, event = WAYS[way](name)
    assert Control(name, payload) == read(payload, event)


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        ({"event_type": "cluster.connected"}, "connected"),
        ({"event_type": "cluster_status_update", "type": "connected"}, "message"),
        ({"status": "connected"}, "cluster_status_update"),
        ({"type": "connected"}, "cluster.connected"),
    ],
)
def test_a_cluster_that_connects_is_data(payload: Payload, event: str) -> None:
    """Stream `connected` and `cluster.connected` are never taken for each other."""
    assert "cluster.status" == row(payload, event).type


def test_an_error_report_is_data() -> None:
    """An `error_report` is a row, as is an event that is named `error`: never a transport error."""
    report = row({"event_type": "error_report", "error": "disk full"}, "error_report")
    assert ("error.report", "disk full") == (report.type, report.message)
    assert "error" == row("boom", "error").type


@pytest.mark.parametrize("said", [None, "", 5, ["x"], {"name": "x"}])
def test_names_have_an_order(said: Any) -> None:
    """Payload `event_type`, then the SSE event unless `message`, then payload `type`, then `message`.

    What is no name (absent, empty, a number, an object) is passed over.
    """
    every: Payload = {"event_type": "first", "type": "third"}
    assert "first" == row(every, "second").type
    assert "second" == row(every | {"event_type": said}, "second").type
    assert "third" == row(every | {"event_type": said}).type
    assert "message" == row({"event_type": said, "type": said}).type
    assert "nested" == row({"event_type": said, "data": {"event_type": "nested"}}, "second").type


# -- spellings -------------------------------------------------------------------------------------------

FIELDS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    # canonical name: (the other casing, values)
    "event_type": ("eventType", st.sampled_from([name for name, *_ in TYPES])),
    "timestamp": (
        "timestamp",
        st.sampled_from([1234567890, "1234567890000", "2009-02-13T23:31:30Z", -1, "soon"]),
    ),
    "cluster_id": ("clusterId", st.sampled_from(["c-1", 7, "", None])),
    "project_id": ("projectId", st.sampled_from(["p-1", 8, 0.5, True])),
    "workload_id": ("workloadId", st.sampled_from(["wl-1", 9, []])),
    "build_id": ("buildId", st.sampled_from(["b-1", 10])),
    "addon_id": ("addonId", st.sampled_from(["a-1", 11])),
    "resource_type": ("resourceType", st.sampled_from(["workload", "Build", "pod", "cluster"])),
    "resource_id": ("resourceId", st.sampled_from(["r-1", 12])),
    "status": ("status", st.sampled_from(["Running", "failed", 200, {"phase": "x"}])),
    "severity": ("severity", st.sampled_from(["warn", "CRITICAL", "purple", 3])),
    "level": ("level", st.sampled_from(["info", "error"])),
    "priority": ("priority", st.sampled_from([1, "5", 3.0, 0, 6, True, "high"])),
    "message": ("message", st.sampled_from(["hello", "", None])),
    "error": ("error", st.sampled_from(["broken", {"message": "nested"}, True])),
    "reason": ("reason", st.sampled_from(["OOMKilled", 137])),
    "description": ("description", st.sampled_from(["long"])),
}


@st.composite
def twins(draw: st.DrawFn) -> tuple[Payload, Payload]:
    """The same fields twice: flat in snake_case, and each in any casing, at any of the three places."""
    flat: Payload = {}
    other: Payload = {}
    for name in draw(st.lists(st.sampled_from(list(FIELDS)), unique=True)):
        camel, strategy = FIELDS[name]
        flat[name] = draw(strategy)
        place = draw(st.sampled_from([None, "data", "metadata"]))
        part = other if place is None else other.setdefault(place, {})
        part[draw(st.sampled_from([name, camel]))] = flat[name]
    return flat, other


@given(twins(), st.sampled_from(["message", "workload_status_update"]))
def test_twins_give_the_same_row(pair: tuple[Payload, Payload], event: str) -> None:
    """Both casings, flat, nested in `data` or in `metadata`: identical but for the text itself."""
    flat, other = (row(payload, event) for payload in pair)
    assert but_for_the_text(flat) == but_for_the_text(other)
    assert [json.dumps(payload) for payload in pair] == [flat.raw, other.raw]


def test_the_top_level_goes_first() -> None:
    """Where a field stands twice, the top level counts, then `data`, then `metadata`."""
    nested = {"data": {"status": "second"}, "metadata": {"status": "third"}}
    assert "first" == row({"status": "first", **nested}).status
    assert "second" == row(nested).status
    assert "third" == row({"data": {}, "metadata": {"status": "third"}}).status


@pytest.mark.parametrize("nested", ["text", 5, None, [], [{"status": "x"}]])
def test_what_is_no_object_holds_no_fields(nested: Any) -> None:
    """`data` and `metadata` that are something else than objects are left alone."""
    assert row({"data": nested, "metadata": nested}).status is None


# -- fields ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        1234567890,
        1234567890000,
        1234567890000000,
        1234567890000000000,
        1234567890.0,
        "1234567890",
        "1234567890.0",
        "2009-02-13T23:31:30",
        "2009-02-14T01:31:30+02:00",
    ],
)
def test_the_time_is_the_events_own(value: Any) -> None:
    """A time in any unit or spelling is `timestamp`; when it came is `received_at`."""
    event = row({"timestamp": value})
    assert datetime(2009, 2, 13, 23, 31, 30, tzinfo=UTC) == event.timestamp
    assert (SEED_TIME, RECEIVED) == (event.timestamp_us, event.received_us)


@pytest.mark.parametrize(
    "said",
    [
        "-1",
        "0",
        "true",
        "1e30",
        "NaN",
        "1e400",
        '""',
        '"soon"',
        '"0001-01-01T00:00:00Z"',
        '"9999-12-31T23:59:59Z"',
        '{"seconds": 1234567890}',
        "[1234567890]",
        "null",
        str(2**70),
    ],
)
def test_an_absurd_time_is_the_time_of_arrival(said: str) -> None:
    """Nonsense for a time is no time; one that stands deeper and makes sense is preferred to none."""
    assert RECEIVED == row('{"timestamp": %s}' % said).timestamp_us  # noqa: UP031 - braces
    assert SEED_TIME == row('{"timestamp": %s, "data": {"timestamp": 1234567890}}' % said).timestamp_us  # noqa: UP031


@pytest.mark.parametrize(
    ("payload", "resource"),
    [
        ({}, (None, None)),
        ({"cluster_id": "c"}, ("cluster", "c")),
        ({"cluster_id": "c", "project_id": "p"}, ("project", "p")),
        ({"cluster_id": "c", "project_id": "p", "addon_id": "a"}, ("addon", "a")),
        ({"cluster_id": "c", "project_id": "p", "addon_id": "a", "workload_id": "w"}, ("workload", "w")),
        ({"cluster_id": "c", "project_id": "p", "workload_id": "w", "build_id": "b"}, ("build", "b")),
        ({"workload_id": "w", "resource_type": "cluster", "cluster_id": "c"}, ("cluster", "c")),
        ({"workload_id": "w", "resource_type": "Workload"}, ("Workload", "w")),
        ({"workload_id": "w", "resource_type": "pod"}, ("pod", None)),
        ({"workload_id": "w", "resource_type": "pod", "resource_id": "x"}, ("pod", "x")),
        ({"resource_type": "pod"}, ("pod", None)),
        ({"resource_id": "x"}, (None, "x")),
        ({"workload_id": 5}, ("workload", "5")),
        ({"workload_id": True, "project_id": "p"}, ("project", "p")),
        ({"workload_id": "", "project_id": "p"}, ("project", "p")),
        ({"buildId": "b", "workload_id": "w"}, ("build", "b")),
    ],
    ids=repr,
)
def test_the_resource_is_the_most_specific(payload: Payload, resource: tuple[str | None, str | None]) -> None:
    """Build before workload, addon, project, cluster; what the payload says itself goes first."""
    event = row(payload)
    assert resource == (event.resource_type, event.resource_id)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"message": "m", "error": "e", "reason": "r", "description": "d"}, "m"),
        ({"error": "e", "reason": "r", "description": "d"}, "e"),
        ({"reason": "r", "description": "d"}, "r"),
        ({"description": "d"}, "d"),
        ({"message": "", "error": None, "reason": "r"}, "r"),
        ({"message": {"message": "inner"}}, "inner"),
        ({"error": {"message": "inner", "code": 5}}, "inner"),
        ({"error": {"code": 5}, "reason": "r"}, "r"),
        ({"error": True, "reason": "r"}, "r"),
        ({"error": "top", "data": {"message": "nested"}}, "nested"),
        ({"message": 404}, "404"),
        ({"message": ["a"]}, None),
        ({}, None),
        ([], None),
        ("not JSON", "not JSON"),
        ('"JSON text"', "JSON text"),
        ("5", "5"),
        ("1.5", "1.5"),
        ("true", None),
        ("null", None),
        ("NaN", None),
        ("", None),
    ],
    ids=repr,
)
def test_the_message_has_fallbacks(payload: Any, message: str | None) -> None:
    """`message`, else `error`, `reason`, `description`; of what is no object, the text."""
    assert message == row(payload).message


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("wl-1", "wl-1"),
        (5, "5"),
        (2**70, str(2**70)),
        (0, "0"),
        (1.5, "1.5"),
        (True, None),
        ("", None),
        ([1], None),
    ],
    ids=repr,
)
def test_an_id_is_text(value: Any, text: str | None) -> None:
    """Ids that come as numbers are text, every digit kept; what is no id is none."""
    assert text == row({"workload_id": value}).workload_id


@pytest.mark.parametrize(
    ("payload", "status", "severity"),
    [
        ({"type": "workload.running"}, "running", "success"),
        ({"type": "workload.running", "status": "degraded"}, "degraded", "warning"),
        ({"type": "workload.running", "status": ""}, "running", "success"),
        ({"type": "workload.running", "status": {"phase": "x"}}, "running", "success"),
        ({"type": "build.completed", "status": 0}, "0", "success"),
    ],
    ids=repr,
)
def test_the_status_is_what_is_said_or_what_the_type_implies(
    payload: Payload, status: str, severity: str
) -> None:
    """The payload's own word counts; where it has none, the one that the type's name implies."""
    event = row(payload)
    assert (status, severity) == (event.status, event.severity)


@pytest.mark.parametrize(("own_id", "kept"), [("17", "17"), (None, None), ("", None), ("é🙂", "é🙂")])
def test_the_events_id_is_the_wires(own_id: str | None, kept: str | None) -> None:
    """`id` is what stood in the event's own block, and nothing where nothing stood."""
    assert kept == row({"id": "payload's"}, own_id=own_id).id


@pytest.mark.parametrize(
    ("value", "priority"),
    [
        *((n, n) for n in range(1, 6)),
        ("1", 1),
        (5.0, 5),
        *(
            (nonsense, None)
            for nonsense in (0, 6, -1, 1.5, 2**70, True, "", "high", "10", [1], {"n": 1}, None)
        ),
    ],
    ids=repr,
)
def test_a_priority_is_one_to_five(value: Any, priority: int | None) -> None:
    """1 is the worst, 5 the least; anything else is no priority."""
    assert priority == row({"priority": value}).priority


@pytest.mark.parametrize(
    ("payload", "severity"),
    [
        ({"severity": "critical", "level": "info"}, "error"),
        ({"severity": "purple", "level": "warn"}, "warning"),
        ({"severity": 3, "status": "failed"}, "error"),
        ({"severity": "purple", "data": {"severity": "warn"}}, "warning"),
        ({"level": "debug", "event_type": "build_failed"}, "info"),
        ({"event_type": "build_failed"}, "error"),
        ({"status": "CrashLoopBackOff"}, "error"),
        ({}, "info"),
    ],
    ids=repr,
)
def test_severity_is_what_is_said_or_what_it_speaks_of(payload: Payload, severity: str) -> None:
    """The event's own word counts; then its level; then what its type and status speak of."""
    assert severity == row(payload).severity


def test_the_rest_is_as_told() -> None:
    """Origin and source are the caller's; the text is kept exactly, the payload decoded."""
    raw = '{ "b": 1,\n "a": [1.0, 2e3] }'
    event = Vocabulary().read(ServerSentEvent(data=raw), RECEIVED, source="s", origin="resumed")
    assert isinstance(event, Event)
    assert (-1, "s", "resumed", False) == (event.seq, event.source, event.origin, event.after_gap)
    assert (raw, {"b": 1, "a": [1.0, 2000.0]}) == (event.raw, event.data)


# -- a user's own vocabulary -----------------------------------------------------------------------------

QUAKE = {
    "id": 7,
    "properties": {"mag": 5.1, "time": 1234567890000, "place": "Fiji", "net": "us", "kind": "quake"},
}


def test_rules_are_paths() -> None:
    """A dotted path says where a value stands."""
    by = Vocabulary(
        type="properties.kind",
        id="id",
        timestamp="properties.time",
        severity="properties.alert",
        message="properties.place",
        resource="properties.net",
    )
    event = row(QUAKE, "edit", own_id="wire's", by=by)
    assert ("quake", "edit", "7", SEED_TIME) == (event.type, event.event_type, event.id, event.timestamp_us)
    assert ("info", "Fiji", None, "us") == (
        event.severity,
        event.message,
        event.resource_type,
        event.resource_id,
    )


def test_status_and_priority_may_stand_elsewhere_too() -> None:
    """A rule says where they are, before the usual places; a status speaks of severity, as always."""
    payload = {"state": {"now": "failed"}, "status": "ok", "urgency": 5, "priority": 4}
    event = row(payload, by=Vocabulary(status="state.now", priority=lambda payload: 6 - payload["urgency"]))
    assert ("failed", "error", 1) == (event.status, event.severity, event.priority)
    assert ("ok", 4) == (row(payload).status, row(payload).priority)


def test_a_rule_may_be_given_the_message() -> None:
    """`OfMessage` is given the payload and the message, which has a name and an id; it may raise too."""
    reports = []
    by = Vocabulary(
        resource=OfMessage(lambda payload, message: (message.event, payload)),
        message=OfMessage(lambda payload, message: f"{message.own_id} of {payload}"),
        status=OfMessage(lambda payload, message: 1 / 0),
    )
    message = ServerSentEvent("delete", "17", own_id="3")
    event = by.read(message, RECEIVED, report=lambda where, error: reports.append(where))
    assert isinstance(event, Event)
    assert ("delete", "17", "3 of 17") == (event.resource_type, event.resource_id, event.message)
    assert ["vocabulary status"] == reports


def test_rules_are_callables() -> None:
    """A callable is given the decoded payload; a resource may be a kind and an id."""
    by = Vocabulary(
        type=lambda quake: "earthquake",
        id=lambda quake: quake["id"],
        timestamp=lambda quake: datetime(2009, 2, 13, 23, 31, 30, tzinfo=UTC),
        severity=lambda quake: "warn" if quake["properties"]["mag"] >= 5 else "info",
        message=lambda quake: f"M {quake['properties']['mag']}",
        resource=lambda quake: ("network", quake["properties"]["net"]),
    )
    event = row(QUAKE, by=by)
    assert ("earthquake", "7", SEED_TIME) == (event.type, event.id, event.timestamp_us)
    assert ("warning", "M 5.1") == (event.severity, event.message)
    assert ("network", "us") == (event.resource_type, event.resource_id)


def test_a_rule_may_compute_with_numpy() -> None:
    """Its numbers and times are as good as Python's; a pair may be a list, and a day is a time."""
    by = Vocabulary(
        id=lambda quake: np.int64(quake["id"]),
        timestamp=lambda quake: np.datetime64("2009-02-13T23:31:30"),
        severity=lambda quake: np.array(["info", "error"])[1],
        message=lambda quake: np.float32(0.5),
        resource=lambda quake: ["network", np.int8(5)],
        priority=lambda quake: np.int8(2),
    )
    event = row(QUAKE, by=by)
    assert ("7", SEED_TIME, "error", "0.5") == (event.id, event.timestamp_us, event.severity, event.message)
    assert ("network", "5", 2) == (event.resource_type, event.resource_id, event.priority)
    event = row(QUAKE, by=Vocabulary(timestamp=lambda quake: date(2009, 2, 14)))
    assert SEED_TIME + 28 * 60 * 1_000_000 + 30 * 1_000_000 == event.timestamp_us
    for none in (np.datetime64("NaT", "us"), [1, 2, 3], np.bool_(True)):
        event = row(QUAKE, by=Vocabulary(timestamp=lambda quake, none=none: none))
        assert row(QUAKE).timestamp_us == event.timestamp_us


RULES = ("type", "id", "timestamp", "severity", "message", "resource", "status", "priority", "discard")
PLAIN = {
    "event_type": "build_failed",
    "timestamp": 1234567890,
    "severity": "warn",
    "message": "m",
    "build_id": "b",
}


@pytest.mark.parametrize(
    "found", ["nothing.there", lambda payload: None, lambda payload: {}, lambda payload: ""]
)
def test_a_rule_that_finds_nothing_leaves_the_built_in_reading(found: Any) -> None:
    """Where a rule has no answer, or one of no use, the platform's way is tried."""
    by = Vocabulary(**dict.fromkeys(RULES, found))
    assert row(PLAIN, own_id="17") == row(PLAIN, own_id="17", by=by)


class Unhelpful:
    """What even its truth can't be asked of."""

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")


@pytest.mark.parametrize("name", RULES)
def test_a_rule_that_raises_is_reported_and_passed_over(name: str) -> None:
    """An error of the user's callable is told with its name; the row is as without that rule."""
    reports = []
    by = Vocabulary(**{name: lambda payload: payload["no such"]})
    message = ServerSentEvent(data=json.dumps(PLAIN), own_id="17")
    found = by.read(
        message, RECEIVED, source="test", report=lambda where, error: reports.append((where, repr(error)))
    )
    assert row(PLAIN, own_id="17") == found
    assert [(f"vocabulary {name}", "KeyError('no such')")] == reports
    assert row(PLAIN, own_id="17") == row(PLAIN, own_id="17", by=by)  # and nobody need listen


ANSWERS = {
    "no truth": Unhelpful(),
    "array": np.array([1, 2]),
    "NaN": float("nan"),
    "lone surrogate": "\ud800",
    "bytes": b"x",
    "class": object,
    "5,000 digits": 10**5_000,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("name", RULES)
def test_a_rule_may_answer_anything(name: str, answer: Any) -> None:
    """Whatever a callable returns, there is a sound row (or, of `discard`, none)."""
    found = read(PLAIN, by=Vocabulary(**{name: lambda payload: answer}))
    if isinstance(found, Event):
        assert all(
            value.encode() for value in msgspec.structs.astuple(found) if isinstance(value, str) and value
        )
        assert found.timestamp_us in (SEED_TIME, RECEIVED)
    else:
        assert ("discard", None) == (name, found)


def test_discard_gives_nothing() -> None:
    """Where `discard` says something true there is no row; a path does as well as a callable."""
    by = Vocabulary(discard="meta.canary")
    assert read({"meta": {"canary": True}}, by=by) is None
    assert row({"meta": {"canary": False}}, by=by)
    assert read({"n": 1}, by=Vocabulary(discard=lambda payload: payload["n"] == 1)) is None


def test_control_messages_are_not_discarded() -> None:
    """What moves the connection's clocks does so, whatever the user does not want to see."""
    assert Control("heartbeat", {}) == read({}, "heartbeat", by=Vocabulary(discard=lambda payload: True))


def test_control_takes_names_and_whole_texts() -> None:
    """The user's own control messages are known by their type, or by their whole text."""
    by = Vocabulary(control=("ping", "keepalive", "[DONE]"))
    assert Control("ping", "ping") == read("ping", by=by)
    assert Control("[DONE]", "[DONE]") == read("[DONE]", by=by)
    assert Control("keepalive", {"n": 1}) == read({"n": 1}, "keepalive", by=by)
    assert Control("heartbeat", {}) == read({}, "heartbeat", by=by)
    assert "ping pong" == row("ping pong", by=by).message
    assert "connected" == row("connected").message  # the built-in names are types, not texts


def test_aliases_go_before_the_table() -> None:
    """A user's alias may be a canonical name or any other spelling of it; other names are as they were."""
    by = Vocabulary(aliases={"wl": "workload.status", "up": "workload.running", "build_failed": "my.own"})
    assert ("workload.status", "wl", None) == astuple(row({}, "wl", by=by))
    assert ("workload.status", "up", "running") == astuple(row({}, "up", by=by))
    assert ("my.own", "build_failed", None) == astuple(row({}, "build_failed", by=by))
    assert ("build.completed", "build_complete", None) == astuple(row({}, "build_complete", by=by))


def astuple(event: Event) -> tuple[str, str, str | None]:
    return event.type, event.event_type, event.status


@pytest.mark.parametrize(
    "wrong",
    [
        *({"type": 5}, {"type": ""}, {"id": ["id"]}, {"discard": True}),
        *({"control": "ping"}, {"control": [5]}, {"aliases": ["edit"]}),
    ],
    ids=repr,
)
def test_a_wrong_rule_is_an_error_at_once(wrong: dict[str, Any]) -> None:
    """A rule that is neither path nor callable, or one text for several names, is told where it is given."""
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        Vocabulary(**wrong)


# -- by hand ---------------------------------------------------------------------------------------------


def test_a_dictionary_is_read_as_if_it_had_come() -> None:
    """Added by hand it gives the row that the wire gives, `origin` and `id` apart."""
    added = Vocabulary().read_dict({"id": 17, **PLAIN}, RECEIVED, source="test")
    came = row({"id": 17, **PLAIN}, own_id="17")
    assert isinstance(added, Event)
    assert but_for_the_text(came) | {"origin": "added"} == but_for_the_text(added)
    assert (came.data, "17", "added") == (added.data, added.id, added.origin)
    assert Control("connected", {"type": "connected"}) == Vocabulary().read_dict(
        {"type": "connected"}, RECEIVED
    )


def test_a_dictionary_may_hold_python() -> None:
    """Times, numpy's numbers and other objects become what JSON has for them."""
    payload = {"timestamp": datetime(2009, 2, 13, 23, 31, 30, tzinfo=UTC), "n": np.int64(3), "who": {1}}
    event = Vocabulary().read_dict(payload, RECEIVED)
    assert isinstance(event, Event)
    assert (SEED_TIME, 3) == (event.timestamp_us, event.data["n"])


def test_a_dictionary_is_not_kept() -> None:
    """What is changed in the dictionary afterwards does not change the event."""
    payload: Payload = {"workload_id": "wl-1", "tags": ["a"]}
    event = Vocabulary().read_dict(payload, RECEIVED)
    payload["tags"].append("HACK")
    assert isinstance(event, Event)
    assert ["a"] == event.data["tags"]


def test_a_rule_that_raises_by_hand_is_reported_too() -> None:
    """An error of the user's callable is told, whichever way the event came."""
    reports: list[str] = []
    by = Vocabulary(message=lambda payload: payload["no such"])
    assert by.read_dict({}, RECEIVED, report=lambda where, error: reports.append(where))
    assert ["vocabulary message"] == reports


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(vocabulary).failed


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (ServerSentEvent(data="[DONE]"), "[DONE]"),
        (ServerSentEvent("heartbeat", "{}"), "heartbeat"),
        (ServerSentEvent(data='{"type": "connected"}'), "connected"),
        (ServerSentEvent("still-here", "{}"), "still-here"),
    ],
)
def test_a_control_message_need_not_fit_the_rules(message: ServerSentEvent, name: str) -> None:
    """What a rule does not find in it is no error of the rule's."""
    reports: list[str] = []
    by = Vocabulary(type=lambda payload: payload["kind"], control=["[DONE]", "still-here"])
    found = by.read(message, RECEIVED, report=lambda where, error: reports.append(where))
    assert isinstance(found, Control)
    assert (name, []) == (found.name, reports)


def test_the_name_on_the_wire_stays() -> None:
    """A rule for the type says what `type` is; `event_type` is what the server called it."""
    by = Vocabulary(type=lambda payload: f"{payload['kind']}.reading")
    for message, wire in (
        (ServerSentEvent("measured", '{"kind": "heat", "type": "x"}'), "measured"),
        (ServerSentEvent(data='{"kind": "heat", "type": "x"}'), "x"),
        (ServerSentEvent(data='{"kind": "heat", "event_type": "y", "type": "x"}'), "y"),
    ):
        event = by.read(message, RECEIVED)
        assert isinstance(event, Event)
        assert ("heat.reading", wire) == (event.type, event.event_type)
