"""Events to rows, in process: read by the vocabulary and kept in a store, beside what keeps tables too.

The law: every run begins with an empty store and ends with rows that can be read; ours are checked: each is
there, with what was sent in its columns. Peers get what they are fastest with, and only what is flat: they
name no columns alike, read no times and keep no payload. Processor time of all threads counts.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

import sse_notebook as sse
from benchmarks import rows, shapes
from benchmarks.harness import Race, Report, Runner, Size, Target, race
from sse_notebook.events import Vocabulary
from sse_notebook.wire import ServerSentEvent

__all__ = ["run"]

OURS = "sse_notebook"
PAYLOAD = 230  # bytes
READ = 300  # events
# What one event at a time takes so long with that only a part is timed.
SLOW = 25
HEAD = ("", "version", "µs an event", "events/s", "time (ours = 1)")

KINDS = {
    "flat": ("flat snake_case", 250_000),
    "nested": ("nested", 150_000),
    "camel": ("nested, camelCase", 150_000),
    "mixed": ("all shapes shuffled", 110_000),
}
FIELDS = ("event_type", "timestamp", "workload_id", "project_id", "status", "message")

Reads = Sequence[Sequence[str]]


def run(size: Size) -> Iterator[Report]:
    """Reads of many events, of each shape; reads of one."""
    yield many(size)
    yield shaped(size)
    yield single(size)


def many(size: Size) -> Report:
    """Flat events, against who keeps tables."""
    reads = cut(texts("flat", size.events), READ)
    result = race(
        [Runner(OURS, lambda: ours("flat", size.events, READ), ours=True), *peers(reads)], size.rounds
    )
    return Report(
        "From the event to the row, in process",
        f"Flat events, {PAYLOAD} bytes of payload each, {READ} in a read: ours are read by the vocabulary "
        "(names, ids, times, severity) and kept with their payload. perspective's `update` gets JSON, "
        "polars' `extend` and DuckDB's `insert` what msgspec decodes; a list of dictionaries is the least "
        "that can be kept.",
        HEAD,
        table(result, size.events),
        [Target(f"Flat snake_case, reads of {READ}", speed(result, size), 250_000, unit="events a second")],
    )


def shaped(size: Size) -> Report:
    """Every shape: ours, and decoding alone."""
    lines, targets = [], []
    decoded = "msgspec and a list"
    for kind, (name, wanted) in KINDS.items():
        reads = cut(texts(kind, size.events), READ)
        result = race(
            [
                Runner(OURS, lambda kind=kind: ours(kind, size.events, READ), ours=True),
                Runner(decoded, lambda reads=reads: listed(reads, msgspec.json.decode), "msgspec"),
                Runner("json", lambda reads=reads: listed(reads, json.loads)),
            ],
            size.rounds,
        )
        events = speed(result, size)
        ratios = (f"{result.ratio(OURS, other) or 0:.2f}" for other in ("json", decoded))
        lines.append((name, f"{1e6 / events:.2f}", f"{events:,.0f}", *ratios))
        targets.append(Target(name[0].upper() + name[1:], events, wanted, unit="events a second"))
    return Report(
        "From the event to the row, by the shape of the payload",
        f"As above, in reads of {READ}. Beside it, how many times as long it takes as decoding each payload "
        "into a list, by `json.loads` and by msgspec.",
        ("shape", "µs an event", "events/s", "`json.loads` = 1", "msgspec = 1"),
        lines,
        targets,
    )


def single(size: Size) -> Report:
    """Reads of one event."""
    some = max(1, size.events // SLOW)
    result = race(
        [
            Runner(OURS, lambda: ours("flat", size.events, 1), ours=True),
            *peers(cut(texts("flat", some), 1), size.events / some),
        ],
        size.rounds,
    )
    return Report(
        "From the event to the row, one event in a read",
        f"Flat events, one by one, as a slow stream brings them. The others: {some:,} events, their time "
        f"taken {size.events / some:g}-fold.",
        HEAD,
        table(result, size.events),
        [Target("An event", 1e6 / speed(result, size), 4, least=False, unit="µs")],
    )


def speed(result: Race, size: Size) -> float:
    """Events a second of ours."""
    return size.events / statistics.median(result.times[OURS])


def table(result: Race, events: int) -> list[Sequence[str]]:
    """The race's rows with a column for events a second."""
    return [
        (name, release, per_event, f"{1e6 / float(per_event):,.0f}" if per_event else "", ratio)
        for name, release, per_event, ratio in result.rows(OURS, events)
    ]


# -- what comes --------------------------------------------------------------------------------------------


def texts(kind: str, number: int) -> list[str]:
    """The payloads of so many events."""
    return [shapes.text(shapes.PAYLOADS[kind], at, PAYLOAD) for at in range(number)]


def cut(values: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Them in reads of this size."""
    return [values[start : start + size] for start in range(0, len(values), size)]


# -- who takes part ----------------------------------------------------------------------------------------


def ours(kind: str, number: int, read: int) -> float:
    """The seconds until every row is in a store, and the store says so."""
    messages = [
        ServerSentEvent("workload_status_update", text, f"{at:06}", f"{at:06}")
        for at, text in enumerate(texts(kind, number))
    ]
    reads = cut(messages, read)
    vocabulary, store = Vocabulary(), sse.EventStore(max_rows=number)
    now_us = shapes.FIRST * 1_000_000
    began = time.process_time()
    for part in reads:
        store.take(vocabulary.read_all(part, now_us, source="bench").rows)
    kept, last = len(store), store.last_event
    seconds = time.process_time() - began
    rows.check(store, kind, number, kept, last)
    return seconds


def listed(reads: Reads, loads: Callable[[str], Any]) -> float:
    """The seconds that decoding into a list takes."""
    kept: list[Any] = []
    began = time.process_time()
    for read in reads:
        kept += map(loads, read)
    return time.process_time() - began


def peers(reads: Reads, times: float = 1) -> list[Runner]:
    """Who keeps tables too, and lists; their times as often as said."""

    def runner(name: str, once: Callable[[Reads], float], package: str = "") -> Runner:
        return Runner(name, lambda: once(reads) * times, package)

    return [
        runner("json.loads and a list", lambda reads: listed(reads, json.loads)),
        runner("msgspec and a list", lambda reads: listed(reads, msgspec.json.decode), "msgspec"),
        runner("perspective", perspective, "perspective-python"),
        runner("polars", polars, "polars"),
        runner("DuckDB", duckdb, "duckdb"),
    ]


def perspective(reads: Reads) -> float:
    """The seconds that a table of perspective takes."""
    import perspective as psp  # type: ignore[import-not-found]  # a peer: not where the tests run

    table = psp.Server().new_local_client().table({name: _is("integer", "string", name) for name in FIELDS})
    began = time.process_time()
    for read in reads:
        table.update(f"[{','.join(read)}]", format="json")
    kept = table.size()
    return _took(began, kept, reads)


def polars(reads: Reads) -> float:
    """The seconds that a frame of polars takes."""
    import polars as pl

    schema = {name: _is(pl.Int64, pl.String, name) for name in FIELDS}
    frame = pl.DataFrame(schema=schema)
    began = time.process_time()
    for read in reads:
        frame.extend(pl.DataFrame([*map(msgspec.json.decode, read)], schema=schema))
    kept = len(frame)
    return _took(began, kept, reads)


def duckdb(reads: Reads) -> float:
    """The seconds that a table of DuckDB, in memory, takes."""
    import duckdb as ddb
    import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

    schema = pa.schema([(name, _is(pa.int64(), pa.string(), name)) for name in FIELDS])
    columns = ", ".join(f"{name} {_is('BIGINT', 'VARCHAR', name)}" for name in FIELDS)
    with ddb.connect() as connection:
        connection.execute(f"CREATE TABLE kept ({columns})")
        began = time.process_time()
        for read in reads:
            fresh = pa.Table.from_pylist([*map(msgspec.json.decode, read)], schema=schema)
            connection.register("fresh", fresh)
            connection.execute("INSERT INTO kept SELECT * FROM fresh")
        (kept,) = connection.execute("SELECT count(*) FROM kept").fetchone() or (0,)
        return _took(began, kept, reads)


def _is(number: Any, text: Any, name: str) -> Any:
    return number if name == "timestamp" else text


def _took(began: float, kept: int, reads: Reads) -> float:
    seconds = time.process_time() - began
    if kept != sum(map(len, reads)):
        raise AssertionError(f"{kept} rows are kept")
    return seconds
