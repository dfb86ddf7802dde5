"""`Recording`: the file of a stream, to be read, checked, and cut; `load`, which finds it.

The law: it is read by the way that events come live, so that it answers as the stream did; nothing is read
before somebody asks. The file is never changed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sse_notebook.alerts.attention import Attention
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Vocabulary
from sse_notebook.events.builtin import vocabulary_of
from sse_notebook.events.moments import Moment
from sse_notebook.filters import Filter, where
from sse_notebook.journal.cast import Header
from sse_notebook.journal.past import Again
from sse_notebook.journal.reading import Cast, Problem, open_cast
from sse_notebook.journal.redaction import Redaction, Rules
from sse_notebook.journal.scan import Finding, secrets_in_entry, secrets_in_header
from sse_notebook.journal.verifying import Report, verify
from sse_notebook.metrics import Metrics
from sse_notebook.store.expand import Expand, check_expand
from sse_notebook.store.paths import path_of
from sse_notebook.store.readable import FilterLike
from sse_notebook.stream.answers import Answers
from sse_notebook.stream.parts import Parts
from sse_notebook.stream.reading import Reading
from sse_notebook.stream.records import Session
from sse_notebook.stream.saving import Kept, save_rows
from sse_notebook.stream.view import StreamView

if TYPE_CHECKING:
    import pandas as pd

    from sse_notebook.stream.replaying import Replay

__all__ = ["PartOfRecording", "Recording", "load"]


class _Cuttable(Reading):
    """What can be cut: what narrows it gives a part that can be saved."""

    def where(  # type: ignore[override]  # there is no other connection
        self, what: FilterLike = None, /, *, dedicated: bool = False, **fields: Any
    ) -> PartOfRecording:
        """The same, narrowed to the events that fit. See `EventStream.where`.

        Raises:
            FilterError: it can't be read; the message shows where, and what was expected.
            ArgumentError: a connection of its own is asked for: there is none to a recording.
        """
        if dedicated:
            raise ArgumentError(
                "a recording has no server for a connection of its own: where(…) without dedicated=True"
            )
        return self._view(where(what, **fields))

    def between(self, start: Moment | None, end: Moment | None) -> PartOfRecording:
        """The same, narrowed to a stretch of time. See `EventStream.between`."""
        return super().between(start, end)  # type: ignore[return-value]  # `_view` made it

    def since(self, start: Moment) -> PartOfRecording:
        """The same, from a moment on. See `EventStream.since`."""
        return super().since(start)  # type: ignore[return-value]  # likewise

    def _view(
        self,
        filter: Filter | None = None,  # noqa: A002 - what it is
        start_us: int | None = None,
        end_us: int | None = None,
    ) -> PartOfRecording:
        return PartOfRecording(self, filter, start_us, end_us)


class Recording(_Cuttable, Answers):
    """A recording: what `stream.record` returns, and `sse.load` reads.

    It reads as a stream does: `df`, `where`, `explain`, `why`, `gaps`, `dropped`, `timeline` …; its clock
    stands at its end, so that `since("5min")` are the last five minutes. While it still goes on, each reading
    has what is in it by then. A context manager, which stops it.

    Args:
        path: of the file.
        vocabulary: how its messages are read; None: as they were, if that was one by name.
        expand: which payload fields are columns; None: as it was.

    Raises:
        RecordingError: (a `ValueError`) it is no recording, or one of another version.
        ArgumentError: there is no such file, or it can't be read.
    """

    attributes = frozenset({"path", "header"})

    _hint = "A recording: it stays as it is."

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        vocabulary: Vocabulary | None = None,
        expand: Expand = None,
        session: Session | None = None,
    ) -> None:
        try:
            self._cast = open_cast(path_of(path))
        except OSError as error:
            raise ArgumentError(f"{os.fspath(path)!s} can't be read: {error.strerror or error}") from None
        self._vocabulary = vocabulary
        self._expand = expand
        self._session = session
        # With how many bytes the file had; and whether toasts and numbers are those of each moment.
        self._read: tuple[int, Replay, bool] | None = None
        self._reading = threading.RLock()  # guards `_read`: held while the file is read

    @classmethod
    def of(cls, session: Session) -> Recording:
        """What is being written."""
        return cls(session.writer.path, session=session)

    # -- the file --------------------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._cast.path

    @property
    def header(self) -> Header:
        """Its first line: `started`, `url`, `request`, `first_seq`, `redacted`, `env`."""
        return self._cast.header

    @property
    def name(self) -> str:
        """What was recorded, for people."""
        called = self.header.request.get("name")
        return called if isinstance(called, str) and called else self.path.name

    @property
    def recording(self) -> bool:
        """Whether it goes on."""
        return self._session is not None and not self._session.writer.done.is_set()

    @property
    def error(self) -> str:
        """Why nothing can be written, in words; `""`: all is well."""
        return self._session.writer.error if self._session is not None else ""

    @property
    def lost(self) -> int:
        """How many events could not be written, of one that goes on."""
        return self._session.writer.lost if self._session is not None else 0

    @property
    def problems(self) -> list[Problem]:
        """What can't be read of it, each with the number of its line."""
        return list(self._brought().cast.problems)

    @property
    def heard(self) -> int:
        """How many rows have come since it began, of one that is written here; nothing is read for it."""
        return self._session.rows if self._session is not None else 0

    def flush(self) -> bool:
        """Wait until what has come is written; False: the disk does not take it."""
        return self._session.writer.flush() if self._session is not None and self.recording else True

    def stop(self) -> Self:
        """End it: the last line is written. As often as you like."""
        if self._session is not None:
            self._session.stop()
        return self

    def verify(self) -> Report:
        """Whether it is sound and complete: every byte as it was written, and nothing lost.

        Returns:
            A report: true or false, with what is wrong in words.

        Raises:
            RecordingError: it can't be read any more.

        Example:
            assert sse.load("incident.ssecast").verify()
        """
        self.flush()
        return verify(self._cast)

    def scan(self) -> list[Finding]:
        """Look for secrets: tokens and keys by their usual shapes, passwords by their names.

        Returns:
            Where something was found: `line`, `code`, `field`, `kind`, and never the secret itself. An empty
            list: nothing was found, which is no proof that there is nothing.

        Example:
            for found in sse.load("incident.ssecast").scan():
                print(found.line, found.field, found.kind)
        """
        self.flush()
        findings = list(secrets_in_header(self.header))
        for line, entry in Cast(self.path, self.header).numbered():
            findings.extend(secrets_in_entry(line, entry))
        return findings

    # -- reading ---------------------------------------------------------------------------------------

    def _brought(self, *, whole: bool = False) -> Replay:
        """The stream that it gives: its rows; or the whole, with toasts and numbers as they were."""
        from sse_notebook.stream.replaying import read  # which is made of streams

        with self._reading:
            self.flush()
            size = self._cast.size
            known = self._read
            if known is None or known[0] != size or (whole and not known[2]):
                cast = Cast(self.path, self.header)
                made = read(cast, self._vocabulary, self._expand, together=not whole)
                self._read = known = size, made, whole
            return known[1]

    @property
    def _parts(self) -> Parts:  # type: ignore[override]  # it is read when it is asked for
        return self._brought()._parts  # noqa: SLF001 - its own kind

    def _rows_so_far(self) -> int:
        return self._parts.store.count

    @property
    def filter(self) -> Filter:
        """The four filters that were asked for."""
        return self._brought().filter

    @property
    def marks(self) -> pd.DataFrame:
        """The notes in it: `time`, `text`, in the order of their times."""
        return self._brought().marks

    @property
    def metrics(self) -> Metrics:
        """The numbers, as the stream had them."""
        return self._brought(whole=True).metrics

    @property
    def log(self) -> pd.DataFrame:
        """What is said of it as it is read: `time`, `level`, `where`, `text`."""
        return self._brought(whole=True).log

    def _counted(self) -> dict[str, int]:
        return self._brought(whole=True)._counted()  # noqa: SLF001 - its own kind

    def _why(self, key: Any, view: Callable[[pd.DataFrame], tuple[str, str]] | None = None) -> pd.DataFrame:
        return self._brought(whole=True)._why(key, view)  # noqa: SLF001 - its own kind

    def _attention(self) -> Attention:
        return self._brought(whole=True)._attention()  # noqa: SLF001 - its own kind

    @property
    def alert_log(self) -> pd.DataFrame:
        """What was said of alerts: `time`, `text`. See `EventStream.alert_log`."""
        brought = self._brought()
        # All of it, with its toasts, is played only where something is said.
        said = bool(brought._recorded_said())  # noqa: SLF001 - its own kind
        return super().alert_log if said else brought.alert_log

    # -- written again ---------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str], *, redact: Rules | None = None) -> Path:
        """Write its rows again; the format is told by the suffix, as `stream.save` has it.

        A recording that is made of it names its hash (`parent` in the header). `between(…)` and `where(…)`
        give a part, which can be saved likewise.

        Args:
            path: where. Is there such a file, `-2` is put before the suffix.
            redact: as `record` takes it; for recordings.

        Returns:
            Where it is.

        Raises:
            RecordingError: (a `ValueError`) another suffix, or it can't be written there.

        Example:
            load("day.ssecast").between("2026-11-28T12:00", "2026-11-28T13:00").save("hour.ssecast")
        """
        return save_rows(self, path, lambda rules: self._kept(self, rules), redact)

    def _kept(self, of: Recording | PartOfRecording, redact: Rules | None) -> Kept:
        """What a recording of this, or of a part of it, is made of."""
        start_us, end_us = of._bounds()  # noqa: SLF001 - its own kind
        header, whole = self.header, of is self
        snapshot = of._snapshot()  # noqa: SLF001 - its own kind
        parent = {"file": self.path.name, "sha256": verify(self._cast).sha256}
        return Kept(
            snapshot,
            now_us=0,  # what is written again begins when it began
            url=header.url,
            request=header.request,
            redaction=Redaction(None, redact),
            redacted=header.redacted,
            first_seq=header.first_seq,
            again=Again(Cast(self.path, header), whole=whole, start_us=start_us, end_us=end_us),
            more={"parent": parent if whole else {**parent, "part": of.name}},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "goes on" if self.recording else f"of {self.header.started}"
        return f"<Recording {self.path.name}: {state}>"


class PartOfRecording(_Cuttable, StreamView):
    """A part of a recording: what `where`, `between` and `since` give. It can be saved."""

    def save(self, path: str | os.PathLike[str], *, redact: Rules | None = None) -> Path:
        """Write these rows; see `Recording.save`. All gaps are with them, and the notes of these times."""
        whole = self._whole
        if not isinstance(whole, Recording):  # there is no other kind
            raise TypeError(f"no recording: {whole!r}")
        return save_rows(self, path, lambda rules: whole._kept(self, rules), redact)  # noqa: SLF001 - its own


def load(
    path: str | os.PathLike[str], *, vocabulary: Vocabulary | str | None = None, expand: Expand = None
) -> Recording:
    """Read what was recorded: as `sse_notebook.load`, which reads archives too.

    Raises:
        RecordingError: (a `ValueError`) it is no recording, or one of another version.
        ArgumentError: a wrong argument, or there is no such file.
    """
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(f"load takes the path of a recording, not {type(path).__name__}")
    given = vocabulary_of(vocabulary) if vocabulary is not None else None
    check_expand(expand)
    return Recording(path, vocabulary=given, expand=expand)
