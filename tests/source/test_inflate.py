"""Compressed streams: bounded pieces, whatever they unfold to."""

from __future__ import annotations

import gzip
import zlib

import pytest

from sse_notebook.source.inflate import PIECE, inflated

WIRE = b"data: 1\n\n" * 100_000


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
@pytest.mark.parametrize("size", [1, 7, 10_000_000])
def test_unfolds_to_the_same_bytes(compress: object, size: int) -> None:
    """However the compressed bytes are cut, what comes out is what was put in, in bounded pieces."""
    packed = compress(WIRE)  # type: ignore[operator]  # one of two functions
    pieces = list(inflated(packed[i : i + size] for i in range(0, len(packed), size)))
    assert b"".join(pieces) == WIRE
    assert max(map(len, pieces)) <= PIECE


def test_a_bomb_comes_in_pieces() -> None:
    """Half a megabyte that unfolds to half a gigabyte: no piece is large; the reader may stop at any."""
    bomb = gzip.compress(bytes(64 * 2**20), 9)
    assert len(bomb) < 100_000
    assert max(len(piece) for piece in inflated([bomb])) <= PIECE


def test_neither_gzip_nor_zlib() -> None:
    """Bytes that are no such stream are an error of zlib's, which the transport translates."""
    with pytest.raises(zlib.error):
        list(inflated([b"data: 1\n\n"]))


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
@pytest.mark.parametrize("size", [1, 7, 10_000_000])
def test_parts_one_behind_the_other(compress: object, size: int) -> None:
    """What was compressed in parts, an event each or empty, is all of them, however the bytes are cut."""
    parts = [b"data: 1\n\n", b"", WIRE, b"data: 2\n\n"]
    packed = b"".join(map(compress, parts))  # type: ignore[arg-type]  # one of two functions
    pieces = list(inflated(packed[i : i + size] for i in range(0, len(packed), size)))
    assert b"".join(pieces) == b"".join(parts)
    assert max(map(len, pieces)) <= PIECE


def test_what_follows_the_end_is_not_kept() -> None:
    """Bytes behind the end that are not compressed are an error, and never collected in silence."""
    with pytest.raises(zlib.error):
        list(inflated([gzip.compress(b"data: 1\n\n"), b"data: 2\n\n"]))
