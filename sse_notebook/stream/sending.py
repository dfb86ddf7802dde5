"""Acknowledgements on their way to the platform's server, one after the other, on a thread of their own.

The law: who acknowledges never waits, and never hears of an error; what came of it is in `alerts` and in the
log. The thread is there only while there is something to send. It knows nothing of the stream object.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sse_notebook.alerts.templates import cut
from sse_notebook.source import fork
from sse_notebook.source.masking import mask_on_this_thread
from sse_notebook.source.posting import ack_url, deliver
from sse_notebook.source.transport import Transport
from sse_notebook.stream.parts import Parts

__all__ = ["Letter", "Sending"]

MOST: Final = 1_000  # that wait to be sent
CLOSED: Final = "the stream was closed before"


class Letter(NamedTuple):
    """An acknowledgement that is to be sent.

    Attributes:
        number: of the alert.
        acked_us: when it was acknowledged.
        event_id: which event; None: it has no id.
    """

    number: int
    acked_us: int
    event_id: str | None


class Sending:
    """Sends what is acknowledged.

    Args:
        parts: those of the stream.
        url: where that connects to.
        params: what it asks the server for.
        platform: there is a server that wants to be told.
    """

    def __init__(self, parts: Parts, *, url: str, params: Mapping[str, Any], platform: bool) -> None:
        self._parts = parts
        self._url, self._params, self._platform = url, dict(params), platform
        # Guards what follows; never held while something is sent.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        fork.watch(self)
        self._waiting: deque[Letter] = deque()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._transport: Transport | None = None

    def put(self, letter: Letter) -> None:
        """Send this, unless there is nobody to send it to."""
        if not self._platform:
            return
        with self._lock:
            why_not = self._take(letter)
        if why_not:
            self._came_of(letter, why_not)

    def _take(self, letter: Letter) -> str:
        """Let it wait for its turn; returns why it can't, in words. With the lock."""
        if self._stop.is_set():
            return CLOSED
        if len(self._waiting) >= MOST:
            return "too many wait to be sent"
        self._waiting.append(letter)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sse-notebook acks", daemon=True)
            try:
                self._thread.start()
            except RuntimeError as error:
                self._thread = None
                self._waiting.pop()
                return f"no thread for it: {error}"
        return ""

    def _run(self) -> None:
        mask_on_this_thread(self._parts.source.credentials.redact)
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                letter = self._waiting.popleft()
            try:
                why_not = self._send(letter)
            except BaseException as error:  # noqa: BLE001 - a hook of the user's own client may raise anything
                why_not = f"internal error: {type(error).__name__}"
            self._came_of(letter, why_not)

    def _send(self, letter: Letter) -> str:
        """Send it; returns why it was not, in words."""
        source = self._parts.source
        if self._stop.is_set():
            return CLOSED
        if letter.event_id is None:
            return "the event has no id"
        where = ack_url(self._url, letter.event_id, self._params)
        if where is None:
            return "no path can be made of the event's id"
        redact = source.credentials.redact
        transport = self._transport = Transport(
            source.client, redact=redact, secret=redact.add, clock=self._parts.clock
        )
        return deliver(
            transport, where, source.headers, source.credentials, clock=self._parts.clock, stop=self._stop
        )

    def _came_of(self, letter: Letter, why_not: str) -> None:
        """Say what came of it."""
        log, named = self._parts.log, f"event {cut(letter.event_id or '(without an id)')}"
        if why_not:
            log.warning(
                "alerts",
                f"the server does not know that {named} is acknowledged: {why_not}; ack() again tries again",
            )
        else:
            log.info("alerts", f"the server knows that {named} is acknowledged")
        # Last: who sees it in the table finds the line.
        self._parts.toasts.attention.was_sent(letter.number, letter.acked_us, not why_not)

    def before_fork(self) -> None:
        """Nothing to wait for but the lock."""

    def after_fork(self, *, child: bool) -> None:
        """What waits is the parent's, as are its thread and its connection."""
        if child:
            self._waiting.clear()
            if (transport := self._transport) is not None:
                transport.forget()
            self._thread = self._transport = None

    def close(self) -> None:
        """Send nothing any more. Takes no lock, so a finalizer may call it."""
        self._stop.set()
        if (transport := self._transport) is not None:
            transport.interrupt()
