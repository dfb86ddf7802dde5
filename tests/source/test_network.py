"""Sockets that can be let go of at once, and that fail with the right words."""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpcore
import pytest
from raw_server import dead_port, full_backlog
from support import nothing_left

from sse_notebook.source.network import Interrupter, SocketBackend


@pytest.fixture
def interrupter() -> Iterator[Interrupter]:
    interrupter = Interrupter()
    interrupter.open()
    yield interrupter
    interrupter.close()


@contextlib.contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def interrupted(interrupter: Interrupter, work: Callable[[], object]) -> Exception:
    """What `work` raises when it is interrupted while it waits."""
    timer = threading.Timer(0.05, interrupter.interrupt)
    timer.start()
    began = time.monotonic()
    with pytest.raises(httpcore.NetworkError) as caught:
        work()
    assert time.monotonic() - began < 5
    timer.join()
    return caught.value


def test_connects_reads_writes_closes(interrupter: Interrupter) -> None:
    """It has httpcore's face: what is written arrives, what is sent is read, and the end is empty."""
    with listening() as listener, nothing_left():
        stream = SocketBackend(interrupter).connect_tcp("127.0.0.1", listener.getsockname()[1], timeout=5)
        peer, _ = listener.accept()
        with peer:
            stream.write(b"hello")
            assert peer.recv(10) == b"hello"
            assert stream.get_extra_info("is_readable") is False
            peer.sendall(b"hi")
            assert stream.read(10, timeout=5) == b"hi"
            assert stream.get_extra_info("server_addr") == listener.getsockname()
            assert stream.get_extra_info("client_addr") == peer.getpeername()
            assert (None, None) == (stream.get_extra_info("ssl_object"), stream.get_extra_info("other"))
        assert stream.read(10, timeout=5) == b""
        assert stream.get_extra_info("is_readable") is True
        stream.close()


def test_interrupted_before_it_is_open() -> None:
    """Who wishes it early ends the first wait."""
    interrupter = Interrupter()
    interrupter.interrupt()
    with contextlib.closing(interrupter), selectors.DefaultSelector() as selector:
        interrupter.open()
        selector.register(interrupter, selectors.EVENT_READ)
        assert selector.select(timeout=0)


def test_a_read_has_a_limit(interrupter: Interrupter) -> None:
    """A read with a limit ends as httpcore's time-out."""
    with listening() as listener:
        stream = SocketBackend(interrupter).connect_tcp("127.0.0.1", listener.getsockname()[1])
        with pytest.raises(httpcore.ReadTimeout):
            stream.read(1, timeout=0.01)
        stream.close()


def test_refused(interrupter: Interrupter) -> None:
    """A port where nobody listens is refused, in the system's words."""
    with nothing_left(), pytest.raises(httpcore.ConnectError, match="refused"):
        SocketBackend(interrupter).connect_tcp("127.0.0.1", dead_port(), timeout=5)


def test_what_fails_on_the_spot_has_failed(interrupter: Interrupter) -> None:
    """An address that the system refuses at once (no route) is an error, not taken for a connection."""
    with nothing_left(), pytest.raises(httpcore.ConnectError, match=r"unreachable|denied"):
        SocketBackend(interrupter).connect_tcp("255.255.255.255", 80, timeout=5)


def test_the_next_address_is_tried(interrupter: Interrupter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a host with several addresses (IPv6 first, on a machine without it) the one that answers is used."""
    with listening() as listener:
        port = listener.getsockname()[1]
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("255.255.255.255", "127.0.0.1")
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)  # how else to set up DNS
        stream = SocketBackend(interrupter).connect_tcp("some.host", port, timeout=5)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
        stream.close()


def test_a_family_that_the_system_has_not(interrupter: Interrupter, monkeypatch: pytest.MonkeyPatch) -> None:
    """`localhost` is `::1` first, also where the system was told to have no IPv6: the next one is tried."""
    with listening() as listener, nothing_left():
        port = listener.getsockname()[1]
        found = [(99, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0))]  # a family that no system has
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
        with pytest.raises(httpcore.ConnectError, match="not supported"):
            SocketBackend(interrupter).connect_tcp("some.host", port, timeout=5)
        found += [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        stream = SocketBackend(interrupter).connect_tcp("some.host", port, timeout=5)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
        stream.close()


def test_a_dead_address_leaves_time_to_the_others(
    interrupter: Interrupter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each address has an equal part of what is left; the last one has all of it."""
    given: list[float] = []

    def dead(self: SocketBackend, sock: socket.socket, address: Any, timeout: float) -> None:
        given.append(timeout)
        raise httpcore.ConnectTimeout("timed out")

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))] * 3
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
    monkeypatch.setattr(SocketBackend, "_connect", dead)
    with pytest.raises(httpcore.ConnectTimeout):
        SocketBackend(interrupter).connect_tcp("some.host", 9, timeout=6_000)
    assert [2_000, 3_000, 6_000] == [round(timeout, -2) for timeout in given]


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("nothing.invalid", "unknown host 'nothing.invalid'"),
        ("x" * 64 + ".example", "can't be the name of a host"),
        ("a..b", "can't be the name of a host"),
    ],
)
def test_unknown_hosts(interrupter: Interrupter, host: str, words: str) -> None:
    """A host without an address is an error that names it."""
    with pytest.raises(httpcore.ConnectError, match=words):
        SocketBackend(interrupter).connect_tcp(host, 80)
    assert interrupter.deaf is False


def test_connecting_has_a_limit(interrupter: Interrupter) -> None:
    """A connection that nobody completes ends when its time is over."""
    with full_backlog() as port, nothing_left(), pytest.raises(httpcore.ConnectTimeout):
        SocketBackend(interrupter).connect_tcp("127.0.0.1", port, timeout=0.05)


def test_connecting_can_be_interrupted(interrupter: Interrupter) -> None:
    """A connection that nobody completes ends when it is interrupted."""
    with full_backlog() as port, nothing_left():
        backend = SocketBackend(interrupter)
        error = interrupted(interrupter, lambda: backend.connect_tcp("127.0.0.1", port, timeout=60))
    assert str(error) == "interrupted"


def test_reading_can_be_interrupted(interrupter: Interrupter) -> None:
    """A read that waits for ever ends when it is interrupted, as an end of the stream or an error."""
    with listening() as listener:
        stream = SocketBackend(interrupter).connect_tcp("127.0.0.1", listener.getsockname()[1])
        interrupter.attach(stream.get_extra_info("socket"))
        timer = threading.Timer(0.05, interrupter.interrupt)
        timer.start()
        with contextlib.suppress(httpcore.ReadError):
            assert stream.read(1) == b""
        timer.join()
        stream.close()


def test_a_tls_handshake_can_be_interrupted(interrupter: Interrupter) -> None:
    """A handshake that the server never answers ends when it is interrupted."""
    with listening() as listener, nothing_left():
        stream = SocketBackend(interrupter).connect_tcp("127.0.0.1", listener.getsockname()[1])
        context = ssl.create_default_context()
        interrupted(interrupter, lambda: stream.start_tls(context, "localhost", timeout=60))


def test_a_tls_handshake_has_a_limit(interrupter: Interrupter) -> None:
    """A handshake that the server never answers ends when its time is over."""
    with listening() as listener, nothing_left():
        stream = SocketBackend(interrupter).connect_tcp("127.0.0.1", listener.getsockname()[1])
        with pytest.raises(httpcore.ConnectTimeout):
            stream.start_tls(ssl.create_default_context(), "localhost", timeout=0.05)


def test_interrupted_before_it_began(interrupter: Interrupter) -> None:
    """A connection that nobody wants any more is not made."""
    interrupter.interrupt()
    with listening() as listener, pytest.raises(httpcore.ConnectError, match="interrupted"):
        SocketBackend(interrupter).connect_tcp("127.0.0.1", listener.getsockname()[1])


def test_a_socket_that_comes_too_late_is_ended(interrupter: Interrupter) -> None:
    """A socket that is attached after the interruption is shut down on the spot."""
    interrupter.interrupt()
    one, other = socket.socketpair()
    with one, other:
        interrupter.attach(one)
        assert other.recv(1) == b""


def test_attaching_something_else(interrupter: Interrupter) -> None:
    """What is no socket (another backend's stream) is passed over."""
    interrupter.attach(None)
    interrupter.interrupt()


def test_interrupting_after_the_end(interrupter: Interrupter) -> None:
    """An interruption that comes after everything was let go of harms nobody."""
    interrupter.close()
    interrupter.interrupt()


@pytest.fixture
def many_files() -> Iterator[None]:
    """A process with more open files than `select` can count."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"this machine allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    opened = [os.open(os.devnull, os.O_RDONLY)]
    while opened[-1] < 1030:
        opened.append(os.dup(opened[0]))
    yield
    for number in opened:
        os.close(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_with_many_open_files(many_files: None) -> None:
    """A kernel that has more than a thousand files open can connect too."""
    interrupter = Interrupter()
    interrupter.open()
    with listening() as listener:
        stream: Any = SocketBackend(interrupter).connect_tcp("127.0.0.1", listener.getsockname()[1])
        assert stream.get_extra_info("socket").fileno() > 1024
        assert stream.get_extra_info("is_readable") is False
        stream.close()
    interrupter.close()


def test_ctrl_c_leaves_no_socket(interrupter: Interrupter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who connects on the main thread can be interrupted; a kept traceback holds no connection open."""

    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    with listening() as listener, nothing_left():
        monkeypatch.setattr(SocketBackend, "_connect", pressed)
        with pytest.raises(KeyboardInterrupt) as kept:
            SocketBackend(interrupter).connect_tcp("127.0.0.1", listener.getsockname()[1], timeout=5)
        assert kept.traceback
