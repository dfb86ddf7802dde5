"""The toasts that there are, in the order in which they began.

The law: there are only so many; one that makes room for another before its time is counted. Nothing folds
into a toast that nobody will see. Not guarded: by whoever has it.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from sse_notebook.alerts.toast import Key, Toast
from sse_notebook.events.severity import SEVERITIES

__all__ = ["KEPT", "TAKEN_BACK", "Shelf"]

KEPT: Final = 20  # toasts handed to the front-end, which shows four of them at a time
TAKEN_BACK: Final = 100  # numbers of toasts taken back that are handed to the front-end


class Shelf:
    """The toasts of one stream.

    Attributes:
        toasts: they, oldest first.
        by_key: those that events of a key fold into.
        notice: what stands for the connection, if something does: one at a time.
        withdrawn: the numbers of the newest that were taken back.
        more: how many were let go of before their time.
        next_id: the number of the next one.
    """

    def __init__(self) -> None:
        self.toasts: list[Toast] = []
        self.by_key: dict[Key, Toast] = {}
        self.notice: Toast | None = None
        self.withdrawn: deque[int] = deque(maxlen=TAKEN_BACK)
        self.more = 0
        self.next_id = 1

    def go_on_from(self, before: Shelf) -> None:
        """Numbers are not used twice; what stood there is taken back."""
        self.next_id = before.next_id
        self.withdrawn.extend(toast.id for toast in before.toasts)

    def add(
        self,
        severity: str,
        title: str,
        text: str,
        at: float,
        duration: float | None,
        *,
        now: float,
        key: Key | None = None,
    ) -> Toast:
        """A new one.

        Args:
            severity: as what it is shown.
            title: what it says.
            text: the line below.
            at: when it begins, Unix time in seconds.
            duration: for how many seconds; None: until it is dismissed.
            now: what the time is: those that are over make room first.
            key: what folds into it; None: nothing does.
        """
        toast = Toast(self.next_id, severity, title, text, at, duration, key=key, began=at)
        self.next_id += 1
        self.toasts.append(toast)
        if key is not None:
            self.by_key[key] = toast
        if len(self.toasts) > KEPT:
            gone = next((old for old in self.toasts if old.ends <= now), None)
            if gone is None:  # the mildest of the oldest: an error that waits to be read stays
                gone = min(self.toasts[:-1], key=lambda old: SEVERITIES.index(old.severity))
                self.more += 1
            self._let_go(gone)
        return toast

    def _let_go(self, toast: Toast) -> None:
        self.toasts = [each for each in self.toasts if each is not toast]
        if toast.key is not None and self.by_key.get(toast.key) is toast:
            del self.by_key[toast.key]
        if toast is self.notice:
            self.notice = None

    def take_back(self, toast: Toast) -> None:
        """Whoever shows it is to show it no more."""
        self._let_go(toast)
        self.withdrawn.append(toast.id)
