"""What a store offers that is kept up to date: windows, and the newest event of each resource.

The law: each of them follows the store (`store.followers`), so that a look costs what is new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sse_notebook.clock import Clock
from sse_notebook.events.moments import Duration
from sse_notebook.store.followers import Followers
from sse_notebook.store.latest import Latest
from sse_notebook.store.window import Window

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Following"]


class Following:
    """A store's verbs for what follows it."""

    _lock: Any  # the store's own
    _clock: Clock
    _followers: Followers
    _latest: Latest | None = None

    def window(self, duration: Duration, by: str | None = None) -> Window:
        """The rows of the last so many minutes, counted, and kept up to date: a look costs what is new.

        Args:
            duration: how long it is: `"5min"`, a `timedelta`, or seconds. It ends now, on the store's clock,
                and goes by `timestamp`.
            by: the column whose values are counted.

        Raises:
            ArgumentError: no length of time; no such column.

        Example:
            >>> from sse_notebook.store import EventStore
            >>> store = EventStore()
            >>> window = store.window("5min", by="severity")
            >>> _ = store.add_event({"type": "build_failed"})
            >>> window.counts.to_dict(), window.total
            ({'error': 1}, 1)
        """
        with self._lock:
            return self._followers.add(Window, self._clock, duration, by)

    def latest_by_resource(self) -> pd.DataFrame:
        """The newest event of each resource: the current status of every workload, project, cluster.

        The first call reads all rows; each later one only what is new. From the first one on a resource stays
        known though its row is evicted; of more than 100,000 the longest untouched go (`resources_evicted`).

        Returns:
            `df`'s rows, one for each `resource_type` and `resource_id`, ordered by these: the newest by
            `timestamp`, and of the same by `seq`. Rows that are about no resource are not in it.

        Example:
            >>> from sse_notebook.store import EventStore
            >>> store = EventStore()
            >>> for status in ("starting", "running"):
            ...     _ = store.add_event({"type": "workload.status", "workload_id": "wl-1", "status": status})
            >>> store.latest_by_resource()[["resource_id", "status"]].values.tolist()
            [['wl-1', 'running']]
        """
        with self._lock:
            if self._latest is None:
                self._latest = self._followers.add(Latest)
            latest = self._latest
        return latest.frame()

    @property
    def resources_evicted(self) -> int:
        """How many resources `latest_by_resource` let go of because there were too many."""
        return self._latest.evicted if self._latest else 0
