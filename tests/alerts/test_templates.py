"""`alerts.templates`: the words of a toast, for every type of the wire."""

from __future__ import annotations

import doctest
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.alerts import templates
from sse_notebook.alerts.templates import LONGEST, TEMPLATES, Words, cut, said_of, words_for
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.types import ALIASES, canonical
from sse_notebook.wire import ServerSentEvent


def event(raw: str | None = None, /, **fields: Any) -> Event:
    """The event that a text, or these fields, give."""
    found = Vocabulary().read(ServerSentEvent(data=json.dumps(fields) if raw is None else raw), received_us=1)
    assert isinstance(found, Event)
    return found


@pytest.mark.parametrize(
    "name",
    [
        *("workload_status_update", "project_status_update", "cluster_status_update"),
        *("build_complete", "build_failed", "error_report"),
        *ALIASES,
    ],
)
def test_every_type_of_the_wire_has_a_template(name: str) -> None:
    """No known type is without words: in the seed's own code most toasts never fired."""
    assert canonical(name).type in TEMPLATES
    words = words_for(event(event_type=name))
    assert words.title
    assert words.group


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {
                "event_type": "workload_status_update",
                "workload_id": "wl-1",
                "status": "Running",
                "message": "up",
            },
            Words("wl-1 running", "Workloads running", "up"),
        ),
        (
            {"event_type": "workload.rolling_back"},
            Words("Workload rolling back", "Workload rolling back", ""),
        ),
        ({"event_type": "workload_status_update"}, Words("workload changed", "Workloads changed", "")),
        (
            {"event_type": "cluster.disconnected", "cluster_id": "c-1"},
            Words("Cluster c-1 is disconnected", "Clusters disconnected", ""),
        ),
        (
            {"event_type": "project.created", "project_id": "p"},
            Words("Project p is created", "Projects created", ""),
        ),
        (
            {"event_type": "build_complete", "workload_id": "wl-1", "duration": 41.6},
            Words("Build completed", "Builds completed", "wl-1 in 42 s"),
        ),
        (
            {"event_type": "build_complete", "data": {"buildId": "b-1", "duration": 5}},
            Words("Build completed", "Builds completed", "b-1 in 5 s"),
        ),
        (
            {"event_type": "build_complete", "workload_id": "wl-1", "message": "pushed"},
            Words("Build completed", "Build completed", "wl-1: pushed"),
        ),
        (
            {"event_type": "build_failed", "build_id": "b-1", "error": "exit 1"},
            Words("Build failed", "Build failed", "b-1: exit 1"),
        ),
        (
            {"event_type": "error_report", "message": "disk full"},
            Words("Error reported", "Error reported", "disk full"),
        ),
        ({"event_type": "error_report"}, Words("Error reported", "Error reported", "")),
        (
            {"type": "quake.felt_widely", "resource_id": "q-1", "message": "Fiji"},
            Words("Quake felt widely", "Quake felt widely", "q-1: Fiji"),
        ),
        ({"type": "___"}, Words("Event", "Event", "")),
        (
            {"event_type": "workload_status_update", "workload_id": "\r", "status": "\n"},
            Words("Event", "Workloads", ""),
        ),
        ({"type": "__proto__"}, Words("Proto", "Proto", "")),
    ],
    ids=lambda value: value.get("event_type", value.get("type")) if isinstance(value, dict) else "",
)
def test_words_say_what_happened_to_what(fields: dict[str, Any], words: Words) -> None:
    """Title, title of a group, and the line below."""
    assert words == words_for(event(**fields))


@pytest.mark.parametrize(
    "duration", ["NaN", "1e400", "-5", "true", '"long"', "null", "[]", "1" + "0" * 400, "1e300"]
)
def test_an_absurd_duration_is_not_shown(duration: str) -> None:
    """A duration that is none is left out; it can't be formatted, or would say nothing."""
    raw = f'{{"event_type": "build_complete", "workload_id": "wl-1", "duration": {duration}}}'
    assert "wl-1" == words_for(event(raw)).text


def test_a_nested_duration_counts_where_the_top_level_has_none() -> None:
    """What is not there at the top is looked for in the nested `data`."""
    fields = {"event_type": "build_complete", "workload_id": "w", "data": {"duration": 7}}
    assert "w in 7 s" == words_for(event(**fields)).text
    assert "w in 3 s" == words_for(event(duration=3, **fields)).text


texts = st.text(max_size=40) | st.sampled_from(["x" * 5_000, "a b " * 2_000, "\n\t\r\x85\u2028", "<b>", ""])


@given(st.sampled_from([*TEMPLATES, "edit", ""]), texts, texts, texts)
def test_words_are_short_lines_of_text(type: str, who: str, status: str, message: str) -> None:  # noqa: A002 - the column's name
    """Whatever the event says: one line each, not longer than a toast is wide, and a title always."""
    words = words_for(event(event_type=type, workload_id=who, status=status, message=message))
    for text in words:
        assert len(text) <= LONGEST
        assert " ".join(text.split()) == text
    assert words.title


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        (" a \n b ", "a b"),
        ("x" * LONGEST, "x" * LONGEST),
        ("x" * (LONGEST + 1), "x" * (LONGEST - 1) + "…"),
        ("é" * 10**6, "é" * (LONGEST - 1) + "…"),
    ],
    ids=lambda text: repr(text)[:12],
)
def test_cut_is_one_line(text: str, shown: str) -> None:
    """White space is made single; what is too long ends in an ellipsis."""
    assert shown == cut(text)


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(templates).failed


def test_a_message_that_names_its_resource_is_not_given_its_name_again() -> None:
    """Said once is enough; a message that does not say whom it is about gets the name in front."""
    assert said_of("b-7", "Build b-7 finished") == "Build b-7 finished"
    assert said_of("wl-1", "exit code 1") == "wl-1: exit code 1"
    assert said_of(None, "exit code 1") == "exit code 1"
    assert said_of("wl-1", None) == "wl-1"
