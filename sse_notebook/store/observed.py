"""Traits whose observers can't harm each other.

The law: what an observer raises ends with it: it is reported, and the next observer is told all the same.
(traitlets by itself would tell no other after it, and raise where the trait was set.) Who asks for a trait
that there is not hears of it at once. (traitlets would never call.)
"""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Callable
from typing import Any

import traitlets

from sse_notebook.errors import ArgumentError
from sse_notebook.logbook import Warner

__all__ = ["Observed"]


class Observed(traitlets.HasTraits):
    """Has traits to observe.

    Attributes:
        report: told when an observer raises: where, and what. By itself it logs a warning, on `sse_notebook`,
            once for each place and kind of error.

    Example:
        >>> class Counting(Observed):
        ...     count = traitlets.Int()
        >>> counting, seen = Counting(), []
        >>> counting.observe(lambda change: 1 / 0, "count")
        >>> counting.observe(lambda change: seen.append(change.new), "count")
        >>> counting.count = 1
        >>> seen
        [1]
    """

    report: Callable[[str, BaseException], None]
    _heard = False  # whether anybody ever observed; a class's own methods do before `__init__`

    def __init__(self, **traits: Any) -> None:
        self._held: list[Any] | None = None  # changes that observers are told of later
        self._untold: deque[Any] = deque()  # and those that were held, in their order
        self._telling_now = False
        # A class of the user's may have validators, and methods that traitlets finds by their names.
        self._ours = type(self).__module__.startswith(f"{__package__.partition('.')[0]}.")
        super().__init__(**traits)
        self.report = Warner().caught

    def set_together(self, **values: Any) -> None:
        """Set several traits, all of them before any observer is told.

        What traitlets' `hold_trait_notifications` is for, without its cost. Not thread-safe by itself.

        Args:
            values: of the traits' own types: where nobody observes they are not looked at.
        """
        if self._ours and not self._heard:
            self._trait_values.update(values)  # in one step
            return
        held: list[Any] = []
        self._held = held
        try:
            for name, value in values.items():
                self.set_trait(name, value)  # which may be read-only for others
        finally:
            self._held = None
            self._untold += held
            if not self._telling_now:  # else an observer has set them: what came before is told first
                self._telling_now = True
                try:
                    while self._untold:
                        self.notify_change(self._untold.popleft())
                finally:
                    self._telling_now = False

    def notify_change(self, change: Any) -> None:
        """Tell the observers of a trait, unless several are set together."""
        if self._held is None:
            super().notify_change(change)
        else:
            self._held.append(change)

    def observe(
        self,
        handler: Callable[..., Any],
        names: Any = traitlets.All,
        type: Any = "change",  # noqa: A002 - traitlets' name
    ) -> None:
        """Call `handler(change)` whenever one of the traits `names` changes, until `unobserve`.

        Args:
            handler: what is called.
            names: the name of a trait, or several; without it, all.
            type: `"change"`, as traitlets has it.

        Raises:
            ArgumentError: there is no such trait, or `handler` can't be called.
        """
        if not callable(handler):
            raise ArgumentError(f"observe takes a function, which is given the change, not {handler!r:.80}")
        if names is not traitlets.All:
            self._check_names(names if isinstance(names, (list, tuple, set, frozenset)) else [names])
        self._heard = True
        super().observe(_guarded(handler), names, type)

    def _check_names(self, names: Any) -> None:
        known = sorted(self.trait_names())
        for name in names:
            if name is not traitlets.All and name not in known:
                close = difflib.get_close_matches(name, known, n=1) if isinstance(name, str) else []
                hint = f"; did you mean {close[0]}?" if close else ""
                raise ArgumentError(f"no trait {name!r} to observe (there are {', '.join(known)}){hint}")

    def unobserve(
        self,
        handler: Callable[..., Any],
        names: Any = traitlets.All,
        type: Any = "change",  # noqa: A002 - traitlets' name
    ) -> None:
        """Call it no more."""
        super().unobserve(_guarded(handler), names, type)


class _Guarded:
    """An observer whose errors are reported. Two are equal if what they guard is: so one can be removed."""

    def __init__(self, handler: Callable[..., Any]) -> None:
        self._handler = handler

    def __call__(self, change: Any) -> None:
        try:
            self._handler(change)
        except KeyboardInterrupt:
            raise
        # SystemExit and `asyncio.CancelledError` too: on the stream's thread they would end it in silence, or
        # keep the rows of a read from handlers
        except BaseException as error:  # noqa: BLE001 - an observer is the user's code
            change.owner.report(f"observer of {change.name}", error)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Guarded) and self._handler == other._handler

    def __hash__(self) -> int:
        return hash(self._handler)


def _guarded(handler: Callable[..., Any]) -> Callable[..., Any]:
    # A subclass's own `@observe` methods: traitlets knows them by their class. None removes all.
    if handler is None or isinstance(handler, traitlets.EventHandler):
        return handler
    return _Guarded(handler)
