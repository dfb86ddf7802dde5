"""A backend, and a stream of it; all that shows it is closed at the end, and nothing runs on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import client_threads, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as backend:
        yield backend


@pytest.fixture
def stream(backend: Backend) -> Iterator[sse.EventStream]:
    with sse.connect(backend.url, token=backend.token(), name="demo").wait_open() as stream:
        yield stream
    for shown in stream._on_screen():
        shown.close()
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")
