"""What a replay takes, beside taking in the same events live.

The law: both go through decoder, vocabulary, store, toasts and counters; live the bytes are there already, a
replay reads them from its file first. They run in turns; processor time of all threads counts.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.harness import Report, Runner, Size, Target, race
from benchmarks.ingest import PAYLOAD
from benchmarks.journal import Side, chunks
from sse_notebook.journal import Header
from sse_notebook.journal.writer import Writer
from sse_notebook.stream.replaying import replay
from sse_notebook.wire import Decoder

__all__ = ["run"]

HEAD = ("", "version", "µs an event", "time (replay = 1)")
OURS, LIVE = "replay", "live"
SPEED = 0.6


def run(size: Size) -> Iterator[Report]:
    """A replay at infinite speed, and the intake alone."""
    reads = chunks(size.events)
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder, "x.ssecast"), reads)
        result = race(
            [Runner(OURS, lambda: played(path, size.events), ours=True), Runner(LIVE, lambda: live(reads))],
            size.rounds,
        )
        yield Report(
            "Replay as fast as possible",
            f"{size.events:,} events of {PAYLOAD} bytes of payload, in reads of 64 KiB: live, from bytes in "
            "memory to rows; and replayed, from the file to rows.",
            HEAD,
            result.rows(OURS, size.events),
            [Target("Speed, of live ingest's", result.ratio(LIVE, OURS), SPEED)],
        )


def written(path: Path, reads: Sequence[bytes]) -> Path:
    """The recording of these reads."""
    decoder, writer = Decoder(), Writer(path, Header(started_us=1_700_000_000_000_000))
    for n, read in enumerate(reads):
        writer.events(n * 10_000, decoder.feed(read), len(read))
    writer.stop()
    return writer.path


def live(reads: Sequence[bytes]) -> float:
    """The seconds that it takes to take them in."""
    side = Side({}, counted=True)
    for read in reads:
        side.hear(read)
    side.close()
    return side.seconds


def played(path: Path, events: int) -> float:
    """The seconds until all of it is rows."""
    began = time.process_time()
    stream = replay(path, math.inf)
    took = time.process_time() - began
    if stream.rows != events:
        raise AssertionError(f"{stream.rows} rows of {events} events")
    stream.close()
    return took
