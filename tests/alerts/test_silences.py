"""Silences, and mutes, which are silences: what is kept from the screen for a while."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples

from sse_notebook.alerts.silences import MOST, Silences, muting
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.batch import Batch
from sse_notebook.filters import where
from sse_notebook.wire import ServerSentEvent

S = 1_000_000  # microseconds


def event(name: str = "workload_status_update", who: str | None = "wl-1", **fields: Any) -> Event:
    """An event of this type, about this workload."""
    raw = json.dumps({"event_type": name, "workload_id": who, **fields})
    found = Vocabulary().read(ServerSentEvent(data=raw), received_us=1)
    assert isinstance(found, Event)
    return found


def parted(silences: Silences, batch: Batch, now: float) -> tuple[list[int], list[tuple[str, list[int]]]]:
    rows, caught = silences.part(batch, range(len(batch)), now)
    return list(rows), [(silence.said, list(hidden)) for silence, hidden in caught]


def test_the_same_again_is_the_same_for_longer() -> None:
    """One silence for one filter, however it is said: its number, its reason and its count stay."""
    silences = Silences()
    first = silences.add(muting("build.*", None), 0, 10 * S, "deploy", type="build.*")
    parted(silences, Batch.of([event("build_failed")]), 1.0)
    again = silences.add(where('type == "build.*"'), 1 * S, 98 * S)
    assert first is again
    assert [(1, 99.0, 1, "deploy")] == [
        (each.id, each.until, each.suppressed, each.reason) for each in silences.now(50.0)
    ]


def test_one_that_has_ended_is_another_one() -> None:
    """Its count begins anew."""
    silences = Silences()
    silences.add(muting("build.*", None), 0, 10 * S, "deploy")
    parted(silences, Batch.of([event("build_failed")]), 1.0)
    again = silences.add(muting("build.*", None), 10 * S, 10 * S)
    assert (2, 0, "") == (again.id, again.suppressed, again.reason)
    assert [again] == silences.now(19.9)


def test_rows_are_parted() -> None:
    """Each row is caught by the first that fits, or shown; either spelling of a type, a status too."""
    silences = Silences()
    silences.add(muting(None, "a"), 0, 10 * S, resource="a")
    silences.add(muting("workload_status_update", "b"), 0, 10 * S, type="w", resource="b")
    silences.add(muting("workload.degraded", None), 0, 10 * S)
    rows = Batch.of([event(who=who, status="running") for who in ("a", "b", "c", None, "a")])
    assert ([2, 3], [("a", [0, 4]), ("w of b", [1])]) == parted(silences, rows, 1.0)
    degraded = Batch.of([event(who="c", status="Degraded")])
    assert ([], [('type == "workload.degraded"', [0])]) == parted(silences, degraded, 9.999999)
    assert ([0, 1, 2, 3, 4], []) == parted(silences, rows, 10.0)


FILTERS = [
    'type == "build.*"',
    'type == "build_failed" and resource_id == "wl-1"',
    'severity >= "warning"',
    'type == "workload.running"',
    'type == "workload.status" and status == "running"',
    "data.n > 3",
    'matches(message, "x+")',
    'not (type == "workload.running" or has(data.n))',
    'lower(status) in ["running", "failed"]',
    'resource_id != "wl-1" and data.n < 5',
    "True",
    "False",
    "age() > 5",
]

events = st.builds(
    event,
    st.sampled_from(["build_failed", "build_complete", "workload_status_update", "workload.running", "odd"]),
    st.sampled_from(["wl-1", "wl-2", None]),
    status=st.sampled_from(["running", "Failed", None]),
    n=st.one_of(st.none(), st.integers(0, 8)),
    message=st.sampled_from(["x", "xx y", "z", None]),
)


@examples(200)
@given(st.lists(events, min_size=1, max_size=12), st.lists(st.sampled_from(FILTERS), max_size=4, unique=True))
def test_what_is_caught_is_what_fits(rows: list[Event], texts: list[str]) -> None:
    """Whether like rows are asked together or not, each is caught by the first filter that fits it alone."""
    silences = Silences()
    for text in texts:
        silences.add(where(text), 0, 10 * S)
    expected: dict[str, list[int]] = {}
    shown = []
    for at, row in enumerate(rows):
        by = next((text for text in texts if where(text).test(row)), None)
        (shown if by is None else expected.setdefault(str(where(by)), [])).append(at)
    found, caught = parted(silences, Batch.of(rows), 9.0)
    assert (shown, expected) == (found, dict(caught))


def test_an_age_is_counted_by_the_time_of_what_came() -> None:
    """And not by the machine's: a replay is told the same."""
    silence = Silences().add(where("age() > 5"), 0, 10 * S)
    row = event()  # of 1970, as its time is that of its arrival
    assert (False, True) == (silence.fits(row, 5.0), silence.fits(row, 5.1))


@pytest.mark.parametrize(("type_", "resource"), [(None, None), ("", None), (5, None), ("x", "y" * 201)])
def test_what_cannot_be_muted_is_refused(type_: Any, resource: Any) -> None:
    """Nothing, or no text."""
    with pytest.raises(ArgumentError):
        muting(type_, resource)


def test_what_cannot_be_silenced_is_refused() -> None:
    """A callable, which can't be written down, nor asked of a replay; and what is too long."""
    with pytest.raises(ArgumentError, match="no callable"):
        Silences().add(where(lambda _: True), 0, 1)
    with pytest.raises(ArgumentError, match="4,000 characters"):
        Silences().add(where(message="x" * 4_000), 0, 1)


def test_there_are_not_too_many() -> None:
    """A bound, with what to do about it; those that have ended take no room."""
    silences = Silences()
    for n in range(MOST):
        silences.add(muting(f"t{n}", None), 0, 1 * S)
    with pytest.raises(ArgumentError, match="unmute"):
        silences.add(muting("one more", None), 999_999, 1 * S)
    silences.add(muting("one more", None), 1 * S, 1 * S)
    assert ["one more"] == [each.filter.tree.right.value for each in silences.now(1.5)]  # type: ignore[attr-defined]


def test_what_ends_in_a_day_or_more_names_the_day() -> None:
    """A time of day alone would mean the next one; of the last day that is right."""
    day = 24 * 3600
    silence = Silences().add(muting("build.*", None), 0, 3 * day * S, type="build.*")
    assert "muted until 1970-01-04 00:00:00 UTC: build.*" == silence.why(0)
    assert ["1970-01-04 00:00:00 UTC", "00:00:00 UTC"] == [silence.ends(2 * day), silence.ends(2 * day + 1)]


def test_it_says_why() -> None:
    """A mute by its names, as ever; a silence by its reason, which is cut, and its filter."""
    silences = Silences()
    mute = silences.add(muting("build.*", "b-1"), 0, 60 * S, type="build.*", resource="b-1")
    assert "muted until 00:01:00 UTC: build.* of b-1" == mute.why(0)
    silence = silences.add(where("data.n > 3"), 0, 60 * S, "deploy\n2.4")
    assert "silenced: deploy 2.4; until 00:01:00 UTC: data.n > 3" == silence.why(0)
    assert "silenced: until 00:01:00 UTC: True" == silences.add(where("True"), 0, 60 * S).why(0)
    assert [("build.*", "b-1"), ("data.n > 3", None), ("True", None)] == [
        (told["type"], told["resource"]) for each in silences.now(0) if (told := each.to_json())
    ]
