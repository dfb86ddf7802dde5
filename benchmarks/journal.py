"""What the journal and the counters cost: an intake with them, and the same one without.

The law: both read the same messages and keep the same rows, which is checked; with them every message is
counted as well, and what was dropped can be read. Processor time of all threads counts. No toasts are made,
and nobody handles events: these are alike on both sides.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence

from benchmarks import shapes
from benchmarks.harness import Race, Report, Size, Target
from benchmarks.ingest import PAYLOAD, cut
from sse_notebook.alerts import ToastBoard
from sse_notebook.events import Vocabulary
from sse_notebook.filters import Selection
from sse_notebook.intake import Dropped, Intake
from sse_notebook.intake.handlers import Dispatcher
from sse_notebook.intake.lost import Lost
from sse_notebook.intake.tally import Evictions, Tally
from sse_notebook.logbook import LogBook
from sse_notebook.metrics import Metrics
from sse_notebook.store import EventStore
from sse_notebook.wire import Decoder

__all__ = ["run"]

OURS = "with journal and counters"
WITHOUT = "without"
HEAD = ("", "version", "µs an event", "time (ours = 1)")
LIMIT = 1.05
WANTED = {  # of which filter: how the rows are named
    "all fit": {},
    "half of them filtered": {"project_id": [f"p-{n:02}" for n in range(0, 20, 2)]},
}


class NoTally(Tally):
    """Counts nothing."""

    def add(self, name: str, number: int = 1, **labels: str) -> None:
        """Nothing."""

    def received(self, types: Sequence[str]) -> None:
        """Nothing."""

    def refused(self, number: int, clause: str) -> None:
        """Nothing."""

    def count(self, at: float) -> None:
        """Nothing."""


class NoEvictions(Evictions):
    """Counts nothing."""

    def count(self, evicted: object) -> None:
        """Nothing."""


class NoLost(Lost):
    """Keeps nothing."""

    def of(self, *_read: object) -> None:
        """Nothing."""


def run(size: Size) -> Iterator[Report]:
    """Reads of 64 KiB: what all fits, and what is filtered half."""
    for name, wanted in WANTED.items():
        reads = chunks(size.events)
        result = Race({OURS: [], WITHOUT: []}, {}, {OURS: "", WITHOUT: ""})
        for _ in range(size.rounds):
            for who, seconds in zip((OURS, WITHOUT), both(reads, wanted), strict=True):
                result.times[who].append(seconds)
        yield Report(
            f"The journal and the counters, {name}",
            f"{size.events:,} events of {PAYLOAD} bytes of payload, in reads of 64 KiB: decoded, read by the "
            "vocabulary, filtered, kept; counted, and what was dropped kept and sampled. Each read goes to "
            "the one and to the other, by turns; all of them went through once before.",
            HEAD,
            result.rows(OURS, size.events),
            [Target("Time, of that without", result.ratio(OURS, WITHOUT), LIMIT, least=False)],
        )


def chunks(events: int) -> list[bytes]:
    """The bytes of so many events, in reads."""
    wire = b"".join(
        b"id: %d\nevent: x\ndata: %s\n\n" % (at, shapes.text(shapes.PAYLOADS["flat"], at, PAYLOAD).encode())
        for at in range(events)
    )
    return [bytes(each) for each in cut(wire, 65_536)]


def both(reads: Sequence[bytes], wanted: dict[str, list[str]]) -> tuple[float, float]:
    """The seconds that it takes with, and without."""
    pair = Side(wanted, counted=True), Side(wanted, counted=False)
    gc.collect()
    for each in pair:
        for read in reads:
            each.hear(read)
        each.seconds = 0.0
    for number, read in enumerate(reads):
        for each in pair[:: 1 if number % 2 else -1]:
            each.hear(read)
    for each in pair:
        each.close()
    if len(pair[0].store) != len(pair[1].store):
        raise AssertionError(f"{len(pair[0].store)} rows against {len(pair[1].store)}")
    return pair[0].seconds, pair[1].seconds


class Side:
    """An intake with a store, and without a connection.

    Attributes:
        seconds: that it took so far.
    """

    def __init__(self, wanted: dict[str, list[str]], *, counted: bool) -> None:
        log, self._metrics = LogBook(), Metrics()
        self._counted = counted
        self.store = EventStore(max_events=100)
        self._handlers = Dispatcher(log, lambda _: None, lambda _: None)  # nobody is told of anything
        self._dropped = Dropped()
        self._intake = Intake(
            store=self.store,
            vocabulary=Vocabulary(),
            selection=Selection(**wanted),
            toasts=ToastBoard(logs=lambda: False),
            handlers=self._handlers,
            counters=self._metrics,
            log=log,
            dropped=self._dropped,
            name="bench",
            shown="bench",
        )
        if not counted:
            self._intake._tally = NoTally(self._metrics)  # noqa: SLF001 - what is compared
            self._intake._lost = NoLost(self._dropped.add)  # noqa: SLF001 - likewise
            self._intake.evictions = NoEvictions(self._metrics)
        self._decoder, self._at = Decoder(), float(shapes.FIRST)
        self.seconds = 0.0

    def hear(self, read: bytes) -> None:
        """Take in a read."""
        self._at += 0.01
        began = time.process_time()
        self._intake.heard(self._decoder.feed(read), len(read), self._at)
        self.seconds += time.process_time() - began

    def close(self) -> None:
        """Check what it did."""
        self._handlers.close()
        counts = self._metrics.snapshot()
        expected = self.store.count if self._counted else 0
        if not self.store.count or counts.get("sse_events_stored_total", 0) != expected:
            raise AssertionError(f"{self.store.count} rows came; counted were {counts}")
        dropped = sum(self._dropped.counts.values())
        if dropped != counts.get('sse_events_dropped_total{reason="filtered"}', 0):
            raise AssertionError(f"{dropped} were dropped; counted were {counts}")
