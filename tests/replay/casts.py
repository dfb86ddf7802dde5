"""Recordings, made by hand: what tests of replays play."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

STARTED = "2026-11-24T10:00:00.000000Z"
URL = "https://events.example.com/api/v1/events/stream"


def header(**changes: Any) -> dict[str, Any]:
    """The first line."""
    return {
        "ssecast": 1,
        "started": STARTED,
        "url": URL,
        "request": {"name": "ours", "platform": True, "filters": {}, "params": {}},
        "first_seq": 0,
        "redacted": [],
        "env": {},
        **changes,
    }


def build(t: float, n: int, **changes: Any) -> list[Any]:
    """The line of an event: build n has failed."""
    payload = {"event_type": "build_failed", "build_id": f"b-{n}", "message": f"no {n}", "n": n, **changes}
    return [t, "ev", {"event": payload["event_type"], "data": json.dumps(payload), "id": str(n)}]


def write(path: Path, lines: Iterable[Sequence[Any]], **changes: Any) -> Path:
    """The file of a recording."""
    told = [header(**changes), *lines]
    path.write_text("".join(json.dumps(line) + "\n" for line in told), encoding="utf-8")
    return path


def ten(path: Path, **changes: Any) -> Path:
    """A recording of ten builds that fail, one a second, a gap and a mark among them."""
    lines: list[Sequence[Any]] = [[0, "open", {"connection": 1, "resumed_from": "", "recovered": None}]]
    lines += [build(n, n) for n in range(5)]
    lines += [
        [4.5, "gap", {"start": 4.0, "end": 4.5, "reason": "cut", "recovered": False, "last_event_id": "4"}],
        [4.5, "open", {"connection": 2, "resumed_from": "4", "recovered": False}],
        [4.75, "mark", {"text": "rolled back"}],
    ]
    lines += [build(n, n) for n in range(5, 10)]
    return write(path, lines, **changes)
