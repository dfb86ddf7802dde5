"""Which of the kept rows fit a filter, found once for each row.

The law: a row never changes and its `seq` is never used again, so what a lasting filter has said of it holds
for ever: it is asked only of what is new. An age, and a callable of the user's, are asked each time, of what
the rest of the filter lets through. No lock is held while rows are asked.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from sse_notebook.filters.mask import is_lasting, judged, paths_of
from sse_notebook.filters.tree import TRUE, And, Node, all_of
from sse_notebook.source import fork
from sse_notebook.store.asked import FieldsOf, Part
from sse_notebook.store.columns import Version
from sse_notebook.store.expand import Expanded, Expanders
from sse_notebook.store.room import Room
from sse_notebook.store.texts import FIRST

__all__ = ["Masks"]

Array = Any  # numpy's

KEPT: Final = 16  # filters whose answers are remembered
FEW: Final = 8  # rows so many times fewer than all are asked without remembering it


class _Known(NamedTuple):
    """What one filter has said.

    Attributes:
        first, stop: of the rows from this `seq` up to that.
        fit: the `seq` of each that fits, ascending; there may be room for more.
        number: how many fit.
    """

    first: int
    stop: int
    fit: Room
    number: int

    def within(self, start: int, stop: int) -> Array:
        """Those that fit, from one `seq` up to another."""
        low, high = np.searchsorted(self.fit.array[: self.number], (start, stop))
        return self.fit.array[low:high]


class Masks:
    """Finds the rows that fit. Readers need no lock of anybody else.

    Args:
        expanders: what has payloads' fields.
    """

    def __init__(self, expanders: Expanders) -> None:
        self._expanders = expanders
        # Guards what follows; held for what takes no time. What was asked last is at the end.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._known: dict[Node, _Known] = {}
        self._first = 0

    def rows(self, version: Version, tree: Node, now: float, among: Any = slice(None)) -> Array:
        """The rows of a version that fit, ascending, counted from the oldest that is kept.

        Args:
            version: what is kept.
            tree: what is asked.
            now: Unix time, for ages.
            among: which rows are in question: a slice without steps, or numbers, ascending.
        """
        lasting, other = _parted(tree)
        rows = self._lasting(version, lasting, among)
        if other != TRUE and len(rows):
            rows = rows[self._judged(version, other, now, rows)]
        return rows

    def clear(self, first: int) -> None:
        """Forget all answers; rows before this `seq` are forgotten too."""
        with self._lock:
            self._known, self._first = {}, first

    def _lasting(self, version: Version, tree: Node, among: Any) -> Array:
        size = version.stop - version.start
        kept = range(size)[among] if isinstance(among, slice) else None
        number = len(among) if kept is None else len(kept)
        with self._lock:
            known = self._known.get(tree)
        few = number * FEW <= size and (known is None or known.stop < version.stop - number)
        if few or tree == TRUE:
            rows = among if kept is None else np.arange(kept.start, kept.stop)
            return rows if tree == TRUE else rows[self._judged(version, tree, 0.0, rows)]
        fit = self._all(version, tree, known) - version.start
        if kept is not None:
            low, high = np.searchsorted(fit, (kept.start, kept.stop))
            return fit[low:high]
        there = np.zeros(size, bool)
        there[fit] = True
        return among[there[among]]

    def _all(self, version: Version, tree: Node, known: _Known | None) -> Array:
        """The `seq` of each kept row that fits; what was not known of them is remembered."""
        start, stop = version.start, version.stop
        if known is not None and known.first <= start and stop <= known.stop:
            return known.within(start, stop)
        if known is None or not known.first <= start <= known.stop:
            done, before = start, np.zeros(0, np.int64)
        else:
            done, before = known.stop, known.within(start, known.stop)
        new = np.arange(done - start, stop - start)
        fit = new[self._judged(version, tree, 0.0, new)] + start
        self._remember(tree, start, done, stop, before, fit)
        return np.concatenate([before, fit]) if len(before) else fit

    def _remember(self, tree: Node, start: int, done: int, stop: int, before: Array, fit: Array) -> None:
        """Remember what was found from `done` up to `stop`, after what was known from `start` on."""
        with self._lock:
            if start < self._first:  # cleared meanwhile
                return
            known = self._known.pop(tree, None)
            if known is None or known.stop < stop:
                # Another thread may have come further, but not this far: then this begins anew.
                goes_on = known is not None and known.stop == done
                if known is None or not goes_on or known.number > 2 * len(before) + FIRST:
                    room = Room(np.int64, 0)
                    room.at(0, len(before) + len(fit))[:] = np.concatenate([before, fit])
                    known = _Known(start, stop, room, len(before) + len(fit))
                else:
                    known.fit.at(known.number, len(fit))[:] = fit
                    known = known._replace(stop=stop, number=known.number + len(fit))
            self._known[tree] = known
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]

    def _judged(self, version: Version, tree: Node, now: float, rows: Array) -> Array:
        """What a tree says of some rows (at least one, or none)."""
        if not len(rows):
            return np.zeros(0, bool)

        def fields(paths: Sequence[str], worth: float) -> Expanded | None:
            return self._expanders.columns(version, paths, worth)

        return np.concatenate([judged(tree, part) for part in _parts(version, tree, now, rows, fields)])


def _parts(version: Version, tree: Node, now: float, rows: Array, fields: FieldsOf) -> Iterator[Part]:
    """Rows as they are asked: those of a segment at once."""
    paths = paths_of(tree)
    first, last = int(rows[0]) + version.start, int(rows[-1]) + version.start
    for segment in version.segments:
        low, high = max(first, segment.first), min(last + 1, segment.first + segment.rows)
        if low >= high:
            continue
        start, stop = np.searchsorted(rows, (low - version.start, high - version.start))
        if start == stop:
            continue
        low, high = int(rows[start]) + version.start, int(rows[stop - 1]) + version.start + 1
        own = rows[start:stop] - rows[start]
        part = Part(version, segment, low, high, paths, now, fields, len(rows))
        yield part if len(own) == high - low else part.rows(own)


def _parted(tree: Node) -> tuple[Node, Node]:
    """What lasts of a tree, and what does not: both must fit."""
    if is_lasting(tree):
        return tree, TRUE
    if not isinstance(tree, And):
        return TRUE, tree
    parts = [(part, is_lasting(part)) for part in tree.parts]
    return (
        all_of(*(part for part, lasts in parts if lasts)),
        all_of(*(part for part, lasts in parts if not lasts)),
    )
