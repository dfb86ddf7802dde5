"""`Vocabulary.read_all`, and `events.bulk` behind it: many messages give exactly what each gives alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sse_notebook.events import Event, Vocabulary, shapes, vocabulary
from sse_notebook.events.envelope import FIELDS, NESTED
from sse_notebook.events.shapes import ANY
from sse_notebook.events.types import ALIASES
from sse_notebook.events.vocabulary import FEW, Control
from sse_notebook.wire import ServerSentEvent

RECEIVED = 1_700_000_000_000_000


@pytest.fixture(autouse=True, scope="module")
def few_too() -> Iterator[None]:
    """However few messages there are, they are read by columns, and learned from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary, "FEW", 1)
        patch.setattr(shapes, "ENOUGH", 1)
        yield


def exact(event: Event) -> list[tuple[str, str]]:
    """All values of a row with their types: 1, 1.0 and True differ."""
    return [(type(value).__name__, repr(value)) for value in msgspec.structs.astuple(event)]


def assert_as_one_by_one(
    messages: list[ServerSentEvent], by: Vocabulary | None = None, received_us: list[int] | None = None
) -> None:
    """Rows, control messages and discarded ones are those of reading each alone, in their places."""
    by = by or Vocabulary()
    times = received_us or [RECEIVED] * len(messages)
    rows, places, controls, discarded = [], [], [], []
    for place, (message, at) in enumerate(zip(messages, times, strict=True)):
        one = by.read(message, at, source="s", origin="resumed")
        if isinstance(one, Event):
            rows.append(exact(one))
            places.append(place)
        elif isinstance(one, Control):
            controls.append((place, one.name, repr(one.payload)))
        else:
            discarded.append(place)
    found = by.read_all(messages, received_us or RECEIVED, source="s", origin="resumed")
    assert rows == [exact(event) for event in found.rows]
    assert places == list(found.places)
    assert controls == [(place, one.name, repr(one.payload)) for place, one in found.controls]
    assert discarded == found.discarded


def sent(*payloads: Any, event: str = "message") -> list[ServerSentEvent]:
    return [
        ServerSentEvent(event, payload if isinstance(payload, str) else json.dumps(payload))
        for payload in payloads
    ]


# -- anything ------------------------------------------------------------------------------------------

NAMES = [*(name for field in FIELDS for name in field.names), *NESTED, "x"]
WORDS = st.sampled_from(
    [
        *("", "connected", "heartbeat", "ping", "build_failed", "workload.running", "warn", "failed", "soon"),
        *("workload", "Project", "3", "1700000000", "9" * 30, "2026-01-02T03:04:05Z", "2026-01-02 03:04"),
    ]
)
TIMES = st.sampled_from([0, 1, 5, 10**9, 10**12, 1.7e9, 1.7e15, 10**18, 2**70])
NUMBERS = st.integers() | st.floats() | TIMES
scalars = st.none() | st.booleans() | NUMBERS | WORDS | st.text(st.characters(), max_size=4)
values = st.recursive(
    scalars,
    lambda v: st.lists(v, max_size=2) | st.dictionaries(st.sampled_from(NAMES), v, max_size=6),
    max_leaves=10,
)
objects = st.dictionaries(st.sampled_from(NAMES), values, max_size=8)
# Few texts that no strict decoder takes: else most reads would be read one by one as a whole.
plain = st.one_of(*[objects.map(json.dumps)] * 8)
raws = plain | values.map(json.dumps) | WORDS | st.text(st.characters(), max_size=20)
messages = st.builds(
    ServerSentEvent, WORDS | st.just("message"), raws, own_id=st.none() | WORDS | st.text(max_size=3)
)


@given(st.lists(messages, max_size=12))
def test_any_messages(some: list[ServerSentEvent]) -> None:
    """Whatever arrives together is read as if each had come alone."""
    assert_as_one_by_one(some)


@given(st.lists(messages, max_size=6), st.integers(2, 40))
def test_any_messages_again_and_again(some: list[ServerSentEvent], times: int) -> None:
    """So it is when a column is long, and what was seen is remembered."""
    assert_as_one_by_one(some * times)


@given(
    st.lists(messages, max_size=8), st.sampled_from(["discard", "type", "message"]), st.sampled_from(NAMES)
)
def test_any_messages_by_a_users_rules(some: list[ServerSentEvent], rule: str, path: str) -> None:
    """A vocabulary with rules, names of its own and control messages reads many as it reads one."""
    by = Vocabulary(
        **{rule: path},  # type: ignore[arg-type]
        aliases={"soon": "build_failed", "warn": "connected"},
        control=("ping", '{"x": 1}'),
    )
    assert_as_one_by_one(some, by)


@given(st.lists(messages, max_size=8))
def test_any_messages_with_aliases(some: list[ServerSentEvent]) -> None:
    """Names and control messages of one's own take nothing from the fast way."""
    by = Vocabulary(aliases={"soon": "build_failed", "warn": "connected"}, control=("ping", '{"x": 1}'))
    assert_as_one_by_one(some, by)


@given(st.lists(messages, max_size=8), st.data())
def test_messages_of_several_reads(some: list[ServerSentEvent], data: st.DataObject) -> None:
    """Each keeps the time at which it arrived."""
    number = len(some)
    assert_as_one_by_one(
        some, received_us=data.draw(st.lists(st.integers(1, 10**16), min_size=number, max_size=number))
    )


@given(st.lists(st.lists(messages, max_size=6), min_size=2, max_size=6))
def test_any_messages_after_others(reads: list[list[ServerSentEvent]]) -> None:
    """Whatever was learned of those that came before."""
    by = Vocabulary()
    for some in reads:
        assert_as_one_by_one(some, by)
        assert_as_one_by_one(some, by)


# -- what is usual -------------------------------------------------------------------------------------

SNAKE = {
    "event_type": "workload_status_update",
    "timestamp": 1234567890,
    "cluster_id": "c-1",
    "project_id": "p-1",
    "workload_id": "wl-1",
    "status": "running",
    "message": "up",
    "priority": 2,
}
CAMEL = {"event_type": "eventType", "cluster_id": "clusterId", "project_id": "projectId"} | {
    "workload_id": "workloadId"
}
camel = {CAMEL.get(name, name): value for name, value in SNAKE.items()}
SHAPES: dict[str, dict[str, Any]] = {
    "flat": SNAKE,
    "camel": camel,
    "nested": {"event_type": SNAKE["event_type"], "data": SNAKE},
    "camel, nested": {"data": camel},
    "in metadata": {"metadata": SNAKE, "data": {"replicas": 3}},
    "half here, half there": {
        **dict(list(SNAKE.items())[:3]),
        "data": dict(list(camel.items())[3:6]),
        "metadata": dict(list(SNAKE.items())[6:]),
    },
    "numbers for ids": SNAKE | {"workload_id": 17, "project_id": 1.5, "cluster_id": True, "status": 0},
    "empty texts": dict.fromkeys(SNAKE, ""),
    "nulls": dict.fromkeys(SNAKE),
    "objects": {name: {"message": "inner"} for name in SNAKE},
    "lists": {name: ["x"] for name in SNAKE},
    "a build": SNAKE | {"event_type": "build_failed", "build_id": "b-1", "error": {"message": "exit 1"}},
    "a resource of its own": SNAKE | {"resource_type": "pod", "resource_id": "pod-1"},
    "a known kind": SNAKE | {"resource_type": "Project"},
    "an id of its own": SNAKE | {"resourceId": "r-1"},
    "a status by name": {"type": "workload.running", "workloadId": "wl-1"},
    "severity said": SNAKE | {"severity": "CRITICAL", "level": "info"},
    "severity unknown, level said": SNAKE | {"severity": "purple", "level": "warn"},
    "milliseconds": SNAKE | {"timestamp": 1234567890123},
    "digits": SNAKE | {"timestamp": "1234567890123456"},
    "a fraction": SNAKE | {"timestamp": 1234567890.25},
    "ISO": SNAKE | {"timestamp": "2009-02-13T23:31:30.123456Z"},
    "naive": SNAKE | {"timestamp": "2009-02-13T23:31:30"},
    "no time": SNAKE | {"timestamp": "soon"},
    "data that is a text": SNAKE | {"data": "x", "metadata": None},
    "data that has nothing": SNAKE | {"data": {}},
    "a control message": {"event_type": "heartbeat"},
    "nothing": {},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape(shape: str) -> None:
    """A read of one shape, of one beside every other, and between two others: as one by one."""
    one = SHAPES[shape]
    assert_as_one_by_one(sent(one))
    assert_as_one_by_one(sent(*[one] * 50))
    for other in SHAPES.values():
        assert_as_one_by_one(sent(one, other))
        assert_as_one_by_one(sent(other, one, one, other))


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_after_each_other(shape: str) -> None:
    """One shape is known, and another comes; then the first again."""
    for other in SHAPES.values():
        by = Vocabulary()
        for payload in (SHAPES[shape], other, SHAPES[shape]):
            assert_as_one_by_one(sent(*[payload] * 3), by)


def test_all_shapes_at_once() -> None:
    """All shapes in one read, and again in another order."""
    both = sent(*SHAPES.values(), *reversed(SHAPES.values()))
    assert_as_one_by_one(both)
    assert_as_one_by_one(both * 5)


@pytest.mark.parametrize("name", ALIASES)
def test_each_known_name(name: str) -> None:
    """Every name of the table, said in the payload, by the wire, or by both, has its meaning."""
    assert_as_one_by_one(sent({"event_type": name}, {"type": name}, {"status": "Failed", "type": name}))
    assert_as_one_by_one(sent({}, {"type": "x"}, {"event_type": "y"}, event=name))


# -- what is hostile -----------------------------------------------------------------------------------

BROKEN = {
    "not JSON": "{[DONE]}",
    "cut": '{"event_type": "build_failed"',
    "two objects": '{"event_type": "a"}{"event_type": "b"}',
    "two lines": '{"event_type": "a"}\n{"event_type": "b"}',
    "begun here": '{"event_type": "a", "data": {}',
    "ended here": '{"event_type": "b"}, "x": 1}',
    "a text that is not closed": '{"message": "x}',
    "closed here": '{"event_type": "y"}"}',
    "over two lines": '{"event_type":\n"a"}',
    "NaN": '{"timestamp": NaN, "workload_id": NaN, "x": NaN}',
    "1e400": '{"timestamp": 1e400, "x": {"y": 1e400}}',
    "5,000 digits": f'{{"workload_id": {"9" * 5_000}}}',
    "5,000 digits, not asked for": f'{{"workload_id": "wl-1", "x": {"9" * 5_000}}}',
    "a lone surrogate, escaped": '{"message": "\\ud800", "status": "x"}',
    "a lone surrogate, not asked for": '{"x": "\\udfff", "status": "x"}',
    "a lone surrogate": '{"message": "\ud800"}',
    "a lone surrogate in a name": '{"\\ud800": 1, "status": "x"}',
    "a tab in a text": '{"x": "\t"}',
    "a wrong escape": '{"x": "\\q"}',
    "a comma too many": '{"x": [1,], "status": "x"}',
    "2,000 [": '{"x": ' + "[" * 2_000 + "}",
    "deep objects": '{"data":' * 2_000 + "}",
    "names said twice": '{"status": "a", "status": null, "data": {"status": "b"}, "data": 5}',
    "a name that is escaped": '{"st\\u0061tus": "a", "\\u0064ata": {"workloadI\\u0064": "wl-1"}}',
    "white space": ' {"status": "a"} ',
    "an array": '[{"event_type": "build_failed"}]',
    "a text": '"hello"',
    "empty": "",
    "a number": "42",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_harms_no_other(name: str) -> None:
    """One broken payload among sound ones: each of them has its own row, as if it had come alone."""
    raw = BROKEN[name]
    for some in ([raw], [raw, raw], [SNAKE, raw, camel], [raw, {"data": camel}, SNAKE, raw]):
        assert_as_one_by_one(sent(*some))
    for shape in (SNAKE, {"data": camel, "x": 1}):
        by = Vocabulary()
        for _ in range(3):
            assert_as_one_by_one(sent(shape, raw, shape, SNAKE), by)


def test_no_payload_completes_another() -> None:
    """Every pair of broken payloads, side by side: two rows, each of its own text."""
    for one in BROKEN.values():
        for other in BROKEN.values():
            rows = Vocabulary().read_all(sent(one, other), RECEIVED).rows
            expected = [text.encode("utf-8", "replace").decode() for text in (one, other)]
            assert expected == [event.raw for event in rows]


@given(st.lists(objects, min_size=1, max_size=5), st.data())
def test_cut_anywhere(payloads: list[Any], data: st.DataObject) -> None:
    """Payloads that are cut and glued at any place are read as each would be alone."""
    glued = "".join(map(json.dumps, payloads))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(glued)), max_size=6)))
    pieces = [glued[start:end] for start, end in zip([0, *cuts], [*cuts, len(glued)], strict=True)]
    assert_as_one_by_one(sent(*pieces))


json_like = st.text(st.sampled_from('{}[]":,019.eE+- truefalsnNaIify\\ud8"data'), max_size=30)


@given(json_like.map("{{{}}}".format) | json_like.map('{{"x":{}}}'.format) | json_like)
@example('{"x": -}')
@example('{"x": 01}')
def test_the_envelope_takes_no_less_than_all(raw: str) -> None:
    """What is skipped must be JSON too: no text has an envelope that is not JSON as a whole."""
    (envelope,), _ = ANY.read([raw])
    if envelope is not None:
        assert isinstance(json.loads(raw), dict)


def test_every_part_of_a_message_may_be_broken() -> None:
    """Lone surrogates in data, event and id are replaced here as well."""
    messages = [ServerSentEvent("\udbff", '{"x": "\ud800"}', own_id="\udfff"), *sent(SNAKE)]
    assert_as_one_by_one(messages)
    assert_as_one_by_one(
        [ServerSentEvent("\udbff", "{}", own_id="\udfff"), ServerSentEvent("é", "{}", own_id="é")]
    )
    assert "?" == Vocabulary().read_all(messages, RECEIVED).rows[0].id


def test_whole_texts_may_be_control_messages() -> None:
    """A text that the vocabulary takes for a sign of life is one, be it an object or not."""
    by = Vocabulary(control=("ping", '{"x": 1}'))
    for texts in (['{"x": 1}'], ['{"x": 1}', "{}"], ["ping", "{}", '{"x": 1}', '{"x": 2}']):
        assert_as_one_by_one(sent(*texts), by)


def test_errors_of_rules_are_reported_in_order() -> None:
    """Each message asks the user's rules once, and what they raise is told."""
    asked: list[Any] = []

    def rule(payload: Any) -> Any:
        asked.append(payload["n"])
        raise ValueError(payload["n"])

    told: list[str] = []
    by = Vocabulary(message=rule)
    by.read_all(sent({"n": 1}, {"n": 2}), 1, report=lambda where, error: told.append(f"{where} {error}"))
    assert ([1, 2], ["vocabulary message 1", "vocabulary message 2"]) == (asked, told)


@pytest.mark.parametrize("number", range(2 * FEW))
def test_few_are_read_one_by_one(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where columns are not worth it, the result is the same."""
    monkeypatch.setattr(vocabulary, "FEW", FEW)
    assert_as_one_by_one(
        sent(*[SNAKE, {"type": "heartbeat"}, camel, "no JSON", SHAPES["a build"], {}][:number])
    )


def test_nothing_is_nothing() -> None:
    """No messages give no rows."""
    assert_as_one_by_one([])
    assert_as_one_by_one(sent({"type": "heartbeat"}, {"type": "connected"}))
