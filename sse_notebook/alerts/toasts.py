"""Which events are shown as toasts, and how many events one toast stands for.

The law: every event that is offered is either counted in exactly one toast, or suppressed for a reason that
is logged; the counts of all toasts ever shown add up to the events that were not suppressed. Like events
within one toast's time fold into it; when too many kinds come at once, and when a server sends again what was
missed, the rest is one summary with its number. What comes together is counted together: a flood costs
little. Counting needs no browser. Words are made without the lock, since the user's own templates may take
their time: what has none yet is counted, and shown once it has.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from sse_notebook.alerts.actions import Actions
from sse_notebook.alerts.alert import BAD, Ack
from sse_notebook.alerts.attention import Attention
from sse_notebook.alerts.fates import Became, Fates, alike
from sse_notebook.alerts.sent_again import WINDOW, SentAgain
from sse_notebook.alerts.shelf import Shelf
from sse_notebook.alerts.silences import Silence, muting
from sse_notebook.alerts.templates import cut, words_for
from sse_notebook.alerts.toast import HISTORY, STORM, TITLES, Key, Toast
from sse_notebook.alerts.wording import Wording
from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.events import Event
from sse_notebook.events.batch import Batch, pick
from sse_notebook.source import fork

__all__ = ["Board", "Toast", "ToastBoard"]

UNKNOWN: Final = "unknown type below warning"

MOST_AT_ONCE: Final = 8  # toasts that begin at once; when more would, it is a storm
STAY: Final = 3  # of them stay in a storm: those that somebody is reading; the rest goes into the summary


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


class _Begun(NamedTuple):
    """A toast that has just begun, and the rows that are counted in it."""

    toast: Toast
    rows: Sequence[int]


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
        actions: buttons on them that call functions.
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
        # Guards everything below; held while events are counted or the list is copied, both short. Reentrant:
        # what is told then may say something of toasts.
        self._lock = threading.RLock()
        fork.hold(self, "_lock")
        self._shelf = Shelf()
        self.attention = Attention(clock, self._lock, self._tell, self._take_back)
        self._storm_until = 0.0
        self._again = SentAgain()
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
            fresh, again = self._again.parted(batch, now)
        for into, part in ((None, fresh), (HISTORY, again)):
            for key, rows in alike(batch, part):
                with self._lock:
                    begun = self._take(key, batch, rows, now, into, held)
                if begun is not None:
                    self._say(begun, key, batch[begun.rows[0]])
        with self._lock:
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

    def _take(
        self,
        key: Key,
        batch: Batch,
        rows: Sequence[int],
        now: float,
        into: Key | None,
        held: Mapping[int, Ack],
    ) -> _Begun | None:
        """Show events of one key, in a toast or in the summary `into`; or say why not."""
        if why := self._why_not(key):
            self._suppress(key[0], len(rows), why)
            return None
        rows, silenced = self.attention.part(batch, rows, now)
        for silence, hidden in silenced:
            self._hold_back(batch, hidden, silence.why(now))
        if held:
            acks = dict.fromkeys(held[row] for row in rows if row in held)
            for ack in acks:
                self._hold_back(batch, [row for row in rows if held.get(row) == ack], ack.why)
            rows = [row for row in rows if row not in held] if acks else rows
        return self._show(key, batch, rows, now, into) if rows else None

    def _hold_back(self, batch: Batch, rows: Sequence[int], why: str) -> None:
        """Keep rows from the screen, as somebody wants it."""
        self._suppress(batch.columns["type"][rows[0]], len(rows), why)
        self._fates.muted(pick(batch.columns["seq"], rows), why)

    def _suppress(self, type: str, number: int, why: str) -> None:  # noqa: A002 - the column's name
        self.suppressed += number
        for _ in range(number if self._logs() else 0):
            self._log(f"[EventToast] {cut(type)} suppressed: {why}")

    def _show(
        self, key: Key, batch: Batch, rows: Sequence[int], now: float, into: Key | None
    ) -> _Begun | None:
        """Show events of one key: in the toast that is there, in a summary, or in one that begins."""
        self.shown += len(rows)
        toast = self._shelf.by_key.get(into or key)
        if toast is None or toast.ends <= now:
            if into is None and not self._storms(now):
                return self._begin(key, batch, rows, now)
            toast = self._summary(into or STORM, now)
        self._log_folds(key, toast.count, len(rows))
        if toast.is_summary:
            if toast.key == STORM:
                self._storm_until = now + WINDOW
            if key[0] not in toast.kinds:
                self._fates.summed(batch.columns["seq"][rows[0]], key, toast.title)
        toast.fold(key, batch, rows, now)
        if toast.is_summary:
            toast.duration = self.wording.duration("", None, toast.severity)
        return None

    def _begin(self, key: Key, batch: Batch, rows: Sequence[int], now: float) -> _Begun:
        """A toast of these, without words so far."""
        type_, severity, status = key
        severity = self.wording.variant(type_, status, severity)
        toast = self._add(severity, "", "", now, self.wording.duration(type_, status, severity), key)
        toast.actions = self.actions.labels(type_, status, bad=key[1] in BAD)
        toast.unsaid = True
        toast.took(key, batch, rows[:1], now)
        if len(rows) > 1:
            toast.fold(key, batch, rows[1:], now)
        return _Begun(toast, rows)

    def _say(self, begun: _Begun, key: Key, first: Event) -> None:
        """Give a toast its first words. Not with the lock: the user's own template may take its time."""
        words = words_for(first)
        try:
            words = self.wording.words(first)
        finally:
            with self._lock:
                toast, number = begun.toast, len(begun.rows)
                toast.title, toast.text, toast.unsaid = words.title, words.text, False
                toast.worded = toast.count == 1
                self._fates.began(first.seq, key, words.title)
                self._tell(f"{cut(first.type)} shown: {words.title}")
                self._log_folds(key, 1, number - 1)

    def _log_folds(self, key: Key, before: int, number: int) -> None:
        """That so many more events are counted in a toast; its words are the newest one's, once looked at."""
        for count in range(before + 1, before + 1 + number) if self._logs() else ():
            self._log(f"[EventToast] {cut(key[0])} shown: folded into one of {count}")

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
        summary = self._add("info", TITLES[key], "", now, self.wording.duration("", None, "info"), key)
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
            toasts = [toast for toast in self._shelf.toasts if toast.ends > now and not toast.unsaid]
            copies = [toast.copy() for toast in toasts]
            board = Board(copies, self.more, list(self._shelf.withdrawn), self.attention.silences())
        for toast, shown in zip(toasts, copies, strict=True):
            if not shown.worded:
                shown.word(self.wording)  # without the lock
                with self._lock:
                    if toast.rev == shown.rev:
                        toast.title, toast.text, toast.worded = shown.title, shown.text, True
        return board

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
