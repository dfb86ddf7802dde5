"""An explanation as static HTML: what to do, what each clause answered, what was refused by a hair.

The law: nothing here runs or is fetched. Whatever came over the wire, or was written into a filter, is text.
Styles are inline and of those that JupyterLab's sanitiser keeps; what it drops (variables) is missed by
nobody. Colours mean something beside a number that says the same, text has the theme's own, so that it is
readable on light and dark, trusted and not, and in an exported page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from sse_notebook.filters.explain_text import NEAR_MISSES, ONLY, name_of
from sse_notebook.filters.outcome import OUTCOMES
from sse_notebook.markup import CODE, GUARDED, prose, text

if TYPE_CHECKING:
    import pandas as pd

    from sse_notebook.filters.explanation import Explanation

__all__ = ["html_of"]

_NEAR: Final = 10  # near misses that are shown
_LONGEST: Final = 300  # characters of a filter, a clause, a sentence
_CLAUSES: Final = 50  # that are shown
_SHORT: Final = 80  # characters of a value, a name
_UNWRAPPED: Final = 36  # characters of a clause that stays in one line

# Each 3:1 at least against white and against JupyterLab's dark: they are seen on both.
_FILLS: Final = {"pass": "#2e8b57", "value": "#8a8f98", "missing": "#b8790a", "type": "#d9453a"}

_LINE: Final = "1px solid rgba(128,128,128,0.35)"
_TEXT: Final = "text-align:left;vertical-align:top;padding:4px 14px 4px 0;border:0"
_NUMBER: Final = "text-align:right;vertical-align:top;padding:4px 14px 4px 0;border:0;white-space:nowrap"
_HEAD: Final = "font-weight:normal;border:0;vertical-align:bottom"
_ROW: Final = f"background:transparent;border-top:{_LINE}"
_MUTED: Final = "opacity:0.8"


def html_of(found: Explanation) -> str:
    """All of it that fits a cell, as one `<div>` without blank lines."""
    return (
        f'<div class="{GUARDED}" style="border:{_LINE};border-radius:8px;padding:10px 14px">'
        f"<div>{CODE}{text(name_of(found.filter), _LONGEST)}</code></div>"
        f"{_headline(found)}{_suggestions(found.suggestions)}"
        f"{_clauses(found.clauses, found.events, found.negated)}{_near(found.near_misses, found.near)}"
        "</div>"
    )


def _headline(found: Explanation) -> str:
    bar = _bar({"pass": found.passed}, found.events, f";border:{_LINE}")
    basis = f'<div style="{_MUTED}">It {found.basis}.</div>' if found.basis else ""
    notes = "".join(
        f'<div style="{_MUTED}">{prose(note[:1].upper() + note[1:], _LONGEST)}.</div>' for note in found.notes
    )
    head = text(found.headline, _LONGEST)
    return f'<div style="padding:6px 0 0 0"><strong>{head}</strong></div>{bar}{basis}{notes}'


def _suggestions(sentences: list[str]) -> str:
    if not sentences:
        return ""
    items = "".join(f'<li style="padding:1px 0">{prose(each, _LONGEST)}</li>' for each in sentences)
    return f'<ul style="margin:8px 0 0 0;padding:0 0 0 18px">{items}</ul>'


def _bar(counts: dict[str, int], events: int, style: str = "") -> str:
    """The shares of the outcomes, side by side: what there is at all is seen."""
    if not events or not any(counts.values()):
        return ""
    pieces = "".join(
        '<span style="display:inline-block;height:8px;min-width:2px;'
        f'width:{100 * counts[word] / events:.2f}%;background-color:{fill}"></span>'
        for word, fill in _FILLS.items()
        if counts.get(word)
    )
    return (
        '<div style="display:flex;width:100%;min-width:140px;height:8px;margin:6px 0 4px 0;border-radius:4px;'
        f'overflow:hidden{style}">{pieces}</div>'
    )


def _clauses(clauses: pd.DataFrame, events: int, negated: Sequence[bool]) -> str:
    if not len(clauses):
        return ""
    heads = "".join(
        f'<th style="{_NUMBER};{_HEAD}">{_swatch(word)}{_muted(word)}</th>' for word in OUTCOMES
    ) + "".join(f'<th style="{_NUMBER};{_HEAD}">{_muted(word)}</th>' for word in ("first", "only"))
    shown = zip(clauses.head(_CLAUSES).to_dict("records"), negated, strict=False)
    rows = "".join(_clause(row, events, turned) for row, turned in shown)
    more = len(clauses) - _CLAUSES
    rest = f'<div style="{_MUTED}">and {more:,} more clauses</div>' if more > 0 else ""
    rest += f'<div style="{_MUTED}">first: refused first; {ONLY}</div>'
    return (
        '<table style="width:100%;margin:10px 0 0 0;border-collapse:collapse;border:0;table-layout:auto">'
        f'<tr style="background:transparent"><th style="{_TEXT};{_HEAD}">{_muted("clause")}</th>{heads}'
        f'<th style="{_TEXT};{_HEAD};width:24%">{_muted("share of events")}</th></tr>{rows}</table>{rest}'
    )


def _swatch(word: str) -> str:
    return (
        f'<span style="display:inline-block;width:8px;height:8px;border-radius:2px;'
        f'margin:0 5px 0 0;background-color:{_FILLS[word]}"></span>'
    )


def _clause(row: Any, events: int, negated: bool) -> str:
    turned = f"{_muted('not')} " if negated else ""
    numbers = "".join(_number(int(row[word])) for word in (*OUTCOMES, "first_fail", "only_fail"))
    return (
        f'<tr style="{_ROW}"><td style="{_TEXT}">{turned}{_clause_code(row["clause"])}</td>'
        f"{numbers}"
        f'<td style="{_TEXT}">{_bar({word: int(row[word]) for word in OUTCOMES}, events)}</td></tr>'
    )


def _clause_code(clause: str) -> str:
    """A clause as code; a short one in one line."""
    whole = ";white-space:nowrap" if len(clause) <= _UNWRAPPED else ""
    return f'<code style="background:transparent;padding:0{whole}">{text(clause, _LONGEST)}</code>'


def _muted(words: str) -> str:
    return f'<span style="{_MUTED}">{words}</span>'


def _number(number: int) -> str:
    faint = "" if number else ";opacity:0.75"
    return f'<td style="{_NUMBER}{faint}">{number:,}</td>'


def _near(events: pd.DataFrame, near: int) -> str:
    if not len(events):
        return ""
    shown = min(_NEAR, len(events))
    which = f"the newest {shown} of {near:,}" if near > shown else f"{near:,}"
    heads = "".join(
        f'<th style="{_TEXT};{_HEAD}">{_muted(head)}</th>'
        for head in ("seq", "time (UTC)", "type", "resource", "clause", "saw")
    )
    rows = "".join(_event(row) for _, row in events.head(_NEAR).iterrows())
    return (
        f'<details style="margin:10px 0 0 0"><summary>{NEAR_MISSES.capitalize()}: {which}</summary>'
        '<table style="width:100%;margin:4px 0 0 0;border-collapse:collapse;border:0;table-layout:auto">'
        f'<tr style="background:transparent">{heads}</tr>{rows}</table></details>'
    )


def _event(row: Any) -> str:
    time = row["timestamp"]
    value = row["value"]
    if isinstance(value, str):
        seen = f"{CODE}{text(value, _SHORT)}</code>"
    else:
        seen = _muted("nothing there") if row["outcome"] == "missing" else ""
    kind = {"type": "of another type", "pass": "which passes"}.get(row["outcome"], "")
    cells = (
        str(row["seq"]) if row["seq"] >= 0 else "dropped",
        f"{time:%Y-%m-%d %H:%M:%S}" if time == time else "",  # NaT is not itself
        f"{CODE}{text(_or(row['type']), _SHORT)}</code>",
        text(_or(row["resource_id"]), _SHORT),
        f"{CODE}{text(row['clause'], _SHORT)}</code>",
        f"{seen} {_muted(kind)}" if kind else seen,
    )
    return f'<tr style="{_ROW}">' + "".join(f'<td style="{_TEXT}">{cell}</td>' for cell in cells) + "</tr>"


def _or(value: Any) -> str:
    return value if isinstance(value, str) else ""
