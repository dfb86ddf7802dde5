"""Types that come most often: counted as the DataFrame counts them, and named as a row on the screen is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sse_notebook import EventStore
from sse_notebook.widget.facets import TYPES, of_types, types_of
from sse_notebook.widget.texts import NAME

NAMES = st.sampled_from([f"kind.{letter}" for letter in "abcdefghijkl"])


@given(
    names=st.lists(NAMES, max_size=80), kept=st.integers(1, 80), least=st.integers(0, 40), also=st.sets(NAMES)
)
def test_they_are_the_frames(names: list[str], kept: int, least: int, also: set[str]) -> None:
    """The most frequent, and those that are asked for; which rows have one is what pandas says."""
    store = EventStore(max_rows=kept)
    store.add_events([{"type": name, "n": n} for n, name in enumerate(names)])
    some = store.where(f"data.n >= {least}")
    told = types_of(some._snapshot(), sorted(also))
    counts = some.df["type"].value_counts().to_dict()
    assert all(number == counts.get(name, 0) for name, number in told)
    assert sorted(counts.values(), reverse=True)[:TYPES] == [
        number for _, number in told[: min(TYPES, len(counts))]
    ]
    assert also <= {name for name, _ in told}
    df = store.df
    assert df["type"].isin(also).tolist() == of_types(store._snapshot().version, sorted(also)).tolist()


def test_a_type_is_named_as_on_the_screen() -> None:
    """However long, and whatever is in it: what is told is what narrows."""
    store = EventStore()
    store.add_events([{"type": "\u202e" + "x" * 100_000}, {"type": "<b>"}])
    told = types_of(store._snapshot())
    assert {NAME, 3} == {len(name) for name, _ in told}
    for name, number in told:
        assert number == of_types(store._snapshot().version, [name]).sum()
