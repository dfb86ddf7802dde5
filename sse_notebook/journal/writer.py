"""Writes the file of a recording, on a thread of its own.

The law: who hands something over never waits for the disk, and never hears of its errors; what can't be
written is counted and told. A file that is there is never touched. What was handed over is with the system
within a quarter of a second, and stays there whatever becomes of this process.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sse_notebook.errors import RecordingError
from sse_notebook.journal.cast import Entry, Header, encode_entries, encode_header
from sse_notebook.journal.naming import create
from sse_notebook.journal.packing import Packer
from sse_notebook.journal.redaction import Redaction
from sse_notebook.journal.writing import MANY, PARTING, WritingThread, closed
from sse_notebook.store.paths import path_of
from sse_notebook.wire import ServerSentEvent

__all__ = ["Writer", "end_line"]

MOST_EVENTS = 500_000  # that may wait, and
MOST_BYTES = 2**28  # bytes of what came with them; then the disk is too slow
MOST_PENDING = 2**26  # bytes that a disk that refuses them may owe us, before we give up
AT_ONCE = 2**20  # bytes of lines that are written together

Told = tuple[int, str, Any]


def end_line(us: int, number: int, digest: str) -> bytes:
    """The last line of a recording: it has the time of the one before."""
    return encode_entries([Entry(us, "end", {"n": number, "sha256": digest})])


class Writer(WritingThread):
    """One file that is being written.

    Args:
        path: where; `-2` is put before the suffix if there is such a file.
        header: its first line.
        first: what is written before anything that is handed over, as `entry` and `events` take it.
        redaction: what is taken out of it.
        report: told, in words, of what goes wrong; from the thread.

    Raises:
        RecordingError: it can't be made there.

    Attributes:
        path: where it really is.
        header: its first line.
        number: how many events were written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        header: Header,
        *,
        first: Iterable[Told] = (),
        redaction: Redaction | None = None,
        report: Callable[[str], object] = str,
    ) -> None:
        super().__init__("sse-notebook recording")
        wanted = path_of(path)
        packed = wanted.name.endswith(".gz")
        if packed:  # see `packing`
            header = Header(**{**_fields(header), "more": {**header.more, "packed": True}})
        self.header = header
        self._cause = ""  # what the system said, when it took nothing the last time
        self._lacks = False  # something that was handed over is not in it
        self.number = 0
        self._redaction = redaction or Redaction()
        self._report: Callable[[str], object] = str  # what goes wrong at the beginning is raised
        self._first = first
        self.path, self._file = create(wanted)
        self._sum = hashlib.sha256()
        self._packer = Packer() if packed else None
        self._last_us = 0
        self._waiting: deque[Told]
        # Each of the counters has one writer, so that nobody needs a lock.
        self._put_events = self._put_bytes = 0
        self._taken_events = self._taken_bytes = 0
        self._missed = 0  # events that were not even handed over, and are not told yet
        self._write(encode_header(header))
        if self.error:  # then it is none, and nobody could read it
            self.abandon()
            raise RecordingError(f"{wanted} can't be written: {self._cause}")
        self._report = report
        try:
            self._start()
        except RuntimeError as error:
            self.abandon()
            raise RecordingError(f"{wanted} can't be written: {error}") from None

    # -- handing over, from any thread -------------------------------------------------------------------

    def events(self, us: int, events: Sequence[ServerSentEvent], size: int, code: str = "ev") -> None:
        """Events that arrived together, in so many bytes; nobody changes the sequence any more."""
        if self._stopping:
            return
        number = len(events)
        if (
            self._put_events - self._taken_events + number > MOST_EVENTS
            or self._put_bytes - self._taken_bytes + size > MOST_BYTES
        ) and self._waiting:
            self._missed += number
            return
        if self._missed:
            self._tell_missed(us)
        self._put_events += number
        self._put_bytes += size
        self._waiting.append((us, code, events))
        if not self._wake.is_set():
            self._wake.set()
        if number > MANY or self._put_events - self._taken_events > MANY:
            self._hurry.set()

    def entry(self, us: int, code: str, body: Any) -> None:
        """Anything else; `body` is JSON, and nobody changes it any more."""
        if not self._stopping:
            self._waiting.append((us, code, body))
            self._wake.set()

    def _tell_missed(self, us: int) -> None:
        missed, self._missed = self._missed, 0
        self.lost += missed
        self._lacks = True
        reason = "the disk was too slow"
        self._waiting.append((us, "lost", {"n": missed, "reason": reason}))
        self._report(f"{self.path.name}: {missed:,} events are not in the recording: {reason}")

    def flush(self, timeout: float = PARTING) -> bool:
        """Wait until what was handed over is with the system; False: the time ran out, or it can't be."""
        with self._idle:
            self._hurry.set()
            self._wake.set()
            done = self.done.is_set
            self._idle.wait_for(lambda: done() or not (self._waiting or self._hurry.is_set()), timeout)
            return not (self._waiting or self.error)

    def stop(self, us: int | None = None, timeout: float = PARTING) -> bool:
        """Write what waits, and the last line; then close the file. As often as you like.

        Args:
            us: when, for what was missed to the last.
            timeout: seconds to wait for the disk.

        Returns:
            Whether the file is complete.
        """
        if self._missed and not self._stopping:
            self._tell_missed(self._last_us if us is None else us)
        return self._stop(timeout)

    def whole(self, timeout: float) -> Path:
        """Write what waits, and nothing more: where it is, once all of it is there.

        Raises:
            RecordingError: it can't be written; then there is no such file.
        """
        if self.stop(timeout=timeout) and not self._lacks:
            return self.path
        self.path.unlink(missing_ok=True)
        raise RecordingError(
            f"{self.path} can't be written: {self._cause or self.error or 'it takes too long'}"
        )

    def abandon(self) -> None:
        """Leave nothing of a file that could not even be begun."""
        self.done.set()
        os.close(self._file)
        self.path.unlink(missing_ok=True)

    # -- on the thread -----------------------------------------------------------------------------------

    def _begin(self) -> None:
        first, self._first = self._first, ()
        try:
            self._write_all(first)
        except Exception as error:  # noqa: BLE001 - what is kept may be anything; what comes is recorded
            self._cause = f"what was kept raised {type(error).__name__}"
            self._write(self._without(0, error))

    def _drain(self) -> None:
        """Write what waits."""
        self._write_all(self._handed_over())
        if not self._waiting:
            self._taken_bytes = self._put_bytes

    def _handed_over(self) -> Iterator[Told]:
        waiting = self._waiting
        while waiting:
            told = waiting.popleft()
            yield told
            if told[1] in ("ev", "dup"):
                self._taken_events += len(told[2])

    def _write_all(self, items: Iterable[Told]) -> None:
        lines, size = list[bytes](), 0
        try:
            for item in items:
                lines.append(self._encoded(*item))
                size += len(lines[-1])
                if size > AT_ONCE:
                    self._write(b"".join(lines))
                    lines, size = [], 0
        finally:  # they are counted
            self._write(b"".join(lines))

    def _encoded(self, us: int, code: str, body: Any) -> bytes:
        self._last_us = us
        several = code in ("ev", "dup")
        try:
            if not several:
                return encode_entries([Entry(us, code, self._redaction.body(body))])
            lines = self._redaction.lines(us, body, code)
        # A rule of the user's, or a body that is no JSON: the recording goes on without it.
        except Exception as error:  # noqa: BLE001
            self._cause = f"a rule of `redact` raised {type(error).__name__}"
            return self._without(len(body) if code == "ev" else 0, error)
        if code == "ev":
            self.number += len(body)
        return lines

    def _without(self, number: int, error: Exception) -> bytes:
        """The line that stands for what is not in it: so many events, or who knows what."""
        self.lost += number
        self._lacks = True
        reason = f"could not be written: {type(error).__name__}"
        self._report(f"{self.path.name}: something is not in the recording: it {reason}")
        return encode_entries([Entry(self._last_us, "lost", {"n": number, "reason": reason})])

    def _write(self, lines: bytes) -> None:
        if self.done.is_set():
            return
        if lines:
            self._sum.update(lines)
            if self._packer is not None:
                lines = self._packer.pack(lines)
        self._settle(lines)

    def _settle(self, more: bytes = b"") -> None:
        """Give the system what is owed, and more, as far as it takes it."""
        try:
            if more and not self._owed:
                done = os.write(self._file, more)
                more = more[done:]
            self._owed += more
            more = b""
            while self._owed:
                del self._owed[: os.write(self._file, self._owed)]
        except OSError as error:
            self._owed += more
            self._cause = error.strerror or type(error).__name__
            if not self.error:
                self._fail(f"{self._cause}: nothing is written until that has passed")
            if len(self._owed) > MOST_PENDING:
                self._fail(f"{self._cause}: the recording ends here")
                self._stopping = True
                self._owed.clear()
                self.done.set()
        else:
            if self.error and not self.done.is_set():
                self._fail("")

    def _fail(self, why: str) -> None:
        self.error = why
        self._report(f"the recording {self.path.name}: {why or 'it can be written again'}")

    def _broke(self, why: str) -> None:
        self._waiting.clear()
        self.done.set()
        self._fail(f"{why}: the recording ends here")

    def _end(self) -> None:
        """The last line, and what a compressed file ends with."""
        if not self.done.is_set():
            self._settle()  # first: without what is owed it has no last line
            if not self.error:
                self._write(end_line(self._last_us, self.number, self._sum.hexdigest()))
            if self._packer is not None and not self.error:
                self._settle(self._packer.end())
        if why := closed(self._file):
            self._fail(why)


def _fields(header: Header) -> dict[str, Any]:
    return {name: getattr(header, name) for name in Header.__slots__}
