"""What takes no row, kept for a while: so that one can see it, and ask why.

The law: what is kept is as it came, and never much. The newest are kept; and of everything that one clause
refused, or one reason dropped, a fair sample, so that a flood of one can't wash away the few of another.

How `max_dropped` is shared: samples take a quarter of it at the most, `PER_CLAUSE` rows for each clause, or
fewer where there are many clauses. The rest is for the newest.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from sse_notebook.events.batch import Batch
from sse_notebook.intake.lost import Places, Spot
from sse_notebook.intake.reservoir import Reservoir
from sse_notebook.intake.unread import Unread, nbytes_of, sizes_of, without
from sse_notebook.source import fork
from sse_notebook.store import EventStore
from sse_notebook.store.bounds import Keeping
from sse_notebook.store.columns import DROPPED
from sse_notebook.store.merged import together

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OTHER", "Dropped"]

PER_CLAUSE: Final = 100  # rows of a sample
MOST_CLAUSES: Final = 64  # that have a sample each; the text of a clause may come from anywhere
SHARE: Final = 4  # a sample takes one part in so many of what may be kept
OTHER: Final = "other"  # what clauses are counted as when there are too many

NOWHERE: Final = Places()

Key = tuple[str, str | None]  # reason, clause


class _Part(NamedTuple):
    """Rows of one read that were dropped for one reason."""

    rows: Batch | Unread
    number: int  # of them
    nbytes: int
    first: int  # the number of the first of them, among all that was ever dropped
    reason: str
    clause: str | None
    places: Places

    def read(self, gone: int = 0) -> tuple[Batch, Places]:
        """The rows, but for so many at the beginning, and their places."""
        return without(self.rows, gone), self.places.without(gone)


class _Drawn(NamedTuple):
    """A row that was drawn for a sample."""

    number: int  # among all that was ever dropped
    row: Batch | Unread
    nbytes: int
    reason: str
    clause: str | None
    spot: Spot


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
        # The oldest may have rows for which there is no room any more: it goes when all of them are such.
        self._parts: deque[_Part] = deque()
        self._rows = 0
        self._nbytes = 0
        self._number = 0  # of rows ever dropped
        self._samples: dict[Key, Reservoir[_Drawn]] = {}
        self._room = bytearray()  # for what is packed

    @property
    def keeping(self) -> Keeping:
        """How much there may be; may be set."""
        return self._keeping

    @keeping.setter
    def keeping(self, keeping: Keeping) -> None:
        with self._lock:
            self._keeping = keeping
            self._fit()
            self._lighten()
            self._let_go()
            for part, gone in self._held()[:1]:
                if gone == part.number:  # not one of them is small enough
                    self._parts.popleft()
                    self._rows -= gone
                    self._nbytes -= part.nbytes
                elif gone:  # there may be much of it, and it would be kept until there is more
                    rows, places = part.read(gone)
                    nbytes = nbytes_of(rows)
                    self._parts[0] = part._replace(
                        rows=rows, number=len(rows), nbytes=nbytes, first=part.first + gone, places=places
                    )
                    self._rows -= gone
                    self._nbytes += nbytes - part.nbytes

    @property
    def counts(self) -> dict[Key, int]:
        """How many were ever dropped, by reason and clause: exactly, whatever is kept of them."""
        with self._lock:
            return {key: sample.seen for key, sample in self._samples.items()}

    def ids(self) -> set[str]:
        """The ids of the newest."""
        with self._lock:
            parts = self._held()
        return {own for part, gone in parts for own in part.read(gone)[0].columns["id"] if own}

    def add(
        self, rows: Batch | Unread, reason: str, clause: str | None = None, places: Places = NOWHERE
    ) -> None:
        """Keep rows (or none) of one read.

        Args:
            rows: what was dropped.
            reason: `"filtered"`, `"duplicate"`, `"invalid"`, or `"oversized"`.
            clause: what they did not fit.
            places: where they stood among what came.
        """
        number = len(rows)
        if not number:
            return
        with self._lock:
            first = self._number
            self._number += number

            def draw(at: int) -> _Drawn:
                row = rows.pick([at])
                return _Drawn(first + at, row, nbytes_of(row), reason, clause, places.spot(at))

            if self._sample((reason, clause)).offer(number, draw):
                self._lighten()
            self._keep(rows, number, first, reason, clause, places)

    def frame(self, evicted: pd.DataFrame) -> pd.DataFrame:
        """All of it, with rows that were let go of later, as one frame of `max_dropped` rows at the most.

        Args:
            evicted: those rows, with `reason` and `clause`.

        Returns:
            The newest, and the samples, no row twice, in the order in which they came; `before`: the `seq` of
            the next row that came, by which they are put among rows (`in_order`); `attrs["forgotten"]`: how
            many more there were.
        """
        import numpy as np
        import pandas as pd  # not imported before it is needed

        evicted = evicted.assign(before=evicted.index.to_numpy(np.int64) + 1)
        with self._lock:
            parts, ever, most = self._held(), self._number, self._keeping.max_dropped
            drawn = {each.number: each for sample in self._samples.values() for each in sample}
        if not parts and not drawn:
            evicted.attrs["forgotten"] = evicted.attrs.get("forgotten", 0) + ever
            return evicted
        read = [(part.first + gone, part, *part.read(gone)) for part, gone in parts]
        held = {number for first, _, rows, _ in read for number in range(first, first + len(rows))}
        older = [drawn[number] for number in sorted(drawn.keys() - held)]
        numbers = [each.number for each in older]
        reasons = [(each.reason, each.clause) for each in older]
        spots = [each.spot for each in older]
        for first, part, rows, places in read:
            numbers += range(first, first + len(rows))
            reasons += [(part.reason, part.clause)] * len(rows)
            spots += map(places.spot, range(len(rows)))
        samples = [each.row.rows if isinstance(each.row, Unread) else each.row for each in older]
        rows = Batch.joined([*samples, *(rows for _, _, rows, _ in read)])
        store = EventStore(max_events=0, max_rows=len(rows), max_bytes=None)
        store.take(rows)
        frame = store.df.assign(
            reason=pd.array([reason for reason, _ in reasons], dtype="str"),
            clause=pd.array([clause for _, clause in reasons], dtype="str"),
            before=[spot.before for spot in spots],
        )
        frame.index = pd.Index([-1] * len(frame), dtype="int64", name="seq")
        both = together([evicted, frame])
        messages = np.array([-1] * len(evicted) + [spot.message for spot in spots])
        order = np.lexsort((messages, both["before"].to_numpy()))
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
        sizes = {key: sum(each.nbytes for each in of) for key, of in self._samples.items()}
        while sum(sizes.values()) > limit // SHARE:
            heaviest = max(sizes, key=sizes.__getitem__)
            sample = self._samples[heaviest]
            sample.shrink(len(sample) // 2)
            sizes[heaviest] = sum(each.nbytes for each in sample)

    @property
    def _limit(self) -> int | None:
        """How many bytes may be kept."""
        most = self._keeping.bounds.max_bytes
        return None if most is None else most // DROPPED

    def _keep(
        self, rows: Batch | Unread, number: int, first: int, reason: str, clause: str | None, places: Places
    ) -> None:
        """Keep these, so many, as the newest."""
        most, limit = self._keeping.max_dropped, self._limit
        if not most:
            return
        nbytes = rows.pack(self._room) if isinstance(rows, Unread) else nbytes_of(rows)
        too_many = number > most or (limit is not None and nbytes > limit)
        # Of short payloads there may be none too many: then they stay packed, and alone.
        if too_many and (gone := _too_many(rows, most, limit)):
            rows, places = without(rows, gone), places.without(gone)
            first, number, nbytes = first + gone, number - gone, nbytes_of(rows)
        if number:
            self._parts.append(_Part(rows, number, nbytes, first, reason, clause, places))
            self._rows += number
            self._nbytes += nbytes
            if self._rows > most or (limit is not None and self._nbytes > limit):
                self._let_go()

    def _let_go(self) -> None:
        """Of the newest, the parts of which no row has room any more.

        To let rows of a part go one by one would be to look at payloads that nobody has looked at for long,
        at each read.
        """
        number, limit = self._keeping.max_dropped, self._limit
        while self._parts:
            oldest = self._parts[0]
            rows, nbytes = self._rows - oldest.number, self._nbytes - oldest.nbytes
            if rows < number and (limit is None or nbytes < limit):
                return
            self._parts.popleft()
            self._rows, self._nbytes = rows, nbytes

    def _held(self) -> list[tuple[_Part, int]]:
        """The parts; and of each how many rows, the oldest, there is no room for: only the first has such."""
        parts = [(part, 0) for part in self._parts]
        if parts:
            oldest, limit = self._parts[0], self._limit
            number = self._keeping.max_dropped - (self._rows - oldest.number)
            room = None if limit is None else limit - (self._nbytes - oldest.nbytes)
            if oldest.number > number or (room is not None and oldest.nbytes > room):
                parts[0] = (oldest, _too_many(oldest.rows, number, room))
        return parts


def _too_many(rows: Batch | Unread, number: int, limit: int | None) -> int:
    """How many of these rows, the oldest of them, there is no room for."""
    gone = max(0, len(rows) - number)
    if limit is None:
        return gone
    sizes = sizes_of(rows)
    nbytes = sum(sizes[gone:])
    while nbytes > limit:
        nbytes -= sizes[gone]
        gone += 1
    return gone
