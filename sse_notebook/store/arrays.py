"""What readers have made of the columns of versions, so that the next reading makes only what is new.

The law: what was made of a row never changes, and no later reading makes it again: texts of segments that
have ended are arrays that stay, what is said of numbers (a bit, a flag each) is appended to memory as the
numbers are. Whoever asks holds the lock of `Frames`; what he is given he may read for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.store.columns import Version
from sse_notebook.store.room import Room
from sse_notebook.store.schema import Aside, Kind
from sse_notebook.store.texts import AGAIN, DIFFERENT, FIRST, TEXT, Segment

__all__ = ["Arrays"]


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
        self._asides: dict[tuple[str, str], _Grown] = {}

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

    def arrow(self, version: Version, attribute: str, kind: Kind) -> Any:
        """A column of numbers as Arrow has it: no copy, where they are no words of a list."""
        # A bit can't be cut off: so the array begins with the first that there is memory of.
        numbers = version.numbers[attribute][: version.stop - version.first]
        whole = kind.arrow(numbers, partial(self._aside, version, attribute, kind))
        return whole.slice(version.start - version.first)

    def frame(self, version: Version, attribute: str, kind: Kind, pinned: Callable[[Any], Any]) -> Any:
        """A column of numbers as pandas has it, in the store's own memory.

        Args:
            version: of which rows.
            attribute: which column.
            kind: what it means.
            pinned: gives memory as pandas may have it.
        """
        kept = slice(version.start - version.first, version.stop - version.first)

        def said(name: str) -> Any:
            return pinned(self._aside(version, attribute, kind, name)[kept])

        return kind.frame(pinned(version.number(attribute)), said)

    def _aside(self, version: Version, attribute: str, kind: Kind, name: str) -> Any:
        """What is said of a column's numbers, from the first that there is memory of; and perhaps of more."""
        grown = self._asides.get((attribute, name))
        if grown is None:
            grown = self._asides[attribute, name] = _Grown(attribute, kind.asides[name])
        return grown.of(version)


def _without(arrays: list[Any], rows: int) -> list[Any]:
    """The arrays but for so many rows at the beginning."""
    while rows and arrays:
        if len(arrays[0]) > rows:
            arrays[0] = arrays[0].slice(rows)
            break
        rows -= len(arrays.pop(0))
    return arrays


class _Grown:
    """An aside, from the first number that a version has memory of.

    Args:
        attribute: the column.
        aside: what is said of its numbers.
    """

    __slots__ = ("_aside", "_attribute", "_first", "_room", "_rows")

    def __init__(self, attribute: str, aside: Aside) -> None:
        self._attribute, self._aside = attribute, aside
        self._room = Room(aside.dtype, 0)
        self._first, self._rows = -1, 0

    def of(self, version: Version) -> Any:
        """What is said of all numbers of a version, and perhaps of more."""
        dtype, say, together = self._aside
        if self._first != version.first:  # those before were forgotten, and the others moved
            self._room, self._first, self._rows = Room(dtype, FIRST), version.first, 0
        rows = version.stop - version.first
        if rows > self._rows:
            # An item that says something of fewer than it may is written once more: the same, and of others.
            done = self._rows // together
            said = say(version.numbers[self._attribute][done * together : rows])
            self._room.at(done, len(said))[:] = said
            self._rows = rows
        return self._room.array
