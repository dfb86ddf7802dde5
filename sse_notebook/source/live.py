"""`EventSource`: one server, one thread, connected again and again until told otherwise.

The law: a command (`reconnect`, `disconnect`, `close` …) comes from any thread, takes effect on the state at
once (`standing`), and makes whatever the thread was doing void (`attempts`).
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from typing import Any

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError
from sse_notebook.logbook import LogBook
from sse_notebook.source import fork
from sse_notebook.source.attempts import Attempts
from sse_notebook.source.continuity import Gaps
from sse_notebook.source.credentials import AuthMode, Credentials, TokenSource
from sse_notebook.source.freshness import Freshness
from sse_notebook.source.listener import Listener, check_listener
from sse_notebook.source.policy import Backoff
from sse_notebook.source.redactor import redact_url
from sse_notebook.source.request import (
    check_exposure,
    check_flag,
    check_id,
    check_idle_timeout,
    check_params,
    check_url,
)
from sse_notebook.source.settings import Settings
from sse_notebook.source.standing import Goal, Standing
from sse_notebook.source.status import ConnectionStatus, Signal, State
from sse_notebook.source.transport import Transport, check_client
from sse_notebook.source.turns import let_pass
from sse_notebook.wire import Decoder

__all__ = ["EventSource", "Listener"]

# Seconds that `close` gives its thread to be gone. Mostly it needs a tenth of them; the machine may be busy.
PARTING = 0.003
# The same where it is handing a read on: that should have come to its end, since more rows come of it. But it
# may be in an observer's hands, or in a garbage collection.
FINISHING = 0.006


class EventSource:
    """A client for one stream of server-sent events that reconnects by itself.

    The names are WHATWG's: `url`, `ready_state`, `last_event_id`, `close`. It begins with `start()` and ends
    with `close()`; `disconnect()` stops it until `reconnect()`. Nothing is kept: events go to the `listener`.

    Args:
        url: where; http or https. Query parameters in it are kept.
        listener: who is told, see `Listener`.
        token: text, or a callable (sync or async) that is asked before every attempt, and again ahead of the
            expiry that a JSON Web Token names.
        auth: `"header"`: `Authorization: Bearer`; `"query"`: the parameter `token`.
        credentials: instead of `token` and `auth`: shared with whoever masks secrets.
        needs_token: without a token make no request, and be `unauthenticated`.
        no_token: the `cause` of that, where there is more to say than that none was given.
        insecure: let a token travel over a network in plain text.
        params: query parameters to add.
        headers: request headers to add.
        last_event_id: where to resume from at first.
        beginning: query parameters until a connection was open, as `{"since": "2026-11-24T10:00:00Z"}`.
        resume_param: a query parameter that carries the last event ID too, beside the header.
        idle_timeout: seconds of silence after which it is `stale`, and after twice that made anew; None:
            learned from the server's heartbeats.
        client: an `httpx.Client` of your own (with proxies, authorities, HTTP/2 …), or an `httpx2.Client`.
            It is never closed. With HTTP/2 give it to this source alone: stopping ends its connection.
        backoff: the delays between attempts.
        clock: what the time is.
        log: where its words go.

    Attributes:
        credentials, insecure: as given; what is changed in them counts from the next attempt on.
        freshness: the limit of silence, given or learned.
        asked: what is asked for, and how: to be read.

    Raises:
        ArgumentError: a wrong argument.

    Example:
        >>> class Printer:
        ...     def heard(self, events, size, at):
        ...         print(*(event.data for event in events))
        ...     def came_again(self, events, at):
        ...         pass
        ...     def moved(self, status):
        ...         print(status.state)
        >>> source = EventSource("http://localhost:8000/ticks", Printer())  # nothing happens before start()
        >>> source.status.state
        'disconnected'
    """

    over_in: tuple[State, ...] = ("exhausted", "unauthorized", "closed")
    _held: threading.Lock | None = None  # through a fork

    def __init__(
        self,
        url: str,
        listener: Listener,
        *,
        token: TokenSource | None = None,
        auth: AuthMode = "header",
        credentials: Credentials | None = None,
        needs_token: bool = False,
        no_token: str = "",
        insecure: bool = False,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        last_event_id: str = "",
        beginning: Mapping[str, str] | None = None,
        resume_param: str | None = None,
        idle_timeout: float | None = None,
        client: Any = None,
        backoff: Backoff | None = None,
        clock: Clock = SYSTEM,
        log: LogBook | None = None,
    ) -> None:
        parts = check_url(url)
        check_listener(listener)
        if backoff is not None and not isinstance(backoff, Backoff):
            raise ArgumentError(f"backoff must be a Backoff, as Backoff(initial=1.0), not {backoff!r}")
        if resume_param is not None and not isinstance(resume_param, str):
            raise ArgumentError(f"resume_param must be a parameter's name, not {resume_param!r}")
        self._host = parts.netloc.rpartition("@")[2]
        self.credentials = credentials or Credentials(token, auth)
        self.insecure = check_flag("insecure", insecure)
        self.asked = Settings(
            url=url,
            params=check_params(params),
            headers={},
            credentials=self.credentials,
            needs_token=check_flag("needs_token", needs_token),
            resume_param=resume_param,
            backoff=backoff or Backoff(),
            beginning=check_params(beginning),
        )
        self.headers = {} if headers is None else headers
        check_exposure(url, self.credentials.present, self.headers, insecure=insecure)
        log = log or LogBook(self.credentials.redact, clock)
        self._decoder = Decoder(check_id(last_event_id))
        self._log = log
        self._clock = clock
        self.no_token = no_token
        redact = self.credentials.redact
        self._transport = Transport(client, redact=redact, secret=redact.add, clock=clock)
        self.freshness = Freshness(check_idle_timeout(idle_timeout))
        self._standing = Standing(listener.moved, lambda error: log.caught("listener", error), clock)
        self._attempts = Attempts(
            self.asked,
            self._standing,
            listener,
            self._transport,
            self._decoder,
            self.freshness,
            clock,
            log,
        )
        self._thread: threading.Thread | None = None  # guarded by the standing's lock
        fork.watch(self)

    # -- what is known ---------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where it connects to, redacted."""
        return redact_url(self.asked.url)

    @property
    def headers(self) -> Mapping[str, str]:
        """The request headers that are added; what is set counts from the next attempt on."""
        return self.asked.headers

    @headers.setter
    def headers(self, headers: Mapping[str, str]) -> None:
        self.asked.set_headers(headers)

    @property
    def backoff(self) -> Backoff:
        """The delays between attempts; what is set counts from the next one on."""
        return self.asked.backoff

    @backoff.setter
    def backoff(self, backoff: Backoff) -> None:
        self.asked.backoff = backoff

    @property
    def client(self) -> Any:
        """The user's own HTTP client, or None; what is set counts from the next attempt on."""
        return self._transport.client

    @client.setter
    def client(self, client: Any) -> None:
        self._transport.client = check_client(client)

    @property
    def status(self) -> ConnectionStatus:
        """What is known of the connection."""
        return self._standing.status

    @property
    def gaps(self) -> Gaps:
        """What was missed between connections."""
        return self._standing.gaps

    @property
    def connections(self) -> int:
        """How many were opened so far."""
        return self._attempts.connections

    @property
    def resumed_from(self) -> str:
        """The id that the newest connection resumes from; `""`: none."""
        return self._attempts.resumed_from

    @property
    def last_event_id(self) -> str:
        """The id that the next connection resumes from; `""`: none."""
        return self._decoder.last_event_id

    @property
    def decoder(self) -> Decoder:
        """What decodes the bytes: to read its counts."""
        return self._decoder

    @property
    def hearing(self) -> threading.Lock | None:
        """Held while a read is handed on; None for who asks in the middle of that."""
        return None if threading.current_thread() is self._thread else self._attempts.reader.hearing

    @property
    def ended(self) -> bool:
        """Whether nothing more will come by itself, whatever the state. A server may always send more."""
        return False

    def asked_for(self, names: Collection[str]) -> dict[str, list[str]]:
        """What the server is asked for by query parameters of these names, in the URL and beside it."""
        return self.asked.asked_for(names)

    def beside(self, listener: Listener, without: Collection[str]) -> EventSource:
        """Another connection to the same, with the same credentials and settings; it begins with `start()`.

        Args:
            listener: who is told what comes on it.
            without: names of query parameters that it does not ask for.
        """
        settings = self.asked
        url, params = settings.without(without)
        return EventSource(
            url,
            listener,
            credentials=self.credentials,
            needs_token=settings.needs_token,
            no_token=self.no_token,
            insecure=self.insecure,
            params=params,
            headers=self.headers,
            resume_param=settings.resume_param,
            idle_timeout=self.freshness.idle_timeout,
            client=self.client,
            backoff=self.backoff,
            clock=self._clock,
        )

    # -- commands, from any thread ---------------------------------------------------------------------

    def start(self) -> None:
        """Connect, unless it is doing so already. Returns at once."""
        if self._standing.goal != "run":
            self.reconnect()

    def reconnect(self) -> None:
        """Connect now: at once from a pause, a rest or a failure; anew if open. Attempts count from 0."""
        if self.asked.needs_token and not self.credentials.present:
            why = self.no_token or self.credentials.missing
            self._command("rest", "forget", why)
            self._log.warning("source", f"not connected: {why}")
        else:
            if self._thread is not None and self._standing.goal != "close":
                self._log.note("source", "reconnecting: asked for by you")  # before the thread says more
            self._command("run", "attempt")

    def ask(self, params: Mapping[str, Any], pause: float = 0.0) -> None:
        """Ask with these parameters from now on; a connection that is up, or on its way, is made anew.

        Args:
            params: query parameters, instead of those that were given.
            pause: seconds without another such change, before it connects: of several in a row the last one
                connects, and no other.

        Raises:
            ArgumentError: they can't be sent.
        """
        self.asked.set_params(params)
        if self._standing.goal == "run":
            self._log.note("source", "reconnecting: something else is asked for")
            self._command("run", "attempt", pause=pause)

    def login(self, token: TokenSource, auth: AuthMode | None = None) -> None:
        """Use this token from now on, and connect with it.

        Raises:
            ArgumentError: it is no token, or would travel in plain text.
        """
        check_exposure(self.asked.url, token, {}, insecure=self.insecure)
        self.credentials.replace(token, auth)
        self._log.note("source", "logged in: another token")
        self.reconnect()

    def logout(self) -> None:
        """Disconnect and forget the token."""
        self.credentials.replace(None)
        self._command("rest", "forget", "logged out")
        self._log.note("source", "logged out: the token is forgotten")
        self._settle()

    def disconnect(self) -> None:
        """Stop until `reconnect`. The place in the stream is kept; nothing is heard after this returned."""
        self._command("rest", "stop", "stopped by you")
        self._log.note("source", "disconnected: stopped by you")
        self._settle()

    def close(self) -> None:
        """End it for good, from any thread, in any phase, as often as you like.

        It waits until its thread is gone, but for 6 ms at most: a listener that is in the middle of a read
        then finishes that by itself. No other read is handed on.
        """
        began = SYSTEM.monotonic()  # not by the source's clock: a virtual one may stand still
        if self._standing.goal != "close":
            self._log.note("source", "closed by you")
        if not self._command("close", "close"):
            return  # that one has a lock that its thread may need
        thread = self._thread
        # What can't be interrupted (a name look-up, a user's client, a callable not async) ends by itself.
        interruptible = not (self._attempts.asking or self._transport.uninterruptible)
        if thread is not None and thread.ident not in (None, threading.get_ident()) and interruptible:
            patience = FINISHING if self._attempts.reader.hearing.locked() else PARTING
            thread.join(max(0.0, began + patience - SYSTEM.monotonic()))

    def abandon(self) -> None:
        """`close` for a finalizer: no lock, no wait, no word to the listener."""
        self._standing.abandon()
        self._attempts.interrupt()

    def _settle(self) -> None:
        """Wait until what was being handed on is; not for ever: a listener may wait for who calls this."""
        if (hearing := self.hearing) is not None:
            let_pass(hearing, 1.0)

    def _command(self, goal: Goal, signal: Signal, cause: str = "", pause: float = 0.0) -> bool:
        """Take a command; false: it is taken after another one of this thread, that a signal interrupted."""
        standing = self._standing
        with standing.lock:
            fresh = standing.take(goal, signal, cause)
            self.asked.pause = pause
            if fresh or goal == "close":  # an interrupt may have cut off an earlier close before this line
                self._attempts.interrupt()
            if goal == "run" and (self._thread is None or self._thread.ident is None):  # it could not start
                # Known before it starts: an interrupt of that must not lead to a second one.
                self._thread = self._attempts.thread(f"sse-notebook {self._host}")
                self._attempts.begin(self._thread)
        standing.outbox.deliver()
        return fresh is not None

    # -- through a fork --------------------------------------------------------------------------------

    def before_fork(self) -> None:
        """Let what is being handed on be done; not for ever: a listener may be the one who forks."""
        hearing = self.hearing
        self._held = hearing if hearing is not None and hearing.acquire(timeout=1.0) else None
        self._standing.lock.acquire()

    def after_fork(self, *, child: bool) -> None:
        """Go on. In the child there is neither thread nor connection; those are the parent's."""
        self._standing.lock.release()
        if self._held is not None:
            self._held.release()
        if child:
            self._thread = None
            self._transport.forget()
            self._attempts.forked()
            self._standing.forked()

    def __repr__(self) -> str:
        return f"EventSource({self.url!r}, {self.status.state})"
