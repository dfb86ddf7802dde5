"""What is kept already, as the lines of a recording.

The law: the lines are in the order in which things came; rows that came together have one time. Where rows
are left out, those behind are numbered anew. Of what is kept only as a row the wire's own line is made again:
read again it gives that row. What is in a recording keeps its line, and its time: a part of it differs from
it by what it lacks, and says that a gap was not refilled before the rows that came with this.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from sse_notebook.journal.cast import Entry
from sse_notebook.journal.reading import Cast
from sse_notebook.source import ConnectionStatus
from sse_notebook.source.continuity import Gap
from sse_notebook.source.notes import Note
from sse_notebook.store.snapshot import Snapshot
from sse_notebook.wire import ServerSentEvent

__all__ = ["Again", "Mark", "entries_of", "mark_of", "reads", "started_of"]

PART: Final = 10_000  # rows that are read at once
LONGEST: Final = 2_000  # characters of a cause
FARTHEST: Final = 1e10  # seconds between a note and what it is about
CONNECTION: Final = frozenset({"open", "state", "gap", "fill"})
NUMBERED: Final = frozenset({"seq", "dup"})  # which a part, that has numbers of its own, can't have


class Mark(NamedTuple):
    """A note: when it was made, and for when it is, in microseconds since 1970; and its text."""

    us: int
    at_us: int
    text: str


def mark_of(us: int, body: Any, started_us: int) -> Mark | None:
    """The note that a recording has at a moment, counted from 1970; None: it is none."""
    said = body if isinstance(body, dict) else {"text": body}
    if not isinstance(text := said.get("text"), str):
        return None
    at = said.get("at")
    if isinstance(at, int | float) and not isinstance(at, bool) and abs(at) < FARTHEST:
        return Mark(us, started_us + round(at * 1e6), text)
    return Mark(us, us, text)


class Again:
    """The lines of a recording, to be written again.

    Args:
        cast: the file.
        whole: all of it; else only the rows' events, and what the connection went through.
        start_us, end_us: of notes and the like, only those at or after the one, and before the other.
    """

    def __init__(
        self, cast: Cast, *, whole: bool, start_us: int | None = None, end_us: int | None = None
    ) -> None:
        self.started_us = cast.header.started_us
        self._cast, self._whole = cast, whole
        self._start_us, self._end_us = start_us, end_us

    def entries(self, snapshot: Snapshot) -> Iterator[Entry]:
        """The lines, with the events of these rows."""
        rows = _rows(snapshot, self.started_us)
        row = next(rows, None)
        for piece in self._cast.pieces():
            for entry in piece if self._whole else _losses_first(piece):
                if entry.code == "end":
                    continue
                if self._whole:
                    yield entry
                elif entry.code == "ev":
                    if row is not None and _same(entry, row):
                        yield entry
                        row = next(rows, None)
                elif entry.code in CONNECTION or (entry.code not in NUMBERED and self._within(entry)):
                    yield _without_seq(entry)
        if not self._whole and row is not None:  # they have lines; whatever became of these, none is lost
            yield row
            yield from rows

    def _within(self, entry: Entry) -> bool:
        us = self.started_us + entry.us
        if entry.code == "mark" and (mark := mark_of(us, entry.body, self.started_us)) is not None:
            us = mark.at_us
        return (self._start_us is None or us >= self._start_us) and (
            self._end_us is None or us < self._end_us
        )


def _losses_first(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The same, but that what came in one read stands behind the line that it did not refill a gap.

    Who says so first is the server's greeting, before those rows. A part lacks it: it is no row.
    """
    read: list[Entry] = []
    for entry in entries:
        same = bool(read) and entry.us == read[0].us
        if same and entry.code == "fill" and _lost(entry.body):
            yield entry
        elif entry.code == "ev" and (same or not read):
            read.append(entry)
        else:
            yield from read
            read = [entry] if entry.code == "ev" else []
            if entry.code != "ev":
                yield entry
    yield from read


def _lost(body: Any) -> bool:
    return isinstance(body, dict) and body.get("recovered") is False


def _without_seq(entry: Entry) -> Entry:
    """An acknowledgement names an event by its id alone, where rows are numbered anew."""
    if entry.code != "ack" or not isinstance(entry.body, dict):
        return entry
    return entry._replace(body={name: value for name, value in entry.body.items() if name != "seq"})


def _same(entry: Entry, row: Entry) -> bool:
    """Whether a line is that of a row."""
    return (entry.us, entry.body.data, entry.body.own_id or None) == (
        row.us,
        row.body.data,
        row.body.own_id or None,
    )


def started_of(
    snapshot: Snapshot,
    gaps: Iterable[Gap],
    states: Sequence[ConnectionStatus],
    notes: Sequence[Mark | Note],
    now_us: int,
) -> int:
    """When a recording of this begins: with the first of what it has, in microseconds."""
    times = [now_us, *(note.us for note in notes), *(round(gap.start * 1e6) for gap in gaps)]
    times += [round(status.since.timestamp() * 1e6) for status in states if status.since is not None]
    received = snapshot.number("received_us")
    return min(times) if not len(received) else min(int(received.min()), *times)


def entries_of(
    snapshot: Snapshot,
    started_us: int,
    now_us: int,
    *,
    gaps: Iterable[Gap] = (),
    states: Iterable[ConnectionStatus] = (),
    marks: Iterable[Mark] = (),
    said: Iterable[Note] = (),
) -> Iterator[Entry]:
    """The lines.

    Args:
        snapshot: the rows.
        started_us: when the recording begins.
        now_us: when it ends: what came last may be long ago.
        gaps: of the connection.
        states: that it was in.
        marks: of people.
        said: what they said of alerts, in the order of its times.
    """
    rows = _rows(snapshot, started_us)
    connection = _connection(tuple(gaps), tuple(states), started_us, now_us)
    noted = sorted((mark.us - started_us, 2, _mark(mark, started_us)) for mark in marks)
    alerts = ((note.us - started_us, 3, Entry(note.us - started_us, note.code, note.body)) for note in said)
    # What the connection did comes before what came in the same moment.
    told = heapq.merge(
        ((us, 0, entry) for us, entry in connection),
        ((entry.us, 1, entry) for entry in rows),
        noted,
        alerts,
        key=lambda item: item[:2],
    )
    for _, _, entry in told:
        yield entry


def _mark(mark: Mark, started_us: int) -> Entry:
    body: dict[str, Any] = {"text": mark.text}
    if mark.at_us != mark.us:
        body["at"] = (mark.at_us - started_us) / 1e6
    return Entry(mark.us - started_us, "mark", body)


def _rows(snapshot: Snapshot, started_us: int) -> Iterator[Entry]:
    received = snapshot.number("received_us")
    texts = snapshot.texts()
    columns = [texts[name] for name in ("event_type", "data", "id")]
    for done in range(0, len(received), PART):
        part = slice(done, done + PART)
        values = [column[part].to_pylist() for column in columns]
        for us, event, data, own in zip(received[part].tolist(), *values, strict=True):
            yield Entry(
                us - started_us, "ev", ServerSentEvent(event or "message", data or "", own or "", own)
            )


def _connection(
    gaps: Sequence[Gap], states: Sequence[ConnectionStatus], started_us: int, now_us: int
) -> Iterator[tuple[int, Entry]]:
    """The states, in order, each gap before the one that ended it; then, as at any end, how things stand."""

    def since(at: float) -> float:
        return (round(at * 1e6) - started_us) / 1e6

    waiting = list(gaps)
    connections, us = 0, 0
    open_since = None
    state: dict[str, Any] = {}
    for status in states:
        if status.since is None:
            continue
        at = status.since.timestamp()
        us = round(at * 1e6) - started_us
        if status.state == "open" and open_since is None:
            recovered, resumed_from = None, ""
            while waiting and waiting[0].end is not None and waiting[0].end <= at:
                gap = waiting.pop(0)
                recovered, resumed_from = gap.recovered, gap.last_event_id
                yield us, Entry(us, "gap", {
                    "start": since(gap.start),
                    "end": since(gap.end if gap.end is not None else at),
                    "reason": gap.reason[:LONGEST],
                    "recovered": recovered,
                    "last_event_id": resumed_from,
                })  # fmt: skip
            connections += 1
            body = {"connection": connections, "resumed_from": resumed_from, "recovered": recovered}
            yield us, Entry(us, "open", body)
        open_since = at if status.state in ("open", "stale") else None
        state = {
            "state": status.state,
            "cause": status.cause[:LONGEST],
            "attempt": status.attempt,
            "since": since(at),
        }
        if status.next_retry_at is not None:
            state["retry_at"] = since(status.next_retry_at.timestamp())
        yield us, Entry(us, "state", state)
    last_us = max(us, now_us - started_us)
    for gap in waiting:  # what has not ended
        if gap.end is None:
            yield last_us, Entry(last_us, "gap", {
                "start": since(gap.start),
                "end": None,
                "reason": gap.reason[:LONGEST],
                "recovered": None,
                "last_event_id": gap.last_event_id,
            })  # fmt: skip
    if state:
        yield last_us, Entry(last_us, "state", state)


def reads(entries: Iterable[Entry]) -> Iterator[tuple[int, str, Any]]:
    """The same for a writer: events that came together in one piece."""
    for (us, code), group in groupby(entries, key=lambda entry: (entry.us, entry.code)):
        if code in ("ev", "dup"):
            yield us, code, [entry.body for entry in group]
        else:
            for entry in group:
                yield us, code, entry.body
