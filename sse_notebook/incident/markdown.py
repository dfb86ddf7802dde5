"""A write-up as Markdown, as code hosts and wikis show it.

The law: people's own words stay their own Markdown; whatever came over the wire is text: no link, no image,
no mention, no table row of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sse_notebook.incident.story import Line, length
from sse_notebook.incident.template import LESSONS, SECTIONS
from sse_notebook.incident.timeline import clock
from sse_notebook.markup import plain

if TYPE_CHECKING:
    from sse_notebook.incident.incident import Incident

__all__ = ["TO_WRITE", "markdown_of"]

TO_WRITE: Final = "To be written."
_LONGEST: Final = 400
# What Markdown, HTML within it, or a host's own additions (mentions, issue numbers) would take for more.
_SPECIAL: Final = re.compile(
    r"([\\`*_{}\[\]<>()#!|~$&@]|:(?=//|[a-z_]+:)|(?<=www)\.|^[-+](?=\s)|^\d+(?=[.)]))"
)


def markdown_of(incident: Incident) -> str:
    """All of it."""
    span = incident.end - incident.start
    parts = [
        f"# {_text(incident.title)}",
        f"{incident.start:%Y-%m-%d %H:%M:%S} to {incident.end:%Y-%m-%d %H:%M:%S} UTC, "
        f"{length(round(span.total_seconds() * 1e6))}.",
    ]
    written = incident.sections
    for name in SECTIONS:
        if name == LESSONS[0]:
            parts.append("## Lessons learned")
        level = "###" if name in LESSONS else "##"
        parts += [f"{level} {name}", written.get(name) or f"*{TO_WRITE}*"]
    lines = incident.timeline().lines
    parts += ["## Timeline", "Times are UTC.", _timeline(lines)]
    facts = incident.evidence().facts
    parts += [
        "## Supporting information",
        "\n".join(f"- {name}: {_text(fact)}" for name, fact in facts.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _timeline(lines: list[Line]) -> str:
    if not lines:
        return "Nothing of that kind happened."
    rows = [
        f"| {clock(line.first.us)} | {line.first.severity or line.first.what} | {_said(line)} |"
        for line in lines
    ]
    return "\n".join(["| time | what | |", "| --- | --- | --- |", *rows])


def _said(line: Line) -> str:
    said = _text(line.text)
    return f"**{said}**" if line.first.what == "note" else said


def _text(said: str) -> str:
    """Text as nothing but text.

    Example:
        >>> _text("![x](y) | @all")
        '\\\\!\\\\[x\\\\]\\\\(y\\\\) \\\\| \\\\@all'
    """
    return _SPECIAL.sub(r"\\\1", plain(said, _LONGEST))
