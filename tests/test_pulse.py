"""How much came, second by second: equal to counting by hand, over any reads and any moves of the clock."""

from __future__ import annotations

import threading
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from support import examples

from sse_notebook.intake.tally import Tally
from sse_notebook.metrics import Metrics
from sse_notebook.pulse import COUNTED, LEVELS, Buckets, second_of

START = 1_700_000_000
EVENTS, BYTES, WARNINGS, ERRORS = COUNTED


def read(tally: Tally, at: float, events: int, size: int) -> None:
    """What the intake does with one read."""
    tally.add(BYTES, size)
    tally.add(EVENTS, events)
    tally.count(at)


def shown(metrics: Metrics) -> list[dict[int, tuple[int, ...]]]:
    _, series = metrics.pulse.read(metrics.snapshot)
    return [{at: numbers for at, numbers in each.items() if any(numbers)} for each in series]


reads = st.lists(
    st.tuples(st.floats(0, 290), st.integers(0, 50), st.integers(0, 10_000)), min_size=1, max_size=60
)


@examples(200)
@given(reads)
def test_buckets_are_what_counting_by_hand_gives(given_reads: list[tuple[float, int, int]]) -> None:
    """Whatever came when, and however often the clock was set back: each second has what came in it."""
    metrics = Metrics()
    tally = Tally(metrics)
    by_hand: list[dict[int, Counter[int]]] = [{} for _ in LEVELS]
    for offset, events, size in given_reads:
        at = START + offset
        read(tally, at, events, size)
        for (width, _), hand in zip(LEVELS, by_hand, strict=True):
            bucket = hand.setdefault(second_of(at) // width * width, Counter())
            bucket.update({0: events, 1: size})
    expected = [
        {at: (bucket[0], bucket[1], 0, 0) for at, bucket in hand.items() if bucket.total()}
        for hand in by_hand
    ]
    assert expected == shown(metrics)


@examples(50)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 9)), min_size=1, max_size=400))
def test_what_is_remembered_is_the_newest(steps: list[tuple[int, int]]) -> None:
    """A clock that goes on: the last five minutes and the last hour are whole, and the rest is bounded."""
    metrics = Metrics()
    tally = Tally(metrics)
    came: Counter[int] = Counter()
    at = START
    for step, events in steps:
        at += step
        came[at] += events
        read(tally, at, events, 0)
    for (width, number), buckets in zip(LEVELS, shown(metrics), strict=True):
        oldest = (at // width - number + 1) * width
        expected = sum(events for second, events in came.items() if second >= oldest)
        assert expected == sum(events for second, (events, *_) in buckets.items() if second >= oldest)
        assert len(buckets) <= 2 * number + 1


def test_a_clock_that_jumps_fills_no_memory() -> None:
    """However often it is set forth and back, there are only so many buckets."""
    buckets = Buckets(1)
    for n in range(10_000):
        buckets.add((n * 7_919_317) % 10**9, (1,))
    assert [True, True] == [
        len(buckets.series(level)) <= 2 * number for level, (_, number) in enumerate(LEVELS)
    ]


def test_counters_and_buckets_are_of_one_moment() -> None:
    """While one thread counts, another one sees buckets that add up to the counters, each time."""
    metrics = Metrics()
    tally = Tally(metrics)
    over = threading.Event()

    def count() -> None:
        for n in range(20_000):
            read(tally, START + n / 100, 3, 100)
        over.set()

    counting = threading.Thread(target=count, name="test counting")
    counting.start()
    seen = 0
    while not over.is_set() or not seen:
        counted, (seconds, _) = metrics.pulse.read(metrics.snapshot)
        assert counted.get(EVENTS, 0) == sum(events for events, *_ in seconds.values())
        seen += 1
    counting.join()


def test_what_was_counted_before_the_first_read_has_no_second() -> None:
    """Numbers that somebody set at the beginning belong to no moment."""
    metrics = Metrics()
    metrics.add(EVENTS, 1_000)
    read(Tally(metrics), START + 0.5, 2, 10)
    assert {START: (2, 10, 0, 0)} == shown(metrics)[0]
