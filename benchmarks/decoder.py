"""Bytes to events, in process: no socket, 64 KiB at a time, every peer on the same bytes.

Processor time counts: nobody waits for anything here, and what else the machine does is not theirs.

The floor is `bytes.split` at blank lines, which knows nothing of fields, line ends, UTF-8 or cuts inside an
event: no decoder in Python can be faster than what tells one block from the next.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from benchmarks import peers, shapes
from benchmarks.harness import Race, Report, Runner, Size, Target, race
from sse_notebook.wire import Decoder

__all__ = ["run"]

READ = 65_536  # bytes
SPLIT = "bytes.split alone"
OURS = "sse_notebook"
PEER = "httpx-sse"
MAIN = next(iter(shapes.WIRES))

Loads = Callable[[str], Any]


def run(size: Size) -> Iterator[Report]:
    """The decoders on one form of the wire, the same with JSON, and the other forms."""
    bare = race(runners(MAIN, size.events, peers.DECODERS), size.rounds)
    nearest, ahead = bare.nearest(OURS, (decoding.name for decoding in peers.DECODERS))
    yield Report(
        "The decoder, in process",
        f"Bytes to events; {shapes.SIZE}-byte events ({MAIN}), read 64 KiB at a time.",
        ("", "version", "µs an event", "time (ours = 1)"),
        bare.rows(OURS, size.events),
        [
            Target("Times as fast as httpx-sse", bare.ratio(PEER, OURS), 5),
            Target(f"Times as fast as the fastest of the others ({nearest})", ahead, 1),
            Target("Part of the speed of `bytes.split` alone", percent(bare), 40, unit="%"),
        ],
    )
    decoded = race(runners(MAIN, size.events, peers.DECODERS, json.loads), size.rounds)
    yield Report(
        "The decoder, with JSON decoded",
        "The same bytes; each event's data decoded by `json.loads`, for ours by msgspec too.",
        ("", "version", "µs an event", "time (ours = 1)"),
        decoded.rows(OURS, size.events),
        [Target("Times as fast as httpx-sse, `json.loads` for both", decoded.ratio(PEER, OURS), 1)],
    )
    yield shaped(size)


def shaped(size: Size) -> Report:
    """Every form of the wire: ours, the floor, and httpx-sse."""
    rows = []
    worst: dict[str, float] = {}
    for wire in shapes.WIRES:
        result = race(runners(wire, size.events, peers.DECODERS[:1]), size.rounds)
        times, share = result.ratio(PEER, OURS) or 0.0, percent(result) or 0.0
        rows.append((wire, f"{times:.2f}", f"{share:.0f} %"))
        worst[wire] = times
    slowest = min(worst, key=worst.__getitem__)
    return Report(
        "The decoder, by the form of the wire",
        "As above, for the forms that servers send. How many times as fast as httpx-sse ours is, and which "
        "part of the speed of `bytes.split` at that form's blank lines it has.",
        ("form", "times httpx-sse", "of `bytes.split`"),
        rows,
        [Target(f"Times as fast as httpx-sse, the worst form ({slowest})", worst[slowest], 1)],
    )


def percent(result: Race) -> float | None:
    """Which part of the floor's speed is ours."""
    ratio = result.ratio(SPLIT, OURS)
    return None if ratio is None else 100 * ratio


def runners(
    wire: str, number: int, decoders: list[peers.Decoding], loads: Loads | None = None
) -> list[Runner]:
    """Ours, the floor and the peers, on `number` events; `loads`: what decodes the data, if anything does."""
    blocks = shapes.stream(wire, "flat", number)
    chunks = list(shapes.cut(b"".join(blocks), READ))
    check(wire, chunks, number)
    found = [Runner(OURS, lambda: ours(chunks, loads), ours=True)]
    if loads is not None:
        found.append(Runner(f"{OURS} and msgspec", lambda: ours(chunks, msgspec.json.decode), ours=True))
    else:
        found.append(Runner(SPLIT, lambda: split(chunks, b"\r\n\r\n" if "CRLF" in wire else b"\n\n")))
    return found + [
        Runner(each.name, lambda each=each: theirs(each, chunks, number, loads), each.package)
        for each in decoders
    ]


def check(wire: str, chunks: list[bytes], number: int) -> None:
    """What is measured is right: every event, with its data."""
    decoder = Decoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    room = shapes.flat(number - 1, 0).keys()
    last = json.loads(events[-1].data)
    expected = {**shapes.flat(number - 1, 0), "message": last["message"]}
    if len(events) != number or last.keys() != room or last != expected:
        raise AssertionError(f"{wire}: {len(events)} of {number} events, the last is {events[-1]}")


def ours(chunks: list[bytes], loads: Loads | None) -> float:
    """The seconds that our decoder takes."""
    decoder = Decoder()
    rows: list[Any] = []
    began = time.thread_time()
    if loads is None:
        for chunk in chunks:
            decoder.feed(chunk)
    else:
        for chunk in chunks:
            rows += [loads(event.data) for event in decoder.feed(chunk)]
    return time.thread_time() - began


def split(chunks: list[bytes], end: bytes) -> float:
    """The seconds that the floor takes: whole blocks, as bytes."""
    rest = b""
    began = time.thread_time()
    for chunk in chunks:
        blocks = (rest + chunk).split(end)
        rest = blocks.pop()
    return time.thread_time() - began


def theirs(decoding: peers.Decoding, chunks: list[bytes], number: int, loads: Loads | None) -> float:
    """The seconds that a peer takes."""
    began = time.thread_time()
    if loads is None:
        peers.exhaust(decoding.events(chunks), number)
    else:
        peers.take(decoding.events(chunks), number, loads)
    return time.thread_time() - began
