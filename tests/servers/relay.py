"""A pair of pliers for TCP connections: passes bytes on unchanged until told to cut.

The law: it knows nothing of what it passes on. A cut reaches the client as an early end, or as a reset; the
server behind it sees its client leave, and goes on. For servers that cannot lose a connection without
forgetting what they keep.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, for 0 seconds, so that closing sends RST


class Relay:
    """Listens on a port of its own and passes every connection on to `port`.

    Example:
        with Relay(8080) as relay:
            ...  # connect to relay.url
            relay.cut()
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._accepting = threading.Thread(target=self._accept, name="relay", daemon=True)
        self._pairs: set[_Pair] = set()
        self._lock = threading.Lock()  # guards `_pairs`

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts, as closing does not
        self._accepting.join()
        self._listener.close()
        self.cut()

    def cut(self, *, reset: bool = False) -> int:
        """Ends all connections, and returns how many there were when they have ended.

        Args:
            reset: with a TCP reset, instead of an end.
        """
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            pair.cut(reset=reset)
        return sum(not pair.was_over for pair in pairs)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            with self._lock:
                self._pairs.add(_Pair(client, server))


class _Pair:
    """A client, the server's end of it, and two threads that pass bytes from one to the other."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self._client, self._server = client, server
        self._cut = False
        self.was_over = False
        self._pumps = [
            threading.Thread(target=self._pump, args=ends, name="relay", daemon=True)
            for ends in ((client, server), (server, client))
        ]
        for pump in self._pumps:
            pump.start()

    def cut(self, *, reset: bool) -> None:
        self.was_over = not any(pump.is_alive() for pump in self._pumps)
        self._cut = True
        if reset:
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        for end in (self._client, self._server):
            with contextlib.suppress(OSError):  # it had ended by itself
                end.shutdown(socket.SHUT_RD)  # wakes its reader, and says nothing to the other side
        for pump in self._pumps:
            pump.join()
        self._client.close()
        self._server.close()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
            if not self._cut:  # a cut closes both, in its own way
                sink.shutdown(socket.SHUT_WR)
