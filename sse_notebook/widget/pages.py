"""Pages of a feed: some of the rows that fit, newest first, with the gaps between them.

The law: a page is asked for below a `Mark`, the newest row and the moment that its reader has seen, so that
nothing that comes later moves what is read. Every text in it is cut; the payload is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from sse_notebook.events import Event
from sse_notebook.events.severity import SEVERITIES
from sse_notebook.filters import Filter, where
from sse_notebook.filters.tree import Contains, Field, Lower, Value, any_of
from sse_notebook.store.columns import events_of
from sse_notebook.store.readable import Readable
from sse_notebook.store.snapshot import Snapshot
from sse_notebook.widget.facets import of_types
from sse_notebook.widget.texts import cut

__all__ = ["MOST", "Mark", "Page", "Readings", "asked_for"]

MOST: Final = 120  # rows and gaps in a page
LONGEST: Final = 240  # characters of a message
SEARCHED: Final = ("message", "type", "resource_id", "status")


class Mark(NamedTuple):
    """Up to where a reader has seen: what comes later is not among the rows.

    Attributes:
        seq: the newest row; -1: none.
        at: the moment, in milliseconds since 1970: later gaps are not shown.
    """

    seq: int
    at: float


class Gap(NamedTuple):
    """A hole between two connections; times in milliseconds since 1970."""

    start: float
    end: float | None
    reason: str
    recovered: bool | None


class Page(NamedTuple):
    """Some items of a feed.

    Attributes:
        mark: below which it was made.
        at: which item is the first, counted from the newest.
        items: rows `[seq, time, type, severity, resource type, resource, status, message, after a gap]` and
            gaps `[None, start, end, reason, recovered, how many]`; times in ms since 1970.
        total: how many items there are below the mark.
        matched: how many rows fit, of all that are kept now.
        of: how many fit if severities and types are not looked at.
        kept: how many rows are kept.
        fresh: how many rows that fit came after the mark.
        severities: of those `of`, how many have each severity, info first.
    """

    mark: Mark
    at: int
    items: list[list[Any]]
    total: int
    matched: int
    of: int
    kept: int
    fresh: int
    severities: list[int]

    def to_json(self) -> dict[str, Any]:
        """As it goes to the browser."""
        return {**self._asdict(), "mark": list(self.mark)}


def asked_for(typed: str) -> Filter:
    """The filter that was typed: an expression, or `/` and what is looked for in a row's words.

    Raises:
        FilterError: it can't be read.

    Example:
        >>> asked_for("severity == 'error'")
        <Filter severity == "error">
        >>> len(str(asked_for("/exit")).split(" or "))
        4
    """
    if not typed.startswith("/"):
        return where(typed) if typed.strip() else where()
    word = typed[1:].strip().lower()
    if not word:
        return where()
    return Filter(any_of(*(Contains(Value(word), Lower(Field(name))) for name in SEARCHED)))


class Readings:
    """One look at what is kept: a filter is asked once, whatever is read.

    Args:
        of: what is shown.
        asked: which rows.
        severities: of these, those that are wanted; empty: all.
        at: this moment, in milliseconds since 1970.
        types: of these, those that are wanted, as `facets.types_of` names them; empty: all.
        refused: the rows that do not fit `asked`, in place of those that do.
    """

    def __init__(
        self,
        of: Readable,
        asked: Filter,
        severities: Sequence[str],
        at: float,
        types: Sequence[str] = (),
        *,
        refused: bool = False,
    ) -> None:
        self._gaps = list(_gaps_of(of))
        self.whole = of.where(asked)._snapshot()  # noqa: SLF001 - read once, so that all numbers fit together
        self.kept = self.whole.version.stop - self.whole.version.start
        if refused:
            others = np.ones(self.kept, bool)
            others[self.whole.rows] = False
            self.whole = self.whole._replace(rows=np.flatnonzero(others))
        counts = np.bincount(self.whole.number("severity"), minlength=len(SEVERITIES))
        self.counts: list[int] = [int(number) for number in counts]
        self._seqs = _numbers(self.whole)
        wanted = [code for code, name in enumerate(SEVERITIES) if name in severities]
        if wanted:
            self._seqs = self._seqs[np.isin(self.whole.number("severity"), wanted)]
        if types:
            version = self.whole.version
            hide = of._outgoing.text  # noqa: SLF001 - they are named as the page has them
            self._seqs = self._seqs[of_types(version, types, hide)[self._seqs - version.start]]
        self._at = at

    @property
    def newest(self) -> Mark:
        """What a reader who sees all of this has seen."""
        return Mark(self.whole.version.stop - 1, self._at)

    def fresh(self, mark: Mark) -> int:
        """How many rows that fit came after a mark."""
        return len(self._seqs) - self._below(mark)

    def page(self, mark: Mark | None, at: int, number: int) -> Page:
        """Some items below a mark; None: below the newest."""
        mark = self.newest if mark is None else mark
        below = self._below(mark)
        seqs = self._seqs[:below]
        gaps = self._between(seqs, mark)
        total = below + len(gaps)
        at = max(0, min(at, total))
        number = min(max(0, number), MOST, total - at)
        items: list[list[Any]] = []
        rows: list[int] = []
        over = 0  # gaps above the item
        places = [above + index for index, (above, _) in enumerate(gaps)]
        for place in range(at, at + number):
            over = int(np.searchsorted(places, place))
            if over < len(places) and places[over] == place:
                items.append(gaps[over][1])
            else:
                rows.append(int(seqs[below - 1 - (place - over)]))
                items.append([rows[-1]])
        events = {event.seq: event for event in _events(self.whole, sorted(rows))}
        return Page(
            mark=mark,
            at=at,
            items=[_row(events[item[0]]) if len(item) == 1 else item for item in items],
            total=total,
            matched=len(self._seqs),
            of=sum(self.counts),
            kept=self.kept,
            fresh=len(self._seqs) - below,
            severities=self.counts,
        )

    def place(self, mark: Mark, seq: int) -> int | None:
        """Which item a row is, counted from the newest below a mark; None: it is not among them."""
        below = self._below(mark)
        index = int(np.searchsorted(self._seqs[:below], seq))
        if index == below or int(self._seqs[index]) != seq:
            return None
        above = below - 1 - index  # rows; a gap with as many rows above it lies above this row
        return above + sum(rows <= above for rows, _ in self._between(self._seqs[:below], mark))

    def gaps(self) -> list[Gap]:
        """The holes, oldest first."""
        return self._gaps

    def _below(self, mark: Mark) -> int:
        return int(np.searchsorted(self._seqs, mark.seq, side="right"))

    def _between(self, seqs: Any, mark: Mark) -> list[tuple[int, list[Any]]]:
        """For each gap, or several with no row between them, how many rows are above it, newest first."""
        known = [gap for gap in self._gaps if gap.start <= mark.at]
        if not known:
            return []
        version = self.whole.version
        received = version.number("received_us")
        found: dict[int, list[Gap]] = {}
        for gap in known:
            # rows are received in the order that they are numbered
            after = len(received) if gap.end is None else int(np.searchsorted(received, gap.end * 1000))
            above = len(seqs) - int(np.searchsorted(seqs, version.start + after))
            found.setdefault(above, []).append(gap)
        return [(above, _hole(found[above])) for above in sorted(found)]


def _numbers(snapshot: Snapshot) -> Any:
    seqs = snapshot.seqs
    return np.arange(seqs.start, seqs.stop) if isinstance(seqs, range) else seqs


def _events(snapshot: Snapshot, seqs: list[int]) -> Iterator[Event]:
    """Rows as objects: what stands together is made together."""
    first = 0
    for index in range(1, len(seqs) + 1):
        if index == len(seqs) or seqs[index] != seqs[index - 1] + 1:
            yield from events_of(snapshot.version, seqs[first], seqs[index - 1] + 1)
            first = index


def _row(event: Event) -> list[Any]:
    return [
        event.seq,
        event.timestamp_us / 1000,
        cut(event.type),
        SEVERITIES.index(event.severity),
        cut(event.resource_type),
        cut(event.resource_id),
        cut(event.status),
        cut(event.message, LONGEST),
        event.after_gap,
    ]


def _hole(gaps: list[Gap]) -> list[Any]:
    newest = max(gaps, key=lambda gap: gap.start)
    ends = [gap.end for gap in gaps if gap.end is not None]
    known = {gap.recovered for gap in gaps}
    # of several it is said that all came after all only if so it was of each
    recovered = False if False in known else None if None in known else True
    end = max(ends) if len(ends) == len(gaps) else None
    return [None, min(gap.start for gap in gaps), end, cut(newest.reason, LONGEST), recovered, len(gaps)]


def _gaps_of(of: Readable) -> Iterable[Gap]:
    """The holes that it knows of. Not its DataFrame of them: to make one takes longer than all else here."""
    for gap in of._gaps_now():  # noqa: SLF001 - what reads alike
        end = None if gap.end is None else round(gap.end * 1e6) / 1000
        yield Gap(round(gap.start * 1e6) / 1000, end, gap.reason, gap.recovered)
