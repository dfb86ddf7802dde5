"""What a stream answers about single events: how many got how far, and what a filter is explained on.

The law: numbers come from counters of one moment; an answer after the fact says what it rests on.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from sse_notebook.filters import Filter, where
from sse_notebook.filters.evidence import Evidence
from sse_notebook.store.funnel import stage_table
from sse_notebook.store.merged import in_order
from sse_notebook.store.readable import FilterLike
from sse_notebook.store.why import Known, Standing, found_in, why
from sse_notebook.stream.alerting import Alerted
from sse_notebook.stream.audit import PARAMETERS, Audit
from sse_notebook.stream.auditing import audit, requested
from sse_notebook.stream.funnel import stages

__all__ = ["Answers"]


class Answers(Alerted):
    """The part of a stream that answers: what became of what came."""

    @property
    def dropped(self) -> pd.DataFrame:
        """What was dropped, oldest first: `df`'s columns, `reason` and `clause`; `max_dropped` rows at most.

        These are the newest, and a fair sample of what each clause refused, so that the few of one are still
        there after a flood of another: samples take a quarter of the room at the most. `reason` is

        - `"evicted"`: it was kept; `clause` is the bound because of which it went;
        - `"filtered"`: `clause` is the one that refused it first;
        - `"duplicate"`: it was sent a second time after a reconnection;
        - `"invalid"`: the vocabulary discarded it;
        - `"oversized"`: it was too large to be read. Its type and its id are known, not its payload.

        What never was a row has no `seq`: -1. Beside `max_dropped` a sixteenth of `max_bytes` is the bound:
        `dropped.attrs["forgotten"]` says how many more were dropped, and are not here any more.
        """
        return self._lost().drop(columns="before")

    def _lost(self) -> pd.DataFrame:
        """What was dropped, each with its place among the rows."""
        return self._parts.intake.dropped.frame(self._parts.store.dropped)

    def funnel(self) -> pd.DataFrame:
        """How far what came has got: bytes, lines, messages, events, unique, matched, stored, toasted.

        Returns:
            A row for each stage: `stage`; `n`, how many got there; `lost`, how many of the stage before did
            not, where both count events; `why`, in words. All of one moment, since the stream was made: rows
            that were evicted later were stored.

        Example:
            stream.funnel()
        """
        return stage_table(stages(self._counted()))

    def why(self, key: Any) -> pd.DataFrame:
        """How far an event got, and why no further.

        Args:
            key: the event's `seq`; or an id: the event's own, or that of the resource it is about (or else of
                the workload, project or cluster it belongs to).

        Returns:
            For each event that is found, kept or dropped, a row for each stage: `seq` (-1: it is no row),
            `stage`, `outcome`, `reason` in words. Oldest first, the newest 50. Nothing found: one row that
            says what it may be.

        Raises:
            ArgumentError: it is neither.

        Example:
            stream.why("build-7")
        """
        return self._why(key)

    def _why(self, key: Any, view: Standing | None = None) -> pd.DataFrame:
        """`why`, of a view too, which says of a row whether it is in it."""
        parts, connection = self._parts, self.connection
        found = found_in(parts.store, key, self._lost)
        closed = "" if connection.state == "open" else f"the stream is {connection.state}"
        known = Known(
            parts.store.next_seq,
            self.filter,
            list(parts.source.gaps),
            parts.toasts.became,
            closed,
            view,
            self._outgoing.text,
        )
        return why(found, known)

    def audit(self, what: FilterLike = None, /, *, seconds: float = 10, **fields: Any) -> Audit:
        """Find out whether the server keeps to what it was asked for.

        A second connection is opened beside this one, with the same credentials, that asks for everything.
        For some seconds both are listened to; then they are compared. It can be interrupted.

        Args:
            what: as `where` takes it: events that fit should be here. Nothing at all: the stream's own
                filter.
            seconds: how long, by the stream's clock.
            fields: as `where` takes them.

        Returns:
            What the server held back though it fits, and what it let through though it does not, in all and
            by parameter; how many events were compared, and how many could not be, and why. True if there is
            no difference; its `ok` is None if nothing could be compared: then it says what came instead.

        Raises:
            FilterError: `what` can't be read.
            ArgumentError: `seconds` is no number above 0.
            WaitTimeout: one of the connections did not open in time.
            ConnectionFailed: the server refused it.

        Example:
            stream.audit("data.duration > 30", seconds=5)
        """
        asked = self.filter if what is None and not fields else where(what, **fields)
        self._wait(lambda: self.connected, 10, lambda: "an open connection, which an audit needs")
        return audit(self._parts, asked, seconds)

    def _counted(self) -> dict[str, int]:
        """All counters at one moment, those of the store's evictions too."""
        self._parts.intake.evictions.count(self._parts.store.evictions)
        return self._parts.counters.snapshot()

    def _evidence(self, asked: Filter) -> Evidence:  # noqa: ARG002 - the same for all
        """The rows, those that were evicted, and those that its own filter refused, as far as they are kept.

        They arrived: a row that was ever added, or an event that was filtered.
        """
        counts = self._parts.intake.dropped.counts
        filtered = sum(number for (reason, _), number in counts.items() if reason == "filtered")
        arrived = self.rows + filtered  # earlier than the rows: what comes in between is no sample's lack
        kept = self.to_pandas(expand=[])
        dropped = self._lost()  # later than the rows: what is evicted in between is in both
        first = int(kept.index[0]) if len(kept) else self._parts.store.next_seq
        counted = (dropped["reason"] == "filtered") | (
            (dropped["reason"] == "evicted") & (dropped.index < first)
        )
        both = in_order(kept, dropped[counted])
        lost = both["reason"].where(both["reason"] == "filtered", both["clause"]).astype(object)
        reasons = lost.where(lost.notna(), "").to_numpy()
        both = both.drop(columns=["reason", "clause"])
        nothing = "" if len(both) else self._nothing()
        arrived = max(len(both), arrived)
        hide = self._outgoing.text
        return Evidence(both, arrived, self._time, lost=reasons, nothing=nothing, hide=hide)

    def _nothing(self) -> str:
        """Why there may be no event, in words."""
        state = self.connection.state
        said = "nothing came yet" if state == "open" else f"nothing came; the stream is {state}"
        asked = requested(self._parts.source.asked_for(PARAMETERS))
        if not asked:
            return said
        return (
            f"the server was asked for `{asked}`; {said}: audit() tells whether it holds back more, "
            "or connect without it to see what there is"
        )

    @property
    def rows(self) -> int:
        """Rows ever added."""
        return self._parts.store.count
