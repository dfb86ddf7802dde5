"""Events to bytes: what one server-sent event looks like on the wire.

The law: whatever is passed in, what comes out is one well-formed block that a WHATWG parser reads back
unchanged. Text with line breaks (LF, CR or CRLF) becomes several `data:` lines; a line break where the
format has no way to carry one (in `event` or `id`) is refused, since it would forge a second event.
Frames always end their lines with LF; `with_line_ending` rewrites finished ones.

No I/O, no clock, no third party.
"""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["BOM", "encode", "encode_event", "json_text", "retry_frame", "with_line_ending"]

BOM = b"\xef\xbb\xbf"

# The three line ends of the format. `str.splitlines` would also split at U+2028 and others, which are data.
_LINE_END = re.compile(r"\r\n|\n|\r")

# Kept ready: `json.dumps` with options builds a new encoder per call, which costs more than the encoding.
_plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ascii = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def json_text(value: object) -> bytes:
    r"""`value` as compact JSON in UTF-8, on one line.

    A lone surrogate has no UTF-8 form; text that holds one is written in ASCII, as its `\ud800` escape.

    Raises:
        TypeError: something in it has no JSON form.
        ValueError: it holds NaN or an infinity (JSON has neither), or itself.
        RecursionError: it is nested too deeply.

    Example:
        >>> json_text({"status": "läuft"}).decode()
        '{"status":"läuft"}'
    """
    try:
        return _plain.encode(value).encode("utf-8")
    except UnicodeEncodeError:
        return _ascii.encode(value).encode("ascii")


def encode(data: str | bytes, *, event: str | None = None, id: str | None = None) -> bytes:
    r"""One server-sent event as bytes, the closing blank line included.

    Args:
        data: the payload; each of its lines becomes a `data:` line. Bytes must be UTF-8.
        event: the event's name; None leaves the field out.
        id: the event's id; None leaves the field out.

    Raises:
        ValueError: `event` or `id` holds a line break, or `id` a NUL (a parser ignores such an id).

    Example:
        >>> encode("a\nb", event="note", id="7")
        b'event: note\nid: 7\ndata: a\ndata: b\n\n'
    """
    text = data.decode("utf-8") if isinstance(data, bytes) else data
    lines = []
    if event is not None:
        lines.append(f"event: {_one_line('event', event)}")
    if id is not None:
        if "\0" in id:
            raise ValueError("an event's id cannot hold a NUL character")
        lines.append(f"id: {_one_line('id', id)}")
    lines += [f"data: {line}" for line in _LINE_END.split(text)]
    return ("\n".join(lines) + "\n\n").encode("utf-8")


def encode_event(event: dict[str, Any], id: str | None = None) -> bytes:
    r"""A platform event (a dict with `event_type`) as bytes: `event`, `id`, and the whole dict as JSON.

    Raises:
        ValueError: `event_type` or `id` holds a line break, or the dict NaN or an infinity.
        TypeError: something in the dict has no JSON form.

    Example:
        >>> encode_event({"event_type": "heartbeat", "timestamp": 1})
        b'event: heartbeat\ndata: {"event_type":"heartbeat","timestamp":1}\n\n'
    """
    head = f"event: {_one_line('event_type', event['event_type'])}\n"
    if id is not None:
        head += f"id: {id}\n"
    try:
        name = head.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("event_type holds a lone surrogate, which has no UTF-8 form") from None
    # JSON text holds no line break, so there is one data line and nothing to split.
    return b"%sdata: %s\n\n" % (name, json_text(event))


def retry_frame(milliseconds: int) -> bytes:
    r"""A block that only sets the reconnection time.

    Example:
        >>> retry_frame(1500)
        b'retry: 1500\n\n'
    """
    return b"retry: %d\n\n" % milliseconds


def with_line_ending(frame: bytes, ending: bytes) -> bytes:
    r"""A frame of this module with its LF line ends replaced by `ending` (CR or CRLF).

    Safe because no frame holds a CR and every LF in it ends a line.

    Example:
        >>> with_line_ending(b"data: x\n\n", b"\r")
        b'data: x\r\r'
    """
    return frame if ending == b"\n" else frame.replace(b"\n", ending)


def _one_line(field: str, value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueError(f"{field} cannot hold a line break: {value!r}")
    return value
