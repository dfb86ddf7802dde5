"""Which events are shown as toasts, and how many events one toast stands for.

The law: every event that is offered is either counted in exactly one toast, or suppressed for a reason that
is logged; the counts of all toasts ever shown add up to the events that were not suppressed. Like events
within one toast's time fold into it: a storm is one toast with a number. Counting needs no browser.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sse_notebook.alerts.templates import TEMPLATES, cut, said_of, words_for
from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.events import Event

__all__ = ["Toast", "ToastBoard"]

KEPT = 20  # toasts handed to the front-end, which shows four of them at a time

MOST_RESOURCES = 1_000  # counted one by one up to here; their names come from the wire
Key = tuple[str, str, str | None]  # type, severity, status

# Seconds until a toast goes away by itself: the worse, the longer it takes to read.
DURATIONS = {"info": 5.0, "success": 5.0, "warning": 8.0, "error": 12.0}


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
        log: told of each toast shown or suppressed, and why.

    Attributes:
        shown: events that are counted in some toast.
        suppressed: events that are not.
        more: toasts that were let go of before their time, since there were too many.
    """

    def __init__(self, clock: Clock = SYSTEM, log: Callable[[str], object] = str) -> None:
        self._clock = clock
        self._log = log
        # Guards everything below; held while events are offered or the list is copied, both short.
        self._lock = threading.Lock()
        self._toasts: list[Toast] = []
        self._by_key: dict[Key | None, Toast] = {}
        self._next_id = 1
        self.shown = 0
        self.suppressed = 0
        self.more = 0

    def offer(self, events: Iterable[Event]) -> None:
        """Show these events, or fold them into what is shown, or say why not."""
        with self._lock:
            now = self._clock.time()
            for event in events:
                if event.type not in TEMPLATES and event.severity in ("info", "success"):
                    self.suppressed += 1
                    self._log(f"[EventToast] {cut(event.type)} not shown: unknown type below warning")
                else:
                    self._show(event, now)

    def announce(self, title: str, text: str = "", severity: str = "info") -> None:
        """Show a toast that stands for no event of the stream, as "Connected"."""
        with self._lock:
            self._add(severity, title, text, self._clock.time())
            self._log(f"[EventToast] {title} shown")

    def active(self) -> list[Toast]:
        """The toasts whose time has not passed, oldest first, as they are at this moment."""
        with self._lock:
            now = self._clock.time()
            return [replace(toast) for toast in self._toasts if toast.ends > now]

    def _show(self, event: Event, now: float) -> None:
        self.shown += 1
        words = words_for(event)
        key = (event.type, event.severity, event.status)
        toast = self._by_key.get(key)
        who = event.resource_id
        if toast is None or toast.ends <= now:
            toast = self._by_key[key] = self._add(event.severity, words.title, words.text, now, key)
            if who is not None:
                toast.resources.add(who)
            self._log(f"[EventToast] {cut(event.type)} shown: {words.title}")
            return
        toast.count += 1
        toast.rev += 1
        toast.at = now
        if who is not None and len(toast.resources) < MOST_RESOURCES:
            toast.resources.add(who)
        if len(toast.resources) > 1:
            kind = event.resource_type or "resource"
            many = f"{len(toast.resources)}{'+' * (len(toast.resources) == MOST_RESOURCES)} {kind}s"
            latest = said_of(cut(who or ""), cut(event.message or ""))
            toast.title = words.group
            toast.text = cut(f"{many} · latest {latest}" if latest else many)
        else:
            toast.title, toast.text = words.title, words.text
        self._log(f"[EventToast] {cut(event.type)} shown: folded into one of {toast.count}")

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
