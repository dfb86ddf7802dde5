"""A raw server for each test, and a client of it; whatever a test does, no client's thread outlives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from contract.play import QUICK, Connect
from raw_server import RawServer
from support import Listener, client_threads, eventually

from sse_notebook.source import EventSource


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as server:
        yield server


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def connect(listener: Listener, both_ways: None) -> Iterator[Connect]:
    """Makes sources that are started, tell `listener`, try again quickly, and are closed after the test."""
    made: list[EventSource] = []

    def start(url: str, **options: Any) -> EventSource:
        source = EventSource(url, options.pop("listener", listener), **{"backoff": QUICK, **options})
        made.append(source)
        source.start()
        return source

    yield start
    for source in made:
        source.close()
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")
