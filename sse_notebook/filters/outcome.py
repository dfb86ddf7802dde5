"""What each clause answers of each row: it passes, or why it does not.

The law: a row passes exactly where the mask says so. One that does not is `missing` where there is no value
(null and NaN are none), `type` where there is one that can't be compared with what is asked, else `value`. A
callable answers `pass` or `value`; where it raises, `type`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from sse_notebook.events.severity import SEVERITIES
from sse_notebook.filters.frame import Rows
from sse_notebook.filters.leaves import Pair, Test, kind_of_operand, micros_of
from sse_notebook.filters.mask import judged, operands
from sse_notebook.filters.tree import (
    And,
    Call,
    Compare,
    Contains,
    Field,
    Has,
    In,
    Lower,
    Node,
    Opaque,
    Operand,
    Or,
    Value,
)
from sse_notebook.filters.types import is_about_type

__all__ = ["MISSING", "OUTCOMES", "PASS", "TYPE", "VALUE", "Answer", "answer", "base_of"]

Array = Any  # numpy's

PASS, VALUE, MISSING, TYPE = range(4)

#: What a clause answers, by number.
OUTCOMES: Final[tuple[Literal["pass", "value", "missing", "type"], ...]] = (
    "pass",
    "value",
    "missing",
    "type",
)

_LONGEST: Final = 200  # characters of an error


class Answer(NamedTuple):
    """What a clause answers of some rows.

    Attributes:
        codes: PASS, VALUE, MISSING or TYPE, for each row.
        errors: what a callable raised, in words, and how often.
    """

    codes: Array
    errors: Counter[str]

    @property
    def passed(self) -> Array:
        """Which rows pass."""
        return self.codes == PASS

    def count(self, code: int) -> int:
        """How many rows have this answer."""
        return int(np.count_nonzero(self.codes == code))


def answer(clause: Node, rows: Rows) -> Answer:
    """What a clause, or one of the constants True and False, answers of each row.

    Args:
        clause: one clause; not what joins several.
        rows: of which rows.
    """
    if isinstance(clause, Opaque):
        return _called(clause, rows)
    passed = judged(clause, rows)
    if passed.all():
        return Answer(np.zeros(len(rows), np.int8), Counter())
    return Answer(np.where(passed, np.int8(PASS), _refused(clause, rows)), Counter())


def base_of(operand: Operand) -> Operand:
    """What is read of a row for an operand: a text in small letters is one that has others."""
    return operand.of if isinstance(operand, Lower) else operand


def _called(clause: Opaque, rows: Rows) -> Answer:
    codes = np.full(len(rows), TYPE, np.int8)
    errors: Counter[str] = Counter()
    for row, event in enumerate(rows.events()):
        try:
            codes[row] = PASS if clause.function(event) else VALUE
        except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
            errors[_said(error)] += 1
    return Answer(codes, errors)


def _said(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:_LONGEST]
    except Exception:  # noqa: BLE001 - an error that can't even be told
        return type(error).__name__


def _refused(clause: Node, rows: Rows) -> Array:
    """What each row answers that does not pass."""
    if isinstance(clause, And | Or):  # a constant
        return np.full(len(rows), VALUE, np.int8)
    columns = [rows.column(base_of(operand), objects=True) for operand in operands(clause)]
    there = np.logical_and.reduce([column.there() for column in columns])
    if isinstance(clause, Has):
        return np.full(len(rows), MISSING, np.int8)
    if isinstance(clause, Compare) and not isinstance(clause.right, Value):
        pair = _comparable_pair(clause.left, clause.operator, clause.right)
        values = [column.values() for column in columns]
        comparable = np.fromiter(map(pair, *values), bool, len(rows))
    else:
        comparable = columns[0].answers(_comparable(clause))
    return np.where(there, np.where(comparable, np.int8(VALUE), np.int8(TYPE)), np.int8(MISSING))


def _comparable(clause: Node) -> Test:
    """Whether a value can be compared with what a clause asks."""
    if isinstance(clause, Compare) and isinstance(clause.right, Value):
        operand: Operand = clause.left
        test = _like(clause, [clause.right.value], ordered=clause.operator not in ("==", "!="))
    elif isinstance(clause, In):
        operand, test = clause.left, _like(clause, [value.value for value in clause.values], ordered=False)
    elif isinstance(clause, Contains):
        operand, is_text = clause.within, isinstance(clause.item.value, str)
        test = lambda value: type(value) is list or (is_text and type(value) in (str, dict))  # noqa: E731 - one of several
    elif isinstance(clause, Call):
        operand, test = clause.of, lambda value: type(value) is str
    else:
        raise TypeError(f"no clause about one value: {clause!r}")
    if isinstance(operand, Lower):
        return lambda value: type(value) is str and test(value)
    return test


def _like(clause: Compare | In, wanted: list[Any], *, ordered: bool) -> Test:
    """Whether a value is of the kind of one of these literals."""
    if not wanted:
        return lambda _: True  # nothing is asked of it
    kind = kind_of_operand(clause.left)
    if kind == "time":
        any_time = any(micros_of(value) is not None for value in wanted)
        return lambda _: any_time
    if kind == "severity" and ordered and wanted[0] not in SEVERITIES:
        return lambda _: False
    if is_about_type(clause):
        any_text = any(isinstance(value, str) for value in wanted)
        return lambda value: any_text and type(value) is str
    kinds = {_kind(value) for value in wanted}
    if ordered:
        kinds.discard(bool)
    return lambda value: _kind(value) in kinds


def _kind(value: Any) -> type:
    kind = type(value)
    return float if kind is int else kind


def _comparable_pair(left: Operand, sign: str, right: Field | Lower) -> Pair:
    """Whether two values can be compared; as they are in the row, not yet in small letters."""
    kinds = kind_of_operand(left), kind_of_operand(right)
    ordered = sign not in ("==", "!=")
    lowered = isinstance(left, Lower), isinstance(right, Lower)

    def test(one: Any, other: Any) -> bool:
        if any(low and type(value) is not str for low, value in zip(lowered, (one, other), strict=True)):
            return False
        if "time" in kinds:
            pairs = zip(kinds, (one, other), strict=True)
            return all(kind == "time" or micros_of(value) is not None for kind, value in pairs)
        if "severity" in kinds and ordered:
            return one in SEVERITIES and other in SEVERITIES
        kind = _kind(one)
        return kind is _kind(other) and kind in (str, float, *(() if ordered else (bool,)))

    return test
