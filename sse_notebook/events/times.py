"""Times as servers write them, as microseconds since 1970 (UTC). Pure arithmetic.

The law: a number's unit is told by its magnitude, in digits or digit strings alike; naive ISO text is UTC;
nonsense (booleans, zero, negatives, 1e30, words, the year 1 or 9999) is None, and the caller falls back to
the time of arrival.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

__all__ = ["all_micros", "from_micros", "to_micros"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Below each bound a number is in that unit; times from 1973 to 5138 are told apart without doubt.
#          bound, numerator, denominator: microseconds = value * numerator / denominator
_UNITS = ((1e11, 1_000_000, 1), (1e14, 1_000, 1), (1e17, 1, 1), (1e20, 1, 1_000))

LONGEST = 40  # characters; no time has more
_LATEST = 10**17  # microseconds: no unit reaches further; year 1 and year 9999 are how programs write "never"


def to_micros(value: Any) -> int | None:
    """Microseconds since 1970, or None for nonsense.

    Args:
        value: a number or digit string (seconds, milliseconds, microseconds or nanoseconds), ISO 8601 text,
            or a `datetime`.

    Example:
        >>> to_micros(1234567890) == to_micros("1234567890000") == to_micros("2009-02-13T23:31:30Z")
        True
        >>> to_micros(-1), to_micros(True), to_micros(1e30), to_micros("soon")
        (None, None, None, None)
    """
    micros = None if isinstance(value, bool) else _micros(value)
    return micros if micros is not None and 0 < micros < _LATEST else None


def all_micros(values: Sequence[Any]) -> Sequence[int | None]:
    """`to_micros` of each; those of one unit, and ISO texts with an offset, in a fraction of the time.

    Example:
        >>> all_micros([1234567890, 1234567891])
        [1234567890000000, 1234567891000000]
    """
    kinds = set(map(type, values))
    if len(kinds) > 1:
        found: list[int | None] = [None] * len(values)
        for kind in kinds:
            rows = [row for row, value in enumerate(values) if type(value) is kind]
            for row, micros in zip(rows, all_micros([values[row] for row in rows]), strict=True):
                found[row] = micros
        return found
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        if kinds <= {int, float}:
            return _all_numbers(values)
        if kinds == {str}:
            return _all_texts(values)
    return list(map(to_micros, values))


def from_micros(micros: int) -> datetime:
    """The aware datetime of microseconds since 1970.

    Example:
        >>> from_micros(1_234_567_890_000_000).isoformat()
        '2009-02-13T23:31:30+00:00'
    """
    return _EPOCH + timedelta(microseconds=micros)


def _micros(value: Any) -> int | None:
    if isinstance(value, int):
        return _from_int(value)
    if isinstance(value, float):
        return _from_float(value)
    if isinstance(value, str):
        return _from_text(value.strip())
    return _from_datetime(value) if isinstance(value, datetime) else None


def _unit(value: float) -> tuple[int, int] | None:
    return next(((numerator, denominator) for bound, numerator, denominator in _UNITS if value < bound), None)


def _all_numbers(values: Sequence[Any]) -> Sequence[int | None]:
    """Numbers of one type; raises ValueError or OverflowError where some may be no time."""
    if not values:
        return []
    whole = isinstance(values[0], int)
    numbers: Any = np.fromiter(values, np.int64 if whole else np.float64, len(values))
    low, high = numbers.min().item(), numbers.max().item()
    if not (to_micros(low) and to_micros(high)):  # else so is all that lies between
        raise ValueError("too small, or too large")
    if not whole:
        return list(map(_from_float, values))
    unit = _unit(low)
    if unit is None or unit != _unit(high):
        # Each number is that of the first unit that it is small enough for; what overflows is not that one.
        numbers = np.select(
            [numbers < int(bound) for bound, _, _ in _UNITS],
            [numbers * numerator // denominator for _, numerator, denominator in _UNITS],
        )
        return list(numbers.tolist())
    numerator, denominator = unit
    micros: list[int | None] = (numbers * numerator // denominator).tolist()
    return micros


def _all_texts(values: Sequence[str]) -> Sequence[int]:
    """ISO texts with an offset; raises ValueError or TypeError where one is another."""
    if max(map(len, values)) > LONGEST:
        raise ValueError("too long")
    micros = [(moment - _EPOCH) // _MICROSECOND for moment in map(datetime.fromisoformat, values)]
    if not 0 < min(micros) <= max(micros) < _LATEST:
        raise ValueError("too early, or too late")
    return micros


def _from_int(value: int) -> int | None:
    for bound, numerator, denominator in _UNITS:
        if value < bound:
            return value * numerator // denominator
    return None


def _from_float(value: float) -> int | None:
    if not value > 0:  # NaN too, and what would overflow below; infinity is above every bound
        return None
    for bound, numerator, denominator in _UNITS:
        if value < bound:
            return round(value * numerator / denominator)
    return None


def _from_text(text: str) -> int | None:
    if len(text) > LONGEST:  # int() of a megabyte of digits is not free
        return None
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return _from_int(int(text)) if text.isdigit() else _from_float(float(text))
    try:
        return _from_datetime(datetime.fromisoformat(text.upper()))  # RFC 3339 has a small z, too
    except ValueError:
        return None


def _from_datetime(value: datetime) -> int | None:
    try:
        aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return (aware - _EPOCH) // _MICROSECOND
    except OverflowError:
        return None
