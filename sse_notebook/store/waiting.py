"""Rows of small reads, until they are written together: so that what comes one by one costs little.

The law: a row that waits has its number, and nobody can tell that it waits, since who reads has it written
first. Few rows wait, and few bytes.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Final

from sse_notebook.clock import Clock
from sse_notebook.events.batch import Batch
from sse_notebook.store.bounds import Bounds
from sse_notebook.store.columns import Columns, Version

__all__ = ["Waiting"]

SMALL: Final = 64  # rows of a read that is written at once
ROWS: Final = 256  # that wait at most
BYTES: Final = 2**16  # of payloads and messages, likewise


class Waiting:
    """What stands in front of the columns.

    Args:
        columns: where rows are written to, and who guards them:
        lock: the store's own. Held to write; a reader takes it only when something waits.
        clock: what the time is.
    """

    def __init__(self, columns: Columns, lock: AbstractContextManager[Any], clock: Clock) -> None:
        self._columns = columns
        self._lock = lock
        self._clock = clock
        self._batches: list[Batch] = []
        self._rows = 0
        self._nbytes = 0

    @property
    def stop(self) -> int:
        """The `seq` that the next row will have."""
        return self._columns.version.stop + self._rows

    @property
    def version(self) -> Version:
        """What has been written."""
        return self._columns.version

    def append(self, batch: Batch) -> Batch:
        """Add rows at the end; returns them with their numbers. The lock is held."""
        batch, rows = batch.numbered(self.stop), len(batch)
        self._batches += (
            batch,
        )  # which, with the next line, no interrupt comes in between: nothing is called
        self._rows += rows
        if rows <= SMALL and self._rows < ROWS:
            for name in ("raw", "message"):
                self._nbytes += sum(map(len, filter(None, batch.columns[name])))
            if self._nbytes < BYTES:
                return batch
        self._write()
        return batch

    def settle(self) -> None:
        """Write what waits, and let go of what has become too old since."""
        ages = self._columns.bounds.max_age_us is not None
        if self._rows or ages:
            with self._lock:
                self._write()
                if ages:
                    self._columns.settle(self._now_us())

    def limit(self, bounds: Bounds, max_dropped: int) -> None:
        """Keep so much from now on; what is too much goes at once. The lock is held."""
        self._write()  # by the bounds under which it came
        self._columns.max_dropped = max_dropped
        self._columns.limit(bounds, self._now_us())

    def _now_us(self) -> int:
        return round(self._clock.time() * 1e6)

    def _write(self) -> None:
        if self._rows:
            self._columns.append(Batch.joined(self._batches), self._now_us())
            self._batches, self._rows, self._nbytes = [], 0, 0
