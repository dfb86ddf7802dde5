"""Which clause is to blame, and which decides, by what each answers."""

from __future__ import annotations

import brute
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.filters.blame import Verdict, leaves
from sse_notebook.filters.language import parse
from sse_notebook.filters.tree import FALSE, TRUE, Field, Has, Node, Not, all_of, any_of

A, B, C = "has(id)", "has(status)", "has(message)"


def verdict(text: str, *answers: bool) -> tuple[bool, int, list[bool]]:
    """Of one row: what the whole says, who made it so, and who could change it."""
    found = Verdict(parse(text), [np.array([answer]) for answer in answers])
    return bool(found.truth[0]), int(found.blamed()[0]), [bool(rows[0]) for rows in found.pivots()]


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        (A, [False], (False, 0, [True])),
        (f"{A} and {B}", [True, False], (False, 1, [False, True])),
        (f"{A} and {B}", [False, False], (False, 0, [False, False])),
        (f"{A} or {B}", [False, False], (False, 0, [True, True])),
        (f"{A} or {B}", [False, True], (True, 1, [False, True])),
        (f"not ({A} or {B})", [False, True], (False, 1, [False, True])),
        (f"not ({A} and {B})", [True, True], (False, 0, [True, True])),
        (f"({A} or {B}) and not {C}", [False, False, True], (False, 0, [False, False, False])),
        (f"({A} or {B}) and not {C}", [False, True, True], (False, 2, [False, False, True])),
        (f"{A} and False", [True, False], (False, 1, [False, True])),
    ],
)
def test_by_hand(text: str, answers: list[bool], expected: tuple[bool, int, list[bool]]) -> None:
    """The first part that made it so is to blame; who decides alone could change it."""
    assert expected == verdict(text, *answers)


clauses = st.sampled_from([Has(Field("id")), TRUE, FALSE])
trees = st.recursive(
    clauses,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: all_of(*parts))
        | st.lists(inner, max_size=3).map(lambda parts: any_of(*parts))
        | inner.map(Not)
    ),
    max_leaves=7,
)


@given(trees, st.data())
def test_as_the_naive_way(tree: Node, data: st.DataObject) -> None:
    """Of any tree and any answers: as by flipping each of them."""
    number = len(brute.leaves(tree))
    assert brute.leaves(tree) == list(leaves(tree))
    answers = data.draw(st.lists(st.booleans(), min_size=number, max_size=number))
    found = Verdict(tree, [np.array([answer]) for answer in answers])
    said = brute.holds(tree, iter(answers))
    assert said == found.truth[0]
    assert brute.blamed(tree, answers) == found.blamed()[0]
    flips = [
        brute.holds(tree, iter([answer is not (leaf == place) for place, answer in enumerate(answers)]))
        != said
        for leaf in range(number)
    ]
    assert flips == [bool(rows[0]) for rows in found.pivots()]
