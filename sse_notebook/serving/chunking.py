"""Where bytes are cut on their way out: as a network may do, at the worst places.

The law: the pieces, one after the other, are the bytes; none is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from sse_notebook.errors import ArgumentError

__all__ = ["Chunking", "chunking_of"]

Chunking = Callable[[bytes], Iterator[bytes]]


def whole(data: bytes) -> Iterator[bytes]:
    """In one piece: what came in one read."""
    if data:
        yield data


def in_bytes(data: bytes) -> Iterator[bytes]:
    """Byte by byte."""
    yield from (data[at : at + 1] for at in range(len(data)))


def split_utf8(data: bytes) -> Iterator[bytes]:
    """Cut in the middle of each character of several bytes, and of each pair of line ends."""
    start = 0
    for at in range(1, len(data)):
        before, byte = data[at - 1], data[at]
        if (byte & 0xC0 == 0x80 and before & 0xC0 == 0xC0) or before == byte == 0x0A:
            yield data[start:at]
            start = at
    if start < len(data):
        yield data[start:]


_NAMED: Final[dict[str, Chunking]] = {"bytes": in_bytes, "split-utf8": split_utf8}


def chunking_of(given: Any) -> Chunking:
    """How to cut.

    Args:
        given: None: what came in one read goes out in one piece; `"split-utf8"`, `"bytes"`; or how many bytes
            a piece has.

    Raises:
        ArgumentError: it is none of these.

    Example:
        >>> [piece.decode("utf-8", "replace") for piece in chunking_of("split-utf8")("aé\\n".encode())]
        ['a�', '�\\n']
        >>> list(chunking_of(2)(b"abcde"))
        [b'ab', b'cd', b'e']
    """
    if given is None:
        return whole
    if isinstance(given, str) and given in _NAMED:
        return _NAMED[given]
    if isinstance(given, int) and not isinstance(given, bool) and given > 0:
        size = given
        return lambda data: (data[at : at + size] for at in range(0, len(data), size))
    known = ", ".join(map(repr, _NAMED))
    raise ArgumentError(f"chunking is None, {known} or a number of bytes, not {given!r:.80}")
