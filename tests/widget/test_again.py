"""What stands in the place of a widget that is no more."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.formatters import DisplayFormatter

from sse_notebook.store import EventStore
from sse_notebook.widget import FeedWidget
from sse_notebook.widget.again import again
from sse_notebook.widget.fallback import static_html

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Said:
    """An event."""

    timestamp = AT
    type = "build.failed"
    severity = "error"
    resource_id = "wl-1"

    def __init__(self, message: str) -> None:
        self.message = message


def snapshot(name: str, *messages: str) -> str:
    events = [Said(message) for message in messages]
    return static_html(name=name, state="open", cause="", count=3, events=events, at=AT)


def told(sheet: str) -> str:
    """What the style sheet says, as a browser reads it."""
    (content,) = re.findall(r'content:"([^"]*)"', sheet)
    return re.sub(r"\\([0-9a-f]{6})", lambda found: chr(int(found[1], 16)), content)


def test_it_says_what_the_snapshot_says() -> None:
    """State, date, count and events; the columns of the table stand below each other."""
    lines = told(again(snapshot("demo", "exit code 1", "two"))).splitlines()
    assert lines == [
        "● Connected demo · 3 events",
        "Snapshot of 2026-01-02 03:04:05 UTC · the newest 2 below. Run the cell to see it live.",
        "03:04:05  ✕ error  build.failed  wl-1  two",
        "03:04:05  ✕ error  build.failed  wl-1  exit code 1",
    ]


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_said_stays_text_of_the_sheet(name: str, message: str) -> None:
    """Nothing ends the text, the sheet or the element."""
    sheet = again(snapshot(name, message))
    assert re.fullmatch(r'<style class="sse-[0-9a-f]{12}">[^<]*</style>', sheet)
    (content,) = re.findall(r'content:"(.*?)";font', sheet)
    assert re.fullmatch(r"(?:[A-Za-z0-9]|\\[0-9a-f]{6})*", content)


def test_a_mark_is_of_what_is_said() -> None:
    """A sheet says nothing in another's place, and a notebook that runs again on a recording has the same."""
    assert again(snapshot("a")) == again(snapshot("a"))
    one, other = (re.findall(r"sse-\w+", again(snapshot(name)))[0] for name in "ab")
    assert one != other


def test_a_widget_at_the_end_of_a_cell_is_followed_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two outputs: the widget as it was, its snapshot with it; then the sheet, which says the same."""
    said: list[dict[str, Any]] = []
    monkeypatch.setattr("sse_notebook.widget.again.display", lambda data, **_: said.append(data))
    store = EventStore()
    store.add_event({"type": "build.failed", "message": "exit code 1"})
    with contextlib.closing(FeedWidget(store)) as feed:
        assert DisplayFormatter().format(feed) == ({}, {})
    widget, sheet = said
    assert set(widget) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert set(sheet) == {"text/html"}
    for data in said:
        assert "exit" in data["text/html"]
    assert "  exit code 1" in told(sheet["text/html"])
