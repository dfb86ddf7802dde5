"""What takes no row, kept for a while: so that one can see it, and ask why.

The law: the newest are kept, as many as the user wants and never much memory; what is kept is as it came.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from sse_notebook.events.batch import Batch
from sse_notebook.source import fork
from sse_notebook.store import EventStore
from sse_notebook.store.bounds import Keeping
from sse_notebook.store.columns import DROPPED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Dropped"]


class _Part(NamedTuple):
    """Rows of one read that were dropped for one reason."""

    rows: Batch
    nbytes: int
    reason: str
    clause: str | None


class Dropped:
    """The newest of what was dropped before it was a row.

    Args:
        keeping: how much there may be.

    Attributes:
        keeping: as above; may be set.
    """

    def __init__(self, keeping: Keeping | None = None) -> None:
        self.keeping = keeping or Keeping()
        # Guards what follows: held while parts are added or listed, both short.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._parts: deque[_Part] = deque()
        self._rows = 0
        self._nbytes = 0

    def add(self, rows: Batch, reason: str, clause: str | None = None) -> None:
        """Keep rows (or none) of one read.

        Args:
            rows: what was dropped.
            reason: `"filtered"`, or `"duplicate"`.
            clause: what they did not fit.
        """
        if not rows or not self.keeping.max_dropped:
            return
        number, most = self.keeping.max_dropped, self.keeping.bounds.max_bytes
        limit = None if most is None else most // DROPPED
        sizes = list(map(len, rows.columns["raw"]))
        oldest, nbytes = max(0, len(rows) - number), sum(sizes[-number:])
        while limit is not None and nbytes > limit:
            nbytes -= sizes[oldest]
            oldest += 1
        rows = rows.without(oldest)
        if not rows:
            return
        part = _Part(rows, nbytes, reason, clause)
        with self._lock:
            self._parts.append(part)
            self._rows += len(rows)
            self._nbytes += part.nbytes
            while self._rows > number or (limit is not None and self._nbytes > limit):
                gone = self._parts.popleft()
                self._rows -= len(gone.rows)
                self._nbytes -= gone.nbytes

    def frame(self, evicted: pd.DataFrame) -> pd.DataFrame:
        """All of it, after rows that were let go of later, as one frame: the newest `max_dropped`.

        Args:
            evicted: those rows, with `reason` and `clause`.
        """
        import pandas as pd  # not imported before it is needed

        with self._lock:
            parts = tuple(self._parts)
        if not parts:
            return evicted
        rows = Batch.joined([part.rows for part in parts])
        store = EventStore(max_events=0, max_rows=len(rows), max_bytes=None)
        store.take(rows)
        frame = store.df.assign(
            reason=pd.array([part.reason for part in parts for _ in part.rows], dtype="str"),
            clause=pd.array([part.clause for part in parts for _ in part.rows], dtype="str"),
        )
        frame.index = pd.Index([-1] * len(frame), dtype="int64", name="seq")
        sources = evicted["source"].cat.categories.union(frame["source"].cat.categories.drop(""), sort=False)
        both = pd.concat(
            [each.assign(source=each["source"].cat.set_categories(sources)) for each in (evicted, frame)]
        )
        return both.sort_values("received_at", kind="stable").tail(self.keeping.max_dropped)
