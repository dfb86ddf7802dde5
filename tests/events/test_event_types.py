"""`events.types`: two vocabularies, one canonical name, and patterns that know both."""

from __future__ import annotations

import doctest

import pytest

from sse_notebook.events import types
from sse_notebook.events.types import ALIASES, CONTROL, Meaning, canonical, matches_type


@pytest.mark.parametrize(
    ("name", "type", "status"),
    [
        # the names on the seed's wire
        ("workload_status_update", "workload.status", None),
        ("project_status_update", "project.status", None),
        ("cluster_status_update", "cluster.status", None),
        ("build_complete", "build.completed", None),
        ("build_failed", "build.failed", None),
        ("error_report", "error.report", None),
        # the names in the seed's type definitions
        ("cluster.connected", "cluster.status", "connected"),
        ("cluster.disconnected", "cluster.status", "disconnected"),
        ("project.created", "project.status", "created"),
        ("workload.running", "workload.status", "running"),
        ("build.completed", "build.completed", None),
        # canonical already
        ("workload.status", "workload.status", None),
        ("build.failed", "build.failed", None),
        # nobody's
        ("edit", "edit", None),
        ("__proto__", "__proto__", None),
        ("Workload.Running", "Workload.Running", None),
        ("", "", None),
    ],
)
def test_a_name_means_one_type(name: str, type: str, status: str | None) -> None:  # noqa: A002 - the column's name
    """Each known name has its canonical type and status; an unknown one stays as it came."""
    assert Meaning(type, status) == canonical(name)


def test_the_table_is_closed() -> None:
    """No alias leads to another alias: what a name means is final."""
    assert [] == [name for name, meaning in ALIASES.items() if canonical(meaning.type).type != meaning.type]


def test_control_names_are_no_types() -> None:
    """What is about the connection is never an alias of something that is about a resource."""
    assert {"connected", "heartbeat", "stream-open", "stream-reset", "keep-alive"} == CONTROL
    assert set() == CONTROL & ALIASES.keys()


# An event as (canonical type, name on the wire, status), and the patterns that it answers to, and those not.
RUNNING = ("workload.status", "workload_status_update", "Running")
RAN = ("workload.status", "workload.running", "running")
SILENT = ("workload.status", "workload_status_update", None)
BUILT = ("build.completed", "build_complete", None)
STRANGE = ("Edit", "Edit", "running")
ODD = ("workload.status", "workload_status_update", "rolling_back")


@pytest.mark.parametrize(
    ("event", "pattern"),
    [
        *(
            (RUNNING, p)
            for p in ("workload.status", "workload_status_update", "workload.running", "workload.*")
        ),
        *((RUNNING, p) for p in ("workload_*", "*", "*.running", "workload.run*", "*_status_update", "[w]*")),
        *((RAN, p) for p in ("workload.status", "workload_status_update", "workload.running", "workload_*")),
        *((SILENT, p) for p in ("workload.status", "workload_status_update", "workload.*")),
        *((BUILT, p) for p in ("build.completed", "build_complete", "build_completed", "build.complete")),
        *(
            (BUILT, p)
            for p in ("build.*", "build_*", "build.succeeded", "build.complet?d", "build_complete?")
        ),
        *((STRANGE, p) for p in ("Edit", "E*", "E?it")),
        *((ODD, p) for p in ("workload.rolling_back", "workload.roll*")),
    ],
)
def test_an_event_answers_to_both_vocabularies_and_to_globs(
    event: tuple[str, str, str | None], pattern: str
) -> None:
    """Any spelling that means this event finds it, whichever the wire used."""
    assert matches_type(pattern, *event)


@pytest.mark.parametrize(
    ("event", "pattern"),
    [
        *((RUNNING, p) for p in ("workload.failed", "workload.stopped", "build.*", "workload", "cluster.*")),
        *((SILENT, p) for p in ("workload.running", "workload.run*", "workload.None")),
        *((BUILT, p) for p in ("build.failed", "build_failed", "build", "BUILD.*", "connected")),
        *((STRANGE, p) for p in ("edit", "e*", "Edit.running", "", "[")),
        *((ODD, p) for p in ("workload.running", "workload.updated")),
    ],
)
def test_an_event_answers_to_nothing_else(event: tuple[str, str, str | None], pattern: str) -> None:
    """A name of another type, another status or another case finds nothing."""
    assert not matches_type(pattern, *event)


def test_a_hostile_pattern_costs_nothing() -> None:
    """A glob with many stars against a long name is answered at once, not after a search of all ways."""
    assert not matches_type("*a" * 12 + "b", "a" * 5_000, "a" * 5_000, None)


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(types).failed
