"""`events.severity`: one of four words, whatever word the server has."""

from __future__ import annotations

import doctest
from typing import Any

import pytest

from sse_notebook.events import severity
from sse_notebook.events.severity import SEVERITIES, severities_of, severity_of, severity_word


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        *((word, word) for word in SEVERITIES),
        *((word, "info") for word in ("debug", "trace", "notice", "INFO", "Informational")),
        *((word, "success") for word in ("ok", "OK", "succeeded")),
        *((word, "warning") for word in ("warn", "WARN", "Warning", " degraded ", "minor")),
        *(
            (word, "error")
            for word in ("err", "ERROR", "critical", "CRIT", "fatal", "alert", "emerg", "major")
        ),
        *((word, None) for word in ("", "purple", "info!", "5", None, 5, True, [], {"level": "error"})),
    ],
    ids=repr,
)
def test_a_word_is_one_of_four_or_none(word: Any, meant: str | None) -> None:
    """The field's usual words are known, in any case; anything else is no severity."""
    assert meant == severity_word(word)


@pytest.mark.parametrize(
    ("type", "status", "meant"),
    [
        ("build.completed", None, "success"),
        ("build.completed", "failed", "success"),
        ("build.failed", None, "error"),
        ("build.started", None, "info"),
        ("error.report", None, "error"),
        ("workload.status", None, "info"),
        ("workload.status", "pending", "info"),
        ("workload.status", "stopped", "info"),
        ("workload.status", "Running", "success"),
        ("workload.status", "degraded", "warning"),
        ("workload.status", "CrashLoopBackOff", "error"),
        ("workload.status", "OOMKilled", "error"),
        ("project.status", "active", "success"),
        ("cluster.status", "connected", "success"),
        ("cluster.status", "disconnected", "warning"),
        ("cluster.status", "unhealthy", "error"),
        ("edit", None, "info"),
        ("edit", "failed", "error"),
    ],
)
def test_type_and_status_speak_of_a_severity(type: str, status: str | None, meant: str) -> None:  # noqa: A002 - the column's name
    """Where the event does not say, its type does, then its status; else it is only information."""
    assert meant == severity_of(type, status)


def test_many_speak_as_each() -> None:
    """Of many types and statuses each gives what it gives alone, whoever stands beside it."""
    types = ["workload.status", "build.failed", "edit", "edit", "build.completed", "edit"]
    statuses = ["failed", "running", None, "OOMKilled", "failed", "x" * 1_000]
    expected = [severity_of(*pair) for pair in zip(types, statuses, strict=True)]
    assert expected == severities_of(types, statuses)
    assert expected[2:4] == severities_of(types[2:4], statuses[2:4])


def test_the_order_is_by_how_bad_it_is() -> None:
    """The contract's order: info < success < warning < error."""
    assert ("info", "success", "warning", "error") == SEVERITIES


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(severity).failed
