"""The reading face: what is kept, read alike wherever it is kept.

The law: each verb reads one snapshot, and gives its reader something of his own. What narrows gives a `View`,
which is as live as what it narrows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from sse_notebook.clock import Clock
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.events.moments import Duration, Moment, duration_us, moment_us
from sse_notebook.filters import Filter, fields, where
from sse_notebook.filters.evidence import Evidence
from sse_notebook.source.continuity import Gap
from sse_notebook.store import doors
from sse_notebook.store.cell import InACell
from sse_notebook.store.counts import Hole, count, earliest
from sse_notebook.store.expand import Expand
from sse_notebook.store.funnel import funnel_of_rows
from sse_notebook.store.outgoing import Outgoing
from sse_notebook.store.schema import COLUMNS
from sse_notebook.store.snapshot import Snapshot, number_of_rows
from sse_notebook.store.strays import NoStrays

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

    from sse_notebook.filters.explanation import Explanation
    from sse_notebook.store.view import View

__all__ = ["FilterLike", "Readable"]

#: What `where` takes for a filter.
FilterLike = str | Filter | Callable[[Event], Any] | None

NAMES = frozenset(column.name for column in COLUMNS)

Backend = Literal["numpy_nullable", "pyarrow"] | None

_AS_IT_IS: Final = Outgoing()


class Readable(NoStrays, InACell):
    """Can be read as a table. `_snapshot` is what tells one from another.

    No abstract class, though it is one: what has traits has a metaclass of its own.
    """

    def _snapshot(self) -> Snapshot:
        """The rows at this moment."""
        raise NotImplementedError

    def _selected(self, start_us: int | None, end_us: int | None, fits: Filter) -> Snapshot:
        """Those of these times that fit."""
        snapshot = self._snapshot()
        if start_us is not None or end_us is not None:
            snapshot = snapshot.between(start_us, end_us)
        return snapshot.where(fits, self._time.time())

    def _counted_rows(self, by: str | None) -> Snapshot:  # noqa: ARG002 - for what is not in memory
        """What is counted: its times, and a column."""
        return self._snapshot()

    @property
    def _outgoing(self) -> Outgoing:
        """What may go out of it: without the secrets that are known."""
        return _AS_IT_IS

    def _instead(self, name: str) -> str:
        """Many a hand writes `stream.groupby(…)`: the DataFrame has it."""
        import pandas as pd  # not imported before it is needed

        if name in NAMES:
            return f'; it is a column: .df["{name}"]'
        return f"; the DataFrame has it: .df.{name}" if hasattr(pd.DataFrame, name) else ""

    @property
    def _time(self) -> Clock:
        """Its own clock: what "1h ago" is counted from."""
        raise NotImplementedError

    def _belongs(self, event: Event) -> bool:  # noqa: ARG002 - what is not narrowed has all there is
        """Whether an event belongs to this."""
        return True

    def _gaps_now(self) -> Iterable[Gap]:
        """What `gaps` tells, without a DataFrame; of what has no connection: none."""
        return ()

    def _holes(self) -> Iterable[Hole]:
        """The stretches of time of which it is not known that everything came; newest or oldest first."""
        return ()

    def _known_us(self) -> int | None:
        """From when on it is known what came; None: always. A store's rows may have had to go."""
        return earliest(self._snapshot(), self._now_us()) if getattr(self, "evicted", 0) else None

    def _bounds(self) -> tuple[int | None, int | None]:
        """The times that rows were narrowed to, in microseconds."""
        return None, None

    # -- as a frame ------------------------------------------------------------------------------------

    @property
    def df(self) -> pd.DataFrame:
        """Everything kept, as a DataFrame: a snapshot of this moment, yours to modify.

        Each read is a new snapshot: write `df = stream.df` once per cell.
        """
        return self.to_pandas()

    def to_pandas(self, expand: Expand = None, dtype_backend: Backend = None) -> pd.DataFrame:
        """Everything kept, as a DataFrame.

        Args:
            expand: which payload fields become columns `data.…`: True for all scalars, a list of dotted
                paths, `[]` for none; None: as it was set up.
            dtype_backend: `"pyarrow"` for Arrow's types, as pandas' own readers have it.

        Returns:
            A frame indexed by `seq`, with the contract's columns, then `data.…`.

        Raises:
            ArgumentError: another `expand` or `dtype_backend`.
        """
        snapshot = self._snapshot()
        if dtype_backend is None:
            return snapshot.frame(expand)
        if dtype_backend == "pyarrow":
            return doors.arrow_frame(snapshot, expand)
        if dtype_backend == "numpy_nullable":
            return snapshot.frame(expand).convert_dtypes(dtype_backend=dtype_backend)
        raise ArgumentError(f'dtype_backend is "pyarrow", "numpy_nullable" or None, not {dtype_backend!r}')

    def head(self, n: int = 5) -> pd.DataFrame:
        """The oldest rows, as a DataFrame; a negative number: all but so many of the newest."""
        return self._snapshot().first(number_of_rows(n)).frame()

    def tail(self, n: int = 5) -> pd.DataFrame:
        """The newest rows, as a DataFrame; a negative number: all but so many of the oldest."""
        return self._snapshot().last(number_of_rows(n)).frame()

    def __len__(self) -> int:
        """Rows kept."""
        return self._snapshot().size

    def __bool__(self) -> bool:
        return True  # what is empty is there all the same

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        # A twin would have the same rows and locks, and count for itself; another process has no connection.
        raise TypeError(f"{type(self).__name__} is live, and can't be copied or pickled; its `df` can")

    # -- narrowed --------------------------------------------------------------------------------------

    @property
    def filter(self) -> Filter:
        """Which events it is narrowed to: every one, of what is not narrowed."""
        return where()

    def where(self, what: FilterLike = None, /, **fields: Any) -> View:
        """The same, narrowed to the events that fit: what `sse.where` takes, or makes.

        It is live: what comes, or goes, later comes or goes in it too. An age is counted by the object's own
        clock when it is read.

        Args:
            what: an expression, as `'event_type == "build_failed" and data.duration > 30'`; a `Filter`; or a
                callable that is given the event.
            fields: for a column the value that it must have, or several of which one must fit. All that is
                given must fit.

        Raises:
            FilterError: it can't be read; the message shows where, and what was expected.

        Example:
            >>> from sse_notebook import EventStore
            >>> store = EventStore()
            >>> _ = store.add_events([{"type": "edit", "size": 3}, {"type": "edit", "size": 30}])
            >>> store.where("data.size > 10", type="edit").df["data"].tolist()
            ['{"type":"edit","size":30}']
        """
        return self._view(where(what, **fields))

    def explain(self, what: FilterLike = None, /, **fields: Any) -> Explanation:
        """Why its events pass a filter or not: which clause refused how many, near misses, what to do.

        Args:
            what: as `where` takes it. Nothing at all: its own filter, asked of what it narrows; of a stream
                its four, asked of what arrived, as far as that is kept or in `dropped`.
            fields: as `where` takes them.

        Raises:
            FilterError: it can't be read; the message shows where, and what was expected.

        Example:
            >>> from sse_notebook import EventStore
            >>> store = EventStore()
            >>> _ = store.add_events([{"type": "edit", "size": 3}, {"type": "edit", "size": "30"}])
            >>> store.explain("data.size > 10").suggestions[0].partition(";")[0]
            '`data.size` is text in 50% ("30"): `>` orders numbers among numbers, texts among texts'
            >>> store.where("data.size > 2").explain().passed
            1
        """
        from sse_notebook.filters.explain import explained  # which is not needed to read

        if what is None and not fields:
            return explained(*self._narrowed())
        asked = where(what, **fields)
        return explained(asked, self._evidence(asked))

    def _evidence(self, asked: Filter) -> Evidence:  # noqa: ARG002 - for a stream, which has rows elsewhere too
        """What a filter is explained on: its rows."""
        frame = self.to_pandas(expand=[])
        # A store's, which counts what it let go of.
        arrived = len(frame) + getattr(self, "evicted", 0)
        return Evidence(frame, arrived, self._time, hide=self._outgoing.text)

    def _narrowed(self) -> tuple[Filter, Evidence]:
        """Its own filter, and what that is explained on."""
        own = self.filter
        return own, self._evidence(own)

    def between(self, start: Moment | None, end: Moment | None) -> View:
        """The same, narrowed to the events whose `timestamp` is at `start` or later, and before `end`.

        Args:
            start: a time (one that says nothing else is UTC), or how long before now: `"1h"`; None: no
                bound. "Now" is the moment of this call.
            end: likewise.

        Raises:
            ArgumentError: neither; or `start` is after `end`.

        Example:
            >>> from sse_notebook import EventStore
            >>> store = EventStore()
            >>> _ = store.add_event({"type": "edit", "timestamp": "2026-11-24T10:00:00Z"})
            >>> len(store.between("2026-11-24T10:00", "2026-11-24T11:00"))
            1
        """
        now_us = self._now_us()
        start_us = None if start is None else moment_us(start, now_us, "start")
        end_us = None if end is None else moment_us(end, now_us, "end")
        if start_us is not None and end_us is not None and start_us > end_us:
            texts = isinstance(start, str) and isinstance(end, str)
            meant = f"between({end!r}, {start!r})" if texts else "the other way round"
            raise ArgumentError(f"between: start is after end; did you mean {meant}?")
        return self._view(start_us=start_us, end_us=end_us)

    def since(self, start: Moment) -> View:
        """The same, narrowed to the events whose `timestamp` is at `start` or later. See `between`."""
        return self._view(start_us=moment_us(start, self._now_us(), "start"))

    def _now_us(self) -> int:
        return round(self._time.time() * 1e6)

    def _view(
        self,
        filter: Filter | None = None,  # noqa: A002 - what it is
        start_us: int | None = None,
        end_us: int | None = None,
    ) -> View:
        from sse_notebook.store.view import View  # which is made of this

        return View(self, filter, start_us, end_us)

    # -- counted ---------------------------------------------------------------------------------------

    def counts(self, freq: Duration, by: str | None = None) -> pd.Series[Any] | pd.DataFrame:
        """How many events there were in each stretch of time, by their `timestamp`.

        Args:
            freq: how long a stretch is: `"1min"`, a `timedelta`, or seconds.
            by: a column, for whose values it is counted apart.

        Returns:
            A Series named `count` (with `by`: a frame with a column for each value), indexed by where each
            stretch begins, counted from 1970 (`"1h"`: on the hour; weeks: on Monday), without a stretch left
            out: from the first row to the last, or as far as `between` goes, but not beyond now: the last
            stretch may still be running. Before the first connection, and where a gap touches a stretch of
            which nobody said that what was missed came after all, it is not known how many there were:
            `<NA>`, which a plot leaves out. What you closed ends there, with a number.

        Raises:
            ArgumentError: no length of time; there is no such column, or no row has such a field; more than a
                million stretches, or ten thousand values.
        """
        freq_us = duration_us(freq, "freq")
        start_us, end_us = self._bounds()
        holes = list(self._holes())
        return count(
            self._counted_rows(by),
            freq_us,
            by,
            # Before and after: what was refilled, or began, in between may not be among these rows.
            holes=[*holes, *self._holes()],
            start_us=start_us,
            end_us=end_us,
            known_us=self._known_us(),
            now_us=self._now_us(),
        )

    def fields(self) -> pd.DataFrame:
        """What a filter can ask of this, and what it would find: a row for each field, payloads' too.

        Each with the share of events that have it, its types, how many distinct values, and the most
        frequent. Of more than 50,000 events so many are asked, which is said below the table. See
        `docs/fields.md`.

        Example:
            >>> from sse_notebook import EventStore
            >>> store = EventStore()
            >>> _ = store.add_event({"type": "edit", "words": 12})
            >>> store.fields().set_index("field").loc["data.words", "example"]
            '12'
        """
        return fields(self.to_pandas(expand=[]), self._outgoing.text)

    def funnel(self) -> pd.DataFrame:
        """How far what came has got, stage by stage: `stage`, `n`, `lost`, `why`; `<NA>`: not known.

        A stream knows all stages, from its bytes to its toasts; what has rows only knows how many there were.
        """
        return funnel_of_rows(len(self), getattr(self, "evictions", {}))

    def info(self) -> None:
        """Print what is kept: rows, times, memory, and how many of each type."""
        from sse_notebook.store.info import describe

        describe(self._snapshot(), hide=self._outgoing.text)

    # -- doors out -------------------------------------------------------------------------------------

    def to_arrow(self, expand: Expand = None) -> pa.Table:
        """Everything kept, as a table of Arrow: `seq`, then the columns of `df`. It shares the memory.

        Args:
            expand: see `to_pandas`.
        """
        return doors.arrow_table(self._snapshot(), expand)

    def __arrow_c_schema__(self) -> object:
        """The types of `to_arrow`'s columns, by Arrow's PyCapsule interface."""
        # Of all rows: what a column of lists and objects is, its values say.
        return doors.arrow_table(self._snapshot()).schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """`to_arrow` by Arrow's PyCapsule interface: what polars, DuckDB, pyarrow and narwhals read it by."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_polars(self, expand: Expand = None) -> pl.DataFrame:
        """Everything kept, as a frame of polars, which must be installed.

        Raises:
            MissingExtra: it is not.
        """
        return doors.polars_frame(self._snapshot(), expand)

    def to_parquet(self, path: str | Path, expand: Expand = None) -> None:
        """Write everything kept to a Parquet file, which is replaced, if it is there, when all is written.

        `pd.read_parquet` gives `df` again, with its index and dtypes. A stream's own secrets are masked.

        Args:
            path: where to write it.
            expand: see `to_pandas`.
        """
        doors.write_parquet(self._outgoing(self._snapshot()), path, expand)

    def to_csv(self, path: str | Path | None = None, expand: Expand = None) -> str | None:
        """Everything kept, as CSV that a spreadsheet can open without running what is in it.

        A text that a spreadsheet would take for a formula gets a `'` in front, as OWASP advises. A stream's
        own secrets are masked.

        Args:
            path: where to write it, packed if it ends in `.gz`; None: it is returned.
            expand: see `to_pandas`.
        """
        return doors.csv(self._outgoing(self._snapshot()), path, expand)

    def to_cloudevents(self, path: str | Path | None = None) -> str | None:
        """Everything kept, as CloudEvents 1.0 in JSON, one a line. A stream's own secrets are masked.

        Args:
            path: where to write it, packed if it ends in `.gz`; None: it is returned.
        """
        return doors.cloudevents(self._outgoing(self._snapshot()), path)
