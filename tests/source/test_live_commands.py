"""`EventSource` under command: in every state, in every phase, from many threads."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from itertools import count, pairwise, product
from typing import Any

import pytest
from raw_server import CHUNKED, LAST, RawServer, answer, chunk, dead_port, flood, full_backlog, gate, hold
from support import Listener, client_threads, eventually, interrupted, nothing_left, run_all

from sse_notebook.clock import SystemClock, VirtualClock
from sse_notebook.errors import StreamClosed
from sse_notebook.source import Backoff, EventSource, live, reader
from sse_notebook.source.status import MOVES

Connect = Callable[..., EventSource]
LONG = 20.0  # seconds
SOON = LONG / 2
NUMBERS = chunk(b"".join(b"data: %d\n\n" % n for n in range(200)))


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """`close` waits long for its thread: where it is back soon, the thread was gone, or nobody waited."""
    monkeypatch.setattr(live, "PARTING", LONG)
    monkeypatch.setattr(live, "FINISHING", LONG)


def state(source: EventSource, wanted: str) -> None:
    eventually(lambda: source.status.state == wanted, what=f"never {wanted}: {source.status}")


# -- close, in every phase -------------------------------------------------------------------------------
# A phase: how to bring a source there. It gets the server, and what makes a source; it gives the source.

Phase = Callable[[RawServer, Connect, Listener], EventSource]


def not_started(server: RawServer, connect: Connect, listener: Listener) -> EventSource:
    return EventSource(server.url("/x"), listener)


def waiting_for_headers(server: RawServer, connect: Connect, listener: Listener) -> EventSource:
    before = len(server.requests)  # a phase is gone through more than once in a test
    source = connect(server.play("/x", [hold]))
    eventually(lambda: len(server.requests) > before)
    return source


def half_a_head(server: RawServer, connect: Connect, listener: Listener) -> EventSource:
    before = len(server.requests)
    source = connect(server.play("/x", [b"HTTP/1.1 200 OK\r\nContent-T", hold]))
    eventually(lambda: len(server.requests) > before)
    return source


def reading_idle(server: RawServer, connect: Connect, listener: Listener) -> EventSource:
    before = len(listener.events)
    source = connect(server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), hold]))
    eventually(lambda: len(listener.events) > before)
    return source


def reading_a_flood(server: RawServer, connect: Connect, listener: Listener) -> EventSource:
    before = len(listener.sizes)
    source = connect(server.play("/x", [CHUNKED, flood(NUMBERS)]))
    eventually(lambda: len(listener.sizes) > before + 5)
    return source


def backing_off(server: RawServer, connect: Connect, listener: Listener) -> EventSource:
    source = connect(f"http://127.0.0.1:{dead_port()}/x", backoff=Backoff(initial=3600, maximum=3600))
    state(source, "retrying")
    return source


def backing_off_virtually(server: RawServer, connect: Connect, listener: Listener) -> EventSource:
    clock = VirtualClock()
    source = connect(f"http://127.0.0.1:{dead_port()}/x", clock=clock)
    clock.wait_for_sleeper()
    return source


def resting(server: RawServer, connect: Connect, listener: Listener) -> EventSource:
    source = reading_idle(server, connect, listener)
    source.disconnect()
    return source


def unauthenticated(server: RawServer, connect: Connect, listener: Listener) -> EventSource:
    return connect(server.url("/x"), needs_token=True)


def exhausted(server: RawServer, connect: Connect, listener: Listener) -> EventSource:
    source = connect(server.play("/x", [answer("404 X")]))
    state(source, "exhausted")
    return source


def unauthorized(server: RawServer, connect: Connect, listener: Listener) -> EventSource:
    source = connect(server.play("/x", [answer("403 X")]))
    state(source, "unauthorized")
    return source


def awaiting_a_token(server: RawServer, connect: Connect, listener: Listener) -> EventSource:
    """The first time that it is asked, the async callable never answers."""
    asked = threading.Event()

    async def token() -> str:
        if not asked.is_set():
            asked.set()
            await asyncio.get_running_loop().create_future()
        return "token-1"

    source = connect(server.url("/x"), token=token)
    assert asked.wait(LONG)
    return source


PHASES: list[Phase] = [
    *(not_started, waiting_for_headers, half_a_head, reading_idle, reading_a_flood, backing_off),
    *(backing_off_virtually, resting, unauthenticated, exhausted, unauthorized, awaiting_a_token),
]
each_phase = pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.__name__)


@each_phase
def test_close(phase: Phase, server: RawServer, connect: Connect, listener: Listener) -> None:
    """In every phase `close` ends the thread at once and waits for that; no descriptor remains."""
    phase(server, connect, listener).close()  # once outside: what is loaded at first use is no leak
    with nothing_left():
        source = phase(server, connect, listener)
        began = time.monotonic()
        source.close()
        assert ([], True) == (client_threads(), time.monotonic() - began < SOON)
        source.close()  # as often as you like
    assert ("closed", "") == (source.status.state, source.status.cause)
    eventually(lambda: "closed" in listener.states)


def test_close_while_connecting(connect: Connect) -> None:
    """A connection that the server does not take is let go of at once."""
    with full_backlog() as port, nothing_left():
        source = connect(f"http://127.0.0.1:{port}/x")
        eventually(lambda: source._transport._current and not source._transport.uninterruptible)
        began = time.monotonic()
        source.close()
        assert time.monotonic() - began < SOON


@pytest.mark.parametrize("hook", ["hearing", "moving"])
def test_close_from_inside_a_listener(hook: str, server: RawServer, listener: Listener) -> None:
    """A listener may close its source, on the source's own thread, while it is told of events or a state."""
    source = EventSource(server.play("/x", [CHUNKED, flood(NUMBERS)]), listener)
    done = threading.Event()

    def close(what: Any) -> None:
        if getattr(what, "state", "open") == "open" and not done.is_set():
            source.close()
            source.close()
            done.set()

    setattr(listener, hook, close)
    with nothing_left():
        source.start()
        assert done.wait(20)
    assert source.status.state == "closed"
    eventually(lambda: listener.states[-1] == "closed")


def test_close_from_inside_the_token_callable(server: RawServer, listener: Listener) -> None:
    """A token callable may close its source; nothing is asked then."""
    made: list[EventSource] = []

    def token() -> str:
        made[0].close()
        return "token-1"

    with nothing_left():
        made.append(EventSource(server.url("/x"), listener, token=token))
        made[0].start()
        state(made[0], "closed")
    assert server.accepted == 0


def test_close_does_not_wait_for_the_users_token_callable(server: RawServer, listener: Listener) -> None:
    """A token callable that takes its time holds up nobody who closes, and asks for nothing afterwards."""
    asking, go = threading.Event(), threading.Event()

    def token() -> str:
        asking.set()
        go.wait(20)
        return "token-1"

    with nothing_left():
        source = EventSource(server.url("/x"), listener, token=token)
        source.start()
        asking.wait(20)
        began = time.monotonic()
        source.close()
        assert time.monotonic() - began < SOON
        go.set()
    assert server.accepted == 0


@pytest.mark.parametrize("hook", ["hearing", "moving"])
def test_close_waits_for_what_is_being_heard(
    hook: str, server: RawServer, connect: Connect, listener: Listener
) -> None:
    """A listener in the middle of a read, or of a state, is waited for: then nothing comes after `close`."""
    entered, go = threading.Event(), threading.Event()
    finished: list[str] = []

    def busy(what: Any) -> None:
        if getattr(what, "state", "open") == "open":
            entered.set()
            go.wait(LONG)
            finished.append("heard")

    setattr(listener, hook, busy)
    source = connect(server.play("/x", [CHUNKED, flood(NUMBERS)]))
    assert entered.wait(LONG)

    def close() -> None:
        source.close()
        finished.append("closed")

    closing = threading.Thread(target=close)
    closing.start()
    state(source, "closed")
    go.set()
    closing.join(LONG)
    assert ["heard", "closed"] == finished


def test_close_does_not_wait_long_for_a_listener(
    server: RawServer, connect: Connect, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who takes his time with a read finishes that alone, and hears no other one; the thread goes then."""
    monkeypatch.undo()  # as users have it
    entered, go = threading.Event(), threading.Event()
    heard: list[Any] = []

    def busy(events: Any) -> None:
        entered.set()
        go.wait(LONG)
        heard.append(events)

    listener.hearing = busy
    with nothing_left():
        source = connect(server.play("/x", [CHUNKED, flood(NUMBERS)]))
        assert entered.wait(LONG)
        source.close()
        assert ("closed", []) == (source.status.state, heard)
        go.set()
    assert 1 == len(heard)


def test_closing_many_times_at_once(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Twenty threads may close one source; it is told once."""
    source = reading_a_flood(server, connect, listener)
    with nothing_left():
        run_all(*[source.close] * 20)
    assert 1 == listener.states.count("closed")


def test_nothing_is_heard_after_close(server: RawServer, connect: Connect, listener: Listener) -> None:
    """After `close` returned no event arrives."""
    source = reading_a_flood(server, connect, listener)
    source.close()
    heard = len(listener.events)
    eventually(lambda: client_threads() == [])
    assert heard == len(listener.events)


def test_closed_is_final(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A closed source takes no command but `close`, and says what to do instead."""
    source = reading_idle(server, connect, listener)
    source.close()
    for command in (source.reconnect, source.start, source.disconnect, source.logout):
        with pytest.raises(StreamClosed, match="closed; connect again"):
            command()
    with pytest.raises(StreamClosed, match="closed"):
        source.login("token-1")
    assert source.status.state == "closed"


# -- the other commands, in every phase ------------------------------------------------------------------

COMMANDS: dict[str, tuple[Callable[[EventSource], None], str]] = {
    "disconnect": (lambda source: source.disconnect(), "disconnected"),
    "logout": (lambda source: source.logout(), "unauthenticated"),
    "reconnect": (lambda source: source.reconnect(), "open"),
    "login": (lambda source: source.login("token-9"), "open"),
}


@pytest.mark.parametrize(("phase", "command"), [(p, c) for p, c in product(PHASES, COMMANDS)])
def test_commands(
    phase: Phase, command: str, server: RawServer, connect: Connect, listener: Listener
) -> None:
    """In every phase each command takes effect at once, and its state lasts."""
    source = phase(server, connect, listener)
    server.play("/x", [CHUNKED, hold])
    do, expected = COMMANDS[command]
    do(source)
    if phase is unauthenticated and command == "reconnect":
        expected = "unauthenticated"  # still no token
    if expected == "open":
        assert source.status.state in ("connecting", "open", "retrying")
        state(source, "retrying" if phase in (backing_off, backing_off_virtually) else "open")
    else:
        assert (expected, 0, None) == (source.status.state, source.status.attempt, source.status.error)
    source.close()


def test_disconnect_stops_at_once(server: RawServer, connect: Connect, listener: Listener) -> None:
    """After `disconnect` returned nothing is heard, however fast the server sends; then it goes on."""
    source = connect(server.play("/x", [CHUNKED, flood(NUMBERS)]))
    for _ in range(20):
        before = len(listener.events)
        eventually(lambda before=before: len(listener.events) > before)
        source.disconnect()
        heard = len(listener.events)
        eventually(lambda: source._transport._current is None)
        assert (heard, "disconnected") == (len(listener.events), source.status.state)
        source.reconnect()


def test_disconnect_waits_for_what_is_being_heard(
    server: RawServer, connect: Connect, listener: Listener
) -> None:
    """A listener that is in the middle of its events is waited for; one that waits for us, not for ever."""
    entered, go = threading.Event(), threading.Event()
    finished: list[str] = []

    def hearing(events: Any) -> None:
        entered.set()
        go.wait(20)
        finished.append("heard")

    listener.hearing = hearing
    source = connect(server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), hold]))
    entered.wait(20)
    threading.Timer(0.05, go.set).start()
    source.disconnect()
    finished.append("disconnected")
    assert ["heard", "disconnected"] == finished

    entered.clear()
    go.clear()
    source.reconnect()
    entered.wait(20)
    source.disconnect()  # the listener waits for `go`, which only we can give
    assert source.status.state == "disconnected"
    go.set()


def test_reconnect_resumes_by_id(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A pause keeps the place in the stream."""
    server.play("/x", [CHUNKED, chunk(b"id: 5\ndata: x\n\n"), hold])
    source = connect(server.url("/x"))
    eventually(lambda: listener.events)
    source.disconnect()
    source.reconnect()
    eventually(lambda: len(server.requests) == 2)
    assert "5" == server.requests[1].get("last-event-id")


def test_reconnect_while_open_makes_a_new_connection(
    server: RawServer, connect: Connect, listener: Listener
) -> None:
    """`reconnect` makes the connection anew, by one request, and leaves none behind."""
    source = reading_idle(server, connect, listener)
    for n in range(2, 6):
        source.reconnect()
        eventually(lambda n=n: source.connections == n)
    assert (5, 1) == (server.accepted, len(client_threads()))


def test_logout_forgets_the_token(server: RawServer, connect: Connect) -> None:
    """After `logout` a reconnection carries no token."""
    source = connect(server.play("/x", [CHUNKED, hold]), token="token-1")
    state(source, "open")
    source.logout()
    assert "logged out" == source.status.cause
    source.reconnect()
    state(source, "open")
    assert ["Bearer token-1", None] == [request.get("authorization") for request in server.requests]


def test_a_voided_attempt_says_nothing(server: RawServer, connect: Connect, listener: Listener) -> None:
    """What a command has made void (a refusal on its way) moves nothing any more."""
    word, wait = gate()
    source = connect(server.play("/x", [wait, answer("403 X")], [CHUNKED, hold]))
    eventually(lambda: server.requests)
    source.disconnect()
    word.set()
    source.reconnect()
    state(source, "open")
    eventually(lambda: len(listener.states) == 4)
    assert ["connecting", "disconnected", "connecting", "open"] == listener.states


def test_commands_from_many_threads(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Commands from many threads never deadlock, move only along the table, and the last word counts."""
    server.play(
        "/x", [CHUNKED, chunk(b"id: 1\ndata: x\n\n"), LAST], [CHUNKED, flood(NUMBERS)], [answer("500 X")]
    )
    source = connect(server.url("/x"), token="token-1")
    commands: list[Callable[[], None]] = [
        *(source.disconnect, source.reconnect, source.logout, source.start),
        lambda: source.login("token-2"),
    ]

    def job(seed: int) -> Callable[[], None]:
        chance = random.Random(seed)
        return lambda: [chance.choice(commands)() for _ in range(60)] and None

    run_all(*[job(seed) for seed in range(6)])
    states = list(listener.states)
    pairs = {(before, after) for (before, _), after in MOVES.items()}
    eventually(lambda: len(source._standing.outbox._put) == 1)
    assert set() == set(pairwise(states)) - pairs
    server.play("/x", [CHUNKED, hold])
    source.reconnect()
    state(source, "open")
    eventually(lambda: server.asked("/x")[-1] and len(client_threads()) == 1)
    source.close()
    eventually(lambda: listener.states[-1] == "closed")


def test_close_wins_over_everything(server: RawServer, connect: Connect, listener: Listener) -> None:
    """Of commands that race with `close`, none revives the source."""
    for _ in range(10):
        source = connect(server.play("/x", [CHUNKED, flood(NUMBERS)]), listener=Listener())

        def quietly(command: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                for _ in range(20):
                    try:
                        command()
                    except StreamClosed:
                        return

            return run

        run_all(quietly(source.reconnect), quietly(source.disconnect), quietly(source.logout), source.close)
        assert source.status.state == "closed"
    eventually(lambda: client_threads() == [])


class Striking(SystemClock):
    """A clock that calls something when it is looked at in the middle of a command, as signals may."""

    def __init__(self) -> None:
        super().__init__()
        self.handlers: list[Callable[[], object]] = []
        self.source: EventSource | None = None

    def time(self) -> float:
        if self.handlers and self.source is not None and self.source._standing.commanding:
            self.handlers.pop()()
        return super().time()


@pytest.mark.parametrize("command", ["reconnect", "disconnect", "logout", "close"])
@pytest.mark.parametrize("handler", ["reconnect", "disconnect", "logout", "close"])
def test_a_signal_handler_in_the_middle_of_a_command(
    server: RawServer, connect: Connect, listener: Listener, command: str, handler: str
) -> None:
    """What a handler commands follows the command that it interrupted; that a stream is closed is final."""
    clock = Striking()
    source = connect(server.play("/x", [CHUNKED, hold]), clock=clock)
    state(source, "open")
    clock.source = source
    clock.handlers.append(getattr(source, handler))
    getattr(source, command)()
    assert [] == clock.handlers
    ends = {"disconnect": "disconnected", "logout": "unauthenticated", "reconnect": "open", "close": "closed"}
    state(source, "closed" if command == "close" else ends[handler])
    if "close" in (command, handler):
        assert 1 == listener.states.count("closed")
        eventually(lambda: client_threads() == [])
        assert "closed" == listener.states[-1]


@pytest.mark.parametrize("command", ["reconnect", "disconnect", "logout", "close"])
def test_a_command_that_was_interrupted(
    server: RawServer, connect: Connect, listener: Listener, command: str
) -> None:
    """A command that an interrupt cut off in its middle is done when it is given again."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    clock = Striking()
    source = connect(server.play("/x", [CHUNKED, hold]), clock=clock)
    state(source, "open")
    clock.source = source
    clock.handlers.append(interrupt)
    with pytest.raises(KeyboardInterrupt):
        getattr(source, command)()
    clock.source = None
    getattr(source, command)()
    ends = {"disconnect": "disconnected", "logout": "unauthenticated", "reconnect": "open", "close": "closed"}
    state(source, ends[command])
    source.close()
    eventually(lambda: client_threads() == [])


@pytest.mark.parametrize("command", ["reconnect", "disconnect", "logout", "close"])
def test_an_interrupt_anywhere_in_a_command(command: str) -> None:
    """Wherever it cuts in: the listener is told of each state that was, and other threads can command."""
    for step in count():
        listener = Listener()
        source = EventSource("http://127.0.0.1:9/x", listener, needs_token=True)
        first = source.status
        cut = interrupted(step, getattr(source, command))
        was = [] if source.status is first else [source.status]
        run_all(source.close)
        assert source.status.state == "closed"
        ends = [source.status] if source.status not in was else []
        told = list(dict.fromkeys(listener.statuses))
        assert [*was, *ends] == (told if was else told[-1:]), f"interrupted at step {step}"
        if not cut:
            break
    assert step > 10


def test_a_lock_that_an_interrupt_left_behind(
    server: RawServer, connect: Connect, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one who waited until a read was handed on, and was interrupted: the next reads are handed on."""
    monkeypatch.setattr(reader, "LEFT_BEHIND", 0.01)
    go, shut = gate()
    source = connect(server.play("/x", [CHUNKED, shut, chunk(b"data: a\n\n"), hold]))
    state(source, "open")
    left = source.hearing
    assert left is not None
    left.acquire()
    go.set()
    eventually(lambda: listener.data == ["a"])
    assert source.hearing is not left
    source.disconnect()
    state(source, "disconnected")


def test_a_start_that_was_interrupted(
    server: RawServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupt while the thread starts leads to no second one."""
    start = threading.Thread.start
    source = EventSource(server.play("/x", [CHUNKED, hold]), Listener())

    def interrupted(self: threading.Thread) -> None:
        start(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        source.start()
    monkeypatch.setattr(threading.Thread, "start", start)
    source.reconnect()
    state(source, "open")
    assert 1 == len(client_threads())
    source.close()
    eventually(lambda: client_threads() == [])


def test_a_thread_that_could_not_start(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no thread left that is a state, from which one can try again, or close."""

    def refused(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    source = EventSource(server.play("/x", [CHUNKED, hold]), Listener())
    other = EventSource(server.url("/x"), Listener())
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", refused)
    for each in (source, other):
        each.start()
        assert ("exhausted", "no thread for it: can't start new thread") == (
            each.status.state,
            each.status.cause,
        )
    monkeypatch.setattr(threading.Thread, "start", start)
    other.close()
    source.reconnect()
    state(source, "open")
    source.close()
    eventually(lambda: client_threads() == [])


# -- abandoned -------------------------------------------------------------------------------------------


@each_phase
def test_abandon(phase: Phase, server: RawServer, connect: Connect, listener: Listener) -> None:
    """What a finalizer does ends the thread in every phase, too, and lets go of everything."""
    phase(server, connect, listener).close()
    with nothing_left():
        phase(server, connect, listener).abandon()


def test_abandon_from_inside_a_move(server: RawServer, listener: Listener) -> None:
    """The collector may run anywhere, in the middle of the source's own move too: the thread still ends."""
    with nothing_left():
        source = EventSource(server.play("/x", [answer("404 X")]), listener)
        now = source._standing._now

        def abandoned() -> Any:  # called with the lock held, in the middle of `_move`
            if threading.current_thread() is source._thread:
                source.abandon()
            return now()

        source._standing._now = abandoned  # type: ignore[method-assign]
        source.start()
