"""The container of a compressed recording, `.ssecast.gz`.

The law: gzip itself does not notice every changed byte: its head has no sum, and there are bits between its
blocks that say nothing. So a file of ours begins with one certain head, and ends with a second member of
gzip, an empty one, whose comment has the hash of every byte before it. Any program that reads gzip reads it.
"""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import Final

__all__ = ["Packer", "what_is_wrong"]

#: The head of the first member: deflate, no name, no time, an unknown system.
HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def tail(digest: str) -> bytes:
    """The last member: nothing, with a comment."""
    head = b"\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\xff"
    return head + b"ssecast sha256=" + digest.encode() + b"\x00" + b"\x03\x00" + bytes(8)


TAIL_SIZE: Final = len(tail("0" * 64))


class Packer:
    """Compresses a recording while it is written: each piece can be read as soon as it is there."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        self._sum = hashlib.sha256()  # of what is packed
        self._crc = self._size = 0  # of what is not

    def pack(self, lines: bytes) -> bytes:
        """The next piece, compressed."""
        head = b"" if self._size else HEAD
        self._crc = zlib.crc32(lines, self._crc)
        self._size += len(lines)
        packed = head + self._deflate.compress(lines) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        self._sum.update(packed)
        return packed

    def end(self) -> bytes:
        """What the file ends with."""
        last = self._deflate.flush() + _four_bytes(self._crc) + _four_bytes(self._size & 0xFFFFFFFF)
        self._sum.update(last)
        return last + tail(self._sum.hexdigest())


def _four_bytes(number: int) -> bytes:
    return number.to_bytes(4, "little")


def what_is_wrong(path: Path) -> str:
    """What is wrong with the container of a file that we compressed; `""`: nothing."""
    found = hashlib.sha256()
    left = path.stat().st_size - TAIL_SIZE
    with path.open("rb") as file:
        first = True
        while left > 0 and (piece := file.read(min(2**20, left))):
            if first and not piece.startswith(HEAD):
                return "the compressed file has not the head that we write"
            first = False
            found.update(piece)
            left -= len(piece)
        if file.read() != tail(found.hexdigest()):
            return "the compressed file is not, byte for byte, the one that was written"
    return ""
