"""`EventStore` under several threads at once: nothing lost, nothing torn. Bounded work, real threads."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from store_rows import DTYPES, cut_small, event

from sse_notebook.events.event import changed
from sse_notebook.store import EventStore

WRITERS = 4
BATCHES = 60
TOTAL = WRITERS * sum(1 + n % 5 for n in range(BATCHES))


@pytest.fixture(autouse=True)
def _hasty() -> Iterator[None]:
    """Threads take turns far more often than usual, so that what can go wrong does."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


def at_once(*tasks: Callable[[], None]) -> None:
    """Run these side by side, from one starting shot; fail with the first error of any."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(tasks))

    def run(task: Callable[[], None]) -> None:
        try:
            start.wait(30)
            task()
        except BaseException as error:  # noqa: BLE001 - told to the test, below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(task,), daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
    assert not any(thread.is_alive() for thread in threads)


def writer(store: EventStore, me: int) -> Callable[[], None]:
    """Adds its batches; each row says whose it is, and which, in several columns."""
    base = event({"event_type": "workload_status_update"})

    def write() -> None:
        n = 0
        for batch in range(BATCHES):
            rows = []
            for _ in range(1 + batch % 5):
                said = f"{me}-{n}"
                rows.append(
                    changed(base, workload_id=said, message=said, status=f"w{me}", raw=f'{{"n": "{said}"}}')
                )
                n += 1
            store.take(rows)

    return write


def assert_whole(df: Any) -> None:
    """Rows are complete and in order: what stands side by side came together."""
    assert list(DTYPES) == list(df.columns[: len(DTYPES)])
    assert (df["workload_id"] == df["message"]).all()
    assert (df["data"] == '{"n": "' + df["message"] + '"}').all()
    assert df.index.tolist() == list(range(df.index[0], df.index[0] + len(df))) if len(df) else True
    if "data.n" in df and len(df):
        assert (df["data.n"] == df["message"]).all()


def in_order(said: list[str]) -> bool:
    """Whether each writer's rows stand in the order in which it wrote them."""
    for me in range(WRITERS):
        mine = [int(text.split("-")[1]) for text in said if text.startswith(f"{me}-")]
        if mine != list(range(mine[0], mine[0] + len(mine))) if mine else False:
            return False
    return True


@pytest.mark.parametrize("expand", [(), ("n",)], ids=["plain", "expanded"])
def test_nothing_is_lost_or_torn(expand: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """While several threads add, several read: each snapshot is whole, and in the end all is there once."""
    cut_small(monkeypatch, 64)
    store = EventStore(expand=expand)

    def read() -> None:
        seen = 0
        for _ in range(25):
            df = store.df
            assert seen <= len(df)
            seen = len(df)
            assert_whole(df)
            assert in_order(df["message"].tolist())
            df.loc[:, "message"] = "HACK"
            kept = store.events
            assert (
                [e.seq for e in kept] == list(range(kept[0].seq, kept[0].seq + len(kept))) if kept else True
            )
            scanned = [e.seq for e in store.scan()]
            assert list(range(len(scanned))) == scanned
            assert len(df) <= len(scanned)

    at_once(*(writer(store, me) for me in range(WRITERS)), read, read)
    df = store.df
    assert_whole(df)
    assert list(range(TOTAL)) == df.index.tolist()
    assert in_order(df["message"].tolist())
    assert TOTAL == df["message"].nunique()


def test_readers_do_not_mix_what_they_expand() -> None:
    """Several readers expand at once, while rows come: each has the fields of exactly its own rows."""
    store = EventStore(expand=("n",))
    base = event({"event_type": "edit"})

    def write() -> None:
        for n in range(300):
            store.take([changed(base, workload_id=f"0-{n}", message=f"0-{n}", raw=f'{{"n": "0-{n}"}}')])

    def read() -> None:
        for _ in range(40):
            assert_whole(store.df)

    at_once(write, read, read, read, read)
    assert 300 == len(store.df)


def test_counts_are_exact_in_the_end() -> None:
    """However threads met, the traits say what is true: every row, every change, the newest event."""
    for _ in range(5):
        store = EventStore()
        told: list[int] = []
        store.observe(lambda change, told=told: told.append(change.new), "count")
        at_once(*(writer(store, me) for me in range(WRITERS)))
        assert store.last_event is not None
        assert (TOTAL, TOTAL, TOTAL - 1) == (store.count, len(store.df), store.last_event.seq)
        assert WRITERS * BATCHES == store.version
        assert sorted(told) == told  # an observer never hears a number that is older than the last
        assert TOTAL == told[-1]


def test_connection_parts_are_not_lost() -> None:
    """Two threads that set different parts of the connection do not undo each other."""
    store = EventStore()

    def attempts() -> None:
        for n in range(1, 400):
            store.set_connection_state(attempt=n)
            assert n == store.connection.attempt

    def causes() -> None:
        for n in range(1, 400):
            store.set_connection_state(cause=str(n))
            assert str(n) == store.connection.cause

    at_once(attempts, causes)
    assert (399, "399") == (store.connection.attempt, store.connection.cause)


def test_clearing_and_resizing_amid_it_all() -> None:
    """While rows come, others clear, resize and evict: snapshots stay whole, numbers are never used twice."""
    store = EventStore(max_rows=50, expand=("n",))
    seen: set[tuple[int, str]] = set()

    def clear() -> None:
        for _ in range(15):
            store.clear_events()
            store.max_rows = 20 + store.max_rows % 40
            store.max_events = 1 + store.max_events % 50

    def read() -> None:
        for _ in range(25):
            df = store.df
            assert_whole(df)
            seen.update(zip(df.index.tolist(), df["message"].tolist(), strict=True))

    at_once(*(writer(store, me) for me in range(WRITERS)), clear, read, read)
    assert len({seq for seq, _ in seen}) == len({said for _, said in seen}) == len(seen)
    assert TOTAL == store.count
    assert len(store) <= store.max_rows
