"""What becomes of attempts: policies, pauses, tokens that are renewed, sleep, gaps, what comes again."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import threading
from collections.abc import Callable

import pytest
from raw_server import CHUNKED, LAST, RawServer, answer, chunk, dead_port, gate, hold, reset
from support import Listener, client_threads, eventually

from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArgumentError, BadStatus
from sse_notebook.source import Backoff, ConnectionStatus, EventSource
from sse_notebook.source.continuity import BY_USER
from sse_notebook.source.policy import PROVEN_AFTER

pytestmark = pytest.mark.usefixtures("both_ways")

Connect = Callable[..., EventSource]


def state(source: EventSource, wanted: str) -> None:
    eventually(lambda: source.status.state == wanted, what=f"never {wanted}: {source.status}")


def jwt(expires: float, name: str = "") -> str:
    """A JSON Web Token that says when it ends; nobody checks its signature."""
    claims = base64.urlsafe_b64encode(json.dumps({"exp": expires, "n": name}).encode()).decode().rstrip("=")
    return f"e30.{claims}.signature"


def asks_later(source: EventSource, clock: VirtualClock) -> None:
    """Wait until it knows when it asks for the token the next time: before that the clock must stand."""
    eventually(lambda: (source._attempts.reader._renew_at or 0.0) > clock.monotonic())


# -- pauses that the server asks for ---------------------------------------------------------------------


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_retry_after(server: RawServer, connect: Connect, status: str) -> None:
    """The server's own pause is kept, in seconds or as a date by its own clock, and longer than ours."""
    clock = VirtualClock()
    dates = {"date": "Tue, 14 Nov 2023 10:00:00 GMT", "retry_after": "Tue, 14 Nov 2023 10:02:00 GMT"}
    server.play("/x", [answer(status, retry_after="60")], [answer(status, **dates)], [answer(status)])
    connect(server.url("/x"), clock=clock, backoff=Backoff(jitter=0))
    for pause in (60.0, 120.0, 4.0):
        assert pause == clock.wait_for_sleeper()
        clock.advance(pause)


def test_chance_is_added_to_a_servers_pause(server: RawServer, connect: Connect) -> None:
    """Clients that were all told the same moment do not come in the same moment, and none too early."""
    clock = VirtualClock()
    connect(server.play("/x", [answer("503 X", retry_after="20")]), clock=clock, backoff=Backoff())
    assert 20 <= clock.wait_for_sleeper() <= 25


def test_the_words_of_an_answer(server: RawServer, connect: Connect) -> None:
    """The cause has the first words of what the server had to say, on one line, with secrets masked."""
    body = b'{"error":\n "no stream for canary-token here"}' + b" x" * 500
    source = connect(server.play("/x", [answer("404 Not Found", body)]), token="canary-token")
    state(source, "exhausted")
    cause = source.status.cause
    assert cause.startswith('404 Not Found: {"error": "no stream for *** here"} x x')
    assert cause.endswith("…")
    assert len("404 Not Found: ") + 201 == len(cause)


def test_a_body_that_says_the_status_again(server: RawServer, connect: Connect) -> None:
    """Most error pages begin with the status: it is not said twice."""
    page = answer("404 Not Found", b"<h1>404 Not Found</h1>nginx", content_type="text/html")
    for path, script in {"/page": page, "/bare": answer("404 Not Found", b"404 Not Found\n")}.items():
        source = connect(server.play(path, [script]))
        state(source, "exhausted")
        assert source.status.cause == ("404 Not Found: nginx" if path == "/page" else "404 Not Found")


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b'{"detail":"Not Found"}', "404 Not Found"),
        (b"not found.\n", "404 Not Found"),
        (b'{"title": "Not Found", "detail": "no stream x"}', "404 Not Found: no stream x"),
        (b"Not Foundation", "404 Not Found: Not Foundation"),
        (b"Not Found on this server", "404 Not Found: Not Found on this server"),
    ],
)
def test_a_body_that_says_the_words_of_the_status_again(
    server: RawServer, connect: Connect, body: bytes, cause: str
) -> None:
    """As FastAPI's does: they are not said twice; words that only begin alike are."""
    source = connect(server.play("/x", [answer("404 Not Found", body)]))
    state(source, "exhausted")
    assert cause == source.status.cause


def test_a_body_that_never_ends(server: RawServer, connect: Connect) -> None:
    """An answer whose body stalls, or is cut, or has no end, is judged all the same."""
    head = b"HTTP/1.1 404 Not Found\r\nContent-Length: 100000\r\n\r\n"
    clock = VirtualClock()
    for path, script in {"/stalls": [head, b"sorry", hold], "/cut": [head, b"sorry", reset]}.items():
        source = connect(server.play(path, script), clock=clock)
        eventually(lambda path=path: server.asked(path))

        def exhausted(source: EventSource = source) -> bool:
            clock.advance(1)
            return source.status.state == "exhausted"

        eventually(exhausted)
        assert source.status.cause.startswith("404 Not Found")


def test_gone(server: RawServer, connect: Connect, listener: Listener) -> None:
    """410: what the id would resume from is gone. It stops; told to go on, it begins anew, with a gap."""
    one = [CHUNKED, chunk(b"id: 1\ndata: x\n\n"), LAST]
    server.play("/x", one, [answer("410 Gone")], [CHUNKED, hold])
    source = connect(server.url("/x"))
    state(source, "exhausted")
    assert ("410 Gone", "") == (source.status.cause, source.last_event_id)
    source.reconnect()
    state(source, "open")
    gap = source.gaps.newest
    assert gap is not None
    assert (1, False) == (source.gaps.count, gap.recovered)
    assert [None, "1", None] == [request.get("last-event-id") for request in server.requests]


@pytest.mark.parametrize("status", ["414 URI Too Long", "431 Request Header Fields Too Large"])
def test_an_id_that_is_too_long_for_a_server(server: RawServer, connect: Connect, status: str) -> None:
    """What is refused for its length is not asked for again with the id that made it long."""
    one = [CHUNKED, chunk(b"id: 123456\ndata: x\n\n"), LAST]
    server.play("/x", one, [answer(status)], [CHUNKED, hold])
    source = connect(server.url("/x"))
    state(source, "exhausted")
    source.reconnect()
    state(source, "open")
    assert [None, "123456", None] == [request.get("last-event-id") for request in server.requests]


def test_a_huge_id(server: RawServer, connect: Connect) -> None:
    """It is not sent; what was missed meanwhile is told as a hole."""
    one = [CHUNKED, chunk(b"id: " + b"x" * 200_000 + b"\ndata: x\n\n"), LAST]
    source = connect(server.play("/x", one, [CHUNKED, hold]))
    eventually(lambda: source.connections == 2)
    state(source, "open")
    assert [None, None] == [request.get("last-event-id") for request in server.requests]
    assert [False] == [gap.recovered for gap in source.gaps]


# -- servers that do not last ----------------------------------------------------------------------------


def test_accept_bring_and_drop(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A server that brings one new event and drops is never given up, and asked ever more slowly."""
    clock = VirtualClock()
    scripts = [[CHUNKED, chunk(b"id: %d\ndata: x\n\n" % n), LAST] for n in range(50)]
    server.play("/x", *scripts)
    connect(server.url("/x"), clock=clock, backoff=Backoff())
    asked: list[float] = []
    for _ in range(50):
        pause = clock.wait_for_sleeper()
        asked.append(clock.monotonic())
        clock.advance(pause)
    assert 50 == len(set(listener.data and [event.id for event in listener.events]))
    assert max(sum(begin <= at < begin + 60 for at in asked) for begin in asked) <= 12


# -- tokens ----------------------------------------------------------------------------------------------


def test_a_token_is_renewed_ahead_of_its_end(
    server: RawServer, connect: Connect, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    """Before a token ends the callable is asked; with another token the connection is made anew, resumed by
    id, and nothing is called an error."""
    clock = VirtualClock()
    tokens = [jwt(clock.time() + 100), jwt(clock.time() + 1000)]
    server.play("/x", [CHUNKED, chunk(b"id: 1\ndata: x\n\n"), hold], [CHUNKED, hold])
    with caplog.at_level(logging.DEBUG, "sse_notebook"):
        source = connect(server.url("/x"), clock=clock, token=iter(tokens).__next__)
        eventually(lambda: listener.events)
        clock.advance(89)
        assert (1, "open") == (len(server.requests), source.status.state)
        clock.advance(2)
        eventually(lambda: source.connections == 2)
    state(source, "open")
    assert [f"Bearer {token}" for token in tokens] == [r.get("authorization") for r in server.requests]
    assert "1" == server.requests[1].get("last-event-id")
    assert ["connecting", "open", "connecting", "open"] == listener.states
    assert [] == [record for record in caplog.records if record.levelno > logging.INFO]
    gap = source.gaps.newest
    assert gap is not None
    assert "the token was renewed before it expired" == gap.reason


def test_a_login_while_a_token_is_renewed(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Who logs in as somebody else is asked for as that one, though there was another token just then."""
    clock = VirtualClock()
    tokens = [jwt(clock.time() + 100), jwt(clock.time() + 1000)]
    source = connect(
        server.play("/x", [CHUNKED, chunk(b"data: x\n\n"), hold]), clock=clock, token=iter(tokens).__next__
    )
    eventually(lambda: listener.events)

    def moving(status: ConnectionStatus) -> None:
        listener.moving = lambda status: None
        source.login("another")

    listener.moving = moving
    clock.advance(91)
    eventually(lambda: source.connections == 2)
    assert [f"Bearer {tokens[0]}", "Bearer another"] == [r.get("authorization") for r in server.requests]


def test_a_busy_stream_is_renewed_too(server: RawServer, connect: Connect, listener: Listener) -> None:
    """The token is renewed though the reads never wait."""
    clock = VirtualClock()
    word, wait = gate()
    tokens = [jwt(clock.time() + 100), jwt(clock.time() + 1000)]
    server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), wait, chunk(b"data: 2\n\n"), hold], [CHUNKED, hold])
    source = connect(server.url("/x"), clock=clock, token=iter(tokens).__next__)
    eventually(lambda: listener.data == ["1"])
    clock.advance(95)
    word.set()
    eventually(lambda: source.connections == 2)


def test_tokens_that_last_a_moment(server: RawServer, connect: Connect) -> None:
    """However soon tokens end, a connection is not made anew for that in its first five seconds."""
    clock = VirtualClock()
    made: list[str] = []

    def token() -> str:
        made.append(jwt(clock.time() + 0.3, str(len(made))))
        return made[-1]

    source = connect(server.play("/x", [CHUNKED, hold]), clock=clock, token=token)
    for number in (1, 2, 3):
        eventually(lambda number=number: source.connections == number)
        state(source, "open")
        clock.advance(PROVEN_AFTER - 0.1)
        with pytest.raises(AssertionError):
            eventually(lambda number=number: len(made) > number, timeout=0.1)
        clock.advance(0.2)
    eventually(lambda: source.connections == 4)


def test_the_same_token_again(server: RawServer, connect: Connect) -> None:
    """If there is no other token yet the connection stays, and the callable is asked later again."""
    clock = VirtualClock()
    asked: list[float] = []
    end = clock.time() + 100

    def token() -> str:
        asked.append(round(clock.monotonic(), 3))
        return jwt(end if len(asked) < 3 else end + 1000)

    source = connect(server.play("/x", [CHUNKED, hold]), clock=clock, token=token)
    state(source, "open")
    for number, at in ((2, 90.0), (3, 99.0)):
        clock.advance(at - clock.monotonic())
        eventually(lambda number=number: len(asked) >= number)
        asks_later(source, clock)
    eventually(lambda: source.connections == 2)
    assert [0.0, 90.0, 99.0] == asked[:3]


def test_a_callable_that_fails_cuts_nobody_off(
    server: RawServer, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """If the callable fails while the old token is still good, the connection stays."""
    clock = VirtualClock()
    tokens = iter([jwt(clock.time() + 100)])
    source = connect(server.play("/x", [CHUNKED, hold]), clock=clock, token=lambda: next(tokens))
    state(source, "open")
    clock.advance(91)
    eventually(lambda: "could not be renewed" in caplog.text)
    clock.advance(1000)
    assert ("open", 1) == (source.status.state, len(server.requests))


def test_no_thread_to_ask_on(
    server: RawServer, connect: Connect, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no thread left to ask on, the connection stays, and it is asked later."""
    clock = VirtualClock()
    tokens = [jwt(clock.time() + 100), jwt(clock.time() + 1000)]
    source = connect(
        server.play("/x", [CHUNKED, chunk(b"data: x\n\n"), hold]), clock=clock, token=iter(tokens).__next__
    )
    eventually(lambda: listener.events)
    start = threading.Thread.start
    refused = threading.Event()

    def refuse(self: threading.Thread) -> None:
        if self.name == "sse-notebook call":
            refused.set()
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    clock.advance(91)
    assert refused.wait(20)
    eventually(lambda: source._log.lines()[-1].text.startswith("the token could not be renewed"))
    assert "open" == source.status.state
    monkeypatch.setattr(threading.Thread, "start", start)
    asks_later(source, clock)
    clock.advance(8.5)
    eventually(lambda: source.connections == 2)


def test_a_callable_that_hangs(
    server: RawServer, connect: Connect, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    """While the callable is asked for the next token what comes is heard, silences are noticed, and commands
    work; and that it takes long is said once."""
    clock = VirtualClock()
    answered = threading.Event()
    gates = [gate() for _ in range(4)]
    asked: list[float] = []

    def token() -> str:
        asked.append(clock.monotonic())
        if len(asked) == 2:
            answered.wait(20)
        return jwt(clock.time() + 100, str(len(asked)))

    said = [step for _, wait in gates for step in (wait, chunk(b"data: x\n\n"))]
    server.play("/x", [CHUNKED, *said, hold], [CHUNKED, hold])
    source = connect(server.url("/x"), clock=clock, token=token, idle_timeout=60)

    def heard(number: int) -> None:
        gates[number - 1][0].set()
        eventually(lambda: len(listener.data) == number)

    state(source, "open")
    clock.advance(59)
    heard(1)
    clock.advance(32)
    eventually(lambda: len(asked) == 2)
    heard(2)
    clock.advance(61)
    state(source, "stale")
    eventually(lambda: "the token callable has not answered for 10 s" in caplog.text)
    heard(3)
    heard(4)
    state(source, "open")
    answered.set()
    eventually(lambda: source.connections == 2)
    assert (2, 1) == (len(asked), caplog.text.count("has not answered"))


@pytest.mark.parametrize("command", ["close", "disconnect", "reconnect"])
def test_an_async_callable_that_hangs_is_let_go_of(server: RawServer, connect: Connect, command: str) -> None:
    """It is asked for the next token, and does not answer: a command ends that, and its thread with it."""
    clock = VirtualClock()
    asked: list[float] = []

    async def token() -> str:
        asked.append(clock.monotonic())
        if len(asked) == 2:
            await asyncio.get_running_loop().create_future()
        return jwt(clock.time() + 100, str(len(asked)))

    source = connect(server.play("/x", [CHUNKED, hold]), clock=clock, token=token)
    state(source, "open")
    clock.advance(91)
    eventually(lambda: len(asked) == 2)
    assert "sse-notebook call" in client_threads()
    getattr(source, command)()
    eventually(lambda: "sse-notebook call" not in client_threads())
    if command == "reconnect":
        eventually(lambda: source.connections == 2)
    assert source.status.state in ("closed", "disconnected", "open")


@pytest.mark.parametrize("command", ["close", "disconnect"])
def test_stopping_while_a_callable_hangs(
    server: RawServer, connect: Connect, listener: Listener, command: str
) -> None:
    """No thread is left but the one that the callable itself holds; and it ends with that."""
    clock = VirtualClock()
    answered = threading.Event()
    asked: list[float] = []

    def token() -> str:
        asked.append(clock.monotonic())
        if len(asked) == 2:
            answered.wait(20)
        return jwt(clock.time() + 100, str(len(asked)))

    source = connect(server.play("/x", [CHUNKED, hold]), clock=clock, token=token)
    state(source, "open")
    clock.advance(91)
    eventually(lambda: len(asked) == 2)
    getattr(source, command)()
    if command == "disconnect":
        source.reconnect()  # is not held up, and asks for itself
        eventually(lambda: source.connections == 2)
        assert 3 == len(asked)
        source.close()
    eventually(lambda: client_threads() == ["sse-notebook call"])
    answered.set()
    eventually(lambda: client_threads() == [])


def test_a_connection_that_ends_while_a_callable_is_asked(server: RawServer, connect: Connect) -> None:
    """The answer is waited for then, and used: nothing is asked twice."""
    clock = VirtualClock()
    answered = threading.Event()
    word, wait = gate()
    asked: list[float] = []

    def token() -> str:
        asked.append(clock.monotonic())
        if len(asked) == 2:
            answered.wait(20)
        return jwt(clock.time() + 100, str(len(asked)))

    source = connect(server.play("/x", [CHUNKED, wait, LAST], [CHUNKED, hold]), clock=clock, token=token)
    state(source, "open")
    clock.advance(91)
    eventually(lambda: len(asked) == 2)
    word.set()
    clock.advance(clock.wait_for_sleeper())
    state(source, "connecting")
    answered.set()
    eventually(lambda: source.connections == 2)
    assert (2, jwt(clock.time() + 100, "2")) == (len(asked), server.requests[1].get("authorization")[7:])


@pytest.mark.parametrize("token", ["opaque", jwt(0), jwt(-5), "a.b.c", jwt(1)])
def test_tokens_that_say_nothing(server: RawServer, connect: Connect, token: str) -> None:
    """A token without an end, or whose end is past, is not renewed: the server will say."""
    clock = VirtualClock()
    asked: list[str] = []

    def ask() -> str:
        asked.append(token)
        return token

    source = connect(server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), hold]), clock=clock, token=ask)
    state(source, "open")
    clock.advance(1e6)
    source.disconnect()
    assert (1, 1) == (len(server.requests), len(asked))


def test_a_fixed_token_is_not_renewed(server: RawServer, connect: Connect) -> None:
    """Text can't be asked again: the connection lasts as long as the server lets it."""
    clock = VirtualClock()
    source = connect(server.play("/x", [CHUNKED, hold]), clock=clock, token=jwt(clock.time() + 100))
    state(source, "open")
    clock.advance(1000)
    assert ("open", 1) == (source.status.state, source.connections)


EXPOSED = [
    "http://example.com/x",
    "http://10.0.0.1/x",
    "http://localhost.evil.com/x",
    "http://127.0.0.1.nip.io/x",
]


@pytest.mark.parametrize("url", EXPOSED)
def test_a_token_in_plain_text_is_refused(listener: Listener, url: str) -> None:
    """A token, a password or an Authorization header does not travel over a network in plain text."""
    for secret in (
        {"token": "canary"},
        {"token": lambda: "canary"},
        {"headers": {"authorization": "canary"}},
    ):
        with pytest.raises(ArgumentError, match="insecure=True") as caught:
            EventSource(url, listener, **secret)
        assert "canary" not in str(caught.value)
        EventSource(url, listener, insecure=True, **secret)
    with pytest.raises(ArgumentError, match="plain text"):
        EventSource(url.replace("//", "//me:canary@"), listener)
    source = EventSource(url, listener)
    with pytest.raises(ArgumentError, match="plain text"):
        source.login("canary")


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost/x", "http://127.0.0.1/x", "http://127.9.9.9/x", "http://[::1]/x"),
        *("http://LOCALHOST./x", "http://app.localhost/x", "https://example.com/x"),
    ],
)
def test_where_a_token_may_go(listener: Listener, url: str) -> None:
    """On this machine, and under TLS, it may."""
    EventSource(url, listener, token="t-1234")


# -- sleep -----------------------------------------------------------------------------------------------


def test_waking_from_sleep_tries_again(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Who gave up tries again when the machine wakes: the wall clock went on, the other did not."""
    clock = VirtualClock()
    server.play("/x", [answer("503 X")], [answer("503 X")], [CHUNKED, hold])
    source = connect(server.url("/x"), clock=clock, backoff=Backoff(attempts=1))
    clock.advance(clock.wait_for_sleeper())
    state(source, "exhausted")
    clock.advance(3600)
    assert 2 == len(server.requests)
    clock.sleep(3600)
    state(source, "open")
    assert ["connecting", "retrying", "connecting", "exhausted", "connecting", "open"] == listener.states


def test_sleep_changes_nothing_else(server: RawServer, connect: Connect) -> None:
    """Who was stopped by the user, or refused, stays so."""
    clock = VirtualClock()
    stopped = connect(server.play("/x", [CHUNKED, hold]), clock=clock)
    state(stopped, "open")
    stopped.disconnect()
    refused = connect(server.play("/y", [answer("403 X")]), clock=clock)
    state(refused, "unauthorized")
    clock.sleep(3600)
    clock.advance(3600)
    assert ("disconnected", "unauthorized", 2) == (
        stopped.status.state,
        refused.status.state,
        len(server.requests),
    )


# -- gaps ------------------------------------------------------------------------------------------------


def test_a_gap_for_each_connection_that_was_lost(server: RawServer, connect: Connect) -> None:
    """Each connection that was open and ended leaves a gap; attempts that failed in between leave none."""
    one = [CHUNKED, chunk(b"id: 1\ndata: x\n\n"), LAST]
    server.play("/x", one, [answer("503 X")], one, [CHUNKED, hold])
    source = connect(server.url("/x"))
    eventually(lambda: source.connections == 3)
    state(source, "open")
    assert [("the server ended the stream", None, "1")] * 2 == [
        (gap.reason, gap.recovered, gap.last_event_id) for gap in source.gaps
    ]
    assert all(gap.end is not None and gap.start <= gap.end for gap in source.gaps)


@pytest.mark.parametrize("command", ["disconnect", "reconnect", "logout", "close"])
def test_a_gap_by_the_user(server: RawServer, connect: Connect, command: str) -> None:
    """What the user ends leaves a gap too, and says so."""
    source = connect(server.play("/x", [CHUNKED, hold]))
    state(source, "open")
    getattr(source, command)()
    assert [BY_USER] == [gap.reason for gap in source.gaps]


def test_no_gap_where_nothing_was_open(connect: Connect) -> None:
    """Commands to a source that has never been connected leave no gap."""
    source = connect(f"http://127.0.0.1:{dead_port()}/x", backoff=Backoff(initial=3600, maximum=3600))
    state(source, "retrying")
    source.reconnect()
    source.disconnect()
    source.close()
    assert ([], 0) == (list(source.gaps), source.gaps.count)


@pytest.mark.parametrize(("said", "recovered"), [("1", True), ("0", False), (None, None)])
def test_mercure_says_whether_it_knew(
    server: RawServer, connect: Connect, said: str | None, recovered: bool | None
) -> None:
    """The hub's response header tells whether the gap was refilled."""
    head = CHUNKED if said is None else CHUNKED[:-2] + f"Last-Event-ID: {said}\r\n\r\n".encode()
    server.play("/x", [CHUNKED, chunk(b"id: 1\ndata: x\n\n"), LAST], [head, hold])
    source = connect(server.url("/x"))
    eventually(lambda: source.connections == 2)
    state(source, "open")
    assert [recovered] == [gap.recovered for gap in source.gaps]


def test_the_id_in_the_query_too(server: RawServer, connect: Connect) -> None:
    """For servers that don't see the header the id is sent as a parameter as well."""
    server.play("/x", [CHUNKED, chunk(b"id: a/b\ndata: x\n\n"), LAST], [CHUNKED, hold])
    source = connect(server.url("/x?k=1"), resume_param="lastEventID")
    eventually(lambda: source.connections == 2)
    assert [{"k": ["1"]}, {"k": ["1"], "lastEventID": ["a/b"]}] == [r.query for r in server.requests]
    assert "a/b" == server.requests[1].get("last-event-id")


# -- what comes again ------------------------------------------------------------------------------------


def test_an_overlap_is_heard_once(server: RawServer, connect: Connect, listener: Listener) -> None:
    """What a server sends a second time after a reconnection is told apart, and dropped."""
    events = [b"id: %d\ndata: %d\n\n" % (n, n) for n in range(6)]
    server.play("/x", [CHUNKED, *map(chunk, events[:4]), LAST], [CHUNKED, *map(chunk, events[2:]), hold])
    connect(server.url("/x"))
    eventually(lambda: "5" in listener.data)
    assert (list("012345"), ["2", "3"]) == (listener.data, [event.data for event in listener.again])


def test_an_error_has_its_status(server: RawServer, connect: Connect) -> None:
    """The failure in a status keeps its kind, its status, and the server's wish."""
    clock = VirtualClock()
    source = connect(server.play("/x", [answer("503 X", retry_after="9")]), clock=clock)
    state(source, "retrying")
    error = source.status.error
    assert isinstance(error, BadStatus)
    assert (503, 9.0) == (error.status, error.retry_after)
