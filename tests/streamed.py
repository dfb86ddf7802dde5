"""Streams in tests: their servers, what these send, and what came of it. For any folder, run alone too."""

from __future__ import annotations

import json
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


def numbers(stream: sse.EventStream) -> list[int]:
    return [json.loads(text)["n"] for text in stream.df["data"]]


def publish(backend: Backend, *ns: int, **fields: Any) -> list[str]:
    return backend.publish_all([{"event_type": "x", "n": n, **fields} for n in ns])


def greeting(**resume: Any) -> bytes:
    """What the platform says first."""
    said = {"event_type": "connected", "connection_id": "c-1", "resume": resume}
    return b"event: connected\ndata: " + json.dumps(said).encode() + b"\n\n"


def event(n: int, **fields: Any) -> bytes:
    return b"id: %d\nevent: x\ndata: " % n + json.dumps({"n": n, **fields}).encode() + b"\n\n"


def balance(counts: dict[str, int]) -> tuple[int, int]:
    """Messages received, and what became of them."""

    def total(prefix: str) -> int:
        return sum(number for name, number in counts.items() if name.startswith(prefix))

    became = total("sse_events_stored_total") + total("sse_events_control_total")
    return total("sse_events_received_total"), became + total("sse_events_dropped_total")
