"""Numbers in one piece of memory that grows at its end.

The law: a number that was written never changes, and stays where it is in the array that it was written to:
who took that array may read it for ever. Growing makes a larger array and leaves the old one to its readers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Room"]


class Room:
    """Numbers of one type. One thread writes; whoever knows how many there are may read.

    Args:
        dtype: their type.
        capacity: how many there is room for, before it grows.

    Attributes:
        array: the memory.

    Example:
        >>> room = Room("int64", 1)
        >>> room.at(0, 1)[:] = 7
        >>> room.at(1, 2)[:] = 8, 9
        >>> room.array[:3].tolist()
        [7, 8, 9]
    """

    __slots__ = ("array",)

    def __init__(self, dtype: Any, capacity: int) -> None:
        self.array = np.empty(capacity, dtype)

    @classmethod
    def of(cls, array: Any) -> Room:
        """The room that this memory is."""
        room = cls(array.dtype, 0)
        room.array = array
        return room

    def at(self, written: int, more: int) -> Any:
        """Room for more numbers after so many: write all of it before anybody is told of them."""
        if written + more > len(self.array):
            self.move(0, written, max(2 * written, written + more))
        return self.array[written : written + more]

    def move(self, start: int, stop: int, capacity: int, dtype: Any = None) -> None:
        """Move the numbers from one place to another to the beginning of memory of this capacity."""
        kept = self.array[start:stop]
        array = np.empty(capacity, dtype or kept.dtype)
        array[: len(kept)] = kept
        self.array = array
