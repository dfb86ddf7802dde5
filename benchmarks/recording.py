"""What it costs to record, and what to read a recording.

The law: a stream that is recorded and one that is not are sent the same, one after the other, in turns;
processor time of all threads counts, that of the writer too, up to its last line. A recording is read into
objects by us, and by `json.loads`, line by line, into dictionaries. What is recorded is checked.
"""

from __future__ import annotations

import gzip
import itertools
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import sse_notebook as sse
from benchmarks import shapes
from benchmarks.harness import Report, Runner, Size, Target, race
from benchmarks.journal import chunks
from benchmarks.sender import Sender
from sse_notebook.journal import Header, open_cast
from sse_notebook.journal.writer import Writer
from sse_notebook.wire import Decoder

__all__ = ["run"]

HEAD = ("", "version", "µs an event", "time (ours = 1)")
RECORDED, PLAIN = "recorded", "not recorded"
OURS, JSON = "sse_notebook", "json.loads, line by line"
WIRE = next(iter(shapes.WIRES))
PATIENCE = 60.0  # seconds for one run
COST, FASTER, LARGER, ROWS = 1.10, 5.0, 1.5, 3.0
SINGLY = "sse_notebook, each at its own time"


_numbers = itertools.count()


def run(size: Size) -> Iterator[Report]:
    """Recording; reading; how large it is."""
    reads = chunks(size.events)
    with tempfile.TemporaryDirectory() as folder:
        number = iter(range(10**6))

        def path(suffix: str = ".ssecast") -> Path:
            return Path(folder, f"{next(number)}{suffix}")

        with Sender() as sender:
            url = sender.stream(WIRE, "flat", size.events)
            result = race(
                [
                    Runner(RECORDED, lambda: stream(url, size.events, path()), ours=True),
                    Runner(PLAIN, lambda: stream(url, size.events, None)),
                ],
                size.rounds,
            )
        yield Report(
            "Recording",
            f"Loopback, {size.events:,} events of {shapes.SIZE} bytes, one a chunk: `connect` until each row "
            "is in its store; with `record=` until the last line with the hash is on the disk, and without.",
            HEAD,
            result.rows(RECORDED, size.events),
            [Target("Time, of that without", result.ratio(RECORDED, PLAIN), COST, least=False)],
        )
        whole = written(path(), size.rows)
        loaded = race(
            [Runner(OURS, lambda: ours(whole), ours=True), Runner(JSON, lambda: by_json(whole))],
            max(1, size.rounds // 3),
        )
        yield Report(
            "Reading a recording",
            f"A recording of {size.rows:,} events, in reads of 64 KiB: into objects, the type, the data and "
            "the id of each, as `load` and `replay` take them; what stands in `data` is text to both.",
            HEAD,
            loaded.rows(OURS, size.rows),
            [Target("Times as fast as json.loads", loaded.ratio(JSON, OURS), FASTER)],
        )
        few, singly = written(path(), size.events), written(path(), size.events, singly=True)
        to_rows = race(
            [
                Runner(SINGLY, lambda: rows(singly, size.events), ours=True),
                Runner(OURS, lambda: rows(few, size.events)),
                Runner(JSON, lambda: by_json(singly)),
            ],
            size.rounds,
        )
        yield Report(
            "From a recording to the DataFrame",
            f"`sse.load(path).df` of {size.events:,} events: a busy stream's, in reads of 64 KiB; and a "
            "quiet one's, each event at its own time; normalised, and with the payload's fields as columns. "
            "Beside it what it takes to make dictionaries of these lines.",
            HEAD,
            to_rows.rows(SINGLY, size.events),
            [
                Target(
                    "Time, of json.loads', each event at its own time",
                    to_rows.ratio(SINGLY, JSON),
                    ROWS,
                    least=False,
                )
            ],
        )
        wire = b"".join(reads)
        packed = path(".ssecast.gz")
        write(packed, reads, size.events)
        sizes = packed.stat().st_size, len(gzip.compress(wire, 6))
        yield Report(
            "The size of a recording",
            f"{size.events:,} events, compressed: `.ssecast.gz`, which can be read after a crash, up to the "
            "last quarter of a second; and gzip of the bytes of the wire, all at once.",
            ("", "bytes an event"),
            [
                (name, f"{each / size.events:.1f}")
                for name, each in zip((".ssecast.gz", "gzip"), sizes, strict=True)
            ],
            [Target("Size, of gzip's", sizes[0] / sizes[1], LARGER, least=False)],
        )


def stream(url: str, number: int, path: Path | None) -> float:
    """The processor's seconds until every row is in the store, and in the recording."""
    began = time.process_time()
    with sse.connect(url, name=f"run {next(_numbers)}", record=path) as live:
        recordings = live.recordings
        live.wait_for(number, timeout=PATIENCE)
    took = time.process_time() - began
    if path is not None and (len(recordings[0]) != number or not recordings[0].verify()):
        raise AssertionError(f"the recording is not whole: {recordings[0].verify()}")
    return took


def rows(path: Path, number: int) -> float:
    """Until it is a DataFrame."""
    began = time.process_time()
    df = sse.load(path).df
    took = time.process_time() - began
    if len(df) != number:
        raise AssertionError(f"{len(df)} rows")
    return took


def written(path: Path, events: int, *, singly: bool = False) -> Path:
    """A recording of so many events."""
    return write(path, chunks(min(events, 50_000)), events, singly=singly)


def write(path: Path, reads: Sequence[bytes], events: int, *, singly: bool = False) -> Path:
    """Record these reads, again and again, until there are so many events; or each event at its own time."""
    decoder, writer, done = Decoder(), Writer(path, Header(started_us=0)), 0
    while done < events:
        for read in reads:
            found = decoder.feed(read)[: events - done]
            for part in ([event] for event in found) if singly else [found]:
                writer.events(done, part, len(read) * len(part) // len(found))
                done += len(part)
        writer.flush()
    if not writer.stop():
        raise AssertionError(writer.error)
    return writer.path


def ours(path: Path) -> float:
    """Into objects, as `load` and `replay` take them: those of one read together."""
    began = time.process_time()
    pieces = list(open_cast(path).runs())
    took = time.process_time() - began
    events = sum(len(run.bodies) for runs in pieces for run in runs if run.code == "ev")
    if events < 300 or not pieces[-1][-1].code == "end" or pieces[-1][-1].bodies[0]["n"] != events:
        raise AssertionError(f"{events} events")
    return took


def by_json(path: Path) -> float:
    """Into dictionaries."""
    began = time.process_time()
    with path.open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    took = time.process_time() - began
    if len(lines) < 300:
        raise AssertionError(f"{len(lines)} lines")
    return took
