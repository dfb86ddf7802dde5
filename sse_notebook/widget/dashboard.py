"""`DashboardWidget`: the numbers of a stream at a glance, over time.

The law: told from the widget's own thread, at most twice a second, only while somebody looks and only what is
new; now and then all of it, as a trait, so that a page that comes later, or has missed a message, has it too.
While nothing comes the page is told that nothing came: silence of the kernel is no evidence of anything.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, Final

import traitlets

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.source import fork
from sse_notebook.store.readable import Readable
from sse_notebook.widget.base import STATIC, BaseWidget, check_built, script
from sse_notebook.widget.face import Measured
from sse_notebook.widget.measuring import Measuring
from sse_notebook.widget.pump import Pace, Pump
from sse_notebook.widget.still import still_html

__all__ = ["DashboardWidget"]

MODULE: Final = STATIC / "dashboard.js"
INTERVAL: Final = 0.5  # seconds between two messages
SILENCE: Final = 5.0  # seconds after which it is told that nothing came
WHOLE: Final = 30.0  # seconds between two times that all is told
LEASE: Final = 600.0  # seconds for which somebody looks who has said so
VIEWS: Final = 16
_DISPLAYED: Final = ""  # looks from the moment of display on: a busy kernel hears no page


class DashboardWidget(BaseWidget):
    """Shows the numbers of a stream, or of a view of it.

    Made by `stream.dashboard()`. It stays alive, and keeps its stream alive, until `close()`.

    Args:
        of: whose rows are counted.
        whole: the stream.
        clock: what the time is.
        closed: told once it has been closed.
    """

    _esm = script(MODULE)

    told = traitlets.Dict(help="All numbers, as of the last time that all were told.").tag(sync=True)

    def __init__(
        self,
        of: Readable,
        whole: Measured,
        *,
        clock: Clock = SYSTEM,
        closed: Callable[[DashboardWidget], None] | None = None,
    ) -> None:
        check_built(MODULE)
        self._of = of
        self._whole = whole
        self._clock = clock
        self._told_closed = closed
        self.outgoing = of._outgoing  # noqa: SLF001 - of what it shows
        # Guards what follows, while it is measured and told: the kernel's thread does so, and the pump's.
        self._telling = threading.RLock()
        fork.hold(self, "_telling")
        self._measuring = Measuring(of, whole, clock)
        self._looks: dict[str, float] = {}  # who looks, and until when, by the monotonic clock
        self._all_at = float("-inf")
        super().__init__(told=self.outgoing.told(self._measuring.all()))
        self.on_msg(self._asked)
        self._pump = Pump(
            self._flush,
            clock=clock,
            pace=Pace.of(whole),
            sent=lambda: self.sent,
            interval=INTERVAL,
            idle=lambda: SILENCE if self._looks else None,
        )

    @property
    def watched(self) -> bool:
        """Whether somebody looks."""
        return bool(self._looks)

    def poke(self, at_once: bool = False) -> None:  # noqa: ARG002 - half a second is soon enough for all
        """There is something new to show. From any thread; never waits."""
        self._pump.poke()

    def close(self) -> None:
        """Take it off the page, and let go of the stream."""
        self._pump.close()
        super().close()

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """A page has nothing to set here."""

    def __repr__(self) -> str:
        return f"<Dashboard {getattr(self._of, 'name', '')}>"

    def _flush(self) -> None:
        with contextlib.suppress(Exception), self._telling:  # a dead comm is no news to anybody
            now = self._clock.monotonic()
            self._looks = {view: until for view, until in self._looks.items() if until > now}
            if self._looks and now - self._all_at >= WHOLE:
                self._tell_all()
            elif self._looks and (news := self._measuring.news()).pop("anew", False):
                self._all_at, self.told = now, self.outgoing.told(news)
            elif self._looks:
                self.send({"news": news})
        if self._whole.connection.state == "closed":
            self._pump.close()  # no news will come: no thread of a closed stream remains

    def _tell_all(self) -> None:
        self._all_at = self._clock.monotonic()
        self.told = self.outgoing.told(self._measuring.all())

    def _look(self, view: str) -> None:
        """Somebody looks: he is told all of it, and what is new from now on."""
        with self._telling:
            self._looks.pop(_DISPLAYED, None)
            self._looks.pop(view, None)
            self._looks[view] = self._clock.monotonic() + LEASE
            while len(self._looks) > VIEWS:
                self._looks.pop(next(iter(self._looks)))
            self._tell_all()
        self._pump.poke()  # it waits for the silence from now on

    def _asked(self, _widget: object, content: Any, _buffers: object) -> None:
        wish, view = (content.get("do"), content.get("view")) if isinstance(content, dict) else (None, None)
        if wish == "reconnect" and self._whole.connection.state != "closed":
            self._whole.reconnect()
        if not isinstance(view, str) or not view:
            return
        if wish == "look":
            with contextlib.suppress(Exception):  # likewise
                self._look(view[:100])
        elif wish == "away":
            with self._telling:
                self._looks.pop(view[:100], None)

    def _static(self) -> str:
        return still_html(self.told)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        self._look(_DISPLAYED)
        return super()._repr_mimebundle_(**kwargs)
