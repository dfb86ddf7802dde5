"""`store.chunk`: sealed rows, cut, joined, and made a frame that is the caller's own."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from store_rows import assert_contract, event, many

from sse_notebook.events.batch import Batch
from sse_notebook.store import schema
from sse_notebook.store.chunk import Chunk, frame_of

SOURCES = ("",)


@pytest.fixture(params=[1, schema.MANY], ids="large from {}".format, autouse=True)
def many_rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large arrays have their memory elsewhere: nothing may depend on it."""
    monkeypatch.setattr(schema, "MANY", request.param)


def chunk(rows: int, first: int = 0) -> Chunk:
    return Chunk.of(Batch.of(many(rows)).numbered(first), SOURCES)


def seqs(part: Chunk) -> list[int]:
    assert list(part.batch(SOURCES).columns["seq"]) == frame_of([part], SOURCES).index.tolist()
    return frame_of([part], SOURCES).index.tolist()


def test_any_part_of_a_chunk() -> None:
    """The rows between two numbers, wherever these lie; all of them are the chunk itself."""
    whole = chunk(4, first=10)
    assert (10, 4, 14) == (whole.first, whole.rows, whole.stop)
    for start, stop in product(range(8, 14), range(11, 17)):
        if start < stop:
            part = whole.between(start, stop)
            assert [seq for seq in range(10, 14) if start <= seq < stop] == seqs(part)
            assert (part is whole) == (start <= 10 and stop >= 14)


@pytest.mark.parametrize("sizes", [(1,), (2, 1), (3, 5, 1)])
def test_joined_chunks_are_one(sizes: tuple[int, ...]) -> None:
    """Several after each other have the rows of all of them, as one chunk and as one frame."""
    chunks, first = [], 7
    for size in sizes:
        chunks.append(chunk(size, first))
        first += size
    one = Chunk.joined(chunks)
    assert (7, sum(sizes)) == (one.first, one.rows)
    pd.testing.assert_frame_equal(frame_of(chunks, SOURCES), frame_of([one], SOURCES))
    assert [e for part in chunks for e in part.batch(SOURCES)] == list(one.batch(SOURCES))
    assert_contract(frame_of([one], SOURCES))


def test_joined_chunks_hold_no_memory_of_the_parts() -> None:
    """What was joined can be let go of: a part of it shares nothing with the whole."""
    one, other = chunk(3), chunk(3, 3)
    whole = Chunk.joined([one, other])
    assert not any(
        np.shares_memory(whole.arrays[name], part.arrays[name])
        for part in (one, other)
        for name in ("timestamp", "priority", "after_gap", "severity")
    )
    assert {part.arrays["data"].buffers()[2].address for part in (one, other)}.isdisjoint(
        [whole.arrays["data"].buffers()[2].address]
    )


def test_a_frame_is_the_callers_own() -> None:
    """Writing into any array of a frame changes neither the chunks nor another frame."""
    parts = [chunk(3), chunk(3, 3)]
    for chunks in (parts[:1], parts):
        before = frame_of(chunks, SOURCES).to_dict("tight")
        mine = frame_of(chunks, SOURCES)
        mine["timestamp"].array[0] = pd.Timestamp("2000-01-01", tz="UTC")
        mine["priority"].array[0] = 5
        mine["severity"].array[0] = "error"
        mine["origin"].array[0] = "added"
        mine["source"].array[0] = np.nan
        mine["after_gap"].array[0] = True
        mine["data"].array[0] = "HACK"
        assert before == frame_of(chunks, SOURCES).to_dict("tight")


TEXTS = {
    "plain": ["a", "b", "a"],
    "one for all": ["a"] * 3,
    "none": [None] * 3,
    "some": ["a", None, "b"],
    "empty ones": ["", "", "x"],
    "all empty": [""] * 3,
    "beyond ASCII": ["é", "🙂", "\x00"],
    "long": ["x" * 70_000, "y", "x" * 70_000],
}


@pytest.mark.parametrize("name", TEXTS)
def test_any_texts(name: str) -> None:
    """Texts of any kind, and none, come back in every text column."""
    values: list[Any] = TEXTS[name]
    columns: dict[str, Any] = dict(Batch.of([event({"event_type": "x"})] * 3).columns)
    for column in ("id", "status", "message", "resource_id"):
        columns[column] = values
    columns["raw"] = [value or "" for value in values]
    batch = Batch(columns).numbered(0)
    sealed = Chunk.of(batch, SOURCES)
    assert list(batch) == list(sealed.batch(SOURCES))
    df = frame_of([sealed], SOURCES)
    assert [value is None for value in values] == df["message"].isna().tolist()
    assert columns["raw"] == df["data"].tolist()
    assert_contract(df)
