"""`store.frame`: what is kept as a DataFrame that is the reader's own."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from store_rows import assert_contract, event, many

from sse_notebook.events.batch import Batch
from sse_notebook.store.columns import Columns
from sse_notebook.store.frame import Frames


def filled(rows: int) -> tuple[Columns, Frames]:
    kept = Columns(1_000_000)
    kept.append(Batch.of(many(rows)))
    return kept, Frames()


def memory(column: pd.Series[Any]) -> Any:
    """The numbers that a column is made of."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.array.codes
    return getattr(column.array, "asi8", np.asarray(column))


def first_text(column: pd.Series[Any]) -> int:
    """The address of the first text of a column."""
    return int(pa.chunked_array(column.array.__arrow_array__()).chunk(0).buffers()[2].address)


def test_numbers_are_not_copied() -> None:
    """A frame's numbers lie where the store keeps them, until somebody writes into that column."""
    kept, frames = filled(3)
    df = frames.frame(kept.version)
    for name, attribute in [
        ("timestamp", "timestamp_us"),
        ("after_gap", "after_gap"),
        ("severity", "severity"),
    ]:
        assert np.shares_memory(memory(df[name]), kept.version.numbers[attribute])
    df.loc[0, "after_gap"] = True
    assert not np.shares_memory(memory(df["after_gap"]), kept.version.numbers["after_gap"])
    assert np.shares_memory(memory(df["severity"]), kept.version.numbers["severity"])
    assert [False, False, False] == kept.version.number("after_gap").tolist()


def test_texts_are_not_copied() -> None:
    """Frames of one version, and of the next, have the texts of their common rows in the same memory."""
    kept, frames = filled(3)
    one, two = (frames.frame(kept.version) for _ in range(2))
    kept.append(Batch.of([event({"event_type": "edit"})]))
    three = frames.frame(kept.version)
    assert (3, 3, 4) == (len(one), len(two), len(three))
    for name in ("type", "workload_id"):
        assert 1 == len({first_text(df[name]) for df in (one, two, three)})


def test_a_frame_lives_without_the_store() -> None:
    """Its memory is there as long as any of its arrays is, and still nobody else's."""
    kept, frames = filled(5)
    part = frames.frame(kept.version).iloc[1:3]
    column, array = frames.frame(kept.version)["timestamp"], frames.frame(kept.version)["severity"].array
    said = part.to_dict("tight")
    del kept
    frames.clear()
    gc.collect()
    _ = [np.full(1_000, 7) for _ in range(100)]  # what was let go of too early would be these by now
    assert (said, ["info", "success"]) == (part.to_dict("tight"), list(array[:2]))
    column.iloc[:] = pd.Timestamp("2000-01-01", tz="UTC")
    part.loc[:, "priority"] = 5
    assert (1, [5, 5]) == (column.nunique(), part["priority"].tolist())


def test_a_frame_of_arrow_harms_nobody() -> None:
    """Its categories lie in the store's memory too: written into, in it or in a slice, they are copied."""
    kept, frames = filled(5)
    before = frames.frame(kept.version).to_dict("tight")
    df, part = frames.of_arrow(kept.version), frames.of_arrow(kept.version).iloc[1:3]
    assert np.shares_memory(memory(df["severity"]), kept.version.numbers["severity"])
    for each in (df, part):
        each.loc[:, "severity"] = "error"
        each.loc[:, "after_gap"] = True
        each.loc[1, ["priority", "status"]] = 5, "gone"
        each.columns.name = "changed"
    assert before == frames.frame(kept.version).to_dict("tight")
    assert frames.of_arrow(kept.version).columns.name is None


def test_a_frame_that_nobody_has_is_let_go_of() -> None:
    """However many there were, of however many versions: what is left is what is used."""
    kept, frames = filled(3)

    def left(readings: int) -> int:
        for _ in range(readings):
            kept.append(Batch.of([event({"event_type": "edit"})]))
            df = frames.frame(kept.version)
            df.loc[:, "after_gap"] = True
        gc.collect()
        return sum(isinstance(found, pd.DataFrame) for found in gc.get_objects())

    assert left(3) == left(20)


def test_an_empty_frame_can_be_had_and_cleared() -> None:
    """Of nothing there is a frame too, also after the last one was forgotten."""
    kept, frames = Columns(9), Frames()
    for _ in range(2):
        assert_contract(frames.frame(kept.version))
        frames.clear()
