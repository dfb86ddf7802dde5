"""What a read brings that takes no row, and where it stood among what came.

The law: what was dropped has a place among the rows, though it is none: behind those that came before it,
before the others. Only what is looked at is worked out; for the rest lists are kept that there are anyway.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sse_notebook.events.batch import Batch, pick
from sse_notebook.events.vocabulary import Reading
from sse_notebook.intake.unread import How, Unread
from sse_notebook.wire import ServerSentEvent

__all__ = ["Lost", "Places", "Spot"]


class Spot(NamedTuple):
    """Where one thing stood. Spots are ordered as things came.

    Attributes:
        before: the `seq` of the first row that came behind it, or would have; of a row, the number after its
            own.
        message: the number of its message, of all that ever came; of a row -1: it is the last before that.
    """

    before: int
    message: int


class Places(NamedTuple):
    """Where things that take no row stood in a run of messages.

    Attributes:
        at: for each the number of its message in that run, growing.
        rows: those of the messages that became rows, likewise.
        seq: of the first of these rows.
        message: the number of the first message, of all that ever came.

    Example:
        >>> places = Places(at=[0, 3], rows=[1, 2, 4], seq=10, message=100)
        >>> list(map(places.spot, range(2)))
        [Spot(before=10, message=100), Spot(before=12, message=103)]
    """

    at: Sequence[int] = ()
    rows: Sequence[int] = ()
    seq: int = 0
    message: int = 0

    def spot(self, row: int) -> Spot:
        """Where one of them stood; all in one place, where none of them is known to have one."""
        if not self.at:
            return Spot(self.seq, self.message)
        at = self.at[row]
        return Spot(self.seq + bisect_right(self.rows, at), self.message + at)

    def without(self, oldest: int) -> Places:
        """The same, but for so many things at the beginning."""
        return self._replace(at=self.at[oldest:]) if oldest else self


Part = tuple[Batch | Unread, str, str | None, Places]


class Lost:
    """What the read at hand lost so far. Touched on the source's thread only.

    Args:
        drop: is given what was lost: the rows, the reason, the clause, and their places.
    """

    def __init__(self, drop: Callable[[Batch | Unread, str, str | None, Places], object]) -> None:
        self._drop = drop
        self._parts: list[Part] = []
        self._seq = 0
        self._message = 0

    def begin(self, seq: int) -> None:
        """A read comes; its first row gets this number."""
        self._seq = seq

    def passed(self, messages: int, rows: int) -> None:
        """A run of messages is done, of which so many became rows."""
        self._message += messages
        self._seq += rows

    def of(
        self,
        messages: Sequence[ServerSentEvent],
        read: Reading,
        kept: Sequence[int],
        refused: Sequence[tuple[Sequence[int], str]],
        how: How,
    ) -> None:
        """All that the run at hand loses.

        Args:
            messages: the run.
            read: what it gave.
            kept: the numbers of those messages that become rows.
            refused: numbers of the rows that a clause refuses, with the clause.
            how: it was read.
        """
        if read.discarded:
            rows = how.of(read.discarded).shown([messages[at] for at in read.discarded])
            self.add(rows, "invalid", "discarded by the vocabulary", read.discarded, kept)
        for others, clause in refused:
            at = pick(read.places, others)
            # To pick their columns is left to who looks, if he gets the same then.
            plain = how.vocabulary.is_plain
            own = Unread(pick(messages, at), how.of(at)) if plain else read.rows.pick(others)
            self.add(own, "filtered", clause, at, kept)

    def add(
        self,
        rows: Batch | Unread,
        reason: str,
        clause: str | None = None,
        at: Sequence[int] = (),
        kept: Sequence[int] = (),
    ) -> None:
        """Something of the run at hand is lost.

        Args:
            rows: as what would have been rows.
            reason: why.
            clause: likewise, as `Dropped.add` takes it.
            at: the numbers of their messages in the run; empty: it is not known.
            kept: the numbers of those messages that become rows.
        """
        self._parts.append((rows, reason, clause, Places(at, kept, self._seq, self._message)))

    def hand_over(self) -> None:
        """The read is counted."""
        for part in self._parts:
            self._drop(*part)
        self._parts.clear()
