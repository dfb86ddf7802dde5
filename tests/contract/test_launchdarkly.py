"""LaunchDarkly's sse-contract-tests, groups "HTTP behavior" and "reconnection": theirs by name, ours in deed.

The other groups (basic parsing, BOM, comments, linefeeds, payload sizes) are cases: see `test_cases`. Where
each of their tests is found, and which do not apply, stands in `upstream`. What their test service is told is
here `headers=`, `last_event_id=`, `idle_timeout=` (their read timeout), and `reconnect()` (their restart).
"""

from __future__ import annotations

import socket

import pytest
from contract.play import Connect, named, said, settled, state, stream
from raw_server import CHUNKED, LAST, RawServer, answer, chunk, gate, hold
from support import PATIENCE, Listener, eventually

from sse_notebook.clock import VirtualClock
from sse_notebook.errors import BadRedirect, BadStatus, ConnectionLost

# -- HTTP behavior ---------------------------------------------------------------------------------------


@named("launchdarkly", "default method and headers")
def test_default_method_and_headers(connect: Connect) -> None:
    """It asks by GET, for an event stream, past all caches, and for no place in it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE)
        connect(f"http://127.0.0.1:{listening.getsockname()[1]}/x")
        asking, _ = listening.accept()
        with asking:
            head = b""
            while b"\r\n\r\n" not in head:
                head += asking.recv(65536)
    first, *lines = head.decode().lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if line)
    assert "get /x http/1.1" == first
    assert "text/event-stream" == headers["accept"]
    assert headers["cache-control"] in ("no-store", "no-cache")
    assert "last-event-id" not in headers


@named("launchdarkly", "204 halts re-connection attempts")
def test_204(server: RawServer, connect: Connect) -> None:
    """A 204 is the end of it: no attempt is planned."""
    source = connect(server.play("/x", [answer("204 No Content")]))
    assert "exhausted" == settled(source)
    assert (BadStatus, None) == (type(source.status.error), source.status.next_retry_at)
    assert 1 == server.accepted


@pytest.mark.parametrize(
    "status", [301, 307], ids=lambda status: f"launchdarkly: client follows {status} redirect"
)
def test_redirects(server: RawServer, connect: Connect, listener: Listener, status: int) -> None:
    """A redirect is followed to the stream."""
    server.play("/from", [answer(f"{status} Elsewhere", location=server.url("/to"))])
    server.play("/to", stream(b"data: hail\n\n"))
    connect(server.url("/from"))
    eventually(lambda: listener.data == ["hail"])


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        pytest.param(
            status,
            {"location": ""} if what == "empty" else {},
            id=f"launchdarkly: client handles {what} Location header with {status} status",
        )
        for status in (301, 307)
        for what in ("empty", "missing")
    ],
)
def test_redirects_to_nowhere(
    server: RawServer, connect: Connect, status: int, headers: dict[str, str]
) -> None:
    """A redirect without a target is an error with a reason, after one request."""
    source = connect(server.play("/x", [answer(f"{status} Nowhere", **headers)]))
    assert "exhausted" == settled(source)
    assert (BadRedirect, f"{status} Nowhere without a target") == (
        type(source.status.error),
        source.status.cause,
    )
    assert 1 == server.accepted


@named("launchdarkly", "custom headers")
def test_custom_headers(server: RawServer, connect: Connect) -> None:
    """`headers=` are sent with every request, as they are."""
    headers = {"Header-Name-1": "value-1", "header-name-2": "value-2"}
    source = connect(server.play("/x", [CHUNKED, LAST], stream()), headers=headers)
    eventually(lambda: source.connections == 2)
    for request in server.requests:
        assert headers.items() <= dict(request.headers).items()


@named("launchdarkly", "sends Last-Event-Id in initial request if set")
def test_initial_last_event_id(server: RawServer, connect: Connect) -> None:
    """`last_event_id=` is sent with the first request."""
    source = connect(server.play("/x", stream()), last_event_id="abc")
    state(source, "open")
    assert ["abc"] == server.requests[0].all("last-event-id")


# -- reconnection ----------------------------------------------------------------------------------------


@named("launchdarkly", "caller can trigger a restart")
def test_restart(server: RawServer, connect: Connect, listener: Listener) -> None:
    """`reconnect()` makes the connection anew, and the stream goes on there."""
    source = connect(server.play("/x", stream(b"data: one\n\n"), stream(b"data: two\n\n")))
    eventually(lambda: listener.data == ["one"])
    source.reconnect()
    eventually(lambda: listener.data == ["one", "two"])
    assert 2 == source.connections


def broken_after(
    server: RawServer, connect: Connect, listener: Listener, first: bytes, *then: bytes
) -> list[str | None]:
    """Break a connection when `first` was heard, send `then` on the next; what each request resumed from."""
    count = first.count(b"\n\n")
    word, wait = gate()
    server.play("/x", [CHUNKED, chunk(first), wait], stream(*then))
    source = connect(server.url("/x"))
    eventually(lambda: len(listener.events) == count)
    word.set()
    eventually(lambda: source.connections == 2)
    return [request.get("last-event-id") for request in server.requests]


@named("launchdarkly", "sends ID of last received event")
def test_the_last_id(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A reconnection names the last event's id; the first request names none."""
    assert [None, "abc"] == broken_after(server, connect, listener, b"id: abc\ndata: one\n\n")


@named("launchdarkly", "sends ID of last received event that had an ID if later events did not")
def test_the_last_id_that_was_there(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Events without an id leave the last one standing."""
    wire = b"id: abc\ndata: one\n\ndata: two\n\n"
    assert [None, "abc"] == broken_after(server, connect, listener, wire)
    assert [("message", "one", "abc"), ("message", "two", "abc")] == said(listener)


@named("launchdarkly", "last event ID can be explicitly overridden with an empty value")
def test_an_empty_id(server: RawServer, connect: Connect, listener: Listener) -> None:
    """After an empty id a reconnection has no such header, not even an empty one."""
    wire = b"id: abc\ndata: one\n\nid: \ndata: two\n\n"
    assert [None, None] == broken_after(server, connect, listener, wire)
    assert [("message", "one", "abc"), ("message", "two", "")] == said(listener)


@named("launchdarkly", "can set read timeout")
def test_read_timeout(server: RawServer, connect: Connect, listener: Listener) -> None:
    """`idle_timeout=`: a silent connection is stale, is given up with a reason, and is made anew."""
    clock = VirtualClock()
    server.play("/x", stream(b"data: one\n\n"), stream())
    source = connect(server.url("/x"), clock=clock, idle_timeout=0.5)
    eventually(lambda: listener.data == ["one"])
    state(source, "open")
    clock.advance(0.6)
    state(source, "stale")
    clock.advance(0.6)
    clock.advance(clock.wait_for_sleeper())
    eventually(lambda: source.connections == 2)
    errors = [type(status.error) for status in listener.statuses if status.error is not None]
    assert [ConnectionLost] == errors


@named("launchdarkly", "discards partial messages on retry")
def test_partial_messages(server: RawServer, connect: Connect, listener: Listener) -> None:
    """What was half-said when the connection broke is no part of what comes next; nor is its id."""
    half = b"id: abc\ndata: one\n\nid: def\ndata: tw"
    assert [None, "abc"] == broken_after(server, connect, listener, half, b"data: three\n\n")
    eventually(lambda: len(listener.events) == 2)
    assert [("message", "one", "abc"), ("message", "three", "abc")] == said(listener)


@named("launchdarkly", "new connection established after breaking previous is functional")
def test_the_new_connection(server: RawServer, connect: Connect, listener: Listener) -> None:
    """The new connection brings its events, with their ids."""
    then = b"id: def\ndata: two\n\n"
    assert [None, "abc"] == broken_after(server, connect, listener, b"id: abc\ndata: one\n\n", then)
    eventually(lambda: len(listener.events) == 2)
    assert [("message", "one", "abc"), ("message", "two", "def")] == said(listener)


@named("launchdarkly", "single comment", "two comments in a row")
def test_comments_are_a_sign_of_life(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A comment is not handed on, but heard of at once, without a blank line: the connection lives."""
    word, wait = gate()
    source = connect(server.play("/x", [CHUNKED, chunk(b":one\n"), wait, chunk(b":two\n"), hold]))
    eventually(lambda: source.decoder.comments == 1)
    word.set()
    eventually(lambda: source.decoder.comments == 2)
    assert ([5, 5], []) == (listener.sizes, listener.events)
