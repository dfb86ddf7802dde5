"""A slow, plainly obvious reader of event streams, written from the standard's text alone.

It takes the whole stream at once, one code point at a time, in the standard's own steps and order, and shares
no line with `sse_notebook.wire`. Nothing here is clever: if it and the decoder differ, believe this one, then
the standard.
"""

from __future__ import annotations

from typing import NamedTuple


class Heard(NamedTuple):
    """One dispatched event."""

    event: str
    data: str
    id: str
    own_id: str | None  # the last valid id field of this very block


class Reading(NamedTuple):
    """What a whole stream says."""

    events: list[Heard]
    last_event_id: str
    reconnection_time: float | None  # seconds
    comments: int
    hollow: int  # blocks that named an event or set an id, and had no data


def read(stream: bytes, last_event_id: str = "") -> Reading:
    """Section 9.2.6, "Interpreting an event stream".

    Args:
        stream: the bytes of one connection, from its first to its last.
        last_event_id: what an earlier connection left; the last event ID buffer starts with it.
    """
    events: list[Heard] = []
    data_buffer = ""
    event_type_buffer = ""
    last_event_id_buffer = last_event_id
    own_id: str | None = None
    reconnection_time: float | None = None
    comments = hollow = 0
    named = False

    for line in lines(utf_8_decode(stream)):
        if line == "":
            # Dispatch the event. 1. Set the last event ID string to the last event ID buffer.
            last_event_id = last_event_id_buffer
            # 2. If the data buffer is an empty string, clear and return; 3. to 7. otherwise.
            if data_buffer != "":
                if data_buffer[-1] == "\n":
                    data_buffer = data_buffer[:-1]
                type_ = "message"
                if event_type_buffer != "":
                    type_ = event_type_buffer
                events.append(Heard(type_, data_buffer, last_event_id, own_id))
            elif named or own_id is not None:
                hollow += 1
            data_buffer = ""
            event_type_buffer = ""
            own_id = None
            named = False
            continue

        if line[0] == ":":
            comments += 1
            continue

        if ":" in line:
            colon = line.index(":")
            field, value = line[:colon], line[colon + 1 :]
            if value != "" and value[0] == " ":
                value = value[1:]
        else:
            field, value = line, ""

        if field == "event":
            event_type_buffer = value
            named = True
        elif field == "data":
            data_buffer = data_buffer + value + "\n"
        elif field == "id":
            if "\0" not in value:
                last_event_id_buffer = value
                own_id = value
        elif field == "retry" and value != "" and all(digit in "0123456789" for digit in value):
            # "consists of only ASCII digits": one at least, as in every browser
            reconnection_time = float(value) / 1000

    # "Once the end of the file is reached, any pending data must be discarded."
    return Reading(events, last_event_id, reconnection_time, comments, hollow)


def lines(text: str) -> list[str]:
    """Every line of the text that has an end; section 9.2.5: end-of-line = ( cr lf / cr / lf )."""
    found = []
    line = ""
    at = 0
    while at < len(text):
        if text[at] == "\r":
            found.append(line)
            line = ""
            at += 2 if text[at + 1 : at + 2] == "\n" else 1
        elif text[at] == "\n":
            found.append(line)
            line = ""
            at += 1
        else:
            line += text[at]
            at += 1
    return found


def utf_8_decode(stream: bytes) -> str:
    """The Encoding standard's "UTF-8 decode": one leading byte order mark goes, errors become U+FFFD."""
    if stream[:3] == b"\xef\xbb\xbf":
        stream = stream[3:]
    text = ""
    code_point = bytes_seen = bytes_needed = 0
    lower, upper = 0x80, 0xBF
    at = 0
    while at < len(stream):
        byte = stream[at]
        at += 1
        if bytes_needed == 0:
            if byte <= 0x7F:
                text += chr(byte)
            elif 0xC2 <= byte <= 0xDF:
                bytes_needed, code_point = 1, byte & 0x1F
            elif 0xE0 <= byte <= 0xEF:
                lower = 0xA0 if byte == 0xE0 else lower
                upper = 0x9F if byte == 0xED else upper
                bytes_needed, code_point = 2, byte & 0xF
            elif 0xF0 <= byte <= 0xF4:
                lower = 0x90 if byte == 0xF0 else lower
                upper = 0x8F if byte == 0xF4 else upper
                bytes_needed, code_point = 3, byte & 0x7
            else:
                text += "\ufffd"
        elif not lower <= byte <= upper:
            code_point = bytes_needed = bytes_seen = 0
            lower, upper = 0x80, 0xBF
            at -= 1  # "Restore byte to ioQueue"
            text += "\ufffd"
        else:
            lower, upper = 0x80, 0xBF
            code_point = (code_point << 6) | (byte & 0x3F)
            bytes_seen += 1
            if bytes_seen == bytes_needed:
                text += chr(code_point)
                code_point = bytes_needed = bytes_seen = 0
    return text + ("\ufffd" if bytes_needed != 0 else "")
