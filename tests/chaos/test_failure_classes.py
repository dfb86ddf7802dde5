"""Each way to fail, from the server's side and the user's: requests counted, the state, the reason, the log.

The streams run on a virtual clock, so that an hour passes in a moment, and what was waited for is known.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from raw_server import (
    CHUNKED,
    LAST,
    STREAM,
    Peer,
    RawServer,
    Script,
    answer,
    chunk,
    dead_port,
    gate,
    hold,
    reset,
)
from support import client_threads, eventually

import sse_notebook as sse
from sse_notebook.clock import VirtualClock
from sse_notebook.events.times import from_micros

PEM = Path(__file__).parent.parent / "source" / "localhost.pem"  # self-signed, of no use to anybody
CONNECTED = "[SSE] Connected to event stream"
ERROR = "[SSE] Connection error: "
GAVE_UP = "[SSE] Max reconnection attempts reached"

Connect = Callable[..., sse.EventStream]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    """The time of all streams of a test."""
    clock = VirtualClock()
    # `connect` has a function of this name; its module is behind it.
    monkeypatch.setattr(importlib.import_module("sse_notebook.stream.connect"), "_clock", lambda: clock)
    return clock


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as server:
        yield server
        sse.close_all()


@pytest.fixture
def tls_server() -> Iterator[RawServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    with RawServer(tls=context) as server:
        yield server
        sse.close_all()


@pytest.fixture(autouse=True)
def nothing_runs_on() -> Iterator[None]:
    yield
    sse.close_all()
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")


def until(clock: VirtualClock, reached: Callable[[], object]) -> None:
    """Carry the clock over every pause until something is true."""

    def look() -> object:
        if not (found := reached()):
            with contextlib.suppress(TimeoutError):  # nobody waits, or somebody will
                clock.advance(clock.wait_for_sleeper(0.02))
        return found

    eventually(look)


def pauses(clock: VirtualClock) -> list[float]:
    """What was waited for between attempts."""
    return [wait for wait in clock.waits if wait is not None]


def lines(stream: sse.EventStream) -> list[tuple[str, str]]:
    """Level and text of what the stream has said."""
    log = stream.log
    return list(zip(log["level"], log["text"], strict=True))


def assert_final(clock: VirtualClock, stream: sse.EventStream, state: str, words: str) -> None:
    """It has ended in this state, for a reason that says this, once; and an hour later it is still so."""
    eventually(lambda: stream.connection.state in ("exhausted", "unauthorized"))
    cause = stream.connection.cause
    assert (state, True) == (stream.connection.state, words in cause), cause
    clock.advance(3_600)
    assert ([], state) == (pauses(clock), stream.connection.state)
    said = [line for line in lines(stream) if line[0] != "INFO"]
    assert {("WARNING", ERROR + cause)} == set(said)
    assert not any(text.startswith(GAVE_UP) for _, text in said)
    with pytest.raises(sse.errors.ConnectionFailed) as caught:
        stream.wait_open(5)
    assert cause in str(caught.value)
    assert 0 == stream.rows


# -- what another attempt would not change ---------------------------------------------------------------

LONG = "x" * 199 + "yz"  # 201 characters


@pytest.mark.parametrize(
    ("said", "state", "words"),
    [
        (answer("403 Forbidden", b"not yours"), "unauthorized", "403 Forbidden"),
        (answer("403 Forbidden", b"not yours"), "unauthorized", "not yours"),
        (answer("204 No Content"), "exhausted", "204 No Content: the server asks not to reconnect"),
        (answer("400 Bad Request", b"no such filter"), "exhausted", "no such filter"),
        (answer("404 Not Found", b"no such stream"), "exhausted", "no such stream"),
        (answer("410 Gone", b"moved away"), "exhausted", "moved away"),
        (answer("405 Method Not Allowed"), "exhausted", "405 Method Not Allowed"),
        (answer("404 Not Found", LONG.encode()), "exhausted", LONG[:200] + "…"),
        (answer("200 OK", b"<html>", content_type="text/html"), "exhausted", "'text/html', not text/event-"),
        (answer("200 OK", b"{}"), "exhausted", "no content type"),
        (answer("302 Found", location="http://evil.invalid/"), "exhausted", "another origin"),
        (answer("302 Found", location="//evil.invalid/x"), "exhausted", "another origin"),
        (answer("301 Moved", location=""), "exhausted", "without a target"),
        (answer("307 X", location="/x"), "exhausted", "in a circle"),
        (answer("302 Found", location="ftp://127.0.0.1/x"), "exhausted", "another origin"),
        (answer("302 Found", location="http://[/"), "exhausted", "no URL"),
    ],
)
def test_it_is_asked_once(
    server: RawServer, clock: VirtualClock, said: bytes, state: str, words: str
) -> None:
    """An answer that another attempt would not change ends it: one request, the reason in plain words."""
    stream = sse.connect(server.play("/x", [said]), token="token-1")
    assert_final(clock, stream, state, words)
    assert (1, 1) == (len(server.requests), server.accepted)


def test_the_body_of_a_refusal_is_one_line_without_secrets(server: RawServer, clock: VirtualClock) -> None:
    """A body's words are made one line of plain text, and a token that the server repeats is masked."""
    body = b"<html><body>\n<p>No \x1b[31mentry</p>\r\n<b>for token-1</b></body></html>"
    stream = sse.connect(
        server.play("/x", [answer("404 X", body, content_type="text/html")]), token="token-1"
    )
    assert_final(clock, stream, "exhausted", "entry for ***")
    assert stream.connection.cause.isprintable()


def test_a_loop_of_two_is_found_at_once(server: RawServer, clock: VirtualClock) -> None:
    """A redirect that leads back: each of the two is asked once."""
    server.play("/b", [answer("302 X", location="/a")])
    stream = sse.connect(server.play("/a", [answer("302 X", location="/b")]))
    assert_final(clock, stream, "exhausted", "in a circle")
    assert ["/a", "/b"] == [request.path for request in server.requests]


def chain(server: RawServer, hops: int) -> str:
    """A URL from which so many redirects lead to a stream."""
    for n in range(hops):
        server.play(f"/{n}", [answer("307 X", location=f"/{n + 1}")])
    server.play(f"/{hops}", [CHUNKED, hold])
    return server.url("/0")


def test_five_hops_lead_to_a_stream(server: RawServer, clock: VirtualClock) -> None:
    """Five redirects within the origin are followed, and the stream is open."""
    sse.connect(chain(server, 5), token="token-1").wait_open()
    assert [f"/{n}" for n in range(6)] == [request.path for request in server.requests]


def test_six_hops_are_too_many(server: RawServer, clock: VirtualClock) -> None:
    """The sixth redirect is not followed, and nothing is tried again."""
    assert_final(clock, sse.connect(chain(server, 6)), "exhausted", "more than 5 redirects")
    assert [f"/{n}" for n in range(6)] == [request.path for request in server.requests]


def test_nothing_leaves_the_origin(server: RawServer, clock: VirtualClock) -> None:
    """Of a redirect to another origin not even a connection is made there."""
    with RawServer() as other:
        server.play("/x", [answer("302 X", location=other.play("/steal", [CHUNKED, hold]))])
        stream = sse.connect(server.url("/x"), token="token-1", headers={"X-API-Key": "key-canary"})
        assert_final(clock, stream, "exhausted", "another origin")
        assert (1, 0) == (len(server.requests), other.accepted)


def test_https_to_http(
    server: RawServer, tls_server: RawServer, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From https no redirect leads to http, not even on the same host."""
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    tls_server.play("/x", [answer("302 X", location=server.play("/x", [CHUNKED, hold]))])
    stream = sse.connect(tls_server.url("/x"), token="token-1")
    assert_final(clock, stream, "exhausted", "from https to http")
    assert (1, 0) == (len(tls_server.requests), server.accepted)


@contextlib.contextmanager
def plain_speaker() -> Iterator[tuple[int, list[bytes]]]:
    """A port that answers whatever comes in plain HTTP, as web servers do; and the first bytes that came."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    sock, _ = listener.accept()
                    with sock:
                        heard.append(sock.recv(65536)[:1])
                        sock.sendall(answer("400 Bad Request", b"plain HTTP was expected"))

        thread = threading.Thread(target=serve, name="plain speaker", daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        sse.close_all()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_tls_that_is_none(clock: VirtualClock) -> None:
    """https to a port that speaks plain HTTP: one connection, and the words say what may be wrong."""
    with plain_speaker() as (port, heard):
        stream = sse.connect(f"https://127.0.0.1:{port}/x", token="token-1")
        assert_final(clock, stream, "exhausted", "does not speak TLS here; is it http:// ?")
        assert [b"\x16"] == heard


def test_a_port_that_hangs_up_on_tls(server: RawServer, clock: VirtualClock) -> None:
    """A port that closes on the first words of TLS may be starting: it is tried again, in plain words."""
    stream = sse.connect(server.url("/x").replace("http:", "https:"))
    until(clock, lambda: stream.connection.state == "exhausted")
    assert (11, 0) == (server.accepted, len(server.requests))
    assert stream.connection.cause.endswith(
        ": the server closed it before TLS was agreed on; is it http:// ?"
    )


def test_a_certificate_that_nobody_vouches_for(tls_server: RawServer, clock: VirtualClock) -> None:
    """A server that can't prove who it is gets no request, and is not tried again."""
    stream = sse.connect(tls_server.play("/x", [CHUNKED, hold]), token="token-1")
    assert_final(clock, stream, "exhausted", "certificate")
    assert (0, 1) == (len(tls_server.requests), tls_server.accepted)


# -- credentials -----------------------------------------------------------------------------------------

NO = [answer("401 Unauthorized")]


class Tokens:
    """A callable that counts how often it is asked, and gives another token each time."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return f"token-{self.asked}"


def bearers(server: RawServer) -> list[str | None]:
    """The tokens that came with the requests."""
    return [(request.get("authorization") or "").removeprefix("Bearer ") for request in server.requests]


def test_a_401_is_exactly_one_refresh(server: RawServer, clock: VirtualClock) -> None:
    """The token is asked for once more, and without a pause; if that is refused too, it is the end."""
    tokens = Tokens()
    stream = sse.connect(server.play("/x", NO), token=tokens)
    assert_final(clock, stream, "unauthorized", "401 Unauthorized")
    assert (2, ["token-1", "token-2"]) == (tokens.asked, bearers(server))


def test_a_text_that_is_refused(server: RawServer, clock: VirtualClock) -> None:
    """A token that is a text can't become another: at most one more request, and it is the end."""
    stream = sse.connect(server.play("/x", NO), token="token-1")
    assert_final(clock, stream, "unauthorized", "401 Unauthorized")
    assert len(server.requests) <= 2


def test_each_expiry_is_one_refresh(server: RawServer, clock: VirtualClock) -> None:
    """A token that expires again and again is refreshed again and again: one refresh for each."""
    opened = [CHUNKED, chunk(b"id: 1\ndata: x\n\n"), LAST]
    tokens = Tokens()
    stream = sse.connect(server.play("/x", opened, NO, opened, NO, opened, NO, [CHUNKED, hold]), token=tokens)
    until(clock, lambda: len(server.requests) == 7 and stream.connected)
    assert 7 == tokens.asked
    assert 3 == len(pauses(clock))  # after the three streams that ended; none after a 401


def test_trouble_between_two_expiries_is_no_refusal(server: RawServer, clock: VirtualClock) -> None:
    """A fresh token that met a 503 was not refused: when it expires later, it is refreshed like any other."""
    busy = [answer("503 Service Unavailable")]
    tokens = Tokens()
    stream = sse.connect(server.play("/x", NO, busy, NO, [CHUNKED, hold]), token=tokens)
    until(clock, lambda: stream.connection.state in ("open", "unauthorized"))
    assert ("open", 4, 1) == (stream.connection.state, len(server.requests), len(pauses(clock)))


# -- what passes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507, 599])
def test_a_status_that_passes(server: RawServer, clock: VirtualClock, status: int) -> None:
    """It is asked again after a pause, until it has passed: one request and one line for each."""
    trouble = [answer(f"{status} Trouble")]
    stream = sse.connect(server.play("/x", trouble, trouble, [CHUNKED, hold]))
    until(clock, lambda: stream.connected)
    assert 3 == len(server.requests)
    assert [True, True] == [0.75 * n <= wait <= n for n, wait in zip((1, 2), pauses(clock), strict=True)]
    said = [text for _, text in lines(stream) if text.startswith("[SSE]")]
    assert [f"{ERROR}{status} Trouble"] * 2 + [CONNECTED] == said


@pytest.mark.parametrize(
    "end", [[reset], [b""], [b"HTTP/1.1 200 OK\r\n"], [STREAM, reset], [CHUNKED, b"5\r\nda"]]
)
def test_a_connection_that_breaks(server: RawServer, clock: VirtualClock, end: Script) -> None:
    """Reset or cut, before the answer or in it: asked again after a pause, until it holds."""
    stream = sse.connect(server.play("/x", end, end, [CHUNKED, hold]))
    until(clock, lambda: stream.connected and len(server.requests) == 3)
    assert 2 == len(pauses(clock))
    assert 2 == sum(text.startswith(ERROR) for _, text in lines(stream))


@pytest.mark.parametrize(
    ("url", "words"), [("http://127.0.0.1:{port}/x", "refused"), ("http://nothing.invalid/x", "unknown host")]
)
def test_a_server_that_is_not_there(clock: VirtualClock, url: str, words: str) -> None:
    """A dead port and an unknown name are tried ten times more, then given up; the log says so, once."""
    stream = sse.connect(url.format(port=dead_port()))
    until(clock, lambda: stream.connection.state == "exhausted")
    assert (10, True) == (len(pauses(clock)), words in stream.connection.cause)
    assert stream.connection.cause.startswith("10 attempts, last: ")
    said = [text.startswith(ERROR) for level, text in lines(stream) if level == "WARNING"]
    assert ([True] * 11, 1) == (said, lines(stream).count(("ERROR", GAVE_UP)))


def test_a_server_that_comes_back(clock: VirtualClock) -> None:
    """A port that was dead is found again as soon as somebody listens there."""
    port = dead_port()
    stream = sse.connect(f"http://127.0.0.1:{port}/x")
    until(clock, lambda: stream.connection.attempt >= 3)
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(20)
        while not stream.connected:
            clock.advance(clock.wait_for_sleeper())
            sock, _ = listener.accept()
            with sock:
                sock.recv(4096)
                sock.sendall(CHUNKED)
                eventually(lambda: stream.connected)
                assert "" == stream.connection.cause
                stream.close()
                return


# -- Retry-After -----------------------------------------------------------------------------------------


def date(seconds: float) -> str:
    """Unix time as HTTP writes it."""
    return format_datetime(from_micros(round(seconds) * 1_000_000), usegmt=True)


def waited(server: RawServer, clock: VirtualClock, status: str, **headers: str) -> float:
    """The pause after such an answer; it is the one that is shown, and it is kept."""
    stream = sse.connect(server.play("/x", [answer(status, **headers)], [CHUNKED, hold]))
    clock.wait_for_sleeper()
    (pause,) = pauses(clock)
    shown = stream.connection
    assert shown.next_retry_at is not None
    assert shown.since is not None
    assert pause == pytest.approx((shown.next_retry_at - shown.since).total_seconds(), abs=1e-5)
    clock.advance(pause - 0.01)
    assert (1, "retrying") == (len(server.requests), stream.connection.state)
    clock.advance(0.02)
    stream.wait_open()
    assert 2 == len(server.requests)
    return pause


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable", "500 X", "408 X"])
@pytest.mark.parametrize("seconds", [7, 120])  # below and above `retry_max`
def test_retry_after_in_seconds(server: RawServer, clock: VirtualClock, status: str, seconds: int) -> None:
    """It is not asked again before so many seconds have passed, nor much later."""
    assert seconds <= waited(server, clock, status, retry_after=str(seconds)) <= 1.25 * seconds


@pytest.mark.parametrize("seconds", [7, 120])
def test_retry_after_as_a_date(server: RawServer, clock: VirtualClock, seconds: int) -> None:
    """It is not asked again before that moment, nor much later."""
    pause = waited(server, clock, "503 X", retry_after=date(clock.time() + seconds))
    assert seconds <= pause <= 1.25 * seconds


def test_retry_after_as_a_date_of_the_servers_own_clock(server: RawServer, clock: VirtualClock) -> None:
    """A server whose clock is an hour ahead means its own hour: its `Date` says what that is."""
    there = clock.time() + 3_600
    pause = waited(server, clock, "503 X", date=date(there), retry_after=date(there + 20))
    assert 20 <= pause <= 25


@pytest.mark.parametrize("value", ["0", "soon", "-5", "1e3", "Thu, 01 Jan 1970 00:00:10 GMT", ""])
def test_retry_after_that_asks_for_nothing(server: RawServer, clock: VirtualClock, value: str) -> None:
    """No time, the past or nonsense: the pause is the usual one."""
    assert 0.75 <= waited(server, clock, "503 X", retry_after=value) <= 1.0


def test_a_day_is_the_longest_retry_after(server: RawServer, clock: VirtualClock) -> None:
    """No server puts us off for ever."""
    stream = sse.connect(server.play("/x", [answer("503 X", retry_after="9" * 400)], [CHUNKED, hold]))
    assert clock.wait_for_sleeper() <= 86_400 + 10
    stream.close()


# -- a server that accepts and drops ---------------------------------------------------------------------


def drop(peer: Peer) -> None:
    """A step: nothing."""


@pytest.mark.parametrize("brings", ["nothing", "a comment", "the same event", "a new event", "no HTTP"])
def test_accept_and_drop(server: RawServer, clock: VirtualClock, brings: str) -> None:
    """Fifty connections dropped at once: at most twelve requests in any minute, whatever they bring."""
    times: list[float] = []

    def serve(peer: Peer) -> None:
        times.append(clock.monotonic())
        said = {
            "nothing": CHUNKED + LAST,
            "a comment": CHUNKED + chunk(b": hi\n\n") + LAST,
            "the same event": CHUNKED + chunk(b"id: 1\ndata: x\n\n") + LAST,
            "a new event": CHUNKED + chunk(b"id: %d\ndata: x\n\n" % len(times)) + LAST,
            "no HTTP": b"",
        }
        peer.send(said[brings])

    stream = sse.connect(server.play("/x", [serve]), retry_attempts=None)
    until(clock, lambda: len(times) >= 51)
    stream.close()
    most = max(sum(at <= other < at + 60 for other in times) for at in times)
    assert most <= 12, times
    # It is patient, not lazy: after the first trouble it comes back soon, and it never stops coming.
    assert times[1] - times[0] <= 1
    assert max(later - at for at, later in pairwise(times)) <= 30


def test_accept_and_drop_is_given_up(server: RawServer, clock: VirtualClock) -> None:
    """With the usual limit, a server that drops eleven connections and brings nothing is given up."""
    stream = sse.connect(server.play("/x", [CHUNKED, LAST]))
    until(clock, lambda: stream.connection.state == "exhausted")
    assert (11, 1) == (len(server.requests), lines(stream).count(("ERROR", GAVE_UP)))


# -- a server that freezes -------------------------------------------------------------------------------


def states(stream: sse.EventStream) -> list[str]:
    """The states that the stream goes through from now on."""
    seen: list[str] = []

    def moved(change: dict[str, Any]) -> None:
        if not seen or change["new"].state != seen[-1]:
            seen.append(change["new"].state)

    stream.store.observe(moved, "connection")
    return seen


BEATS = [b": beat\n\n", b":\n", b'event: heartbeat\ndata: {"event_type":"heartbeat"}\n\n', b"data: ping\n\n"]


@pytest.mark.parametrize("beat", BEATS)
@pytest.mark.parametrize("interval", [1.0, 15.0])
def test_a_server_that_freezes(server: RawServer, clock: VirtualClock, beat: bytes, interval: float) -> None:
    """Silent for 2.5 heartbeats it is `stale`, then made anew; it resumes, and a gap shows the silence."""
    words, steps = zip(*(gate() for _ in range(4)), strict=True)
    script: list[Any] = [CHUNKED, chunk(b'id: 1\ndata: {"n": 1}\n\n')]
    for step in steps:
        script += [step, chunk(beat)]
    control = sse.Vocabulary(control=["ping"])
    stream = sse.connect(server.play("/x", [*script, hold], [CHUNKED, hold]), vocabulary=control)
    stream.wait_for(1, timeout=20)
    seen = states(stream)
    for word in words:
        clock.advance(interval)
        word.set()
        now = clock.time()
        eventually(lambda now=now: stream.connection.last_byte_at.timestamp() == pytest.approx(now, abs=1e-3))
    assert [] == seen
    silent_since = clock.time()

    clock.advance(2.5 * interval)
    eventually(lambda: stream.connection.state == "stale")
    assert (False, 1) == (stream.connected, len(server.requests))

    clock.advance(2.5 * interval)
    eventually(lambda: "retrying" in seen)
    until(clock, lambda: len(server.requests) == 2 and stream.connected)
    assert ["stale", "retrying", "connecting", "open"] == seen
    assert "1" == server.requests[1].get("last-event-id")
    (gap,) = stream.gaps.to_dict("records")
    assert gap["start"].timestamp() == pytest.approx(silent_since, abs=1e-3)
    assert gap["end"].timestamp() == pytest.approx(clock.time(), abs=1e-3)
    assert stream.gaps["recovered"].isna().all()


@pytest.mark.parametrize("tail", [b"", b"5", b"f\r\ndata: h\xc3", b"1\r\n"], ids=str)
def test_a_server_that_freezes_by_ones_own_limit(server: RawServer, clock: VirtualClock, tail: bytes) -> None:
    """`idle_timeout` counts from the last byte, wherever in a chunk or a character the server froze."""
    server.play("/x", [CHUNKED + chunk(b"id: 1\ndata: x\n\n") + tail, hold], [CHUNKED, hold])
    stream = sse.connect(server.url("/x"), idle_timeout=5)
    stream.wait_for(1, timeout=20)
    clock.advance(5.1)
    eventually(lambda: stream.connection.state == "stale")
    clock.advance(4.8)
    assert (1, "stale") == (len(server.requests), stream.connection.state)
    clock.advance(0.2)
    until(clock, lambda: len(server.requests) == 2 and stream.connected)
    assert 1 == len(stream.df)


def test_a_server_that_never_answers(server: RawServer, clock: VirtualClock) -> None:
    """A request that gets no head, or half of one, is given up after a while, and made again."""
    stream = sse.connect(server.play("/x", [hold], [b"HTTP/1.1 200 OK\r\nConte", hold], [CHUNKED, hold]))
    for number in (1, 2):
        eventually(lambda number=number: len(server.requests) == number)
        assert "connecting" == stream.connection.state
        clock.advance(61)
        eventually(lambda: stream.connection.state == "retrying")
        assert "no answer in time" == stream.connection.cause
        clock.advance(clock.wait_for_sleeper())
    stream.wait_open()
    assert 3 == len(server.requests)


def test_a_stream_without_heartbeats_may_be_silent(server: RawServer, clock: VirtualClock) -> None:
    """Where nothing is known of its heartbeats, silence means nothing, though it last for a day."""
    word, wait = gate()
    server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), wait, chunk(b"data: 2\n\n"), hold])
    stream = sse.connect(server.url("/x"))
    stream.wait_for(1, timeout=20)
    seen = states(stream)
    clock.advance(86_400)
    word.set()
    stream.wait_for(2, timeout=20)
    assert ([], 1) == (seen, len(server.requests))


# -- what is said ----------------------------------------------------------------------------------------


def test_logging_hears_what_the_stream_says(
    server: RawServer, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Python's logging gets the contract's lines, in order, with their levels."""
    with caplog.at_level(logging.INFO, "sse_notebook"):
        stream = sse.connect(server.play("/x", [answer("503 Busy")], [CHUNKED, hold]))
        until(clock, lambda: stream.connected)
    heard = [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "sse_notebook"]
    assert [("WARNING", f"{ERROR}503 Busy"), ("INFO", CONNECTED)] == heard
