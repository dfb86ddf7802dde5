"""What a server is asked for, set as often as one likes, asked for once.

The law: the server is asked when nothing was set for a moment, and only if it is asked for something else by
then. Until then what comes goes on coming. Who set it need not wait, nor be there any more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final

from sse_notebook.clock import Clock
from sse_notebook.source import fork

__all__ = ["PAUSE", "Asking"]

# Seconds without another change, after which the server is asked anew.
PAUSE: Final = 0.1


class Asking:
    """Asks a server, when it is time.

    Args:
        now: what it is asked for.
        ask: asks it for something else; may fail when nobody listens any more.
        clock: what the time is.

    Example:
        >>> from sse_notebook.clock import SYSTEM
        >>> asked = []
        >>> asking = Asking({}, asked.append, SYSTEM)
        >>> for project in ("p-1", "p-2", "p-3"):
        ...     asking.set({"project_id": project})
        >>> asking.settle()
        >>> asked
        [{'project_id': 'p-3'}]
    """

    def __init__(
        self, now: Mapping[str, str], ask: Callable[[Mapping[str, str]], object], clock: Clock
    ) -> None:
        self._ask, self._clock = ask, clock
        # Guards what follows; never held while the server is asked.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._asked, self._wanted = now, now
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def wanted(self) -> dict[str, str]:
        """What the server is asked for, now or in a moment."""
        return dict(self._wanted)

    def set(self, wanted: Mapping[str, str]) -> None:
        """Ask it for this, unless it is asked for that already."""
        with self._lock:
            if self._closed or wanted == self._wanted:
                return
            self._wanted = wanted
            self._changed.set()
            if self._thread is None or not self._thread.is_alive():  # it is not in a child of this process
                self._thread = threading.Thread(target=self._wait, name="sse-notebook asking", daemon=True)
                self._thread.start()

    def _wait(self) -> None:
        while True:
            self._changed.clear()
            if self._clock.wait(self._changed, PAUSE) and not self._closed:
                continue
            with self._lock:
                if self._changed.is_set() and not self._closed:
                    continue
                wanted, self._thread = self._wanted, None
                if self._closed or wanted == self._asked:
                    return
                self._asked = wanted
            self._ask(wanted)
            return

    def settle(self) -> None:
        """Wait until the server is asked, if it will be."""
        if (thread := self._thread) is not None:
            thread.join()

    def close(self) -> None:
        """Ask it for nothing any more."""
        self._closed = True
        self._changed.set()
