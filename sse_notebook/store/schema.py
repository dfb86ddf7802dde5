"""The columns of the contract: names, order, dtypes, and the forms of a column's values.

The law: rows come as Python's values; what is a number, a flag or a word of a list is kept as numbers
(`Kind`), all else as texts (`store.texts`). A frame of no rows, one row or a million has the same columns
with the same dtypes, of pandas and of Arrow.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.events.memo import same
from sse_notebook.events.severity import SEVERITIES

__all__ = [
    "COLUMNS",
    "STR",
    "TIME",
    "Aside",
    "Column",
    "Kind",
    "Said",
    "columns_of",
    "frame_of",
    "table",
    "words_type",
]

STR = pd.StringDtype(na_value=np.nan)  # what pandas 3 calls `str`: nullable, NaN where there is nothing
TIME = pd.DatetimeTZDtype("us", "UTC")
_ARROW_TIME: Final = pa.timestamp("us", "UTC")
BYTE: Final = 8  # bits
ORIGINS: Final = ("live", "resumed", "replayed", "added")

Values = Sequence[Any]


class Aside(NamedTuple):
    """What is said of a column's numbers beside them, for who reads them: which are missing, say.

    It is made once for each number, and grows as they do (`store.arrays`).

    Attributes:
        dtype: of what is said.
        say: says it of some numbers.
        together: of how many numbers one item says it.
    """

    dtype: Any
    say: Callable[[Any], Any]
    together: int = 1


#: Gives what is said of numbers, by the name of the aside, where it was made before.
Said = Callable[[str], Any] | None


class Kind(ABC):
    """What a column of numbers means.

    Args:
        dtype: how they are kept.
        code: a value as the number that is kept; None: it is one.

    Attributes:
        category: whether pandas has it as a category.
        asides: what else readers need of the numbers, by name.
    """

    category = False
    asides: Mapping[str, Aside] = MappingProxyType({})

    def __init__(self, dtype: Any, code: Callable[[Any], Any] | None = None) -> None:
        self.dtype = np.dtype(dtype)
        self._code = code

    @abstractmethod
    def values(self, numbers: Any) -> Values:
        """The way back, of an array."""

    @abstractmethod
    def frame(self, numbers: Any, said: Said = None) -> Any:
        """An array as pandas has it. It shares the memory, into which nobody may write."""

    @abstractmethod
    def arrow(self, numbers: Any, said: Said = None) -> Any:
        """An array as Arrow has it; it shares the memory where it can."""

    def coded(self, numbers: Any) -> tuple[Any, Sequence[Any]] | None:
        """Where there are few values: which of them each is (-1: none), and they. Else None."""
        return None

    def _aside(self, name: str, numbers: Any, said: Said) -> Any:
        return self.asides[name].say(numbers) if said is None else said(name)

    def write(self, values: Values, into: Any) -> None:
        """Values (at least one) as numbers, where they are kept."""
        code = self._code
        if same(values):
            into[:] = values[0] if code is None else code(values[0])
        else:
            into[:] = np.fromiter(values if code is None else map(code, values), self.dtype, len(values))


class _Times(Kind):
    """Microseconds since 1970."""

    def values(self, numbers: Any) -> Values:
        return list(numbers.tolist())

    def frame(self, numbers: Any, said: Said = None) -> Any:
        return pd.DatetimeIndex(numbers, dtype=TIME, copy=False).array

    def arrow(self, numbers: Any, said: Said = None) -> Any:
        return pa.Array.from_buffers(_ARROW_TIME, len(numbers), [None, pa.py_buffer(numbers)])


def words_type(words: Sequence[str], *, ordered: bool = True) -> pd.CategoricalDtype:
    """The dtype of words of a list."""
    return pd.CategoricalDtype(pd.Index(list(words), dtype=STR), ordered=ordered)


class _Words(Kind):
    """Words of a list.

    Args:
        words: the list. A longer one that begins with it has the same codes for them.
        ordered: whether they are compared by their order in it.
    """

    category = True

    def __init__(self, words: Sequence[str], *, ordered: bool = False) -> None:
        # The types that pandas wants for so many categories: with any other it would copy.
        dtype = np.int8 if len(words) < 2**7 else np.int16 if len(words) < 2**15 else np.int32
        super().__init__(dtype, {word: code for code, word in enumerate(words)}.__getitem__)
        self._words = words
        self._dtype = words_type(words, ordered=ordered)

    def values(self, numbers: Any) -> Values:
        return [self._words[code] for code in numbers.tolist()]

    def frame(self, numbers: Any, said: Said = None) -> Any:
        return pd.Categorical.from_codes(numbers, dtype=self._dtype, validate=False)

    def arrow(self, numbers: Any, said: Said = None) -> Any:
        words = pa.array(self._words, pa.large_string())
        return pa.DictionaryArray.from_arrays(
            pa.array(numbers), words, ordered=bool(self._dtype.ordered), safe=False
        )

    def coded(self, numbers: Any) -> tuple[Any, Sequence[Any]]:
        return numbers, self._words


class _Priorities(Kind):
    """Whole numbers from 1 to 5, and None, which is kept as 0."""

    asides = MappingProxyType(
        {
            "missing": Aside(bool, lambda numbers: numbers == 0),
            "there": Aside(np.uint8, lambda numbers: bits(numbers != 0), BYTE),
        }
    )

    def __init__(self) -> None:
        super().__init__(np.int8, lambda value: value or 0)

    def values(self, numbers: Any) -> Values:
        return [value or None for value in numbers.tolist()]

    def frame(self, numbers: Any, said: Said = None) -> Any:
        missing = self._aside("missing", numbers, said)
        missing.flags.writeable = False  # as the numbers are: pandas copies both, and then writes
        return pd.arrays.IntegerArray(numbers, missing)

    def arrow(self, numbers: Any, said: Said = None) -> Any:
        there = self._aside("there", numbers, said)
        buffers = [pa.py_buffer(there), pa.py_buffer(numbers)]
        return pa.Int8Array.from_buffers(pa.int8(), len(numbers), buffers)

    def coded(self, numbers: Any) -> tuple[Any, Sequence[Any]]:
        return numbers - 1, (1, 2, 3, 4, 5)


class _Flags(Kind):
    """True and False."""

    asides = MappingProxyType({"bits": Aside(np.uint8, lambda numbers: bits(numbers), BYTE)})

    def values(self, numbers: Any) -> Values:
        return list(numbers.tolist())

    def frame(self, numbers: Any, said: Said = None) -> Any:
        return numbers

    def arrow(self, numbers: Any, said: Said = None) -> Any:
        flags = self._aside("bits", numbers, said)
        return pa.BooleanArray.from_buffers(pa.bool_(), len(numbers), [None, pa.py_buffer(flags)])

    def coded(self, numbers: Any) -> tuple[Any, Sequence[Any]]:
        return numbers.astype(np.int8), (False, True)


def bits(flags: Any) -> Any:
    """True and False as Arrow has them, a bit each: numpy makes them far faster than Arrow."""
    return np.packbits(flags, bitorder="little")


class Column(NamedTuple):
    """One column: its name, the attribute of `Event` it is made of, and what it holds; None: texts."""

    name: str
    attribute: str
    kind: Kind | None = None


_TIMES = _Times(np.int64)

COLUMNS: Final = (
    Column("timestamp", "timestamp_us", _TIMES),
    Column("received_at", "received_us", _TIMES),
    Column("type", "type"),
    Column("event_type", "event_type"),
    Column("id", "id"),
    Column("severity", "severity", _Words(SEVERITIES, ordered=True)),
    Column("priority", "priority", _Priorities()),
    Column("cluster_id", "cluster_id"),
    Column("project_id", "project_id"),
    Column("workload_id", "workload_id"),
    Column("resource_type", "resource_type"),
    Column("resource_id", "resource_id"),
    Column("status", "status"),
    Column("message", "message"),
    Column("origin", "origin", _Words(ORIGINS)),
    Column("after_gap", "after_gap", _Flags(bool)),
    Column("source", "source", _Words(())),
    Column("data", "raw"),
)


@lru_cache(maxsize=16)
def columns_of(sources: tuple[str, ...]) -> Sequence[Column]:
    """`COLUMNS`, for rows that come from these: the words of the column `source`."""
    own = _Words(sources)
    return [column._replace(kind=own) if column.name == "source" else column for column in COLUMNS]


def table(rows: Sequence[Sequence[Any]], **columns: Any) -> pd.DataFrame:
    """A small frame of rows, with a dtype for each column, the same when empty.

    Args:
        rows: one sequence of values each, in the order of the columns.
        columns: name to dtype.
    """
    return frame_of(rows, columns)


def frame_of(rows: Sequence[Sequence[Any]], columns: Mapping[str, Any]) -> pd.DataFrame:
    """The same, of columns with any names."""
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    return pd.DataFrame(
        {
            name: pd.Series(list(column), dtype=dtype)
            for (name, dtype), column in zip(columns.items(), values, strict=True)
        }
    )
