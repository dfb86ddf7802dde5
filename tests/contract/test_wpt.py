"""web-platform-tests, folder eventsource/: what is asked, how answers are taken, and what comes back.

Theirs by name, ours in deed. The tests of the format alone are cases: see `test_cases`. Where each of theirs
is found, and which apply to browsers only, stands in `upstream`.
"""

from __future__ import annotations

import pytest
from contract.play import PLAIN, Connect, named, said, settled, state, stream
from raw_server import CHUNKED, LAST, RawServer, answer, chunk, gate, hold
from support import Listener, eventually

from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArgumentError, BadStatus, NotAnEventStream
from sse_notebook.source import EventSource, ReadyState

# -- the object ------------------------------------------------------------------------------------------


@named("wpt", "eventsource-constructor-url-bogus", "eventsource-constructor-empty-url")
@pytest.mark.parametrize("url", ["http://this is invalid/", "http://host:port/", ""])
def test_urls_that_are_none(listener: Listener, url: str) -> None:
    """What is no URL is refused where it is given. Here is no page: the empty URL is none either."""
    with pytest.raises(ArgumentError, match=r"^url"):
        EventSource(url, listener)


@named("wpt", "eventsource-constructor-non-same-origin")
@pytest.mark.parametrize("url", ["ftp://example.invalid/", "about:blank", "mailto:me@example.invalid"])
def test_urls_of_other_schemes(listener: Listener, url: str) -> None:
    """Nothing but http and https can be asked."""
    with pytest.raises(ArgumentError, match=r"^url must be http"):
        EventSource(url, listener)


@named("wpt", "eventsource-url")
def test_url(listener: Listener) -> None:
    """`url` is what was given."""
    assert "http://localhost:8000/a?b=c" == EventSource("http://localhost:8000/a?b=c", listener).url


@named(
    "wpt",
    "eventsource-readyState",
    "eventsource-onopen",
    "submissions/MOSQUITO/user-agent-announce-connection",
)
def test_ready_state(server: RawServer, connect: Connect, listener: Listener) -> None:
    """CONNECTING until the answer is there, then OPEN, said once; CLOSED after `close`."""
    word, wait = gate()
    source = connect(server.play("/x", [wait, *stream()]))
    eventually(lambda: server.requests)
    assert ReadyState.CONNECTING == source.status.ready_state
    word.set()
    state(source, "open")
    assert ReadyState.OPEN == source.status.ready_state
    source.close()
    assert ReadyState.CLOSED == source.status.ready_state
    eventually(lambda: listener.states == ["connecting", "open", "closed"])


@named("wpt", "eventsource-onmessage", "eventsource-eventtarget")
def test_messages(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A message is heard by whoever listens."""
    connect(server.play("/x", stream(b"data: data\n\n")))
    eventually(lambda: said(listener) == [("message", "data", "")])


@named("wpt", "eventsource-close")
def test_close_when_open(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Closed from inside `open`, nothing is heard any more and nothing is asked again."""
    source: list[EventSource] = []
    known, wait = gate()
    listener.moving = lambda status: status.state == "open" and source[0].close()
    source.append(connect(server.play("/x", [wait, *stream(b"data: x\n\n")])))
    known.set()
    state(source[0], "closed")
    eventually(lambda: listener.states[-1] == "closed")
    assert (ReadyState.CLOSED, [], 1) == (source[0].status.ready_state, listener.events, server.accepted)


@named("wpt", "eventsource-close: test events")
def test_states_up_to_the_end(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Two connections that end are made anew, each end with an error; the 204 after them is the end."""
    server.play(
        "/x",
        [CHUNKED, chunk(b"retry: 2\ndata: opened\n\n"), LAST],
        [CHUNKED, chunk(b"data: reconnected\n\n"), LAST],
        [answer("204 No Content (CLOSE)")],
    )
    source = connect(server.url("/x"))
    assert "exhausted" == settled(source)
    assert ["opened", "reconnected"] == listener.data
    eventually(lambda: listener.states[-1] == "exhausted")
    errors = [status.ready_state for status in listener.statuses if status.error is not None]
    assert [ReadyState.CONNECTING, ReadyState.CONNECTING, ReadyState.CLOSED] == errors


@named("wpt", "eventsource-request-cancellation")
def test_stopped_before_the_answer(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Stopped while the answer is awaited, it stays stopped: no `open`, no message, no other request."""
    word, wait = gate()
    source = connect(server.play("/x", [wait, *stream(b"retry:1\ndata:abc\n\n")]))
    eventually(lambda: server.requests)
    source.disconnect()
    word.set()
    assert ReadyState.CLOSED == source.status.ready_state
    eventually(lambda: listener.states == ["connecting", "disconnected"])
    assert ([], 1) == (listener.events, server.accepted)
    source.reconnect()  # the next request is this one, and only now is there something to hear
    eventually(lambda: listener.data == ["abc"])
    assert 2 == server.accepted


@named("wpt", "eventsource-reconnect")
def test_reconnect(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A stream that ended without a word is asked for again."""
    server.play("/x", [CHUNKED, chunk(b"retry: 2\n"), LAST], stream(b"data: data\n\n"))
    connect(server.url("/x"))
    eventually(lambda: listener.data == ["data"])


@named("wpt", "eventsource-reconnect: test reconnection events")
def test_reconnection_events(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Between the messages of two connections stands the error, with CONNECTING."""
    order: list[str] = []
    listener.hearing = lambda events: order.extend(event.data for event in events)
    listener.moving = lambda status: order.append(f"{status.state} {status.ready_state}")
    server.play("/x", [CHUNKED, chunk(b"retry: 2\ndata: ok\n\n"), LAST], stream(b"data: data\n\n"))
    connect(server.url("/x"))
    eventually(lambda: "data" in order)
    assert ["connecting 0", "open 1", "ok", "retrying 0", "connecting 0", "open 1", "data"] == order


# -- the request -----------------------------------------------------------------------------------------


@named("wpt", "request-accept", "submissions/MOSQUITO/accept-header-include-text-event-stream")
def test_accept(server: RawServer, connect: Connect) -> None:
    """It asks for an event stream, and for nothing else."""
    state(connect(server.play("/x", stream())), "open")
    assert ["text/event-stream"] == server.requests[0].all("accept")


@named("wpt", "request-cache-control")
def test_cache_control(server: RawServer, connect: Connect) -> None:
    """It asks past all caches, the second time too; browsers write `no-cache`."""
    source = connect(server.play("/x", [CHUNKED, LAST], stream()))
    eventually(lambda: source.connections == 2)
    for request in server.requests:
        assert request.all("cache-control") in (["no-store"], ["no-cache"])


@pytest.mark.parametrize(
    "status", [301, 302, 303, 307], ids=lambda status: f"wpt: request-redirect ({status})"
)
def test_redirects(server: RawServer, connect: Connect, listener: Listener, status: int) -> None:
    """A redirect leads to `open`, without an error on the way."""
    server.play("/from", [answer(f"{status} Elsewhere", location="/eventsource/to")])
    source = connect(server.play("/eventsource/to", stream()).replace("/eventsource/to", "/from"))
    state(source, "open")
    eventually(lambda: listener.states == ["connecting", "open"])


@pytest.mark.parametrize(
    "status", [204, 205, 210, 299, 404, 410], ids=lambda status: f"wpt: request-status-error ({status})"
)
def test_statuses_that_end_it(server: RawServer, connect: Connect, listener: Listener, status: int) -> None:
    """A status that is not 200 is no stream, whatever its body says: CLOSED."""
    bad = answer(
        f"{status} X", b"data: data\n\n" * (status not in (204, 205)), content_type="text/event-stream"
    )
    source = connect(server.play("/x", [bad]))
    assert "exhausted" == settled(source)
    assert (BadStatus, ReadyState.CLOSED) == (type(source.status.error), source.status.ready_state)
    assert ([], 1) == (listener.events, server.accepted)


@named("wpt", "request-status-error (503)")
def test_a_status_that_may_pass(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Browsers give up at a 503; this client is for collectors, and comes back."""
    bad = answer("503 X", b"data: data\n\n", content_type="text/event-stream")
    connect(server.play("/x", [bad], stream(b"data: good\n\n")))
    eventually(lambda: listener.data == ["good"])


@pytest.mark.parametrize(
    ("content_type", "fine"),
    [
        pytest.param("text/event-stream;", True, id="wpt: format-mime-trailing-semicolon"),
        pytest.param("text/event-stream;charset=windows-1252", True, id="wpt: format-utf-8"),
        pytest.param("x bogus", False, id="wpt: format-mime-bogus"),
        pytest.param("text/x-bogus", False, id="wpt: format-mime-valid-bogus"),
    ],
)
def test_mime_types(
    server: RawServer, connect: Connect, listener: Listener, content_type: str, fine: bool
) -> None:
    """What is no event stream by its type is none. Parameters do not matter: it is always UTF-8."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode()
    source = connect(
        server.play("/x", [head, "data: ok…\n\n".encode(), hold if fine else gate()[1]][: 2 + fine])
    )
    if fine:
        eventually(lambda: listener.data == ["ok…"])
    else:
        assert "exhausted" == settled(source)
        assert (NotAnEventStream, []) == (type(source.status.error), listener.events)


# -- the last event ID -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "header"),
    [
        pytest.param("…", "…", id="wpt: format-field-id"),
        pytest.param("\0\0", None, id="wpt: format-field-id-null"),
        pytest.param("abc", "abc", id="wpt: eventsource-cross-origin-preflight: safe"),
        pytest.param("a" * 255, "a" * 255, id="wpt: eventsource-cross-origin-preflight: too long"),
        pytest.param(
            "q7z<1x0x0r", "q7z<1x0x0r", id="wpt: eventsource-cross-origin-preflight: unsafe characters"
        ),
    ],
)
def test_an_id_and_its_way_back(
    server: RawServer, connect: Connect, listener: Listener, id: str, header: str | None
) -> None:
    """The id of an event is its `id`, and comes back to the server as it was, in UTF-8."""
    server.play("/x", [CHUNKED, chunk(f"id: {id}\nretry: 2\ndata: hello\n\n".encode()), LAST], stream())
    source = connect(server.url("/x"))
    eventually(lambda: source.connections == 2)
    assert [("message", "hello", header or "")] == said(listener)
    assert [None, header] == [request.get("last-event-id") for request in server.requests]


@named("wpt", "format-field-id-2")
def test_an_id_over_three_connections(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A connection that sets no id goes on with the one before: it stays, over as many as there are."""
    server.play(
        "/x",
        [CHUNKED, chunk("retry: 2\nid: …\ndata: hello\n\n".encode()), LAST],
        [CHUNKED, chunk("data: …\n\n".encode()), LAST],
        stream("data: …\n\n".encode()),
    )
    connect(server.url("/x"))
    eventually(lambda: len(listener.events) == 3)
    assert [("message", text, "…") for text in ("hello", "…", "…")] == said(listener)
    assert [None, "…", "…"] == [request.get("last-event-id") for request in server.requests]


@named(
    "wpt",
    "eventsource-from-readable-stream: lastEventId initially returns the empty string",
    "eventsource-from-readable-stream: lastEventId persists across reconnections via TransformStream",
)
def test_the_last_event_id_of_the_source(server: RawServer, connect: Connect, listener: Listener) -> None:
    """`last_event_id` is empty at first, and stays over a reconnection."""
    word, wait = gate()
    source = connect(
        server.play("/x", [CHUNKED, wait, chunk(b"id: 42\ndata: 1\n\n"), LAST], stream(b"data: 2\n\n"))
    )
    assert "" == source.last_event_id
    word.set()
    eventually(lambda: listener.data == ["1", "2"])
    assert "42" == source.last_event_id


# -- the reconnection time -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wire", "seconds"),
    [
        pytest.param(b"retry:3000\ndata:x\n\n", 3.0, id="wpt: format-field-retry"),
        pytest.param(b"retry:3000\nretry:1000x\ndata:x\n\n", 3.0, id="wpt: format-field-retry-bogus"),
        pytest.param(b"retry\ndata:test\n\n", 1.0, id="wpt: format-field-retry-empty"),
    ],
)
def test_the_pause_before_a_reconnection(
    server: RawServer, connect: Connect, listener: Listener, wire: bytes, seconds: float
) -> None:
    """`retry:` says how long the pause is; what is no number leaves it as it was."""
    clock = VirtualClock()
    connect(server.play("/x", [CHUNKED, chunk(wire), LAST], stream()), backoff=PLAIN, clock=clock)
    assert seconds == clock.wait_for_sleeper()


@named(
    "wpt",
    "eventsource-from-readable-stream: reconnectionTime persists across reconnections via TransformStream",
)
def test_the_reconnection_time_stays(server: RawServer, connect: Connect, listener: Listener) -> None:
    """`retry:` of one connection counts for the end of the next, too."""
    clock = VirtualClock()
    server.play(
        "/x",
        [CHUNKED, chunk(b"retry: 3000\nid: 1\ndata: 1\n\n"), LAST],
        [CHUNKED, chunk(b"id: 2\ndata: 2\n\n"), LAST],
        stream(),
    )
    connect(server.url("/x"), backoff=PLAIN, clock=clock)
    assert 3.0 == clock.wait_for_sleeper()
    clock.advance(3.0)
    eventually(lambda: listener.data == ["1", "2"])
    assert 3.0 <= clock.wait_for_sleeper()
