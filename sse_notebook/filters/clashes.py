"""Parts of a filter that exclude each other: `x > 5 and x < 3`, `has(x) and not has(x)`.

The law: what is said to exclude each other does so for every event. Parts are compared that are about one
thing: the values that one lists are asked of the others, and bounds are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, Final, NamedTuple

from sse_notebook.events.severity import SEVERITIES
from sse_notebook.filters.leaves import kind_of_operand, micros_of, tester
from sse_notebook.filters.tree import And, Call, Compare, Contains, Field, Has, In, Node, Not, Or, Value

__all__ = ["DOMAINS", "Clash", "clash", "kind_of_value", "literals_of", "operand_of"]

# Columns that have no other values.
DOMAINS: Final[dict[str, tuple[Any, ...]]] = {
    "severity": SEVERITIES,
    "origin": ("live", "resumed", "replayed", "added"),
    "after_gap": (False, True),
    "priority": (1, 2, 3, 4, 5),
}
_MOST: Final = 100  # parts of an `and` that are compared with each other


class Clash(NamedTuple):
    """What parts of a node make of it.

    Attributes:
        node: the part that is one too many.
        code: `never`, or `always` for an `or`.
        text: why, in words.
    """

    node: Node
    code: str
    text: str


def kind_of_value(value: Any) -> str:
    """What type a literal is, in words."""
    return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def operand_of(clause: Node) -> Any:
    """What a clause is about; of a comparison, its left side."""
    if isinstance(clause, Compare | In):
        return clause.left
    return clause.within if isinstance(clause, Contains) else getattr(clause, "of", None)


def literals_of(clause: Node) -> list[Any]:
    """The values that a clause compares with."""
    if isinstance(clause, Compare):
        return [clause.right.value] if isinstance(clause.right, Value) else []
    if isinstance(clause, In):
        return [each.value for each in clause.values]
    if isinstance(clause, Contains):
        return [clause.item.value]
    return [clause.argument] if isinstance(clause, Call) else []


def clash(node: And | Or) -> Clash | None:
    """Parts that exclude each other, or of which one is always true."""
    parts = node.parts[:_MOST]
    known = set(parts)
    for part in parts:
        if isinstance(part, Not) and part.part in known:
            if isinstance(node, And):
                return Clash(part, "never", f"this is asked for, and its contrary: {_cut(part.part)}")
            return Clash(part, "always", f"either this is true, or its contrary: {_cut(part.part)}")
    if isinstance(node, Or):
        return None
    groups: dict[Any, list[Node]] = {}
    for part in parts:
        if (about := _about(part)) is not None:
            groups.setdefault(about, []).append(part)
    for about, group in groups.items():
        for one, other in combinations(group, 2):
            if _excludes(about, (one, other)):
                return Clash(other, "never", f"nothing fits this and also {_cut(one)}")
        if len(group) > 2 and _excludes(about, group):
            return Clash(group[-1], "never", f"nothing fits all that is asked of {about}")
    return None


def _about(part: Node) -> Any:
    """The one thing that a part is about; None: several, or nothing of the kind."""
    if isinstance(part, Not):
        return part.part.of if isinstance(part.part, Has) else None
    if not isinstance(part, Compare | In | Contains | Call | Has):
        return None
    if isinstance(part, Compare) and not isinstance(part.right, Value):
        return None
    operand = operand_of(part)
    return None if operand == Field("type") and not isinstance(part, Has) else operand  # it has two spellings


def _excludes(about: Any, group: Sequence[Node]) -> bool:
    asks = [part for part in group if not isinstance(part, Not)]
    if len(asks) < len(group):
        return bool(asks)  # `not has(x)`, and something of x
    kinds = set.intersection(*({"text", "number", "boolean", "list", "object"}, *map(_kinds, asks)))
    if not kinds:
        return True
    if not kinds <= {"text", "number", "boolean"}:
        return False
    clauses = [each for each in asks if isinstance(each, Compare | In | Contains | Call)]
    tests = [tester(each) for each in clauses]
    candidates: Sequence[Any] | None = DOMAINS.get(str(about))
    if candidates is None:
        candidates = _candidates(about, clauses)
    if candidates is not None:
        return not any(all(test(value) for test in tests) for value in candidates)
    return _is_between_nothing(about, clauses)


def _kinds(ask: Node) -> set[str]:
    """Of which types a value can be that fits."""
    if isinstance(ask, Has) or (isinstance(ask, In) and not ask.values):
        return {"text", "number", "boolean", "list", "object"}
    if isinstance(ask, Contains):
        return {"text", "list", "object"} if isinstance(ask.item.value, str) else {"list"}
    if isinstance(ask, Call):
        return {"text"}
    return {kind_of_value(value) for value in literals_of(ask)} if isinstance(ask, Compare | In) else set()


def _candidates(about: Any, clauses: Sequence[Compare | In | Contains | Call]) -> list[Any] | None:
    """All values that can fit, where they are listed."""
    for each in clauses:
        if (isinstance(each, Compare) and each.operator == "==") or (
            isinstance(each, In) and not each.negated
        ):
            return list(_as_tested(about, literals_of(each)))
    return None


def _as_tested(about: Any, literals: Sequence[Any]) -> Iterator[Any]:
    for value in literals:
        yield micros_of(value) if kind_of_operand(about) == "time" else value


def _is_between_nothing(about: Any, clauses: Sequence[Compare | In | Contains | Call]) -> bool:
    """Whether a lower bound lies above an upper one."""
    bounds: list[tuple[str, Any]] = []
    for each in clauses:
        if isinstance(each, Compare) and each.operator not in ("==", "!="):
            (value,) = _as_tested(about, literals_of(each))
            if value is not None:
                bounds.append((each.operator, value))
    lower = [bound for bound in bounds if bound[0][0] == ">"]
    upper = [bound for bound in bounds if bound[0][0] == "<"]
    return any(
        low > high or (low == high and (over, under) != (">=", "<="))
        for over, low in lower
        for under, high in upper
    )


def _cut(node: Node) -> str:
    said = str(node)
    return said if len(said) <= 60 else f"{said[:60]}…"
