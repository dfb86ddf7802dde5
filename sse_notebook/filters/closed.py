"""Columns whose words are known: `severity` and `origin`. What is none of them no event ever has.

The law: a filter that asks for another word is a slip, and says so when it is made, not by showing nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, get_args

from sse_notebook.events.event import Origin
from sse_notebook.events.severity import SEVERITIES, severity_word

__all__ = ["Unknown", "unknown_word"]

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {"severity": SEVERITIES, "origin": get_args(Origin)}


class Unknown(NamedTuple):
    """A word that the column never has.

    Attributes:
        what: says so.
        meant: the word that was probably meant.
    """

    what: str
    meant: str | None


def unknown_word(column: str, value: Any) -> Unknown | None:
    """What is wrong with a text that such a column is compared with; None: nothing.

    Example:
        >>> unknown_word("severity", "warn")
        Unknown(what='severity is info, success, warning or error, never "warn"', meant='warning')
        >>> unknown_word("status", "warn")
    """
    words = _WORDS.get(column)
    if words is None or value in words or not isinstance(value, str):
        return None
    close = difflib.get_close_matches(value[:60].strip().lower(), words, n=1)
    meant = close[0] if close else severity_word(value) if column == "severity" else None
    *most, last = words
    return Unknown(f'{column} is {", ".join(most)} or {last}, never "{value[:40]}"', meant)
