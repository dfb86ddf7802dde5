"""The lines of a recording, read: JSON -> objects; what is written of it is in `cast`. No I/O.

The law: whatever stands in a line, it is read, or refused with words; a million lines are read by columns.
"""

from __future__ import annotations

import contextlib
import json
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate, groupby, repeat
from typing import Annotated, Any, Final

import msgspec

from sse_notebook.errors import RecordingError
from sse_notebook.events.memo import same
from sse_notebook.journal.cast import VERSION, Entry, Header, Run
from sse_notebook.wire import ServerSentEvent

__all__ = ["decode_entry", "decode_header", "decode_runs", "with_ids"]


# A rename is of the fields that a class has itself: hence all of them again.
_NAMES: Final = {"own_id": "id", "id": "the id that counts"}


class _Event(ServerSentEvent, frozen=True, gc=False, eq=False, rename=_NAMES):
    """An event as its line has it, which says only what stood in the block itself."""

    event: Annotated[str, msgspec.Meta(min_length=1)] = "message"
    data: str = ""
    id: str = ""
    own_id: str | None = None


_FARTHEST: Final = 2**53 / 1e6  # seconds: beyond it microseconds are no whole numbers any more
_FARTHEST_START: Final = 10**17  # microseconds, the bound of all times; a calendar has room behind it


class _Line(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    t: Annotated[float, msgspec.Meta(gt=-_FARTHEST, lt=_FARTHEST)]
    code: str
    body: _Event | str | int | float | bool | list[Any] | None


_LINES = msgspec.json.Decoder(_Line).decode_lines
_EVENTS = frozenset({"ev", "dup"})
_set = msgspec.structs.force_setattr
_RUN = partial(tuple.__new__, Run)  # in C, which a named tuple's own way is not


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
        found = f"begins with {line[:40]!r}, not with" if line else "is empty, and does not begin with"
        raise RecordingError(f'this is no recording: it {found} {{"ssecast": 1, …}}')
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
        if b"\\ud" in line.lower():  # halves of characters, which JSON can write and no text of ours has
            told = json.loads(_text(json.dumps(told, ensure_ascii=False)))
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


def decode_runs(lines: bytes, last_id: str = "") -> list[Run]:
    """The entries of whole lines by runs, several times faster than one by one.

    Args:
        lines: the lines.
        last_id: the id that events have until one sets another.

    Raises:
        RecordingError: something is wrong in one of them: read them one by one.

    Example:
        >>> decode_runs(b'[1.5, "ev", {"data": "x"}]\\n[1.5, "ev", {"data": "y"}]\\n')[0].bodies[1].data
        'y'
    """
    try:
        read = _LINES(lines)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise RecordingError(str(error)) from None
    runs: list[Run] = []
    singly: list[bytes] = []
    begin = 0
    for code, number in _stretches([line.code for line in read]):
        part = read[begin : begin + number] if number < len(read) else read
        bodies: list[Any] = [line.body for line in part]
        ids = None
        if code in _EVENTS:
            with contextlib.suppress(AttributeError):  # a body that is no event; quicker than to ask each
                last_id = ids = with_ids(code, bodies, last_id)
        if ids is not None:
            runs += _runs([line.t for line in part], code, bodies)
        elif code in _EVENTS or _Event in set(map(type, bodies)):  # what is none was taken for an event
            singly = singly or [one for one in lines.split(b"\n") if one.strip()]
            if len(singly) != len(read):
                raise RecordingError("its lines can't be told apart")
            entries = [decode_entry(line) for line in singly[begin : begin + number]]
            runs += [Run(us, code, (body,)) for us, code, body in entries]
        else:
            runs += [Run(round(line.t * 1e6), code, (line.body,)) for line in part]
        begin += number
    return runs


def with_ids(code: str, events: Sequence[ServerSentEvent], last_id: str) -> str:
    """Give events that were just read the id that counts: their own, or the one before.

    Args:
        code: of their lines. To what came a second time the one before is none.
        events: which nobody else has seen.
        last_id: that of the new event before them.

    Returns:
        That of the last new event.
    """
    own = [event.own_id for event in events]
    if code == "dup":
        own = [each or "" for each in own]
    elif None in own:
        for place, each in enumerate(own):
            if each is not None:
                last_id = each
            own[place] = last_id
    else:
        last_id = own[-1] or ""
    deque(map(_set, events, repeat("id"), own), maxlen=0)
    return last_id


def _runs(times: list[float], code: str, bodies: list[Any]) -> Iterable[Run]:
    """By columns, since there may be a million."""
    lengths = _stretches(times)
    if len(lengths) == len(times):
        return map(
            _RUN, zip([round(t * 1e6) for t in times], repeat(code), zip(bodies, strict=True), strict=False)
        )
    ends = accumulate(length for _, length in lengths)
    return [
        Run(round(t * 1e6), code, bodies[end - length : end])
        for (t, length), end in zip(lengths, ends, strict=True)
    ]


def _stretches(values: list[Any]) -> list[tuple[Any, int]]:
    """Of values that stand in stretches of equal ones: each, and how often it stands there."""
    if values and same(values):  # as a rule
        return [(values[0], len(values))]
    return [(value, len(list(equal))) for value, equal in groupby(values)]


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
    us = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    if not 0 <= us < _FARTHEST_START:
        raise RecordingError(f"the header's `started` is no time that a stream had: {text[:40]!r}")
    return us


def _text(value: Any) -> str:
    """Text that UTF-8 can tell: without halves of characters, which JSON can write."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if text.isascii() else text.encode(errors="replace").decode()


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
