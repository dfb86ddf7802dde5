"""What is spelt nearly alike: values among those that were seen, fields among those that payloads have.

The law: only what was seen is proposed. Two ids that differ in their digits are two ids, not a slip.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sse_notebook.events.payload import value_of
from sse_notebook.filters.frame import Rows
from sse_notebook.filters.names import COLUMNS, PREFIX, is_path
from sse_notebook.filters.tree import Field

__all__ = ["names_in", "near_field", "near_text"]

_CANDIDATES: Final = 2_000
_LONGEST: Final = 100  # characters of a value that may be meant
_ALIKE: Final = 0.75  # of 1
_SAMPLE: Final = 300  # payloads that are looked into for names
_DEEPEST: Final = 4


def near_text(wanted: str, counts: Counter[str]) -> str | None:
    """The value that was probably meant.

    Args:
        wanted: what was asked for.
        counts: the values that there are, and how often.

    Example:
        >>> near_text("p1", Counter({"p-1": 9, "p-2": 3})), near_text("p-9", Counter({"p-1": 9}))
        ('p-1', None)
    """
    seen = [value for value, _ in counts.most_common(_CANDIDATES) if 0 < len(value) <= _LONGEST]
    return _nearest(wanted[:_LONGEST], seen)


def _nearest(wanted: str, seen: Iterable[str]) -> str | None:
    """The first that is the same but for case and signs; else the one that is most alike."""
    by_plain: dict[str, str] = {}
    for value in seen:
        by_plain.setdefault(_plain(value), value)
    plain = _plain(wanted)
    if plain in by_plain and plain:
        return by_plain[plain]
    digits = _DIGITS.findall(plain)
    alike = [each for each in by_plain if each and (not digits or _DIGITS.findall(each) == digits)]
    close = difflib.get_close_matches(plain, alike, n=1, cutoff=_ALIKE)
    return by_plain[close[0]] if close else None


_SIGNS: Final = re.compile(r"[\W_]+")
_DIGITS: Final = re.compile(r"\d+")


def _plain(text: str) -> str:
    return _SIGNS.sub("", text.casefold())


def near_field(name: str, rows: Rows, *, certain: bool = False) -> str | None:
    """The field that was probably meant instead of one that is not there; as filters name it.

    Args:
        name: what was asked for.
        rows: the events.
        certain: only one that is the same but for case and signs.

    Example:
        >>> import pandas as pd
        >>> from sse_notebook.filters.frame import Frame
        >>> rows = Frame(pd.DataFrame({"data": ['{"duration": 3, "build": {"size": 1}}']}), [], 0.0)
        >>> near_field("data.durations", rows), near_field("data.size", rows), near_field("data.x", rows)
        ('data.duration', 'data.build.size', None)
    """
    counts = names_in(rows)
    own = name.removeprefix(PREFIX)
    seen = [path for path, _ in counts.most_common() if is_path(PREFIX + path) and path != own]
    if not name.startswith(PREFIX):
        exact = next((path for path in seen if _plain(path.rpartition(".")[2]) == _plain(own)), None)
        return None if exact is None else PREFIX + exact
    same = next((path for path in seen if _plain(path) == _plain(own)), None)
    if same is not None or certain:
        return None if same is None else PREFIX + same
    last = _plain(own.rpartition(".")[2])
    below = next((path for path in seen if _plain(path.rpartition(".")[2]) == last), None)
    found = below or _nearest(own, seen)
    if found is not None:
        return PREFIX + found
    return own if own in COLUMNS and bool(rows.column(Field(own)).there().any()) else None


def names_in(rows: Rows) -> Counter[str]:
    """The fields of some payloads, as `x` for `data.x`, and how many have each."""
    if "data" not in rows or not len(rows):
        return Counter()
    import numpy as np

    places = np.unique(np.linspace(0, len(rows) - 1, _SAMPLE).astype(np.int64))
    counts: Counter[str] = Counter()
    for text in rows.rows(places).column(Field("data")).values():
        payload = value_of(text) if isinstance(text, str) else None
        if isinstance(payload, dict):
            nested = payload.get("data")
            inside = _names(nested, "", 1) if isinstance(nested, dict) else ()
            counts.update(dict.fromkeys([*_names(payload, "", 1), *inside], 1))
    return Counter(dict(counts.most_common(_CANDIDATES)))


def _names(payload: Mapping[str, Any], before: str, depth: int) -> Iterable[str]:
    for name, value in list(payload.items())[:_LONGEST]:
        if before and "." in name:  # which no filter can name
            continue
        if value is not None:
            yield before + name
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _names(value, f"{before}{name}.", depth + 1)
