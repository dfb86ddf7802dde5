"""What a recording looks like from afar: whatever is in it, every event is in one of so many stretches."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.journal import Entry
from sse_notebook.widget.sketch import STRETCHES, sketch_of

BODIES = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.fixed_dictionaries(
        {},
        optional={
            "start": st.one_of(st.none(), st.floats(0, 100), st.text(max_size=3)),
            "end": st.one_of(st.none(), st.floats(0, 100), st.booleans()),
            "recovered": st.one_of(st.none(), st.booleans()),
            "text": st.one_of(st.none(), st.text(max_size=5)),
            "at": st.one_of(st.none(), st.floats(allow_nan=True)),
        },
    ),
)
ENTRIES = st.lists(
    st.builds(
        Entry, st.integers(-10, 10**9), st.sampled_from(["ev", "gap", "fill", "mark", "open", "?"]), BODIES
    )
)


@given(ENTRIES)
def test_whatever_is_in_it(entries: list[Entry]) -> None:
    """No event is left out, and the size is what it is."""
    sketch = sketch_of(entries)
    assert len(sketch["all"]) == STRETCHES
    assert sum(sketch["all"]) == sketch["events"] == sum(entry.code == "ev" for entry in entries)
    assert sketch["duration"] >= 0


def gap(**body: Any) -> Entry:
    return Entry(5_000_000, "gap", {"start": 1.0, "end": 3.0, "recovered": None, **body})


def test_gaps() -> None:
    """Those that were refilled, then or later, are none; one without an end goes on to the end."""
    assert sketch_of([gap()])["gaps"] == [[1000.0, 3000.0]]
    assert sketch_of([gap(recovered=True)])["gaps"] == []
    assert sketch_of([gap(), Entry(6_000_000, "fill", {"start": 1.0, "recovered": True})])["gaps"] == []
    assert sketch_of([gap(end=None)])["gaps"] == [[1000.0, 5000.0]]
