"""What a page asks about toasts, done: dismiss, mute, undo, a button of the user's own.

The law: what the page sends may be anything; what is no sound wish does nothing. Nothing here waits. What it
says of a toast, it says as it was told: with secrets masked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sse_notebook.alerts import Silence, ToastBoard
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.store.columns import events_of
from sse_notebook.store.readable import Readable
from sse_notebook.widget.raw import number

__all__ = ["Answering"]

LONGEST_MUTE: Final = 7 * 86_400.0  # seconds that a page may ask for
MOST: Final = 100  # toasts dismissed by one message


class Answering:
    """Answers a page.

    Args:
        board: the toasts.
        of: where rows are found that a toast was about; None: nowhere.
        send: how a message goes to the page.
        hide: masks secrets in a text, as in all that the page is told.
    """

    def __init__(
        self,
        board: ToastBoard,
        of: Readable | None,
        send: Callable[[dict[str, Any]], None],
        hide: Callable[[str], str] = str,
    ) -> None:
        self._board = board
        self._of = of
        self._send = send
        self._hide = hide

    def toasts(self, content: dict[str, Any]) -> bool:
        """Answer a message of the page; False: it is none about toasts."""
        wishes = {"dismiss": self._dismiss, "mute": self._mute, "unmute": self._unmute, "action": self._act}
        wish = content.get("do")
        answer = wishes.get(wish) if isinstance(wish, str) else None
        if answer is None:
            return False
        answer(content)
        return True

    def _dismiss(self, content: dict[str, Any]) -> None:
        given = content.get("toasts")
        for each in given[:MOST] if isinstance(given, list) else ():
            if isinstance(each, list | tuple) and len(each) == 2 and None not in map(number, each):
                self._board.dismiss(int(each[0]), int(each[1]))

    def _mute(self, content: dict[str, Any]) -> None:
        type, resource, seconds = (content.get(name) for name in ("type", "resource", "seconds"))  # noqa: A001
        if not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_MUTE:
            return
        try:
            self._board.mute(self._meant("type", type), self._meant("resource", resource), float(seconds))
        except ArgumentError as error:
            self._send({"refused": str(error)[:200]})

    def _unmute(self, content: dict[str, Any]) -> None:
        type, resource = content.get("type"), content.get("resource")  # noqa: A001

        def meant(silence: Silence) -> bool:
            told = silence.to_json()
            return (self._hidden(told["type"]), self._hidden(told["resource"])) == (type, resource)

        self._board.unmute(meant)

    def _meant(self, name: str, given: Any) -> Any:
        """What a toast is about, as it came."""
        names = [toast.to_json()[name] for toast in self._board.board().toasts]
        return next((each for each in reversed(names) if each and self._hide(each) == given), given)

    def _hidden(self, name: str | None) -> str | None:
        return None if name is None else self._hide(name)

    def _act(self, content: dict[str, Any]) -> None:
        label, toast = content.get("label"), content.get("toast")
        event = self._event(toast, content.get("seq"))
        done = event is not None and isinstance(label, str) and self._board.actions.run(label, event)
        self._send({"acted": number(toast), "label": label, "done": done})

    def _event(self, toast: Any, seq: Any) -> Event | None:
        """What a toast is about: its newest event, or when it is gone the row that the page names."""
        event = self._board.event_of(int(toast)) if number(toast) is not None else None
        if event is not None or self._of is None or number(seq) is None:
            return event
        found = events_of(self._of._snapshot().version, int(seq), int(seq) + 1)  # noqa: SLF001 - what is kept
        return found[0] if found else None
