"""The gaps between connections, as a table, and as holes in what is counted.

The law: a gap is a hole as long as nobody said that what was missed came after all. What its user ended for
good has no hole at its end: after that nothing was to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sse_notebook.source.continuity import BY_USER, Gap
from sse_notebook.store.counts import Hole
from sse_notebook.store.schema import STR, TIME, table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["gaps_table", "holes_of"]


def gaps_table(gaps: Iterable[Gap]) -> pd.DataFrame:
    """What `stream.gaps` gives: `start`, `end`, `reason`, `recovered`, `last_event_id`."""
    rows = [
        (_micros(gap.start), _micros(gap.end), gap.reason, gap.recovered, gap.last_event_id or None)
        for gap in gaps
    ]
    return table(rows, start=TIME, end=TIME, reason=STR, recovered="boolean", last_event_id=STR)


def holes_of(gaps: Iterable[Gap], *, over: bool) -> Iterator[Hole]:
    """The stretches of time of which it is not known that everything came.

    Args:
        gaps: oldest first.
        over: nothing will come any more.
    """
    for gap in gaps:
        its_end = over and gap.end is None and gap.reason == BY_USER
        if gap.recovered is not True and not its_end:
            yield Hole(round(gap.start * 1e6), _micros(gap.end))


def _micros(at: float | None) -> int | None:
    return None if at is None else round(at * 1e6)
