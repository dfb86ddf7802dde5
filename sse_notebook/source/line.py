"""A connection, as we read it: its chunks coalesced, its silences noticed, its end told to who shares it.

The law: a `Line` is put between an HTTP library and its own connection by that library's public hooks, and
changes nothing the library can see but the size of chunks; and once we have ended the connection, no other
request is sent on it. It works with any client whose connections have httpcore's face (`read(max_bytes,
timeout)`, `write`, `get_extra_info`); on others it is simply not there.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from sse_notebook.source.coalesce import Coalescer
from sse_notebook.source.patience import Patience

__all__ = ["Line", "keep_alive"]

_MARK = "_sse_notebook_line"

# How a dead peer is found out where nobody is waiting for a byte: after a minute, then four times 15 s.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}


SHORTEST = 0.001  # seconds

FRAME = 9  # bytes of a frame of HTTP/2 before its payload: three of its length, then its type
HEADERS = 1  # the type of frame that a request begins with


def _never() -> bool:
    return False


class Line:
    """Stands between a library and one of its connections.

    Attributes:
        patience: how long reads may wait.
    """

    def __init__(self, stream: Any, patience: Patience, ended: Callable[[], bool] = _never) -> None:
        self._stream = stream
        self._ended = ended
        self._thread: int | None = threading.get_ident()  # whose own request this is; None: it is over
        # What says that a request was not begun, and takes another connection: an HTTP/2 client does not see
        # that this one has ended until our own thread, which reads it, does.
        self._not_here = _not_here(sys.modules.get(type(stream).__module__.partition(".")[0]))
        self._read = stream.read
        self._write = stream.write
        self.patience = patience
        self._coalescer = Coalescer()
        self._asking = True  # nothing was read since the last write

    @classmethod
    def put_on(
        cls,
        stream: Any,
        patience: Patience,
        *,
        midway: bool = False,
        ended: Callable[[], bool] = _never,
    ) -> Line | None:
        """A line on this connection, or None where it has no such face.

        Args:
            stream: the library's connection.
            patience: how long reads may wait.
            midway: a response has begun already: then only silences are noticed.
            ended: whether the connection was ended by us.
        """
        there = getattr(stream, _MARK, None)
        if isinstance(there, Line):
            return there
        try:
            line = cls(stream, patience, ended)
            setattr(stream, _MARK, line)
            stream.read, stream.write = line.read, line.write
        except AttributeError:
            return None
        if midway:
            line._coalescer.verbatim()
        return line

    def take_off(self) -> None:
        """Leave the connection to the library as it was; if it was ended, with the word that it is."""
        self._thread = None
        with contextlib.suppress(AttributeError):
            del self._stream.read
            if not self._ended():
                del self._stream.write
            delattr(self._stream, _MARK)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has arrived, in httpcore's words: `b""` at the end."""
        self._asking = False
        while True:
            data = self._wait(max_bytes, timeout)
            passed_on = self._coalescer.feed(data) if data else self._coalescer.finish()
            if passed_on or not data:
                return passed_on

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`; if the connection was ended, of another thread no request that begins."""
        elsewhere = self._ended() and threading.get_ident() != self._thread
        # What is under way fails as it does: it would be sent again, which may have been taken.
        if self._not_here is not None and elsewhere and not _goes_on(buffer):
            raise self._not_here("the connection was ended")
        if not self._asking:
            self._asking = True
            self._coalescer.restart()
        self._write(buffer, timeout)

    def _wait(self, max_bytes: int, timeout: float | None) -> bytes:
        while True:
            left = self.patience.left()
            if left is None or (timeout is not None and timeout <= left):
                data: bytes = self._read(max_bytes, timeout)
                return data
            try:
                # Never 0, which means "don't wait": what is in the socket is read before anything is said.
                data = self._read(max_bytes, max(left, SHORTEST))
            # By name: each library has a class of its own for it.
            except Exception as error:
                if type(error).__name__ != "ReadTimeout":
                    raise
                self.patience.ran_out()
            else:
                return data


@cache
def _not_here(library: Any) -> type[Exception] | None:
    """What this library takes as the word to ask on another connection; None: there is no such word.

    HTTP/2 remembers it for all that is under way, of which no user of a library knows it: to them it is that
    nothing can be written.
    """
    try:
        return type("ConnectionEnded", (library.ConnectionNotAvailable, library.WriteError), {})
    except AttributeError:
        return None


def _goes_on(buffer: bytes) -> bool:
    """Whether these are frames of HTTP/2 that begin no request."""
    at = 0
    while at + FRAME <= len(buffer) and buffer[at + 3] != HEADERS:
        at += FRAME + int.from_bytes(buffer[at : at + 3], "big")
    return at == len(buffer)


def keep_alive(sock: object) -> None:
    """Let the system find out that the peer has gone without a word."""
    if not isinstance(sock, socket.socket):
        return
    with contextlib.suppress(OSError):  # no TCP socket
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEP_ALIVE.items():
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
