"""The folder of one writer: taken into possession, and put in order after whatever happened to it.

The law: one holds it at a time. What is opened goes on after its last row, with numbers that no row had; a
tail that was left behind is a segment before anything new is written; what can't be read stays where it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sse_notebook.errors import ArchiveError
from sse_notebook.journal.layout import ABOUT, LOCK, PART, first_of, folder_of
from sse_notebook.journal.locking import Lock
from sse_notebook.journal.notes import about, gaps_in
from sse_notebook.journal.segments import Segment, read_segment, seal, segment_at
from sse_notebook.source.continuity import NAMELESS, REMEMBERED
from sse_notebook.source.redactor import MASK
from sse_notebook.wire import ServerSentEvent

__all__ = ["Place"]

VERSION: Final = 1
ALIKE: Final = ("url", "name", "filters", "params")  # of what is written about a stream: which one it is
SEARCHED: Final = 100  # of the newest segments, for a row with an id
LEAP: Final = 1_000_000  # numbers that are left out where it can't be read which were used


class Place:
    """The folder of a writer, from now on.

    Args:
        archive: the folder of the archive; made if it is not there.
        writer: the name.
        said: about what it writes.

    Raises:
        ArchiveError: it can't be written, or another one holds it.

    Attributes:
        path: where it is.
        last: the last segment; None: there is none, or it can't be read.
        next_seq: the number that the next row has.
        last_id: the id of the last row that had one, if the same stream is written; `""`: none.
        newest: of the newest rows those with an id, oldest first, if the same stream is written.
        silent_since: since when it is not known what came: Unix time; None: there are no rows.
        told: what was found that was not in order, in words; `""`: nothing.
    """

    def __init__(self, archive: Path, writer: str, said: Mapping[str, Any]) -> None:
        self.path = folder_of(archive, writer)
        self.last: Segment | None = None
        self.next_seq = 0
        self.last_id = ""
        self.newest: list[ServerSentEvent] = []
        self.silent_since: float | None = None
        self.told = ""
        try:
            if archive.exists() and not archive.is_dir():
                raise ArchiveError(f"{archive} is a file; journal= takes a folder")
            archive.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.mkdir(mode=0o700, exist_ok=True)
            self._lock = Lock(self.path / LOCK, writer)
        except OSError as error:
            raise ArchiveError(f"{archive} can't be written: {error.strerror or error}") from None
        try:
            if segments := self._put_in_order():
                self.next_seq = max(self.next_seq, segments[-1].last + 1)
                last = segments[-1].received_us / 1e6
                # Who closed it wrote down when the last byte came.
                open_gaps = (gap.start for gap in gaps_in(self.path) if gap.end is None)
                self.silent_since = max((last, *open_gaps))
                before = about(self.path)
                if all(before.get(name) == said.get(name) for name in ALIKE):
                    self.newest = _newest(segments)
                    self.last_id = _last_id(segments)
            self._say({"archive": VERSION, "writer": writer, **said})
        except OSError as error:
            self.close()
            raise ArchiveError(f"{archive} can't be written: {error.strerror or error}") from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of it."""
        self._lock.release()

    def _put_in_order(self) -> list[Segment]:
        """Finish what was begun; returns the segments, oldest first."""
        segments: list[Segment] = []
        wrong: list[str] = []
        tails: list[Path] = []
        unknown = -1  # the first row of the newest segment that can't be read
        for path in sorted(self.path.iterdir()):
            first = first_of(path)
            if path.name.endswith(PART):
                path.unlink()  # it never was a segment: its rows are in a tail
            elif first is not None and path.suffix == ".parquet":
                try:
                    segments.append(segment_at(path))
                except (OSError, ValueError):
                    wrong.append(path.name)
                    unknown = first
            elif first is not None:
                tails.append(path)
        if segments and segments[-1].last > unknown:
            self.last = segments[-1]
        elif unknown >= 0:  # and nothing is added to a segment that this one stands behind
            self.next_seq = unknown + LEAP
        for tail in tails:
            self.last, bad = seal(self.path, tail, self.last)
            if bad:
                wrong.append(f"{bad:,} lines of {tail.name}")
            if self.last is not None and (not segments or segments[-1].path != self.last.path):
                segments.append(self.last)
            elif self.last is not None:
                segments[-1] = self.last
        if wrong:
            self.told = f"{', '.join(wrong)} can't be read; the rest goes on"
        return segments

    def _say(self, said: Mapping[str, Any]) -> None:
        part = self.path / f".{ABOUT}{PART}"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(said, file)
        part.replace(self.path / ABOUT)


def _newest(segments: list[Segment]) -> list[ServerSentEvent]:
    """What came last, as far as a row knows it: not the name on the wire."""
    found: list[ServerSentEvent] = []
    left = REMEMBERED
    for segment in reversed(segments):
        if left <= 0:
            break
        try:
            table = read_segment(segment, ["id", "data"], segment.ends(-left))
        except (OSError, ValueError):
            break
        ids, texts = (table.column(name)[-left:].to_pylist() for name in ("id", "data"))
        some = [
            ServerSentEvent(NAMELESS, text, own, own) for own, text in zip(ids, texts, strict=True) if own
        ]
        found = some + found
        left -= len(ids)
    return found


def _last_id(segments: list[Segment]) -> str:
    for segment in segments[: -SEARCHED - 1 : -1]:
        try:
            ids = read_segment(segment, ["id"]).column("id").drop_null()
        except (OSError, ValueError):
            return ""
        if len(ids):
            found: str = ids[-1].as_py()
            return "" if MASK in found else found  # a secret was masked in it
    return ""
