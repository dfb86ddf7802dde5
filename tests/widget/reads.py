"""An intake that is handed reads, on a clock that is moved; and what a page makes of what it is told."""

from __future__ import annotations

import json
from typing import Any

import sse_notebook as sse
from sse_notebook.alerts import ToastBoard
from sse_notebook.clock import VirtualClock
from sse_notebook.events import Vocabulary
from sse_notebook.filters import Selection
from sse_notebook.intake import Dropped, Intake
from sse_notebook.intake.handlers import Dispatcher
from sse_notebook.logbook import LogBook
from sse_notebook.metrics import Metrics
from sse_notebook.source import ConnectionStatus
from sse_notebook.store.readable import Readable
from sse_notebook.store.snapshot import Snapshot
from sse_notebook.widget.measuring import KEYED, Measuring
from sse_notebook.wire import ServerSentEvent


class Page:
    """What a page makes of what it is told."""

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {}

    def all(self, told: dict[str, Any]) -> None:
        self.parts = {}
        self.news(told)

    def news(self, told: dict[str, Any]) -> None:
        if told.get("anew"):
            self.parts = {}
        for name, part in told.items():
            if name in KEYED:
                known = self.parts.setdefault(name, {})
                known |= {tuple(item[: KEYED[name]]): item for item in part}
            elif name != "anew":
                self.parts[name] = part


def merged(told: dict[str, Any]) -> dict[str, Any]:
    page = Page()
    page.all(told)
    return page.parts


class Reads(Readable):
    """An intake that is handed reads, on a clock that is moved: what a stream is measured by."""

    name = "reads"
    attempts = 10
    max_rows = 1_000_000

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.metrics = Metrics(self.clock)
        log = LogBook(str, self.clock, lambda where: None)
        self.store = sse.EventStore(clock=self.clock, max_rows=50)
        self.intake = Intake(
            store=self.store,
            vocabulary=Vocabulary(),
            selection=Selection(),
            toasts=ToastBoard(self.clock, lambda text: None, lambda: False, log.caught, str),
            handlers=Dispatcher(log, lambda n: None, lambda n: None),
            counters=self.metrics,
            log=log,
            dropped=Dropped(),
            name="reads",
            shown="reads",
        )
        self.measuring = Measuring(self, self, self.clock)

    def _snapshot(self) -> Snapshot:
        return self.store._snapshot()

    @property
    def connection(self) -> ConnectionStatus:
        return self.intake.connection

    def changes(self, number: int = 50) -> list[Any]:
        return self.intake.timeline.newest(number)

    def reconnect(self) -> None:
        """Nothing to connect."""

    def read(self, types: list[str]) -> None:
        messages = [
            ServerSentEvent("message", json.dumps({"type": name, "severity": "error"}), "") for name in types
        ]
        self.intake.heard(messages, 40 * len(types), self.clock.time())
