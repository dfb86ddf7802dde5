"""Numbers in a sliding window, against a list of all of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.store import sliding
from sse_notebook.store.sliding import NEVER, Sliding

numbers = st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 3)), min_size=1, max_size=6)
steps = st.lists(
    st.tuples(st.just("insert"), numbers)
    | st.tuples(st.just("move"), st.integers(-4, 9))
    | st.tuples(st.just("renumber"), st.none()),
    max_size=12,
)


@given(steps)
def test_sliding(todo: list[tuple[str, Any]]) -> None:
    """It counts what is in the window, forward and back, of all that was never before it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sliding, "FIRST", 1)
        end, kept, codes = 0, [], list(range(4))  # codes: what each number stands for by now
        counted = Sliding(end - 5, end, most=1_000)
        left = NEVER
        for what, how in todo:
            if what == "insert":
                fits = [(at, value) for at, value in ((end + at, value) for at, value in how)]
                for _, value in fits:
                    if value not in codes:
                        codes.append(value)
                counted.insert(
                    np.array([at for at, _ in fits]), np.array([codes.index(value) for _, value in fits])
                )
                kept += fits
            elif what == "move":
                end += how
                counted.move(end - 5, end)
            else:
                used = counted.renumber(len(codes))
                codes = [value for value, is_used in zip(codes, used, strict=True) if is_used]
            left = max([left, *(at for at, _ in kept if at <= end - 5)])
            kept = [(at, value) for at, value in kept if at > end - 5]
            there = [(at, value) for at, value in kept if at <= end]
            of_codes = counted.counts[: len(codes)].tolist()
            assert 0 == counted.counts[len(codes) :].sum()
            assert Counter(value for _, value in there) == Counter(
                {value: of_codes[code] for code, value in enumerate(codes) if code < len(of_codes)}
            )
            assert sorted(at for at, _ in there) == counted.times.tolist()
            assert (len(kept), len(there), left) == (len(counted), counted.total, counted.left_us)


def test_what_there_is_no_room_for() -> None:
    """The furthest in the future go first, then the oldest; it says how many, and how new they were."""
    counted = Sliding(0, 10, most=3)
    counted.insert(np.array([20, 5, 30, 6, 7]), np.array([0, 1, 0, 1, 2]))
    assert ([5, 6, 7], 2, 30) == (counted.times.tolist(), counted.dropped, counted.dropped_us)
    counted.insert(np.array([8]), np.array([3]))
    assert ([6, 7, 8], 3, 30) == (counted.times.tolist(), counted.dropped, counted.dropped_us)
    assert [0, 1, 1, 1] == counted.counts[:4].tolist()


def test_memory_is_proportional_to_what_is_held() -> None:
    """What has left makes room: a long stream through a short window needs no more than the window."""
    counted = Sliding(0, 10, most=1_000_000)
    for turn in range(500):
        counted.move(10 * turn, 10 * turn + 10)
        counted.insert(np.full(100, 10 * turn + 5), np.zeros(100, np.int64))
    assert 100 == len(counted)
    assert len(counted._times.array) == sliding.FIRST
