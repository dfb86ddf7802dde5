"""The newest event of each resource, against looking for it among all rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from followed import Followed, adding, forward, others
from hypothesis import given
from hypothesis import strategies as st
from store_rows import assert_contract, cut_small

from sse_notebook.events import Event
from sse_notebook.store import EventStore, followers, latest
from sse_notebook.store.latest import latest_of
from sse_notebook.store.schema import COLUMNS


@pytest.fixture(autouse=True, scope="module")
def small():
    """Parts and segments so small that every edge of them is met."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(followers, "PART", 3)
        cut_small(patch, rows=4, narrow=2)
        yield


def newest(rows: list[Event]) -> list[Event]:
    """The newest event of each resource, ordered by that."""
    found: dict[tuple[str | None, str | None], Event] = {}
    for row in sorted(rows, key=lambda row: (row.timestamp_us, row.seq)):
        if row.resource_id is not None:
            found[row.resource_type, row.resource_id] = row
    return [found[who] for who in sorted(found, key=lambda who: (who[0] is None, who))]


def assert_equal(frame: pd.DataFrame, rows: list[Event]) -> None:
    """The frame has the newest of these rows, with all their values, and the contract's columns."""
    expected = newest(rows)
    assert_contract(frame)
    assert [row.seq for row in expected] == frame.index.tolist()
    for name, attribute, _ in COLUMNS:
        if attribute.endswith("_us"):
            values = frame[name].array.asi8.tolist()
        else:
            values = [None if pd.isna(value) else value for value in frame[name]]
        assert [getattr(row, attribute) for row in expected] == values


@given(st.lists(adding | adding | forward | others, max_size=14), st.integers(1, 9))
def test_the_newest_of_all_rows(todo: list[tuple[str, Any]], max_rows: int) -> None:
    """Late, in ties, evicted, cleared: at every look each resource has the newest of all its rows."""
    followed = Followed(max_rows)
    followed.store.latest_by_resource()
    for what, how in [*todo, ("look", None)]:
        followed.do(what, how)
        if what == "look":
            assert_equal(followed.store.latest_by_resource(), followed.rows)


@given(
    st.lists(adding | adding | forward | others, max_size=9), st.lists(adding, max_size=4), st.integers(1, 9)
)
def test_asked_for_later(before: list[tuple[str, Any]], after: list[tuple[str, Any]], max_rows: int) -> None:
    """The first time all that is kept is read; from then on nothing is forgotten."""
    followed = Followed(max_rows)
    for what, how in before:
        followed.do(what, how)
    gone = len(followed.rows) - len(followed.kept)
    assert_equal(followed.store.latest_by_resource(), followed.kept)
    for what, how in after:
        followed.do(what, how)
    assert_equal(followed.store.latest_by_resource(), followed.rows[gone:])
    pd.testing.assert_frame_equal(
        EventStore().latest_by_resource(), latest_of(EventStore().df), check_index_type=False
    )
    assert newest(followed.kept) == [
        row for seq in latest_of(followed.store.df).index for row in followed.kept if row.seq == seq
    ]


def test_a_late_older_event_takes_nothings_place() -> None:
    """The status is that of the newest timestamp; of two with the same, that of the later row."""
    followed = Followed()

    def status() -> str:
        return str(followed.store.latest_by_resource()["status"].item())

    followed.add([followed.row(status="running")])
    followed.add([followed.row(late=5, status="starting")])
    assert "running" == status()
    followed.add([followed.row(status="failed")])
    assert "failed" == status()


def test_a_frame_is_the_readers_own() -> None:
    """What is written into one does no harm to the next."""
    followed = Followed()
    followed.add([followed.row(status="running")])
    frame = followed.store.latest_by_resource()
    frame.loc[:, "status"] = "mine"
    frame["after_gap"].array[:] = True
    again = followed.store.latest_by_resource()
    assert ("running", False) == (again["status"].item(), again["after_gap"].item())


def test_so_many_resources_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were heard of the longest time ago go, a late event being heard of too; they are counted."""
    monkeypatch.setattr(latest, "MOST", 3)
    followed = Followed(max_rows=2)
    assert 0 == followed.store.resources_evicted
    followed.store.latest_by_resource()
    for who in "abc":
        followed.add([followed.row(resource_id=who)])
    followed.add([followed.row(late=9, resource_id="a", status="old")])
    followed.add([followed.row(resource_id=who) for who in "de"])
    frame = followed.store.latest_by_resource()
    assert (["a", "d", "e"], 2) == (frame["resource_id"].tolist(), followed.store.resources_evicted)
    assert "old" not in frame["status"].tolist()
    followed.add([followed.row(resource_id=who) for who in "xyx"])
    followed.add([followed.row(resource_id=who) for who in "vw"])
    assert ["v", "w", "x"] == followed.store.latest_by_resource()["resource_id"].tolist()


def test_a_look_reads_only_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of rows that a look has seen nothing is read again; of new ones only the newest are read as a whole."""
    read: list[range] = []
    made: list[int] = []
    values, at = latest.column_values, latest._rows_at

    def reading(version: Any, attribute: str, start: int, stop: int) -> list[Any]:
        read.append(range(start, stop))
        return values(version, attribute, start, stop)

    def making(version: Any, seqs: list[int]) -> list[Any]:
        made.extend(seqs)
        return at(version, seqs)

    monkeypatch.setattr(latest, "column_values", reading)
    monkeypatch.setattr(latest, "_rows_at", making)
    monkeypatch.setattr(followers, "PART", 100)
    followed = Followed()
    for rows in (10, 4):
        followed.add([followed.row() for _ in range(rows)])
        followed.store.latest_by_resource()
        followed.store.latest_by_resource()
    assert [range(10), range(10), range(10, 14), range(10, 14)] == read
    assert [9, 13] == made
