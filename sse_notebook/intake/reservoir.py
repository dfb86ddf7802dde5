"""A few of many, drawn so that each had the same chance: what is left to look at of a flood.

The law: whatever was offered, in runs of any length, each of it is in the sample with the same probability;
what is offered and not drawn costs nothing. The same seed draws the same.

Each item has a random key, and those with the smallest are the sample. How many come until the next one is
drawn is drawn itself, so that nobody looks at the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from heapq import heappop, heappush, heapreplace
from random import Random
from typing import Generic, TypeVar

__all__ = ["Reservoir"]

T = TypeVar("T")


class Reservoir(Generic[T]):
    """A uniform sample of all that was offered.

    Args:
        room: how many there may be in it.
        seed: what decides which.

    Attributes:
        room: as given; `shrink` makes it smaller.
        seen: how many were offered.

    Example:
        >>> reservoir = Reservoir(2, "a seed")
        >>> _ = reservoir.offer(1_000, lambda at: at)
        >>> len(list(reservoir)), reservoir.seen
        (2, 1000)
    """

    __slots__ = ("_heap", "_random", "_skip", "room", "seen")

    def __init__(self, room: int, seed: str) -> None:
        self.room = room
        self.seen = 0
        self._random = Random(seed)  # noqa: S311 - a sample, no secret
        # The largest key first: the next to go. The key is negative, since a heap begins with the smallest.
        self._heap: list[tuple[float, int, T]] = []
        self._skip = 0  # so many are passed over before the next one is drawn, once there is no room left

    def offer(self, number: int, take: Callable[[int], T]) -> int:
        """Offer a run of items.

        Args:
            number: how many.
            take: gives the one at a place of the run, if it is drawn.

        Returns:
            How many were drawn; some of them may have taken the place of others.
        """
        heap, at, drawn = self._heap, 0, 0
        if self._skip >= number and len(heap) == self.room:  # nearly always, of a flood
            self._skip -= number
            self.seen += number
            return 0
        while len(heap) < self.room and at < number:
            heappush(heap, (-self._random.random(), self.seen + at, take(at)))
            at += 1
            drawn += 1
            if len(heap) == self.room:
                self._skip = self._pass()
        if heap and len(heap) == self.room:
            while self._skip < number - at:
                at += self._skip
                key = self._random.random() * heap[0][0]
                heapreplace(heap, (key, self.seen + at, take(at)))
                at += 1
                drawn += 1
                self._skip = self._pass()
            self._skip -= number - at
        self.seen += number
        return drawn

    def shrink(self, room: int) -> None:
        """Make do with less room: what goes is drawn too, so that the rest is still a fair sample."""
        if room >= self.room:
            return
        self.room = room
        if len(self._heap) >= room:
            while len(self._heap) > room:
                heappop(self._heap)
            self._skip = self._pass() if self._heap else 0

    def _pass(self) -> int:
        """How many have larger keys than all in the sample before one comes that has not."""
        largest = -self._heap[0][0]
        if largest <= 0.0:  # the one key that is 0: nothing is smaller
            return 2**62
        return min(2**62, int(math.log(1.0 - self._random.random()) / math.log1p(-largest)))

    def __iter__(self) -> Iterator[T]:
        return (item for _, _, item in self._heap)

    def __len__(self) -> int:
        return len(self._heap)
