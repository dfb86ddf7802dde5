"""Kept rows as a filter asks them: of the store's own columns, without a frame.

The law: what is found is what a mask of the frame would find (`filters.mask`). Words are asked once for many
rows; payloads are read of what is expanded already, or is worth to be, else one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from sse_notebook.filters.columns import Coded, Column, Listed, Numbers, Worded
from sse_notebook.filters.frame import Payloads, Rows, Typed, typed_of
from sse_notebook.filters.leaves import Test
from sse_notebook.filters.names import PREFIX
from sse_notebook.store.columns import Version
from sse_notebook.store.expand import Expanded
from sse_notebook.store.schema import COLUMNS, columns_of
from sse_notebook.store.texts import AGAIN, Segment

__all__ = ["FieldsOf", "Part"]

Array = Any  # numpy's

#: What has these fields expanded, if that is worth to decode so many payloads at the most.
FieldsOf = Callable[[Sequence[str], float], Expanded | None]

_ATTRIBUTES: Final = {column.name: column.attribute for column in COLUMNS}


class Part(Rows):
    """The rows of a segment from one `seq` up to another.

    Args:
        version: what is kept.
        segment: where they are.
        low, high: the `seq` of the first, and that after the last.
        paths: the fields of the payload that will be asked, as `x` for `data.x`.
        now: Unix time, for ages.
        fields: what is expanded.
        all_rows: how many rows will be asked in all: other parts have the others.
    """

    def __init__(
        self,
        version: Version,
        segment: Segment,
        low: int,
        high: int,
        paths: Sequence[str],
        now: float,
        fields: FieldsOf,
        all_rows: int,
    ) -> None:
        self._version, self._segment = version, segment
        self._low, self._high = low, high
        self._paths, self._fields, self._all_rows = paths, fields, all_rows
        super().__init__(high - low, Payloads(high - low, self._raw, paths), now)

    def __contains__(self, name: str) -> bool:
        return name in _ATTRIBUTES

    def _named(self, name: str) -> Column:
        attribute = _ATTRIBUTES[name]
        if attribute in AGAIN:
            return _Words(self._segment, attribute, *self._places(self._low, self._high), self._rows)
        if attribute not in self._version.numbers:
            texts = self._segment.values(attribute, *self._places(self._low, self._high))
            return Listed(texts if self._rows is None else [texts[row] for row in self._rows.tolist()])
        first = self._version.first
        numbers = self._picked(self._version.numbers[attribute][self._low - first : self._high - first])
        kinds = {column.name: column.kind for column in columns_of(self._version.sources)}
        coded = kind.coded(numbers) if (kind := kinds[name]) is not None else None
        return Numbers(numbers) if coded is None else Coded(*coded)

    def _typed(self, name: str) -> Typed:
        path = name.removeprefix(PREFIX)
        worth = len(self) / max(1, self._high - self._low) * self._all_rows
        expanded = self._fields(self._paths, worth)
        if expanded is None or path not in expanded.columns:
            return None, None
        column = expanded.columns[path]
        start, stop = self._low - expanded.first, self._high - expanded.first
        self.scalars = expanded.scalars
        if column.kind == "none":
            return Coded(np.full(len(self), -1), ()), None
        if column.kind == "object":
            return Listed(self._picked(column.values[start:stop]).tolist()), None
        values: Any = pd.Series(column.array(start, stop, lambda memory: memory), copy=False)
        return typed_of(values if self._rows is None else values.iloc[self._rows])

    def _seqs(self) -> list[int]:
        seqs: Any = self._version.called(self._numbers + self._low)
        return list(seqs.tolist())

    def _picked(self, array: Array) -> Array:
        return array if self._rows is None else array[self._rows]

    def _places(self, low: int, high: int) -> tuple[int, int]:
        """From where to where that is in the segment."""
        return low - self._segment.first, high - self._segment.first

    def _raw(self, rows: Array) -> Sequence[Any]:
        """The payloads of some rows, ascending."""
        low, high = int(rows[0]) + self._low, int(rows[-1]) + self._low + 1
        texts = self._segment.values("raw", *self._places(low, high))
        return texts if len(texts) == len(rows) else [texts[row] for row in (rows - rows[0]).tolist()]


class _Words(Worded):
    """A column of words of a segment.

    Args:
        segment: where they are.
        attribute: which column.
        start, stop: which rows of it.
        rows: which of these; None: all.
    """

    def __init__(self, segment: Segment, attribute: str, start: int, stop: int, rows: Array) -> None:
        self._segment, self._attribute = segment, attribute
        self._start, self._stop, self._rows = start, stop, rows
        self._known: tuple[Array, list[str | None]] | None = None

    @property
    def _codes(self) -> tuple[Array, list[str | None]]:
        if self._known is None:
            codes, words = self._segment.coded(self._attribute, self._start, self._stop)
            self._known = self._picked(codes), words
        return self._known

    @property
    def coded(self) -> Coded:
        codes, words = self._codes
        numbers = np.arange(len(words))
        if None in words:
            numbers[words.index(None)] = -1
        return Coded(numbers[codes], words)

    def answers(self, test: Test) -> Array:
        codes, words = self._codes
        seen, found = np.zeros(len(words), bool), np.zeros(len(words), bool)
        seen[codes] = True  # the segment may have many words, these rows few
        for code in np.flatnonzero(seen).tolist():
            found[code] = test(words[code])
        return found[codes]

    def equals(self, values: Sequence[Any]) -> Array:
        words = [value for value in values if isinstance(value, str)]
        return self._picked(self._segment.is_in(self._attribute, words, self._start, self._stop))

    def _picked(self, array: Array) -> Array:
        return array if self._rows is None else array[self._rows]
