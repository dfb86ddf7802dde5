"""Columns whose words are known: `severity` and `origin`. What is none of them no event ever has.

The law: a filter that asks for another word, or for a number, is a slip, and says so when it is made, not by
showing nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, get_args

from sse_notebook.events.event import Origin
from sse_notebook.events.severity import SEVERITIES, severity_word

__all__ = ["Unknown", "unknown_word"]

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {"severity": SEVERITIES, "origin": get_args(Origin)}
_ORDERS: Final = ("<", "<=", ">", ">=")


class Unknown(NamedTuple):
    """A value that the column never has.

    Attributes:
        what: says so.
        meant: the word that was probably meant; None: who knows.
    """

    what: str
    meant: str | None


def unknown_word(column: str, value: Any, sign: str = "") -> Unknown | None:
    """What is wrong with a value that such a column is compared with; None: nothing.

    Args:
        column: the column.
        value: what it is compared with.
        sign: how; empty: another way.

    Example:
        >>> unknown_word("severity", "warn")
        Unknown(what='severity is info, success, warning or error, never "warn"', meant='warning')
        >>> print(unknown_word("severity", 3).what)
        severity is info, success, warning or error, never 3; in numbers, 1 (worst) to 5, it is priority
        >>> unknown_word("status", "warn")
    """
    words = _WORDS.get(column)
    if words is None or value in words:
        return None
    *most, last = words
    known = f"{column} is {', '.join(most)} or {last}, never"
    if not isinstance(value, str):
        is_rank = column == "severity" and not isinstance(value, bool)
        ranked = "; in numbers, 1 (worst) to 5, it is priority" if is_rank else ""
        return Unknown(f"{known} {value!r:.40}{ranked}", "warning" if is_rank and sign in _ORDERS else None)
    close = difflib.get_close_matches(value[:60].strip().lower(), words, n=1)
    meant = close[0] if close else severity_word(value) if column == "severity" else None
    return Unknown(f'{known} "{value[:40]}"', meant)
