"""What one read adds to the counters, put together before it is counted.

The law: all of a read is counted in one step. Names that come from the wire become labels that can't break
a line, and there are only so many of them.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

from sse_notebook.events import Event
from sse_notebook.events.batch import Batch
from sse_notebook.events.memo import same
from sse_notebook.metrics import BAD, RECEIVED, Metrics, labelled
from sse_notebook.source import fork
from sse_notebook.source.continuity import BY_USER

__all__ = ["Evictions", "Tally", "Taps", "as_live", "lag_of", "reconnected_because"]

# Types counted by name: they come from the wire, and memory must not grow with them.
MOST_LABELS: Final = 500
MOST_CLAUSES: Final = 100
LONGEST: Final = 60  # characters of a type
LONGEST_CLAUSE: Final = 200
OTHER: Final = "other"

_named: Final = lru_cache(maxsize=256)(labelled)

_FILTERED: Final = labelled("sse_events_dropped_total", reason="filtered")
_TROUBLE: Final = frozenset({"warning", "error"})

# How the reasons of gaps begin, and what reconnections are counted as. For all others the connection broke.
_BECAUSE: Final = {
    BY_USER: "by user",
    "the server ended": "ended",
    "nothing came": "silence",
    "the token was renewed": "token",
}


def reconnected_because(reason: str) -> str:
    """The few words that reconnections are counted by, for the reason of a gap.

    Example:
        >>> reconnected_because("nothing came for 30 s"), reconnected_because("[Errno 104] reset")
        ('silence', 'broken')
    """
    return next((word for begin, word in _BECAUSE.items() if reason.startswith(begin)), "broken")


def lag_of(event: Event | None) -> float | None:
    """Seconds from an event's own time to its arrival; None where it was sent again, or there is none.

    An event that says no time of its own has none.
    """
    if event is None or event.origin not in ("live", "replayed") or event.timestamp_us == event.received_us:
        return None
    return (event.received_us - event.timestamp_us) / 1e6


def as_live(rows: Batch, how: Sequence[tuple[int, bool]]) -> Batch:
    """Rows with the `origin` that they had live, for whoever treats differently what was sent again.

    Args:
        rows: as they are kept: replayed, maybe.
        how: so many of them, and whether the server sent these again; and so on.
    """
    if not any(again for _, again in how) or rows.columns["origin"][0] != "replayed":
        return rows
    origins = [name for number, again in how for name in ["resumed" if again else "live"] * number]
    return rows.with_columns(origin=origins)


class Tally:
    """Counts of one read. Touched on the source's thread only.

    Args:
        metrics: where they go.
        hide: masks secrets in a text: others read the numbers, with their names.

    Example:
        >>> metrics = Metrics()
        >>> tally = Tally(metrics)
        >>> tally.refused(3, 'project_id == "p-1"')
        >>> tally.count(at=0.0)
        >>> metrics["sse_events_dropped_total"], metrics["sse_events_refused_total"]
        (3, 3)
    """

    def __init__(self, metrics: Metrics, hide: Callable[[str], str] = str) -> None:
        self._metrics = metrics
        self._hide = hide
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._labels: dict[str, str] = {}
        self._clauses: dict[str, str] = {}

    def add(self, name: str, number: int = 1, **labels: str) -> None:
        """Count so many more."""
        if number:
            self._counts[_named(name, **labels) if labels else name] += number

    def received(self, types: Sequence[str]) -> None:
        """Count messages by their types, which are names from the wire."""
        if types and same(types):  # as a rule they are
            self._counts[self._received(types[0])] += len(types)
            return
        for name, number in Counter(types).items():
            self._counts[self._received(name)] += number

    def stored(self, rows: Batch) -> None:
        """Count rows, and those of them that are trouble."""
        self.add("sse_events_stored_total", len(rows))
        severities = rows.columns["severity"]
        for severity in _TROUBLE.intersection(severities):
            self.add(BAD, severities.count(severity), severity=severity)

    def dropped(self, number: int, reason: str, type: str = "") -> None:  # noqa: A002 - the label
        """Count messages that become nothing; with a type they are counted as received too."""
        if type:
            self.add(RECEIVED, number, type=type)
        self.add("sse_events_dropped_total", number, reason=reason)

    def invalid(self, number: int, why: str) -> None:
        """Count messages that can't become rows."""
        self.dropped(number, "invalid", why)
        self.add("sse_events_invalid_total", number, why=why)

    def refused(self, number: int, clause: str) -> None:
        """Count events that a clause refused."""
        self._counts[_FILTERED] += number
        name = self._clauses.get(clause)
        if name is None:
            enough = len(self._clauses) >= MOST_CLAUSES
            said = clause if len(clause) <= LONGEST_CLAUSE else f"{clause[: LONGEST_CLAUSE - 1]}…"
            name = labelled("sse_events_refused_total", clause=OTHER if enough else said)
            if not enough:
                self._clauses[clause] = name
        self._counts[name] += number

    def toasts(self, shown: int, suppressed: int) -> None:
        """Count rows that toasts were asked for."""
        self.add("sse_toasts_total", shown, outcome="shown")
        self.add("sse_toasts_total", suppressed, outcome="suppressed")

    def count(self, at: float) -> None:
        """All of it becomes part of the counters, in one step.

        Args:
            at: now, Unix time in seconds.
        """
        if self._counts:
            self._metrics.count(self._counts, at)
            self._counts.clear()
        self._metrics.tick(at)

    def _received(self, name: str) -> str:
        """The counter of a type: what would end a label taken out of its name, and not too many of them."""
        short = name[:LONGEST]
        known = self._labels.get(short)
        if known is None:
            if len(self._labels) >= MOST_LABELS:
                return _named(RECEIVED, type=OTHER)
            clean = "".join(c for c in self._hide(name)[:LONGEST] if c.isprintable() and c not in '"\\{}')
            known = self._labels[short] = labelled(RECEIVED, type=clean)
        return known


class Evictions:
    """Counts the rows that a store let go of; these were rows, and are not among the dropped events.

    Args:
        metrics: where they are counted.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        # Guards how many are counted already: who reads the numbers counts the newest.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._counted: Counter[str] = Counter()

    def count(self, evicted: Mapping[str, int]) -> None:
        """Count what is new; from any thread.

        Args:
            evicted: how many there ever were, by reason.
        """
        if sum(evicted.values()) == self._counted.total():
            return
        with self._lock:
            for reason, number in tuple(evicted.items()):
                if (fresh := number - self._counted[reason]) > 0:
                    self._counted[reason] = number
                    self._metrics.add("sse_rows_evicted_total", fresh, reason=reason)


class Taps:
    """Whoever wants to see what the server sends, before anybody has a say in it."""

    def __init__(self) -> None:
        self._taps: list[Callable[[Batch], None]] = []

    @contextmanager
    def on(self, tap: Callable[[Batch], None]) -> Iterator[None]:
        """Tell a function of each read's events, on the source's thread, while this lasts."""
        self._taps.append(tap)
        try:
            yield
        finally:
            self._taps.remove(tap)

    def tell(self, rows: Batch) -> None:
        """These came."""
        for tap in tuple(self._taps):
            tap(rows)
