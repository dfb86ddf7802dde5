"""Whether something is new: what `wait_for` and `wait_open` wait on.

The law: who waits for so many rows is not woken by each read before, since to wake him takes time from the
thread that reads; but by every move of the connection. Who looked in between knows that he must look again.
"""

from __future__ import annotations

import threading
from typing import Final

__all__ = ["ANY", "News"]

ANY: Final = 0  # rows: whoever waits for an event wants to look at each read


class News:
    """Rows that came, and moves of the connection. From any thread.

    Example:
        >>> news = News()
        >>> seen = news.told
        >>> news.rows(3)
        >>> news.wait(seen, timeout=60.0)  # it is known already
        True
    """

    def __init__(self) -> None:
        # Guards what follows; notified when somebody who waits has reason to look.
        self._changed = threading.Condition()
        self._told = 0
        self._wishes: list[int] = []  # of those who wait: from how many rows on they want to look

    @property
    def told(self) -> int:
        """How often something was new. Ask before you look."""
        return self._told

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._wishes)

    def rows(self, ever: int) -> None:
        """Rows came: so many ever."""
        with self._changed:
            self._told += 1
            if any(wish <= ever for wish in self._wishes):
                self._changed.notify_all()

    def moved(self) -> None:
        """The connection is in another state."""
        with self._changed:
            self._told += 1
            self._changed.notify_all()

    def wait(self, told: int, timeout: float, wish: int = ANY) -> bool:
        """Wait until something is new.

        Args:
            told: what `told` was before the last look.
            timeout: seconds.
            wish: how many rows there must have been ever, if it is rows.

        Returns:
            False: the time ran out.
        """
        with self._changed:
            if self._told != told:
                return True
            self._wishes.append(wish)
            try:
                return self._changed.wait(timeout)
            finally:
                self._wishes.remove(wish)
