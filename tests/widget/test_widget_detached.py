"""Nobody looks, for hours: nothing grows, and who comes back is told all there is in one message."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from support import eventually

import sse_notebook as sse
from sse_notebook.clock import VirtualClock
from sse_notebook.stream.stream import EventStream
from sse_notebook.widget import StreamWidget
from sse_notebook.wire import ServerSentEvent

RATE = 100  # events a second
KEPT = 20_000  # rows
TYPES = ("workload_status_update", "build_complete", "build_failed", "project_status_update")
MINUTE = [
    ServerSentEvent(TYPES[n % 4], f'{{"workload_id":"wl-{n % 97}","message":"replica {n % 13} is well"}}')
    for n in range(RATE * 60)
]


class Night:
    """A stream with a widget whose page has been closed; time is virtual, events come by the minute."""

    def __init__(self, stream: EventStream, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = VirtualClock()
        self.messages = 0
        monkeypatch.setattr(StreamWidget, "_send", self._send)
        self.stream = stream
        self.widget = StreamWidget(stream, clock=self.clock)
        stream._parts.intake.watchers.append(self.widget.poke)
        self.sent = 0
        # A page had the feed open, and was closed without a word.
        ask = {"do": "page", "view": "v", "ask": 1, "filter": "", "at": 0, "n": 40, "watch": "live"}
        self.widget._handle_custom_msg(ask, [])

    def _send(self, message: Any, buffers: Any = None) -> None:
        self.messages += 1

    def minute(self) -> None:
        for first in range(0, len(MINUTE), 500):
            self.stream._parts.intake.heard(MINUTE[first : first + 500], 0, self.clock.time())
        self.sent += len(MINUTE)
        self.clock.advance(59)

        def told() -> bool:
            self.clock.advance(0.1)
            return bool(self.widget.status["count"] == self.sent)

        eventually(told)


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    url = "http://127.0.0.1:9/events"
    with sse.connect(url, name="night", retry_attempts=0, max_rows=KEPT, expand=None) as stream:
        eventually(lambda: stream.connection.state == "exhausted")
        night = Night(stream, monkeypatch)
        yield night
        night.widget.close()


def memory() -> int:
    """Bytes of Python's and of Arrow's."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0] + int(pa.total_allocated_bytes())


def passes(night: Night, minutes: int, window: int) -> None:
    """At its most, the last minutes need what the first did: what is kept is packed from time to time."""
    tracemalloc.start()
    try:
        needed = []
        for _ in range(minutes):
            night.minute()
            needed.append(memory())
    finally:
        tracemalloc.stop()
    assert max(needed[-window:]) <= 1.1 * max(needed[:window]) + 2**20
    assert night.stream.store.count == RATE * 60 * minutes == night.sent
    feeding = night.widget._feeding
    assert feeding is not None
    assert feeding.watched == 0  # who has not said for ten minutes that he looks
    # What a page that comes back is sent, by ipywidgets: one state, and all is in it.
    state = night.widget.get_state()
    assert state["status"]["count"] == night.sent
    del state["_esm"], state["layout"]
    assert len(json.dumps(state, default=str)) < 30_000


def test_some_minutes(night: Night) -> None:
    """144,000 events."""
    passes(night, 24, 12)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_twelve_hours(night: Night) -> None:
    """4,320,000 events."""
    passes(night, 12 * 60, 60)
