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

from collections import deque
from typing import NamedTuple

from sse_notebook.wire.blocks import BLOCK, Form, form_of, values_of
from sse_notebook.wire.message import ServerSentEvent

__all__ = ["DEFAULT_MAX_EVENT_BYTES", "Decoder", "Oversized"]

# Precedents: nginx's and Kafka's default message limit is 1 MB; browsers have none. Sixteen times that is
# room for any sane event and still bounds what one hostile line can cost.
DEFAULT_MAX_EVENT_BYTES = 16 * 2**20

_BOM = b"\xef\xbb\xbf"

_KNOWN = frozenset({"data", "event", "id", "retry"})
LONGEST_NAME = 6  # bytes of a line that tell whether its field is known: "event:"

LONG = 65_536  # bytes; a longer line is worth a look before it is copied
SMALL = 256  # bytes; smaller pieces of a line are put together at once, or objects would outweigh bytes

# Reads that are taken block by block before it is tried again whether all their blocks have one form.
MIXED = 16


class Oversized(NamedTuple):
    """What is known of an event that was skipped for its size: its name and its own id, where it had them."""

    event: str
    id: str | None


class Decoder:
    """An incremental decoder of `text/event-stream`, without I/O.

    Args:
        last_event_id: the id to start from (of an earlier connection, say).
        max_event_bytes: an event with more bytes than this is skipped and counted in `oversized`; its id
            still counts, so that a resume does not ask for it again.

    Attributes:
        max_event_bytes: as given.
        last_event_id: the id to send as `Last-Event-ID` when reconnecting (text; `""`: none).
        reconnection_time: what `retry:` asked for, in seconds, unclamped; None until it did.
        comments: how many comment lines were seen.
        hollow: how many blocks had a name or an id but no data: they dispatch nothing.
        oversized: how many events were skipped for their size.
        skipped: what is known of the newest of those.

    Example:
        >>> decoder = Decoder()
        >>> decoder.feed(b"id: 1\\ndata: he")
        []
        >>> decoder.feed(b"llo\\n\\n")
        [ServerSentEvent(event='message', data='hello', id='1')]
    """

    def __init__(self, last_event_id: str = "", max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES) -> None:
        if max_event_bytes < 1:
            raise ValueError(f"max_event_bytes must be at least 1, not {max_event_bytes}")
        self.last_event_id = last_event_id
        self.reconnection_time: float | None = None
        self.comments = 0
        self.hollow = 0
        self.oversized = 0
        self.skipped: deque[Oversized] = deque(maxlen=100)
        self._form: Form | None = None  # of all blocks of the newest reads, if they had one
        self._mixed = 0  # reads to come in which it is not looked for
        self.max_event_bytes = max_event_bytes
        self.reset()

    def reset(self) -> None:
        """Forget everything half-read; keep `last_event_id`: what happens between two connections."""
        self._head: bytes | None = b""  # the stream's first bytes, until it is clear whether they are a BOM
        self._swallow_lf = False  # the last piece ended in CR: an LF that follows belongs to it
        # A line whose end has not come: its first bytes in pieces, no more of them than can matter.
        self._partial: list[bytes | bytearray] = []
        self._partial_size = 0
        self._begin_block()

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Take the next bytes of the stream.

        Args:
            chunk: any number of bytes, cut anywhere.

        Returns:
            The events these bytes completed, in order.
        """
        if self._head is not None:
            chunk = self._strip_bom(chunk)
        if self._swallow_lf and chunk:
            self._swallow_lf = False
            if chunk[0] == 0x0A:
                chunk = chunk[1:]
        if not chunk:
            return []

        if b"\r" in chunk:
            # "a line feed, a carriage return, or a CR LF pair": a lone CR ends its line at once, so a final
            # CR is complete here and only a following LF is to be swallowed.
            self._swallow_lf = chunk[-1] == 0x0D
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = chunk.rfind(b"\n") + 1
        if end == 0:
            self._keep_partial(chunk)
            return []
        events: list[ServerSentEvent] = []
        begin = 0
        if self._partial:
            begin = chunk.find(b"\n") + 1
            line = b"".join((*self._partial, chunk[:begin]))
            self._partial, self._partial_size = [], 0
            if len(line) > LONG and line.startswith(b"data:"):
                start = 6 if line.startswith(b"data: ") else 5
                self._take_data(
                    str(memoryview(line)[start:-1], "utf-8", "replace")
                )  # cut before it is copied
            else:
                events = self._take_lines(str(line, "utf-8", "replace"))
        if begin < end:
            events += self._take(memoryview(chunk)[begin:end])  # not copied before it is text
        if end < len(chunk):
            self._keep_partial(chunk[end:])
        return events

    def _take(self, lines: bytes | memoryview) -> list[ServerSentEvent]:
        """Interpret whole lines."""
        # "Streams must be decoded using the UTF-8 decode algorithm." Line ends are ASCII, so decoding line
        # by line, read by read or all at once gives the same text, replacement characters included.
        text = str(lines, "utf-8", "replace")
        # U+FFFD takes three bytes and stands for one to three: text is at most three times its bytes.
        tight = 3 * len(lines) > self.max_event_bytes
        return self._take_lines(text) if tight or "\0" in text else self._take_blocks(text)

    def _strip_bom(self, chunk: bytes) -> bytes:
        """Obey: "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."."""
        head = (self._head or b"") + chunk
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._head = head
            return b""
        self._head = None
        return head.removeprefix(_BOM)

    def _keep_partial(self, piece: bytes) -> None:
        """Keep a piece of an unfinished line, as far as it can matter."""
        # One byte beyond the limit is enough to know, when the line ends, that it was too long; and the first
        # bytes, of which field it is, or that it is a comment.
        room = max(self.max_event_bytes + 1, LONGEST_NAME) - self._partial_size
        if room > 0:
            piece = piece[:room]
            self._partial_size += len(piece)
            if len(piece) >= SMALL:
                self._partial.append(piece)
            elif self._partial and isinstance(self._partial[-1], bytearray):
                self._partial[-1] += piece
            else:
                self._partial.append(bytearray(piece))

    def _begin_block(self) -> None:
        self._begun = False  # whether a line of the block at hand has come that counts
        self._event = ""
        self._data: list[str] = []
        self._own_id: str | None = None
        self._block_size = 0
        self._too_big = False

    def _take_blocks(self, text: str) -> list[ServerSentEvent]:
        """Interpret whole lines, many blocks at a time where they are as blocks usually are."""
        if self._form is None or self._mixed:
            self._mixed = max(0, self._mixed - 1)
            return self._take_any_blocks(text)
        # Whole blocks in the middle; the end of an earlier one before them, the beginning of another behind.
        begin = 0
        if self._begun and text[0] != "\n":
            begin = (text.find("\n\n") + 2) if "\n\n" in text else len(text)
        elif self._begun:
            begin = 1
        end = max(begin, text.rfind("\n\n") + 2) if "\n\n" in text else begin
        before = self._take_lines(text[:begin])
        events = self._form.take(text, begin, end, self.last_event_id)
        if events is None:
            self._mixed = MIXED
            return before + self._take_any_blocks(text[begin:])
        if events:
            self.last_event_id = events[-1].id
        return before + events + self._take_lines(text[end:])

    def _take_any_blocks(self, text: str) -> list[ServerSentEvent]:
        """Interpret whole lines, a block at a time."""
        events: list[ServerSentEvent] = []
        add, make, last = events.append, ServerSentEvent, self.last_event_id
        for comments, id_, event, id2, data, more, id3, line in BLOCK.findall(text):
            if comments and not self._begun:
                self.comments += comments.count("\n:") + 1
            elif comments:
                self.last_event_id = last
                events += self._take_lines(comments)
                last = self.last_event_id
            if data and not self._begun:
                if more:
                    data = f"{data}\n{values_of(more)}"
                if own := id3 or id2 or id_:
                    last = own
                    add(make(event or "message", data, own, own))
                else:
                    add(make(event or "message", data, last, None))
                continue
            # An unusual line, or a block whose first lines were.
            self.last_event_id = last
            if data:
                for field, value in (("id", id_), ("event", event), ("id", id2), ("data", data)):
                    if value:
                        self._take_line(f"{field}: {value}")
                for each in more.split("\n")[:-1]:
                    self._take_line(each)
                if id3:
                    self._take_line(f"id: {id3}")
            if line:
                self._take_line(line)
            elif (late := self._dispatch()) is not None:
                add(late)
            last = self.last_event_id
        self.last_event_id = last
        if not self._mixed:
            self._form = form_of(text)
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
            self.skipped.append(Oversized(self._event or "message", self._own_id))
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


def _size(line: str) -> int:
    """The one size of a line, however it came: the bytes of its text in UTF-8, never less than it had."""
    return len(line) if line.isascii() else len(line.encode())
