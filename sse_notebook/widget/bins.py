"""How many rows there were over time, for a small picture: a fixed number of stretches.

The law: it is as true as `counts`: where a gap touches a stretch it is not known how many there were.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from sse_notebook.events.severity import SEVERITIES
from sse_notebook.store.snapshot import Snapshot
from sse_notebook.widget.pages import Gap

__all__ = ["BINS", "bins"]

BINS: Final = 60
_WARNING, _ERROR = SEVERITIES.index("warning"), SEVERITIES.index("error")


def bins(snapshot: Snapshot, gaps: Iterable[Gap], now: float) -> dict[str, Any]:
    """Count rows by their timestamp, from the first to the last.

    Args:
        snapshot: the rows.
        gaps: the holes.
        now: this moment, in milliseconds since 1970: where a hole that has not ended ends for this time.

    Returns:
        `start` and `width` (of a stretch, in milliseconds), `all`, `warnings`, `errors` (numbers of rows),
        and `gaps` (the stretches that a hole touches); empty without rows.
    """
    times = snapshot.number("timestamp_us")
    if not len(times):
        return {}
    low, high = int(times.min()), int(times.max())
    width = max(1, -(-(high - low + 1) // BINS))
    at = (times - low) // width
    severity = snapshot.number("severity")
    touched: set[int] = set()
    for gap in gaps:
        if gap.recovered is True:
            continue
        start, end = gap.start * 1000, (now if gap.end is None else gap.end) * 1000
        if end < low or start >= low + width * BINS:
            continue
        first, last = int((start - low) // width), int((end - low) // width)
        touched.update(range(max(0, first), min(BINS - 1, last) + 1))
    return {
        "start": low / 1000,
        "width": width / 1000,
        "all": np.bincount(at, minlength=BINS).tolist(),
        "warnings": np.bincount(at[severity == _WARNING], minlength=BINS).tolist(),
        "errors": np.bincount(at[severity == _ERROR], minlength=BINS).tolist(),
        "gaps": sorted(touched),
    }
