"""What a server sends again after a hole, and whether the hole is refilled by it.

The law: a gap counts as refilled once all has come that the server announced; the first row after one that
was not says so, once, in whatever connection it comes. Touched on the source's thread only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sse_notebook.source import Source
from sse_notebook.wire import ServerSentEvent

__all__ = ["Refill"]


class Refill:
    """What is known of the connection at hand. Before `begin` there is none, and nothing comes again."""

    def __init__(self) -> None:
        self._source: Source | None = None
        self._hole = False  # the next row is the first after a hole that was not refilled
        self._hole_before = False  # and that hole is older than the connection
        self._to_come = 0  # messages that the server sends again, see `_of_replay`
        self._again = 0  # those of them that came before, and were dropped
        self._promised = False  # it is said that with those rows nothing is missing

    def begin(self, source: Source) -> None:
        """The first bytes of a connection."""
        self._source = source
        gap = source.gaps.newest
        # A hole that no row has shown yet stays one.
        self._hole_before = self._hole
        self._hole = self._hole_before or (gap is not None and gap.recovered is False)
        self._to_come = self._again = 0
        self._promised = False

    @property
    def goes_on(self) -> bool:
        """Whether what comes next is sent again."""
        return self._to_come > 0

    def until_over(self, messages: Sequence[ServerSentEvent]) -> Sequence[ServerSentEvent]:
        """Those of the messages that are all sent again, or all are not: the first of them."""
        if self._to_come and len(again := self._of_replay(messages)) >= self._to_come:
            return messages[: again[self._to_come - 1] + 1]
        return messages

    def came(self, messages: Sequence[ServerSentEvent], but: Collection[int]) -> None:
        """These came again, but for those in some places, which are the connection's own."""
        self._came(len(set(self._of_replay(messages)).difference(but)))

    def came_again(self, messages: Sequence[ServerSentEvent]) -> None:
        """These did, and had come before: they are dropped."""
        again = len(self._of_replay(messages))
        self._again += again
        self._came(again)

    def greeted(self, resume: Mapping[str, Any]) -> None:
        """The server says how many it sends again, and whether that is all that was missed."""
        replayed, complete = resume.get("replayed"), resume.get("complete")
        # Those that came before may have been told apart already, in the same read.
        self._to_come = max(0, replayed - self._again) if isinstance(replayed, int) else 0
        if isinstance(complete, bool):
            self.said(complete=complete)

    def said(self, *, complete: bool) -> None:
        """The server says whether it sends what was missed; that it has is known when all of it came."""
        source = self._source
        if source is None or source.gaps.newest is None:
            return
        self._promised = complete and self._to_come > 0
        if self._promised:
            source.gaps.promised()
        else:
            source.gaps.said(complete)
        self._hole = self._hole_before or not complete

    def marked(self, place: Sequence[int]) -> list[int]:
        """The place, if there is a row that is the first after a hole; then that hole has been shown."""
        if not self._hole or not place:
            return []
        self._hole = self._hole_before = False
        return list(place)

    def _of_replay(self, messages: Sequence[ServerSentEvent]) -> Sequence[int]:
        """The places of those that a server can be sending again.

        It was asked by an id, and what has none can't be asked for: it may stand between what is sent again,
        but is not of it, and to count it would be to call a gap refilled too early. Where there was no id to
        ask by, the server knows by itself, and it may be anything.
        """
        if self._source is None or not self._source.resumed_from:
            return range(len(messages))
        return [at for at, message in enumerate(messages) if message.own_id]

    def _came(self, number: int) -> None:
        """So many of the messages came that the server sends again."""
        if self._to_come:
            self._to_come = max(0, self._to_come - number)
            if not self._to_come and self._promised and self._source is not None:
                self._promised = False
                self._source.gaps.said(True)
