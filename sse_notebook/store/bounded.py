"""How much a store keeps, said and changed while it runs; and what it let go of.

The law: a bound that is set holds at once. What went is counted by its reason, whatever can
still be read of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from sse_notebook.events.moments import Duration
from sse_notebook.store.bounds import Bounds, Keeping, age_of, at_least, bytes_of
from sse_notebook.store.columns import Columns
from sse_notebook.store.frame import Frames
from sse_notebook.store.newest import Newest
from sse_notebook.store.schema import STR
from sse_notebook.store.waiting import Waiting

__all__ = ["Bounded"]


class Bounded:
    """A store's bounds. The parts are the store's own."""

    _lock: Any
    _columns: Columns
    _waiting: Waiting
    _newest: Newest
    _frames: Frames

    def keep(self, keeping: Keeping) -> None:
        """Keep so much from now on; what is too much goes at once."""
        with self._lock:
            self._newest.room = keeping.max_events
            self._waiting.limit(keeping.bounds, keeping.max_dropped)

    @property
    def max_events(self) -> int:
        """How many of the newest are kept as objects; may be set."""
        return self._newest.room

    @max_events.setter
    def max_events(self, number: int) -> None:
        with self._lock:
            self._newest.room = at_least("max_events", number, 0)

    @property
    def max_rows(self) -> int:
        """How many rows are kept; may be set."""
        return self._limits.max_rows

    @max_rows.setter
    def max_rows(self, number: int) -> None:
        self._limit(self._limits._replace(max_rows=at_least("max_rows", number, 1)))

    @property
    def max_age(self) -> timedelta | None:
        """How long a row is kept after it was received; may be set, as `"1h"` too."""
        age_us = self._limits.max_age_us
        return None if age_us is None else timedelta(microseconds=age_us)

    @max_age.setter
    def max_age(self, age: Duration | None) -> None:
        self._limit(self._limits._replace(max_age_us=age_of(age)))

    @property
    def max_bytes(self) -> int | None:
        """How many bytes the kept rows may take; may be set."""
        return self._limits.max_bytes

    @max_bytes.setter
    def max_bytes(self, number: int | None) -> None:
        self._limit(self._limits._replace(max_bytes=bytes_of(number)))

    @property
    def max_dropped(self) -> int:
        """How many of the rows that went are still to be read in `dropped`; may be set."""
        return self._columns.max_dropped

    @max_dropped.setter
    def max_dropped(self, number: int) -> None:
        self._limit(self._limits, at_least("max_dropped", number, 0))

    @property
    def keeping(self) -> Keeping:
        """All of this, as it is now."""
        return Keeping(self.max_events, self._limits, self.max_dropped)

    @property
    def _limits(self) -> Bounds:
        return self._columns.bounds

    def _limit(self, bounds: Bounds, dropped: int | None = None) -> None:
        with self._lock:
            self._waiting.limit(bounds, self._columns.max_dropped if dropped is None else dropped)

    @property
    def evicted(self) -> int:
        """How many rows were let go of, whatever the reason; what the user cleared is not counted."""
        self._waiting.settle()
        return self._columns.evicted.total()

    @property
    def evictions(self) -> dict[str, int]:
        """How many rows were let go of because of `max_rows`, `max_age` and `max_bytes`."""
        self._waiting.settle()
        return dict(self._columns.evicted)

    @property
    def evicted_so_far(self) -> Mapping[str, int]:
        """`evictions`, but for what waits."""
        return self._columns.evicted

    @property
    def nbytes(self) -> int:
        """How many bytes the kept rows take."""
        self._waiting.settle()
        return self._columns.nbytes

    @property
    def dropped(self) -> pd.DataFrame:
        """The newest `max_dropped` of the rows that were let go of: `df`'s columns, `reason` and `clause`.

        `reason` is `"evicted"`, `clause` the bound because of which. These rows may take a sixteenth of
        `max_bytes` beside it. `dropped.attrs["forgotten"]` says how many more were let go of, and are
        not here any more.
        """
        with self._lock:
            self._waiting.settle()
            version, because = self._columns.version, tuple(self._columns.because)
            forgotten = self._columns.forgotten
        frame = self._frames.once(version.gone)
        stops = [stop for stop, _ in because]
        clauses = [because[bisect_right(stops, seq)][1] for seq in frame.index]
        reasons: Any = {"reason": ["evicted"] * len(frame), "clause": clauses}
        found = frame.assign(**{name: pd.array(words, dtype=STR) for name, words in reasons.items()})
        found.attrs["forgotten"] = forgotten
        return found
