"""`Explanation`: why events passed a filter or not, as tables, as text and as HTML.

The law: it is a value: made once, it says of its moment only. All three forms say the same, but that where
it shows itself no secret is seen that is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Final

from sse_notebook.filters.explain_html import html_of
from sse_notebook.filters.explain_text import text_of

if TYPE_CHECKING:
    import pandas as pd

    from sse_notebook.filters.filter import Filter

__all__ = ["Explanation"]

_FROM_THE_WIRE: Final = ("type", "resource_id", "value")  # of what is listed, and shown


class Explanation:
    """What `explain` gives. In a notebook it shows itself.

    Attributes:
        filter: what was explained.
        clauses: a frame with a row for each clause, in the filter's order: `clause`; how many events it
            answered `pass`, and how many it refused by `value`, for a `missing` field, for a wrong `type`;
            `first_fail`, how many of the refused events it refused first; `only_fail`, how many more would
            come through if this clause alone were the other way. The four add up to `events`, and
            `first_fail` to `refused`. Behind a `not` it is the clause that answers, not its `not`. `True` and
            `False` written out are clauses.
        near_misses: the newest events that would come through if one clause alone were the other way, and
            that clause is the only such one, at most 100: `seq` (-1: it is no row; `why` takes the `id`),
            `id`, `timestamp`, `type`, `resource_id`, `clause`, its `outcome`, and the `value` that it saw, as
            text.
        near: how many there are of those in all.
        negated: for each clause whether it stands behind a `not`, so that its `pass` refuses.
        samples: for each clause the newest events that it refused first, a few; the same columns.
        suggestions: what to do, in sentences, the most useful first.
        events: how many events were asked.
        arrived: how many there were; more than `events` where not all are kept.
        passed, refused: of `events`.
        within: which of all events were asked, in words; empty: not only some.
        notes: what else is to be known of the events that were asked, in sentences: how many of them are not
            kept any more, how many the stream's own filter refused.

    Example:
        >>> from sse_notebook import EventStore, where
        >>> store = EventStore()
        >>> _ = store.add_events([{"type": "edit", "size": size} for size in (5, "5", 50, None)])
        >>> found = where("data.size > 10").explain(store)
        >>> found.passed, found.refused
        (1, 3)
        >>> found.clauses.iloc[0].to_dict()  # doctest: +NORMALIZE_WHITESPACE
        {'clause': 'data.size > 10', 'pass': 1, 'value': 1, 'missing': 1, 'type': 1,
         'first_fail': 3, 'only_fail': 3}
        >>> found.suggestions[0].partition(";")[0]
        '`data.size` is text in 33% of the values ("5"): `>` orders numbers among numbers, texts among texts'
    """

    def __init__(
        self,
        *,
        filter: Filter,  # noqa: A002 - what it is
        clauses: pd.DataFrame,
        negated: Sequence[bool],
        near_misses: pd.DataFrame,
        near: int,
        samples: pd.DataFrame,
        suggestions: list[str],
        events: int,
        arrived: int,
        passed: int,
        within: str = "",
        notes: Sequence[str] = (),
        hide: Callable[[str], str] = str,
    ) -> None:
        self.filter = filter
        self.clauses = clauses
        self.negated = tuple(negated)
        self.near_misses = near_misses
        self.near = near
        self.samples = samples
        self.suggestions = suggestions
        self.events = events
        self.arrived = arrived
        self.passed = passed
        self.within = within
        self.notes = list(notes)
        # Made at once, so that nothing here knows the secrets.
        columns = {name: near_misses[name].map(hide, na_action="ignore") for name in _FROM_THE_WIRE}
        self._near_shown = near_misses.assign(**columns)

    @property
    def refused(self) -> int:
        """How many of the events asked did not pass."""
        return self.events - self.passed

    @property
    def sampled(self) -> bool:
        """Whether there were more events than were asked."""
        return self.arrived > self.events

    @property
    def headline(self) -> str:
        """How many passed, in words."""
        if not self.events:
            return f"no event{self.within} to ask"
        share = f" ({100 * self.passed / self.events:.1f}%)" if 0 < self.passed < self.events else ""
        asked = f"{self.events:,} events{self.within}"
        return f"{self.passed:,} of {asked} pass{share}, {self.refused:,} refused"

    @property
    def basis(self) -> str:
        """What it rests on, in words, where that is not all there was; else empty."""
        if not self.sampled:
            return ""
        return f"rests on a sample: {self.events:,} of the {self.arrived:,} that arrived"

    def __repr__(self) -> str:
        return text_of(self._as_shown())

    def _repr_html_(self) -> str:
        return html_of(self._as_shown())

    def _as_shown(self) -> Explanation:
        """The same, without secrets: a notebook keeps what is shown, and people share it."""
        other = copy(self)
        other.near_misses = self._near_shown
        return other
