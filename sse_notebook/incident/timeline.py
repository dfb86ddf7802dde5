"""`Timeline`: what happened in an incident, as a table and as a picture.

The law: the table has everything that is in the picture's numbers and hatches, in words; whoever sees no
picture, or an untrusted notebook, misses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sse_notebook.incident.chart import Picture, svg_of
from sse_notebook.incident.story import Line
from sse_notebook.markup import GUARDED, text, toned
from sse_notebook.store.schema import STR, TIME, table
from sse_notebook.words import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Timeline", "table_html"]

SHOWN: Final = 200  # lines in a cell; `df` and files have all
_LONGEST: Final = 400  # characters of one line
_TONES: Final = {"error": "error", "warning": "warn", "success": "ok", "info": "info", "gap": "warn"}
_CELL: Final = "text-align:left;vertical-align:top;padding:3px 12px 3px 0;border:0"
_LINE: Final = "1px solid rgba(128,128,128,0.35)"


class Timeline:
    """What happened, one thing after the other. Made by `Incident.timeline`.

    Attributes:
        lines: what happened.
        picture: what is drawn of it.

    In a cell it shows the picture and the table; `df` is the table, `svg` the picture.
    """

    def __init__(self, lines: Sequence[Line], picture: Picture) -> None:
        self.lines = list(lines)
        self.picture = picture

    @property
    def df(self) -> pd.DataFrame:
        """The table.

        Columns:
            time: when it was, or when the first of several was.
            until: when the last of several was, or when a gap ended.
            what: `event`, `note`, `mark`, `alert` (what was said of one), `gap` or `connection`.
            severity: of events.
            text: what it says.
            count: how many events it stands for; 0: it is none.
            seq: the row of the first of them.
        """
        rows = [
            (
                line.first.us,
                line.until_us,
                line.first.what,
                line.first.severity or None,
                line.text,
                line.count if line.first.what == "event" else 0,
                line.first.seq,
            )
            for line in self.lines
        ]
        return table(
            rows, time=TIME, until=TIME, what=STR, severity=STR, text=STR, count="int64", seq="Int64"
        )

    @property
    def svg(self) -> str:
        """The picture, as an `<svg>` element that needs nothing else."""
        return svg_of(self.picture)

    def _repr_html_(self) -> str:
        more = len(self.lines) - SHOWN
        rest = f'<div style="opacity:0.8">and {more:,} more: .df has all</div>' if more > 0 else ""
        return (
            f'<div class="{GUARDED}" style="border:{_LINE};border-radius:8px;padding:10px 14px">'
            f"{self.svg}{table_html(self.lines[:SHOWN])}{rest}</div>"
        )

    def __repr__(self) -> str:
        head = f"<Timeline: {counted(len(self.lines), 'line')}, {counted(len(self.picture.times), 'event')}>"
        return "\n".join([head, *(f"{clock(line.first.us)}  {line.text}" for line in self.lines[:SHOWN])])


def table_html(lines: Sequence[Line]) -> str:
    """Lines as a table; whatever came over the wire, or was noted, is text."""
    if not lines:
        return '<div style="opacity:0.8;padding:6px 0 0 0">Nothing of that kind happened.</div>'
    notes = 0
    rows = []
    for line in lines:
        notes += line.first.what == "note"
        rows.append(_row(line, notes))
    return f'<table style="width:100%;border-collapse:collapse;border:0">{"".join(rows)}</table>'


def _row(line: Line, note: int) -> str:
    what = line.first.severity or line.first.what
    word = f"note {note}" if what == "note" else what
    tone = f' style="{toned(_TONES[what])}"' if what in _TONES else ""
    said = text(line.text, _LONGEST)
    said = f"<strong>{said}</strong>" if what == "note" else said
    return (
        f'<tr style="background:transparent;border-top:{_LINE}">'
        f'<td style="{_CELL};white-space:nowrap;opacity:0.85">{clock(line.first.us)}</td>'
        f'<td style="{_CELL};white-space:nowrap"><span{tone}>{word}</span></td>'
        f'<td style="{_CELL};width:100%">{said}</td></tr>'
    )


def clock(us: int) -> str:
    """A moment as people read it, UTC.

    Example:
        >>> clock(0)
        '1970-01-01 00:00:00'
    """
    return f"{datetime.fromtimestamp(us // 1_000_000, UTC):%Y-%m-%d %H:%M:%S}"
