"""The thread of a source: it asks, reads, fails, waits, and asks again.

The law: an attempt goes from the token to the end of the connection, which is always a failure; what a
failure means is looked up in `policy`. The thread moves the state only within its own generation, and never
prints.
"""

from __future__ import annotations

import contextlib
import threading
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from sse_notebook.clock import Clock
from sse_notebook.errors import BadStatus, ConnectionFailed, Exhausted, Unauthorized, Unreachable
from sse_notebook.logbook import CONNECTED, CONNECTION_ERROR, GAVE_UP, LogBook
from sse_notebook.source.awaiting import Awaiting
from sse_notebook.source.background import BackgroundCall
from sse_notebook.source.claims import renew_at
from sse_notebook.source.continuity import server_knew
from sse_notebook.source.credentials import Renewal
from sse_notebook.source.freshness import Freshness
from sse_notebook.source.listener import Listener
from sse_notebook.source.masking import mask_on_this_thread
from sse_notebook.source.patience import Within
from sse_notebook.source.policy import PROVEN_AFTER, Policy, policy_for
from sse_notebook.source.reader import Reader
from sse_notebook.source.request import identifies, request
from sse_notebook.source.settings import Settings
from sse_notebook.source.standing import Standing
from sse_notebook.source.transport import HEAD_WITHIN, Transport
from sse_notebook.wire import Decoder

__all__ = ["Attempts"]

# Answers after which the id is not sent again. 410 "Gone": what it would resume from is not there any more;
# 414 "URI Too Long", 431 "Request Header Fields Too Large": nothing else in a request grows.
_ID_REFUSED = frozenset({410, 414, 431})
SLOW = 10.0  # seconds after which it is said that the token callable takes long


class Attempts:
    """Connects again and again, on a thread of its own.

    Attributes:
        connections: how many were opened so far.
        resumed_from: the id that the newest of them resumes from; `""`: none.
        reader: what reads them.
        asking: the thread waits for the user's token callable, and nothing can end that.
    """

    def __init__(
        self,
        asked: Settings,
        standing: Standing,
        listener: Listener,
        transport: Transport,
        decoder: Decoder,
        freshness: Freshness,
        clock: Clock,
        log: LogBook,
    ) -> None:
        self._asked = asked
        self._standing = standing
        self._transport = transport
        self._decoder = decoder
        self._clock = clock
        self._log = log
        self.reader = Reader(self, listener, decoder, freshness, clock, log)
        # Changed on the thread only, before it hands on the first bytes of a connection.
        self.connections = 0
        self.resumed_from = ""
        self.asking = False
        self._awaiting = Awaiting()
        self._token: str | None = None
        # In which generation, and what was asked for ahead: a login in between makes it void.
        self._renewed: tuple[int, str] | None = None
        # In which generation, and what is not answered yet.
        self._renewing: tuple[int, BackgroundCall[str | None]] | None = None
        self._apart = 0.0  # the wall clock less the monotonic one, when it gave up
        self._generation = 0  # of the attempt at hand
        self._host = urlsplit(asked.url).netloc.rpartition("@")[2]
        self._named = False  # its request says who is asking
        self._opened: float | None = None  # since when its connection is open, if it is

    def thread(self, name: str) -> threading.Thread:
        """The thread, under this name; it is to be started."""
        return threading.Thread(target=self._run, name=name, daemon=True)

    def begin(self, thread: threading.Thread) -> None:
        """Start it; where there can be no more threads, that is a state as any other. With the lock held."""
        try:
            thread.start()
        except RuntimeError as error:
            cause, self._standing.goal = f"no thread for it: {error}", "rest"
            self._standing.move("gave_up", cause=cause, error=Exhausted(cause))

    def _run(self) -> None:
        mask_on_this_thread(self._asked.credentials.redact)
        standing = self._standing
        while True:
            with standing.lock:
                standing.wake.clear()  # first: a word that comes after the next line wakes the waits below
                goal, self._generation = standing.goal, standing.generation
                pause, self._asked.pause = self._asked.pause, 0.0
            if goal == "close" or standing.abandoned:
                return
            if goal == "rest":
                self._rest()
                continue
            self._opened = None
            if pause and self._clock.wait(standing.wake, pause):
                continue
            try:
                self._connect()
            except ConnectionFailed as failure:
                self._failed(failure)
            # SystemExit too: a hook of the user's own client may raise it
            except BaseException as error:  # noqa: BLE001 - it must show on the indicator, not die in silence
                self._log.caught("source", error)
                self._failed(Exhausted(f"internal error: {type(error).__name__}"))

    def _rest(self) -> None:
        """Wait for a command; who gave up tries again when the machine wakes from sleep."""
        standing = self._standing
        if standing.status.state != "exhausted":
            self._clock.wait(standing.wake, None)
        elif not self._clock.wait_awake(standing.wake, self._apart):
            self._log.info("source", "the machine was asleep: trying again")
            with standing.moving(self._generation) as current:
                if current:
                    standing.goal = "run"
                    standing.attempt = 0
                    standing.move("attempt")

    def _current(self) -> bool:
        return self._generation == self._standing.generation

    def _ask(self) -> str | None:
        renewed, self._renewed = self._renewed, None
        if renewed is not None and renewed[0] == self._generation:
            return renewed[1]
        under_way, self._renewing = self._renewing, None
        self.asking = True
        try:
            if under_way is not None and under_way[0] == self._generation:
                return under_way[1].answer()  # the connection ended before that; nothing is asked twice
            return self._asked.credentials.ask(self._awaited)
        finally:
            self.asking = False

    def _awaited(self, answer: Any) -> Any:
        self.asking = False  # an async callable can be let go of
        return self._awaiting.run(answer, self._current)

    def _ask_aside(self, generation: int) -> str | None:
        credentials = self._asked.credentials
        mask_on_this_thread(credentials.redact)
        return credentials.ask(
            lambda answer: self._awaiting.run(answer, lambda: generation == self._standing.generation)
        )

    def interrupt(self) -> None:
        """After a command: no answer and no token is waited for that an attempt before it asked for."""
        self._transport.interrupt()
        self._awaiting.interrupt()

    def forked(self) -> None:
        """In a forked child: nobody asks for a token, and nobody hands anything on."""
        self._renewing = None
        self._awaiting.forget()
        self.reader.forked()

    def _connect(self) -> None:
        """One attempt."""
        asked, standing = self._asked, self._standing
        with standing.moving(self._generation) as current:
            if not current:
                return
            if standing.status.state != "connecting":
                standing.move("attempt")
        self._token = self._ask()
        if self._token is None and asked.needs_token:
            raise Unauthorized(asked.credentials.missing)
        last_event_id = self._decoder.last_event_id
        begun = bool(self.connections or last_event_id)
        url, headers = request(
            asked.url,
            asked.params if begun else {**asked.beginning, **asked.params},
            asked.headers,
            token=self._token,
            mode=asked.credentials.mode,
            last_event_id=last_event_id,
            resume_param=asked.resume_param,
        )
        self._named = identifies(url, headers)
        patience = Within(HEAD_WITHIN, self._clock, "no answer in time")
        reply = self._transport.open(url, headers, wanted=self._current, patience=patience)
        with contextlib.closing(reply):
            if self._current():
                self._log.info("source", CONNECTED)  # first: who sees `open` finds the line
            with standing.moving(self._generation) as current:
                if not current:
                    return
                standing.asked_again = False
                self._opened = self._clock.monotonic()
                self.connections += 1
                self.resumed_from = last_event_id if "Last-Event-ID" in headers else ""
                knew = server_knew(reply.answer.headers, self.resumed_from)
                standing.last_byte_at = self._clock.time()
                standing.gaps.opened(standing.last_byte_at, resumed_from=self.resumed_from, knew=knew)
                standing.move("opened")
            self.reader.read(
                reply,
                resumed=bool(self.resumed_from),
                renew_at=self._renew_at(),
                current=self._current,
            )

    # -- what becomes of an attempt ----------------------------------------------------------------------

    def _failed(self, failure: ConnectionFailed) -> None:
        """Look up what a failure means, say it, and wait if there is something to wait for."""
        if not self._current():
            return  # a command made it happen
        cause = self._asked.credentials.redact(failure.cause)
        if isinstance(failure, BadStatus) and failure.status == 401 and not self._named:
            cause += f"; {self._asked.credentials.missing}"
        _keep_only_words(failure, cause)
        self._judge_by_age()
        if isinstance(failure, Renewal):
            self._made_anew(cause)
            return
        if isinstance(failure, BadStatus) and failure.status in _ID_REFUSED:
            self._decoder.last_event_id = ""
        self._log.warning("source", f"{CONNECTION_ERROR}: {cause}")
        policy, standing = policy_for(failure), self._standing
        too_many = policy.backs_off and self._asked.backoff.gives_up(standing.attempt + 1)
        if too_many:
            self._log.error("source", GAVE_UP)
        delay = None
        with standing.moving(self._generation) as current:
            if not current:
                return
            standing.lost(cause)
            if not policy.asks_again:
                standing.asked_again = False  # a token that met other trouble was not refused
            if policy.asks_again and not standing.asked_again:
                standing.asked_again = True  # at once, with the token asked for once more
            elif policy.backs_off and not too_many:
                delay = self._back_off(failure, cause)
            else:
                self._give_up(policy, failure, cause, too_many=too_many)
        if delay is not None:
            self._log.note("source", f"trying {self._host} again in {delay:.1f} s")
            self._clock.wait(standing.wake, delay)

    def _back_off(self, failure: ConnectionFailed, cause: str) -> float:
        standing = self._standing
        standing.attempt += 1
        delay = self._asked.backoff.delay(
            standing.attempt,
            base=self._decoder.reconnection_time,
            after=failure.retry_after if isinstance(failure, BadStatus) else None,
            short_lived=standing.short_lived,
        )
        at = datetime.fromtimestamp(self._clock.time() + delay, UTC)
        standing.move("failed", cause=cause, error=failure, next_retry_at=at)
        return delay

    def _give_up(self, policy: Policy, failure: ConnectionFailed, cause: str, *, too_many: bool) -> None:
        standing = self._standing
        self._apart = self._clock.time() - self._clock.monotonic()  # before anybody can see that it rests
        standing.goal = "rest"
        if too_many and standing.attempt:  # reconnections: where none was wanted there is none to count
            cause = f"{standing.attempt} attempt{'s' * (standing.attempt != 1)}, last: {cause}"
        standing.move(
            "refused" if policy.ends_in == "unauthorized" else "gave_up", cause=cause, error=failure
        )

    def _judge_by_age(self) -> None:
        """A connection that has lasted has proved itself, though it may have brought nothing."""
        if self._opened is None:
            return
        if self._clock.monotonic() - self._opened < PROVEN_AFTER:
            self._standing.short_lived += 1
            return
        self._standing.short_lived = 0
        if self._standing.status.state == "open":  # what was given up for its silence has not
            self._standing.proved()

    # -- Owner of the reader -----------------------------------------------------------------------------

    def heard(self, at: float) -> None:
        """Bytes came, at Unix time `at`."""
        self._standing.last_byte_at = at

    def proved(self) -> None:
        """The connection has lasted, or brought something new."""
        self._standing.proved()

    def went_silent(self, cause: str) -> None:
        """It has been silent for too long."""
        self._log.warning("source", f"the connection is stale: {cause}")
        with self._standing.moving(self._generation) as current:
            if current and self._standing.status.state == "open":
                self._standing.move("silent", cause=cause)

    def came_back(self) -> None:
        """It is silent no more."""
        with self._standing.moving(self._generation) as current:
            if current and self._standing.status.state == "stale":
                self._standing.move("heard")

    def renew(self) -> float | None:
        """The token is about to expire. With another one, the connection ends, and is made anew at once."""
        now = self._clock.monotonic()
        if self._renewing is None or self._renewing[0] != self._generation:
            try:
                asked = partial(self._ask_aside, self._generation)
                self._renewing = self._generation, BackgroundCall(asked, now)
            except RuntimeError as error:  # no thread for it: later, maybe
                self._log.warning("source", f"the token could not be renewed: {error}")
                return self._renew_at()
        call = self._renewing[1]
        if not call.done:
            if not call.warned and now - call.began >= SLOW:
                call.warned = True
                self._log.warning("source", f"the token callable has not answered for {SLOW:.0f} s")
            return now
        self._renewing = None
        try:
            token = call.answer()
        except (Unauthorized, Unreachable) as error:  # while the old one is good nobody is cut off
            self._log.warning("source", f"the token could not be renewed: {error.cause}")
        else:
            if token is not None and token != self._token:
                self._renewed = self._generation, token
                raise Renewal("the token was renewed before it expired")
        return self._renew_at()

    def _renew_at(self) -> float | None:
        """When the token is to be asked for again while the connection is open, by the monotonic clock."""
        if self._token is None or not self._asked.credentials.renewable:
            return None
        left = renew_at(self._token, self._clock.time())
        if left is None:
            return None
        # Not on a young connection, or tokens that last a moment would make a storm of requests: if one that
        # has ended matters to the server, it will say so.
        return max(self._clock.monotonic() + left, (self._opened or 0.0) + PROVEN_AFTER)

    def _made_anew(self, cause: str) -> None:
        self._log.info("source", cause)
        with self._standing.moving(self._generation) as current:
            if current:
                self._standing.lost(cause)
                self._standing.move("attempt")


def _keep_only_words(failure: ConnectionFailed, cause: str) -> None:
    """What is kept of a failure and shown: no frames (a token stands in their locals), no foreign errors."""
    failure.cause = cause
    failure.args = (cause,)
    failure.__traceback__ = failure.__context__ = failure.__cause__ = None
