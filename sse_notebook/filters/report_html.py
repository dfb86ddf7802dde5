"""What is warned of, and how a filter is split, as static HTML.

The law: as of an explanation: nothing runs or is fetched, what anybody wrote is text, styles are inline, and
text has the theme's own colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sse_notebook.markup import GUARDED, text, toned

if TYPE_CHECKING:
    from sse_notebook.filters.report import Report, Warned

__all__ = ["html_of_report", "html_of_split"]

_MOST: Final = 50  # warnings that are shown
_LONGEST: Final = 300  # characters of a filter, a clause, a sentence
_AROUND: Final = 60  # characters of the filter before and behind a clause

_LINE: Final = "1px solid rgba(128,128,128,0.35)"
_BOX: Final = f"border:{_LINE};border-radius:8px;padding:10px 14px"
_MUTED: Final = "opacity:0.8"
_CODE: Final = "background:transparent;padding:0"
_CELL: Final = "text-align:left;vertical-align:top;border:0;padding:2px 14px 2px 0"


def html_of_report(report: Report) -> str:
    """The warnings, each with its place in the filter."""
    about = f' <span style="{_MUTED}">({text(report.about, _LONGEST)})</span>' if report.about else ""
    number = len(report)
    tone = toned("warn") if number else toned("ok")
    head = f"{number} warning{'s' if number > 1 else ''}" if number else "no warnings"
    items = "".join(_warning(report.filter, each) for each in list(report)[:_MOST])
    more = f'<div style="{_MUTED}">and {number - _MOST:,} more</div>' if number > _MOST else ""
    headline = f'<div style="padding:6px 0 0 0"><strong style="{tone}">{head}</strong>{about}</div>'
    asked = f"<div>{_code(report.filter or 'every event')}</div>"
    return f'<div class="{GUARDED}" style="{_BOX}">{asked}{headline}{items}{more}</div>'


def _warning(said: str, warned: Warned) -> str:
    start, end = warned.column, warned.column + len(warned.clause)
    before, after = said[max(0, start - _AROUND) : start], said[end : end + _AROUND]
    cut = ("…" if start > _AROUND else "", "…" if end + _AROUND < len(said) else "")
    place = (
        f'<span style="{_MUTED}">{cut[0]}{_spaced(before)}</span>'
        f'<span style="border-bottom:2px solid #b8790a">{text(warned.clause, _LONGEST)}</span>'
        f'<span style="{_MUTED}">{_spaced(after)}{cut[1]}</span>'
    )
    return (
        f'<div style="margin:8px 0 0 0"><div><strong>{text(warned.code, 40)}</strong> '
        f"{text(warned.text, _LONGEST)}</div>"
        f'<div><code style="{_CODE}">{place}</code></div></div>'
    )


def _spaced(part: str) -> str:
    """A piece of a text, with the spaces at its ends."""
    if not part.strip():
        return " " if part else ""
    before, after = " " * part[0].isspace(), " " * part[-1].isspace()
    return f"{before}{text(part, _LONGEST)}{after}"


def html_of_split(asked: Sequence[str], left: str) -> str:
    """What the server is asked for, and what is checked here.

    Args:
        asked: the parameters, each as `name=value`.
        left: the rest.
    """
    server = " ".join(map(_code, asked)) or "everything"
    rows = (("server", server), ("here", _code(left) if left else "nothing: all that comes fits"))
    cells = "".join(
        f'<tr style="background:transparent"><th style="{_CELL}">{name}</th>'
        f'<td style="{_CELL}">{said}</td></tr>'
        for name, said in rows
    )
    table = f'<table style="border-collapse:collapse;border:0">{cells}</table>'
    return f'<div class="{GUARDED}" style="{_BOX}">{table}</div>'


def _code(said: str) -> str:
    return f'<code style="{_CODE}">{text(said, _LONGEST)}</code>'
