"""The decoder against the oracle on random streams in random reads, and against itself under a limit."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire.oracle import lines, read, utf_8_decode
from wire.streams import FRAGMENTS, KINDS, almost, pieces_of, regular

from sse_notebook.wire import Decoder, decoder, partial

each_kind = pytest.mark.parametrize("kind", KINDS)


def heard(decoder: Decoder, pieces: list[bytes]) -> list[tuple[str, str, str, str | None]]:
    """What the decoder makes of these reads, in the oracle's words."""
    return [(e.event, e.data, e.id, e.own_id) for piece in pieces for e in decoder.feed(piece)]


def assert_read_as_the_oracle_reads(pieces: list[bytes], last_event_id: str = "") -> None:
    """Feed the pieces; then everything must be as the oracle says of all the bytes."""
    decoder = Decoder(last_event_id=last_event_id)
    events = heard(decoder, pieces)
    stream = b"".join(pieces)
    expected = read(stream, last_event_id)
    found = (events, decoder.last_event_id, decoder.reconnection_time, decoder.comments, decoder.hollow)
    assert tuple(expected) == found, (stream, pieces)


def fuzz(kind: str, seed: int, streams: int) -> None:
    """So many random streams of one kind from one seed."""
    rng = random.Random(seed)
    for _ in range(streams):
        stream = KINDS[kind](rng)
        last_event_id = rng.choice(("", "0"))
        assert_read_as_the_oracle_reads(pieces_of(rng, stream), last_event_id)
        # and a prefix, cut as a connection is cut: nothing is held back, nothing comes early
        assert_read_as_the_oracle_reads([stream[: rng.randrange(len(stream) + 1)]], last_event_id)


@each_kind
@pytest.mark.parametrize("seed", range(2))
def test_random_streams_read_as_the_oracle_reads_them(kind: str, seed: int) -> None:
    """6,000 streams in random reads: decoder and oracle agree in every event, id, time and count."""
    fuzz(kind, seed, 1_000)


@pytest.mark.long
@each_kind
@pytest.mark.parametrize("seed", range(100, 110))
def test_very_many_random_streams_read_as_the_oracle_reads_them(kind: str, seed: int) -> None:
    """300,000 more of them, from other seeds."""
    fuzz(kind, seed, 10_000)


@pytest.mark.parametrize("make", [regular, almost])
def test_a_random_stream_cut_at_every_place(make: type) -> None:
    """Where a read ends in the middle of a block, at whatever byte, the rest of the block is no new one."""
    rng = random.Random(1)
    for _ in range(150):
        stream = make(rng)
        expected = read(stream).events
        for place in range(len(stream) + 1):
            assert expected == heard(Decoder(), [stream[:place], stream[place:]]), (stream, place)


USUAL = {
    "id, event, data": b"id: 7\nevent: e\ndata: " + b"x" * 60 + b"\n\n",
    "data, no space": b"data:" + b"x" * 60 + b"\n\n",
    "CR LF": b"id: 7\r\nevent: e\r\ndata: " + b"x" * 60 + b"\r\n\r\n",
    "several lines": b"id: 7\n" + b"data: xx\n" * 8 + b"\n",
    "several lines, CR LF": b"data:xx\r\n" * 8 + b"\r\n",
    "a comment before each": b": c\n\nevent: e\ndata: x\n\n",
    "a comment at each": b": c\nevent: e\ndata: x\nid: 7\n\n",
}


@pytest.mark.parametrize("odd", [0.0, 0.002, 0.02])
@pytest.mark.parametrize("usual", USUAL.values(), ids=USUAL.keys())
def test_long_reads_with_a_few_odd_blocks(usual: bytes, odd: float) -> None:
    """Thousands of blocks in long reads, a few of them unlike the rest: each is read for what it is."""
    rng = random.Random(1)
    for size in (2**16, 3_000):
        stream = b"".join(almost(rng) if rng.random() < odd else usual for _ in range(2_000))
        start = rng.randrange(size)
        bounds = [0, *range(start, len(stream), size), len(stream)]
        assert_read_as_the_oracle_reads([stream[a:b] for a, b in pairwise(bounds)])


@each_kind
def test_what_counts_as_long_makes_no_difference(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a line long with a few bytes, and read as long ones are: decoder and oracle agree as ever."""
    for long in (1, 6, 20):
        monkeypatch.setattr(decoder, "LONG", long)
        monkeypatch.setattr(partial, "LONG", max(long, partial.LONGEST_NAME))
        fuzz(kind, long, 300)
        fuzz_with_limits(kind, long, 300)


@each_kind
def test_a_random_stream_after_another_that_was_cut(kind: str) -> None:
    """After `reset` a stream reads as the oracle reads it, from the id that was left and nothing else."""
    rng = random.Random(2)
    for _ in range(1_000):
        decoder = Decoder()
        first, second = KINDS[kind](rng), KINDS[kind](rng)
        heard(decoder, pieces_of(rng, first)[:-1])
        decoder.reset()
        expected = read(second, decoder.last_event_id)
        pieces = pieces_of(rng, second)
        assert (expected.events, expected.last_event_id) == (heard(decoder, pieces), decoder.last_event_id), (
            first,
            pieces,
        )


# -- under a limit -----------------------------------------------------------------------------------------


class Size(NamedTuple):
    """How large an event is, however its bytes are counted: at least `data`, at most `block`."""

    data: int
    block: int


def sizes(stream: bytes) -> tuple[list[Size], int]:
    """The sizes of a stream's events, and of its longest line that is neither data nor a comment."""
    found, data, block, longest = [], 0, 0, 0
    for line in lines(utf_8_decode(stream)):
        name, _, value = line.partition(":")
        size = len(line.encode())
        if line == "":
            found += [Size(data - 1, block)] if data else []
            data = block = 0
        elif name == "data":
            size = len(value.removeprefix(" ").encode())
            data += size + len("\n")
            block += size + len("data: \n")
        elif name != "":
            block += size + len("\n")
            longest = max(longest, size)
    return found, longest


def limit_near(rng: random.Random, events: list[Size]) -> int:
    """A limit at which one of these events, or another, is just too large."""
    near = rng.choice([size for event in events for size in event] or [1])
    return max(1, near + rng.randrange(-8, 3))


def assert_what_fits_arrives(stream: bytes, rng: random.Random) -> None:
    """An event whose block fits is heard, one whose data does not is skipped; each is one or the other."""
    expected, (each, longest) = read(stream), sizes(stream)
    limit = max(limit_near(rng, each), longest)  # a line that is too long makes any block too large
    decoder, pieces = Decoder(max_event_bytes=limit), pieces_of(rng, stream)
    events = heard(decoder, pieces)
    assert expected.last_event_id == decoder.last_event_id, (limit, pieces)
    assert len(expected.events) == len(events) + decoder.oversized, (limit, pieces)
    for event, size in zip(expected.events, each, strict=True):
        if events and tuple(event) == events[0] and size.data <= limit:
            events.pop(0)
        else:
            assert size.block > limit, (event, limit, pieces)
    assert events == [], (limit, pieces)


def assert_cuts_change_nothing(stream: bytes, rng: random.Random) -> None:
    """Pieces give what the whole gives: events, ids and counts."""
    # near an event's size, or where a decoder may first know that nothing in a read can be too large
    limit = limit_near(rng, sizes(stream)[0] + [Size(len(stream), 3 * len(stream))] * rng.randrange(2))
    whole, pieced = Decoder(max_event_bytes=limit), Decoder(max_event_bytes=limit)
    pieces = pieces_of(rng, stream)
    assert heard(whole, [stream]) == heard(pieced, pieces), (limit, pieces)
    for name in ("last_event_id", "reconnection_time", "lines", "comments", "hollow", "oversized", "skipped"):
        assert getattr(whole, name) == getattr(pieced, name), (name, limit, pieces)


def fuzz_with_limits(kind: str, seed: int, streams: int) -> None:
    """So many random streams of one kind from one seed, each with limits near the sizes of its events."""
    rng = random.Random(seed)
    for _ in range(streams):
        stream = KINDS[kind](rng)
        assert_what_fits_arrives(stream, rng)
        assert_cuts_change_nothing(stream, rng)


@each_kind
@pytest.mark.parametrize("seed", range(2))
def test_random_streams_under_a_limit(kind: str, seed: int) -> None:
    """With `max_event_bytes`: what fits arrives, what does not is counted, and cuts change nothing."""
    fuzz_with_limits(kind, seed, 1_000)


@pytest.mark.long
@each_kind
@pytest.mark.parametrize("seed", range(100, 105))
def test_very_many_random_streams_under_a_limit(kind: str, seed: int) -> None:
    """150,000 more of them, from other seeds."""
    fuzz_with_limits(kind, seed, 10_000)


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
