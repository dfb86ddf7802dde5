"""`BackgroundCall`: what nobody can interrupt (a token callable, a name look-up), on a thread of its own.

The law: who began it never needs to wait for it. The thread lives as long as the call does, and no longer;
nobody who stops waits for it either.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["BackgroundCall"]

T = TypeVar("T")


class BackgroundCall(Generic[T]):
    """Begins the call at once.

    Args:
        call: what is called.
        began: when, by the caller's clock.

    Attributes:
        began: as given.
        warned: it was said that it takes long.

    Example:
        >>> BackgroundCall(lambda: "token", 0.0).answer()
        'token'
    """

    def __init__(self, call: Callable[[], T], began: float) -> None:
        self.began = began
        self.warned = False
        self._call = call
        self._answer: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sse-notebook call", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether there is an answer."""
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait for an answer for so long; whether there is one."""
        self._thread.join(seconds)
        return self.done

    def answer(self) -> T:
        """What it gave, as soon as there is that; raises what the call raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._answer[0]

    def _run(self) -> None:
        try:
            self._answer.append(self._call())
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is taken
            self._error = error
