"""The columns of the contract: names, order, dtypes, and the three forms of a column's values.

The law: rows come as Python's values, are kept as arrays that nobody writes into, and are handed out as
pandas' arrays, in memory of their own wherever somebody may write. A frame of no rows, one row or a million
has the same columns with the same dtypes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.events.severity import SEVERITIES

__all__ = ["COLUMNS", "STR", "TIME", "Column", "Kind", "columns_of", "table"]

STR = pd.StringDtype(na_value=np.nan)  # what pandas 3 calls `str`: nullable, NaN where there is nothing
TIME = pd.DatetimeTZDtype("us", "UTC")
ORIGINS = ("live", "resumed", "replayed", "added")

MANY = 100_000  # rows whose arrays are large

_TEXT = pa.large_string()  # what is below pandas' `str`

Values = Sequence[Any]


class Kind(ABC):
    """What a column holds."""

    empty: Any = None  # an array of no values

    @abstractmethod
    def seal(self, values: Values) -> Any:
        """Python's values (at least one) as an array."""

    @abstractmethod
    def values(self, array: Any) -> Values:
        """The way back."""

    @abstractmethod
    def frame(self, arrays: Sequence[Any]) -> Any:
        """Arrays (at least one) after each other, as one array of pandas."""

    def joined(self, arrays: Sequence[Any]) -> Any:
        """Arrays (at least one) after each other, as one in memory of its own."""
        rows = sum(map(len, arrays))
        if rows < MANY:
            return np.concatenate(arrays)
        dtype = np.result_type(*{array.dtype for array in arrays})
        # numpy returns large blocks to the system, and to be given them anew costs more than to copy; Arrow
        # keeps them for the next frame.
        memory = np.frombuffer(pa.allocate_buffer(rows * dtype.itemsize), dtype)
        return np.concatenate(arrays, out=memory)


class _Times(Kind):
    """Microseconds since 1970."""

    empty = np.empty(0, np.int64)

    def seal(self, values: Values) -> Any:
        return np.fromiter(values, np.int64, len(values))

    def values(self, array: Any) -> Values:
        return list(array.tolist())

    def frame(self, arrays: Sequence[Any]) -> Any:
        return pd.DatetimeIndex(self.joined(arrays), dtype=TIME, copy=False).array


class _Texts(Kind):
    """Texts, and None where there is none. Arrow's arrays are immutable, in pandas too: they are shared."""

    empty = pa.array([], _TEXT)

    def seal(self, values: Values) -> Any:
        if values.count(values[0]) == len(values):  # one text for all, or none
            return pa.repeat(pa.scalar(values[0], _TEXT), len(values))
        return pa.array(values, _TEXT)

    def values(self, array: Any) -> Values:
        return list(array.to_pylist())

    def frame(self, arrays: Sequence[Any]) -> Any:
        return pd.array(pa.chunked_array(arrays, _TEXT), dtype=STR)

    def joined(self, arrays: Sequence[Any]) -> Any:
        return pa.concat_arrays(arrays)


class _Payloads(_Texts):
    """Long texts, none of them missing: their bytes are joined at once, not one text after the other."""

    def seal(self, values: Values) -> Any:
        text = "".join(values)
        if not text.isascii():  # else a character is a byte
            return pa.array(values, _TEXT)
        ends = np.zeros(len(values) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, values), np.int64, len(values)), out=ends[1:])
        return pa.LargeStringArray.from_buffers(len(values), pa.py_buffer(ends), pa.py_buffer(text.encode()))


class _Words(Kind):
    """Words of a list.

    Args:
        words: the list. A longer one that begins with it has the same codes for them.
        ordered: whether they are compared by their order in it.
    """

    empty = np.empty(0, np.int8)

    def __init__(self, words: Sequence[str], *, ordered: bool = False) -> None:
        self._words = words
        self._codes = {word: code for code, word in enumerate(words)}
        self._dtype = pd.CategoricalDtype(pd.Index(list(words), dtype=STR), ordered=ordered)

    def seal(self, values: Values) -> Any:
        dtype = np.int8 if len(self._words) < 128 else np.int32
        if values.count(values[0]) == len(values):
            return np.full(len(values), self._codes[values[0]], dtype)
        return np.fromiter(map(self._codes.__getitem__, values), dtype, len(values))

    def values(self, array: Any) -> Values:
        return [self._words[code] for code in array.tolist()]

    def frame(self, arrays: Sequence[Any]) -> Any:
        return pd.Categorical.from_codes(self.joined(arrays), dtype=self._dtype, validate=False)


class _Priorities(Kind):
    """Whole numbers from 1 to 5, and None, which is kept as 0."""

    empty = np.empty(0, np.int8)

    def seal(self, values: Values) -> Any:
        if values.count(None) == len(values):
            return np.zeros(len(values), np.int8)
        return np.fromiter((value or 0 for value in values), np.int8, len(values))

    def values(self, array: Any) -> Values:
        return [value or None for value in array.tolist()]

    def frame(self, arrays: Sequence[Any]) -> Any:
        numbers = self.joined(arrays)
        return pd.arrays.IntegerArray(numbers, numbers == 0)


class _Flags(Kind):
    """True and False."""

    empty = np.empty(0, bool)

    def seal(self, values: Values) -> Any:
        return np.fromiter(values, bool, len(values))

    def values(self, array: Any) -> Values:
        return list(array.tolist())

    def frame(self, arrays: Sequence[Any]) -> Any:
        return self.joined(arrays)


class Column(NamedTuple):
    """One column: its name, the attribute of `Event` it is made of, and what it holds."""

    name: str
    attribute: str
    kind: Kind


_TIMES, _TEXTS = _Times(), _Texts()

COLUMNS: tuple[Column, ...] = (
    Column("timestamp", "timestamp_us", _TIMES),
    Column("received_at", "received_us", _TIMES),
    Column("type", "type", _TEXTS),
    Column("event_type", "event_type", _TEXTS),
    Column("id", "id", _TEXTS),
    Column("severity", "severity", _Words(SEVERITIES, ordered=True)),
    Column("priority", "priority", _Priorities()),
    Column("cluster_id", "cluster_id", _TEXTS),
    Column("project_id", "project_id", _TEXTS),
    Column("workload_id", "workload_id", _TEXTS),
    Column("resource_type", "resource_type", _TEXTS),
    Column("resource_id", "resource_id", _TEXTS),
    Column("status", "status", _TEXTS),
    Column("message", "message", _TEXTS),
    Column("origin", "origin", _Words(ORIGINS)),
    Column("after_gap", "after_gap", _Flags()),
    Column("source", "source", _Words(())),
    Column("data", "raw", _Payloads()),
)


@lru_cache(maxsize=16)
def columns_of(sources: tuple[str, ...]) -> list[Column]:
    """`COLUMNS`, for rows that come from these: the words of the column `source`."""
    own = _Words(sources)
    return [column._replace(kind=own) if column.name == "source" else column for column in COLUMNS]


def table(rows: Sequence[Sequence[Any]], **columns: Any) -> pd.DataFrame:
    """A small frame of rows, with a dtype for each column, the same when empty.

    Args:
        rows: one sequence of values each, in the order of the columns.
        columns: name to dtype.
    """
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    return pd.DataFrame(
        {
            name: pd.Series(list(column), dtype=dtype)
            for (name, dtype), column in zip(columns.items(), values, strict=True)
        }
    )
