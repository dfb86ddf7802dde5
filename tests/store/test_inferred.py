"""`store.inferred`: a column that widens as its values come. What types there are, `test_expand` asks."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from sse_notebook.store import inferred
from sse_notebook.store.inferred import Inferred

ROOM = 100
MIXED: dict[str, list[Any]] = {
    "none": [None],
    "bool": [True, None, False],
    "int": [1, None, -(2**63)],
    "float": [1.5, None, 2],
    "text": ["a", None, "b"],
    "object": [[1], None, 5],
}


def read(column: Inferred, start: int, stop: int) -> list[Any]:
    """Some values; None is what is missing."""
    if column.kind == "none":
        return [None] * (stop - start)
    objects = column.kind == "object"
    array = column.objects(start, stop) if objects else column.array(start, stop, lambda memory: memory)
    return [None if value is pd.NA or value != value else value for value in array.tolist()]


@pytest.mark.parametrize("kind", MIXED)
def test_what_was_taken_stays(kind: str) -> None:
    """A column goes on as two others do that share its memory: it still says what it said."""
    values = MIXED[kind]
    rows = len(values)
    column = Inferred().added(0, values, ROOM)
    assert (kind, values) == (column.kind, read(column, 0, rows))
    for other in MIXED.values():
        longer = column.added(rows, other, ROOM)
        assert values == read(column, 0, rows)
        assert other == [*read(longer, rows, rows + len(other))] or longer.kind in ("text", "float")


@pytest.mark.parametrize("kind", MIXED)
def test_moved_it_has_the_rows_that_are_left(kind: str) -> None:
    """The first rows can be forgotten, and others added after the rest."""
    values = MIXED[kind]
    rows = len(values)
    column = Inferred().added(0, values, rows).moved(1, rows, ROOM).added(rows - 1, values, ROOM)
    assert (kind, [*values[1:], *values]) == (column.kind, read(column, 0, 2 * rows - 1))
    assert values[:1] == read(column.moved(rows - 1, 2 * rows - 1, ROOM), 0, 1)


@pytest.mark.parametrize("size", [1, 3, 100, 5_000])
def test_texts_are_few_arrays(size: int) -> None:
    """However few texts come at once, there are only some more arrays than they have to be."""
    column, rows = Inferred(), 10_000 if size == 1 else 100_000
    for row in range(0, rows, size):
        column = column.added(row, [str(n) for n in range(row, row + size)], 0)
        assert len(column.values) <= 2 * (row + size) // inferred.JOINED + 17
    rows -= rows % size
    assert [str(n) for n in range(rows)] == read(column, 0, rows)


def test_a_column_that_widens_knows_where_from() -> None:
    """Of numbers that became text only the later rows are known, until the others are written again."""
    column = Inferred().added(0, [1.5, 2], ROOM).added(2, ["a"], ROOM)
    assert (2, ["a"]) == (column.since, read(column, 2, 3))
    moved = column.moved(1, 3, ROOM)
    assert (1, ["a"]) == (moved.since, read(moved, 1, 2))
    column = column.mended(column.again().added(0, [1.5], ROOM).added(1, [2], ROOM))
    assert (0, ["1.5", "2", "a"]) == (column.since, read(column, 0, 3))
