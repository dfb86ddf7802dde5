"""Rows by the second in which they came: how many, warnings, errors; and how late they were.

The law: each row is looked at once, when it is new; what is older than an hour then, never.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from sse_notebook.events.severity import SEVERITIES
from sse_notebook.pulse import LEVELS, Buckets
from sse_notebook.store.schema import ORIGINS
from sse_notebook.store.snapshot import Snapshot

__all__ = ["NEWEST", "Heat", "Lag", "lag"]

NEWEST: Final = 1_000  # rows whose lag is looked at
SPAN: Final = max(width * number for width, number in LEVELS)

_KINDS: Final = 3  # of no importance, warnings, errors
_KIND: Final = np.array([{"warning": 1, "error": 2}.get(name, 0) for name in SEVERITIES])
_LIVE: Final = [code for code, name in enumerate(ORIGINS) if name in ("live", "replayed")]


class Lag(NamedTuple):
    """How much later than by their own time rows came; seconds, negative where their clock is ahead.

    Attributes:
        newest: of the newest row.
        half: half of the rows came sooner.
        rows: how many were looked at.
    """

    newest: float
    half: float
    rows: int


class Heat:
    """Rows by the second in which they came.

    Example:
        >>> from sse_notebook import EventStore
        >>> from sse_notebook.clock import VirtualClock
        >>> store, heat = EventStore(clock=VirtualClock(60.0)), Heat()
        >>> _ = store.add_events([{"type": "edit"}, {"type": "log", "severity": "error"}])
        >>> heat.look(store._snapshot(), 60.0)
        >>> heat.buckets.series(0)
        {60: (2, 0, 1)}
    """

    def __init__(self) -> None:
        #: For each second: rows, warnings, errors.
        self.buckets = Buckets(3)
        self._next = 0

    def look(self, snapshot: Snapshot, now: float) -> None:
        """Add the rows that are new.

        Args:
            snapshot: what is kept now, all of it or some of it.
            now: Unix time in seconds.
        """
        version, first = snapshot.version, max(self._next, snapshot.version.start)
        new = _from(snapshot, first - version.start)
        self._next = version.stop
        seconds = version.number("received_us")[new] // 1_000_000
        kinds = _KIND[version.number("severity")[new]]
        late = seconds > now - SPAN
        seconds, kinds = seconds[late], kinds[late]
        while len(seconds):  # as a rule once; a clock that was set may have put some far from the others
            base = int(seconds[0])
            near = (seconds >= base) & (seconds < base + SPAN)
            found = np.bincount((seconds[near] - base) * _KINDS + kinds[near], minlength=_KINDS)
            found = np.append(found, np.zeros(-len(found) % _KINDS, np.int64)).reshape(-1, _KINDS)
            for at in np.flatnonzero(found.any(axis=1)).tolist():
                rest, warnings, errors = found[at].tolist()
                self.buckets.add(base + at, (rest + warnings + errors, warnings, errors))
            seconds, kinds = seconds[~near], kinds[~near]


def lag(snapshot: Snapshot) -> Lag | None:
    """The lag of the newest rows; None: none of them says when it happened, or is new to the server.

    Args:
        snapshot: the rows.
    """
    newest = snapshot.last(NEWEST)
    happened, came = newest.number("timestamp_us"), newest.number("received_us")
    told = (happened != came) & np.isin(newest.number("origin"), _LIVE)
    if not told.any():
        return None
    lags = (came - happened)[told] / 1e6
    return Lag(float(lags[-1]), float(np.median(lags)), len(lags))


def _from(snapshot: Snapshot, first: int) -> Any:
    """The rows from one on, counted from the oldest that is kept."""
    rows = snapshot.rows
    if isinstance(rows, slice):
        kept = range(snapshot.version.stop - snapshot.version.start)[rows]
        return slice(max(kept.start, first), kept.stop) if len(kept) else slice(0, 0)
    return rows[np.searchsorted(rows, first) :]
