"""What is kept, as a cell shows it: a line of text, and static HTML with the newest rows.

The law: whatever came over the wire is text, as in `markup`; nothing runs, nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from sse_notebook.markup import GUARDED, plain, text
from sse_notebook.store.snapshot import Snapshot, events_in

__all__ = ["counted", "html_of", "line_of"]

NEWEST: Final = 5  # rows shown
LONGEST: Final = 200  # characters of a message or a title
LONGEST_NAME: Final = 80
_COLUMNS: Final = ("seq", "timestamp", "severity", "type", "resource_id", "message")


def counted(rows: int) -> str:
    """A number of rows in words.

    Example:
        >>> counted(1), counted(2000)
        ('1 row', '2,000 rows')
    """
    return f"{rows:,} row{'' if rows == 1 else 's'}"


def line_of(kind: str, snapshot: Snapshot, number: int | None = None) -> str:
    """One line: how many rows, and the timestamp of the newest; `number` as `html_of` has it."""
    return f"<{plain(kind, LONGEST_NAME)} {_said(snapshot, number)}>"


def html_of(
    title: str, snapshot: Snapshot, hide: Callable[[str], str] = str, number: int | None = None
) -> str:
    """One `<div>`: the same, and a table of the newest rows, the newest on top.

    Args:
        title: what is shown, for people.
        snapshot: the rows.
        hide: masks what is not to be seen in a text.
        number: of how many rows these are the newest; None: these are all.
    """
    cells = [
        (str(e.seq), f"{_moment(e.timestamp_us)}", e.severity, e.type, e.resource_id, e.message)
        for e in reversed(list(events_in(snapshot.last(NEWEST))))
    ]
    rows = "".join(
        "<tr>" + "".join(f"<td>{text(hide(cell or ''), LONGEST)}</td>" for cell in row) + "</tr>"
        for row in cells
    )
    head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
    said = f"<strong>{text(title, LONGEST)}</strong> {_said(snapshot, number)}"
    return f'<div class="{GUARDED}"><div>{said}</div>{table}</div>'


def _said(snapshot: Snapshot, number: int | None) -> str:
    times = snapshot.number("timestamp_us")
    newest = f", newest {_moment(int(times.max()))}" if len(times) else ""
    return f"{counted(snapshot.size if number is None else number)}{newest}"


def _moment(micros: int) -> str:
    return f"{np.datetime64(micros, 'us').astype('datetime64[s]')}Z"
