"""Readers that write into what they read, while events come fast: nothing torn, nothing lost."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

import numpy as np
import pytest
from store_rows import event

from sse_notebook.events.batch import Batch
from sse_notebook.store import EventStore

RATE = 50_000  # events a second
READ = 250  # events that come at once
READERS = 8
KEPT = 200_000


def batch(first: int) -> Batch:
    """Rows that say in several columns which one each is."""
    said = [str(first + n) for n in range(READ)]
    columns: dict[str, Any] = dict(Batch.of([event({"event_type": "edit"})] * READ).columns)
    columns.update(
        workload_id=said,
        message=said,
        raw=[f'{{"n":{n}}}' for n in said],
        timestamp_us=[first + n + 1 for n in range(READ)],
    )
    return Batch(columns)


def assert_whole(df: Any, chance: random.Random) -> None:
    """A part of it, anywhere, and its end are what was written there."""
    if not len(df):
        return
    start = chance.randrange(len(df))
    for part in (df.iloc[start : start + 500], df.iloc[-300:]):
        said = part.index.astype(str)
        assert (part["workload_id"] == said).all()
        assert (part["message"] == said).all()
        assert (part["data"] == '{"n":' + said + "}").all()
        assert (part["timestamp"].astype("int64") == part.index + 1).all()
    assert len(df) <= KEPT
    assert df.index[-1] - df.index[0] == len(df) - 1


@pytest.mark.parametrize("seconds", [1, pytest.param(30, marks=pytest.mark.long)])
def test_readers_that_write(seconds: int) -> None:
    """Eight of them, at 50,000 events a second: each frame is whole, and the store is as if they were not."""
    store, total = EventStore(max_rows=KEPT), seconds * RATE // READ * READ
    done, errors = threading.Event(), list[BaseException]()
    reads = [0] * READERS

    def read(me: int) -> None:
        chance, seen = random.Random(me), -1
        while not done.is_set() or not reads[me]:
            df = store.df if me % 4 else store.to_pandas(expand=["n"])
            assert_whole(df, chance)
            if len(df):
                assert seen <= df.index[-1]
                seen = int(df.index[-1])
                df.loc[df.index[: len(df) // 2], "message"] = "HACK"
                df.iloc[:, df.columns.get_loc("priority")] = 5
                df.loc[:, "timestamp"] = df["timestamp"].iloc[0]
                df["after_gap"] = True
            if me == 1:
                table = store.to_arrow()
                assert table["seq"].to_pylist()[-1:] == [int(n) for n in table["message"].to_pylist()[-1:]]
            reads[me] += 1

    def guarded(me: int) -> None:
        try:
            read(me)
        except BaseException as error:  # noqa: BLE001 - told to the test, below
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(me,), daemon=True) for me in range(READERS)]
    for thread in threads:
        thread.start()
    begun, clock = time.monotonic(), threading.Event()
    for first in range(0, total, READ):
        store.take(batch(first))
        # Not faster than that; slower, where the machine is.
        clock.wait(max(0.0, begun + (first + READ) / RATE - time.monotonic()))
        if errors:
            break
    done.set()
    for thread in threads:
        thread.join(120)
    if errors:
        raise errors[0]
    assert not any(thread.is_alive() for thread in threads)
    assert all(reads)
    df = store.df
    assert (total, min(total, KEPT), max(0, total - KEPT)) == (store.count, len(df), store.evicted)
    said = df.index.astype(str)
    assert (df["message"] == said).all()
    assert (df["workload_id"] == said).all()
    assert not df["after_gap"].any()
    assert df["priority"].isna().all()
    assert np.array_equal(df["timestamp"].astype("int64"), df.index + 1)
