"""`serve`: an HTTP server on this machine that sends a recording as it came.

The law: it listens on 127.0.0.1 only, answers only who names it so (a web page that has another name resolve
to it is refused) and knows its random path, and takes nothing in. One thread a client; when `close` returns
nothing of it remains.
"""

from __future__ import annotations

import contextlib
import hmac
import math
import secrets
import socket
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from itertools import chain
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError, StreamClosed
from sse_notebook.events import Vocabulary
from sse_notebook.journal import Cast, Entry, open_cast
from sse_notebook.serving.chunking import Chunking, chunking_of
from sse_notebook.serving.script import Begin, Step, Wanted, beginning, script
from sse_notebook.source.replay import check_speed
from sse_notebook.stream.replaying import cast_of, vocabulary_in

__all__ = ["Serving", "serve"]

HOST: Final = "127.0.0.1"
BEAT: Final = 15.0  # seconds between two signs of life of a stream that has no more to say
PATIENCE: Final = 30.0  # seconds that a client gets to take what is sent, or to ask
MOST: Final = 100  # clients at once


class Serving:
    """A recording that is served, from `start` to `close`; what `sse.serve` returns. A context manager.

    Attributes:
        url: where; known once it has started.
        requests: how many were answered with a stream.
    """

    def __init__(
        self,
        cast: Cast,
        speed: float,
        *,
        faults: bool,
        chunking: Chunking,
        vocabulary: Vocabulary | None,
        port: int,
        clock: Clock,
    ) -> None:
        self.cast = cast
        self.speed = speed
        self.faults = faults
        self.chunking = chunking
        self.vocabulary = vocabulary or vocabulary_in(cast.header) or Vocabulary()
        self.clock = clock
        self.url = ""
        self.requests = 0
        self.path = f"/{secrets.token_urlsafe(16)}/events"
        self.over = threading.Event()
        self._port = port
        self._server: _Server | None = None
        # Guards what follows, and `requests`; held for a moment.
        self._lock = threading.Lock()
        # Where a client without an id was cut: it can't say where it was, so the next one goes on from there.
        self._left_at: int | None = None

    def start(self) -> str:
        """Begin to listen.

        Returns:
            The URL of the stream.

        Raises:
            StreamClosed: it was closed.
            ArgumentError: the port can't be had.
        """
        if self.over.is_set():
            raise StreamClosed("this serving is closed; serve(…) makes a new one")
        if self._server is None:
            try:
                self._server = _Server((HOST, self._port), self)
            except OSError as error:
                raise ArgumentError(f"port {self._port} can't be had: {error.strerror or error}") from None
            self.url = f"http://{HOST}:{self._server.port}{self.path}"
        return self.url

    def close(self) -> None:
        """End it: no client, no thread and no socket remains."""
        self.over.set()
        if self._server is not None:
            self._server.end()

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.close()

    # -- for its clients -------------------------------------------------------------------------------

    def entries(self) -> Iterator[Entry]:
        """All lines, read anew."""
        return chain.from_iterable(open_cast(self.cast.path).pieces())

    def begin(self, last_event_id: str | None, since: str | None, wanted: Wanted) -> Begin:
        """Where a request begins."""
        with self._lock:
            self.requests += 1
            left_at, self._left_at = self._left_at, None
        if not last_event_id and left_at is not None:
            return Begin(left_at, over=False)
        return beginning(self.entries, self.cast.header.started_us, last_event_id, since, wanted)

    def left(self, step: Step) -> None:
        """A client was cut."""
        if not step.resumable:
            with self._lock:
                self._left_at = step.place

    def __repr__(self) -> str:
        where = f" at {self.url}" if self.url and not self.over.is_set() else ""
        return f"<Serving {self.cast.path.name}{where}>"


class _Server(ThreadingMixIn, TCPServer):
    """The sockets and threads of a serving."""

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

    server: _Server
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


def serve(
    recording: Any,
    speed: float = 1,
    *,
    faults: bool = False,
    chunking: str | int | None = None,
    vocabulary: Vocabulary | None = None,
    port: int = 0,
) -> Serving:
    """Send a recording as server-sent events, on this machine: `with sse.serve(path) as url`.

    Each client begins at the beginning; one that resumes, by `Last-Event-ID`, behind that event; one that
    asks for `?since=` at that time. The four filters and `event_types` narrow. The URL has a random path, and
    is for this machine only. At the end the connection ends, and who resumes then gets a 204, which tells him
    to ask no more; where the last event has no id, the connection stays open.

    Args:
        recording: a path, or a `Recording`.
        speed: how many times as fast as it was; `float("inf")`: as fast as it can be sent.
        faults: cut the connection where the recording has a gap, and send again what was sent again.
        chunking: None: what came together goes out together; `"split-utf8"`: cut in the middle of characters
            and of the end of an event; `"bytes"`: byte by byte; a number: so many bytes at once.
        vocabulary: how filters read events; None: as they were read.
        port: 0: any that is free.

    Raises:
        ArgumentError: a wrong argument, or there is no such file.
        RecordingError: it is no recording.

    Example:
        with sse.serve("incident.ssecast", speed=10, faults=True) as url:
            stream = sse.connect(url)
    """
    if not isinstance(faults, bool):
        raise ArgumentError(f"faults must be True or False, not {faults!r:.80}")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65535:
        raise ArgumentError(f"port must be a number up to 65535, not {port!r:.80}")
    return Serving(
        cast_of(recording),
        check_speed(speed),
        faults=faults,
        chunking=chunking_of(chunking),
        vocabulary=vocabulary,
        port=port,
        clock=SYSTEM,
    )
