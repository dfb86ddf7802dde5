"""Mutes: what is kept from the screen for a while."""

from __future__ import annotations

from typing import Any

import pytest

from sse_notebook.alerts.mutes import MOST, Mutes
from sse_notebook.errors import ArgumentError


def test_the_same_again_is_the_same_for_longer() -> None:
    """One mute for one thing: its number and its count stay."""
    mutes = Mutes()
    first = mutes.add("build.*", None, 10.0)
    mutes.part("build.failed", None, ["a"], [0], 1.0)
    again = mutes.add("build.*", None, 99.0)
    assert first is again
    assert [(1, 99.0, 1)] == [(mute.id, mute.until, mute.suppressed) for mute in mutes.now(50.0)]


def test_rows_are_parted() -> None:
    """Each row is caught by the first mute that fits, or shown; either spelling of a type, a status too."""
    mutes = Mutes()
    mutes.add(None, "a", 10.0)
    mutes.add("workload_status_update", "b", 10.0)
    mutes.add("workload.degraded", None, 10.0)
    resources = ["a", "b", "c", None, "a"]
    rows, muted = mutes.part("workload.status", "running", resources, range(5), 1.0)
    assert [2, 3] == list(rows)
    assert [([0, 4], "a"), ([1], "b")] == [(list(caught), mute.resource) for mute, caught in muted]
    rows, muted = mutes.part("workload.status", "Degraded", resources, [2], 1.0)
    assert ([], 1) == (list(rows), len(muted))
    rows, muted = mutes.part("workload.status", "running", resources, range(5), 10.0)
    assert ([0, 1, 2, 3, 4], []) == (list(rows), muted)


@pytest.mark.parametrize(("type_", "resource"), [(None, None), ("", None), (5, None), ("x", "y" * 201)])
def test_what_cannot_be_meant_is_refused(type_: Any, resource: Any) -> None:
    """Nothing, or no text."""
    with pytest.raises(ArgumentError):
        Mutes().add(type_, resource, 1.0)


def test_there_are_not_too_many() -> None:
    """A bound, with what to do about it."""
    mutes = Mutes()
    for n in range(MOST):
        mutes.add(f"t{n}", None, 1.0)
    with pytest.raises(ArgumentError, match="unmute"):
        mutes.add("one more", None, 1.0)
