"""Silence: `stale`, then a new connection; by a given limit, and by one that is learned. A virtual clock."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from raw_server import CHUNKED, STREAM, RawServer, Step, chunk, gate, hold
from support import Listener, eventually

from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ConnectionLost
from sse_notebook.source import EventSource
from sse_notebook.source.transport import HEAD_WITHIN

Connect = Callable[..., EventSource]

# The shapes in which servers say that they are there.
BEATS = {
    "a comment": b": beat\n\n",
    "a bare colon": b":\n\n",
    "a comment without a blank line": b":thump\n",
    "a named event with JSON": b'event: heartbeat\ndata: {"timestamp":1}\n\n',
    "a text that is no JSON": b"data: ping\n\n",
    "a named event with empty data": b"event: keep-alive\ndata:\n\n",
    "a named event without data": b"event: ping\n\n",
}


class Beats:
    """Steps of a script, each let through by the test."""

    def __init__(self, *said: bytes) -> None:
        self.gates = [gate() for _ in said]
        self.steps: list[Step] = [CHUNKED]
        for (_, wait), text in zip(self.gates, said, strict=True):
            self.steps += [wait, chunk(text)]

    def __call__(self, listener: Listener, clock: VirtualClock, seconds: float) -> None:
        """Let the next one through after so many seconds, and wait until it is heard."""
        heard = len(listener.sizes)
        clock.advance(seconds)
        self.gates.pop(0)[0].set()
        eventually(lambda: len(listener.sizes) > heard)


def state(source: EventSource, wanted: str) -> None:
    eventually(lambda: source.status.state == wanted, what=f"never {wanted}: {source.status}")


def test_a_given_limit(server: RawServer, connect: Connect, listener: Listener) -> None:
    """After `idle_timeout` it is stale, after twice that it is made anew; the gap begins at the last byte."""
    clock = VirtualClock()
    server.play("/x", [CHUNKED, chunk(b"id: 1\ndata: x\n\n"), hold], [CHUNKED, hold])
    source = connect(server.url("/x"), clock=clock, idle_timeout=10)
    eventually(lambda: listener.events)
    last = clock.time()
    clock.advance(9.9)
    assert source.status.state == "open"
    clock.advance(0.2)
    state(source, "stale")
    assert ("nothing came for 10 s", None) == (source.status.cause, source.status.error)
    clock.advance(9.8)
    assert source.status.state == "stale"
    clock.advance(0.2)
    clock.advance(clock.wait_for_sleeper())
    eventually(lambda: source.connections == 2)
    state(source, "open")
    assert ["connecting", "open", "stale", "retrying", "connecting", "open"] == listener.states
    failed = next(status for status in listener.statuses if status.state == "retrying")
    assert (ConnectionLost, True) == (type(failed.error), failed.cause.startswith("nothing came for 20"))
    gap = source.gaps.newest
    assert gap is not None
    assert (last, failed.cause, "1", None) == (gap.start, gap.reason, gap.last_event_id, gap.recovered)
    assert "1" == server.requests[1].get("last-event-id")


def test_a_limit_given_later(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Another `idle_timeout` counts for the silence that there is, though no byte comes any more."""
    clock = VirtualClock()
    source = connect(server.play("/x", [CHUNKED, chunk(b"id: 1\ndata: x\n\n"), hold]), clock=clock)
    eventually(lambda: listener.events)
    clock.advance(11)
    assert "open" == source.status.state
    source.freshness.idle_timeout = 10
    state(source, "stale")


def test_a_byte_ends_it(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A stale connection is open again with the first byte, be it half an event."""
    clock = VirtualClock()
    word, wait = gate()
    source = connect(server.play("/x", [CHUNKED, wait, chunk(b"d"), hold]), clock=clock, idle_timeout=10)
    state(source, "open")
    clock.advance(11)
    state(source, "stale")
    word.set()
    state(source, "open")
    clock.advance(9)
    assert (1, "open", "") == (source.connections, source.status.state, source.status.cause)


@pytest.mark.parametrize("shape", BEATS)
def test_a_limit_is_learned(server: RawServer, connect: Connect, listener: Listener, shape: str) -> None:
    """Three heartbeats of any shape teach their interval: two of them without one, and it is stale."""
    clock = VirtualClock()
    beats = Beats(*[BEATS[shape]] * 3)
    source = connect(server.play("/x", [*beats.steps, hold], [CHUNKED, hold]), clock=clock)
    state(source, "open")
    for _ in range(3):
        assert source.freshness.limit is None
        beats(listener, clock, 15)
    eventually(lambda: source.freshness.limit == 30)
    clock.advance(29)
    assert source.status.state == "open"
    clock.advance(2)  # within two and a half intervals
    state(source, "stale")
    clock.advance(30)
    clock.advance(clock.wait_for_sleeper())
    eventually(lambda: source.connections == 2)


def test_before_three_heartbeats_it_is_never_stale(
    server: RawServer, connect: Connect, listener: Listener
) -> None:
    """Events, and two heartbeats, teach nothing: a silence of a day is none of our business."""
    clock = VirtualClock()
    beats = Beats(b"data: 1\n\n", b": beat\n\n", b"data: 2\n\n", b": beat\n\n", b"data: 3\n\n")
    source = connect(server.play("/x", [*beats.steps, hold]), clock=clock)
    state(source, "open")
    for _ in range(5):
        beats(listener, clock, 15)
    clock.advance(86_400)
    with pytest.raises(TimeoutError):
        clock.wait_for_sleeper(0.1)
    assert (1, "open", None) == (source.connections, source.status.state, source.freshness.limit)


def test_a_comment_after_each_event(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A server that ends each event with a comment of its own is left alone when there is no event."""
    clock = VirtualClock()
    beats = Beats(*[b"data: 1\n\n", b":\n"] * 6, b"data: 2\n\n")
    source = connect(server.play("/x", [*beats.steps, hold]), clock=clock)
    state(source, "open")
    for _ in range(6):
        beats(listener, clock, 0.07)
        beats(listener, clock, 0.03)
    beats(listener, clock, 3)
    eventually(lambda: "2" in listener.data)
    assert (["connecting", "open"], 1, None) == (listener.states, source.connections, source.freshness.limit)


def test_heartbeats_are_the_listeners_to_tell(server: RawServer, connect: Connect) -> None:
    """A listener that knows its server says what is a heartbeat, whatever it looks like."""

    class Knowing(Listener):
        def heard(self, events: object, size: int, at: float) -> int:  # type: ignore[override]
            super().heard(events, size, at)  # type: ignore[arg-type]
            return 0

    listener, clock = Knowing(), VirtualClock()
    beats = Beats(*[b"data: tick\n\n"] * 3)
    source = connect(server.play("/x", [*beats.steps, hold]), clock=clock, listener=listener)
    state(source, "open")
    for _ in range(3):
        beats(listener, clock, 5)
    eventually(lambda: source.freshness.limit == 10)


def test_a_listener_that_was_slow_is_no_silence(server: RawServer, connect: Connect) -> None:
    """Time that the listener took is not the server's: what waits in the socket is read first."""
    clock, listener = VirtualClock(), Listener()
    busy, go_on = threading.Event(), threading.Event()

    def slow(events: object) -> None:
        if not busy.is_set():
            busy.set()
            go_on.wait(20)

    listener.hearing = slow
    word, wait = gate()
    script = [CHUNKED, chunk(b"data: 1\n\n"), wait, chunk(b"data: 2\n\n"), hold]
    source = connect(server.play("/x", script), clock=clock, listener=listener, idle_timeout=10)
    busy.wait(20)
    clock.advance(100)
    word.set()
    eventually(lambda: source.status.state == "open")
    go_on.set()
    eventually(lambda: listener.data == ["1", "2"])
    assert "stale" not in listener.states


def test_no_head_in_time(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A server that takes the connection and says nothing is tried again."""
    clock = VirtualClock()
    server.play("/x", [hold], [b"HTTP/1.1 200 OK\r\n", hold], [STREAM, hold])
    source = connect(server.url("/x"), clock=clock)
    for asked in (1, 2):
        eventually(lambda asked=asked: len(server.requests) == asked)
        eventually(lambda: source._transport._current)
        clock.advance(HEAD_WITHIN + 1)
        clock.advance(clock.wait_for_sleeper())
    state(source, "open")
    retrying = [status.cause for status in listener.statuses if status.state == "retrying"]
    assert ["no answer in time"] * 2 == retrying
