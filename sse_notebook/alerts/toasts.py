"""Which events are shown as toasts, and how many events one toast stands for.

The law: every event that is offered is either counted in exactly one toast, or suppressed for a reason that
is logged; the counts of all toasts ever shown add up to the events that were not suppressed. Like events
within one toast's time fold into it: a storm is one toast with a number. What comes together is counted
together: a flood costs little. Counting needs no browser.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple

from sse_notebook.alerts.templates import TEMPLATES, cut, said_of, words_for
from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.events import Event
from sse_notebook.events.batch import Batch, pick
from sse_notebook.source import fork

__all__ = ["Became", "Toast", "ToastBoard"]

KEPT = 20  # toasts handed to the front-end, which shows four of them at a time
REMEMBERED = 10_000  # toasts of which it is remembered with which event each began
UNKNOWN = "unknown type below warning"

MOST_RESOURCES = 1_000  # counted one by one up to here; their names come from the wire
Key = tuple[str, str, str | None]  # type, severity, status

# Seconds until a toast goes away by itself: the worse, the longer it takes to read.
DURATIONS = {"info": 5.0, "success": 5.0, "warning": 8.0, "error": 12.0}


class Became(NamedTuple):
    """What became of an event that was offered.

    Attributes:
        outcome: `"shown"`, `"suppressed"`, or `"unknown"`.
        reason: why, or where.
    """

    outcome: str
    reason: str


class _Began(NamedTuple):
    """With which event a toast began."""

    seq: int
    key: Key
    title: str


@dataclass
class Toast:
    """One toast.

    Attributes:
        id: its number, growing.
        severity: `"info"`, `"success"`, `"warning"` or `"error"`.
        title, text: what it says.
        count: how many events it stands for.
        at: Unix time in seconds of the newest of them.
        duration: seconds until it goes away by itself.
        rev: grows whenever it changes.
    """

    id: int
    severity: str
    title: str
    text: str
    at: float
    duration: float
    count: int = 1
    rev: int = 0
    resources: set[str] = field(default_factory=set, repr=False)
    newest: tuple[Batch, int] | None = field(default=None, repr=False)  # whose words it is to say yet
    key: Key | None = field(default=None, repr=False)  # what folds into it

    @property
    def ends(self) -> float:
        """Unix time in seconds when it goes away."""
        return self.at + self.duration

    def to_json(self) -> dict[str, Any]:
        """As the front-end gets it: times in milliseconds."""
        return {
            "id": self.id,
            "rev": self.rev,
            "severity": self.severity,
            "title": self.title,
            "text": self.text,
            "count": self.count,
            "at": self.at * 1000,
            "duration": self.duration * 1000,
        }


class ToastBoard:
    """The toasts of one stream.

    Args:
        clock: what the time is.
        log: told of each event shown or suppressed, and why.
        logs: whether anybody reads that; else no line is made.

    Attributes:
        shown: events that are counted in some toast.
        suppressed: events that are not.
        more: toasts that were let go of before their time, since there were too many.
    """

    def __init__(
        self,
        clock: Clock = SYSTEM,
        log: Callable[[str], object] = str,
        logs: Callable[[], bool] = lambda: True,
    ) -> None:
        self._clock = clock
        self._log = log
        self._logs = logs
        # Guards everything below; held while events are offered or the list is copied, both short.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._toasts: list[Toast] = []
        self._by_key: dict[Key | None, Toast] = {}
        self._next_id = 1
        self._began: deque[_Began] = deque(maxlen=REMEMBERED)  # by `seq`, of toasts that stand for events
        self._offered = -1  # the `seq` of the newest event that was offered
        self.shown = 0
        self.suppressed = 0
        self.more = 0

    def offer(self, events: Sequence[Event]) -> tuple[int, int]:
        """Show these events, or fold them into what is shown, or say why not; like ones together.

        Returns:
            How many are counted in a toast, and how many are in none.
        """
        batch = Batch.of(events)
        keys = list(zip(*(batch.columns[name] for name in ("type", "severity", "status")), strict=True))
        alike: dict[Key, Sequence[int]] = dict.fromkeys(keys, range(len(keys)))
        if len(alike) > 1:
            apart: defaultdict[Key, list[int]] = defaultdict(list)
            for row, key in enumerate(keys):
                apart[key].append(row)
            alike = dict(apart)
        with self._lock:
            now, before = self._clock.time(), self.suppressed
            for key, rows in alike.items():
                if why := _why_not(key):
                    self._suppress(key[0], len(rows), why)
                else:
                    self._show(key, batch, rows, now)
            if batch:
                self._offered = max(self._offered, batch.columns["seq"][-1])
            suppressed = self.suppressed - before
        return len(batch) - suppressed, suppressed

    def became(self, seq: int, key: Key) -> Became:
        """What became of an event; with which one its toast began is remembered for a while.

        Args:
            seq: its number.
            key: its type, severity and status.
        """
        if why := _why_not(key):
            return Became("suppressed", why)
        with self._lock:
            offered = self._offered
            earlier = (each for each in reversed(self._began) if each.key == key and each.seq <= seq)
            began = next(earlier, None)
        if began is not None and began.seq == seq:
            return Became("shown", f"in a toast of its own: {began.title}")
        if began is not None:
            return Became("shown", f"counted in the toast that began with seq {began.seq}: {began.title}")
        if seq > offered:
            return Became("unknown", "no toast was asked for it")
        return Became("shown", "in which toast is forgotten")

    def announce(self, title: str, text: str = "", severity: str = "info") -> None:
        """Show a toast that stands for no event of the stream, as "Connected"."""
        with self._lock:
            self._add(severity, title, text, self._clock.time())
            if self._logs():
                self._log(f"[EventToast] {title} shown")

    def active(self) -> list[Toast]:
        """The toasts whose time has not passed, oldest first, as they are at this moment."""
        with self._lock:
            now = self._clock.time()
            return [replace(_worded(toast)) for toast in self._toasts if toast.ends > now]

    def _suppress(self, type: str, number: int, why: str) -> None:  # noqa: A002 - the column's name
        self.suppressed += number
        for _ in range(number if self._logs() else 0):
            self._log(f"[EventToast] {cut(type)} not shown: {why}")

    def _show(self, key: Key, batch: Batch, rows: Sequence[int], now: float) -> None:
        """Show events of one key: in a toast of their own, or in the one that is there."""
        self.shown += len(rows)
        toast = self._by_key.get(key)
        if toast is None or toast.ends <= now:
            first = batch[rows[0]]
            words = words_for(first)
            self._began.append(_Began(first.seq, key, words.title))
            toast = self._by_key[key] = self._add(first.severity, words.title, words.text, now, key)
            if first.resource_id is not None:
                toast.resources.add(first.resource_id)
            if self._logs():
                self._log(f"[EventToast] {cut(first.type)} shown: {words.title}")
            rows = rows[1:]
        if rows:
            self._fold(toast, batch, rows, now)

    def _fold(self, toast: Toast, batch: Batch, rows: Sequence[int], now: float) -> None:
        """Count more events in a toast; its words are the newest one's, once somebody looks at it."""
        if self._logs():
            for count in range(toast.count + 1, toast.count + 1 + len(rows)):
                self._log(f"[EventToast] {cut(batch[rows[0]].type)} shown: folded into one of {count}")
        toast.count += len(rows)
        toast.rev += len(rows)
        toast.at = now
        toast.newest = batch, rows[-1]
        if (room := MOST_RESOURCES - len(toast.resources)) > 0:
            named = set(pick(batch.columns["resource_id"], rows)).difference(toast.resources, {None})
            toast.resources.update(islice(named, room))

    def _add(self, severity: str, title: str, text: str, now: float, key: Key | None = None) -> Toast:
        toast = Toast(self._next_id, severity, title, text, now, DURATIONS[severity], key=key)
        self._next_id += 1
        self._toasts.append(toast)
        if len(self._toasts) > KEPT:
            gone = next((old for old in self._toasts if old.ends <= now), self._toasts[0])
            self._toasts = [toast for toast in self._toasts if toast is not gone]
            if self._by_key.get(gone.key) is gone:
                del self._by_key[gone.key]  # nothing may fold into a toast that nobody will see
            if gone.ends > now:
                self.more += 1
        return toast


def _why_not(key: Key) -> str:
    """Why events of this type and severity are not shown; `""`: they are."""
    return UNKNOWN if key[0] not in TEMPLATES and key[1] in ("info", "success") else ""


def _worded(toast: Toast) -> Toast:
    """The toast, saying what its newest event says, and of how many resources its events are."""
    if toast.newest is None:
        return toast
    batch, row = toast.newest
    latest, toast.newest = batch[row], None
    words, resources = words_for(latest), len(toast.resources)
    if resources > 1:
        kind = latest.resource_type or "resource"
        many = f"{resources}{'+' * (resources == MOST_RESOURCES)} {kind}s"
        said = said_of(cut(latest.resource_id or ""), cut(latest.message or ""))
        toast.title = words.group
        toast.text = cut(f"{many} · latest {said}" if said else many)
    else:
        toast.title, toast.text = words.title, words.text
    return toast
