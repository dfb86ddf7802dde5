"""What an explanation must say, found the naive way: each event alone, each clause alone, each flipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from trees import MISSING, _value, naive

from sse_notebook.events import Event
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
    Not,
    Opaque,
    Or,
)

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def leaves(tree: Node) -> list[Node]:
    """The clauses and constants of a tree."""
    match tree:
        case Not(part):
            return leaves(part)
        case And(parts) | Or(parts) if parts:
            return [leaf for part in parts for leaf in leaves(part)]
    return [tree]


def outcome(clause: Node, event: Event) -> str:
    """What a clause answers; `type`: there is a value, but neither it nor its opposite is true."""
    if isinstance(clause, Opaque):
        try:
            return "pass" if clause.function(event) else "value"
        except Exception:  # noqa: BLE001 - whatever it raises is its answer
            return "type"
    if naive(clause, event):
        return "pass"
    match clause:
        case And() | Or():
            return "value"
        case Has():
            return "missing"
        case Compare(left, sign, right):
            asked: list[Any] = [left, right]
            opposite = naive(Compare(left, _OPPOSITE[sign], right), event)
        case In(left, _, negated):
            asked, opposite = [left], naive(replace(clause, negated=not negated), event)
        case Contains(_, within, negated):
            asked, opposite = [within], naive(replace(clause, negated=not negated), event)
        case Call(_, of, _):
            asked, opposite = [of], isinstance(_value(of, event), str)
    for operand in asked:
        base = operand.of if isinstance(operand, Lower) else operand
        if isinstance(base, Field) and _value(base, event) is MISSING:
            return "missing"
    return "value" if opposite else "type"


def holds(tree: Node, answers: Iterator[bool]) -> bool:
    """What a tree says, by what its leaves say."""
    match tree:
        case Not(part):
            return not holds(part, answers)
        case And(parts) if parts:
            return all([holds(part, answers) for part in parts])  # noqa: C419 - each takes its answers
        case Or(parts) if parts:
            return any([holds(part, answers) for part in parts])  # noqa: C419 - likewise
    return next(answers)


def blamed(tree: Node, answers: list[bool], first: int = 0) -> int:
    """The leaf that made a tree what it is, first in order."""
    if isinstance(tree, Not):
        return blamed(tree.part, answers, first)
    if not isinstance(tree, And | Or) or not tree.parts:
        return first
    said = holds(tree, iter(answers[first:]))
    for part in tree.parts:
        if holds(part, iter(answers[first:])) == said:
            return blamed(part, answers, first)
        first += len(leaves(part))
    raise AssertionError("no part says what the whole says")


class Told(NamedTuple):
    """What is to be said of some events."""

    clauses: list[dict[str, Any]]
    passed: int
    near: list[tuple[int, int, str]]  # event, leaf, outcome
    first: list[int | None]  # of each event the leaf that refused it first


def explain(tree: Node, events: list[Event]) -> Told:
    """What an explanation must say."""
    asks = leaves(tree)
    rows = [dict.fromkeys(("pass", "value", "missing", "type", "first_fail", "only_fail"), 0) for _ in asks]
    near, first, passed = [], [], 0
    for number, event in enumerate(events):
        outcomes = [outcome(leaf, event) for leaf in asks]
        for row, word in zip(rows, outcomes, strict=True):
            row[word] += 1
        answers = [word == "pass" for word in outcomes]
        if holds(tree, iter(answers)):
            passed += 1
            first.append(None)
            continue
        guilty = blamed(tree, answers)
        first.append(guilty)
        rows[guilty]["first_fail"] += 1
        flips = []
        for leaf in range(len(asks)):
            flipped = [said is not (place == leaf) for place, said in enumerate(answers)]
            if holds(tree, iter(flipped)):
                rows[leaf]["only_fail"] += 1
                flips.append(leaf)
        if len(flips) == 1:
            near.append((number, flips[0], outcomes[flips[0]]))
    return Told(
        [{"clause": str(leaf), **row} for leaf, row in zip(asks, rows, strict=True)], passed, near, first
    )
