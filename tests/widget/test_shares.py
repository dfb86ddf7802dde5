"""What the rows are: equal to counting the DataFrame, whatever came, went, or is narrowed."""

from __future__ import annotations

from collections import Counter

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from support import examples

import sse_notebook as sse
from sse_notebook.events.severity import SEVERITIES
from sse_notebook.widget.shares import TYPES, Shared, Shares

TYPE = st.sampled_from(["edit", "log", "build_failed", "workload.status", "a", "b", "c", "d", ""])
batches = st.lists(st.lists(st.tuples(TYPE, st.sampled_from(SEVERITIES)), max_size=30), max_size=8)


def events(batch: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"event_type": name, "severity": severity} for name, severity in batch]


def check(df: pd.DataFrame, shared: Shared) -> None:
    """It says of these rows what pandas says."""
    by_type = Counter(df["type"].tolist())
    assert len(df) == shared.rows == sum(shared.severities)
    assert [int((df["severity"] == name).sum()) for name in SEVERITIES] == shared.severities
    assert [number for _, number in by_type.most_common(TYPES)] == [number for _, number in shared.types]
    assert all(by_type[name] == number for name, number in shared.types)
    kinds, rest = shared.others
    assert (len(by_type) - len(shared.types), len(df)) == (kinds, rest + sum(n for _, n in shared.types))


@examples(100)
@given(batches, st.integers(1, 60))
def test_it_is_what_the_dataframe_says(given_batches: list[list[tuple[str, str]]], most: int) -> None:
    """After each addition, with rows that are let go of, of the whole and of a view."""
    store = sse.EventStore(max_rows=most)
    bad = store.where("severity >= 'warning'")
    shares, narrowed = Shares(), Shares()
    for batch in given_batches:
        store.add_events(events(batch))
        check(store.df, shares.look(store._snapshot()))
        check(bad.df, narrowed.look(bad._snapshot()))


def test_over_several_segments() -> None:
    """What fills segments of the store is counted once, and a look later still right, after clearing too."""
    store, shares = sse.EventStore(), Shares()
    for first in range(0, 100_000, 25_000):
        store.add_events([{"type": f"t{n % 7}"} for n in range(first, first + 25_000)])
        check(store.df, shares.look(store._snapshot()))
    assert len(shares._known) == len(store._snapshot().version.within) > 1
    store.clear_events()
    check(store.df, shares.look(store._snapshot()))
    store.add_event({"type": "again"})
    assert [["again", 1]] == shares.look(store._snapshot()).types


def test_names_that_become_one_are_one() -> None:
    """Types that are alike once they are cut and masked are counted together."""
    store = sse.EventStore()
    store.add_events([{"type": "x" * 200 + end} for end in "abc"])
    assert [["x" * 79 + "…", 3]] == Shares().look(store._snapshot()).types
    assert [["***", 3]] == Shares(lambda text: "***").look(store._snapshot()).types
