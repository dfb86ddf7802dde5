"""What a page sends may be anything: what it is taken for, or nothing.

The law: nothing here raises.
"""

from __future__ import annotations

from typing import Any

__all__ = ["number", "whole"]


def number(raw: Any) -> float | None:
    """A number that can be reckoned with, exactly as a page has it; None: it is none.

    Example:
        >>> number(1.5), number(True), number(float("nan")), number(10**400)
        (1.5, None, None, None)
    """
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    return raw if abs(raw) < 2**53 else None  # which neither infinity nor NaN is


def whole(raw: Any) -> int:
    """A whole number; 0: it is none.

    Example:
        >>> whole(3.0), whole("3")
        (3, 0)
    """
    return int(number(raw) or 0)
