"""`Snapshot`: some rows of a version, cut in any way, and never changing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from followed import NOW, SECOND, Followed
from hypothesis import given
from hypothesis import strategies as st
from reading_rows import happenings
from store_rows import cut_small

from sse_notebook.filters import where
from sse_notebook.store import snapshot as module
from sse_notebook.store.snapshot import Snapshot, events_in

numbers = st.integers(-12, 12)
cuts = st.lists(
    st.one_of(
        st.tuples(st.just("first"), numbers),
        st.tuples(st.just("last"), numbers),
        st.tuples(st.just("between"), st.tuples(numbers, numbers)),
        st.tuples(st.just("where"), st.sampled_from(["p-1", "p-2"])),
    ),
    max_size=4,
)


def cut(snapshot: Snapshot, rows: list[Any], what: str, how: Any) -> tuple[Snapshot, list[Any]]:
    """The snapshot, and the list, cut alike."""
    if what == "first":
        return snapshot.first(how), rows[:how]
    if what == "last":
        return snapshot.last(how), rows[max(0, len(rows) - how) :] if how >= 0 else rows[-how:]
    if what == "between":
        start, end = ((NOW + second) * SECOND for second in how)
        return snapshot.between(start, end), [row for row in rows if start <= row.timestamp_us < end]
    return snapshot.where(where(project_id=how)), [row for row in rows if row.project_id == how]


def assert_rows(snapshot: Snapshot, rows: list[Any]) -> None:
    """Each way to read it gives these rows."""
    seqs = [row.seq for row in rows]
    assert len(rows) == snapshot.size
    assert seqs == list(snapshot.seqs)
    assert [row.timestamp_us for row in rows] == snapshot.number("timestamp_us").tolist()
    assert seqs == snapshot.frame([]).index.tolist()
    texts = snapshot.texts()
    for name in ("type", "project_id", "message"):
        assert [getattr(row, name) for row in rows] == texts[name].to_pylist()
    assert rows == list(events_in(snapshot))


@given(st.lists(happenings, max_size=5), cuts, st.lists(happenings, max_size=5), st.integers(1, 4))
def test_a_snapshot_is_a_list(
    todo: list[tuple[str, Any]], how: list[tuple[str, Any]], later: list[tuple[str, Any]], part: int
) -> None:
    """Cut in any way it is the list cut likewise; and whatever the store does next, it stays what it was."""
    with pytest.MonkeyPatch.context() as patch:
        cut_small(patch, 3, narrow=2)
        patch.setattr(module, "PART", part)
        followed = Followed()
        for step in todo:
            followed.do(*step)
        snapshot, rows = followed.store._snapshot(), list(followed.kept)
        assert snapshot.all
        for step in how:
            snapshot, rows = cut(snapshot, rows, *step)
            assert_rows(snapshot, rows)
        for step in later:
            followed.do(*step)
        assert_rows(snapshot, rows)


def test_what_is_known_to_be_ordered_is_no_copy() -> None:
    """A slice of time of ordered rows, and a slice of that, lie in the store's own memory."""
    followed = Followed()
    followed.add([followed.row(-second) for second in range(10)])
    whole = followed.store._snapshot()
    part = whole.between((NOW + 2) * SECOND, None).between(None, (NOW + 8) * SECOND).last(3)
    assert [5, 6, 7] == list(part.seqs)
    assert not part.all
    assert np.shares_memory(whole.number("timestamp_us"), part.number("timestamp_us"))
    late = followed.row(3)
    followed.add([late])
    part = followed.store._snapshot().between((NOW - 3) * SECOND, (NOW + 1) * SECOND)
    assert [0, 10] == list(part.seqs)


def test_objects_of_rows_apart() -> None:
    """Rows that are far from one another, or all others, are the right objects."""
    followed = Followed()
    followed.add([followed.row(-second, project_id=f"p-{second % 3}") for second in range(20)])
    for project in ("p-0", "p-1", "p-2"):
        part = followed.store._snapshot().where(where(project_id=project))
        assert [row for row in followed.kept if row.project_id == project] == list(events_in(part))


def test_snapshots_by_turns() -> None:
    """What was made for an older or a newer one is not given to the other."""
    followed = Followed()
    followed.add([followed.row(0, message="a"), followed.row(0)])
    older, rows = followed.store._snapshot(), list(followed.kept)
    assert_rows(older, rows)
    followed.add([followed.row(0, message="b")])
    newer = followed.store._snapshot()
    for _ in range(2):
        assert_rows(newer, followed.kept)
        assert_rows(older, rows)
