"""The standard's own sentences, and the shape of a case that rests on one.

Verbatim from the HTML standard, sections 9.2.5 "Parsing an event stream" and 9.2.6 "Interpreting an event
stream" (https://html.spec.whatwg.org/multipage/server-sent-events.html), and from the Encoding standard's
"UTF-8 decoder" (https://encoding.spec.whatwg.org/#utf-8-decoder). Where the standard sets a condition as a
heading and the step below it, a colon joins the two here.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """One stream and what must be read from it."""

    name: str
    says: str  # the standard's sentence that decides it
    wire: bytes
    events: list[tuple[str, str, str]]  # (event, data, id), in order
    last_event_id: str = ""
    reconnection_time: float | None = None  # seconds
    comments: int = 0


def msg(data: str, id: str = "") -> tuple[str, str, str]:
    """An event that no block named."""
    return ("message", data, id)


# 9.2.5 Parsing an event stream
STREAM = "stream        = [ bom ] *event"
COMMENT = "comment       = colon *any-char end-of-line"
FIELD = "field         = 1*name-char [ colon [ space ] *any-char ] end-of-line"
ANY_CHAR = "a scalar value other than U+000A LINE FEED (LF) or U+000D CARRIAGE RETURN (CR)"
LINES = (
    "Lines must be separated by either a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a"
    " single U+000A LINE FEED (LF) character, or a single U+000D CARRIAGE RETURN (CR) character."
)

# 9.2.6 Interpreting an event stream
UTF8 = "Streams must be decoded using the UTF-8 decode algorithm."
BOM = "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
LINE_ENDS = (
    "The stream must then be parsed by reading everything line by line, with a U+000D CARRIAGE RETURN "
    "U+000A LINE FEED (CRLF) character pair, a single U+000A LINE FEED (LF) character not preceded by a "
    "U+000D CARRIAGE RETURN (CR) character, and a single U+000D CARRIAGE RETURN (CR) character not "
    "followed by a U+000A LINE FEED (LF) character being the ways in which a line can end."
)
BLANK = "If the line is empty (a blank line): Dispatch the event, as defined below."
COLON_FIRST = "If the line starts with a U+003A COLON character (:): Ignore the line."
BEFORE_COLON = (
    "Collect the characters on the line before the first U+003A COLON character (:), and let field be "
    "that string."
)
AFTER_COLON = (
    "Collect the characters on the line after the first U+003A COLON character (:), and let value be that"
    " string."
)
ONE_SPACE = "If value starts with a U+0020 SPACE character, remove it from value."
NO_COLON = (
    "Process the field using the steps described below, using the whole line as the field name, and the "
    "empty string as the field value."
)
END_OF_FILE = (
    "Once the end of the file is reached, any pending data must be discarded. (If the file ends in the "
    "middle of an event, before the final empty line, the incomplete event is not dispatched.)"
)
LITERALLY = "Field names must be compared literally, with no case folding performed."
EVENT = "Set the event type buffer to the field value."
DATA = (
    "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to "
    "the data buffer."
)
ID = (
    "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field "
    "value. Otherwise, ignore the field."
)
RETRY = (
    "If the field value consists of only ASCII digits, then interpret the field value as an integer in "
    "base ten, and set the event stream's reconnection time to that integer. Otherwise, ignore the field."
)
UNKNOWN = "Otherwise: The field is ignored."
SET_LAST_ID = (
    "Set the last event ID string of the event source to the value of the last event ID buffer. The "
    "buffer does not get reset, so the last event ID string of the event source remains set to this value"
    " until the next time it is set by the server."
)
EMPTY_DATA = (
    "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty "
    "string and return."
)
LAST_LF = (
    "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the last "
    "character from the data buffer."
)
TYPE = (
    "If the event type buffer has a value other than the empty string, change the type of the newly "
    "created event to equal the value of the event type buffer."
)
CLEAR = "Set the data buffer and the event type buffer to the empty string."
STICKY = (
    "If an event doesn't have an \"id\" field, but an earlier event did set the event source's last event "
    "ID string, then the event's lastEventId field will be set to the value of whatever the last seen "
    '"id" field was.'
)
NOT_ENOUGH = (
    "Note that the last still has to end with a blank line, the end of the stream is not enough to "
    "trigger the dispatch of the last event."
)

# The Encoding standard
OUT_OF_BOUNDS = (
    "If byte is not in the range UTF-8 lower boundary to UTF-8 upper boundary, inclusive: Set UTF-8 code "
    "point, UTF-8 bytes needed, and UTF-8 bytes seen to 0, set UTF-8 lower boundary to 0x80, and set "
    "UTF-8 upper boundary to 0xBF. Restore byte to ioQueue. Return error."
)
NO_LEAD = "Otherwise: Return error."
