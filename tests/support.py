"""What tests of several floors share: waiting for a condition, counting what must not be left behind.

`from support import …` works everywhere under tests/: pytest puts the folder of conftest.py on the path.
"""

from __future__ import annotations

import gc
import logging
import os
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TypeVar

import httpcore._synchronization
from hypothesis import settings

from sse_notebook.source import ConnectionStatus
from sse_notebook.wire import ServerSentEvent

T = TypeVar("T")

# Settings of `connect` for a test that lets servers fail: never give up, and do not dawdle.
QUICK: dict[str, Any] = {"retry_initial": 0.005, "retry_max": 0.02, "retry_attempts": None}

PATIENCE = (
    20.0  # seconds after which what should have happened is given up: a busy machine is slow, not wrong
)


def eventually(condition: Callable[[], T], timeout: float = PATIENCE, *, what: str = "") -> T:
    """What `condition` gives, as soon as it is true; an AssertionError if it never is."""
    pause = threading.Event()
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < deadline, what or f"never true: {condition}"
        pause.wait(0.003)
    return value


def client_threads() -> list[str]:
    """Names of the threads that streams and sources have; not those of test servers."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith("sse-notebook") and name != "sse-notebook-backend"]


def open_files() -> int:
    """How many descriptors this process has."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the descriptors themselves, not their paths


@contextmanager
def nothing_left():
    """What runs inside leaves no thread of a client and no descriptor behind."""
    before = open_files()
    yield
    began = time.monotonic()

    def gone() -> bool:
        if client_threads() == [] and open_files() <= before:
            return True
        if time.monotonic() - began > 0.5:
            gc.collect()  # what only the collector lets go of is no leak; it takes long, so it comes last
        return False

    eventually(gone, what=f"left: threads {client_threads()}, {open_files() - before} descriptors")


class Listener:
    """A `Listener` that keeps what it is told, and can be made to wait or to raise."""

    def __init__(self) -> None:
        self.events: list[ServerSentEvent] = []
        self.again: list[ServerSentEvent] = []
        self.sizes: list[int] = []
        self.statuses: list[ConnectionStatus] = []
        self.hearing: Callable[[Sequence[ServerSentEvent]], object] = lambda events: None
        self.moving: Callable[[ConnectionStatus], object] = lambda status: None

    def heard(self, events: Sequence[ServerSentEvent], size: int, at: float) -> None:
        self.events.extend(events)
        self.sizes.append(size)
        self.hearing(events)

    def came_again(self, events: Sequence[ServerSentEvent], at: float) -> None:
        self.again.extend(events)

    def moved(self, status: ConnectionStatus) -> None:
        self.statuses.append(status)
        self.moving(status)

    @property
    def data(self) -> list[str]:
        return [event.data for event in self.events]

    @property
    def states(self) -> list[str]:
        return [status.state for status in self.statuses]


def run_all(*jobs: Callable[[], object], timeout: float = PATIENCE) -> None:
    """Run jobs on a thread each, from one starting shot on; raises what the first of them raised."""
    raised: list[BaseException] = []
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        try:
            gate.wait(timeout)
            job()
        except BaseException as error:  # noqa: BLE001 - raised again, where pytest sees it
            raised.append(error)

    threads = [threading.Thread(target=run, args=(job,), name="test job", daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
    assert [] == [thread.name for thread in threads if thread.is_alive()], "a deadlock"
    with suppress(IndexError):
        raise raised[0]


def interrupted(step: int, act: Callable[[], object]) -> bool:
    """Do it, and interrupt it the `step`-th time that Python would look for an interrupt; False: it did not.

    That is when a function of Python's begins, and when one of C's has returned.
    """
    looks = 0

    def look(frame: FrameType, event: str, arg: object) -> None:
        nonlocal looks
        if event in ("call", "c_return") and frame.f_code.co_filename not in PYTHONS_OWN:
            looks += 1
            if looks > step:
                raise KeyboardInterrupt

    before = sys.getprofile()
    gc.disable()
    try:
        sys.setprofile(look)
        act()
        sys.setprofile(None)
    except KeyboardInterrupt:
        return looks > step
    finally:
        sys.setprofile(before)
        gc.enable()
    return False


# Which an interrupt hurts, too: a finalizer's is lost; `logging`, conditions and httpcore's pool leave their
# locks behind, and `socketpair` its descriptors.
PYTHONS_OWN = tuple(
    module.__file__ for module in (weakref, logging, threading, socket, httpcore._synchronization)
)


def examples(number: int) -> settings:
    """So many examples in `make test-long`; a quarter of them in `make test`, where each second counts."""
    return settings(max_examples=number if is_long() else max(10, number // 4), deadline=None)


def is_long() -> bool:
    """Whether this is `make test-long`."""
    return settings.get_current_profile_name() == "long"
