"""Which events are shown as toasts, and how many events one toast stands for.

The law: every event that is offered is either counted in exactly one toast, or suppressed for a reason that
is logged; the counts of all toasts ever shown add up to the events that were not suppressed. Like events
within one toast's time fold into it; when too many kinds come at once, and when a server sends again what was
missed, the rest is one summary with its number. What comes together is counted together: a flood costs
little. Counting needs no browser.
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from sse_notebook.alerts.actions import Actions
from sse_notebook.alerts.alert import Ack
from sse_notebook.alerts.attention import Attention
from sse_notebook.alerts.fates import Became, Fates, alike
from sse_notebook.alerts.shelf import Shelf
from sse_notebook.alerts.silences import Silence, muting
from sse_notebook.alerts.templates import cut
from sse_notebook.alerts.toast import HISTORY, STORM, Key, Toast
from sse_notebook.alerts.wording import Wording
from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.events import Event
from sse_notebook.events.batch import Batch, pick
from sse_notebook.source import fork

__all__ = ["Board", "Toast", "ToastBoard"]

UNKNOWN: Final = "unknown type below warning"

WINDOW: Final = 5.0  # seconds; what comes within them comes "at once"
MOST_AT_ONCE: Final = 8  # toasts that begin at once; when more would, it is a storm
STAY: Final = 3  # of them stay in a storm: those that somebody is reading; the rest goes into the summary
AGAIN: Final = 5  # events that a server sends again at once, and that are still shown one by one


class Board(NamedTuple):
    """What the front-end is given, of one moment.

    Attributes:
        toasts: those that are active, oldest first.
        more: how many were let go of before their time, since there were too many.
        withdrawn: the numbers of the newest toasts that were taken back: dismissed, muted, summed up, or of a
            state that is over.
        mutes: mutes and silences that are in force.
    """

    toasts: list[Toast]
    more: int
    withdrawn: list[int]
    mutes: list[Silence]


class ToastBoard:
    """The toasts of one stream.

    Args:
        clock: what the time is.
        log: told of each event shown or suppressed, and why.
        logs: whether anybody reads that; else no line is made.
        report: told of errors of the user's own templates and buttons: where, and which.
        hide: masks secrets in a text that is shown in a cell.

    Attributes:
        shown: events that are counted in some toast.
        suppressed: events that are not.
        wording: what toasts say, how long, and as what.
        actions: the user's own buttons on them.
        attention: the alerts and the silences.
        key: tells it from the boards of other streams, in whatever kernel.
    """

    def __init__(
        self,
        clock: Clock = SYSTEM,
        log: Callable[[str], object] = str,
        logs: Callable[[], bool] = lambda: True,
        report: Callable[[str, BaseException], object] = lambda *_: None,
        hide: Callable[[str], str] = str,
    ) -> None:
        self._clock = clock
        self._log = log
        self._logs = logs
        self.wording = Wording(report)
        self.actions = Actions(report, hide)
        self.key = uuid.uuid4().hex
        # Guards everything below; held while events are offered or the list is copied, both short. Reentrant:
        # a template of the user's is called then, and may mute something, or end the stream.
        self._lock = threading.RLock()
        fork.hold(self, "_lock")
        self._shelf = Shelf()
        self.attention = Attention(clock, self._lock, self._tell, self._take_back)
        self._storm_until = self._history_until = 0.0
        self._again: deque[float] = deque(maxlen=AGAIN)  # when events were shown that had been sent again
        self._fates = Fates()
        self.shown = 0
        self.suppressed = 0

    @property
    def more(self) -> int:
        """Toasts that were let go of before their time, since there were too many."""
        return self._shelf.more

    @property
    def changed(self) -> Callable[[], object]:
        """Called when somebody has dismissed, muted, acknowledged something: all who show it are to know."""
        return self.attention.changed

    @changed.setter
    def changed(self, changed: Callable[[], object]) -> None:
        self.attention.changed = changed

    def go_on_from(self, before: ToastBoard) -> None:
        """What the user said of toasts holds here too, and numbers are not used twice."""
        self.wording, self.actions = before.wording, before.actions
        self.attention.go_on_from(before.attention)
        self.key = before.key
        self._shelf.go_on_from(before._shelf)

    # -- events ----------------------------------------------------------------------------------------

    def offer(self, events: Sequence[Event], at: float | None = None) -> tuple[int, int]:
        """Show these events, or fold them into what is shown, or say why not; like ones together.

        Args:
            events: in order.
            at: when they came, Unix time in seconds; None: now.

        Returns:
            How many are counted in a toast, and how many are in none.
        """
        batch = Batch.of(events)
        with self._lock:
            now, before = self._clock.time() if at is None else at, self.suppressed
            held = self.attention.take(batch) if batch else {}
            fresh, again = self._parted(batch, now)
            for into, part in ((None, fresh), (HISTORY, again)):
                for key, rows in alike(batch, part):
                    self._take(key, batch, rows, now, into, held)
            if batch:
                self._fates.offered(batch.columns["seq"][-1])
            suppressed = self.suppressed - before
        return len(batch) - suppressed, suppressed

    def became(self, seq: int, key: Key) -> Became:
        """What became of an event; with which one its toast began is remembered for a while.

        Args:
            seq: its number.
            key: its type, severity and status.
        """
        with self._lock:
            return self._fates.became(seq, key, self._why_not(key))

    def _parted(self, batch: Batch, now: float) -> tuple[Sequence[int], Sequence[int]]:
        """Which rows are shown one by one, and which are history: sent again, and too many for that."""
        origins = batch.columns["origin"]
        if "resumed" not in origins:
            return range(len(batch)), []
        fresh, again = [], []
        for row, origin in enumerate(origins):
            if origin != "resumed":
                fresh.append(row)
            elif now < self._history_until or (len(self._again) == AGAIN and self._again[0] > now - WINDOW):
                self._history_until = now + WINDOW
                again.append(row)
            else:
                self._again.append(now)
                fresh.append(row)
        return fresh, again

    def _take(
        self,
        key: Key,
        batch: Batch,
        rows: Sequence[int],
        now: float,
        into: Key | None,
        held: Mapping[int, Ack],
    ) -> None:
        """Show events of one key, in a toast or in the summary `into`; or say why not."""
        if why := self._why_not(key):
            self._suppress(key[0], len(rows), why)
            return
        rows, silenced = self.attention.part(batch, rows, now)
        for silence, hidden in silenced:
            self._hold_back(batch, hidden, silence.why(now))
        if held:
            acks = dict.fromkeys(held[row] for row in rows if row in held)
            for ack in acks:
                self._hold_back(batch, [row for row in rows if held.get(row) == ack], ack.why)
            rows = [row for row in rows if row not in held] if acks else rows
        if rows:
            self._show(key, batch, rows, now, into)

    def _hold_back(self, batch: Batch, rows: Sequence[int], why: str) -> None:
        """Keep rows from the screen, as somebody wants it."""
        self._suppress(batch.columns["type"][rows[0]], len(rows), why)
        self._fates.muted(pick(batch.columns["seq"], rows), why)

    def _suppress(self, type: str, number: int, why: str) -> None:  # noqa: A002 - the column's name
        self.suppressed += number
        for _ in range(number if self._logs() else 0):
            self._log(f"[EventToast] {cut(type)} suppressed: {why}")

    def _show(self, key: Key, batch: Batch, rows: Sequence[int], now: float, into: Key | None) -> None:
        """Show events of one key: in the toast that is there, in one of their own, or in a summary."""
        self.shown += len(rows)
        toast = self._shelf.by_key.get(into or key)
        if toast is not None and toast.ends > now:
            self._fold(toast, key, batch, rows, now)
        elif into is not None or self._storms(now):
            self._fold(self._summary(into or STORM, now), key, batch, rows, now)
        else:
            first = batch[rows[0]]
            words = self.wording.words(first)
            self._fates.began(first.seq, key, words.title)
            severity = self.wording.variant(first.type, first.status, first.severity)
            duration = self.wording.duration(first.type, first.status, severity)
            toast = self._add(severity, words.title, words.text, now, duration, key)
            toast.actions = self.actions.labels(first.type, first.status)
            toast.took(key, batch, rows[:1], now)
            toast.worded = True
            self._tell(f"{cut(first.type)} shown: {words.title}")
            if len(rows) > 1:
                self._fold(toast, key, batch, rows[1:], now)

    def _fold(self, toast: Toast, key: Key, batch: Batch, rows: Sequence[int], now: float) -> None:
        """Count more events in a toast; its words are the newest one's, once somebody looks at it."""
        if self._logs():
            for count in range(toast.count + 1, toast.count + 1 + len(rows)):
                self._log(f"[EventToast] {cut(key[0])} shown: folded into one of {count}")
        if toast.is_summary:
            if toast.key == STORM:
                self._storm_until = now + WINDOW
            if key[0] not in toast.kinds:
                toast.word(self.wording)
                self._fates.summed(batch.columns["seq"][rows[0]], key, toast.title)
        toast.fold(key, batch, rows, now)
        if toast.is_summary:
            toast.duration = self.wording.duration("", None, toast.severity)

    def _storms(self, now: float) -> bool:
        """Whether too many kinds come at once for toasts of their own."""
        if now < self._storm_until:
            return True
        young = [
            toast
            for toast in self._shelf.toasts
            if toast.key is not None
            and not toast.is_summary
            and toast.began > now - WINDOW
            and toast.ends > now
        ]
        if len(young) < MOST_AT_ONCE:
            return False
        summary = self._summary(STORM, now)
        for toast in young[STAY:]:
            summary.absorb(toast)
            self._shelf.take_back(toast)
        return True

    def _summary(self, key: Key, now: float) -> Toast:
        """The summary of this key: the one that is there, or a new one, of nothing yet."""
        there = self._shelf.by_key.get(key)
        if there is not None and there.ends > now:
            return there
        summary = self._add("info", "", "", now, self.wording.duration("", None, "info"), key)
        summary.count = 0
        return summary

    def _why_not(self, key: Key) -> str:
        """Why events of this type and severity are not shown; `""`: they are."""
        mild = key[1] in ("info", "success")
        return UNKNOWN if mild and not self.wording.knows(key[0], key[2]) else ""

    # -- the connection --------------------------------------------------------------------------------

    def announce(
        self, title: str, text: str = "", severity: str = "info", duration: float | None = 5.0
    ) -> None:
        """Show what stands for no event of the stream, as "Connected"; what was announced before goes.

        Args:
            title: what it says.
            text: the line below.
            severity: one of the four.
            duration: seconds; None: until the state is over, or it is dismissed.
        """
        with self._lock:
            if self._shelf.notice is not None:
                self._shelf.take_back(self._shelf.notice)
            self._shelf.notice = self._add(severity, cut(title), cut(text), self._clock.time(), duration)
            self._tell(f"{title} shown")

    def moved(self, state: str, cause: str) -> None:
        """The connection is in this state: what was announced of another one is no longer true."""
        if title := _TROUBLE.get(state):
            self.announce(title, cause, "error", None)
        elif self._shelf.notice is not None:
            with self._lock:
                if self._shelf.notice is not None and (
                    state != "open" or self._shelf.notice.severity == "error"
                ):
                    self._shelf.take_back(self._shelf.notice)
                    self._shelf.notice = None

    # -- who looks -------------------------------------------------------------------------------------

    def board(self) -> Board:
        """All that the front-end is given, of this moment."""
        with self._lock:
            now = self._clock.time()
            toasts = [toast for toast in self._shelf.toasts if toast.ends > now]
            for toast in toasts:
                toast.word(self.wording)
            shown = [replace(toast) for toast in toasts]
            return Board(shown, self.more, list(self._shelf.withdrawn), self.attention.silences())

    def dismiss(self, id: int, count: int) -> None:
        """Somebody has read it, when it stood for so many events; those that came since are a new toast."""
        with self._lock:
            toast = next((each for each in self._shelf.toasts if each.id == id), None)
            if toast is None:
                return
            self._shelf.take_back(toast)
            self._tell(f"{toast.title} dismissed")
            if toast is self._shelf.notice:
                self._shelf.notice = None
            elif (rest := toast.count - max(0, count)) > 0 and toast.ends > self._clock.time():
                new = self._add(toast.severity, toast.title, toast.text, toast.at, toast.duration, toast.key)
                new.count, new.rev, new.actions = rest, rest, toast.actions
                new.newest, new.worded = toast.newest, False
                new.kinds, new.severities = toast.kinds, toast.severities
        self.changed()

    def event_of(self, id: int) -> Event | None:
        """The newest event of a toast; None: there is no such toast any more."""
        with self._lock:
            newest = next((each.newest for each in self._shelf.toasts if each.id == id), None)
        return None if newest is None else newest.event

    def mute(self, type: str | None, resource: str | None, seconds: float) -> Silence:  # noqa: A002 - column
        """Show no toasts of this type, of this resource, or of both, for so long; those that are there go.

        Raises:
            ArgumentError: it is said of nothing, or there are too many mutes.
        """
        asked = muting(type, resource)
        return self.attention.silence(asked, round(seconds * 1e6), type=type, resource=resource)

    def unmute(self, fits: Callable[[Silence], bool]) -> list[Silence]:
        """End those mutes and silences for which it is true."""
        return self.attention.lift(fits)

    def clear(self) -> None:
        """Forget all alerts, and take back all toasts of events."""
        with self._lock:
            self._take_back(lambda toast: toast.key is not None)
        self.attention.clear()

    def _take_back(self, fits: Callable[[Toast], bool]) -> None:
        for toast in list(self._shelf.toasts):
            if fits(toast):
                self._shelf.take_back(toast)

    def _tell(self, text: str) -> None:
        if self._logs():
            self._log(f"[EventToast] {text}")

    def _add(
        self,
        severity: str,
        title: str,
        text: str,
        at: float,
        duration: float | None,
        key: Key | None = None,
    ) -> Toast:
        return self._shelf.add(severity, title, text, at, duration, now=self._clock.time(), key=key)


_TROUBLE: Final = {"exhausted": "Gave up", "unauthorized": "Not authorized"}
