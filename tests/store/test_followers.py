"""Those who see each row of a store once, before it goes."""

from __future__ import annotations

import gc
import threading
from weakref import ref

import pytest
from followed import Followed

from sse_notebook.events.batch import Batch
from sse_notebook.store import EventStore, followers
from sse_notebook.store.columns import Version
from sse_notebook.store.followers import Follower
from sse_notebook.store.waiting import Waiting


class Seeing(Follower):
    """Notes what it is told."""

    def __init__(self, kept: Waiting, cleared: int) -> None:
        super().__init__(kept, cleared)
        self.seen: list[int] = []
        self.lacking = 0
        self.parts = 0

    def look(self) -> list[int]:
        with self._looking():
            self._see_new()
        return self.seen

    def _see(self, version: Version, start: int, stop: int) -> None:
        assert version.number("timestamp_us").shape  # the rows are there
        assert version.start <= start < stop <= version.stop
        self.seen += range(start, stop)
        self.parts += 1

    def _forget(self) -> None:
        self.seen, self.lacking = [], 0

    def _lack(self, version: Version, rows: int) -> None:
        self.lacking += rows


def following(store: EventStore) -> Seeing:
    with store._lock:
        return store._followers.add(Seeing)


def test_each_row_is_seen_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are seen in order, in parts, when somebody looks or before they go, also of a batch too large."""
    monkeypatch.setattr(followers, "PART", 4)
    followed = Followed(max_rows=5)
    seeing = following(followed.store)
    followed.add([followed.row() for _ in range(3)])
    assert [] == seeing.seen
    followed.add([followed.row() for _ in range(4)])  # two must go
    assert 5 == len(followed.store)
    assert list(range(4)) == seeing.seen
    assert list(range(7)) == seeing.look()
    followed.add([followed.row() for _ in range(20)])
    assert 5 == len(followed.store)
    assert list(range(23)) == seeing.seen
    assert (list(range(27)), 0) == (seeing.look(), seeing.lacking)
    followed.store.max_rows = 1
    assert list(range(27)) == seeing.look()


def test_what_was_gone_is_lacking() -> None:
    """Who begins late is told how many rows it could not see; cleared ones are not among them."""
    followed = Followed(max_rows=2)
    followed.add([followed.row() for _ in range(5)])
    early = following(followed.store)
    assert ([3, 4], 3) == (early.look(), early.lacking)
    followed.store.clear_events()
    assert ([], 0) == (early.look(), early.lacking)
    late = following(followed.store)
    followed.add([followed.row()])
    assert ([5], 0) == (late.look(), late.lacking)
    assert ([5], 0) == (early.look(), early.lacking)


def test_nobody_holds_a_follower() -> None:
    """A window that the user has let go of is gone, and keeps neither rows nor the store."""
    store = EventStore(max_rows=2)
    window = store.window("1h")
    gone, kept = ref(window), ref(store)
    del window
    gc.collect()
    assert gone() is None
    store.add_events([{"type": "edit"}] * 5)
    window = store.window("1h")
    del store
    gc.collect()
    assert kept() is None
    assert (2, 3) == (window.total, window.missed)


def test_looks_while_rows_come_and_go() -> None:
    """Several who look while a thread adds to a store that keeps little: each row is counted once."""
    followed = Followed(max_rows=50)
    store, done = followed.store, threading.Event()
    windows = [store.window("1h"), store.window("1h", "status"), store.window("1h", "id")]
    store.latest_by_resource()
    errors: list[BaseException] = []

    def look() -> None:
        try:
            while not done.is_set():
                for window in windows:
                    before = window.total
                    assert before <= window.counts.sum()
                assert len(store.latest_by_resource()) <= 40
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(200):
        store.take(
            Batch.of([followed.row(resource_id=str(turn % 40), status=str(n % 3)) for n in range(turn % 90)])
        )
    done.set()
    for thread in threads:
        thread.join()
    assert [] == errors
    rows = sum(turn % 90 for turn in range(200))
    assert [(rows, 0)] * 3 == [(window.total, window.missed) for window in windows]
    assert rows == windows[1].counts.sum()
    assert {str(turn % 40) for turn in range(200) if turn % 90} == set(
        store.latest_by_resource()["resource_id"]
    )
