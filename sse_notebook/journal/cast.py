"""The format of a recording, `.ssecast`: objects <-> lines of JSON. No I/O.

The law: UTF-8, one JSON value a line. The first line is the header, an object; each other one is an entry,
`[t, code, body]`, with `t` in seconds since the header's `started`, six decimals. Who reads skips the codes
that he does not know. Entries of one read of the live stream have one `t`: what arrived together, arrives
together again.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import repeat
from typing import Any, Final, NamedTuple

import msgspec

from sse_notebook.errors import RecordingError
from sse_notebook.wire import ServerSentEvent

__all__ = [
    "CODES",
    "VERSION",
    "CastError",
    "Entry",
    "Header",
    "decode_entries",
    "decode_entry",
    "decode_header",
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
    "ack": "an alert was acknowledged: an object",
    "sil": "a silence was set or lifted: an object",
    "end": "the end: {n: number of `ev`, sha256: of every byte before this line, in hex}",
    # -- beyond it, for an exact replay
    "state": "the connection moved: {state, cause, attempt, since, retry_at (if it waits), lost (if a gap "
    "began: [start, reason]), bytes, lines (received so far, since the recording began)}",
    "dup": "an event that the server sent a second time, and that was dropped: as `ev`",
    "fill": "the server said of the newest gap whether it was refilled: {start, recovered}",
    "seq": "the next row has this `seq`: a whole number; without it, the one after the row before",
    "lost": "what the recorder could not write: {n: events, reason}",
}


CastError = RecordingError


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


# -- reading ---------------------------------------------------------------------------------------------


# A rename is of the fields that a class has itself: hence all of them again.
_NAMES: Final = {"own_id": "id", "id": "the id that counts"}


class _Event(ServerSentEvent, frozen=True, gc=False, eq=False, rename=_NAMES):
    """An event as its line has it, which says only what stood in the block itself."""

    event: str = "message"
    data: str = ""
    id: str = ""
    own_id: str | None = None


class _Line(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    t: float
    code: str
    body: _Event | str | int | float | bool | list[Any] | None


_LINE = msgspec.json.Decoder(_Line)
_EVENTS = frozenset({"ev", "dup"})
_set = msgspec.structs.force_setattr
_ENTRY = partial(tuple.__new__, Entry)  # in C, which a named tuple's own way is not
_FARTHEST = 2**53 / 1e6  # seconds: beyond it microseconds are no whole numbers any more


def decode_header(line: bytes) -> Header:
    """The header of its line.

    Raises:
        RecordingError: it is none, or one of another version.

    Example:
        >>> decode_header(b'{"ssecast": 1, "started": "2026-11-28T12:00:00Z", "url": "x"}').started
        '2026-11-28T12:00:00.000000Z'
    """
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or "ssecast" not in told:
        raise RecordingError(
            f'this is no recording: it begins with {line[:40]!r}, not with {{"ssecast": 1, …}}'
        )
    version = told.pop("ssecast")
    if version != VERSION or isinstance(version, bool):
        raise RecordingError(
            f"this is a recording of version {json.dumps(version)[:40]}, and this program reads version "
            f"{VERSION}: a newer sse_notebook may read it"
        )
    started_us = _moment(told.pop("started", None))
    first_seq = told.pop("first_seq", 0)
    env, redacted, request = told.pop("env", None), told.pop("redacted", None), told.pop("request", None)
    return Header(
        started_us=started_us,
        url=_text(told.pop("url", "")),
        request=request if isinstance(request, dict) else {},
        first_seq=first_seq if _whole(first_seq) and 0 <= first_seq < 2**62 else 0,
        redacted=[_text(what) for what in redacted] if isinstance(redacted, list) else [],
        env=env if isinstance(env, dict) else {},
        more=told,
    )


def decode_entry(line: bytes) -> Entry:
    """The entry of its line.

    Raises:
        RecordingError: it is none; the message says why.

    Example:
        >>> decode_entry(b'[1.5, "ev", {"event": "edit", "data": "x"}]').us
        1500000
    """
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        why = "nested too deep" if isinstance(error, RecursionError) else str(error)[:120]
        raise RecordingError(f"no JSON: {why}") from None
    if not isinstance(told, list) or len(told) != 3:
        raise RecordingError("not of the form [t, code, body]")
    t, code, body = told
    if isinstance(t, bool) or not isinstance(t, int | float) or not abs(t) < _FARTHEST:
        raise RecordingError("its time is no number of seconds")
    if not isinstance(code, str):
        raise RecordingError("its code is no text")
    if code in _EVENTS:
        body = _event(body)
    return Entry(round(t * 1e6), code, body)


def decode_entries(lines: bytes, last_id: str = "") -> list[Entry]:
    """The entries of whole lines, several times faster than one by one.

    Args:
        lines: the lines.
        last_id: the id that events have until one sets another.

    Raises:
        RecordingError: something is wrong in one of them: read them one by one.
    """
    try:
        read = _LINE.decode_lines(lines)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise RecordingError(str(error)) from None
    if (entries := _all_events(read, last_id)) is not None:
        return entries
    singly: list[bytes] | None = None
    entries = []
    for at, line in enumerate(read):
        body = line.body
        if type(body) is _Event and line.code in _EVENTS and body.event and abs(line.t) < _FARTHEST:
            entry = Entry(round(line.t * 1e6), line.code, body)
        else:  # its object was taken for an event, or it is odd in another way
            singly = singly if singly is not None else [one for one in lines.split(b"\n") if one.strip()]
            if len(singly) != len(read):
                raise RecordingError("its lines can't be told apart")
            entry = decode_entry(singly[at])
        if entry.code == "ev":
            last_id = with_id(entry.body, last_id)
        elif entry.code == "dup":
            with_id(entry.body, "")
        entries.append(entry)
    return entries


def with_id(event: ServerSentEvent, last_id: str) -> str:
    """Give an event that was just read the id that counts, its own or else this; returns it."""
    counts = last_id if event.own_id is None else event.own_id
    _set(event, "id", counts)  # nobody else has seen it
    return counts


class _Micros(dict[float, int]):
    """Microseconds by seconds: those of one read are the same."""

    def __missing__(self, t: float) -> int:
        if not abs(t) < _FARTHEST:
            raise OverflowError
        self[t] = us = round(t * 1e6)
        return us


def _all_events(read: list[_Line], last_id: str) -> list[Entry] | None:
    """The entries, where each of them is an `ev`; by columns, since there may be a million."""
    bodies: list[Any] = [line.body for line in read]
    if {line.code for line in read} != {"ev"} or set(map(type, bodies)) != {_Event}:
        return None
    micros = _Micros()
    try:
        times = [micros[line.t] for line in read]
    except OverflowError:
        return None
    if "" in {body.event for body in bodies}:
        return None
    own = [body.own_id for body in bodies]
    if None in own:
        for body in bodies:
            last_id = with_id(body, last_id)
    else:
        deque(map(_set, bodies, repeat("id"), own), maxlen=0)
    return list(map(_ENTRY, zip(times, repeat("ev"), bodies, strict=False)))


def _event(body: Any) -> ServerSentEvent:
    if not isinstance(body, dict):
        raise RecordingError("the body of an event is no object")
    event, data, own = body.get("event", "message"), body.get("data", ""), body.get("id")
    if not isinstance(event, str) or not isinstance(data, str) or not isinstance(own, str | None):
        raise RecordingError("event, data and id of an event must be text")
    own = None if own is None else _text(own)
    return ServerSentEvent(_text(event) or "message", _text(data), own or "", own)


def _moment(text: Any) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise RecordingError(f"the header's `started` is no time: {str(text)[:40]!r}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _text(value: Any) -> str:
    """Text that UTF-8 can tell: without halves of characters, which JSON can write."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if text.isascii() else text.encode(errors="replace").decode()


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
