"""Reads one connection after another: bytes in, events handed on, silences noticed.

The law: what is read is decoded once, told from what came before, and handed to the listener in one call a
read. Whatever a listener does, the stream goes on. Everything here runs on the source's thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from sse_notebook.clock import Clock
from sse_notebook.errors import ConnectionLost
from sse_notebook.logbook import LogBook
from sse_notebook.source.continuity import Replay, Sifted
from sse_notebook.source.freshness import Freshness
from sse_notebook.source.listener import Listener
from sse_notebook.source.policy import PROVEN_AFTER
from sse_notebook.source.transport import Reply
from sse_notebook.wire import Decoder, ServerSentEvent

__all__ = ["Owner", "Reader", "heartbeats_in", "is_heartbeat"]

# Names under which servers send signs of life, case and separators put aside; and the texts of those without.
_BEATS = frozenset({"heartbeat", "ping", "keepalive", "beat", "thump", "noop"})
AGAIN = 5.0  # seconds after which who waits for a byte looks whether he was given another `idle_timeout`
LOOK = 0.02  # seconds between two looks at whether there is a new token, while it is asked for
LEFT_BEHIND = 5.0  # seconds after which a lock that is to be held for a moment is held by nobody any more
FEW = 8  # events of a read in which heartbeats are looked for: they come where there is little else


def is_heartbeat(event: ServerSentEvent) -> bool:
    """Whether an event has the shape of a heartbeat: a usual name, a usual text, or a name and nothing else.

    Example:
        >>> is_heartbeat(ServerSentEvent("keep-alive", "")), is_heartbeat(ServerSentEvent(data="ping"))
        (True, True)
    """
    said = event.event if event.event != "message" else event.data[:20]
    return not event.data or said.strip().lower().replace("-", "").replace("_", "") in _BEATS


def heartbeats_in(events: Sequence[ServerSentEvent]) -> int:
    """How many of the events of a read have the shape of a heartbeat; in a flood nobody looks."""
    return sum(map(is_heartbeat, events)) if len(events) <= FEW else 0


class Owner(Protocol):
    """Whom a reader tells about its connection."""

    def heard(self, at: float) -> None:
        """Bytes came, at Unix time `at`."""
        ...

    def went_silent(self, cause: str) -> None:
        """It has been silent for too long."""
        ...

    def came_back(self) -> None:
        """It is silent no more."""
        ...

    def proved(self) -> None:
        """It has lasted, or brought something new."""
        ...

    def renew(self) -> float | None:
        """The token is about to expire: raise to end the connection, since there is another one. Never waits.

        Returns:
            When to ask again, by the monotonic clock; None: never. Now: it is not answered yet.
        """
        ...


class Reader:
    """Reads connections.

    Args:
        owner: who is told about the connection.
        listener: who is told what came.
        decoder: decodes it; its state outlives a connection as the standard says.
        freshness: judges silences.
        clock: what the time is.
        log: where its words go.

    Attributes:
        hearing: held while what was read is handed on: who stops the source waits until that is done. Others
            take it for a moment; of one who was interrupted before he gave it back nobody waits for ever.
    """

    def __init__(
        self,
        owner: Owner,
        listener: Listener,
        decoder: Decoder,
        freshness: Freshness,
        clock: Clock,
        log: LogBook,
    ) -> None:
        self._owner = owner
        self._listener = listener
        self._decoder = decoder
        self._freshness = freshness
        self._clock = clock
        self._log = log
        self._replay = Replay()
        self._renew_at: float | None = None
        self._silent = False
        self.hearing = threading.Lock()

    def remember(self, events: list[ServerSentEvent]) -> None:
        """Before it begins: events that came earlier, to somebody else. A server may send them again."""
        self._replay.sift(events, sum(len(event.data) for event in events))

    def read(
        self, reply: Reply, *, resumed: bool, renew_at: float | None, current: Callable[[], bool]
    ) -> None:
        """Read until the connection ends.

        Args:
            reply: the open stream.
            resumed: the server was asked to send what was missed.
            renew_at: when the token should be renewed, by the monotonic clock.
            current: whether anybody still wants this connection; when nobody does, it returns.

        Raises:
            ConnectionLost: it ended, broke, or was silent for too long.
        """
        clock, decoder, freshness = self._clock, self._decoder, self._freshness
        opened = clock.monotonic()
        decoder.reset()
        began_at, signs, proven = decoder.last_event_id, _signs(decoder), False
        freshness.opened(opened)
        self._replay.begin(resumed=resumed)
        self._silent, self._renew_at = False, renew_at
        reply.be_patient(self)
        for chunk in reply:
            hearing = self._take_hearing()
            try:
                if not current():
                    return
                events = decoder.feed(chunk)
                # The first of them may have begun many reads ago.
                size = len(chunk) + (sum(map(len, (events[0].event, events[0].data))) if events else 0)
                sifted = self._replay.sift(events, size)
                at, now = clock.time(), clock.monotonic()
                self._owner.heard(at)
                if sifted.again and decoder.last_event_id == sifted.again[-1].own_id:
                    # The newest thing it said is old: the place in the stream is still where it was.
                    decoder.last_event_id = began_at
                if not proven and (decoder.last_event_id != began_at or now - opened >= PROVEN_AFTER):
                    proven = True
                    self._owner.proved()
                if self._silent:
                    self._silent = False
                    self._owner.came_back()
                about = self._hand_on(sifted, len(chunk), at)
                signs, before = _signs(decoder), signs
                sign = not about and (bool(sifted.new) or signs != before)
                freshness.heard(now, heartbeat=sign, event=about > 0)
            finally:
                hearing.release()
            self._renew_if_due(now)
        raise ConnectionLost("the server ended the stream")

    def _take_hearing(self) -> threading.Lock:
        """The lock, taken; where it was left behind there is another one from now on."""
        hearing = self.hearing
        if not hearing.acquire(timeout=LEFT_BEHIND):
            hearing = threading.Lock()
            hearing.acquire()
            self.hearing = hearing
        return hearing

    def _hand_on(self, sifted: Sifted, size: int, at: float) -> int:
        """Tell the listener; returns how many events were about something."""
        if sifted.again:
            self._told(lambda: self._listener.came_again(sifted.again, at))
        about = self._told(lambda: self._listener.heard(sifted.new, size, at))
        if not isinstance(about, int):  # None, or whatever else a method gives that was meant to give nothing
            about = len(sifted.new) - heartbeats_in(sifted.new)
        return about + len(sifted.again)

    def _told(self, tell: Callable[[], object]) -> object:
        try:
            return tell()
        # SystemExit too: an observer's `sys.exit()` would end the stream in silence
        except BaseException as error:  # noqa: BLE001 - whatever a listener does, the stream goes on
            self._log.caught("listener", error)
            return None

    def forked(self) -> None:
        """In a forked child: nobody hands anything on."""
        self.hearing = threading.Lock()

    # -- Patience ----------------------------------------------------------------------------------------

    def left(self) -> float:
        """Seconds until something is to be noticed if no byte comes."""
        freshness = self._freshness
        silence = freshness.lost_at if self._silent else freshness.stale_at
        deadlines = [at for at in (silence, self._renew_at) if at is not None]
        return self._clock.look_after(min([self._clock.monotonic() + AGAIN, *deadlines])) or LOOK

    def ran_out(self) -> None:
        """No byte came: look what that means by now."""
        now, freshness = self._clock.monotonic(), self._freshness
        self._renew_if_due(now)
        if freshness.stale_at is None or freshness.lost_at is None:
            return
        if not self._silent and now >= freshness.stale_at:
            self._silent = True
            self._owner.went_silent(f"nothing came for {freshness.limit:.3g} s")
        if now >= freshness.lost_at:
            freshness.given_up()
            raise ConnectionLost(f"nothing came for {freshness.silence(now):.3g} s")

    def _renew_if_due(self, now: float) -> None:
        if self._renew_at is not None and now >= self._renew_at:
            self._renew_at = self._owner.renew()


def _signs(decoder: Decoder) -> tuple[int, int]:
    """What of a stream is no event, but a sign of life: comments, and blocks without data."""
    return decoder.comments, decoder.hollow
