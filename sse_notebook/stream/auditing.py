"""The second connection of an audit: opened, listened to for a while, ended.

The law: however it ends, by its time, by an error or by the user, it leaves no connection, no thread and no
tap behind. It touches nothing of the stream.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from sse_notebook.errors import ArgumentError, ConnectionFailed, WaitTimeout
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.batch import Batch
from sse_notebook.filters import Filter
from sse_notebook.filters.tree import Value
from sse_notebook.source import ConnectionStatus
from sse_notebook.stream.audit import PARAMETERS, Audit, Key, Window, compare, key
from sse_notebook.wire import ServerSentEvent

if TYPE_CHECKING:
    from sse_notebook.stream.parts import Parts

__all__ = ["audit", "requested"]

TURN: Final = 0.1  # seconds between two looks: a virtual clock wakes nobody
MOST: Final = 100_000  # events of each connection that are compared
GRACE: Final = 1.0  # seconds that one connection may be behind the other, of ten that an audit takes
OPENING: Final = 10.0  # seconds that the second connection gets to open, at the least
# What makes a server send again what was: no part of the question.
AGAIN: Final = ("since", "last_event_id")


class _Second:
    """Hears the second connection."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        # Guards what follows, and is notified when some of it changes.
        self.news = threading.Condition()
        self.events: list[Event] = []
        self.status = ConnectionStatus()
        self.opened = 0

    def heard(self, events: Sequence[ServerSentEvent], size: int, at: float) -> None:  # noqa: ARG002 - a Listener
        """A read came."""
        read = self._vocabulary.read_all(events, round(at * 1e6))
        with self.news:
            self.events += islice(read.rows, MOST - len(self.events))
            self.news.notify_all()

    def came_again(self, events: Sequence[ServerSentEvent], at: float) -> None:
        """What came before is no news."""

    def moved(self, status: ConnectionStatus) -> None:
        """The connection is in another state."""
        with self.news:
            self.opened += status.state == "open" and self.status.state == "connecting"
            self.status = status
            self.news.notify_all()


def audit(parts: Parts, asked: Filter, seconds: float) -> Audit:
    """Listen on a second connection that asks for everything, and compare.

    Args:
        parts: the stream's; it must be open.
        asked: which events count.
        seconds: how long, by the stream's clock.

    Raises:
        ArgumentError: `seconds` is no number above 0.
        WaitTimeout: the second connection did not open.
        ConnectionFailed: the server refused it.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 86_400:
        raise ArgumentError(f"seconds must be a number above 0, and at most a day, not {seconds!r:.80}")
    clock, source = parts.clock, parts.source
    second = _Second(parts.store.vocabulary)
    other = source.beside(second, (*PARAMETERS, *AGAIN))
    ours: list[Event] = []

    def tap(rows: Batch) -> None:
        ours.extend(islice(rows, MOST - len(ours)))

    try:
        with parts.intake.taps.on(tap):
            other.start()
            _wait_open(parts, second, max(seconds, OPENING))
            start, until = clock.time(), clock.monotonic() + seconds
            with second.news:
                while (left := until - clock.monotonic()) > 0 and second.status.state != "closed":
                    second.news.wait(min(TURN, left))
            end = clock.time()
            theirs = list(second.events)
            # Before it is closed, which makes another gap.
            down = [(gap.start, gap.end or end) for gap in (*source.gaps, *other.gaps)]
    finally:
        other.close()
    report = Audit(asked, _narrowing(source.asked_for(PARAMETERS)), end - start)
    _note(report, ours, theirs, second)
    stop = min((each[-1].received_us / 1e6 for each in (ours, theirs) if len(each) >= MOST), default=end)
    window = Window(start, stop, min(GRACE, seconds / 10), [each for each in down if each[1] >= start])
    found = compare(ours, theirs, _known(parts, theirs), report, window)
    return found.hiding(parts.log.redact)


def _known(parts: Parts, theirs: Sequence[Event]) -> set[Key]:
    """Which of these the stream has seen, as far as that is remembered: by id, or else by content."""
    ids = {event.id for event in theirs if event.id}
    others = {key(event) for event in theirs if not event.id}
    known: set[Key] = set()
    if ids:
        kept = parts.store.where(id=ids).to_pandas(expand=[])["id"]
        known |= {("id", each) for each in {*kept, *(parts.intake.dropped.ids() & ids)}}
    if others:
        frames = (parts.store.to_pandas(expand=[]), parts.intake.dropped.frame(parts.store.dropped))
        for frame in frames:
            known |= {("content", *each) for each in zip(frame["event_type"], frame["data"], strict=True)}
        known &= others | {each for each in known if each[0] == "id"}
    return known


def _wait_open(parts: Parts, second: _Second, patience: float) -> None:
    clock = parts.clock
    until = clock.monotonic() + patience
    with second.news:
        while not second.opened:
            status = second.status
            if status.state in ("exhausted", "unauthorized", "unauthenticated"):
                raise ConnectionFailed(f"the second connection of the audit did not open: {status.cause}")
            if (left := until - clock.monotonic()) <= 0:
                because = f": {status.cause}" if status.cause else ""
                raise WaitTimeout(f"{patience:g} s passed, and the audit has no second connection{because}")
            second.news.wait(min(TURN, left))


def _narrowing(asked: dict[str, list[str]]) -> dict[str, list[str]]:
    """What of the parameters narrows at all: an empty one, and `resource_type=all`, do not."""
    found = {name: [text for text in values if text] for name, values in asked.items()}
    if types := found.get("event_types"):
        found["event_types"] = [name.strip() for text in types for name in text.split(",") if name.strip()]
    if "all" in found.get("resource_type", ()):
        del found["resource_type"]
    return {name: values for name, values in found.items() if values}


def requested(asked: dict[str, list[str]]) -> str:
    """What the server is asked for that narrows, as a filter says it.

    Example:
        >>> requested({"project_id": ["p-1"], "event_types": ["build_failed,edit"], "resource_type": ["all"]})
        'project_id == "p-1" and event_types=build_failed,edit'
    """
    return " and ".join(
        f"{name}={','.join(values)}" if name == "event_types" else f"{name} == {Value(values[0])}"
        for name, values in _narrowing(asked).items()
    )


def _note(report: Audit, ours: Sequence[Event], theirs: Sequence[Event], second: _Second) -> None:
    if not report.asked:
        report.notes.append("the server was asked for no filter: there is nothing that it could do wrong")
    if second.opened > 1:
        report.notes.append("the second connection broke, and was made anew")
    if max(len(ours), len(theirs)) >= MOST:
        report.notes.append(f"only the first {MOST:,} events were compared: audit a shorter time")
