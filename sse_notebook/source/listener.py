"""What a source tells, and to whom: the one way by which events leave it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from sse_notebook.errors import ArgumentError
from sse_notebook.source.status import ConnectionStatus
from sse_notebook.wire import ServerSentEvent

__all__ = ["Gatherer", "Listener", "check_listener"]


class Listener(Protocol):
    """Who hears what an `EventSource` receives.

    `heard` and `came_again` come from its thread, `moved` from any, in order.
    """

    def heard(self, events: Sequence[ServerSentEvent], size: int, at: float) -> int | None:
        """A read brought `size` bytes at Unix time `at`, which completed `events` (often none).

        Returns:
            How many of them were about something, and not mere heartbeats; None: it is for the source to
            tell, by the shapes that heartbeats usually have.
        """
        ...

    def came_again(self, events: Sequence[ServerSentEvent], at: float) -> None:
        """The server sent these a second time, after a reconnection; they are not in `heard`."""
        ...

    def moved(self, status: ConnectionStatus) -> None:
        """The connection is in another state."""
        ...


@runtime_checkable
class Gatherer(Protocol):
    """Who can take several reads of a recording as one: for whom only counts what is in them."""

    def heard_together(
        self, events: Sequence[ServerSentEvent], size: int, times_us: Sequence[int], at: float
    ) -> None:
        """Reads brought these, each at its own Unix time in microseconds; the last byte came at `at`."""
        ...


def check_listener(listener: Listener) -> Listener:
    """The listener itself, if it has the methods of one.

    Raises:
        ArgumentError: it has not.
    """
    methods = ("heard", "came_again", "moved")
    if missing := [name for name in methods if not callable(getattr(listener, name, None))]:
        raise ArgumentError(
            f"listener must have the methods {', '.join(methods)} (see sse_notebook.source.Listener); "
            f"{type(listener).__name__} has no {' and no '.join(missing)}"
        )
    return listener
