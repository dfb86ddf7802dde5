"""What a server sends a stream in tests, and what came of it: for any folder, run alone too."""

from __future__ import annotations

import json
from typing import Any

import sse_notebook as sse
from sse_notebook.backend import Backend


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
