"""How long, as people write it: `"5m"`, `"1h30m"`, or seconds.

The law: a duration has one value in seconds, exact to the microsecond; what could be meant otherwise is none.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

__all__ = ["seconds_of"]

_UNITS: Final = {
    "us": 1,
    "ms": 1_000,
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1_000_000),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60_000_000),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3_600_000_000),
    **dict.fromkeys(("d", "day", "days"), 86_400_000_000),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86_400_000_000),
}
_PART: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.ASCII)
_LONGEST: Final = 100  # characters
_MOST: Final = 10**11  # seconds; times have the same bound


def seconds_of(value: Any) -> int | float | None:
    """A duration in seconds; None: it is none.

    Example:
        >>> seconds_of("5m"), seconds_of("1h30m"), seconds_of("250ms"), seconds_of(300), seconds_of("soon")
        (300, 5400, 0.25, 300, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if math.isfinite(value) and abs(value) < _MOST else None
    if not isinstance(value, str) or not value or len(value) > _LONGEST:
        return None
    micros, done = 0.0, 0
    while done < len(value):
        part = _PART.match(value, done)
        if part is None or part[2] not in _UNITS:
            return None
        micros += float(part[1]) * _UNITS[part[2]]
        done = part.end()
    whole, rest = divmod(round(micros), 1_000_000)
    return None if whole >= _MOST else round(micros) / 1_000_000 if rest else whole
