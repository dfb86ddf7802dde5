"""Why a clause refuses what was probably meant: another case, another spelling; numbers of another size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from sse_notebook.filters.advice import small_letters
from sse_notebook.filters.case import TIMES, Case, Hint, asks_texts, events, literal, texts_of, told
from sse_notebook.filters.frame import Rows
from sse_notebook.filters.leaves import Test, tester
from sse_notebook.filters.mask import operands
from sse_notebook.filters.near import near_text
from sse_notebook.filters.outcome import PASS, VALUE, base_of
from sse_notebook.filters.tree import Call, Compare, Contains, Field, In, Lower, Node, Value
from sse_notebook.filters.types import is_about_type

__all__ = ["misspelt"]

_MEMBERS: Final = 50  # of a list that are looked for


def misspelt(case: Case, rows: Rows, *, told_already: bool) -> Iterator[Hint]:
    """What is nearly what is asked for.

    Args:
        case: the clause.
        rows: of which rows.
        told_already: why was said: only what is wrong in the clause itself is told.
    """
    if capitals := _capitals(case.clause):
        yield Hint(case.answer.count(VALUE), f"`{told(case.clause)}`: {capitals}")
    elif not told_already:
        yield from _members(case, rows)
        yield from _values(case, rows)


def _values(case: Case, rows: Rows) -> Iterator[Hint]:
    """Values that are nearly what is asked for."""
    clause, there = case.clause, (case.answer.codes == VALUE).nonzero()[0]
    asked = [base_of(operand) for operand in operands(clause)]
    if not len(there) or len(asked) != 1 or not isinstance(asked[0], Field):
        return
    values = rows.rows(there).column(asked[0]).values()
    counts = Counter(value for value in values if type(value) is str)
    if counts:
        in_case = list(_in_case(clause, asked[0], counts))
        yield from in_case
        if not in_case and not case.answer.count(PASS):
            yield from _spelt(clause, asked[0], counts)
    elif not case.answer.count(PASS) and isinstance(clause, Compare) and asked[0].name not in TIMES:
        numbers = [value for value in values if type(value) in (int, float)]
        if numbers:
            low, high = min(numbers), max(numbers)
            span = (
                f"is always {literal(low)}" if low == high else f"goes from {literal(low)} to {literal(high)}"
            )
            yield Hint(len(numbers), f"no event passes `{told(clause)}`: {asked[0]} {span}")


def _members(case: Case, rows: Rows) -> Iterator[Hint]:
    """Of a list some are there, and one is spelt nearly as what is."""
    clause = case.clause
    if not isinstance(clause, In) or clause.negated or not isinstance(clause.left, Field):
        return
    if not case.answer.count(PASS) or is_about_type(clause) or clause.left.name in TIMES:
        return
    counts = Counter(value for value in rows.column(clause.left).values() if type(value) is str)
    for wanted in texts_of(clause)[:_MEMBERS]:
        if wanted not in counts and (near := near_text(wanted, counts)):
            said = f"no event has {clause.left} {literal(wanted)}"
            yield Hint(counts[near], f"{said}; did you mean {literal(near)} ({events(counts[near])})?")


def _capitals(clause: Node) -> str | None:
    """That what is in small letters is asked for others."""
    lowered = [each for each in operands(clause) if isinstance(each, Lower)]
    return small_letters(clause, texts_of(clause)) if lowered else None


def _in_case(clause: Node, field: Field, counts: Counter[str]) -> Iterator[Hint]:
    """Texts that differ only in the case of their letters."""
    lowered = _lowered(clause, field)
    if lowered is None or is_about_type(clause):
        return
    test: Test = tester(lowered)
    fitting = [(number, value) for value, number in counts.items() if test(value.lower())]
    if not fitting:
        return
    number, value = max(fitting)
    total = sum(number for number, _ in fitting)
    wanted = texts_of(clause)
    asks = f"; the filter asks for {', '.join(map(literal, wanted[:3]))}" if wanted else ""
    more = "" if total == number else f" ({total:,} with other spellings)"
    is_ = "is" if isinstance(clause, Compare | In) else "has other capitals, as"
    yield Hint(
        total, f"`{field}` {is_} {literal(value)} in {events(number)}{more}{asks}: use {told(lowered)}"
    )


def _lowered(clause: Node, field: Field) -> Compare | In | Contains | Call | None:
    """The same, whatever the case of letters; None: it does not matter, or can't be said."""
    if isinstance(clause, Compare | In) and clause.left == field and asks_texts(clause):
        if isinstance(clause, Compare):
            return replace(clause, left=Lower(field), right=_small(clause.right))
        return replace(clause, left=Lower(field), values=tuple(map(_small, clause.values)))
    if isinstance(clause, Contains) and clause.within == field and not clause.negated:
        return replace(clause, within=Lower(field), item=_small(clause.item))
    if isinstance(clause, Call) and clause.of == field and clause.function != "matches":
        return replace(clause, of=Lower(field), argument=clause.argument.lower())
    return None


def _small(value: Any) -> Value:
    text = value.value
    return Value(text.lower()) if isinstance(text, str) else Value(text)


def _spelt(clause: Node, field: Field, counts: Counter[str]) -> Iterator[Hint]:
    """Texts that look like what is asked for, and nobody has."""
    if not isinstance(clause, Compare | In) or not asks_texts(clause):
        return
    number = sum(counts.values())
    for wanted in texts_of(clause)[:3]:
        said = f"no event has {field} {literal(wanted)}"
        bare = wanted.strip("*")
        if bare and bare != wanted and "*" not in bare and field.name != "type":
            yield Hint(number, f"{said}: only `type` knows `*`; use {told(Contains(Value(bare), field))}")
        elif near := near_text(wanted, counts):
            yield Hint(number, f"{said}; did you mean {literal(near)} ({events(counts[near])})?")
        else:
            most, of_it = counts.most_common(1)[0]
            yield Hint(number, f"{said}; the most frequent is {literal(most)} ({events(of_it)})")
