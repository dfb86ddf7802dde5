"""A call of the user's token callable while a connection is read: on a thread of its own.

The law: who reads never waits for it. The thread lives as long as the user's callable does, and no longer;
nobody who stops waits for it either.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["Asking"]


class Asking:
    """Begins the call at once.

    Args:
        ask: what is called.
        asked_at: when, by the caller's clock.

    Attributes:
        asked_at: as given.
        warned: it was said that it takes long.

    Example:
        >>> Asking(lambda: "token", 0.0).answer()
        'token'
    """

    def __init__(self, ask: Callable[[], str | None], asked_at: float) -> None:
        self.asked_at = asked_at
        self.warned = False
        self._ask = ask
        self._token: str | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sse-notebook token", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether there is an answer."""
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait for an answer for so long; whether there is one."""
        self._thread.join(seconds)
        return self.done

    def answer(self) -> str | None:
        """The token, as soon as there is one; raises what the call raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._token

    def _run(self) -> None:
        try:
            self._token = self._ask()
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is taken
            self._error = error
