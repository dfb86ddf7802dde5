"""Bytes in, server-sent events out, exactly as the WHATWG standard reads a stream.

The law: for every way of cutting a stream into pieces, `feed` over the pieces gives the events that
`feed` over the whole gives. Time is linear in the bytes; memory is bounded by `max_event_bytes` and the
piece at hand. Nothing here knows of sockets, clocks or JSON. Quoted sentences are from the HTML
standard, section 9.2, "Server-sent events" (https://html.spec.whatwg.org/multipage/server-sent-events.html).
"""

from __future__ import annotations

from sse_notebook.wire.message import ServerSentEvent

__all__ = ["DEFAULT_MAX_EVENT_BYTES", "Decoder"]

# Precedents: nginx's and Kafka's default message limit is 1 MB; browsers have none. Sixteen times that is
# room for any sane event and still bounds what one hostile line can cost.
DEFAULT_MAX_EVENT_BYTES = 16 * 2**20

_BOM = b"\xef\xbb\xbf"


class Decoder:
    """An incremental decoder of `text/event-stream`, without I/O.

    Args:
        last_event_id: the id to start from (of an earlier connection, say).
        max_event_bytes: an event with more bytes than this is skipped and counted in `oversized`; its id
            still counts, so that a resume does not ask for it again.

    Attributes:
        last_event_id: the id to send as `Last-Event-ID` when reconnecting (text; `""`: none).
        reconnection_time: what `retry:` asked for, in seconds, unclamped; None until it did.
        comments: how many comment lines were seen.
        oversized: how many events were skipped for their size.

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
        self.oversized = 0
        self._max = max_event_bytes
        self.reset()

    def reset(self) -> None:
        """Forget everything half-read; keep `last_event_id`: what happens between two connections."""
        self._head: bytes | None = b""  # the stream's first bytes, until it is clear whether they are a BOM
        self._swallow_lf = False  # the last piece ended in CR: an LF that follows belongs to it
        self._partial = bytearray()  # a line whose end has not come: its first bytes, no more than can matter
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

        # "a line feed, a carriage return, or a CR LF pair": a lone CR ends its line at once, so a final CR
        # is complete here and only a following LF is to be swallowed.
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
        if end == 0:
            self._keep_partial(chunk)
            return []
        self._swallow_lf = chunk[-1] == 0x0D
        whole, rest = (chunk, b"") if end == len(chunk) else (chunk[:end], chunk[end:])
        if self._partial:
            whole = bytes(self._partial + whole)
            self._partial.clear()
        if b"\r" in whole:
            whole = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        # "Streams must be decoded using the UTF-8 decode algorithm." Line ends are ASCII, so decoding line
        # by line, read by read or all at once gives the same text, replacement characters included.
        lines = whole.decode("utf-8", "replace").split("\n")
        lines.pop()  # what follows the last line end: nothing
        # U+FFFD takes three bytes and stands for one to three: text is at most three times its bytes.
        events = self._take_lines(lines, tight=3 * len(whole) > self._max)
        if rest:
            self._keep_partial(rest)
        return events

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
        self._partial += piece
        # One byte beyond the limit is enough to know, when the line ends, that it was too long; and the first
        # byte, that it was a comment.
        del self._partial[self._max + 1 :]

    def _begin_block(self) -> None:
        self._event = ""
        self._data: list[str] = []
        self._id = self.last_event_id
        self._own_id: str | None = None
        self._block_size = 0
        self._too_big = False

    def _take_lines(self, lines: list[str], *, tight: bool) -> list[ServerSentEvent]:
        """Interpret whole lines, in order, as section 9.2.6 says; `tight`: one of them may be too long."""
        events: list[ServerSentEvent] = []
        for line in lines:
            if not line:  # "If the line is empty (a blank line): Dispatch the event"
                event = self._dispatch()
                if event is not None:
                    events.append(event)
                continue
            if tight and line[0] != ":" and _size(line) > self._max:
                self._too_big = True
                self._data.clear()
                continue
            # "If the line contains a U+003A COLON character (:): collect the characters on the line before
            # the first colon as field, and those after it as value"; without one, "using the whole line as
            # the field name, and the empty string as the field value"
            field, colon, value = line.partition(":")
            # "If value starts with a U+0020 SPACE character, remove it from value."
            if value[:1] == " ":
                value = value[1:]
            # "Field names must be compared literally, with no case folding performed."
            if field == "data":
                self._block_size += _size(line)
                if self._block_size > self._max:
                    self._too_big = True
                    self._data.clear()
                elif not self._too_big:
                    self._data.append(value)
            elif field == "event":
                self._event = value
            elif field == "id":
                # "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the
                # field value. Otherwise, ignore the field."
                if "\0" not in value:
                    self._id = self._own_id = value
            elif field == "retry":
                # "If the field value consists of only ASCII digits, then interpret the field value as an
                # integer in base ten, and set the event stream's reconnection time to that integer."
                if value.isascii() and value.isdigit():
                    self.reconnection_time = float(value) / 1000
            elif not field and colon:  # "If the line starts with a colon, ignore the line."
                self.comments += 1
            # "Otherwise: The field is ignored."
        return events

    def _dispatch(self) -> ServerSentEvent | None:
        """Do what the standard says to do "when the user agent is required to dispatch the event"."""
        # "Set the last event ID string of the event source to the value of the last event ID buffer."
        self.last_event_id = self._id
        event = None
        if self._too_big:
            self.oversized += 1
        elif self._data:  # "If the data buffer is an empty string, set ... and return."
            # Joining by LF is the standard's "append the field value ..., then append a single LF" less the
            # last one, which dispatch removes. A lone `data:` leaves LF, which is not empty: it dispatches.
            event = ServerSentEvent(self._event or "message", "\n".join(self._data), self._id, self._own_id)
        self._begin_block()
        return event


def _size(line: str) -> int:
    """The one size of a line, however it came: the bytes of its text in UTF-8, never less than it had."""
    return len(line) if line.isascii() else len(line.encode())
