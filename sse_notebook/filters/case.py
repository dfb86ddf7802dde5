"""A clause, what came of it, and how that is said.

The law: a text is cut where it is long, and never in the middle of a character.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sse_notebook.events.payload import whole
from sse_notebook.filters.outcome import Answer
from sse_notebook.filters.tree import Call, Compare, Contains, In, Node, Value
from sse_notebook.words import counted

__all__ = ["TIMES", "Case", "Hint", "asks_texts", "events", "literal", "percent", "texts_of", "told"]

#: Fields whose texts are times.
TIMES: Final = ("timestamp", "received_at")
_LONGEST: Final = 120  # characters of a clause
_SHORT: Final = 60  # characters of a value


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


def events(number: int) -> str:
    """So many events, in words."""
    return counted(number, "event")


def told(text: object, longest: int = _LONGEST) -> str:
    """The beginning of a text."""
    said = str(text)
    return said if len(said) <= longest else f"{said[: longest - 1]}…"


def percent(part: int, whole: int) -> str:
    """A share in words; never 0 % of what is there, nor 100 % of what is not all."""
    share = 100 * part / whole
    if part == whole or 1 <= share <= 99:
        return f"{share:.0f}%"
    return "less than 1%" if share < 1 else "more than 99%"


def literal(value: Any) -> str:
    """A value as a filter writes it, not too long."""
    if isinstance(value, str):
        return told(Value(whole(value[:_SHORT]) + ("…" if len(value) > _SHORT else "")), 2 * _SHORT)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return told(
        value if not isinstance(value, int) or value.bit_length() < 1_000 else "a huge number", _SHORT
    )


def texts_of(clause: Node) -> list[str]:
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


def asks_texts(clause: Compare | In) -> bool:
    """Whether it asks that a value be one of some texts."""
    if isinstance(clause, In):
        return not clause.negated and any(isinstance(value.value, str) for value in clause.values)
    return clause.operator == "==" and isinstance(clause.right, Value) and isinstance(clause.right.value, str)
