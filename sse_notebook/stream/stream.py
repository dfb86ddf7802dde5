"""`EventStream`: everything a user asks of a stream, in one place; here its parts are wired together.

The law: the stream holds the parts, and no part holds the stream: one that nobody refers to any more is
collected, and its connection ends with it. What is commanded takes effect at once.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import SSENotebookError
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.moments import Duration
from sse_notebook.filters import Filter, Selection
from sse_notebook.intake import Intake
from sse_notebook.journal.tape import Tape
from sse_notebook.logbook import LogBook
from sse_notebook.metrics import Metrics
from sse_notebook.source import Backoff, EventSource, Source
from sse_notebook.source.credentials import AuthMode, Credentials, TokenSource
from sse_notebook.store import EventStore
from sse_notebook.store.bounds import Keeping
from sse_notebook.store.expand import Expand, check_expand
from sse_notebook.store.schema import STR, TIME, table
from sse_notebook.store.window import Window
from sse_notebook.stream.answers import Answers
from sse_notebook.stream.attending import Attends
from sse_notebook.stream.journals import Journals
from sse_notebook.stream.keeping import Keeps
from sse_notebook.stream.noting import Noting
from sse_notebook.stream.records import Records
from sse_notebook.stream.sending import Sending
from sse_notebook.stream.showing import Shows
from sse_notebook.stream.siblings import Siblings
from sse_notebook.stream.wiring import Wiring

if TYPE_CHECKING:
    import pandas as pd

    from sse_notebook.widget import FeedWidget, StreamWidget

__all__ = ["EventStream"]

# Streams with handlers: they must live though nobody refers to them.
_PINNED: set[EventStream] = set()


class EventStream(Shows, Answers, Attends, Keeps, Records, Journals):
    """A live stream of events: what `sse.connect` returns.

    Attributes are snapshots of this moment; see `connect` for the settings. A context manager too: it closes
    the stream at the end.
    """

    attributes = frozenset({"siblings"})

    def __init__(
        self,
        url: str,
        *,
        name: str,
        shown: str,
        selection: Selection,
        params: Mapping[str, Any],
        needs_token: bool,
        no_token: str = "",
        token: TokenSource | None,
        auth: AuthMode,
        headers: Mapping[str, str] | None = None,
        last_event_id: str = "",
        beginning: Mapping[str, str] | None = None,
        backoff: Backoff | None = None,
        idle_timeout: float | None = None,
        client: Any = None,
        insecure: bool = False,
        keeping: Keeping,
        vocabulary: Vocabulary | None = None,
        expand: Expand = None,
        clock: Clock = SYSTEM,
        credentials: Credentials | None = None,
        source: Callable[[Intake, LogBook, EventStore], Source] | None = None,
    ) -> None:
        credentials = credentials or Credentials(token, auth)
        me = weakref.ref(self)
        self._tape = tape = Tape()

        def pin(handlers: int) -> None:
            if (stream := me()) is not None:
                (_PINNED.add if handlers else _PINNED.discard)(stream)

        def acknowledge(event: Event) -> None:
            if (stream := me()) is not None:
                stream.ack(event)

        def connect(intake: Intake, log: LogBook, _store: EventStore) -> Source:
            tape.listener = intake
            return EventSource(
                url,
                tape,
                credentials=credentials,
                needs_token=needs_token,
                no_token=no_token,
                params=params,
                headers=headers,
                last_event_id=last_event_id,
                beginning=beginning,
                backoff=backoff,
                idle_timeout=idle_timeout,
                client=client,
                insecure=insecure,
                clock=clock,
                log=log,
            )

        self._wiring = Wiring(
            name=name,
            shown=shown,
            selection=selection,
            keeping=keeping,
            vocabulary=vocabulary,
            expand=expand,
            credentials=credentials,
            clock=clock,
            pin=pin,
            source=source or connect,
            noting=Noting(tape),
            replayed=source is not None,
        )
        super().__init__(self._wiring.parts())
        self._name = shown
        self._parts.toasts.actions.acknowledge = acknowledge
        self._begin_records(params, platform=needs_token)
        self._begin_journal()
        self._sending = Sending(self._parts, url=url, params=params, platform=needs_token)
        #: Streams on connections of their own that end with this one: what dedicated views are made of.
        self.siblings = Siblings(self._parts, url=url, params=params, needs_token=needs_token, name=name)
        self._widgets: dict[str, StreamWidget] = {}  # by the part that they show
        self._feed: FeedWidget | None = None
        # When nobody refers to this stream any more, its thread ends; what is passed here must not hold it.
        self._finalizer = weakref.finalize(self, _abandon, self._parts.source, self._sending)

    # -- what is known ---------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What is streamed, for people; known secrets in it are masked."""
        return self._wiring.credentials.redact(self._name)

    @property
    def url(self) -> str:
        """Where it connects to; secrets in it are masked."""
        return self._parts.source.url

    @property
    def source(self) -> Source:
        """Where its messages come from: an `EventSource`, or a recording that is played."""
        return self._parts.source

    @property
    def filter(self) -> Filter:
        """The four filters that it was connected with; where there are none, every event fits.

        They are asked of the server and checked again here. Whoever wants others connects again, or narrows
        with `where`.
        """
        return Filter(self._parts.intake.selection.tree)

    @property
    def log(self) -> pd.DataFrame:
        """The newest 1,000 log lines and errors: `time`, `level`, `where`, `text`."""
        rows = [(round(line.time * 1e6), *line[1:]) for line in self._parts.log.lines()]
        return table(rows, time=TIME, level=STR, where=STR, text=STR)

    @property
    def metrics(self) -> Metrics:
        """The numbers, by their Prometheus names; `.df` has them over time, `.prometheus()` as text."""
        self._counted()
        return self._parts.counters

    def latest_by_resource(self) -> pd.DataFrame:
        """The newest event of each resource: the current status of every workload, project, cluster.

        See `EventStore.latest_by_resource`.
        """
        return self._parts.store.latest_by_resource()

    def window(self, duration: Duration, by: str | None = None) -> Window:
        """The rows of the last so many minutes, counted, and kept up to date: a look costs what is new.

        See `EventStore.window`.
        """
        return self._parts.store.window(duration, by)

    @property
    def attempts(self) -> int | None:
        """How many reconnections are tried before it gives up; None: no limit."""
        return self._parts.source.backoff.attempts

    def _rows_so_far(self) -> int:
        return self._parts.store.count

    # -- commands --------------------------------------------------------------------------------------

    def wait_open(self, timeout: float | None = 10) -> Self:
        """Wait until the connection is open.

        Args:
            timeout: seconds; None: as long as it takes.

        Returns:
            The stream itself.

        Raises:
            WaitTimeout: (a `TimeoutError`) the time ran out.
            ConnectionFailed: it is `exhausted`, `unauthorized` or `closed`.
        """
        self._wait(lambda: self.connected, timeout, lambda: "an open connection")
        return self

    def login(self, token: TokenSource) -> None:
        """Use this token, and connect with it.

        Args:
            token: text, or a callable (sync or async) that is asked before every attempt.
        """
        try:
            self._parts.source.login(token)
        except SSENotebookError as error:
            token = ""  # a verbose traceback shows locals
            raise error.with_traceback(None) from None
        self.siblings.login()

    def logout(self, clear: bool = False) -> None:
        """Disconnect and forget the token.

        Args:
            clear: forget what was kept, too, and the alerts and toasts of it.
        """
        self._parts.source.logout()
        if clear:
            self._parts.store.clear_events()
            self._parts.toasts.clear()
        self.siblings.logout(clear)

    def disconnect(self) -> None:
        """Stop taking in events, until `reconnect`: the button *Pause*, and the state then reads *Paused*."""
        self._parts.source.disconnect()

    def reconnect(self) -> None:
        """Connect now, resuming by id: from a `disconnect` (the button *Resume*), from a failure, or anew."""
        self._parts.source.reconnect()

    def close(self) -> None:
        """End it. What was kept stays readable. From any thread, as often as you like.

        It takes some milliseconds at most, whatever the stream is doing. A read that an observer, or a busy
        machine, holds up may still come to its end after that; no other one begins.
        """
        self.siblings.close()
        self._sending.close()
        self._parts.handlers.close()
        self._parts.source.close()
        self._stop_records()
        self._stop_journal()
        self._finalizer.detach()
        for shown in self._on_screen():
            shown.poke(at_once=True)

    def apply(
        self,
        *,
        token: TokenSource | None,
        no_token: str,
        auth: AuthMode | None,
        headers: Mapping[str, str] | None,
        backoff: Backoff,
        idle_timeout: float | None,
        client: Any,
        insecure: bool,
        keeping: Keeping,
        vocabulary: Vocabulary | None,
        expand: Expand,
        record: str | os.PathLike[str] | None = None,
        journal: Path | None = None,
        writer: str | None = None,
    ) -> None:
        """Use these settings from now on: what `connect` does with a stream that is there already.

        A connection that is up, or on its way, is left alone; one that rests is made again. Without a `token`
        or an `auth` those in use stay. All settings are right: `connect` has checked them.
        """
        source, store = self._parts.source, self._parts.store
        if token is not None:
            source.credentials.replace(token, auth)
        elif auth is not None:
            source.credentials.mode = auth
        source.headers, source.no_token = headers or {}, no_token
        source.backoff, source.client, source.insecure = backoff, client, insecure
        source.freshness.idle_timeout = idle_timeout
        store.keep(keeping)
        self._parts.intake.dropped.keeping = keeping
        store.expand = check_expand(expand)
        if vocabulary is not None:
            store.vocabulary = self._parts.intake.vocabulary = vocabulary
        self.siblings.apply()
        self.record_as_set(record)
        self.journal_as_set(journal, writer)
        if self.connection.state in ("unauthenticated", "unauthorized", "exhausted", "disconnected"):
            source.reconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _instead(self, name: str) -> str:
        """Many a hand writes `stream.observe(…)`: the store has it."""
        there = f"; its store has it: .store.{name}" if hasattr(EventStore, name) else ""
        return super()._instead(name) or there

    def __repr__(self) -> str:
        return f"<EventStream {self.name}: {self.connection.state}>"


def _abandon(source: Source, sending: Sending) -> None:
    """Nobody refers to the stream any more: nothing of it goes on."""
    sending.close()
    source.abandon()
