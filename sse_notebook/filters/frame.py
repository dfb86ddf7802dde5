"""Rows that a filter is asked of: their columns, their payloads' fields, themselves as events.

The law: a field of the payload has the payload's own type. It is read of its column `data.x`, where there is
one, but such a column widens (`expand`): what that may have changed is read of the payload. Each payload is
decoded once at the most for one filter, and only where a row is still in question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import Any, Final, Self

import numpy as np
import pandas as pd

from sse_notebook.events import Event
from sse_notebook.events.fields import Fields
from sse_notebook.filters.columns import (
    EXACT,
    Column,
    Listed,
    Numbers,
    Texts,
    column_of,
    mapped,
    nothing,
    times_of,
    told_apart,
)
from sse_notebook.filters.names import COLUMNS, PREFIX
from sse_notebook.filters.tree import Age, Field, Lower, Operand

__all__ = ["Frame", "Payloads", "Rows", "Typed", "typed_of"]

Array = Any  # numpy's

#: A column of a payload's field, and which of its rows may have lost their type; None: it may have none.
Typed = tuple[Column | None, Array | None]

# What a text in a widened column may have been before: a number, a boolean, an infinity.
_WAS_OTHER: Final = re.compile(r"-?\d.*|true|false|-?inf", re.DOTALL)

# What an event says where a row says nothing.
_DEFAULTS: Final[dict[str, Any]] = {
    **dict.fromkeys(("timestamp", "received_at"), 0),
    **dict.fromkeys(("type", "event_type", "source", "data"), ""),
    "severity": "info",
    "origin": "added",
    "after_gap": False,
}


class Payloads:
    """Reads fields of payloads, each payload once.

    Args:
        size: how many there are.
        texts: the payloads of some rows, which are given as an array.
        paths: all fields that will be asked for.
    """

    def __init__(self, size: int, texts: Callable[[Array], Sequence[Any]], paths: Iterable[str]) -> None:
        self._texts = texts
        self._fields = Fields(paths)
        self._read = np.zeros(size, bool)
        self._values: dict[str, Array] = {}

    def values(self, path: str, rows: Array) -> list[Any]:
        """A field of these rows."""
        new = rows[~self._read[rows]]
        if len(new):
            found = self._fields.read([text if isinstance(text, str) else "" for text in self._texts(new)])
            for each, values in found.items():
                if each not in self._values:
                    self._values[each] = np.empty(len(self._read), object)
                boxed = np.empty(len(values), object)
                boxed[:] = values
                self._values[each][new] = boxed
            self._read[new] = True
        return list(self._values[path][rows]) if path in self._values else [None] * len(rows)


class Rows:
    """Rows that a tree is asked of, all of something or some. What is told apart are the four first methods.

    Args:
        size: how many there are in all.
        payloads: what reads fields of them; None: there are no payloads.
        now: Unix time, for ages.

    Attributes:
        scalars: columns of fields lack lists and objects: where they have nothing, the payload may.
    """

    scalars = True

    def __init__(self, size: int, payloads: Payloads | None, now: float) -> None:
        self._size = size
        self._payloads = payloads
        self._now = now
        self._rows: Array = None  # which of them; None: all
        self._columns: dict[tuple[Operand, bool], Column] = {}

    def __contains__(self, name: str) -> bool:
        """Whether there is such a column."""
        raise NotImplementedError

    def _named(self, name: str) -> Column:
        """One of the contract's columns, which is there; times as microseconds."""
        raise NotImplementedError

    def _typed(self, name: str) -> Typed:
        """The column of a field."""
        raise NotImplementedError

    def _seqs(self) -> list[int]:
        """The number of each row; -1: it has none."""
        raise NotImplementedError

    def __len__(self) -> int:
        return self._size if self._rows is None else len(self._rows)

    def rows(self, rows: Array) -> Self:
        """Some rows of it."""
        cut = copy(self)
        cut._rows = rows if self._rows is None else self._rows[rows]  # noqa: SLF001 - its own kind
        cut._columns = {}  # noqa: SLF001 - likewise
        return cut

    @property
    def _numbers(self) -> Array:
        return np.arange(self._size) if self._rows is None else self._rows

    def column(self, operand: Operand, *, objects: bool = False) -> Column:
        """The values of an operand; a column that is not there has none.

        Args:
            operand: what.
            objects: whether lists and objects count too: columns of payload fields may lack them.
        """
        key = operand, objects
        found = self._columns.get(key)
        if found is None:
            found = self._columns[key] = self._column(operand, objects)
        return found

    def _column(self, operand: Operand, objects: bool) -> Column:
        if isinstance(operand, Age):
            return self._ages(operand.of)
        if isinstance(operand, Lower):
            return mapped(self.column(operand.of), _lower)
        name = operand.name
        if name.startswith(PREFIX):
            return self._field(name, objects)
        return self._named(name) if name in self else nothing(len(self))

    def _ages(self, of: Field) -> Column:
        times = self.column(of)
        if isinstance(times, Numbers):
            return Numbers(self._now - times.array / 1_000_000, times.missing)
        return mapped(times, lambda at: None if at is None else self._now - at / 1_000_000)

    def _field(self, name: str, objects: bool) -> Column:
        path = name.removeprefix(PREFIX)
        column, doubtful = self._typed(name)
        if self._payloads is None:
            return nothing(len(self)) if column is None else column
        if column is None:
            return Listed(self._payloads.values(path, self._numbers))
        if objects and self.scalars:
            missing = ~column.there()
            doubtful = missing if doubtful is None else doubtful | missing
        if doubtful is None or not doubtful.any():
            return column
        values = column.values()
        rows = np.flatnonzero(doubtful)
        for row, value in zip(rows.tolist(), self._payloads.values(path, self._numbers[rows]), strict=True):
            values[row] = value
        return Listed(values)

    def events(self) -> list[Event]:
        """The rows as events: for a callable, which can be asked in no other way."""
        columns = [_given(self.column(Field(name)).values(), _DEFAULTS.get(name)) for name in COLUMNS]
        return [Event(*row) for row in zip(self._seqs(), *columns, strict=True)]


class Frame(Rows):
    """A DataFrame, or some of its rows.

    Args:
        df: the frame.
        paths: the fields of the payload that will be asked, as `x` for `data.x`.
        now: Unix time, for ages.
    """

    def __init__(self, df: pd.DataFrame, paths: Iterable[str], now: float) -> None:
        self._df: Any = told_apart(df)
        payloads = None
        if "data" in df.columns:
            texts: Any = df["data"]
            payloads = Payloads(len(df), lambda rows: column_of(texts.iloc[rows]).values(), paths)
        super().__init__(len(df), payloads, now)

    def __contains__(self, name: str) -> bool:
        return name in self._df.columns

    def _series(self, name: str) -> Any:
        series = self._df[name]
        return series if self._rows is None else series.iloc[self._rows]

    def _named(self, name: str) -> Column:
        return times_of(self._series(name)) if COLUMNS[name] == "time" else column_of(self._series(name))

    def _typed(self, name: str) -> Typed:
        # Columns of a `data` in the nested one may lack values that have another name, see `Scalars`.
        if name not in self or (name.startswith(PREFIX * 2) and self._payloads is not None):
            return None, None
        series = self._series(name)
        return (column_of(series), None) if self._payloads is None else typed_of(series)

    def _seqs(self) -> list[int]:
        index: Any = self._df.index[self._numbers]
        return index.tolist() if index.dtype.kind == "i" else [-1] * len(self)


def typed_of(series: pd.Series[Any]) -> Typed:
    """A column of a field as `expand` makes it: what was there is in doubt where it may have widened.

    Texts may have been numbers, and large floats whole numbers; of objects nothing is known.
    """
    kind = series.dtype
    if isinstance(kind, pd.StringDtype):
        texts = Texts(series)
        return texts, texts.answers(lambda value: _WAS_OTHER.fullmatch(value) is not None)
    if kind == np.float64:
        numbers = series.to_numpy()
        return Numbers(numbers), np.abs(numbers) >= EXACT
    whole = isinstance(kind, pd.BooleanDtype | pd.Int64Dtype) or kind in (np.bool_, np.int64)
    return (column_of(series), None) if whole else (None, None)


def _given(values: Sequence[Any], default: Any) -> Sequence[Any]:
    return values if default is None else [default if value is None else value for value in values]


def _lower(value: Any) -> str | None:
    return value.lower() if type(value) is str else None
