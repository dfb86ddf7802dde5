"""`Stretch`: of a recording, or what reads like one, the part that an incident is of.

The law: it is found anew whenever it is asked for: while the recording goes on, more may belong to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from sse_notebook.filters import Filter
from sse_notebook.incident import story
from sse_notebook.incident.timeline import clock
from sse_notebook.store.readable import Readable
from sse_notebook.store.schema import STR, TIME, table
from sse_notebook.store.view import View

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Stretch", "now_us", "table_of", "whole_of"]

_DAY: Final = 86_400_000_000  # microseconds


class Stretch:
    """The events of some time that fit.

    Args:
        of: what they are of.
        fits: which events.
        start_us: from when on, in microseconds since 1970; None: from the first thing on.
        end_us: until when, itself not included; None: until the last one.
    """

    def __init__(self, of: Readable, fits: Filter, start_us: int | None, end_us: int | None) -> None:
        self._of, self.filter = of, fits
        self._start_us, self._end_us = start_us, end_us

    @property
    def rows(self) -> View:
        """Its events, to be read like what they are of."""
        return self._of._view(self.filter, self._start_us, self._end_us)  # noqa: SLF001 - what reads alike

    @property
    def is_empty(self) -> bool:
        """Whether it ends before it begins."""
        return self._start_us is not None and self._end_us is not None and self._start_us >= self._end_us

    def span(self, notes_us: Iterable[int]) -> tuple[int, int]:
        """From when to when: as given, else as its events, notes, marks, gaps and words on alerts say."""
        times = self.rows._snapshot().number("timestamp_us")  # noqa: SLF001 - what reads alike
        moments = [int(times.min()), int(times.max())] if len(times) else []
        moments += notes_us
        low, high = self._of._bounds()  # noqa: SLF001 - likewise
        for said in ("marks", "alert_log"):  # who acknowledges the last trouble does so after it
            moments += [each.us for each in story.marked(table_of(whole_of(self._of), said), low, high)]
        for hole in story.holes_of(table_of(self._of, "gaps")):
            ends = (hole.start_us, hole.end_us)
            moments += [us for us in ends if us is not None and story.within(us, low, high)]
        moments = moments or [now_us(self._of)]
        start = min(moments) if self._start_us is None else self._start_us
        end = max(moments) + 1 if self._end_us is None else self._end_us
        return start, max(end, start + 1)

    def why_nothing(self) -> str:
        """Why nothing can belong to it, in words: it begins after the recording, or ends before it."""
        now = now_us(self._of)
        if self._start_us is not None and self._start_us > now:
            return f"start is {clock(self._start_us)}, and the recording ends at {clock(now)}"
        if self._end_us is None or not (times := self._times()) or self._end_us > times[0]:
            return ""
        return f"end is {clock(self._end_us)}, and the first event is of {clock(times[0])}"

    def far(self, us: int) -> str:
        """How far a moment is from all events, in words, if that is more than a day, and than they last."""
        first, last = self._times() or (us, us)
        much = max(_DAY, last - first)
        if us > last + much:
            return f"{story.length(us - last)} after the last event"
        return f"{story.length(first - us)} before the first event" if us < first - much else ""

    def recorded_us(self, began_us: int, start_us: int, end_us: int) -> int:
        """How long, of a stretch of time, something was recorded: since it began, or of older events."""
        first, last = self._times() or (began_us, began_us)
        low, high = min(began_us, first), max(now_us(self._of), last + 1)
        return max(0, min(end_us, high) - max(start_us, low))

    def _times(self) -> tuple[int, int] | None:
        """Of all events, the first time and the last one; None: there is no event."""
        snapshot = self._of._snapshot()  # noqa: SLF001 - what reads alike
        times = [snapshot.number(name) for name in ("timestamp_us", "received_us")]
        return (min(int(t.min()) for t in times), max(int(t.max()) for t in times)) if snapshot.size else None


def now_us(of: Readable) -> int:
    """What "an hour ago" is counted from, in microseconds since 1970."""
    return of._now_us()  # noqa: SLF001 - what reads alike


def whole_of(of: Readable) -> Readable:
    """What a view narrows, if it is one."""
    while isinstance(of, View):
        of = of._of  # noqa: SLF001 - its own kind
    return of


def table_of(of: Readable, name: str) -> pd.DataFrame:
    """A table that a stream or a recording has, and a store has not."""
    found = getattr(of, name, None)
    if found is not None:
        return found  # type: ignore[no-any-return]  # a DataFrame, by the contract
    if name == "gaps":
        return table([], start=TIME, end=TIME, reason=STR, recovered="boolean", last_event_id=STR)
    if name in ("marks", "alert_log"):
        return table([], time=TIME, text=STR)
    return table([], start=TIME, end=TIME, state=STR, attempt="int64", cause=STR, duration="timedelta64[us]")
