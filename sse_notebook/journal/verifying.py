"""Whether a recording is what was written: sound, complete, and not changed by a byte.

The law: one reading of the file, whatever it is; what is wrong is said in words, and where.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sse_notebook.journal.cast import Entry
from sse_notebook.journal.packing import what_is_wrong
from sse_notebook.journal.reading import LONGEST_LINE, Cast, Problem, is_packed
from sse_notebook.journal.writer import end_line
from sse_notebook.words import counted

__all__ = ["Report", "verify"]

SHOWN: Final = 20  # problems of a text


@dataclass(frozen=True)
class Report:
    """What `verify` found. True if the recording is sound and complete, else false.

    Attributes:
        path: of the file.
        events: how many it has.
        sha256: of every byte before the `end` line, or of all where there is none.
        complete: it has an `end` line, and nothing was lost on the way to it.
        problems: what is wrong, each with the number of its line (0: the file as a whole).
    """

    path: Path
    events: int
    sha256: str
    complete: bool
    problems: tuple[Problem, ...]

    def __bool__(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        if not self.problems:
            events = counted(self.events, "event")
            return f"{self.path.name} is sound and complete: {events}, sha256 {self.sha256}"
        told = [f"line {line:,}: {what}" if line else what for line, what in self.problems[:SHOWN]]
        more = len(self.problems) - SHOWN
        rest = [f"and {more:,} more"] if more > 0 else []
        return "\n".join([f"{self.path.name} is not as it was written:", *told, *rest])

    __repr__ = __str__


def verify(cast: Cast) -> Report:
    """Read the file through, and look whether it is whole.

    Raises:
        RecordingError: it can't be read any more.
    """
    read = Cast(cast.path, cast.header)
    events, end, last_us, lost = 0, None, 0, []
    for runs in read.runs():
        for us, code, bodies in runs:
            if code == "ev":
                events += len(bodies)
            elif code == "end":
                end = Entry(us, code, bodies[0])
                continue
            elif code == "lost":
                lost.append(Entry(us, code, bodies[0]))
            last_us = us
    problems = [*read.problems, *(Problem(0, _missing(entry)) for entry in lost)]
    digest, last = _digest(Cast(cast.path, cast.header))
    if end is not None:
        problems += _compared(cast, end, last, last_us, events, digest)
    if is_packed(cast.path) and cast.header.more.get("packed") is True and (why := what_is_wrong(cast.path)):
        problems.append(Problem(0, why))
    return Report(cast.path, events, digest, end is not None and not lost, tuple(problems))


def _compared(cast: Cast, end: Entry, last: bytes, last_us: int, events: int, digest: str) -> list[Problem]:
    """What is wrong with the `end` line."""
    said = end.body if isinstance(end.body, dict) else {}
    problems = []
    if said.get("sha256") != digest:
        problems.append(Problem(0, "it was changed: the hash is not that of the `end` line"))
    if said.get("n") != events:
        problems.append(
            Problem(0, f"it has {events:,} events, and the `end` line says {said.get('n')!r:.40}")
        )
    # That line is in no hash: of what we wrote, every byte of it is known.
    ours = "sse_notebook" in cast.header.env
    if ours and not problems and last != end_line(last_us, events, digest):
        problems.append(Problem(0, "the `end` line is not, byte for byte, the one that was written"))
    return problems


def _missing(entry: Entry) -> str:
    said = entry.body if isinstance(entry.body, dict) else {}
    number = said.get("n")
    what = f"{number:,} events are" if isinstance(number, int) and number else "something is"
    return f"{what} not in it, at {entry.us / 1e6:.6f} s: {str(said.get('reason', ''))[:200]}"


def _digest(cast: Cast) -> tuple[str, bytes]:
    """The hash of all but the last line, if that is an `end` line; and that line."""
    found, kept = hashlib.sha256(), bytearray()
    for piece in cast.raw():
        known = max(len(kept) - 1, 0)  # no line ends before it: a long one is looked through once
        kept += piece
        begin = kept.rfind(b"\n", known, len(kept) - 1) + 1
        found.update(kept[:begin])
        del kept[:begin]
        if len(kept) > LONGEST_LINE:
            found.update(kept)
            kept.clear()
    if b'"end"' not in kept[:200]:
        found.update(kept)
    return found.hexdigest(), bytes(kept)
