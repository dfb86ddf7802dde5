"""The lines of a recording in order, those of one read together: what arrived so, arrives so again.

The law: pure; no line is lost, doubled or moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, Protocol

from sse_notebook.wire import ServerSentEvent

__all__ = ["Line", "Lines", "Read"]

OF_A_READ: Final = frozenset({"ev", "dup", "bad", "cm", "retry"})


class Line(Protocol):
    """A line of a recording: when (microseconds since its beginning), what, and the rest.

    The body of `ev` and `dup` is a `ServerSentEvent`, of all others what the JSON says.
    """

    @property
    def us(self) -> int: ...  # noqa: D102

    @property
    def code(self) -> str: ...  # noqa: D102

    @property
    def body(self) -> Any: ...  # noqa: D102


class Read:
    """What came in one read.

    Attributes:
        us: when.
        again: events that came a second time; they come first in a read.
        new: the others.
        others: comments and the like.
    """

    __slots__ = ("again", "new", "others", "us")

    def __init__(self, us: int) -> None:
        self.us = us
        self.new: list[ServerSentEvent] = []
        self.again: list[ServerSentEvent] = []
        self.others: list[Line] = []


class Lines:
    """Lines to be taken: reads, and single ones.

    Args:
        lines: in order.

    Attributes:
        next: the line that comes next, beyond the read that was begun.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines: Iterator[Line] = iter(lines)
        self.next: Line | None = next(self._lines, None)
        self._read: Read | None = None

    @property
    def us(self) -> int | None:
        """When the next thing comes; None: nothing does."""
        if self._read is not None:
            return self._read.us
        return None if self.next is None else self.next.us

    @property
    def coming(self) -> list[ServerSentEvent]:
        """The new events of the read that comes next; none where something else does."""
        if self._read is None and self.next is not None and self.next.code in OF_A_READ:
            self._read = self._gathered(self.next)
        return [] if self._read is None else self._read.new

    def take(self, most: int | None = None) -> Read | Line | None:
        """What comes next.

        Args:
            most: new events of a read at most; the rest of it comes the next time.
        """
        read, self._read = self._read, None
        if read is None:
            line = self.next
            if line is None or line.code not in OF_A_READ:
                self.next = next(self._lines, None)
                return line
            read = self._gathered(line)
        if most is not None and len(read.new) > most:
            self._read = Read(read.us)
            read.new, self._read.new = read.new[:most], read.new[most:]
        return read

    def _gathered(self, first: Line) -> Read:
        """The lines of one read: those that have one time, and stand together."""
        us = first.us
        read = Read(us)
        new, again = read.new, read.again
        line: Line | None = first
        lines = self._lines
        while line is not None and line.us == us:
            code = line.code
            if code == "ev":
                new.append(line.body)
            elif code == "dup":
                if new:  # those of another read
                    break
                again.append(line.body)
            elif code in OF_A_READ:
                read.others.append(line)
            else:
                break
            line = next(lines, None)
        self.next = line
        return read
