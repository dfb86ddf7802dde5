"""Statuses are told in order, by one thread at a time, and nobody waits for it."""

from __future__ import annotations

import threading
from itertools import count

import pytest
from support import interrupted, run_all

from sse_notebook.source import ConnectionStatus
from sse_notebook.source.outbox import Outbox


def status(number: int) -> ConnectionStatus:
    return ConnectionStatus(attempt=number)


def test_order_over_many_threads() -> None:
    """However many threads put and deliver, each status is told once, in the order of putting."""
    told: list[int] = []
    put: list[int] = []
    lock = threading.Lock()
    outbox = Outbox(lambda status: told.append(status.attempt), print)

    def job() -> None:
        for _ in range(300):
            with lock:
                number = len(put)
                put.append(number)
                outbox.put(status(number))
            outbox.deliver()

    run_all(*[job] * 6)
    assert list(range(1800)) == told


def test_a_slow_listener_holds_up_nobody() -> None:
    """Who finds another thread telling leaves his own with it, and goes on."""
    told: list[int] = []
    entered, go = threading.Event(), threading.Event()

    def tell(status: ConnectionStatus) -> None:
        told.append(status.attempt)
        if status.attempt == 1:
            entered.set()
            go.wait(20)

    outbox = Outbox(tell, print)
    outbox.put(status(1))
    slow = threading.Thread(target=outbox.deliver)
    slow.start()
    entered.wait(20)
    outbox.put(status(2))
    outbox.deliver()  # returns, though the first is still being told
    assert [1] == told
    go.set()
    slow.join(20)
    assert [1, 2] == told


def test_an_error_keeps_nothing_from_the_next() -> None:
    """What the listener raises is reported, and the next status is told."""
    told: list[int] = []
    errors: list[Exception] = []

    def tell(status: ConnectionStatus) -> None:
        told.append(status.attempt)
        if status.attempt == 1:
            raise RuntimeError("no")

    outbox = Outbox(tell, errors.append)
    for number in (1, 2):
        outbox.put(status(number))
    outbox.deliver()
    assert ([1, 2], ["no"]) == (told, [str(error) for error in errors])


def test_a_listener_may_put_more() -> None:
    """What the listener itself puts, by a command, is told after it returned, and in order."""
    told: list[int] = []

    def tell(status_: ConnectionStatus) -> None:
        if status_.attempt < 3:
            outbox.put(status(status_.attempt + 1))
            outbox.deliver()
        told.append(status_.attempt)

    outbox = Outbox(tell, print)
    outbox.put(status(1))
    outbox.deliver()
    assert [1, 2, 3] == told


def test_what_an_interrupt_cut_off_is_told_again() -> None:
    """An interrupt is the user's; the status that was being told is told by whoever delivers next."""
    told: list[int] = []

    def tell(status: ConnectionStatus) -> None:
        told.append(status.attempt)
        if len(told) == 1:
            raise KeyboardInterrupt

    outbox = Outbox(tell, print)
    outbox.put(status(1))
    with pytest.raises(KeyboardInterrupt):
        outbox.deliver()
    outbox.put(status(2))
    outbox.deliver()
    assert [1, 1, 2] == told


def test_an_interrupt_anywhere() -> None:
    """Wherever it cuts in: what was put is told, in its turn, and another thread can tell."""
    for step in count():
        told: list[int] = []
        outbox = Outbox(lambda status, told=told: told.append(status.attempt), print)  # type: ignore[misc]

        def both(number: int, outbox: Outbox = outbox) -> None:
            outbox.put(status(number))
            outbox.deliver()

        cut = interrupted(step, lambda: both(1))
        put = [outbox.newest.attempt] if outbox.newest.attempt else []
        run_all(lambda: both(2))
        assert [*put, 2] == list(dict.fromkeys(told)), f"interrupted at step {step}"
        if not cut:
            break
    assert step > 5


def test_what_fails_holds_nothing_back() -> None:
    """What was put while nobody told is told, also where what held it up ends with an error."""
    told: list[int] = []
    outbox = Outbox(lambda status: told.append(status.attempt), print)

    def fails() -> None:
        with outbox.held():
            outbox.put(status(1))
            outbox.deliver()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert [1] == told
