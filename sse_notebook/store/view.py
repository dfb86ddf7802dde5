"""`View`: what is kept, narrowed; live as what it narrows.

The law: a view keeps no rows; it gives what the whole gives, less the rows that do not belong to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from sse_notebook.clock import Clock
from sse_notebook.events import Event
from sse_notebook.filters import Selection
from sse_notebook.store.counts import Hole
from sse_notebook.store.latest import latest_of
from sse_notebook.store.readable import Readable
from sse_notebook.store.snapshot import Snapshot

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["View"]


class View(Readable):
    """Some of the rows of something that can be read.

    Made by `where`, `between` and `since`. It keeps what it narrows alive.

    Args:
        of: what is narrowed.
        selection: which events; None: all.
        start_us, end_us: the times that their timestamps lie between, in microseconds; None: no bound.
    """

    def __init__(
        self,
        of: Readable,
        selection: Selection | None = None,
        start_us: int | None = None,
        end_us: int | None = None,
    ) -> None:
        self._of = of
        self._selection = selection or Selection()
        self._start_us = start_us
        self._end_us = end_us

    @property
    def name(self) -> str:
        """What belongs to it, for people."""
        before = f"{self._of.name} and " if isinstance(self._of, View) else ""
        return f"{before}{self._narrowing}"

    @property
    def _narrowing(self) -> str:
        said = [str(self._selection)] if self._selection else []
        for word, bound in (("from", self._start_us), ("to", self._end_us)):
            if bound is not None:
                said.append(f"{word} {np.datetime64(bound, 'us')}Z")
        return " ".join(said) or "all"

    def latest_by_resource(self) -> pd.DataFrame:
        """The newest event of each resource among the rows that are in this view. See `EventStore`."""
        return latest_of(self.to_pandas(expand=[]))

    def _snapshot(self) -> Snapshot:
        return self._of._snapshot().where(self._selection).between(self._start_us, self._end_us)  # noqa: SLF001 - its own kind

    @property
    def _time(self) -> Clock:
        return self._of._time  # noqa: SLF001 - its own kind

    def _holes(self) -> Iterable[Hole]:
        return self._of._holes()  # noqa: SLF001 - its own kind

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
        return after and before and self._selection.test(event)

    def __repr__(self) -> str:
        return f"<View {self.name}>"
