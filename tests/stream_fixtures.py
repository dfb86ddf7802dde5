"""Servers for streams; and whatever a test does, no stream outlives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from raw_server import RawServer
from support import QUICK, client_threads, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend


@pytest.fixture(autouse=True)
def nothing_runs_on() -> Iterator[None]:
    yield
    sse.close_all()
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend(heartbeat=1.0) as backend:
        yield backend
        sse.close_all()  # before the server goes, or they would all come back


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as server:
        yield server
        sse.close_all()


@pytest.fixture
def open_stream(backend: Backend) -> Callable[..., sse.EventStream]:
    """Connects to the backend, with a token and quick retries, and waits until it is open."""

    def start(**options: Any) -> sse.EventStream:
        settings = {"token": backend.token(), **QUICK, **options}
        return sse.connect(settings.pop("url", backend.url), **settings).wait_open()

    return start
