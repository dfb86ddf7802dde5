"""A cell of somebody's table, as the attribute of an event that it stands for.

The law: what our own doors out have written is read again, from CSV too, where times are texts and whole
numbers may have a point. What can't be read is an error that names the column, and says what would do.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any, Final

import pandas as pd

from sse_notebook.errors import ArgumentError
from sse_notebook.events.envelope import priority, text
from sse_notebook.events.severity import SEVERITIES
from sse_notebook.events.times import to_micros
from sse_notebook.store.schema import ORIGINS

__all__ = ["READERS"]

_FLAGS: Final = {"true": True, "false": False, "1": True, "0": False}


def _time(cell: Any) -> int:
    """A moment of pandas, Arrow or Python, ISO text, or Unix time; in microseconds."""
    if isinstance(cell, (datetime, date)):
        stamp = pd.Timestamp(cell)
        aware = stamp if stamp.tzinfo is not None else stamp.tz_localize("UTC")
        return int(aware.tz_convert(None).to_numpy().astype("datetime64[us]").astype("int64"))
    found = None if isinstance(cell, bool) else to_micros(cell)
    if found is None:
        raise ArgumentError(f'a time is a datetime or ISO text, as "2026-11-24T10:00:00Z", not {cell!r:.80}')
    return found


def _name(cell: Any) -> str:
    """What must be text and is not nothing."""
    if isinstance(cell, str):
        return cell
    raise ArgumentError(f"it is text, not {cell!r:.80}")


def _said(cell: Any) -> str | None:
    """A text, or a number that a reader of CSV took one for; an empty one says nothing."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    found = text(cell)
    if found is None and cell != "":
        raise ArgumentError(f"it is text, not {cell!r:.80}")
    return found


def _payload(cell: Any) -> str:
    """The payload's text; one that is a number or a flag was taken for such by a reader of CSV."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return _name(str(cell) if isinstance(cell, int) else cell)


def _priority(cell: Any) -> int | None:
    found = priority(cell)
    if found is None and cell != "":
        raise ArgumentError(f"it is a whole number from 1 to 5, not {cell!r:.80}")
    return found


def _flag(cell: Any) -> bool:
    found = cell if isinstance(cell, bool) else _FLAGS.get(str(cell).lower())
    if found is None:
        raise ArgumentError(f"it is True or False, not {cell!r:.80}")
    return found


def _word(words: Collection[str]) -> Callable[[Any], str]:
    def read(cell: Any) -> str:
        if cell in words:
            return str(cell)
        close = difflib.get_close_matches(str(cell)[:60].lower(), words, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ArgumentError(f"it is one of {', '.join(words)}, not {cell!r:.80}{hint}")

    return read


#: How a cell of each column is read, if there is something in it.
READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("timestamp", "received_at"), _time),
    **dict.fromkeys(("type", "event_type", "source"), _name),
    **dict.fromkeys(("id", "cluster_id", "project_id", "workload_id"), _said),
    **dict.fromkeys(("resource_type", "resource_id", "status", "message"), _said),
    "severity": _word(SEVERITIES),
    "priority": _priority,
    "origin": _word(ORIGINS),
    "after_gap": _flag,
    "data": _payload,
}
