"""Why a clause refuses what was probably meant: another type, another case, another name, another spelling.

The law: a cause is told only where the events themselves show it, with how many do.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple

from sse_notebook.events.payload import value_of, whole
from sse_notebook.filters.advice import no_order, of_digits, small_letters
from sse_notebook.filters.frame import Rows
from sse_notebook.filters.leaves import Test, tester
from sse_notebook.filters.mask import judged, operands
from sse_notebook.filters.names import PREFIX
from sse_notebook.filters.near import near_field, near_text
from sse_notebook.filters.outcome import MISSING, PASS, TYPE, VALUE, Answer, base_of
from sse_notebook.filters.tree import (
    Age,
    Call,
    Compare,
    Contains,
    Field,
    Has,
    In,
    Lower,
    Node,
    Opaque,
    Value,
)
from sse_notebook.filters.types import is_about_type

__all__ = ["Case", "Hint", "causes", "events", "told"]

_LONGEST: Final = 120  # characters of a clause
_SHORT: Final = 60  # characters of a value
_MOST: Final = 10_000  # rows whose types are looked at
_LOOKED: Final = 100  # payloads of which it is looked where a value stands
_MEMBERS: Final = 50  # of a list that are looked for
_WORDS: Final[dict[type, str]] = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


class Case(NamedTuple):
    """A clause, and what came of it.

    Attributes:
        clause: what is asked.
        answer: what it answers of each event.
        more: events that would come through if it alone were the other way.
        stands: what of the filter it is alone, itself or its `not`, if that must be true; None: it is joined
            otherwise.
        negated: whether that is its `not`.
    """

    clause: Node
    answer: Answer
    more: int
    stands: str | None
    negated: bool


class Hint(NamedTuple):
    """A sentence, and how many events it is about."""

    weight: int
    text: str


def causes(case: Case, rows: Rows) -> Iterator[Hint]:
    """What is probably wrong with a clause."""
    clause = case.clause
    yield from (
        Hint(number, f"`{told(clause)}` raised {told(error)} for {events(number)}: they count as `type`")
        for error, number in case.answer.errors.most_common(1)
    )
    if isinstance(clause, Opaque):
        return
    vocabulary = list(_vocabulary(case, rows))
    yield from vocabulary
    yield from _types(case, rows)
    if capitals := _capitals(clause):
        yield Hint(case.answer.count(VALUE), f"`{told(clause)}`: {capitals}")
    elif not vocabulary:
        yield from _members(case, rows)
        yield from _values(case, rows)
    yield from _absent(case, rows)


def events(number: int) -> str:
    """So many events, in words."""
    return f"{number:,} event{'' if number == 1 else 's'}"


def told(text: object, longest: int = _LONGEST) -> str:
    """The beginning of a text."""
    said = str(text)
    return said if len(said) <= longest else f"{said[: longest - 1]}…"


# -- the other vocabulary --------------------------------------------------------------------------------


def _vocabulary(case: Case, rows: Rows) -> Iterator[Hint]:
    """`event_type` is compared as it stands, where `type` knows both spellings and globs."""
    clause = case.clause
    if not isinstance(clause, Compare | In) or clause.left != Field("event_type") or not _asks_texts(clause):
        return
    meant = replace(clause, left=Field("type"))
    number = int((judged(meant, rows) & ~case.answer.passed).sum())
    if number:
        yield Hint(
            number,
            f"`event_type` is compared as it is on the wire, and {events(number)} "
            f"spell{'s' if number == 1 else ''} it otherwise: "
            f"use {told(meant)}, which knows both spellings",
        )


def _asks_texts(clause: Compare | In) -> bool:
    """Whether it asks that a value be one of some texts."""
    if isinstance(clause, In):
        return not clause.negated and any(isinstance(value.value, str) for value in clause.values)
    return clause.operator == "==" and isinstance(clause.right, Value) and isinstance(clause.right.value, str)


# -- another type ----------------------------------------------------------------------------------------


def _types(case: Case, rows: Rows) -> Iterator[Hint]:
    """Values of another type than what they are compared with."""
    wrong = (case.answer.codes == TYPE).nonzero()[0]
    asked = [base_of(operand) for operand in operands(case.clause)]
    if not len(wrong) or not asked:
        return
    share = percent(len(wrong), len(rows))
    if isinstance(asked[0], Field) and asked[0].name in _TIMES and len(asked) == 1:
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
    example = f" ({_literal(value)})" if isinstance(value, str | int | float) else ""
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


def percent(part: int, whole: int) -> str:
    """A share in words; never 0 % of what is there, nor 100 % of what is not all."""
    share = 100 * part / whole
    if part == whole or 1 <= share <= 99:
        return f"{share:.0f}%"
    return "less than 1%" if share < 1 else "more than 99%"


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


def _capitals(clause: Node) -> str | None:
    """That what is in small letters is asked for others."""
    lowered = [each for each in operands(clause) if isinstance(each, Lower)]
    return small_letters(clause, _wanted(clause)) if lowered else None


def _members(case: Case, rows: Rows) -> Iterator[Hint]:
    """Of a list some are there, and one is spelt nearly as what is."""
    clause = case.clause
    if not isinstance(clause, In) or clause.negated or not isinstance(clause.left, Field):
        return
    if not case.answer.count(PASS) or is_about_type(clause) or clause.left.name in _TIMES:
        return
    counts = Counter(value for value in rows.column(clause.left).values() if type(value) is str)
    for wanted in _wanted(clause)[:_MEMBERS]:
        if wanted not in counts and (near := near_text(wanted, counts)):
            said = f"no event has {clause.left} {_literal(wanted)}"
            yield Hint(counts[near], f"{said}; did you mean {_literal(near)} ({events(counts[near])})?")


# -- another case, another spelling ----------------------------------------------------------------------


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
    elif not case.answer.count(PASS) and isinstance(clause, Compare) and asked[0].name not in _TIMES:
        numbers = [value for value in values if type(value) in (int, float)]
        if numbers:
            low, high = min(numbers), max(numbers)
            span = (
                f"is always {_literal(low)}"
                if low == high
                else f"goes from {_literal(low)} to {_literal(high)}"
            )
            yield Hint(len(numbers), f"no event passes `{told(clause)}`: {asked[0]} {span}")


_TIMES: Final = ("timestamp", "received_at")


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
    wanted = _wanted(clause)
    asks = f"; the filter asks for {', '.join(map(_literal, wanted[:3]))}" if wanted else ""
    more = "" if total == number else f" ({total:,} with other spellings)"
    is_ = "is" if isinstance(clause, Compare | In) else "has other capitals, as"
    yield Hint(
        total, f"`{field}` {is_} {_literal(value)} in {events(number)}{more}{asks}: use {told(lowered)}"
    )


def _lowered(clause: Node, field: Field) -> Compare | In | Contains | Call | None:
    """The same, whatever the case of letters; None: it does not matter, or can't be said."""
    if isinstance(clause, Compare | In) and clause.left == field and _asks_texts(clause):
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


def _wanted(clause: Node) -> list[str]:
    """The texts that a clause asks for."""
    if isinstance(clause, Compare) and isinstance(clause.right, Value):
        found = [clause.right.value]
    elif isinstance(clause, In):
        found = [value.value for value in clause.values]
    elif isinstance(clause, Contains):
        found = [clause.item.value]
    else:
        found = [clause.argument] if isinstance(clause, Call) else []
    return [value for value in found if isinstance(value, str)]


def _spelt(clause: Node, field: Field, counts: Counter[str]) -> Iterator[Hint]:
    """Texts that look like what is asked for, and nobody has."""
    if not isinstance(clause, Compare | In) or not _asks_texts(clause):
        return
    number = sum(counts.values())
    for wanted in _wanted(clause)[:3]:
        said = f"no event has {field} {_literal(wanted)}"
        bare = wanted.strip("*")
        if bare and bare != wanted and "*" not in bare and field.name != "type":
            yield Hint(number, f"{said}: only `type` knows `*`; use {told(Contains(Value(bare), field))}")
        elif near := near_text(wanted, counts):
            yield Hint(number, f"{said}; did you mean {_literal(near)} ({events(counts[near])})?")
        else:
            most, of_it = counts.most_common(1)[0]
            yield Hint(number, f"{said}; the most frequent is {_literal(most)} ({events(of_it)})")


# -- fields that are not there ---------------------------------------------------------------------------


def _absent(case: Case, rows: Rows) -> Iterator[Hint]:
    """Fields that hardly any event has."""
    number = case.answer.count(MISSING)
    if not number:
        return
    for operand in dict.fromkeys(map(base_of, operands(case.clause))):
        if not isinstance(operand, Field):
            continue
        there = int(rows.column(operand, objects=True).there().sum())
        near = near_field(operand.name, rows, certain=there > 0)
        if not there:
            if near or not isinstance(case.clause, Has):  # which asks just that
                yield Hint(number, f"no event has `{operand}`" + (f"; did you mean {near}?" if near else ""))
        elif near:
            missing = percent(len(rows) - there, len(rows))
            yield Hint(number, f"`{operand}` is missing in {missing}, and some events have {near}")


def _literal(value: Any) -> str:
    """A value as a filter writes it, not too long."""
    if isinstance(value, str):
        return told(Value(whole(value[:_SHORT]) + ("…" if len(value) > _SHORT else "")), 2 * _SHORT)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return told(
        value if not isinstance(value, int) or value.bit_length() < 1_000 else "a huge number", _SHORT
    )
