"""A server in a process of its own, which has made every byte before it is asked for the first.

The law: it never is what is measured. An answer is one `sendall` of bytes that stand ready; it waits for
whoever reads. What it does for a path is in `ANSWERS` or, for streams of events, in the path itself.

    with Sender() as sender:
        url = sender.stream("id, event, data", "flat", 50_000)
"""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks import shapes

__all__ = ["MANY", "Sender"]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
MANY = 12_000  # events: more than any client remembers, to know them again
ROOT = Path(__file__).parent.parent


class Sender:
    """Starts the server, and knows its URLs. A context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sender"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._hear())
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()  # closes its standard input, which ends it

    def url(self, path: str) -> str:
        """Where an answer of `ANSWERS` is."""
        return f"http://127.0.0.1:{self.port}/{path}"

    def stream(self, wire: str, payload: str, events: int, size: int | None = None) -> str:
        """Have a stream of events made; returns its URL. `size`: of the HTTP chunks; None: one per event."""
        what = {"wire": wire, "payload": payload, "events": events, "size": size or 0}
        print(json.dumps(what), file=self._process.stdin, flush=True)
        self._hear()
        return self.url(f"stream?{urlencode(what)}")

    def _hear(self) -> str:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for above
        if not (line := self._process.stdout.readline()):
            raise RuntimeError("the sender died")
        return line


# -- in the other process ----------------------------------------------------------------------------------


@cache
def _body(wire: str, payload: str, events: int, size: int) -> bytes:
    return shapes.framed(shapes.stream(wire, payload, events), size or None)


@cache
def _flood() -> bytes:
    return _body("id, event, data", "flat", 1000, 0)


_drops = itertools.count()  # how many connections were dropped so far


def _until_gone(sock: socket.socket) -> None:
    while sock.recv(4096):
        pass


def _hold(sock: socket.socket) -> None:
    """The head of a stream, one event, and nothing more."""
    sock.sendall(HEAD + shapes.framed(shapes.stream("id, event, data", "flat", 1)))
    _until_gone(sock)


def _endless(sock: socket.socket) -> None:
    """Events as fast as they are taken."""
    sock.sendall(HEAD)
    while True:
        sock.sendall(_flood())


def _drop(sock: socket.socket) -> None:
    """An event, another one each time, and the end of the connection. The first time many, see `MANY`."""
    first = next(_drops)
    numbers = range(first, MANY) if not first else [first + MANY]
    block = shapes.WIRES["id, event, data"]
    sock.sendall(HEAD + shapes.framed([block(shapes.flat, number) for number in numbers]))


ANSWERS: dict[str, Callable[[socket.socket], None]] = {
    "silent": _until_gone,  # not even a head
    "hold": _hold,
    "flood": _endless,
    "drop": _drop,
}


def _serve(sock: socket.socket) -> None:
    with sock, contextlib.suppress(OSError):  # OSError: the client went, as it should
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = b""
        while b"\r\n\r\n" not in request:
            if not (piece := sock.recv(65536)):
                return
            request += piece
        target = urlsplit(request.split(b" ")[1].decode())
        if target.path == "/stream":
            asked = {name: values[0] for name, values in parse_qs(target.query).items()}
            sock.sendall(HEAD)
            sock.sendall(_stream(asked))
            _until_gone(sock)
        else:
            ANSWERS[target.path.removeprefix("/")](sock)


def _stream(what: dict[str, Any]) -> bytes:
    return _body(what["wire"], what["payload"], int(what["events"]), int(what["size"]))


def _accept(listener: socket.socket) -> None:
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=_serve, args=(sock,), daemon=True).start()


def main() -> None:
    """Say the port; then make a stream for each line that comes in, and say so; end with the input."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    _flood()
    threading.Thread(target=_accept, args=(listener,), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    for line in sys.stdin:
        _stream(json.loads(line))
        print("made", flush=True)


if __name__ == "__main__":
    main()
