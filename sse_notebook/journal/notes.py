"""What stands in an archive beside its rows: whose they are, and the gaps between them.

The law: it is read as far as it can be; rows count without it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from sse_notebook.journal.layout import ABOUT, GAPS
from sse_notebook.source.continuity import Gap

__all__ = ["SLOW", "about", "add_gaps", "gaps_in"]

#: Why rows are missing that came: such a gap is none between connections.
SLOW: Final = "the disk was too slow or full, or a file was removed"


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
    open_: Gap | None = None  # the one before, if it has not ended
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
        if open_ is not None and gap.start not in found and gap.reason != SLOW:
            if gap.start <= open_.start:  # nobody saw it end, and it is a part of this one
                del found[open_.start]
            else:
                open_.end = gap.start
            open_ = None
        found[gap.start] = gap
        if gap.end is None:
            open_ = gap
        elif open_ is not None and open_.start == gap.start:
            open_ = None
    return list(found.values())


def add_gaps(folder: Path, gaps: Iterable[Gap], hide: Callable[[str], str] = str) -> bool:
    """Write down what is known of these gaps; False: the disk does not take it.

    Args:
        folder: of the writer.
        gaps: the gaps.
        hide: masks secrets in a text.
    """
    lines = ""
    for gap in gaps:
        # Microseconds, as rows have them: so is known which gap began with the last row.
        times = [None if at is None else round(at * 1e6) / 1e6 for at in (gap.start, gap.end)]
        lines += json.dumps([*times, hide(gap.reason), gap.recovered, hide(gap.last_event_id)]) + "\n"
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(folder / GAPS, flags, 0o600), "rb+", 0) as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                lines = lines if file.read(1) == b"\n" else f"\n{lines}"  # the last one is torn
            data = lines.encode(errors="replace")
            return file.write(data) == len(data)
    except OSError:
        return False
