"""`StreamWidget`: what is known of a stream, as traits that a browser shows.

The law: the traits are the truth, and small; they are set from the widget's own thread (the kernel's main
thread may be busy for minutes), at most ten times a second, and state changes at once. Nothing secret and
nothing unescaped is in them. A page that went away, or a comm that died, never harms the stream.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import traitlets

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.source import ConnectionStatus
from sse_notebook.store.outgoing import Ours
from sse_notebook.store.readable import Readable
from sse_notebook.widget.answering import Answering
from sse_notebook.widget.base import STATIC, BaseWidget, check_built, script
from sse_notebook.widget.face import Shown
from sse_notebook.widget.feed import MODULE, FeedTraits
from sse_notebook.widget.feeding import Feeding
from sse_notebook.widget.pump import INTERVAL, Pace, Pump

__all__ = ["StreamWidget"]

_BUNDLE = STATIC / "widget.js"
_MODULES = {"feed": MODULE, "timeline": STATIC / "timeline.js"}


class StreamWidget(FeedTraits, BaseWidget):
    """Shows a stream: a connection indicator, toasts, and the feed, whose script is sent when it is opened.

    Usually made by displaying a stream. It stays alive, and keeps its stream alive, until `close()`.

    Args:
        shown: the stream.
        part: `"all"`, `"indicator"`, `"compact"` (a small indicator) or `"toasts"`.
        clock: what the time is.
        closed: told once it has been closed.
    """

    _esm = script(_BUNDLE)

    status = traitlets.Dict(help="What is known of the connection; times in ms since 1970.").tag(sync=True)
    toasts: traitlets.List[Any] = traitlets.List(help="The active toasts, oldest first.").tag(sync=True)
    more = traitlets.Int(0, help="Toasts that were too many to hand over.").tag(sync=True)
    withdrawn: traitlets.List[Any] = traitlets.List(help="Toasts that were taken back, by their ids.").tag(
        sync=True
    )
    mutes: traitlets.List[Any] = traitlets.List(help="What is not toasted for a while.").tag(sync=True)
    part = traitlets.Unicode("all", help="Which part of a stream is shown.").tag(sync=True)
    stream = traitlets.Unicode("", help="Tells streams apart: a toast of one appears once.").tag(sync=True)
    parts: traitlets.List[Any] = traitlets.List(help="What can be opened below the bar.").tag(sync=True)

    def __init__(
        self,
        shown: Shown,
        *,
        part: str = "all",
        clock: Clock = SYSTEM,
        closed: Callable[[StreamWidget], None] | None = None,
    ) -> None:
        check_built(_BUNDLE, *_MODULES.values())
        self._shown = shown
        self._clock = clock
        # Around every change of traits: ipywidgets' and traitlets' own holds are not thread-aware.
        self._changing = threading.RLock()
        self._pump: Pump | None = None
        self._flushed = float("-inf")  # when
        self._owed = False  # there is something new that the traits do not have yet
        self._traits_next = False
        self._told_closed = closed
        feeds = part in ("all", "toasts") and isinstance(shown, Readable)
        self._feeding = Feeding(shown, self.send, clock) if feeds and isinstance(shown, Readable) else None
        if isinstance(shown, Readable):
            self.outgoing = shown._outgoing  # noqa: SLF001 - of what it shows
        super().__init__(
            status=_status(shown, clock),
            parts=[
                *(["feed"] if self._feeding is not None else []),
                *(["timeline"] if part != "toasts" else []),
            ],
            part=part,
            stream=shown.toast_board.key,
        )
        self._answers = Answering(
            shown.toast_board, shown if isinstance(shown, Readable) else None, self.send, self.outgoing.text
        )
        self.on_msg(self._asked)
        self._flush()
        if self.status["state"] != "closed":
            self._pump = Pump(self._flush, clock=clock, pace=Pace.of(shown), sent=lambda: self.sent)

    def poke(self, at_once: bool = False) -> None:
        """There is something new to show. From any thread; never waits."""
        self._owed = True
        if self._pump is not None:
            self._pump.poke(at_once)

    def close(self) -> None:
        """Take it off the page, and let go of the stream."""
        if self._pump is not None:
            self._pump.close()
        self.unfollow()
        super().close()

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """The page has changed traits. Never between those of one flush."""
        with self._changing:
            super().set_state(sync_data)

    def notify_change(self, change: Any) -> None:
        """A trait has changed, on whatever thread. Never between those of one flush."""
        with self._changing:
            super().notify_change(change)

    def _flush(self) -> None:
        now = self._clock.monotonic()
        rested = now - self._flushed > 1.5 * INTERVAL
        self._flushed = now
        try:
            if self._feeding is None or not self._feeding.watched or rested:
                self._flush_traits()
                if self._feeding is not None and self._feeding.flush() and self._pump is not None:
                    self._pump.poke()
            else:
                self._take_turns(self._feeding)
        except Exception:  # noqa: BLE001, S110 - a dead comm (page closed, kernel going down) is no news to anybody
            pass
        if self.status["state"] == "closed" and self._pump is not None:
            self._pump.close()  # shown, and there will be no news: no thread of a closed stream remains

    def _flush_traits(self) -> None:
        self._owed = False  # before the look: what comes meanwhile is owed
        board = self._shown.toast_board.board()
        # One message for all of them: what belongs together arrives together, and they are few.
        with self._changing, self.hold_sync():
            self.status = _status(self._shown, self._clock)
            self.withdrawn = board.withdrawn
            self.more = board.more
            self.toasts = self.outgoing.told([toast.to_json() for toast in board.toasts])
            self.mutes = self.outgoing.told([mute.to_json() for mute in board.mutes])

    def _take_turns(self, feeding: Feeding) -> None:
        """In a flood: the traits or the feed's news, not both, or it would be twenty messages a second."""
        changed = self._shown.connection.state != self.status["state"]
        self._traits_next = self._owed and not self._traits_next
        if self._traits_next or changed:
            self._flush_traits()
        elif not feeding.flush() and not self._owed:
            return
        if self._pump is not None:
            self._pump.poke()  # the others have their turn, whether more comes or not

    def _asked(self, _widget: object, content: Any, _buffers: object) -> None:
        """A button was pressed. On the kernel's thread: short, and no wait."""
        if not isinstance(content, dict) or (self._feeding is not None and self._feeding.asked(content)):
            return
        wish = content.get("do")
        if wish == "module":
            name = content.get("name", "feed")
            if name in self.parts:
                # A script: not before it is needed, and from nowhere but here.
                self.send({"module": name, "text": Ours(_MODULES[name].read_text(encoding="utf-8"))})
        elif wish == "timeline":
            self.send({"timeline": [_change(*each) for each in self._shown.changes()]})
        elif self._answers.toasts(content):
            self._flush()  # its answer; by the pump when the stream lives, but a closed one has none
        elif self._shown.connection.state == "closed":
            return
        elif wish == "reconnect":
            self._shown.reconnect()
        elif wish == "disconnect":
            self._shown.disconnect()

    def _static(self) -> str | None:
        static = getattr(self._shown, "_repr_html_", None)
        return static() if static else None

    def _text(self) -> str:
        return repr(self._shown)


def _status(shown: Shown, clock: Clock) -> dict[str, Any]:
    connection = shown.connection
    return {
        "state": connection.state,
        "name": shown.name,
        "since": _ms(connection.since),
        "attempt": connection.attempt,
        "attempts": shown.attempts,
        "next_retry_at": _ms(connection.next_retry_at),
        "last_event_at": _ms(connection.last_event_at),
        "last_byte_at": _ms(connection.last_byte_at),
        "count": shown.rows,
        "cause": connection.cause,
        "now": clock.time() * 1000,
    }


def _change(status: ConnectionStatus, end: datetime | None) -> list[Any]:
    """One state of a timeline."""
    return [_ms(status.since), _ms(end), status.state, status.attempt, status.cause[:200]]


def _ms(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp() * 1000
