"""A write-up as one HTML file.

The law: it needs nothing and reaches nobody: no script, no address, and a policy in the page that forbids
both. Everything in it is escaped. It is readable on light and dark, on paper, and without its picture.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from sse_notebook.incident.markdown import TO_WRITE
from sse_notebook.incident.story import length
from sse_notebook.incident.template import LESSONS, SECTIONS
from sse_notebook.incident.timeline import table_html
from sse_notebook.markup import plain, seen, text

if TYPE_CHECKING:
    from sse_notebook.incident.incident import Incident

__all__ = ["html_of"]

_LONGEST: Final = 10_000  # characters of a paragraph
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE: Final = """
:root { color-scheme: light dark; }
body { margin: 0 auto; padding: 32px 24px 64px; max-width: 820px; font: 15px/1.55 system-ui, sans-serif;
       color: #1c2024; background: #fff; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 19px; margin: 32px 0 6px; }
h3 { font-size: 15px; margin: 18px 0 2px; }
p, ul { margin: 6px 0; } ul { padding-left: 22px; }
.when, .empty { color: #5b6470; }
figure { margin: 24px 0 8px; padding: 12px 14px; border: 1px solid rgba(128,128,128,.35);
         border-radius: 8px; }
table { font-size: 13px; font-variant-numeric: tabular-nums; }
section.facts table td { overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) {
  body { color: #e4e7ea; background: #15181b; }
  .when, .empty { color: #9aa3ad; }
}
@media print {
  body { max-width: none; padding: 0; }
  h2, h3 { break-after: avoid; }
  tr, figure { break-inside: avoid; }
}
"""


def html_of(incident: Incident) -> str:
    """All of it."""
    timeline = incident.timeline()
    span = round((incident.end - incident.start).total_seconds() * 1e6)
    title = text(incident.title, 200)
    when = f"{incident.start:%Y-%m-%d %H:%M:%S} to {incident.end:%Y-%m-%d %H:%M:%S} UTC, {length(span)}"
    written = incident.sections
    sections = []
    for name in SECTIONS:
        if name == LESSONS[0]:
            sections.append("<h2>Lessons learned</h2>")
        level = "h3" if name in LESSONS else "h2"
        sections.append(f"<{level}>{name}</{level}>{_paragraphs(written.get(name, ''))}")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{html.escape(plain(incident.title, 200))}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{title}</h1>\n<p class="when">{when}</p>\n<figure>{timeline.svg}</figure>\n'
        + "\n".join(sections)
        + f"\n<h2>Timeline</h2>\n{table_html(timeline.lines)}\n<h2>Supporting information</h2>\n"
        f'<section class="facts">{incident.evidence()._repr_html_()}</section>\n'
        "</main>\n</body>\n</html>\n"
    )


def _paragraphs(written: str) -> str:
    """People's own words: paragraphs and lists, and nothing else of Markdown."""
    if not written:
        return f'<p class="empty"><em>{TO_WRITE}</em></p>'
    blocks = []
    for block in re.split(r"\n\s*\n", seen(written)):
        lines = [line.strip() for line in block.strip().split("\n")]
        if all(line.startswith("- ") for line in lines):
            blocks.append(
                "<ul>" + "".join(f"<li>{text(line[2:], _LONGEST)}</li>" for line in lines) + "</ul>"
            )
        else:
            blocks.append(f"<p>{text(block, _LONGEST)}</p>")
    return "".join(blocks)
