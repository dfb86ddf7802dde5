"""A store that knows of gaps, as a stream does."""

from __future__ import annotations

from sse_notebook import EventStore
from sse_notebook.source.continuity import Gap


class Torn(EventStore):
    """One whose gaps are what a test says."""

    holes: tuple[tuple[float, float | None, str, bool | None], ...] = ()

    def _gaps_now(self) -> list[Gap]:
        return [Gap(start, end, reason, recovered, "") for start, end, reason, recovered in self.holes]
