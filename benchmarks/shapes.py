"""Streams to measure with: the same bytes every time, in the forms in which servers send them.

The law: event number `i` of a shape is always the same, so that whoever reads it can check what he got. Every
event takes `SIZE` bytes on the wire, whatever its shape: only the form differs. Standard library only: the
sender imports this too, and must start fast.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

__all__ = ["PAYLOADS", "SIZE", "WIRES", "Payload", "cut", "framed", "stream", "text"]

SIZE = 237  # bytes of an event on the wire, blank line included: a status update with a short message
FIRST = 1_800_000_000  # Unix seconds: the time of event 0; each is a second after the one before

Payload = Callable[[int, int], dict[str, Any]]


def flat(number: int, room: int) -> dict[str, Any]:
    """As most servers send: snake_case, one level, a Unix time. `room`: how long the message is."""
    return {
        "event_type": "workload_status_update",
        "timestamp": FIRST + number,
        "workload_id": f"wl-{number % 1000:03}",
        "project_id": f"p-{number % 20:02}",
        "status": ("running", "stopped", "pending")[number % 3],
        "message": "m" * room,
    }


def iso(number: int, room: int) -> dict[str, Any]:
    """The same with its time as ISO 8601 text."""
    time = datetime.fromtimestamp(FIRST + number, UTC).isoformat().replace("+00:00", "Z")
    return {**flat(number, room), "timestamp": time}


def nested(number: int, room: int) -> dict[str, Any]:
    """The same with everything but name and time inside `data`."""
    event = flat(number, room)
    return {"event_type": event.pop("event_type"), "timestamp": event.pop("timestamp"), "data": event}


def camel(number: int, room: int) -> dict[str, Any]:
    """As front-ends write it: camelCase, milliseconds, the details inside `data`."""
    event = flat(number, room)
    return {
        "type": event["event_type"],
        "timestamp": event["timestamp"] * 1000,
        "data": {
            "workloadId": event["workload_id"],
            "projectId": event["project_id"],
            "status": event["status"],
            "message": event["message"],
        },
    }


_KINDS = (flat, iso, nested, camel)
_ORDER = [kind for kind in _KINDS for _ in range(64)]
random.Random(1).shuffle(_ORDER)  # noqa: S311 - the same disorder every time, not a secret


def mixed(number: int, room: int) -> dict[str, Any]:
    """All four, in disorder."""
    return _ORDER[number % len(_ORDER)](number, room)


PAYLOADS: dict[str, Payload] = {"flat": flat, "nested": nested, "camel": camel, "mixed": mixed}


def text(payload: Payload, number: int, size: int) -> str:
    """The payload as JSON of exactly `size` bytes (or as short as it can be, if that is more)."""
    bare = json.dumps(payload(number, 0), separators=(",", ":"))
    return json.dumps(payload(number, max(0, size - len(bare))), separators=(",", ":"))


Wire = Callable[[Payload, int], bytes]


def _wire(form: str, more: int = 0) -> Wire:
    """A form of the wire: `form` with the place of id, name and payload; `more`: bytes beside the event."""

    def block(payload: Payload, number: int) -> bytes:
        values = {"id": f"{number:06}", "event": "workload_status_update", "data": ""}
        rest = len(form.format_map(values))
        return form.format_map({**values, "data": text(payload, number, SIZE + more - rest)}).encode()

    return block


def _lines(payload: Payload, number: int) -> bytes:
    """JSON set out over several lines, each of them a `data:` line."""

    def block(room: int) -> bytes:
        lines = json.dumps(payload(number, room), indent=0).split("\n")
        return "".join([f"id: {number:06}\n", *(f"data: {line}\n" for line in lines), "\n"]).encode()

    return block(max(0, SIZE - len(block(0))))


WIRES: dict[str, Wire] = {
    "id, event, data": _wire("id: {id}\nevent: {event}\ndata: {data}\n\n"),
    "event, data, id (FastAPI)": _wire("event: {event}\ndata: {data}\nid: {id}\n\n"),
    "data only": _wire("data: {data}\n\n"),
    "no space after the colon (PocketBase)": _wire("id:{id}\nevent:{event}\ndata:{data}\n\n"),
    "CRLF (sse-starlette)": _wire("id: {id}\r\nevent: {event}\r\ndata: {data}\r\n\r\n"),
    "a comment before each event": _wire(": ping\n\nid: {id}\nevent: {event}\ndata: {data}\n\n", more=8),
    "data in several lines": _lines,
}


def stream(wire: str, payload: str, events: int) -> list[bytes]:
    """The blocks of the events 0 to `events - 1`."""
    block, what = WIRES[wire], PAYLOADS[payload]
    return [block(what, number) for number in range(events)]


def cut(data: bytes, size: int) -> Iterator[bytes]:
    """The bytes in pieces of `size`."""
    return (data[start : start + size] for start in range(0, len(data), size))


def framed(blocks: list[bytes], size: int | None = None) -> bytes:
    """A chunked body: a chunk for each block, as uvicorn sends events; or chunks of `size` bytes.

    It has no last chunk: the stream goes on, as live ones do.
    """
    pieces = blocks if size is None else cut(b"".join(blocks), size)
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
