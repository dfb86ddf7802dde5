"""The pump: at most ten flushes a second, the last one always, urgent ones at once."""

from __future__ import annotations

import threading

from support import eventually

from sse_notebook.clock import VirtualClock
from sse_notebook.widget.pump import INTERVAL, Pump


class Flushes:
    """Counts flushes."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def test_many_pokes_one_flush_until_the_interval_has_passed() -> None:
    """The first poke flushes at once; those that follow within the interval share one flush after it."""
    flushes, clock = Flushes(), VirtualClock()
    pump = Pump(flushes, clock=clock)
    pump.poke()
    eventually(lambda: flushes.count == 1)
    eventually(lambda: clock.waits[-1] == INTERVAL)
    for _ in range(1_000):
        pump.poke()
    assert flushes.count == 1
    clock.advance(INTERVAL)
    eventually(lambda: flushes.count == 2)
    clock.advance(INTERVAL)
    eventually(lambda: clock.waits[-1] is None)
    assert flushes.count == 2, "nothing new, nothing flushed"
    pump.close()


def test_urgent_pokes_do_not_wait() -> None:
    """A poke that is urgent flushes at once, though the interval has not passed."""
    flushes, clock = Flushes(), VirtualClock()
    pump = Pump(flushes, clock=clock)
    pump.poke()
    eventually(lambda: flushes.count == 1)
    eventually(lambda: clock.waits[-1] == INTERVAL)
    pump.poke(at_once=True)
    eventually(lambda: flushes.count == 2)
    pump.close()


def test_closed_leaves_no_thread() -> None:
    """After `close` its thread ends, also in the middle of an interval."""
    flushes, clock = Flushes(), VirtualClock()
    before = set(threading.enumerate())
    pump = Pump(flushes, clock=clock)
    pump.poke()
    eventually(lambda: flushes.count == 1)
    pump.close()
    eventually(lambda: set(threading.enumerate()) <= before)
