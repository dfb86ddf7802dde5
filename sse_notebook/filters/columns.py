"""The columns of a DataFrame as a filter asks them: each distinct value once, numbers all at once.

The law: what a column answers is what the test says of each of its values, one by one; that it is found
quicker changes nothing. Nobody's frame is written into.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from sse_notebook.errors import ArgumentError
from sse_notebook.filters.leaves import OPERATORS, Test, is_there, micros_of

__all__ = [
    "EXACT",
    "Coded",
    "Column",
    "Listed",
    "Numbers",
    "Texts",
    "Worded",
    "column_of",
    "mapped",
    "nothing",
    "times_of",
    "told_apart",
]

Array = Any  # numpy's

SAMPLE: Final = 1_000  # rows that tell whether texts come again
EXACT: Final = 2**53  # a float holds every whole number below


class Column:
    """Values, one for each row."""

    def answers(self, test: Test) -> Array:
        """What a test says of each."""
        raise NotImplementedError

    def there(self) -> Array:
        """Where there is a value."""
        return self.answers(is_there)

    def values(self) -> list[Any]:
        """The values, as Python has them; None where there is none."""
        raise NotImplementedError


class Listed(Column):
    """Values of any type."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = values

    def answers(self, test: Test) -> Array:
        """What a test says of each."""
        return np.fromiter(map(test, self._values), bool, len(self._values))

    def values(self) -> list[Any]:
        """The values, as Python has them."""
        return list(self._values)


class Coded(Column):
    """Distinct values, and which of them each row has: -1 for none.

    Attributes:
        codes: the rows.
        distinct: the values.
    """

    def __init__(self, codes: Array, distinct: Sequence[Any]) -> None:
        self.codes = codes
        self.distinct = distinct

    def answers(self, test: Test) -> Array:
        """What a test says of each."""
        known = [test(value) for value in self.distinct]
        if len(known) == 0:
            return np.zeros(len(self.codes), bool)
        return np.array([*known, False])[self.codes]  # -1 is the last

    def values(self) -> list[Any]:
        """The values, as Python has them."""
        known = [*self.distinct, None]
        return [known[code] for code in self.codes.tolist()]


class Worded(Column):
    """Texts that are compared all at once."""

    @property
    def coded(self) -> Coded:
        """The same by its distinct texts."""
        raise NotImplementedError

    def equals(self, values: Sequence[Any]) -> Array:
        """Whether each is one of these; what is no text, none is."""
        raise NotImplementedError

    def values(self) -> list[Any]:
        """The values, as Python has them."""
        return self.coded.values()


class Texts(Worded):
    """A column of pandas' texts."""

    def __init__(self, series: pd.Series[Any]) -> None:
        self._series = series
        self._coded: Coded | None = None

    @property
    def coded(self) -> Coded:
        """The same by its distinct texts."""
        if self._coded is None:
            codes, distinct = pd.factorize(self._series)
            self._coded = Coded(codes, list(distinct))
        return self._coded

    def answers(self, test: Test) -> Array:
        """What a test says of each."""
        if self._coded is None and self._series.iloc[:SAMPLE].nunique() * 2 > SAMPLE:
            return Listed(self._series.tolist()).answers(test)  # hardly any text comes twice
        return self.coded.answers(test)

    def there(self) -> Array:
        """Where there is a text."""
        return self._series.notna().to_numpy()

    def equals(self, values: Sequence[Any]) -> Array:
        """Whether each is one of these; what is no text, none is."""
        texts = [value for value in values if isinstance(value, str)]
        found = self._series == texts[0] if len(texts) == 1 else self._series.isin(texts)
        return found.to_numpy(bool, na_value=False)


class Numbers(Column):
    """A column of numbers.

    Attributes:
        array: whole numbers of 64 bits, or floats.
        missing: where there is none; None: nowhere, or where a float is NaN.
    """

    def __init__(self, array: Array, missing: Array | None = None) -> None:
        self.array = array
        self.missing = missing

    def answers(self, test: Test) -> Array:
        """What a test says of each."""
        found = np.fromiter(map(test, self.array.tolist()), bool, len(self.array))
        return found if self.missing is None else found & ~self.missing

    def there(self) -> Array:
        """Where there is a number."""
        return self.array == self.array if self.missing is None else ~self.missing

    def compares(self, sign: str, number: float) -> Array | None:
        """How each compares with a number, unless numpy would round one of them."""
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        if isinstance(number, int) and abs(number) >= EXACT:
            return None  # numpy would make a float of it, and round, or find it too large
        found = OPERATORS[sign](self.array, number)
        if self.missing is not None:
            return found & ~self.missing
        return found & (self.array == self.array) if sign == "!=" else found

    def values(self) -> list[Any]:
        """The values, as Python has them."""
        values: list[Any] = self.array.tolist()
        if self.missing is not None:
            for row in np.flatnonzero(self.missing).tolist():
                values[row] = None
        return values


def column_of(series: pd.Series[Any]) -> Column:
    """A column of any dtype."""
    kind = series.dtype
    if isinstance(kind, pd.StringDtype):
        return Texts(series)
    if isinstance(kind, pd.CategoricalDtype):
        return Coded(series.cat.codes.to_numpy(), list(map(_plain, kind.categories.tolist())))
    if isinstance(kind, pd.BooleanDtype) or kind == np.bool_:
        codes = (
            series.to_numpy(np.int8, na_value=-1) if isinstance(kind, pd.BooleanDtype) else series.to_numpy()
        )
        return Coded(codes.astype(np.int8), (False, True))
    if isinstance(kind, pd.api.extensions.ExtensionDtype) and kind.kind == "i" and series.array.dtype == kind:
        missing = series.isna().to_numpy()
        return Numbers(series.to_numpy(np.int64, na_value=0), missing if missing.any() else None)
    if kind in (np.int64, np.float64):
        return Numbers(series.to_numpy())
    return Listed(list(map(_plain, series.tolist())))


def times_of(series: pd.Series[Any]) -> Column:
    """A column of times, as microseconds since 1970."""
    kind = series.dtype
    if isinstance(kind, pd.DatetimeTZDtype) or (isinstance(kind, np.dtype) and kind.kind == "M"):
        times = series.dt.tz_convert(None) if isinstance(kind, pd.DatetimeTZDtype) else series
        missing = times.isna().to_numpy()
        micros = times.to_numpy("datetime64[us]").view(np.int64)
        return Numbers(micros, missing if missing.any() else None)
    return mapped(column_of(series), _micros)


def _micros(value: Any) -> int | None:
    return micros_of(value.isoformat() if isinstance(value, datetime) else value)


def _plain(value: Any) -> Any:
    """A value as JSON would have it: none of numpy's, none of pandas' words for nothing."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is pd.NA or value is pd.NaT or not is_there(value) else value


def mapped(column: Column, function: Callable[[Any], Any]) -> Column:
    """What a function gives for each value, None too."""
    if isinstance(column, Worded):
        column = column.coded
    if isinstance(column, Coded):
        return Coded(column.codes, list(map(function, column.distinct)))
    return Listed(list(map(function, column.values())))


def nothing(size: int) -> Column:
    """A column without values."""
    return Coded(np.full(size, -1), ())


def told_apart(df: Any) -> pd.DataFrame:
    """The frame, in which no name is that of several columns.

    Raises:
        ArgumentError: one is: nobody can tell which is meant. Or it is no frame of pandas.
    """
    if not isinstance(df, pd.DataFrame):
        hint = ", which to_pandas() gives" if hasattr(df, "to_pandas") else ""
        raise ArgumentError(f"this takes a DataFrame of pandas{hint}, not {type(df).__name__}")
    if not df.columns.is_unique:
        name = df.columns[df.columns.duplicated()][0]
        raise ArgumentError(
            f"this frame has several columns `{name!s:.60}`: rename them, or keep the first of each, "
            "df.loc[:, ~df.columns.duplicated()]"
        )
    return df
