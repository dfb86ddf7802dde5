"""The lines of a recording, read: JSON -> objects; what is written of it is in `cast`. No I/O.

The law: whatever stands in a line, it is read, or refused with words; a million lines are read by columns.
"""

from __future__ import annotations

import json
from collections import deque
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import repeat
from typing import Any, Final

import msgspec

from sse_notebook.errors import RecordingError
from sse_notebook.journal.cast import VERSION, Entry, Header
from sse_notebook.wire import ServerSentEvent

__all__ = ["decode_entries", "decode_entry", "decode_header", "with_id"]


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
