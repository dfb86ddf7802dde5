"""What the clauses of a filter are about: a field, a field in small letters, an age, a literal.

The law: as of the tree that they stand in (`tree`): they never change, and their text is canonical.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sse_notebook.errors import FilterError
from sse_notebook.filters.names import COLUMNS, kind_of, nearest

__all__ = ["Age", "Field", "Lower", "Operand", "Value", "quoted"]

_BITS = 1024  # of the largest integer: more digits are no number that anybody meant


@dataclass(frozen=True, slots=True)
class Field:
    """A column, or a field of the payload: `Field("project_id")`, `Field("data.duration")`.

    Raises:
        FilterError: there is no such name.
    """

    name: str

    def __post_init__(self) -> None:
        if kind_of(self.name) is None:
            near = nearest(self.name)
            hint = f"; did you mean {near}?" if near else ""
            known = ", ".join(COLUMNS)
            raise FilterError(f"no such field: {self.name[:60]} (there are {known} and data.…){hint}")

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Lower:
    """A text in small letters."""

    of: Field

    def __str__(self) -> str:
        return f"lower({self.of})"


@dataclass(frozen=True, slots=True)
class Age:
    """How long ago a time of the event is, `timestamp` or `received_at`: seconds, negative if yet to come."""

    of: Field = Field("timestamp")

    def __str__(self) -> str:
        return "age()" if self.of.name == "timestamp" else f"age({self.of})"


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A literal. `1`, `1.0` and `True` are three values, whatever Python's `==` says.

    Args:
        value: a text, a number or a boolean. A `datetime` or `date` becomes its ISO text (UTC where it
            says nothing else); numpy's values become Python's.

    Raises:
        FilterError: nothing of this kind can be compared.
    """

    value: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _plain(self.value))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Value) and type(self.value) is type(other.value) and self.value == other.value
        )

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, str):
            return quoted(value)
        if isinstance(value, float) and math.isinf(value):
            return "1e999" if value > 0 else "-1e999"
        return repr(value)


Operand = Field | Lower | Age


def quoted(text: str) -> str:
    """A text as Python writes it, in the quotes that JSON has too where that is no harder to read."""
    said = repr(text)
    if said[0] == "'" and '"' not in text:
        said = f'"{said[1:-1]}"'
    return said


def _plain(value: Any) -> str | int | float | bool:
    if isinstance(value, date):  # a datetime is one
        if isinstance(value, datetime):
            value = (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
        return str(value)
    if not isinstance(value, str | int | float) and callable(item := getattr(value, "item", None)):
        value = item()  # one of numpy's
    if isinstance(value, bool):
        return value
    if value is None:
        raise FilterError("None is compared with nothing; ask `has(x)`, or `not has(x)`")
    if isinstance(value, str):
        text = str.__str__(value)
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise FilterError(f"half a character in {text!r}: no text that arrives has one")
        return text
    if isinstance(value, int):
        if value.bit_length() > _BITS:
            raise FilterError("an integer this large is no number that anything is compared with")
        return int(value)
    if isinstance(value, float):
        if math.isnan(value):
            raise FilterError("NaN is equal to nothing, and no value: it counts as missing")
        return float(value)
    raise FilterError(f"texts, numbers, booleans and times can be compared, not {type(value).__name__}")
