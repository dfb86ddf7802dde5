"""A column whose type is found as its values come.

The law: its type is the narrowest that holds all that was seen; a value that does not fit widens it, and
nothing fails. What was written never changes, and stays where it is: who took a part of it may read that for
ever. A column is a value: adding to it makes another, which shares its memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.events.payload import encode
from sse_notebook.store.schema import STR
from sse_notebook.store.texts import TEXT

__all__ = ["Inferred", "Kind"]

Kind = Literal["none", "bool", "int", "float", "text", "object"]

JOINED = 32_768  # texts of one array of Arrow; fewer are joined with their neighbours, little by little

# `values` and `mask` of each kind, where they lie in one piece of memory.
_MEMORY: Final[dict[Kind, tuple[Any, bool]]] = {
    "bool": (np.bool_, True),
    "int": (np.int64, True),
    "float": (np.float64, False),
    "object": (object, True),
}
_KINDS: Final[dict[type, Kind]] = {
    type(None): "none",
    bool: "bool",
    int: "int",
    float: "float",
    str: "text",
    list: "object",
    dict: "object",
}
_PLAIN: Final = frozenset({type(None), bool, int, float, str})


@dataclass(frozen=True, slots=True)
class Inferred:
    """A column of so many rows. One thread writes; what a column has not, may be written meanwhile.

    Attributes:
        kind: the type so far; `"none"`: nothing was found.
        values: the numbers or objects, with room for more; texts: arrays of Arrow.
        mask: where nothing is; of objects: where there are lists or objects.
        since: the first row that is known in this type. What those before were in full, only their payloads
            know: an integer that is text by now, say. They are to be written again.
    """

    kind: Kind = "none"
    values: Any = ()
    mask: Any = None
    since: int = 0

    def added(self, row: int, values: Sequence[Any], capacity: int) -> Inferred:
        """With these values after so many rows.

        Args:
            row: how many rows there are before them.
            values: Python's, as JSON has them.
            capacity: how many rows there is room for at least.
        """
        kind = _wider(self.kind, _kind_of(values))
        column = self if kind == self.kind else self._widened(kind, row, capacity)
        if kind == "none":
            return column
        if kind == "text":
            texts = [value if isinstance(value, str) else _as_text(value) for value in values]
            return replace(column, values=_joined((*column.values, pa.array(texts, TEXT))))
        end = row + len(values)
        if kind == "object":
            column.values[row:end] = _boxed(values)
            column.mask[row:end] = [type(value) not in _PLAIN for value in values]
        elif kind == "float":
            column.values[row:end] = [math.nan if value is None else value for value in values]
        else:
            there = None not in values
            column.values[row:end] = values if there else [value or 0 for value in values]
            column.mask[row:end] = False if there else [value is None for value in values]
        return column

    def again(self) -> Inferred:
        """To write the rows before `since` again, from the first on; see `mended`."""
        return replace(self, since=0, values=() if self.kind == "text" else self.values)

    def mended(self, before: Inferred) -> Inferred:
        """With the rows before `since`, which were written again."""
        return replace(before, values=before.values + self.values) if self.kind == "text" else before

    def moved(self, gone: int, rows: int, capacity: int) -> Inferred:
        """Without so many of its first rows, and with room for as many as said."""
        since = max(0, self.since - gone)
        if self.kind == "text":
            return replace(self, since=since, values=tuple(self._texts(gone + since, rows)))
        return replace(
            self,
            since=since,
            values=() if self.kind == "none" else _memory(self.values[gone:rows], capacity),
            mask=None if self.mask is None else _memory(self.mask[gone:rows], capacity),
        )

    def array(self, start: int, stop: int, shared: Callable[[Any], Any]) -> Any:
        """Some rows of scalars as pandas has them, in the column's own memory.

        Args:
            start: the first row.
            stop: the row after the last.
            shared: what makes an array read-only for others.
        """
        if self.kind == "text":
            return pd.array(pa.chunked_array(self._texts(start, stop), TEXT), dtype=STR)
        values = shared(self.values[start:stop])
        if self.kind == "float":
            return values
        kind = pd.arrays.BooleanArray if self.kind == "bool" else pd.arrays.IntegerArray
        return kind(values, shared(self.mask[start:stop]))

    def objects(self, start: int, stop: int) -> Any:
        """Some rows of objects, for a reader who may write into them: into the lists too."""
        values = self.values[start:stop].copy()
        for row in np.flatnonzero(self.mask[start:stop]).tolist():
            values[row] = _copied(values[row])
        return values

    def _texts(self, start: int, stop: int) -> list[Any]:
        """Arrays of the texts of some rows."""
        found: list[Any] = []
        first = self.since
        for array in self.values:
            low, high = max(start, first), min(stop, first + len(array))
            if low < high:
                found.append(array[low - first : high - first])
            first += len(array)
        return found

    def _widened(self, kind: Kind, rows: int, capacity: int) -> Inferred:
        """Of another type that holds more, with the rows that are known in it."""
        column = _empty(kind, rows, capacity)
        if self.kind == "none":
            return column
        if self.kind in ("float", "text"):
            return replace(column, since=rows, values=() if kind == "text" else column.values)
        there = np.flatnonzero(~self.mask[:rows])
        if kind == "text":
            texts: list[str | None] = [None] * rows
            for row, value in zip(there.tolist(), self.values[there].tolist(), strict=True):
                texts[row] = encode(value)
            return replace(column, values=(pa.array(texts, TEXT),))
        column.values[there] = self.values[there].tolist()
        return column


def _empty(kind: Kind, rows: int, capacity: int) -> Inferred:
    """So many rows of nothing."""
    if kind == "text":
        return Inferred(kind, (pa.nulls(rows, TEXT),) if rows else ())
    dtype, masked = _MEMORY[kind]
    column = Inferred(kind, np.empty(capacity, dtype), np.empty(capacity, bool) if masked else None)
    column.values[:rows] = math.nan if kind == "float" else None if kind == "object" else 0
    if masked:
        column.mask[:rows] = kind != "object"
    return column


def _kind_of(values: Sequence[Any]) -> Kind:
    types = set(map(type, values))
    kinds: set[Kind] = {_KINDS.get(found, "object") for found in types}
    kind: Kind = reduce(_wider, kinds, "none")
    if int in types and kind in ("int", "float"):
        whole = values if len(types) == 1 else [value for value in values if type(value) is int]
        if min(whole) < -(2**63) or max(whole) >= 2**63:
            return "text"  # past 64 bits a float would lose digits
    return kind


def _wider(one: Kind, other: Kind) -> Kind:
    """The narrowest kind that holds both."""
    if one == other or other == "none":
        return one
    if one == "none":
        return other
    if {one, other} == {"int", "float"}:
        return "float"
    return "object" if "object" in (one, other) else "text"


def _as_text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return str(value) if isinstance(value, float) and math.isinf(value) else encode(value)


def _joined(arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """These, the last of them joined where they are small: so there are few, and each text moves seldom."""
    while len(arrays) > 1:
        *others, one, other = arrays
        if len(one) > 2 * len(other) or len(one) + len(other) > JOINED:
            break
        arrays = (*others, pa.concat_arrays([one, other]))
    return arrays


def _memory(kept: Any, capacity: int) -> Any:
    """New memory that begins with these."""
    array = np.empty(capacity, kept.dtype)
    array[: len(kept)] = kept
    return array


def _boxed(values: Sequence[Any]) -> Any:
    boxed = np.empty(len(values), dtype=object)
    boxed[:] = values
    return boxed


def _copied(value: Any) -> Any:
    try:
        return _copy(value)
    except RecursionError:  # decoded by C, which goes deeper than Python; nobody edits that by hand
        return value


def _copy(value: Any) -> Any:
    if type(value) is list:
        return [item if type(item) in _PLAIN else _copy(item) for item in value]
    if type(value) is dict:
        return {name: item if type(item) in _PLAIN else _copy(item) for name, item in value.items()}
    return value
