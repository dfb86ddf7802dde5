"""What a store answers of a single row: how far it got.

The law: a store knows what it was given, what it keeps and what it let go of; of what was before, it says
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sse_notebook.filters import where
from sse_notebook.store.readable import Readable
from sse_notebook.store.why import Known, Standing, found_in, why

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answering"]


class Answering(Readable):
    """A store's part that answers."""

    @property
    def dropped(self) -> pd.DataFrame:
        """The rows that were let go of, and can still be read."""
        raise NotImplementedError

    @property
    def next_seq(self) -> int:
        """The `seq` that the next row will have."""
        raise NotImplementedError

    def why(self, key: Any) -> pd.DataFrame:
        """How far an event got: whether it is kept, or which bound it had to make room for.

        Args:
            key: the event's `seq`; or an id: the event's own, or that of the resource it is about (or else of
                the workload, project or cluster it belongs to).

        Returns:
            For each event that is found, kept or evicted, a row for each stage: `seq`, `stage`, `outcome`,
            `reason` in words. Oldest first, the newest 50. Nothing found: one row that says what it may be.

        Raises:
            ArgumentError: it is neither.

        Example:
            >>> from sse_notebook import EventStore
            >>> store = EventStore(max_rows=1)
            >>> _ = store.add_events([{"type": "edit"}, {"type": "move"}])
            >>> store.why(0)[["stage", "outcome"]].values.tolist()[-2:]
            [['stored', 'yes'], ['evicted', 'yes']]
        """
        return self._why(key)

    def _why(self, key: Any, view: Standing | None = None) -> pd.DataFrame:
        """`why`, of a view too, which says of a row whether it is in it."""
        found = found_in(self, key, self._let_go)
        return why(found, Known(self.next_seq, where(None), view=view, hide=self._outgoing.text))

    def _let_go(self) -> pd.DataFrame:
        gone = self.dropped
        return gone.assign(before=gone.index.to_numpy("int64") + 1)
