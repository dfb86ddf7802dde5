"""What readers without a kernel see: a dated snapshot as static HTML, and one line of text.

The law: nothing here runs or is fetched. Whatever came over the wire is text: cut, escaped, never in an
attribute, never mathematics (`$`, backslash and backtick stand alone in elements of their own, and the whole
is marked as not for MathJax), never text that turns its surroundings around. Styles are inline and few, so
that what a sanitiser drops is missed by nobody; colours are inherited, so that any theme fits. The line of
text changes only with the state: stored outputs compare equal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from sse_notebook.markup import GUARDED, plain, text, toned
from sse_notebook.words import counted

__all__ = ["GLYPHS", "WORDS", "EventLike", "static_html", "static_text"]

NEWEST = 10  # events shown
LONGEST = 200  # characters of a message or a cause
LONGEST_NAME = 80  # characters of a name, a type, an id

#: The words of the states, as the live indicator has them (`js/src/words.ts`).
WORDS = {
    "unauthenticated": "Not signed in",
    "connecting": "Connecting",
    "open": "Connected",
    "stale": "Stale",
    "retrying": "Reconnecting",
    "exhausted": "Gave up",
    "unauthorized": "Not authorized",
    "disconnected": "Paused",
    "closed": "Closed",
}
#: A shape for each state, as a character: sanitisers drop SVG.
GLYPHS = {
    "unauthenticated": "◇",
    "connecting": "◌",
    "open": "●",
    "stale": "○",
    "retrying": "▲",
    "exhausted": "✕",
    "unauthorized": "⊘",
    "disconnected": "‖",
    "closed": "■",
}
SEVERITY_GLYPHS = {"info": "•", "success": "✓", "warning": "▲", "error": "✕"}

_OK, _WARN, _ERROR, _INFO = map(toned, ("ok", "warn", "error", "info"))
_TONES = {
    "open": _OK,
    "connecting": _INFO,
    "stale": _WARN,
    "retrying": _WARN,
    "exhausted": _ERROR,
    "unauthorized": _ERROR,
    "success": _OK,
    "warning": _WARN,
    "error": _ERROR,
    "info": _INFO,
}

_CELL = "text-align:left;vertical-align:top;padding:2px 12px 2px 0;border:0"
_MUTED = "opacity:0.75"


class EventLike(Protocol):
    """The part of an event that is shown."""

    @property
    def timestamp(self) -> datetime:
        """The event's own time; aware, or naive in UTC."""
        ...

    @property
    def type(self) -> str:
        """The canonical type."""
        ...

    @property
    def severity(self) -> str:
        """`"info"`, `"success"`, `"warning"` or `"error"`."""
        ...

    @property
    def resource_id(self) -> str | None:
        """What it is about."""
        ...

    @property
    def message(self) -> str | None:
        """What it says."""
        ...


def static_html(
    *,
    name: str,
    state: str,
    cause: str,
    count: int,
    events: Sequence[EventLike],
    at: datetime,
    hint: str = "Run the cell to see it live.",
    hide: Callable[[str], str] = str,
) -> str:
    """The stream at one moment, as HTML that needs nothing else.

    Args:
        name: what is streamed.
        state: one of the nine states of a connection.
        cause: why it is in that state, in plain words; may be empty.
        count: rows ever added.
        events: the newest events, oldest first; the last ten are shown, newest on top.
        at: the moment; aware, or naive in UTC.
        hint: how to see more than this moment; plain text of ours.
        hide: masks what is not to be seen in a text from the wire.

    Returns:
        One `<div>`, without blank lines.

    Example:
        >>> from datetime import UTC, datetime
        >>> page = static_html(name="demo", state="open", cause="", count=0, events=[],
        ...                    at=datetime(2026, 1, 2, tzinfo=UTC))
        >>> "Connected" in page and "2026-01-02 00:00:00 UTC" in page
        True
    """
    moment = _utc(at)
    number = counted(count, "event")
    known = " · ".join(filter(None, [text(name, LONGEST_NAME), text(cause, LONGEST), number]))
    word = WORDS.get(state) or text(state, LONGEST_NAME)
    shown = list(events)[-NEWEST:][::-1]
    caption = f" · the newest {len(shown)} below" if shown else ""
    rows = "".join(_row(event, moment, hide) for event in shown)
    return (
        f'<div class="{GUARDED}" '
        'style="border:1px solid rgba(128,128,128,0.4);border-radius:8px;padding:8px 12px">'
        f"<div>{_glyph(GLYPHS.get(state, '?'), state)} <strong>{word}</strong> <span>{known}</span></div>"
        f'<div style="{_MUTED}">Snapshot of {moment:%Y-%m-%d %H:%M:%S} UTC{caption}. '
        f"{hint}</div>"
        + (f'<table style="margin:6px 0 0 0;border-collapse:collapse">{rows}</table>' if rows else "")
        + "</div>"
    )


def static_text(*, kind: str, name: str, state: str) -> str:
    """One line, which changes only with the state.

    Args:
        kind: what it is, as `"EventStream"`.
        name: what is streamed.
        state: one of the nine states of a connection.

    Example:
        >>> static_text(kind="EventStream", name="demo", state="open")
        '<EventStream demo: open>'
    """
    return f"<{kind} {plain(name, LONGEST_NAME)}: {plain(state, LONGEST_NAME)}>"


def _row(event: EventLike, moment: datetime, hide: Callable[[str], str]) -> str:
    time = _utc(event.timestamp)
    when = f"{time:%H:%M:%S}" if time.date() == moment.date() else f"{time:%Y-%m-%d %H:%M:%S}"
    severity = text(event.severity, LONGEST_NAME)
    cells = (
        f'<span style="{_MUTED}">{when}</span>',
        f"{_glyph(SEVERITY_GLYPHS.get(event.severity, '•'), event.severity)} {severity}",
        f"<code>{text(hide(event.type), LONGEST_NAME)}</code>",
        text(hide(event.resource_id or ""), LONGEST_NAME),
        text(hide(event.message or ""), LONGEST),
    )
    return "<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells) + "</tr>"


def _glyph(glyph: str, key: str) -> str:
    return f'<span style="{_TONES.get(key, "color:currentColor")}">{glyph}</span>'


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
