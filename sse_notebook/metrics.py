"""Counters, the invariant that ties them, and what they were before: a stream's numbers.

The law: in every `snapshot`, and so in every sample, messages received = stored + control + filtered +
duplicate + invalid; what one read brought is counted in one step. What is remembered is bounded: when there
are too many samples every other one goes, so that they always reach back to the beginning.
"""

from __future__ import annotations

import difflib
import math
import re
import threading
from collections.abc import Callable, ItemsView, Iterator, Mapping, ValuesView
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.markup import GUARDED, text
from sse_notebook.pulse import Pulse
from sse_notebook.source import fork

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BAD", "FAMILIES", "RECEIVED", "Counters", "Family", "Metrics", "labelled", "labels_of"]

SAMPLES = 720  # that are kept at the most, half as many at the least once there were so many
APART = 1.0  # seconds between two samples, at first

RECEIVED = "sse_events_received_total"
BAD = "sse_events_bad_total"


class Family(NamedTuple):
    """What is counted under one name.

    Attributes:
        help: what it says, in a line.
        kind: as Prometheus calls it: counter or gauge.
        label: what its numbers are told apart by; `""`: there is one number.
        values: all the values of that label, which are 0 until they are counted; empty: nobody knows them.
    """

    help: str
    kind: str = "counter"
    label: str = ""
    values: tuple[str, ...] = ()

    def known(self, name: str) -> list[str]:
        """The names of its numbers, as far as they are known before anything is counted."""
        return [labelled(name, **{self.label: value}) for value in self.values] if self.label else [name]


#: All there is, in the order in which it is shown.
FAMILIES: Final[Mapping[str, Family]] = {
    "sse_bytes_received_total": Family("Bytes of the streams' bodies."),
    "sse_lines_received_total": Family("Lines in them, blank ones and comments too."),
    RECEIVED: Family("Messages, by the type of the event.", label="type"),
    "sse_events_stored_total": Family("Messages that became rows."),
    BAD: Family("Those of them that were trouble.", label="severity", values=("warning", "error")),
    "sse_events_control_total": Family("Messages about the connection itself."),
    "sse_events_dropped_total": Family(
        "Messages that became nothing.", label="reason", values=("filtered", "duplicate", "invalid")
    ),
    "sse_events_refused_total": Family("Filtered ones, by the clause that refused them.", label="clause"),
    "sse_events_invalid_total": Family(
        "Invalid ones: discarded by the vocabulary, or too large.",
        label="why",
        values=("discarded", "oversized"),
    ),
    "sse_rows_evicted_total": Family("Rows that were let go of, by the bound.", label="reason"),
    "sse_toasts_total": Family(
        "Rows that are counted in a toast, or are in none.",
        label="outcome",
        values=("shown", "suppressed"),
    ),
    "sse_reconnects_total": Family(
        "Connections after the first, by why one was needed.",
        label="reason",
        values=("by user", "ended", "broken", "silence", "token"),
    ),
    "sse_gaps_total": Family("Holes between connections."),
    "sse_handler_overruns_total": Family("Rows that handlers were too slow for."),
    "sse_user_errors_total": Family("Errors of the user's own code, by where.", label="where"),
    "sse_event_lag_seconds": Family("From the newest event's own time to its arrival.", "gauge"),
    "sse_last_event_age_seconds": Family("Since the newest event came.", "gauge"),
}

_TEXT: Final = "text-align:left;vertical-align:top;border:0;padding:2px 14px 2px 0"
_NUMBER: Final = "text-align:right;vertical-align:top;border:0;padding:2px 0;white-space:nowrap"

_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def labelled(name: str, **labels: str) -> str:
    """The name of a counter with its labels, as Prometheus writes it.

    Example:
        >>> labelled("sse_events_dropped_total", reason="filtered")
        'sse_events_dropped_total{reason="filtered"}'
    """
    said = ",".join(f'{label}="{value.translate(_ESCAPES)}"' for label, value in labels.items())
    return f"{name}{{{said}}}"


def labels_of(name: str) -> dict[str, str]:
    """The labels in such a name.

    Example:
        >>> labels_of(labelled("sse_events_refused_total", clause='status == "on"'))
        {'clause': 'status == "on"'}
    """
    plain = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
    return {
        label: re.sub(r"\\.", lambda found: plain.get(found[0], found[0]), value)
        for label, value in _LABEL.findall(name)
    }


class Counters(Mapping[str, float]):
    """The counters of one stream, by their Prometheus names; a mapping, zero where nothing was counted.

    A name without its labels is the sum over them.

    Example:
        >>> counters = Counters()
        >>> counters.add("sse_events_dropped_total", 2, reason="filtered")
        >>> counters['sse_events_dropped_total{reason="filtered"}'], counters["sse_events_dropped_total"]
        (2, 2)
    """

    def __init__(self) -> None:
        # Guards `_values`: counters are written by several threads, and `+=` on a dict entry is not atomic.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._values: dict[str, int] = {}

    def add(self, name: str, number: int = 1, **labels: str) -> None:
        """Count `number` more."""
        self.add_all({labelled(name, **labels) if labels else name: number})

    def add_all(self, numbers: Mapping[str, int]) -> None:
        """Count these in one step: no snapshot has some of them without the others."""
        with self._lock:
            for name, number in numbers.items():
                self._values[name] = self._values.get(name, 0) + number

    def snapshot(self) -> dict[str, int]:
        """All counters at one moment, as `items()` and `values()` are; `dict(…)` reads one after another."""
        with self._lock:
            return dict(self._values)

    def total(self, name: str) -> int:
        """The sum of a counter over its labels."""
        return _total(self.snapshot(), name)

    def items(self) -> ItemsView[str, float]:
        """All that there is, of one moment."""
        return self._now().items()

    def values(self) -> ValuesView[float]:
        """The numbers of `items()`."""
        return self._now().values()

    def _now(self) -> dict[str, float]:
        return {**self.snapshot()}

    def __getitem__(self, name: str) -> float:
        found = self._values.get(name)
        return found if found is not None else self.total(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.snapshot())

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        lines = "\n".join(f"{name} {_said(number)}" for name, number in sorted(self.items()))
        return lines or "nothing counted yet"

    def _repr_html_(self) -> str:
        """The numbers that there are, as a table; static, and names are nothing but text."""
        rows = "".join(
            f'<tr style="background:transparent"><td style="{_TEXT}">{text(name, 300)}</td>'
            f'<td style="{_NUMBER}">{_said(number)}</td></tr>'
            for name, number in sorted(self.items())
        )
        table = f'<table style="border-collapse:collapse;border:0">{rows}</table>'
        return f'<div class="{GUARDED}">{table if rows else "nothing counted yet"}</div>'


class Metrics(Counters):
    """The numbers of a stream: counters, gauges, and what the counters were before.

    What was never counted is 0; a name that no number has is a `KeyError`, as is a label, or a value of one,
    that there never is.

    Args:
        clock: what the time is.

    Example:
        >>> metrics = Metrics()
        >>> metrics.add("sse_gaps_total")
        >>> "sse_gaps_total 1" in metrics.prometheus().splitlines()
        True
    """

    def __init__(self, clock: Clock = SYSTEM) -> None:
        super().__init__()
        #: How much came, second by second.
        self.pulse = Pulse()
        self._clock = clock
        self._gauges: dict[str, Callable[[], float | None]] = {}
        # Of the thread that counts, but for `_samples`, which is replaced and never changed in place.
        self._samples: tuple[tuple[float, Mapping[str, float]], ...] = ()
        self._apart = APART
        self._last = self._due = -math.inf

    def gauge(self, name: str, read: Callable[[], float | None]) -> None:
        """Read a number anew whenever it is asked for; None: there is none."""
        self._gauges[name] = read

    def count(self, numbers: Mapping[str, int], at: float) -> None:
        """Count what one read brought, in one step, as of its moment.

        Args:
            numbers: by the names of the counters.
            at: now, Unix time in seconds.
        """
        self.pulse.turn(at, self._values)
        self.add_all(numbers)

    def tick(self, at: float) -> None:
        """Take a sample, if it is time. Costs nothing otherwise.

        Args:
            at: now, Unix time in seconds.
        """
        if self._last <= at < self._due:  # a clock that was set back is no reason to wait
            return
        self._last, self._due = at, at + self._apart
        samples = (*self._samples, (at, self._sample()))
        if len(samples) > SAMPLES:
            samples = samples[::2]
            self._apart *= 2
        self._samples = samples

    @property
    def df(self) -> pd.DataFrame:
        """The numbers over time: a row for each sample, oldest first, the last one of now.

        Its index is `time`, its columns are the names in `metrics`, but that received messages are not told
        apart by type. A second lies between two samples at first, and the more the longer it goes on. What
        was never counted is 0, and has its column.
        """
        import pandas as pd  # not imported before it is needed

        samples = [*self._samples, (self._clock.time(), self._sample())]
        always = (
            each for name, family in FAMILIES.items() if name != RECEIVED for each in family.known(name)
        )
        names = _ordered({*always, *(name for _, sample in samples for name in sample)})
        times = pd.to_datetime([round(at * 1e6) for at, _ in samples], unit="us", utc=True)
        columns: dict[str, Any] = {}
        for name in names:
            gauge = _family(name) in FAMILIES and FAMILIES[_family(name)].kind == "gauge"
            nothing = math.nan if gauge else 0
            values = [sample.get(name, nothing) for _, sample in samples]
            columns[name] = pd.array(values, dtype="float64" if gauge else "int64")
        return pd.DataFrame(columns, index=pd.DatetimeIndex(times, name="time").as_unit("us"))

    def prometheus(self) -> str:
        """All numbers of this moment in Prometheus' text format (0.0.4); what has none yet is told of."""
        now: dict[str, float] = {**self.snapshot(), **self._read()}
        by_family: dict[str, list[str]] = {name: [] for name in FAMILIES}
        for name in now:
            by_family.setdefault(_family(name), []).append(name)
        lines: list[str] = []
        for name, counted in by_family.items():
            family = FAMILIES.get(name, Family(name))
            shown = dict.fromkeys(sorted(counted))
            if family.kind == "counter":
                shown = dict.fromkeys([*family.known(name), *shown] if family.label else [name])
            lines += [f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}"]
            lines += [f"{each} {_said(now.get(each, 0))}" for each in shown]
        return "\n".join(lines) + "\n"

    def _now(self) -> dict[str, float]:
        return {**self.snapshot(), **dict.fromkeys(self._gauges, math.nan), **self._read()}

    def _read(self) -> dict[str, float]:
        """The gauges that have a number."""
        found = {name: read() for name, read in self._gauges.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _sample(self) -> dict[str, float]:
        counted = self.snapshot()
        sample: dict[str, float] = {
            name: number for name, number in counted.items() if not name.startswith(f"{RECEIVED}{{")
        }
        return {**sample, RECEIVED: _total(counted, RECEIVED), **self._read()}

    def __getitem__(self, name: str) -> float:
        if (read := self._gauges.get(name)) is not None:
            value = read()
            return math.nan if value is None else value
        family = _family(name)
        if family not in FAMILIES and family not in map(_family, self.snapshot()):  # no 0 that nobody counts
            close = difflib.get_close_matches(family[:60], FAMILIES, n=1)
            raise KeyError(
                f"there is no number {name[:200]}" + (f"; did you mean {close[0]}?" if close else "")
            )
        if name != family and family in FAMILIES and name not in self._values:
            _check_labels(name, family)
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[str]:
        return iter({**self.snapshot(), **self._gauges})

    def __len__(self) -> int:
        return len(self._values) + len(self._gauges)


def _family(name: str) -> str:
    return name.partition("{")[0]


def _check_labels(name: str, family: str) -> None:
    """Refuse a name whose labels no number of this family ever has.

    Raises:
        KeyError: it says which there are, and what was probably meant.
    """
    label, values, labels = FAMILIES[family].label, FAMILIES[family].values, labels_of(name)
    if not label:
        raise KeyError(f"{family} has no labels, and is one number: {name[:200]}")
    as_said = next((each for each in values if each in name), "…")  # where there are no quotes, say
    value = labels.get(label, next(iter(labels.values()), as_said))
    close = difflib.get_close_matches(value[:60], values, n=1)
    if values and value not in values and value != "…":
        value = close[0] if close else ""
    meant = "" if not value else f"; did you mean {labelled(family, **{label: value})[:200]}?"
    if label not in labels or len(labels) > 1:
        raise KeyError(f"the label of {family} is {label}: {name[:200]}{meant}")
    if values and labels[label] not in values:
        known = f"{', '.join(values[:-1])} or {values[-1]}"
        raise KeyError(f"{label} of {family} is {known}, never {labels[label][:60]!r}{meant}")
    if name != labelled(family, **labels):  # spaces, say: by this text nothing is ever counted
        raise KeyError(f"no number is written so: {name[:200]}{meant}")


def _total(counted: Mapping[str, int], name: str) -> int:
    return sum(number for each, number in counted.items() if _family(each) == name)


def _ordered(names: set[str]) -> list[str]:
    """Names in the order of their families."""
    places = {name: place for place, name in enumerate(FAMILIES)}
    return sorted(names, key=lambda name: (places.get(_family(name), len(places)), name))


def _said(number: float) -> str:
    if isinstance(number, int):
        return str(number)
    return "NaN" if math.isnan(number) else f"{number:.6f}"
