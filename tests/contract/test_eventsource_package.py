"""The tests of the JavaScript package eventsource (github.com/EventSource/eventsource), new suite and old.

Theirs by name, ours in deed. Those of its parser are cases: see `test_cases`. Where each of theirs is found,
and which are about JavaScript only, stands in `upstream`.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from contract.play import Connect, named, said, settled, state, stream
from raw_server import CHUNKED, LAST, STREAM, Peer, RawServer, answer, chunk, dead_port, gate, hold
from support import PATIENCE, Listener, eventually

from sse_notebook.errors import (
    ArgumentError,
    BadRedirect,
    BadStatus,
    NotAnEventStream,
    Unauthorized,
    Unreachable,
)
from sse_notebook.source import EventSource, ReadyState

# -- connecting, and the request -------------------------------------------------------------------------


@named(
    "eventsource",
    "can connect, receive message, manually disconnect",
    "can connect using URL string only",
)
def test_connect_and_disconnect(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A URL is all it takes; a message comes; `disconnect` ends it for the server too."""
    left, _ = gate()

    def until_gone(peer: Peer) -> None:
        peer.until_gone()
        left.set()

    source = connect(server.play("/", [CHUNKED, chunk(b"event: welcome\ndata: hail\n\n"), until_gone]))
    eventually(lambda: said(listener) == [("welcome", "hail", "")])
    source.disconnect()
    assert left.wait(PATIENCE)


@named("eventsource", "throws if `url` is not a string/url")
@pytest.mark.parametrize("url", [123, None, b"http://localhost/"])
def test_a_url_that_is_no_text(listener: Listener, url: Any) -> None:
    """A URL that is no text is refused where it is given."""
    with pytest.raises(ArgumentError, match="url must be text"):
        EventSource(url, listener)


@named("eventsource", "sets request headers")
def test_request_headers(server: RawServer, connect: Connect) -> None:
    """Headers of the user's replace ours, and are sent once each."""
    headers = {"User-Agent": "test", "Cookie": "test=test", "Last-Event-ID": "99"}
    state(connect(server.play("/x", stream()), headers=headers), "open")
    request = server.requests[0]
    assert [[value] for value in headers.values()] == [request.all(name) for name in headers]


@named("eventsource", "does not set request headers that don't have a value")
def test_a_header_without_a_value(listener: Listener) -> None:
    """A header that is None is a mistake here, and says so: nobody wonders later where it went."""
    with pytest.raises(ArgumentError, match="X-Something"):
        EventSource("http://localhost/", listener, headers={"X-Something": None})  # type: ignore[dict-item]


@named(
    "eventsource",
    "sends correct Last-Event-ID http header when an initial Last-Event-ID header was specified in "
    "the constructor",
)
def test_an_initial_id_as_a_header(server: RawServer, connect: Connect, listener: Listener) -> None:
    """An id that was given as a header is sent until the server sets another."""
    first = [CHUNKED, chunk(b"data: x\n\n"), LAST]
    second = [CHUNKED, chunk(b"id: 10\ndata: y\n\n"), LAST]
    source = connect(server.play("/x", first, second, stream()), headers={"Last-Event-ID": "9"})
    eventually(lambda: source.connections == 3)
    assert [["9"], ["9"], ["10"]] == [request.all("last-event-id") for request in server.requests]


# -- redirects and refusals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "also"),
    [
        pytest.param(status, also, id=f"eventsource: redirects: handles {status} to same origin{also}")
        for status, also in (
            (301, " | eventsource: follows http 301 redirect"),
            (302, ""),
            (307, " | eventsource: follows http 307 redirect"),
            (308, ""),
        )
    ],
)
def test_redirects_to_the_same_origin(
    server: RawServer, connect: Connect, listener: Listener, status: int, also: str
) -> None:
    """The token goes along; `url` stays what it was; a reconnection asks there, and is redirected again."""

    def mirror(peer: Peer) -> None:
        said = json.dumps([peer.request.target, peer.request.get("authorization")])
        peer.send(chunk(f"data: {said}\n\n".encode()) + LAST)

    server.play("/from", [answer(f"{status} Elsewhere", location="/to?a=b")])
    server.play("/to", [CHUNKED, mirror], [CHUNKED, mirror], stream())
    source = connect(server.url("/from"), token="token-1")
    eventually(lambda: len(listener.events) == 2)
    assert ['["/to?a=b", "Bearer token-1"]'] * 2 == listener.data
    assert server.url("/from") == source.url
    eventually(lambda: source.connections == 3)
    assert ["/from", "/to"] * 3 == [request.path for request in server.requests]


@pytest.mark.parametrize(
    "status",
    [301, 302, 307, 308],
    ids=lambda status: f"eventsource: redirects: handles {status} to different origin",
)
def test_redirects_to_a_different_origin(server: RawServer, connect: Connect, status: int) -> None:
    """They follow it without the token; here it is not followed, and the other server is not asked."""
    with RawServer() as other:
        server.play("/x", [answer(f"{status} Elsewhere", location=other.url("/y"))])
        source = connect(server.url("/x"), token="token-1")
        assert ("exhausted", BadRedirect) == (settled(source), type(source.status.error))
        assert 0 == other.accepted


@pytest.mark.parametrize(
    "status",
    [301, 307],
    ids=lambda status: f"eventsource: causes error event when response is {status} with missing location",
)
def test_redirects_without_a_target(server: RawServer, connect: Connect, status: int) -> None:
    """A redirect to nowhere is an error with the server's own words."""
    source = connect(server.play("/x", [answer(f"{status} status message")]))
    assert "exhausted" == settled(source)
    assert f"{status} status message without a target" == source.status.cause


@pytest.mark.parametrize(
    "status",
    [401, 403],
    ids=lambda status: f"eventsource: causes error event when response status is {status}",
)
def test_refusals(server: RawServer, connect: Connect, status: int) -> None:
    """A refusal is an error with its status and the server's own words."""
    source = connect(server.play("/x", [answer(f"{status} status message", content_type="text/html")]))
    assert "unauthorized" == settled(source)
    error = source.status.error
    assert isinstance(error, Unauthorized)
    hint = "; no token was given (token=…)" if status == 401 else ""
    assert (status, f"{status} status message{hint}") == (error.status, str(error))


LONG = b"This is no stream. " * 1_000  # more than is read for the reason


@pytest.mark.parametrize(
    ("head", "state_", "kind"),
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + LONG,
            "exhausted",
            NotAnEventStream,
            id="eventsource: aborts a rejected HTTP 200 response before reporting failure",
        ),
        pytest.param(
            b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/event-stream\r\n\r\n" + LONG,
            "unauthorized",
            Unauthorized,
            id="eventsource: aborts a rejected HTTP 403 response before reporting failure",
        ),
    ],
)
def test_a_rejected_answer_is_let_go_of(
    server: RawServer, connect: Connect, head: bytes, state_: str, kind: type[Exception]
) -> None:
    """An answer that is no stream is not held on to, though the server goes on with it."""
    left, _ = gate()

    def until_gone(peer: Peer) -> None:
        peer.until_gone()
        left.set()

    source = connect(server.play("/x", [head, until_gone]))
    assert (state_, kind) == (settled(source), type(source.status.error))
    assert left.wait(PATIENCE)


@named(
    "eventsource",
    "will close stream on HTTP 204",
    "[NON-SPEC] message event contains extended properties (invalid http response)",
    "is not attempted when server responds with non-200 and non-500",
)
def test_204_after_a_stream(server: RawServer, connect: Connect, listener: Listener) -> None:
    """The 204 that answers a reconnection is the end, with its number in the error."""
    first = [CHUNKED, chunk(b"event: progress\nid: p-100\ndata: 100%\n\n"), LAST]
    source = connect(server.play("/x", first, [answer("204 No Content")]))
    assert "exhausted" == settled(source)
    error = source.status.error
    assert isinstance(error, BadStatus)
    assert (204, ReadyState.CLOSED) == (error.status, source.status.ready_state)
    assert [("progress", "100%", "p-100")] == said(listener)
    assert 2 == server.accepted


@named("eventsource", "[NON-SPEC] message event contains extended properties (failed connection)")
def test_a_failed_connection_says_why(connect: Connect) -> None:
    """Without a server the error says so, and has no status."""
    source = connect(f"http://127.0.0.1:{dead_port()}/x")
    error = eventually(lambda: source.status.error)
    assert isinstance(error, Unreachable)
    assert "refused" in str(error)
    assert not isinstance(error, BadStatus)


# -- events and ids --------------------------------------------------------------------------------------


@named("eventsource", "message event contains correct properties")
def test_properties_of_an_event(server: RawServer, connect: Connect, listener: Listener) -> None:
    """An event has its type, its data and its id."""
    connect(server.play("/x", stream(b"event: counter\nid: 1\ndata: at 1\n\n")))
    (event,) = eventually(lambda: listener.events)
    assert ("counter", "at 1", "1") == (event.event, event.data, event.id)


@named(
    "eventsource",
    "will reconnect with last received message id if server disconnects",
    "sends Last-Event-ID http header when it has previously been passed in an event from the server",
)
def test_a_counter_over_connections(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Three numbers a connection, counted on from the id that the client names: each comes once."""

    def count(peer: Peer) -> None:
        last = int(peer.request.get("last-event-id") or 0)
        for n in range(last + 1, last + 4):
            peer.send(chunk(f"event: counter\nid: {n}\ndata: {n}\n\n".encode()))
        peer.send(LAST)

    server.play("/x", [CHUNKED, count])
    source = connect(server.url("/x"))
    eventually(lambda: len(listener.events) >= 8)
    source.disconnect()
    numbers = [f"{n}" for n in range(1, len(listener.events) + 1)]
    assert [("counter", n, n) for n in numbers] == said(listener)
    asked = [request.get("last-event-id") for request in server.requests]
    assert [None, "3", "6"] == asked[:3]


@named(
    "eventsource",
    "does not send Last-Event-ID http header when it has not been previously sent by the server",
)
def test_no_id_no_header(server: RawServer, connect: Connect) -> None:
    """Without an id from the server a reconnection names none."""
    source = connect(server.play("/x", [CHUNKED, chunk(b"data: x\n\n"), LAST], stream()))
    eventually(lambda: source.connections == 2)
    assert [[], []] == [request.all("last-event-id") for request in server.requests]


@named("eventsource", "an ID from a block without data is used for reconnecting and later messages")
def test_an_id_without_an_event(server: RawServer, connect: Connect, listener: Listener) -> None:
    """An id that came without data is what the reconnection names, and what later events carry."""
    server.play("/x", [CHUNKED, chunk(b"id: 7\n\n"), LAST], stream(b"data: on\n\n"))
    connect(server.url("/x"))
    eventually(lambda: said(listener) == [("message", "on", "7")])
    assert [None, "7"] == [request.get("last-event-id") for request in server.requests]


# -- coming back, and not --------------------------------------------------------------------------------


@contextlib.contextmanager
def accepted(listening: socket.socket, body: bytes) -> Iterator[None]:
    """One connection of a bare socket, sent this stream; broken afterwards."""
    listening.settimeout(PATIENCE)
    peer, _ = listening.accept()
    with peer:
        head = b""
        while b"\r\n\r\n" not in head:
            head += peer.recv(65536)
        peer.sendall(STREAM + body)
        yield


@named("eventsource", "is attempted when server is down")
def test_a_server_that_is_not_there_yet(connect: Connect, listener: Listener) -> None:
    """Refused as long as nobody listens; connected once somebody does."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))  # nobody else gets the port, and nobody listens
        source = connect(f"http://127.0.0.1:{listening.getsockname()[1]}/x")
        eventually(lambda: isinstance(source.status.error, Unreachable))
        listening.listen()
        with accepted(listening, b"data: hail\n\n"):
            eventually(lambda: listener.data == ["hail"])


@named("eventsource", "is attempted when server goes down after connection")
def test_a_server_that_goes_and_comes(connect: Connect, listener: Listener) -> None:
    """A server that went away, its port refusing everybody, is found again when it is back."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        source = connect(f"http://127.0.0.1:{address[1]}/x")
        with accepted(listening, b"data: one\n\n"):
            eventually(lambda: listener.data == ["one"])
            listening.close()
    eventually(lambda: isinstance(source.status.error, Unreachable))
    with socket.create_server(address) as listening, accepted(listening, b"data: two\n\n"):
        eventually(lambda: listener.data == ["one", "two"])


@named("eventsource", "is attempted when the server responds with a 500")
def test_a_server_that_fails(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A 500 may pass: it is tried again."""
    connect(server.play("/x", [answer("500 Oops")], stream(b"data: hail\n\n")))
    eventually(lambda: listener.data == ["hail"])


@named("eventsource", "is CONNECTING when server has closed the connection")
def test_connecting_after_the_server_closed(server: RawServer, connect: Connect, listener: Listener) -> None:
    """When the server has ended the stream, it is CONNECTING, with the reason."""
    connect(server.play("/x", [CHUNKED, LAST], [hold]))
    eventually(lambda: "retrying" in listener.states)
    lost = next(status for status in listener.statuses if status.state == "retrying")
    assert (ReadyState.CONNECTING, "the server ended the stream") == (lost.ready_state, lost.cause)


@named(
    "eventsource",
    "will not reconnect after explicit `close()`",
    "close method exists and can be called to close an eventsource",
    "is CLOSED after connection has been closed",
    "does not emit error when connection is closed by client",
)
def test_close(server: RawServer, connect: Connect, listener: Listener) -> None:
    """`close` is the end: CLOSED, no error, no thread, and so no other request."""
    source = connect(server.play("/x", stream(b"retry: 2\ndata: 1\n\n")))
    eventually(lambda: listener.data == ["1"])
    assert source.close() is None
    assert (ReadyState.CLOSED, None) == (source.status.ready_state, source.status.error)
    eventually(lambda: not source._thread.is_alive())
    assert ["connecting", "open", "closed"] == listener.states
    assert 1 == server.accepted


@named(
    "eventsource",
    "will not reconnect after explicit `close()` in `onError`",
    "is stopped when server goes down and eventsource is being closed",
)
def test_close_when_told_of_the_error(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Closed from inside the error, before the pause is over, it asks no more."""
    source: list[EventSource] = []
    known, wait = gate()
    listener.moving = lambda status: status.error is not None and source[0].close()
    source.append(connect(server.play("/x", [wait, CHUNKED, chunk(b"retry: 2\ndata: 1\n\n"), LAST])))
    known.set()
    state(source[0], "closed")
    eventually(lambda: not source[0]._thread.is_alive())
    assert ["connecting", "open", "retrying", "closed"] == listener.states
    assert (["1"], 1) == (listener.data, server.accepted)


@named("eventsource", "does not double reconnect when connection is closed by server")
def test_one_reconnection_each(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A connection that the server ended is followed by one other, not two."""
    server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), LAST], stream(b"data: 2\n\n"))
    source = connect(server.url("/x"))
    eventually(lambda: listener.data == ["1", "2"])
    source.reconnect()  # had there been a second one on its way, this would be the fourth
    eventually(lambda: listener.data == ["1", "2", "2"])
    assert (3, 3) == (server.accepted, source.connections)


# -- readyState ------------------------------------------------------------------------------------------


@named(
    "eventsource",
    "has CONNECTING constant",
    "has OPEN constant",
    "has CLOSED constant",
)
def test_constants() -> None:
    """The three states have the standard's numbers."""
    assert {"CONNECTING": 0, "OPEN": 1, "CLOSED": 2} == {member.name: member.value for member in ReadyState}


@named(
    "eventsource",
    "will have correct ready state throughout lifecycle",
    "is CONNECTING before connection has been established",
    "is OPEN when connection has been established",
    "calls onopen when connection is established",
    "emits open event when connection is established",
)
def test_ready_state_over_a_life(server: RawServer, connect: Connect, listener: Listener) -> None:
    """CONNECTING, OPEN, CONNECTING again, CLOSED."""
    word, wait = gate()
    source = connect(server.play("/x", [wait, CHUNKED, LAST], [hold]))
    assert ReadyState.CONNECTING == source.status.ready_state
    word.set()
    eventually(lambda: len(server.requests) == 2)
    source.close()
    eventually(lambda: "closed" in listener.states)
    states = [status.ready_state for status in listener.statuses]
    assert [0, 1, 0, 0, 2] == states


@named("eventsource", "url exposes original request url")
def test_url(listener: Listener) -> None:
    """`url` is what was given."""
    assert "http://localhost:8000/x" == EventSource("http://localhost:8000/x", listener).url
