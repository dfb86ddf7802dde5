"""What a stream writes to an archive, as `connect(journal=)` says.

The law: a stream that writes lives, whoever refers to it. Where rows go changes between two rows: none is in
two archives, and none that came meanwhile is in neither.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sse_notebook.errors import ArgumentError, NoArchive
from sse_notebook.journal.archivist import Archivist
from sse_notebook.journal.layout import check_writer, default_writer
from sse_notebook.source import EventSource
from sse_notebook.source.continuity import Gap, Gaps
from sse_notebook.store.paths import path_of
from sse_notebook.stream.parts import Parts

if TYPE_CHECKING:
    from sse_notebook.stream.archive import Archive
    from sse_notebook.stream.wiring import Wiring

__all__ = ["Journals", "check_journal"]

NOT_THERE: Final = "nobody was writing the archive"

# Streams that write: they must live though nobody refers to them.
_WRITING: set[Journals] = set()


def check_journal(journal: Any, writer: Any) -> Path | None:
    """Where to, if anywhere.

    Raises:
        ArgumentError: it is no path; or there is a writer and nothing to write to.
    """
    if journal is None:
        if writer is not None:
            raise ArgumentError("writer= is who writes to a journal=: give both, or none")
        return None
    named = isinstance(journal, str | os.PathLike) and os.fsdecode(os.fspath(journal))
    if not named or "\0" in named:
        raise ArgumentError(f"journal is a folder's path, as 'events', not {journal!r:.80}")
    if writer is not None:
        check_writer(writer)
    return path_of(journal)


class _Session(NamedTuple):
    """One stream, one archive, one writer.

    Attributes:
        key: the folder, whatever links lead to it, and the writer.
        archivist: who writes.
        archive: who reads.
        moved: told of the connection's moves.
    """

    key: tuple[Path, str]
    archivist: Archivist
    archive: Archive
    moved: Callable[[bool], None]


class Journals:
    """The part of a stream that writes to an archive."""

    _parts: Parts
    _wiring: Wiring

    def _begin_journal(self) -> None:
        self._journal: _Session | None = None
        # Guards it; held while it is changed. Reentrant: a finalizer may come in between.
        self._journalling = threading.RLock()

    def _asked_of(self) -> dict[str, Any]:
        raise NotImplementedError

    def journal_as_set(self, folder: Path | None, writer: str | None) -> None:
        """What `connect` is told by `journal=` and `writer=`: the same again changes nothing.

        Raises:
            ArchiveError: it can't be written there; then all stays as it was.
        """
        with self._journalling:
            before = self._journal
            if folder is None:
                self._parts.store.write_to(None)
                self._journal = None
                _WRITING.discard(self)
                if before is not None:
                    name = before.archive.path.name
                    self._parts.log.note(
                        "archive", f"nothing more is written to {name}: no journal= was given"
                    )
            else:
                shown = self._wiring.credentials.redact(self._wiring.shown)
                key = Path(os.path.realpath(folder)), writer or default_writer(shown)
                if before is not None and before.key == key and not before.archivist.done.is_set():
                    return
                self._begin_to_write(folder.absolute(), key)
        if before is not None:
            self._end(before)

    def _end(self, session: _Session) -> None:
        watchers = self._parts.intake.watchers
        if session.moved in watchers:
            watchers.remove(session.moved)
        session.archivist.stop()

    def _begin_to_write(self, folder: Path, key: tuple[Path, str]) -> None:
        _, writer = key
        parts, source, log = self._parts, self._parts.source, self._parts.log
        archivist = Archivist(
            folder,
            writer,
            self._asked_of(),
            redact=source.credentials.redact,
            report=lambda text: log.warning("archive", text),
            clock=parts.clock,
        )
        try:
            self._write_with(archivist, key)
        except BaseException:  # an interrupt, say: all stays as it was, and the folder is free
            before = self._journal
            parts.store.write_to(None if before is None else before.archivist.take)
            archivist.stop(quickly=True)
            raise
        _WRITING.add(self)
        log.note("archive", f"writing to {folder.name} as {writer}")

    def _write_with(self, archivist: Archivist, key: tuple[Path, str]) -> None:
        from sse_notebook.stream.archive import Archive  # which pandas is needed for

        parts, source, store = self._parts, self._parts.source, self._parts.store
        place = archivist.place
        gaps = source.gaps
        known = gaps.count
        if not store.begin_at(place.next_seq):
            archivist.shift = max(0, place.next_seq - store.next_seq)
        elif isinstance(source, EventSource) and _is_new(source) and place.silent_since is not None:
            source.decoder.last_event_id = source.last_event_id or place.last_id
            source._attempts.reader.remember(place.newest)  # noqa: SLF001 - nobody else has a past
            gaps.lost(place.silent_since, NOT_THERE)
        archivist.gaps = lambda: _since(gaps, known)
        watch = weakref.WeakMethod(archivist.moved)

        def moved(at_once: bool) -> None:
            if at_once and (told := watch()) is not None:
                told()

        parts.intake.watchers.append(moved)
        session = _Session(key, archivist, Archive.of(archivist, parts.clock), moved)
        store.write_to(archivist.take)
        self._journal = session  # the last of it: before, an interrupt undoes it all

    def _stop_journal(self) -> None:
        """The stream is closed: what it wrote is whole."""
        with self._journalling:
            if self._journal is not None:
                self._parts.store.write_to(None)
                self._end(self._journal)
            _WRITING.discard(self)

    @property
    def archive(self) -> Archive:
        """All rows that were written to the folder of `connect(journal=)`, also before this stream.

        Raises:
            NoArchive: (an `AttributeError`) it writes none.
        """
        if (journal := self._journal) is None:
            raise NoArchive(
                "this stream has no archive: connect(…, journal=folder) writes one; load(folder) reads any"
            )
        return journal.archive


def _is_new(source: EventSource) -> bool:
    """Whether it has not begun: then it has no thread yet, and what it is told is all that it knows."""
    return source.status.state == "disconnected" and not source.connections and source.gaps.newest is None


def _since(gaps: Gaps, known: int) -> Sequence[Gap]:
    """Those that came after the first so many."""
    fresh = gaps.count - known
    return tuple(gaps)[-fresh:] if fresh > 0 else ()
