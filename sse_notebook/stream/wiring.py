"""What a stream is made of, put together.

The law: the parts know each other only as far as is said here, and none of them knows the stream. Made again
from the same `Wiring`, they begin anew; handlers, and who shows the stream, stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sse_notebook.alerts import ToastBoard
from sse_notebook.clock import Clock
from sse_notebook.events import Vocabulary
from sse_notebook.filters import Selection
from sse_notebook.intake import Dropped, Intake
from sse_notebook.intake.handlers import Dispatcher
from sse_notebook.intake.tally import lag_of
from sse_notebook.logbook import LogBook
from sse_notebook.metrics import Metrics
from sse_notebook.source import Source
from sse_notebook.source.credentials import Credentials
from sse_notebook.store import EventStore
from sse_notebook.store.bounds import Keeping
from sse_notebook.store.expand import Expand
from sse_notebook.store.outgoing import Outgoing
from sse_notebook.stream.noting import Noting
from sse_notebook.stream.parts import Parts

__all__ = ["Wiring"]


@dataclass(frozen=True)
class Wiring:
    """What the parts of a stream are made from.

    Attributes:
        name: the rows' `source`.
        shown: what it is called for people.
        selection: what is wanted.
        keeping, vocabulary, expand: of the store.
        credentials: whose secrets are masked.
        clock: what the time is.
        pin: told how many handlers there are.
        source: makes the source, of who listens to it, and of the log.
        noting: writes down what is said of alerts.
        replayed: all that comes was recorded before.
    """

    name: str
    shown: str
    selection: Selection
    keeping: Keeping
    vocabulary: Vocabulary | None
    expand: Expand
    credentials: Credentials
    clock: Clock
    pin: Callable[[int], None]
    source: Callable[[Intake, LogBook, EventStore], Source]
    noting: Noting
    replayed: bool = False

    def parts(self, before: Parts | None = None) -> Parts:
        """The parts.

        Args:
            before: those that these take the place of: their handlers and watchers stay.
        """
        clock = self.clock
        counters = Metrics(clock)

        def count_error(where: str) -> None:
            counters.add("sse_user_errors_total", where=where.replace('"', "'"))

        log = LogBook(self.credentials.redact, clock, count_error)
        store = EventStore(
            name=log.redact(self.name), expand=self.expand, vocabulary=self.vocabulary, clock=clock
        )
        store.keep(self.keeping)
        dropped = Dropped(self.keeping)
        store.report = log.caught
        store.outgoing = Outgoing(self.credentials.redact, lambda text: log.warning("files", text))
        toasts = ToastBoard(
            clock, lambda text: log.debug("toasts", text), lambda: log.debugs, log.caught, log.redact
        )
        if before is not None:
            handlers = before.handlers
        else:
            # Not among the dropped events: these are kept, only not handed to handlers.
            handlers = Dispatcher(log, lambda n: counters.add("sse_handler_overruns_total", n), self.pin)
        intake = Intake(
            store=store,
            vocabulary=store.vocabulary,
            selection=self.selection,
            toasts=toasts,
            handlers=handlers,
            counters=counters,
            log=log,
            dropped=dropped,
            name=self.name,
            shown=self.shown,
            replayed=self.replayed,
        )
        if before is not None:
            intake.watchers = before.intake.watchers
            toasts.go_on_from(before.toasts)
        toasts.changed = lambda: intake.tell(at_once=True)
        self.noting.follow(toasts.attention)
        source = self.source(intake, log, store)
        intake.source = source

        def lag() -> float | None:
            return lag_of(store.last_event) if intake.newest_live else None

        counters.gauge("sse_event_lag_seconds", lag)
        counters.gauge("sse_last_event_age_seconds", lambda: intake.age(clock.time()))
        return Parts(clock, log, counters, store, toasts, handlers, intake, source)
