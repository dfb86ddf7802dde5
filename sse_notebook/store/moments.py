"""Moments and durations as people write them, in microseconds.

The law: a moment is aware, or else UTC; a duration stands for the moment that long before now. What is
neither is an error that shows how it is written.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sse_notebook.errors import ArgumentError
from sse_notebook.events.times import to_micros

__all__ = ["Duration", "Moment", "duration_us", "moment_us"]

Duration = str | timedelta | float
"""`"90s"`, `"5min"`, `"1h30m"`, a `timedelta`, or seconds."""

Moment = str | datetime | date | timedelta | float
"""A time (aware, or naive and UTC; ISO text; Unix time), or a duration before now."""

_UNITS: Final = {
    **dict.fromkeys(("us", "µs"), 1),
    "ms": 1_000,
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1_000_000),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60_000_000),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3_600_000_000),
    **dict.fromkeys(("d", "day", "days"), 86_400_000_000),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86_400_000_000),
}
_PANDAS: Final = {"S": "s", "T": "min", "H": "h", "D": "d", "W": "w"}  # its words for the same
_PART: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-zµ]+)\s*")
_LONGEST: Final = 100  # characters
_MOST: Final = 10**17  # microseconds; times have the same bound


def duration_us(value: Any, name: str = "duration") -> int:
    """A length of time in microseconds, more than none.

    Args:
        value: as people write it.
        name: what it is, for the error.

    Raises:
        ArgumentError: it is no duration.

    Example:
        >>> duration_us("1h30m") == duration_us(timedelta(hours=1.5)) == duration_us(5400)
        True
    """
    found = _duration(value)
    if found is None or not 0 < found < _MOST:
        raise ArgumentError(
            f'{name} is a length of time, as "90s", "5min", "1h30m" or seconds, not {value!r}'
        )
    return found


def moment_us(value: Any, now_us: int, name: str = "time") -> int:
    """A moment in microseconds since 1970.

    Args:
        value: a time, or how long before now.
        now_us: now.
        name: what it is, for the error.

    Raises:
        ArgumentError: it is neither.

    Example:
        >>> moment_us("2009-02-13T23:31:30", 0) == moment_us(1234567890, 0) == 1234567890000000
        True
        >>> moment_us("1h", now_us=3_600_000_001)
        1
    """
    if isinstance(value, (str, timedelta)):
        before = _duration(value)
        if before is not None and before < _MOST:
            return now_us - before
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if hasattr(value, "astype"):  # numpy's datetime64, by its method: numpy has another door
        value = value.astype("datetime64[us]").item()
    found = None if value is None else to_micros(value)
    if found is None:
        raise ArgumentError(
            f'{name} is a time, as "2026-11-24T10:00" (UTC, if it says nothing else) or a datetime, '
            f'or how long before now, as "1h", not {value!r}'
        )
    return found


def _duration(value: Any) -> int | None:
    if isinstance(value, timedelta):
        return round(value / timedelta(microseconds=1)) if value == value else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return round(value * 1_000_000) if abs(value) < _MOST else None
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    text, total, done = value.strip(), 0.0, 0
    while done < len(text):
        part = _PART.match(text, done)
        unit = _UNITS.get(_PANDAS.get(part[2], part[2])) if part else None
        if part is None or unit is None:
            return None
        total += float(part[1]) * unit
        done = part.end()
    return round(total) if text else None
