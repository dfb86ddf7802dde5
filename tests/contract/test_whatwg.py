"""The HTML standard's rules for the client, 9.2.2 and 9.2.3 "Processing model": a test for each.

The quotations are verbatim (https://html.spec.whatwg.org/multipage/server-sent-events.html). The rules of
9.2.5 and 9.2.6, on the stream, are cases of tests/wire. Where the standard fires an event, `moved` is told.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from contract.play import PLAIN, Connect, said, settled, state, stream
from raw_server import CHUNKED, LAST, STREAM, Peer, RawServer, answer, chunk, gate, hold, reset
from support import PATIENCE, Listener, eventually

from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArgumentError, ConnectionLost, Unreachable
from sse_notebook.source import Backoff, EventSource, ReadyState

# -- 9.2.2: the constructor ------------------------------------------------------------------------------


def test_a_url_that_is_a_failure(listener: Listener) -> None:
    """By "If urlRecord is failure, then throw": at once, not later on the thread."""
    with pytest.raises(ArgumentError):
        EventSource("http://[::1", listener)


def test_the_request(server: RawServer, connect: Connect) -> None:
    """By "Set request's cache mode to" no-store, and what "User agents may set": both are said."""
    state(connect(server.play("/x", stream())), "open")
    request = server.requests[0]
    assert ["text/event-stream"] == request.all("accept")
    assert request.all("cache-control") in (["no-store"], ["no-cache"])
    assert [] == request.all("last-event-id")


def test_what_is_empty_at_first(listener: Listener) -> None:
    """By "A last event ID string. This must initially be the empty string": nothing is known yet."""
    source = EventSource("http://localhost/", listener)
    assert ("", None) == (source.last_event_id, source.decoder.reconnection_time)


def test_the_first_reconnection_time() -> None:
    """By "probably in the region of a few seconds": it is one second, before chance and `retry:`."""
    assert 1.0 == Backoff(jitter=0).delay(1)


# -- what becomes of a response --------------------------------------------------------------------------


@pytest.mark.parametrize("body", [[CHUNKED, LAST], [STREAM], [CHUNKED, chunk(b"data: x\n\n"), LAST]])
def test_the_end_of_the_body(server: RawServer, connect: Connect, body: list[bytes]) -> None:
    """By "if res is not a network error, then reestablish the connection": a proper end is no end."""
    source = connect(server.play("/x", body, stream()))
    eventually(lambda: source.connections == 2)


@pytest.mark.parametrize(
    "script",
    [[reset], [CHUNKED, reset], [CHUNKED, chunk(b"data: x\n\n"), b"5\r\nda"], [b"HTTP/1.1 2"], []],
    ids=["reset", "reset in the stream", "cut in a chunk", "cut in the head", "no answer"],
)
def test_a_network_error(
    server: RawServer, connect: Connect, listener: Listener, script: list[bytes | Callable[[Peer], None]]
) -> None:
    """By "if res is a network error, then reestablish the connection": before the answer and after it."""
    source = connect(server.play("/x", script, stream()))
    eventually(lambda: len(server.requests) == 2)
    state(source, "open")
    errors = {type(status.error) for status in listener.statuses if status.error is not None}
    assert 1 == len(errors)
    assert errors < {Unreachable, ConnectionLost}


@pytest.mark.parametrize(
    "bad",
    [
        answer("201 Created", content_type="text/event-stream"),
        answer("404 Not Found", content_type="text/event-stream"),
        answer("200 OK", b"data: x\n\n", content_type="text/plain"),
        answer("200 OK", b"data: x\n\n"),
    ],
    ids=["another success", "a failure", "another type", "no type"],
)
def test_a_response_that_is_no_stream(
    server: RawServer, connect: Connect, listener: Listener, bad: bytes
) -> None:
    """By "if res's status is not 200, or if res's `Content-Type` is not" ours, "then fail": it ends."""
    source = connect(server.play("/x", [bad], stream(b"data: y\n\n")))
    assert "exhausted" == settled(source)
    assert ReadyState.CLOSED == source.status.ready_state
    assert ([], 1) == (listener.events, server.accepted)


def test_interpreted_line_by_line(server: RawServer, connect: Connect, listener: Listener) -> None:
    """By "announce the connection and interpret res's body": `open` first, then what comes."""
    order: list[str] = []
    listener.moving = lambda status: order.append(status.state)
    listener.hearing = lambda events: order.extend(event.data for event in events)
    connect(server.play("/x", stream(b"data: 1\n\nda", b"ta: 2\n\n")))
    eventually(lambda: order == ["connecting", "open", "1", "2"])


# -- 9.2.2: readyState and close -------------------------------------------------------------------------


def test_the_values_of_ready_state() -> None:
    """By "`CONNECTING` (numeric value 0)" and so on: the numbers are the standard's."""
    assert [("CONNECTING", 0), ("OPEN", 1), ("CLOSED", 2)] == [(each.name, each.value) for each in ReadyState]


@pytest.mark.parametrize("begin", [[], [CHUNKED], [CHUNKED, chunk(b"data: x\n\ndata: y")]])
def test_close_aborts_the_fetch(server: RawServer, connect: Connect, begin: list[bytes]) -> None:
    """By "must abort any instances of the fetch algorithm": the server sees it end, in every phase."""
    asked, left = threading.Event(), threading.Event()

    def until_gone(peer: Peer) -> None:
        asked.set()
        peer.until_gone()
        left.set()

    source = connect(server.play("/x", [*begin, until_gone]))
    assert asked.wait(PATIENCE)
    source.close()
    assert ReadyState.CLOSED == source.status.ready_state
    assert left.wait(PATIENCE)


# -- 9.2.3: announce the connection ----------------------------------------------------------------------


def test_announced_only_if_not_closed(server: RawServer, connect: Connect, listener: Listener) -> None:
    """By "if the `readyState` attribute is set to a value other than `CLOSED`": after that no `open`."""
    word, wait = gate()
    source = connect(server.play("/x", [wait, *stream(b"data: x\n\n")]))
    eventually(lambda: server.requests)
    source.close()
    word.set()
    eventually(lambda: not source._thread.is_alive())
    assert (["connecting", "closed"], []) == (listener.states, listener.events)


# -- 9.2.3: reestablish the connection -------------------------------------------------------------------


def test_reestablishing_is_connecting_and_an_error(
    server: RawServer, connect: Connect, listener: Listener
) -> None:
    """By "Set the `readyState` attribute to `CONNECTING`. Fire an event named `error`": both are told."""
    connect(server.play("/x", [CHUNKED, LAST], [hold]))
    eventually(lambda: len(server.requests) == 2)
    lost = next(status for status in listener.statuses if status.error is not None)
    assert ReadyState.CONNECTING == lost.ready_state


@pytest.mark.parametrize(("retry", "seconds"), [(b"", 1.0), (b"retry: 2500\n", 2.5), (b"retry: 4000\n", 4.0)])
def test_the_delay(server: RawServer, connect: Connect, retry: bytes, seconds: float) -> None:
    """By "Wait a delay equal to the reconnection time of the event source": not a moment less."""
    clock = VirtualClock()
    connect(server.play("/x", [CHUNKED, chunk(b":\n" + retry), LAST], stream()), backoff=PLAIN, clock=clock)
    assert seconds == clock.wait_for_sleeper()
    clock.advance(seconds - 0.001)
    assert 1 == len(server.requests)
    clock.advance(0.002)
    eventually(lambda: len(server.requests) == 2)


def test_wait_some_more(server: RawServer, connect: Connect) -> None:
    """By "user agents might introduce an exponential backoff delay": each pause is twice the last."""
    clock = VirtualClock()
    connect(server.play("/x", [answer("503 Busy")]), backoff=PLAIN, clock=clock)
    for seconds in (1.0, 2.0, 4.0, 8.0):
        assert seconds == clock.wait_for_sleeper()
        clock.advance(seconds)


def test_nothing_is_asked_when_no_longer_connecting(server: RawServer, connect: Connect) -> None:
    """By "is not set to `CONNECTING`, then return": who stopped in the pause asks nothing after it."""
    clock = VirtualClock()
    source = connect(server.play("/x", [CHUNKED, LAST], stream()), backoff=PLAIN, clock=clock)
    clock.wait_for_sleeper()
    source.disconnect()
    clock.advance(100.0)
    assert (1, ReadyState.CLOSED) == (len(server.requests), source.status.ready_state)
    source.reconnect()
    eventually(lambda: source.connections == 2)
    assert 2 == server.accepted


@pytest.mark.parametrize("id", ["1", "…", "größer", "日本", "a b", '{"a":[1,-1]}', "x" * 2_000])
def test_the_last_event_id(server: RawServer, connect: Connect, listener: Listener, id: str) -> None:
    """By "last event ID string, encoded as UTF-8": any text comes back as it was."""
    server.play("/x", [CHUNKED, chunk(f"id: {id}\ndata\n\n".encode()), LAST], stream(b"data\n\n"))
    connect(server.url("/x"))
    eventually(lambda: len(listener.events) == 2)
    assert [None, id] == [request.get("last-event-id") for request in server.requests]
    assert [("message", "", id)] * 2 == said(listener)


@pytest.mark.parametrize("wire", [b"data\n\n", b"id: 1\ndata\n\nid\ndata\n\n", b"id: 1\ndata\n\nid:\n\n"])
def test_no_last_event_id(server: RawServer, connect: Connect, wire: bytes) -> None:
    """By "is not the empty string, then": empty, or set to empty, it is no header at all."""
    source = connect(server.play("/x", [CHUNKED, chunk(wire), LAST], stream()))
    eventually(lambda: source.connections == 2)
    assert [[], []] == [request.all("last-event-id") for request in server.requests]


# -- 9.2.3: fail the connection --------------------------------------------------------------------------


def test_once_failed(server: RawServer, connect: Connect, listener: Listener) -> None:
    """By "it does not attempt to reconnect": once failed, not in a year."""
    clock = VirtualClock()
    source = connect(server.play("/x", [answer("404 Not Found")], stream()), backoff=PLAIN, clock=clock)
    assert "exhausted" == settled(source)
    eventually(lambda: listener.states == ["connecting", "exhausted"])
    assert listener.statuses[-1].error is not None
    clock.advance(365 * 86_400.0)
    source.disconnect()  # it takes a command, and only now is that looked at
    assert 1 == server.accepted


# -- 9.2.1 -----------------------------------------------------------------------------------------------


def test_no_content(server: RawServer, connect: Connect) -> None:
    """By "a client can be told to stop reconnecting using the HTTP 204 No Content": it stops."""
    source = connect(server.play("/x", [CHUNKED, LAST], [answer("204 No Content")]))
    assert "exhausted" == settled(source)
    assert 2 == server.accepted
