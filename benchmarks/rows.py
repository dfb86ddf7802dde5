"""From the socket to the row: a whole stream, over loopback, into the store, JSON decoded.

What every client is timed for is all of its way: the request, the bytes, the event, the JSON, and the place
where it is kept: for peers a list, for ours the store of an ordinary `connect`, with its counters, toasts and
limits. Each run of ours is checked: every row is there, in order, with what was sent in its columns.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pandas as pd

import sse_notebook as sse
from benchmarks import peers, shapes
from benchmarks.harness import Report, Runner, Size, Target, race
from benchmarks.sender import Sender

__all__ = ["run"]

OURS, PEER = "sse_notebook", "httpx-sse"
WIRE = next(iter(shapes.WIRES))
PATIENCE = 60.0  # seconds for one run
HEAD = ("", "version", "µs an event", "time (ours = 1)")

_numbers = itertools.count()


def run(size: Size) -> Iterator[Report]:
    """Flat events against everybody, mixed ones, and on to the DataFrame."""
    with Sender() as sender:
        flat = sender.stream(WIRE, "flat", size.events)
        result = race(
            [
                Runner(OURS, lambda: ours(flat, "flat", size.events), ours=True),
                *(theirs(client, flat, size.events, json.loads) for client in peers.CLIENTS),
                theirs(peers.CLIENTS[0], flat, size.events, msgspec.json.decode, f"{PEER} and msgspec"),
            ],
            size.rounds,
        )
        nearest, ahead = result.nearest(OURS, (name for name in result.times if name != OURS))
        yield Report(
            "From the socket to the row",
            f"Loopback, one event per HTTP chunk as uvicorn sends them, {shapes.SIZE}-byte events, flat "
            "snake_case: `sse_notebook.connect` until every row is in its store, against each client with "
            "`json.loads` and `list.append`.",
            HEAD,
            result.rows(OURS, size.events),
            [
                Target(
                    "Times as fast as httpx-sse, `json.loads` and `list.append`",
                    result.ratio(PEER, OURS),
                    5.5,
                ),
                Target(f"Times as fast as the fastest of the others ({nearest})", ahead, 1),
            ],
        )
        mixed = sender.stream(WIRE, "mixed", size.events)
        result = race(
            [
                Runner(OURS, lambda: ours(mixed, "mixed", size.events), ours=True),
                theirs(peers.CLIENTS[0], mixed, size.events, json.loads),
            ],
            size.rounds,
        )
        yield Report(
            "From the socket to the row, mixed shapes",
            "A quarter each, in disorder: flat with a Unix time, flat with ISO 8601, nested in `data`, and "
            "camelCase with milliseconds. For the peer they are dictionaries of four kinds; for ours one "
            "kind of row.",
            HEAD,
            result.rows(OURS, size.events),
            [Target("Times as fast as httpx-sse", result.ratio(PEER, OURS), 4.5)],
        )
        result = race(
            [
                Runner(OURS, lambda: ours(flat, "flat", size.events, lambda stream: stream.df), ours=True),
                theirs(peers.CLIENTS[0], flat, size.events, json.loads, then=pd.DataFrame),
            ],
            size.rounds,
        )
        yield Report(
            "From the socket to the DataFrame",
            "Flat events, and then what they are collected for: `stream.df`, its payload columns included, "
            "against `pd.DataFrame(list)`.",
            HEAD,
            result.rows(OURS, size.events),
            [Target("Times as fast as httpx-sse and `pd.DataFrame`", result.ratio(PEER, OURS), 1)],
        )


def ours(url: str, payload: str, number: int, then: Callable[[sse.EventStream], Any] = id) -> float:
    """The seconds until every row is in the store, and `then` is done."""
    name = f"run {next(_numbers)}"  # another stream each time: the same would be found, and not made
    began = time.perf_counter()
    stream = sse.connect(url, name=name)
    try:
        stream.wait_for(number, timeout=PATIENCE)
        count, last = len(stream.store), stream.store.last_event
        then(stream)
        seconds = time.perf_counter() - began
        check(stream, payload, number, count, last)
    finally:
        stream.close()
    return seconds


def check(
    stream: sse.EventStream | sse.EventStore, payload: str, number: int, count: int, last: sse.Event | None
) -> None:
    """All that was sent is there: each id, in order, and what a sample of the rows says.

    Raises:
        AssertionError: it is not; the figure would be worth nothing.
    """
    df = stream.to_pandas(expand=[])
    if len(df) != number:
        raise AssertionError(f"{payload}: rows are not what was sent: {len(df)} instead of {number}")
    sample = sorted({0, number // 3, number // 2, number - 1})
    names = ["workload_id", "project_id", "status", "type"]
    times = (df["timestamp"].iloc[sample] - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)
    wanted = [shapes.flat(i, 0) for i in sample]
    seen = (
        count,
        last.id if last else None,
        list(df["id"]) == [f"{i:06}" for i in range(number)],
        df[names].iloc[sample].to_dict("records"),
        list(times),
        len({*df["data"].iloc[sample]}),
    )
    expected = (
        number,
        f"{number - 1:06}",
        True,
        [{**{name: each.get(name) for name in names}, "type": "workload.status"} for each in wanted],
        [each["timestamp"] for each in wanted],
        len(sample),
    )
    if seen != expected:
        raise AssertionError(f"{payload}: rows are not what was sent: {seen} instead of {expected}")


def theirs(
    client: peers.Client,
    url: str,
    number: int,
    loads: Callable[[str], Any],
    name: str = "",
    then: Callable[[list[Any]], Any] = len,
) -> Runner:
    """A peer, until every event is decoded and in a list, and `then` is done."""

    def run() -> float:
        began = time.perf_counter()
        events = client.events(url)
        rows = peers.take(events, number, loads)
        then(rows)
        seconds = time.perf_counter() - began
        if len(rows) != number:
            raise AssertionError(f"{len(rows)} of {number} events")
        return seconds

    return Runner(name or client.name, run, client.package)
