"""Moments and durations as people write them, in microseconds.

The law: a moment is aware, or else UTC; a duration stands for the moment that long before now. What is
neither, or could be meant otherwise, is an error that shows how it is written.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np

from sse_notebook.errors import ArgumentError
from sse_notebook.events.times import to_micros

__all__ = ["Duration", "Moment", "duration_us", "moment_us", "plain", "spelled_us"]

Duration = str | timedelta | float
"""`"90s"`, `"5min"`, `"1h30m"`, a `timedelta`, or seconds; those of numpy and pandas too."""

Moment = str | datetime | date | timedelta | float
"""A time (aware, or naive and UTC; ISO text; Unix time), or a duration before now; numpy's, pandas' too."""

_UNITS: Final = {
    **dict.fromkeys(("us", "\u00b5s", "\u03bcs"), 1),  # the micro sign, and the Greek letter
    "ms": 1_000,
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1_000_000),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60_000_000),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3_600_000_000),
    **dict.fromkeys(("d", "day", "days"), 86_400_000_000),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86_400_000_000),
}
_PANDAS: Final = {"S": "s", "T": "min", "H": "h", "D": "d", "W": "w"}  # its words for the same
_PART: Final = re.compile("\\s*(\\d+(?:\\.\\d+)?)\\s*([A-Za-z\u00b5\u03bc]+)\\s*")
_PART_OF_DATE: Final = re.compile(r"\d{4}(-\d\d)?")  # a year or a month is its first day, as in pandas
_NUMBER: Final = re.compile(r"\d{9,}(\.\d*)?", re.ASCII)  # fewer digits are a date, or nothing
_EARLIEST: Final = 10**8  # Unix time in seconds, of 1973: from there on units are told apart
_LONGEST: Final = 100  # characters
_MOST: Final = 10**17  # microseconds; times have the same bound
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


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
    found = _duration(plain(value))
    if found is None or not 0 < found < _MOST:
        raise ArgumentError(
            f'{name} is a length of time, as "90s", "5min", "1h30m" or seconds, not {_shown(value)}'
        )
    return found


def moment_us(value: Any, now_us: int, name: str = "time", *, before: str = "now") -> int:
    """A moment in microseconds since 1970.

    Args:
        value: a time, or how long before now. A number is Unix time, its unit told by its magnitude; one that
            would be before 1973 is more likely meant as something else, and is an error.
        now_us: now.
        name: what it is, for the error.
        before: what `now_us` is, for the error.

    Raises:
        ArgumentError: it is neither.

    Example:
        >>> moment_us("2009-02-13T23:31:30", 0) == moment_us(1234567890, 0) == 1234567890000000
        True
        >>> moment_us("1h", now_us=3_600_000_001)
        1
    """
    meant = plain(value)
    if isinstance(meant, (str, timedelta)):
        ago = _duration(meant)
        if ago is not None and abs(ago) < _MOST:
            return now_us - ago
    found = _moment(meant)
    if found is None:
        small = isinstance(meant, (int, float)) and not isinstance(meant, bool) and 0 < meant < _EARLIEST
        raise ArgumentError(
            f'{name} is a time, as "2026-11-24T10:00" (UTC, if it says nothing else) or a datetime, '
            f'or how long before {before}, as "1h", not {_shown(value)}'
            + (f'; seconds before {before} are "{meant}s"' if small else "")
        )
    return found


def _duration(value: Any) -> int | None:
    if isinstance(value, timedelta):
        return value // _MICROSECOND if value == value else None  # pandas has one that is none
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return round(value * 1_000_000) if abs(value) < _MOST else None
    return spelled_us(value) if isinstance(value, str) else None


def spelled_us(text: str) -> int | None:
    """A duration that is written as text, in microseconds; None: it is none.

    Example:
        >>> spelled_us("1h30m"), spelled_us("soon")
        (5400000000, None)
    """
    if len(text) > _LONGEST:
        return None
    text, total, done = text.strip(), 0.0, 0
    while done < len(text):
        part = _PART.match(text, done)
        unit = _UNITS.get(_PANDAS.get(part[2], part[2])) if part else None
        if part is None or unit is None:
            return None
        total += float(part[1]) * unit
        done = part.end()
    return round(total) if text and total < _MOST else None


def _moment(value: Any) -> int | None:
    if isinstance(value, str):
        text = value.strip()
        if part := _PART_OF_DATE.fullmatch(text):
            text += "-01" if part[1] else "-01-01"
        elif _NUMBER.fullmatch(text):
            return to_micros(text)
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            return None
    if isinstance(value, (int, float)):
        return to_micros(value) if value >= _EARLIEST else None
    if not isinstance(value, date) or value != value:  # pandas has one that is none
        return None
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return int((aware - _EPOCH) // _MICROSECOND)


def plain(value: Any) -> Any:
    """What is numpy's, as Python has it; None where Python has no such time.

    Example:
        >>> plain(np.int8(5)), plain(np.datetime64("2026-11-24", "ns")), plain("text")
        (5, datetime.datetime(2026, 11, 24, 0, 0), 'text')
    """
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]")
    if isinstance(value, np.timedelta64):
        value = value.astype("timedelta64[us]")
    if not isinstance(value, np.generic):
        return value
    said = value.item()
    # A time that Python's cannot hold comes as the number that it is kept as.
    return None if isinstance(value, (np.datetime64, np.timedelta64)) and isinstance(said, int) else said


def _shown(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
