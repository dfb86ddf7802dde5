"""`Sealer`: lines that are full become segments, while others are written.

The law: the oldest first, one at a time; lines of which no segment can be made stay as they are, and are
tried again with the next.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from sse_notebook.journal.place import Place
from sse_notebook.journal.segments import seal

__all__ = ["Sealer"]


class Sealer:
    """Makes segments, in the folder of one writer.

    Args:
        place: the folder.
        tell: told, in words, of what goes wrong.
    """

    def __init__(self, place: Place, tell: Callable[[str], object]) -> None:
        self._place, self._tell = place, tell
        self._tails: deque[Path] = deque()  # the oldest first; nothing is written to them any more
        self._sealing = threading.Lock()  # held by the thread that does it
        self._refused = ""  # why the last one could not be

    def add(self, tail: Path) -> None:
        """This one is to become a segment."""
        self._tails.append(tail)

    def begin(self) -> None:
        """Do it on a thread for the occasion."""
        if self._sealing.locked():
            return  # that one goes on with the newest
        with contextlib.suppress(RuntimeError):  # no more threads: then it is done with the next one
            threading.Thread(target=self.run, name="sse-notebook archive segment", daemon=True).start()

    def run(self) -> None:
        """Do it now."""
        with self._sealing:
            while self._tails:
                try:
                    self._place.last, bad = seal(self._place.path, self._tails[0], self._place.last)
                except Exception as error:  # noqa: BLE001 - of the disk, or of what is on it: the lines stay
                    said = error.strerror if isinstance(error, OSError) else type(error).__name__
                    if self._refused != (said or ""):
                        self._refused = said or ""
                        self._tell(f"no segment can be written, lines are: {said}")
                    return
                if bad:
                    self._tell(f"{bad:,} lines of {self._tails[0].name} can't be read")
                self._refused = ""
                self._tails.popleft()
