"""What time a publisher or a client meant, in unix seconds.

The law: a number's unit is read from its magnitude (seconds, milli-, micro- or nanoseconds), in digits or as
digit text; other text is RFC 3339, UTC if it names no zone. The rest is None: the caller decides what then.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

__all__ = ["to_seconds"]

# Seconds stay below 1e11 until the year 5138; milliseconds are above it since March 1973; and so on.
_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6))


def to_seconds(value: object) -> float | None:
    """`value` as unix seconds, or None where it is no time.

    Example:
        >>> to_seconds(1_700_000_000), to_seconds("1700000000000"), to_seconds("2023-11-14T22:13:20Z")
        (1700000000.0, 1700000000.0, 1700000000.0)
        >>> to_seconds("soon") is None
        True
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_number(value)
    if not isinstance(value, str):
        return None
    try:
        return _from_number(float(value))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(value.upper())  # RFC 3339 has a small z, too
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


def _from_number(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:  # an integer of more than 308 digits
        return None
    if not math.isfinite(number):
        return None
    size = abs(number)
    for limit, per_second in _UNITS:
        if size < limit:
            return number / per_second
    return number / 1e9
