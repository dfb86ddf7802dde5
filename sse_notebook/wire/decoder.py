"""Bytes in, server-sent events out, exactly as the WHATWG standard reads a stream.

The law: for every way of cutting a stream into pieces, `feed` over the pieces gives the events that
`feed` over the whole gives. Time is linear in the bytes; memory is bounded by `max_event_bytes` and the
piece at hand. Nothing here knows of sockets, clocks or JSON. Quoted sentences are from the HTML
standard, section 9.2, "Server-sent events" (https://html.spec.whatwg.org/multipage/server-sent-events.html).

There are two ways through a read. `_take_line` is the standard, line by line. `blocks` finds the blocks that
nearly all servers send, a whole read at a time and several times faster; what it does not know is handed to
`_take_line`, in order. Both give the same events: the tests put every stream through both.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from sse_notebook.errors import ArgumentError
from sse_notebook.wire.blocks import BLOCK, Form, form_of, values_of
from sse_notebook.wire.message import ServerSentEvent
from sse_notebook.wire.partial import LONG, LONGEST_NAME, PartialLine

__all__ = ["DEFAULT_MAX_EVENT_BYTES", "Decoder", "Oversized"]

# Precedents: nginx's and Kafka's default message limit is 1 MB; browsers have none. Sixteen times that is
# room for any sane event and still bounds what one hostile line can cost.
DEFAULT_MAX_EVENT_BYTES = 16 * 2**20

_COMMENT = re.compile(r"(?m)^: ?(.*?)\r?$")
_BOM = b"\xef\xbb\xbf"

_KNOWN = frozenset({"data", "event", "id", "retry"})
# Reads that are taken block by block before it is tried again whether all their blocks have one form.
MIXED = 16

LONGEST_RETRY = 15  # digits that are told
LONGEST_SHOWN = 200  # characters of the name and the id of an event that was skipped


class Oversized(NamedTuple):
    """What is known of an event that was skipped for its size: its name and its own id, where it had them.

    Of a long one only its beginning: it is to be shown.
    """

    event: str
    id: str | None


class Decoder:
    """An incremental decoder of `text/event-stream`, without I/O.

    Args:
        last_event_id: the id to start from (of an earlier connection, say).
        max_event_bytes: an event with more bytes than this is skipped and counted in `oversized`; its id
            still counts, so that a resume does not ask for it again.

    Raises:
        ArgumentError: a wrong argument.

    Attributes:
        max_event_bytes: as given.
        last_event_id: the id to send as `Last-Event-ID` when reconnecting (text; `""`: none).
        reconnection_time: what `retry:` asked for, in seconds, unclamped; None until it did.
        lines: how many lines have ended.
        comments: how many comment lines were seen.
        hollow: how many blocks had a name or an id but no data: they dispatch nothing.
        oversized: how many events were skipped for their size.
        skipped: what is known of the newest of those.
        overheard: where comments and `retry` are put too, as `("cm", text)` and `("retry", milliseconds)`,
            for whoever records them, and takes them out; None: nobody does. Another thread may set it.

    Example:
        >>> decoder = Decoder()
        >>> decoder.feed(b"id: 1\\ndata: he")
        []
        >>> decoder.feed(b"llo\\n\\n")
        [ServerSentEvent(event='message', data='hello', id='1')]
    """

    def __init__(self, last_event_id: str = "", max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES) -> None:
        if not isinstance(last_event_id, str):
            raise ArgumentError(f"last_event_id must be text, not {type(last_event_id).__name__}")
        if isinstance(max_event_bytes, bool) or not isinstance(max_event_bytes, int) or max_event_bytes < 1:
            raise ArgumentError(f"max_event_bytes must be a whole number from 1 on, not {max_event_bytes!r}")
        self.last_event_id = last_event_id
        self.reconnection_time: float | None = None
        self.lines = 0
        self.comments = 0
        self.hollow = 0
        self.oversized = 0
        self.skipped: deque[Oversized] = deque(maxlen=100)
        self.overheard: list[tuple[str, Any]] | None = None
        self._form: Form | None = None  # of all blocks of the newest reads, if they had one
        self._mixed = 0  # reads to come in which it is not looked for
        self.max_event_bytes = max_event_bytes
        self.reset()

    def reset(self) -> None:
        """Forget everything half-read; keep `last_event_id`: what happens between two connections."""
        self._head: bytes | None = b""  # the stream's first bytes, until it is clear whether they are a BOM
        self._swallow_lf = False  # the last piece ended in CR: an LF that follows belongs to it
        # The line whose end has not come: its first piece; or, if there were more, all of them.
        self._start = b""
        self._line: PartialLine | None = None
        self._begin_block()

    def feed(self, chunk: bytes | bytearray | memoryview) -> list[ServerSentEvent]:
        """Take the next bytes of the stream.

        Args:
            chunk: any number of bytes, cut anywhere.

        Returns:
            The events these bytes completed, in order.

        Raises:
            ArgumentError: it is no bytes.
        """
        if type(chunk) is not bytes:
            chunk = _bytes_of(chunk)
        line = self._line
        if line is not None and 0x0A not in chunk and 0x0D not in chunk:
            # One of the thousands of pieces of a long line: nothing else matters, and no time is to be lost.
            line.size += line.write(chunk)
            if line.size >= line.enough:
                line.fold()
            return []
        if self._head is not None:
            chunk = self._strip_bom(chunk)
        if self._swallow_lf and chunk:
            self._swallow_lf = False
            if chunk[0] == 0x0A:
                chunk = chunk[1:]
        if not chunk:
            return []
        if self._form is None or self._mixed:
            self._mixed = max(0, self._mixed - 1)
            return self._read(chunk, self._take_blocks)
        return self._read_form(self._form, chunk)

    def _read_form(self, form: Form, chunk: bytes) -> list[ServerSentEvent]:
        """Read bytes whose blocks are of one form, in all likelihood."""
        blank = b"\r\n\r\n" if form.end == "\r\n" else b"\n\n"
        at = chunk.rfind(blank)
        changed = (0x0D in chunk) if form.end == "\n" else (at < 0 and b"\n\n" in chunk)
        if changed:  # its lines end in another way
            self._mixed = MIXED
            return self._read(chunk, self._take_blocks)
        if at < 0:
            return self._read(chunk, self._take_lines)
        # Whole blocks in the middle; the end of an earlier one before them, the beginning of another behind.
        begin, end = 0, at + len(blank)
        before: list[ServerSentEvent] = []
        if self._begun or self._start or self._line is not None:
            begin = chunk.find(blank) + len(blank)
            before = self._read(chunk[:begin], self._take_lines)
        found = None
        if 3 * (end - begin) <= self.max_event_bytes:
            text = str(memoryview(chunk)[begin:end], "utf-8", "replace")
            found = None if "\0" in text else form.take(text, self.last_event_id)
        if found is None:
            self._mixed = MIXED
            return before + self._read(chunk[begin:], self._take_blocks)
        events, comments, lines = found
        self.lines += lines  # without another look at each byte
        if events:
            self.last_event_id = events[-1].id
        self.comments += comments
        if comments and (overheard := self.overheard) is not None:
            overheard += _comments_in(text)
        if before:
            events = before + events
        if end < len(chunk):
            events += self._read(chunk[end:], self._take_lines)
        return events

    def _read(self, chunk: bytes, take: Callable[[str], list[ServerSentEvent]]) -> list[ServerSentEvent]:
        """Read any bytes; whole lines of them are interpreted by `take`, if it may."""
        self._crlf = False
        if 0x0D in chunk:
            # "a line feed, a carriage return, or a CR LF pair": a lone CR ends its line at once, so a final
            # CR is complete here and only a following LF is to be swallowed.
            self._swallow_lf = chunk[-1] == 0x0D
            self._crlf = b"\r\n" in chunk
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = chunk.rfind(b"\n") + 1
        if not end:
            self._keep(chunk)
            return []
        self.lines += chunk.count(b"\n")
        if self._line is not None or (self._start and end > LONG):
            begin = chunk.find(b"\n") + 1
            self._end_line(memoryview(chunk)[: begin - 1])
            lines: bytes | memoryview = memoryview(chunk)[begin:end]  # not copied before it is text
        elif end > LONG:
            lines = memoryview(chunk)[:end]
        else:
            lines, self._start = self._start + chunk[:end], b""
        if end < len(chunk):
            self._keep(chunk[end:])
        # "Streams must be decoded using the UTF-8 decode algorithm." Line ends are ASCII, so decoding line
        # by line, read by read or all at once gives the same text, replacement characters included.
        text = str(lines, "utf-8", "replace")
        # U+FFFD takes three bytes and stands for one to three: text is at most three times its bytes.
        if 3 * len(lines) > self.max_event_bytes or "\0" in text:
            return self._take_lines(text)
        return take(text)

    def _keep(self, piece: bytes) -> None:
        """Keep a piece of the line whose end has not come."""
        if self._start or self._line is not None:
            self._whole_line().add(piece)
        else:
            self._start = piece[: max(self.max_event_bytes + 1, LONGEST_NAME)]

    def _whole_line(self) -> PartialLine:
        """All that came of the line whose end has not come."""
        if self._line is None:
            self._line = PartialLine(self.max_event_bytes)
            self._line.add(self._start)
            self._start = b""
        return self._line

    def _end_line(self, piece: memoryview) -> None:
        """Interpret the line whose last piece this is."""
        line, is_data = self._whole_line().end(piece)
        self._line = None
        if is_data:
            self._take_data(line)
        else:
            self._take_line(line)

    def _strip_bom(self, chunk: bytes) -> bytes:
        """Obey: "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."."""
        head = (self._head or b"") + chunk
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._head = head
            return b""
        self._head = None
        return head.removeprefix(_BOM)

    def _begin_block(self) -> None:
        self._begun = False  # whether a line of the block at hand has come that counts
        self._event = ""
        self._data: list[str] = []
        self._own_id: str | None = None
        self._block_size = 0
        self._too_big = False

    def _take_blocks(self, text: str) -> list[ServerSentEvent]:
        """Interpret whole lines, a block at a time where they are as blocks usually are."""
        events: list[ServerSentEvent] = []
        if self._begun:  # what is left of a block is no block
            blank = text.find("\n\n") + 2 if "\n\n" in text else len(text)
            begin = 1 if text.startswith("\n") else blank
            events, text = self._take_lines(text[:begin]), text[begin:]
        add, make, last = events.append, ServerSentEvent, self.last_event_id
        for apart, id_, event, id2, data, more, id3, lines in BLOCK.findall(text):
            if "retry" in apart:
                self._take_lines(apart)
            elif apart:
                self.comments += apart.count("\n:") + 1
                if (overheard := self.overheard) is not None:
                    overheard += _comments_in(apart)
            if data:
                if more:
                    data = f"{data}\n{values_of(more)}"
                if own := id3 or id2 or id_:
                    last = own
                    add(make(event or "message", data, own, own))
                else:
                    add(make(event or "message", data, last, None))
            elif lines and lines[0] != "\n":  # more blank lines behind a block are nothing
                self.last_event_id = last
                events += self._take_lines(lines)
                last = self.last_event_id
        self.last_event_id = last
        if not self._mixed:
            self._form = form_of(text, "\r\n" if self._crlf else "\n")
        return events

    def _take_lines(self, text: str) -> list[ServerSentEvent]:
        """Interpret whole lines, one at a time: where there may be too long ones, or NUL."""
        events: list[ServerSentEvent] = []
        lines = text.split("\n")
        lines.pop()  # what follows the last line end: nothing
        for line in lines:
            if line:
                self._take_line(line)
            elif (event := self._dispatch()) is not None:
                events.append(event)
        return events

    def _take_line(self, line: str) -> None:
        """Interpret one line that is not empty, as section 9.2.6 says."""
        # "If the line contains a U+003A COLON character (:): collect the characters on the line before
        # the first colon as field, and those after it as value"; without one, "using the whole line as
        # the field name, and the empty string as the field value"
        colon = line.find(":")
        if colon == 0:  # "If the line starts with a colon, ignore the line."
            self.comments += 1
            if (overheard := self.overheard) is not None:
                overheard.append(("cm", line[1:].removeprefix(" ")))
            return
        field = line if colon < 0 else line[:colon]
        # UTF-8 takes four bytes at the most. A field that is ignored may be as long as it likes.
        if 4 * len(line) > self.max_event_bytes and field in _KNOWN and _size(line) > self.max_event_bytes:
            self._begun = self._too_big = True
            self._data.clear()
            return
        # "If value starts with a U+0020 SPACE character, remove it from value." In one step: it may be long.
        value = "" if colon < 0 else line[colon + 1 + (line[colon + 1 : colon + 2] == " ") :]
        # "Field names must be compared literally, with no case folding performed."
        if field == "data":
            self._take_data(value)
        elif field == "event":
            self._begun = True
            self._event = value
        elif field == "id":
            # "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the
            # field value. Otherwise, ignore the field."
            if "\0" not in value:
                self._begun = True
                self._own_id = value
        # "If the field value consists of only ASCII digits, then interpret the field value as an
        # integer in base ten, and set the event stream's reconnection time to that integer."
        elif field == "retry" and value.isascii() and value.isdigit():
            self.reconnection_time = float(value) / 1000
            if (overheard := self.overheard) is not None and len(value) <= LONGEST_RETRY:
                overheard.append(("retry", int(value)))
        # "Otherwise: The field is ignored."

    def _take_data(self, value: str) -> None:
        """Keep one line of data, if there is room for it."""
        self._begun = True
        self._block_size += _size(value) + len("data: ")  # with or without its space: the same size
        if self._block_size > self.max_event_bytes:
            self._too_big = True
            self._data.clear()
        elif not self._too_big:
            self._data.append(value)

    def _dispatch(self) -> ServerSentEvent | None:
        """Do what the standard says to do "when the user agent is required to dispatch the event"."""
        if not self._begun:
            return None
        # "Set the last event ID string of the event source to the value of the last event ID buffer."
        if self._own_id is not None:
            self.last_event_id = self._own_id
        event = None
        if self._too_big:
            self.oversized += 1
            own = None if self._own_id is None else self._own_id[:LONGEST_SHOWN]
            self.skipped.append(Oversized((self._event or "message")[:LONGEST_SHOWN], own))
        elif self._data:
            # Joining by LF is the standard's "append the field value ..., then append a single LF" less the
            # last one, which dispatch removes. A lone `data:` leaves LF, which is not empty: it dispatches.
            event = ServerSentEvent(
                self._event or "message", "\n".join(self._data), self.last_event_id, self._own_id
            )
        else:  # "If the data buffer is an empty string, set ... and return."
            self.hollow += 1
        self._begin_block()
        return event


def _bytes_of(chunk: object) -> bytes:
    """A copy, which nobody changes, of what is like bytes."""
    if not isinstance(chunk, bytes | bytearray | memoryview):
        raise ArgumentError(f"feed takes bytes, not {type(chunk).__name__}")
    return bytes(chunk)


def _comments_in(text: str) -> list[tuple[str, str]]:
    """The comments in whole lines: no line of data begins as they do."""
    return [("cm", comment) for comment in _COMMENT.findall(text)]


def _size(line: str) -> int:
    """The one size of a line, however it came: the bytes of its text in UTF-8, never less than it had."""
    return len(line) if line.isascii() else len(line.encode())
