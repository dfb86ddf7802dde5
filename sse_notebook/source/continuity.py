"""What was missed between two connections, as far as it is known; and what came twice.

The law: between two connections there is a gap, always, with a reason; that it was refilled, or was not, is
said only on the server's word, or where nobody asked for it. An event is taken for one that came before only
if its id and its content are the same, its id was never used twice, and it stands where a server sends again:
at the beginning of a connection that resumes, before anything new. However often a source connects again,
what is kept is bounded: by `KEPT`, `REMEMBERED` and `REMEMBERED_SIZE`. Pure; time is handed in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

from sse_notebook.wire import ServerSentEvent

__all__ = ["BY_USER", "NAMELESS", "REMEMBERED", "Gap", "Gaps", "Replay", "Sifted", "server_knew"]

BY_USER = "by user"

KEPT = 10_000  # gaps; a stream that has more of them has other worries

# What is remembered of the newest events, to know them again: so many, of so many bytes in all.
REMEMBERED = 10_000
REMEMBERED_SIZE = 8 * 2**20
# Forgotten in pieces. Small reads share one, or each event that came alone would have a list of its own.
PIECE = 64
PIECE_SIZE = REMEMBERED_SIZE // PIECE

# The name of an event that is remembered without it: no event on the wire has this one.
NAMELESS = ""

# Names of messages with which servers begin a connection, before what they send again.
GREETINGS = frozenset({"connected", "open", "stream-open", "hello", "welcome", "ready"})


@dataclass(slots=True)
class Gap:
    """A hole between two connections.

    Attributes:
        start: when the last byte before it came: Unix time in seconds.
        end: when the next connection was open; None: not yet.
        reason: why the connection ended, in plain words.
        recovered: whether the server sent what was missed; None: it is not known.
        last_event_id: where the next connection resumed from; `""`: nowhere.
        promised: the server has said that it sends what was missed, and is not done with it.
    """

    start: float
    end: float | None
    reason: str
    recovered: bool | None
    last_event_id: str
    promised: bool = False


class Gaps:
    """The gaps of one source, oldest first. Touched on its thread, or with its lock held.

    Attributes:
        count: how many there were.
    """

    def __init__(self) -> None:
        self._gaps: deque[Gap] = deque(maxlen=KEPT)
        self.count = 0

    def lost(self, at: float, reason: str) -> None:
        """A connection that was open has ended; nothing was heard since `at`."""
        if (before := self.newest) is not None and before.reason == reason:
            reason = before.reason  # a server that always fails in one way has one text for it
        self._gaps.append(Gap(at, None, reason, None, ""))
        self.count += 1

    def opened(self, at: float, *, resumed_from: str, knew: bool | None) -> None:
        """The next connection is open.

        Args:
            at: when.
            resumed_from: the id it resumes from; `""`: there was none, so nothing is sent again.
            knew: what the server said of that id.
        """
        if (gap := self.newest) is not None and gap.end is None:
            gap.end = at
            gap.last_event_id = resumed_from
            gap.recovered = knew if resumed_from else False
            gap.promised = gap.recovered is True  # said before any of it came
            before = self._gaps[-2] if len(self._gaps) > 1 else None
            if before and before.promised and not gap.promised and before.last_event_id == resumed_from:
                before.recovered = None  # nothing of it came

    def promised(self) -> None:
        """The server says that it sends what was missed in the newest gap; that is not done yet."""
        if (gap := self.newest) is not None and gap.end is not None:
            gap.promised = True

    def said(self, recovered: bool) -> None:
        """The newest gap was refilled, or the server says that it can't be."""
        if (gap := self.newest) is None or gap.end is None:
            return
        gap.recovered = recovered
        for earlier in islice(reversed(self._gaps), 1, None):
            if recovered and earlier.promised and earlier.recovered is None:
                earlier.recovered = True  # what was cut there has come now
            elif not recovered and earlier.recovered is False and earlier.last_event_id == gap.last_event_id:
                earlier.recovered = None  # one hole, admitted twice: nothing came in between
            else:
                break

    @property
    def newest(self) -> Gap | None:
        """The newest gap."""
        return self._gaps[-1] if self._gaps else None

    def __iter__(self) -> Iterator[Gap]:
        return iter(tuple(self._gaps))


def server_knew(headers: Mapping[str, str], asked: str) -> bool | None:
    """Whether the server knew the id that it was asked to resume from; None where it does not say.

    Mercure: "the hub MUST set this header [`Last-Event-ID` in the response] to the value of the `id` of the
    event preceding the first one sent"; another value than the one asked for means that events were lost.

    Example:
        >>> server_knew({"mercure-last-event-id": "7"}, "7"), server_knew({}, "7")
        (True, None)
    """
    said = headers.get("last-event-id", headers.get("mercure-last-event-id"))
    return None if said is None or not asked else said.strip() == asked.strip()


class Sifted(NamedTuple):
    """The events of a read: those that are new, and those that came before."""

    new: list[ServerSentEvent]
    again: list[ServerSentEvent]


class Replay:
    """Knows events again that a server sends twice around a reconnection.

    Example:
        >>> replay, one = Replay(), ServerSentEvent(data="x", id="1", own_id="1")
        >>> _ = replay.sift([one], size=14)
        >>> replay.begin(resumed=True)
        >>> len(replay.sift([one], size=14).again)
        1
    """

    def __init__(self) -> None:
        self._recent = _Newest()
        # By id, of the oldest `_indexed` events of `_recent`: the newest that has it. Made when a connection
        # resumes, and only of what is new then.
        self._index: dict[str, ServerSentEvent] = {}
        self._indexed = 0
        # Of the index: ids that stood twice, and are no identity; and what has come again on this connection,
        # which it can't do twice.
        self._twice: set[str] = set()
        self._matched: dict[str, ServerSentEvent] = {}
        self._open = False  # a server may be sending again
        # A server that sends all again begins with what was forgotten: then the first that is known is one of
        # the oldest that are remembered. Until it comes the others are put aside, or they would push out what
        # they are to be told from; and when it has come they are older than that.
        self._gone = 0  # events that were forgotten
        # So many may come before it, some of them from before our time; 0: it is not waited for.
        self._unknown = 0
        self._oldest: frozenset[str | None] = frozenset()
        self._aside: _Newest | None = None

    def begin(self, *, resumed: bool) -> None:
        """A connection is open. If it resumes from an id, what is remembered may come again."""
        self._believe()
        self._open = resumed
        self._unknown = self._gone + REMEMBERED if resumed and self._gone else 0
        if not resumed:
            return
        index = self._index
        index.update(self._matched)
        self._matched.clear()
        recent = self._recent
        newest_first = chain.from_iterable(map(reversed, reversed(recent.pieces)))
        for event in reversed([*islice(newest_first, recent.number - self._indexed)]):
            if (own := event.own_id) is not None:
                if own in index:
                    self._twice.add(own)
                index[own] = event
        self._indexed = recent.number

    def sift(self, events: list[ServerSentEvent], size: int) -> Sifted:
        """Tell what is new from what came before; remember what is new.

        Args:
            events: of one read, in order.
            size: the bytes of that read.
        """
        if not self._open or not events:
            self._remember(events, size)
            return Sifted(events, [])
        if self._aside is not None and self._oldest.isdisjoint([event.own_id for event in events]):
            self._remember(events, size)
            return Sifted(events, [])
        new: list[ServerSentEvent] = []
        again: list[ServerSentEvent] = []
        older = 0  # so many of the new ones are older than what is remembered
        for event in events:
            if self._open and event.own_id is not None:
                if self._came_before(event, event.own_id):
                    self._matched[event.own_id] = self._index.pop(event.own_id)
                    again.append(event)
                    self._unknown = 0
                    if self._aside is not None:
                        self._aside, older = None, len(new)
                    continue
                # Something new: from here on nothing comes again. But a greeting says nothing of that.
                if event.event not in GREETINGS and self._aside is None:
                    self._look_for_the_oldest()
            new.append(event)
        self._remember(new[older:], size)
        return Sifted(new, again)

    def _look_for_the_oldest(self) -> None:
        """Something unknown came: it is new, or was forgotten."""
        self._open = self._unknown > 0
        if self._open:
            oldest = islice(chain.from_iterable(self._recent.pieces), PIECE)
            self._oldest = frozenset(event.own_id for event in oldest) - self._twice - {None}
            self._aside = _Newest()

    def _believe(self) -> None:
        """What was put aside is new."""
        if self._aside is not None:
            aside, self._aside = self._aside, None
            for piece, size in zip(aside.pieces, aside.sizes, strict=True):
                self._remember(piece, size)
            self._open = False

    def _came_before(self, event: ServerSentEvent, own: str) -> bool:
        if self._aside is not None and own not in self._oldest:
            return False
        before = self._index.get(own)
        if before is None or own in self._twice:
            return False
        return before.data == event.data and before.event in (event.event, NAMELESS)

    def _remember(self, events: list[ServerSentEvent], size: int) -> None:
        if not events:
            return
        if self._aside is not None:
            self._aside.add(events, size)
            self._aside.forget()
            self._unknown -= len(events)
            if self._unknown <= 0:
                self._believe()
            return
        self._recent.add(events, size)
        for gone in self._recent.forget():
            self._forget(gone)

    def _forget(self, gone: list[ServerSentEvent]) -> None:
        self._gone += len(gone)
        if not self._indexed:
            return
        self._indexed = max(0, self._indexed - len(gone))
        for event in gone:
            own = event.own_id or ""
            if self._index.get(own) is event:  # as long as a newer one has that id, it is known of it
                del self._index[own]
                self._twice.discard(own)
            elif self._matched.get(own) is event:
                del self._matched[own]


class _Newest:
    """The newest events, in pieces, oldest first.

    Attributes:
        pieces, sizes: the pieces, and the bytes of each.
        number: how many events there are.
    """

    def __init__(self) -> None:
        self.pieces: deque[list[ServerSentEvent]] = deque()
        self.sizes: deque[int] = deque()
        self.number = 0
        self._size = 0

    def add(self, events: list[ServerSentEvent], size: int) -> None:
        """Add the events of a read."""
        pieces, sizes, number = self.pieces, self.sizes, len(events)
        if pieces and len(pieces[-1]) + number <= PIECE and sizes[-1] + size <= PIECE_SIZE:
            pieces[-1].extend(events)
            sizes[-1] += size
        else:
            # The list of a read is whoever's it is told to: what grows is our own.
            pieces.append(events if number >= PIECE else events.copy())
            sizes.append(size)
        self.number += number
        self._size += size

    def forget(self) -> list[list[ServerSentEvent]]:
        """Let go of the oldest pieces if there is too much; returns them."""
        gone = []
        while len(self.pieces) > 1 and (self.number > REMEMBERED or self._size > REMEMBERED_SIZE):
            gone.append(self.pieces.popleft())
            self.number -= len(gone[-1])
            self._size -= self.sizes.popleft()
        return gone
