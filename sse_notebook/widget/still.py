"""The numbers of a dashboard as readers without a kernel see them: a dated table of text.

The law: as `fallback`: nothing runs or is fetched, what came over the wire is text, colours are the theme's.
The numbers are those that the page had; a rate over time is a line of blocks, and in a gap it is not known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sse_notebook.events.severity import SEVERITIES
from sse_notebook.markup import GUARDED, text
from sse_notebook.widget.fallback import GLYPHS, WORDS
from sse_notebook.words import counted

__all__ = ["sparkline", "still_html"]

BARS: Final = 60  # of the line
WIDE: Final = 5  # seconds of each
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_GAP: Final = "░"
_CELL: Final = "text-align:left;vertical-align:top;padding:2px 14px 2px 0;border:0"
_MUTED: Final = "opacity:0.75"


def sparkline(numbers: Sequence[float | None]) -> str:
    """Numbers as a line of blocks; None: it is not known how many.

    Example:
        >>> sparkline([0, 1, None, 8])
        '▁▂░█'
    """
    most = max((number for number in numbers if number is not None), default=0) or 1
    return "".join(
        _GAP if number is None else _BLOCKS[math.ceil(number / most * (len(_BLOCKS) - 1))]
        for number in numbers
    )


def still_html(told: Mapping[str, Any], hint: str = "Run the cell to see it live.") -> str:
    """The numbers at one moment, as HTML that needs nothing else.

    Args:
        told: as `Measuring.all` gives them.
        hint: how to see more than this moment; plain text of ours.
    """
    status, totals = told["status"], told["totals"]
    state, moment = status["state"], datetime.fromtimestamp(told["now"] / 1000, UTC)
    word = WORDS.get(state) or text(state, 80)
    known = " · ".join(filter(None, [text(told["name"], 200), text(status["cause"], 200)]))
    kept, most = told["kept"]
    view = told["view"]
    whole = ", of the whole stream" if view else ""  # as the page says it
    rows = [
        ("Events a second", _events(told)),
        *([("Rows that fit", f"{told['rows']:,}")] if view else []),
        ("Rows kept", f"{kept:,} of {most:,} at most{whole}"),
        ("By severity", _listed(zip(SEVERITIES, told["severities"], strict=True))),
        ("By type", _types(told)),
        ("Received", _received(totals) + whole),
        ("Toasts", f"{totals['shown']:,} shown, {totals['suppressed']:,} suppressed{whole}"),
        ("Lag", _lag(told["lag"])),
        ("Bytes", f"{totals['bytes']:,}{whole}"),
        ("Connection", _interruptions(sum(n for _, n in told["reconnects"]), totals["gaps"])),
    ]
    cells = "".join(
        f'<tr><td style="{_CELL}"><span style="{_MUTED}">{name}</span></td>'
        f'<td style="{_CELL}">{said}</td></tr>'
        for name, said in rows
    )
    return (
        f'<div class="{GUARDED}" '
        'style="border:1px solid rgba(128,128,128,0.4);border-radius:8px;padding:8px 12px">'
        f"<div>{GLYPHS.get(state, '?')} <strong>{word}</strong> <span>{known}</span></div>"
        f'<div style="{_MUTED}">Numbers of {moment:%Y-%m-%d %H:%M:%S} UTC. {hint}</div>'
        f'<table style="margin:6px 0 0 0;border-collapse:collapse">{cells}</table></div>'
    )


def _events(told: Mapping[str, Any]) -> str:
    """How many a second, and a line of the last five minutes, as far back as anything is known."""
    now, began = told["now"] / 1000, told["began"]
    if began is None:
        return "not connected yet"
    end = int(now) + 1
    start = max(end - BARS * WIDE, int(began // 1000))
    numbers: list[float | None] = [0] * -(-(end - start) // WIDE)
    for at, events, *_ in told["seconds"]:
        if start <= at < end:
            numbers[(at - start) // WIDE] = (numbers[(at - start) // WIDE] or 0) + events
    for index, number in enumerate(numbers):
        low, high = start + index * WIDE, start + (index + 1) * WIDE
        holes = (
            (since / 1000, now if until is None else until / 1000) for since, until, _, _ in told["gaps"]
        )
        if not number and any(since < high and until > low for since, until in holes):
            numbers[index] = None
    recent = [item[1] for item in told["seconds"] if item[0] > now - WIDE]
    known = numbers[-1] is not None and told["status"]["state"] in ("open", "stale")
    said = f"{sum(recent) / min(WIDE, max(1.0, now - began / 1000)):.1f} now" if known else "now not known"
    return f"{said} <code>{sparkline(numbers)}</code>"


def _interruptions(reconnects: int, gaps: int) -> str:
    return ", ".join(counted(number, word) for number, word in ((reconnects, "reconnect"), (gaps, "gap")))


def _listed(pairs: Any) -> str:
    return " · ".join(f"{name} {number:,}" for name, number in pairs)


def _types(told: Mapping[str, Any]) -> str:
    kinds, rows = told["others"]
    named = [f"<code>{text(name, 80)}</code> {number:,}" for name, number in told["types"]]
    rest = [f"{counted(kinds, 'other')} {rows:,}"] if kinds else []
    return " · ".join([*named, *rest]) or "none yet"


def _received(totals: Mapping[str, int]) -> str:
    parts = ("stored", "control", "filtered", "duplicate", "invalid")
    return f"{totals['received']:,} = " + " + ".join(f"{totals[part]:,} {part}" for part in parts)


def _lag(lag: Sequence[float] | None) -> str:
    if lag is None:
        return "not known: no event says when it happened"
    newest, half, rows = lag
    return f"{newest:,.3f} s, half of the newest {rows:,} within {half:,.3f} s"
