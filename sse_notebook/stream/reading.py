"""What a stream and a view of it have in common: reading, handlers, waiting.

The law: what is read is a snapshot of this moment, the reader's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, overload

from sse_notebook.clock import Clock
from sse_notebook.errors import ArgumentError, StreamClosed
from sse_notebook.events import Event
from sse_notebook.filters import Filter, where
from sse_notebook.intake.handlers import Handler
from sse_notebook.intake.news import ANY
from sse_notebook.source import ConnectionStatus
from sse_notebook.source.continuity import Gap
from sse_notebook.store import EventStore
from sse_notebook.store.bounds import at_least
from sse_notebook.store.counts import NEVER, Hole, earliest
from sse_notebook.store.outgoing import Outgoing
from sse_notebook.store.readable import FilterLike, Readable
from sse_notebook.store.snapshot import Snapshot
from sse_notebook.stream.choosing import chosen, refuse_id
from sse_notebook.stream.gaps import gaps_table, holes_of
from sse_notebook.stream.iterating import Overrun, iterate
from sse_notebook.stream.meant import is_type
from sse_notebook.stream.parts import Parts
from sse_notebook.stream.waiting import raise_cause, wait_until
from sse_notebook.words import counted

if TYPE_CHECKING:
    import pandas as pd

    from sse_notebook.stream.dedicated import DedicatedView
    from sse_notebook.stream.view import StreamView

__all__ = ["Reading"]

Predicate = Callable[[Event], Any]


class Reading(Readable, ABC):
    """The face of a stream and of a view. `_belongs` is what tells them apart."""

    _hint = "Run the cell to see it live."  # how to see more than a snapshot

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    @abstractmethod
    def name(self) -> str:
        """What is streamed, for people."""

    @abstractmethod
    def _rows_so_far(self) -> int:
        """Rows ever added (of a stream), or kept (of a view)."""

    def _snapshot(self) -> Snapshot:
        return self._parts.store._snapshot()  # noqa: SLF001 - what reads alike

    @property
    def _outgoing(self) -> Outgoing:
        return self._parts.store.outgoing

    @property
    def _time(self) -> Clock:
        return self._parts.clock

    def _gaps_now(self) -> Iterable[Gap]:
        """What `gaps` tells, without a DataFrame."""
        return self._parts.source.gaps

    def _holes(self) -> Iterable[Hole]:
        source = self._parts.source
        return holes_of(self._gaps_now(), over=source.ended or source.status.state == "closed")

    def _known_us(self) -> int | None:
        """From the first connection on, or from what it sent of before; or as its rows are kept."""
        store = self._parts.store
        if (kept := store._known_us()) is not None:  # noqa: SLF001 - what reads alike
            return kept
        opened_us = self._parts.intake.timeline.opened_us
        return earliest(store._snapshot(), NEVER if opened_us is None else opened_us)  # noqa: SLF001 - likewise

    def _view(
        self,
        filter: Filter | None = None,  # noqa: A002 - what it is
        start_us: int | None = None,
        end_us: int | None = None,
    ) -> StreamView:
        from sse_notebook.stream.view import StreamView  # which is made of this

        return StreamView(self, filter, start_us, end_us)

    @overload
    def where(
        self, what: FilterLike = None, /, *, dedicated: Literal[True], **fields: Any
    ) -> DedicatedView: ...
    @overload
    def where(self, what: FilterLike = None, /, *, dedicated: bool = False, **fields: Any) -> StreamView: ...
    def where(self, what: FilterLike = None, /, *, dedicated: bool = False, **fields: Any) -> StreamView:
        """The same, narrowed to the events that fit: what `sse.where` takes, or makes.

        It is live: what comes, or goes, later comes or goes in it too. An age is counted by the object's own
        clock when it is read.

        Args:
            what: an expression, as `'event_type == "build_failed" and data.duration > 30'`; a `Filter`; or a
                callable that is given the event.
            dedicated: True: open a connection of its own, on which the server is asked for what it can check
                (see `Filter.split`), with the same credentials and settings. Its rows are its own, those that
                come from now on. It ends with `close()`, with the stream, or when nobody holds it any more.
                Of a replay it has the rows that were recorded: there is no server.
            fields: for a column the value that it must have, or several of which one must fit. All that is
                given must fit.

        Raises:
            FilterError: it can't be read; the message shows where, and what was expected.
            StreamClosed: a connection of its own is asked for, and the stream is closed.

        Example:
            slow = stream.where("data.duration > 30", type="build.*")
        """
        asked = where(what, **fields)
        if not isinstance(dedicated, bool):
            raise ArgumentError(f"dedicated is True or False, not {dedicated!r:.80}")
        if dedicated:
            from sse_notebook.stream.dedicated import dedicated_view  # which is made of this

            return dedicated_view(self, asked)
        return self._view(asked)

    @property
    def events(self) -> list[Event]:
        """The newest `max_events` as objects, oldest first."""
        return [event for event in self._parts.store.events if self._belongs(event)]

    @property
    def last_event(self) -> Event | None:
        """The newest event, or None."""
        return self._parts.store.last_event

    @property
    def connection(self) -> ConnectionStatus:
        """What is known of the connection."""
        return self._parts.intake.connection

    @property
    def connected(self) -> bool:
        """Whether the connection is open, and not known to be stale."""
        return self.connection.state == "open"

    @property
    def gaps(self) -> pd.DataFrame:
        """The gaps between connections, oldest first: what may have been missed.

        Columns:
            start: when the last byte before the gap came.
            end: when the next connection was open; missing while there is none.
            reason: why the connection ended; `"by user"` for a command.
            recovered: True if the server said that it sent what was missed; False if it said that it could
                not, or if there was no id to resume from; `<NA>`: it did not say.
            last_event_id: the id that the next connection resumed from, if there was one.
        """
        return gaps_table(self._gaps_now())

    @property
    def timeline(self) -> pd.DataFrame:
        """The newest 1,000 states of the connection, oldest first: what it went through.

        Columns:
            start, end: when it came into the state, and when into the next one; missing: not yet.
            state: see `ConnectionStatus`.
            attempt: reconnections since the last connection that proved itself.
            cause: why it was in this state, in plain words; missing where there is nothing to say.
            duration: how long; of the last one until now.
        """
        now = datetime.fromtimestamp(self._parts.clock.time(), UTC)
        return self._parts.intake.timeline.frame(now)

    @property
    def store(self) -> EventStore:
        """The store that the rows are in."""
        return self._parts.store

    def _repr_html_(self) -> str:
        from sse_notebook.widget.fallback import static_html  # not imported before it is needed

        connection = self.connection
        html: str = static_html(
            name=self.name,
            state=connection.state,
            cause=connection.cause,
            count=self._rows_so_far(),
            events=self.events,
            at=datetime.fromtimestamp(self._parts.clock.time(), UTC),
            hint=self._hint,
            hide=self._outgoing.text,
        )
        return html

    # -- handlers --------------------------------------------------------------------------------------

    @overload
    def on(self, type: str | Filter | Predicate, fn: Predicate) -> Handler: ...
    @overload
    def on(self, type: str | Filter | Predicate) -> Callable[[Predicate], Handler]: ...
    def on(
        self,
        type: str | Filter | Predicate,  # noqa: A002 - what it is, as a rule
        fn: Predicate | None = None,
    ) -> Handler | Callable[[Predicate], Handler]:
        """Call a function once for each new event of a type, or that fits, in order, on a thread of its own.

        What it prints lands in the cell that registered it; so does the traceback of its first error. Its
        first error is logged, and the tenth, the hundredth …; all are counted in `metrics`. One function may
        be registered for several types. A function of the same qualified name takes the place of the earlier
        one, so that a cell can be run again; a lambda has no name, and is told by its place in the source:
        name what you may change.

        Args:
            type: a name in either vocabulary, or a glob: `"build_failed"`, `"build.*"`, `"*"`; or a `Filter`,
                as `where("data.duration > 30")`; or a callable that is given the event, and says whether it
                is wanted.
            fn: what is called with each event; without it, `on` is a decorator, and takes no callable alone:
                `@stream.on("*")`, `@stream.on(where(callable))`.

        Returns:
            A handle: `off()` ends it.

        Raises:
            ArgumentError: `type` is none of these, a text that can be no type, or the id of a row and the
                type of none; or `fn` is no plain function.
            StreamClosed: the stream is closed.

        Example:
            @stream.on("build.failed")
            def alarm(event):
                print(event.workload_id, event.message)
        """
        if self.connection.state == "closed":
            raise StreamClosed(
                "the stream is closed: no event comes any more; connect again to make a new one"
            )
        pattern, fits = chosen(type, alone=fn is None, clock=self._time)
        if isinstance(type, str):
            refuse_id(type, self._parts, lambda column: f"on(sse.where({column}={type!r:.80}))")

        def wanted(event: Event) -> bool:
            return bool(self._belongs(event) and fits(event))

        if fn is None:
            return lambda given: self._parts.handlers.add(pattern, wanted, given)
        return self._parts.handlers.add(pattern, wanted, fn)

    # -- waiting ---------------------------------------------------------------------------------------

    def wait_for(self, what: int | Filter | Predicate, timeout: float | None = None) -> Any:
        """Wait for a number of rows, or for an event.

        Args:
            what: a number: until so many rows have come; a `Filter`, or a callable: until an event that fits,
                or for which it is true, those that are kept already included.
            timeout: seconds; None: as long as it takes. Can be interrupted.

        Returns:
            The stream, or the event.

        Raises:
            WaitTimeout: (a `TimeoutError`) the time ran out.
            ConnectionFailed: the connection is `exhausted`, `unauthorized` or `closed`: nothing will come.
        """
        if isinstance(what, int) and not isinstance(what, bool):
            self._wait(
                lambda: self._rows_so_far() >= what,
                timeout,
                lambda: f"{counted(what, 'row')} ({self._rows_so_far():,} are in)",
                at_least("wait_for: the number of rows", what, 0),
            )
            return self
        if isinstance(what, Filter):
            asked, fits = str(what), what.predicate(self._time)
        elif callable(what):
            asked, fits = "", where(what).predicate(self._time)
        else:
            given: Any = what
            hint = ""
            if isinstance(given, str):
                kind, said = ("a type", "type=") if is_type(given) else ("an expression", "")
                hint = f"; for {kind}: wait_for(where({said}{given!r:.80}))"
            raise ArgumentError(
                f"wait_for takes a number of rows, a Filter or a callable, not {what!r:.80}{hint}"
            )
        found: list[Event] = []
        looked_at = -1

        def look() -> bool:
            nonlocal looked_at
            for event in self._parts.store.scan(after=looked_at):
                looked_at = event.seq
                if self._belongs(event) and fits(event):
                    found.append(event)
                    return True
            return False

        self._wait(look, timeout, lambda: f"an event that fits {asked:.200}" if asked else "such an event")
        return found[0]

    def __aiter__(self) -> AsyncIterator[Event | Overrun]:
        """The events that come from now on: `async for event in stream`, until the stream is closed.

        A consumer that is so slow that rows go before it comes to them gets an `Overrun(n)` in their place.

        Raises:
            ConnectionFailed: the connection is `exhausted` or `unauthorized`: nothing will come.
        """
        parts = self._parts

        def check(status: ConnectionStatus) -> None:
            if status.state in parts.source.over_in:
                raise_cause(status, parts.source.url)

        return iterate(parts.intake, lambda: (parts.store, parts.source.ended), self._belongs, check)

    def _wait(
        self, done: Callable[[], bool], timeout: float | None, what: Callable[[], str], rows: int = ANY
    ) -> None:
        wait_until(self._parts, done, timeout, what, rows)
