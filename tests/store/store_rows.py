"""What the tests of the store share: events to keep, and the columns that the contract promises."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.batch import Batch
from sse_notebook.events.event import changed
from sse_notebook.store import columns, texts
from sse_notebook.store.columns import Columns
from sse_notebook.store.frame import Frames
from sse_notebook.wire import ServerSentEvent

RECEIVED = 1_700_000_000_000_000

# The contract's columns, in its order, with its dtypes as pandas prints them.
DTYPES = {
    "timestamp": "datetime64[us, UTC]",
    "received_at": "datetime64[us, UTC]",
    "type": "str",
    "event_type": "str",
    "id": "str",
    "severity": "category",
    "priority": "Int8",
    "cluster_id": "str",
    "project_id": "str",
    "workload_id": "str",
    "resource_type": "str",
    "resource_id": "str",
    "status": "str",
    "message": "str",
    "origin": "category",
    "after_gap": "bool",
    "source": "category",
    "data": "str",
}
NULLABLE = (
    *("id", "priority", "cluster_id", "project_id", "workload_id", "resource_type", "resource_id"),
    *("status", "message"),
)

FULL = {
    "event_type": "workload_status_update",
    "timestamp": 1234567890,
    "cluster_id": "c-1",
    "project_id": "p-1",
    "workload_id": "wl-1",
    "status": "running",
    "message": "up",
    "priority": 2,
}


def event(payload: Any = None, /, own_id: str | None = None, source: str = "", **fields: Any) -> Event:
    """The event that a payload gives: text, a value to be sent as JSON, or fields."""
    raw = payload if isinstance(payload, str) else json.dumps(fields if payload is None else payload)
    found = Vocabulary().read(ServerSentEvent(data=raw, own_id=own_id), RECEIVED, source=source)
    assert isinstance(found, Event), found
    return found


def many(rows: int) -> list[Event]:
    """So many events, cheaply; every third says nothing of itself."""
    full, empty = event(FULL, own_id="17"), event({"event_type": "edit"})
    return [changed(full if row % 3 else empty, received_us=RECEIVED + row) for row in range(rows)]


def sealed(events: Sequence[Event], source: str = "") -> pd.DataFrame:
    """The frame of these events, appended at once."""
    kept = Columns(1_000_000, source)
    if events:
        kept.append(Batch.of(events))
    return frame_of(kept)


def cut_small(
    patch: pytest.MonkeyPatch, rows: int = 32_768, narrow: int = 256, size: int = 2**25, part: int = 4_096
) -> None:
    """Segments of so many rows and bytes, written so many at once; so many words have short codes."""
    patch.setattr(texts, "ROWS", rows)
    patch.setattr(texts, "NARROW", narrow)
    patch.setattr(texts, "BYTES", size)
    patch.setattr(texts, "FIRST", 1)
    patch.setattr(columns, "FIRST", 1)
    patch.setattr(columns, "PART", part)


def frame_of(kept: Columns) -> pd.DataFrame:
    """The frame of what is kept, made anew."""
    return Frames().frame(kept.version)


def assert_contract(df: pd.DataFrame) -> None:
    """The columns, their order and dtypes, and the index, are the contract's, whatever is in the frame."""
    assert DTYPES == {name: str(dtype) for name, dtype in df.dtypes.items()}
    assert list(DTYPES) == list(df.columns)
    assert ("seq", "int64") == (df.index.name, str(df.index.dtype))
    assert "str" == str(df.columns.dtype)
    assert ["info", "success", "warning", "error"] == list(df["severity"].cat.categories)
    assert df["severity"].cat.ordered
    assert ["live", "resumed", "replayed", "added"] == list(df["origin"].cat.categories)
    assert not df["origin"].cat.ordered
    assert "str" == str(df["source"].cat.categories.dtype)
