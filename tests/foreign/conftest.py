"""Our client against servers that nobody here wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from foreign.moves import Connect

import sse_notebook as sse


@pytest.fixture
def connect() -> Iterator[Connect]:
    """`sse.connect`, quick to try again; closed at the end, when no error of ours may be in the log."""
    streams = []

    def connect(url: str, **settings: Any) -> sse.EventStream:
        quick = {"retry_initial": 0.02, "retry_max": 0.2, "retry_attempts": None}
        streams.append(sse.connect(url, **{**quick, **settings}))
        return streams[-1]

    yield connect
    for stream in streams:
        stream.close()
        log = stream.log
        assert [] == log[log["level"] == "ERROR"]["text"].to_list()
