"""The lines of a recording in order, those of one read together: what arrived so, arrives so again.

The law: pure; no line is lost, doubled or moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

from sse_notebook.wire import ServerSentEvent

__all__ = ["Lines", "Read", "Run"]

TOGETHER: Final = 500  # events that are given as one read
OF_A_READ: Final = frozenset({"ev", "dup", "bad", "cm", "retry"})


class Run(Protocol):
    """Lines of a recording that stand together: when (microseconds since its beginning), what, and the rest.

    The body of `ev` and `dup` is a `ServerSentEvent`, of others what the JSON says; of those there is one.
    """

    @property
    def us(self) -> int: ...  # noqa: D102

    @property
    def code(self) -> str: ...  # noqa: D102

    @property
    def bodies(self) -> Sequence[Any]: ...  # noqa: D102


class Read:
    """What came in one read.

    Attributes:
        us: when.
        again: events that came a second time; they come first in a read.
        new: the others.
        others: comments and the like, each with its code.
        times: of several reads as one: when each of the new events came; else None.
        last_us: when the last line of it came.
    """

    __slots__ = ("again", "last_us", "new", "others", "times", "us")

    def __init__(self, us: int) -> None:
        self.us = self.last_us = us
        self.times: list[int] | None = None
        self.new: Sequence[ServerSentEvent] = ()
        self.again: Sequence[ServerSentEvent] = ()
        self.others: list[tuple[str, Any]] = []

    def apart(self) -> Iterator[Read]:
        """Several reads that are one, each event and each comment alone."""
        for us, event in zip(self.times or (), self.new, strict=True):
            each = Read(us)
            each.new = [event]
            yield each
        last = Read(self.last_us)
        last.others = self.others
        yield last


class Lines:
    """Lines to be taken: reads, and single ones.

    Args:
        runs: in order.
        together: reads of events that follow each other may be given as one.

    Attributes:
        next: what comes next, beyond the read that was begun.
    """

    def __init__(self, runs: Iterable[Run], *, together: bool = False) -> None:
        self._together = together
        self._runs: Iterator[Run] = iter(runs)
        self.next: Run | None = next(self._runs, None)
        self._read: Read | None = None

    @property
    def us(self) -> int | None:
        """When the next thing comes; None: nothing does."""
        if self._read is not None:
            return self._read.us
        return None if self.next is None else self.next.us

    @property
    def coming(self) -> Sequence[ServerSentEvent]:
        """The new events of the read that comes next; none where something else does."""
        if self._read is None and self.next is not None and self.next.code in OF_A_READ:
            self._read = self._gathered(self.next)
        return () if self._read is None else self._read.new

    def take(self, most: int | None = None) -> Read | Run | None:
        """What comes next.

        Args:
            most: new events of a read at most; the rest of it comes the next time.
        """
        read, self._read = self._read, None
        if read is None:
            run = self.next
            if run is None or run.code not in OF_A_READ:
                self.next = next(self._runs, None)
                return run
            read = self._gathered(run)
        if most is not None and len(read.new) > most:
            self._read = Read(read.us)
            read.new, self._read.new = read.new[:most], read.new[most:]
        return read

    def _gathered(self, first: Run) -> Read:
        """The lines of one read: those that have one time, and stand together."""
        us = first.us
        read = Read(us)
        new: list[Sequence[ServerSentEvent]] = []
        again: list[Sequence[ServerSentEvent]] = []
        run: Run | None = first
        while run is not None and run.us == us:
            code = run.code
            if code == "ev":
                new.append(run.bodies)
            elif code == "dup":
                if new:  # those of another read
                    break
                again.append(run.bodies)
            elif code in OF_A_READ:
                read.others += [(code, body) for body in run.bodies]
            else:
                break
            run = next(self._runs, None)
        self.next = run
        read.new, read.again = _joined(new), _joined(again)
        if self._together and not again and all(code == "cm" for code, _ in read.others):
            self._lengthen(read)
        return read

    def _lengthen(self, read: Read) -> None:
        """Make the reads that follow part of this one, while there are only events and comments, in order."""
        events, times = list(read.new), [read.us] * len(read.new)
        while (run := self.next) is not None and len(events) + len(read.others) < TOGETHER:
            if run.us < read.last_us:
                break
            if run.code == "ev":
                events += run.bodies
                times += [run.us] * len(run.bodies)
            elif run.code == "cm":
                read.others += [("cm", body) for body in run.bodies]
            else:
                break
            read.last_us = run.us
            self.next = next(self._runs, None)
        read.new, read.times = events, times


def _joined(parts: list[Sequence[ServerSentEvent]]) -> Sequence[ServerSentEvent]:
    return parts[0] if len(parts) == 1 else [event for part in parts for event in part]
