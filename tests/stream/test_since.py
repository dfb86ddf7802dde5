"""`connect(since=)`: a stream begins with what the server still has from then on."""

from __future__ import annotations

from typing import Any

import pytest
from support import QUICK, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError

HOUR = 3_600


@pytest.fixture
def old(backend: Backend) -> Backend:
    """A backend that keeps events of 10:00, 11:00 and 12:00."""
    for hour in (10, 11, 12):
        backend.publish({"event_type": "edit", "n": hour, "timestamp": f"2026-11-24T{hour}:00:00Z"})
    return backend


def numbers(stream: sse.EventStream) -> list[int]:
    return [event.data["n"] for event in stream.events]


@pytest.mark.parametrize("since", ["2026-11-24T11:00", "2026-11-24T12:00:00+01:00", 1_795_518_000])
def test_it_begins_in_the_past(old: Backend, since: Any) -> None:
    """Events at that time and later come, as sent again; naive times are UTC; then what is new."""
    stream = sse.connect(old.url, token=old.token(), since=since, **QUICK).wait_for(2, timeout=20)
    old.publish({"event_type": "edit", "n": 13})
    stream.wait_for(3, timeout=20)
    assert [11, 12, 13] == numbers(stream)
    assert ["resumed", "resumed", "live"] == stream.df["origin"].tolist()
    assert "2026-11-24T11:00:00.000000Z" == old.requests[-1].query["since"]


def test_later_it_resumes_by_id(old: Backend) -> None:
    """Once a connection was open, nothing is asked from the beginning again."""
    stream = sse.connect(old.url, token=old.token(), since="2026-11-24T11:00", **QUICK).wait_for(
        2, timeout=20
    )
    old.drop_all()
    eventually(lambda: len(stream.gaps) == 1 and stream.connected)
    old.publish({"event_type": "edit", "n": 13})
    stream.wait_for(3, timeout=20)
    assert [11, 12, 13] == numbers(stream)
    assert ["since" in request.query for request in old.requests] == [True, False]


def test_an_id_says_more(old: Backend) -> None:
    """With an id to resume from there is no need for a time."""
    ids = sse.connect(old.url, token=old.token(), since="2026-11-24T10:00", **QUICK).wait_for(3, timeout=20)
    first = ids.df["id"].iloc[0]
    other = sse.connect(
        old.url, token=old.token(), name="other", since="2026-11-24T12:00", last_event_id=first, **QUICK
    )
    assert [11, 12] == numbers(other.wait_for(2, timeout=20))
    assert "since" not in old.requests[-1].query


def test_until_a_connection_was_open(old: Backend) -> None:
    """An attempt that failed began nothing."""
    old.faults.update({"status": 503, "status_times": 2})
    stream = sse.connect(old.url, token=old.token(), since="2026-11-24T12:00", **QUICK)
    assert [12] == numbers(stream.wait_for(1, timeout=20))


@pytest.mark.parametrize("wrong", ["soon", object(), True, 5])
def test_no_time(wrong: Any) -> None:
    """What is no time is refused at once, by name."""
    with pytest.raises(ArgumentError, match="since"):
        sse.connect("http://localhost:9", since=wrong)
