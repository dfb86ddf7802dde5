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
import pyarrow.compute as pc  # type: ignore[import-untyped]

from sse_notebook.events.memo import same
from sse_notebook.store.room import Room
from sse_notebook.store.schema import COLUMNS

__all__ = ["TEXT", "Segment"]

TEXT: Final = pa.large_string()  # what is below pandas' `str`

# Attributes of `Event` whose values differ as a rule, and those that come again.
DIFFERENT: Final = ("id", "message", "raw")
AGAIN: Final = tuple(c.attribute for c in COLUMNS if c.kind is None and c.attribute not in DIFFERENT)

ROWS = 32_768  # of a segment, so that a code of a word has 16 bits at most
NARROW = 256  # words whose codes have 8
BYTES = 2**25  # of the texts that differ
FIRST = 1_024  # rows that there is room for in a store's first segment; it grows, later ones need not
MANY = 7  # arrays of about one size, which the next one makes one
FAR = 2**31  # bytes; where a text ends that is that far needs 64 bits
FEW = 4  # words that are sooner compared one by one

# Arrow's own pool takes half as much again for arrays of this size; the system's takes what they need.
_POOL: Final = pa.system_memory_pool()
_TAKE: Final = pc.get_function("array_take")
_UNCHECKED: Final = pc.TakeOptions(boundscheck=False)

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
        earlier: dict[str, _Words] = {} if before is None else before._again  # noqa: SLF001 - its own kind
        self._again: dict[str, _Words] = {name: _Words(room, earlier.get(name)) for name in AGAIN}
        self._different = {name: _Texts(room, size) for name, size in sizes.items()}
        # What readers have made of those that differ, whose lock is held: of how many rows, and the array.
        self._made: dict[str, tuple[int, Any]] = {}

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
        if max(self.sizes.values()) >= min(BYTES, limit):
            return 0
        return min(more, ROWS - rows)

    def write(self, written: int, columns: Mapping[str, Values]) -> None:
        """Write rows (at least one, and no more than it takes) after so many.

        Args:
            written: how many rows there are before them; what may stand there after these was for nobody.
            columns: the values of each attribute.
        """
        for name, words in self._again.items():
            words.write(written, columns[name])
        for name, texts in self._different.items():
            texts.write(written, columns[name])
        self.rows = written + len(columns["raw"])

    def cut(self, rows: int) -> None:
        """Forget what stands after so many rows."""
        for texts in self._different.values():
            texts.cut(rows)
        self.rows = rows

    def nbytes(self, start: int, stop: int) -> int:
        """Bytes that some rows take."""
        codes = sum(words.itemsize for words in self._again.values()) * (stop - start)
        return codes + sum(texts.size(start, stop) for texts in self._different.values())

    def read(self, attribute: str, rows: int) -> Sequence[Any]:
        """The first so many values of a column, as a few arrays of Arrow. Readers call it one by one."""
        if attribute in self._again:
            return self._again[attribute].read(rows)
        known, array = self._made.get(attribute, (-1, None))
        if known != rows:
            array = self._different[attribute].read(0, rows)
            self._made[attribute] = rows, array
        return [array]

    def values(self, attribute: str, start: int, stop: int) -> Values:
        """Some values of a column as they were before they were written."""
        return self._column(attribute).values(start, stop)

    def pick(self, rows: Any) -> Mapping[str, Values]:
        """All columns of some rows (an array, ascending), as they were before they were written."""
        return {name: self._column(name).pick(rows) for name in (*AGAIN, *DIFFERENT)}

    def coded(self, attribute: str, start: int, stop: int) -> tuple[Any, list[str | None]]:
        """Some values of a column of words: the number of each, and the words by their numbers."""
        return self._again[attribute].coded(start, stop)

    def is_in(self, attribute: str, words: Collection[str | None], start: int, stop: int) -> Any:
        """For some rows, whether the value in a column of words is one of these."""
        return self._again[attribute].is_in(words, start, min(stop, self.rows))

    def _column(self, attribute: str) -> _Words | _Texts:
        return self._again.get(attribute) or self._different[attribute]


class _Words:
    """Texts that come again: each is the number of a word.

    Args:
        rows: how many there is room for, before it grows.
        before: the same column of the segment before.
    """

    __slots__ = ("_codes", "_known", "_made", "_room", "_rows", "_same")

    def __init__(self, rows: int, before: _Words | None) -> None:
        # The code of a word is how many there were before it. No word, None, is one too.
        self._codes: defaultdict[str | None, int] = defaultdict(count().__next__)
        self._room = Room(np.uint8, rows)
        # What readers have made of it, whose lock is held: its words, and arrays of so many rows.
        self._known = pa.array([], TEXT)
        self._made: list[Any] = []
        self._rows = 0
        # A word that filled a segment alone, and the array of that: segments that follow share it.
        self._same: list[Any] = [None, None] if before is None else before._same  # noqa: SLF001 - its own kind

    @property
    def itemsize(self) -> int:
        """Bytes of a row."""
        return int(self._room.array.itemsize)

    def write(self, written: int, values: Values) -> None:
        code = self._codes.__getitem__
        codes: Any = (
            code(values[0]) if same(values) else np.fromiter(map(code, values), np.uint16, len(values))
        )
        if self.itemsize == 1 and len(self._codes) > NARROW:
            self._room.move(0, written, len(self._room.array), np.uint16)
        self._room.at(written, len(values))[:] = codes

    def read(self, rows: int) -> list[Any]:
        """The first so many, as a few arrays."""
        arrays, known = self._made, self._rows
        if known > rows:  # a reader of an older version
            return list(pa.chunked_array(arrays, TEXT)[:rows].chunks)
        if known < rows:
            words = self._words()
            if len(words) == 1:
                arrays = [self._alone(words, rows)]
            else:
                arrays = _joined([*arrays, _taken(words, self._room.array[known:rows])])
            self._made, self._rows = arrays, rows
        return arrays

    def values(self, start: int, stop: int) -> Values:
        words = list(self._codes)
        return [words[code] for code in self._room.array[start:stop].tolist()]

    def coded(self, start: int, stop: int) -> tuple[Any, list[str | None]]:
        codes = self._room.array[start:stop]
        return codes, list(self._codes)  # after the codes, so that it has them all

    def pick(self, rows: Any) -> Values:
        words = list(self._codes)
        return [words[code] for code in self._room.array[rows].tolist()]

    def is_in(self, words: Collection[str | None], start: int, stop: int) -> Any:
        codes = self._room.array[start:stop]
        known = [code for word in words if (code := self._codes.get(word)) is not None]
        if 0 < len(known) <= FEW:
            return np.logical_or.reduce([codes == code for code in known])
        return np.isin(codes, np.array(known, np.uint16))  # a word may be newer than these codes are wide

    def _words(self) -> Any:
        """The words so far, by their codes."""
        if len(self._codes) == len(self._known):  # as a rule
            return self._known
        words = list(self._codes)  # in one step, while the other thread adds some
        if more := words[len(self._known) :]:
            try:
                new = pa.array(more, TEXT)
            except UnicodeEncodeError:  # half a character
                new = pa.array([None if word is None else _whole(word) for word in more], TEXT)
            self._known = pa.concat_arrays([self._known, new])
        return self._known

    def _alone(self, words: Any, rows: int) -> Any:
        """The array of rows that all have the one word there is."""
        word, array = self._same
        if array is None or not word.equals(words) or len(array) < rows:
            size = max(rows, min(ROWS, len(self._room.array)))
            array = _taken(words, np.zeros(size, np.uint8))
            self._same[:] = words, array
        return array[:rows]


class _Texts:
    """Texts end to end: Arrow's own form, so that reading is no work, but for where they end.

    That takes half of Arrow's room, and what Arrow wants is made for who reads.

    Args:
        rows: how many there is room for, before it grows.
        size: bytes that there is room for.
    """

    __slots__ = ("_bytes", "_ends", "_there", "nbytes")

    def __init__(self, rows: int, size: int) -> None:
        self._ends = Room(np.int32, rows + 1)
        self._ends.array[0] = 0
        self._bytes = Room(np.uint8, size)
        self._there: Room | None = None  # which are not missing; None: all of them
        self.nbytes = 0

    def write(self, written: int, values: Values) -> None:
        there: Any = True
        try:
            text = "".join(values)
        except TypeError:  # some are missing
            there = [value is not None for value in values]
            if self._there is None:
                room = Room(bool, max(written, len(self._ends.array) - 1))
                room.array[:written] = True
                self._there = room
            values = [value or "" for value in values]
            text = "".join(values)
        try:
            data = text.encode()
        except UnicodeEncodeError:  # half a character
            values = list(map(_whole, values))
            text = "".join(values)
            data = text.encode()
        # An ASCII text has as many characters as bytes.
        sizes = map(len, values) if len(data) == len(text) else (len(value.encode()) for value in values)
        start = int(self._ends.array[written])
        end = start + len(data)
        self._room_for(end, written + len(values))[start:] = np.frombuffer(data, np.uint8)
        if end >= FAR and self._ends.array.dtype == np.int32:
            self._ends.move(0, written + 1, len(self._ends.array), np.int64)
        ends = self._ends.at(written + 1, len(values))
        np.add.accumulate(np.fromiter(sizes, ends.dtype, len(values)), out=ends)
        ends += start
        if self._there is not None:
            self._there.at(written, len(values))[:] = there
        self.nbytes = end

    def cut(self, rows: int) -> None:
        self.nbytes = int(self._ends.array[rows])

    def _room_for(self, nbytes: int, rows: int) -> Any:
        """Memory with so many bytes, of so many rows: the same, or more, with what was written in it."""
        if nbytes > len(self._bytes.array):
            # Memory that nobody has written to costs nothing, and to copy it does: after some rows there is
            # room for as many as there will be.
            more = nbytes * ROWS // rows * 9 // 8 if rows > FIRST else 2 * self.nbytes
            self._bytes.move(0, self.nbytes, max(nbytes, min(more, BYTES)))
        return self._bytes.array[:nbytes]

    def size(self, start: int, stop: int) -> int:
        """Bytes that some of them take, with what says where they end."""
        ends = self._ends.array
        return int(ends[stop] - ends[start]) + (stop - start) * (ends.itemsize + (self._there is not None))

    def read(self, start: int, stop: int) -> Any:
        """Some of them as one array, which shares the memory of the texts."""
        room = self._there
        there = None if room is None else np.packbits(room.array[start:stop], bitorder="little")
        ends = self._ends.array[start : stop + 1].astype(np.int64, copy=False)
        return pa.LargeStringArray.from_buffers(
            stop - start,
            pa.py_buffer(ends),
            pa.py_buffer(self._bytes.array),
            None if there is None else pa.py_buffer(there),
        )

    def values(self, start: int, stop: int) -> Values:
        return list(self.read(start, stop).to_pylist())

    def pick(self, rows: Any) -> Values:
        first = int(rows[0])
        return list(self.read(first, int(rows[-1]) + 1).take(pa.array(rows - first)).to_pylist())


def _taken(words: Any, codes: Any) -> Any:
    """The word of each code. `pc.take` would look for its function, and write its options, each time."""
    kind = pa.uint8() if codes.itemsize == 1 else pa.uint16()
    numbers = pa.Array.from_buffers(kind, len(codes), [None, pa.py_buffer(codes)])
    return _TAKE.call([words, numbers], _UNCHECKED, _POOL)


def _joined(arrays: list[Any]) -> list[Any]:
    """The arrays; if there are many of about one size at the end, these as one.

    So they are few, and a value is seldom copied: at each size once.
    """
    size, at = len(arrays[-1]), len(arrays) - 1
    while True:
        low = at
        while low and len(arrays[low - 1]) <= 2 * size:
            low -= 1
        if at - low < MANY:
            break
        size, at = sum(map(len, arrays[low:])), low
    return arrays if at == len(arrays) - 1 else [*arrays[:at], pa.concat_arrays(arrays[at:], _POOL)]


def _whole(text: str) -> str:
    """A text that can be written: with a question mark for half a character."""
    return text.encode(errors="replace").decode()
