"""`Parts`: what a stream is made of, where all that is a stream or a view of it finds it."""

from __future__ import annotations

from dataclasses import dataclass

from sse_notebook.alerts import ToastBoard
from sse_notebook.clock import Clock
from sse_notebook.intake import Intake
from sse_notebook.intake.handlers import Dispatcher
from sse_notebook.logbook import LogBook
from sse_notebook.metrics import Metrics
from sse_notebook.source import Source
from sse_notebook.store import EventStore

__all__ = ["Parts"]


@dataclass
class Parts:
    """What a stream is made of. None of them holds the stream.

    A replay that is sent back gets others: its views have these same `Parts`.
    """

    clock: Clock
    log: LogBook
    counters: Metrics
    store: EventStore
    toasts: ToastBoard
    handlers: Dispatcher
    intake: Intake
    source: Source
