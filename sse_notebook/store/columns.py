"""The rows that are kept: appended at one end, forgotten at the other.

The law: what is kept at a moment is a `Version`, which never changes; one writer publishes the next, and
readers take the newest and need no lock. Rows are written once, to where they stay: numbers in one piece of
memory for all, texts in segments. What a version does not know of may be written while it is read. Wherever
an interrupt or an error cuts a writer off, its rows are kept as a whole or not at all.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sse_notebook.events import Event
from sse_notebook.events.batch import Batch
from sse_notebook.events.memo import same
from sse_notebook.store.bounds import Bounds, Reason
from sse_notebook.store.room import Room
from sse_notebook.store.schema import columns_of
from sse_notebook.store.texts import BYTES, FIRST, Segment

if TYPE_CHECKING:
    from sse_notebook.store.tables import RowNames

__all__ = ["Columns", "Version", "events_of"]

DROPPED = 16  # part of `max_bytes` that rows which were let go of may take
PART = 4_096  # rows written at once: their words must have room in a segment


@dataclass(frozen=True, slots=True)
class Version:
    """What is kept at one moment.

    Attributes:
        start: the `seq` of the oldest row that is kept.
        stop: the `seq` that the next row will have.
        first: the `seq` of the first row of `numbers`, no later than `start`.
        floor: the `seq` of the oldest row that was let go of, and can still be read; no later than `start`.
        numbers: by attribute of `Event`, the columns that are no texts; longer than they may be read.
        segments: the others; each goes on where the one before it ends. The first may begin before `start`,
            the last have rows beyond `stop`.
        sources: the names that rows have come from.
        late: how many of all rows ever added were older, by their timestamp, than one before them.
        latest: the `seq` of the newest of those; -1: there is none.
        newest_us: the newest timestamp of all rows ever added.
        names: what rows are called that were kept elsewhere: then a `seq`, in all of the above, is a place.
    """

    start: int
    stop: int
    first: int
    floor: int
    numbers: Mapping[str, Any]
    segments: tuple[Segment, ...]
    sources: tuple[str, ...]
    late: int = 0
    latest: int = -1
    newest_us: int = 0
    names: RowNames | None = None

    def called(self, places: range | Any) -> range | Any:
        """The `seq` that rows have, which are these by their places."""
        return places if self.names is None else self.names.seqs[places]

    @property
    def ordered(self) -> bool:
        """Whether the rows are certainly in the order of their timestamps."""
        return self.latest <= self.start

    @property
    def gone(self) -> Version:
        """The newest of the rows that were let go of."""
        return replace(self, start=self.floor, stop=self.start)

    @property
    def width(self) -> int:
        """Bytes of a row's numbers."""
        return sum(int(numbers.itemsize) for numbers in self.numbers.values())

    def nbytes(self, start: int, stop: int) -> int:
        """Bytes that the rows take from one `seq` up to another."""
        total = (stop - start) * self.width
        for segment in self.segments:
            low, high = max(start, segment.first), min(stop, segment.first + segment.rows)
            if low < high:
                total += segment.nbytes(low - segment.first, high - segment.first)
        return total

    def number(self, attribute: str) -> Any:
        """The kept values of such a column, as they are kept."""
        return self.numbers[attribute][self.start - self.first : self.stop - self.first]

    def is_in(self, attribute: str, values: Collection[str | None]) -> Any:
        """For each row that is kept, whether its value in a column of words is one of these."""
        found = [
            segment.is_in(attribute, values, max(0, self.start - segment.first), self.stop - segment.first)
            for segment in self.within
        ]
        return np.concatenate(found) if found else np.zeros(0, bool)

    @property
    def within(self) -> Sequence[Segment]:
        """The segments that have rows of this."""
        return [
            each for each in self.segments if each.first < self.stop and each.first + each.rows > self.start
        ]


class Columns:
    """The kept rows. Whoever writes holds the store's lock.

    Args:
        bounds: how much is kept; a number: so many rows.
        source: the name that rows usually come from: a category even of an empty frame.
        max_dropped: how many of the rows that were let go of can still be read.

    Attributes:
        version: what is kept at this moment.
        evicted: how many rows were let go of, for each reason.
        forgotten: how many of these cannot be read any more, not as rows that were let go of either.
        because: for the newest of those up to which `seq` they went, and why.
        before_they_go: called with a version and the `seq` up to which its rows are let go of.
    """

    def __init__(self, bounds: Bounds | int, source: str = "", max_dropped: int = 0) -> None:
        self.bounds = bounds if isinstance(bounds, Bounds) else Bounds(bounds)
        self.max_dropped = max_dropped
        self.before_they_go: Callable[[Version, int], None] = lambda _version, _start: None
        self.evicted: Counter[Reason] = Counter()
        self.forgotten = 0
        self.because: deque[tuple[int, Reason]] = deque()
        self._nbytes = 0  # of the rows that are kept
        # Bytes of the rows from some `seq` on up to the last, as they were when these were added.
        self._weighed = -1, 0
        self._rooms: dict[str, Room] = {}
        self._writing = False  # or a writer was cut off: then what he left beyond the version is void
        self._first = 0  # the `seq` of the first row ever
        self.version = Version(0, 0, 0, 0, {}, (), (source,))
        self._fit(self.version.sources, 0)
        self.version = replace(self.version, numbers=self._arrays())

    def __len__(self) -> int:
        version = self.version
        return version.stop - version.start

    @property
    def nbytes(self) -> int:
        """Bytes that the rows take that are kept."""
        return self._nbytes

    def limit(self, bounds: Bounds, now_us: int = 0) -> None:
        """Keep so much from now on; what is too much goes at once."""
        self.bounds = bounds
        self.settle(now_us)

    def settle(self, now_us: int) -> None:
        """Let go of what has become too old."""
        self._mend()
        self._publish(self.version, now_us, self._nbytes, self._weighed)

    def append(self, batch: Batch, now_us: int = 0) -> Batch:
        """Add rows at the end, numbered; let go of the oldest if there are too many.

        Args:
            batch: the rows.
            now_us: now, from where ages are counted.

        Returns:
            The rows with their numbers.
        """
        self._mend()
        self._writing, version = True, self.version
        batch = batch.numbered(version.stop)
        # Rows before these may become heavier: a code takes two bytes from some word on, a flag says what is
        # missing from the first such value on.
        since = max(version.start, version.segments[-1].first) if version.segments else version.stop
        before = self._weighed[1] if self._weighed[0] == since else version.nbytes(since, version.stop)
        sources = self._sources(batch)
        first = self._fit(sources, len(batch))
        written = version.stop - first
        for _, attribute, kind in columns_of(sources):
            if kind is not None:
                kind.write(batch.columns[attribute], self._rooms[attribute].at(written, len(batch)))
        segments = self._texts(batch, version.segments)
        numbers = self._arrays()
        newest, late = _late(numbers["timestamp_us"][written : written + len(batch)], version.newest_us)
        grown = Version(
            version.start,
            version.stop + len(batch),
            first,
            version.floor,
            numbers,
            segments,
            sources,
            version.late + len(late),
            version.stop + int(late[-1]) if len(late) else version.latest,
            newest,
        )
        after = grown.nbytes(since, grown.stop)
        nbytes = self._nbytes + after - before
        if sources is not version.sources:
            nbytes += (grown.width - version.width) * (since - version.start)
        self._publish(grown, now_us, nbytes, (since, after))
        return batch

    def _mend(self) -> None:
        """If a writer was cut off, go back to what is kept."""
        if not self._writing:
            return
        version = self.version
        self._rooms = {name: Room.of(array) for name, array in version.numbers.items()}
        if version.segments:
            last = version.segments[-1]
            last.cut(version.stop - last.first)
        self._weighed = -1, 0  # they may be heavier by now
        self._nbytes = version.nbytes(version.start, version.stop)

    def _sources(self, batch: Batch) -> tuple[str, ...]:
        """The names that rows have come from, these too."""
        sources, column = self.version.sources, batch.columns["source"]
        if not (new := set(column[:1] if same(column) else column).difference(sources)):
            return sources
        # "No name" is a category of its own only where some row has none, or where there is no row.
        none = self.version.stop > self._first or "" in column
        return (*(sources if none else filter(None, sources)), *sorted(new))

    def begin_at(self, seq: int) -> bool:
        """Give the first row this `seq`; false: there have been rows already."""
        if self.version.stop != self._first:
            return False
        self._first = seq
        self.version = replace(self.version, start=seq, stop=seq, first=seq, floor=seq)
        return True

    def clear(self) -> None:
        """Forget all rows; they do not count as evicted, since the user asked for it."""
        self._writing, version = True, self.version
        self._rooms.clear()
        self._fit(version.sources, 0)
        stop, numbers, because = version.stop, self._arrays(), deque[tuple[int, Reason]]()
        version = replace(version, start=stop, first=stop, floor=stop, numbers=numbers, segments=())
        # At once, as in `_publish`.
        self._writing, self._nbytes, self.because, self.version = False, 0, because, version

    def _fit(self, sources: tuple[str, ...], more: int) -> int:
        """Make room for more numbers; returns which row is the first that there is room for."""
        version = self.version
        written, start = version.stop - version.first, version.floor - version.first
        if sources is not version.sources or not self._rooms:
            for _, attribute, kind in columns_of(sources):
                if kind is None:
                    continue
                if (room := self._rooms.get(attribute)) is None:
                    self._rooms[attribute] = Room(kind.dtype, FIRST)
                elif room.array.dtype != kind.dtype:  # more sources than had numbers
                    room.move(0, written, len(room.array), kind.dtype)
        # What is forgotten makes room too.
        if not start or written + more <= min(len(room.array) for room in self._rooms.values()):
            return version.first
        kept = written - start
        for room in self._rooms.values():
            room.move(start, written, kept + max(kept // 2, more, FIRST))
        return version.floor

    def _arrays(self) -> dict[str, Any]:
        return {name: room.array for name, room in self._rooms.items()}

    def _texts(self, batch: Batch, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        """Write the texts of these rows; returns the segments with those that had to be begun."""
        done, rows = 0, len(batch)
        # Memory is let go of by whole segments: not much more is held than may be.
        limit = BYTES if self.bounds.max_bytes is None else max(1, self.bounds.max_bytes // 8)
        while done < rows:
            before = segments[-1] if segments else None
            written = 0 if before is None else batch.first + done - before.first
            room = 0 if before is None else before.takes(written, min(rows - done, PART), limit)
            if not room:
                segments = (*segments, Segment(batch.first + done, before))
                continue
            columns = batch.columns
            room = _fitting(columns["raw"], done, room, limit)
            if room < rows:
                columns = {name: column[done : done + room] for name, column in columns.items()}
            segments[-1].write(written, columns)
            done += room
        return segments

    def _publish(self, version: Version, now_us: int, nbytes: int, weighed: tuple[int, int]) -> None:
        """Make this what is kept, but for rows that are too many, too old or too large.

        Args:
            version: it.
            now_us: now.
            nbytes: the bytes of all of it.
            weighed: those of its end; see `append`.
        """
        due = self.bounds.due(version, nbytes, now_us)
        start, floor = version.start, version.floor
        evicted, because, forgotten = self.evicted, self.because, self.forgotten
        if due:
            self.before_they_go(version, due[-1][0])
            nbytes -= version.nbytes(start, due[-1][0])
            evicted, because = evicted.copy(), because.copy()
            for stop, reason in due:
                evicted[reason] += stop - start
                if because and because[-1][1] == reason:
                    because.pop()
                because.append((stop, reason))
                start = stop
        floor = max(floor, start - self.max_dropped)
        if floor < start and self.bounds.max_bytes is not None:
            # They take memory too: no more than a part of what may be kept.
            while floor < start and version.nbytes(floor, start) > self.bounds.max_bytes // DROPPED:
                floor += max(1, (start - floor) // 2)
        if floor > version.floor or due:  # as a rule there is room for all
            forgotten += floor - version.floor
            if because and because[0][0] <= floor:
                because = deque(each for each in because if each[0] > floor)
            segments = version.segments
            while segments and segments[0].first + segments[0].rows <= floor:
                segments = segments[1:]
            version = replace(version, start=start, floor=floor, segments=segments)
        # All of it at once: nothing is called, so that no interrupt comes in between; nor afterwards, before
        # who has called knows that it is done.
        self._nbytes, self._weighed, self.evicted, self.forgotten = nbytes, weighed, evicted, forgotten
        self._writing, self.because, self.version = False, because, version


def events_of(version: Version, start: int, stop: int) -> list[Event]:
    """The rows of a version from one `seq` up to another as objects, made anew."""
    start, stop = max(start, version.start), min(stop, version.stop)
    found: list[Event] = []
    for segment in version.segments:
        low, high = max(start, segment.first), min(stop, segment.first + segment.rows)
        if low < high:
            seqs = version.called(range(low, high))
            columns: dict[str, Sequence[Any]] = {"seq": seqs if isinstance(seqs, range) else seqs.tolist()}
            for _, attribute, kind in columns_of(version.sources):
                if kind is None:
                    columns[attribute] = segment.values(attribute, low - segment.first, high - segment.first)
                else:
                    numbers = version.numbers[attribute][low - version.first : high - version.first]
                    columns[attribute] = kind.values(numbers)
            found += Batch(columns)
    return found


def _late(times: Any, newest_us: int) -> tuple[int, Any]:
    """The newest of some times and one before them; and which of them are older than one before them."""
    newest = np.maximum.accumulate(times)
    if times[0] < newest_us:
        np.maximum(newest, newest_us, out=newest)
    return int(newest[-1]), (times < newest).nonzero()[0]


def _fitting(texts: Sequence[str], start: int, rows: int, limit: int) -> int:
    """How many of so many rows have no more text than this, at least one."""
    while rows > 1 and sum(map(len, texts[start : start + rows])) > limit:
        rows //= 2
    return rows
