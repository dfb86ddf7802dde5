"""Why a clause refuses what was probably meant: values of another type than what it compares them with."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from sse_notebook.events.payload import value_of
from sse_notebook.filters.advice import no_order, of_digits
from sse_notebook.filters.case import TIMES, Case, Hint, literal, percent, told
from sse_notebook.filters.frame import Rows
from sse_notebook.filters.mask import operands
from sse_notebook.filters.names import PREFIX
from sse_notebook.filters.outcome import MISSING, TYPE, base_of
from sse_notebook.filters.tree import Age, Call, Compare, Contains, Field, In, Lower, Node, Value

__all__ = ["mistyped"]

_MOST: Final = 10_000  # rows whose types are looked at
_LOOKED: Final = 100  # payloads of which it is looked where a value stands
_WORDS: Final[dict[type, str]] = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


def mistyped(case: Case, rows: Rows) -> Iterator[Hint]:
    """Values of another type than what they are compared with."""
    wrong = (case.answer.codes == TYPE).nonzero()[0]
    asked = [base_of(operand) for operand in operands(case.clause)]
    if not len(wrong) or not asked:
        return
    share = percent(len(wrong), len(rows))
    if isinstance(asked[0], Field) and asked[0].name in TIMES and len(asked) == 1:
        yield Hint(len(wrong), f'`{told(case.clause)}` compares no time: write one as "2026-11-24T10:00"')
        return
    if len(asked) > 1:
        yield Hint(
            len(wrong),
            f"`{asked[0]}` and `{asked[1]}` can't be compared in {share}: they are of different types",
        )
        return
    looked = wrong[:: max(1, len(wrong) // _MOST)]
    values = rows.rows(looked).column(asked[0], objects=True).values()
    (word, number), *_ = Counter(map(_word, values)).most_common(1)
    value = next(each for each in values if _word(each) == word)
    missing = case.answer.count(MISSING)
    of = " of the values" if missing else ""
    share = percent(round(len(wrong) * number / len(values)), len(rows) - missing) + of
    advice = _advice(case.clause, value, mixed=case.answer.count(TYPE) < len(rows) - missing)
    if isinstance(value, str) and _are_digits(case.clause, values, rows.rows(looked)):
        advice += f"; {of_digits(case.clause, guarded=missing > 0)}"
    example = f" ({literal(value)})" if isinstance(value, str | int | float) else ""
    yield Hint(len(wrong), f"`{asked[0]}` is {word} in {share}{example}: {advice}")


def _are_digits(clause: Node, values: Iterable[Any], rows: Rows) -> bool:
    """Whether these are texts of which all are numbers, and stand where a callable will look for them."""
    if not isinstance(clause, Compare) or not of_digits(clause):
        return False
    try:
        if not all(math.isfinite(float(value)) for value in values if isinstance(value, str)):
            return False
    except ValueError:
        return False
    path = str(clause.left).removeprefix(PREFIX).split(".")
    for text in rows.column(Field("data")).values()[:_LOOKED]:
        found = value_of(text) if isinstance(text, str) else None
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        if found is None:
            return False
    return "data" in rows


def _word(value: Any) -> str:
    return _WORDS.get(type(value), "something else")


def _advice(clause: Node, value: Any, *, mixed: bool) -> str:
    """What to ask instead of a value of another type."""
    said = f"compare with {_WORDS.get(type(value), 'that')}"
    if isinstance(clause, Compare | In) and isinstance(clause.left, Lower):
        return "lower() is of texts only"
    if isinstance(value, dict):
        return "compare a field in it"
    if isinstance(clause, Call):
        return f"{clause.function}() is asked of texts only"
    if isinstance(clause, Contains):
        return "only texts, lists and objects have something in them"
    if not isinstance(clause, Compare | In) or isinstance(clause.left, Age):
        return said
    if isinstance(value, list):
        wanted = clause.right if isinstance(clause, Compare) else clause.values[0]
        return (
            f"ask what is in it, {told(Contains(wanted, clause.left))}" if isinstance(wanted, Value) else said
        )
    if isinstance(clause, In):
        both = (*clause.values, *(_as(value, each.value) for each in clause.values))
        return f"{said}, {told(In(clause.left, tuple(each for each in both if each is not None)))}"
    if not isinstance(clause.right, Value):
        return said
    other = _as(value, clause.right.value)
    if clause.operator not in ("==", "!="):
        return no_order(clause.operator)
    if other is None:
        return said
    if mixed:
        return f"{said} too, {told(In(clause.left, (clause.right, other), clause.operator == '!='))}"
    return f"{said}, {told(replace(clause, right=other))}"


def _as(value: Any, wanted: Any) -> Value | None:
    """What is asked for, as a literal of the type that this value has."""
    if isinstance(value, str):
        return Value(json.dumps(wanted)) if not isinstance(wanted, str) else None
    if isinstance(value, bool):
        words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        found = words.get(str(wanted).lower())
        return None if found is None else Value(found)
    try:
        number = float(wanted)
        return Value(int(number) if number.is_integer() else number)
    except (TypeError, ValueError, OverflowError):
        return None
