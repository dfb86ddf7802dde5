"""`events.envelope`: a column of values is read as each of them is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.events.envelope import FIELDS, Envelope, Field, envelope_of, resource_of

ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from(["warn", "CRITICAL", "3", "1700000000", "2026-01-02T03:04:05Z", 1.7e9, 10**18, 4.0]),
    st.lists(st.integers(), max_size=1),
    st.dictionaries(st.sampled_from(["message", "x"]), st.text(max_size=2) | st.integers(), max_size=2),
)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.names[0])
@given(st.lists(ANY, max_size=6) | st.builds(lambda value: [value] * 5, ANY))
def test_a_column_is_read_as_its_values(field: Field, column: list[Any]) -> None:
    """`Kind.all` gives for each value what `Kind.one` gives, and nothing false but None."""
    one_by_one = [field.kind.one(value) for value in column]
    found = list(field.kind.all(column))
    assert [(type(value), value) for value in one_by_one] == [(type(value), value) for value in found]
    assert all(value is None or value for value in found)


def test_a_field_has_its_names_once() -> None:
    """No name belongs to two fields."""
    names = [name for field in FIELDS for name in field.names]
    assert sorted(set(names)) == sorted(names)


def test_places_count_in_order() -> None:
    """Snake case before camel case, the top level before `data`, that before `metadata`; no id is none."""
    places = [
        {"project_id": "1"},
        {"projectId": "2"},
        {"data": {"project_id": "3"}},
        {"data": {"projectId": "4"}},
        {"metadata": {"project_id": "5"}},
        {"metadata": {"projectId": "6"}},
    ]
    for start in range(6):
        payload: dict[str, Any] = {"data": {}, "metadata": {}}
        for place in places[start:]:
            for name, value in place.items():
                payload[name] = payload.get(name, {}) | value if isinstance(value, dict) else value
        assert str(start + 1) == envelope_of(payload).project_id
    odd = {"project_id": "", "projectId": True, "data": {"project_id": 1}}
    assert "1" == envelope_of(odd).project_id
    assert Envelope() == envelope_of("text") == envelope_of(["x"]) == envelope_of(None)


def test_a_name_is_a_text() -> None:
    """A name that is no text is passed over; the SSE event's own name counts unless it is `message`."""
    assert "type" == envelope_of({"event_type": 5, "type": "type"}).name("message")
    assert "event" == envelope_of({"type": "type"}).name("event")
    assert "message" == envelope_of("text").name("message")


@pytest.mark.parametrize(
    ("said_type", "said_id", "expected"),
    [
        (None, None, ("workload", "w")),
        (None, "own", ("workload", "own")),
        ("Project", None, ("Project", "p")),
        ("Project", "own", ("Project", "own")),
        ("pod", None, ("pod", None)),
        ("pod", "own", ("pod", "own")),
    ],
)
def test_what_it_is_about(said_type: str | None, said_id: str | None, expected: tuple[Any, Any]) -> None:
    """What the payload says itself goes first; else the most specific id that fits."""
    ids = [("build", None), ("workload", "w"), ("addon", None), ("project", "p"), ("cluster", "c")]
    assert expected == resource_of(said_type, said_id, ids)
    assert (said_type, said_id) == resource_of(said_type, said_id, [(kind, None) for kind, _ in ids])
