"""Compressed streams, a piece at a time. We ask for none; some servers compress all the same.

The law: whatever comes in, no piece that goes out is larger than `PIECE`: a bomb costs time in proportion to
what it unfolds to, never memory; what it unfolds to meets the decoder's own limits. What was compressed in
several parts, one behind the other, is the parts' content, one behind the other.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

__all__ = ["ENCODINGS", "inflated"]

PIECE = 65_536  # bytes

ENCODINGS = frozenset({"gzip", "x-gzip", "deflate"})  # one layer of one of these; anything else is refused


def inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes that these gzip or zlib chunks stand for, in pieces of at most `PIECE`.

    Raises:
        zlib.error: they are neither, or something else follows them.

    Example:
        >>> b"".join(inflated([zlib.compress(b"data: 1")]))
        b'data: 1'
    """
    unfold = _unfolder()
    for chunk in chunks:
        while chunk:
            # "A gzip file consists of a series of 'members'" (RFC 1952, 2.2). An unfolder at its end would
            # keep all that follows, and give nothing.
            if unfold.eof:
                unfold = _unfolder()
            piece = unfold.decompress(chunk, PIECE)
            chunk = unfold.unused_data if unfold.eof else unfold.unconsumed_tail
            if piece:
                yield piece


def _unfolder() -> zlib._Decompress:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # 32: tells gzip from zlib by itself
