"""What the rows are: how many of each severity, and of the types that come most often.

The law: each adds up to the number of rows, exactly. A segment of the store that does not change any more is
counted once; so a look costs what is new, however many rows there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from sse_notebook.events.severity import SEVERITIES
from sse_notebook.store.snapshot import Snapshot
from sse_notebook.widget.texts import cut

__all__ = ["TYPES", "Shared", "Shares"]

TYPES: Final = 5  # that are told by their names

_Counts = tuple[list[int], dict[str | None, int]]  # by severity, by type


class Shared(NamedTuple):
    """How rows fall into kinds.

    Attributes:
        rows: how many there are.
        severities: of each severity, info first.
        types: the most frequent types, each with its number, most frequent first.
        others: how many other types there are, and how many rows have one of these.
    """

    rows: int
    severities: list[int]
    types: list[list[Any]]
    others: list[int]


class Shares:
    """Counts rows by what they are.

    Args:
        hide: masks secrets in a text.

    Example:
        >>> from sse_notebook import EventStore
        >>> store = EventStore()
        >>> _ = store.add_events([{"type": "edit"}, {"type": "log", "severity": "error"}, {"type": "edit"}])
        >>> Shares().look(store._snapshot())
        Shared(rows=3, severities=[2, 0, 0, 1], types=[['edit', 2], ['log', 1]], others=[0, 0])
    """

    def __init__(self, hide: Callable[[str], str] = str) -> None:
        self._hide = hide
        # By the first row of a segment: which rows of it were counted, and what they were.
        self._known: dict[int, tuple[int, int, _Counts]] = {}

    def look(self, snapshot: Snapshot) -> Shared:
        """Count some rows."""
        severities = np.zeros(len(SEVERITIES), np.int64)
        words: Counter[str | None] = Counter()
        known: dict[int, tuple[int, int, _Counts]] = {}
        version = snapshot.version
        chosen = None
        if not snapshot.all:
            chosen = np.zeros(version.stop - version.start, bool)
            chosen[snapshot.rows] = True
        every = version.number("severity")
        for segment in version.within:
            low, high = max(version.start, segment.first), min(version.stop, segment.first + segment.rows)
            before = self._known.get(segment.first)
            if chosen is None and before is not None and before[:2] == (low, high):
                counts = before[2]
            else:
                here = slice(low - version.start, high - version.start)
                codes, names = segment.coded("type", low - segment.first, high - segment.first)
                mask = slice(None) if chosen is None else chosen[here]
                counts = _counts(every[here][mask], codes[mask], names)
            if chosen is None:
                known[segment.first] = (low, high, counts)
            severities += counts[0]
            words.update(counts[1])
        self._known = known
        named: Counter[str] = Counter()
        for word, number in words.items():
            named[self._hide(cut(word or ""))] += number
        top = named.most_common(TYPES)
        rows = int(severities.sum())
        return Shared(
            rows=rows,
            severities=severities.tolist(),
            types=[[name, number] for name, number in top],
            others=[len(named) - len(top), rows - sum(number for _, number in top)],
        )


def _counts(severity: Any, codes: Any, names: list[str | None]) -> _Counts:
    by_type = np.bincount(codes, minlength=len(names))
    return (
        np.bincount(severity, minlength=len(SEVERITIES)).tolist(),
        {names[code]: int(by_type[code]) for code in np.flatnonzero(by_type).tolist()},
    )
