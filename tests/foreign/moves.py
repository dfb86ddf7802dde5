"""What a stream goes through, noted; and how a test waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import sse_notebook as sse

PATIENCE = 30.0  # seconds until a wait counts as failed; a busy machine needs several

Connect = Callable[..., sse.EventStream]


def until(reached: Callable[[], object]) -> None:
    """Waits until something is true that nobody tells us of."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not reached():
        assert time.monotonic() < deadline, f"{PATIENCE} s have passed"
        pause.wait(0.01)


class Moves(list[str]):
    """The states that an observer of a stream has been told of from now on, in order."""

    def __init__(self, stream: sse.EventStream) -> None:
        super().__init__()
        stream.store.observe(self._moved, "connection")

    def _moved(self, change: dict[str, Any]) -> None:
        if not self or change["new"].state != self[-1]:
            self.append(change["new"].state)

    def until_not_open(self) -> None:
        """Waits until the loss of the connection has been noticed."""
        until(lambda: self and self[-1] != "open")
