"""A line whose end has not come: what is kept of it, and how little that costs.

The law: a piece more costs its own bytes, however long the line is already, and no more is kept than can
matter. A long line of data becomes text while it comes, a part at a time, so that it is in memory once and
not twice: memory that was never touched before costs more than what is done with it.
"""

from __future__ import annotations

from codecs import utf_8_decode
from io import BytesIO

__all__ = ["LONG", "LONGEST_NAME", "PartialLine"]

LONG = 65_536  # bytes; so much of a line of data becomes text at once
# Or a sixteenth of the text that is there, if that is more: where a text cannot grow in its place, each part
# costs a copy of what is there, and so no byte is copied more than some sixteen times.
SHARE = 16

LONGEST_NAME = 6  # bytes of a line that tell whether its field is known: "event:"


class PartialLine:
    """The beginning of a line.

    Whoever has a piece more may spare himself a call of `add`: `line.size += line.write(piece)`, and then
    `line.fold()` if `line.size` is not less than `line.enough`.

    Args:
        limit: a line with more bytes than this is too long. One byte beyond it is enough to know that.

    Attributes:
        write: keeps a piece; returns its size.
        size: how many bytes are kept that are not text yet.
        enough: how many of those call for `fold`.

    Example:
        >>> line = PartialLine(limit=100)
        >>> line.add(b"id: ")
        >>> line.end(b"7")
        ('id: 7', False)
    """

    __slots__ = ("_kept", "_room", "_text", "enough", "size", "write")

    def __init__(self, limit: int) -> None:
        self._kept = BytesIO()
        self._room = max(limit + 1, LONGEST_NAME)  # bytes that may be kept beside those that are text
        self._text: str | None = None  # the first part of the value of a long line of data
        self.write = self._kept.write
        self.size = 0
        self.enough = min(LONG, self._room)

    def add(self, piece: bytes | memoryview) -> None:
        """Keep a piece without a line end, as far as it can matter."""
        self.size += self.write(piece[: max(0, self._room - self.size)])
        if self.size >= self.enough:
            self.fold()

    def end(self, piece: bytes | memoryview) -> tuple[str, bool]:
        """Keep the last piece.

        Returns:
            The line, and False; or the value of a line of data, and True.
        """
        self.add(piece)
        with self._kept.getbuffer() as kept:
            rest = str(kept[: self.size], "utf-8", "replace")
        if self._text is None:
            return rest, False
        self._grow(rest)
        return self._text, True

    def fold(self) -> None:
        """Make text of what is kept, if it is a part of a long line of data; forget what cannot matter."""
        if self.size >= self._room:
            self._kept.truncate(self._room)
            self.size = self._kept.seek(self._room)
            return
        with self._kept.getbuffer() as kept:
            start = 0
            if self._text is None:
                if bytes(kept[:5]) != b"data:":
                    self.enough = self._room
                    return
                start = 6 if kept[5] == 0x20 else 5
            # A character whose last bytes have not come is left; all else is as if decoded at once.
            part, done = utf_8_decode(kept[start : self.size], "replace", False)
            rest = bytes(kept[start + done : self.size])
        length = self._grow(part)
        self._room -= start + done
        self._kept.seek(0)
        self.size = self.write(rest)
        self.enough = min(max(LONG, length // SHARE), self._room)

    def _grow(self, part: str) -> int:
        # As nobody else has the text, it grows in its place, if it can; the interpreter does so only for a
        # local name, and only in a line that is run often: hence one line for all parts.
        text, self._text = self._text or "", None
        text += part
        self._text = text
        return len(text)
