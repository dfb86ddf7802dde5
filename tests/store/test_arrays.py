"""`store.arrays`: what is made of versions one after the other is what is made of each alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_rows import cut_small, event

from sse_notebook.events.batch import Batch
from sse_notebook.events.event import changed
from sse_notebook.store.arrays import Arrays
from sse_notebook.store.columns import Columns, Version
from sse_notebook.store.schema import COLUMNS
from sse_notebook.store.texts import AGAIN, DIFFERENT

NUMBERS = [c for c in COLUMNS if c.kind is not None and not c.kind.category]
ROW = st.tuples(st.sampled_from([None, 1, 5]), st.booleans(), st.sampled_from(["a", "b", None]))


def append(kept: Columns, rows: list[tuple[int | None, bool, str | None]]) -> None:
    plain = event({"event_type": "edit"})
    kept.append(
        Batch.of(
            changed(plain, priority=priority, after_gap=gap, status=word, message=word)
            for priority, gap, word in rows
        )
    )


def said(arrays: Arrays, version: Version) -> dict[str, Any]:
    """All that it makes of a version, as Python has it."""
    found = {name: array.to_pylist() for name, array in arrays.texts(version).items()}
    found |= {c.attribute: arrays.arrow(version, c.attribute, c.kind).to_pylist() for c in NUMBERS}
    (priority,) = (c for c in NUMBERS if c.name == "priority")
    return {
        **found,
        "missing": arrays.frame(version, priority.attribute, priority.kind, lambda memory: memory)
        .isna()
        .tolist(),
    }


def wanted(version: Version) -> dict[str, Any]:
    """The same, of a version alone."""
    numbers = {
        c.attribute: c.kind.arrow(version.number(c.attribute)).to_pylist()
        for c in NUMBERS
        if c.kind is not None
    }
    rows: dict[str, list[Any]] = {name: [] for name in (*AGAIN, *DIFFERENT)}
    for segment in version.within:
        low, high = max(0, version.start - segment.first), min(segment.rows, version.stop - segment.first)
        for name, values in rows.items():
            values += segment.values(name, low, high)
    return {**rows, **numbers, "missing": [value is None for value in numbers["priority"]]}


@given(st.lists(st.lists(ROW, min_size=1, max_size=9), min_size=1, max_size=12), st.data())
def test_in_whatever_order_versions_are_read(reads: list[list[Any]], data: st.DataObject) -> None:
    """Also where rows go, their memory moves, and an older version is read after a newer one."""
    with pytest.MonkeyPatch.context() as patch:
        cut_small(patch, rows=7)
        kept, arrays = Columns(data.draw(st.sampled_from([3, 20, 1_000]))), Arrays()
        versions: list[Version] = []
        for rows in reads:
            append(kept, rows)
            versions.append(kept.version)
            for version in data.draw(st.lists(st.sampled_from(versions), max_size=3)):
                assert wanted(version) == said(arrays, version)


def test_what_was_given_never_changes() -> None:
    """Not the last byte of the flags either, in which those of later rows come to stand."""
    kept, arrays = Columns(10_000), Arrays()
    append(kept, [(1, True, "a"), (None, False, None), (5, True, "b")])
    version = kept.version
    given = {c.attribute: arrays.arrow(version, c.attribute, c.kind) for c in NUMBERS} | arrays.texts(version)
    before = {name: array.to_pylist() for name, array in given.items()}
    for _ in range(1_200):
        append(kept, [(None, True, "c"), (2, False, None), (None, True, "d")])
        said(arrays, kept.version) if kept.version.stop % 5 == 0 else arrays.texts(kept.version)
    assert before == {name: array.to_pylist() for name, array in given.items()}


def test_what_was_made_is_there_for_the_next() -> None:
    """Numbers and texts of rows that were there lie where they lay; a reading adds to them."""
    kept, arrays = Columns(100_000), Arrays()
    (flags,) = (c for c in NUMBERS if c.name == "after_gap")
    append(kept, [(1, True, "a"), (None, False, "b")] * 20_000)
    one = arrays.texts(kept.version)
    arrays.arrow(kept.version, flags.attribute, flags.kind)
    append(kept, [(1, True, "c")] * 3)  # for which the room of the bits grows, once
    bits = arrays.arrow(kept.version, flags.attribute, flags.kind).buffers()[1].address
    append(kept, [(1, True, "c")] * 3)
    two = arrays.texts(kept.version)
    assert bits == arrays.arrow(kept.version, flags.attribute, flags.kind).buffers()[1].address
    for name in AGAIN:
        assert address(one[name]) == address(two[name])


def address(array: Any) -> int:
    return int(array.chunk(0).buffers()[2].address)
