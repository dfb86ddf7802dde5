"""`serve`: a recording, sent to whoever asks for it on this machine, as it came.

The law: it begins with `start`; when `close` returns nothing of it remains.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from itertools import chain
from typing import Any

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError, StreamClosed
from sse_notebook.events import Vocabulary
from sse_notebook.journal import Cast, Entry, open_cast
from sse_notebook.serving.chunking import Chunking, chunking_of
from sse_notebook.serving.script import Begin, Step, Wanted, beginning
from sse_notebook.serving.server import HOST, Server
from sse_notebook.source.replay import check_speed
from sse_notebook.stream.replaying import cast_of, vocabulary_in

__all__ = ["Serving", "serve"]


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
        self._server: Server | None = None
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
                self._server = Server((HOST, self._port), self)
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
