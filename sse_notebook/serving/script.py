"""What a client of a served recording gets: from where on, what of it, and when.

The law: pure: a request and the lines of a recording give a list of steps. Each request begins by itself at
the recording's beginning, or behind what it says that it has: two clients get the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.moments import moment_us, spelled_us
from sse_notebook.events.types import matches_type
from sse_notebook.filters import Selection
from sse_notebook.filters.selection import FILTERS
from sse_notebook.journal import Entry
from sse_notebook.wire import ServerSentEvent
from sse_notebook.wire.encoder import encode, encode_comment, encode_retry

__all__ = ["Begin", "Step", "Wanted", "beginning", "script"]

CLEAN: Final = "the server ended"  # how the reason of a gap begins where the connection was not broken


class Step(NamedTuple):
    """One thing to do.

    Attributes:
        us: when, in microseconds since the recording began.
        data: what is sent.
        cut: the connection ends after it: at a hole, by an `"end"` or a `"break"` in the middle of things, or
            because all is `"over"`; None: it goes on.
        place: the number of the next line: from where another connection goes on.
        resumable: the newest event that was sent has an id, by which a client can say where it is.
    """

    us: int
    data: bytes
    cut: str | None
    place: int
    resumable: bool


class Begin(NamedTuple):
    """Where to begin.

    Attributes:
        place: with which line.
        over: there is no event behind it: the client has all.
    """

    place: int
    over: bool


@dataclass(frozen=True)
class Wanted:
    """Which events a request asks for.

    Attributes:
        selection: by the four filters.
        types: names or globs, of which one must fit; none: all.
        vocabulary: how events are read.
    """

    selection: Selection
    types: tuple[str, ...]
    vocabulary: Vocabulary

    @classmethod
    def of(cls, query: Mapping[str, list[str]], vocabulary: Vocabulary) -> Wanted:
        """What a query asks for.

        Raises:
            ArgumentError: it can't be read.
        """
        filters = {name: query[name] for name in FILTERS if query.get(name)}
        types = [name.strip() for text in query.get("event_types", []) for name in text.split(",")]
        return cls(Selection(**filters), tuple(filter(None, types)), vocabulary)

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.selection or self.types)

    def fits(self, message: ServerSentEvent) -> bool:
        """Whether a message is sent; those of the connection itself always are."""
        read = self.vocabulary.read(message, 0)
        if not isinstance(read, Event):
            return True
        return self.selection.test(read) and (
            not self.types or any(self._named(name, read) for name in self.types)
        )

    def brings(self, message: ServerSentEvent) -> bool:
        """Whether a message is an event that is sent: none of the connection itself."""
        return isinstance(self.vocabulary.read(message, 0), Event) and (not self or self.fits(message))

    @staticmethod
    def _named(name: str, event: Event) -> bool:
        return matches_type(name, event.type, event.event_type, event.status)


def beginning(
    lines: Callable[[], Iterable[Entry]],
    started_us: int,
    last_event_id: str | None,
    since: str | None,
    wanted: Wanted,
) -> Begin:
    """Where a request begins: behind the newest event with its id; else at its time; else at the beginning.

    Where it asks for some events only, and from there on none of them comes, it is over: who waited for one
    would wait for ever. An id that nothing has: at its time, or the beginning. A length of time is one before
    the recording's end.

    Raises:
        ArgumentError: `since` is no time.
    """
    since_us = None
    if since:
        end_us = 0 if spelled_us(since) is None else max((us for us, _, _ in lines()), default=0)
        since_us = moment_us(since, started_us + end_us, "since", before="the recording's end") - started_us
    behind: int | None = None
    at: int | None = None
    newest, over = -1, True
    nothing = bool(wanted)  # of what is asked for, from its time on
    for place, (us, code, body) in enumerate(lines()):
        if code != "ev":
            continue
        newest = place
        if last_event_id and body.own_id == last_event_id:
            behind, over = place + 1, True
        elif behind is not None and over:
            over = not wanted.brings(body)
        if since_us is not None and at is None and us >= since_us:
            at = place
        if nothing and (since_us is None or at is not None):
            nothing = not wanted.brings(body)
    if behind is not None:
        return Begin(behind, over)
    if since_us is not None:
        return Begin(newest + 1 if at is None else at, nothing)
    return Begin(0, nothing)


def script(entries: Iterable[Entry], place: int, wanted: Wanted, *, faults: bool) -> Iterator[Step]:
    """What is sent from some line on.

    Args:
        entries: all lines of the recording.
        place: with which of them to begin.
        wanted: which events.
        faults: cut the connection where it was cut, and send twice what was sent twice.
    """
    at, data, resumable = 0, bytearray(), False
    sent = False  # something has gone over this connection: then it can be cut
    number = place
    for number, (us, code, body) in enumerate(entries):
        if number < place:
            continue
        if data and us != at:
            yield Step(at, bytes(data), None, number, resumable)
            data.clear()
        at = us
        if code == "ev":
            if wanted and not wanted.fits(body):
                continue
            # Messages of the connection itself have no ids: who has the event before them can still resume.
            resumable = body.own_id is not None or (resumable and not wanted.brings(body))
        piece, how = _piece(code, body, faults=faults)
        data += piece
        sent = sent or bool(piece)
        if how is not None and sent:
            yield Step(at, bytes(data), how, number + 1, resumable)
            return
    yield Step(at, bytes(data), "over", number + 1, resumable)


def _piece(code: str, body: Any, *, faults: bool) -> tuple[bytes, str | None]:
    """What a line sends, and whether it ends the connection."""
    try:
        if code == "ev" or (code == "dup" and faults):
            return encode([body]), None
    except ArgumentError:
        return b"", None  # no wire has brought that
    if code == "cm" and isinstance(body, str):
        return encode_comment(body), None  # with no blank line: some clients take one for an event
    if code == "retry" and isinstance(body, int) and not isinstance(body, bool) and body >= 0:
        return encode_retry(body), None
    if code == "gap" and faults:
        reason = body.get("reason") if isinstance(body, Mapping) else None
        return b"", "end" if isinstance(reason, str) and reason.startswith(CLEAN) else "break"
    return b"", None
