"""Numbers of things, as sentences have them."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, word: str) -> str:
    """A number of things.

    Example:
        >>> counted(1, "event"), counted(2_000, "event"), counted(2, "address")
        ('1 event', '2,000 events', '2 addresses')
    """
    if number == 1:
        return f"1 {word}"
    return f"{number:,} {word}{'es' if word.endswith('s') else 's'}"
