"""An explanation as plain text, for terminals and for who reads the notebook's source.

The law: no line is longer than WIDTH, and nothing in it can upset a terminal, whatever the events hold.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from sse_notebook.filters.outcome import OUTCOMES
from sse_notebook.markup import plain

if TYPE_CHECKING:
    import pandas as pd

    from sse_notebook.filters.explanation import Explanation
    from sse_notebook.filters.filter import Filter

__all__ = ["BARS", "NEAR_MISSES", "ONLY", "WIDTH", "name_of", "shares", "text_of"]

WIDTH: Final = 80
BARS: Final = "█▒·!"  # for each outcome
ONLY: Final = "only: would come through if this clause alone were the other way"
NEAR_MISSES: Final = "near misses, which one clause alone keeps out"
_BAR: Final = 12  # characters
_NEAR: Final = 5  # near misses that are shown
_LONGEST: Final = 4_000  # characters of a filter, or a sentence
_LINES: Final = 4  # of one clause
_CLAUSES: Final = 50  # that are shown


def text_of(found: Explanation) -> str:
    """All of it that fits a screen."""
    lines = [*_wrapped("filter ", name_of(found.filter), 3)]
    lines += [found.headline, *([found.basis] if found.basis else [])]
    lines += [plain(note, _LONGEST) for note in found.notes]
    if found.suggestions:
        lines.append("")
        for sentence in found.suggestions:
            lines += _wrapped("- ", sentence, _LINES)
    if len(found.clauses):
        lines += ["", *_clauses(found.clauses, found.events, found.negated)]
    if len(found.near_misses):
        lines += ["", *_near(found.near_misses, found.near)]
    return "\n".join(
        part for line in lines for part in (textwrap.wrap(line, WIDTH) if len(line) > WIDTH else [line])
    )


def name_of(asked: Filter) -> str:
    """A filter's text, in words where it asks for nothing."""
    said = str(asked)
    return "every event" if said == "True" else said


def _wrapped(head: str, text: str, most: int) -> list[str]:
    said = plain(text, _LONGEST)
    return textwrap.wrap(
        said,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        max_lines=most,
        placeholder=" …",
    ) or [head.rstrip()]


def shares(row: Any, events: int, width: int) -> list[int]:
    """How much of a bar each outcome has: what there is at all is seen.

    Example:
        >>> shares({"pass": 1, "value": 998, "missing": 0, "type": 1}, 1000, 12)
        [1, 10, 0, 1]
    """
    counts = [int(row[word]) for word in OUTCOMES]
    if not events:
        return [0] * len(counts)
    parts = [max(1, round(width * count / events)) if count else 0 for count in counts]
    while sum(parts) != width:
        largest = parts.index(max(parts))
        parts[largest] += 1 if sum(parts) < width else -1
    return parts


def _clauses(clauses: pd.DataFrame, events: int, negated: Sequence[bool]) -> Iterator[str]:
    more = len(clauses) - _CLAUSES
    clauses = clauses.head(_CLAUSES)
    words = (*OUTCOMES, "first_fail", "only_fail")
    heads = (*OUTCOMES, "first", "only")
    numbers = [[f"{int(count):,}" for count in clauses[word]] for word in words]
    widths = [max(len(head), *map(len, column)) for head, column in zip(heads, numbers, strict=True)]
    room = max(16, WIDTH - _BAR - sum(widths) - 2 * (len(widths) + 1))
    said = zip(clauses["clause"], negated, strict=False)
    texts = [_cell(f"not: {text}" if turned else text, room) for text, turned in said]
    room = min(room, max(6, *(len(line) for cell in texts for line in cell)))
    head = [f"{head:>{width}}" for head, width in zip(heads, widths, strict=True)]
    yield "  ".join([f"{'clause':<{room}}", *head])
    for place, (_, row) in enumerate(clauses.iterrows()):
        first, *rest = texts[place]
        bar = "".join(sign * part for sign, part in zip(BARS, shares(row, events, _BAR), strict=True))
        counts = [f"{column[place]:>{width}}" for column, width in zip(numbers, widths, strict=True)]
        yield "  ".join([f"{first:<{room}}", *counts, bar])
        yield from rest
    if more > 0:
        yield f"and {more:,} more clauses"
    legend = "  ".join(f"{sign} {word}" for sign, word in zip(BARS, OUTCOMES, strict=True))
    yield f"{legend}   first: refused first"
    yield ONLY


def _cell(text: str, room: int) -> list[str]:
    return textwrap.wrap(
        plain(text, _LONGEST), room, subsequent_indent="  ", max_lines=_LINES, placeholder="…"
    ) or [""]


def _near(events: pd.DataFrame, near: int) -> Iterator[str]:
    shown = min(_NEAR, len(events))
    newest = f"the newest {shown} of {near:,}" if near > shown else f"{near:,}"
    yield f"{NEAR_MISSES}: {newest}"
    for _, row in events.head(_NEAR).iterrows():
        seq = f"#{row['seq']}" if row["seq"] >= 0 else "dropped"
        what = " ".join(plain(_or(row[name]), 24) for name in ("type", "resource_id")).strip()
        if isinstance(row["value"], str):
            seen = f"saw {plain(row['value'], 30)}"
        else:
            seen = "saw nothing there" if row["outcome"] == "missing" else f"answered {row['outcome']}"
        head = f"  {seq} {what}: {seen}; "
        yield head + plain(row["clause"], max(10, WIDTH - len(head)))


def _or(value: Any) -> str:
    return value if isinstance(value, str) else ""
