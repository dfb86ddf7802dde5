"""`store.newest`: the newest events, so many and no more."""

from __future__ import annotations

from itertools import product

import pytest
from store_rows import many

from sse_notebook.events.batch import Batch
from sse_notebook.store.newest import SLACK, Newest


def numbered(rows: int, first: int = 0) -> Batch:
    return Batch.of(many(rows)).numbered(first)


def seqs(newest: Newest) -> list[int]:
    return [event.seq for event in newest.events()]


@pytest.mark.parametrize(("sizes", "room"), [*product(product([1, 2, 5], repeat=3), [0, 1, 3, 6, 100])])
def test_any_cut_of_batches(sizes: tuple[int, ...], room: int) -> None:
    """However rows were cut into batches, exactly the newest are there, in order, after each of them."""
    newest, total = Newest(room), 0
    for size in sizes:
        newest.append(numbered(size, total))
        total += size
        expected = list(range(max(0, total - room), total))
        assert (expected, len(expected)) == (seqs(newest), len(newest))


@pytest.mark.parametrize("size", [1, 4, 30])
def test_what_is_gone_does_not_come_back(size: int) -> None:
    """Less room lets the oldest go at once; more room makes place for those to come only."""
    newest = Newest(30)
    for first in range(0, 60, size):
        newest.append(numbered(size, first))
    last = newest.events()[-1].seq
    newest.room = 5
    assert (5, list(range(last - 4, last + 1))) == (newest.room, seqs(newest))
    newest.room = 100
    assert 5 == len(seqs(newest))
    newest.append(numbered(2, last + 1))
    assert list(range(last - 4, last + 3)) == seqs(newest)
    newest.clear()
    assert (0, []) == (len(newest), seqs(newest))


def test_rows_that_are_gone_hold_no_memory() -> None:
    """Of a very long batch only the newest rows are held, but for a few."""
    newest = Newest(10)
    newest.append(numbered(3 * SLACK))
    assert list(range(3 * SLACK - 10, 3 * SLACK)) == seqs(newest)
    assert max(map(len, newest._batches)) <= SLACK + 10


def test_events_stay_the_same_objects() -> None:
    """An event that was handed out is the same when some before it have gone."""
    newest, batch = Newest(4), numbered(4)
    newest.append(batch)
    before = newest.events()
    newest.append(numbered(2, 4))
    assert [True, True] == [one is other for one, other in zip(before[2:], newest.events(), strict=False)]
