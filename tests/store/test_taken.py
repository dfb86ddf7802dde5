"""Some rows of a frame: what `iloc` gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_rows import cut_small

from sse_notebook import EventStore
from sse_notebook.store.taken import taken, taken_of


@given(st.lists(st.lists(st.sampled_from(["", "a", "é", None]), max_size=5), max_size=5), st.data())
def test_texts_of_many_arrays(parts: list[list[str | None]], data: st.DataObject) -> None:
    """Whatever the arrays are, empty ones too, and whichever rows are wanted."""
    chunked = pa.chunked_array([pa.array(part, pa.large_string()) for part in parts], pa.large_string())
    every = [value for part in parts for value in part]
    rows = sorted(data.draw(st.sets(st.integers(0, len(every) - 1)))) if every else []
    found = taken_of(chunked, np.array(rows, np.int64))
    assert [every[row] for row in rows] == found.to_pylist()
    assert pa.large_string() == found.type


@pytest.mark.parametrize("rows", [[], [0], [3, 4, 90], list(range(100)), list(range(1, 100, 3))])
def test_any_column(rows: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts, times, categories, numbers with holes, flags, lists: each with its dtype, and one's own."""
    cut_small(monkeypatch, 16)
    store = EventStore(expand=["n", "x", "o", "missing", "flag"])
    store.add_events(
        [
            {"type": "a", "n": n, "x": ["t", n][n % 2], "o": [n], "flag": n > 3, "priority": n % 5 or None}
            for n in range(100)
        ]
    )
    frame = store.df
    found = taken(frame, np.array(rows, np.int64))
    pd.testing.assert_frame_equal(frame.iloc[rows], found)
    found["type"] = "mine"
    found["after_gap"] = True
    found["timestamp"] += pd.Timedelta("1s")
    pd.testing.assert_frame_equal(frame, store.df)
