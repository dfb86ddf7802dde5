"""How much is kept: rows, their age, their bytes.

The law: the oldest go, as few of them as must, and each for one reason; the newest row always stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sse_notebook.errors import ArgumentError
from sse_notebook.events.moments import Duration, duration_us

if TYPE_CHECKING:
    from sse_notebook.store.columns import Version

__all__ = ["Bounds", "Keeping", "Reason", "age_of", "at_least", "bytes_of"]

Reason = str
"""`"max_rows"`, `"max_age"` or `"max_bytes"`."""

SLACK = 64  # part of `max_bytes` that is made room at once, so that it need not be counted at every read
PART = 4_096  # rows whose age is looked at, at once


class Bounds(NamedTuple):
    """How much is kept.

    Attributes:
        max_rows: rows.
        max_age_us: microseconds since a row was received; None: no bound.
        max_bytes: bytes that rows take; None: no bound.
    """

    max_rows: int = 1_000_000
    max_age_us: int | None = None
    max_bytes: int | None = None

    def due(self, version: Version, nbytes: int, now_us: int) -> list[tuple[int, Reason]]:
        """Which rows must go.

        Args:
            version: what is kept.
            nbytes: the bytes of all of it.
            now_us: now.

        Returns:
            Up to which `seq`, and why; each goes further than the one before it.
        """
        found: list[tuple[int, Reason]] = []
        start = version.start
        if (left := version.stop - self.max_rows) > start:
            found.append((start := left, "max_rows"))
        if self.max_bytes is not None:
            nbytes -= version.nbytes(version.start, start)
            if nbytes > self.max_bytes:
                less = nbytes - self.max_bytes + self.max_bytes // SLACK
                if (light := _light(version, start, less)) > start:
                    found.append((start := light, "max_bytes"))
        # Last, since a row that has become the oldest may be an old one that came late.
        if self.max_age_us is not None:
            aged = _aged(version, start, now_us - self.max_age_us)
            if aged > start:
                found.append((aged, "max_age"))
        return found


class Keeping(NamedTuple):
    """All that says how much a store keeps. Checked: see `checked`.

    Attributes:
        max_events: newest events, as objects.
        bounds: rows.
        max_dropped: rows that were let go of, and can still be read.
    """

    max_events: int = 100
    bounds: Bounds = Bounds()
    max_dropped: int = 10_000

    @classmethod
    def checked(
        cls,
        max_events: int,
        max_rows: int,
        max_age: Duration | None,
        max_bytes: int | None,
        max_dropped: int,
    ) -> Keeping:
        """The arguments as a user gives them.

        Raises:
            ArgumentError: one of them is wrong; it says which.
        """
        return cls(
            at_least("max_events", max_events, 0),
            Bounds(at_least("max_rows", max_rows, 1), age_of(max_age), bytes_of(max_bytes)),
            at_least("max_dropped", max_dropped, 0),
        )


def age_of(age: Duration | None) -> int | None:
    """`max_age` in microseconds."""
    return None if age is None else duration_us(age, "max_age")


def bytes_of(number: int | None) -> int | None:
    """`max_bytes`."""
    return None if number is None else at_least("max_bytes", number, 1)


def at_least(name: str, number: Any, least: int) -> int:
    """The number, if it is a whole one and large enough.

    Raises:
        ArgumentError: it is not.
    """
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise ArgumentError(f"{name} must be a whole number of at least {least}, not {number!r}")
    return number


def _aged(version: Version, start: int, cutoff_us: int) -> int:
    """The first `seq` from some one on that was received at this moment or later, if not in that order."""
    received = version.number("received_us")[start - version.start :]
    for done in range(0, len(received), PART):
        young = received[done : done + PART] >= cutoff_us
        if young.any():
            return start + done + int(np.argmax(young))
    return version.stop


def _light(version: Version, start: int, less: int) -> int:
    """The first `seq` from where on rows take at least so many bytes less; at most the newest row's."""
    low, high = start, version.stop - 1
    while low < high:
        middle = (low + high) // 2
        if version.nbytes(start, middle) >= less:
            high = middle
        else:
            low = middle + 1
    return low
