"""Sockets that can be let go of at once, from any thread, in any phase.

The law: whatever a connection waits for (a handshake, a response, the next byte), `Interrupter.interrupt`
ends that wait at once, unless nothing can: while the system looks up a name, or a client of the user's own
makes its connection. Then it is `deaf`, and says so.

httpcore asks its `NetworkBackend` for connections: this is ours, through httpcore's public interface. Its own
blocks in `socket.create_connection`, whose socket nobody else can reach.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import httpcore

__all__ = ["Interrupter", "SocketBackend"]

T = TypeVar("T")

_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time

# What a connection in the making answers at first; anything else is how it ended already.
_UNDER_WAY = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR}


class Interrupter:
    """The hand that ends a wait. One per attempt; `interrupt` may come from any thread, at any time.

    It has nothing to let go of before `open`, so that who opens it can be its owner already.
    """

    def __init__(self) -> None:
        self._wake: list[socket.socket] = []  # who reads, and who writes
        self._sockets: list[socket.socket] = []  # whose waits end
        self._made: list[socket.socket] = []  # that nobody else may have yet
        self.interrupted = False
        self.deaf = False

    def open(self) -> None:
        """Begin.

        Raises:
            OSError: too many open files.
        """
        self._wake.extend(socket.socketpair())
        self._wake[1].setblocking(False)  # full is as good as written
        if self.interrupted:  # before this line
            self.interrupt()

    def interrupt(self) -> None:
        """End whatever the attempt waits for, now. Takes no lock, so a finalizer may call it."""
        self.interrupted = True
        with contextlib.suppress(OSError):
            for writer in self._wake[1:]:
                writer.send(b"!")
        for sock in list(self._sockets):
            # At the close that follows the peer is told at once: who sends a flood would wait for us to read.
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            # That close itself would leave the reader blocked; a shutdown ends its recv, also under TLS.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def attach(self, sock: object, *, ours: bool = False) -> None:
        """From now on `interrupt` ends waits on `sock` too; one of ours `close` closes."""
        self.deaf = False
        if isinstance(sock, socket.socket):
            if ours:
                self._made.append(sock)
            # `wrap_socket` takes the descriptor away from a plain one; a copy of it reaches the connection,
            # also while a library shakes hands in a place of its own. Of ours we hear at once.
            kept = isinstance(sock, ssl.SSLSocket) or sock in self._made
            self._sockets.append(sock if kept else sock.dup())
            if self.interrupted:  # it came between the connection and this line
                self.interrupt()

    def make(self, family: int, kind: int, protocol: int) -> socket.socket:
        """A new socket, which `close` closes too: whatever cuts in, it has an owner.

        Raises:
            OSError: there can be none.
        """
        # One call and no line of Python: an interrupt comes before it, or when it is in the list.
        self._made.extend(map(socket.socket, (family,), (kind,), (protocol,)))
        return self._made[-1]

    def fileno(self) -> int:
        """Readable once `interrupt` was called: for a selector."""
        return self._wake[0].fileno()

    def forget(self) -> None:
        """In a forked child: close our copies of the descriptors; the connections stay the parent's."""
        for sock in (*self._sockets, *self._made, *self._wake):
            with contextlib.suppress(OSError):
                socket.socket.close(sock)
        self._sockets.clear()
        self._made.clear()

    def close(self) -> None:
        """Let go of the descriptors."""
        for sock in self._sockets:
            if not isinstance(sock, ssl.SSLSocket):
                sock.close()
        for sock in (*self._made, *self._wake):
            sock.close()
        self._sockets.clear()
        self._made.clear()


class SocketBackend(httpcore.NetworkBackend):
    """TCP connections whose making can be interrupted."""

    def __init__(self, interrupter: Interrupter) -> None:
        self._interrupter = interrupter

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that answers, within `timeout` seconds in all.

        Each address has an equal part of the time that is left: one that is dead (IPv6 that leads nowhere)
        leaves enough to the others.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        addresses = self._resolve(host, port)
        failure: Exception = httpcore.ConnectError(f"no address for {host!r}")
        for number, (family, kind, protocol, _, address) in enumerate(addresses):
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            sock = None
            try:
                sock = self._interrupter.make(family, kind, protocol)  # fails where the system has no IPv6
                if local_address is not None:
                    sock.bind((local_address, 0))
                self._connect(sock, address, None if left is None else left / (len(addresses) - number))
                for option in socket_options or ():
                    sock.setsockopt(*option)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except BaseException as error:
                if sock is not None:
                    sock.close()
                if not isinstance(error, OSError | httpcore.ConnectError | httpcore.ConnectTimeout):
                    raise  # who runs this on the main thread can be interrupted by Ctrl-C
                failure = error
                if self._interrupter.interrupted:
                    break
            else:
                return SocketStream(sock, self._interrupter)
        if isinstance(failure, OSError):
            raise httpcore.ConnectError(failure.strerror or str(failure)) from failure
        raise failure

    def _resolve(self, host: str, port: int) -> list[Any]:
        self._interrupter.deaf = True  # before the look: who interrupts sees one or the other
        try:
            if self._interrupter.interrupted:
                raise httpcore.ConnectError("interrupted")
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"unknown host {host!r}: {error.strerror or error}") from error
        except UnicodeError as error:  # a label that is empty or too long
            raise httpcore.ConnectError(f"{host!r} can't be the name of a host") from error
        finally:
            self._interrupter.deaf = False

    def _connect(self, sock: socket.socket, address: Any, timeout: float | None) -> None:
        sock.setblocking(False)
        number = sock.connect_ex(address)
        if number not in _UNDER_WAY:  # refused on the spot: no route, no IPv6 on this machine
            raise OSError(number, os.strerror(number))
        # Not select(): it fails for descriptors above 1023. A connection in the making becomes writable when
        # it is made or has failed.
        with selectors.DefaultSelector() as selector:
            selector.register(self._interrupter, selectors.EVENT_READ)
            selector.register(sock, selectors.EVENT_WRITE)
            ready = [key.fileobj for key, _ in selector.select(timeout)]
        if self._interrupter in ready or self._interrupter.interrupted:
            raise httpcore.ConnectError("interrupted")
        if not ready:
            raise httpcore.ConnectTimeout("timed out")
        if number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(number, os.strerror(number))


class SocketStream(httpcore.NetworkStream):
    """One connected socket, with httpcore's face."""

    def __init__(self, sock: socket.socket, interrupter: Interrupter) -> None:
        self._sock = sock
        self._interrupter = interrupter

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Up to `max_bytes` that have arrived; `b""` at the end."""

        def receive() -> bytes:
            self._sock.settimeout(timeout)
            return self._sock.recv(max_bytes)

        return _translated(receive, httpcore.ReadTimeout, httpcore.ReadError)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`."""

        def send() -> None:
            self._sock.settimeout(timeout)
            self._sock.sendall(buffer)

        _translated(send, httpcore.WriteTimeout, httpcore.WriteError)

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same connection under TLS."""
        self._sock.settimeout(timeout)

        def shake_hands() -> None:
            # In two steps: within one, nobody else could reach the socket to end the wait.
            wrapped = ssl_context.wrap_socket(
                self._sock, server_hostname=server_hostname, do_handshake_on_connect=False
            )
            self._sock = wrapped
            self._interrupter.attach(wrapped, ours=True)
            wrapped.do_handshake()

        try:
            _translated(shake_hands, httpcore.ConnectTimeout, httpcore.ConnectError)
            return SocketStream(self._sock, self._interrupter)
        except BaseException:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        """`socket`, `ssl_object`, `client_addr`, `server_addr`, `is_readable`."""
        if info == "socket":
            return self._sock
        if info == "ssl_object":
            return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
        if info == "client_addr":
            return self._sock.getsockname()
        if info == "server_addr":
            return self._sock.getpeername()
        if info == "is_readable":
            with selectors.DefaultSelector() as selector:
                selector.register(self._sock, selectors.EVENT_READ)
                return bool(selector.select(0))
        return None


def _translated(work: Callable[[], T], late: type[Exception], broken: type[Exception]) -> T:
    """Do `work`, with the socket's errors told in httpcore's words."""
    try:
        return work()
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise broken(error.strerror or str(error)) from error
