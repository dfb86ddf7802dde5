"""`FeedWidget`: what is kept, as a list that one reads, filters and selects from.

The law: the browser has some dozens of rows, and asks for others as it needs them. What is typed and what is
selected are traits, live in both directions; everything else is asked and answered (`feeding.py`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Final

import traitlets

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError, SSENotebookError
from sse_notebook.store.readable import Readable
from sse_notebook.widget.base import STATIC, BaseWidget, check_built, script
from sse_notebook.widget.feeding import Feeding
from sse_notebook.widget.pages import asked_for
from sse_notebook.widget.pump import Pace, Pump

__all__ = ["MODULE", "FeedTraits", "FeedWidget"]

MODULE: Final = STATIC / "feed.js"
SELECTED: Final = 10_000  # rows


class FeedTraits(traitlets.HasTraits):
    """What is typed into a feed and selected in it."""

    _links: list[traitlets.link] = []  # noqa: RUF012 - replaced, never changed

    filter = traitlets.Unicode("", help="What is typed in the filter box; may be set.").tag(sync=True)
    selected: traitlets.List[Any] = traitlets.List(
        help="The seq of each selected row, for `df.loc[feed.selected]`; may be set."
    ).tag(sync=True)

    def follow(self, feed: FeedTraits) -> None:
        """From now on what is typed or selected in the one is so in the other."""
        self._links = [traitlets.link((feed, name), (self, name)) for name in ("filter", "selected")]

    def unfollow(self) -> None:
        """No more."""
        for link in self._links:
            link.unlink()
        self._links = []

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """What a page has set: these two, and only if they can be meant; all else is the kernel's to say."""
        sound: dict[str, Any] = {}
        for name, check in (("filter", _typed), ("selected", _rows)):
            if name in sync_data:
                with contextlib.suppress(SSENotebookError):
                    sound[name] = check(sync_data[name])
        if sound:
            super().set_state(sound)  # type: ignore[misc]  # a widget's, which this is a part of

    @traitlets.validate("filter")
    def _check_filter(self, proposal: Any) -> str:
        return _typed(proposal["value"])  # who sets it in Python is told what is wrong with it

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> list[int]:
        return _rows(proposal["value"])


def _typed(given: Any) -> str:
    if not isinstance(given, str):
        raise ArgumentError(f"filter is a text, not {given!r:.80}")
    asked_for(given)
    return given


def _rows(given: Any) -> list[int]:
    if not isinstance(given, list) or any(isinstance(seq, bool) or not isinstance(seq, int) for seq in given):
        raise ArgumentError(f"selected is a list of row numbers (seq), not {given!r:.80}")
    if len(given) > SELECTED:
        raise ArgumentError(f"at most {SELECTED:,} rows can be selected, not {len(given):,}")
    return list(given)


class FeedWidget(FeedTraits, BaseWidget):
    """Shows the rows of a stream, newest first.

    Made by `stream.feed()`. It stays alive, and keeps its stream alive, until `close()`.

    Args:
        of: what is shown: a stream, a view or a store.
        clock: what the time is.
        closed: told once it has been closed.

    Attributes:
        filter: what is typed in its filter box; may be set, to an expression, or to `/` and what to look for.
        selected: the `seq` of each selected row, as `df.loc[feed.selected]` takes it; may be set.

    Example:
        >>> from sse_notebook import EventStore
        >>> store = EventStore()
        >>> _ = store.add_events([{"type": "build.failed"}, {"type": "build.completed"}])
        >>> feed = FeedWidget(store)
        >>> feed.filter = "type == 'build.failed'"
        >>> feed.close()
    """

    _esm = script(MODULE)

    name = traitlets.Unicode("", help="What is shown, for people.").tag(sync=True)

    def __init__(
        self, of: Readable, *, clock: Clock = SYSTEM, closed: Callable[[FeedWidget], None] | None = None
    ) -> None:
        check_built(MODULE)
        self._of = of
        self.outgoing = of._outgoing  # noqa: SLF001 - of what it shows
        self._told_closed = closed
        super().__init__(name=str(getattr(of, "name", "")))
        self._feeding = Feeding(of, self.send, clock)
        self.on_msg(self._asked)
        self._pump = Pump(self._flush, clock=clock, pace=Pace.of(of), sent=lambda: self.sent)

    def poke(self, at_once: bool = False) -> None:
        """There is something new to show. From any thread; never waits."""
        self._pump.poke(at_once)

    def close(self) -> None:
        """Take it off the page, and let go of the stream."""
        self._pump.close()
        super().close()

    def __repr__(self) -> str:
        return f"<Feed {self.name}>"

    def _flush(self) -> None:
        with contextlib.suppress(Exception):  # a dead comm (page closed, kernel going down) is no news
            if self._feeding.flush():
                self._pump.poke()
        if getattr(getattr(self._of, "connection", None), "state", "") == "closed":
            self._pump.close()  # no news will come: no thread of a closed stream remains

    def _asked(self, _widget: object, content: Any, _buffers: object) -> None:
        self._feeding.asked(content)

    def _static(self) -> str | None:
        static = getattr(self._of, "_repr_html_", None)
        return static() if static else None
