"""What is true of every event, or of none, by the text of a filter alone.

The law: nothing is said that an event could refute. `x > 5 and x < 3` is never true; `x == 1 or x != 1` is
not always true, since an event may have no `x`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sse_notebook.events.severity import severity_word
from sse_notebook.filters.advice import an, of_kind, small_letters
from sse_notebook.filters.clashes import DOMAINS, clash, kind_of_value, literals_of, operand_of
from sse_notebook.filters.leaves import kind_of_operand, micros_of, tester
from sse_notebook.filters.tree import (
    Age,
    And,
    Call,
    Compare,
    Contains,
    Has,
    In,
    Lower,
    Node,
    Not,
    Or,
    Value,
)

__all__ = ["ALWAYS_THERE", "Certain", "certain"]

# Columns that each event has.
ALWAYS_THERE: Final = frozenset(
    {"timestamp", "received_at", "type", "event_type", "severity", "origin", "after_gap", "source", "data"}
)
_WANTED: Final = {
    "text": ("text",),
    "type": ("text",),
    "severity": ("text",),
    "time": ("text",),
    "number": ("number",),
    "flag": ("boolean",),
    "field": ("text", "number", "boolean"),
}

Asks = Compare | In | Contains | Call | Has


class Certain(NamedTuple):
    """What is certain of a node.

    Attributes:
        node: of which.
        code: as in `Warned`.
        text: why, in words.
    """

    node: Node
    code: str
    text: str


def certain(tree: Node) -> tuple[bool | None, list[Certain]]:
    """Whether a tree is true of every event, or of none (None: that depends), and the reasons.

    Example:
        >>> from sse_notebook.filters.language import parse
        >>> truth, reasons = certain(parse('has(id) and severity > "error"'))
        >>> truth, reasons[0].text
        (False, 'no severity is above "error"')
    """
    reasons: list[Certain] = []
    return _truth(tree, reasons), reasons


def _truth(node: Node, reasons: list[Certain]) -> bool | None:
    if isinstance(node, Not):
        inner = _truth(node.part, reasons)
        return None if inner is None else not inner
    if isinstance(node, And | Or):
        ends = isinstance(node, Or)  # what one part alone decides
        found = [_truth(part, reasons) for part in node.parts]
        if not node.parts:
            reasons.append(
                Certain(
                    node, "never" if ends else "always", "true of no event" if ends else "true of every event"
                )
            )
        if ends in found:
            return ends
        if all(truth is not None for truth in found):
            return not ends
        if found_clash := clash(node):
            reasons.append(Certain(*found_clash))
            return ends
        return None
    if isinstance(node, Compare | In | Contains | Call | Has):
        reason = _clause(node)
        if reason is not None:
            reasons.append(reason)
            return reason.code == "always"
    return None


# -- one clause ----------------------------------------------------------------------------------------


def _clause(clause: Asks) -> Certain | None:
    operand = operand_of(clause)
    kind = kind_of_operand(operand)
    if isinstance(clause, Has):
        there = clause.of.name in ALWAYS_THERE
        return Certain(clause, "always", f"every event has {an(str(clause.of))}") if there else None
    if isinstance(clause, Compare) and not isinstance(clause.right, Value):
        return _pair(clause, kind)
    if isinstance(clause, In) and not clause.values:
        if clause.negated:
            return None
        return Certain(clause, "never", "the list is empty")
    literals = literals_of(clause)
    name = operand.of.name if isinstance(operand, Lower) else str(operand)
    wanted = _WANTED[kind]
    if isinstance(clause, Call | Contains) and kind in ("number", "flag", "time"):
        return Certain(clause, "type", f"{name} is no text, and has no parts")
    if not isinstance(operand, Age) and not any(kind_of_value(value) in wanted for value in literals):
        whole_list = isinstance(clause, Contains) and kind == "field"
        if not whole_list:
            is_, found = _a(wanted[0]), _a(kind_of_value(literals[0]))
            if kind == "time":
                is_, hint = "a time", ': write "2026-11-24T10:00"'
            else:
                hint = of_kind(clause, wanted[0])
            return Certain(clause, "type", f"{name} is {is_}, compared with {found}{hint}")
    if isinstance(clause, Compare) and clause.operator not in ("==", "!=") and isinstance(literals[0], bool):
        return Certain(clause, "type", "True and False are not above or below anything")
    if kind == "time" and all(micros_of(value) is None for value in literals):
        said = Value(literals[0])
        return Certain(clause, "type", f'{name} is a time, and {said} is none: write "2026-11-24T10:00"')
    if isinstance(operand, Lower) and (reason := _small(clause, literals)):
        return reason
    return _domain(clause, operand, literals)


def _pair(clause: Compare, kind: str) -> Certain | None:
    """A comparison of two fields."""
    other = kind_of_operand(clause.right)  # type: ignore[arg-type]  # no literal
    if clause.left == clause.right and clause.operator in ("!=", "<", ">"):
        return Certain(clause, "never", "both sides are the same")
    texts = {"text", "type", "severity", "time"}
    kinds = {"text" if each in texts else each for each in (kind, other)}
    if len(kinds) > 1 and "field" not in kinds:
        return Certain(clause, "type", f"{clause.left} and {clause.right} are of two types")
    return None


def _small(clause: Asks, literals: Sequence[Any]) -> Certain | None:
    """A text in small letters is asked for capitals."""
    said = small_letters(clause, literals)
    return None if said is None else Certain(clause, "case", said)


def _domain(clause: Asks, operand: Any, literals: Sequence[Any]) -> Certain | None:
    """A column that has only so many values."""
    name = operand.of.name if isinstance(operand, Lower) else str(operand)
    values = DOMAINS.get(name)
    if values is None:
        return None
    test = tester(clause)
    asked = (
        [value if isinstance(value, str) else None for value in values]
        if isinstance(operand, Lower)
        else values
    )
    fits = [bool(test(value)) for value in asked]  # small letters have only texts; all of these are in them
    if not any(fits):
        return Certain(clause, "never", _no_value(clause, name, values, literals))
    if all(fits) and name in ALWAYS_THERE:
        return Certain(clause, "always", f"every {name} fits")
    return None


def _no_value(clause: Asks, name: str, values: Sequence[Any], literals: Sequence[Any]) -> str:
    literal = literals[0]
    if isinstance(clause, Compare) and clause.operator in ("<", "<=", ">", ">=") and literal in values:
        return f"no {name} is {'below' if clause.operator[0] == '<' else 'above'} {Value(literal)}"
    known = f"{name} is one of {', '.join(str(Value(value)) for value in values)}"
    word = severity_word(literal) if name == "severity" else None
    return f"{known}; did you mean {Value(word)}?" if word and word != literal else known


def _a(kind: str) -> str:
    return {"text": "text", "number": "a number", "boolean": "True or False"}[kind]
