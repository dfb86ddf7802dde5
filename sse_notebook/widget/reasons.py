"""Why a feed's filter keeps rows out: of each of its clauses how many it passes, and what stopped one row.

The law: a clause is what `and` joins at the top of the filter, so that without it more rows fit, never fewer.
The counts rest on the newest rows, so many and no more, and say so; they are made anew seldom, and the longer
it takes the more seldom. What one row was stopped by is asked of that row alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.filters import Filter
from sse_notebook.filters.blame import Verdict, leaves
from sse_notebook.filters.explain import seen_in
from sse_notebook.filters.mask import paths_of
from sse_notebook.filters.outcome import OUTCOMES, PASS, answer
from sse_notebook.filters.tree import And, Node, Or
from sse_notebook.store.asked import Part
from sse_notebook.store.columns import Version
from sse_notebook.widget.texts import cut

__all__ = ["CLAUSES", "SAMPLE", "Reasons", "clauses_of", "stopped_by"]

SAMPLE: Final = 5_000  # rows that are asked
CLAUSES: Final = 30  # that are told
LONGEST: Final = 300  # characters of a clause
REST: Final = 2.0  # seconds between two counts of the same filter
SHARE: Final = 0.05  # of the time may go into counting
KEPT: Final = 16  # filters whose counts are remembered


class _Counted(NamedTuple):
    """What was counted last.

    Attributes:
        stop: up to which row.
        due: before when it is not counted again.
        told: what was found.
    """

    stop: int
    due: float
    told: dict[str, Any]


class Reasons:
    """Counts for what was typed, no more often than is needed.

    Args:
        clock: what the time is.
    """

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        # By what was typed. Two threads may count the same: then one count is for nothing, and none wrong.
        self._counted: dict[str, _Counted] = {}

    def due(self, typed: str, version: Version) -> bool:
        """Whether it is time to count again: there are other rows, and it was not done just now."""
        known = self._counted.get(typed)
        if known is None:
            return bool(typed.strip())
        return known.stop != version.stop and self._clock.monotonic() >= known.due

    def of(self, typed: str, asked: Filter, version: Version) -> dict[str, Any]:
        """The counts, made anew if that is due."""
        known = self._counted.get(typed)
        return self._count(typed, asked, version) if known is None or self.due(typed, version) else known.told

    def _count(self, typed: str, asked: Filter, version: Version) -> dict[str, Any]:
        began = self._clock.monotonic()
        told = clauses_of(typed, asked, version, self._clock.time())
        now = self._clock.monotonic()
        due = now + max(REST, (now - began) / SHARE)
        counted = {**self._counted, typed: _Counted(version.stop, due, told)}
        self._counted = dict(list(counted.items())[-KEPT:])
        return told


def clauses_of(typed: str, asked: Filter, version: Version, now: float) -> dict[str, Any]:
    """How many rows each clause of a filter passes, of the newest.

    Args:
        typed: what was typed.
        asked: the filter that it is.
        version: what is kept.
        now: Unix time, for ages.

    Returns:
        `parts`, for each clause `[text, text within a longer filter, pass, value, missing, type, alone]`:
        how many rows it answered so (of what is joined by `or` and `not` `value` has all that are refused),
        and how many it alone refuses; `asked`, how many rows were asked; `of`, how many there are; `more`,
        how many clauses are not told.
    """
    parts = _parts(typed, asked)
    size = version.stop - version.start
    first = max(version.start, version.stop - SAMPLE)
    counts = np.zeros((len(parts), len(OUTCOMES)), np.int64)
    alone = np.zeros(len(parts), np.int64)
    for rows in _rows(version, asked, first, version.stop, now):
        codes = [_answered(tree, rows) for _, _, tree in parts]
        refused = np.sum([each != PASS for each in codes], axis=0)
        for place, each in enumerate(codes):
            counts[place] += np.bincount(each, minlength=len(OUTCOMES))
            alone[place] += int(np.count_nonzero((each != PASS) & (refused == 1)))
    return {
        "parts": [
            [text, joined, *numbers, lone]
            for (text, joined, _), numbers, lone in zip(parts, counts.tolist(), alone.tolist(), strict=True)
        ][:CLAUSES],
        "asked": version.stop - first,
        "of": size,
        "more": max(0, len(parts) - CLAUSES),
    }


def stopped_by(typed: str, asked: Filter, version: Version, seq: int, now: float) -> list[list[Any]]:
    """The clauses that one row did not pass, in the order of the filter.

    Args:
        typed: what was typed.
        asked: the filter that it is.
        version: what is kept.
        seq: the row.
        now: Unix time, for ages.

    Returns:
        For each `[text, outcome, value]`: why (`value`, `missing`, `type`; `pass`: behind a `not`), and what
        was seen, as text (None: nothing); none if the row fits, or is not kept.
    """
    told = []
    for rows in _rows(version, asked, seq, seq + 1, now):
        for text, _, tree in _parts(typed, asked):
            each = list(leaves(tree))
            answers = [answer(leaf, rows) for leaf in each]
            verdict = Verdict(tree, [found.passed for found in answers])
            if verdict.truth[0]:
                continue
            blamed = int(verdict.blamed()[0])
            codes = answers[blamed].codes
            value = seen_in(each[blamed], rows, codes)[0]
            told.append([text, OUTCOMES[codes[0]], cut(value, LONGEST)])
    return told[:CLAUSES]


def _parts(typed: str, asked: Filter) -> list[tuple[str, str, Node]]:
    """The clauses: their text, that within a longer filter, and what they ask."""
    tree = asked.tree
    if typed.startswith("/"):  # however many columns are searched, it is one thing that was typed
        text = typed.strip()
        return [(cut(text, LONGEST), text, tree)] if text != "/" else []
    parts = tree.parts if isinstance(tree, And) else (tree,)
    return [(cut(str(part), LONGEST), _joined(part), part) for part in parts]


def _joined(part: Node) -> str:
    """A clause as it stands between two `and`."""
    return f"({part})" if isinstance(part, Or) and part.parts else str(part)


def _rows(version: Version, asked: Filter, first: int, stop: int, now: float) -> Iterator[Part]:
    """Rows from one `seq` up to another, as far as they are kept, as a filter asks them."""
    paths = paths_of(asked.tree)
    for segment in version.within:
        low = max(version.start, first, segment.first)
        high = min(version.stop, stop, segment.first + segment.rows)
        if low < high:
            # Not of columns that are expanded: to make those is work for all rows, and these are few.
            yield Part(version, segment, low, high, paths, now, lambda *_: None, high - low)


def _answered(tree: Node, rows: Part) -> Any:
    """What a clause answers of each row; one that is joined of several: whether it passes."""
    each = list(leaves(tree))
    answers = [answer(leaf, rows) for leaf in each]
    if len(each) == 1 and each[0] is tree:
        return answers[0].codes
    return np.where(Verdict(tree, [found.passed for found in answers]).truth, PASS, 1)
