"""What happens to a message on its way in: read, checked, kept, handed on.

The law: one read, one pass: each message is counted in exactly one way, then the store, the toasts and the
handlers are told once. It knows nothing of the stream object, so that a stream nobody holds can go.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sse_notebook.alerts import ToastBoard
from sse_notebook.alerts.templates import cut
from sse_notebook.events import Vocabulary
from sse_notebook.events.batch import Batch, pick
from sse_notebook.events.event import Origin
from sse_notebook.events.vocabulary import Control
from sse_notebook.filters import Selection
from sse_notebook.intake.dropped import Dropped
from sse_notebook.intake.greetings import GREETINGS, LOST, OPENING
from sse_notebook.intake.handlers import Dispatcher
from sse_notebook.intake.lost import Lost
from sse_notebook.intake.news import News
from sse_notebook.intake.refill import Refill
from sse_notebook.intake.tally import Evictions, Tally, Taps, as_live, reconnected_because
from sse_notebook.intake.timeline import Timeline
from sse_notebook.intake.unread import How
from sse_notebook.logbook import LogBook
from sse_notebook.metrics import Metrics
from sse_notebook.source import ConnectionStatus, Source, fork
from sse_notebook.source.outbox import Outbox
from sse_notebook.source.reader import heartbeats_in
from sse_notebook.store import EventStore
from sse_notebook.wire import ServerSentEvent

__all__ = ["Intake"]

Times = int | Sequence[int]  # Unix time in microseconds: of all messages, or of each


class Intake:
    """Hears an `EventSource` and fills a store.

    Args:
        store: where rows go.
        vocabulary: how messages are read.
        selection: what is wanted; the rest is counted as `filtered`.
        toasts, handlers, counters, log: who is told.
        dropped: keeps what takes no row.
        name: the rows' `source`.
        shown: what the connection is called in a toast.
        replayed: all that comes was recorded before: such rows say so.

    Attributes:
        vocabulary, dropped, selection, toasts: as above.
        evictions: counts the rows that the store let go of.
        taps: told of all events that the server sends, whatever becomes of them.
        newest_live: the newest row was not one that the server sent again.
    """

    def __init__(
        self,
        *,
        store: EventStore,
        vocabulary: Vocabulary,
        selection: Selection,
        toasts: ToastBoard,
        handlers: Dispatcher,
        counters: Metrics,
        log: LogBook,
        dropped: Dropped,
        name: str,
        shown: str,
        replayed: bool = False,
    ) -> None:
        # What rows say that came by themselves, and those that were sent again.
        self._origins: tuple[Origin, Origin] = ("replayed",) * 2 if replayed else ("live", "resumed")
        self.newest_live = True
        # Of the rows of a read: so many, and whether they were sent again.
        self._how: list[tuple[int, bool]] = []
        self.vocabulary = vocabulary
        self.dropped = dropped
        self._store = store
        self.selection = selection
        self.toasts = toasts
        self._handlers = handlers
        self._counters = counters
        self._log = log
        self._name = name
        self._shown = shown
        self.source: Source | None = None  # set once, right after it is made
        self.news = News()
        fork.watch(self)
        # Told, from whatever thread, that there is something new to show; the flag says "at once".
        self.watchers: list[Callable[[bool], None]] = []

        # The store tells its observers of one change after the other. One of rows may take its time, or wait
        # for who commands the stream: a command leaves its state with it, and goes on.
        self._states = self._outbox()

        self.timeline = Timeline()
        self._last_event_at: float | None = None
        self._last_byte_at: float | None = None
        self._connection_id: str | None = None
        self._opened = 0  # how many open connections the listener was told of
        self._open_since: datetime | None = None  # since when the newest of them is
        # Of the connection that is read, and touched on the source's thread only.
        self._connections = 0
        self._refill = Refill()
        self._begun = False  # it has brought a message
        self._beats = 0  # heartbeats in the read at hand
        self._gaps = 0
        self._oversized = 0
        self._lines = 0
        self._tally = Tally(counters, log.redact)  # what the read at hand adds to the counters
        self._lost = Lost(dropped.add)  # what it brought that takes no row
        self.evictions = Evictions(counters)
        self.taps = Taps()

    def before_fork(self) -> None:
        """Nothing to wait for: the source waits until what was read is handed on."""

    def after_fork(self, *, child: bool) -> None:
        """In the child nobody waits for news, or tells the store of a state."""
        if child:
            self.news = News()
            self._states = self._outbox()

    def _outbox(self) -> Outbox:
        return Outbox(self._show, lambda error: self._log.caught("store", error))

    @property
    def connection(self) -> ConnectionStatus:
        """What is known of the connection, at this moment."""
        status = self.source.status if self.source is not None else ConnectionStatus()
        return replace(
            status,
            last_event_at=_moment(self._last_event_at),
            last_byte_at=_moment(self._last_byte_at),
            connection_id=self._id_of(status),
        )

    def age(self, now: float) -> float | None:
        """Seconds since an event came that was kept; None: none has."""
        at = self._last_event_at
        return None if at is None else max(0.0, now - at)

    # -- Listener --------------------------------------------------------------------------------------

    def heard(self, events: Sequence[ServerSentEvent], size: int, at: float) -> int:
        """A read brought these messages; returns how many of them are no heartbeats."""

        def offer(rows: Batch) -> None:
            self._tally.toasts(*self.toasts.offer(as_live(rows, self._how), at))
            self._tally.count(at)

        if self._heard(events, size, at, round(at * 1e6), offer) is not None:
            self._last_event_at = at
        self.tell(at_once=False)
        return len(events) - max(self._beats, heartbeats_in(events))

    def heard_together(
        self, events: Sequence[ServerSentEvent], size: int, times_us: Sequence[int], at: float
    ) -> None:
        """As if each event had been heard alone, but that no toast is asked for, and numbers move at once."""
        rows = self._heard(events, size, at, times_us)
        if rows is not None:
            self._last_event_at = rows.columns["received_us"][-1] / 1e6
        self.tell(at_once=False)

    def _heard(
        self,
        events: Sequence[ServerSentEvent],
        size: int,
        at: float,
        times_us: Times,
        offer: Callable[[Batch], object] = bool,
    ) -> Batch | None:
        """Take in what came; returns the rows, if there are any.

        These are offered before any observer is told: what that says of alerts is said behind the read, there
        and in what is recorded.
        """
        self._last_byte_at = at
        if self.source is not None and self.source.connections != self._connections:
            self._begin(self.source)
        self._beats = 0
        self._tally.add("sse_bytes_received_total", size)
        self._lost.begin(self._store.next_seq)
        self._count_decoded(round(at * 1e6))
        self._how.clear()
        parts = list(self._parts(events, times_us))
        rows = Batch.joined(parts) if parts else None
        if rows is not None:
            self._tally.stored(rows)
        self._counted(at)
        if rows is not None:
            with self._states.held():
                rows = self._store.take(rows, offer)
            self.evictions.count(self._store.evicted_so_far)
            self._handlers.put(rows)
            self.newest_live = not self._how[-1][1]
        return rows

    def came_again(self, events: Sequence[ServerSentEvent], at: float) -> None:
        """The server sent these a second time: they are counted, and dropped."""
        self._last_byte_at = at
        if self.source is not None and self.source.connections != self._connections:
            self._begin(self.source)
        self._refill.came_again(events)
        origin, at_us = self._origins[True], round(at * 1e6)
        read = self.vocabulary.read_all(events, at_us, source=self._log.redact(self._name), origin=origin)
        self.taps.tell(read.rows)
        self._lost.begin(self._store.next_seq)
        self._lost.add(read.rows, "duplicate", at=read.places)
        self._lost.passed(len(events), 0)
        self._tally.dropped(len(events), "duplicate", "duplicate")
        self._counted(at)

    def _counted(self, at: float) -> None:
        """Count what a read brought, before anybody can see it; then keep what takes no row."""
        self._tally.count(at)
        self._lost.hand_over()

    def moved(self, status: ConnectionStatus) -> None:
        """The connection is in another state."""
        if status.state == "open" and status.since != self._open_since:
            self._open_since = status.since
            self._opened += 1
            if self._opened > 1:
                gap = self.source.gaps.newest if self.source is not None else None
                because = reconnected_because(gap.reason if gap is not None else "")
                self._counters.add("sse_reconnects_total", reason=because)
        if self.source is not None and (fresh := self.source.gaps.count - self._gaps) > 0:
            self._gaps += fresh
            self._counters.add("sse_gaps_total", fresh)
        self.timeline.moved(status)
        self.toasts.moved(status.state, status.cause)
        self._states.put(status)
        self._states.deliver()
        self.tell(at_once=True)

    def _show(self, status: ConnectionStatus) -> None:
        self._store.set_connection_state(
            state=status.state,
            since=status.since,
            attempt=status.attempt,
            next_retry_at=status.next_retry_at,
            error=status.error,
            cause=status.cause,
            last_event_at=_moment(self._last_event_at),
            last_byte_at=_moment(self._last_byte_at),
            connection_id=self._id_of(status),
        )

    def tell(self, *, at_once: bool) -> None:
        """Wake who waits, and poke who shows."""
        if at_once:
            self.news.moved()
        else:
            self.news.rows(self._store.next_seq - self._store.first_seq)
        for watcher in tuple(self.watchers):
            watcher(at_once)

    def _id_of(self, status: ConnectionStatus) -> str | None:
        """What the server called the connection that is open now, if one is and it said so."""
        current = self.source is not None and self.source.connections == self._connections
        return self._connection_id if current and status.state in ("open", "stale") else None

    def _begin(self, source: Source) -> None:
        """The first bytes of a connection. Here, not in `moved`, which may come from another thread later."""
        self._connections = source.connections
        self._connection_id = None
        self._refill.begin(source)
        self._begun = False

    # -- the messages of a read ------------------------------------------------------------------------

    def _parts(self, messages: Sequence[ServerSentEvent], times_us: Times) -> Iterator[Batch]:
        """The rows that messages give; each message is counted in exactly one way. No batch is empty."""
        done = 0
        while done < len(messages):
            # What comes first may be a greeting, which tells how many of the next ones come again.
            part = messages[done:] if self._begun else messages[:1]
            part = self._refill.until_over(part)
            when = times_us if isinstance(times_us, int) else times_us[done : done + len(part)]
            done += len(part)
            rows = self._rows(part, when)
            self._lost.passed(len(part), len(rows))
            if rows:
                yield rows

    def _rows(self, messages: Sequence[ServerSentEvent], times_us: Times) -> Batch:
        """The rows of messages that are all live, or all sent again."""
        first, self._begun = not self._begun, True
        resumed = self._refill.goes_on
        origin, name = self._origins[resumed], self._log.redact(self._name)  # a token may be known by now
        read = self.vocabulary.read_all(messages, times_us, source=name, origin=origin, report=self._report)
        self.taps.tell(read.rows)
        self._tally.received(read.rows.columns["type"])
        if resumed:
            self._refill.came(messages, but={at for at, _ in read.controls})
        wanted, refused = self.selection.parted(read.rows)
        places = pick(read.places, wanted)
        if read.discarded:
            self._tally.invalid(len(read.discarded), "discarded")
        for others, clause in refused:
            self._tally.refused(len(others), clause)
        self._lost.of(messages, read, places, refused, How(self.vocabulary, times_us, name, origin))
        if places:
            self._how.append((len(places), resumed))
        marked = self._refill.marked(places[:1])
        for at, control in read.controls:
            self._control(control, first=first)
            behind = bisect_right(places, at)
            marked += self._refill.marked(places[behind : behind + 1])
        rows = read.rows.pick(wanted) if refused else read.rows
        return rows.with_columns(after_gap=[place in marked for place in places]) if marked else rows

    def _control(self, control: Control, *, first: bool) -> None:
        """A message of the connection itself."""
        self._tally.received([control.name])
        self._tally.add("sse_events_control_total")
        if control.name in GREETINGS and first:  # later it is no greeting, whoever says so
            self._connected(control.payload, GREETINGS[control.name])
        elif control.name in LOST:
            self._refill.said(complete=False)
        elif control.name not in OPENING:
            self._beats += 1

    def _connected(self, payload: Any, called: str) -> None:
        """The server's own greeting: which connection this is, and whether what was missed comes again."""
        said = payload if isinstance(payload, dict) else {}
        connection_id = said.get(called)
        self._connection_id = self._log.redact(connection_id) if isinstance(connection_id, str) else None
        self._store.set_connection_state(connection_id=self._connection_id)
        if isinstance(resume := said.get("resume"), dict):
            self._refill.greeted(resume)
        title = "Connected" if self._connections <= 1 else "Connected again"
        self.toasts.announce(title, self._log.redact(self._shown), "success")

    def _count_decoded(self, at_us: int) -> None:
        """What the decoder counts: lines, and events that were too large for it."""
        if self.source is None:
            return
        decoder = self.source.decoder
        self._tally.add("sse_lines_received_total", decoder.lines - self._lines)
        self._lines = decoder.lines
        if (fresh := decoder.oversized - self._oversized) > 0:
            self._oversized = decoder.oversized
            self._tally.invalid(fresh, "oversized")
            limit = f"larger than {decoder.max_event_bytes:,} bytes"
            for event, own_id in tuple(decoder.skipped)[-fresh:]:
                named = f"{cut(event)!r}" + (f" (id {cut(own_id)!r})" if own_id else "")
                self._log.warning("wire", f"an event {named} was skipped: it is {limit}")
                known = ServerSentEvent(event, "", own_id or "", own_id)
                how = How(self.vocabulary, at_us, self._log.redact(self._name), self._origins[False])
                self._lost.add(how.shown([known]), "oversized", limit)

    def _report(self, where: str, error: BaseException) -> None:
        self._log.caught(where, error, first_only=True)


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
