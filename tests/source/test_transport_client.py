"""The user's own client: used as it is, never closed, and with whatever connections it has."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import httpx2
import pytest
from raw_server import CHUNKED, LAST, STREAM, Peer, RawServer, answer, chunk, dead_port, full_backlog, hold
from support import Listener, eventually, nothing_left

from sse_notebook.errors import ArgumentError, BadStatus, ConnectionLost, Unreachable
from sse_notebook.source import EventSource
from sse_notebook.source import transport as transport_module
from sse_notebook.source.patience import Within
from sse_notebook.source.transport import Transport, check_client


def keeps_the_connection(*scripts: list[Any], last: Callable[[Peer], Any] = str) -> Any:
    """A step that plays several answers on one connection, and then `last`."""

    def run(peer: Peer) -> None:
        for number, script in enumerate(scripts):
            if number:
                assert b"\r\n\r\n" in peer.socket.recv(65536)
            for step in script:
                peer.send(step)
        last(peer)
        peer.until_gone()

    return run


ONE = [CHUNKED, chunk(b"data: 1\n\n"), chunk(b"data: 2\n\n"), LAST]


def test_it_stays_the_users(server: RawServer) -> None:
    """A client is used with its own headers, ours win where a stream needs them, and it is not closed."""
    client = httpx.Client(headers={"X-Mine": "1", "User-Agent": "mine", "Accept": "*/*"}, cookies={"c": "1"})
    with client, nothing_left():
        reply = Transport(client).open(server.play("/x", [STREAM, b"data: 1\n\n"]), {"X-Ours": "2"})
        assert b"data: 1\n\n" == b"".join(reply)
        reply.close()
        assert not client.is_closed
    request = server.requests[0]
    assert ["1", "mine", "c=1", "2"] == [request.get(n) for n in ("x-mine", "user-agent", "cookie", "x-ours")]
    assert ["text/event-stream", "identity"] == [request.get(n) for n in ("accept", "accept-encoding")]


def test_a_pooled_connection(server: RawServer) -> None:
    """A connection that the client has open already is read as well, and its silences noticed."""
    server.play("/x", [keeps_the_connection(ONE, ONE, ONE, [CHUNKED, chunk(b"data: 1\n\n")])])
    with httpx.Client() as client:
        transport = Transport(client)
        for _ in range(3):
            reply = transport.open(server.url("/x"))
            assert b"data: 1\n\ndata: 2\n\n" == b"".join(reply)
            connection = reply._response.extensions["network_stream"]
            reply.close()
            assert {"_sock", "read", "write"}.intersection(vars(connection)) == {"_sock"}  # left as it was
        reply = transport.open(server.url("/x"))
        reply.be_patient(Within(0.05, transport._clock, "enough"))
        pieces = iter(reply)
        assert b"data: 1\n\n" == next(pieces)
        with pytest.raises(Unreachable, match="enough"):
            next(pieces)
        reply.close()
    assert 1 == server.accepted


def test_a_pooled_connection_is_interrupted(server: RawServer) -> None:
    """Also on a connection that it did not see made, a wait ends at once."""
    server.play("/x", [keeps_the_connection(ONE, [CHUNKED, chunk(b"data: 1\n\n")])], [STREAM, b"data: 3\n\n"])
    with httpx.Client() as client:
        transport = Transport(client)
        first = transport.open(server.url("/x"))
        list(first)
        first.close()
        reply = transport.open(server.url("/x"))
        pieces = iter(reply)
        assert b"data: 1\n\n" == next(pieces)
        transport.interrupt()
        with pytest.raises(ConnectionLost):
            next(pieces)
        reply.close()
        # and the client goes on
        again = transport.open(server.url("/x"))
        assert b"data: 3\n\n" == b"".join(again)
        again.close()


def test_a_transport_without_connections() -> None:
    """A client that has no network at all works too: in a test of the user's own, say."""

    def answered(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/no":
            return httpx.Response(404, text="not here")
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=b"data: 1\n\n")

    with httpx.Client(transport=httpx.MockTransport(answered)) as client:
        reply = Transport(client).open("http://host/x")
        assert b"data: 1\n\n" == b"".join(reply)
        reply.close()
        with pytest.raises(BadStatus, match="404 Not Found: not here"):
            Transport(client).open("http://host/no")


def test_a_hook_that_raises(server: RawServer) -> None:
    """What the user's own code raises is told in its words, and leaves nothing open."""

    def refuse(request: httpx.Request) -> None:
        raise PermissionError("not today")

    hooks = {"request": [refuse]}
    with httpx.Client(event_hooks=hooks) as client, pytest.raises(Unreachable, match="not today"):
        Transport(client).open(server.url("/x"))
    assert 0 == server.accepted


def test_a_hook_that_raises_in_a_client_that_came_later(server: RawServer) -> None:
    """Likewise where the client was set after the source was made, as a cell that is run again does."""

    def refuse(request: httpx.Request) -> None:
        raise RuntimeError("not today")

    source = EventSource(server.url("/x"), Listener())
    with httpx.Client(event_hooks={"request": [refuse]}) as client:
        source.client = client
        source.start()
        eventually(lambda: source.status.error)
        assert ("retrying", "not today") == (source.status.state, source.status.cause)
        source.close()


def test_interrupted_before_its_connection_is_made(server: RawServer) -> None:
    """Then it is not made at all."""
    server.play("/x", [hold])
    with httpx.Client() as client, nothing_left():
        transport = Transport(client)
        client.event_hooks = {"request": [lambda request: transport.interrupt()]}
        with pytest.raises(Unreachable):
            transport.open(server.url("/x"))
    assert 0 == server.accepted


def test_interrupted_between_two_tries_of_a_client() -> None:
    """A client that connects again by itself, after longer and longer pauses, does not begin another try."""
    with httpx.Client(transport=httpx.HTTPTransport(retries=50)) as client:
        source = EventSource(f"http://127.0.0.1:{dead_port()}/x", Listener(), client=client)
        source.start()
        eventually(lambda: source._transport.uninterruptible)
        source.close()
        eventually(lambda: not source._thread.is_alive())


def test_interrupted_while_it_waits_for_a_place(server: RawServer) -> None:
    """When another request of the client leaves it the one connection, nothing is asked on it any more."""
    asked: list[bytes] = []
    server.play("/x", [*ONE, lambda peer: asked.append(peer.socket.recv(65536)), CHUNKED])
    with httpx.Client(limits=httpx.Limits(max_connections=1)) as client:
        with client.stream("GET", server.url("/x")) as other:
            source = EventSource(server.url("/x"), Listener(), client=client)
            source.start()
            eventually(lambda: source._transport.uninterruptible)
            source.close()
            other.read()
        eventually(lambda: not source._thread.is_alive())
    eventually(lambda: asked)
    assert ([b""], 1) == (asked, server.accepted)


def test_a_place_that_never_comes(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits in vain for a place in the client's pool is told so."""
    monkeypatch.setattr(transport_module, "STEP_WITHIN", 0.1)
    server.play("/x", [CHUNKED, hold])
    with (
        httpx.Client(limits=httpx.Limits(max_connections=1)) as client,
        client.stream("GET", server.url("/x")),
        pytest.raises(Unreachable, match="no answer in time"),
    ):
        Transport(client).open(server.url("/x"))


def test_a_pooled_connection_without_an_answer(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says nothing on a connection that the client has open already is given up too."""
    monkeypatch.setattr(transport_module, "HEAD_WITHIN", 0.1)
    server.play("/x", [keeps_the_connection([answer("200 OK", b"hi", connection="keep-alive")], [])])
    with httpx.Client() as client:
        assert 200 == client.get(server.url("/x")).status_code
        with pytest.raises(Unreachable, match="no answer in time"):
            Transport(client).open(server.url("/x"))
    assert 1 == server.accepted


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("library", [httpx, httpx2])
def test_only_the_head_has_a_limit(
    server: RawServer, monkeypatch: pytest.MonkeyPatch, library: Any, pooled: bool
) -> None:
    """Once there is a head, a stream may be silent for longer than that may take."""
    monkeypatch.setattr(transport_module, "HEAD_WITHIN", 0.1)
    began = time.monotonic()

    def wait(peer: Peer) -> None:
        eventually(lambda: time.monotonic() > began + 0.3)
        peer.send(chunk(b"data: 2\n\n") + LAST)

    first = [answer("200 OK", b"hi", connection="keep-alive")]
    stream = [CHUNKED, chunk(b"data: 1\n\n")]
    server.play("/x", [keeps_the_connection(*([first] if pooled else []), stream, last=wait)])
    with library.Client() as client:
        if pooled:
            client.get(server.url("/x"))
        reply = Transport(client).open(server.url("/x"))
        assert b"data: 1\n\ndata: 2\n\n" == b"".join(reply)
        reply.close()
    assert 1 == server.accepted


def test_errors_by_name(server: RawServer) -> None:
    """The library's errors mean what they mean without a client of one's own."""
    with httpx.Client() as client, nothing_left():
        transport = Transport(client)
        for script in ([b""], [b"nonsense\r\n\r\n"]):
            with pytest.raises(Unreachable):
                transport.open(server.play("/x", script))
        reply = transport.open(server.play("/y", [CHUNKED, chunk(b"data: 1\n\n")]))
        with pytest.raises(ConnectionLost, match="closed it in the middle"):
            list(reply)
        reply.close()


def test_redirects_are_ours(server: RawServer) -> None:
    """A client that follows redirects by itself does not do so for us: none leaves the origin."""
    server.play("/x", [answer("307 X", location="/y")])
    server.play("/y", [STREAM, b"data: 1\n\n"])
    with httpx.Client(follow_redirects=True) as client, RawServer() as other:
        reply = Transport(client).open(server.url("/x"))
        assert b"data: 1\n\n" == b"".join(reply)
        reply.close()
        server.play("/x", [answer("307 X", location=other.url("/"))])
        with pytest.raises(Exception, match="another origin"):
            Transport(client).open(server.url("/x"))
        assert 0 == other.accepted


def test_only_its_own_request_is_let_go(server: RawServer) -> None:
    """While a stream is interrupted, the client's other connections go on."""
    server.play("/stream", [CHUNKED, chunk(b"data: 1\n\n"), hold])
    server.play("/other", [CHUNKED, chunk(b"a"), hold])
    with httpx.Client() as client, client.stream("GET", server.url("/other")) as other:
        transport = Transport(client)
        reply = transport.open(server.url("/stream"))
        transport.interrupt()
        with pytest.raises(ConnectionLost):
            list(reply)
        reply.close()
        assert b"a" == next(other.iter_raw())
        eventually(lambda: not client.is_closed)


def test_while_its_connection_is_made_nothing_can_end_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stops does not wait for a connection that a client of the user's own is making; it is given up."""
    monkeypatch.setattr(transport_module, "STEP_WITHIN", 2.0)
    with full_backlog() as port, httpx.Client() as client, RawServer() as server:
        source = EventSource(f"http://127.0.0.1:{port}/x", Listener(), client=client)
        source.start()
        eventually(lambda: source._transport.uninterruptible)
        began = time.monotonic()
        source.close()
        assert time.monotonic() - began < 0.9  # a second is what it would wait for a thread to end
        open_one = EventSource(server.play("/x", [CHUNKED, hold]), Listener(), client=client)
        open_one.start()
        eventually(lambda: open_one.status.state == "open")
        assert not open_one._transport.uninterruptible
        open_one.close()
        source._thread.join(20)


@pytest.mark.parametrize("wrong", [5, "client", object(), httpx, httpx.AsyncClient()])
def test_what_is_no_client(wrong: Any) -> None:
    """What can't ask for a stream, or only asynchronously, is refused at once, by name."""
    with pytest.raises(ArgumentError, match=type(wrong).__name__):
        check_client(wrong)
    assert check_client(None) is None
