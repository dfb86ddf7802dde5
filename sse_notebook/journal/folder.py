"""What is in an archive at a moment: its writers, their segments and the newest lines.

The law: it is read while others write. Lines are read first and then the segments: so a row that goes from
the one to the other meanwhile is found, and none twice. What can't be read is told, and the rest is read.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]  # it has no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # likewise

from sse_notebook.errors import ArchiveError
from sse_notebook.journal.layout import GAPS, first_of, writer_folders
from sse_notebook.journal.lines import table_of
from sse_notebook.journal.notes import about, gaps_in
from sse_notebook.journal.segments import Segment, read_segment, segment_at
from sse_notebook.source import fork
from sse_notebook.source.continuity import Gap
from sse_notebook.store.tables import SCHEMA

__all__ = ["UNREADABLE", "Contents", "Folder", "Piece", "named"]

#: What is raised where a file is damaged.
UNREADABLE: Final = (OSError, ValueError, pa.ArrowException)


class Piece(NamedTuple):
    """Some rows of one writer that lie together.

    Attributes:
        writer: whose.
        segment: where they are; None: in lines, of which a table was made.
        table: that.
    """

    writer: str
    segment: Segment | None
    table: Any = None

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.segment.rows if self.segment is not None else int(self.table.num_rows)

    @property
    def nbytes(self) -> int:
        """Bytes on the disk, or of the table."""
        return self.segment.nbytes if self.segment is not None else int(self.table.nbytes)

    def read(self, columns: list[str] | None = None, groups: list[int] | None = None) -> Any:
        """The rows, as a table.

        Args:
            columns: those that are wanted, beside `seq`; None: all.
            groups: those that are wanted, of a segment; None: all.

        Raises:
            OSError, ValueError: they can't be read.
        """
        if self.segment is None:
            names = [name for name in SCHEMA.names if columns is None or name in columns or name == "seq"]
            return self.table.select(names)
        every = groups is None or len(groups) == len(self.segment.groups)
        return read_segment(self.segment, columns, None if every else groups)

    def between(self, start_us: int | None, end_us: int | None) -> list[int] | None:
        """The groups that may have rows whose timestamp is from here, up to there."""
        return None if self.segment is None else self.segment.between(start_us, end_us)

    def ends(self, number: int) -> list[int] | None:
        """The groups that have so many of the oldest rows; with a negative number, of the newest."""
        return None if self.segment is None else self.segment.ends(number)

    @property
    def times(self) -> tuple[int, int]:
        """The oldest and the newest timestamp."""
        if self.segment is not None:
            groups = self.segment.groups
            return min(each.start_us for each in groups), max(each.end_us for each in groups)
        both = pc.min_max(self.table.column("timestamp").cast(pa.int64())).as_py()
        return both["min"], both["max"]


class Contents(NamedTuple):
    """What an archive has.

    Attributes:
        pieces: its rows: writer by writer, and of each the oldest first.
        about: what each writer wrote about its rows.
        gaps: of all writers, the oldest first.
        problems: what can't be read, in words.
    """

    pieces: list[Piece]
    about: dict[str, dict[str, Any]]
    gaps: list[Gap]
    problems: list[str]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(piece.rows for piece in self.pieces)


class _Lines(NamedTuple):
    """What was read of a tail."""

    read: int
    table: Any
    bad: int


class Folder:
    """The folder of an archive. What was read of it once is not read again.

    Args:
        path: where it is.

    Raises:
        ArchiveError: there is no such folder, or none of an archive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # Guards what follows; held while it is read.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._segments: dict[Path, tuple[tuple[int, int], Segment | str]] = {}
        self._tails: dict[Path, _Lines] = {}
        self._gaps: dict[Path, tuple[tuple[int, int], list[Gap]]] = {}
        try:
            found = any(True for _ in writer_folders(path))
        except OSError as error:
            raise ArchiveError(
                f"{path} can't be read: {error.strerror}; connect(…, journal=folder) writes an archive"
            ) from None
        if not found:
            raise ArchiveError(f"{path} can't be read: it is a folder, but nobody wrote an archive in it")

    def look(self) -> Contents:
        """What is there now.

        Raises:
            ArchiveError: the folder can't be read.
        """
        contents = Contents([], {}, [], [])
        with self._lock:
            try:
                for writer, folder in writer_folders(self.path):
                    self._look(writer, folder, contents)
            except OSError as error:
                raise ArchiveError(f"{self.path} can't be read: {error.strerror or error}") from None
            for gone in [path for path in self._tails if not path.exists()]:
                del self._tails[gone]
        contents.gaps.sort(key=lambda gap: gap.start)
        return contents

    def _look(self, writer: str, folder: Path, into: Contents) -> None:
        into.about[writer] = about(folder)
        into.gaps.extend(self._gaps_of(folder))
        tails = []
        for path in sorted(folder.glob("_tail-*.jsonl")):
            try:
                lines = self._lines(path) if first_of(path) is not None else None
            except OSError as error:
                into.problems.append(f"{_called(path)} can't be read: {_why(error)}")
                continue
            if lines is not None:
                tails.append(lines.table)
                if lines.bad:
                    into.problems.append(f"{_called(path)}: {lines.bad:,} lines are no rows")
        last = -1
        for path in sorted(folder.glob("seq-*.parquet")):
            if first_of(path) is None:
                continue
            segment = self._segment(path)
            if isinstance(segment, str):
                into.problems.append(f"{_called(path)} can't be read: {segment}")
            else:
                into.pieces.append(Piece(writer, segment))
                last = segment.last
        for table in tails:
            if table.num_rows and table.column("seq")[0].as_py() <= last:
                table = table.filter(pc.greater(table.column("seq"), last))
            if table.num_rows:
                into.pieces.append(Piece(writer, None, table))

    def _gaps_of(self, folder: Path) -> list[Gap]:
        try:
            key = _key(folder / GAPS)
        except OSError:  # there are none
            return []
        if folder not in self._gaps or self._gaps[folder][0] != key:
            self._gaps[folder] = key, gaps_in(folder)
        return self._gaps[folder][1]

    def _segment(self, path: Path) -> Segment | str:
        """What a segment says of itself; or why it can't be read."""
        try:
            key = _key(path)
            known = self._segments.get(path)
            if known is not None and known[0] == key:
                return known[1]
            found: Segment | str = segment_at(path)
        except UNREADABLE as error:
            found = _why(error)
            if isinstance(error, OSError):
                return found
        self._segments[path] = key, found
        return found

    def _lines(self, path: Path) -> _Lines | None:
        """What is in a tail by now; None: it is a segment meanwhile."""
        known = self._tails.get(path) or _Lines(0, SCHEMA.empty_table(), 0)
        try:
            with path.open("rb") as file:
                file.seek(known.read)
                table, read, bad = table_of(file.read())
        except FileNotFoundError:
            return None
        if read:
            known = _Lines(known.read + read, pa.concat_tables([known.table, table]), known.bad + bad)
            self._tails[path] = known
        return known


def _key(path: Path) -> tuple[int, int]:
    """What is another one where a file is."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def named(piece: Piece, error: BaseException) -> str:
    """What is said of a piece that can't be read."""
    return f"{_called(piece.segment.path) if piece.segment else piece.writer} can't be read: {_why(error)}"


def _called(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _why(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())[:200]
