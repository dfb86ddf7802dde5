"""However much comes, the page is told at most twelve times a second, and in the end it knows all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support import eventually

import sse_notebook as sse
from sse_notebook.clock import VirtualClock
from sse_notebook.stream.stream import EventStream
from sse_notebook.widget import StreamWidget

ROWS = [{"event_type": "build_failed", "workload_id": f"wl-{n}"} for n in range(50)]


class Told:
    """A widget on a virtual clock, and every message that it sends to the page."""

    def __init__(self, stream: EventStream, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = VirtualClock()
        self.messages: list[dict[str, Any]] = []
        monkeypatch.setattr(
            StreamWidget, "_send", lambda _, message, buffers=None: self.messages.append(message)
        )
        self.widget = StreamWidget(stream, clock=self.clock)
        self.stream = stream
        self.settle()
        self.messages.clear()

    def settle(self) -> None:
        """The pump's thread has done what it can at this moment of the clock."""
        pump = self.widget._pump
        assert pump is not None

        def resting() -> bool:
            with self.clock._moved:
                due = self.clock._sleepers.get(pump._thread.ident or 0)
            waits = due is not None and due > self.clock._now
            return waits and not (due == float("inf") and pump._poked.is_set())

        eventually(resting)

    def step(self, seconds: float = 0.02) -> None:
        self.clock.advance(seconds)
        self.settle()

    def look(self) -> None:
        """A page opens the feed."""
        ask = {"do": "page", "view": "v", "ask": 1, "filter": "", "at": 0, "n": 40, "watch": "live"}
        self.widget._handle_custom_msg(ask, [])
        self.messages.clear()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    with sse.connect("http://127.0.0.1:9/events", name="flood", retry_attempts=0) as stream:
        eventually(lambda: stream.connection.state == "exhausted")
        told = Told(stream, monkeypatch)
        yield told
        told.widget.close()


@pytest.mark.parametrize("open_", [False, True], ids=["folded", "feed open"])
def test_few_messages(told: Told, open_: bool) -> None:
    """Ten seconds of a flood: at most twelve a second, all counted; then the rest is told, and silence."""
    if open_:
        told.look()
    for _ in range(503):
        told.stream.store.add_events(ROWS)
        told.widget.poke()
        told.step()
    assert 80 <= len(told.messages) <= 120
    for _ in range(20):
        told.step()
    assert told.widget.status["count"] == 25_150
    if open_:
        news = [m["content"] for m in told.messages if m.get("method") == "custom"]
        assert 40 <= len(news)
        assert news[-1]["mark"][0] == 25_149
    told.messages.clear()
    for _ in range(100):
        told.step()
    assert told.messages == []


def test_the_first_after_a_rest_is_told_at_once(told: Told) -> None:
    """Both the numbers and the row, without waiting for the clock."""
    told.look()
    told.step(5)
    told.stream.store.add_events(ROWS[:1])
    told.widget.poke()
    eventually(lambda: [m["method"] for m in told.messages] == ["update", "custom"])


def test_a_change_of_state_does_not_wait_for_its_turn(told: Told) -> None:
    """In a flood, too: what the connection is is told at once."""
    told.look()
    for _ in range(23):
        told.stream.store.add_events(ROWS)
        told.widget.poke()
        told.step()
    told.stream.disconnect()
    told.widget.poke(at_once=True)
    eventually(lambda: told.widget.status["state"] == "disconnected")
