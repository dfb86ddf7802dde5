"""Where in a recording: a time of day, or a length of time from its beginning.

The law: what can be read as neither is no place, and no error: it may be a filter.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sse_notebook.errors import ArgumentError
from sse_notebook.events.moments import moment_us, spelled_us
from sse_notebook.journal.cast import rfc3339

__all__ = ["place_us"]


def place_us(t: Any, started_us: int) -> int | None:
    """A place in a recording, in microseconds since its beginning; None: it is none.

    Args:
        t: a time (aware, or naive and UTC); or a length of time from the beginning on: `"90s"`, a
            `timedelta`, seconds.
        started_us: when it began, in microseconds since 1970.

    Raises:
        ArgumentError: it is before the beginning.

    Example:
        >>> place_us("90s", 0), place_us(1.5, 0), place_us("1970-01-01T00:00:02", 1_000_000), place_us("?", 0)
        (90000000, 1500000, 1000000, None)
    """
    if isinstance(t, bool) or callable(t):
        return None
    us: int | None = None
    if isinstance(t, str) and (us := spelled_us(t)) is None:
        try:
            us = moment_us(t, 0) - started_us
        except ArgumentError:
            return None
    elif isinstance(t, int | float) and t == t and abs(t) < 1e8:  # from there on it is Unix time
        us = round(t * 1e6)
    elif isinstance(t, timedelta) or type(t).__name__ == "timedelta64":
        us = -moment_us(t, 0)
    elif us is None:
        if not isinstance(t, int | float | date) and type(t).__name__ != "datetime64":
            return None
        us = moment_us(t, 0) - started_us
    if us is not None and us < 0:
        raise ArgumentError(f"{t!r:.80} is before the recording begins, which is at {rfc3339(started_us)}")
    return us
