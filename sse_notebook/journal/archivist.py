"""Writes rows to an archive, on threads of its own.

The law: who hands rows over never waits for the disk, and never hears of its errors; what can't be written is
counted and told. What was handed over is with the system within a quarter of a second, as lines; they become
a segment beside that, while more lines are written. No known secret is in any file.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArchiveError
from sse_notebook.events.batch import Batch
from sse_notebook.journal.layout import tail_name
from sse_notebook.journal.lines import lines_of
from sse_notebook.journal.notes import SLOW, add_gaps
from sse_notebook.journal.place import Place
from sse_notebook.journal.sealing import Sealer
from sse_notebook.journal.writing import MANY, PARTING, WritingThread, closed, running
from sse_notebook.source.continuity import Gap
from sse_notebook.source.redactor import Redactor
from sse_notebook.store.shown import counted

__all__ = ["Archivist", "flush_all"]

MOST_ROWS: Final = 500_000  # that may wait, and
MOST_BYTES: Final = 2**28  # bytes of payloads; then the disk is too slow
MOST_OWED: Final = 2**26  # bytes that a disk that refuses them may owe us, before rows are lost
AT_ONCE: Final = 2_000  # rows that are made lines at once
TAIL_ROWS: Final = 65_536  # of a tail that becomes a segment
TAIL_BYTES: Final = 2**25
TAIL_AGE: Final = 600.0  # seconds
REMEMBERED: Final = 100  # gaps of which it is still looked whether they were refilled


class Archivist(WritingThread):
    """One writer of an archive.

    Args:
        archive: the folder; made if it is not there.
        writer: its name.
        about: what it writes, for who reads it.
        redact: masks the secrets that are known.
        report: told, in words, of what goes wrong.
        clock: what the time is.

    Raises:
        ArchiveError: it can't be written there, or another process does.

    Attributes:
        place: its folder, and what was in it.
        shift: how much larger a row's `seq` is in the archive than where it comes from.
        gaps: gives the gaps of which it writes, the newest of them last.
    """

    def __init__(
        self,
        archive: Path,
        writer: str,
        about: Mapping[str, Any],
        *,
        redact: Redactor | None = None,
        report: Callable[[str], object] = str,
        clock: Clock = SYSTEM,
    ) -> None:
        super().__init__("sse-notebook archive")
        self.shift = 0
        self.gaps: Callable[[], Sequence[Gap]] = tuple
        self._redact, self._report, self._clock = redact, report, clock
        self._waiting: deque[Batch]
        # Each of the counters has one writer.
        self._put_rows = self._put_bytes = 0
        self._taken_rows = self._taken_bytes = 0
        self._quickly = False
        self._missed: tuple[int, int] | None = None  # when the first and the last row came that is lost
        self._tail: tuple[int, Path] | None = None  # the file that lines go to
        self._tail_rows = self._tail_bytes = 0
        self._tail_until = 0.0
        self._first = 0  # the `seq` of its first row
        self._came = 0, 0  # when its first row came, and its last
        self._gaps_written: dict[float, tuple[Any, ...]] = {}
        called = f"the archive {archive.name}"
        self.place = Place(archive, writer, about)
        try:
            if self.place.told:
                report(f"{called}: {self.place.told}")
            self._sealer = Sealer(self.place, lambda words: report(f"{called}: {words}"))
            self._start()
        except BaseException as error:  # an interrupt, too, leaves the folder to the next one
            self._stopping = True
            self._wake.set()
            self.place.close()
            if isinstance(error, RuntimeError):
                raise ArchiveError(f"{archive} can't be written: {error}") from None
            raise

    # -- handing over, from any thread -----------------------------------------------------------------

    def take(self, rows: Batch) -> None:
        """Rows with their numbers; nobody changes them any more."""
        if self._stopping:
            return
        number = len(rows)
        waiting = self._put_rows - self._taken_rows
        if waiting > MANY:  # the disk is behind: from here on it is counted how much waits
            self._put_bytes += sum(map(len, rows.columns["raw"]))
            if waiting + number > MOST_ROWS or self._put_bytes - self._taken_bytes > MOST_BYTES:
                self._miss(rows)
                return
        self._put_rows += number
        self._waiting.append(rows)
        if not self._wake.is_set():
            self._wake.set()
        if waiting + number > MANY:
            self._hurry.set()

    def _miss(self, rows: Batch) -> None:
        received = rows.columns["received_us"]
        first = received[0] if self._missed is None else self._missed[0]
        self._missed = first, received[-1]
        self.lost += len(rows)

    def moved(self) -> None:
        """There may be another gap."""
        self._wake.set()

    def flush(self, timeout: float = PARTING) -> bool:
        """Wait until what was handed over is with the system; False: the time ran out, or it can't be."""
        due = self._put_rows
        with self._idle:
            drained = self._drained
            self._hurry.set()
            self._wake.set()
            # Of rows that come meanwhile none is waited for; of gaps, that they were looked at once more.
            self._idle.wait_for(
                lambda: self.done.is_set() or (self._taken_rows >= due and self._drained > drained), timeout
            )
            return self._taken_rows >= due and not self.error

    def stop(self, timeout: float = PARTING, *, quickly: bool = False) -> bool:
        """Write what waits, make it a segment, and let go of the folder. As often as you like.

        Args:
            timeout: seconds to wait for the disk.
            quickly: leave the lines as they are: who opens it next makes them a segment.

        Returns:
            Whether all of it is there.
        """
        self._quickly = self._quickly or quickly
        return self._stop(timeout)

    # -- forks -----------------------------------------------------------------------------------------

    def after_fork(self, *, child: bool) -> None:
        """In the child nobody writes: the folder is the parent's."""
        super().after_fork(child=child)
        if child:
            self._let_go()
            self.place.close()

    # -- on the thread ---------------------------------------------------------------------------------

    def _rest(self) -> None:
        left = None if self._tail is None else max(0.0, self._tail_until - self._clock.monotonic())
        self._clock.wait(self._wake, left)

    def _drain(self) -> None:
        """Write what waits by now."""
        self._settle()
        due = self._put_rows
        while self._waiting and self._taken_rows < due:
            some = [self._waiting.popleft()]
            number = len(some[0])
            while self._waiting and number + len(self._waiting[0]) <= AT_ONCE:
                some.append(self._waiting.popleft())
                number += len(some[-1])
            self._put(Batch.joined(some))
            self._taken_rows += number
            self._turn_over()
        self._taken_bytes = self._put_bytes
        self._tell_missed()
        self._write_gaps()
        self._turn_over()

    def _put(self, rows: Batch) -> None:
        if self.shift:
            rows = rows.with_columns(seq=range(rows.first + self.shift, rows.first + self.shift + len(rows)))
        if len(self._owed) > MOST_OWED:
            self._miss(rows)
            return
        try:
            lines = lines_of(rows, self._redact)
        except Exception as error:  # noqa: BLE001 - whatever somebody added to the store: the archive goes on
            self._miss(rows)
            self._report(f"{self._called}: {counted(len(rows))} could not be written: {type(error).__name__}")
            return
        if self._tail is None and not self._owed:
            self._begin_tail(rows)
        self._owed += lines
        self._tail_rows += len(rows)
        self._tail_bytes += len(lines)
        self._came = self._came[0], rows.columns["received_us"][-1]
        self._settle()
        self._look_after()

    def _begin_tail(self, rows: Batch) -> None:
        self._tail_rows = self._tail_bytes = 0
        self._tail_until = self._clock.monotonic() + TAIL_AGE
        self._first = rows.first
        self._came = rows.columns["received_us"][0], 0

    def _settle(self) -> None:
        """Give the system what is owed, as far as it takes it."""
        if not self._owed:
            return
        try:
            if self._tail is None:
                path = self.place.path / tail_name(self._first)
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
                self._tail = os.open(path, flags, 0o600), path
            while self._owed:
                del self._owed[: os.write(self._tail[0], self._owed)]
        except OSError as error:
            if not self.error:
                self.error = error.strerror or type(error).__name__
                self._report(f"{self._called}: {self.error}: nothing is written until that has passed")
        else:
            if self.error:
                self.error = ""
                self._report(f"{self._called} can be written again")

    def _look_after(self) -> None:
        """A file that somebody removed takes what it is given, and nobody ever reads that."""
        if self._tail is None or self._owed or _is_there(*self._tail):
            return
        self._let_go()
        self.lost += self._tail_rows
        self._missed = self._came if self._missed is None else (self._missed[0], self._came[1])
        self._report(f"{self._called}: the file with its newest rows was removed")

    @property
    def _called(self) -> str:
        return f"the archive {self.place.path.parent.name}"

    def _tell_missed(self) -> None:
        """Rows that are lost are a hole in the archive, which it shows."""
        if (missed := self._missed) is None or self.error:
            return
        self._missed = None
        start, end = missed[0] / 1e6, missed[1] / 1e6
        self._report(f"{self._called} lacks {counted(self.lost)} by now: {SLOW}")
        self._append_gaps([Gap(start, end, SLOW, False, "")])

    # -- gaps ------------------------------------------------------------------------------------------

    def _write_gaps(self) -> None:
        gaps = self.gaps()[-REMEMBERED:]
        fresh = [gap for gap in gaps if self._gaps_written.get(gap.start) != _said(gap)]
        if fresh and self._append_gaps(fresh):
            self._gaps_written = {gap.start: _said(gap) for gap in gaps}

    def _append_gaps(self, gaps: Sequence[Gap]) -> bool:
        return add_gaps(self.place.path, gaps, self._redact or str)

    # -- segments --------------------------------------------------------------------------------------

    def _turn_over(self) -> None:
        """If lines are many, or old: others go to another tail, and another thread makes these a segment."""
        if self._tail is None or self._owed:
            return
        full = self._tail_rows >= TAIL_ROWS or self._tail_bytes >= TAIL_BYTES
        if not full and self._clock.monotonic() < self._tail_until:
            return
        self._close_tail()
        self._sealer.begin()

    def _close_tail(self) -> None:
        if (path := self._let_go()) is not None:
            self._sealer.add(path)

    def _let_go(self) -> Path | None:
        """Close the file that lines go to; where it is, if there is one."""
        if (tail := self._tail) is None:
            return None
        self._tail = None  # first: a child that is forked meanwhile does not close it too
        if why := closed(tail[0]):
            self._report(f"{self._called}: {why}: its newest rows may not be there")
        return tail[1]

    def _broke(self, why: str) -> None:
        self.error = why
        self.lost += sum(map(len, self._waiting))
        self._waiting.clear()
        self._report(f"{self._called}: {why}: nothing is written any more")

    def _end(self) -> None:
        """The last segment."""
        if self._owed:
            self._report(f"{self._called}: its last rows could not be written: {self.error}")
        self._look_after()
        self._tell_missed()
        self._close_tail()
        if not self._quickly:
            self._sealer.run()
        self.place.close()


def _is_there(file: int, path: Path) -> bool:
    try:
        return os.fstat(file).st_nlink > 0 or path.exists()  # some systems count no links
    except OSError:
        return True  # that is not known


def _said(gap: Gap) -> tuple[Any, ...]:
    return gap.end, gap.reason, gap.recovered, gap.last_event_id


def flush_all(archive: Path) -> None:
    """Wait until all that was handed over in this process, for this archive, is with the system."""
    wanted = os.path.realpath(archive)
    for each in running():
        if isinstance(each, Archivist) and os.path.realpath(each.place.path.parent) == wanted:
            each.flush()
