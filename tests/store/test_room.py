"""`store.room`: numbers in one piece of memory that grows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.store.room import Room


@given(st.lists(st.lists(st.integers(-100, 100), max_size=9), max_size=12), st.integers(0, 5))
def test_what_was_written_stays(parts: list[list[int]], capacity: int) -> None:
    """Every array that the room ever had keeps the numbers that were written while it had it."""
    room, written = Room(np.int64, capacity), 0
    had: list[tuple[np.ndarray, int]] = []
    for part in parts:
        room.at(written, len(part))[:] = part
        written += len(part)
        had.append((room.array, written))
    numbers = [number for part in parts for number in part]
    for array, known in had:
        assert numbers[:known] == array[:known].tolist()


def test_growing_is_rare() -> None:
    """A number at a time: the memory doubles, so that each number is moved a few times at most."""
    room, arrays = Room(np.int8, 1), set()
    for written in range(1_000):
        room.at(written, 1)[:] = 1
        arrays.add(id(room.array))
        assert len(room.array) <= 2 * written + 1
    assert len(arrays) <= 11


def test_moving_leaves_the_old_memory_alone() -> None:
    """The numbers of a part begin the new memory, of another type if need be; the old is as it was."""
    room = Room(np.int8, 4)
    room.at(0, 4)[:] = 1, 2, 3, 4
    old = room.array
    room.move(1, 3, 5, np.int16)
    assert ([2, 3], 5, np.dtype(np.int16)) == (room.array[:2].tolist(), len(room.array), room.array.dtype)
    room.at(2, 1)[:] = 9
    assert ([1, 2, 3, 4], [2, 3, 9]) == (old.tolist(), room.array[:3].tolist())
