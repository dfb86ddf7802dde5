"""What takes no row, kept for a while: so that one can see it, and ask why.

The law: what is kept is as it came, and never much. The newest are kept; and of everything that one clause
refused, or one reason dropped, a fair sample, so that a flood of one can't wash away the few of another.

How `max_dropped` is shared: samples take a quarter of it at the most, `PER_CLAUSE` rows for each clause, or
fewer where there are many clauses. The rest is for the newest.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from sse_notebook.events import Event
from sse_notebook.events.batch import Batch
from sse_notebook.source import fork
from sse_notebook.store import EventStore
from sse_notebook.store.bounds import Keeping
from sse_notebook.store.columns import DROPPED
from sse_notebook.stream.reservoir import Reservoir

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OTHER", "Dropped", "together"]

PER_CLAUSE: Final = 100  # rows of a sample
MOST_CLAUSES: Final = 64  # that have a sample each; the text of a clause may come from anywhere
SHARE: Final = 4  # a sample takes one part in so many of what may be kept
OTHER: Final = "other"  # what clauses are counted as when there are too many

Key = tuple[str, str | None]  # reason, clause


class _Part(NamedTuple):
    """Rows of one read that were dropped for one reason."""

    rows: Batch
    first: int  # the number of the first of them, among all that was ever dropped
    reason: str
    clause: str | None


class _Drawn(NamedTuple):
    """A row that was drawn for a sample."""

    number: int  # among all that was ever dropped
    event: Event
    reason: str
    clause: str | None


class Dropped:
    """The newest of what was dropped before it was a row, and a sample of all of it.

    Args:
        keeping: how much there may be.
    """

    def __init__(self, keeping: Keeping | None = None) -> None:
        self._keeping = keeping or Keeping()
        # Guards what follows: held while parts are added or listed, both short.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._parts: deque[_Part] = deque()
        self._skip = 0  # rows of the oldest part that are gone: it goes itself when all of them are
        self._rows = 0
        self._nbytes = 0
        self._number = 0  # of rows ever dropped
        self._samples: dict[Key, Reservoir[_Drawn]] = {}

    @property
    def keeping(self) -> Keeping:
        """How much there may be; may be set."""
        return self._keeping

    @keeping.setter
    def keeping(self, keeping: Keeping) -> None:
        with self._lock:
            self._keeping = keeping
            self._fit()
            self._let_go()

    @property
    def counts(self) -> dict[Key, int]:
        """How many were ever dropped, by reason and clause: exactly, whatever is kept of them."""
        with self._lock:
            return {key: sample.seen for key, sample in self._samples.items()}

    def ids(self) -> set[str]:
        """The ids of the newest."""
        with self._lock:
            parts = self._newest()
        return {own for part in parts for own in part.rows.columns["id"] if own}

    def add(self, rows: Batch, reason: str, clause: str | None = None) -> None:
        """Keep rows (or none) of one read.

        Args:
            rows: what was dropped.
            reason: `"filtered"`, `"duplicate"`, `"invalid"`, or `"oversized"`.
            clause: what they did not fit.
        """
        if not rows:
            return
        with self._lock:
            first = self._number
            self._number += len(rows)
            sample = self._sample((reason, clause))
            drawn = sample.offer(len(rows), lambda at: _Drawn(first + at, rows[at], reason, clause))
            if drawn:
                self._lighten()
            self._keep(rows, first, reason, clause)

    def frame(self, evicted: pd.DataFrame) -> pd.DataFrame:
        """All of it, with rows that were let go of later, as one frame of `max_dropped` rows at the most.

        Args:
            evicted: those rows, with `reason` and `clause`.

        Returns:
            The newest, and the samples, no row twice, oldest first; `attrs["forgotten"]`: how many more there
            were.
        """
        import numpy as np
        import pandas as pd  # not imported before it is needed

        with self._lock:
            parts, ever = self._newest(), self._number
            drawn = {each.number: each for sample in self._samples.values() for each in sample}
            most = self._keeping.max_dropped
        if not parts and not drawn:
            evicted.attrs["forgotten"] = evicted.attrs.get("forgotten", 0) + ever
            return evicted
        firsts = [part.first for part in parts]
        older = [drawn[number] for number in sorted(drawn) if not _holds(parts, firsts, number)]
        numbers = [each.number for each in older]
        reasons = [(each.reason, each.clause) for each in older]
        for part in parts:
            numbers += range(part.first, part.first + len(part.rows))
            reasons += [(part.reason, part.clause)] * len(part.rows)
        batches = [Batch.of([each.event for each in older])] if older else []
        rows = Batch.joined([*batches, *(part.rows for part in parts)])
        store = EventStore(max_events=0, max_rows=len(rows), max_bytes=None)
        store.take(rows)
        frame = store.df.assign(
            reason=pd.array([reason for reason, _ in reasons], dtype="str"),
            clause=pd.array([clause for _, clause in reasons], dtype="str"),
        )
        frame.index = pd.Index([-1] * len(frame), dtype="int64", name="seq")
        both = together([evicted, frame])
        order = np.argsort(both["received_at"].to_numpy(), kind="stable")
        kept = np.array([False] * len(evicted) + [number in drawn for number in numbers])[order]
        others = np.flatnonzero(~kept)
        kept[others[max(0, len(others) - (most - int(kept.sum()))) :]] = True
        found: pd.DataFrame = both.iloc[order[kept]]
        found.attrs["forgotten"] = evicted.attrs.get("forgotten", 0) + len(evicted) + ever - len(found)
        return found

    # -- with the lock held ----------------------------------------------------------------------------

    def _sample(self, key: Key) -> Reservoir[_Drawn]:
        """The sample of this; the one of all others, where there are too many."""
        if (sample := self._samples.get(key)) is not None:
            return sample
        if len(self._samples) >= MOST_CLAUSES and key[1] != OTHER:
            return self._sample((key[0], OTHER))
        sample = self._samples[key] = Reservoir(PER_CLAUSE, f"{key}")
        self._fit()
        return sample

    def _fit(self) -> None:
        """Share the room for samples among them."""
        share = self._keeping.max_dropped // SHARE
        for sample in self._samples.values():
            sample.shrink(share // len(self._samples))

    def _lighten(self) -> None:
        """Let samples go that take too many bytes, the heaviest first."""
        if (limit := self._limit) is None:
            return
        sizes = {key: sum(len(each.event.raw) for each in of) for key, of in self._samples.items()}
        while sum(sizes.values()) > limit // SHARE:
            heaviest = max(sizes, key=sizes.__getitem__)
            sample = self._samples[heaviest]
            sample.shrink(len(sample) // 2)
            sizes[heaviest] = sum(len(each.event.raw) for each in sample)

    @property
    def _limit(self) -> int | None:
        """How many bytes may be kept."""
        most = self._keeping.bounds.max_bytes
        return None if most is None else most // DROPPED

    def _keep(self, rows: Batch, first: int, reason: str, clause: str | None) -> None:
        """Keep them as the newest."""
        number, limit = self._keeping.max_dropped, self._limit
        if not number:
            return
        sizes = list(map(len, rows.columns["raw"]))
        oldest, nbytes = max(0, len(rows) - number), sum(sizes[-number:])
        while limit is not None and nbytes > limit:
            nbytes -= sizes[oldest]
            oldest += 1
        if oldest:
            rows = rows.without(oldest)
        if rows:
            self._parts.append(_Part(rows, first + oldest, reason, clause))
            self._rows += len(rows)
            self._nbytes += nbytes
            self._let_go()

    def _let_go(self) -> None:
        """Of the newest, those that are too many by now: row by row, however many came in one read."""
        number, limit = self._keeping.max_dropped, self._limit
        while self._rows > number or (limit is not None and self._nbytes > limit):
            oldest = self._parts[0]
            left = len(oldest.rows) - self._skip
            # The bytes of each row count only where there is a bound of bytes, and that is exceeded.
            heavy = limit is not None and self._nbytes > limit
            gone = 1 if heavy else min(left, self._rows - number)
            raws = oldest.rows.columns["raw"]
            self._nbytes -= sum(map(len, raws[self._skip : self._skip + gone]))
            self._rows -= gone
            self._skip += gone
            if gone == left:
                self._parts.popleft()
                self._skip = 0

    def _newest(self) -> tuple[_Part, ...]:
        """The parts, without what is gone of the oldest."""
        if not self._skip:
            return tuple(self._parts)
        oldest, *others = self._parts
        rows, first = oldest.rows.without(self._skip), oldest.first + self._skip
        return (oldest._replace(rows=rows, first=first), *others)


def together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames of rows as one, with the sources of all."""
    import pandas as pd  # not imported before it is needed

    # The name "", of rows that have none, comes first where there is no other.
    names = [name for frame in frames for name in frame["source"].cat.categories]
    sources = pd.Index(dict.fromkeys(name for name in names if name or name == names[0]), dtype="str")
    return pd.concat([frame.assign(source=frame["source"].cat.set_categories(sources)) for frame in frames])


def _holds(parts: tuple[_Part, ...], firsts: list[int], number: int) -> bool:
    """Whether one of these parts has the row of this number."""
    at = bisect_right(firsts, number) - 1
    return at >= 0 and number < firsts[at] + len(parts[at].rows)
