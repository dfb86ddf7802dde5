"""Forks: the connection stays the parent's; the child hangs nowhere, says nothing, and can connect itself."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from raw_server import CHUNKED, LAST, RawServer, chunk, flood, gate, hold
from support import Listener, eventually

import sse_notebook as sse
from sse_notebook.source import EventSource, fork

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system"),
    # what Python 3.12 says of every fork with threads; that it is safe for us is what is tested
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
]

Connect = Callable[..., EventSource]
NUMBERS = chunk(b"".join(b"data: %d\n\n" % n for n in range(200)))


def in_a_child(work: Callable[[], Any]) -> Any:
    """What `work` gives in a forked child; None if it does not come to an end by itself."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, json.dumps(work()).encode())
        except BaseException as error:  # noqa: BLE001 - it must not run on into the parent's tests
            os.write(writer, json.dumps(repr(error)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    done = threading.Event()

    def wait() -> None:
        os.waitpid(child, 0)
        done.set()

    threading.Thread(target=wait, name="waits for a child", daemon=True).start()
    if not done.wait(20):
        os.kill(child, 9)
        done.wait()
    with os.fdopen(reader) as said:
        text = said.read()
    return json.loads(text) if text else None


def test_the_connection_stays_the_parents(server: RawServer, connect: Connect, listener: Listener) -> None:
    """A child that closes what it inherited ends nothing for its parent."""
    word, wait = gate()
    source = connect(server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), wait, chunk(b"data: 2\n\n"), hold]))
    eventually(lambda: listener.data == ["1"])

    def child() -> Any:
        state = source.status.state
        source.close()
        source.close()
        return [state, source.status.state]

    assert ["disconnected", "closed"] == in_a_child(child)
    word.set()
    eventually(lambda: listener.data == ["1", "2"])
    assert (1, ["connecting", "open"]) == (len(server.requests), listener.states)


def test_the_child_can_connect_itself(server: RawServer, connect: Connect, listener: Listener) -> None:
    """`reconnect` in the child makes a connection of its own, which resumes by id."""
    first, second = ([CHUNKED, chunk(b"id: %d\ndata: x\n\n" % n), hold] for n in (7, 8))
    source = connect(server.play("/x", first, second))
    eventually(lambda: listener.data == ["x"])

    def child() -> Any:
        said = source.status.cause
        source.reconnect()
        eventually(lambda: len(listener.data) == 2)
        source.close()
        return [said, source.connections]

    assert ["this process is a fork; reconnect() connects it too", 2] == in_a_child(child)
    assert [None, "7"] == [request.get("last-event-id") for request in server.requests]
    assert "open" == source.status.state


@pytest.mark.parametrize("state", ["retrying", "exhausted", "closed", "disconnected"])
def test_in_other_states(server: RawServer, connect: Connect, state: str) -> None:
    """Whatever its state, what was inherited can be closed at once."""
    source = connect("http://127.0.0.1:9/x") if state == "retrying" else connect(server.url("/no"))
    eventually(lambda: source.status.state == ("retrying" if state == "retrying" else "exhausted"))
    if state in ("closed", "disconnected"):
        source.close() if state == "closed" else source.disconnect()

    def child() -> Any:
        source.close()
        return source.status.state

    assert "closed" == in_a_child(child)


def test_many_forks_in_a_flood(server: RawServer) -> None:
    """However a fork falls into the work of the thread, no lock is left held: the child reads and closes."""
    url = server.play("/x", [CHUNKED, flood(NUMBERS)])
    with sse.connect(url, max_rows=1000) as stream:
        stream.wait_for(1, timeout=20)

        def child() -> Any:
            rows = len(stream.df)
            stream.close()
            return [rows > 0, stream.connection.state]

        assert [[True, "closed"]] * 20 == [in_a_child(child) for _ in range(20)]
        before = stream.rows
        stream.wait_for(before + 1000, timeout=20)
        assert 1 == len(server.requests)


def test_while_other_threads_read(server: RawServer) -> None:
    """Whatever other threads read or wait for at the fork: the child reads, connects and closes."""
    server.play("/x", *[[CHUNKED, chunk(b'data: {"a": %d}\n\n' % n * 50), LAST] for n in range(100)])
    stop = threading.Event()
    with sse.connect(server.url("/x"), max_rows=1000, retry_initial=0.005, retry_attempts=None) as stream:
        stream.wait_for(1, timeout=20)

        def read() -> None:
            while not stop.is_set():
                stream.df, stream.events, stream.metrics, stream.log, sse.streams()

        def wait() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    stream.wait_for(10**9, timeout=0.001)

        def child() -> Any:
            read_all = [len(stream.df) > 0, len(stream.events) > 0, len(sse.streams())]
            stream.reconnect()
            stream.close()
            return [*read_all, stream.connection.state]

        threads = [threading.Thread(target=target, daemon=True) for target in (read, read, wait)]
        try:
            for thread in threads:
                thread.start()
            assert [[True, True, 1, "closed"]] * 20 == [in_a_child(child) for _ in range(20)]
        finally:
            stop.set()
            for thread in threads:
                thread.join(20)


class Locked:
    """Has two locks, held by another thread until it is told, or for good."""

    def __init__(self) -> None:
        self.outer, self.inner = threading.RLock(), threading.Lock()
        self.whole = True
        fork.hold(self, "outer", "inner")

    def hold(self, until: threading.Event, *, half_done: Callable[[], object]) -> threading.Thread:
        held = threading.Event()

        def run() -> None:
            with self.outer, self.inner:
                self.whole = False
                held.set()
                half_done()
                until.wait(20)
                self.whole = True

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        held.wait(20)
        return thread

    def in_child(self) -> Any:
        with self.outer, self.inner:
            return self.whole


def test_a_fork_waits_for_locks() -> None:
    """What a lock guards is whole in the child, and the lock is free there; in the parent too."""
    locked, until = Locked(), threading.Event()
    thread = locked.hold(until, half_done=lambda: threading.Timer(0.05, until.set).start())
    assert True is in_a_child(locked.in_child)
    thread.join(20)
    assert (True, False) == (locked.inner.acquire(blocking=False), locked.inner.acquire(blocking=False))


def test_a_fork_waits_for_locks_that_come_meanwhile() -> None:
    """What another thread makes while the fork waits is waited for as well."""
    first, until, later = Locked(), threading.Event(), threading.Event()
    made: list[Locked] = []

    def make_another() -> None:
        made.append(Locked())
        made[0].hold(later, half_done=lambda: threading.Timer(0.05, later.set).start())
        until.set()

    first.hold(until, half_done=lambda: threading.Timer(0.05, make_another).start())
    assert [True] == in_a_child(lambda: [each.in_child() for each in made])


def test_a_fork_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that is never free holds up neither the fork nor the child."""
    monkeypatch.setattr(fork, "PATIENCE", 0.01)
    locked, until = Locked(), threading.Event()
    thread = locked.hold(until, half_done=bool)
    assert False is in_a_child(locked.in_child)
    until.set()
    thread.join(20)
    assert True is in_a_child(locked.in_child)


def test_a_fork_inside_an_observer(server: RawServer) -> None:
    """Who forks holds locks itself: the child goes on from there, and so does the parent."""
    word, wait = gate()
    script = [CHUNKED, chunk(b"data: 1\n\n"), wait, chunk(b"data: 2\n\n"), hold]
    with sse.connect(server.play("/x", script)) as stream:
        stream.wait_for(1, timeout=20)
        seen: list[Any] = []

        def child() -> Any:
            rows = len(stream.df)
            stream.close()
            return rows

        stream.store.observe(lambda change: seen.append(in_a_child(child)), "count")
        word.set()
        eventually(lambda: seen == [2])
        assert "open" == stream.connection.state


SCRIPT = """
import multiprocessing, os, sys
import sse_notebook as sse

def work(n):
    return os.getpid() != parent

parent = os.getpid()
stream = sse.connect(sys.argv[1]).wait_for(1, timeout=20)
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert all(pool.map(work, range(10)))
child = os.fork()
if not child:
    sys.exit(0)  # an ordinary end: finalizers run
os.waitpid(child, 0)
print(stream.connection.state, len(stream.df))
"""


def test_at_the_end_of_interpreters(server: RawServer) -> None:
    """Children of a pool, a child that exits, the parent itself: no hang, no noise, the parent connected."""
    url = server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), hold])
    done = subprocess.run(
        [sys.executable, "-W", "ignore:This process:DeprecationWarning", "-c", SCRIPT, url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ("open 1\n", "", 0) == (done.stdout, done.stderr, done.returncode)
    assert 1 == len(server.requests)


@pytest.mark.parametrize("state", ["flood", "idle", "retrying", "resting"])
def test_the_interpreter_ends(server: RawServer, state: str) -> None:
    """A script that just ends, with a stream in whatever state, ends at once and says nothing."""
    server.play("/idle", [CHUNKED, chunk(b"data: 1\n\n"), hold])
    server.play("/flood", [CHUNKED, flood(NUMBERS)])
    server.play("/retrying", [CHUNKED, chunk(b"data: 1\n\n")], [b""])
    script = "import sys, sse_notebook as sse\nstream = sse.connect(sys.argv[1]).wait_for(1, timeout=20)\n"
    script += "stream.disconnect()\n" if state == "resting" else ""
    url = server.url("/idle" if state == "resting" else f"/{state}")
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", script, url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ("", "", 0) == (done.stdout, done.stderr, done.returncode)
