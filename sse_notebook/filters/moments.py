"""Texts that times are compared with: one that is no time is a slip, told when the filter is made.

The law: what is proposed can be written as it stands, and is a time, or an age.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from sse_notebook.filters.leaves import micros_of
from sse_notebook.filters.names import COLUMNS

__all__ = ["NoTime", "no_time"]

_AGE: Final = re.compile(
    r"-?\s*(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m|h|d|w|min|sec|hours?|days?|weeks?)\b( ago)?"
)
_UNITS: Final = {"sec": "s", "min": "m"}
_DAYS: Final = {"now": "1m", "today": "1d", "yesterday": "2d"}
_GERMAN: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SIGNS: Final = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


class NoTime(NamedTuple):
    """A text that is no time.

    Attributes:
        what: says so.
        meant: what to write instead; None: who knows.
    """

    what: str
    meant: str | None


def no_time(column: str, value: Any, sign: str = "") -> NoTime | None:
    """What is wrong with a text that a time is compared with; None: nothing.

    Args:
        column: the column.
        value: what it is compared with.
        sign: how; empty: another way.

    Example:
        >>> no_time("timestamp", "1h", ">").meant, no_time("timestamp", "28.11.2026").meant
        ('age() < "1h"', '"2026-11-28"')
        >>> no_time("timestamp", "2026-11-28"), no_time("status", "1h")
        (None, None)
    """
    if COLUMNS.get(column) != "time" or not isinstance(value, str) or micros_of(value) is not None:
        return None
    meant = _meant(value[:40].strip().lower(), column, sign)
    return NoTime(f'{column} is a time: write one as "2026-11-24T10:00"', meant)


def _meant(said: str, column: str, sign: str) -> str | None:
    age = _DAYS.get(said)
    if found := _AGE.fullmatch(said):
        age = found[1] + _UNITS.get(found[2], found[2] if found[2] == "ms" else found[2][0])
    if age and column == "timestamp":
        return f'age() {_SIGNS.get(sign, "<")} "{age}"'
    day, month, year = found.groups() if (found := _GERMAN.fullmatch(said)) else ("1", "1", said)
    iso = f"{year}-{month:>02}-{day:>02}"
    return f'"{iso}"' if micros_of(iso) is not None else None
