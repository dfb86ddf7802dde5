"""`EventStore`: the newest events as objects, all kept rows as a DataFrame, and traits to observe.

The law: one lock around every change; a frame or list that is handed out is the caller's own and can't harm
the store; `seq` grows by one for each row, over clears and evictions, and is never used twice. Observers are
told once everything is set, of one change after the other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import groupby, islice
from typing import Any, Literal

import pandas as pd
import traitlets

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.batch import Batch
from sse_notebook.events.builtin import vocabulary_of
from sse_notebook.events.event import changed, checked
from sse_notebook.events.moments import Duration
from sse_notebook.events.types import matches_type
from sse_notebook.events.vocabulary import message_of
from sse_notebook.source import fork
from sse_notebook.source.status import STATES, ConnectionStatus
from sse_notebook.store.answering import Answering
from sse_notebook.store.bounded import Bounded
from sse_notebook.store.bounds import Keeping
from sse_notebook.store.columns import Columns, Version, events_of
from sse_notebook.store.expand import Expand, Expanders, Paths, check_expand
from sse_notebook.store.followers import Followers
from sse_notebook.store.following import Following
from sse_notebook.store.frame import Frames
from sse_notebook.store.inlet import events_in
from sse_notebook.store.masks import Masks
from sse_notebook.store.newest import Newest
from sse_notebook.store.observed import Observed
from sse_notebook.store.outgoing import Outgoing
from sse_notebook.store.snapshot import Reader, Snapshot
from sse_notebook.store.waiting import Waiting
from sse_notebook.wire import ServerSentEvent

__all__ = ["EventStore"]

PART = 1_000  # dictionaries that are read at once
_STATUS_FIELDS = frozenset(field.name for field in fields(ConnectionStatus))


class EventStore(Observed, Following, Bounded, Answering):
    """Keeps events, and tells observers when there are new ones.

    It is what a stream keeps its rows in, and stands alone too, with the verbs of a front-end's event store.

    Args:
        max_events: how many of the newest are kept as objects, in `events`. May be changed later.
        max_rows: how many rows `df` keeps; the oldest go. May be changed later, as may the next three.
        max_age: how long a row is kept after it was received: `"1h"`, a `timedelta`, or seconds; None: no
            bound.
        max_bytes: how many bytes the kept rows may take, beside what pandas makes of them; None: no bound.
        max_dropped: how many of the rows that went are still to be read in `dropped`, which has a budget of
            its own: a sixteenth of `max_bytes`.
        name: the `source` of events that are added as dictionaries.
        expand: which payload fields `df` shows as columns: True, a list of paths, or nothing.
        vocabulary: how dictionaries are read: a `Vocabulary`, or the name of one; None: the platform's.
        clock: what the time is.

    Raises:
        ArgumentError: a wrong argument.

    Example:
        >>> store = EventStore()
        >>> store.add_event({"type": "workload.running", "workloadId": "wl-1"})
        <Event 0 success: workload.status wl-1 running>
        >>> [event.resource_id for event in store.get_events_by_type("workload_status_update")]
        ['wl-1']
        >>> store.df[["type", "status"]].to_dict("records")
        [{'type': 'workload.status', 'status': 'running'}]
    """

    attributes = frozenset({"report", "outgoing"})

    # To observe. Who sets one hears that it can't be: it would say what is not so.
    version = traitlets.Int(0, read_only=True, help="Grows with each change of what is kept.").tag(sync=False)
    count = traitlets.Int(0, read_only=True, help="Rows ever added.")
    connection = traitlets.Instance(ConnectionStatus, read_only=True, help="What is known of the connection.")
    last_event = traitlets.Instance(Event, allow_none=True, read_only=True, help="The newest event.")

    def __init__(
        self,
        max_events: int = 100,
        max_rows: int = 1_000_000,
        *,
        max_age: Duration | None = None,
        max_bytes: int | None = 2**30,
        max_dropped: int = 10_000,
        name: str = "",
        expand: Expand = None,
        vocabulary: Vocabulary | str | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        if not isinstance(name, str):
            raise ArgumentError(f"name must be text, not {name!r:.80}")
        super().__init__()
        self._name = name
        self._clock = clock
        self.vocabulary = vocabulary
        self._expand = check_expand(expand)
        self._last: Event | None = None
        self._first_seq = 0
        # Guards what is written: `_waiting`, `_columns`, `_newest`, `_last`. Held while rows are added, not
        # while traits are set, since observers may read. Who reads takes it to write what waits.
        self._lock = threading.RLock()
        # Guards the traits, whose holds are not thread-aware. Held while observers are told: one of them may
        # add to the store, but not wait for another thread that does.
        self._telling = threading.RLock()
        fork.hold(self, "_telling", "_lock")
        keeping = Keeping.checked(max_events, max_rows, max_age, max_bytes, max_dropped)
        self._columns = Columns(keeping.bounds, name, keeping.max_dropped)
        self._waiting = Waiting(self._columns, self._lock, clock)
        self._newest = Newest(keeping.max_events)
        self._frames = Frames()
        self._expanders = Expanders(self._frames)
        self._masks = Masks(self._expanders)
        self._followers = Followers(self._columns, self._waiting)
        self.outgoing = Outgoing()  # what masks the rows that files are made of
        self._journal: Callable[[Batch], object] | None = None

    @traitlets.default("connection")
    def _no_connection(self) -> ConnectionStatus:
        return ConnectionStatus()

    # -- the seed's verbs ------------------------------------------------------------------------------

    @property
    def events(self) -> list[Event]:
        """The newest `max_events`, oldest first."""
        with self._lock:
            return self._newest.events()

    def add_event(self, event: Mapping[str, Any] | Event) -> Event | None:
        """Add one event by hand.

        Args:
            event: a dictionary in either vocabulary and casing, or an `Event` (of another store, say).

        Returns:
            The event as kept; None if it was not kept: a control message (`connected`, `heartbeat`), or one
            that the vocabulary discards.

        Raises:
            ArgumentError: it is neither dictionary nor `Event`, or can't be written as JSON.
        """
        kept = self.add_events([event])
        return kept[0] if kept else None

    def add_events(self, events: Iterable[Mapping[str, Any] | Event] | Any) -> list[Event]:
        """Add several events by hand.

        Args:
            events: dictionaries or `Event`s; or a table: a DataFrame, or anything that gives itself to Arrow
                (pyarrow, polars, DuckDB, another store). One with our own columns gives back its events; of
                any other each row is a payload.

        Returns:
            Those that were kept. See `add_event`.

        Raises:
            ArgumentError: one of them is no event.

        Example:
            >>> import pandas as pd
            >>> store, other = EventStore(), EventStore()
            >>> _ = store.add_events(pd.DataFrame({"type": ["edit", "move"], "workload_id": ["wl-1", None]}))
            >>> [event.type for event in other.add_events(store.df)]
            ['edit', 'move']
        """
        now = round(self._clock.time() * 1e6)
        parts: list[Batch] = []
        for event_like, several in groupby(events_in(events), lambda each: isinstance(each, Event)):
            if event_like:
                parts.append(Batch.of([changed(checked(e), origin="added", seq=-1) for e in several]))
            else:
                parts += self._written(several, now)
        return list(self.take(Batch.joined(parts)) if parts else ())

    def _written(self, payloads: Iterable[Any], now: int) -> Iterator[Batch]:
        """The rows that dictionaries give, many at a time."""
        while messages := [_message(payload) for payload in islice(payloads, PART)]:
            read = self.vocabulary.read_all(
                messages, now, source=self._name, origin="added", report=self.report
            )
            yield read.rows

    def clear_events(self) -> None:
        """Forget the rows, and nothing else: `events` and `df` are empty, `seq`, `count` and alerts go on."""
        with self._lock:
            self._waiting.settle()  # what waits had its numbers
            self._expanders.clear(self._columns.version.stop)
            self._masks.clear(self._columns.version.stop)
            self._followers.forget()
            self._newest.clear()
            self._columns.clear()
            self._frames.clear()
            self._last = None
        self._tell()

    def begin_at(self, seq: int) -> bool:
        """Give the first row this `seq`, where rows go on that are kept elsewhere.

        Args:
            seq: a whole number from 0 on.

        Returns:
            False: there have been rows already, which are numbered, and nothing is changed.

        Raises:
            ArgumentError: no row can have this `seq`.
        """
        if not 0 <= seq < 2**62:
            raise ArgumentError(f"the seq of a row is a whole number from 0 on, below 2**62, not {seq!r:.40}")
        with self._lock:
            if self.count or not self._columns.begin_at(seq):
                return False
            self._first_seq = seq
            self._expanders.clear(seq)
            self._masks.clear(seq)
            self._followers.forget()
        return True

    def set_connection_state(self, **partial: Any) -> None:
        """Change parts of `connection`.

        Raises:
            ArgumentError: there is no such part, or no such state.
        """
        if unknown := partial.keys() - _STATUS_FIELDS:
            said, known = (", ".join(sorted(names)) for names in (unknown, _STATUS_FIELDS))
            raise ArgumentError(f"no such part of a connection: {said} (there are {known})")
        if (state := partial.get("state", "open")) not in STATES:
            raise ArgumentError(f"state is one of {', '.join(STATES)}, not {state!r:.80}")
        with self._telling:
            self.set_trait("connection", replace(self.connection, **partial))

    def get_events_by_type(self, type: str) -> list[Event]:  # noqa: A002 - the column's name
        """Those of `events` whose type answers to this name: in either vocabulary, or a glob.

        Raises:
            ArgumentError: it is no text.
        """
        if not isinstance(type, str):
            raise ArgumentError(f"type is one name or glob, not {type!r:.80}; for several: where(type=[…])")
        return [e for e in self.events if matches_type(type, e.type, e.event_type, e.status)]

    def get_events_by_resource(self, id: str, match: Literal["own", "any"] = "own") -> list[Event]:
        """Those of `events` that are about a resource.

        Args:
            id: the resource's id.
            match: `"own"`: it is what the event is about; `"any"`: or the cluster, project or workload that
                the event belongs to.

        Raises:
            ArgumentError: another `match`; or the id is no text, as all ids are.
        """
        if not isinstance(id, str):
            raise ArgumentError(f"id is one text, not {id!r:.80}; for several: where(resource_id=[…])")
        if match == "own":
            return [event for event in self.events if event.resource_id == id]
        if match != "any":
            raise ArgumentError(f'match must be "own" or "any", not {match!r}')
        return [
            event
            for event in self.events
            if id in (event.resource_id, event.workload_id, event.project_id, event.cluster_id)
        ]

    # -- reading ---------------------------------------------------------------------------------------

    def _snapshot(self) -> Snapshot:
        self._waiting.settle()
        reader = Reader(self._frame, self._frames.of_arrow, self._frames.texts, self._paths, self._masks.rows)
        return Snapshot(self._columns.version, reader)

    @property
    def _outgoing(self) -> Outgoing:
        return self.outgoing

    @property
    def _time(self) -> Clock:
        return self._clock

    def _frame(self, version: Version, expand: Expand) -> pd.DataFrame:
        """The rows of a version as a frame of the reader's own."""
        return self._expanders.frame(version, self._paths(expand))

    def _paths(self, expand: Expand) -> Paths:
        """What is asked for, or else as it was set up."""
        return self._expand if expand is None else check_expand(expand)

    def scan(self, after: int = -1) -> list[Event]:
        """All kept rows with a `seq` above `after` as objects, oldest first.

        Those no longer in `events` are made anew from their rows.
        """
        with self._lock:
            self._waiting.settle()
            newest = [event for event in self._newest.events() if event.seq > after]
            version = self._columns.version
        first = newest[0].seq if newest else version.stop
        return [*events_of(version, after + 1, first), *newest]

    @property
    def first_seq(self) -> int:
        """The `seq` that its first row had, or will have."""
        return self._first_seq

    @property
    def next_seq(self) -> int:
        """The `seq` that the next row will have."""
        return self._waiting.stop

    @property
    def _title(self) -> str:
        return f"{type(self).__name__} {self.outgoing.text(self._name)}".strip()

    def __repr__(self) -> str:
        from sse_notebook.store.shown import line_of  # which only a cell needs

        return line_of(self._title, self._snapshot())

    # -- settings --------------------------------------------------------------------------------------

    @property
    def vocabulary(self) -> Vocabulary:
        """How dictionaries are read; may be set, to a name too."""
        return self._vocabulary

    @vocabulary.setter
    def vocabulary(self, vocabulary: Vocabulary | str | None) -> None:
        self._vocabulary = Vocabulary() if vocabulary is None else vocabulary_of(vocabulary)

    @property
    def expand(self) -> Literal[True] | tuple[str, ...]:
        """Which payload fields `df` shows; may be set."""
        return self._expand

    @expand.setter
    def expand(self, expand: Expand) -> None:
        self._expand = check_expand(expand)

    def write_to(self, journal: Callable[[Batch], object] | None) -> None:
        """Tell this of each row that comes from now on, in order, before anybody can see it; None: nobody."""
        with self._lock:
            self._journal = journal

    # -- writing ---------------------------------------------------------------------------------------

    def take(self, events: Sequence[Event], first: Callable[[Batch], object] = bool) -> Batch:
        """Keep these rows, in order, and tell observers once.

        Args:
            events: a `Batch`, or events; these objects get their `seq` here.
            first: told of the rows before any observer is.

        Returns:
            The rows as they are kept.
        """
        batch = Batch.of(events)
        if not batch:
            return batch
        with self._lock:
            batch = self._waiting.append(batch)
            if self._journal is not None:
                self._journal(batch)
            self._newest.append(batch)
            self._last = batch[-1]
        try:
            first(batch)
        finally:
            self._tell()
        return batch

    def _tell(self) -> None:
        """Set the traits to what is true by now, all of them before any observer is told."""
        with self._telling:
            with self._lock:  # a reader may be writing what waits
                now = {"count": self._waiting.stop - self._first_seq, "last_event": self._last}
            self.set_together(version=self.version + 1, **now)


def _message(payload: Any) -> ServerSentEvent:
    if not isinstance(payload, Mapping):
        raise ArgumentError(f"an event is a dictionary or an Event, not {type(payload).__name__}")
    return message_of(payload)
