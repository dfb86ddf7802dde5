"""The format of a recording, `.ssecast`: objects <-> lines of JSON. No I/O.

The law: UTF-8, one JSON value a line. The first line is the header, an object; each other one is an entry,
`[t, code, body]`, with `t` in seconds since the header's `started`, six decimals. Who reads skips the codes
that he does not know. Entries of one read of the live stream have one `t`: what arrived together, arrives
together again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from sse_notebook.wire import ServerSentEvent

__all__ = [
    "CODES",
    "VERSION",
    "Entry",
    "Header",
    "Run",
    "encode_entries",
    "encode_events",
    "encode_header",
]

#: The version of the format that is written; a file of another one is refused.
VERSION: Final = 1

#: Each code, and what its body is. Times in bodies are seconds since `started`, as `t` is.
CODES: Final[dict[str, str]] = {
    # -- of the contract
    "open": "a connection is open: {connection: its number from 1 on, resumed_from: an id or '', recovered: "
    "whether the server knew that id (true, false, or null: it did not say)}",
    "ev": "an event that arrived: {event, data, id} as on the wire; `id` only if it stood in that block",
    "cm": "a comment: its text",
    "retry": "the server set the reconnection time: milliseconds",
    "gap": "a hole that has ended, before the `open` that ended it: {start, end, reason, recovered, "
    "last_event_id}; `end` is null where the recording ended first",
    "bad": "an event that could not be taken: {event, id (if it had one), reason}",
    "mark": "a note by people: {text, at (if it is about another time)}",
    "ack": "an alert was acknowledged: {seq, id (if it has one): its newest event, note, by}; "
    "or with `sent`: whether the server took that",
    "sil": "a silence was set: {filter, seconds (how long), reason, mute ({type, resource}, if it is one)}; "
    "or with `lifted`: it was ended",
    "end": "the end: {n: number of `ev`, sha256: of every byte before this line, in hex}",
    # -- beyond it, for an exact replay
    "state": "the connection moved: {state, cause, attempt, since, retry_at (if it waits), lost (if a gap "
    "began: [start, reason]), bytes, lines (received so far, since the recording began)}",
    "dup": "an event that the server sent a second time, and that was dropped: as `ev`",
    "fill": "the server said of the newest gap whether it was refilled: {start, recovered}",
    "seq": "the next row has this `seq`: a whole number; without it, the one after the row before",
    "lost": "what the recorder could not write: {n: events, reason}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line of a recording.

    Attributes:
        started_us: when it began: Unix time in microseconds.
        url: where the events came from, redacted.
        request: what was asked for: `name`, `platform`, `filters`, `params`, …
        first_seq: the `seq` of the first row.
        redacted: what was taken out, in words.
        env: which versions wrote it.
        more: what else stood in it.
        ssecast: the version of the format.
    """

    started_us: int
    url: str = ""
    request: dict[str, Any] = field(default_factory=dict)
    first_seq: int = 0
    redacted: list[str] = field(default_factory=list)
    env: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    ssecast: int = VERSION

    @property
    def started(self) -> str:
        """When it began, as RFC 3339 in UTC."""
        return rfc3339(self.started_us)

    @property
    def asked(self) -> dict[str, Any]:
        """The query parameters that were asked for, as far as they can be read."""
        parts = (self.request.get(name) for name in ("params", "filters"))
        return {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}


class Entry(NamedTuple):
    """A line of a recording.

    Attributes:
        us: when, in microseconds since the header's `started_us`.
        code: one of `CODES`, or one that is not known.
        body: of `ev` and `dup` a `ServerSentEvent`, of all others what the JSON says.
    """

    us: int
    code: str
    body: Any


class Run(NamedTuple):
    """Lines of one time and one code that stand together; of what is no event, one.

    Attributes:
        us: as that of an `Entry`.
        code: likewise.
        bodies: of each line its own.
    """

    us: int
    code: str
    bodies: Sequence[Any]


def rfc3339(us: int) -> str:
    """Unix time in microseconds as text.

    Example:
        >>> rfc3339(0)
        '1970-01-01T00:00:00.000000Z'
    """
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def seconds(us: int) -> str:
    """Microseconds as seconds with six decimals.

    Example:
        >>> seconds(1_500_000), seconds(-1)
        ('1.500000', '-0.000001')
    """
    whole, part = divmod(abs(us), 1_000_000)
    return f"{'-' * (us < 0)}{whole}.{part:06}"


# -- writing ---------------------------------------------------------------------------------------------


class _Told(msgspec.Struct, gc=False):
    event: str
    data: str
    id: str | msgspec.UnsetType


_ENCODER = msgspec.json.Encoder()
_UNSET = msgspec.UNSET


def encode_header(header: Header) -> bytes:
    """The header's line.

    Example:
        >>> encode_header(Header(started_us=0))[:54]
        b'{"ssecast":1,"started":"1970-01-01T00:00:00.000000Z","'
    """
    told = {
        "ssecast": header.ssecast,
        "started": header.started,
        "url": header.url,
        "request": header.request,
        "first_seq": header.first_seq,
        "redacted": header.redacted,
        "env": header.env,
    }
    return _json({**told, **{name: value for name, value in header.more.items() if name not in told}}) + b"\n"


def encode_events(us: int, events: Sequence[ServerSentEvent], code: str = "ev") -> bytes:
    """The lines of events that arrived together.

    Example:
        >>> encode_events(1, [ServerSentEvent(data="x")])
        b'[0.000001,"ev",{"event":"message","data":"x"}]\\n'
    """
    t, unset, make = msgspec.Raw(seconds(us).encode()), _UNSET, _Told
    lines = [
        (t, code, make(event.event, event.data, unset if event.own_id is None else event.own_id))
        for event in events
    ]
    try:
        return _ENCODER.encode_lines(lines)
    except UnicodeEncodeError:
        return b"".join(_line(us, code, _told(event)) for event in events)


def encode_entries(entries: Iterable[Entry]) -> bytes:
    """The lines of entries.

    Raises:
        TypeError: a body is no JSON.

    Example:
        >>> encode_entries([Entry(2_000_000, "mark", {"text": "deployed"})])
        b'[2.000000,"mark",{"text":"deployed"}]\\n'
    """
    return b"".join(
        _line(us, code, _told(body) if isinstance(body, ServerSentEvent) else body)
        for us, code, body in entries
    )


def _told(event: ServerSentEvent) -> dict[str, str]:
    told = {"event": event.event, "data": event.data}
    return told if event.own_id is None else {**told, "id": event.own_id}


def _line(us: int, code: str, body: Any) -> bytes:
    return b"[%b,%b,%b]\n" % (seconds(us).encode(), _json(code), _json(body))


def _json(value: Any) -> bytes:
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:  # half a character: text of people, never of the wire
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
