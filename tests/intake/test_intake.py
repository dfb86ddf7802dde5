"""What happens to a message on its way in: read, checked, kept, counted; and what a reconnection means."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from raw_server import CHUNKED, LAST, RawServer, chunk, gate, hold
from streamed import balance, event, greeting, numbers, publish
from support import QUICK, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend

Open = Callable[..., sse.EventStream]


# -- counting --------------------------------------------------------------------------------------------


def test_every_message_is_counted_in_exactly_one_way(server: RawServer) -> None:
    """On a mixed stream: received = stored + control + dropped, each reason by its name."""
    mixed = b"".join(
        [
            greeting(),
            event(1, project_id="p-1"),
            b"event: heartbeat\ndata: {}\n\n: comment\n\n",
            event(2, project_id="p-2"),  # filtered
            event(3, project_id="p-1", secret=True),  # discarded
            b"data: not json, and of no project\n\n",  # filtered
            b"id: 9\n\n",  # no message
            b'event: big\ndata: {"project_id": "p-1", "text": "' + b"x" * 17 * 2**20 + b'"}\n\n',  # oversized
            event(4, project_id="p-1"),
        ]
    )
    vocabulary = sse.Vocabulary(discard="secret")
    url = server.play("/x", [CHUNKED, chunk(mixed), LAST], [CHUNKED, hold])
    stream = sse.connect(url, project_id="p-1", vocabulary=vocabulary, **QUICK).wait_for(2, timeout=20)
    eventually(lambda: stream.metrics["sse_reconnects_total"] == 1)
    assert {
        "sse_bytes_received_total": len(mixed),
        "sse_lines_received_total": mixed.count(b"\n"),
        'sse_reconnects_total{reason="ended"}': 1,
        "sse_gaps_total": 1,
        "sse_events_stored_total": 2,
        "sse_events_control_total": 2,
        'sse_events_received_total{type="connected"}': 1,
        'sse_events_received_total{type="heartbeat"}': 1,
        'sse_events_received_total{type="x"}': 3,
        'sse_events_received_total{type="message"}': 1,
        'sse_events_received_total{type="discarded"}': 1,
        'sse_events_received_total{type="oversized"}': 1,
        'sse_events_dropped_total{reason="filtered"}': 2,
        'sse_events_dropped_total{reason="invalid"}': 2,
        'sse_events_refused_total{clause="project_id == \\"p-1\\""}': 2,
        'sse_events_invalid_total{why="discarded"}': 1,
        'sse_events_invalid_total{why="oversized"}': 1,
        'sse_toasts_total{outcome="suppressed"}': 2,
    } == stream.metrics.snapshot()
    assert (8, 8, [1, 4]) == (*balance(stream.metrics.snapshot()), numbers(stream))
    assert stream.log["text"].str.startswith("an event 'big' was skipped: it is larger").any()


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns a thousand times as often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


def test_trouble_is_counted_by_its_severity(server: RawServer) -> None:
    """Warnings and errors, of whatever reads; what is neither is not."""
    severities = ["warning", "info", "error", "warning", "success"]
    wire = b"".join(event(n, severity=severity) for n, severity in enumerate(severities))
    stream = sse.connect(server.play("/x", [CHUNKED, chunk(wire), hold])).wait_for(5, timeout=20)
    counts = stream.metrics.snapshot()
    assert [2, 1] == [counts[f'sse_events_bad_total{{severity="{name}"}}'] for name in ("warning", "error")]
    assert 3 == stream.metrics["sse_events_bad_total"]


def test_the_numbers_tally_at_every_moment(server: RawServer, restless: None) -> None:
    """In every snapshot, in the middle of a flood too, each message received has become something."""
    beat = b"event: heartbeat\ndata: {}\n\n"
    some = b"".join(event(n, project_id=f"p-{n % 3}") + beat for n in range(6))
    stream = sse.connect(server.play("/x", [CHUNKED, *[chunk(some)] * 200, hold]), project_id="p-1")
    received, torn = 0, []
    while received < 2_400:
        received, became = balance(stream.metrics.snapshot())
        if received != became:
            torn.append((received, became))
    assert ([], 400) == (torn, stream.wait_for(400, timeout=20).rows)


def test_names_from_the_wire_are_tame_labels(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A type's name can't break out of its label, and a flood of new names does not fill the memory."""
    monkeypatch.setattr("sse_notebook.intake.tally.MOST_LABELS", 5)
    wild = b'event: a"} 1\\x\x1b{\ndata: 1\n\n'
    many = b"".join(b"event: t%d\ndata: 1\n\n" % n for n in range(50))
    url = server.play("/x", [CHUNKED, chunk(wild + many), hold])
    stream = sse.connect(url).wait_for(51, timeout=20)
    names = [name for name in stream.metrics if name.startswith("sse_events_received_total")]
    assert 'sse_events_received_total{type="a 1x"}' in names
    assert (6, 46) == (len(names), stream.metrics['sse_events_received_total{type="other"}'])


# -- filters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"cluster_id": "c-1"}, [0, 1]),
        ({"project_id": "p-1"}, [0, 2]),
        ({"workload_id": "w-1"}, [0, 3]),
        ({"resource_type": "build"}, [4]),
        ({"resource_type": "all"}, [0, 1, 2, 3, 4, 5]),
        ({"cluster_id": "c-1", "project_id": "p-1"}, [0]),
        ({"cluster_id": "c-2"}, []),
    ],
)
def test_a_server_that_ignores_the_filters(
    server: RawServer, wanted: dict[str, str], expected: list[int]
) -> None:
    """The four filters are checked again here; what does not fit is counted, and takes no row."""
    rows: list[dict[str, Any]] = [
        {"clusterId": "c-1", "data": {"project_id": "p-1"}, "workload_id": "w-1"},
        {"cluster_id": "c-1"},
        {"projectId": "p-1"},
        {"metadata": {"workloadId": "w-1"}},
        {"build_id": "b-1"},
        {},
    ]
    sent = b"".join(event(n, **row) for n, row in enumerate(rows))
    url = server.play("/x", [CHUNKED, chunk(sent), hold])
    stream = sse.connect(url, **wanted)  # type: ignore[arg-type]
    eventually(lambda: balance(stream.metrics.snapshot())[0] == 6)
    stream.wait_for(len(expected), timeout=10)  # rows are counted before they can be seen
    assert (expected, 6 - len(expected)) == (
        numbers(stream),
        stream.metrics['sse_events_dropped_total{reason="filtered"}'],
    )


# -- events and rows -------------------------------------------------------------------------------------


def test_250_events(backend: Backend, open_stream: Open) -> None:
    """250 events leave 100 in `events` and 250 in `df`."""
    stream = open_stream()
    publish(backend, *range(250))
    stream.wait_for(250, timeout=20)
    assert (100, 250, 250, 250) == (len(stream.events), len(stream.df), len(stream), stream.rows)
    assert list(range(150, 250)) == [event.data["n"] for event in stream.events]
    assert stream.last_event == stream.events[-1]


def test_control_messages_move_the_clocks_only(server: RawServer) -> None:
    """Heartbeats and comments take no row and no slot; they show in the times of the connection."""
    word, wait = gate()
    url = server.play("/x", [CHUNKED, chunk(greeting()), wait, chunk(b": comment\n\n"), hold])
    stream = sse.connect(url)
    eventually(lambda: stream.connection.connection_id == "c-1")
    before = stream.connection
    word.set()
    eventually(lambda: stream.connection.last_byte_at > before.last_byte_at)
    assert (None, None, 0, [], 0) == (
        before.last_event_at,
        stream.connection.last_event_at,
        stream.rows,
        stream.events,
        len(stream.df),
    )


def test_the_source_column(backend: Backend, open_stream: Open) -> None:
    """`source` is the name that was given, else the URL without secrets."""
    named, plain = open_stream(name="mine"), open_stream(params={"key": "canary"})
    publish(backend, 1)
    assert ["mine"] == named.wait_for(1, timeout=20).df["source"].tolist()
    assert [backend.stream_url] == plain.wait_for(1, timeout=20).df["source"].tolist()


def test_a_vocabulary_that_raises(server: RawServer) -> None:
    """A rule of the user's that raises is logged once and counted; the row comes all the same."""

    def broken(payload: Any) -> str:
        raise ValueError("no")

    url = server.play("/x", [CHUNKED, *[chunk(event(n)) for n in range(5)], hold])
    stream = sse.connect(url, vocabulary=sse.Vocabulary(message=broken)).wait_for(5, timeout=20)
    lines = stream.log[stream.log["where"] == "vocabulary message"]
    assert (1, {"vocabulary message": 5}) == (len(lines), stream._parts.log.errors)


def test_an_observer_that_raises(backend: Backend, open_stream: Open) -> None:
    """An observer of the store that raises is logged; the stream goes on."""
    stream = open_stream()

    def broken(change: Any) -> None:
        raise ValueError("no")

    stream.store.observe(broken, "count")
    publish(backend, 1, 2, 3)
    stream.wait_for(3, timeout=20)
    assert [1, 2, 3] == numbers(stream)
    eventually(lambda: stream.log["where"].str.startswith("observer of count").any())


def test_an_observer_that_holds_its_breath(backend: Backend, open_stream: Open) -> None:
    """While an observer of the store waits, its stream can be paused, resumed and closed by others."""
    stream, entered, go = open_stream(), threading.Event(), threading.Event()

    def wait(change: Any) -> None:
        entered.set()
        go.wait(20)

    stream.store.observe(wait, "count")
    publish(backend, 1)
    assert entered.wait(20)
    done = threading.Event()

    def command() -> None:
        stream.disconnect()
        stream.reconnect()
        stream.close()
        done.set()

    thread = threading.Thread(target=command, daemon=True)
    thread.start()
    try:
        assert done.wait(15), "an observer holds up commands"
    finally:
        go.set()
        thread.join(20)


# -- resuming --------------------------------------------------------------------------------------------


def test_nothing_missing_nothing_doubled(backend: Backend, open_stream: Open) -> None:
    """Over many drops each event is one row, in order: live, or sent again; and none is after a gap."""
    stream = open_stream()
    publish(backend, 0)
    stream.wait_for(1, timeout=20)  # an id to resume from
    for n in range(1, 200):
        publish(backend, n)
        if n % 40 == 20:
            opened = backend.connections_total
            backend.drop_all()
            eventually(lambda opened=opened: backend.connections_total > opened)
    df = stream.wait_for(200, timeout=20).df
    assert list(range(200)) == numbers(stream)
    assert df["origin"].isin(["live", "resumed"]).all()
    assert not df["after_gap"].any()
    assert 5 == stream.metrics["sse_reconnects_total"]


def test_what_was_missed_is_resumed(backend: Backend, open_stream: Open) -> None:
    """Events that came while the stream was paused are sent again: marked so, complete, without a gap."""
    stream = open_stream()
    publish(backend, 0)
    stream.wait_for(1, timeout=20).disconnect()
    publish(backend, 1, 2)
    stream.reconnect()
    stream.wait_for(3, timeout=20)
    publish(backend, 3)
    df = stream.wait_for(4, timeout=20).df
    assert [0, 1, 2, 3] == numbers(stream)
    assert ["live", "resumed", "resumed", "live"] == df["origin"].tolist()
    assert [False] * 4 == df["after_gap"].tolist()


def test_the_server_killed_and_started_again(backend: Backend, open_stream: Open) -> None:
    """A server that was away and kept its events: not connected while it is away, then nothing missing."""
    stream = open_stream()
    publish(backend, 0)
    stream.wait_for(1, timeout=20)
    backend.kill()
    eventually(lambda: not stream.connected)
    publish(backend, 1, 2)
    backend.start()
    stream.wait_for(3, timeout=20)
    assert ([0, 1, 2], [False] * 3) == (numbers(stream), stream.df["after_gap"].tolist())


def test_a_server_that_lost_its_events(backend: Backend, open_stream: Open) -> None:
    """A server that knows nothing of what was before leaves a real hole: the first row after it says so."""
    stream = open_stream()
    publish(backend, 0)
    stream.wait_for(1, timeout=20)
    port = int(backend.url.rpartition(":")[2])
    backend.kill()
    with Backend(port=port, heartbeat=1.0) as another:
        stream.login(another.token())
        stream.wait_open(20)
        publish(another, 7, 8)
        df = stream.wait_for(3, timeout=20).df
        assert ([0, 7, 8], [False, True, False]) == (numbers(stream), df["after_gap"].tolist())


def test_the_ring_has_gone_on(open_stream: Open) -> None:
    """A server that no longer keeps all that was missed leaves a hole; what it keeps comes after it."""
    with Backend(heartbeat=1.0, ring=3) as backend:
        stream = open_stream(url=backend.url, token=backend.token())
        publish(backend, 0)
        stream.wait_for(1, timeout=20).disconnect()
        publish(backend, *range(1, 10))
        stream.reconnect()
        df = stream.wait_for(4, timeout=20).df
        assert [0, 7, 8, 9] == numbers(stream)
        assert ["live", "resumed", "resumed", "resumed"] == df["origin"].tolist()
        assert [False, True, False, False] == df["after_gap"].tolist()


def test_a_hole_waits_for_its_row(server: RawServer) -> None:
    """A hole is shown by the first row that comes, however many connections later, and by that one only."""
    url = server.play(
        "/x",
        [CHUNKED, chunk(greeting() + event(1, project_id="p-1")), LAST],
        [CHUNKED, chunk(greeting(complete=False, replayed=1) + event(5)), LAST],  # filtered: of no project
        [CHUNKED, chunk(greeting(complete=True, replayed=0)), LAST],
        [CHUNKED, chunk(event(6, project_id="p-1") + event(7, project_id="p-1")), hold],
    )
    stream = sse.connect(url, project_id="p-1", **QUICK).wait_for(3, timeout=20)
    assert [False, True, False] == stream.df["after_gap"].tolist()
    assert [None, "1", "5", "5"] == [request.get("last-event-id") for request in server.requests]


def test_without_ids_every_reconnection_is_a_hole(server: RawServer) -> None:
    """A server without ids can't send again what was missed: each later connection's first row says so."""
    rows = [chunk(b"data: 1\n\n"), chunk(b"data: 2\n\n")]
    url = server.play("/x", [CHUNKED, *rows, LAST], [CHUNKED, *rows, LAST], [CHUNKED, *rows, hold])
    stream = sse.connect(url, **QUICK).wait_for(6, timeout=20)
    assert [False, False, True, False, True, False] == stream.df["after_gap"].tolist()


def test_with_ids_and_without_a_word_there_is_no_hole(server: RawServer) -> None:
    """A server that takes the id and says nothing of it is believed: resuming is what ids are for."""
    url = server.play("/x", [CHUNKED, chunk(event(1)), LAST], [CHUNKED, chunk(event(2)), hold])
    stream = sse.connect(url, **QUICK).wait_for(2, timeout=20)
    assert ([False, False], ["live", "live"]) == (
        stream.df["after_gap"].tolist(),
        stream.df["origin"].tolist(),
    )


def test_a_slow_observer_does_not_mix_up_two_connections(server: RawServer) -> None:
    """What a connection's first words say counts for its rows, however late somebody is told it is open."""
    entered, go = threading.Event(), threading.Event()

    def slow(change: Any) -> None:
        if change["new"].state == "connecting" and threading.current_thread() is threading.main_thread():
            entered.set()
            go.wait(0.2)  # meanwhile the connection opens, and its first rows come

    url = server.play(
        "/x",
        [CHUNKED, chunk(event(1)), hold],
        [CHUNKED, chunk(greeting(complete=False, replayed=1) + event(5) + event(6)), hold],
    )
    stream = sse.connect(url, **QUICK).wait_for(1, timeout=20)
    stream.store.observe(slow, "connection")
    stream.reconnect()
    df = stream.wait_for(3, timeout=20).df
    assert entered.is_set()
    assert (["live", "resumed", "live"], [False, True, False]) == (
        df["origin"].tolist(),
        df["after_gap"].tolist(),
    )
    assert 1 == stream.metrics["sse_reconnects_total"]


def test_the_connection_id_is_the_current_ones(server: RawServer) -> None:
    """What the server called a connection is known while that one is open, and not of another."""
    word, wait = gate()
    url = server.play("/x", [CHUNKED, chunk(greeting()), wait], [CHUNKED, chunk(event(1)), hold])
    stream = sse.connect(url, **QUICK)
    eventually(lambda: stream.connection.connection_id == "c-1")
    assert "c-1" == stream.store.connection.connection_id
    word.set()
    stream.wait_for(1, timeout=20)
    assert (None, "open") == (stream.connection.connection_id, stream.connection.state)
    stream.disconnect()
    assert stream.connection.connection_id is None


# -- pausing ---------------------------------------------------------------------------------------------


def test_after_disconnect_no_row_comes(server: RawServer) -> None:
    """After `disconnect` returned no row of what was read before comes in any more."""
    pieces = b"".join(event(n) for n in range(300))

    def pour(peer: Any) -> None:
        while True:
            peer.send(chunk(pieces))

    stream = sse.connect(server.play("/x", [CHUNKED, pour]), max_rows=1000)
    for _ in range(10):
        before = stream.rows
        eventually(lambda before=before: stream.rows > before)
        stream.disconnect()
        rows = stream.rows
        eventually(lambda: stream._parts.source._transport._current is None)
        assert rows == stream.rows
        stream.reconnect()


def test_logout_can_forget_everything(server: RawServer) -> None:
    """`logout(clear=True)` leaves no row of the one who logged out, in the middle of a flood."""
    pieces = b"".join(event(n) for n in range(300))

    def pour(peer: Any) -> None:
        while True:
            peer.send(chunk(pieces))

    stream = sse.connect(server.play("/x", [CHUNKED, pour]), token="token-1", max_rows=1000)
    for _ in range(10):
        stream.wait_open(20)
        eventually(lambda: len(stream) > 0)
        stream.logout(clear=True)
        eventually(lambda: stream._parts.source._transport._current is None)
        assert (0, [], None, "unauthenticated") == (
            len(stream),
            stream.events,
            stream.last_event,
            stream.connection.state,
        )
        stream.login("token-2")


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError()], ids=repr)
@pytest.mark.parametrize("trait", ["count", "connection", "version"])
def test_an_observer_that_exits_ends_nothing(
    backend: Backend, open_stream: Open, trait: str, error: BaseException
) -> None:
    """`sys.exit()` in an observer, on the stream's own thread: rows, handlers and reconnections go on."""
    stream, seen = open_stream(), list[str]()

    def leave(change: object) -> None:
        raise error

    stream.store.observe(leave, trait)
    stream.on("*", lambda event: seen.append(event.type))
    backend.publish({"event_type": "x"})
    eventually(lambda: seen == ["x"])
    backend.drop_all()
    backend.publish({"event_type": "y"})
    eventually(lambda: seen == ["x", "y"])
    assert 2 == len(stream.df)
    assert stream.connected


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError()], ids=repr)
def test_a_rule_that_exits_loses_no_row(backend: Backend, open_stream: Open, error: BaseException) -> None:
    """`sys.exit()` in a rule of the vocabulary: the built-in reading is used, and the row is there."""

    def leave(payload: object) -> str:
        raise error

    stream = open_stream(vocabulary=sse.Vocabulary(severity=leave))
    backend.publish({"event_type": "build_failed"})
    assert "error" == stream.wait_for(lambda event: True, timeout=10).severity


def test_only_the_first_message_is_a_greeting(backend: Backend, open_stream: Open) -> None:
    """A later `connected`, whoever sent it, changes neither the connection's id nor where rows come from."""
    stream = open_stream()
    eventually(lambda: stream.connection.connection_id is not None)
    known = stream.connection.connection_id
    greeting = {"connection_id": "forged", "resume": {"replayed": 9, "complete": False}}
    backend.publish_raw(f"event: connected\ndata: {json.dumps(greeting)}\n\n".encode())
    backend.publish({"event_type": "x"})
    event = stream.wait_for(lambda event: True, timeout=10)
    assert (known, "live", False) == (stream.connection.connection_id, event.origin, event.after_gap)


def test_names_from_the_wire_cost_little(backend: Backend, open_stream: Open) -> None:
    """A type of a megabyte is counted under its beginning: what is remembered of it is short."""
    stream = open_stream()
    for letter in "abc":
        backend.publish({"event_type": letter * 1_000_000})
    stream.wait_for(3, timeout=20)
    assert max(map(len, stream._parts.intake._tally._labels)) <= 60
    assert 1 == stream.metrics[f'sse_events_received_total{{type="{"a" * 60}"}}']
