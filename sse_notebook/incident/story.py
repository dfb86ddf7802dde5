"""What happened, one thing after the other: events that matter, notes, marks, gaps, the connection.

The law: everything is in the order of its time; what is alike and follows on each other is one line with a
number, and the numbers of all lines add up to the events that there are of this severity or worse. A stretch
without events is told from one of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sse_notebook.alerts.templates import words_for
from sse_notebook.events import Event

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CALM",
    "Hole",
    "Line",
    "Moment",
    "State",
    "folded",
    "gaps_told",
    "holes_of",
    "length",
    "marked",
    "moments_of",
    "states_of",
    "states_told",
    "within",
]

#: States of a connection that need no line: a gap tells of them, or nothing is wrong.
CALM: Final = frozenset({"open", "connecting", "retrying", "closed"})
_MISSED: Final = {
    True: "what was missed came after all",
    False: "what was missed is lost",
    None: "nobody knows what was missed",
}


class Moment(NamedTuple):
    """A thing at a time.

    Attributes:
        us: when, in microseconds since 1970.
        what: `"event"`, `"note"`, `"mark"`, `"alert"`, `"gap"` or `"connection"`.
        severity: of an event; else "".
        title: what it says.
        detail: and what more.
        seq: of an event, its row.
        key: what it is alike in with others; None: with nothing.
        about: what an event is about.
        group: what it says together with others like it.
        until_us: when it was over, if it took time.
    """

    us: int
    what: str
    title: str
    detail: str = ""
    severity: str = ""
    seq: int | None = None
    key: tuple[str, ...] | None = None
    about: str | None = None
    group: str = ""
    until_us: int | None = None

    @property
    def text(self) -> str:
        """All that it says."""
        return f"{self.title}: {self.detail}" if self.detail else self.title


class Hole(NamedTuple):
    """A gap.

    Attributes:
        start_us, end_us: when, in microseconds since 1970; no end: it goes on.
        reason: why the connection ended.
        recovered: whether what was missed came after all; None: nobody said.
    """

    start_us: int
    end_us: int | None
    reason: str
    recovered: bool | None


class State(NamedTuple):
    """A state of the connection, from when to when (None: it goes on), in microseconds since 1970."""

    start_us: int
    end_us: int | None
    state: str
    cause: str


@dataclass
class Line:
    """One line of what happened: a moment, and how many like it followed on it.

    Attributes:
        first: the first of them.
        until_us: when the last of them was, in microseconds since 1970.
        count: how many they are.
        about: what they are about, each once.
    """

    first: Moment
    until_us: int
    count: int = 1
    about: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        """What it says, with the number."""
        if self.count == 1:
            return self.first.text
        several = len(self.about) > 1
        title = self.first.group if several else self.first.title
        about = f" · {len(self.about):,} resources" if several else ""
        first = f" · first {self.first.detail}" if self.first.detail else ""
        return f"{title} \N{MULTIPLICATION SIGN}{self.count:,}{about}{first}"


def folded(moments: Iterable[Moment]) -> Iterator[Line]:
    """The moments in the order of their times, like ones that follow on each other in one line.

    Example:
        >>> fault = Moment(1, "event", "Build failed", key=("build.failed",))
        >>> note = Moment(2, "note", "deployed")
        >>> [line.count for line in folded([fault, fault, note, fault._replace(us=3)])]
        [2, 1, 1]
    """
    for key, alike in groupby(sorted(moments, key=_order), key=lambda each: each.key):
        if key is None:
            for each in alike:
                yield Line(each, each.us if each.until_us is None else each.until_us)
            continue
        first, *more = alike
        about = {each.about for each in (first, *more) if each.about}
        yield Line(first, more[-1].us if more else first.us, 1 + len(more), about)


def _order(moment: Moment) -> tuple[int, bool, int]:
    """By time; of one time what people and the connection say comes before the events."""
    return moment.us, moment.what == "event", -1 if moment.seq is None else moment.seq


def holes_of(gaps: pd.DataFrame) -> list[Hole]:
    """The rows of `gaps`."""
    return [
        Hole(start, _us(row["end"]), _text(row["reason"]), _known(row["recovered"]))
        for row in gaps.to_dict("records")
        if (start := _us(row["start"])) is not None
    ]


def states_of(timeline: pd.DataFrame) -> list[State]:
    """The rows of a connection's `timeline`."""
    return [
        State(start, _us(row["end"]), _text(row["state"]), _text(row["cause"]))
        for row in timeline.to_dict("records")
        if (start := _us(row["start"])) is not None
    ]


def moments_of(events: Iterable[Event]) -> Iterator[Moment]:
    """Events as moments, in the words of their toasts."""
    for event in events:
        words = words_for(event)
        yield Moment(
            event.timestamp_us,
            "event",
            words.title,
            words.text,
            severity=event.severity,
            seq=event.seq,
            key=(event.type, event.severity, event.status or ""),
            about=event.workload_id or event.resource_id,
            group=words.group,
        )


def within(us: int, start_us: int | None, end_us: int | None) -> bool:
    """Whether a moment lies in a stretch of time; None: it has no bound there.

    Example:
        >>> within(5, 5, None), within(5, None, 5)
        (True, False)
    """
    return (start_us is None or start_us <= us) and (end_us is None or us < end_us)


def marked(marks: pd.DataFrame, start_us: int | None, end_us: int | None, what: str = "mark") -> list[Moment]:
    """The rows of `marks`, or of another table of times and texts, that lie in a stretch of time."""
    times = [(_us(row["time"]), _text(row["text"])) for row in marks.to_dict("records")]
    return [Moment(us, what, text) for us, text in times if us is not None and within(us, start_us, end_us)]


def gaps_told(holes: Iterable[Hole]) -> list[Moment]:
    """What is known of gaps, and what is not."""
    return [
        Moment(
            hole.start_us,
            "gap",
            "Gap" if hole.end_us is None else f"Gap of {length(hole.end_us - hole.start_us)}",
            f"{hole.reason or 'no reason given'}; {_MISSED[hole.recovered]}",
            until_us=hole.end_us,
        )
        for hole in holes
    ]


def states_told(states: Iterable[State], start_us: int, end_us: int) -> list[Moment]:
    """States of the connection that began in a stretch of time, and are not told by a gap."""
    return [
        Moment(each.start_us, "connection", each.state, each.cause)
        for each in states
        if each.state not in CALM and within(each.start_us, start_us, end_us)
    ]


def length(us: int) -> str:
    """How long something was, for people.

    Example:
        >>> length(41_200_000), length(3_600_000_000), length(5_400_000_000), length(400_000)
        ('41 s', '1 h', '1 h 30 min', '0.4 s')
    """
    if us < 10_000_000:
        return f"{us / 1e6:.1f}".removesuffix(".0") + " s"
    seconds = round(us / 1e6)
    parts = (
        (seconds // 86_400, "d"),
        (seconds // 3600 % 24, "h"),
        (seconds // 60 % 60, "min"),
        (seconds % 60, "s"),
    )
    said = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(said[:2])


def _us(moment: Any) -> int | None:
    """A Timestamp in microseconds; NaT is not itself."""
    return round(moment.timestamp() * 1e6) if moment == moment else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _known(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
