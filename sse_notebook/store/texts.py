"""Texts that are kept: those that come again and again as the number of a word, the others end to end.

The law: what was written never changes. One thread writes; readers say how many rows they know of, take
only what was written for these, and get arrays of Arrow, which are immutable. A segment ends when one of its
rooms is full, so that everything about it is small: numbers of words, and what is made anew for a reader.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import count
from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.events.memo import same
from sse_notebook.store.room import Room
from sse_notebook.store.schema import COLUMNS

__all__ = ["TEXT", "Segment"]

TEXT: Final = pa.large_string()  # what is below pandas' `str`

# Attributes of `Event` whose values differ as a rule, and those that come again.
DIFFERENT: Final = ("id", "message", "raw")
AGAIN: Final = tuple(c.attribute for c in COLUMNS if c.kind is None and c.attribute not in DIFFERENT)

ROWS = 32_768  # of a segment
WORDS = 65_536  # of all its columns: a code has 16 bits
BYTES = 2**25  # of the texts that differ
FIRST = 1_024  # rows that there is room for in a store's first segment; it grows, later ones need not
FEW = 4  # words that are sooner compared one by one

Values = Sequence[Any]


class Segment:
    """The texts of some rows.

    Args:
        first: the `seq` of the first of them.
        before: the segment before, which says how much there may be.

    Attributes:
        first: as above.
        rows: how many rows are written.
    """

    def __init__(self, first: int, before: Segment | None = None) -> None:
        self.first = first
        self.rows = 0
        room = FIRST if before is None else ROWS
        # As much as the last ones took, and a little more: growing would copy them.
        sizes = {name: 0 if before is None else before.sizes[name] * 9 // 8 for name in DIFFERENT}
        # The code of a word is how many there were before it. No word, None, is one too.
        self._codes: defaultdict[str | None, int] = defaultdict(count().__next__)
        self._again = {name: Room(np.uint16, room) for name in AGAIN}
        self._different = {name: _Texts(room, size) for name, size in sizes.items()}
        # What readers have made of it, whose lock is held: for each column how many rows, and their arrays.
        self._made: dict[str, tuple[int, list[Any]]] = {}
        self._words = pa.array([], TEXT)

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes that the texts take of each column whose values differ."""
        return {name: texts.nbytes for name, texts in self._different.items()}

    def takes(self, rows: int, more: int, limit: int = BYTES) -> int:
        """How many more there is room for after so many rows, if so many are wanted; 0: it is full.

        Args:
            rows: how many rows there are.
            more: how many are wanted.
            limit: bytes of one column's texts that are enough.
        """
        words = (WORDS - len(self._codes)) // len(AGAIN)
        if max(self.sizes.values()) >= min(BYTES, limit):
            return 0
        return min(more, ROWS - rows, words)

    def write(self, written: int, columns: Mapping[str, Values]) -> None:
        """Write rows (at least one, and no more than it takes) after so many.

        Args:
            written: how many rows there are before them; what may stand there after these was for nobody.
            columns: the values of each attribute.
        """
        rows = len(columns["raw"])
        code = self._codes.__getitem__
        seen: dict[int, Any] = {}  # a workload is its own resource: one list for both
        for name, room in self._again.items():
            values = columns[name]
            into = room.at(written, rows)
            if (codes := seen.get(id(values))) is None:
                one = same(values)
                codes = code(values[0]) if one else np.fromiter(map(code, values), np.uint16, rows)
                seen[id(values)] = codes
            into[:] = codes
        for name, texts in self._different.items():
            texts.write(written, columns[name])
        self.rows = written + rows

    def nbytes(self, start: int, stop: int) -> int:
        """Bytes that some rows take."""
        codes = np.uint16().itemsize * len(AGAIN) * (stop - start)
        return codes + sum(texts.size(start, stop) for texts in self._different.values())

    def read(self, attribute: str, rows: int) -> Sequence[Any]:
        """The first so many values of a column, as a few arrays of Arrow. Readers call it one by one."""
        known, arrays = self._made.get(attribute, (0, []))
        if attribute in self._different:
            if known != rows or not arrays:
                arrays = [self._different[attribute].read(rows)]
                self._made[attribute] = rows, arrays
            return arrays
        if known > rows:  # a reader of an older version
            return list(pa.chunked_array(arrays, TEXT)[:rows].chunks)
        if known < rows:
            codes = pa.array(self._again[attribute].array[known:rows])
            arrays = [*arrays, self._all_words().take(codes)]
            # Each is more than twice the next one: so they are few, and a value is seldom copied.
            while len(arrays) > 1 and len(arrays[-2]) <= 2 * len(arrays[-1]):
                arrays[-2:] = [pa.concat_arrays(arrays[-2:])]
            self._made[attribute] = rows, arrays
        return arrays

    def values(self, attribute: str, start: int, stop: int) -> Values:
        """Some values of a column as they were before they were written."""
        if attribute in self._different:
            return self._different[attribute].values(start, stop)
        words = list(self._codes)
        return [words[code] for code in self._again[attribute].array[start:stop].tolist()]

    def pick(self, rows: Any) -> Mapping[str, Values]:
        """All columns of some rows (an array, ascending), as they were before they were written."""
        words = list(self._codes)
        again = {name: room.array[rows].tolist() for name, room in self._again.items()}
        found: dict[str, Values] = {name: [words[code] for code in codes] for name, codes in again.items()}
        return found | {name: texts.pick(rows) for name, texts in self._different.items()}

    def is_in(self, attribute: str, words: Collection[str | None], start: int, stop: int) -> Any:
        """For some rows, whether the value in a column of words is one of these."""
        codes = self._again[attribute].array[start : min(stop, self.rows)]
        known = [code for word in words if (code := self._codes.get(word)) is not None]
        if 0 < len(known) <= FEW:
            return np.logical_or.reduce([codes == code for code in known])
        return np.isin(codes, np.array(known, np.uint16))

    def _all_words(self) -> Any:
        """The words so far, by their codes."""
        words = list(self._codes)  # in one step, while the other thread adds some
        if more := words[len(self._words) :]:
            self._words = pa.concat_arrays([self._words, pa.array(more, TEXT)])
        return self._words


class _Texts:
    """Texts end to end: Arrow's own form, so that reading is no work.

    Args:
        rows: how many there is room for, before it grows.
        size: bytes that there is room for.
    """

    __slots__ = ("_bytes", "_ends", "_missing", "_there", "nbytes")

    def __init__(self, rows: int, size: int) -> None:
        self._ends = Room(np.int64, rows + 1)
        self._ends.array[0] = 0
        self._bytes = Room(np.uint8, size)
        self._there = Room(bool, rows)
        self._missing = False
        self.nbytes = 0

    def write(self, written: int, values: Values) -> None:
        there: Any = True
        try:
            text = "".join(values)
        except TypeError:  # some are missing
            there = [value is not None for value in values]
            self._missing = True
            values = [value or "" for value in values]
            text = "".join(values)
        data = text.encode()
        # An ASCII text has as many characters as bytes.
        sizes = map(len, values) if len(data) == len(text) else (len(value.encode()) for value in values)
        start = int(self._ends.array[written])
        self._bytes.at(start, len(data))[:] = np.frombuffer(data, np.uint8)
        ends = self._ends.at(written + 1, len(values))
        np.cumsum(np.fromiter(sizes, np.int64, len(values)), out=ends)
        ends += start
        self._there.at(written, len(values))[:] = there
        self.nbytes = start + len(data)

    def size(self, start: int, stop: int) -> int:
        """Bytes that some of them take, with what says where they end."""
        ends = self._ends.array
        return int(ends[stop] - ends[start]) + (stop - start) * (ends.itemsize + 1)

    def read(self, rows: int) -> Any:
        """The first so many as one array."""
        there = np.packbits(self._there.array[:rows], bitorder="little") if self._missing else None
        return pa.LargeStringArray.from_buffers(
            rows,
            pa.py_buffer(self._ends.array[: rows + 1]),
            pa.py_buffer(self._bytes.array),
            None if there is None else pa.py_buffer(there),
        )

    def values(self, start: int, stop: int) -> Values:
        return list(self.read(stop)[start:].to_pylist())

    def pick(self, rows: Any) -> Values:
        return list(self.read(int(rows[-1]) + 1).take(pa.array(rows)).to_pylist())
