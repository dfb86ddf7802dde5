"""`Toast`: what one toast says, of how many events, and until when.

The law: its words are those of its newest event, made when somebody looks; its count is exact.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice
from typing import Any, Final, NamedTuple

from sse_notebook.alerts.templates import cut, said_of
from sse_notebook.alerts.wording import Wording
from sse_notebook.events import Event
from sse_notebook.events.batch import Batch, pick
from sse_notebook.events.severity import SEVERITIES
from sse_notebook.words import counted

__all__ = ["HISTORY", "MOST_RESOURCES", "STORM", "TITLES", "Key", "Newest", "Toast"]

LONGEST_NAME: Final = 200  # characters of what can be muted by its name
MOST_RESOURCES: Final = 1_000  # counted one by one up to here; their names come from the wire
Key = tuple[str, str, str | None]  # type, severity, status

#: What events of many kinds fold into: those of a storm, and those that a server sends again in bulk.
STORM: Final[Key] = ("", "storm", None)
HISTORY: Final[Key] = ("", "history", None)

TITLES: Final = {STORM: "Many more events", HISTORY: "While disconnected"}

_counted: Final = count()


class Newest(NamedTuple):
    """An event of a batch: made when somebody asks for it."""

    batch: Batch
    row: int
    counted: int  # of two batches, the one that was counted later came later

    @property
    def event(self) -> Event:
        """The event."""
        return self.batch[self.row]


@dataclass
class Toast:
    """One toast.

    Attributes:
        id: its number, growing.
        severity: `"info"`, `"success"`, `"warning"` or `"error"`.
        title, text: what it says.
        count: how many events it stands for.
        at: Unix time in seconds of the newest of them.
        duration: seconds until it goes away by itself; None: not before it is dismissed.
        rev: grows whenever it changes.
        actions: labels of the buttons that call a function of its newest event.
    """

    id: int
    severity: str
    title: str
    text: str
    at: float
    duration: float | None
    count: int = 1
    rev: int = 0
    actions: tuple[str, ...] = ()
    began: float = 0.0
    resources: set[str] = field(default_factory=set, repr=False)
    kinds: set[str] = field(default_factory=set, repr=False)  # types, of a summary
    severities: Counter[str] = field(default_factory=Counter, repr=False)  # of a summary
    newest: Newest | None = field(default=None, repr=False, compare=False)
    worded: bool = field(default=True, repr=False, compare=False)  # whether its words are the newest one's
    unsaid: bool = field(default=False, repr=False, compare=False)  # its first words are still being made
    key: Key | None = field(default=None, repr=False)  # what folds into it; None: nothing does

    @property
    def ends(self) -> float:
        """Unix time in seconds when it goes away."""
        return math.inf if self.duration is None else self.at + self.duration

    @property
    def is_summary(self) -> bool:
        """Whether events of many kinds are in it."""
        return self.key in TITLES

    def fold(self, key: Key, batch: Batch, rows: Sequence[int], now: float) -> None:
        """Count more events of one key."""
        self.count += len(rows)
        self.rev += len(rows)
        self.took(key, batch, rows, now)

    def took(self, key: Key, batch: Batch, rows: Sequence[int], now: float) -> None:
        """These, which are counted already, are in it."""
        self.at = now
        self._saw(Newest(batch, rows[-1], next(_counted)))
        if (room := MOST_RESOURCES - len(self.resources)) > 0:
            named = set(pick(batch.columns["resource_id"], rows)).difference(self.resources, {None})
            self.resources.update(islice(named, room))
        if self.is_summary:
            self._count(key, len(rows))

    def absorb(self, other: Toast) -> None:
        """Count all that another one counted: that goes."""
        key = other.key or ("", other.severity, None)
        self.count += other.count
        self.rev += other.count
        self.at = max(self.at, other.at)
        if other.newest is not None:
            self._saw(other.newest)
        self.resources.update(islice(other.resources, max(0, MOST_RESOURCES - len(self.resources))))
        self._count((key[0], other.severity, None), other.count)

    def _saw(self, newest: Newest) -> None:
        """Of what came together the last row is the newest, in whatever order it is counted."""
        self.worded = False
        known = self.newest
        if known is None or (
            known.row < newest.row if known.batch is newest.batch else known.counted < newest.counted
        ):
            self.newest = newest

    def _count(self, key: Key, number: int) -> None:
        if len(self.kinds) < MOST_RESOURCES:
            self.kinds.add(key[0])
        self.severities[key[1]] += number
        if SEVERITIES.index(key[1]) > SEVERITIES.index(self.severity):
            self.severity = key[1]

    def copy(self) -> Toast:
        """It, as it is now."""
        if self.worded:
            return replace(self)
        return replace(
            self,
            resources=set(self.resources),
            kinds=set(self.kinds),
            severities=Counter(self.severities),
        )

    def word(self, wording: Wording) -> None:
        """Say what the newest event says, and of how many resources the events are."""
        if self.worded or self.newest is None:
            return
        self.worded = True
        latest, resources = self.newest.event, len(self.resources)
        words = wording.words(latest)
        if self.is_summary:
            bad = [
                counted(number, name) for name in ("error", "warning") if (number := self.severities[name])
            ]
            many = f"{len(self.kinds):,}{'+' * (len(self.kinds) == MOST_RESOURCES)}"
            types = f"{many} type{'s' * (len(self.kinds) > 1)}"
            self.text = cut(" · ".join([types, *bad, f"latest {words.title}"]))
        elif resources > 1:
            kind = latest.resource_type or "resource"
            many = f"{resources}{'+' * (resources == MOST_RESOURCES)} {kind}s"
            said = said_of(cut(latest.resource_id or ""), cut(latest.message or ""))
            self.title = words.group
            self.text = cut(f"{many} · latest {said}" if said else many)
        else:
            self.title, self.text = words.title, words.text

    def to_json(self) -> dict[str, Any]:
        """As the front-end gets it: times in milliseconds.

        `type`, `resource` and `seq` are those of the newest event, where there is one kind of them. They are
        what can be muted: a name that is too long for that is not told.
        """
        one = self.newest if self.key is not None else None
        alone = one is not None and not self.is_summary
        return {
            "id": self.id,
            "rev": self.rev,
            "severity": self.severity,
            "title": self.title,
            "text": self.text,
            "count": self.count,
            "at": self.at * 1000,
            "duration": None if self.duration is None else self.duration * 1000,
            "seq": None if one is None else one.batch.columns["seq"][one.row],
            "type": _named(one, "type") if one is not None and alone else None,
            "resource": _named(one, "resource_id") if one is not None and alone else None,
            "actions": list(self.actions),
        }


def _named(newest: Newest, column: str) -> str | None:
    found = newest.batch.columns[column][newest.row]
    return found if isinstance(found, str) and len(found) <= LONGEST_NAME else None
