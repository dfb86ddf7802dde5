"""`EventStream`: what a user asks of a stream, and what it says of itself."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from raw_server import CHUNKED, LAST, RawServer, answer, chunk, dead_port, flood, full_backlog, hold
from support import QUICK, client_threads, eventually, nothing_left, run_all

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError, StreamClosed
from sse_notebook.source.status import STATES

Open = Callable[..., sse.EventStream]
NUMBERS = chunk(b"".join(b"data: %d\n\n" % n for n in range(200)))


def publish(backend: Backend, *ns: int) -> None:
    backend.publish_all([{"event_type": "x", "n": n} for n in ns])


# -- reading ---------------------------------------------------------------------------------------------


def test_a_stream_without_rows(backend: Backend, open_stream: Open) -> None:
    """Before anything came there is an empty frame with all columns, and no last event."""
    stream = open_stream()
    assert (0, 0, [], None, 0) == (
        len(stream),
        len(stream.df),
        stream.events,
        stream.last_event,
        stream.rows,
    )
    publish(backend, 1)
    before = sse.EventStore().df
    after = stream.wait_for(1, timeout=20).df
    assert before.dtypes.drop("source").to_dict() == after.dtypes.drop("source").to_dict()
    assert list(before.columns) == list(after.columns)


def test_a_frame_is_a_snapshot_and_ones_own(backend: Backend, open_stream: Open) -> None:
    """A frame does not change when rows come, and changing it changes nothing."""
    stream = open_stream()
    publish(backend, 1)
    df = stream.wait_for(1, timeout=20).df
    df["message"] = "mine"
    publish(backend, 2)
    assert (1, 2) == (len(df), len(stream.wait_for(2, timeout=20).df))
    assert stream.df["message"].isna().all()


def test_expand(server: RawServer) -> None:
    """Payload fields are columns where `expand` asks for them, at `connect` or when reading."""
    url = server.play("/x", [CHUNKED, chunk(b'data: {"n": 1, "deep": {"x": 2}, "data": {"y": 3}}\n\n'), hold])

    def columns(df: pd.DataFrame) -> list[str]:
        return [name for name in df if name.startswith("data.")]

    stream = sse.connect(url).wait_for(1, timeout=20)  # any endpoint: all scalars
    assert ["data.n", "data.deep.x", "data.y"] == columns(stream.df)
    assert ["data.deep.x"] == columns(stream.to_pandas(expand=["data.deep.x"]))
    assert [] == columns(stream.to_pandas(expand=[]))
    assert [] == columns(sse.connect(url, expand=[]).df)


def test_max_events_and_max_rows(backend: Backend, open_stream: Open) -> None:
    """Both limits hold, and can be changed while the stream runs."""
    stream = open_stream(max_events=3, max_rows=20)
    publish(backend, *range(30))
    stream.wait_for(30, timeout=20)
    assert ([27, 28, 29], list(range(10, 30)), 20, 30) == (
        [event.seq for event in stream.events],
        stream.df.index.tolist(),
        len(stream),
        stream.rows,
    )
    stream.max_events = 2
    assert [28, 29] == [event.seq for event in stream.events]
    with pytest.raises(ArgumentError):
        stream.max_events = -1


def test_what_it_says_of_itself(backend: Backend, open_stream: Open) -> None:
    """Name, url and repr say where it is connected, without the token."""
    stream = open_stream(project_id="p-1")
    host = backend.url.removeprefix("http://")
    assert f"{host} project p-1" == stream.name
    assert f"<EventStream {host} project p-1: open>" == repr(stream)
    assert backend.stream_url == stream.url
    assert "mine" == open_stream(name="mine").name
    assert 0 == stream.connection.attempt
    assert (None, 10) == (stream.attempts, sse.connect(backend.url, name="ten").attempts)


def test_the_times_of_a_connection(backend: Backend, open_stream: Open) -> None:
    """A status has aware times that follow each other: since, the last byte, the last event."""
    stream = open_stream()
    publish(backend, 1)
    stream.wait_for(1, timeout=20)
    status = stream.connection
    assert status.since is not None
    assert status.last_event_at is not None
    assert status.since <= status.last_event_at == status.last_byte_at
    assert "UTC" == str(status.since.tzinfo)
    assert status.connection_id


def test_what_the_store_has(backend: Backend, open_stream: Open) -> None:
    """Who asks a stream for a verb or a trait of its store is told where it is; the DataFrame's go first."""
    stream = open_stream()
    for name, where in (
        ("observe", r"its store has it: \.store\.observe$"),
        ("evictions", r"\.store\.evictions$"),
        ("count", r"the DataFrame has it: \.df\.count$"),
        ("max_row", r"did you mean max_rows\?$"),
    ):
        with pytest.raises(AttributeError, match=where):
            getattr(stream, name)


def test_the_store_is_the_streams(backend: Backend, open_stream: Open) -> None:
    """The store has what the stream has, and can be observed."""
    stream, states, counts = open_stream(), list[str](), list[int]()
    stream.store.observe(lambda change: states.append(change["new"].state), "connection")
    stream.store.observe(lambda change: counts.append(change["new"]), "count")
    publish(backend, 1, 2)
    stream.wait_for(2, timeout=20)
    eventually(lambda: counts and counts[-1] == 2)
    stream.disconnect()
    assert (stream.events, "disconnected") == (stream.store.events, stream.store.connection.state)
    eventually(lambda: states[-1:] == ["disconnected"])


# -- the log ---------------------------------------------------------------------------------------------


def test_the_three_lines(backend: Backend, open_stream: Open, caplog: pytest.LogCaptureFixture) -> None:
    """The three lines of the contract, literally, in logging and in `log`, once each where they belong."""
    with caplog.at_level(logging.INFO, "sse_notebook"):
        stream = open_stream(retry_attempts=2)
        backend.kill()
        eventually(lambda: stream.connection.state == "exhausted")
    # The server in this process logs, too.
    ours = [record for record in caplog.records if record.name == "sse_notebook"]
    lines = [(record.levelname, record.getMessage()) for record in ours]
    lost = "[SSE] Connection error: the connection broke"
    assert ("INFO", "[SSE] Connected to event stream") == lines[0]
    assert ("WARNING", True) == (lines[1][0], lines[1][1].startswith(lost))
    assert [("WARNING", "[SSE] Connection error: Connection refused")] * 2 == lines[2:4]
    assert [("ERROR", "[SSE] Max reconnection attempts reached")] == lines[4:]
    log = stream.log.query("level != 'DEBUG'")  # which has the notes of what is tried when
    assert lines == list(zip(log["level"], log["text"], strict=True))


def test_the_log_is_a_frame(backend: Backend) -> None:
    """`log` is a frame of time, level, where, text, of the same dtypes when empty."""
    empty = sse.connect(backend.url, token=backend.token()).log[:0]
    stream = sse.connect(backend.url, token=backend.token(), name="other").wait_open()
    assert ["time", "level", "where", "text"] == list(empty.columns) == list(stream.log.columns)
    assert empty.dtypes.to_dict() == stream.log.dtypes.to_dict()
    assert "datetime64[us, UTC]" == str(empty.dtypes["time"])
    assert ["source"] == stream.log["where"].tolist()


def test_the_log_says_what_you_did(backend: Backend) -> None:
    """Each command leaves one line, before what came of it; so does that there is no token."""
    stream = sse.connect(backend.url)
    stream.login(backend.token())
    stream.wait_open().disconnect()
    stream.reconnect()
    stream.wait_open().logout()
    stream.close()
    stream.close()
    assert [
        "not connected: ",
        "logged in: another token",
        "[SSE] Connected to event stream",
        "disconnected: stopped by you",
        "reconnecting: asked for by you",
        "[SSE] Connected to event stream",
        "logged out: the token is forgotten",
        "closed by you",
    ] == [text.partition("no token")[0] or text for text in stream.log["text"]]


def test_the_line_is_there_when_the_state_is(server: RawServer) -> None:
    """Who finds the stream open, or given up, finds the line about it, too."""
    for n in range(20):
        stream = sse.connect(server.play(f"/{n}", [CHUNKED, hold])).wait_open()
        assert ["[SSE] Connected to event stream"] == stream.log["text"].tolist()
        gone = sse.connect(server.play(f"/{n}/x", [b""]), retry_attempts=0)
        eventually(lambda gone=gone: gone.connection.state == "exhausted")
        assert "[SSE] Max reconnection attempts reached" == gone.log["text"].iloc[-1]


def test_toasts_are_logged_for_who_looks(
    backend: Backend, open_stream: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """With debug logging, each toast shown or suppressed is a line with its reason."""
    with caplog.at_level(logging.DEBUG, "sse_notebook"):
        stream = open_stream()
        backend.publish({"event_type": "build_failed"})
        backend.publish({"event_type": "unheard"})
        stream.wait_for(2, timeout=20)
        eventually(lambda: "unheard" in caplog.text)
    lines = [r.getMessage() for r in caplog.records if r.getMessage().startswith("[EventToast] ")]
    assert [True, True, True] == [
        word in line for word, line in zip(("Connected", "build.failed", "suppressed"), lines, strict=True)
    ]
    assert ["DEBUG"] * 3 == stream.log[stream.log["where"] == "toasts"]["level"].tolist()


# -- commands --------------------------------------------------------------------------------------------


def test_login_and_logout(backend: Backend, open_stream: Open) -> None:
    """`logout` disconnects and forgets the token, and keeps the rows unless told otherwise."""
    stream = open_stream()
    publish(backend, 1)
    stream.wait_for(1, timeout=20).logout()
    backend.wait_for_connections(0)
    assert ("unauthenticated", 1) == (stream.connection.state, len(stream))
    stream.reconnect()
    assert "unauthenticated" == stream.connection.state
    stream.login(backend.token())
    stream.wait_open(20)
    stream.logout(clear=True)
    assert (0, [], 1) == (len(stream), stream.events, stream.rows)
    assert 2 == len(backend.requests)


def test_seq_goes_on_after_clearing(backend: Backend, open_stream: Open) -> None:
    """Numbers of rows are never used twice."""
    stream = open_stream()
    publish(backend, 1, 2)
    stream.wait_for(2, timeout=20).store.clear_events()
    publish(backend, 3)
    assert [2] == stream.wait_for(3, timeout=20).df.index.tolist()


def test_close_keeps_what_was_kept(backend: Backend, open_stream: Open) -> None:
    """After `close` everything stays readable, no thread remains, and nothing comes any more."""
    with nothing_left():
        stream = open_stream()
        stream.on("*", lambda event: None)
        publish(backend, 1, 2)
        stream.wait_for(2, timeout=20)
        view = stream.where(project_id="p")
        stream.close()
        stream.close()
    publish(backend, 3)
    assert (2, 2, 2, 0) == (len(stream.df), len(stream.events), len(stream), len(view))
    assert ("closed", False, "closed") == (
        stream.connection.state,
        stream.connected,
        stream.store.connection.state,
    )
    assert "closed by you" == stream.log["text"].iloc[-1]
    assert stream.metrics["sse_events_stored_total"] == 2
    assert repr(stream).endswith(": closed>")
    assert stream._repr_html_()
    for command in (stream.disconnect, stream.reconnect, stream.logout, lambda: stream.login("token-1")):
        with pytest.raises(StreamClosed, match="closed"):
            command()


def test_as_a_context_manager(backend: Backend, open_stream: Open) -> None:
    """At the end of `with` the stream is closed, by an error too."""
    stream = open_stream()
    with pytest.raises(RuntimeError, match="mine"), stream as same:
        raise RuntimeError("mine" if same is stream else "another")
    assert "closed" == stream.connection.state


PHASES: dict[str, Callable[[RawServer], Any]] = {
    "waiting for headers": lambda server: server.play("/x", [hold]),
    "reading, idle": lambda server: server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), hold]),
    "reading a flood": lambda server: server.play("/x", [CHUNKED, flood(NUMBERS)]),
    "backing off": lambda server: f"http://127.0.0.1:{dead_port()}/x",
    "gave up": lambda server: server.play("/x", [answer("404 X")]),
}
# What is seen once a stream has got there.
THERE: dict[str, Callable[[RawServer, sse.EventStream], Any]] = {
    "waiting for headers": lambda server, stream: server.requests,
    "reading, idle": lambda server, stream: stream.rows,
    "reading a flood": lambda server, stream: stream.rows > 1000,
    "backing off": lambda server, stream: stream.connection.state == "retrying",
    "gave up": lambda server, stream: stream.connection.state == "exhausted",
}


@pytest.mark.parametrize("phase", PHASES)
def test_close_in_every_phase(server: RawServer, phase: str) -> None:
    """`close` returns soon in every phase; no thread and no descriptor remain."""
    with nothing_left():
        stream = sse.connect(PHASES[phase](server), retry_initial=3600, retry_max=3600)
        eventually(lambda: THERE[phase](server, stream))
        began = time.monotonic()
        stream.close()
        assert time.monotonic() - began < 0.9
        eventually(lambda: client_threads() == [])


def test_close_while_connecting() -> None:
    """`close` returns soon when the server does not even take the connection."""
    with full_backlog() as port, nothing_left():
        stream = sse.connect(f"http://127.0.0.1:{port}/x")
        eventually(lambda: stream._parts.source._transport._current)
        began = time.monotonic()
        stream.close()
        assert time.monotonic() - began < 0.9


def test_close_from_an_observer(server: RawServer) -> None:
    """An observer of the store, on the stream's own thread, may close the stream."""
    for trait in ("count", "connection"):
        with nothing_left():
            stream = sse.connect(server.play("/x", [CHUNKED, flood(NUMBERS)]), name=trait)
            stream.store.observe(lambda change, stream=stream: stream.close(), trait)
            eventually(lambda stream=stream: stream.connection.state == "closed")
        assert "closed" == stream.store.connection.state


def test_commands_from_many_threads(server: RawServer) -> None:
    """Commands and reads from many threads never deadlock, and the last word counts."""
    server.play(
        "/x", [CHUNKED, chunk(b"id: 1\ndata: x\n\n"), LAST], [CHUNKED, flood(NUMBERS)], [answer("500 X")]
    )
    stream = sse.connect(server.url("/x"), token="token-1", max_rows=5_000, **QUICK)
    stream.on("*", lambda event: None)
    states: list[str] = []
    stream.store.observe(lambda change: states.append(change["new"].state), "connection")
    commands: list[Callable[[], object]] = [
        *(stream.disconnect, stream.reconnect, stream.logout),
        lambda: stream.login("token-2"),
        lambda: stream.logout(clear=True),
        lambda: sse.connect(server.url("/x"), token="token-3", **QUICK),
        *(lambda: stream.df, lambda: stream.log, lambda: stream._repr_html_(), sse.streams),
    ]

    def job(seed: int) -> Callable[[], None]:
        chance = random.Random(seed)

        def run() -> None:
            for _ in range(25):
                chance.choice(commands)()

        return run

    run_all(*[job(seed) for seed in range(5)], timeout=60)
    server.play("/x", [CHUNKED, hold])
    stream.reconnect()
    stream.wait_open(20)
    assert (set(), 1) == (set(states) - set(STATES), len(sse.streams()))
    assert "open" == eventually(lambda: stream.store.connection.state == "open" and "open")


# -- on the screen ---------------------------------------------------------------------------------------


def test_what_a_notebook_is_given(backend: Backend, open_stream: Open) -> None:
    """The bundle has the widget, static HTML, and a text that changes only with the state."""
    stream = open_stream(name="mine")
    publish(backend, 1)
    stream.wait_for(1, timeout=20)
    data = stream._repr_mimebundle_(include=None, exclude=None)
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"} <= set(data)
    assert "<EventStream mine: open>" == data["text/plain"] == repr(stream)
    assert "mine" in data["text/html"]
    assert stream.widget() is stream.widget() is stream._display_()  # the last: what marimo asks for
    stream.close()
    stream.widget().close()


def test_a_widget_keeps_it_alive_and_follows(backend: Backend) -> None:
    """A stream that is shown lives on without a reference; its widget is told of rows and states."""
    widget = sse.connect(backend.url, token=backend.token(), **QUICK).wait_open().widget()
    publish(backend, 1, 2)
    eventually(lambda: widget.status["count"] == 2)
    assert "open" == widget.status["state"]
    backend.kill()
    eventually(lambda: widget.status["state"] != "open")
    backend.start()
    eventually(lambda: widget.status["state"] == "open")
    (stream,) = sse.streams()
    stream.close()
    eventually(lambda: widget.status["state"] == "closed")
    widget.close()
    eventually(lambda: client_threads() == [])


def test_a_shown_stream_leaves_no_thread_when_closed(backend: Backend, open_stream: Open) -> None:
    """After `close` no thread remains, the widget's own included; the page shows that it is closed."""
    stream = open_stream()
    widget = stream.widget()
    stream.close()
    eventually(lambda: client_threads() == [])
    assert "closed" == widget.status["state"]
    widget.close()
    late = stream.widget()  # shown once more, as it was
    assert ("closed", []) == (late.status["state"], client_threads())
    late.close()


def test_a_widget_that_was_closed_is_made_anew(backend: Backend, open_stream: Open) -> None:
    """After its widget was closed, showing the stream again makes another; no thread of the first remains."""
    stream = open_stream()
    first = stream.widget()
    first.close()
    second = stream.widget()
    assert first is not second
    second.close()
    eventually(lambda: len(client_threads()) == 1)


def test_threads_that_read_while_rows_come(backend: Backend, open_stream: Open) -> None:
    """Whoever reads while rows come gets whole snapshots: as many rows as numbers, in order."""
    stream, wrong = open_stream(), list[Any]()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            df = stream.df
            if df.index.tolist() != list(range(len(df))):
                wrong.append(df)

    readers = [threading.Thread(target=read, daemon=True) for _ in range(2)]
    for reader in readers:
        reader.start()
    for n in range(20):
        publish(backend, *range(n * 50, n * 50 + 50))
    stream.wait_for(1_000, timeout=60)
    done.set()
    for reader in readers:
        reader.join(20)
    assert [] == wrong


def test_attempts_are_forgotten_when_the_connection_has_proved_itself(
    backend: Backend, open_stream: Open
) -> None:
    """After an outage and one more event, `connection.attempt` is 0 again, on the stream and on its store."""
    stream = open_stream(retry_initial=0.01)
    stream.wait_open()
    backend.kill()
    eventually(lambda: stream.connection.attempt >= 2)
    backend.start()
    stream.wait_open()
    backend.publish({"event_type": "x"})
    stream.wait_for(1, timeout=10)
    eventually(lambda: (stream.connection.attempt, stream.store.connection.attempt) == (0, 0))
    assert stream.connection.state == "open"
    assert 1 == stream.metrics["sse_reconnects_total"]
