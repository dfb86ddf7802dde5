"""What a source tells, and to whom: the one way by which events leave it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sse_notebook.source.status import ConnectionStatus
from sse_notebook.wire import ServerSentEvent

__all__ = ["Listener"]


class Listener(Protocol):
    """Who hears what an `EventSource` receives. `heard` comes from its thread, `moved` from any, in order."""

    def heard(self, events: Sequence[ServerSentEvent], size: int, at: float) -> None:
        """A read brought `size` bytes at Unix time `at`, which completed `events` (often none)."""
        ...

    def moved(self, status: ConnectionStatus) -> None:
        """The connection is in another state."""
        ...
