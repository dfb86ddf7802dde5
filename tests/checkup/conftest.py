"""Servers that are looked into, and a clock that moves when they say so; nothing outlives a checkup."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator

import pytest
from planted import Hours
from streamed import nothing_runs_on, server

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.checkup import contract, examining

__all__ = ["nothing_runs_on", "server"]


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend(heartbeat=0.2) as backend:
        yield backend
        sse.close_all()


@pytest.fixture
def interrupt() -> Iterator[Callable[[], None]]:
    """Ctrl-C, whatever the main thread waits for; also where a shell has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    main = threading.main_thread().ident
    assert main is not None
    yield lambda: signal.pthread_kill(main, signal.SIGINT)
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not come is not waited for as long as in life."""
    for name, seconds in (
        ("checkup.contract_resuming.AGAIN_WITHIN", 0.3),
        ("checkup.contract_filters.ARRIVES_WITHIN", 0.5),
        ("checkup.contract_tokens.ENDS_IN", 0.3),
        ("checkup.contract_tokens.LATE", 0.6),
        ("source.transport.POST_WITHIN", 2.0),
    ):
        monkeypatch.setattr(f"sse_notebook.{name}", seconds)


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    """Checkups go by this clock."""
    hours = Hours()
    monkeypatch.setattr(examining, "_clock", lambda: hours.clock)
    monkeypatch.setattr(contract, "_clock", lambda: hours.clock)
    return hours
