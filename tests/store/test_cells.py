"""`store.cells`: cells of CSV and of other tables, as an event has them."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest

from sse_notebook.errors import ArgumentError
from sse_notebook.store import EventStore
from sse_notebook.store.cells import READERS

PAYLOADS = [
    {"type": "workload.status", "workload_id": "wl-1", "status": "running", "priority": 2, "id": "17"},
    {"type": "build_failed", "build_id": 7, "timestamp": "2026-11-24T10:00:00.123456Z"},
    {"type": "edit", "message": "up, and\nabout", "size": 2.5, "bot": True},
]


def filled() -> EventStore:
    store = EventStore(name="web")
    store.add_events(PAYLOADS)
    return store


@pytest.mark.parametrize(
    "how",
    [{}, {"index_col": "seq"}, {"dtype": str, "keep_default_na": False}, {"dtype_backend": "pyarrow"}],
    ids=str,
)
@pytest.mark.parametrize("expand", [None, True])
def test_csv_comes_back(how: dict[str, Any], expand: bool | None) -> None:
    """What `to_csv` wrote and pandas reads, however it takes the cells, is the same rows."""
    store, other = filled(), EventStore()
    other.add_events(pd.read_csv(io.StringIO(store.to_csv(expand=expand)), **how))
    pd.testing.assert_frame_equal(store.df, other.df)


def test_parquet_comes_back(tmp_path: Any) -> None:
    """The frame of what `to_parquet` wrote is the same, its categories too."""
    store, other = filled(), EventStore()
    store.to_parquet(tmp_path / "events.parquet")
    other.add_events(pd.read_parquet(tmp_path / "events.parquet"))
    pd.testing.assert_frame_equal(store.df, other.df)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("severity", "warn", "row 1, column severity: .*did you mean warning"),
        ("timestamp", "yesterday", "row 1, column timestamp: .*ISO text.*yesterday"),
        ("priority", 9, "row 1, column priority: .*1 to 5, not 9"),
        ("after_gap", "perhaps", "row 1, column after_gap: .*perhaps"),
        ("data", None, "row 1, column data: there is nothing in it.*keep_default_na"),
        ("type", None, "row 1, column type: there is nothing in it"),
    ],
)
def test_a_wrong_cell_is_named(column: str, cell: Any, said: str) -> None:
    """The error says which row and which column as the table has them, and nothing is kept."""
    frame, other = filled().df.astype(object), EventStore()
    frame.iloc[1, frame.columns.get_loc(column)] = cell
    with pytest.raises(ArgumentError, match=said):
        other.add_events(frame)
    assert 0 == other.count


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("id", 17.0, "17"), ("id", 17, "17"), ("id", "", None), ("priority", 2.0, 2), ("priority", "", None),
        ("after_gap", "False", False), ("data", True, "true"), ("data", 5, "5"),
        ("timestamp", "2026-11-24T10:00:00Z", 1795514400_000_000),
    ],
)  # fmt: skip
def test_what_a_reader_of_csv_makes_of_a_cell(column: str, cell: Any, value: Any) -> None:
    """Whole numbers with a point, ids that were taken for numbers, flags and times as text."""
    assert value == READERS[column](cell)
