"""A sample in which each had the same chance."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.intake.reservoir import Reservoir

ITEMS, ROOM, TIMES = 40, 8, 2_000


def drawn(seed: str, runs: list[int], room: int = ROOM, less: tuple[int, int] | None = None) -> list[int]:
    """What is in the sample after these runs; with `less`, there is only so much room from an item on."""
    reservoir: Reservoir[int] = Reservoir(room, seed)
    begin = 0
    for number in runs:
        if less is not None and begin >= less[0]:
            reservoir.shrink(less[1])
        reservoir.offer(number, range(begin, begin + number).__getitem__)
        begin += number
    assert begin == reservoir.seen
    return list(reservoir)


@pytest.mark.parametrize("runs", [[ITEMS], [1] * ITEMS, [3, 0, 17, 1, 19]], ids=["one", "ones", "some"])
@pytest.mark.parametrize("less", [None, (20, 5)], ids=["all", "less room later"])
def test_each_has_the_same_chance(runs: list[int], less: tuple[int, int] | None) -> None:
    """However the items come, and with less room later: no item is drawn more often than others."""
    found = Counter(item for n in range(TIMES) for item in drawn(f"{n}", runs, less=less))
    room = ROOM if less is None or len(runs) == 1 else less[1]
    expected = TIMES * room / ITEMS
    assert TIMES * room == found.total()
    # Five times the deviation that a fair draw has.
    spread = 5 * (expected * (1 - room / ITEMS)) ** 0.5
    assert [] == [(n, found[n]) for n in range(ITEMS) if abs(found[n] - expected) > spread]


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(0, 10), st.text(max_size=5))
def test_the_sample_is_of_what_came(runs: list[int], room: int, seed: str) -> None:
    """As many as there is room for, or all; no item twice; the same seed draws the same, in any runs."""
    found = drawn(seed, runs, room)
    assert min(room, sum(runs)) == len(found) == len(set(found))
    assert set(found) <= set(range(sum(runs)))
    assert sorted(found) == sorted(drawn(seed, [sum(runs)], room)) == sorted(drawn(seed, runs, room))


def test_what_is_not_drawn_is_not_looked_at() -> None:
    """Of a million that come at once some hundreds are touched."""
    taken: list[int] = []
    reservoir: Reservoir[int] = Reservoir(100, "x")
    assert reservoir.offer(1_000_000, lambda at: taken.append(at) or at) == len(taken)
    assert 100 < len(taken) < 2_000
    assert taken == sorted(set(taken))
    assert 100 == len(list(islice(reservoir, 101)))
