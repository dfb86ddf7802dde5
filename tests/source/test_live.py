"""`EventSource`: connecting, reading, failing, coming back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from raw_server import CHUNKED, LAST, STREAM, RawServer, answer, chunk, dead_port, gate, hold, reset
from support import Listener, eventually, nothing_left

from sse_notebook.clock import VirtualClock
from sse_notebook.errors import (
    ArgumentError,
    BadRedirect,
    BadStatus,
    ConnectionFailed,
    ConnectionLost,
    Exhausted,
    NotAnEventStream,
    Unauthorized,
    Unreachable,
)
from sse_notebook.source import Backoff, EventSource, ReadyState
from sse_notebook.source.continuity import Replay, Sifted
from sse_notebook.source.policy import PROVEN_AFTER
from sse_notebook.wire import ServerSentEvent

pytestmark = pytest.mark.usefixtures("both_ways")

Connect = Callable[..., EventSource]
SEED = [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]


def settled(source: EventSource) -> str:
    """The state, once it is one that does not change by itself."""
    eventually(lambda: source.status.state in ("exhausted", "unauthorized"), what=repr(source.status))
    return source.status.state


def state(source: EventSource, wanted: str) -> None:
    eventually(lambda: source.status.state == wanted, what=f"never {wanted}: {source.status}")


# -- alone -----------------------------------------------------------------------------------------------


def test_used_alone(server: RawServer) -> None:
    """As its docstring shows: a listener of one's own, start, close; it needs nothing else."""

    class Printer:
        def __init__(self) -> None:
            self.said: list[str] = []

        def heard(self, events: Any, size: int, at: float) -> None:
            self.said += [event.data for event in events]

        def came_again(self, events: Any, at: float) -> None:
            pass

        def moved(self, status: Any) -> None:
            self.said.append(status.state)

    printer = Printer()
    source = EventSource(server.play("/ticks", [STREAM, b"data: 1\n\n", b"data: 2\n\n", hold]), printer)
    assert (source.status.state, [], 0) == ("disconnected", printer.said, server.accepted)
    with nothing_left():
        source.start()
        eventually(lambda: "2" in printer.said)
        assert (ReadyState.OPEN, server.url("/ticks")) == (source.status.ready_state, source.url)
        source.close()
    assert ["connecting", "open", "1", "2", "closed"] == printer.said


def test_start_twice_is_once(server: RawServer, connect: Connect) -> None:
    """A source that runs is not started again."""
    source = connect(server.play("/x", [CHUNKED, hold]))
    state(source, "open")
    source.start()
    assert (1, "open") == (server.accepted, source.status.state)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "localhost:8000"},
        {"url": 5},
        {"token": 5},
        {"auth": "cookie"},
        {"headers": {"X": 1}},
        {"params": "a=1"},
        {"last_event_id": "a\nb"},
        {"insecure": "no"},
        {"needs_token": 1},
        {"resume_param": b"x"},
        {"backoff": 5},
        {"listener": print},
        *({"idle_timeout": "5"}, {"idle_timeout": 0}, {"idle_timeout": -1}, {"idle_timeout": float("nan")}),
    ],
)
def test_wrong_arguments(listener: Listener, wrong: dict[str, Any]) -> None:
    """What can't be asked is an ArgumentError, at once."""
    with pytest.raises(ArgumentError):
        EventSource(**{"url": "http://host/x", "listener": listener, **wrong})


def test_the_callers_dictionaries_stay_as_they_are(server: RawServer, connect: Connect) -> None:
    """Neither headers nor params of the caller are changed, or looked at again."""
    headers, params = {"X-A": "1"}, {"a": "1"}
    connect(server.play("/x", [CHUNKED, hold]), headers=headers, params=params, token="token-1")
    headers["X-A"] = params["a"] = "changed"
    eventually(lambda: server.requests)
    request = server.requests[0]
    assert ("1", {"a": ["1"]}, "Bearer token-1") == (
        request.get("x-a"),
        request.query,
        request.get("authorization"),
    )
    assert ({"X-A": "changed"}, {"a": "changed"}) == (headers, params)


def test_repr_and_url_show_no_secret(listener: Listener) -> None:
    """Neither repr nor url show user info or the value of a secret parameter."""
    source = EventSource("https://me:canary@host/x?token=canary", listener, token="canary")
    assert repr(source) == "EventSource('https://host/x?token=***', disconnected)"
    for part in (source.asked, source._attempts, source._transport, source._standing, source.credentials):
        assert "canary" not in repr(part)


# -- each answer -----------------------------------------------------------------------------------------

HTML = answer("200 OK", b"<html>", content_type="text/html")


@pytest.mark.parametrize(
    ("bytes_", "state_", "kind", "asked", "words"),
    [
        (answer("204 No Content"), "exhausted", BadStatus, 1, "204"),
        (answer("400 Bad Request"), "exhausted", BadStatus, 1, "400 Bad Request"),
        (answer("404 Not Found"), "exhausted", BadStatus, 1, "404 Not Found"),
        (answer("410 Gone"), "exhausted", BadStatus, 1, "410 Gone"),
        (HTML, "exhausted", NotAnEventStream, 1, "text/html"),
        (answer("302 Found", location="/x"), "exhausted", BadRedirect, 1, "circle"),
        (answer("302 Found"), "exhausted", BadRedirect, 1, "without a target"),
        (answer("302 Found", location="http://evil.invalid/"), "exhausted", BadRedirect, 1, "another origin"),
        (answer("401 Unauthorized"), "unauthorized", Unauthorized, 2, "401 Unauthorized"),
        (answer("403 Forbidden"), "unauthorized", Unauthorized, 1, "403 Forbidden"),
    ],
)
def test_answers_that_end_it(
    server: RawServer,
    connect: Connect,
    listener: Listener,
    bytes_: bytes,
    state_: str,
    kind: type[ConnectionFailed],
    asked: int,
    words: str,
) -> None:
    """An answer that would not change ends it at once, with the reason; a 401 is asked once more."""
    source = connect(server.play("/x", [bytes_]))
    assert (state_, asked) == (settled(source), len(server.requests))
    status = source.status
    assert (kind, True, ReadyState.CLOSED) == (type(status.error), words in status.cause, status.ready_state)
    eventually(lambda: len(listener.states) == 2)
    assert ["connecting", state_] == listener.states


@pytest.mark.parametrize(
    "trouble",
    [
        [answer("500 Internal Server Error")],
        [answer("503 Service Unavailable")],
        [answer("429 Too Many Requests")],
        [b""],
        [reset],
        [b"nonsense\r\n\r\n"],
        [STREAM, b"data: ha"],
        [STREAM],
        [CHUNKED, LAST],
        [CHUNKED, chunk(b"data: ha")],
    ],
)
def test_troubles_that_pass(server: RawServer, connect: Connect, listener: Listener, trouble: Any) -> None:
    """Whatever may pass is tried again until it has passed; a half-read event is not made up."""
    source = connect(server.play("/x", trouble, trouble, [CHUNKED, chunk(b"data: yes\n\n"), hold]))
    eventually(lambda: listener.data == ["yes"])
    assert ("open", 3, None, "") == (
        source.status.state,
        len(server.requests),
        source.status.error,
        source.status.cause,
    )
    assert "retrying" in listener.states


@pytest.mark.parametrize(
    ("url", "words"),
    [("http://127.0.0.1:{dead}/x", "refused"), ("http://nothing.invalid/x", "unknown host")],
)
def test_unreachable(connect: Connect, url: str, words: str) -> None:
    """A dead port and an unknown host are tried as often as was said, and then given up with the reason."""
    backoff = Backoff(initial=0.001, maximum=0.001, attempts=2)
    source = connect(url.format(dead=dead_port()), backoff=backoff)
    assert settled(source) == "exhausted"
    assert (Unreachable, True) == (type(source.status.error), words in source.status.cause)
    assert source.status.cause.startswith("2 attempts, last: ")
    once = connect(url.format(dead=dead_port()), backoff=Backoff(attempts=0))
    assert ("exhausted", True) == (settled(once), once.status.cause[:1].isalpha())  # and not "0 attempts"


# -- credentials -----------------------------------------------------------------------------------------


def test_a_401_asks_for_the_token_exactly_once_more(server: RawServer, connect: Connect) -> None:
    """After a 401 the token is asked for once more, at once; after the second it is unauthorized."""
    asked: list[int] = []

    def token() -> str:
        asked.append(len(asked))
        return f"token-{len(asked)}"

    source = connect(server.play("/x", [answer("401 Unauthorized")]), token=token)
    assert (settled(source), [0, 1]) == ("unauthorized", asked)
    assert ["Bearer token-1", "Bearer token-2"] == [r.get("authorization") for r in server.requests]


def test_the_second_token_may_be_better(server: RawServer, connect: Connect) -> None:
    """An expired token is replaced by a fresh one without a pause; and so again at the next expiry."""
    tokens = iter(f"token-{n}" for n in range(100))
    refused = [answer("401 Unauthorized")]
    opened = [CHUNKED, chunk(b"id: 1\ndata: x\n\n"), LAST]
    source = connect(
        server.play("/x", refused, opened, refused, [CHUNKED, hold]),
        token=lambda: next(tokens),
        auth="query",
    )
    eventually(lambda: source.connections == 2)
    assert [["token-0"], ["token-1"], ["token-2"], ["token-3"]] == [r.query["token"] for r in server.requests]


def test_a_new_token_leads_out_of_unauthorized(server: RawServer, connect: Connect) -> None:
    """`login` connects with the new token, in the same way or another."""
    source = connect(server.play("/x", [answer("403 Forbidden")], [CHUNKED, hold]), token="old-token")
    assert settled(source) == "unauthorized"
    source.login("new-token", "query")
    state(source, "open")
    last = server.requests[-1]
    assert ({"token": ["new-token"]}, None) == (last.query, last.get("authorization"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "401 Unauthorized: who are you?; no token was given (token=…)"),
        ({"token": lambda: None}, "401 Unauthorized: who are you?; the token callable gave no token"),
        ({"headers": {"X-API-Key": "k"}}, "401 Unauthorized: who are you?"),
        ({"token": "token-1"}, "401 Unauthorized: who are you?"),
    ],
)
def test_a_401_without_a_token_says_so(
    server: RawServer, connect: Connect, settings: dict[str, Any], words: str
) -> None:
    """Who is refused and had nothing to show is told so; who showed something is not."""
    source = connect(server.play("/x", [answer("401 Unauthorized", b"who are you?")]), **settings)
    assert ("unauthorized", words) == (settled(source), source.status.cause)


def test_a_callable_that_fails_at_a_reconnection(server: RawServer, connect: Connect) -> None:
    """A token callable that worked once and then raises ends in `unauthorized`, not in a dead thread."""
    answers = iter(["token-1"])
    source = connect(
        server.play("/x", [CHUNKED, LAST]),
        token=lambda: next(answers),
    )
    assert settled(source) == "unauthorized"
    assert source.status.cause.startswith("the token callable raised StopIteration (line ")
    source.login("token-2")
    eventually(lambda: len(server.requests) > 1)
    assert server.requests[-1].get("authorization") == "Bearer token-2"


def test_a_callable_that_reaches_nobody_for_a_while(server: RawServer, connect: Connect) -> None:
    """While the network is down the token's server is out of reach too: it is tried again."""
    answers: list[str | Exception] = ["token-1", *[ConnectionError("down")] * 3, "token-2"]

    def token() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    source = connect(server.play("/x", [CHUNKED, LAST], [CHUNKED, hold]), token=token)
    eventually(lambda: len(server.requests) == 2)
    state(source, "open")
    assert ([], "Bearer token-2") == (answers, server.requests[-1].get("authorization"))


def test_without_a_token_nothing_is_asked(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Where a token is needed and there is none, no request is made, and none on `reconnect` either."""
    source = connect(server.play("/x", [CHUNKED, hold]), needs_token=True)
    source.reconnect()
    assert ("unauthenticated", 0) == (source.status.state, server.accepted)
    assert "no token" in source.status.cause
    source.login("token-1")
    state(source, "open")


def test_a_callable_without_a_token(server: RawServer, connect: Connect) -> None:
    """Where a token is needed and the callable has none, it is unauthorized, and nothing was asked."""
    source = connect(server.url("/x"), needs_token=True, token=lambda: None)
    assert (settled(source), 0) == ("unauthorized", server.accepted)


# -- the seed's defaults, by a virtual clock -------------------------------------------------------------


def exhaust(clock: VirtualClock, source: EventSource) -> None:
    """Carry the clock over every pause until the source gives up."""
    while source.status.state != "exhausted":
        with contextlib.suppress(TimeoutError):  # it may give up instead
            clock.advance(clock.wait_for_sleeper(0.05))


def test_the_seeds_defaults(
    connect: Connect, listener: Listener, caplog: pytest.LogCaptureFixture, server: RawServer
) -> None:
    """1 s doubling to 30 s less jitter, ten reconnections, eleven requests, and one line in the log."""
    clock = VirtualClock()
    server.play("/x", [answer("503 Service Unavailable")])
    with caplog.at_level(logging.DEBUG, "sse_notebook"):
        source = connect(server.url("/x"), backoff=Backoff(), clock=clock)
        exhaust(clock, source)
    waits = [wait for wait in clock.waits if wait is not None]
    assert len(SEED) == len(waits)
    assert [True] * 10 == [0.75 * n <= wait <= n for n, wait in zip(SEED, waits, strict=True)]
    assert 11 == len(server.requests)
    ours = [record for record in caplog.records if record.name == "sse_notebook"]
    lines = [(record.levelname, record.getMessage()) for record in ours]
    host = f"127.0.0.1:{server.port}"
    tried = [("DEBUG", f"trying {host} again in {wait:.1f} s") for wait in waits]
    assert [*tried, ("ERROR", "[SSE] Max reconnection attempts reached")] == lines[1::2]
    assert [("WARNING", "[SSE] Connection error: 503 Service Unavailable")] * 11 == lines[:-1:2]
    assert "10 attempts, last: 503 Service Unavailable" == source.status.cause
    eventually(lambda: listener.states[-1] == "exhausted")
    retrying = [status for status in listener.statuses if status.state == "retrying"]
    assert list(range(1, 11)) == [status.attempt for status in retrying]
    assert waits == pytest.approx(
        [(status.next_retry_at - status.since).total_seconds() for status in retrying], abs=1e-5
    )


def test_a_dead_port_by_the_clock(connect: Connect) -> None:
    """A dead port is given up after the same pauses, and tried anew, from 0, by `reconnect`."""
    clock = VirtualClock()
    source = connect(f"http://127.0.0.1:{dead_port()}/x", backoff=Backoff(), clock=clock)
    exhaust(clock, source)
    source.reconnect()
    eventually(lambda: source.status.attempt == 1)
    exhaust(clock, source)
    waits = [wait for wait in clock.waits if wait is not None]
    assert [True] * 20 == [0.75 * n <= wait <= n for n, wait in zip(SEED * 2, waits, strict=True)]


@pytest.mark.parametrize(
    ("retry", "first"), [(b"3000", 3.0), (b"7200000", 30.0), (b"0", 0.01), (b"x", 1.0), (b"-5", 1.0)]
)
def test_retry_sets_the_base(server: RawServer, connect: Connect, retry: bytes, first: float) -> None:
    """`retry:` sets the first pause, clamped at both ends; what is no number is ignored."""
    clock = VirtualClock()
    server.play("/x", [CHUNKED, chunk(b"retry: " + retry + b"\n\n"), LAST])
    connect(server.url("/x"), backoff=Backoff(jitter=0), clock=clock)
    clock.advance(clock.wait_for_sleeper())
    eventually(lambda: len(clock.waits) == 2)
    assert [first, min(2 * first, 30)] == clock.waits


def test_attempts_are_forgotten_after_progress(server: RawServer, connect: Connect) -> None:
    """A connection that brought a new id has proved itself: the next pause is the first one again."""
    clock = VirtualClock()
    bad = [answer("500 X")]
    server.play("/x", bad, bad, [CHUNKED, chunk(b"id: 1\ndata: x\n\n"), LAST], bad)
    connect(server.url("/x"), backoff=Backoff(jitter=0), clock=clock)
    for pause in (1.0, 2.0, 1.0, 2.0):
        assert pause == clock.wait_for_sleeper()
        clock.advance(pause)
    assert 4.0 == clock.wait_for_sleeper()


def test_attempts_are_not_forgotten_without_progress(server: RawServer, connect: Connect) -> None:
    """A server that accepts, sends nothing new and drops is not hammered: pauses grow, and end."""
    clock = VirtualClock()
    server.play("/x", [CHUNKED, chunk(b"id: 1\ndata: x\n\n"), LAST])
    source = connect(server.url("/x"), backoff=Backoff(jitter=0, attempts=5), clock=clock, last_event_id="1")
    exhaust(clock, source)
    assert [1, 2, 4, 8, 16] == [wait for wait in clock.waits if wait is not None]


def test_attempts_are_forgotten_after_a_while(server: RawServer, connect: Connect) -> None:
    """A connection that lasted has proved itself too; a shorter one has not."""
    clock = VirtualClock()
    word, wait = gate()
    again, wait_again = gate()
    server.play(
        "/x",
        [answer("500 X")],
        [CHUNKED, wait, chunk(b": beat\n\n"), LAST],
        [CHUNKED, wait_again, chunk(b": beat\n\n"), LAST],
        [hold],
    )
    source = connect(server.url("/x"), backoff=Backoff(jitter=0), clock=clock)
    clock.advance(clock.wait_for_sleeper())
    state(source, "open")
    clock.advance(PROVEN_AFTER - 0.5)
    word.set()
    assert 2.0 == clock.wait_for_sleeper()
    clock.advance(2.0)
    state(source, "open")
    clock.advance(PROVEN_AFTER)
    again.set()
    assert 1.0 == clock.wait_for_sleeper()


def test_attempts_are_forgotten_after_a_quiet_while(server: RawServer, connect: Connect) -> None:
    """So has one that lasted and said nothing: a proxy that cuts idle ones is no reason to give up."""
    clock = VirtualClock()
    word, wait = gate()
    bad = [answer("500 X")]
    server.play("/x", bad, bad, [CHUNKED, wait, LAST], bad)
    source = connect(server.url("/x"), backoff=Backoff(jitter=0), clock=clock)
    for pause in (1.0, 2.0):
        assert pause == clock.wait_for_sleeper()
        clock.advance(pause)
    state(source, "open")
    clock.advance(PROVEN_AFTER)
    word.set()
    assert (1.0, 1) == (clock.wait_for_sleeper(), source.status.attempt)


def test_attempts_are_not_forgotten_after_silence(server: RawServer, connect: Connect) -> None:
    """One that was given up for its silence has proved nothing, however long that took."""
    clock = VirtualClock()
    server.play("/x", [answer("500 X")], [CHUNKED, hold])
    source = connect(server.url("/x"), backoff=Backoff(jitter=0), clock=clock, idle_timeout=10.0)
    clock.advance(clock.wait_for_sleeper())
    state(source, "open")
    clock.advance(10.0)
    state(source, "stale")
    clock.advance(10.0)
    assert 2.0 == clock.wait_for_sleeper()


# -- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
def test_any_split(server: RawServer, connect: Connect, listener: Listener, size: int) -> None:
    """However the bytes are cut on their way, the same events come out, a BOM and CRs included."""
    text = "\ufeffid: ä1\r\ndata: größer\r\rdata: 2\n\n: x\n\nevent: e\r\ndata: a\r\ndata: b\r\n\r\n".encode()
    pieces = [chunk(text[i : i + size]) for i in range(0, len(text), size)]
    connect(server.play("/x", [CHUNKED, *pieces, hold]))
    eventually(lambda: len(listener.events) == 3)
    assert [("message", "größer", "ä1"), ("message", "2", "ä1"), ("e", "a\nb", "ä1")] == [
        (event.event, event.data, event.id) for event in listener.events
    ]
    eventually(lambda: len(text) == sum(listener.sizes))  # the last byte is no event's


def test_a_half_read_event_does_not_leak_into_the_next_connection(
    server: RawServer, connect: Connect, listener: Listener
) -> None:
    """What a connection left half-read (an event, a CR, a BOM's beginning) is no part of the next."""
    server.play(
        "/x",
        [CHUNKED, chunk(b"id: 1\ndata: one\n\nid: 2\nevent: bad\ndata: tw"), LAST],
        [CHUNKED, chunk(b"\xef\xbb"), LAST],
        [CHUNKED, chunk(b"data: three\r\r"), LAST],
        [CHUNKED, chunk(b"\ndata: four\n\n"), hold],
    )
    connect(server.url("/x"))
    eventually(lambda: "four" in listener.data)
    assert [("message", "one", "1"), ("message", "three", "1"), ("message", "four", "1")] == [
        (event.event, event.data, event.id) for event in listener.events
    ]


@pytest.mark.parametrize(
    ("sent", "header"),
    [
        ("7", "7"),
        ("ts:[1],-", "ts:[1],-"),
        ("grün→", "grün→"),
        ("a b", "a b"),
        (" x ", "x"),  # no part of a header's value, and refused by servers and HTTP libraries
        ("\x0b", None),
    ],
)
def test_it_resumes_by_the_last_id(
    server: RawServer, connect: Connect, listener: Listener, sent: str, header: str | None
) -> None:
    """A reconnection sends the last id that came, as far as a header can carry it; the first sends none."""
    server.play("/x", [CHUNKED, chunk(f"id: {sent}\ndata: x\n\n".encode()), LAST], [CHUNKED, hold])
    source = connect(server.url("/x"))
    eventually(lambda: source.connections == 2)
    assert [None, header] == [request.get("last-event-id") for request in server.requests]
    assert (sent, header or "") == (source.last_event_id, source.resumed_from.strip())


def test_it_resumes_from_where_it_was_told(server: RawServer, connect: Connect) -> None:
    """An id that is given is sent with the first request."""
    source = connect(server.play("/x", [CHUNKED, hold]), last_event_id="41")
    state(source, "open")
    assert ("41", "41") == (server.requests[0].get("last-event-id"), source.resumed_from)


def test_an_empty_id_forgets(server: RawServer, connect: Connect) -> None:
    """`id:` without a value means: nothing to resume from."""
    server.play("/x", [CHUNKED, chunk(b"id: 1\ndata: x\n\nid\ndata: y\n\n"), LAST], [CHUNKED, hold])
    source = connect(server.url("/x"))
    eventually(lambda: source.connections == 2)
    assert server.requests[1].get("last-event-id") is None


def test_redirects_carry_the_token_on_the_origin_only(server: RawServer, connect: Connect) -> None:
    """The token follows a redirect on its origin, and never leaves it; nor does anything else."""
    with RawServer() as other:
        server.play("/x", [answer("307 X", location="/y")])
        server.play("/y", [answer("307 X", location=other.url("/steal"))])
        source = connect(
            server.url("/x"), token="token-1", headers={"Cookie": "c=1", "X-API-Key": "k"}, last_event_id="5"
        )
        assert (settled(source), 0) == ("exhausted", other.accepted)
    assert ["Bearer token-1"] * 2 == [request.get("authorization") for request in server.requests]


# -- what listeners do -----------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [RuntimeError("no"), SystemExit(1)])
def test_a_listener_that_raises(
    server: RawServer, connect: Connect, listener: Listener, error: BaseException
) -> None:
    """What a listener raises is counted in the log, and the stream goes on: `sys.exit()` included."""

    def hearing(events: Any) -> None:
        raise error

    word, wait = gate()
    listener.hearing = hearing
    source = connect(server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), wait, chunk(b"data: 2\n\n"), hold]))
    eventually(lambda: listener.data == ["1"])
    word.set()
    eventually(lambda: listener.data == ["1", "2"])
    assert source.status.state == "open"
    eventually(lambda: source._attempts._log.errors == {"listener": 2})


@pytest.mark.parametrize(
    "error",
    [RuntimeError("no"), SystemExit(1), asyncio.CancelledError(), KeyboardInterrupt(), GeneratorExit()],
)
def test_a_listener_that_raises_at_a_move(
    server: RawServer, connect: Connect, listener: Listener, error: BaseException
) -> None:
    """What a listener raises when it is told of a state stops nothing either, whatever it is."""

    def moving(status: Any) -> None:
        if status.state == "open":
            raise error

    listener.moving = moving
    source = connect(server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), hold]))
    eventually(lambda: listener.data == ["1"])
    assert (["connecting", "open"], "open") == (listener.states, source.status.state)


@pytest.mark.parametrize("given", ["x", [], 1.5, object()])
def test_a_listener_that_gives_something_back(
    server: RawServer, connect: Connect, listener: Listener, given: Any
) -> None:
    """A listener whose method happens to give something back, as `list.append` in a lambda, stops nothing."""
    heard: list[str] = []
    listener.heard = lambda events, size, at: heard.extend(e.data for e in events) or given  # type: ignore[method-assign]
    source = connect(server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), chunk(b"data: 2\n\n"), hold]))
    eventually(lambda: heard == ["1", "2"])
    assert source.status.state == "open"


def test_a_listener_that_raises_at_what_came_again(
    server: RawServer, connect: Connect, listener: Listener
) -> None:
    """What a listener raises when it is told of doubles keeps nothing new from it, in the same read even."""

    def came_again(events: Any, at: float) -> None:
        raise RuntimeError("no")

    listener.came_again = came_again  # type: ignore[method-assign]
    first, second, third = (b"id: %d\ndata: %d\n\n" % (n, n) for n in (1, 2, 3))
    connect(server.play("/x", [STREAM + first + second], [STREAM + second + third, hold]))
    eventually(lambda: listener.data == ["1", "2", "3"], what=str(listener.data))


def test_what_is_remembered_is_counted_whole(
    server: RawServer, connect: Connect, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large event that came in many reads weighs what all of them brought, where doubles are known."""
    sizes: list[int] = []
    sift = Replay.sift

    def weighing(replay: Replay, events: list[ServerSentEvent], size: int) -> Sifted:
        sizes.extend([size] * len(events))
        return sift(replay, events, size)

    monkeypatch.setattr(Replay, "sift", weighing)
    connect(server.play("/x", [STREAM, b"data: " + b"x" * 1_000_000, b"\n\n", hold]))
    eventually(lambda: listener.data)
    assert len(sizes) == 1
    assert sizes[0] >= 1_000_000


def test_a_failure_is_kept_as_words_only(server: RawServer, connect: Connect) -> None:
    """The failure in a status has no frames (a token stands in their variables) and no foreign errors."""
    source = connect(server.play("/x", [STREAM]), token="canary-token")
    eventually(lambda: source.status.error)
    error = source.status.error
    assert isinstance(error, ConnectionLost)
    assert (None, None, None) == (error.__traceback__, error.__context__, error.__cause__)


def test_a_server_that_repeats_the_token(server: RawServer, connect: Connect) -> None:
    """A token that the server says back, in its reason or its content type, is masked in every word."""
    for path, bytes_ in (
        ("/a", answer("404 no-such-token-canary-1")),
        ("/b", answer("200 OK", content_type="x/canary-1")),
        ("/c", answer("403 canary-2 canary-3", location="x")),
    ):
        source = connect(
            server.play(path, [bytes_]) + "?key=canary-2",
            token="canary-1",
            headers={"X-API-Key": "canary-3"},
        )
        settled(source)
        status = source.status
        assert "canary" not in f"{status} {status.error!r} {status.error} {source}"
        assert "***" in status.cause


@pytest.mark.parametrize("error", [ZeroDivisionError("oops"), SystemExit(1), asyncio.CancelledError()])
def test_a_bug_shows(
    server: RawServer, connect: Connect, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """An error that nobody thought of becomes a state with a cause, never a thread that dies in silence."""
    source = connect(server.play("/x", [CHUNKED, hold]))
    state(source, "open")

    def broken(*args: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(source._transport, "open", broken)
    source.reconnect()
    assert settled(source) == "exhausted"
    assert (Exhausted, f"internal error: {type(error).__name__}") == (
        type(source.status.error),
        source.status.cause,
    )
    monkeypatch.undo()
    source.reconnect()
    state(source, "open")


def test_threads_have_names(server: RawServer, connect: Connect) -> None:
    """The thread says whose it is, without user info."""
    source = connect(server.play("/x", [CHUNKED, hold]).replace("//", "//me:canary@"))
    state(source, "open")
    names = [thread.name for thread in threading.enumerate()]
    assert f"sse-notebook 127.0.0.1:{server.port}" in names
