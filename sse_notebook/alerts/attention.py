"""What people say of what comes: that they have seen to an alert, or want no toasts of some for a while.

The law: what is said holds for what comes from then on, and goes on record as it is said, between two reads:
a replay hears it at the same place. What it keeps from the screen is suppressed for a reason, and no event is
lost by it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from functools import partial
from threading import RLock
from typing import Any, Final, NamedTuple

from sse_notebook.alerts.alert import BAD, Ack, Alert, State
from sse_notebook.alerts.ledger import Ledger
from sse_notebook.alerts.silences import Silence, Silences
from sse_notebook.alerts.templates import cut
from sse_notebook.alerts.toast import Toast
from sse_notebook.clock import Clock
from sse_notebook.events.batch import Batch
from sse_notebook.filters import Filter

__all__ = ["Attention", "Seen"]

REMEMBERED: Final = 10_000  # things that were said

Said = Callable[[int, str, dict[str, Any]], object]


class Seen(NamedTuple):
    """An alert, as it is now.

    Attributes:
        alert: a copy.
        state: its state.
        silence: what keeps it from the screen; of several, what lasts the longest.
    """

    alert: Alert
    state: State
    silence: Silence | None


class Attention:
    """The alerts and the silences of one stream.

    Args:
        clock: what the time is.
        lock: guards it all; that of the toasts, which ask it.
        tell: told of all that is said, in words.
        take_back: takes those toasts from the screen for which a function is true.

    Attributes:
        changed: called, without the lock, when something was said: all who show it are to know at once.
        turn: gives what is held while something is said: that it is between two reads, where it matters.
        said: told, with the lock, what goes on record: when (Unix time in microseconds), a code, a body.
    """

    def __init__(
        self,
        clock: Clock,
        lock: RLock,
        tell: Callable[[str], object],
        take_back: Callable[[Callable[[Toast], bool]], object],
    ) -> None:
        self._clock = clock
        self._lock = lock
        self._tell = tell
        self._take_back = take_back
        self._ledger = Ledger()
        self._silences = Silences()
        self._history: deque[tuple[int, str]] = deque(maxlen=REMEMBERED)
        self.changed: Callable[[], object] = lambda: None
        self.turn: Callable[[], AbstractContextManager[object]] = nullcontext
        self.said: Said = lambda *_: None

    def go_on_from(self, before: Attention) -> None:
        """The silences that were set here hold on. Alerts begin anew, with what comes."""
        self._silences.go_on_from(before._silences)

    # -- what comes; with the lock ---------------------------------------------------------------------

    def take(self, batch: Batch) -> Mapping[int, Ack]:
        """A read, of at least one row: which rows are of alerts that somebody has seen to."""
        return self._ledger.take(batch)

    def part(
        self, batch: Batch, rows: Sequence[int], now: float
    ) -> tuple[Sequence[int], list[tuple[Silence, Sequence[int]]]]:
        """Which rows are shown, and which are silenced, by what. See `Silences.part`."""
        return self._silences.part(batch, rows, now)

    # -- alerts ----------------------------------------------------------------------------------------

    def alerts(self) -> list[Seen]:
        """They, by their numbers."""
        with self._lock:
            now = self._clock.time()
            silences = self._silences.now(now)
            return [self._seen(alert, silences, now) for alert in self._ledger.all()]

    @staticmethod
    def _seen(alert: Alert, silences: Sequence[Silence], now: float) -> Seen:
        if alert.resolved:
            return Seen(alert, "resolved", None)
        over_it = [silence for silence in silences if silence.fits(alert.event, now)]
        if over_it:
            return Seen(alert, "silenced", copy(max(over_it, key=lambda silence: silence.until_us)))
        return Seen(alert, "firing" if alert.ack is None else "acknowledged", None)

    @property
    def forgotten(self) -> int:
        """How many alerts were let go of, to make room."""
        return self._ledger.forgotten

    def family(self, type: str) -> str:  # noqa: A002 - the column's name
        """The family of a type: what events of one alert have in common."""
        return self._ledger.family(type)

    def acknowledge(
        self,
        numbers: Collection[int],
        note: str = "",
        by: str | None = None,
        *,
        at_us: int | None = None,
    ) -> list[Alert]:
        """Somebody has seen to these alerts: no more toasts of them, until they are over or get worse.

        Args:
            numbers: which; those that are over are left out.
            note: what is noted.
            by: who.
            at_us: when, where a recording says it; None: now, and it goes on record.

        Returns:
            Those that are acknowledged now; copies.
        """
        with self.turn() if at_us is None else nullcontext(), self._lock:
            ack = Ack(self._now_us() if at_us is None else at_us, by, note)
            found = self._ledger.acknowledge(numbers, ack)
            for alert in found:
                self._take_back(partial(self._is_of, alert))
                if alert.ack is ack:
                    of = f" of {cut(alert.key[1])}" if alert.key[1] else ""
                    self._say(ack.at_us, f"{cut(alert.event.type)}{of} {cut(ack.why)}")
                    if at_us is None:
                        self.said(ack.at_us, "ack", ack_body(alert, note=note, by=by))
            copies = [copy(alert) for alert in found]
        self.changed()
        return copies

    def was_sent(self, number: int, acked_us: int, sent: bool, *, at_us: int | None = None) -> None:
        """Whether the server took an acknowledgement.

        Args:
            number: of which alert.
            acked_us: when that was acknowledged.
            sent: whether.
            at_us: as `acknowledge` has it.
        """
        with self.turn() if at_us is None else nullcontext(), self._lock:
            alert = self._ledger.was_sent(number, acked_us, sent)
            if alert is not None and at_us is None:
                self.said(self._now_us(), "ack", ack_body(alert, sent=sent))
        self.changed()

    def _is_of(self, alert: Alert, toast: Toast) -> bool:
        """Whether a toast is of this alert, and of nothing else."""
        key, (family, resource) = toast.key, alert.key
        return (
            key is not None
            and not toast.is_summary
            and key[1] in BAD
            and self._ledger.family(key[0]) == family
            and toast.resources == ({resource} if resource is not None else set())
        )

    # -- silences --------------------------------------------------------------------------------------

    def silences(self) -> list[Silence]:
        """Those that are in force, oldest first; copies."""
        with self._lock:
            return [copy(silence) for silence in self._silences.now(self._clock.time())]

    def silence(
        self,
        filter: Filter,  # noqa: A002 - what it is
        length_us: int,
        reason: str = "",
        *,
        type: str | None = None,  # noqa: A002 - the column's name
        resource: str | None = None,
        at_us: int | None = None,
    ) -> Silence:
        """Show no toasts of the events that fit, for so long; those that are there go.

        Args:
            filter: which events.
            length_us: for how many microseconds; silenced already, it begins anew.
            reason: why; may be empty.
            type: of a mute, what it was told.
            resource: likewise.
            at_us: as `acknowledge` has it.

        Returns:
            The silence; a copy.

        Raises:
            ArgumentError: the filter is a callable, or there are too many.
        """
        with self.turn() if at_us is None else nullcontext(), self._lock:
            now_us = self._now_us() if at_us is None else at_us
            silence = self._silences.add(
                filter, now_us, length_us, reason, type=type, resource=resource, recorded=at_us is not None
            )
            now = now_us / 1e6
            self._take_back(
                lambda toast: (
                    toast.key is not None
                    and not toast.is_summary
                    and toast.newest is not None
                    and silence.covers(toast.newest.event, toast.resources, now)
                )
            )
            how = "muted" if silence.is_mute else "silenced"
            why = f": {cut(silence.reason)}" if silence.reason else ""
            self._say(now_us, f"{cut(silence.said)} {how} until {silence.ends(now)}{why}")
            if at_us is None:
                self.said(now_us, "sil", silence_body(silence, length_us))
            found = copy(silence)
        self.changed()
        return found

    def lift(self, fits: Callable[[Silence], bool], *, at_us: int | None = None) -> list[Silence]:
        """End those silences that are in force and for which it is true.

        Args:
            fits: which.
            at_us: as `acknowledge` has it.
        """
        with self.turn() if at_us is None else nullcontext(), self._lock:
            now_us = self._now_us() if at_us is None else at_us
            gone = self._silences.remove(lambda silence: silence.until_us > now_us and fits(silence))
            for silence in gone:
                self._say(now_us, f"{cut(silence.said)} {'muted' if silence.is_mute else 'silenced'} no more")
                if at_us is None:
                    self.said(now_us, "sil", {"filter": str(silence.filter), "lifted": True})
        self.changed()
        return gone

    # -- all of it -------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Forget all alerts. Silences stay: they are of what is to come."""
        with self._lock:
            self._ledger.clear()
        self.changed()

    def history(self) -> list[tuple[int, str]]:
        """What was said, in words, and when (Unix time in microseconds); the newest."""
        with self._lock:
            return list(self._history)

    def _say(self, us: int, text: str) -> None:
        self._history.append((us, text))
        self._tell(text)

    def _now_us(self) -> int:
        return round(self._clock.time() * 1e6)


def ack_body(alert: Alert, **said: Any) -> dict[str, Any]:
    """What goes on record of an acknowledgement: which event was the newest, as the recording has it."""
    known = {"seq": alert.event.seq, "id": alert.event.id, **said}
    return {name: value for name, value in known.items() if value is not None and value != ""}


def silence_body(silence: Silence, length_us: int) -> dict[str, Any]:
    """What goes on record of a silence that is set."""
    said: dict[str, Any] = {"filter": str(silence.filter), "seconds": length_us / 1e6}
    if silence.reason:
        said["reason"] = silence.reason
    if silence.is_mute:
        mute = {"type": silence.type, "resource": silence.resource}
        said["mute"] = {name: value for name, value in mute.items() if value is not None}
    return said
