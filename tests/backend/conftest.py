"""A backend for each test, and a listener that shows exactly what came over its socket."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from sse_notebook.backend import Backend

PATIENCE = 20.0  # seconds after which a socket that should have spoken is given up


class Event(NamedTuple):
    """One server-sent event as it came."""

    event: str | None
    id: str | None
    data: str

    @property
    def payload(self) -> dict[str, Any]:
        return json.loads(self.data)


class Cut(EOFError):
    """The connection ended in the middle of the body."""


class Listener:
    """One request for the stream over a bare socket: no library decides what a test gets to see."""

    def __init__(
        self, backend: Backend, token: str | None, headers: dict[str, str], query: dict[str, str]
    ) -> None:
        if token is not None:
            query = {"token": token, **query}
        host, port = backend.url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        lines = [
            f"GET /api/v1/events/stream?{urlencode(query)} HTTP/1.1",
            f"Host: {host}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._bytes = bytearray()  # received, not read yet
        self._text = b""  # of the body, not read yet

    def head(self) -> None:
        self.status = int(self._line().split()[1])
        self.headers: dict[str, str] = {}
        while line := self._line():
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()

    def _receive(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            raise Cut
        self._bytes += data

    def _read(self, n: int) -> bytes:
        while len(self._bytes) < n:
            self._receive()
        data = bytes(self._bytes[:n])
        del self._bytes[:n]
        return data

    def _line(self) -> bytes:
        while (end := self._bytes.find(b"\r\n")) < 0:
            self._receive()
        return self._read(end + 2)[:-2]

    def body(self) -> bytes:
        """The body of an answer that is no stream."""
        return self._read(int(self.headers["content-length"]))

    def chunk(self) -> bytes:
        """One HTTP chunk as it was sent; b"" is the proper end of the body."""
        return self._read(int(self._line(), 16) + 2)[:-2]

    def next(self) -> Event | None:
        """The next event, None at the proper end; only for streams with LF line ends."""
        while b"\n\n" not in self._text:
            chunk = self.chunk()
            if not chunk:
                return None
            self._text += chunk
        block, _, self._text = self._text.partition(b"\n\n")
        fields: dict[str, str] = {}
        for line in block.decode().split("\n"):
            name, _, value = line.partition(": ")
            fields[name] = f"{fields[name]}\n{value}" if name in fields else value
        return Event(fields.get("event"), fields.get("id"), fields.get("data", ""))

    def take(self, n: int) -> list[Event]:
        events = [self.next() for _ in range(n)]
        assert None not in events, "the stream ended"
        return [event for event in events if event is not None]

    def data(self, n: int) -> list[Event]:
        """The next `n` events that are not control messages."""
        found: list[Event] = []
        while len(found) < n:
            found += [e for e in self.take(1) if e.event not in {"connected", "heartbeat"}]
        return found

    def silent_for(self, seconds: float) -> bool:
        """Whether nothing that was not read yet is here or comes for so long."""
        return not (self._bytes or self._text or select.select([self.socket], [], [], seconds)[0])

    def close(self) -> None:
        self.socket.close()


Listen = Callable[..., Listener]


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend(heartbeat=None, faults=True) as backend:
        yield backend


@pytest.fixture
def listen() -> Iterator[Listen]:
    """`listen(backend, token=…, headers=…, head=True, **query)` opens a stream and reads its head."""
    opened = []

    def listen(
        backend: Backend,
        *,
        token: str | None = "",
        headers: dict[str, str] | None = None,
        head: bool = True,
        **query: str,
    ) -> Listener:
        listener = Listener(backend, backend.token() if token == "" else token, headers or {}, query)
        opened.append(listener)
        if head:
            listener.head()
        return listener

    yield listen
    for listener in opened:
        listener.close()
