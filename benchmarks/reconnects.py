"""A server that takes each connection, sends one event and drops it: what stays behind of thousands of them.

The law: what a reconnection leaves is bounded, so there are two questions. Until the bounds are full: how
much is it each time? What is remembered to know events again is full from the start (the first connection
brings more of them), the log after the first stretch; what grows then is `gaps`. Once they are full: is it
nothing? That is asked three times, and the median counts: what grows without a bound grows each time. The
system counts, not Python.
"""

from __future__ import annotations

import gc
import os
import statistics
import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from benchmarks.harness import Report, Size, Target
from benchmarks.sender import MANY, Sender
from sse_notebook.source import Backoff, ConnectionStatus, EventSource
from sse_notebook.source.continuity import KEPT
from sse_notebook.wire import ServerSentEvent

__all__ = ["run"]

PROC = Path("/proc/self")
PATIENCE = 60.0  # seconds
KIB = 1024
STRETCHES = 10  # so many until the bounds are full, in a full run
AFTERWARDS = 3


class Left(NamedTuple):
    """What this process has."""

    threads: int
    descriptors: int
    memory: int  # bytes that are resident


class Waiter:
    """A listener that says when it has heard a number of events."""

    def __init__(self) -> None:
        self.heard_so_far = 0
        self._more = threading.Condition()  # guards `heard_so_far`

    def heard(self, events: Sequence[ServerSentEvent], size: int, at: float) -> None:  # noqa: ARG002 - Listener's
        """Count these."""
        with self._more:
            self.heard_so_far += len(events)
            self._more.notify()

    def came_again(self, events: Sequence[ServerSentEvent], at: float) -> None:
        """Nothing to count."""

    def moved(self, status: ConnectionStatus) -> None:
        """Nothing to count."""

    def wait_for(self, number: int) -> None:
        """Wait until so many were heard."""
        with self._more:
            if not self._more.wait_for(lambda: self.heard_so_far >= number, PATIENCE):
                raise AssertionError(f"{self.heard_so_far} of {number} connections")


def run(size: Size) -> Iterator[Report]:
    """Count before, while the bounds are filled, afterwards, and at the end."""
    before = look()
    if before is None:
        yield Report("Reconnecting", "Not measured here: it needs /proc.", ("",), [])
        return
    waiter = Waiter()
    pause = 0.00001  # seconds
    stretch = size.reconnects
    counts = [stretch * (1 + number) for number in (0, *range(STRETCHES, STRETCHES + AFTERWARDS + 1))]
    looks, rows = [before], [0]
    with Sender() as sender:
        backoff = Backoff(initial=pause, maximum=pause, attempts=None)
        source = EventSource(sender.url("drop"), waiter, backoff=backoff)
        source.start()
        for number in counts:
            waiter.wait_for(MANY + number)
            looks.append(_there(look()))
            rows.append(sum(1 for _ in source.gaps))
        source.close()
    after = _there(look())
    _, first, full, *later = looks
    grown = (full.memory - first.memory) / max(1, rows[2] - rows[1])
    grown_on = statistics.median((b.memory - a.memory) / stretch for a, b in pairwise([full, *later]))
    everywhere = (*looks, after)
    yield Report(
        "Reconnecting",
        f"A server that accepts, sends one event and drops, {counts[-1]:,} times. Each time is a row of "
        f"`gaps`, which keeps the newest {KEPT:,}; all else that is kept is full in the first {stretch:,}.",
        ("", "before", *(f"after {number:,}" for number in counts), "closed"),
        [
            ("threads", *(str(each.threads) for each in everywhere)),
            ("descriptors", *(str(each.descriptors) for each in everywhere)),
            ("memory, MiB", *(f"{each.memory / KIB**2:.1f}" for each in everywhere)),
            ("rows of `gaps`", *(f"{number:,}" for number in rows), ""),
        ],
        [
            Target("More threads", later[-1].threads - first.threads, 0, False, ""),
            Target("More descriptors", later[-1].descriptors - first.descriptors, 0, False, ""),
            Target("Memory per reconnection, while `gaps` fills", grown, 256, False, "bytes"),
            Target(f"Memory per reconnection after {counts[1]:,}", grown_on, 16, False, "bytes"),
            Target(
                "Threads and descriptors that closing leaves", sum(after[:2]) - sum(before[:2]), 0, False, ""
            ),
        ],
    )


def _there(left: Left | None) -> Left:
    if left is None:
        raise AssertionError("/proc went away")
    return left


def look() -> Left | None:
    """What this process has, after collecting; None where the system has no /proc."""
    if not PROC.exists():
        return None
    gc.collect()
    status = dict(line.split(":", 1) for line in (PROC / "status").read_text().splitlines())
    return Left(int(status["Threads"]), _descriptors(), int(status["VmRSS"].split()[0]) * KIB)


def _descriptors() -> int:
    """The fewest of several looks: at any moment a connection may be in the making."""
    pause = threading.Event()
    looks = []
    for _ in range(300):
        looks.append(len(os.listdir(PROC / "fd")))  # noqa: PTH208 - the descriptors themselves, not their paths
        pause.wait(0.001)
    return min(looks)
