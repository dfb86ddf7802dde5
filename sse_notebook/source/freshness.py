"""How long a connection may be silent before that means something. Pure arithmetic; time is handed in.

The law: silence is judged only against what is known: the user's own limit, or the interval of heartbeats
that this server has kept. Any byte ends a silence; only heartbeats teach their interval, three at the least,
and only if they are no echo of events: a comment after each event says how often events come, and no more.

    silent for the limit          `stale`: it is said, and nothing else happens
    silent for twice the limit    given up, and made anew; for a learned limit after 2 s at the earliest

A learned limit that called something too long may be wrong. Then there is a longer one, until so many
heartbeats have come as it takes to be trusted again: the more, the oftener it was wrong.
"""

from __future__ import annotations

from collections import deque

__all__ = ["Freshness"]

NEEDED = 3  # heartbeats, before their interval is trusted
REMEMBERED = 8  # intervals; the longest of them counts
# Seconds. What comes faster than that is no heartbeat, but the beginning of a stream in several pieces.
SHORTEST = 0.05
# A limit is this many intervals: one heartbeat may be lost or late.
INTERVALS = 2.0
# Of the time between two heartbeats with events in it, the part that was silent before the second: if there
# was one event, a shorter silence means that it may have called forth the heartbeat.
APART = 0.4
SOONEST = 2.0  # seconds; no connection is given up earlier because of what was learned
WHILE_AGO = 3_600.0  # seconds after which it counts less that a limit was wrong


class Freshness:
    """The silences of one server, over all its connections.

    Args:
        idle_timeout: the limit in seconds; None: it is learned.

    Example:
        >>> fresh = Freshness()
        >>> fresh.opened(0)
        >>> for second in (0, 10, 20):
        ...     fresh.heard(second, heartbeat=True)
        >>> fresh.limit, fresh.stale_at, fresh.lost_at
        (20.0, 40.0, 60.0)
    """

    def __init__(self, idle_timeout: float | None = None) -> None:
        self._given = idle_timeout
        self._last_byte = 0.0
        self._last_beat: float | None = None
        self._last_event = 0.0
        self._events = 0  # reads with events since the last heartbeat
        # Times between two heartbeats with nothing in between; and of the others those that may be a timer's.
        self._alone: deque[float] = deque(maxlen=REMEMBERED)
        self._among: deque[float] = deque(maxlen=REMEMBERED)
        self._least = 0.0  # no learned limit is shorter, while it is not trusted
        self._to_come = 0  # heartbeats until it is
        self._needed = 0  # how many they were at first
        self._wrong_at: float | None = None  # when it was wrong the last time

    @property
    def limit(self) -> float | None:
        """How long silence may last, in seconds; None: nothing is known, so any silence is fine."""
        if self._given is not None:
            return self._given
        known = self._alone
        if len(known) < NEEDED - 1:
            known = known + self._among
        if len(known) < NEEDED - 1:
            return None
        return max(INTERVALS * max(known), self._least if self._to_come else 0.0)

    @property
    def idle_timeout(self) -> float | None:
        """The user's own limit; may be set."""
        return self._given

    @idle_timeout.setter
    def idle_timeout(self, seconds: float | None) -> None:
        self._given = seconds

    @property
    def stale_at(self) -> float | None:
        """When the silence at hand becomes too long; None: never."""
        return None if (limit := self.limit) is None else self._last_byte + limit

    @property
    def lost_at(self) -> float | None:
        """When the connection is to be given up; None: never."""
        return None if (limit := self.limit) is None else self._last_byte + self._patience(limit)

    def _patience(self, limit: float) -> float:
        return 2 * limit if self._given is not None else max(2 * limit, SOONEST)

    def silence(self, at: float) -> float:
        """How long nothing has come, in seconds."""
        return at - self._last_byte

    def opened(self, at: float) -> None:
        """A connection is open: its first silence begins. What was learned before stays."""
        self._last_byte = at
        self._last_beat, self._events = None, 0

    def heard(self, at: float, *, heartbeat: bool, event: bool = False) -> None:
        """Bytes came.

        Args:
            at: when, in seconds.
            heartbeat: they were nothing but a sign of life.
            event: there was an event in them that is none.
        """
        silence, limit = at - self._last_byte, self.limit
        self._last_byte = at
        if event:
            if self._given is None and limit is not None and silence > limit:
                self._was_wrong(INTERVALS * silence)  # a heartbeat should have come before it
            self._last_event = at
            self._events += 1
        elif heartbeat:
            if self._last_beat is not None:
                self._learn(at - self._last_beat, at - self._last_event)
            self._last_beat, self._events = at, 0

    def _learn(self, interval: float, after_event: float) -> None:
        if interval < SHORTEST:
            return
        if not self._events:
            self._alone.append(interval)
        elif self._events > 1 or after_event >= APART * interval:
            self._among.append(interval)
        else:
            return
        self._to_come = max(0, self._to_come - 1)

    def given_up(self) -> None:
        """The silence at hand was too long. If the limit was a learned one, it may have been wrong by now."""
        if self._given is None and (limit := self.limit) is not None:
            self._was_wrong(self._patience(limit))

    def _was_wrong(self, least: float) -> None:
        again = self._wrong_at is not None and self._last_byte - self._wrong_at < WHILE_AGO
        self._needed = 2 * self._needed if again else max(self._needed // 2, REMEMBERED)
        self._wrong_at, self._to_come, self._least = self._last_byte, self._needed, least
