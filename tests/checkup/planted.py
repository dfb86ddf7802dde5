"""What is planted for a checkup to find: events, and a clock that moves when a script says so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from raw_server import Peer

import sse_notebook as sse
from sse_notebook.clock import VirtualClock


def event(number: int | None = 1, kind: str = "build_failed", **fields: Any) -> bytes:
    """One event as bytes: a good one, unless it is told otherwise."""
    payload = {"event_type": kind, "timestamp": time.time(), "workload_id": f"wl-{number}", **fields}
    data = json.dumps({name: value for name, value in payload.items() if value is not None})
    own = b"" if number is None else f"id: {number}\n".encode()
    return f"event: {kind}\n".encode() + own + f"data: {data}\n\n".encode()


class Hours:
    """A virtual clock, and a vocabulary that tells what was read by now: for scripts that wait for that."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self._seen: set[str] = set()
        self._news = threading.Condition()

        def told(payload: Any) -> Any:
            with self._news:
                self._seen.add(str(payload.get("event_type")))
                self._news.notify_all()
            return payload.get("event_type")

        self.vocabulary = sse.Vocabulary(type=told)

    def pass_(self, seconds: float, after: str) -> Callable[[Peer], None]:
        """A step: once an event of this type was read, let so much time pass."""

        def step(_peer: Peer) -> None:
            with self._news:
                self._news.wait_for(lambda: after in self._seen, 20)
            self.clock.advance(seconds)

        return step
