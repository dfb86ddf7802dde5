"""A server that takes each connection, sends one event and drops it: what stays behind of a thousand of them.

The law: what is bounded is full before the count begins: the first connection brings more events than the
client remembers, and as many reconnections as count come before those that do. Each of them is a row of
`gaps`, which keeps the newest 10,000: so much memory it may take. The system counts, not Python.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.harness import Report, Size, Target
from benchmarks.sender import MANY, Sender
from sse_notebook.source import Backoff, ConnectionStatus, EventSource
from sse_notebook.wire import ServerSentEvent

__all__ = ["run"]

PROC = Path("/proc/self")
PATIENCE = 60.0  # seconds
KIB = 1024


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
    """Count before and after."""
    before = look()
    if before is None:
        yield Report("Reconnecting", "Not measured here: it needs /proc.", ("",), [])
        return
    waiter = Waiter()
    backoff = Backoff(initial=0.0001, maximum=0.001, attempts=None)
    with Sender() as sender:
        source = EventSource(sender.url("drop"), waiter, backoff=backoff)
        source.start()
        waiter.wait_for(MANY + size.reconnects)
        first = look()
        waiter.wait_for(MANY + 2 * size.reconnects)
        second = look()
        source.close()
    after = look()
    if first is None or second is None or after is None:
        raise AssertionError("/proc went away")
    grown = (second.memory - first.memory) / size.reconnects
    yield Report(
        "Reconnecting",
        f"A server that accepts, sends one event and drops, {2 * size.reconnects:,} times: counted after the "
        "first half, after all of them, and once the client is closed.",
        ("", "before", "halfway", "at the end", "closed"),
        [
            ("threads", *(str(each.threads) for each in (before, first, second, after))),
            ("descriptors", *(str(each.descriptors) for each in (before, first, second, after))),
            ("memory, MiB", *(f"{each.memory / KIB**2:.1f}" for each in (before, first, second, after))),
        ],
        [
            Target("More threads, from halfway on", second.threads - first.threads, 0, False, ""),
            Target("More descriptors, from halfway on", second.descriptors - first.descriptors, 0, False, ""),
            Target("Memory, per reconnection (one more row of `gaps`)", grown, 512, False, "bytes"),
            Target(
                "Threads and descriptors that closing leaves", sum(after[:2]) - sum(before[:2]), 0, False, ""
            ),
        ],
    )


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
    for _ in range(50):
        looks.append(len(os.listdir(PROC / "fd")))  # noqa: PTH208 - the descriptors themselves, not their paths
        pause.wait(0.001)
    return min(looks)
