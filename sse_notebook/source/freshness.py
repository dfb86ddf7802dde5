"""How long a connection may be silent before that means something. Pure arithmetic; time is handed in.

The law: silence is judged only against what is known: the user's own limit, or the interval of heartbeats
that this server has kept. Any byte ends a silence; only heartbeats teach their interval, three at the least.

    silent for the limit          `stale`: it is said, and nothing else happens
    silent for twice the limit    given up, and made anew
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
        self._intervals: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def limit(self) -> float | None:
        """How long silence may last, in seconds; None: nothing is known, so any silence is fine."""
        if self._given is not None:
            return self._given
        if len(self._intervals) < NEEDED - 1:
            return None
        return INTERVALS * max(self._intervals)

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
        return None if (limit := self.limit) is None else self._last_byte + 2 * limit

    def opened(self, at: float) -> None:
        """A connection is open: its first silence begins. What was learned before stays."""
        self._last_byte = at
        self._last_beat = None

    def heard(self, at: float, *, heartbeat: bool) -> None:
        """Bytes came.

        Args:
            at: when, in seconds.
            heartbeat: they were nothing but a sign of life.
        """
        self._last_byte = at
        if heartbeat:
            if self._last_beat is not None and at - self._last_beat >= SHORTEST:
                self._intervals.append(at - self._last_beat)
            self._last_beat = at

    def given_up(self) -> None:
        """The silence at hand was too long. If the limit was a learned one, it may have been wrong by now."""
        if self._given is None and self._intervals:
            self._intervals.append(2 * max(self._intervals))
