"""What a recording looks like from afar: how many events over its time, its gaps, its marks.

The law: the file is read once, line by line; what is drawn has a fixed size, however long the recording is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from sse_notebook.journal import Entry
from sse_notebook.markup import plain

__all__ = ["STRETCHES", "sketch_of"]

STRETCHES: Final = 120
GAPS: Final = 200  # that are told
MARKS: Final = 100
_LONGEST: Final = 120  # characters of a mark


def sketch_of(entries: Iterable[Entry]) -> dict[str, Any]:
    """The sketch of a recording.

    Args:
        entries: all of its lines.

    Returns:
        `duration` (milliseconds), `all` (how many events there are in each of `STRETCHES` equal parts of
        that), `gaps` (pairs of milliseconds since the beginning; those that were refilled are none), `marks`
        (milliseconds and a text), `events` (how many there are).

    Example:
        >>> sketch_of([Entry(0, "ev", None), Entry(1_000_000, "mark", {"text": "deployed"})])["marks"]
        [[1000.0, 'deployed']]
    """
    times = array("q")
    gaps: dict[float, tuple[float | None, bool]] = {}
    marks: list[list[Any]] = []
    last = 0
    for us, code, body in entries:
        last = max(last, us)
        if code == "ev":
            times.append(us)
        elif code in ("gap", "fill") and isinstance(body, dict):
            start, end = _seconds(body.get("start")), _seconds(body.get("end"))
            if start is None:
                continue
            known = gaps.get(start, (None, False))
            gaps[start] = (end if code == "gap" else known[0], body.get("recovered") is True)
        elif code == "mark":
            text = body.get("text") if isinstance(body, dict) else body
            at = _seconds(body.get("at")) if isinstance(body, dict) else None
            if isinstance(text, str):
                marks.append([us / 1000 if at is None else at * 1000, plain(text, _LONGEST)])
    width = max(1, -(-(last + 1) // STRETCHES))
    counts = np.bincount(np.clip(np.frombuffer(times, np.int64), 0, last) // width, minlength=STRETCHES)
    return {
        "duration": last / 1000,
        "events": len(times),
        "all": counts.tolist(),
        "gaps": [
            [start * 1000, last / 1000 if end is None else end * 1000]
            for start, (end, refilled) in gaps.items()
            if not refilled
        ][:GAPS],
        "marks": sorted(marks)[:MARKS],
    }


def _seconds(raw: Any) -> float | None:
    sound = isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < 1e10
    return float(raw) if sound else None
