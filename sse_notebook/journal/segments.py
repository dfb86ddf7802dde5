"""The rows of an archive that stay: Parquet files, each whole from the moment that it is there.

The law: a file comes into being under another name, is brought to the disk, and is then renamed; a row is
taken out of nowhere before that. So there is no moment at which a row is lost, or stands in two segments.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]  # it has no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # likewise

from sse_notebook.journal.layout import PART, segment_name
from sse_notebook.journal.lines import table_of
from sse_notebook.store.tables import SCHEMA

__all__ = ["Group", "Segment", "read_segment", "seal", "segment_at"]

GROUP: Final = 32_768  # rows of a group: what is read at once, or not
FULL: Final = 131_072  # rows of a segment that gets no more
HEAVY: Final = 2**26  # bytes of one, likewise
NEEDED: Final = ("seq", "timestamp", "received_at")


class Group(NamedTuple):
    """Some rows of a segment.

    Attributes:
        rows: how many.
        start_us, end_us: the timestamps that theirs lie between, both of them among them.
    """

    rows: int
    start_us: int
    end_us: int


class Segment(NamedTuple):
    """What a file says of itself in its last bytes.

    Attributes:
        path: where it is.
        first, last: the `seq` of its first and its last row.
        nbytes: its size.
        groups: its rows.
        received_us: when the last of them came.
    """

    path: Path
    first: int
    last: int
    nbytes: int
    groups: tuple[Group, ...]
    received_us: int

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(group.rows for group in self.groups)

    def between(self, start_us: int | None, end_us: int | None) -> list[int]:
        """The groups that may have rows whose timestamp is from here, up to there."""
        return [
            at
            for at, group in enumerate(self.groups)
            if (start_us is None or group.end_us >= start_us) and (end_us is None or group.start_us < end_us)
        ]

    def ends(self, number: int) -> list[int]:
        """The groups that have so many of the oldest rows; with a negative number, of the newest."""
        groups, left = list(enumerate(self.groups)), abs(number)
        found: list[int] = []
        for at, group in reversed(groups) if number < 0 else groups:
            if left > 0:
                found.append(at)
            left -= group.rows
        return sorted(found)


def segment_at(path: Path) -> Segment:
    """What a segment has in it, without reading its rows.

    Raises:
        OSError, ValueError: it can't be read, or is none.
    """
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # it has no types; and it is slow to import

    with path.open("rb") as file:
        nbytes = os.fstat(file.fileno()).st_size
        said = pq.ParquetFile(file).metadata
        places = (
            {said.row_group(0).column(at).path_in_schema: at for at in range(said.num_columns)}
            if (said.num_row_groups)
            else {}
        )
        if not said.num_rows or not set(NEEDED) <= places.keys():
            raise ValueError("it has no rows of an archive")
        stats = [
            {name: said.row_group(at).column(places[name]).statistics for name in NEEDED}
            for at in range(said.num_row_groups)
        ]
        if not all(each and each.has_min_max for found in stats for each in found.values()):
            raise ValueError("it does not say which rows it has")
        groups = tuple(
            Group(said.row_group(at).num_rows, found["timestamp"].min_raw, found["timestamp"].max_raw)
            for at, found in enumerate(stats)
        )
        first, last = stats[0]["seq"].min, stats[-1]["seq"].max
        return Segment(path, first, last, nbytes, groups, stats[-1]["received_at"].max_raw)


def read_segment(segment: Segment, columns: list[str] | None = None, groups: list[int] | None = None) -> Any:
    """Rows of a segment, no newer than it was when it was looked at.

    Args:
        segment: which.
        columns: those that are wanted, beside `seq`; None: all.
        groups: those that are wanted; None: all.

    Raises:
        OSError, ValueError: it can't be read.
    """
    import pyarrow.parquet as pq

    names = [name for name in SCHEMA.names if columns is None or name in columns or name == "seq"]
    with segment.path.open("rb") as file:
        parquet = pq.ParquetFile(file, page_checksum_verification=True)
        if groups is None:
            table = parquet.read(columns=names)
        else:
            table = parquet.read_row_groups(groups, columns=names)
        newest = parquet.metadata
    if newest.num_rows != segment.rows:  # it has grown meanwhile
        table = table.filter(pc.less_equal(table.column("seq"), segment.last))
    return table


def seal(folder: Path, tail: Path, before: Segment | None) -> tuple[Segment | None, int]:
    """Make rows of a tail a segment, or a part of the last one if that is small; then remove the tail.

    Args:
        folder: of the writer.
        tail: the file.
        before: the last segment, or None.

    Returns:
        The last segment now; and how many lines of the tail are no rows. Such a tail is kept, under another
        name.

    Raises:
        OSError: there is no room, say. Then the tail is as it was.
    """
    table, _, bad = table_of(tail.read_bytes())
    if before is not None:  # this was done before, and only the tail was not removed
        table = table.filter(pc.greater(table.column("seq"), before.last))
    if table.num_rows:
        before = _added(folder, table, before)
    if bad:
        tail.replace(tail.with_suffix(".unreadable"))
    else:
        tail.unlink()
    return before, bad


def _added(folder: Path, table: Any, before: Segment | None) -> Segment:
    small = before is not None and before.rows + table.num_rows <= FULL and before.nbytes < HEAVY
    if before is not None and small and (joined := _joined(before, table)) is not None:
        with contextlib.suppress(PermissionError):  # on Windows, where somebody reads the file
            return _written(before.path, joined)
    return _written(folder / segment_name(table.column("seq")[0].as_py()), table)


def _joined(before: Segment, table: Any) -> Any:
    """The rows of a segment, and more; None: those that it has can't be read."""
    with contextlib.suppress(OSError, ValueError):
        return pa.concat_tables([read_segment(before).cast(SCHEMA), table])
    return None


def _written(path: Path, table: Any) -> Segment:
    """Rows as a file, which takes the place of the one that is there at once."""
    import pyarrow.parquet as pq

    part = path.with_name(f".{path.name}{PART}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        pq.write_table(table, file, compression="zstd", row_group_size=GROUP, write_page_checksum=True)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    _sync(path.parent)
    return segment_at(path)


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system knows how."""
    with contextlib.suppress(OSError):
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
