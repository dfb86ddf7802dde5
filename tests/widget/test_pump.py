"""The pump: at most ten flushes a second, the last one always, urgent ones at once."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable

from support import eventually

from sse_notebook.clock import VirtualClock
from sse_notebook.widget.pump import INTERVAL, Pace, Pump


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


def test_those_that_share_a_pace_send_as_many_as_one_alone() -> None:
    """Ten seconds of a flood, three pumps, one of them with two messages each time: each has its turns."""
    clock, pace, counts = VirtualClock(), Pace(), [0, 0, 0]

    def flushing(at: int, messages: int) -> Callable[[], None]:
        def flush() -> None:
            counts[at] += messages

        return flush

    pumps = [
        Pump(flushing(at, n), clock=clock, pace=pace, sent=lambda at=at: counts[at])
        for at, n in enumerate((1, 2, 1))
    ]

    def resting() -> bool:
        with clock._moved:
            due = [clock._sleepers.get(pump._thread.ident or 0) for pump in pumps]
        return all(
            moment is not None
            and moment > clock._now
            and not (moment == float("inf") and pump._poked.is_set())
            for moment, pump in zip(due, pumps, strict=True)
        )

    for _ in range(200):
        for pump in pumps:
            pump.poke()
        eventually(resting)
        clock.advance(0.05)
    for pump in pumps:
        pump.close()
    assert 90 <= sum(counts) <= 105
    assert min(counts) >= 20


def test_what_shows_one_thing_has_one_pace() -> None:
    """However many ask; what is shown is not kept alive by it."""

    class Shown:
        pass

    one, other = Shown(), Shown()
    assert Pace.of(one) is Pace.of(one) is not Pace.of(other)
    gone = weakref.ref(one)
    del one
    gc.collect()
    assert gone() is None


def test_closed_leaves_no_thread() -> None:
    """After `close` its thread ends, also in the middle of an interval."""
    flushes, clock = Flushes(), VirtualClock()
    before = set(threading.enumerate())
    pump = Pump(flushes, clock=clock)
    pump.poke()
    eventually(lambda: flushes.count == 1)
    pump.close()
    eventually(lambda: set(threading.enumerate()) <= before)


def test_one_that_has_time_flushes_seldom() -> None:
    """With an interval of its own it flushes no more often, however often it is poked."""
    flushes, clock = Flushes(), VirtualClock()
    pump = Pump(flushes, clock=clock, interval=0.5)
    pump.poke()
    eventually(lambda: flushes.count == 1)
    eventually(lambda: clock.waits[-1] == 0.5)
    pump.poke()
    clock.advance(0.499)
    assert flushes.count == 1
    clock.advance(0.001)
    eventually(lambda: flushes.count == 2)
    pump.close()


def test_one_that_is_waited_for_says_that_nothing_came() -> None:
    """Idle for so long it flushes without a poke; told to wait for one, it does that."""
    flushes, clock = Flushes(), VirtualClock()
    idle: list[float | None] = [5.0]
    pump = Pump(flushes, clock=clock, idle=lambda: idle[0])
    eventually(lambda: clock.waits == [5.0])
    idle[0] = None
    clock.advance(5.0)
    eventually(lambda: flushes.count == 1)
    clock.advance(INTERVAL)
    eventually(lambda: clock.waits[-1] is None)
    assert flushes.count == 1
    pump.close()
