"""What to do about a filter that passes too little, or too much: plain sentences, the most useful first.

The law: a sentence says only what was counted, names fields as filters name them, and what it proposes can be
written down as it stands. No more than SEVERAL: who reads twenty reads none. Causes are found in `causes`;
here they are put in order, with what would come through and what changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sse_notebook.filters.case import Case, Hint, events, told
from sse_notebook.filters.causes import causes
from sse_notebook.filters.frame import Rows
from sse_notebook.filters.outcome import MISSING, PASS
from sse_notebook.filters.tree import Compare, Contains, In

__all__ = ["SEVERAL", "Case", "suggestions"]

SEVERAL: Final = 7
_CAUSES: Final = 5  # said before what would come through; more come after it
_LOOKED: Final = 20  # clauses, those that refuse most, in which a cause is looked for
_RELAXED: Final = 3  # clauses of which it is said what would come through without them


def suggestions(cases: Sequence[Case], rows: Rows) -> list[str]:
    """What to do, in sentences.

    Args:
        cases: the clauses of a filter, and what they answer.
        rows: of which rows.
    """
    found: list[tuple[int, Hint]] = []
    probable: list[Hint] = []
    for case in sorted(cases, key=_passed)[:_LOOKED]:
        own = list(causes(case, rows))
        probable += own
        found += [(1, hint) for hint in _unsaid(case)]
        if not own and (text := _nothing(case)):
            found.append((1, Hint(len(rows), text)))
    found += [(2, hint) for hint in _relaxed(cases)]
    probable.sort(key=lambda hint: -hint.weight)
    found += [(0 if place < _CAUSES else 4, hint) for place, hint in enumerate(probable)]
    if idle := _idle(cases):
        found.append((3, Hint(0, idle)))
    found.sort(key=lambda each: (each[0], -each[1].weight))
    return list(dict.fromkeys(hint.text for _, hint in found))[:SEVERAL]


def _passed(case: Case) -> int:
    return case.answer.count(PASS)


def _unsaid(case: Case) -> Iterator[Hint]:
    """`!=` and `not in` refuse what has no value: not what people expect."""
    clause, number = case.clause, case.answer.count(MISSING)
    if not number or case.stands is None or case.negated:
        return
    if isinstance(clause, Compare) and clause.operator == "!=":
        meant = f"not {Compare(clause.left, '==', clause.right)}"
    elif isinstance(clause, In | Contains) and clause.negated:
        positive = (
            In(clause.left, clause.values) if isinstance(clause, In) else Contains(clause.item, clause.within)
        )
        meant = f"not {positive}"
    else:
        return
    yield Hint(
        number,
        f"`{told(clause)}` is false of the {events(number)} without a value: {told(meant)} lets them through",
    )


def _nothing(case: Case) -> str | None:
    """A part of the filter that is true of nothing, without a reason to be seen."""
    passed = _passed(case)
    wrong = len(case.answer.codes) if case.negated else 0
    return f"no event passes `{told(case.stands)}`" if case.stands is not None and passed == wrong else None


def _relaxed(cases: Sequence[Case]) -> Iterator[Hint]:
    """What would come through if one clause did not refuse it."""
    if len(cases) < 2:
        return  # without the only clause everything would
    # Of `a or b` neither keeps anything out: to leave one away lets less through.
    most = sorted((case for case in cases if case.more and case.stands), key=lambda case: -case.more)
    for case in most[:_RELAXED]:
        yield Hint(case.more, f"without `{told(case.stands)}` {case.more:,} more would come through")


def _idle(cases: Sequence[Case]) -> str | None:
    """Parts that every event passes."""
    if len(cases) < 2:
        return None
    parts = [
        f"`{told(case.stands)}`"
        for case in cases
        if case.stands is not None and _passed(case) == (0 if case.negated else len(case.answer.codes))
    ]
    if not parts:
        return None
    narrow = "it narrows nothing" if len(parts) == 1 else "they narrow nothing"
    more = f" and {len(parts) - 3} others" if len(parts) > 3 else ""
    return f"every event passes {', '.join(parts[:3])}{more}: {narrow}"
