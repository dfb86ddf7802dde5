"""What stands in an archive beside its rows: whose they are, and the gaps between them.

The law: it is read as far as it can be; rows count without it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sse_notebook.journal.layout import ABOUT, GAPS
from sse_notebook.source.continuity import Gap

__all__ = ["about", "gaps_in"]


def about(folder: Path) -> dict[str, Any]:
    """What a writer wrote about its rows; nothing, where that can't be read."""
    try:
        said = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def gaps_in(folder: Path) -> list[Gap]:
    """The gaps of a writer, as they were known to the last."""
    found: dict[float, Gap] = {}
    try:
        lines = (folder / GAPS).read_bytes().splitlines()
    except OSError:
        return []
    for line in lines:
        try:
            gap = Gap(*json.loads(line))
            sound = isinstance(gap.start, int | float) and isinstance(gap.end, int | float | None)
            if not sound or not isinstance(gap.reason, str) or not isinstance(gap.last_event_id, str):
                continue
        except (ValueError, TypeError, RecursionError):
            continue
        for other in [each for each in found.values() if each.end is None and each.start != gap.start]:
            if gap.start <= other.start:  # it was not seen to end, and is a part of this one
                del found[other.start]
            else:
                other.end = gap.start
        found[gap.start] = gap
    return list(found.values())
