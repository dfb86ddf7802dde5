"""Reads the file of a recording: line by line, with bounded memory, whatever is in it.

The law: what is sound is read, what is not is told (`problems`), and nothing is written anywhere. A file is
only text to us: names in it are no paths, and nothing of it is run.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from sse_notebook.errors import ArgumentError, RecordingError
from sse_notebook.journal.cast import Entry, Header, Run
from sse_notebook.journal.decoding import decode_entry, decode_header, decode_runs, with_ids

__all__ = ["LONGEST_LINE", "Cast", "Problem", "open_cast"]

# The largest event that a stream takes has 16 MiB, and JSON writes a byte in six at the most.
LONGEST_LINE: Final = 100 * 2**20
PIECE = 2**17  # bytes that are read at once: what is made of them fits into the processor's cache
LONGEST_HEADER = 2**20
MOST_TOLD = 1_000  # problems that are told; of more, how many there were

# What a compressed file may grow to: no recording of an event stream comes near, and a bomb does at once.
ENOUGH = 2**26  # bytes; below it nobody asks: four of the largest events
TIMES = 500  # the same heartbeat, two hundred at once, packs to a part in three hundred


class Problem(NamedTuple):
    """What is wrong in a file.

    Attributes:
        line: which line, from 1 on; 0: the file as a whole.
        what: in words.
    """

    line: int
    what: str


class Cast:
    """The file of a recording.

    Attributes:
        path: where it is.
        header: its first line.
        problems: what was found wrong when it was read last; all of it once `entries` came to its end.
        complete: an `end` line was read; it is the last one.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self.path = path
        self.header = header
        self.problems: list[Problem] = []
        self.complete = False
        self._found = 0
        self._over = False  # nothing more is to be read
        self._number = 1  # of the next line

    @property
    def size(self) -> int:
        """How many bytes the file has.

        Raises:
            RecordingError: it can't be read any more.
        """
        with self._opened() as file:
            return os.fstat(file.fileno()).st_size

    def entries(self) -> Iterator[Entry]:
        """The entries, in the file's order, one after the other: however long the file, little is in memory.

        Events have the `id` that the stream had at that moment, as they came live. Entries of one read have
        equal `us`.

        Raises:
            RecordingError: the file can't be read any more.
        """
        for piece in self.pieces():
            yield from piece

    def pieces(self) -> Iterator[list[Entry]]:
        """The same, several at a time."""
        for runs in self.runs():
            yield [Entry(us, code, body) for us, code, bodies in runs for body in bodies]

    def runs(self) -> Iterator[list[Run]]:
        """The same, many at a time, those of one read together: much faster. No list is empty."""
        self.problems, self._found, self.complete, self._over = [], 0, False, False
        last_id = ""
        for lines in self._lines():
            if runs := self._decoded(lines, last_id):
                last_id = next((run.bodies[-1].id for run in reversed(runs) if run.code == "ev"), last_id)
                self.complete = runs[-1].code == "end"
                yield runs
        if not self.complete:
            self._problem(0, "it has no `end` line: the recording was cut off, or goes on")
        if self._found > MOST_TOLD:
            self.problems.append(Problem(0, f"{self._found - MOST_TOLD:,} more problems"))

    def raw(self) -> Iterator[bytes]:
        """The bytes of the file, unpacked, as far as they can be; some at a time."""
        with self._opened() as file:
            yield from self._bytes(file)

    def numbered(self) -> Iterator[tuple[int, Entry]]:
        """The entries, each with the number of its line."""
        for lines in self._lines():
            number = self._number
            self._number += lines.count(b"\n")
            for at, line in enumerate(lines.split(b"\n"), number):
                if line.strip():
                    try:
                        yield at, decode_entry(line)
                    except RecordingError:
                        continue

    def _problem(self, line: int, what: str) -> None:
        self._found += 1
        if self._found <= MOST_TOLD:
            self.problems.append(Problem(line, what))

    def _decoded(self, lines: bytes, last_id: str) -> list[Run]:
        """What stands in whole lines."""
        number = self._number
        try:
            runs = decode_runs(lines, last_id)
        except RecordingError:
            pass
        else:
            if not self.complete and "end" not in {run.code for run in runs[:-1]}:
                self._number += _count(lines)
                return runs
        self._number += _count(lines)
        runs, ended = [], self.complete
        for at, line in enumerate(lines.split(b"\n"), number):
            if not line.strip():
                continue
            try:
                us, code, body = decode_entry(line)
            except RecordingError as error:
                torn = b"\n" not in lines[-1:] and at == number + lines.count(b"\n")
                self._problem(at, f"the last line is torn: {error}" if torn else str(error))
                continue
            if ended:
                self._problem(at, "there is more behind the `end` line; it is not read")
                self._over = True
                break
            ended = code == "end"
            if code == "ev":
                last_id = with_ids(code, [body], last_id)
            runs.append(Run(us, code, (body,)))
        return runs

    def _lines(self) -> Iterator[bytes]:
        """Whole lines after the header, many at a time; who takes them counts them."""
        self._number, kept, too_long = 1, bytearray(), False
        first = True
        with self._opened() as file:
            for piece in self._bytes(file):
                if self._over:
                    return
                end = piece.rfind(b"\n") + 1
                if not end:
                    if not too_long:
                        kept += piece
                        too_long = len(kept) > LONGEST_LINE
                        if too_long:
                            kept.clear()
                    continue
                whole, rest = piece[:end], piece[end:]
                if too_long:
                    self._problem(self._number, f"it is longer than {LONGEST_LINE:,} bytes; it is not read")
                    whole = whole[whole.find(b"\n") + 1 :]
                    self._number += 1
                    too_long = False
                elif kept:
                    whole = bytes(kept) + whole
                kept[:] = rest
                if first and whole:
                    self._number, first = 2, False
                    whole = whole[whole.find(b"\n") + 1 :]
                if whole:
                    yield whole
        if too_long:
            self._problem(self._number, f"it is longer than {LONGEST_LINE:,} bytes; it is not read")
        elif kept and not first:
            yield bytes(kept)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[io.BufferedReader | gzip.GzipFile]:
        try:
            with _open(self.path) as file:
                yield file
        except OSError as error:
            raise RecordingError(f"{self.path} can't be read any more: {error.strerror or error}") from None

    def _bytes(self, file: io.BufferedReader | gzip.GzipFile) -> Iterator[bytes]:
        """The bytes of the file, unpacked, as far as they can be."""
        # How much of it was taken so far: the end of a large file excuses no beginning.
        packed: Any = file.fileobj if isinstance(file, gzip.GzipFile) else None
        read = 0
        while True:
            try:
                piece = file.read1(PIECE)  # what was read before it breaks counts
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                self._problem(0, f"the compressed file is damaged or cut off: {error}")
                return
            if not piece:
                return
            read += len(piece)
            if packed is not None and read > max(ENOUGH, TIMES * packed.tell()):
                self._problem(
                    0,
                    f"it unpacks to more than {TIMES} times its size, as no stream does: what is behind "
                    f"{read - len(piece):,} bytes is not read",
                )
                return
            yield piece


def open_cast(path: str | os.PathLike[str]) -> Cast:
    """Open the file of a recording; only its header is read.

    Args:
        path: `.ssecast`, or compressed by gzip, whatever its name is.

    Raises:
        RecordingError: it is no recording, or one of another version.
        ArgumentError: it is a folder.
        OSError: it can't be read.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
    except ValueError as error:  # a character that no name can have
        raise RecordingError(f"{path!s:.80}: this is no recording, and no path: {error}") from None
    if stat.S_ISDIR(mode):
        raise ArgumentError(
            f"{path} can't be read: it is a folder; load reads one that is an archive, replays are of files"
        )
    if not stat.S_ISREG(mode):
        raise RecordingError(
            f"{path}: this is a pipe or a device, and a recording is read more than once: write it to a file"
        )
    with _open(path) as file:
        try:
            line = file.readline(LONGEST_HEADER)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise RecordingError(f"{path.name}: the compressed file is damaged: {error}") from None
    try:
        return Cast(path, decode_header(line))
    except RecordingError as error:
        raise RecordingError(f"{path.name}: {error}") from None


def is_packed(path: Path) -> bool:
    """Whether the file is compressed by gzip: by what it begins with."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _open(path: Path) -> io.BufferedReader | gzip.GzipFile:
    return gzip.open(path, "rb") if is_packed(path) else path.open("rb")


def _count(lines: bytes) -> int:
    """How many lines end here: what `lines.count` says, which takes four times as long."""
    return len(lines) - len(lines.replace(b"\n", b""))
