"""kill -9 while archiving: what is older than 250 ms is there; whoever goes on loses and doubles nothing."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from archiving import archive
from support import PATIENCE, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend

KEPT_WITHIN = 0.25  # seconds


@pytest.fixture
def flood() -> Iterator[Backend]:
    """A backend that publishes as long as somebody listens, and keeps all of it."""
    with Backend(ring=10**6) as backend:
        done = threading.Event()

        def publish() -> None:
            for number in itertools.count():
                if done.wait(0.002):
                    return
                backend.publish_all([{"event_type": "build_progress", "n": number * 7 + n} for n in range(7)])

        thread = threading.Thread(target=publish, daemon=True)
        thread.start()
        yield backend
        done.set()
        thread.join()


def in_order(numbers: list[int]) -> bool:
    """Whether none is missing, or there twice."""
    return not numbers or list(range(numbers[0], numbers[0] + len(numbers))) == numbers


@pytest.mark.parametrize(
    ("times", "flushed"),
    [(10, True), pytest.param(100, False, marks=[pytest.mark.long, pytest.mark.timeout(900)])],
    ids=["flushed", "by itself"],
)
def test_a_killed_archivist_leaves_all_but_the_newest(
    flood: Backend, tmp_path: Path, times: int, flushed: bool
) -> None:
    """Again and again, with one folder: the next process resumes, `seq` goes on, and no row is missing.

    What was flushed is there; and, where nothing else keeps the machine busy, what is older than 250 ms.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sse_notebook"])
    moments = random.Random(7)
    before = 0
    for _ in range(times):
        mine, theirs = context.Pipe(duplex=False)
        given = (flood.url, flood.token(), tmp_path, theirs, flushed)
        process = context.Process(target=archive, args=given, daemon=True)
        process.start()
        theirs.close()
        seen: list[tuple[int, float]] = []
        wanted = moments.randint(1, 30 if flushed else 300)
        while len(seen) < wanted:
            assert mine.poll(PATIENCE), "it tells nothing"
            seen.append(mine.recv())
        assert process.pid is not None
        killed = time.monotonic()
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        while mine.poll():  # what it said before it died
            try:
                seen.append(mine.recv())
            except EOFError:
                break
        frame = sse.load(tmp_path).to_pandas(expand=["n"])
        due = max((rows for rows, at in seen if flushed or at < killed - KEPT_WITHIN), default=0)
        assert due <= len(frame)
        numbers = frame["data.n"].tolist()
        assert in_order(numbers)
        assert list(range(len(numbers))) == frame.index.get_level_values("seq").tolist()
        assert before <= len(frame)
        before = len(frame)
    assert [] == sse.load(tmp_path).problems
    stream = sse.connect(flood.url, token=flood.token(), journal=tmp_path, writer="w")
    eventually(lambda: stream.store.count > 10)
    stream.close()
    numbers = sse.load(tmp_path).to_pandas(expand=["n"])["data.n"].tolist()
    assert in_order(numbers)
    assert before + 10 < len(numbers)
