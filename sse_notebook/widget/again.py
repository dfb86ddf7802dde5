"""What stands in the place of a widget that is no more, in one's own notebook, opened another day.

The law: nothing is seen of it while the widget lives, in any front-end; nothing in it runs or is fetched.

JupyterLab prefers a widget to all else in an output, in a notebook that it trusts; and where the kernel that
had it is gone it says "Error displaying widget: model not found", and nothing of the snapshot beside it. So a
second output follows: a style sheet, which turns that line into the snapshot, as text. It does so in a page
by nbconvert, too, which has the widgets' state and no network to fetch what shows them. Who sanitises what he
shows drops a style sheet whole, and shows the snapshot itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Any, Final

import IPython.display

__all__ = ["again", "show"]

display: Callable[..., object] = IPython.display.display

_LOOK: Final = (
    "font:12px/1.6 var(--jp-code-font-family,monospace);white-space:pre-wrap;overflow-wrap:anywhere;"
    "display:block;border:1px solid rgba(128,128,128,0.4);border-radius:8px;padding:8px 12px"
)


def show(bundle: tuple[dict[str, Any], dict[str, Any]] | None) -> None:
    """Display a widget, and after it what is to stand in its place one day."""
    data, metadata = bundle if bundle is not None else ({}, {})
    display(data, metadata=metadata, raw=True)
    if (static := data.get("text/html")) and "application/vnd.jupyter.widget-view+json" in data:
        display({"text/html": again(static)}, raw=True)


def again(static: str) -> str:
    """A style sheet by which JupyterLab says a snapshot where it would say that a widget is not found.

    Args:
        static: the snapshot, as `fallback.static_html` makes it.

    Example:
        >>> again("<div>Connected</div>").count("Connected")
        1
    """
    # The same for the same: a notebook that runs again on a recording has the same outputs.
    mark = f"sse-{hashlib.sha256(static.encode(errors='replace')).hexdigest()[:12]}"
    mine = f".jp-OutputArea-child:has(.{mark})"
    empty = ".jupyter-widgets:not(:has(:not(script)))"  # of a widget that is there, there are elements
    before = f".jp-OutputArea-child:has(+ .jp-OutputArea-child .{mark})>{empty}"
    return (
        f'<style class="{mark}">{mine}{{display:none}}{before}{{font-size:0}}'
        f'{before}::after{{content:"{_quoted(_words(static))}";{_LOOK}}}</style>'
    )


def _quoted(words: str) -> str:
    """Text in a style sheet: letters and digits as they are, all else by number, so that nothing ends it."""
    return "".join(each if each.isascii() and each.isalnum() else f"\\{ord(each):06x}" for each in words)


def _words(static: str) -> str:
    reader = _Reader()
    reader.feed(static)
    reader.close()
    widths = [max(map(len, column)) for column in zip_longest(*reader.rows, fillvalue="")]
    rows = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in reader.rows]
    return "\n".join([*filter(None, map(str.strip, reader.lines)), *rows])


class _Reader(HTMLParser):
    """The text of a snapshot: lines, then rows of a table."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = [""]
        self.rows: list[list[str]] = []
        self._into = self.lines  # whose last text goes on

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("div", "td", "th"):
            self._into = self.lines if tag == "div" or not self.rows else self.rows[-1]
            self._into.append("")

    def handle_data(self, data: str) -> None:
        self._into[-1] += data
