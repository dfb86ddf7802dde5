"""The decoder against the oracle on random streams in random pieces, and against itself under a limit."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import read

from sse_notebook.wire import Decoder

# What streams are made of: few letters, so that fields happen, and all that ends, cuts or breaks one.
FRAGMENTS = [
    b"data", b"data:", b"data: ", b"data: x", b"data:  y", b"data", b"event", b"event:", b"event: e",
    b"event: f", b"id", b"id:", b"id: 1", b"id: 2", b"id: a\0b", b"retry", b"retry:", b"retry: 10",
    b"retry: 250", b"retry:+5", b"retry:1_0", b"retry: 5 5", "retry: ٣".encode(), b": c", b":", b":data: z",
    b"Data: x", b"foo: x", b"foo", b"\n", b"\n", b"\n", b"\r", b"\r", b"\r\n", b"\r\n", b"\n\n", b"\r\r",
    b"\r\n\r\n", b"\n\r", b"\r\r\n", b" ", b":", b"\0", b"x", b"d", b"a", b"1", b"\t", b"\x0b", b"\x0c",
    b"\x1e", "\u2028".encode(), "\u0085".encode(), b"\xef\xbb\xbf", b"\xef\xbb", b"\xef", b"\xbb\xbf",
    b"\xbf", "é".encode(), "€".encode(), "𝄞".encode(), b"\xe2\x82", b"\xf0\x9d\x84", b"\xc0\xaf",
    b"\xed\xa0\x80", b"\xf4\x90", b"\x80", b"\xff", b"__proto__",
]  # fmt: skip

LINE_ENDS = (b"\n", b"\r", b"\r\n")


def random_stream(rng: random.Random) -> bytes:
    """Some fragments in a row; often a whole block, so that more than noise is tested."""
    parts = [b"\xef\xbb\xbf"] if rng.random() < 0.2 else []
    for _ in range(rng.randrange(1, 12)):
        if rng.random() < 0.3:
            end = rng.choice(LINE_ENDS)
            parts += [
                rng.choice((b"data: x", b"id: 7\ndata: y", b"event: e\rdata", b"id: 8")),
                end,
                rng.choice((end, b"\n")),
            ]
        else:
            parts.append(rng.choice(FRAGMENTS))
    return b"".join(parts)


def random_pieces(rng: random.Random, stream: bytes) -> list[bytes]:
    """The stream in pieces, mostly small ones, some of them empty."""
    longest = rng.choice((1, 2, 4, 16, len(stream) + 1))
    pieces = []
    while stream:
        size = rng.randrange(longest + 1)
        pieces.append(stream[:size])
        stream = stream[size:]
    return pieces


def assert_read_as_the_oracle_reads(pieces: list[bytes], last_event_id: str = "") -> None:
    """Feed the pieces; after each, everything must be as the oracle says of all the bytes so far."""
    decoder = Decoder(last_event_id=last_event_id)
    heard = []
    for piece in pieces:
        heard += [(e.event, e.data, e.id, e.own_id) for e in decoder.feed(piece)]
    stream = b"".join(pieces)
    expected = read(stream, last_event_id)
    found = (heard, decoder.last_event_id, decoder.reconnection_time, decoder.comments)
    assert tuple(expected) == found, (stream, pieces)


def fuzz(seed: int, streams: int) -> None:
    """So many random streams from one seed."""
    rng = random.Random(seed)
    for _ in range(streams):
        stream = random_stream(rng)
        last_event_id = rng.choice(("", "0"))
        assert_read_as_the_oracle_reads(random_pieces(rng, stream), last_event_id)
        # and a prefix, cut as a connection is cut: nothing is held back, nothing comes early
        assert_read_as_the_oracle_reads([stream[: rng.randrange(len(stream) + 1)]], last_event_id)


@pytest.mark.parametrize("seed", range(5))
def test_random_streams_read_as_the_oracle_reads_them(seed: int) -> None:
    """5,000 streams from a grammar of nasty fragments, in random pieces: decoder and oracle agree."""
    fuzz(seed, 1_000)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 110))
def test_very_many_random_streams_read_as_the_oracle_reads_them(seed: int) -> None:
    """100,000 more of them, from other seeds."""
    fuzz(seed, 10_000)


@pytest.mark.parametrize("seed", range(5))
def test_under_a_limit_random_cuts_change_nothing(seed: int) -> None:
    """With a small `max_event_bytes` too, pieces give what the whole gives: events, ids and counts."""
    rng = random.Random(seed)
    for _ in range(500):
        stream = random_stream(rng)
        limit = rng.randrange(1, 40)
        whole, pieced = Decoder(max_event_bytes=limit), Decoder(max_event_bytes=limit)
        expected = whole.feed(stream)
        pieces = random_pieces(rng, stream)
        assert expected == [event for piece in pieces for event in pieced.feed(piece)], (limit, pieces)
        for name in ("last_event_id", "reconnection_time", "comments", "oversized"):
            assert getattr(whole, name) == getattr(pieced, name), (name, limit, pieces)


@given(
    parts=st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=8), max_size=12),
    cuts=st.lists(st.integers(min_value=0, max_value=120), max_size=6),
    last_event_id=st.sampled_from(("", "42")),
)
@settings(max_examples=500, deadline=None, derandomize=True, database=None)
def test_any_stream_in_any_pieces_reads_as_the_oracle_reads_it(
    parts: list[bytes], cuts: list[int], last_event_id: str
) -> None:
    """Any bytes at all, cut anywhere: decoder and oracle agree."""
    stream = b"".join(parts)
    places = sorted(min(place, len(stream)) for place in cuts)
    bounds = [0, *places, len(stream)]
    assert_read_as_the_oracle_reads([stream[a:b] for a, b in pairwise(bounds)], last_event_id)
