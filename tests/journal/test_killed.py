"""kill -9 while recording: every file loads, and nothing that was flushed is missing."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from killed import record
from support import PATIENCE

import sse_notebook as sse
from sse_notebook.backend import Backend


@pytest.fixture
def flood() -> Iterator[Backend]:
    """A backend that publishes as long as somebody listens."""
    with Backend() as backend:
        done = threading.Event()

        def publish() -> None:
            for number in itertools.count():
                if done.wait(0.002):
                    return
                events = [{"event_type": "build_progress", "n": number * 7 + n} for n in range(7)]
                backend.publish_all(events)

        thread = threading.Thread(target=publish, daemon=True)
        thread.start()
        yield backend
        done.set()
        thread.join()


@pytest.mark.parametrize("times", [10, pytest.param(100, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_a_killed_recorder_leaves_what_it_flushed(flood: Backend, tmp_path: Path, times: int) -> None:
    """At random moments; the rows that are there are those that were sent, in order, none left out."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sse_notebook"])
    moments = random.Random(7)
    for time in range(times):
        path = tmp_path / f"{time}.ssecast{'.gz' * (time % 2)}"
        mine, theirs = context.Pipe(duplex=False)
        process = context.Process(target=record, args=(flood.url, flood.token(), path, theirs), daemon=True)
        process.start()
        theirs.close()
        flushed = 0
        for _ in range(moments.randint(1, 12)):
            assert mine.poll(PATIENCE), "it tells nothing"
            flushed = mine.recv()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        while mine.poll():  # what it said before it died
            try:
                flushed = mine.recv()
            except EOFError:
                break
        read = sse.load(path)
        numbers = read.to_pandas(expand=["n"])["data.n"].tolist()
        assert flushed <= len(numbers)
        assert list(range(numbers[0], numbers[0] + len(numbers))) == numbers
        report = read.verify()
        assert not report
        assert "no `end` line" in str(report)
