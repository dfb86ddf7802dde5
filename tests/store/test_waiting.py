"""`store.waiting`: rows that come one by one are written together, and nobody can tell."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from support import interrupted

from sse_notebook.clock import VirtualClock
from sse_notebook.store import EventStore, waiting
from sse_notebook.store.columns import Columns


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were written at once."""
    sizes: list[int] = []
    append = Columns.append

    def noted(self: Columns, batch: Any, now_us: int = 0) -> Any:
        sizes.append(len(batch))
        return append(self, batch, now_us)

    monkeypatch.setattr(Columns, "append", noted)
    return sizes


def add(store: EventStore, rows: int, size: int = 1) -> None:
    store.add_events({"type": "edit", "n": "x" * size} for _ in range(rows))


READS: dict[str, Callable[[EventStore], Any]] = {
    "a frame": lambda store: len(store.df),
    "how many": len,
    "Arrow": lambda store: store.to_arrow().num_rows,
    "a view": lambda store: len(store.since("1h")),
    "objects": lambda store: len(store.scan()),
    "bytes": lambda store: store.nbytes and 3,
    "evictions": lambda store: store.evicted + 3,
    "reasons": lambda store: len(store.evictions) + 3,
    "what went": lambda store: len(store.dropped) + 3,
}


@pytest.mark.parametrize("name", READS)
def test_who_reads_has_it_written(name: str, written: list[int]) -> None:
    """Whatever is read, rows that waited are in it, and are written once."""
    store = EventStore(max_events=2)
    for _ in range(3):
        add(store, 1)
    assert ([], 3, [1, 2]) == (written, store.count, [event.seq for event in store.events])
    assert 3 == READS[name](store)
    READS[name](store)
    assert [3] == written


def test_few_rows_wait(written: list[int]) -> None:
    """So many rows, and so many bytes, are written without being read; a large read waits for nobody."""
    store = EventStore()
    for _ in range(waiting.ROWS):
        add(store, 1)
    assert [waiting.ROWS] == written
    add(store, 1)
    add(store, 1, waiting.BYTES)
    assert [waiting.ROWS, 2] == written
    add(store, 1)
    add(store, waiting.SMALL + 1)
    assert [waiting.ROWS, 2, waiting.SMALL + 2] == written
    assert list(range(store.count)) == store.df.index.to_list()


def test_bounds_hold_for_what_waits() -> None:
    """Rows that wait count for every bound, and one that is changed lets them go by the earlier one first."""
    clock = VirtualClock(1_000)
    store = EventStore(max_rows=2, max_age="10s", clock=clock)
    for _ in range(5):
        add(store, 1)
    assert ({"max_rows": 3}, [3, 4]) == (store.evictions, store.df.index.to_list())
    add(store, 1)
    clock.advance(11)
    assert (0, {"max_rows": 4, "max_age": 2}) == (len(store), store.evictions)
    for _ in range(3):
        add(store, 1)
    store.max_rows = 5
    assert {"max_rows": 5, "max_age": 2} == store.evictions


def test_forgotten_rows_had_their_numbers() -> None:
    """Clearing forgets what waits; the numbers go on."""
    store = EventStore()
    add(store, 1)
    store.clear_events()
    assert 0 == len(store)
    add(store, 1)
    assert ([1], 2) == (store.df.index.to_list(), store.count)


def test_readers_and_a_writer_of_single_rows() -> None:
    """Many readers have what waits written while one row after the other comes: each sees a prefix, whole."""
    store, errors, total = EventStore(), [], 3_000
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            told = store.count
            found = store.df.index
            if list(found) != list(range(len(found))) or len(found) < told:
                errors.append((told, found))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(total):
        add(store, 1)
    done.set()
    for reader in readers:
        reader.join()
    assert ([], total) == (errors, len(store))


def test_an_interrupt_anywhere() -> None:
    """Wherever it cuts in: a row that waits has its number, and no other has it too."""
    for step in count():
        store = EventStore()
        add(store, 2)
        cut = interrupted(step, lambda store=store: add(store, 1))
        seqs = [event.seq for event in store.add_events({"type": "edit"} for _ in range(2))]
        assert store.df.index[-2:].tolist() == seqs, f"interrupted at step {step}"
        if not cut:
            break
    assert step > 5
