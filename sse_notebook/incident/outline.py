"""The notebook that a write-up begins with: `sse-notebook new-incident`.

The law: it runs as it is; what a person has to write stands in it as a comment. No path but the recording's.
"""

from __future__ import annotations

import json
from typing import Any, Final

__all__ = ["notebook_of"]

_WRITE: Final = """\
# What only people know. Run the cell again whenever you change it: nothing doubles.
# incident.note("14:02 on the day, as 2026-11-24T14:02", "v2.4.1 deployed")
# incident.impact = "Who was hit, how hard, for how long."
# incident.section("Root causes", "…")   # Summary, Trigger, Resolution, Detection, Action items …
incident.notes"""


def notebook_of(title: str, recording: str, html: str) -> str:
    """The notebook, as text.

    Args:
        title: what the incident is called.
        recording: the path of the recording, as the notebook is to open it.
        html: the path of the page that it writes.

    Returns:
        A notebook of format 4.5, without outputs.
    """
    cells = [
        _markdown(
            f"# {title}\n\nEverything below comes from the recording: run all cells, and you have the same "
            "tables and the same picture."
        ),
        _code(f"import sse_notebook as sse\n\nrecording = sse.load({recording!r})\nrecording.verify()"),
        _markdown(
            "Narrow it to what belongs to the incident: `start=`, `end=` (UTC), `where=` (a filter, "
            "see docs/filters.md)."
        ),
        _code(f"incident = sse.Incident({title!r}, recording)\nincident"),
        _code(_WRITE),
        _markdown("## What happened"),
        _code("incident.timeline()"),
        _code('incident.rows.counts("1min", by="severity").tail(10)'),
        _markdown("## What it rests on"),
        _code("incident.evidence()"),
        _code("incident.evidence().funnel"),
        _markdown(
            "## The page\n\nOne file, without scripts or requests. It is refused while there seem to be "
            "secrets in the recording."
        ),
        _code(f"incident.to_html({html!r})"),
    ]
    return json.dumps(
        {
            "cells": [{"id": f"incident-{number}", **cell} for number, cell in enumerate(cells)],
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        ensure_ascii=False,
        indent=1,
    )


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
