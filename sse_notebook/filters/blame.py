"""Which clause refused an event, and which one, turned the other way, would have let it through.

The law: each refused event is refused first by exactly one clause, so that the counts add up. What is asked
of a joined tree is answered by its parts' answers alone: no event is asked twice.

A clause that stands in a tree twice is two clauses: each place has its own count. The constants `True` and
`False` stand among them, since they can refuse too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from sse_notebook.filters.tree import And, Node, Not, Or

__all__ = ["Verdict", "leaves"]

Array = Any  # numpy's


def leaves(tree: Node) -> Iterator[Node]:
    """The clauses of a tree, from left to right, and its constants in their places.

    Example:
        >>> from sse_notebook.filters.language import parse
        >>> [str(leaf) for leaf in leaves(parse("has(id) or not (True and data.n > 3) or False"))]
        ['has(id)', 'data.n > 3']
        >>> [str(leaf) for leaf in leaves(parse("has(id) and False"))]
        ['has(id)', 'False']
    """
    if isinstance(tree, And | Or) and tree.parts:
        for part in tree.parts:
            yield from leaves(part)
    elif isinstance(tree, Not):
        yield from leaves(tree.part)
    else:
        yield tree


class Verdict:
    """What a tree says of some rows, and why.

    Args:
        tree: what is asked.
        answers: for each leaf which rows it is true of.
        first: the number of its first leaf.

    Attributes:
        truth: which rows the whole is true of.

    Example:
        >>> from sse_notebook.filters.language import parse
        >>> tree = parse("has(id) and data.n > 3")
        >>> verdict = Verdict(tree, [np.array([True, False, True]), np.array([True, True, False])])
        >>> verdict.truth.tolist(), verdict.blamed().tolist()
        ([True, False, False], [0, 0, 1])
        >>> [rows.tolist() for rows in verdict.pivots()]  # the second row needs `has(id)` only
        [[True, True, False], [True, False, True]]
    """

    def __init__(self, tree: Node, answers: Sequence[Array], *, first: int = 0) -> None:
        self._all = isinstance(tree, And)
        self._leaf = first
        self._parts: list[Verdict] = []
        parts = (tree.part,) if isinstance(tree, Not) else tree.parts if isinstance(tree, And | Or) else ()
        for part in parts:
            self._parts.append(Verdict(part, answers, first=first))
            first += sum(1 for _ in leaves(part))
        if isinstance(tree, Not):
            self.truth: Array = ~self._parts[0].truth
        elif parts:
            join = np.logical_and if self._all else np.logical_or
            self.truth = join.reduce([part.truth for part in self._parts])
        else:
            self.truth = answers[self._leaf]

    def blamed(self) -> Array:
        """The number of the leaf that made each row what it is, first in order.

        Of an `And` that is false the first part that is false; of an `Or` that is false, all of whose parts
        are, the first. What is true is so by the first part that made it so.
        """
        if not self._parts:
            return np.full(len(self.truth), self._leaf)
        blamed = self._parts[-1].blamed()
        for part in self._parts[-2::-1]:
            # The same for what is true and what is false: the first part that says what the whole says.
            blamed = np.where(part.truth == self.truth, part.blamed(), blamed)
        return blamed

    def pivots(self) -> list[Array]:
        """For each leaf, the rows of which the whole would say the opposite if this leaf alone did."""
        return [rows for _, rows in sorted(self._pivots(np.ones(len(self.truth), bool)), key=_number)]

    def _pivots(self, open_: Array) -> Iterable[tuple[int, Array]]:
        if not self._parts:
            yield self._leaf, open_
            return
        # Of an `And` a part decides where all others are true; of an `Or`, where all others are false.
        against = [part.truth != self._all for part in self._parts]
        number = np.sum(against, axis=0, dtype=np.int32)
        for part, own in zip(self._parts, against, strict=True):
            yield from part._pivots(open_ & (number == own))  # noqa: SLF001 - its own kind


def _number(found: tuple[int, Array]) -> int:
    return found[0]
