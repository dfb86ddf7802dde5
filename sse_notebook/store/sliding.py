"""Numbers with a time each, of which those in a window are counted: the arithmetic of `store.window`.

The law: numbers are held in the order of their time, whatever order they come in. Each is added to the counts
once, when its time has come, and taken off once. A late one costs what has a newer time than it, copied once.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sse_notebook.store.room import Room

__all__ = ["NEVER", "Sliding"]

NEVER: Final = -(2**62)  # microseconds; before all times
FIRST: Final = 1_024  # numbers that there is room for at first


class Sliding:
    """Codes: whole numbers from 0, as many as there are values.

    Args:
        start_us: of the window; what has this very time is not in it.
        end_us: of the window; what has this very time is.
        most: how many are held, those whose time is yet to come included.

    Attributes:
        start_us, end_us: as above.
        left_us: the newest time of what was in the window or before it, and is not held any more.
        dropped: how many there was no room for.
        dropped_us: the newest time of those.

    Example:
        >>> sliding = Sliding(0, 10, most=100)
        >>> sliding.insert(np.array([9, 4, 12]), np.array([1, 0, 1]))
        >>> sliding.counts[:2].tolist()
        [1, 1]
        >>> sliding.move(5, 15)
        >>> sliding.counts[:2].tolist(), sliding.times.tolist()
        ([0, 2], [9, 12])
    """

    def __init__(self, start_us: int, end_us: int, most: int) -> None:
        self.start_us, self.end_us = start_us, end_us
        self.left_us = self.dropped_us = NEVER
        self.dropped = 0
        self._most = most
        # In the window are those from `_low` up to `_high`; from there up to `_stop` is what is yet to come.
        self._times, self._codes = Room(np.int64, FIRST), Room(np.int32, FIRST)
        self._low = self._high = self._stop = 0
        self._counts = np.zeros(FIRST, np.int64)

    def __len__(self) -> int:
        """How many are held."""
        return self._stop - self._low

    @property
    def total(self) -> int:
        """How many are in the window."""
        return self._high - self._low

    @property
    def times(self) -> Any:
        """The times in the window, in order; to be read at once."""
        return self._times.array[self._low : self._high]

    @property
    def counts(self) -> Any:
        """How many are in the window of each code, and 0 for some that there are not; to be read at once."""
        return self._counts

    def move(self, start_us: int, end_us: int) -> None:
        """Move the window, forward or back: what has left comes back only as long as it is held."""
        self.start_us, self.end_us = start_us, end_us
        held = self._times.array[self._low : self._stop]
        low, high = (self._low + int(at) for at in np.searchsorted(held, (start_us, end_us), "right"))
        self._count(-1, self._low, min(low, self._high))
        self._count(-1, max(low, high), self._high)
        self._count(+1, max(low, self._high), high)
        if low > self._low:
            self.left_us = max(self.left_us, int(self._times.array[low - 1]))
        self._low, self._high = low, high

    def insert(self, times: Any, codes: Any) -> None:
        """Add some to where they belong; what is older than the window is not held.

        Args:
            times: when, in microseconds.
            codes: of what value.
        """
        fits = times > self.start_us
        if not fits.all():
            self.left_us = max(self.left_us, int(times[~fits].max()))
            times, codes = times[fits], codes[fits]
        if not len(times):
            return
        self._make_room(len(times), int(codes.max()))
        times, codes = _sorted(times, codes)
        held = self._times.array[self._low : self._stop]
        at, stop = self._low + int(np.searchsorted(held, times[0], "right")), self._stop + len(times)
        entered = int(np.searchsorted(times, self.end_us, "right"))
        np.add.at(self._counts, codes[:entered], 1)
        if at < self._stop:
            times, codes = _sorted(
                np.concatenate([self._times.array[at : self._stop], times]),
                np.concatenate([self._codes.array[at : self._stop], codes]),
            )
        self._times.array[at:stop] = times
        self._codes.array[at:stop] = codes
        self._high, self._stop = self._high + entered, stop
        if (over := len(self) - self._most) > 0:
            self._drop(over)

    def renumber(self, number: int) -> Any:
        """Give those codes new numbers, in the same order, that anything held has.

        Args:
            number: how many codes there are.

        Returns:
            For each code, whether anything has it.
        """
        held = self._codes.array[self._low : self._stop]
        used = np.zeros(number, bool)
        used[held] = True
        held[:] = (np.cumsum(used) - 1)[held]
        self._counts = np.concatenate(
            [self._counts[:number][used[: len(self._counts)]], np.zeros(FIRST, np.int64)]
        )
        return used

    def _count(self, more: int, start: int, stop: int) -> None:
        if start < stop:
            np.add.at(self._counts, self._codes.array[start:stop], more)

    def _make_room(self, more: int, code: int) -> None:
        if code >= len(self._counts):
            self._counts = np.concatenate([self._counts, np.zeros(code, np.int64)])
        if self._stop + more > len(self._times.array):  # what has left makes room too
            held = len(self)
            for room in (self._times, self._codes):
                room.move(self._low, self._stop, max(2 * held, held + more, FIRST))
            self._low, self._high, self._stop = 0, self.total, held

    def _drop(self, over: int) -> None:
        """Let go of what there is no room for: first what is furthest in the future, then the oldest."""
        early = min(over, self._stop - self._high)
        gone = [self._times.array[self._stop - early : self._stop]]
        self._stop -= early
        oldest = self._low + over - early
        gone.append(self._times.array[self._low : oldest])
        self._count(-1, self._low, oldest)
        self._low = oldest
        self.dropped += over
        self.dropped_us = max(self.dropped_us, *(int(times[-1]) for times in gone if len(times)))


def _sorted(times: Any, codes: Any) -> tuple[Any, Any]:
    if (times[1:] >= times[:-1]).all():
        return times, codes
    order = np.argsort(times, kind="stable")
    return times[order], codes[order]
