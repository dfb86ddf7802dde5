"""Races in turns, and reports of them as Markdown.

The law: no time is a result, only a ratio of two that were taken one after the other; of the ratios of the
rounds the median counts. A peer that is not installed, or fails, is named with the reason; ours must not.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

__all__ = ["FULL", "QUICK", "TINY", "Race", "Report", "Runner", "Size", "Target", "race", "release"]


class Size(NamedTuple):
    """How much of each thing is done."""

    events: int  # in one run
    rounds: int
    closes: int  # in each phase
    reconnects: int
    line: int  # bytes
    patience: float  # seconds that a peer may take for one long line
    rows: int  # that are there already
    fresh: int  # rows that come next
    looks: int  # at what has not changed


FULL = Size(
    events=50_000,
    rounds=9,
    closes=300,
    reconnects=1000,
    line=8 * 2**20,
    patience=3.0,
    rows=1_000_000,
    fresh=1_000,
    looks=10_000,
)
QUICK = Size(
    events=5_000,
    rounds=3,
    closes=20,
    reconnects=100,
    line=2**20,
    patience=0.3,
    rows=100_000,
    fresh=1_000,
    looks=1_000,
)
TINY = Size(  # for tests: no figure counts
    events=300,
    rounds=1,
    closes=2,
    reconnects=5,
    line=2**16,
    patience=0.1,
    rows=2_000,
    fresh=100,
    looks=20,
)


class Runner(NamedTuple):
    """Who takes part in a race."""

    name: str
    run: Callable[[], float]  # one run; the seconds that counted
    package: str = ""  # what is to be installed for it
    ours: bool = False


@dataclass
class Race:
    """What came out of a race: the seconds of each round, by name, and who could not run, and why."""

    times: dict[str, list[float]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)

    def ratio(self, slower: str, faster: str) -> float | None:
        """How many times as long `slower` took: the median over the rounds; None: one of them did not run."""
        if not self.times.get(slower) or not self.times.get(faster):
            return None
        pairs = zip(self.times[slower], self.times[faster], strict=True)
        return statistics.median(a / b for a, b in pairs)

    def nearest(self, ours: str, names: Iterable[str]) -> tuple[str, float | None]:
        """Who of these came nearest to ours, and how many times as long it took."""
        ratios = [(ratio, name) for name in names if (ratio := self.ratio(name, ours)) is not None]
        return (min(ratios)[1], min(ratios)[0]) if ratios else ("nobody", None)

    def rows(self, ours: str, events: int) -> list[Sequence[str]]:
        """For a table: name, time per event here, and how many times as long as ours it took."""
        rows: list[Sequence[str]] = []
        for name, times in sorted(self.times.items(), key=lambda item: statistics.median(item[1])):
            per_event = statistics.median(times) / events * 1e6
            ratio = self.ratio(name, ours) or 0.0
            shown = f"**{name}**" if name == ours else name
            rows.append((shown, release(self.packages[name]), f"{per_event:.2f}", f"{ratio:.2f}"))
        return rows + [
            (name, release(self.packages[name]), "", reason) for name, reason in self.failed.items()
        ]


def race(runners: Iterable[Runner], rounds: int) -> Race:
    """Let them run in turns. The first round only warms up, and shows who can't run."""
    result = Race()
    able = []
    for runner in runners:
        result.packages[runner.name] = runner.package
        try:
            _alone(runner)
        except ImportError as error:
            if runner.ours:
                raise
            result.failed[runner.name] = f"not installed ({error.name})"
        except Exception as error:  # whatever a peer raises is its result
            if runner.ours:
                raise
            result.failed[runner.name] = f"failed: {type(error).__name__}: {error}"
        else:
            able.append(runner)
            result.times[runner.name] = []
    # The modules of ten peers are more than any user's collector has to look through.
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for runner in able:
            result.times[runner.name].append(_alone(runner))
    gc.unfreeze()
    return result


def _alone(runner: Runner) -> float:
    gc.collect()  # what the one before left is not this one's to collect
    return runner.run()


def release(package: str) -> str:
    """The version of an installed package; `""` if it is none."""
    try:
        return version(package) if package else ""
    except PackageNotFoundError:
        return ""


@dataclass(frozen=True)
class Target:
    """What was wanted, and what came out: at least or at most `limit`.

    Attributes:
        what: what is counted.
        value: what came out; None: it could not be measured.
        limit: what it should be.
        least: whether `limit` is the least that is wanted, or the most.
        unit: of both.
    """

    what: str
    value: float | None
    limit: float
    least: bool = True
    unit: str = "times"

    @property
    def reached(self) -> bool:
        """Whether it is so."""
        if self.value is None:
            return False
        return self.value >= self.limit if self.least else self.value <= self.limit

    def __str__(self) -> str:
        wanted = f"{'at least' if self.least else 'at most'} {_said(self.limit, 'g')} {self.unit}"
        if self.value is None:
            return f"- {self.what}: {wanted} wanted; **not measured**"
        word = "reached" if self.reached else "not reached"
        return f"- {self.what}: {wanted} wanted, {_said(self.value, '.3g')} {self.unit} measured: **{word}**"


def _said(value: float, form: str) -> str:
    """A number in this form; large ones whole, not as a power of ten."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:{form}}"


@dataclass
class Report:
    """What one benchmark has to say.

    Attributes:
        title: its heading.
        text: what was measured, in a sentence or two.
        head: the names of the columns.
        rows: the table.
        targets: what was wanted of it.
        notes: what else is to be known.
    """

    title: str
    text: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        numbers = ["---" if place == 0 else "---:" for place in range(len(self.head))]
        table = [f"| {' | '.join(row)} |" for row in (self.head, numbers, *self.rows)]
        parts = [f"### {self.title}", self.text, "\n".join(table)]
        if self.targets:
            parts.append("\n".join(map(str, self.targets)))
        return "\n\n".join([*parts, *self.notes])
