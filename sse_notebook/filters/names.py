"""What a filter may name: the columns of the contract, and the fields of the payload.

The law: a name has one kind, and its kind says what it compares with. `data.x` is the payload's `x`, else the
`x` inside its nested `data` object; it keeps the payload's own type. All other names are columns.
"""

from __future__ import annotations

import difflib
import keyword
import unicodedata
from typing import Final, Literal

__all__ = ["COLUMNS", "FUNCTIONS", "LONGEST", "PREFIX", "Kind", "is_dunder", "is_path", "kind_of", "nearest"]

Kind = Literal["text", "type", "severity", "number", "flag", "time", "field"]

PREFIX: Final = "data."
LONGEST: Final = 200  # characters of a name

COLUMNS: Final[dict[str, Kind]] = {
    "timestamp": "time",
    "received_at": "time",
    "type": "type",
    "event_type": "text",
    "id": "text",
    "severity": "severity",
    "priority": "number",
    "cluster_id": "text",
    "project_id": "text",
    "workload_id": "text",
    "resource_type": "text",
    "resource_id": "text",
    "status": "text",
    "message": "text",
    "origin": "text",
    "after_gap": "flag",
    "source": "text",
    "data": "text",  # the payload exactly as it came
}

# name -> how it is written
FUNCTIONS: Final = {
    "has": "has(data.x)",
    "matches": 'matches(message, "a.*b")',
    "startswith": 'startswith(message, "a")',
    "endswith": 'endswith(message, "a")',
    "lower": 'lower(status) == "a"',
    "age": 'age() < "5m"',
}

# What other languages and other spellings call these things.
_OTHERS: Final = {
    "level": "severity",
    "time": "timestamp",
    "ts": "timestamp",
    "text": "message",
    "payload": "data",
    "raw": "data",
    "kind": "type",
    "exists": "has",
    "regex": "matches",
    "match": "matches",
    "search": "matches",
    "lowercase": "lower",
}


def is_path(name: str) -> bool:
    """Whether a text is `data.` and names that Python could write, with dots between.

    Example:
        >>> is_path("data.properties.mag"), is_path("data.a-b"), is_path("data.__class__")
        (True, False, False)
    """
    if not name.startswith(PREFIX) or len(name) > LONGEST or unicodedata.normalize("NFKC", name) != name:
        return False  # of letters that look alike, Python knows only one
    return all(
        step.isidentifier() and not keyword.iskeyword(step) and not is_dunder(step)
        for step in name.split(".")
    )


def is_dunder(name: str) -> bool:
    """Whether it is a name of Python's own machinery: no payload needs one, and every attack does."""
    return name.startswith("__") and name.endswith("__")


def kind_of(name: str) -> Kind | None:
    """What a name is; None: there is no such name."""
    return COLUMNS.get(name) or ("field" if is_path(name) else None)


def nearest(name: str, *, functions: bool = False) -> str | None:
    """The column (or function) that was probably meant; None where none is near.

    Example:
        >>> nearest("projectId"), nearest("severty"), nearest("startsWith", functions=True)
        ('project_id', 'severity', 'startswith')
    """
    known = FUNCTIONS if functions else COLUMNS
    other = _OTHERS.get(name.lower())
    if other in known:
        return other
    plain = name[:60].lower().replace("_", "")
    by_plain = {each.replace("_", ""): each for each in known}
    close = difflib.get_close_matches(plain, by_plain, n=1, cutoff=0.75)
    return by_plain[close[0]] if close else None
