"""Random trees, random events, and a naive interpreter that says what a tree means."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.severity import SEVERITIES
from sse_notebook.events.types import matches_type
from sse_notebook.filters.closed import unknown_word
from sse_notebook.filters.moments import no_time
from sse_notebook.filters.names import COLUMNS
from sse_notebook.filters.tree import (
    Age,
    And,
    Call,
    Compare,
    Contains,
    Field,
    Has,
    In,
    Lower,
    Node,
    Not,
    Opaque,
    Or,
    Value,
    all_of,
    any_of,
)
from sse_notebook.wire import ServerSentEvent

NOW = 1_764_000_000.0  # when ages are counted

MISSING: Any = object()

# -- events --------------------------------------------------------------------------------------------

WORDS = ["", "a", "A", "ab", "failed", "Failed", "p-1", "5", "true", "7.5", "inf", "é", "İx", "oom\n", "\x00"]
TYPES = [
    "build_failed",
    "build.failed",
    "workload.running",
    "workload_status_update",
    "edit",
    "a.status",
    "[",
]
TIMES = ["2025-11-24T16:00:00Z", "2025-11-24T15:59:59.5", "2025-11-24", NOW, NOW - 300, NOW - 1.5]
BIG = [2**53, 2**53 + 1, -(2**53) - 1, 2**63, 10**25, 1e300, -0.0, 0.1, math.inf, -math.inf]

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 8)
    | st.sampled_from(BIG)
    | st.sampled_from([0.5, 1.0, 5.0, math.nan])
    | st.sampled_from(WORDS)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abx"), inner, max_size=2),
    max_leaves=4,
)
NAMES = ("x", "y", "data", "o", "a.b")
payloads = st.dictionaries(st.sampled_from(NAMES), values, max_size=4)
fields = st.fixed_dictionaries(
    {},
    optional={
        "event_type": st.sampled_from(TYPES),
        "status": st.sampled_from(WORDS),
        "severity": st.sampled_from([*SEVERITIES, "critical", "purple", 5]),
        "priority": st.sampled_from([1, 3, 5, 9, "2", True, None]),
        "project_id": st.sampled_from([*WORDS, 5, 7.5, True, None]),
        "workloadId": st.sampled_from([*WORDS, 7]),
        "build_id": st.sampled_from(["b-1", 5]),
        "message": st.sampled_from([*WORDS, "pod OOM-killed after 30 s"]),
        "timestamp": st.sampled_from(TIMES),
    },
)


def event(said: dict[str, Any] | str, seq: int = 0) -> Event:
    """The event that a payload gives."""
    text = said if isinstance(said, str) else json.dumps(said)
    found = Vocabulary().read(ServerSentEvent(data=text), received_us=round(NOW * 1e6) - 60_000_000)
    assert isinstance(found, Event)
    return found


payload_texts = st.builds(
    lambda own, more, nested: json.dumps(own | more | ({"data": nested} if nested is not None else {})),
    fields,
    payloads,
    st.none() | payloads,
) | st.sampled_from(["[DONE]", "5", '"text"', "[1]", "null", '{"x": 1e400, "y": NaN}', "{}"])
events = payload_texts.map(event)

# -- trees ---------------------------------------------------------------------------------------------

columns = st.sampled_from(
    [*COLUMNS, *(["data.x", "data.y"] * 5), "data.o.a", "data.data.x", "data.a.b", "data.z"]
)
operands = columns.map(Field)
texts = operands | operands.map(Lower)
literals = (
    st.sampled_from([*WORDS, *TYPES, *SEVERITIES, "build.*", "*", "[a", "workload.status", "success"])
    | st.sampled_from([text for text in TIMES if isinstance(text, str)])
    | st.booleans()
    | st.integers(-3, 8)
    | st.sampled_from(BIG)
    | st.sampled_from([0.5, 5.0])
).map(Value)
operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
several = st.lists(literals, max_size=3).map(tuple)
PATTERNS = [
    "a",
    "^a",
    "b$",
    r"\bO",
    r"(?i)oom|fail",
    r"^\d+\.?\d*$",
    "(a|b)*c",
    ".",
    "^$",
    r"\Z",
    r"x{2,}|e\B",
]


def asks(event: Event) -> bool:
    """A callable in a filter."""
    return event.severity == "error"


def can_be_written(clause: Node) -> bool:
    """Whether it asks for words that there are: the language and `where` refuse others of closed columns."""
    operand = getattr(clause, "left", None)
    operand = operand.of if isinstance(operand, Lower) else operand
    if not isinstance(operand, Field) or not isinstance(clause, Compare | In):
        return True
    asked = clause.values if isinstance(clause, In) else [clause.right]
    return not any(
        unknown_word(operand.name, each.value) or no_time(operand.name, each.value)
        for each in asked
        if isinstance(each, Value)
    )


clause_nodes = (
    st.builds(Compare, texts, operators, literals)
    | st.builds(Compare, texts, operators, texts)
    | st.builds(
        Compare,
        st.sampled_from([Age(), Age(Field("received_at"))]),
        operators,
        st.sampled_from([0, 60, 300, 1.5, -5, "5m"]).map(Value),
    )
    | st.builds(In, texts, several, st.booleans())
    | st.builds(Contains, literals, texts, st.booleans())
    | st.builds(Has, operands)
    | st.builds(Call, st.sampled_from(["startswith", "endswith"]), texts, st.sampled_from(WORDS))
    | st.builds(Call, st.just("matches"), texts, st.sampled_from(PATTERNS))
).filter(can_be_written)


def _joined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    lists = st.lists(inner, max_size=3)
    return lists.map(lambda parts: all_of(*parts)) | lists.map(lambda parts: any_of(*parts)) | inner.map(Not)


trees = st.recursive(clause_nodes, _joined, max_leaves=6)
opaque_trees = st.recursive(clause_nodes | st.just(Opaque(asks)), _joined, max_leaves=6)

# -- the naive interpreter -----------------------------------------------------------------------------


def naive(tree: Node, event: Event) -> bool:
    """Whether an event fits."""
    match tree:
        case And(parts):
            return all(naive(part, event) for part in parts)
        case Or(parts):
            return any(naive(part, event) for part in parts)
        case Not(part):
            return not naive(part, event)
        case Opaque(function):
            return function(event)
        case Has(of):
            return _value(of, event) is not MISSING
        case Compare(left, sign, right):
            return _compare(left, sign, right, event)
        case In(left, values, negated):
            return _is_in(left, values, negated, event)
        case Contains(item, within, negated):
            return _contains(item.value, _value(within, event), negated)
        case Call(function, of, argument):
            value = _value(of, event)
            if not isinstance(value, str):
                return False
            if function == "matches":
                return re.search(argument, value) is not None
            return value.startswith(argument) if function == "startswith" else value.endswith(argument)
    raise AssertionError(tree)


def _value(operand: Any, event: Event) -> Any:
    if isinstance(operand, Lower):
        value = _value(operand.of, event)
        return value.lower() if isinstance(value, str) else MISSING
    if isinstance(operand, Age):
        at = event.timestamp_us if operand.of.name == "timestamp" else event.received_us
        return NOW - at / 1e6
    if operand.name == "data":
        return event.raw
    if not operand.name.startswith("data."):
        value = getattr(event, operand.name)
        return MISSING if value is None else value
    payload = event.data
    for place in (payload, payload.get("data") if isinstance(payload, dict) else None):
        value = _at(place, operand.name.removeprefix("data."))
        if value is not None:
            return MISSING if value != value else value
    return MISSING


def _at(place: Any, path: str) -> Any:
    if isinstance(place, dict) and path in place:
        return place[path]
    for step in path.split("."):
        place = place.get(step) if isinstance(place, dict) else None
    return place


def _kind(value: Any) -> Any:
    if isinstance(value, bool):
        return bool
    return float if isinstance(value, int | float) else type(value)


def _holds(one: Any, sign: str, other: Any) -> bool:
    if _kind(one) is not _kind(other) or _kind(one) not in (str, float, bool, datetime):
        return False
    if isinstance(one, bool) and sign not in ("==", "!="):
        return False
    return {
        "==": lambda: one == other,
        "!=": lambda: one != other,
        "<": lambda: one < other,
        "<=": lambda: one <= other,
        ">": lambda: one > other,
        ">=": lambda: one >= other,
    }[sign]()


def _time(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return MISSING
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is(operand: Any, *names: str) -> bool:
    return isinstance(operand, Field) and operand.name in names


def _compare(left: Any, sign: str, right: Any, event: Event) -> bool:
    literal = isinstance(right, Value)
    one, other = _value(left, event), right.value if literal else _value(right, event)
    if one is MISSING or other is MISSING:
        return False
    if _is(left, "type") and literal and sign in ("==", "!="):
        fits = isinstance(other, str) and matches_type(other, event.type, event.event_type, event.status)
        return isinstance(other, str) and fits == (sign == "==")
    times = ("timestamp", "received_at")
    if _is(left, *times) or _is(right, *times):
        one, other = _time(one), _time(other)
        return one is not MISSING and other is not MISSING and _holds(one, sign, other)
    if (_is(left, "severity") or _is(right, "severity")) and sign not in ("==", "!="):
        ranks = [SEVERITIES.index(each) if each in SEVERITIES else None for each in (one, other)]
        return None not in ranks and _holds(ranks[0], sign, ranks[1])
    return _holds(one, sign, other)


def _is_in(left: Any, wanted: tuple[Value, ...], negated: bool, event: Event) -> bool:
    value = _value(left, event)
    if value is MISSING:
        return False
    if not wanted:
        return negated
    if _is(left, "type"):
        patterns = [each.value for each in wanted if isinstance(each.value, str)]
        found = any(matches_type(each, event.type, event.event_type, event.status) for each in patterns)
        return bool(patterns) and found != negated
    others = [each.value for each in wanted]
    if _is(left, "timestamp", "received_at"):
        others = [_time(each) for each in others]
    alike = [each for each in others if _kind(each) is _kind(value) and each is not MISSING]
    return bool(alike) and (value in alike) != negated


def _contains(item: Any, within: Any, negated: bool) -> bool:
    if isinstance(within, list):
        return any(_kind(each) is _kind(item) and each == item for each in within) != negated
    return isinstance(within, str | dict) and isinstance(item, str) and (item in within) != negated
