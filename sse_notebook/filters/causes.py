"""Why a clause refuses what was probably meant: another type, another case, another name, another spelling.

The law: a cause is told only where the events themselves show it, with how many do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sse_notebook.filters.case import Case, Hint, asks_texts, events, percent, told
from sse_notebook.filters.frame import Rows
from sse_notebook.filters.mask import judged, operands
from sse_notebook.filters.misspelt import misspelt
from sse_notebook.filters.mistyped import mistyped
from sse_notebook.filters.near import near_field
from sse_notebook.filters.outcome import MISSING, base_of
from sse_notebook.filters.tree import Compare, Field, Has, In, Opaque

__all__ = ["causes"]


def causes(case: Case, rows: Rows) -> Iterator[Hint]:
    """What is probably wrong with a clause."""
    clause = case.clause
    yield from (
        Hint(number, f"`{told(clause)}` raised {told(error)} for {events(number)}: they count as `type`")
        for error, number in case.answer.errors.most_common(1)
    )
    if isinstance(clause, Opaque):
        return
    vocabulary = list(_vocabulary(case, rows))
    yield from vocabulary
    yield from mistyped(case, rows)
    yield from misspelt(case, rows, told_already=bool(vocabulary))
    yield from _absent(case, rows)


def _vocabulary(case: Case, rows: Rows) -> Iterator[Hint]:
    """`event_type` is compared as it stands, where `type` knows both spellings and globs."""
    clause = case.clause
    if not isinstance(clause, Compare | In) or clause.left != Field("event_type") or not asks_texts(clause):
        return
    meant = replace(clause, left=Field("type"))
    number = int((judged(meant, rows) & ~case.answer.passed).sum())
    if number:
        yield Hint(
            number,
            f"`event_type` is compared as it is on the wire, and {events(number)} "
            f"spell{'s' if number == 1 else ''} it otherwise: "
            f"use {told(meant)}, which knows both spellings",
        )


def _absent(case: Case, rows: Rows) -> Iterator[Hint]:
    """Fields that hardly any event has."""
    number = case.answer.count(MISSING)
    if not number:
        return
    for operand in dict.fromkeys(map(base_of, operands(case.clause))):
        if not isinstance(operand, Field):
            continue
        there = int(rows.column(operand, objects=True).there().sum())
        near = near_field(operand.name, rows, certain=there > 0)
        if not there:
            if near or not isinstance(case.clause, Has):  # which asks just that
                yield Hint(number, f"no event has `{operand}`" + (f"; did you mean {near}?" if near else ""))
        elif near:
            missing = percent(len(rows) - there, len(rows))
            yield Hint(number, f"`{operand}` is missing in {missing}, and some events have {near}")
