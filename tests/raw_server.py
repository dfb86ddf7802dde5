"""A server that says exactly the bytes it was told to: for what no decent server does.

    with RawServer() as server:
        server.play("/cut", [STREAM, b"data: 1\\n\\ndata: ha"])
        EventSource(server.url("/cut"), …)

A script is a list of steps, played to one request: bytes are sent, a callable is called with the peer. After
the last step the connection is closed. Several scripts of one path are for the first request, the second …;
the last of them is for all that follow.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"  # until the connection ends
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """One chunk of a `CHUNKED` body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def answer(status: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer that is no stream."""
    said = {"content_length": str(len(body)), "connection": "close", **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in said.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@dataclass
class Request:
    """What was asked."""

    target: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    method: str = "GET"

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    def all(self, name: str) -> list[str]:
        """The values of a header, in either case."""
        return [value for each, value in self.headers if each.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        return next(iter(self.all(name)), None)


class Peer:
    """One connection, as a script sees it."""

    def __init__(self, sock: socket.socket, request: Request, stopping: threading.Event) -> None:
        self.socket = sock
        self.request = request
        self._stopping = stopping

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def wait(self, event: threading.Event) -> None:
        """Wait for a test's word, or for the server's end."""
        while not event.wait(0.01) and not self._stopping.is_set():
            pass

    def until_gone(self) -> None:
        """Wait until the client, or the server, ends the connection."""
        with contextlib.suppress(OSError):
            while self.socket.recv(4096):
                pass

    def reset(self) -> None:
        """End it by a TCP reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hold(peer: Peer) -> None:
    """A step: say no more, but keep the connection."""
    peer.until_gone()


def reset(peer: Peer) -> None:
    """A step: let the end be a reset."""
    peer.reset()


def flood(data: bytes) -> Callable[[Peer], None]:
    """A step: send this again and again, as fast as it is taken."""

    def run(peer: Peer) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer.send(data)

    return run


def gate() -> tuple[threading.Event, Callable[[Peer], None]]:
    """An event of the test's, and a step that waits for it."""
    event = threading.Event()
    return event, lambda peer: peer.wait(event)


Step = bytes | Callable[[Peer], Any]
Script = Sequence[Step]


class RawServer:
    """Accepts connections, reads one request from each, and plays the script of its path.

    Attributes:
        requests: what was asked, in order.
        accepted: how many connections were taken, also those that never asked anything.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._scripts: dict[str, list[Script]] = {}
        self._played: dict[str, int] = {}
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()  # guards all of these
        self._stopping = threading.Event()
        self.requests: list[Request] = []
        self.accepted = 0
        self._acceptor = threading.Thread(target=self._accept, name="raw server", daemon=True)
        self._acceptor.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    def url(self, path: str = "/") -> str:
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.port}{path}"

    def play(self, path: str, *scripts: Script) -> str:
        """Play these to those who ask for `path`; returns its URL."""
        with self._lock:
            self._scripts[path] = list(scripts)
            self._played.pop(path, None)
        return self.url(path)

    def asked(self, path: str) -> list[Request]:
        """The requests for a path."""
        return [request for request in self.requests if request.path == path]

    def cut_all(self) -> None:
        """End all connections."""
        with self._lock:
            sockets = list(self._sockets)
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """End everything, and return when nothing is left."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        while threads := [thread for thread in self._threads if thread.is_alive()]:
            self.cut_all()
            threads[0].join(0.05)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.accepted += 1
                self._sockets.add(sock)
                thread = threading.Thread(target=self._serve, args=(sock,), name="raw peer", daemon=True)
                self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        plain = sock
        try:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
                with self._lock:
                    self._sockets.add(sock)
            request = _read(sock)
            if request is None:
                return
            peer = Peer(sock, request, self._stopping)
            with self._lock:
                self.requests.append(request)
                scripts = self._scripts.get(request.path, [[answer("404 Not Found")]])
                number = self._played.get(request.path, 0)
                self._played[request.path] = number + 1
            for step in scripts[min(number, len(scripts) - 1)]:
                if callable(step):
                    step(peer)
                else:
                    peer.send(step)
        except OSError:
            pass  # the client went
        finally:
            with self._lock:
                self._sockets -= {plain, sock}
            sock.close()


def _read(sock: socket.socket) -> Request | None:
    head = b""
    while b"\r\n\r\n" not in head:
        data = sock.recv(65536)
        head += data
        if not data or head[:1] == b"\x16":  # gone, or it speaks TLS
            return None
    first, *lines = head.split(b"\r\n\r\n")[0].decode("utf-8").split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    method, target, *_ = first.split(" ")
    return Request(target, headers, method)


@contextlib.contextmanager
def full_backlog():
    """A port whose queue is full: a connection to it is in the making for as long as one likes."""
    listener = socket.socket()
    waiting = []
    try:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        while True:
            sock = socket.socket()
            waiting.append(sock)
            sock.settimeout(0.2)
            try:
                sock.connect(listener.getsockname())
            except TimeoutError:
                break
        yield listener.getsockname()[1]
    finally:
        for sock in (*waiting, listener):
            sock.close()


def dead_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
