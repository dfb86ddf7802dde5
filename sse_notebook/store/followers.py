"""Those who look at every row once, and then only at new ones: windows, and the newest of each resource.

The law: a follower sees each row once, in order: when it looks, or before the store lets go of the row,
whichever comes first. Its work is proportional to the rows that are new to it. What the user clears is
forgotten by all followers; what had gone before one of them began is lacking, and it says so.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from weakref import WeakSet

from sse_notebook.source import fork
from sse_notebook.store.columns import Columns, Version
from sse_notebook.store.waiting import Waiting

__all__ = ["Follower", "Followers"]

PART: Final = 8_192  # rows at once: a follower that nobody looks at holds up the writer no longer than that

F = TypeVar("F", bound="Follower")


class Follower(ABC):
    """Sees every row of a store once.

    Args:
        kept: where the rows are.
        cleared: the `seq` of the first row that the user has not cleared.
    """

    def __init__(self, kept: Waiting, cleared: int) -> None:
        self._kept = kept
        # Guards all that a follower knows. Taken after the store's lock, never before it.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._cleared = cleared
        self._seen = cleared  # up to this `seq`

    def before_they_go(self, version: Version, start: int) -> None:
        """See what is new up to some `seq`: the store calls this before it lets go of these rows."""
        if self._seen < start:
            with self._lock:
                self._prepare()
                while self._seen < start:
                    self._see_part(version)

    def forget(self, stop: int) -> None:
        """Forget all rows up to some `seq`: the user has cleared them."""
        with self._lock:
            self._cleared = self._seen = stop
            self._forget()

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """While somebody looks: all rows that came before are written, and the lock is held."""
        self._kept.settle()  # which takes the store's lock
        with self._lock:
            yield

    def _see_new(self) -> Version:
        """See what is new, up to the newest row; returns where it is. The lock is held."""
        version = self._kept.version
        while self._seen < version.stop:
            self._see_part(version)
        return version

    def _see_part(self, version: Version) -> None:
        start = max(self._seen, version.start)
        if start > self._seen:
            self._lack(version, start - self._seen)
        self._seen = min(start + PART, version.stop)
        if start < self._seen:
            self._see(version, start, self._seen)

    @abstractmethod
    def _see(self, version: Version, start: int, stop: int) -> None:
        """See rows (at least one) of a version, from one `seq` up to another."""

    @abstractmethod
    def _forget(self) -> None:
        """Forget everything."""

    def _prepare(self) -> None:  # noqa: B027 - as a rule there is nothing to do
        """What comes before rows are seen that will go."""

    def _lack(self, version: Version, rows: int) -> None:  # noqa: B027 - likewise
        """So many rows had gone before this began to follow."""


class Followers:
    """The followers of a store; those that nobody else holds are let go of.

    Args:
        columns: where the rows are.
        kept: what stands in front of them.
    """

    def __init__(self, columns: Columns, kept: Waiting) -> None:
        self._kept = kept
        self._all: WeakSet[Follower] = WeakSet()
        self._cleared = 0
        columns.before_they_go = self._before_they_go

    def add(self, kind: type[F], *args: Any) -> F:
        """A new one, which follows from now on. The store's lock is held, here and below."""
        self._kept.settle()  # what goes by this has gone before
        follower = kind(self._kept, self._cleared, *args)
        self._all.add(follower)
        return follower

    def forget(self) -> None:
        """Let all of them forget what there is; to be called before it is gone."""
        self._cleared = self._kept.stop
        for follower in self._all:
            follower.forget(self._cleared)

    def _before_they_go(self, version: Version, start: int) -> None:
        if self._all:
            for follower in self._all:
                follower.before_they_go(version, start)


def column_values(version: Version, attribute: str, start: int, stop: int) -> list[Any]:
    """The texts of a column from one `seq` up to another."""
    found: list[Any] = []
    for segment in version.segments:
        low, high = max(start, segment.first), min(stop, segment.first + segment.rows)
        if low < high:
            found += segment.values(attribute, low - segment.first, high - segment.first)
    return found


def column_numbers(version: Version, attribute: str, start: int, stop: int) -> Any:
    """A column that is no text, as it is kept, from one `seq` up to another."""
    return version.numbers[attribute][start - version.first : stop - version.first]
