"""The tree of a filter: what every mouth of the language makes, and what all else walks.

The law: a node never changes, and its text is canonical: parsed, it gives an equal tree. (`Opaque` alone, a
callable, has no text that can be parsed.) A node holds values only; what they mean is said elsewhere.

Clauses, each true or false of an event: `Compare`, `In`, `Contains`, `Has`, `Call`, `Opaque`. They are joined
by `And`, `Or`, `Not`; an `And` of nothing is always true, an `Or` of nothing never. What clauses are about
(`Field`, `Lower`, `Age`, `Value`) is in `operands`.

A value that is missing, or of another type than what it is compared with, makes a clause false: `!=` and
`not in` are clauses too, and not the same as `not`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sse_notebook.errors import FilterError
from sse_notebook.events.moments import spelled_us
from sse_notebook.filters.operands import Age, Field, Lower, Operand, Value, quoted
from sse_notebook.filters.regex import compiled

__all__ = [
    "CALLS",
    "DEPTH",
    "FALSE",
    "FLIPPED",
    "TRUE",
    "Age",
    "And",
    "Call",
    "Compare",
    "Contains",
    "Field",
    "Has",
    "In",
    "Lower",
    "Node",
    "Not",
    "Opaque",
    "Operand",
    "Operator",
    "Or",
    "Value",
    "all_of",
    "any_of",
    "clauses",
]

DEPTH: Final = 50  # of And, Or and Not in each other; who needs more has written a program
_AGES_END: Final = 10**11  # seconds; times have the same bound

Operator = Literal["==", "!=", "<", "<=", ">", ">="]

#: What may be asked of a text.
CALLS: Final = ("matches", "startswith", "endswith")

#: `a < b` is `b > a`.
FLIPPED: Final[dict[str, Operator]] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Node:
    """What is true or false of an event."""

    __slots__ = ()

    #: How deep it is nested, and how tightly it binds: 3 a clause, 2 `not`, 1 `and`, 0 `or`.
    depth: int = 0
    binds: int = 3

    def __and__(self, other: Node) -> Node:
        return all_of(self, other) if isinstance(other, Node) else NotImplemented

    def __or__(self, other: Node) -> Node:
        return any_of(self, other) if isinstance(other, Node) else NotImplemented

    def __invert__(self) -> Node:
        return self.part if isinstance(self, Not) else Not(self)


# -- clauses -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """`left operator right`."""

    left: Operand
    operator: Operator
    right: Value | Field | Lower

    def __post_init__(self) -> None:
        if self.operator not in FLIPPED:
            raise FilterError(f"an operator is one of {' '.join(FLIPPED)}, not {self.operator!r}")
        if isinstance(self.left, Age):
            object.__setattr__(self, "right", Value(_seconds(self.right)))

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


@dataclass(frozen=True, slots=True)
class In(Node):
    """Whether a value is one of several; `negated`: none of them."""

    left: Field | Lower
    values: tuple[Value, ...]
    negated: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(dict.fromkeys(self.values)))

    def __str__(self) -> str:
        return f"{self.left} {_in(self.negated)} [{', '.join(map(str, self.values))}]"


@dataclass(frozen=True, slots=True)
class Contains(Node):
    """Whether a text has a part, a list an item, an object a name: `"oom" in message`."""

    item: Value
    within: Field | Lower
    negated: bool = False

    def __str__(self) -> str:
        return f"{self.item} {_in(self.negated)} {self.within}"


@dataclass(frozen=True, slots=True)
class Has(Node):
    """Whether there is a value, and not null."""

    of: Field

    def __str__(self) -> str:
        return f"has({self.of})"


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`matches`, `startswith` or `endswith` of a text."""

    function: Literal["matches", "startswith", "endswith"]
    of: Field | Lower
    argument: str

    def __post_init__(self) -> None:
        if self.function not in CALLS:
            raise FilterError(f"there is {', '.join(CALLS)}, not {self.function!r}")
        argument = Value(self.argument).value
        if not isinstance(argument, str):
            raise FilterError(f"{self.function} takes a text, not {self.argument!r}")
        object.__setattr__(self, "argument", argument)
        if self.function == "matches":
            compiled(argument)

    def __str__(self) -> str:
        return f"{self.function}({self.of}, {quoted(self.argument)})"


@dataclass(frozen=True, slots=True)
class Opaque(Node):
    """A callable that is given the event: nobody can see into it."""

    function: Callable[[Any], Any]

    def __str__(self) -> str:
        named = getattr(self.function, "__qualname__", None) or type(self.function).__qualname__
        return f"<callable {named}>"


# -- what joins them -----------------------------------------------------------------------------------


def _nested(node: And | Or | Not, parts: tuple[Node, ...]) -> None:
    if not isinstance(node, Not) and (len(parts) == 1 or any(type(part) is type(node) for part in parts)):
        raise FilterError("made by all_of and any_of: an And or Or of one is that one, and of its kind flat")
    depth = 1 + max((part.depth for part in parts), default=0)
    if depth > DEPTH:
        raise FilterError(f"nested too deep: at most {DEPTH} of and, or, not in each other")
    object.__setattr__(node, "depth", depth)


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of these; never of one, and never directly of another `And`. Made by `all_of`."""

    parts: tuple[Node, ...]
    depth: int = field(init=False, compare=False, repr=False)
    binds = 1

    def __post_init__(self) -> None:
        _nested(self, self.parts)

    def __str__(self) -> str:
        return " and ".join(_inside(part, 1) for part in self.parts) or "True"


@dataclass(frozen=True, slots=True)
class Or(Node):
    """One of these at least; never of one, and never directly of another `Or`. Made by `any_of`."""

    parts: tuple[Node, ...]
    depth: int = field(init=False, compare=False, repr=False)
    binds = 0

    def __post_init__(self) -> None:
        _nested(self, self.parts)

    def __str__(self) -> str:
        return " or ".join(_inside(part, 0) for part in self.parts) or "False"


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Whether it is false."""

    part: Node
    depth: int = field(init=False, compare=False, repr=False)
    binds = 2

    def __post_init__(self) -> None:
        _nested(self, (self.part,))

    def __str__(self) -> str:
        return f"not {_inside(self.part, 1)}"


TRUE: Final = And(())
FALSE: Final = Or(())


def all_of(*parts: Node) -> Node:
    """The `And` of these, or what it comes to: `And` in `And` is one, that of one is itself.

    Example:
        >>> str(all_of(Has(Field("id")), all_of(Has(Field("status")), TRUE)))
        'has(id) and has(status)'
    """
    flat = [each for part in parts for each in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(*parts: Node) -> Node:
    """The `Or` of these, or what it comes to."""
    flat = [each for part in parts for each in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def clauses(tree: Node) -> Iterator[Node]:
    """The clauses of a tree, from left to right."""
    if isinstance(tree, And | Or):
        for part in tree.parts:
            yield from clauses(part)
    elif isinstance(tree, Not):
        yield from clauses(tree.part)
    else:
        yield tree


def _seconds(right: Value | Field | Lower) -> int | float:
    value = right.value if isinstance(right, Value) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _AGES_END:
        return value
    micros = spelled_us(value) if isinstance(value, str) else None
    if micros is None:
        raise FilterError(f'an age is compared with a duration, as "5m", or seconds, not {right}')
    whole, rest = divmod(micros, 1_000_000)
    return micros / 1_000_000 if rest else whole


def _inside(part: Node, binds: int) -> str:
    tight = part.binds > binds or (isinstance(part, And | Or) and not part.parts)
    return str(part) if tight else f"({part})"


def _in(negated: bool) -> str:
    return "not in" if negated else "in"
