"""server and runner: start, stop, kill, start again; and what they must not leave or tell."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from sse_notebook.backend import Backend

Listen = Callable[..., Any]  # the fixture of conftest.py
EVENT = {"event_type": "build_failed", "timestamp": 1}


def threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("sse-notebook-backend")]


def open_files() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def refused(backend: Backend) -> bool:
    host, port = backend.url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port))).close()
    except ConnectionRefusedError:
        return True
    return False


def call_until_refused(address: tuple[str, int]) -> None:
    with contextlib.ExitStack() as calls, contextlib.suppress(OSError):
        for _ in range(400):  # there are not many more files for a process
            calls.enter_context(socket.create_connection(address))


def test_it_listens_when_start_returns() -> None:
    """After start the port answers; before, there is no URL to give."""
    backend = Backend()
    with pytest.raises(RuntimeError, match="start"):
        _ = backend.url
    with backend:
        assert 200 == httpx.get(f"{backend.url}/healthz").status_code
        assert f"{backend.url}/api/v1/events/stream" == backend.stream_url


@pytest.mark.parametrize("end", [Backend.stop, Backend.kill])
def test_nothing_is_left(listen: Listen, end: Callable[[Backend], None]) -> None:
    """After stop or kill there is no thread, no socket, no open stream, whatever was going on."""
    before = open_files()
    backend = Backend(scenario="platform", speed=100).start()
    listeners = [listen(backend) for _ in range(3)]
    idle = socket.create_connection(("127.0.0.1", int(backend.url.rsplit(":", 1)[1])))
    asking = socket.create_connection(("127.0.0.1", int(backend.url.rsplit(":", 1)[1])))
    asking.sendall(b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
    backend.wait_for_connections(3)
    end(backend)
    assert ([], 0, True) == (threads(), backend.connections, refused(backend))
    for listener in listeners:
        listener.close()
    idle.close()
    asking.close()
    assert before == open_files()


@pytest.mark.parametrize("end", [Backend.stop, Backend.kill])
def test_who_is_being_let_in_is_not_forgotten(end: Callable[[Backend], None]) -> None:
    """A connection that is accepted in the very moment of the end is closed like any other."""
    before = open_files()
    for _ in range(5):
        backend = Backend().start()
        address = ("127.0.0.1", int(backend.url.rsplit(":", 1)[1]))
        calling = threading.Thread(target=call_until_refused, args=(address,))
        calling.start()
        end(backend)
        calling.join()
    assert before == open_files()


def test_stop_finishes_what_was_published(listen: Listen) -> None:
    """Stopping sends what was published before it and ends the body properly."""
    with Backend(heartbeat=None) as backend:
        listener = listen(backend)
        backend.wait_for_connections(1)
        ids = [backend.publish(EVENT) for _ in range(100)]
    assert ids == [e.id for e in listener.data(100)]
    assert listener.next() is None


def test_stop_does_not_wait_for_who_does_not_read(listen: Listen) -> None:
    """A client that takes nothing is cut after a moment of grace."""
    with Backend(heartbeat=None) as backend:
        listen(backend)
        backend.wait_for_connections(1)
        backend.publish_raw(b": filler\n" * 2_000_000)
    assert ([], 0) == (threads(), backend.connections)


def test_stop_is_not_held_up_by_faults(listen: Listen) -> None:
    """Stalled streams and held-back heads end with the server."""
    with Backend(heartbeat=None) as backend:
        stalled = listen(backend)
        stalled.next()
        backend.faults.stall = True
        backend.faults.headers_delay = True
        listen(backend, head=False)
        backend.wait_for_requests(2)
    assert stalled.next() is None
    assert [] == threads()


def test_kill_cuts_in_the_middle(listen: Listen) -> None:
    """A kill is not an end: bodies stop unfinished."""
    with Backend(heartbeat=None) as backend:
        listener = listen(backend)
        backend.wait_for_connections(1)
        backend.kill()
        listener.next()
        with pytest.raises(EOFError):
            listener.next()


@pytest.mark.parametrize("end", [Backend.stop, Backend.kill])
def test_it_comes_back_on_the_same_port(listen: Listen, end: Callable[[Backend], None]) -> None:
    """After a restart it has the same address and secret, and a client that resumes misses nothing."""
    with Backend(heartbeat=None) as backend:
        url, token = backend.url, backend.token()
        for n in range(5):
            listener = listen(backend, token=token)
            backend.wait_for_connections(1)
            seen = backend.publish(EVENT)
            assert seen == listener.data(1)[0].id
            end(backend)
            missed = backend.publish(EVENT)  # while it was away
            backend.start()
            again = listen(backend, token=token, headers={"Last-Event-ID": seen})
            assert (url, missed) == (backend.url, again.data(1)[0].id)
            again.close()
            backend.wait_for_connections(0)
            assert 2 * (n + 1) == backend.connections_total


def test_another_backend_can_have_the_port(listen: Listen) -> None:
    """A port that was just left with streams open can be had by another at once."""
    first = Backend(heartbeat=None).start()
    listen(first).next()
    first.kill()
    with Backend(heartbeat=None, port=int(first.url.rsplit(":", 1)[1])) as second:
        assert first.url == second.url
        assert first.publish(EVENT) < second.publish(EVENT)


def test_a_port_in_use_is_an_error_where_it_is_asked_for() -> None:
    """Starting on a port that somebody has raises OSError from start, and leaves no thread."""
    with Backend() as first:
        second = Backend(port=int(first.url.rsplit(":", 1)[1]))
        with pytest.raises(OSError, match="in use"):
            second.start()
        assert 1 == len(threads())


def test_start_and_stop_may_be_repeated() -> None:
    """Starting twice is starting once, stopping twice is stopping once, from many threads too."""
    backend = Backend()
    backend.stop()
    callers = [threading.Thread(target=backend.start) for _ in range(5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert 1 == len(threads())
    backend.stop()
    backend.stop()
    backend.drop_all()
    backend.publish_raw(b"x")
    backend.faults.stall = True
    assert [] == threads()


def test_waiting_gives_up_with_the_facts(backend: Backend) -> None:
    """A wait that runs out says what it waited for and what there was."""
    with pytest.raises(TimeoutError, match="2 open streams: 0 open"):
        backend.wait_for_connections(2, timeout=0.01)
    with pytest.raises(TimeoutError, match="1 requests"):
        backend.wait_for_requests(1, timeout=0.01)


def test_it_listens_on_ipv6() -> None:
    """An IPv6 address works and is written into the URL as URLs want it."""
    with Backend(host="::1") as backend:
        assert backend.url.startswith("http://[::1]:")
        assert 200 == httpx.get(f"{backend.url}/healthz").status_code


@pytest.mark.parametrize("bad", [{"heartbeat": 0}, {"speed": 0}, {"scenario": "no such"}, {"ring": 0}])
def test_wrong_arguments_are_refused(bad: dict[str, Any]) -> None:
    """An argument that makes no sense raises where it was given."""
    with pytest.raises(ValueError, match=r"heartbeat|speed|scenario|ring"):
        Backend(**bad)


SECRET = "canary-secret-0123456789-0123456789"


def answer_to(backend: Backend, request: str) -> bytes:
    """All that comes back for a request, as it came."""
    with socket.create_connection(("127.0.0.1", int(backend.url.rsplit(":", 1)[1]))) as client:
        client.sendall(request.encode())
        return b"".join(iter(lambda: client.recv(1000), b""))


def test_no_secret_is_told(listen: Listen, caplog: pytest.LogCaptureFixture) -> None:
    """Neither token nor secret is in any log at any level, repr, record or answer, errors included."""
    caplog.set_level(0)
    logging.getLogger("uvicorn.error").setLevel(1)  # below DEBUG: uvicorn's own trace level
    with Backend(secret=SECRET, heartbeat=None, faults=True) as backend:
        token = backend.token()
        expired = backend.token(expires_in=-1)
        listener = listen(backend, token=token, headers={"Authorization": f"Bearer {token}"})
        backend.wait_for_connections(1)
        backend.publish(EVENT)
        answers = [listener.data(1)[0].data, listen(backend, token=expired).body()]
        for path in ("/api/v1/events", "/api/v1/_faults", "/api/v1/events/x/ack", "/nowhere"):
            head = f"POST {path}?token={token} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1"
            answers.append(answer_to(backend, f"{head}\r\n\r\nx"))
        answers.append(answer_to(backend, f"GET /?token={token} nonsense\r\n\r\n"))
        backend.drop_all()
        told = [
            repr(backend),
            repr(vars(backend)),
            repr(backend._context),
            repr(backend.requests),
            repr(answers),
        ]
    told.append(caplog.text)
    assert "uvicorn.error" in caplog.text
    for secret in (SECRET, token, expired, token.rsplit(".", 1)[1]):
        assert secret not in "\n".join(told)


SERVE = """
import sys
from sse_notebook.backend import serve_forever
def ready(backend):
    print(backend.url, backend.token(), flush=True)
serve_forever(port=0, speed=100, heartbeat=0.1, on_ready=ready)
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_forever_ends_with_a_signal(number: signal.Signals) -> None:
    """In the foreground it tells when it listens, plays its scenario, and ends cleanly at a signal."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", SERVE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            url, token = process.stdout.readline().split()
            with httpx.stream(
                "GET", f"{url}/api/v1/events/stream", params={"token": token}, timeout=20
            ) as answer:
                lines = answer.iter_lines()
                assert any(line.startswith("id: ") for line in lines)
                process.send_signal(number)
                assert all(True for _ in lines)  # to the proper end
            assert ("ended\n", "", 0) == (*process.communicate(timeout=20), process.returncode)
        finally:
            process.kill()
