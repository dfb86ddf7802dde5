"""Time as a value: the system's, and one that moves only when told to."""

from __future__ import annotations

import threading

import pytest
from support import eventually

from sse_notebook.clock import SYSTEM, Clock, ReplayClock, SystemClock, VirtualClock


def sleeper(
    clock: Clock, event: threading.Event, timeout: float | None
) -> tuple[threading.Thread, list[bool]]:
    """A thread that waits on a clock, and the list that its answer will be in."""
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(clock.wait(event, timeout)), daemon=True)
    thread.start()
    return thread, answers


def test_the_system_clock() -> None:
    """The system's clock goes on, never back, and a wait ends by its time or its event."""
    clock = SystemClock()
    before = (clock.time(), clock.monotonic())
    event = threading.Event()
    assert clock.wait(event, 0.001) is False
    event.set()
    assert clock.wait(event, None) is True
    assert clock.monotonic() > before[1]
    assert SYSTEM.time() >= before[0] > 1.6e9


def test_a_virtual_clock_stands_still() -> None:
    """It moves only by `advance`: time and monotonic alike."""
    clock = VirtualClock(start=1000.0)
    assert (1000.0, 0.0) == (clock.time(), clock.monotonic())
    clock.advance(2.5)
    clock.advance(0)
    assert (1002.5, 2.5) == (clock.time(), clock.monotonic())


def test_time_does_not_go_back() -> None:
    """A negative step is refused, and nothing moves."""
    clock = VirtualClock(start=1000.0)
    with pytest.raises(ValueError, match="can't go back"):
        clock.advance(-1)
    assert clock.time() == 1000.0


def test_a_sleeper_wakes_at_its_deadline() -> None:
    """A wait ends, with False, once the clock was carried to its deadline, and not before."""
    clock = VirtualClock()
    thread, answers = sleeper(clock, threading.Event(), 5.0)
    assert clock.wait_for_sleeper() == 5.0
    clock.advance(4.0)
    assert (1.0, []) == (clock.wait_for_sleeper(), answers)
    clock.advance(1.0)
    thread.join(20)
    assert ([False], [5.0]) == (answers, clock.waits)


def test_a_sleeper_wakes_by_its_event() -> None:
    """A wait ends, with True, when its event is set, whatever the clock says."""
    clock, event = VirtualClock(), threading.Event()
    thread, answers = sleeper(clock, event, None)
    eventually(lambda: clock.waits == [None])
    event.set()
    thread.join(20)
    assert [True] == answers


def test_whose_deadline_has_passed_is_no_sleeper() -> None:
    """Right after `advance`, a thread that is about to wake is not waited for again."""
    clock = VirtualClock()
    for _ in range(50):
        thread, _ = sleeper(clock, threading.Event(), 1.0)
        clock.wait_for_sleeper()
        clock.advance(1.0)
        with pytest.raises(TimeoutError):  # it may not be on its feet yet, but it does not sleep
            clock.wait_for_sleeper(0)
        thread.join(20)


def test_the_earliest_sleeper_counts() -> None:
    """Of several sleepers the one with the next deadline is told."""
    clock = VirtualClock()
    event = threading.Event()
    threads = [sleeper(clock, event, seconds)[0] for seconds in (9.0, 3.0, 6.0)]
    eventually(lambda: len(clock.waits) == 3)
    for left in (3.0, 3.0, 3.0):
        assert left == clock.wait_for_sleeper()
        clock.advance(left)
    for thread in threads:
        thread.join(20)


def test_nobody_sleeps() -> None:
    """Waiting for a sleeper has a limit, in real time; who waits without a deadline is none."""
    clock, event = VirtualClock(), threading.Event()
    thread, _ = sleeper(clock, event, None)
    with pytest.raises(TimeoutError, match="nobody waited"):
        clock.wait_for_sleeper(0.02)
    event.set()
    thread.join(20)


class Looks:
    """An event that is never set, and counts how often it was waited for; it can be made to be set."""

    def __init__(self, then: list[bool]) -> None:
        self.then = then

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout == SystemClock.LOOK
        return self.then.pop(0)


def test_sleep_is_seen_by_two_clocks() -> None:
    """The wall clock went on and the monotonic one did not: the machine was asleep."""
    wall = iter([1000.0, 1005.0, 1010.0, 4615.0])
    monotonic = iter([50.0, 55.0, 60.0, 65.0])  # looked at before each wait
    clock = SystemClock(wall.__next__, monotonic.__next__)
    looks = Looks([False, False, False, False])
    assert (False, [False]) == (clock.wait_awake(looks, 950.0), looks.then)


def test_an_event_ends_the_wait_for_sleep() -> None:
    """What is waited for ends the wait, with True; clocks that are set right by seconds are no sleep."""
    wall = iter([1000.0, 1009.0, 990.0])
    monotonic = iter([50.0, 55.0, 60.0])
    assert SystemClock(wall.__next__, monotonic.__next__).wait_awake(Looks([False, False, True]), 950.0)


def test_the_systems_looks() -> None:
    """A read may take until the deadline, and no longer."""
    clock = SystemClock(lambda: 0.0, lambda: 100.0)
    assert [5.0, 0.0, 0.0] == [clock.look_after(at) for at in (105.0, 100.0, 7.0)]


def test_virtual_sleep() -> None:
    """While a virtual machine sleeps, its wall clock goes on alone; who waits for that is told."""
    clock, event = VirtualClock(start=1000.0), threading.Event()
    apart = clock.time() - clock.monotonic()
    clock.advance(3600.0)
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(clock.wait_awake(event, apart)))
    thread.start()
    clock.sleep(60.0)
    thread.join(20)
    assert ([False], 4660.0, 3600.0) == (answers, clock.time(), clock.monotonic())
    assert not clock.wait_awake(event, apart)
    event.set()
    assert clock.wait_awake(event, apart)
    with pytest.raises(ValueError, match="can't go back"):
        clock.sleep(-1)


def test_virtual_looks() -> None:
    """Who reads a socket looks at a virtual clock every moment, and at once when its time has come."""
    clock = VirtualClock()
    assert 0 < clock.look_after(3600.0) < 0.1
    clock.advance(3600.0)
    assert 0.0 == clock.look_after(3600.0)


def test_a_deadline_far_away() -> None:
    """A read is given a day at the most: a socket refuses the time-out of a token that "never" expires."""
    clock = SystemClock(monotonic=lambda: 100.0)
    assert [0.0, 5.0, 86_400.0] == [clock.look_after(at) for at in (99.0, 105.0, 253_402_300_799.0)]


def test_how_fast_it_goes() -> None:
    """The system's clock goes as time does, a virtual one does not; a recording's as fast as it is played."""
    clock = ReplayClock(1000.0)
    assert (1.0, 0.0, 0.0) == (SystemClock().tempo, VirtualClock().tempo, clock.tempo)
    clock.run(10.0, 2000.0)
    assert 10.0 == clock.tempo
    clock.stand()
    assert 0.0 == clock.tempo
