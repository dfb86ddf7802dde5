"""`store.columns`: rows appended at one end, forgotten at the other, read as one frame."""

from __future__ import annotations

from itertools import product

import pytest
from store_rows import assert_contract, event, many

from sse_notebook.events.batch import Batch
from sse_notebook.store import columns
from sse_notebook.store.columns import CHUNK, SEAL, Columns, events_of


def batch(rows: int) -> Batch:
    return Batch.of(many(rows))


@pytest.fixture(params=[(1, 1), (1, 4), (3, 5), (SEAL, CHUNK)], ids="seal {0[0]}, chunk {0[1]}".format)
def seal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many rows are held unsealed, and in how large chunks: what is read must not depend on it."""
    monkeypatch.setattr(columns, "SEAL", request.param[0])
    monkeypatch.setattr(columns, "CHUNK", request.param[1])


def test_nothing_is_a_frame_too(seal: None) -> None:
    """Without rows there is the contract's frame, with the usual source as a category."""
    kept = Columns(10, "name")
    assert_contract(kept.frame())
    assert (0, 0, ["name"]) == (len(kept), kept.evicted, list(kept.frame()["source"].cat.categories))
    assert [] == events_of(kept.version, 0, 10)


def test_rows_come_back_in_order(seal: None) -> None:
    """However rows were cut into appends, the frame has all of them in order, numbered."""
    kept = Columns(1_000)
    for first, rows in [(0, 1), (1, 7), (8, 1), (9, 29), (38, 2)]:
        assert range(first, first + rows) == kept.append(batch(rows)).columns["seq"]
        assert first + rows == len(kept)
    df = kept.frame()
    assert_contract(df)
    assert list(range(40)) == df.index.tolist()


def test_rows_are_those_that_came(seal: None) -> None:
    """Every row is read as it was appended, sealed or not, as a frame and as objects."""
    kept, came = Columns(1_000), Batch.joined([batch(5), batch(20)]).numbered(0)
    for row in range(25):
        kept.append(came.pick([row]))
        assert came[: row + 1] == events_of(kept.version, 0, 100)
    assert [e.received_us for e in came] == kept.frame()["received_at"].astype("int64").tolist()
    assert [e.raw for e in came] == kept.frame()["data"].tolist()
    for start, stop in product(range(0, 30, 3), repeat=2):
        assert came[start:stop] == events_of(kept.version, start, stop)


def test_the_oldest_go_and_are_counted(seal: None) -> None:
    """At every moment at most `max_rows` are kept, and the others counted, whether anybody reads or not."""
    kept = Columns(5)
    for n in range(1, 24):
        kept.append(batch(1))
        assert (min(n, 5), max(0, n - 5)) == (len(kept), kept.evicted)
        if n % 4 == 0:
            assert list(range(max(0, n - 5), n)) == kept.frame().index.tolist()
    kept.append(batch(100))
    assert (5, 118, list(range(118, 123))) == (len(kept), kept.evicted, kept.frame().index.tolist())
    assert list(range(118, 123)) == [event.seq for event in events_of(kept.version, 0, 1_000)]


def test_any_cut_of_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """However chunks and room are sized, exactly the oldest rows go: part of a chunk, one, several."""
    monkeypatch.setattr(columns, "SEAL", 1)
    for *sizes, room, chunk in product(range(1, 4), range(1, 4), range(1, 4), range(1, 5), range(1, 6)):
        monkeypatch.setattr(columns, "CHUNK", chunk)
        kept, total = Columns(100), 0
        for size in sizes:
            kept.append(batch(size))
            total += size
        kept.max_rows = room
        assert list(range(max(0, total - room), total)) == kept.frame().index.tolist()
        assert (min(room, total), max(0, total - room)) == (len(kept), kept.evicted)


def test_what_is_gone_does_not_come_back(seal: None) -> None:
    """Less room lets rows go at once; more room afterwards brings none of them back."""
    kept = Columns(100)
    kept.append(batch(10))
    kept.max_rows = 4
    assert (4, 6, 4) == (len(kept), kept.evicted, kept.max_rows)
    kept.max_rows = 100
    assert (4, 6, [6, 7, 8, 9]) == (len(kept), kept.evicted, kept.frame().index.tolist())
    kept.append(batch(2))
    assert (6, 6, [6, 7, 8, 9, 10, 11]) == (len(kept), kept.evicted, kept.frame().index.tolist())


def test_forgetting_is_not_evicting(seal: None) -> None:
    """Rows that the user clears are not counted as let go; those let go before are; numbers go on."""
    kept = Columns(5)
    kept.append(batch(8))
    kept.clear()
    assert (0, 3, 0) == (len(kept), kept.evicted, len(kept.frame()))
    kept.append(batch(6))
    assert (5, 4, [9, 10, 11, 12, 13]) == (len(kept), kept.evicted, kept.frame().index.tolist())


def test_sources_are_categories_whenever_they_come(seal: None) -> None:
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
    assert ["a", "c", "b", "a"] == [event.source for event in events_of(kept.version, 0, 9)]


def test_more_sources_than_a_byte_counts(seal: None) -> None:
    """Any number of names keeps each row's own."""
    kept, names = Columns(1_000), [f"source {n}" for n in range(300)]
    for name in names:
        kept.append(Batch.of([event(source=name)]))
    assert names == kept.frame()["source"].tolist()
    assert_contract(kept.frame())


def test_what_is_published_never_changes(seal: None) -> None:
    """A version, and a frame read of it, stay as they were while more rows come and go."""
    kept = Columns(6)
    kept.append(batch(5))
    version, before = kept.version, kept.frame()
    copy, objects = before.copy(deep=True), events_of(version, 0, 99)
    for _ in range(5):
        kept.append(batch(5))
        kept.frame()
    kept.clear()
    assert copy.equals(before)
    assert (objects, 0, 5) == (events_of(version, 0, 99), version.start, version.stop)


def test_reading_again_seals_nothing_again() -> None:
    """Rows that are not sealed yet are sealed once for all who read them, and again only when more came."""
    kept = Columns(100)
    kept.append(batch(3))
    kept.frame()
    tail = kept._tail
    kept.frame()
    assert kept._tail is tail
    kept.append(batch(2))
    kept.frame()
    assert kept._tail is not tail
    assert kept.version.chunks == ()
    kept.clear()
    assert kept._tail is None


@pytest.mark.parametrize("rows", [1, 7, 300, 5_000])
def test_memory_is_bounded_without_readers(rows: int) -> None:
    """Rows that nobody reads are sealed, chunks are few, and the oldest are let go."""
    kept = Columns(CHUNK)
    total = 0
    while total < 4 * CHUNK:
        kept.append(batch(rows))
        total += rows
        version = kept.version
        assert sum(map(len, version.batches)) < SEAL
        assert sum(chunk.rows for chunk in version.chunks) <= 2 * CHUNK + SEAL + rows
        assert len(version.chunks) <= 2 + CHUNK // SEAL
        assert all(chunk.stop > version.start for chunk in version.chunks)
    assert (CHUNK, total - CHUNK) == (len(kept), kept.evicted)


@pytest.mark.parametrize("rows", [5, 300, 5_000])
def test_a_frame_is_made_of_few_pieces(rows: int) -> None:
    """However small the reads were, chunks are large, but for the newest."""
    kept = Columns(100 * CHUNK)
    while len(kept) < 5 * CHUNK:
        kept.append(batch(rows))
    chunks = kept.version.chunks
    assert [] == [chunk.rows for chunk in chunks[: -CHUNK // SEAL] if chunk.rows < CHUNK]
    assert len(chunks) <= len(kept) // CHUNK + CHUNK // SEAL
