"""selection: who gets which event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sse_notebook.backend.selection import Keys, Selection, keys_of
from sse_notebook.events import Event, Vocabulary
from sse_notebook.wire import ServerSentEvent


@pytest.mark.parametrize(
    "event",
    [
        {"project_id": "p-1"},
        {"projectId": "p-1"},
        {"data": {"project_id": "p-1"}},
        {"data": {"projectId": "p-1"}},
        {"metadata": {"projectId": "p-1"}},
        {"data": "text", "metadata": {"project_id": "p-1"}},
        {"project_id": None, "data": {"project_id": "p-1"}},
    ],
)
def test_an_id_is_found_wherever_publishers_put_it(event: dict[str, object]) -> None:
    """Either casing, at the top or nested, is the same id."""
    assert "p-1" == keys_of({"event_type": "x", **event}).project_id


def test_the_top_wins() -> None:
    """What the event says itself is preferred over what its payload says."""
    assert (
        "p-1" == keys_of({"event_type": "x", "project_id": "p-1", "data": {"project_id": "p-2"}}).project_id
    )


def test_ids_are_text() -> None:
    """A number is an id; what cannot be one is none."""
    assert "7" == keys_of({"event_type": "x", "project_id": 7}).project_id
    for no_id in (True, [], {}):
        assert keys_of({"event_type": "x", "project_id": no_id}).project_id is None


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"resource_type": "addon", "workload_id": "w"}, "addon"),
        ({"build_id": "b", "workload_id": "w", "project_id": "p"}, "build"),
        ({"workload_id": "w", "addonId": "a", "cluster_id": "c"}, "workload"),
        ({"addonId": "a", "project_id": "p"}, "addon"),
        ({"project_id": "p", "cluster_id": "c"}, "project"),
        ({"cluster_id": "c"}, "cluster"),
        ({}, None),
    ],
)
def test_an_event_is_about_its_most_specific_resource(event: dict[str, object], expected: str | None) -> None:
    """Without a `resource_type`, the most specific id tells it."""
    assert expected == keys_of({"event_type": "x", **event}).resource_type


EVENT = Keys("build_failed", "c-1", "p-1", "w-1", "build")


@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ({}, True),
        ({"cluster_id": "c-1"}, True),
        ({"cluster_id": "c-2"}, False),
        ({"project_id": "p-1"}, True),
        ({"project_id": "P-1"}, False),
        ({"workload_id": "w-1"}, True),
        ({"workload_id": "w"}, False),
        ({"resource_type": "build"}, True),
        ({"resource_type": "workload"}, False),
        ({"resource_type": "all"}, True),
        ({"event_types": "build_failed"}, True),
        ({"event_types": "build_complete, build_failed"}, True),
        ({"event_types": "build_complete"}, False),
        ({"event_types": ","}, True),
        ({"project_id": "", "resource_type": "", "event_types": ""}, True),
        ({"project_id": "p-1", "workload_id": "w-2"}, False),
        ({"unknown": "x"}, True),
    ],
)
def test_a_filter_compares_exactly(query: dict[str, str], passes: bool) -> None:
    """All filters must pass; empty ones, `all` and unknown parameters filter nothing."""
    assert passes == Selection.from_query(query).accepts(EVENT)


def test_what_an_event_does_not_say_does_not_pass() -> None:
    """An event without a project is not part of any."""
    assert not Selection(project_id="p-1").accepts(Keys("x", None, None, None, None))


@pytest.mark.parametrize(
    "event",
    [
        {"workload_id": "wl-1", "build_id": ""},
        {"project_id": "", "workloadId": "wl-1"},
        {"workload_id": "", "workloadId": "wl-1"},
        {"workload_id": ["wl-0"], "data": {"workloadId": "wl-1"}},
        {"workload_id": True, "data": {"workload_id": None, "workloadId": "wl-1"}},
        {"resource_type": ["x"], "workload_id": "wl-1", "addon_id": ""},
        {"data": {"build_id": float("nan")}, "metadata": {"workload_id": "wl-1"}},
    ],
    ids=str,
)
def test_what_is_no_id_is_passed_over(event: dict[str, Any]) -> None:
    """Empty texts, flags, lists and objects say nothing; an event is selected by what a client reads."""
    message = ServerSentEvent("x", json.dumps({"event_type": "x", **event}))
    row = Vocabulary().read(message, 1)
    assert isinstance(row, Event)
    keys = keys_of({"event_type": "x", **event})
    assert ("wl-1", "workload") == (keys.workload_id, keys.resource_type)
    assert (row.workload_id, row.resource_type) == (keys.workload_id, keys.resource_type)
