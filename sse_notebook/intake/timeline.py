"""What the connection went through: each state that it was in, one after the other.

The law: a state ends where the next one begins; the newest are kept, and what is kept never changes but for
the last one, which goes on.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from sse_notebook.source import ConnectionStatus
from sse_notebook.store.schema import STR, TIME, table

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

__all__ = ["Timeline"]

KEPT: Final = 1_000  # states; as many as log lines


class Timeline:
    """The newest states of a connection. From any thread."""

    def __init__(self) -> None:
        self._states: deque[ConnectionStatus] = deque(maxlen=KEPT)
        #: When it was open for the first time; None: never yet.
        self.opened_us: int | None = None

    def moved(self, status: ConnectionStatus) -> None:
        """The connection is in this state, or more is known of the one that it is in."""
        states = self._states
        if self.opened_us is None and status.state == "open":
            self.opened_us = _micros(status.since)
        if states and (states[-1].state, states[-1].since) == (status.state, status.since):
            states[-1] = status
        else:
            states.append(status)

    def newest(self, number: int) -> list[tuple[ConnectionStatus, datetime | None]]:
        """The newest states, oldest first, each with the moment when it ended; None: it goes on.

        Args:
            number: how many at most.
        """
        states = tuple(self._states)[-number:]
        return [
            (status, later.since if later is not None else None)
            for status, later in zip(states, [*states[1:], None], strict=False)
        ]

    def frame(self, now: datetime) -> pd.DataFrame:
        """One row for each state, oldest first.

        Args:
            now: up to when the duration of the last one is counted.
        """
        states = tuple(self._states)
        ends = [later.since for later in states[1:]] + [None]
        rows = [
            (
                _micros(status.since),
                _micros(end),
                status.state,
                status.attempt,
                status.cause or None,
                None if status.since is None else _between(status.since, end or now),
            )
            for status, end in zip(states, ends, strict=False)
        ]
        return table(
            rows, start=TIME, end=TIME, state=STR, attempt="int64", cause=STR, duration="timedelta64[us]"
        )


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1e6)


def _between(start: datetime, end: datetime) -> int:
    """Microseconds; none where a clock was set back."""
    return max(0, round((end - start).total_seconds() * 1e6))
