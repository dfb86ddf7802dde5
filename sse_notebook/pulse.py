"""How much came, second by second: what a picture over time is made of.

The law: the buckets of one width add up to what was counted while they lasted, whatever the clock does. It
costs a look at the clock for each read, some additions for each second in which anything came, nothing for an
event. There are only so many: five minutes of seconds, an hour of quarters of a minute.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from operator import add, sub
from typing import Final, NamedTuple

from sse_notebook.source import fork

__all__ = ["COUNTED", "LEVELS", "Buckets", "Level", "Pulse", "Series", "second_of"]


class Level(NamedTuple):
    """Buckets of one width.

    Attributes:
        width: seconds.
        number: how many there are: those of the last `number * width` seconds.
    """

    width: int
    number: int


LEVELS: Final = (Level(1, 300), Level(15, 240))

#: The counters that are told apart by time.
COUNTED: Final = (
    "sse_events_stored_total",
    "sse_bytes_received_total",
    'sse_events_bad_total{severity="warning"}',
    'sse_events_bad_total{severity="error"}',
)

#: Buckets that have anything, by the second that each begins with.
Series = Mapping[int, tuple[int, ...]]


def second_of(at: float) -> int:
    """The second that a moment is in, as the microseconds of a row that came then have it.

    Example:
        >>> second_of(12.0), second_of(12.9999), second_of(12.9999999)
        (12, 12, 13)
    """
    return round(at * 1e6) // 1_000_000


class Buckets:
    """Numbers by the time they belong to, at every level. Whoever has it guards it.

    Args:
        size: how many numbers a bucket has.

    Example:
        >>> buckets = Buckets(1)
        >>> for second in (60, 61, 61):
        ...     buckets.add(second, (2,))
        >>> buckets.series(0), buckets.series(1)
        ({60: (2,), 61: (4,)}, {60: (6,)})
    """

    def __init__(self, size: int) -> None:
        self._nothing = (0,) * size
        self._levels: tuple[dict[int, tuple[int, ...]], ...] = tuple({} for _ in LEVELS)

    def add(self, second: int, numbers: tuple[int, ...]) -> None:
        """So much more belongs to a second."""
        for (width, number), buckets in zip(LEVELS, self._levels, strict=True):
            at = second // width * width
            buckets[at] = tuple(map(add, buckets.get(at, self._nothing), numbers))
            if len(buckets) > 2 * number:  # now and then, not each time
                for each in [each for each in buckets if abs(each - at) >= number * width]:
                    del buckets[each]

    def series(self, level: int) -> dict[int, tuple[int, ...]]:
        """The buckets of a level that have anything, by the second that each begins with; in no order."""
        return dict(self._levels[level])


class Pulse:
    """Tells a stream's counters apart by the second in which they were counted.

    Example:
        >>> pulse, counted = Pulse(), {}
        >>> pulse.turn(60.5, counted)
        >>> counted["sse_bytes_received_total"] = 100
        >>> pulse.turn(61.5, counted)
        >>> counted["sse_bytes_received_total"] = 101
        >>> _, (seconds, _) = pulse.read(lambda: dict(counted))
        >>> seconds
        {60: (0, 100, 0, 0), 61: (0, 1, 0, 0)}
    """

    def __init__(self) -> None:
        # Guards what follows. Who counts takes it once a second, who shows the numbers now and then.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._second: int | None = None
        self._before: tuple[int, ...] = (0,) * len(COUNTED)  # what was counted before that second
        self._buckets = Buckets(len(COUNTED))

    def turn(self, at: float, counted: Mapping[str, int]) -> None:
        """What is counted from now on belongs to this moment. By the one thread that counts, before it does.

        Args:
            at: now, Unix time in seconds.
            counted: the counters.
        """
        if (second := second_of(at)) == self._second:
            return
        with self._lock:
            now = _numbers(counted)
            if self._second is not None and now != self._before:
                self._buckets.add(self._second, tuple(map(sub, now, self._before)))
            self._before, self._second = now, second

    def read(self, snapshot: Callable[[], Mapping[str, int]]) -> tuple[Mapping[str, int], list[Series]]:
        """The counters at one moment, and the buckets that belong to them.

        Args:
            snapshot: gives the counters.

        Returns:
            The counters; and for each level its buckets, as `Buckets.series` has them: in the order of
            `COUNTED`. The one that is not over yet is among them.
        """
        with self._lock:
            counted = snapshot()
            series = [self._buckets.series(level) for level in range(len(LEVELS))]
            if self._second is not None:
                rest = tuple(map(sub, _numbers(counted), self._before))
                for (width, _), buckets in zip(LEVELS, series, strict=True):
                    at = self._second // width * width
                    buckets[at] = tuple(map(add, buckets.get(at, (0,) * len(rest)), rest))
        return counted, list[Series](series)


def _numbers(counted: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(counted.get(name, 0) for name in COUNTED)
