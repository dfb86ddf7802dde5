"""What was dropped, in one piece of memory: nobody may ever look at it.

The law: what is packed comes out as it went in. To pack is cheap, and to let go of it costs nothing:
thousands of texts that nobody touched for long are not looked up one by one to be freed.

Messages are packed as they came, and become rows when somebody looks: the same vocabulary reads the same of
them. Not where a user's own rule has a say, which may give something else each time: then rows are packed.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec

from sse_notebook.events import Vocabulary
from sse_notebook.events.batch import COLUMNS, Batch
from sse_notebook.events.event import Origin
from sse_notebook.wire import ServerSentEvent

__all__ = ["How", "Packed", "Unread", "nbytes_of"]

Numbers = Sequence[int]

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(list[list[Any]])
_WIRE: Final = tuple(map(attrgetter, ("event", "data", "own_id")))


class How(NamedTuple):
    """How messages are read: as `Vocabulary.read_all` takes it."""

    vocabulary: Vocabulary
    received_us: int
    source: str
    origin: Origin

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
    """

    __slots__ = ("_how", "_rows", "messages")

    def __init__(self, messages: Sequence[ServerSentEvent], how: How) -> None:
        self.messages = messages
        self._how = how
        self._rows: Batch | None = None

    @property
    def rows(self) -> Batch:
        """The rows that they give."""
        if self._rows is None:
            self._rows = self._how.rows(self.messages)
        return self._rows

    def among(self, messages: Sequence[ServerSentEvent]) -> Unread:
        """Others, to be read alike."""
        return Unread(messages, self._how)

    def pick(self, rows: Sequence[int]) -> Unread:
        """Some of them, in this order."""
        return self.among([self.messages[row] for row in rows])

    def __len__(self) -> int:
        return len(self.messages)


class Packed:
    """Rows, packed.

    Args:
        rows: these, or the messages that give them.
        more: numbers that belong to them.

    Attributes:
        nbytes: characters of their payloads.

    Example:
        >>> rows = Vocabulary().read_all([ServerSentEvent(data='{"type": "edit"}')], received_us=1).rows
        >>> packed = Packed(rows, [7])
        >>> len(packed), packed.nbytes, packed.unpacked()[1], packed.rows[0]
        (1, 16, [[7]], <Event -1 info: edit>)
    """

    __slots__ = ("_kept", "_like", "_number", "nbytes")

    def __init__(self, rows: Batch | Unread, *more: Numbers) -> None:
        self._number = len(rows)
        self._like = rows.among(()) if isinstance(rows, Unread) else None
        if isinstance(rows, Unread):
            columns: list[Sequence[Any]] = [list(map(each, rows.messages)) for each in _WIRE]
            self.nbytes = sum(map(len, columns[1]))
        else:
            columns = list(rows.columns.values())
            self.nbytes = sum(map(len, rows.columns["raw"]))
        self._kept: bytes | tuple[Batch | Unread, tuple[Numbers, ...]]
        try:
            self._kept = _ENCODER.encode(list(map(_listed, (*columns, *more))))
        except (TypeError, ValueError, OverflowError):  # half a character, a number beyond 64 bits
            self._kept = (rows, more)

    @property
    def rows(self) -> Batch:
        """The rows, made anew."""
        return self.unpacked()[0]

    def unpacked(self) -> tuple[Batch, Sequence[Numbers]]:
        """The rows, and the numbers, made anew."""
        if isinstance(self._kept, tuple):
            rows, more = self._kept
            return rows.rows if isinstance(rows, Unread) else rows, more
        lists = _DECODER.decode(self._kept)
        if self._like is None:
            return Batch(dict(zip(COLUMNS, lists, strict=False))), lists[len(COLUMNS) :]
        messages = [
            ServerSentEvent(event, data, own_id or "", own_id)
            for event, data, own_id in zip(*lists[: len(_WIRE)], strict=True)
        ]
        return self._like.among(messages).rows, lists[len(_WIRE) :]

    def __len__(self) -> int:
        return self._number


def nbytes_of(rows: Batch | Unread) -> int:
    """Characters of their payloads."""
    if isinstance(rows, Unread):
        return sum(len(message.data) for message in rows.messages)
    return sum(map(len, rows.columns["raw"]))


def _listed(column: Sequence[Any]) -> Sequence[Any]:
    """A column as one that can be packed."""
    return column if isinstance(column, list | tuple) else list(column)
