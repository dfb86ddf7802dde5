"""HTTP's chunks, several to one: what a server sent in a hundred small ones leaves here as one.

The law: to whoever reads HTTP from it, a response through a `Coalescer` is the response itself: the same
head, the same body, the same end or an error of the same class, only in other chunks. Whatever is not plainly
a chunked 200 of HTTP/1.1 passes verbatim, from the first byte that is not plain on. Pure bytes; no I/O.

Why: an event server sends one chunk an event, and an HTTP library spends 15 µs on each, ten times what
reading the event costs.
"""

from __future__ import annotations

import re
from enum import Enum, auto

__all__ = ["Coalescer"]

# As h11 finds it, which takes bare line feeds too.
_HTTP = b"HTTP/1.1 "
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.1 (\d\d\d)[ \r\n]")
_ENCODING = re.compile(rb"(?im)^transfer-encoding:[ \t]*(.*?)[ \t\r]*$")
_HEX = b"0123456789abcdefABCDEF"

LONGEST_HEAD = 65_536  # bytes; h11's own limit is 16 KiB: beyond it there is nothing to coalesce
LONGEST_SIZE = 16  # digits of a chunk's size
MOST_SIZES = 4_096  # sizes that are remembered with their digits: looking one up is faster than reading it


class _Sizes(dict[bytes, int]):
    """How long a chunk is, by its digits; -1: they are none, or those of the last chunk, the reader's."""

    def __missing__(self, digits: bytes) -> int:
        # `int` alone takes signs, blanks and underscores.
        if not digits or len(digits) > LONGEST_SIZE or digits.strip(_HEX) or not (size := int(digits, 16)):
            return -1
        if len(self) < MOST_SIZES:
            self[digits] = size
        return size


class _At(Enum):
    HEAD = auto()  # in a head, or before it
    CHUNKS = auto()  # in a chunked body
    VERBATIM = auto()  # in anything else


class Coalescer:
    """One direction of one connection: the responses on it, one after the other.

    Example:
        >>> coalescer = Coalescer()
        >>> head = b"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
        >>> coalescer.feed(head + b"1\\r\\na\\r\\n2\\r\\nbc\\r\\n") == head + b"3\\r\\nabc\\r\\n"
        True
    """

    def __init__(self) -> None:
        self._sizes = _Sizes()
        self.restart()

    def restart(self) -> None:
        """A request was sent: what comes next is a head."""
        self._at = _At.HEAD
        self._head = b""  # what came of it; it has been passed on already
        self._left = 0  # bytes to come of the chunk at hand, its line end included
        self._kept = b""  # the beginning of a chunk's size; it has not been passed on
        self._plain = True  # no chunk that was looked at had CR LF in it

    def verbatim(self) -> None:
        """Pass everything on as it is: for who comes in the middle of a response."""
        self._at = _At.VERBATIM

    def feed(self, data: bytes) -> bytes:
        """What to pass on for these bytes: for a while it may be nothing."""
        if self._at is _At.CHUNKS:
            return self._chunks(data)
        if self._at is _At.HEAD:
            return self._heads(data)
        return data

    def finish(self) -> bytes:
        """The connection has ended: what was held back until now."""
        kept, self._kept = self._kept, b""
        return kept

    def _heads(self, data: bytes) -> bytes:
        already = len(self._head)
        self._head += data
        begin = 0
        while True:
            end = _END_OF_HEAD.search(self._head, begin)
            if end is None:
                if len(self._head) > LONGEST_HEAD or not _HTTP.startswith(self._head[begin:][:9]):
                    self._at = _At.VERBATIM
                    self._head = b""
                else:
                    # Whole heads before this one are done with.
                    self._head = self._head[begin:]
                return data
            head = self._head[begin : end.end()]
            status = _STATUS.match(head)
            if status is None or not status[1].startswith(b"1"):
                break
            begin = end.end()  # "103 Early Hints" and its like come before the response itself
        body = end.end() - already
        encodings = _ENCODING.findall(head)
        plain = status is not None and status[1] == b"200" and [e.lower() for e in encodings] == [b"chunked"]
        self._head = b""
        if not plain:
            self._at = _At.VERBATIM
            return data
        self._at = _At.CHUNKS
        return data[:body] + self._chunks(data[body:])

    def _chunks(self, data: bytes) -> bytes:
        pieces: list[bytes] = []
        position, size = 0, len(data)
        if self._left:
            position = min(self._left, size)
            if not self._take_open(data[:position], pieces):
                return self._broken(pieces)
        elif self._kept:
            data, self._kept = self._kept + data, b""
            size = len(data)
        if self._plain:
            position = self._take_plain(data, position, pieces)
        sizes, add = self._sizes, pieces.append
        while position < size:
            line_end = data.find(b"\r\n", position, position + LONGEST_SIZE + 2)
            if line_end < 0:
                rest = data[position:]
                if len(rest) > LONGEST_SIZE + 1 or rest.strip(_HEX) not in (b"", b"\r"):
                    return self._verbatim(pieces, rest)
                self._kept = rest
                break
            digits = data[position:line_end]
            if (length := sizes[digits]) < 0:
                return self._verbatim(pieces, data[position:])
            position = line_end + 2
            end = position + length
            if end + 2 > size:
                self._left = length + 2
                if not self._take_open(data[position:], pieces):
                    return self._broken(pieces)
                break
            if data[end : end + 2] != b"\r\n":
                add(data[position:end])
                return self._broken(pieces)
            add(data[position:end])
            position = end + 2
        return _chunk(pieces)

    def _take_plain(self, data: bytes, position: int, pieces: list[bytes]) -> int:
        """Take all whole chunks at once, where none has CR LF in it; returns where they end.

        A size and a content between two CR LF each: where every content is as long as it should be, these are
        the chunks, since each then begins where the one before it ends.
        """
        parts = data[position:].split(b"\r\n")
        end = (len(parts) - 1) // 2 * 2  # the part at the end has no CR LF behind it
        contents = parts[1:end:2]
        if list(map(len, contents)) != list(map(self._sizes.__getitem__, parts[0:end:2])):
            self._plain = False
            return position
        pieces += contents
        return position + sum(map(len, parts[:end])) + 2 * end

    def _take_open(self, data: bytes, pieces: list[bytes]) -> bool:
        """Take what came of a chunk that is not whole yet; false if its line end is none."""
        content = max(0, self._left - 2)
        if content:
            pieces.append(data[:content])
        footer = data[content:]
        expected = b"\r\n"[2 - min(2, self._left) :]
        self._left -= len(data)
        return expected.startswith(footer)

    def _verbatim(self, pieces: list[bytes], rest: bytes) -> bytes:
        """From here on the reader sees everything as it came."""
        self._at = _At.VERBATIM
        return _chunk(pieces) + rest

    def _broken(self, pieces: list[bytes]) -> bytes:
        """A chunk does not end where it said: the reader gets what was good, and then a size that is none."""
        self._at = _At.VERBATIM
        return _chunk(pieces) + b"chunk without its line end\r\n"


def _chunk(pieces: list[bytes]) -> bytes:
    content = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return b"%x\r\n%b\r\n" % (len(content), content) if content else b""
