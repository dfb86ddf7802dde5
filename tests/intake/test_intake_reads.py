"""What an intake makes of messages does not depend on how they were cut into reads."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support import eventually

import sse_notebook as sse
from sse_notebook.alerts import ToastBoard
from sse_notebook.clock import VirtualClock
from sse_notebook.filters import Selection
from sse_notebook.intake import Dropped, Intake
from sse_notebook.intake.handlers import Dispatcher
from sse_notebook.logbook import LogBook
from sse_notebook.metrics import Metrics
from sse_notebook.store import EventStore


class Alone:
    """An intake with a store, toasts and handlers of its own, and no source."""

    def __init__(self, *, hole: bool, resuming: int, begun: bool) -> None:
        log, self.counters, self.seen = LogBook(), Metrics(), list[sse.Event]()
        self.store = EventStore(max_events=1_000)
        self.toasts = ToastBoard(VirtualClock(start=1.0))
        self.handlers = Dispatcher(log, lambda lost: None, lambda number: None)
        self.handlers.add("*", lambda event: True, self.seen.append)
        self.intake = Intake(
            store=self.store,
            vocabulary=sse.Vocabulary(discard="secret") if resuming % 2 else sse.Vocabulary(),
            selection=Selection(project_id="p-1"),
            toasts=self.toasts,
            handlers=self.handlers,
            counters=self.counters,
            log=log,
            dropped=Dropped(),
            name="alone",
            shown="alone",
        )
        self.intake._begun, refill = begun, self.intake._refill
        refill._hole, refill._to_come = hole, resuming

    def close(self) -> dict[str, Any]:
        """All that can be told from outside, and what goes on into the next read."""
        eventually(lambda: len(self.seen) == self.store.count)
        self.handlers.close()
        intake = self.intake
        dropped = intake.dropped.frame(self.store.dropped)
        return {
            "dropped": dropped[["data", "origin", "reason", "before"]].to_dict("tight"),
            "rows": self.store.df.to_dict("tight"),
            "events": self.store.events == self.seen,
            "counters": self.counters.snapshot(),
            "toasts": [(toast.title, toast.count) for toast in self.toasts.board().toasts],
            "state": (vars(intake._refill), intake._begun),
        }


kinds = st.sampled_from(
    [
        *[{"event_type": "x", "project_id": "p-1"}] * 3,
        {"event_type": "build_failed", "project_id": "p-1"},
        {"event_type": "x", "project_id": "p-2"},
        {"event_type": "x", "project_id": "p-1", "secret": True},
        {"event_type": "heartbeat"},
        {"event_type": "stream-reset"},
        {"event_type": "connected", "connection_id": "c-1", "resume": {"replayed": 3, "complete": False}},
        "no JSON",
    ]
)


@given(
    st.lists(kinds, min_size=1, max_size=12),
    st.lists(st.integers(0, 12), max_size=4),
    st.booleans(),
    st.integers(0, 5),
    st.booleans(),
)
def test_it_does_not_matter_how_messages_are_cut_into_reads(
    payloads: list[Any], cuts: list[int], hole: bool, resuming: int, begun: bool
) -> None:
    """One by one, all at once, or cut anywhere: the same rows, marks, counts and toasts."""
    messages = [
        sse.ServerSentEvent(data=payload if isinstance(payload, str) else json.dumps(payload))
        for payload in payloads
    ]
    ends = sorted({*(min(cut, len(messages)) for cut in cuts), len(messages)})
    ways = [
        [[message] for message in messages],
        [messages],
        [messages[start:end] for start, end in zip([0, *ends], ends, strict=False)],
    ]
    results = []
    for reads in ways:
        alone = Alone(hole=hole, resuming=resuming, begun=begun)
        for read in reads:
            alone.intake.heard(read, 0, 1_700_000_000.0)
        results.append(alone.close())
    assert results[0] == results[1] == results[2]
    assert results[0]["events"]


def test_a_hole_in_the_middle_of_a_read() -> None:
    """What the server says it has lost lies before the rows that follow, not before the whole read."""
    alone = Alone(hole=False, resuming=0, begun=True)
    rows = [{"n": n, "project_id": "p-1"} for n in range(4)]
    lost = {"event_type": "stream-reset"}
    texts = [json.dumps(payload) for payload in (rows[0], lost, {"event_type": "heartbeat"}, *rows[1:])]
    refill = alone.intake._refill
    refill.said = lambda complete: setattr(refill, "_hole", True)  # type: ignore[method-assign]
    alone.intake.heard([sse.ServerSentEvent(data=text) for text in texts], 0, 1.0)
    assert [False, True, False, False] == alone.store.df["after_gap"].tolist()
    alone.close()


def test_what_is_discarded_was_resumed_too() -> None:
    """Of three messages that come again one is discarded and one filtered; the fourth is live."""
    alone = Alone(hole=False, resuming=3, begun=True)
    said = [{"secret": True}, {}, {"project_id": "p-2"}, {}]
    payloads = [{"event_type": "x", "project_id": "p-1", **each} for each in said]
    alone.intake.heard([sse.ServerSentEvent(data=json.dumps(payload)) for payload in payloads], 0, 1.0)
    assert (["resumed", "live"], 0) == (alone.store.df["origin"].tolist(), alone.intake._refill._to_come)
    alone.close()
