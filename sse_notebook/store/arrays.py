"""What readers have made of the columns of versions, so that the next reading makes only what is new.

The law: what was made of a row never changes, and no later reading makes it again: texts of segments that
have ended are arrays that stay, what is said of numbers (a bit, a flag each) is appended to memory as the
numbers are. Whoever asks holds the lock of `Frames`; what he is given he may read for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.store.columns import Version
from sse_notebook.store.room import Room
from sse_notebook.store.schema import bits
from sse_notebook.store.texts import AGAIN, DIFFERENT, FIRST, TEXT, Segment

__all__ = ["Arrays"]

BYTE = 8  # bits


class Arrays:
    """The columns of versions as they were made so far.

    Example:
        >>> from sse_notebook.store.columns import Columns
        >>> {len(texts) for texts in Arrays().texts(Columns(9).version).values()}
        {0}
    """

    def __init__(self) -> None:
        self._segments: list[Segment] = []  # that have ended
        self._ended: dict[str, list[Any]] = {name: [] for name in (*AGAIN, *DIFFERENT)}
        self._none = _Said("priority", bool, lambda numbers: numbers == 0)
        self._some = _Said("priority", np.uint8, lambda numbers: bits(numbers != 0), BYTE)
        self._flags = _Said("after_gap", np.uint8, bits, BYTE)

    def texts(self, version: Version) -> dict[str, Any]:
        """The columns of texts of a version, by attribute, as Arrow has them."""
        within = version.within
        if not within:
            return {name: pa.chunked_array([], TEXT) for name in self._ended}
        *ended, last = within
        if ended[: len(self._segments)] != self._segments:  # the first of them were let go of
            self._segments, self._ended = [], {name: [] for name in self._ended}
        for segment, following in list(pairwise(within))[len(self._segments) :]:
            for name, arrays in self._ended.items():
                arrays += segment.read(name, following.first - segment.first)
            self._segments.append(segment)
        rows = min(last.rows, version.stop - last.first)
        gone = version.start - within[0].first
        return {
            name: pa.chunked_array(_without([*arrays, *last.read(name, rows)], gone), TEXT)
            for name, arrays in self._ended.items()
        }

    def numbers(self, version: Version, attribute: str) -> Any:
        """A column of numbers that are neither texts nor words of a list, as Arrow has it: no copy."""
        rows, gone = version.stop - version.start, version.start - version.first
        kept = version.numbers[attribute]
        if attribute == self._flags.attribute:
            buffers, kind = [None, pa.py_buffer(self._flags.of(version))], pa.bool_()
        elif attribute == self._some.attribute:
            buffers, kind = [pa.py_buffer(self._some.of(version)), pa.py_buffer(kept)], pa.int8()
        else:
            buffers, kind = [None, pa.py_buffer(kept)], TIME
        return pa.Array.from_buffers(kind, rows, buffers, offset=gone)

    def missing(self, version: Version) -> Any:
        """For each row, whether it has no priority."""
        return self._none.of(version)[version.start - version.first : version.stop - version.first]


TIME = pa.timestamp("us", "UTC")


def _without(arrays: list[Any], rows: int) -> list[Any]:
    """The arrays but for so many rows at the beginning."""
    while rows and arrays:
        if len(arrays[0]) > rows:
            arrays[0] = arrays[0].slice(rows)
            break
        rows -= len(arrays.pop(0))
    return arrays


class _Said:
    """What is said of a column's numbers, from the first that a version has memory of.

    Args:
        attribute: the column.
        dtype: of what is said.
        say: says it of some.
        together: of how many numbers one item says it.
    """

    __slots__ = ("_dtype", "_first", "_room", "_rows", "_say", "_together", "attribute")

    def __init__(self, attribute: str, dtype: Any, say: Callable[[Any], Any], together: int = 1) -> None:
        self.attribute = attribute
        self._dtype, self._say, self._together = dtype, say, together
        self._room = Room(dtype, 0)
        self._first, self._rows = -1, 0

    def of(self, version: Version) -> Any:
        """What is said of all numbers of a version, and perhaps of more."""
        if self._first != version.first:  # those before were forgotten, and the others moved
            self._room, self._first, self._rows = Room(self._dtype, FIRST), version.first, 0
        rows, together = version.stop - version.first, self._together
        if rows > self._rows:
            # An item that says something of fewer than it may is written once more: the same, and of others.
            done = self._rows // together
            said = self._say(version.numbers[self.attribute][done * together : rows])
            self._room.at(done, len(said))[:] = said
            self._rows = rows
        return self._room.array
