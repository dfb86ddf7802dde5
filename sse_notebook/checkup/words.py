"""How a checkup says numbers: lengths of time, lists. Pure."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["ago", "few", "span"]

_UNITS = ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"))


def span(seconds: float) -> str:
    """A length of time, to be read and not to be reckoned with.

    Example:
        >>> span(0.0123), span(2.5), span(7_200), span(86_400 * 40)
        ('12 ms', '2.5 s', '2 hours', '40 days')
    """
    seconds = abs(seconds)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for size, name in _UNITS:
        if seconds >= 1.95 * size:
            return f"{seconds / size:.0f} {name}s"
    return f"{seconds:.3g} s"


def ago(seconds: float) -> str:
    """How long before now, or after it.

    Example:
        >>> ago(90), ago(-7_200)
        ('90 s ago', 'in 2 hours')
    """
    return f"{span(seconds)} ago" if seconds >= 0 else f"in {span(seconds)}"


def few(names: Sequence[str], most: int = 5) -> str:
    """Some of these, and that there are more.

    Example:
        >>> few(["a", "b", "c"], 2)
        'a, b and 1 more'
    """
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
