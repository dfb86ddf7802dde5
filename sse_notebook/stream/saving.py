"""`save`: what is kept, or a part of it, as a file; the format is told by the suffix.

The law: no file that is there is overwritten. A recording that is made of a part of another one names the
hash of that one.
"""

from __future__ import annotations

import os
import platform as machine
import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sse_notebook.errors import RecordingError
from sse_notebook.journal.cast import Header
from sse_notebook.journal.naming import free_path, suffix_of
from sse_notebook.journal.past import Again, Mark, entries_of, reads, started_of
from sse_notebook.journal.redaction import Redaction, Rules
from sse_notebook.journal.writer import Writer
from sse_notebook.source import ConnectionStatus
from sse_notebook.source.continuity import Gap
from sse_notebook.source.notes import Note
from sse_notebook.store.doors import whole
from sse_notebook.store.paths import path_of
from sse_notebook.store.snapshot import Snapshot, events_in
from sse_notebook.wire import ServerSentEvent
from sse_notebook.wire.encoder import encode

if TYPE_CHECKING:
    from sse_notebook.store.readable import Readable

__all__ = ["FORMATS", "Kept", "env", "save_rows", "write_recording"]

PART: Final = 10_000  # rows


class Kept:
    """What a recording is made of.

    Args:
        snapshot: the rows.
        redaction: what is taken out.
        gaps, states, marks: of the connection, and of people.
        said: of alerts, in the order of its times.
        again: the lines of a recording, where it is one that is written again: they stay as they are, and
            its times do.

    Attributes:
        header: the header.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        now_us: int,
        url: str,
        request: dict[str, Any],
        redaction: Redaction,
        redacted: Iterable[str] = (),
        gaps: Iterable[Gap] = (),
        states: Iterable[ConnectionStatus] = (),
        marks: Iterable[Mark] = (),
        said: Iterable[Note] = (),
        first_seq: int = 0,
        again: Again | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        self.snapshot, self._again, self._now_us = snapshot, again, now_us
        self.gaps, self.states, self.marks, self.said = list(gaps), list(states), list(marks), list(said)
        self.redaction = redaction
        seqs = snapshot.seqs
        self.header = Header(
            started_us=started_of(snapshot, self.gaps, self.states, [*self.marks, *self.said], now_us)
            if again is None
            else again.started_us,
            url=url,
            request=request,
            first_seq=int(seqs[0]) if len(seqs) else first_seq,
            redacted=[*redaction.said, *redacted],
            env=env(),
            more=more or {},
        )

    def lines(self) -> Iterable[tuple[int, str, Any]]:
        """What a writer is given first."""
        if self._again is not None:
            return reads(self._again.entries(self.snapshot))
        return reads(
            entries_of(
                self.snapshot,
                self.header.started_us,
                self._now_us,
                gaps=self.gaps,
                states=self.states,
                marks=self.marks,
                said=self.said,
            )
        )


def write_recording(path: Path, kept: Kept) -> Path:
    """A whole recording; returns where it is.

    Raises:
        RecordingError: it can't be written.
    """
    return Writer(path, kept.header, first=kept.lines(), redaction=kept.redaction).whole(timeout=3600.0)


def _sse(of: Readable, path: Path) -> None:
    events = events_in(of._outgoing(of._snapshot()))  # noqa: SLF001 - what reads alike
    with whole(path) as part, part.open("wb") as file:
        while some := [event for _, event in zip(range(PART), events, strict=False)]:
            file.write(encode(ServerSentEvent(e.event_type, e.raw, e.id or "", e.id) for e in some))


def _array(of: Readable, path: Path) -> None:
    lines = (of.to_cloudevents() or "").splitlines()
    with whole(path) as part:
        part.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


#: What each suffix means, but for recordings.
FORMATS: Final[dict[str, tuple[str, Callable[[Any, Path], object]]]] = {
    ".parquet": ("Parquet", lambda of, path: of.to_parquet(path)),
    ".csv": ("CSV", lambda of, path: of.to_csv(path)),
    ".jsonl": ("CloudEvents, one a line", lambda of, path: of.to_cloudevents(path)),
    ".ndjson": ("the same", lambda of, path: of.to_cloudevents(path)),
    ".json": ("CloudEvents, as one list", _array),
    ".sse": ("plain server-sent events", _sse),
}


def save_rows(
    of: Readable,
    path: str | os.PathLike[str],
    kept: Callable[[Rules | None], Kept],
    redact: Rules | None = None,
) -> Path:
    """Write what is kept.

    Args:
        of: what is read.
        path: where.
        kept: what a recording is made of, given the rules.
        redact: those rules.

    Returns:
        Where it really is.

    Raises:
        RecordingError: another suffix, or it can't be written there.
    """
    if not isinstance(path, str | os.PathLike):
        raise RecordingError(f"save takes a path, not {type(path).__name__}")
    wanted = path_of(path)
    name = wanted.name.lower()
    if name.endswith((".ssecast", ".ssecast.gz")):
        return write_recording(wanted, kept(redact))
    known = FORMATS.get(suffix_of(wanted).lower())
    if known is None:
        each = ", ".join(f"{suffix} ({what})" for suffix, (what, _) in FORMATS.items())
        raise RecordingError(
            f"save knows .ssecast and .ssecast.gz (recordings), {each}; not {wanted.name!r:.80}"
        )
    if redact is not None:
        raise RecordingError("redact is for recordings: save one, load it, and save that in another format")
    free = free_path(wanted)
    try:
        known[1](of, free)
    except OSError as error:
        raise RecordingError(f"{wanted} can't be written: {error.strerror or error}") from None
    return free


@cache
def _versions() -> dict[str, str]:
    try:
        ours = metadata.version("sse_notebook")
    except metadata.PackageNotFoundError:
        ours = "unknown"
    return {
        "sse_notebook": ours,
        "python": machine.python_version(),
        "platform": sys.platform,
    }


def env() -> dict[str, Any]:
    """Which versions write."""
    return dict(_versions())
