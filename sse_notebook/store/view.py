"""`View`: what is kept, narrowed; live as what it narrows.

The law: a view keeps no rows; it gives what the whole gives, less the rows that do not belong to it. Its
filter may be replaced: who reads it meanwhile gets what fits the one or the other, never a mixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sse_notebook.clock import Clock
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.filters import Filter, where
from sse_notebook.filters.evidence import Evidence
from sse_notebook.filters.tree import TRUE, Node, all_of
from sse_notebook.store.answering import Answering
from sse_notebook.store.counts import Hole
from sse_notebook.store.latest import latest_of
from sse_notebook.store.outgoing import Outgoing
from sse_notebook.store.readable import Readable
from sse_notebook.store.snapshot import Snapshot

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["View"]

LONGEST = 200  # characters of a filter that are shown


class _Asked(NamedTuple):
    """What a view itself asks: set in one step."""

    filter: Filter
    test: Callable[[Event], bool]


class View(Readable):
    """Some of the rows of something that can be read.

    Made by `where`, `between` and `since`. It keeps what it narrows alive.

    Args:
        of: what is narrowed.
        filter: which events; None: all.
        start_us, end_us: the times that their timestamps lie between, in microseconds; None: no bound.

    Example:
        >>> from sse_notebook import EventStore
        >>> store = EventStore()
        >>> _ = store.add_events([{"type": "build.failed"}, {"type": "build.completed", "minutes": 5}])
        >>> view = store.where("data.minutes > 3")
        >>> view, len(view)
        (<View data.minutes > 3>, 1)
        >>> view.filter = "type == 'build.*'"  # from now on, for all who read it
        >>> len(view)
        2
    """

    def __init__(
        self,
        of: Readable,
        filter: Filter | None = None,  # noqa: A002 - what it is
        start_us: int | None = None,
        end_us: int | None = None,
    ) -> None:
        self._of = of
        self._start_us = start_us
        self._end_us = end_us
        self._ask(where(filter))

    def _ask(self, asked: Filter) -> None:
        self._asked = _Asked(asked, asked.predicate(self._time))

    @property
    def filter(self) -> Filter:
        """Which events it shows: those of what it narrows that fit, if that is a view itself with `&`.

        May be set, to whatever `where` takes, an expression say: what this view itself asks for is replaced,
        for all who read it, at once.

        Raises:
            FilterError: when it is set to what can't be read; the filter stays what it was.
        """
        return Filter(all_of(*self._trees()))

    @filter.setter  # noqa: A003 - the property
    def filter(self, what: str | Filter | Callable[[Event], Any] | None) -> None:
        self._ask(where(what))

    def _chain(self) -> Iterator[View]:
        """This view, what it narrows if that is a view, and so on."""
        view: Readable = self
        while isinstance(view, View):
            yield view
            view = view._of  # noqa: SLF001 - its own kind

    def _trees(self) -> list[Node]:
        """What is asked, by the first view first."""
        return [view._asked.filter.tree for view in self._chain()][::-1]  # noqa: SLF001 - its own kind

    @property
    def name(self) -> str:
        """What belongs to it, for people."""
        before = f"{self._of.name} and " if isinstance(self._of, View) else ""
        return f"{before}{self._narrowing}"

    @property
    def _narrowing(self) -> str:
        asked = self._outgoing.text(str(self._asked.filter))
        asked = asked if len(asked) <= LONGEST else f"{asked[: LONGEST - 1]}…"
        tree = self._asked.filter.tree
        said = [] if tree == TRUE else [f"({asked})" if tree.binds == 0 and self._joined else asked]
        for word, bound in (("from", self._start_us), ("to", self._end_us)):
            if bound is not None:
                said.append(f"{word} {np.datetime64(bound, 'us')}Z")
        return " ".join(said) or "all"

    @property
    def _joined(self) -> bool:
        """Whether its filter stands beside others."""
        return isinstance(self._of, View)

    def _instead(self, name: str) -> str:
        """What a view has not, the whole may have."""
        *_, last = self._chain()
        whole = type(last._of)  # noqa: SLF001 - its own kind
        there = f"; what it narrows has it: {whole.__name__}.{name}" if hasattr(whole, name) else ""
        return super()._instead(name) or there

    def latest_by_resource(self) -> pd.DataFrame:
        """The newest event of each resource among the rows that are in this view. See `EventStore`."""
        return latest_of(self.to_pandas(expand=[]))

    def why(self, key: Any) -> pd.DataFrame:
        """How far an event got: as what it narrows says, and whether it is in this view.

        Args:
            key: a `seq`; or an id, as a store's `why` takes it.

        Raises:
            ArgumentError: it is neither; or what it narrows does not say why.
        """
        *_, last = self._chain()
        whole = last._of  # noqa: SLF001 - its own kind
        if not isinstance(whole, Answering):
            raise ArgumentError(
                f"why is asked of a stream, a recording or a store: {type(whole).__name__} has rows alone"
            )
        return whole._why(key, self._standing)  # noqa: SLF001 - likewise

    def _standing(self, row: pd.DataFrame) -> tuple[str, str]:
        """Whether a row is in this view, and why it is not."""
        from sse_notebook.filters.explain import explained  # which is not needed to read

        narrowed = self._of_these_times(Evidence(row, len(row), self._time))
        if not len(narrowed.frame):
            return "no", f"its timestamp is not{self._within}"
        asked = self.filter
        found = explained(asked, narrowed)
        if found.passed:
            return "yes", "it is in this view" if str(asked) == "True" else f"it fits {asked}"
        first = found.clauses[found.clauses["first_fail"] > 0]
        clause = str(first["clause"].iloc[0]) if len(first) else str(asked)
        sample = found.samples.iloc[0]
        nothing = ": it saw nothing there" if sample["outcome"] == "missing" else ""
        seen = f": it saw {sample['value']}" if isinstance(sample["value"], str) else nothing
        return "no", f"{clause} refused it{seen}"

    def _snapshot(self) -> Snapshot:
        *_, last = self._chain()
        return last._of._selected(*self._bounds(), self.filter)  # noqa: SLF001 - its own kind

    def _narrowed(self) -> tuple[Filter, Evidence]:
        """All that is asked on the way here, and what the first that was narrowed has, of these times."""
        *_, last = self._chain()
        whole = last._of  # noqa: SLF001 - its own kind
        asked = whole.filter & self.filter
        return asked, self._of_these_times(whole._evidence(asked))  # noqa: SLF001 - likewise

    def _evidence(self, asked: Filter) -> Evidence:
        """Its rows; where it has none, it is said whether what it narrows has."""
        found = super()._evidence(asked)
        if len(found.frame):
            return found._replace(within=self._within)
        *_, last = self._chain()
        whole = last._of._evidence(asked)  # noqa: SLF001 - its own kind
        if not (number := len(whole.frame)):
            return whole
        came = "1 event" if number == 1 else f"{number:,} events"
        nothing = (
            f"{came} arrived; the view itself ({self.name}) lets none of them through: its explain() says why"
        )
        return found._replace(nothing=nothing, within=self._within)

    @property
    def _within(self) -> str:
        """The times that it is narrowed to, in words."""
        bounds = zip((" from", " to"), self._bounds(), strict=True)
        return "".join(f"{word} {np.datetime64(us, 'us')}Z" for word, us in bounds if us is not None)

    def _of_these_times(self, found: Evidence) -> Evidence:
        """What is in the times that it is narrowed to."""
        start_us, end_us = self._bounds()
        if start_us is None and end_us is None:
            return found
        times = found.frame["timestamp"].to_numpy("datetime64[us]").view(np.int64)
        fits = np.ones(len(times), bool)
        if start_us is not None:
            fits &= times >= start_us
        if end_us is not None:
            fits &= times < end_us
        less = found.only(fits, self._within)
        if len(less.frame) or not len(found.frame):
            return less
        return less._replace(nothing=f"{len(found.frame):,} events arrived, none of them{self._within}")

    @property
    def _outgoing(self) -> Outgoing:
        return self._of._outgoing  # noqa: SLF001 - its own kind

    @property
    def _time(self) -> Clock:
        return self._of._time  # noqa: SLF001 - its own kind

    def _holes(self) -> Iterable[Hole]:
        return self._of._holes()  # noqa: SLF001 - its own kind

    def _known_us(self) -> int | None:
        return self._of._known_us()  # noqa: SLF001 - its own kind

    def _bounds(self) -> tuple[int | None, int | None]:
        """The narrowest of its own and those of what it narrows."""
        start, end = self._of._bounds()  # noqa: SLF001 - its own kind
        starts = [each for each in (start, self._start_us) if each is not None]
        ends = [each for each in (end, self._end_us) if each is not None]
        return max(starts, default=None), min(ends, default=None)

    def _belongs(self, event: Event) -> bool:
        """Whether an event belongs to this."""
        if not self._of._belongs(event):  # noqa: SLF001 - its own kind
            return False
        after = self._start_us is None or event.timestamp_us >= self._start_us
        before = self._end_us is None or event.timestamp_us < self._end_us
        return after and before and self._asked.test(event)

    @property
    def _title(self) -> str:
        return f"View {self.name}"

    def __repr__(self) -> str:
        return f"<View {self.name}>"
