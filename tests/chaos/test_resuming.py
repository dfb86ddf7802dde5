"""What the chaos test says of resuming, as small as it gets: a few events, a few connections, by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from raw_server import CHUNKED, LAST, RawServer, chunk, hold
from support import QUICK, client_threads, eventually

import sse_notebook as sse


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as server:
        yield server
        sse.close_all()
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")


def event(id_: int | None, data: str = "") -> bytes:
    """One event; with an id, its data says which."""
    return f"data: {data}\n\n".encode() if id_ is None else f"id: {id_}\ndata: {data or id_}\n\n".encode()


def greeting(complete: bool | None, replayed: int = 0) -> bytes:
    """What the platform says first."""
    said = {"event_type": "connected", "resume": {"from": None, "replayed": replayed, "complete": complete}}
    return f"event: connected\ndata: {json.dumps(said)}\n\n".encode()


def connection(*blocks: bytes, stays: bool = False) -> list[Any]:
    """A script: these blocks, then an end, or none."""
    return [CHUNKED, *map(chunk, blocks), hold if stays else LAST]


def connect(server: RawServer, *connections: list[Any]) -> sse.EventStream:
    """A stream that has been through all these connections, and has come to rest in the last."""
    stream = sse.connect(server.play("/x", *connections), **QUICK)
    stream.wait_for(lambda event: event.raw == "end", timeout=20)
    return stream


def rows(stream: sse.EventStream) -> list[str]:
    return stream.df["data"].to_list()


def asked(server: RawServer) -> list[str | None]:
    """What each request resumed from."""
    return [request.get("last-event-id") for request in server.requests]


# -- twice -----------------------------------------------------------------------------------------------


def test_what_is_sent_again_is_one_row(server: RawServer) -> None:
    """A server that begins before the id it was asked for repeats nothing in the table; it is counted."""
    stream = connect(
        server,
        connection(event(1), event(2), event(3)),
        connection(event(2), event(3), event(4), event(None, "end"), stays=True),
    )
    assert ["1", "2", "3", "4", "end"] == rows(stream)
    metrics = stream.metrics.snapshot()
    assert 2 == metrics['sse_events_dropped_total{reason="duplicate"}']
    assert 5 == metrics["sse_events_stored_total"]
    assert 7 == sum(n for name, n in metrics.items() if name.startswith("sse_events_received_total"))


def test_what_is_sent_again_moves_nothing_back(server: RawServer) -> None:
    """A repetition that is cut does not make the next request ask for what is there already.

    It would ask for an older id than it has, and a server that has forgotten that one would speak of a hole
    where there is none.
    """
    stream = connect(
        server,
        connection(event(1), event(2), event(3)),
        connection(event(1), event(2)),
        connection(event(4), event(None, "end"), stays=True),
    )
    assert [None, "3", "3"] == asked(server)
    assert ["1", "2", "3", "4", "end"] == rows(stream)


def test_twins_of_one_connection_stay_two(server: RawServer) -> None:
    """The same data under another id, under no id, even under the same id: nothing was sent again."""
    blocks = (event(1, "same"), event(2, "same"), event(2, "same"), event(None, "same"), event(None, "same"))
    stream = connect(server, connection(*blocks, event(None, "end"), stays=True))
    assert [*["same"] * 5, "end"] == rows(stream)


def test_twins_across_a_reconnection_stay_two(server: RawServer) -> None:
    """After a reconnection, too: without an id, or under a new one, it is another event."""
    stream = connect(
        server,
        connection(event(1, "same"), event(None, "same")),
        connection(event(1, "same"), event(None, "same"), event(2, "same"), event(None, "end"), stays=True),
    )
    assert [*["same"] * 4, "end"] == rows(stream)
    assert ["1", None, None, "2"] == [event.id for event in stream.events[:4]]


def test_an_old_id_with_new_data_is_an_event(server: RawServer) -> None:
    """Servers number anew, or put one id on everything: what says something else is another event."""
    stream = connect(
        server,
        connection(event(1, "a"), event(2, "b")),
        connection(event(1, "c"), event(2, "b"), event(None, "end"), stays=True),
    )
    assert ["a", "b", "c", "b", "end"] == rows(stream)


# -- holes -----------------------------------------------------------------------------------------------


def test_an_admitted_hole(server: RawServer) -> None:
    """The server says that it has forgotten: one gap, not recovered; the row after it says so."""
    stream = connect(
        server,
        connection(greeting(None), event(1)),
        connection(greeting(False, 1), event(5), event(None, "end"), stays=True),
    )
    df, gaps = stream.df, stream.gaps
    assert ([False], ["1"]) == (gaps["recovered"].to_list(), gaps["last_event_id"].to_list())
    assert [False, True, False] == df["after_gap"].to_list()
    assert (
        df["received_at"].iloc[0] <= gaps["start"].iloc[0] <= gaps["end"].iloc[0] <= df["received_at"].iloc[1]
    )
    assert 1 == stream.metrics["sse_gaps_total"]


def test_a_refilled_one(server: RawServer) -> None:
    """The server says that it sends all that was missed: the gap is recovered, and no row is marked."""
    stream = connect(
        server,
        connection(greeting(None), event(1)),
        connection(greeting(True, 1), event(2), event(None, "end"), stays=True),
    )
    assert [True] == stream.gaps["recovered"].to_list()
    assert not stream.df["after_gap"].any()
    assert ["live", "resumed", "live"] == stream.df["origin"].to_list()


def test_one_that_nobody_speaks_of(server: RawServer) -> None:
    """The server says nothing: whether anything is missing is not known, and nothing is claimed."""
    stream = connect(server, connection(event(1)), connection(event(5), event(None, "end"), stays=True))
    assert ([True], False) == (stream.gaps["recovered"].isna().to_list(), stream.df["after_gap"].any())


def test_a_hole_that_is_admitted_twice_is_one(server: RawServer) -> None:
    """A connection that admits a hole and is cut before it brings a row, and the next: one hole, one gap."""
    stream = connect(
        server,
        connection(greeting(None), event(1)),
        connection(greeting(False, 1)),
        connection(greeting(False, 1), event(5), event(None, "end"), stays=True),
    )
    assert [False, True, False] == stream.df["after_gap"].to_list()
    assert 1 == stream.gaps["recovered"].eq(False).sum()


def test_a_hole_stays_until_a_row_has_shown_it(server: RawServer) -> None:
    """After an admitted hole came nothing but a cut: the first row marks it, though all is well by then."""
    stream = connect(
        server,
        connection(greeting(None), event(1)),
        connection(greeting(False), b"id: 4\n\n"),
        connection(greeting(True, 1), event(5), event(None, "end"), stays=True),
    )
    assert [None, "1", "4"] == asked(server)
    assert [False, True, False] == stream.df["after_gap"].to_list()
    assert [False, True] == stream.gaps["recovered"].to_list()


def test_a_promise_that_was_cut_is_not_kept(server: RawServer) -> None:
    """The server promises three events, is cut after one, and has forgotten the others by then.

    What it promised is missing: the gap that was to be refilled must not be called recovered.
    """
    stream = connect(
        server,
        connection(greeting(None), event(1)),
        connection(greeting(True, 3), event(2)),
        connection(greeting(False, 1), event(9), event(None, "end"), stays=True),
    )
    assert ["1", "2", "9", "end"] == rows(stream)
    assert [False, False, True, False] == stream.df["after_gap"].to_list()
    assert not stream.gaps["recovered"].eq(True).any()
