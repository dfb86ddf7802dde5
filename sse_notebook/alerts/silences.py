"""What is not to be shown as a toast for a while: events that fit a filter. A mute is one of these.

The law: a silence ends by itself; what it kept from the screen is counted, and kept in the stream all the
same. Whether it is in force is told by the time of what came, so that a replay is told the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sse_notebook.alerts.fates import alike
from sse_notebook.alerts.templates import cut
from sse_notebook.alerts.toast import LONGEST_NAME
from sse_notebook.clock import SystemClock
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.events.batch import Batch
from sse_notebook.filters import Filter, where
from sse_notebook.filters.mask import operands
from sse_notebook.filters.tree import Field, Lower, Opaque, clauses
from sse_notebook.filters.types import is_about_type

__all__ = ["MOST", "Silence", "Silences", "muting"]

MOST: Final = 50  # silences at a time
LINGER_US: Final = 60_000_000
DAY: Final = 86_400  # seconds; within them a time of day is one moment
LONGEST_REASON: Final = 1_000  # characters
LONGEST_FILTER: Final = 4_000  # characters; it is asked of each toast, and stands in recordings

# Columns of few values: of events that are alike in these one is asked for all.
_FEW: Final = frozenset(
    {
        *("type", "event_type", "severity", "priority", "status", "resource_type", "origin", "source"),
        *("cluster_id", "project_id", "workload_id", "resource_id"),
    }
)
_KEY: Final = frozenset({"type", "event_type", "severity", "status"})


class _Moment(SystemClock):
    """The time of what is asked about: what an age is counted by."""

    at = 0.0

    def time(self) -> float:
        return self.at


@dataclass
class Silence:
    """One silence.

    Attributes:
        id: its number, growing.
        filter: which events are meant.
        until_us: when it ends, Unix time in microseconds.
        reason: why it was set; may be empty.
        type: of a mute, the type or the glob; None: any.
        resource: of a mute, the `resource_id`; None: any.
        suppressed: how many events it has kept from the screen.
        recorded: a replay's recording set it, nobody here.
    """

    id: int
    filter: Filter
    until_us: int
    reason: str = ""
    type: str | None = None
    resource: str | None = None
    suppressed: int = 0
    recorded: bool = False
    _moment: _Moment = field(default_factory=_Moment, repr=False, compare=False)
    _columns: tuple[str, ...] | None = field(default=None, repr=False, compare=False)
    _fits: Callable[[Event], bool] = field(default=bool, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._columns = _depends_on(self.filter)
        self._fits = self.filter.predicate(self._moment)

    @property
    def until(self) -> float:
        """Unix time in seconds when it ends."""
        return self.until_us / 1e6

    @property
    def is_mute(self) -> bool:
        """Whether it is said by a type, a resource, or both."""
        return self.type is not None or self.resource is not None

    @property
    def said(self) -> str:
        """What is silenced, in words.

        Example:
            >>> Silence(1, muting("build.failed", "wl-1"), 0, type="build.failed", resource="wl-1").said
            'build.failed of wl-1'
        """
        return " of ".join(part for part in (self.type, self.resource) if part) or str(self.filter)

    def ends(self, now: float) -> str:
        """When it ends, as that stands in a sentence that is said now: which day, if it is a day or more."""
        day = "%Y-%m-%d " if self.until - now >= DAY else ""
        return f"{datetime.fromtimestamp(self.until, UTC):{day}%H:%M:%S} UTC"

    def why(self, now: float) -> str:
        """Why an event that comes now is not shown, in words."""
        until = self.ends(now)
        if self.is_mute:
            return f"muted until {until}: {self.said}"
        reason = cut(self.reason)
        return f"silenced: {f'{reason}; ' if reason else ''}until {until}: {cut(self.said)}"

    def to_json(self) -> dict[str, Any]:
        """As the front-end gets it: times in milliseconds. What is no mute is named by its filter."""
        return {
            "type": self.type if self.is_mute else self.said,
            "resource": self.resource,
            "until": self.until * 1000,
            "suppressed": self.suppressed,
        }

    def fits(self, event: Event, now: float) -> bool:
        """Whether an event is meant.

        Args:
            event: it.
            now: Unix time in seconds.
        """
        self._moment.at = now
        return self._fits(event)

    def caught(self, batch: Batch, rows: Sequence[int], now: float) -> Sequence[int]:
        """Which of these rows are meant; of those that are alike in what is asked, one is asked."""
        self._moment.at = now
        if self._columns is None:
            return [row for row in rows if self._fits(batch[row])]
        if not self._columns:
            return rows if self._fits(batch[rows[0]]) else []
        groups = [group for _, group in alike(batch, rows, self._columns) if self._fits(batch[group[0]])]
        return groups[0] if len(groups) == 1 else sorted(row for group in groups for row in group)

    def covers(self, newest: Event, resources: set[str], now: float) -> bool:
        """Whether all events of a toast are meant; they have one type, severity and status.

        Args:
            newest: its newest event.
            resources: what they are about.
            now: Unix time in seconds.
        """
        columns = self._columns
        alone = len(resources) <= 1 or (columns is not None and _KEY.issuperset(columns))
        return alone and self.fits(newest, now)


class Silences:
    """The silences of one stream. Not guarded: by whoever has it."""

    def __init__(self) -> None:
        self._silences: dict[str, Silence] = {}  # by the text of the filter
        self._next_id = 1

    def go_on_from(self, before: Silences) -> None:
        """Those that were set here hold on; those of a recording come again with it."""
        self._silences = {text: each for text, each in before._silences.items() if not each.recorded}
        self._next_id = before._next_id

    def add(
        self,
        filter: Filter,  # noqa: A002 - what it is
        now_us: int,
        length_us: int,
        reason: str = "",
        *,
        type: str | None = None,  # noqa: A002 - the column's name
        resource: str | None = None,
        recorded: bool = False,
    ) -> Silence:
        """Silence from now on, for so many microseconds; what is silenced already is so until then instead.

        Raises:
            ArgumentError: the filter is a callable, or too long; or there are too many.
        """
        for clause in clauses(filter.tree):
            if isinstance(clause, Opaque):
                raise ArgumentError(
                    "a silence is written down, and asked of each event: it takes a filter in text, as "
                    "'data.port == 443', and no callable"
                )
        text = str(filter)
        if len(text) > LONGEST_FILTER:
            raise ArgumentError(f"the filter of a silence has {LONGEST_FILTER:,} characters at most")
        there = self._silences.get(text)
        if there is not None and there.until_us > now_us:
            there.until_us, there.reason = now_us + length_us, reason or there.reason
            there.recorded = there.recorded and recorded
            return there
        # What has ended is kept for a moment: a read that came before may be told of it only now.
        self.remove(lambda each: each.until_us <= now_us - LINGER_US)
        if sum(each.until_us > now_us for each in self._silences.values()) >= MOST:
            raise ArgumentError(
                f"{MOST} mutes and silences are there already: end some with unmute() or lift(), or mute by "
                "a glob"
            )
        silence = self._silences[text] = Silence(
            self._next_id, filter, now_us + length_us, reason, type, resource, recorded=recorded
        )
        self._next_id += 1
        return silence

    def remove(self, fits: Callable[[Silence], bool]) -> list[Silence]:
        """End those for which `fits` is true."""
        gone = [silence for silence in self._silences.values() if fits(silence)]
        for silence in gone:
            del self._silences[str(silence.filter)]
        return gone

    def now(self, now: float) -> list[Silence]:
        """Those that are in force at a moment (Unix time in seconds), oldest first."""
        if not self._silences:
            return []
        now_us = round(now * 1e6)
        return [silence for silence in self._silences.values() if silence.until_us > now_us]

    def part(
        self, batch: Batch, rows: Sequence[int], now: float
    ) -> tuple[Sequence[int], list[tuple[Silence, Sequence[int]]]]:
        """Which rows are shown, and which are kept from the screen, by which silence.

        Args:
            batch: they are among its rows.
            rows: at least one.
            now: Unix time in seconds.
        """
        kept: list[tuple[Silence, Sequence[int]]] = []
        for silence in self.now(now):
            if not rows:
                break
            if caught := silence.caught(batch, rows, now):
                silence.suppressed += len(caught)
                kept.append((silence, caught))
                hidden = set(caught)
                rows = [row for row in rows if row not in hidden] if len(hidden) < len(rows) else ()
        return rows, kept


def muting(type: str | None, resource: str | None) -> Filter:  # noqa: A002 - the column's name
    """The filter of a mute.

    Raises:
        ArgumentError: it is said of nothing, or of what is no name.

    Example:
        >>> muting("build.*", "wl-1")
        <Filter type == "build.*" and resource_id == "wl-1">
    """
    for name, given in (("type", type), ("resource", resource)):
        if given is not None and not (isinstance(given, str) and 0 < len(given) <= LONGEST_NAME):
            raise ArgumentError(f"{name} is a text of 1 to {LONGEST_NAME} characters, not {given!r:.80}")
    if type is None and resource is None:
        raise ArgumentError('mute what? a type or a glob, as "build.*", a resource, or both')
    asked = {"type": type, "resource_id": resource}
    return where(**{name: value for name, value in asked.items() if value is not None})


def _depends_on(asked: Filter) -> tuple[str, ...] | None:
    """The columns whose values settle what a filter says; None: more than those of few values."""
    names: set[str] = set()
    for clause in clauses(asked.tree):
        if is_about_type(clause):
            names |= {"type", "event_type", "status"}
            continue
        for operand in operands(clause):
            of = operand.of if isinstance(operand, Lower) else operand
            if not isinstance(of, Field) or of.name not in _FEW:
                return None
            names.add(of.name)
    return tuple(sorted(names))
