"""`EventSource`: one server, one thread, connected again and again until told otherwise.

The law: the thread only asks, reads, decodes and hands on; a command (`reconnect`, `disconnect`, `close` …)
comes from any thread, takes effect on the state at once, and makes whatever the thread was doing void: every
command starts a new *generation*, and the thread's moves count only within its own. The thread never prints.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ConnectionFailed, ConnectionLost, Exhausted, StreamClosed, Unauthorized
from sse_notebook.logbook import CONNECTED, CONNECTION_ERROR, GAVE_UP, LogBook
from sse_notebook.source.credentials import AuthMode, Credentials, TokenSource, redact_url
from sse_notebook.source.listener import Listener
from sse_notebook.source.masking import mask_on_this_thread
from sse_notebook.source.outbox import Outbox
from sse_notebook.source.policy import PROVEN_AFTER, Backoff, judge
from sse_notebook.source.request import check_headers, check_id, check_params, check_url, request, secrets_of
from sse_notebook.source.status import ConnectionStatus, Signal, move
from sse_notebook.source.transport import Reply, Transport
from sse_notebook.source.wake import Wake
from sse_notebook.wire import Decoder

__all__ = ["EventSource", "Listener"]

Goal = Literal["run", "rest", "close"]


class EventSource:
    """A client for one stream of server-sent events that reconnects by itself.

    The names are WHATWG's: `url`, `ready_state`, `last_event_id`, `close`. It starts with `start()`, stops
    with `close()`, and can be paused and resumed in between. It keeps nothing: events go to the `listener`.

    Args:
        url: where; http or https. Query parameters in it are kept.
        listener: who is told, see `Listener`.
        token: text, or a callable (sync or async) that is asked before every attempt.
        auth: `"header"`: `Authorization: Bearer`; `"query"`: the parameter `token`.
        credentials: instead of `token` and `auth`: shared with whoever masks secrets.
        needs_token: without a token make no request, and be `unauthenticated`.
        params: query parameters to add.
        headers: request headers to add.
        last_event_id: where to resume from at first.
        backoff: the delays between attempts.
        clock: what the time is.
        log: where its words go.

    Attributes:
        connections: how many were opened so far.
        resumed_from: the id that the newest of them resumes from; `""`: none.
        credentials, backoff: as given; what is changed in them counts from the next attempt on.

    Raises:
        ArgumentError: a wrong argument.

    Example:
        >>> class Printer:
        ...     def heard(self, events, size, at):
        ...         print(*(event.data for event in events))
        ...     def moved(self, status):
        ...         print(status.state)
        >>> source = EventSource("http://localhost:8000/ticks", Printer())  # nothing happens before start()
        >>> source.status.state
        'disconnected'
    """

    def __init__(
        self,
        url: str,
        listener: Listener,
        *,
        token: TokenSource | None = None,
        auth: AuthMode = "header",
        credentials: Credentials | None = None,
        needs_token: bool = False,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        last_event_id: str = "",
        backoff: Backoff | None = None,
        clock: Clock = SYSTEM,
        log: LogBook | None = None,
    ) -> None:
        parts = check_url(url)
        self._host = parts.netloc.rpartition("@")[2]
        self._base_url = url
        self._params = check_params(params)
        self.credentials = credentials or Credentials(token, auth)
        self._needs_token = needs_token
        self.headers = {} if headers is None else headers
        self.backoff = backoff or Backoff()
        self._listener = listener
        self._clock = clock
        self._log = log or LogBook(self.credentials.redact, clock)
        self._decoder = Decoder(check_id(last_event_id))
        self._transport = Transport()
        # Changed on the thread only, before it hands on the first bytes of a connection.
        self.connections = 0
        self.resumed_from = ""

        # Guards `_status`, `_goal`, `_generation`, `_attempt`, `_asked_again`, `_thread` and the order of
        # what is put into `_outbox`. Held for a few assignments; never while anybody is told or waited for.
        self._lock = threading.RLock()
        self._status = ConnectionStatus(since=self._now())
        self._goal: Goal = "rest"
        self._generation = 0
        self._attempt = 0
        self._asked_again = False  # the token was asked for once more after a 401
        self._thread: threading.Thread | None = None
        self._wake = Wake()  # ends the thread's own waits: a pause between attempts, or a rest
        self._abandoned = False

        self._outbox = Outbox(listener.moved, lambda error: self._log.caught("listener", error))
        # Held by the thread while it hands on what it read: who stops it waits until that is done.
        self._hearing = threading.Lock()

    # -- what is known ---------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where it connects to, redacted."""
        return redact_url(self._base_url)

    @property
    def headers(self) -> dict[str, str]:
        """The request headers that are added; what is set counts from the next attempt on."""
        return self._headers

    @headers.setter
    def headers(self, headers: Mapping[str, str]) -> None:
        self._headers = check_headers(headers)  # a copy: the caller's own is never changed
        for secret in secrets_of(self._base_url, self._params, self._headers):
            self.credentials.redact.add(secret)

    @property
    def status(self) -> ConnectionStatus:
        """What is known of the connection."""
        return self._status

    @property
    def last_event_id(self) -> str:
        """The id that the next connection resumes from; `""`: none."""
        return self._decoder.last_event_id

    @property
    def oversized(self) -> int:
        """How many events were skipped because they were larger than the limit."""
        return self._decoder.oversized

    # -- commands, from any thread ---------------------------------------------------------------------

    def start(self) -> None:
        """Connect, unless it is doing so already. Returns at once."""
        with self._lock:
            if self._goal == "run":
                return
        self.reconnect()

    def reconnect(self) -> None:
        """Connect now: at once from a pause, a rest or a failure; anew if open. Attempts count from 0."""
        if self._needs_token and not self.credentials.present:
            self._command("rest", "forget", "no token")
        else:
            self._command("run", "attempt")

    def login(self, token: TokenSource, auth: AuthMode | None = None) -> None:
        """Use this token from now on, and connect with it.

        Raises:
            ArgumentError: it is no token.
        """
        self.credentials.replace(token, auth)
        self.reconnect()

    def logout(self) -> None:
        """Disconnect and forget the token."""
        self.credentials.replace(None)
        self._command("rest", "forget", "logged out")
        self._settle()

    def disconnect(self) -> None:
        """Stop until `reconnect`. The place in the stream is kept; nothing is heard after this returned."""
        self._command("rest", "stop", "stopped by you")
        self._settle()

    def close(self) -> None:
        """End it for good, from any thread, in any phase, as often as you like."""
        self._command("close", "close")
        thread = self._thread
        # What can't be interrupted (a name look-up, the user's own token callable) ends by itself, later.
        if thread is not None and thread is not threading.current_thread() and not self._uninterruptible:
            # Nor is an observer that waits for something; the thread goes when it is done.
            thread.join(0.05 if self._hearing.locked() else 1.0)

    def abandon(self) -> None:
        """`close` for a finalizer: no lock, no wait, no word to the listener."""
        self._abandoned = True
        self._generation += 1
        self._wake.set()
        self._transport.interrupt()

    def _settle(self) -> None:
        """Wait until what was being handed on is; not for ever: a listener may wait for who calls this."""
        if threading.current_thread() is not self._thread and self._hearing.acquire(timeout=1.0):
            self._hearing.release()

    def _command(self, goal: Goal, signal: Signal, cause: str = "") -> None:
        with self._lock:
            if self._goal == "close":
                if goal != "close":
                    raise StreamClosed("the stream is closed; connect again to make a new one")
                return
            self._goal = goal
            self._generation += 1
            self._attempt = 0
            self._asked_again = False
            self._move(signal, cause=cause)
            self._wake.set()
            self._transport.interrupt()
            if goal == "run" and self._thread is None:
                name = f"sse-notebook {self._host}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
        self._outbox.deliver()

    # -- the thread ------------------------------------------------------------------------------------

    def _run(self) -> None:
        mask_on_this_thread(self.credentials.redact)
        while True:
            with self._lock:
                self._wake.clear()  # first: a word that comes after the next line wakes the waits below
                goal, generation = self._goal, self._generation
            if goal == "close" or self._abandoned:
                return
            if goal == "rest":
                self._clock.wait(self._wake, None)
                continue
            try:
                self._connect(generation)
            except ConnectionFailed as failure:
                self._failed(generation, failure)
            except Exception as error:  # noqa: BLE001 - a bug of ours must show on the indicator, not die in silence
                self._log.caught("source", error)
                self._failed(generation, Exhausted(f"internal error: {type(error).__name__}"))

    @property
    def _uninterruptible(self) -> bool:
        return self._asking or self._transport.uninterruptible

    _asking = False  # the user's token callable runs

    def _connect(self, generation: int) -> None:
        """One attempt: from the token to the end of the connection, which is always a `ConnectionFailed`."""
        with self._moving(generation) as current:
            if not current:
                return
            if self._status.state != "connecting":
                self._move("attempt")
        self._asking = True
        try:
            token = self.credentials.ask()
        finally:
            self._asking = False
        if token is None and self._needs_token:
            raise Unauthorized("there is no token")
        last_event_id = self._decoder.last_event_id
        url, headers = request(
            self._base_url,
            self._params,
            self._headers,
            token=token,
            mode=self.credentials.mode,
            last_event_id=last_event_id,
        )
        reply = self._transport.open(url, headers, wanted=lambda: generation == self._generation)
        try:
            if generation == self._generation:
                self._log.info("source", CONNECTED)  # first: who sees `open` finds the line
            with self._moving(generation) as current:
                if not current:
                    return
                self._asked_again = False
                self.connections += 1
                self.resumed_from = last_event_id if "Last-Event-ID" in headers else ""
                self._move("opened")
            self._read(generation, reply)
        finally:
            reply.close()

    def _read(self, generation: int, reply: Reply) -> None:
        opened = self._clock.monotonic()
        decoder = self._decoder
        decoder.reset()
        began_at = decoder.last_event_id
        for chunk in reply:
            with self._hearing:
                if generation != self._generation:
                    return
                events = decoder.feed(chunk)
                if self._attempt and (
                    decoder.last_event_id != began_at or self._clock.monotonic() - opened >= PROVEN_AFTER
                ):
                    self._proved()
                try:
                    self._listener.heard(events, len(chunk), self._clock.time())
                # SystemExit too: an observer's `sys.exit()` would end the stream in silence
                except BaseException as error:  # noqa: BLE001 - whatever a listener does, the stream goes on
                    self._log.caught("listener", error)
        raise ConnectionLost("the server ended the stream")

    def _proved(self) -> None:
        """The connection has proved itself: the attempts before it are forgotten, and that is said."""
        with self._lock:
            self._attempt = 0
            self._status = replace(self._status, attempt=0)
            self._outbox.put(self._status)
        self._outbox.deliver()

    def _failed(self, generation: int, failure: ConnectionFailed) -> None:
        """Look up what a failure means, say it, and wait if there is something to wait for."""
        if generation != self._generation:
            return  # a command made it happen
        cause = self.credentials.redact(failure.cause)
        _keep_only_words(failure, cause)
        self._log.warning("source", f"{CONNECTION_ERROR}: {cause}")
        verdict, backoff, delay = judge(failure), self.backoff, None
        too_many = verdict == "again" and backoff.gives_up(self._attempt + 1)
        if too_many:
            self._log.error("source", GAVE_UP)
        with self._moving(generation) as current:
            if not current:
                return
            if verdict == "credentials":
                if isinstance(failure, Unauthorized) and failure.status == 401 and not self._asked_again:
                    self._asked_again = True
                    return  # at once, with the token asked for once more
                self._goal = "rest"
                self._move("refused", cause=cause, error=failure)
            elif verdict == "final" or too_many:
                self._goal = "rest"
                many = f"{self._attempt} attempt{'s' * (self._attempt != 1)}"
                said = f"{many}, last: {cause}" if too_many else cause
                self._move("gave_up", cause=said, error=failure)
            else:
                self._attempt += 1
                delay = backoff.delay(self._attempt, base=self._decoder.reconnection_time)
                at = datetime.fromtimestamp(self._clock.time() + delay, UTC)
                self._move("failed", cause=cause, error=failure, next_retry_at=at)
        if delay is not None:
            self._clock.wait(self._wake, delay)

    # -- moves, and telling them -----------------------------------------------------------------------

    @contextlib.contextmanager
    def _moving(self, generation: int) -> Any:
        """The lock, and whether this generation still counts; afterwards the listener is told."""
        with self._lock:
            yield generation == self._generation
        self._outbox.deliver()

    def _move(
        self,
        signal: Signal,
        *,
        cause: str = "",
        error: ConnectionFailed | None = None,
        next_retry_at: datetime | None = None,
    ) -> None:
        """Go where the table says. Called with the lock held."""
        self._status = replace(
            self._status,
            state=move(self._status.state, signal),
            since=self._now(),
            attempt=self._attempt,
            next_retry_at=next_retry_at,
            error=error,
            cause=cause,
        )
        self._outbox.put(self._status)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.time(), UTC)

    def __repr__(self) -> str:
        return f"EventSource({self.url!r}, {self._status.state})"


def _keep_only_words(failure: ConnectionFailed, cause: str) -> None:
    """What is kept of a failure and shown: no frames (a token stands in their locals), no foreign errors."""
    failure.cause = cause
    failure.args = (cause,)
    failure.__traceback__ = failure.__context__ = failure.__cause__ = None
