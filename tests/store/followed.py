"""What the tests of followers share: rows at any time, added, evicted, cleared, and the list of them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from store_rows import FULL, event

from sse_notebook.clock import SystemClock
from sse_notebook.events import Event
from sse_notebook.events.event import changed
from sse_notebook.store import EventStore

SECOND = 1_000_000
NOW = 1_700_000_000

PLAIN = event(FULL, own_id="17")

fields = st.fixed_dictionaries(
    {"late": st.integers(-3, 12)},  # seconds before now
    optional={
        "type": st.sampled_from(["edit", "build.failed"]),
        "status": st.sampled_from([None, "running", "failed"]),
        "severity": st.sampled_from(["info", "error"]),
        "priority": st.sampled_from([None, 1, 5]),
        "after_gap": st.booleans(),
        "source": st.sampled_from(["a", "b"]),
        "resource_type": st.sampled_from([None, "workload", "project"]),
        "resource_id": st.sampled_from([None, "x", "y"]),
        "message": st.sampled_from([None, "", "up"]),
        "raw": st.sampled_from(["{}", "no JSON"]),
    },
)
adding = st.tuples(st.just("add"), st.lists(fields, min_size=1, max_size=7))
forward = st.tuples(st.just("time"), st.integers(0, 12))
back = st.tuples(st.just("time"), st.integers(-12, -1))
others = st.one_of(
    st.tuples(st.just("clear"), st.none()),
    st.tuples(st.just("max_rows"), st.integers(1, 9)),
    st.tuples(st.just("look"), st.none()),
)


class Followed:
    """A store on a clock that can be set, and every row that was ever added to it and not cleared."""

    def __init__(self, max_rows: int = 1_000_000) -> None:
        self.now = float(NOW)
        self.store = EventStore(max_rows=max_rows, clock=SystemClock(wall=lambda: self.now))
        self.rows: list[Event] = []

    def do(self, what: str, how: Any) -> None:
        if what == "add":
            self.add([self.row(**given) for given in how])
        elif what == "time":
            self.now += how
        elif what == "clear":
            self.store.clear_events()
            self.rows = []
        elif what == "max_rows":
            self.store.max_rows = how

    def row(self, late: float = 0, **given: Any) -> Event:
        """An event so many seconds before now."""
        return changed(PLAIN, timestamp_us=round((self.now - late) * SECOND), seq=-1, **given)

    def add(self, rows: Sequence[Event]) -> None:
        self.rows += self.store.take(rows)

    @property
    def kept(self) -> list[Event]:
        """Those that the store has not evicted."""
        return self.rows[max(0, len(self.rows) - len(self.store)) :]

    def within(self, seconds: int, rows: list[Event] | None = None) -> list[Event]:
        """Those of the last so many seconds, in the order of their time."""
        start, end = round((self.now - seconds) * SECOND), round(self.now * SECOND)
        found = [row for row in (self.rows if rows is None else rows) if start < row.timestamp_us <= end]
        return sorted(found, key=lambda row: row.timestamp_us)
