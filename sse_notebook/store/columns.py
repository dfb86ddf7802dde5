"""The rows that are kept: appended at one end, forgotten at the other, read as one frame.

The law: what is kept at a moment is a `Version`, which never changes; writers publish the next one, one after
the other, and readers take the newest and need no lock. Rows are sealed when there are enough of them: a
reader seals for itself what is not sealed yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile

import pandas as pd

from sse_notebook.events import Event
from sse_notebook.events.batch import Batch
from sse_notebook.store.chunk import Chunk, frame_of

__all__ = ["Columns", "Version", "events_of"]

# Rows that are sealed at once: enough to be worth it, and few enough to be still in the processor's cache.
SEAL = 1_024
# Rows of a chunk: smaller ones are joined, or a frame would be made of too many pieces. No more than are
# sealed at once: a copy that is kept takes memory that nobody has touched yet, which costs more than copying.
CHUNK = 1_024


@dataclass(frozen=True, slots=True)
class Version:
    """What is kept at one moment.

    Attributes:
        start: the `seq` of the oldest row that is kept.
        stop: the `seq` that the next row will have.
        chunks: sealed rows; the first of them may be older than `start`.
        batches: the rows that came after those.
        sources: the names that rows have come from.
    """

    start: int
    stop: int
    chunks: tuple[Chunk, ...]
    batches: tuple[Batch, ...]
    sources: tuple[str, ...]


class Columns:
    """The kept rows. Whoever writes holds the store's lock.

    Args:
        max_rows: the oldest go when there are more.
        source: the name that rows usually come from: a category even of an empty frame.

    Attributes:
        version: what is kept at this moment.
        evicted: how many rows were let go because of `max_rows`.
    """

    def __init__(self, max_rows: int, source: str = "") -> None:
        self._max_rows = max_rows
        self.evicted = 0
        self.version = Version(0, 0, (), (), (source,))
        # The batches that a reader has sealed last, and the chunk: who reads again need not.
        self._tail: tuple[tuple[Batch, ...], Chunk] | None = None

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
        sources = (*version.sources, *sorted(set(batch.columns["source"]).difference(version.sources)))
        chunks, batches = version.chunks, (*version.batches, batch)
        stop = version.stop + len(batch)
        if stop - batches[0].first >= SEAL:
            chunks, batches = _joined((*chunks, Chunk.of(Batch.joined(batches), sources))), ()
        self._publish(Version(version.start, stop, chunks, batches, sources))
        return batch

    def clear(self) -> None:
        """Forget all rows; they do not count as evicted, since the user asked for it."""
        version = self.version
        self.version = Version(version.stop, version.stop, (), (), version.sources)
        self._tail = None

    def frame(self) -> pd.DataFrame:
        """Everything kept, as one frame: a new one each time."""
        version = self.version
        chunks = self._sealed(version)
        # Only the oldest may have rows that are gone.
        oldest = [chunk.between(version.start, version.stop) for chunk in chunks[:1]]
        return frame_of([*oldest, *chunks[1:]], version.sources)

    def _publish(self, version: Version) -> None:
        """Make this what is kept, but for rows that are too many."""
        start = max(version.start, version.stop - self._max_rows)
        self.evicted += start - version.start
        chunks = version.chunks
        while chunks and chunks[0].stop <= start:
            chunks = chunks[1:]
        self.version = replace(version, start=start, chunks=chunks)

    def _sealed(self, version: Version) -> tuple[Chunk, ...]:
        """All rows of a version as chunks."""
        if not version.batches:
            return version.chunks
        tail = self._tail
        if tail is None or tail[0] is not version.batches:
            tail = (version.batches, Chunk.of(Batch.joined(version.batches), version.sources))
            self._tail = tail
        return (*version.chunks, tail[1])


def _joined(chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
    """The chunks with the last ones as one, if these have grown to be enough."""
    small = list(takewhile(lambda chunk: chunk.rows < CHUNK, reversed(chunks)))[::-1]
    if sum(chunk.rows for chunk in small) < CHUNK:
        return chunks
    return (*chunks[: len(chunks) - len(small)], Chunk.joined(small))


def events_of(version: Version, start: int, stop: int) -> list[Event]:
    """The rows of a version from one `seq` up to another as objects, made anew."""
    start = max(start, version.start)
    found: list[Event] = []
    for chunk in version.chunks:
        if chunk.first < stop and chunk.stop > start:
            found += chunk.between(start, stop).batch(version.sources)
    for batch in version.batches:
        found += batch[max(0, start - batch.first) : max(0, stop - batch.first)]
    return found
