"""Messages that are rows only for who looks.

The law: what was dropped is kept as it came, and nobody pays for its columns before he reads them: the same
vocabulary gives the same rows of it. Not where a user's own rule has a say, which may give something else
each time: then there are rows at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from sse_notebook.events import Vocabulary
from sse_notebook.events.batch import Batch, pick
from sse_notebook.events.event import Origin
from sse_notebook.wire import ServerSentEvent, pack, unpack

__all__ = ["How", "Unread", "nbytes_of", "sizes_of", "without"]

_data: Final = attrgetter("data")


class How(NamedTuple):
    """How messages are read: as `Vocabulary.read_all` takes it; each at its own time, or all at one."""

    vocabulary: Vocabulary
    received_us: int | Sequence[int]
    source: str
    origin: Origin

    def of(self, places: Sequence[int]) -> How:
        """How some of the messages are read."""
        times = self.received_us
        return self if isinstance(times, int) else self._replace(received_us=pick(times, places))

    def rows(self, messages: Sequence[ServerSentEvent]) -> Batch:
        """The rows of these."""
        vocabulary, received_us, source, origin = self
        return vocabulary.read_all(messages, received_us, source=source, origin=origin).rows

    def shown(self, messages: Sequence[ServerSentEvent]) -> Batch:
        """The rows of messages that become none, as what they would have been."""
        return self._replace(vocabulary=self.vocabulary.keeping_all()).rows(messages)


class Unread:
    """Messages that become rows when somebody looks.

    Args:
        messages: these; each of them gives a row.
        how: they are read; there are no rules of the user's.

    Example:
        >>> how = How(Vocabulary(), received_us=1, source="", origin="live")
        >>> unread = Unread([ServerSentEvent(data='{"type": "edit"}')], how)
        >>> len(unread), nbytes_of(unread), unread.rows[0]
        (1, 16, <Event -1 info: edit>)
    """

    __slots__ = ("_kept", "_rows", "how")

    def __init__(self, messages: Sequence[ServerSentEvent], how: How) -> None:
        self._kept: Sequence[ServerSentEvent] | bytes = messages
        self._rows = len(messages)
        self.how = how

    @property
    def messages(self) -> Sequence[ServerSentEvent]:
        """The messages."""
        return unpack(self._kept) if isinstance(self._kept, bytes) else self._kept

    @property
    def rows(self) -> Batch:
        """The rows that they give, made anew."""
        return self.how.rows(self.messages)

    def pick(self, rows: Sequence[int]) -> Unread:
        """Some of them, in this order."""
        messages = self.messages
        return Unread([messages[row] for row in rows], self.how.of(rows))

    def pack(self, room: bytearray) -> int:
        """From now on they are kept for long, and seldom looked at; returns the bytes that they take.

        Args:
            room: as `wire.pack` takes it.
        """
        try:
            kept = self._kept = pack(self.messages, room)
        except UnicodeEncodeError:  # what came from no wire
            return nbytes_of(self)
        return len(kept)

    def __len__(self) -> int:
        return self._rows


def nbytes_of(rows: Batch | Unread) -> int:
    """Characters of their payloads."""
    texts = map(_data, rows.messages) if isinstance(rows, Unread) else rows.columns["raw"]
    return sum(map(len, texts))


def sizes_of(rows: Batch | Unread) -> list[int]:
    """Characters of each payload."""
    texts = map(_data, rows.messages) if isinstance(rows, Unread) else rows.columns["raw"]
    return list(map(len, texts))


def without(rows: Batch | Unread, oldest: int) -> Batch:
    """Rows, to be read, but for so many at the beginning."""
    if isinstance(rows, Unread):
        return rows.pick(range(oldest, len(rows))).rows
    return rows.without(oldest) if oldest else rows
