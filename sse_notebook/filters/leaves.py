"""What a clause says of a value: the one place where that is decided, for events and for columns alike.

The law: a test takes any value and never raises. A value that is missing (None, NaN), or of another type than
what it is compared with, makes it false. Numbers compare with numbers; a boolean is no number.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sse_notebook.events.severity import SEVERITIES
from sse_notebook.filters.names import Kind, kind_of
from sse_notebook.filters.regex import compiled
from sse_notebook.filters.tree import Age, Call, Compare, Contains, Field, Has, In, Lower, Operand, Value

__all__ = [
    "OPERATORS",
    "Pair",
    "Test",
    "is_there",
    "kind_of_operand",
    "micros_of",
    "never",
    "pair_tester",
    "tester",
]

Test = Callable[[Any], bool]
Pair = Callable[[Any, Any], bool]

OPERATORS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ORDER: Final = {word: rank for rank, word in enumerate(SEVERITIES)}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def never(_: Any) -> bool:
    """What is true of nothing."""
    return False


def kind_of_operand(operand: Operand) -> Kind:
    """What kind of values an operand has; `type` alone, compared, knows more than its text."""
    if isinstance(operand, Lower):
        return "text"
    return "number" if isinstance(operand, Age) else kind_of(operand.name) or "field"


def micros_of(value: Any) -> int | None:
    """A time of a text in ISO 8601 (UTC where it says nothing else), in microseconds; None: it is none.

    Example:
        >>> micros_of("1970-01-01T00:00:01") == micros_of("1970-01-01 01:00:01+01:00") == 1_000_000
        True
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return (aware - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None


def is_there(value: Any) -> bool:
    """Whether there is a value: NaN is none."""
    return value is not None and (type(value) is not float or value == value)


def tester(clause: Compare | In | Contains | Has | Call) -> Test:
    """The test of a clause about one value. Times are given as microseconds, all else as Python has it."""
    if isinstance(clause, Compare):
        if not isinstance(clause.right, Value):
            return never  # that is `pair_tester`
        return _comparing(kind_of_operand(clause.left), clause.operator, clause.right.value)
    if isinstance(clause, In):
        values = [value.value for value in clause.values]
        return _among(kind_of_operand(clause.left), values, negated=clause.negated)
    if isinstance(clause, Has):
        return is_there
    if isinstance(clause, Contains):
        return _containing(clause.item.value, negated=clause.negated)
    argument = clause.argument
    if clause.function == "startswith":
        return lambda value: type(value) is str and value.startswith(argument)
    if clause.function == "endswith":
        return lambda value: type(value) is str and value.endswith(argument)
    search = compiled(argument).search
    return lambda value: type(value) is str and search(value)


def pair_tester(left: Operand, sign: str, right: Field | Lower) -> Pair:
    """The test of a comparison of two values."""
    compare = OPERATORS[sign]
    kinds = kind_of_operand(left), kind_of_operand(right)
    if "time" in kinds:
        one, other = (_same if kind == "time" else micros_of for kind in kinds)
    elif "severity" in kinds and sign not in ("==", "!="):
        one = other = _rank
    else:
        return lambda a, b: _alike(a, b, sign) and bool(compare(a, b))

    def test(a: Any, b: Any) -> bool:
        a, b = one(a), other(b)
        return a is not None and b is not None and bool(compare(a, b))

    return test


def _same(value: Any) -> Any:
    return value


def _rank(value: Any) -> int | None:
    return _ORDER.get(value) if type(value) is str else None


def _alike(one: Any, other: Any, sign: str) -> bool:
    """Whether two values can be compared."""
    kind, another = type(one), type(other)
    if kind is str:
        return another is str
    if kind is bool:
        return another is bool and sign in ("==", "!=")
    return kind in (int, float) and another in (int, float) and one == one and other == other


def _comparing(kind: Kind, sign: str, wanted: Any) -> Test:
    if kind == "time":
        wanted = micros_of(wanted)
        if wanted is None:
            return never
    elif kind == "severity" and sign not in ("==", "!="):
        if wanted not in SEVERITIES:
            return never
        fits = frozenset(word for word in SEVERITIES if OPERATORS[sign](_ORDER[word], _ORDER[wanted]))
        return lambda value: type(value) is str and value in fits
    if isinstance(wanted, str):
        return _TEXTS[sign](wanted)
    if isinstance(wanted, bool):
        if sign not in ("==", "!="):
            return never
        fitting = wanted == (sign == "==")
        return lambda value: value is fitting
    return _NUMBERS[sign](wanted)


# One closure for each, since an operator as a function takes three times as long.
_TEXTS: Final[dict[str, Callable[[str], Test]]] = {
    "==": lambda wanted: lambda value: type(value) is str and value == wanted,
    "!=": lambda wanted: lambda value: type(value) is str and value != wanted,
    "<": lambda wanted: lambda value: type(value) is str and value < wanted,
    "<=": lambda wanted: lambda value: type(value) is str and value <= wanted,
    ">": lambda wanted: lambda value: type(value) is str and value > wanted,
    ">=": lambda wanted: lambda value: type(value) is str and value >= wanted,
}
_SOME: Final = frozenset({int, float})
_NUMBERS: Final[dict[str, Callable[[Any], Test]]] = {
    "==": lambda wanted: lambda value: type(value) in _SOME and value == wanted,
    "!=": lambda wanted: lambda value: type(value) in _SOME and value != wanted and value == value,
    "<": lambda wanted: lambda value: type(value) in _SOME and value < wanted,
    "<=": lambda wanted: lambda value: type(value) in _SOME and value <= wanted,
    ">": lambda wanted: lambda value: type(value) in _SOME and value > wanted,
    ">=": lambda wanted: lambda value: type(value) in _SOME and value >= wanted,
}


def _among(kind: Kind, values: list[Any], *, negated: bool) -> Test:
    if not values:
        return is_there if negated else never
    if kind == "time":
        values = [micros for value in values if (micros := micros_of(value)) is not None]
    texts = frozenset(value for value in values if isinstance(value, str))
    flags = frozenset(value for value in values if isinstance(value, bool))
    numbers = frozenset(value for value in values if type(value) in _SOME)

    def test(value: Any) -> bool:
        kind = type(value)
        if kind is str:
            known: frozenset[Any] = texts
        elif kind is bool:
            known = flags
        elif kind in _SOME and value == value:
            known = numbers
        else:
            return False
        return bool(known) and (value in known) is not negated

    return test


def _containing(item: Any, *, negated: bool) -> Test:
    is_text, equal = isinstance(item, str), _comparing("field", "==", item)

    def test(value: Any) -> bool:
        kind = type(value)
        if kind is list:
            return any(map(equal, value)) is not negated
        return is_text and kind in (str, dict) and (item in value) is not negated

    return test
