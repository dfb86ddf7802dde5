"""What stands between a source and its listener, and tells recorders of all that passes.

The law: where nobody records, it passes everything on and does nothing else. A recorder is told before the
listener: what can be seen is on its way to the disk. It changes nothing, and what it meets stays its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sse_notebook.journal.writer import Writer
from sse_notebook.source import ConnectionStatus, Listener, Source
from sse_notebook.source.continuity import Gap
from sse_notebook.wire import ServerSentEvent

__all__ = ["Recorder", "Tape"]

REMEMBERED: Final = 100  # gaps of which it is still looked whether they were refilled
LONGEST: Final = 2_000  # characters of a cause


class Tape:
    """A listener that passes on to another one.

    Attributes:
        listener: that one; set once, before anything comes.
        recorders: who records.
    """

    listener: Listener

    def __init__(self) -> None:
        self.recorders: tuple[Recorder, ...] = ()
        self._changing = threading.Lock()  # guards that no change of `recorders` is lost

    def add(self, recorder: Recorder) -> None:
        """Tell this one from now on."""
        with self._changing:
            decoder = recorder.source.decoder
            if decoder.overheard is None:
                decoder.overheard = []
            self.recorders = (*self.recorders, recorder)

    def remove(self, recorder: Recorder) -> None:
        """No more."""
        with self._changing:
            self.recorders = tuple(other for other in self.recorders if other is not recorder)
            if not self.recorders:
                recorder.source.decoder.overheard = None

    def noted(self, us: int, code: str, body: Mapping[str, Any]) -> None:
        """People said something, at Unix time in microseconds: it goes into all that is recorded."""
        for recorder in self.recorders:
            recorder.noted(us, code, body)

    # -- Listener --------------------------------------------------------------------------------------

    def heard(self, events: Sequence[ServerSentEvent], size: int, at: float) -> int | None:
        """A read brought these."""
        recorders = self.recorders
        if not recorders:
            return self.listener.heard(events, size, at)
        overheard = _taken(recorders[0].source)
        for recorder in recorders:
            recorder.heard(events, size, at, overheard)
        try:
            return self.listener.heard(events, size, at)
        finally:
            for recorder in recorders:
                recorder.passed_on(at)

    def came_again(self, events: Sequence[ServerSentEvent], at: float) -> None:
        """These came a second time."""
        for recorder in self.recorders:
            recorder.came_again(events, at)
        self.listener.came_again(events, at)

    def moved(self, status: ConnectionStatus) -> None:
        """The connection is in another state."""
        for recorder in self.recorders:
            recorder.moved(status)
        self.listener.moved(status)


def _taken(source: Source) -> list[tuple[str, Any]]:
    """What the decoder overheard since the last time."""
    overheard = source.decoder.overheard
    if not overheard:
        return []
    taken = overheard.copy()
    overheard.clear()
    return taken


class Recorder:
    """Tells one writer what the source says.

    Args:
        writer: of the file.
        source: who is recorded.
        next_seq: the `seq` that the next row will have.
        now: Unix time.

    Attributes:
        source: as above.
        rows: how many rows have come of what it was told.
    """

    def __init__(
        self, writer: Writer, source: Source, next_seq: Callable[[], int], now: Callable[[], float]
    ) -> None:
        self._writer = writer
        self.source = source
        self._next_seq = next_seq
        self._now = now
        self._started_us = writer.header.started_us
        self._seq = writer.header.first_seq
        self._bytes = 0
        self._lines = source.decoder.lines
        self._oversized = source.decoder.oversized
        self._connections = 0  # of which `open` was written
        self._gaps = source.gaps.count  # of which something was written
        self._written: list[tuple[Gap, bool | None]] = []
        self.rows = 0

    def _us(self, at: float) -> int:
        return round(at * 1e6) - self._started_us

    def begin(self, *, first: bool) -> None:
        """How things stand when it begins; with `first` nothing before it was written."""
        status = self.source.status
        self._connections = self.source.connections
        us = self._us(self._now())
        if first and status.state in ("open", "stale"):
            self._writer.entry(us, "open", self._open())
        if first:
            self._writer.entry(us, "state", self._state(status))

    # -- on the source's thread ------------------------------------------------------------------------

    def heard(
        self, events: Sequence[ServerSentEvent], size: int, at: float, overheard: list[tuple[str, Any]]
    ) -> None:
        """A read."""
        us, writer = self._us(at), self._writer
        self._bytes += size
        if events and (stop := self._next_seq()) != self._seq:
            self._seq = stop
            writer.entry(us, "seq", stop)
        for code, body in overheard:
            writer.entry(us, code, body)
        decoder = self.source.decoder
        if (fresh := decoder.oversized - self._oversized) > 0:
            self._oversized = decoder.oversized
            for event, own in tuple(decoder.skipped)[-fresh:]:
                known = {"event": event} if own is None else {"event": event, "id": own}
                reason = f"larger than {decoder.max_event_bytes:,} bytes"
                writer.entry(us, "bad", {**known, "reason": reason})
        if events:
            writer.events(us, events, size)

    def came_again(self, events: Sequence[ServerSentEvent], at: float) -> None:
        """What was dropped as a duplicate."""
        self._writer.events(self._us(at), events, sum(len(event.data) for event in events), "dup")

    def passed_on(self, at: float) -> None:
        """The listener had the read: now it is known what that made of it."""
        before, self._seq = self._seq, self._next_seq()
        self.rows += self._seq - before
        for place, (gap, recovered) in enumerate(self._written):
            if gap.recovered is not recovered:
                self._written[place] = gap, gap.recovered
                body = {"start": self._us(gap.start) / 1e6, "recovered": gap.recovered}
                self._writer.entry(self._us(at), "fill", body)

    # -- from any thread -------------------------------------------------------------------------------

    def noted(self, us: int, code: str, body: Mapping[str, Any]) -> None:
        """What people said; nobody changes it any more."""
        self._writer.entry(us - self._started_us, code, body)

    def moved(self, status: ConnectionStatus) -> None:
        """A state, and what it means for gaps."""
        source, us = self.source, self._us(self._now())
        if status.state == "open" and source.connections != self._connections:
            self._connections = source.connections
            if (gap := source.gaps.newest) is not None and gap.end is not None and not self._knows(gap):
                self._written = [*self._written, (gap, gap.recovered)][-REMEMBERED:]
                self._writer.entry(us, "gap", self._gap(gap))
            self._writer.entry(us, "open", self._open())
        self._writer.entry(us, "state", self._state(status))

    def end(self) -> None:
        """The last words: a gap that has not ended, and how things stood."""
        us = self._us(self._now())
        if (gap := self.source.gaps.newest) is not None and gap.end is None:
            self._writer.entry(us, "gap", self._gap(gap))
        self._writer.entry(us, "state", self._state(self.source.status))

    def _knows(self, gap: Gap) -> bool:
        return any(known is gap for known, _ in self._written)

    def _open(self) -> dict[str, Any]:
        source = self.source
        gap = source.gaps.newest
        return {
            "connection": source.connections,
            "resumed_from": source.resumed_from,
            "recovered": gap.recovered if gap is not None and source.connections > 1 else None,
        }

    def _gap(self, gap: Gap) -> dict[str, Any]:
        return {
            "start": self._us(gap.start) / 1e6,
            "end": None if gap.end is None else self._us(gap.end) / 1e6,
            "reason": gap.reason[:LONGEST],
            "recovered": gap.recovered,
            "last_event_id": gap.last_event_id,
        }

    def _state(self, status: ConnectionStatus) -> dict[str, Any]:
        state: dict[str, Any] = {
            "state": status.state,
            "cause": status.cause[:LONGEST],
            "attempt": status.attempt,
        }
        if status.since is not None:
            state["since"] = self._us(status.since.timestamp()) / 1e6
        if status.next_retry_at is not None:
            state["retry_at"] = self._us(status.next_retry_at.timestamp()) / 1e6
        gaps = self.source.gaps
        if gaps.count > self._gaps:
            self._gaps = gaps.count
            if (gap := gaps.newest) is not None:
                state["lost"] = [self._us(gap.start) / 1e6, gap.reason[:LONGEST]]
        state["bytes"] = self._bytes
        state["lines"] = self.source.decoder.lines - self._lines
        return state
