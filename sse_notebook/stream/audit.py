"""Two connections compared: whether the server keeps to what it was asked for.

The law: only events are compared that both connections could have seen; how many were left out, and why, is
said. Nobody is accused on less. Pure: what came is handed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sse_notebook.events import Event
from sse_notebook.events.types import matches_type
from sse_notebook.filters import Filter
from sse_notebook.filters.selection import FILTERS
from sse_notebook.markup import plain, text
from sse_notebook.store.schema import STR, TIME, table
from sse_notebook.words import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PARAMETERS", "Audit", "Difference", "Key", "Window", "compare", "key"]

#: What the server is asked for, that narrows a stream.
PARAMETERS: Final = (*FILTERS, "event_types")

KEPT: Final = 1_000  # differences that are kept of each kind; they are counted all the same
HELD, THROUGH = "held back", "let through"
CLOCKS_APART: Final = 1.0  # seconds that the server's clock may be behind ours, before its times say nothing
LONGEST: Final = 60  # characters of a value that is shown
SHOWN: Final = 5  # differences in the text

Asked = Mapping[str, Sequence[str]]
Stretch = tuple[float, float]
Key = tuple[str, ...]


class Window(NamedTuple):
    """The time in which two connections can be compared.

    Attributes:
        start: when the second one was open, Unix time in seconds.
        end: when it was ended.
        grace: seconds that one connection may be behind the other.
        down: when one of the two was not open.
    """

    start: float
    end: float
    grace: float
    down: Sequence[Stretch] = ()


class Difference(NamedTuple):
    """An event that came on one connection only, or against what was asked.

    Attributes:
        event: the event.
        outcome: `"held back"` or `"let through"`.
        parameter: the query parameter that it is about; of several that may be, all.
        value: what the event says there.
    """

    event: Event
    outcome: str
    parameter: str
    value: str


@dataclass
class Audit:
    """What an audit found. True if it compared something and the server kept to what it was asked for.

    Attributes:
        filter: which events counted.
        asked: what the server was asked for, by parameter.
        seconds: how long both connections were open.
        compared: events that came on the second connection, fit, and could have come on the first one too.
        as_asked: events that fit the filter, and that the server held back as it was asked to.
        counts: by outcome and parameter, how many differences there are.
        differences: these, the first of them.
        left_out: by reason, how many events were not compared.
        came: events that came on the second connection.
        fitting: of these, those that fit the filter.
        seen: by parameter, the values that these events have there, and how often.
        notes: what else is to be known.
        shown: the lines that it shows, where they are made already.
    """

    filter: Filter
    asked: Asked
    seconds: float
    compared: int = 0
    as_asked: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    came: int = 0
    fitting: int = 0
    seen: dict[str, Counter[str]] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list, repr=False, compare=False)

    @property
    def held_back(self) -> int:
        """Events that the server held back though they fit."""
        return sum(number for (outcome, _), number in self.counts.items() if outcome == HELD)

    @property
    def let_through(self) -> int:
        """Events that it let through though they do not fit what it was asked for."""
        return sum(number for (outcome, _), number in self.counts.items() if outcome == THROUGH)

    @property
    def ok(self) -> bool | None:
        """Whether nothing differs; None: nothing could be compared, so that it is not known."""
        return not self.counts if self.compared or self.counts else None

    def __bool__(self) -> bool:
        return bool(self.ok)

    @property
    def df(self) -> pd.DataFrame:
        """The differences: `outcome`, `parameter`, `asked`, `value`, and which event it is."""
        rows = [
            (
                *(each.outcome, each.parameter, self._asked(each.parameter), each.value),
                *(each.event.timestamp_us, each.event.type, each.event.id),
                *(each.event.resource_id, each.event.raw),
            )
            for each in self.differences
        ]
        texts = dict.fromkeys(("outcome", "parameter", "asked", "value"), STR)
        return table(rows, **texts, timestamp=TIME, type=STR, id=STR, resource_id=STR, data=STR)

    @property
    def parameters(self) -> pd.DataFrame:
        """A row for each parameter: `parameter`, `asked`, `held_back`, `let_through`.

        Which of several parameters an event was held back for nobody but the server knows: it counts for all.
        """
        rows = []
        for name in self.asked:
            numbers = Counter[str]()
            for (outcome, about), number in self.counts.items():
                numbers[outcome] += number if name in about.split(" or ") else 0
            rows.append((name, self._asked(name), numbers[HELD], numbers[THROUGH]))
        return table(rows, parameter=STR, asked=STR, held_back="int64", let_through="int64")

    def _nothing(self) -> str:
        """Why nothing was compared."""
        if not self.came:
            return "nothing to compare came: nothing at all came on the second connection"
        came = counted(self.came, "event")
        if self.fitting:
            return f"nothing to compare: {came} came on the second connection, {self.fitting:,} of them fit"
        said = f"{came} came on the second connection, none fits {self.filter}"
        others = [
            f"{name} {', '.join(plain(value, LONGEST) for value, _ in values.most_common(SHOWN))}"
            f"{', …' if len(values) > SHOWN else ''}"
            for name, values in self.seen.items()
        ]
        return f"{said}; seen there: {'; '.join(others)}" if others else said

    def _asked(self, parameter: str) -> str:
        return ", ".join(",".join(self.asked.get(name, ())) for name in parameter.split(" or "))

    def hiding(self, hide: Callable[[str], str]) -> Audit:
        """The same, but that it shows itself without secrets: a notebook keeps that.

        Args:
            hide: masks them in a text.
        """
        return replace(self, shown=self._lines(hide))

    def __str__(self) -> str:
        return "\n".join(self.shown or self._lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{'<br>'.join(text(line, 400) for line in self.shown or self._lines())}</pre>"

    def _lines(self, hide: Callable[[str], str] = str) -> list[str]:
        asked = " ".join(f"{name}={','.join(values)}" for name, values in self.asked.items())
        lines = [
            f"asked of the server: {asked or 'everything'}; audited for {self.seconds:.3g} s",
            f"compared: {self.compared:,} events that fit {self.filter}",
        ]
        if not self.counts:
            lines.append("no difference" if self.compared else self._nothing())
        for (outcome, parameter), number in sorted(self.counts.items()):
            what = "though it fits" if outcome == HELD else "though it does not fit"
            lines.append(f"{outcome} {what}: {number:,}, {parameter} ({self._asked(parameter)})")
        for each in self.differences[:SHOWN]:
            name = each.event.id or each.event.resource_id or ""
            lines.append(f"  {each.outcome}: {each.event.type} {name} {each.parameter}: {each.value}")
        if self.as_asked:
            lines.append(f"held back as asked, though it fits the filter: {self.as_asked:,}")
        lines += [f"left out: {number:,} {why}" for why, number in sorted(self.left_out.items())]
        return [plain(hide(line), 400) for line in [*lines, *self.notes]]


def compare(
    ours: Sequence[Event], theirs: Sequence[Event], known: Collection[Key], report: Audit, window: Window
) -> Audit:
    """Compare what came on a stream's own connection with what came on one that asked for everything.

    Args:
        ours: events of the stream's own, from before the second one was open.
        theirs: events of the second one.
        known: what tells events (`key`) that the stream has seen.
        report: where it is written, with its filter and what was asked.
        window: when both were open.

    Returns:
        The report.
    """
    for event in ours:
        if _when(event) >= window.start and (wrong := _unfit(event, report.asked)):
            for name in wrong:
                _differ(report, Difference(event, THROUGH, name, _value(event, name)))
    report.came = len(theirs)
    report.fitting = sum(map(report.filter.test, theirs))
    report.seen = {name: Counter(_value(event, name) for event in theirs) for name in report.asked}
    own = {key(event): _when(event) for event in ours}
    # From the first event on that was live on both, the second connection is past what it was sent again; and
    # up to the last one the stream's own was not behind.
    both = [at for at, event in enumerate(theirs) if own.get(key(event), 0.0) >= window.start]
    first, last = (both[0], both[-1]) if both else (len(theirs), -1)
    # How far its own link is behind, as far as that was seen: what came so late may be under way.
    behind = max((own[key(theirs[at])] - _when(theirs[at]) for at in both), default=report.seconds / 4)
    end = window.end - max(window.grace, 2 * behind)
    lag = min([CLOCKS_APART, *(_lag(event) for event in (*ours, *theirs) if _dated(event))])
    for at, event in enumerate(theirs):
        if not report.filter.test(event):
            continue
        if _unfit(event, report.asked):
            report.as_asked += key(event) not in own
        elif key(event) in own:
            report.compared += 1
        elif key(event) in known:
            report.left_out["known before the second connection was open"] += 1
        elif why := _why_not(event, window, lag, replayed=at < first, end=end if at > last else window.end):
            report.left_out[why] += 1
        else:
            report.compared += 1
            names = " or ".join(report.asked)
            _differ(report, Difference(event, HELD, names, _values(event, report.asked)))
    return report


def _why_not(event: Event, window: Window, lag: float, *, replayed: bool, end: float) -> str:
    """Why an event that came on the second connection only tells nothing; `""`: it does."""
    at = _when(event)
    if any(start - window.grace <= at <= end + window.grace for start, end in window.down):
        return "while one of the connections was down"
    if _dated(event) and event.timestamp_us / 1e6 + lag < window.start:
        return "older than the second connection: the server sent them again"
    if replayed and at < window.start + window.grace:
        return "at the beginning: the server may have sent them again"
    if at > end:
        return "at the end: they may have been under way"
    return ""


def _differ(report: Audit, difference: Difference) -> None:
    kind = difference.outcome, difference.parameter
    report.counts[kind] += 1
    if report.counts[kind] <= KEPT:
        report.differences.append(difference)


def _unfit(event: Event, asked: Asked) -> list[str]:
    """The parameters that an event does not fit."""
    return [name for name, values in asked.items() if not _fits(event, name, values)]


def _fits(event: Event, name: str, values: Sequence[str]) -> bool:
    if name == "event_types":
        return any(matches_type(each, event.type, event.event_type, event.status) for each in values)
    return getattr(event, name) in values


def _value(event: Event, name: str) -> str:
    """What an event says where a parameter asks."""
    said: Any = event.event_type if name == "event_types" else getattr(event, name)
    return "none" if said is None else plain(str(said), LONGEST)


def _values(event: Event, asked: Asked) -> str:
    return ", ".join(_value(event, name) for name in asked)


def key(event: Event) -> Key:
    """What tells an event from others: its id, else what it says."""
    return ("id", event.id) if event.id else ("content", event.event_type, event.raw)


def _when(event: Event) -> float:
    return event.received_us / 1e6


def _dated(event: Event) -> bool:
    """Whether it says a time of its own."""
    return event.timestamp_us != event.received_us


def _lag(event: Event) -> float:
    return (event.received_us - event.timestamp_us) / 1e6
