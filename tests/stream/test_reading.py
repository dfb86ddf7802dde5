"""Waiting: for a connection, for rows, for an event; and what ends a wait."""

from __future__ import annotations

import _thread
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx_sse
import pytest
from raw_server import CHUNKED, RawServer, answer, chunk, dead_port, gate, hold
from support import QUICK, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError, BadRedirect, Exhausted, StreamClosed, Unauthorized, WaitTimeout

Open = Callable[..., sse.EventStream]


def later(do: Callable[[], object]) -> None:
    """Do something while the test waits."""
    threading.Timer(0.05, do).start()


# -- open ------------------------------------------------------------------------------------------------


def test_wait_open_gives_the_stream(server: RawServer) -> None:
    """`wait_open` gives the stream once it is open, and at once when it is."""
    word, wait = gate()
    stream = sse.connect(server.play("/x", [wait, CHUNKED, hold]))
    later(word.set)
    assert stream is stream.wait_open(20)
    assert (stream, True) == (stream.wait_open(0), stream.connected)


def test_wait_open_has_a_limit(server: RawServer) -> None:
    """A wait that runs out is a TimeoutError that says what there was instead."""
    stream = sse.connect(server.play("/x", [hold]))
    with pytest.raises(TimeoutError, match="passed without an open connection; the stream is connecting"):
        stream.wait_open(0.02)
    refusing = sse.connect(f"http://127.0.0.1:{dead_port()}/x", retry_initial=3600, retry_max=3600)
    eventually(lambda: refusing.connection.state == "retrying")
    with pytest.raises(WaitTimeout, match=r"0\.01 s passed .* the stream is retrying: Connection refused"):
        refusing.wait_open(0.01)


def test_wait_open_without_a_token(backend: Backend) -> None:
    """Without a token it is not hopeless: somebody may log in; until then the time runs."""
    stream = sse.connect(backend.url)
    with pytest.raises(
        WaitTimeout, match=r"unauthenticated: no token .*; stream.login\(token\) connects it$"
    ):
        stream.wait_open(0.01)
    later(lambda: stream.login(backend.token()))
    stream.wait_open(20)


def test_a_wait_while_it_is_paused(backend: Backend, open_stream: Open) -> None:
    """Nothing will come by itself: it says what ends that."""
    stream = open_stream()
    stream.disconnect()
    for wait in (lambda: stream.wait_open(0), lambda: stream.wait_for(1, timeout=0)):
        with pytest.raises(WaitTimeout, match=r"stopped by you; stream\.reconnect\(\) goes on$"):
            wait()
    later(stream.reconnect)
    stream.wait_open(20)


@pytest.mark.parametrize(
    ("bytes_", "kind", "cause", "status"),
    [
        (answer("404 Not Found"), Exhausted, "404 Not Found", 404),
        (answer("403 Forbidden"), Unauthorized, "403 Forbidden", 403),
        (answer("200 OK", b"<html>", content_type="text/html"), Exhausted, "text/html", 200),
        (answer("200 OK", b"<html>", content_type="text/html"), httpx_sse.SSEError, "text/html", 200),
        (answer("302 X", location="http://evil.invalid"), BadRedirect, "another origin", None),
    ],
)
def test_the_end_of_all_hope(
    server: RawServer,
    bytes_: bytes,
    kind: type[sse.errors.ConnectionFailed],
    cause: str,
    status: int | None,
) -> None:
    """A wait on a stream that gave up, or was refused, raises why: at once, and from the original failure."""
    stream = sse.connect(server.play("/x", [bytes_]))
    for wait in (stream.wait_open, lambda: stream.wait_for(1), lambda: stream.wait_for(lambda event: True)):
        with pytest.raises(kind, match=cause) as caught:
            wait()
        assert caught.value.cause == stream.connection.cause
        assert caught.value.__cause__ is stream.connection.error
        assert status == getattr(caught.value, "status", None)


@pytest.mark.parametrize("timeout", ["5", -1, -0.1, float("nan"), True])
def test_a_timeout_that_is_none(server: RawServer, timeout: Any) -> None:
    """A wait takes seconds, or None for as long as it takes; anything else is a wrong argument."""
    stream = sse.connect(server.play("/x", [CHUNKED, hold])).wait_open(20)
    for wait in (stream.wait_open, lambda timeout: stream.wait_for(0, timeout=timeout)):
        with pytest.raises(ArgumentError, match="timeout must be a number of seconds from 0, or None"):
            wait(timeout)


def test_closed_ends_a_wait(server: RawServer) -> None:
    """A stream that is closed while somebody waits ends the wait."""
    stream = sse.connect(server.play("/x", [CHUNKED, hold])).wait_open()
    later(stream.close)
    with pytest.raises(StreamClosed):
        stream.wait_for(1)
    with pytest.raises(StreamClosed):
        stream.wait_open()


# -- rows ------------------------------------------------------------------------------------------------


def test_wait_for_rows(backend: Backend, open_stream: Open) -> None:
    """`wait_for(n)` gives the stream once n rows ever came in; cleared ones count."""
    stream = open_stream()
    later(lambda: backend.publish_all([{"event_type": "x"}] * 5))
    assert stream is stream.wait_for(5, timeout=20)
    stream.store.clear_events()
    assert (stream, 0) == (stream.wait_for(5, timeout=0), len(stream))
    assert stream is stream.wait_for(0, timeout=0)


def test_fewer_than_no_rows(open_stream: Open) -> None:
    """Nobody waits for those."""
    with pytest.raises(ArgumentError, match=r"wait_for: the number of rows .* at least 0, not -1"):
        open_stream().wait_for(-1)


def test_wait_for_rows_has_a_limit(backend: Backend, open_stream: Open) -> None:
    """A wait that runs out says how many rows there are."""
    stream = open_stream()
    backend.publish({"event_type": "x"})
    stream.wait_for(1, timeout=20)
    with pytest.raises(WaitTimeout, match=r"passed without 3 rows \(1 are in\); the stream is open"):
        stream.wait_for(3, timeout=0.01)


def test_rows_that_are_in_need_no_connection(backend: Backend, open_stream: Open) -> None:
    """What is there already is given, whatever became of the connection."""
    stream = open_stream()
    backend.publish({"event_type": "x"})
    stream.wait_for(1, timeout=20).close()
    assert stream is stream.wait_for(1)
    assert "x" == stream.wait_for(lambda event: True).type


def test_the_last_row_before_the_end(server: RawServer) -> None:
    """A row that came right before the server's final answer is found, not missed."""
    for n in range(20):
        url = server.play(f"/{n}", [CHUNKED, chunk(b"data: 1\n\n")], [answer("204 No Content")])
        stream = sse.connect(url, **QUICK)
        assert stream is stream.wait_for(1, timeout=20)


# -- an event --------------------------------------------------------------------------------------------


def test_wait_for_an_event(backend: Backend, open_stream: Open) -> None:
    """`wait_for(callable)` gives the first event for which it is true, looking at each once, in order."""
    stream, looked = open_stream(), list[int]()

    def third(event: sse.Event) -> bool:
        looked.append(event.data["n"])
        return event.data["n"] == 3

    def publish() -> None:
        for n in range(10):
            backend.publish({"event_type": "x", "n": n})

    later(publish)
    assert 3 == stream.wait_for(third, timeout=20).data["n"]
    assert [0, 1, 2, 3] == looked


def test_kept_events_count(backend: Backend, open_stream: Open) -> None:
    """Events that are kept already are looked at, also those that `events` has let go of."""
    stream = open_stream(max_events=3)
    backend.publish_all([{"event_type": "x", "n": n} for n in range(50)])
    stream.wait_for(50, timeout=20)
    event = stream.wait_for(lambda event: event.data["n"] % 7 == 6, timeout=0)
    assert (6, 6, "x") == (event.seq, event.data["n"], event.type)


def test_an_event_that_does_not_come(backend: Backend, open_stream: Open) -> None:
    """A wait for an event that does not come runs out."""
    with pytest.raises(WaitTimeout, match="passed without such an event"):
        open_stream().wait_for(lambda event: False, timeout=0.01)


def test_a_callable_that_raises(backend: Backend, open_stream: Open) -> None:
    """What the callable raises comes out of the wait; the stream goes on."""
    stream = open_stream()
    backend.publish({"event_type": "x"})
    with pytest.raises(KeyError, match="nothing"):
        stream.wait_for(lambda event: event.data["nothing"], timeout=20)
    assert stream.connected


def test_a_slow_callable_does_not_hold_up_the_stream(backend: Backend, open_stream: Open) -> None:
    """While the user's callable thinks, rows go on coming in; it may even wait for them, or close."""
    stream = open_stream()
    backend.publish({"event_type": "x"})

    def slow(event: sse.Event) -> bool:
        backend.publish({"event_type": "y"})
        stream.wait_for(2, timeout=20)
        began = time.monotonic()
        stream.close()
        assert time.monotonic() - began < 0.9
        return True

    assert "x" == stream.wait_for(slow, timeout=20).type


@pytest.mark.parametrize("what", [True, "x", 1.5, None, [1]])
def test_what_cannot_be_waited_for(backend: Backend, open_stream: Open, what: Any) -> None:
    """A wait is for a number of rows or by a callable."""
    with pytest.raises(ArgumentError, match="takes a number of rows, a Filter or a callable"):
        open_stream().wait_for(what)


@pytest.mark.parametrize("wait", ["wait_open", "wait_for"])
def test_a_wait_can_be_interrupted(server: RawServer, wait: str) -> None:
    """Ctrl-C, or the kernel's stop button, ends a wait that has no limit."""
    stream = sse.connect(server.play("/x", [hold]))
    later(_thread.interrupt_main)
    with pytest.raises(KeyboardInterrupt):
        {"wait_open": lambda: stream.wait_open(None), "wait_for": lambda: stream.wait_for(1)}[wait]()
    assert stream.connection.state == "connecting"


def test_many_waiters(backend: Backend, open_stream: Open) -> None:
    """Each of many threads that wait gets what it waits for."""
    stream, got = open_stream(), list[int]()

    def wait(n: int) -> None:
        got.append(stream.wait_for(lambda event: event.data["n"] == n, timeout=20).data["n"])

    threads = [threading.Thread(target=wait, args=(n,), daemon=True) for n in range(10)]
    for thread in threads:
        thread.start()
    for n in range(10):
        backend.publish({"event_type": "x", "n": n})
    for thread in threads:
        thread.join(20)
    assert list(range(10)) == sorted(got)


def test_always_true(backend: Backend, open_stream: Open) -> None:
    """A stream and a view without rows are true all the same."""
    stream = open_stream()
    assert (True, True, 0, 0) == (
        bool(stream),
        bool(stream.where(project_id="p")),
        len(stream),
        len(stream.where(project_id="p")),
    )
