"""A report as static HTML: what needs doing first, then the whole way, folded.

The law: as of an explanation: nothing runs or is fetched, what anybody wrote is text, styles are inline and
of those that JupyterLab's sanitiser keeps, colours mean something beside a word that says the same, and text
has the theme's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sse_notebook.markup import CODE, GUARDED, prose, text, toned
from sse_notebook.words import counted

if TYPE_CHECKING:
    from sse_notebook.checkup.report import Check, Outcome, Report

__all__ = ["html_of"]

_LONGEST: Final = 600  # characters of a sentence

_LINE: Final = "1px solid rgba(128,128,128,0.35)"
_CELL: Final = "text-align:left;vertical-align:top;border:0;padding:4px 14px 4px 0"
_ROW: Final = f"background:transparent;border-top:{_LINE}"
_MUTED: Final = "opacity:0.8"
_NARROW: Final = f"{_CELL};white-space:nowrap"

# A sign, and the tone of it; "" has the theme's own colour.
_SIGNS: Final[dict[Outcome, tuple[str, str]]] = {
    "ok": ("✓", "ok"),
    "warning": ("!", "warn"),
    "failed": ("✕", "error"),
    "skipped": ("–", ""),  # noqa: RUF001 - a dash, not a minus
    "unknown": ("?", ""),
}
_PRESSING: Final[tuple[Outcome, ...]] = ("failed", "warning")


def html_of(report: Report) -> str:
    """All of it, as one `<div>` without blank lines."""
    tone = "error" if not report.ok else "warn" if report.warnings else "ok"
    sign = _SIGNS["failed" if tone == "error" else "warning" if tone == "warn" else "ok"][0]
    pressing = [each for outcome in _PRESSING for each in report if each.outcome == outcome]
    return (
        f'<div class="{GUARDED}" style="border:{_LINE};border-radius:8px;padding:10px 14px">'
        f'<div style="{_MUTED}">{CODE}{text(report.about, _LONGEST)}</code></div>'
        f'<div style="padding:6px 0 0 0"><strong style="{toned(tone)}">{sign}</strong> '
        f"<strong>{text(_begun(report.headline), _LONGEST)}</strong></div>"
        f"{''.join(map(_pressing, pressing))}{_whole(report)}"
        "</div>"
    )


def _pressing(check: Check) -> str:
    """What is to be done something about: its colour at the side, what was seen, and what to do."""
    colour = "#d9453a" if check.outcome == "failed" else "#b8790a"
    said = prose(_begun(check.advice), _LONGEST)
    advice = f'<div style="padding:2px 0 0 0">{said}</div>' if check.advice else ""
    return (
        f'<div style="margin:10px 0 0 0;padding:2px 0 2px 12px;border-left:3px solid {colour}">'
        f'<div><strong>{text(check.name, 80)}</strong> <span style="{_MUTED}">{check.outcome}</span></div>'
        f'<div style="{_MUTED}">{prose(check.seen, _LONGEST)}</div>{advice}</div>'
    )


def _whole(report: Report) -> str:
    rows, before = "", ""
    for some in report.folded():
        part = some[0].part
        rows += _row(some, part if part != before else "")
        before = part
    number = counted(len(report), "check")
    return (
        f'<details style="margin:10px 0 0 0"><summary>All {number}, in the order of the way</summary>'
        '<table style="width:100%;margin:4px 0 0 0;border-collapse:collapse;border:0;table-layout:auto">'
        f"{rows}</table></details>"
    )


def _row(some: list[Check], part: str) -> str:
    check = some[0]
    name, seen = (check.name, check.seen) if len(some) == 1 else ("", _together(some))
    advice = f"<div>{prose(_begun(check.advice), _LONGEST)}</div>" if check.advice else ""
    return (
        f'<tr style="{_ROW if part else "background:transparent"}">'
        f'<td style="{_NARROW};{_MUTED}">{text(part, 40)}</td>'
        f'<td style="{_NARROW}">{_sign(check.outcome)}</td>'
        f'<td style="{_NARROW}">{text(name, 80)}</td>'
        f'<td style="{_CELL};width:70%"><div style="{_MUTED}">{prose(seen, _LONGEST)}</div>{advice}</td></tr>'
    )


def _together(some: list[Check]) -> str:
    return f"{', '.join(each.name for each in some)}: {some[0].seen}"


def _begun(sentence: str) -> str:
    """With a capital letter, as a sentence begins."""
    return sentence[:1].upper() + sentence[1:]


def _sign(outcome: Outcome) -> str:
    sign, tone = _SIGNS[outcome]
    style = toned(tone) if tone else _MUTED
    return f'<span style="{style}">{sign}</span> <span style="{_MUTED}">{outcome}</span>'
