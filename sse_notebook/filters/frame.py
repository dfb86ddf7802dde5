"""A DataFrame that a filter is asked of: its columns, its payloads' fields, its rows as events.

The law: a field of the payload has the payload's own type. It is read of its column `data.x`, where there is
one, but such a column widens (`expand`): what that may have changed is read of the payload. Each payload is
decoded once at the most for one filter, and only where a row is still in question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

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
)
from sse_notebook.filters.names import COLUMNS, PREFIX
from sse_notebook.filters.tree import Age, Field, Lower, Operand

__all__ = ["Frame"]

Array = Any  # numpy's

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


class _Payloads:
    """Reads fields of payloads, each payload once.

    Args:
        texts: the column of them.
        paths: all fields that will be asked for.
    """

    def __init__(self, texts: pd.Series[Any], paths: Iterable[str]) -> None:
        self._texts = texts
        self._fields = Fields(paths)
        self._read = np.zeros(len(texts), bool)
        self._values: dict[str, Array] = {}

    def values(self, path: str, rows: Array) -> list[Any]:
        """A field of these rows."""
        new = rows[~self._read[rows]]
        if len(new):
            texts = column_of(self._texts.iloc[new]).values()
            found = self._fields.read([text if isinstance(text, str) else "" for text in texts])
            for each, values in found.items():
                if each not in self._values:
                    self._values[each] = np.empty(len(self._read), object)
                boxed = np.empty(len(values), object)
                boxed[:] = values
                self._values[each][new] = boxed
            self._read[new] = True
        return list(self._values[path][rows]) if path in self._values else [None] * len(rows)


class Frame:
    """A DataFrame, or some of its rows.

    Args:
        df: the frame.
        paths: the fields of the payload that will be asked, as `x` for `data.x`.
        now: Unix time, for ages.
    """

    def __init__(self, df: pd.DataFrame, paths: Iterable[str], now: float) -> None:
        self._df: Any = df
        self._now = now
        self._payloads = _Payloads(df["data"], paths) if "data" in df.columns else None
        self._rows: Array = None  # which of the frame; None: all
        self._columns: dict[tuple[Operand, bool], Column] = {}

    def __len__(self) -> int:
        return len(self._df) if self._rows is None else len(self._rows)

    def __contains__(self, name: str) -> bool:
        return name in self._df.columns

    def rows(self, rows: Array) -> Frame:
        """Some rows of it."""
        cut: Frame = object.__new__(Frame)
        cut._df, cut._now, cut._payloads = self._df, self._now, self._payloads
        cut._rows, cut._columns = rows if self._rows is None else self._rows[rows], {}
        return cut

    def _series(self, name: str) -> Any:
        series = self._df[name]
        return series if self._rows is None else series.iloc[self._rows]

    @property
    def _numbers(self) -> Array:
        return np.arange(len(self._df)) if self._rows is None else self._rows

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
            return self._ages()
        if isinstance(operand, Lower):
            return mapped(self.column(operand.of), _lower)
        name = operand.name
        if name.startswith(PREFIX):
            return self._field(name, objects)
        if name not in self:
            return nothing(len(self))
        return times_of(self._series(name)) if COLUMNS[name] == "time" else column_of(self._series(name))

    def _ages(self) -> Column:
        times = self.column(Field("timestamp"))
        if isinstance(times, Numbers):
            return Numbers(self._now - times.array / 1_000_000, times.missing)
        return mapped(times, lambda at: None if at is None else self._now - at / 1_000_000)

    def _field(self, name: str, objects: bool) -> Column:
        path = name.removeprefix(PREFIX)
        series = self._series(name) if name in self else None
        if self._payloads is None:
            return nothing(len(self)) if series is None else column_of(series)
        column, doubtful = (None, None) if series is None else _kept(series)
        if column is None:
            return Listed(self._payloads.values(path, self._numbers))
        if objects:
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
        index = self._df.index[self._numbers]
        numbers = index.tolist() if index.dtype.kind == "i" else [-1] * len(self)
        columns = [_given(self.column(Field(name)).values(), _DEFAULTS.get(name)) for name in COLUMNS]
        return [Event(*row) for row in zip(numbers, *columns, strict=True)]


def _kept(series: pd.Series[Any]) -> tuple[Column | None, Array | None]:
    """A column that has kept the payload's types, and which of its rows may not; None: it may have none."""
    kind = series.dtype
    if isinstance(kind, pd.StringDtype):
        column = Texts(series)
        return column, column.answers(lambda value: _WAS_OTHER.fullmatch(value) is not None)
    if kind == np.float64:
        numbers = series.to_numpy()
        return Numbers(numbers), np.abs(numbers) >= EXACT
    whole = isinstance(kind, pd.BooleanDtype | pd.Int64Dtype) or kind in (np.bool_, np.int64)
    return (column_of(series), None) if whole else (None, None)


def _given(values: Sequence[Any], default: Any) -> Sequence[Any]:
    return values if default is None else [default if value is None else value for value in values]


def _lower(value: Any) -> str | None:
    return value.lower() if type(value) is str else None
