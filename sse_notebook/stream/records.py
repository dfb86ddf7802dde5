"""What a stream writes down: recordings of what comes, files of what is kept, and notes.

The law: a stream that records lives, whoever refers to it; when it is closed its recordings are whole. What
is recorded is what the wire said, less what must not be seen.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sse_notebook.alerts.attention import silence_body
from sse_notebook.errors import ArgumentError, StreamClosed
from sse_notebook.events.builtin import name_of
from sse_notebook.events.moments import Moment, moment_us
from sse_notebook.filters import Selection
from sse_notebook.journal.past import Mark
from sse_notebook.journal.redaction import Redaction, Rules, redacted_request
from sse_notebook.journal.tape import Recorder, Tape
from sse_notebook.journal.writer import Writer
from sse_notebook.source import ConnectionStatus
from sse_notebook.source.notes import Note
from sse_notebook.store.schema import STR, TIME, table
from sse_notebook.stream.noting import between_reads
from sse_notebook.stream.parts import Parts
from sse_notebook.stream.saving import Kept, env, save_rows

if TYPE_CHECKING:
    import pandas as pd

    from sse_notebook.stream.recordings import Recording
    from sse_notebook.stream.wiring import Wiring

__all__ = ["Records", "marks_table"]

MOST_MARKS: Final = 10_000
STATES: Final = 1_000

# Streams that record: they must live though nobody refers to them.
_RECORDING: set[Records] = set()


def marks_table(marks: Iterable[Mark]) -> pd.DataFrame:
    """Notes as a table: `time`, `text`, in the order of the times."""
    rows = sorted((mark.at_us, mark.text) for mark in marks)
    return table(rows, time=TIME, text=STR)


def _states(parts: Parts) -> list[ConnectionStatus]:
    return [status for status, _ in parts.intake.timeline.newest(STATES)]


def _filters(selection: Selection) -> dict[str, Any]:
    wanted = selection._wanted  # noqa: SLF001 - `params` has only those that one value was asked of
    return {name: values[0] if len(values) == 1 else list(values) for name, values in wanted.items()}


class Session:
    """One recording of one stream, while it goes on."""

    def __init__(self, writer: Writer, recorder: Recorder, tape: Tape, stream: Records) -> None:
        self.writer = writer
        self._recorder = recorder
        self._tape = tape
        self._stream = weakref.ref(stream)

    def stop(self) -> None:
        """End it; as often as you like."""
        self._tape.remove(self._recorder)
        if not self.writer.done.is_set():
            self._recorder.end()
        self.writer.stop()
        if (stream := self._stream()) is not None:
            stream._stopped(self)  # noqa: SLF001 - it is a part of it

    @property
    def rows(self) -> int:
        """How many rows have come of what it was told since it began."""
        return self._recorder.rows

    @property
    def stream(self) -> Records | None:
        """Whose it is."""
        return self._stream()


class Records:
    """The part of a stream that writes."""

    _parts: Parts
    _wiring: Wiring
    _tape: Tape

    def _begin_records(self, params: Mapping[str, Any], *, platform: bool) -> None:
        self._asked_params, self._platform = dict(params), platform
        self._sessions: list[Session] = []
        self._by_setting: tuple[str, Session] | None = None
        self._marks: deque[Mark] = deque(maxlen=MOST_MARKS)
        # Guards the three; held for a moment. Reentrant: a finalizer may come in between.
        self._recording = threading.RLock()

    # -- recordings ------------------------------------------------------------------------------------

    def record(
        self,
        path: str | os.PathLike[str],
        *,
        past: bool = False,
        redact: Rules | None = None,
        hide: Iterable[str] = (),
    ) -> Recording:
        """Record all that comes from now on, as the wire says it, to a file that can be read and replayed.

        What has come is on the disk within a quarter of a second, and outlives a crash. The stream goes on
        whatever the disk does: what can't be written is counted, logged, and said by `verify`. See
        `docs/recording.md`.

        Args:
            path: `.ssecast`, or `.ssecast.gz` to compress it. Is there such a file, `-2` is put before the
                suffix.
            past: begin with what is kept already.
            redact: what is taken out of payloads: dotted paths and patterns to be masked, as
                `["user.email"]`; or for each what is done with it, as
                `{"user.email": "pseudonym", "card": "drop"}`.
            hide: names of query parameters and headers whose values are masked, beside those that are secrets
                by custom. The token is in no recording, whatever is said here.

        Returns:
            The recording: `stop()` ends it, as does `close()` of the stream; a context manager.

        Raises:
            RecordingError: (a `ValueError`) another suffix, or it can't be written there.
            ArgumentError: a rule that can't be read.
            StreamClosed: the stream is closed; `save` writes what is kept.

        Example:
            with stream.record("deploy.ssecast") as recording:
                stream.wait_for(100)
        """
        from sse_notebook.stream.recordings import Recording  # which is made of streams

        return Recording.of(self._record(path, past=past, redact=redact, hide=hide))

    def _record(
        self, path: str | os.PathLike[str], *, past: bool, redact: Rules | None, hide: Iterable[str]
    ) -> Session:
        if not isinstance(path, str | os.PathLike):
            raise ArgumentError(f"record takes a path, as 'today.ssecast', not {type(path).__name__}")
        if not isinstance(past, bool):
            raise ArgumentError(f"past must be True or False, not {past!r:.80}")
        parts = self._parts
        source = parts.source
        if self._wiring.replayed:
            raise ArgumentError("this is a replay, which is recorded already: save(path) writes what is kept")
        if source.status.state == "closed":
            raise StreamClosed("the stream is closed: nothing comes any more; save(path) writes what is kept")
        redaction = Redaction(source.credentials.redact, redact)
        request, redacted = self._request(hide)
        url = request.pop("url")
        with between_reads(source):  # between two reads: what is kept by now, and what comes, fit together
            store = parts.store
            snapshot = store._snapshot() if past else store._snapshot().first(0)  # noqa: SLF001 - its own
            kept = Kept(
                snapshot,
                now_us=round(parts.clock.time() * 1e6),
                url=url,
                request=request,
                redaction=redaction,
                redacted=redacted,
                gaps=source.gaps if past else (),
                states=_states(parts) if past else (),
                marks=self._notes() if past else (),
                said=self._said() if past else self._in_force(),
                first_seq=store.next_seq,
            )
            writer = Writer(
                path,
                kept.header,
                first=kept.lines(),
                redaction=redaction,
                report=lambda text: parts.log.warning("recording", text),
            )
            try:
                recorder = Recorder(writer, source, lambda: store.next_seq, parts.clock.time)
                recorder.begin(first=not kept.states)
                self._tape.add(recorder)
                session = Session(writer, recorder, self._tape, self)
                with self._recording:
                    self._sessions.append(session)
                    _RECORDING.add(self)
            except BaseException:  # an interrupt: nobody has it, who could stop it
                writer.stop()
                writer.path.unlink(missing_ok=True)
                raise
        parts.log.note("recording", f"recording to {writer.path.name}")
        return session

    def _request(self, hide: Iterable[str] = ()) -> tuple[dict[str, Any], list[str]]:
        """What was asked for, for the header, without secrets."""
        parts, wiring = self._parts, self._wiring
        source, store = parts.source, parts.store
        request = {
            "url": source.url,
            "name": wiring.name,
            "platform": self._platform,
            "filters": _filters(wiring.selection),
            "params": self._asked_params,
            "headers": dict(source.headers),
            "vocabulary": name_of(store.vocabulary),
            "expand": list(store.expand) if isinstance(store.expand, tuple) else store.expand,
        }
        return redacted_request(request, source.credentials.redact, hide)

    def _asked_of(self) -> dict[str, Any]:
        """The same, for an archive: whose rows they are."""
        request, _ = self._request()
        request.pop("headers")
        return {**request, "env": env()}

    def _stopped(self, session: Session) -> None:
        with self._recording:
            self._sessions = [other for other in self._sessions if other is not session]
            if not self._sessions:
                _RECORDING.discard(self)

    def _stop_records(self) -> None:
        """The stream is closed: its recordings are whole."""
        for session in tuple(self._sessions):
            session.stop()

    def record_as_set(self, path: str | os.PathLike[str] | None) -> None:
        """What `connect` is told by `record=`: the same again changes nothing."""
        wanted = None if path is None else os.fspath(path)
        with self._recording:
            before = self._by_setting
        if before is not None and before[0] == wanted and before[1] in self._sessions:
            return
        if before is not None:
            before[1].stop()
        self._by_setting = None
        if wanted is not None:
            self._by_setting = str(wanted), self._record(wanted, past=False, redact=None, hide=())

    @property
    def recordings(self) -> list[Recording]:
        """The recordings that go on."""
        from sse_notebook.stream.recordings import Recording  # likewise

        return [Recording.of(session) for session in self._sessions]

    # -- what is kept ----------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str], *, redact: Rules | None = None) -> Path:
        """Write what is kept; the format is told by the suffix.

        `.ssecast` and `.ssecast.gz` are recordings, which can be read and replayed; `.parquet`, `.csv`,
        `.json` and `.jsonl` (CloudEvents), `.sse` (plain server-sent events) are for others.

        Args:
            path: where. Is there such a file, `-2` is put before the suffix.
            redact: as `record` takes it; for recordings.

        Returns:
            Where it is.

        Raises:
            RecordingError: (a `ValueError`) another suffix, or it can't be written there.

        Example:
            stream.save("today.parquet")
        """
        return save_rows(self, path, self._kept, redact)  # type: ignore[arg-type]  # a stream reads alike

    def _kept(self, redact: Rules | None) -> Kept:
        parts = self._parts
        source = parts.source
        request, redacted = self._request()
        url = request.pop("url")
        with between_reads(source):
            return Kept(
                parts.store._snapshot(),  # noqa: SLF001 - its own
                now_us=round(parts.clock.time() * 1e6),
                url=url,
                request=request,
                redaction=Redaction(source.credentials.redact, redact),
                redacted=redacted,
                gaps=source.gaps,
                states=_states(parts),
                marks=self._notes(),
                said=self._said(),
            )

    # -- notes -----------------------------------------------------------------------------------------

    def mark(self, text: str, at: Moment | None = None) -> None:
        """Note something: it is kept in `marks`, and in the recordings that go on.

        What a replay's recording says already is not noted once more, unless with a time.

        Args:
            text: what.
            at: when it was: a time, or how long ago, as `"5min"`; None: now.

        Raises:
            ArgumentError: it is no text, or no time.

        Example:
            stream.mark("deployed 2.4.1")
        """
        if not isinstance(text, str) or not text.strip():
            raise ArgumentError(f"mark takes a text, as 'deployed 2.4.1', not {text!r:.80}")
        # A notebook that is run again on its recording says again what is in there: once is enough.
        if at is None and any(text == said.text for said in self._recorded_marks()):
            self._parts.log.note("recording", f"a note of the recording already: {text:.80}")
            return
        now_us = round(self._parts.clock.time() * 1e6)
        mark = Mark(now_us, now_us if at is None else moment_us(at, now_us, "at"), text)
        with self._recording:
            self._marks.append(mark)
            sessions = tuple(self._sessions)
        for session in sessions:
            started_us = session.writer.header.started_us
            body: dict[str, Any] = {"text": text}
            if at is not None:
                body["at"] = (mark.at_us - started_us) / 1e6
            session.writer.entry(now_us - started_us, "mark", body)

    @property
    def marks(self) -> pd.DataFrame:
        """The notes: `time`, `text`; the newest 10,000, in the order of their times."""
        return marks_table(self._notes())

    def _notes(self) -> list[Mark]:
        return [*self._recorded_marks(), *self._marks]

    def _said(self) -> list[Note]:
        """What was said of alerts, in the order of its times."""
        return sorted([*self._recorded_said(), *self._wiring.noting.said], key=lambda note: note.us)

    def _in_force(self) -> list[Note]:
        """The silences that hold, as if they were set now."""
        us = round(self._parts.clock.time() * 1e6)
        silences = self._parts.toasts.attention.silences()
        return [Note(us, "sil", silence_body(each, each.until_us - us)) for each in silences]

    def _recorded_said(self) -> list[Note]:
        """What the recording that this replays says of alerts, as far as it is played."""
        return []

    def _recorded_marks(self) -> list[Mark]:
        """Those of the recording that this replays, as far as it is played."""
        return []
