"""A tree as a mask of a DataFrame: which rows fit.

The law: it says of each row what `predicate` says of its event. What is quick to find out comes first, and
what is slow is asked only of the rows that are still in question; of a callable's rows none is asked that
`predicate` would not ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.filters.columns import Coded, Column, Numbers, Worded
from sse_notebook.filters.frame import Frame, Rows
from sse_notebook.filters.leaves import kind_of_operand, micros_of, pair_tester, tester
from sse_notebook.filters.names import PREFIX
from sse_notebook.filters.tree import (
    Age,
    And,
    Call,
    Compare,
    Contains,
    Field,
    Has,
    In,
    Lower,
    Node,
    Not,
    Opaque,
    Or,
    Value,
    clauses,
)
from sse_notebook.filters.types import TypeTest, is_about_type, plain_names, type_tester

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["is_lasting", "judged", "mask", "operands", "paths_of", "unread"]

Array = Any  # numpy's

MOST: Final = 1_000_000  # combinations that a table is made of
FEW: Final = 4  # so many times fewer rows in question are worth being cut out


def mask(tree: Node, df: pd.DataFrame, clock: Clock = SYSTEM) -> pd.Series[bool]:
    """Which rows fit: booleans, with the frame's own index.

    Args:
        tree: what is asked.
        df: rows with the columns of the contract; one that is not there has no values. With or without
            columns `data.…`: fields of the payload that have none are read of the column `data`.
        clock: what an age is counted by.
    """
    return pd.Series(judged(tree, Frame(df, paths_of(tree), clock.time())), index=df.index, dtype=bool)


def paths_of(tree: Node) -> tuple[str, ...]:
    """The fields of the payload that a tree asks, as `x` for `data.x`."""
    return tuple(dict.fromkeys(path for clause in clauses(tree) for path in _paths(clause)))


def unread(tree: Node, df: pd.DataFrame) -> list[str]:
    """Fields that a tree asks, as `data.x`, which a frame has neither as columns nor in `data`."""
    names = [f"{PREFIX}{path}" for path in paths_of(tree)]
    return [] if "data" in df.columns else [name for name in names if name not in df.columns]


def is_lasting(tree: Node) -> bool:
    """Whether what a tree says of a row is said for ever: it asks no age, and nobody's callable."""
    return all(
        not isinstance(clause, Opaque) and not any(isinstance(each, Age) for each in operands(clause))
        for clause in clauses(tree)
    )


def operands(clause: Node) -> Iterator[Field | Lower | Age]:
    """What a clause is about."""
    if isinstance(clause, Compare):
        yield clause.left
        if not isinstance(clause.right, Value):
            yield clause.right
    elif isinstance(clause, In):
        yield clause.left
    elif isinstance(clause, Contains):
        yield clause.within
    elif isinstance(clause, Has | Call):
        yield clause.of


def _paths(clause: Node) -> Iterator[str]:
    for operand in operands(clause):
        field = operand.of if isinstance(operand, Lower) else operand
        if isinstance(field, Field) and field.name.startswith(PREFIX):
            yield field.name.removeprefix(PREFIX)


def judged(tree: Node, frame: Rows) -> Array:
    """Which of some rows fit: booleans."""
    if isinstance(tree, And):
        return _joined(tree.parts, frame, stop=False)
    if isinstance(tree, Or):
        return _joined(tree.parts, frame, stop=True)
    if isinstance(tree, Not):
        return ~judged(tree.part, frame)
    if isinstance(tree, Opaque):
        function = tree.function
        try:
            return np.fromiter((bool(function(event)) for event in frame.events()), bool, len(frame))
        except Exception as error:
            error.add_note(f"It was raised in the filter {tree}: its explain() tells for how many events.")
            raise
    return _clause(tree, frame)


def _joined(parts: Sequence[Node], frame: Rows, *, stop: bool) -> Array:
    """All of these, or any: a part that says `stop` settles a row."""
    size = len(frame)
    rows: Array = None  # those that the frame has; None: all
    open_ = np.ones(size, bool)  # those of them that are in question
    for cost, part in sorted(((_cost(part, frame), part) for part in parts), key=lambda each: each[0]):
        left = int(np.count_nonzero(open_))
        if not left:
            break
        if left < len(frame) and (cost >= _PAYLOAD or (cost and left * FEW <= len(frame))):
            cut = np.flatnonzero(open_)
            frame, rows, open_ = frame.rows(cut), cut if rows is None else rows[cut], open_[cut]
        now = judged(part, frame)
        open_ &= ~now if stop else now
    if rows is not None:
        whole = np.zeros(size, bool)
        whole[rows] = open_
        open_ = whole
    return ~open_ if stop else open_


_NUMBER, _TEXT, _TYPE, _DISTINCT, _PAYLOAD, _OPAQUE = range(6)


def _cost(tree: Node, frame: Rows) -> int:
    """How long it takes to ask, compared with others."""
    if isinstance(tree, And | Or):
        return max((_cost(part, frame) for part in tree.parts), default=0)
    if isinstance(tree, Not):
        return _cost(tree.part, frame)
    if isinstance(tree, Opaque):
        return _OPAQUE
    if any(f"{PREFIX}{path}" not in frame for path in _paths(tree)):
        return _PAYLOAD
    if is_about_type(tree):
        return _TYPE
    if any(kind_of_operand(operand) in ("text", "type") for operand in operands(tree)):
        plain = isinstance(tree, In) or (isinstance(tree, Compare) and tree.operator in ("==", "!="))
        return _TEXT if plain else _DISTINCT
    return _NUMBER


def _clause(clause: Node, frame: Rows) -> Array:
    if isinstance(clause, Compare | In) and is_about_type(clause):
        return _types(clause, frame)
    if isinstance(clause, Compare):
        column = frame.column(clause.left)
        if not isinstance(clause.right, Value):
            test = pair_tester(clause.left, clause.operator, clause.right)
            other = frame.column(clause.right)
            return np.fromiter(map(test, column.values(), other.values()), bool, len(frame))
        return _compared(clause, column, clause.right.value)
    if isinstance(clause, In):
        column = frame.column(clause.left, objects=not clause.values)  # which is what `has` asks
        values = [value.value for value in clause.values]
        if isinstance(column, Worded) and values and not clause.negated:
            return column.equals(values)
        return column.answers(tester(clause))
    if isinstance(clause, Has):
        return frame.column(clause.of, objects=True).there()
    if isinstance(clause, Contains | Call):
        operand = clause.within if isinstance(clause, Contains) else clause.of
        objects = not isinstance(clause, Call)
        return frame.column(operand, objects=objects).answers(tester(clause))
    raise TypeError(f"no clause: {clause!r}")


def _compared(clause: Compare, column: Column, wanted: Any) -> Array:
    """A comparison with a literal."""
    found: Array = None
    if isinstance(column, Worded) and isinstance(wanted, str) and clause.operator == "==":
        found = column.equals([wanted])
    elif isinstance(column, Numbers):
        if kind_of_operand(clause.left) == "time":
            wanted = micros_of(wanted)
        if isinstance(wanted, int | float) and not isinstance(wanted, bool):
            found = column.compares(clause.operator, wanted)
    return column.answers(tester(clause)) if found is None else found


# -- the type ------------------------------------------------------------------------------------------


def _types(clause: Compare | In, frame: Rows) -> Array:
    """What the type is asked."""
    test = type_tester(clause)
    type_, wire = Field("type"), Field("event_type" if "event_type" in frame else "type")
    one, other = frame.column(type_), frame.column(wire)
    names = plain_names(clause)
    if names is None or not isinstance(one, Worded) or not isinstance(other, Worded):
        return _combined(test, frame, wire)
    found = one.equals(names.types)
    if other is not one:
        found = found | other.equals(names.wire)
    rows = np.flatnonzero(one.equals(names.by_status) & ~found) if names.by_status else ()
    if len(rows):
        found[rows] = _combined(test, frame.rows(rows), wire)
    return found


def _combined(test: TypeTest, frame: Rows, wire: Field) -> Array:
    """What a test says of each combination of what it depends on."""
    columns = [_coded(frame.column(field)) for field in (Field("type"), wire, Field("status"))]
    combined = np.zeros(len(frame), np.int64)
    size = 1
    for column in columns:
        combined = combined * (len(column.distinct) + 1) + (column.codes + 1)
        size *= len(column.distinct) + 1
    if size > MOST:
        numbers, known = pd.factorize(combined)
    else:
        numbers, known = combined, np.flatnonzero(np.bincount(combined, minlength=1))
    answers = np.zeros(len(known) if size > MOST else size, bool)
    for at, number in enumerate(known.tolist()):
        values: list[Any] = []
        for column in reversed(columns):
            number, code = divmod(number, len(column.distinct) + 1)
            values.append(column.distinct[code - 1] if code else None)
        status, wired, type_ = (value if isinstance(value, str) else None for value in values)
        if type_ is not None:
            answers[at if size > MOST else known[at]] = test(type_, wired or "", status)
    return answers[numbers] if len(numbers) else np.zeros(0, bool)


def _coded(column: Column) -> Coded:
    if isinstance(column, Worded):
        return column.coded
    if isinstance(column, Coded):
        return column
    codes, distinct = pd.factorize(
        np.array([v if isinstance(v, str) else None for v in column.values()], object)
    )
    return Coded(codes, list(distinct))
