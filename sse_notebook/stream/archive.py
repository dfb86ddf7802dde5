"""`Archive`: a folder of rows that streams have written, to be read while they write, and long afterwards.

The law: it answers as the store does that the rows came from, as far as memory allows; what can be answered
without reading all rows is. Each reading has what is there by then. Nothing is ever written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError, TooManyRows
from sse_notebook.filters import Filter
from sse_notebook.filters.tree import TRUE
from sse_notebook.journal.archivist import Archivist, flush_all
from sse_notebook.journal.folder import Contents, Folder
from sse_notebook.journal.gathering import Wanted, counted_by, gathered
from sse_notebook.journal.querying import dask_of, queried
from sse_notebook.source.continuity import Gap
from sse_notebook.store import schema
from sse_notebook.store.counts import Hole
from sse_notebook.store.expand import Expand, check_expand
from sse_notebook.store.info import TYPES, types_of
from sse_notebook.store.paths import path_of
from sse_notebook.store.readable import Backend, Readable
from sse_notebook.store.schema import COLUMNS, STR, TIME
from sse_notebook.store.shown import counted, html_of, line_of
from sse_notebook.store.snapshot import Snapshot, number_of_rows
from sse_notebook.stream.gaps import gaps_table, holes_of

__all__ = ["MOST", "Archive"]

MOST: Final = 10_000_000  # rows of a frame
NEWEST: Final = 5  # rows that are shown


class Archive(Readable):
    """All rows that were written to a folder: what `connect(journal=folder)` writes.

    It reads as a stream does (`df`, `where`, `between`, `counts` …), but that its rows are indexed by
    `writer` and `seq`: several writers may share a folder. Rows of one stand in the order of their `seq`,
    those of several as they came. What is larger than memory is read in parts: by `between` and `where`, by
    `sql`, by `to_dask`.

    Args:
        path: of the folder.
        expand: which payload fields are columns; None: as it was set up where the rows came from.

    Raises:
        ArchiveError: (a `ValueError`) there is no such folder.
        ArgumentError: a wrong argument.

    Example:
        archive = sse.load("events/")
        archive.since("7d").counts("1h", by="severity")
    """

    attributes = frozenset({"path"})

    def __init__(self, path: str | os.PathLike[str], *, expand: Expand = None) -> None:
        if not isinstance(path, str | os.PathLike):
            raise ArgumentError(f"Archive takes the path of a folder, not {type(path).__name__}")
        check_expand(expand)
        self.path = path_of(path)
        self._expand = expand
        self._folder = Folder(self.path)
        self._session: Archivist | None = None
        self._clock: Clock = SYSTEM
        self._damage: list[str] = []  # what could not be read the last time, beside what the folder says

    @classmethod
    def of(cls, session: Archivist, clock: Clock) -> Archive:
        """What is being written."""
        archive = cls(session.place.path.parent)
        archive._session, archive._clock = session, clock
        return archive

    # -- the folder ------------------------------------------------------------------------------------

    @property
    def writing(self) -> bool:
        """Whether the stream that this is of writes to it."""
        return self._session is not None and not self._session.done.is_set()

    @property
    def error(self) -> str:
        """Why nothing can be written just now, in words; `""`: all is well."""
        return self._session.error if self._session is not None else ""

    @property
    def lost(self) -> int:
        """How many rows could not be written, of one that is being written."""
        return self._session.lost if self._session is not None else 0

    @property
    def writers(self) -> pd.DataFrame:
        """Who wrote: `writer`, `rows`, `first` and `last` (when they came), `bytes`, `url`."""
        rows = []
        contents = self._contents()
        for writer, about in contents.about.items():
            own = [piece for piece in contents.pieces if piece.writer == writer]
            ends = [self._one(own, number).number("received_us") for number in (1, -1)]
            first, last = (int(end[0]) if len(end) else None for end in ends)
            sizes = sum(piece.rows for piece in own), sum(piece.nbytes for piece in own)
            rows.append((writer, sizes[0], first, last, sizes[1], about.get("url")))
        columns = {"writer": STR, "rows": "int64", "first": TIME, "last": TIME, "bytes": "int64", "url": STR}
        return schema.frame_of(rows, columns)

    @property
    def problems(self) -> list[str]:
        """What can't be read of it, in words: which file, and why. The rest is read."""
        return list(dict.fromkeys([*self._contents().problems, *self._damage]))

    @property
    def gaps(self) -> pd.DataFrame:
        """The gaps between connections, also while nobody wrote, oldest first: see `EventStream.gaps`."""
        return gaps_table(self._gaps_now())

    def flush(self) -> bool:
        """Wait until what has come is written; False: the disk does not take it."""
        return self._session.flush() if self._session is not None and self.writing else True

    def _contents(self) -> Contents:
        flush_all(self.path)
        return self._folder.look()

    # -- reading ---------------------------------------------------------------------------------------

    def _gathered(self, contents: Contents, wanted: Wanted) -> Snapshot:
        self._damage = []
        return gathered(
            contents.pieces,
            wanted,
            source=_source_of(contents),
            expand=_expand_of(contents) if self._expand is None else self._expand,
            check=_check,
            report=self._damage.append,
        )

    def _one(self, pieces: list[Any], number: int) -> Snapshot:
        return gathered(pieces, Wanted(columns=["received_at"], number=number))

    def _snapshot(self) -> Snapshot:
        return self._gathered(self._contents(), Wanted())

    def _selected(self, start_us: int | None, end_us: int | None, fits: Filter) -> Snapshot:
        asked = None if fits.tree == TRUE else fits
        return self._gathered(self._contents(), Wanted(start_us, end_us, asked, self._time.time()))

    def _counted_rows(self, by: str | None) -> Snapshot:
        names = [column.name for column in COLUMNS]
        columns = ["timestamp", *([] if by is None else [by] if by in names else ["data"])]
        contents = self._contents()
        return gathered(contents.pieces, Wanted(columns=columns))

    @property
    def _time(self) -> Clock:
        return self._clock

    def _gaps_now(self) -> Iterable[Gap]:
        return self._contents().gaps

    def _holes(self) -> Iterable[Hole]:
        # Nobody writes any more where a gap did not end: of what broke off it is known only that something
        # was missed.
        over = not self.writing
        return (
            hole._replace(end_us=hole.start_us) if over and hole.end_us is None else hole
            for hole in holes_of(self._gaps_now(), over=over)
        )

    def to_pandas(self, expand: Expand = None, dtype_backend: Backend = None) -> pd.DataFrame:
        """Everything, as a DataFrame indexed by `writer` and `seq`; see `EventStream.to_pandas`.

        Raises:
            TooManyRows: (a `ValueError`) there are more than ten million rows.
            ArgumentError: another `expand` or `dtype_backend`.
        """
        _check(self._contents().rows)
        return super().to_pandas(expand, dtype_backend)

    def head(self, n: int = 5) -> pd.DataFrame:
        """The oldest rows, as a DataFrame; a negative number: all but so many of the newest."""
        return self._end(number_of_rows(n), newest=False)

    def tail(self, n: int = 5) -> pd.DataFrame:
        """The newest rows, as a DataFrame; a negative number: all but so many of the oldest."""
        return self._end(number_of_rows(n), newest=True)

    def _end(self, n: int, *, newest: bool) -> pd.DataFrame:
        contents = self._contents()
        number = n if n >= 0 else max(0, contents.rows + n)
        found = self._gathered(contents, Wanted(number=-number if newest else number))
        return found.frame()

    def __len__(self) -> int:
        """How many rows there are."""
        return self._contents().rows

    def info(self) -> None:
        """Print what there is: rows, times, bytes, how many of each type, and what can't be read."""
        contents = self._contents()
        pieces = contents.pieces
        writers = len(contents.about)
        lines = [f"{counted(contents.rows)} of {writers} writer{'' if writers == 1 else 's'}"]
        if pieces:
            times = [piece.times for piece in pieces]
            first, last = min(start for start, _ in times), max(end for _, end in times)
            lines.append(f"timestamp: {np.datetime64(first, 'us')}Z to {np.datetime64(last, 'us')}Z")
            nbytes = sum(piece.nbytes for piece in pieces)
            each = nbytes // max(1, contents.rows)
            lines.append(
                f"on disk: {nbytes / 2**20:,.1f} MiB ({each:,} bytes a row) in {len(pieces):,} parts"
            )
            numbers = counted_by(pieces, "type")
            lines += types_of(numbers.most_common(TYPES), len(numbers))
        lines += contents.problems
        sys.stdout.write("\n".join(lines) + "\n")

    # -- for what is larger than memory ----------------------------------------------------------------

    def sql(self, query: str) -> pd.DataFrame:
        """Ask DuckDB, which reads only what it needs: the rows are the table `archive`, or `events`.

        Args:
            query: in SQL. Its columns are `writer`, `seq` and those of `df`; the payload is the text `data`,
                as in `data->>'$.duration'`.

        Returns:
            What the query gives.

        Raises:
            MissingExtra: DuckDB is not installed: `pip install 'sse_notebook[archive]'`.
            ArgumentError: the query can't be answered; the message is DuckDB's.

        Example:
            archive.sql("SELECT type, count(*) AS n FROM archive GROUP BY type ORDER BY n DESC")
        """
        return queried(self._contents().pieces, query)

    def to_dask(self) -> Any:
        """Everything as a DataFrame of dask, without payload columns: a partition for each segment.

        It is indexed by `seq`; `writer` is a column, since dask has no index of two levels.

        Raises:
            MissingExtra: dask is not installed: `pip install 'sse_notebook[dask]'`.
        """
        return dask_of(self._contents().pieces)

    # -- shown -----------------------------------------------------------------------------------------

    def _newest(self) -> tuple[Snapshot, int]:
        contents = self._contents()
        return self._gathered(contents, Wanted(number=-NEWEST)), contents.rows

    def _repr_html_(self) -> str:
        snapshot, rows = self._newest()
        return html_of(self._title, snapshot, number=rows)

    @property
    def _title(self) -> str:
        return f"Archive {self.path.name}"

    def __repr__(self) -> str:
        return line_of(self._title, *self._newest())


def _check(rows: int) -> None:
    if rows > MOST:
        raise TooManyRows(
            f"these are {rows:,} rows, and a DataFrame has {MOST:,} at the most: narrow them with between(…) "
            "or where(…), or ask with sql(…), to_dask() or to_arrow()",
            rows,
        )


def _source_of(contents: Contents) -> str:
    """What the column `source` has, as a rule."""
    said = next(iter(contents.about.values()), {}).get("name")
    return said if isinstance(said, str) else ""


def _expand_of(contents: Contents) -> Expand:
    """Which payload fields the streams showed that wrote."""
    said = [about.get("expand") for about in contents.about.values()]
    if True in said:
        return True
    paths = [
        path for each in said if isinstance(each, list) for path in each if isinstance(path, str) and path
    ]
    return list(dict.fromkeys(paths))
