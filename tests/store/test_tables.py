"""`store.tables`: a table of Arrow is read as the rows that it was made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples

from sse_notebook import EventStore, where
from sse_notebook.store.snapshot import Snapshot, events_in
from sse_notebook.store.tables import SCHEMA, snapshot_of

PAYLOADS = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["edit", "build.failed", "ü", ""]), "n": st.integers(0, 9)},
        optional={
            "timestamp": st.integers(1_700_000_000, 1_700_000_100),
            "status": st.sampled_from(["running", "failed"]),
            "priority": st.integers(1, 5),
            "message": st.text(max_size=3),
        },
    ),
    max_size=12,
)


def store_of(payloads: list[dict[str, Any]]) -> EventStore:
    store = EventStore(name="s")
    for each in payloads:
        store.add_events([each])
    return store


def table_of(store: EventStore, parts: int = 1) -> Any:
    """As an archive has it: words are texts; in so many pieces."""
    table = pa.table({
        field.name: store.to_arrow(expand=[]).column(field.name).cast(field.type) for field in SCHEMA
    })  # fmt: skip
    size = -(-table.num_rows // parts) or 1
    return pa.concat_tables([table[at : at + size] for at in range(0, table.num_rows, size)] or [table])


def read(store: EventStore, parts: int = 1) -> Snapshot:
    table = table_of(store, parts)
    return snapshot_of(table, ["w"], np.zeros(table.num_rows, np.int32), source="s")


@given(PAYLOADS, st.integers(1, 3), st.data())
@examples(100)
def test_it_is_read_as_the_store_is(payloads: list[dict[str, Any]], parts: int, data: st.DataObject) -> None:
    """Frames, masks, stretches of time, events: what the store's own snapshot gives."""
    store = store_of(payloads)
    ours, expected = read(store, parts), store._snapshot()
    asked = where(data.draw(st.sampled_from(["data.n > 4", "type == 'build_failed'", "has(status)"])))
    start = data.draw(st.integers(1_700_000_000, 1_700_000_100)) * 10**6
    narrowings = [
        lambda of: of,
        lambda of: of.where(asked),
        lambda of: of.between(start, start + 30 * 10**6),
        lambda of: of.last(3).where(asked),
    ]
    for narrow in narrowings:
        one, other = narrow(expected), narrow(ours)
        assert one.size == other.size
        for expand in ([], ["n"], True):
            frame = other.frame(expand)
            index = pd.Index(frame.index.get_level_values("seq"), name="seq")
            pd.testing.assert_frame_equal(one.frame(expand), frame.set_axis(index), check_index_type="equiv")
        assert list(events_in(one)) == list(events_in(other))


def test_rows_are_called_by_writer_and_seq() -> None:
    """Whatever numbers they have, and in whatever order; a callable sees them too."""
    table = table_of(store_of([{"type": "edit", "n": n} for n in range(4)]))
    table = table.set_column(0, "seq", pa.array([70, 5, 71, 6]))
    snapshot = snapshot_of(table, ["b", "a"], np.array([0, 1, 0, 1], np.int32))
    assert [("b", 70), ("a", 5), ("b", 71), ("a", 6)] == snapshot.frame().index.tolist()
    assert ["writer", "seq"] == snapshot.frame().index.names
    assert ["b", "a", "b", "a"] == snapshot.called()["writer"].to_pylist()
    assert [("b", 71)] == snapshot.where(where(lambda event: event.seq == 71)).frame().index.tolist()
    assert [70, 5, 71, 6] == [event.seq for event in events_in(snapshot)]
    assert [5, 6] == [event.seq for event in events_in(snapshot.where(where(lambda e: e.seq < 9)))]


def test_columns_that_lack_have_nothing() -> None:
    """A part of the columns is enough to count."""
    table = table_of(store_of([{"type": "edit"}])).select(["seq", "timestamp"])
    snapshot = snapshot_of(table, ["w"], np.zeros(1, np.int32))
    frame = snapshot.frame([])
    assert ([True], [True], ["info"]) == (
        frame["type"].isna().tolist(),
        frame["priority"].isna().tolist(),
        frame["severity"].tolist(),
    )


def test_it_is_asked_before_a_frame_is_made() -> None:
    """How many rows there are; what needs no frame does not ask."""
    asked: list[int] = []
    table = table_of(store_of([{"type": "edit"}] * 3))
    snapshot = snapshot_of(table, ["w"], np.zeros(3, np.int32), check=asked.append)
    assert 3 == snapshot.where(where(type="edit")).size
    assert [] == asked
    snapshot.frame()
    snapshot.reader.of_arrow(snapshot.version)
    assert [3, 3] == asked


def test_nothing_is_copied_that_arrow_has() -> None:
    """Texts and times lie where they lay."""
    table = table_of(store_of([{"type": "edit", "message": "x"}] * 3)).combine_chunks()
    snapshot = snapshot_of(table, ["w"], np.zeros(3, np.int32))
    here = table.column("data").chunk(0).buffers()[2].address
    assert here == snapshot.texts()["data"].chunk(0).buffers()[2].address
    times = snapshot.number("timestamp_us").__array_interface__["data"][0]
    assert table.column("timestamp").chunk(0).buffers()[1].address == times


@pytest.mark.parametrize("rows", [0, 2])
def test_words_of_a_segment(rows: int) -> None:
    """What a filter asks of them: which there are, and which rows have them."""
    segment = read(
        store_of([{"type": "edit"}, {"type": "build.failed", "status": "x"}][:rows] or [{"type": "a"}])
    )
    (texts,) = segment.version.segments
    assert texts.rows == segment.size
    codes, words = texts.coded("type", 0, texts.rows)
    assert [words[code] for code in codes] == list(texts.values("type", 0, texts.rows))
    assert texts.nbytes(0, texts.rows) > 0
    assert {"id", "message", "raw"} == set(texts.sizes)
    assert [False] * texts.rows == list(texts.is_in("type", ["none"], 0, texts.rows))
