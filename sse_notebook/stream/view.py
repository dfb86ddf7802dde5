"""`StreamView`: a stream narrowed to some of its events, without a connection of its own.

The law: it is the view of what is kept, with the face of the stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from sse_notebook.alerts.attention import Attention
from sse_notebook.events import Event
from sse_notebook.filters import Filter, where
from sse_notebook.filters.evidence import Evidence
from sse_notebook.metrics import Metrics
from sse_notebook.store.funnel import stage_table
from sse_notebook.store.readable import FilterLike
from sse_notebook.store.view import View
from sse_notebook.stream.alerting import Alerted
from sse_notebook.stream.answers import Answers
from sse_notebook.stream.audit import Audit
from sse_notebook.stream.dashboard import HasDashboard
from sse_notebook.stream.funnel import narrowed, stages
from sse_notebook.stream.reading import Reading

if TYPE_CHECKING:
    import pandas as pd

    from sse_notebook.stream.stream import EventStream

__all__ = ["StreamView"]


class StreamView(View, HasDashboard, Alerted):
    """A stream, narrowed: the same face, the same connection, fewer events.

    Made by `stream.where(…)`, `between` and `since`. It keeps its stream alive.
    """

    _hint = "Run the cell again for a newer one; the stream itself is shown live."

    def __init__(
        self,
        of: Reading,
        filter: Filter | None,  # noqa: A002 - what it is
        start_us: int | None,
        end_us: int | None,
    ) -> None:
        View.__init__(self, of, filter, start_us, end_us)
        Reading.__init__(self, of._parts)  # noqa: SLF001 - its own kind
        self._stream = of

    @property
    def name(self) -> str:
        """What is shown, for people."""
        within = " and " if isinstance(self._stream, StreamView) else " where "
        return f"{self._stream.name}{within}{self._narrowing}"

    @property
    def last_event(self) -> Event | None:
        """The newest event of this view among those kept as objects, or None."""
        return next(reversed(self.events), None)

    @property
    def dropped(self) -> pd.DataFrame:
        """What was dropped of its stream, and would fit this view. See `EventStream.dropped`."""
        found = self._measured().dropped
        fits = found[self.filter.mask(found, self._time)]
        kept = self._of_these_times(Evidence(fits, len(fits), self._time)).frame
        kept.attrs = found.attrs
        return kept

    @property
    def log(self) -> pd.DataFrame:
        """The newest 1,000 log lines and errors of its stream. See `EventStream.log`."""
        return self._measured().log

    @property
    def metrics(self) -> Metrics:
        """The numbers of its stream: it has no connection of its own. See `EventStream.metrics`."""
        return self._measured().metrics

    def wait_open(self, timeout: float | None = 10) -> Self:
        """Wait until its stream's connection is open. See `EventStream.wait_open`."""
        self._measured().wait_open(timeout)
        return self

    def funnel(self) -> pd.DataFrame:
        """How far what came has got: as of its stream, but that `matched` are the rows that fit this view.

        Only rows that are kept can be asked. Toasts are the whole stream's.
        """
        snapshot = self._snapshot()
        version = snapshot.version
        whole = stages(self._whole._counted())  # noqa: SLF001 - its own kind
        gone = version.start - self._parts.store.first_seq
        return stage_table(narrowed(whole, snapshot.size, version.stop - version.start, gone))

    def why(self, key: Any) -> pd.DataFrame:
        """How far an event got, and why no further: as its stream's `why`, and whether it is in this view.

        Args:
            key: a `seq`; or an id, as a stream's `why` takes it.

        Raises:
            ArgumentError: it is neither.
        """
        return self._whole._why(key, self._standing)  # noqa: SLF001 - its own kind

    def _narrowed(self) -> tuple[Filter, Evidence]:
        """Where nothing came, what a view on the way here knows besides."""
        asked, found = super()._narrowed()
        if not len(found.frame):
            for view in self._chain():
                other = view._elsewhere(asked) if isinstance(view, StreamView) else None  # noqa: SLF001 - its own kind
                if other is not None and len((other := self._of_these_times(other)).frame):
                    return asked, other
        return asked, found

    def _elsewhere(self, asked: Filter) -> Evidence | None:  # noqa: ARG002 - for views with a connection
        """What else can be asked where nothing came; None: there is nothing."""
        return None

    def audit(self, what: FilterLike = None, /, *, seconds: float = 10, **fields: Any) -> Audit:
        """Find out whether the server keeps to what it was asked for. See `EventStream.audit`.

        Args:
            what: as `where` takes it: events that fit should be here. Nothing at all: those of this view.
            seconds: how long, by the stream's clock.
            fields: as `where` takes them.
        """
        asked = self._whole.filter & self.filter if what is None and not fields else where(what, **fields)
        return self._whole.audit(asked, seconds=seconds)

    @property
    def _whole(self) -> Answers:
        """The stream that is narrowed."""
        of = self._stream
        while isinstance(of, StreamView):
            of = of._stream  # noqa: SLF001 - its own kind
        if not isinstance(of, Answers):  # there is no other kind
            raise TypeError(f"no stream: {of!r}")
        return of

    def _attention(self) -> Attention:
        return self._whole._attention()  # noqa: SLF001 - its own kind

    def _rows_so_far(self) -> int:
        return len(self)

    def _measured(self) -> EventStream:
        return self._whole  # type: ignore[return-value]  # a stream, of which `Answers` is a part

    def __repr__(self) -> str:
        return f"<View {self.name}: {self.connection.state}>"
