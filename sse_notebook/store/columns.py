"""The rows that are kept: appended at one end, forgotten at the other.

The law: what is kept at a moment is a `Version`, which never changes; one writer publishes the next, and
readers take the newest and need no lock. Rows are written once, to where they stay: numbers in one piece of
memory for all, texts in segments. What a version does not know of may be written while it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sse_notebook.events import Event
from sse_notebook.events.batch import Batch
from sse_notebook.store.room import Room
from sse_notebook.store.schema import columns_of
from sse_notebook.store.texts import FIRST, Segment

__all__ = ["Columns", "Version", "events_of"]

PART = 4_096  # rows written at once: their words must have room in a segment


@dataclass(frozen=True, slots=True)
class Version:
    """What is kept at one moment.

    Attributes:
        start: the `seq` of the oldest row that is kept.
        stop: the `seq` that the next row will have.
        first: the `seq` of the first row of `numbers`, no later than `start`.
        numbers: by attribute of `Event`, the columns that are no texts; longer than they may be read.
        segments: the others; each goes on where the one before it ends. The first may begin before `start`,
            the last have rows beyond `stop`.
        sources: the names that rows have come from.
        late: how many of all rows ever added were older, by their timestamp, than one before them.
        latest: the `seq` of the newest of those; -1: there is none.
        newest_us: the newest timestamp of all rows ever added.
    """

    start: int
    stop: int
    first: int
    numbers: Mapping[str, Any]
    segments: tuple[Segment, ...]
    sources: tuple[str, ...]
    late: int = 0
    latest: int = -1
    newest_us: int = 0

    @property
    def ordered(self) -> bool:
        """Whether the rows are certainly in the order of their timestamps."""
        return self.latest <= self.start

    def number(self, attribute: str) -> Any:
        """The kept values of such a column, as they are kept."""
        return self.numbers[attribute][self.start - self.first : self.stop - self.first]

    def is_in(self, attribute: str, values: Collection[str | None]) -> Any:
        """For each row that is kept, whether its value in a column of words is one of these."""
        found = [
            segment.is_in(attribute, values, max(0, self.start - segment.first), self.stop - segment.first)
            for segment in self.segments
        ]
        return np.concatenate(found) if found else np.zeros(0, bool)

    def texts(self, attribute: str) -> Sequence[Any]:
        """The kept values of a column of texts, as arrays of Arrow. Readers call it one by one."""
        found: list[Any] = []
        for segment in self.segments:
            arrays = segment.read(attribute, min(segment.rows, self.stop - segment.first))
            if (gone := self.start - segment.first) > 0:
                arrays = _without(arrays, gone)
            found += arrays
        return found


class Columns:
    """The kept rows. Whoever writes holds the store's lock.

    Args:
        max_rows: the oldest go when there are more.
        source: the name that rows usually come from: a category even of an empty frame.

    Attributes:
        version: what is kept at this moment.
        evicted: how many rows were let go because of `max_rows`.
        before_they_go: called with a version and the `seq` up to which its rows are let go of.
    """

    def __init__(self, max_rows: int, source: str = "") -> None:
        self._max_rows = max_rows
        self.before_they_go: Callable[[Version, int], None] = lambda _version, _start: None
        self.evicted = 0
        self._rooms: dict[str, Room] = {}
        self.version = Version(0, 0, 0, {}, (), (source,))
        self._fit(self.version.sources, 0)
        self.version = replace(self.version, numbers=self._arrays())

    def __len__(self) -> int:
        version = self.version
        return version.stop - version.start

    @property
    def max_rows(self) -> int:
        """How many rows are kept; may be set."""
        return self._max_rows

    @max_rows.setter
    def max_rows(self, number: int) -> None:
        self._max_rows = number
        self._publish(self.version)

    def append(self, batch: Batch) -> Batch:
        """Add rows at the end, numbered; let go of the oldest if there are too many.

        Returns:
            The rows with their numbers.
        """
        version = self.version
        batch = batch.numbered(version.stop)
        sources = version.sources
        if new := set(batch.columns["source"]).difference(sources):
            sources = (*sources, *sorted(new))
        first = self._fit(sources, len(batch))
        written = version.stop - first
        for _, attribute, kind in columns_of(sources):
            if kind is not None:
                kind.write(batch.columns[attribute], self._rooms[attribute].at(written, len(batch)))
        segments = self._texts(batch, version.segments)
        numbers = self._arrays()
        times = numbers["timestamp_us"][written : written + len(batch)]
        newest = np.maximum.accumulate(times).clip(version.newest_us)
        late = np.flatnonzero(times < newest)
        self._publish(
            Version(
                version.start,
                version.stop + len(batch),
                first,
                numbers,
                segments,
                sources,
                version.late + len(late),
                version.stop + int(late[-1]) if len(late) else version.latest,
                int(newest[-1]),
            )
        )
        return batch

    def clear(self) -> None:
        """Forget all rows; they do not count as evicted, since the user asked for it."""
        stop = self.version.stop
        self._rooms.clear()
        self._fit(self.version.sources, 0)
        version = self.version
        self.version = replace(version, start=stop, first=stop, numbers=self._arrays(), segments=())

    def _fit(self, sources: tuple[str, ...], more: int) -> int:
        """Make room for more numbers; returns which row is the first that there is room for."""
        version = self.version
        written, start = version.stop - version.first, version.start - version.first
        for _, attribute, kind in columns_of(sources):
            if kind is not None:
                room = self._rooms.setdefault(attribute, Room(kind.dtype, FIRST))
                if room.array.dtype != kind.dtype:  # more sources than had numbers
                    room.move(0, written, len(room.array), kind.dtype)
        # What is forgotten makes room too.
        if not start or written + more <= min(len(room.array) for room in self._rooms.values()):
            return version.first
        kept = written - start
        for room in self._rooms.values():
            room.move(start, written, kept + max(kept // 2, more, FIRST))
        return version.start

    def _arrays(self) -> dict[str, Any]:
        return {name: room.array for name, room in self._rooms.items()}

    @staticmethod
    def _texts(batch: Batch, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        """Write the texts of these rows; returns the segments with those that had to be begun."""
        done, rows = 0, len(batch)
        while done < rows:
            before = segments[-1] if segments else None
            written = 0 if before is None else batch.first + done - before.first
            room = 0 if before is None else before.takes(written, min(rows - done, PART))
            if not room:
                segments = (*segments, Segment(batch.first + done, before))
                continue
            columns = batch.columns
            if room < rows:
                columns = {name: column[done : done + room] for name, column in columns.items()}
            segments[-1].write(written, columns)
            done += room
        return segments

    def _publish(self, version: Version) -> None:
        """Make this what is kept, but for rows that are too many."""
        start = max(version.start, version.stop - self._max_rows)
        if start > version.start:
            self.before_they_go(version, start)
        self.evicted += start - version.start
        segments = version.segments
        while segments and segments[0].first + segments[0].rows <= start:
            segments = segments[1:]
        self.version = replace(version, start=start, segments=segments)


def events_of(version: Version, start: int, stop: int) -> list[Event]:
    """The rows of a version from one `seq` up to another as objects, made anew."""
    start, stop = max(start, version.start), min(stop, version.stop)
    found: list[Event] = []
    for segment in version.segments:
        low, high = max(start, segment.first), min(stop, segment.first + segment.rows)
        if low < high:
            columns: dict[str, Sequence[Any]] = {"seq": range(low, high)}
            for _, attribute, kind in columns_of(version.sources):
                if kind is None:
                    columns[attribute] = segment.values(attribute, low - segment.first, high - segment.first)
                else:
                    numbers = version.numbers[attribute][low - version.first : high - version.first]
                    columns[attribute] = kind.values(numbers)
            found += Batch(columns)
    return found


def _without(arrays: Sequence[Any], oldest: int) -> list[Any]:
    """The arrays without so many of the first values."""
    left: list[Any] = []
    for array in arrays:
        if oldest < len(array):
            left.append(array[oldest:])
        oldest = max(0, oldest - len(array))
    return left
