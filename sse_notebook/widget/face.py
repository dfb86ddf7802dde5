"""What widgets ask of what they show: a stream, or anything with its face.

Beside this they read rows, which is the reading face (`store.readable`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sse_notebook.alerts import ToastBoard
from sse_notebook.metrics import Metrics
from sse_notebook.source import ConnectionStatus

__all__ = ["Measured", "Shown"]


class Connected(Protocol):
    """What has a connection, and a button to make it anew."""

    @property
    def name(self) -> str:
        """What is streamed, for people."""
        ...

    @property
    def connection(self) -> ConnectionStatus:
        """What is known of the connection."""
        ...

    @property
    def attempts(self) -> int | None:
        """How many attempts are made at most; None: no limit."""
        ...

    def changes(self, number: int = ...) -> list[tuple[ConnectionStatus, datetime | None]]:
        """The newest states of the connection, so many at most, and when each ended."""
        ...

    def reconnect(self) -> None:
        """Connect now."""
        ...


class Shown(Connected, Protocol):
    """What a stream's widget shows."""

    @property
    def rows(self) -> int:
        """Rows ever added."""
        ...

    @property
    def toast_board(self) -> ToastBoard:
        """The toasts."""
        ...

    def disconnect(self) -> None:
        """Pause."""
        ...


class Measured(Connected, Protocol):
    """What a dashboard shows the numbers of."""

    @property
    def metrics(self) -> Metrics:
        """The numbers."""
        ...

    @property
    def max_rows(self) -> int:
        """How many rows are kept at most."""
        ...
