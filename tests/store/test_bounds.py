"""`store.bounds`: how much is kept, why rows go, and which of those that went can still be read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_rows import DTYPES, RECEIVED, cut_small, event

from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArgumentError
from sse_notebook.events.event import changed
from sse_notebook.store import EventStore
from sse_notebook.store.bounds import SLACK

SECOND = 1_000_000
NOW = RECEIVED / SECOND


def rows(store: EventStore) -> list[int]:
    return [int(seq) for seq in store.df.index]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.lists(st.tuples(st.integers(-9, 3), st.integers(0, 300)), max_size=6)),
        st.tuples(st.just("sleep"), st.integers(0, 6)),
        st.tuples(st.just("max_rows"), st.integers(1, 12)),
        st.tuples(st.just("max_age"), st.none() | st.integers(1, 12)),
        st.tuples(st.just("max_bytes"), st.none() | st.integers(1, 3_000)),
        st.tuples(st.just("clear"), st.none()),
    ),
    max_size=25,
)


@given(steps, st.sampled_from([1, 3, 100]))
def test_the_oldest_go_and_no_more_than_must(todo: list[tuple[str, Any]], segment: int) -> None:
    """After any steps: the longest end of all rows that no bound forbids, or the newest row."""
    with pytest.MonkeyPatch.context() as patch:
        cut_small(patch, segment)
        clock = VirtualClock(NOW)
        store = EventStore(max_rows=12, clock=clock, max_dropped=5)
        everything = EventStore(max_bytes=None)  # knows what each row weighs
        received: list[int] = []
        start = evicted = 0
        for what, how in todo:
            if what == "add":
                new = [(round(clock.time()) + late, size) for late, size in how]
                for into in (store, everything):
                    into.add_events(
                        changed(event({"event_type": "x", "m": "x" * size}), received_us=at * SECOND)
                        for at, size in new
                    )
                received += [at for at, _ in new]
            elif what == "sleep":
                clock.advance(how)
            elif what == "clear":
                store.clear_events()
                start = len(received)
            else:
                setattr(store, what, how)
            kept = rows(store)
            stop = len(received)
            least = max(start, stop - store.max_rows)
            version = everything._snapshot().version
            if store.max_bytes is not None and version.nbytes(least, stop) > store.max_bytes:
                few = store.max_bytes - store.max_bytes // SLACK
                light = [seq for seq in range(least, stop) if version.nbytes(seq, stop) <= few]
                least = light[0] if light else stop - 1
            if store.max_age is not None:
                cutoff = clock.time() - store.max_age.total_seconds()
                young = [seq for seq in range(least, stop) if received[seq] >= cutoff]
                least = young[0] if young else stop
            assert list(range(least, stop)) == kept
            assert version.nbytes(least, stop) == store.nbytes
            evicted += least - start
            start = least
            assert (evicted, evicted) == (store.evicted, sum(store.evictions.values()))
            dropped = store.dropped
            assert list(dropped.index) == list(range(start - len(dropped), start))
            assert len(dropped) <= 5
            assert {"evicted"} >= set(dropped["reason"])


def test_what_went_can_be_read_with_the_reason() -> None:
    """`dropped` has `df`'s columns, and says because of which bound each row went; newest ones only."""
    clock = VirtualClock(NOW)
    store = EventStore(max_rows=4, clock=clock, max_dropped=5)
    assert ([*DTYPES, "reason", "clause"], 0) == (list(store.dropped.columns), len(store.dropped))
    store.add_events({"n": n} for n in range(6))
    clock.advance(10)
    store.max_age = "5s"
    assert ([], 6, {"max_rows": 2, "max_age": 4}) == (rows(store), store.evicted, store.evictions)
    dropped = store.dropped
    assert [1, 2, 3, 4, 5] == dropped.index.tolist()
    assert ["max_rows", *["max_age"] * 4] == dropped["clause"].tolist()
    assert ['{"n":1}', '{"n":5}'] == [dropped["data"].iloc[0], dropped["data"].iloc[-1]]
    assert {**DTYPES, "reason": "str", "clause": "str"} == {n: str(d) for n, d in dropped.dtypes.items()}
    store.clear_events()
    assert 0 == len(store.dropped)


def test_age_counts_without_new_rows() -> None:
    """A row is gone when its time is over, though nothing comes: of every verb that reads."""
    clock = VirtualClock(NOW)
    store = EventStore(clock=clock, max_age=timedelta(seconds=3))
    store.add_event({"n": 1})
    clock.advance(2)
    store.add_event({"n": 2})
    assert (2, [0, 1]) == (len(store), rows(store))
    clock.advance(2)
    assert (1, [1], 1) == (len(store), rows(store), store.to_arrow().num_rows)
    clock.advance(2)
    assert (0, [], 2) == (len(store), rows(store), store.count)


def test_two_bounds_at_once() -> None:
    """Rows that go for one reason, and further ones for another, go together, each counted for its own."""
    weight = EventStore()
    weight.add_events({"n": n} for n in range(4))
    store = EventStore(max_rows=4, max_bytes=weight.nbytes * 3 // 4)
    store.add_events({"n": n} for n in range(9))
    assert (5, 2) == (store.evictions["max_rows"], store.evictions["max_bytes"])
    assert [7, 8] == rows(store)


def test_memory_follows_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be kept is a bound for what is held, too: but for a part, which says how much."""
    store = EventStore(max_bytes=100_000, max_dropped=1_000)
    for _ in range(200):
        store.add_events({"m": "x" * 2_000} for _ in range(5))
        version = store._snapshot().version
        held = version.nbytes(version.segments[0].first, version.stop)
        assert store.nbytes <= 100_000
        assert held <= 100_000 * (1 + 1 / 16 + 1 / 8) + 5 * 2_100
    assert 30 < len(store) < 50
    assert 0 < len(store.dropped) < 10


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[("max_age", wrong) for wrong in ("soon", 0, -1, True, "", object())],
        *[("max_bytes", wrong) for wrong in (0, -1, 1.5, "1 MB", True)],
        *[("max_dropped", wrong) for wrong in (-1, 1.5, None, True)],
    ],
)
def test_wrong_bounds(name: str, wrong: Any) -> None:
    """An error at once, where it is given, which names the bound; the old one stays."""
    with pytest.raises(ArgumentError, match=name):
        EventStore(**{name: wrong})
    store = EventStore()
    before = getattr(store, name)
    with pytest.raises(ArgumentError, match=name):
        setattr(store, name, wrong)
    assert before == getattr(store, name)
