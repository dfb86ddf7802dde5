"""Buttons on toasts that call a function of the event: the user's own, and `ACKNOWLEDGE` on bad news.

The law: pressed, one of the user's runs in the context of the cell that gave it: what it prints lands there.
What it raises is counted and logged, and reaches nobody else. One of the same name takes the place of ours.
"""

from __future__ import annotations

import contextvars
import inspect
import sys
import traceback
from collections.abc import Callable
from itertools import islice
from typing import Any, Final, NamedTuple

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.events.types import matches_type

__all__ = ["ACKNOWLEDGE", "MOST", "Actions"]

ACKNOWLEDGE: Final = "Acknowledge"  # the label of the one that is there by itself, on what an alert is about
MOST: Final = 3  # buttons of the user's own on one toast
LONGEST: Final = 24  # characters of a label


class _Action(NamedTuple):
    pattern: str
    fn: Callable[[Event], Any]
    context: contextvars.Context


class Actions:
    """The buttons of one stream's toasts.

    Args:
        report: told of an error: which button, and what it raised.
        hide: masks secrets in a text that is shown in a cell.

    Attributes:
        acknowledge: what `ACKNOWLEDGE` calls; None: there is no such button.
    """

    def __init__(
        self,
        report: Callable[[str, BaseException], object] = lambda *_: None,
        hide: Callable[[str], str] = str,
    ) -> None:
        self._report = report
        self._hide = hide
        self._actions: dict[str, _Action] = {}
        self.acknowledge: Callable[[Event], Any] | None = None

    def set(self, label: str, fn: Callable[[Event], Any] | None, pattern: str = "*") -> None:
        """Give toasts of a type a button; None takes it away again.

        Raises:
            ArgumentError: it can't be meant.
        """
        if not isinstance(label, str) or not 0 < len(label.strip()) <= LONGEST:
            raise ArgumentError(f"a button's label has 1 to {LONGEST} characters; not {label!r:.80}")
        if not isinstance(pattern, str) or not pattern:
            raise ArgumentError(f'a button is for a type or a glob, as "build.*", not {pattern!r:.80}')
        if fn is None:
            self._actions.pop(label, None)
            return
        if not callable(fn) or inspect.iscoroutinefunction(fn):
            raise ArgumentError(f"a button takes a plain function of an event, not {fn!r:.80}")
        self._actions[label] = _Action(pattern, fn, contextvars.copy_context())

    def labels(
        self,
        type: str,  # noqa: A002 - the column's name
        status: str | None,
        *,
        bad: bool = False,
    ) -> tuple[str, ...]:
        """The buttons on a toast of this type, of bad news or not; of the user's the first few that fit."""
        ours = (ACKNOWLEDGE,) if bad and self.acknowledge and ACKNOWLEDGE not in self._actions else ()
        fits = (
            label
            for label, action in tuple(self._actions.items())
            if action.pattern == "*" or matches_type(action.pattern, type, type, status)
        )
        return (*ours, *islice(fits, MOST))

    def run(self, label: str, event: Event) -> bool:
        """Press it; whether its function ran to its end."""
        action = self._actions.get(label)
        if action is None and label == ACKNOWLEDGE and self.acknowledge:
            action = _Action("*", self.acknowledge, contextvars.copy_context())
        if action is None:
            return False
        try:
            _refuse_coroutine(action.context.copy().run(action.fn, event))
        except Exception as error:  # noqa: BLE001 - the user's own function may raise anything
            self._report(f"toast button {label}", error)
            said = self._hide("".join(traceback.format_exception(error)))
            action.context.copy().run(lambda: sys.stderr and sys.stderr.write(said))
            return False
        return True


def _refuse_coroutine(answer: object) -> None:
    """What a lambda gives, say, that calls an async function: nothing was done."""
    if inspect.iscoroutine(answer):
        answer.close()
        raise ArgumentError("a button takes a plain function; an async one would never be awaited")
