"""Rows by the second in which they came: each is counted once, whatever is narrowed or let go of."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from support import examples

import sse_notebook as sse
from sse_notebook.clock import VirtualClock
from sse_notebook.events.severity import SEVERITIES
from sse_notebook.pulse import LEVELS
from sse_notebook.widget.heat import Heat, lag

START = 1_700_000_000.0
steps = st.lists(st.tuples(st.floats(0, 40), st.lists(st.sampled_from(SEVERITIES), max_size=12)), max_size=12)


@examples(100)
@given(steps)
def test_each_row_is_counted_once(given_steps: list[tuple[float, list[str]]]) -> None:
    """Of the whole, and of a view: rows, warnings and errors of each second are those of the DataFrame."""
    clock = VirtualClock(START)
    store = sse.EventStore(clock=clock)
    errors = store.where("severity == 'error'")
    of_all, of_errors = Heat(), Heat()
    for seconds, severities in given_steps:
        clock.advance(seconds)
        store.add_events([{"type": "x", "severity": severity} for severity in severities])
        of_all.look(store._snapshot(), clock.time())
        of_errors.look(errors._snapshot(), clock.time())
    for source, heat in ((store, of_all), (errors, of_errors)):
        df = source.df
        for level, (width, _) in enumerate(LEVELS):
            expected: dict[int, Counter[str]] = {}
            for at, severity in zip(df["received_at"], df["severity"], strict=True):
                bucket = expected.setdefault(int(at.timestamp()) // width * width, Counter())
                bucket[severity] += 1
            assert {
                at: (bucket.total(), bucket["warning"], bucket["error"]) for at, bucket in expected.items()
            } == heat.buckets.series(level)


def test_rows_of_long_ago_are_in_no_picture() -> None:
    """A journal's rows of last week are not counted second by second; those of now are."""
    clock = VirtualClock(START)
    store, heat = sse.EventStore(clock=clock), Heat()
    store.add_event({"type": "old"})
    clock.advance(7 * 86_400)
    store.add_event({"type": "new"})
    heat.look(store._snapshot(), clock.time())
    assert {int(START) + 7 * 86_400: (1, 0, 0)} == heat.buckets.series(0)


def test_what_is_let_go_of_stays_counted() -> None:
    """Rows that were seen count on when they are kept no more; those that went unseen are no rows here."""
    clock = VirtualClock(START)
    store, heat = sse.EventStore(max_rows=3, clock=clock), Heat()
    store.add_events([{"type": "x"}] * 3)
    heat.look(store._snapshot(), clock.time())
    store.add_events([{"type": "x"}] * 5)
    heat.look(store._snapshot(), clock.time())
    assert {int(START): (6, 0, 0)} == heat.buckets.series(0)


def test_lag_is_of_those_that_say_when() -> None:
    """The newest, and half of them; what says no time of its own, or was added by hand, has none."""
    clock = VirtualClock(START)
    store = sse.EventStore(clock=clock)
    assert lag(store._snapshot()) is None
    store.add_events([{"type": "x", "timestamp": START - 5}])
    assert lag(store._snapshot()) is None
