"""How long bytes are waited for: what a read asks, however it is made."""

from __future__ import annotations

from typing import Protocol

from sse_notebook.clock import Clock
from sse_notebook.errors import Unreachable

__all__ = ["Forever", "Patience", "Within"]


class Patience(Protocol):
    """How long silence may last."""

    def left(self) -> float | None:
        """Seconds a read may wait before `ran_out` is to be called; None: as long as it takes."""
        ...

    def ran_out(self) -> None:
        """They have passed. What this raises ends the read; otherwise `left` is asked again."""
        ...


class Forever:
    """The patience of who waits as long as it takes."""

    def left(self) -> float | None:
        """No limit."""
        return None

    def ran_out(self) -> None:
        """Never called."""


class Within:
    """The patience of who waits for so many seconds, in all.

    Args:
        seconds: how long.
        clock: by which clock.
        words: what to say when they have passed.
    """

    def __init__(self, seconds: float, clock: Clock, words: str) -> None:
        self._clock = clock
        self._deadline = clock.monotonic() + seconds
        self._words = words
        self._over = False

    def left(self) -> float | None:
        """Seconds that remain.

        Once they are over: none, for what has arrived by then; and from then on no more, or who sends without
        a pause what leads nowhere (1xx heads, compressed nothing) would be waited for for ever.
        """
        left = self._clock.look_after(self._deadline)
        if left <= 0:
            if self._over:
                self.ran_out()
            self._over = True
        return left

    def ran_out(self) -> None:
        """The end, if it has come."""
        if self._clock.monotonic() >= self._deadline:
            raise Unreachable(self._words)
