"""The HTTP of a served recording: its socket, its clients, what they are told.

The law: it listens on 127.0.0.1 only, answers only who names it so (a web page that has another name resolve
to it is refused) and knows its random path, and takes nothing in. One thread a client.
"""

from __future__ import annotations

import contextlib
import hmac
import math
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from sse_notebook.errors import ArgumentError
from sse_notebook.serving.script import Step, Wanted, script

if TYPE_CHECKING:
    from sse_notebook.serving.serving import Serving

__all__ = ["HOST", "Server"]

HOST: Final = "127.0.0.1"
BEAT: Final = 15.0  # seconds between two signs of life of a stream that has no more to say
PATIENCE: Final = 30.0  # seconds that a client gets to take what is sent, or to ask
MOST: Final = 100  # clients at once


class Server(ThreadingMixIn, TCPServer):
    """The sockets and threads of a serving. It listens as soon as it is made.

    Args:
        address: where; port 0: any that is free.
        serving: what is served.

    Attributes:
        port: where it is.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], serving: Serving) -> None:
        self.serving = serving
        # Guards the two below.
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._clients: set[threading.Thread] = set()
        super().__init__(address, _Client)
        self.port: int = self.server_address[1]
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, name="sse-notebook serve", daemon=True
        )
        self._thread.start()

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - the face of the base
        """Whether there is room for one more."""
        with self._lock:
            return len(self._connections) < MOST

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One client, from its first request to its last."""
        threading.current_thread().name = "sse-notebook serve: a client"
        with self._lock:
            self._connections.add(request)
            self._clients.add(threading.current_thread())
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._connections.discard(request)
                self._clients.discard(threading.current_thread())

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes is no news; nothing here prints."""

    def end(self) -> None:
        """Listen no more, and cut who is there."""
        self.shutdown()
        self.server_close()
        with self._lock:
            for each in self._connections:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            threads = list(self._clients)
        for thread in [self._thread, *threads]:
            thread.join(1.0)


class _Client(BaseHTTPRequestHandler):
    """One client's requests."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "sse-notebook"
    sys_version = ""
    timeout = PATIENCE
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer with the stream, or say why not."""
        serving = self.server.serving
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        if not self._is_meant():
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "this server has another name")
            return
        if not hmac.compare_digest(parts.path.encode(), serving.path.encode()):
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
            return
        own = _id_of(self.headers.get("Last-Event-ID", ""))
        own = own or query.get("last_event_id", [""])[-1]
        try:
            wanted = Wanted.of(query, serving.vocabulary)
            begin = serving.begin(own, query.get("since", [""])[-1], wanted)
        except ArgumentError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
            return
        if begin.over:  # "204 No Content" tells a client to ask no more
            self.send_response(HTTPStatus.NO_CONTENT)
            self._common()
            self.end_headers()
            return
        self.send_response(HTTPStatus.OK)
        self._common()
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.close_connection = True
        with contextlib.suppress(OSError, ValueError):
            self._stream(begin.place, wanted)

    def do_HEAD(self) -> None:
        """Not this."""
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "only GET")

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Nothing is printed."""

    def _is_meant(self) -> bool:
        host = self.headers.get("Host", "")
        return host in {f"{name}:{self.server.port}" for name in (HOST, "localhost")}

    def _common(self) -> None:
        # Who knows the path may read it, a page on this machine too; no cookie goes along with that.
        self.send_header("Access-Control-Allow-Origin", "*")

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        body = b"" if self.command == "HEAD" else f"{why}\n".encode()
        self.send_response(status)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET")
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def _stream(self, place: int, wanted: Wanted) -> None:
        """Send what comes, at its time."""
        serving, clock = self.server.serving, self.server.serving.clock
        speed, first, began = serving.speed, None, clock.monotonic()
        for step in script(serving.entries(), place, wanted, faults=serving.faults):
            first = step.us if first is None else first
            if not math.isinf(speed):
                left = began + (step.us - first) / 1e6 / speed - clock.monotonic()
                if left > 0 and self._waited(left):
                    return
            if serving.over.is_set():
                return
            for piece in serving.chunking(step.data):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            if step.cut is not None:
                self._end(step)

    def _waited(self, seconds: float) -> bool:
        """Wait, with signs of life; true: it is over."""
        serving = self.server.serving
        until = serving.clock.monotonic() + seconds
        while (left := until - serving.clock.monotonic()) > 0:
            if serving.clock.wait(serving.over, min(left, BEAT)):
                return True
            if left > BEAT:
                self._beat()
        return False

    def _beat(self) -> None:
        self.wfile.write(b"2\r\n:\n\r\n")

    def _end(self, step: Step) -> None:
        """The end of this connection, at a hole or at the end of the recording."""
        serving = self.server.serving
        if step.cut == "over" and not step.resumable:
            # Who can't say what he has would ask for all of it again, and again.
            while not serving.clock.wait(serving.over, BEAT):
                self._beat()
        if step.cut != "over":
            serving.left(step)
        if step.cut != "break":  # without the last chunk it breaks in the middle of things
            self.wfile.write(b"0\r\n\r\n")


def _id_of(header: str) -> str:
    """The id in a header, which `http.server` reads as Latin-1: UTF-8, as browsers send it.

    Node's `fetch`, and who stands on it, sends Latin-1.
    """
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header
