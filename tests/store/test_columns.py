"""`store.columns`: rows appended at one end, forgotten at the other, read as one frame."""

from __future__ import annotations

from itertools import product

import pytest
from store_rows import assert_contract, event, many

from sse_notebook.events.batch import Batch
from sse_notebook.store import columns
from sse_notebook.store.columns import SEAL, Columns


def numbered(rows: int, first: int = 0) -> Batch:
    return Batch.of(many(rows)).numbered(first)


@pytest.fixture(params=[1, 3, SEAL], ids="seal {}".format)
def seal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many rows are held as objects: what is read must not depend on it."""
    monkeypatch.setattr(columns, "SEAL", request.param)
    return int(request.param)


def test_nothing_is_a_frame_too(seal: int) -> None:
    """Without rows there is the contract's frame, with the usual source as a category."""
    kept = Columns(10, "name")
    assert_contract(kept.frame())
    assert (0, 0, ["name"]) == (len(kept), kept.evicted, list(kept.frame()["source"].cat.categories))


def test_rows_come_back_in_order(seal: int) -> None:
    """However rows were cut into appends, the frame has all of them in order."""
    kept = Columns(1_000)
    for first, rows in [(0, 1), (1, 7), (8, 0), (8, 30), (38, 2)]:
        kept.append(numbered(rows, first))
        assert first + rows == len(kept)
    df = kept.frame()
    assert_contract(df)
    assert list(range(40)) == df.index.tolist()


def test_the_oldest_go_and_are_counted(seal: int) -> None:
    """At every moment at most `max_rows` are kept, and the others counted, whether anybody reads or not."""
    kept = Columns(5)
    for n in range(1, 24):
        kept.append(numbered(1, n - 1))
        assert (min(n, 5), max(0, n - 5)) == (len(kept), kept.evicted)
        if n % 4 == 0:
            assert list(range(max(0, n - 5), n)) == kept.frame().index.tolist()
    kept.append(numbered(100, 23))
    assert (5, 118, list(range(118, 123))) == (len(kept), kept.evicted, kept.frame().index.tolist())


def test_any_cut_of_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """However chunks and room are sized, exactly the oldest rows go: part of a chunk, one, several."""
    monkeypatch.setattr(columns, "SEAL", 100)
    for *sizes, room in product(range(1, 4), range(1, 4), range(1, 4), range(1, 5)):
        kept, total = Columns(100), 0
        for size in sizes:
            kept.append(numbered(size, total))
            kept._seal()
            total += size
        kept.max_rows = room
        assert list(range(max(0, total - room), total)) == kept.frame().index.tolist()
        assert (min(room, total), max(0, total - room)) == (len(kept), kept.evicted)


def test_what_is_gone_does_not_come_back(seal: int) -> None:
    """Less room lets rows go at once; more room afterwards brings none of them back."""
    kept = Columns(100)
    kept.append(numbered(10))
    kept.max_rows = 4
    assert (4, 6, 4) == (len(kept), kept.evicted, kept.max_rows)
    kept.max_rows = 100
    assert (4, 6, [6, 7, 8, 9]) == (len(kept), kept.evicted, kept.frame().index.tolist())
    kept.append(numbered(2, 10))
    assert (6, 6, [6, 7, 8, 9, 10, 11]) == (len(kept), kept.evicted, kept.frame().index.tolist())


def test_forgetting_is_not_evicting(seal: int) -> None:
    """Rows that the user clears are not counted as let go; those let go before are."""
    kept = Columns(5)
    kept.append(numbered(8))
    kept.clear()
    assert (0, 3, 0) == (len(kept), kept.evicted, len(kept.frame()))
    kept.append(numbered(6, 8))
    assert (5, 4, [9, 10, 11, 12, 13]) == (len(kept), kept.evicted, kept.frame().index.tolist())


def test_sources_are_categories_whenever_they_come(seal: int) -> None:
    """A new source in later rows is a category like the first, in frames read before and after."""
    kept = Columns(100, "a")
    kept.append(Batch.of([event(source="a")]))
    before = kept.frame()
    kept.append(Batch.of([event(source="c"), event(source="b"), event(source="a")]))
    after = kept.frame()
    assert (["a"], ["a", "c", "b", "a"]) == (before["source"].tolist(), after["source"].tolist())
    assert ["a"] == list(before["source"].cat.categories)
    assert {"a", "b", "c"} == set(after["source"].cat.categories)
    for df in (before, after):
        assert_contract(df)


def test_a_sealed_chunk_never_changes(seal: int) -> None:
    """A frame that was read before more rows came, or went, is as it was."""
    kept = Columns(6)
    kept.append(numbered(5))
    before = kept.frame()
    copy = before.copy(deep=True)
    kept.append(numbered(5, 5))
    kept.frame()
    assert copy.equals(before)


def test_memory_is_bounded_without_readers() -> None:
    """Rows that nobody reads are sealed, and the oldest chunks let go: no list of objects grows."""
    kept = Columns(SEAL)
    for first in range(0, 10 * SEAL, 512):
        kept.append(numbered(512, first))
        assert kept._pending < SEAL
        assert sum(map(len, kept._chunks)) <= 2 * SEAL
    assert (SEAL, 9 * SEAL) == (len(kept), kept.evicted)
