"""The tree: values, canonical text, equality, bounds."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from trees import asks, trees

from sse_notebook.errors import FilterError
from sse_notebook.filters.language import parse
from sse_notebook.filters.tree import (
    DEPTH,
    FALSE,
    TRUE,
    Age,
    And,
    Call,
    Compare,
    Field,
    Has,
    Node,
    Not,
    Opaque,
    Or,
    Value,
    all_of,
    any_of,
    clauses,
)

A, B, C = (Has(Field(name)) for name in ("id", "status", "data.x"))


@given(trees)
def test_text_parses_back(tree: Node) -> None:
    """The canonical text of any tree is parsed to an equal tree, with an equal text."""
    again = parse(str(tree))
    assert (tree, str(tree), hash(tree)) == (again, str(again), hash(again))


@given(trees)
def test_copies(tree: Node) -> None:
    """A tree without callables survives pickle and copy."""
    assert tree == pickle.loads(pickle.dumps(tree)) == copy.deepcopy(tree)


def test_values_keep_their_type() -> None:
    """What Python calls equal, but is of another type, is another value: 1, 1.0 and True."""
    assert 4 == len({Value(1), Value(1.0), Value(True), Value("1")})
    assert Compare(Field("data.x"), "==", Value(1)) != Compare(Field("data.x"), "==", Value(True))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (np.int64(5), "5"),
        (np.bool_(True), "True"),
        (np.float64(0.5), "0.5"),
        (np.str_("a"), '"a"'),
        (float("inf"), "1e999"),
        (-float("inf"), "-1e999"),
        ("it's", '"it\'s"'),
        ('say "x"', "'say \"x\"'"),
        ("\x1b[2J\u202e\n", '"\\x1b[2J\\u202e\\n"'),
        (datetime.fromisoformat("2026-11-24T10:00"), '"2026-11-24T10:00:00+00:00"'),
        (datetime(2026, 11, 24, 10, tzinfo=UTC), '"2026-11-24T10:00:00+00:00"'),
        (date(2026, 11, 24), '"2026-11-24"'),
    ],
)
def test_values(given: Any, text: str) -> None:
    """A value is Python's own, and its text is what can be parsed; nothing in it upsets a terminal."""
    value = Value(given)
    assert text == str(value)
    assert type(value.value) in (str, int, float, bool)


@pytest.mark.parametrize("given", [None, float("nan"), b"x", object(), [1], {"a": 1}, 10**400, "\ud800", 1j])
def test_no_values(given: Any) -> None:
    """What nothing can be compared with is refused when the tree is made."""
    with pytest.raises(FilterError):
        Value(given)


def test_joining_is_flat() -> None:
    """`And` in `And` is one; what is neutral goes; `not not` of the operator `~` goes too."""
    assert And((A, B, C)) == (A & B) & C == A & (B & C)
    assert Or((A, B, C)) == (A | B) | C
    assert (A, A) == (all_of(TRUE, A), any_of(FALSE, A))
    assert (TRUE, FALSE) == (all_of(), any_of())
    assert A == ~~A
    assert [A, B, C] == list(clauses(~(A & B) | C))


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ((A | B) & C, "(has(id) or has(status)) and has(data.x)"),
        (A & B | C, "has(id) and has(status) or has(data.x)"),
        (~(A & B), "not (has(id) and has(status))"),
        (Not(Not(A)), "not not has(id)"),
        (~TRUE, "not True"),
        (Or((TRUE, A)), "True or has(id)"),
    ],
)
def test_parentheses(tree: Node, text: str) -> None:
    """As many as are needed."""
    assert text == str(tree)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Field("projectId"),
        lambda: Field("data."),
        lambda: Field("data.a-b"),
        lambda: Field("data.__class__"),
        lambda: Field("data.from"),
        lambda: Field("data.\ufb01"),  # a ligature: Python would read it as two letters
        lambda: Field("data." + "a." * 200 + "a"),
        lambda: And((A,)),
        lambda: And((A, And((B, C)))),
        lambda: Compare(Field("id"), "=", Value("a")),  # type: ignore[arg-type]
        lambda: Compare(Age(), "<", Value("soon")),
        lambda: Compare(Age(), "<", Field("id")),
        lambda: Call("matches", Field("id"), "("),
        lambda: Call("eval", Field("id"), "("),  # type: ignore[arg-type]
    ],
)
def test_no_trees(make: Any) -> None:
    """What would have no text that can be parsed back is no tree."""
    with pytest.raises(FilterError):
        make()


@pytest.mark.parametrize("deeper", [lambda tree: ~(tree & B), lambda tree: (tree | B) & C, Not])
def test_depth_is_bounded(deeper: Any) -> None:
    """The deepest tree that there may be parses back; a deeper one is refused when it is made."""
    tree = deeper(A)
    while (step := tree.depth) + deeper(A).depth <= DEPTH:
        tree = deeper(tree)
        assert tree.depth > step
    assert tree == parse(str(tree))
    with pytest.raises(FilterError, match="too deep"):
        deeper(tree)


def test_callables() -> None:
    """A callable is equal to itself, shown by its name, and has no text that can be parsed."""
    assert Opaque(asks) == Opaque(asks) == pickle.loads(pickle.dumps(Opaque(asks)))
    assert "<callable asks>" == str(Opaque(asks))
    assert Opaque(asks) != Opaque(json.loads)
    with pytest.raises(FilterError):
        parse(str(Opaque(asks)))
