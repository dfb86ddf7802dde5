"""`Decoder` under load: too big is skipped and counted, memory is bounded, time is linear."""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from sse_notebook.wire import Decoder, ServerSentEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX = 40
AFTER = b"data: after\n\n"

# Each is one block, far beyond MAX bytes, in one way of being so.
TOO_BIG = {
    "one line": b"data: " + b"x" * 300,
    "one line, CR": b"data: " + b"x" * 300 + b"\rdata: y",
    "many lines": b"data: xyz\n" * 40 + b"data: x",
    "a small line first": b"data: x\ndata: " + b"y" * 300,
    "a small line behind": b"data: " + b"x" * 300 + b"\ndata: y",
    "a name in front": b"event: e\ndata: " + b"x" * 300,
    "three bytes a character": b"data: " + "€".encode() * 100,
    "broken UTF-8": b"data: " + b"\xff" * 300,
    "two lines that would fit alone": b"data: " + b"x" * 30 + b"\ndata: " + b"y" * 30,
}


def outcome(wire: bytes, *, max_event_bytes: int, piece: int) -> tuple[list[ServerSentEvent], str, int, int]:
    """Everything that a limited decoder makes of a stream in pieces of one size."""
    decoder = Decoder(max_event_bytes=max_event_bytes)
    events = [event for at in range(0, len(wire), piece) for event in decoder.feed(wire[at : at + piece])]
    return events, decoder.last_event_id, decoder.oversized, decoder.comments


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 16, 64, 10_000])
@pytest.mark.parametrize("block", TOO_BIG.values(), ids=TOO_BIG.keys())
def test_an_event_over_the_limit_is_skipped_and_counted(block: bytes, piece: int) -> None:
    """It is not handed out, not even in part; it is counted once; the events around it arrive."""
    wire = b"data: before\n\n" + block + b"\n\n" + AFTER
    expected = [ServerSentEvent("message", "before"), ServerSentEvent("message", "after")]
    assert (expected, "", 1, 0) == outcome(wire, max_event_bytes=MAX, piece=piece)


@pytest.mark.parametrize("block", TOO_BIG.values(), ids=TOO_BIG.keys())
def test_the_id_of_a_skipped_event_counts(block: bytes) -> None:
    """Wherever the stream is cut: a resume must not ask for the same too-big event for ever."""
    for wire in (b"id: 5\n" + block + b"\n\n", block + b"\nid: 5\n\n"):
        for place in range(len(wire) + 1):
            decoder = Decoder(max_event_bytes=MAX)
            assert decoder.feed(wire[:place]) + decoder.feed(wire[place:]) == []
            assert (decoder.last_event_id, decoder.oversized) == ("5", 1), (wire, place)


@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_a_long_comment_is_no_reason_to_skip_an_event(piece: int) -> None:
    """Comments are no part of the event they stand in."""
    wire = b"data: a\n:" + b"x" * 500 + b"\ndata: b\n\n" + AFTER
    expected = [ServerSentEvent("message", "a\nb"), ServerSentEvent("message", "after")]
    assert (expected, "", 0, 1) == outcome(wire, max_event_bytes=MAX, piece=piece)


@pytest.mark.parametrize(
    "field", [b"data", b"event", b"id", b"retry", b"unknown", b"", "é€𝄞".encode(), b"\xff\xe2"]
)
@pytest.mark.parametrize("length", [1, MAX - 9, MAX, MAX + 9, 3 * MAX])
def test_the_limit_does_not_depend_on_the_cuts(field: bytes, length: int) -> None:
    """Near the limit and beyond it, by whatever field: every cut gives what the whole stream gives."""
    for value in (b"5" * length, "€".encode() * (length // 3), b"\xff" * (length // 2)):
        line = field + b": " + value + b"\n"
        for wire in (
            line + b"data: x\n\n" + AFTER,
            b"data: x\nid: 1\n" + line + b"\n" + AFTER,
            line + b"\n" + AFTER,
        ):
            whole = outcome(wire, max_event_bytes=MAX, piece=len(wire))
            for place in range(len(wire) + 1):
                decoder = Decoder(max_event_bytes=MAX)
                events = decoder.feed(wire[:place]) + decoder.feed(wire[place:])
                cut = (events, decoder.last_event_id, decoder.oversized, decoder.comments)
                assert whole == cut, (wire, place)


@pytest.mark.parametrize(
    ("value", "size"),
    [(b"\xff" * 40, 120), (b"\xe2\x82" * 20, 60), ("€".encode() * 20, 60), (b"x" * 60, 60)],
    ids=["broken", "cut short", "whole", "plain"],
)
def test_what_counts_is_the_text(value: bytes, size: int) -> None:
    """Replacement characters are larger than the bytes they stand for: a small read may be too big."""
    wire = b"data: " + value + b"\n\n"
    size += len("data: ")
    for limit in range(1, 3 * size):
        for piece in (1, 7, len(wire)):
            events, _, oversized, _ = outcome(wire, max_event_bytes=limit, piece=piece)
            assert ((1, 0) if limit >= size else (0, 1)) == (len(events), oversized), (limit, piece)


def test_what_was_skipped_has_a_name() -> None:
    """Of a skipped event its type and its own id are kept, wherever in the block they stood."""
    big = b"data: " + b"x" * 50
    blocks = [
        b"event: e\nid: 1\n" + big,
        big + b"\nid: 2\nevent: f",
        b"data: small\nid: 3",
        big,
        big + b"\nid",
    ]
    decoder = Decoder(max_event_bytes=MAX)
    decoder.feed(b"".join(block + b"\n\n" for block in blocks))
    expected = [("e", "1"), ("f", "2"), ("message", None), ("message", "")]
    assert expected == [tuple(skipped) for skipped in decoder.skipped]
    assert decoder.oversized == 4


def test_of_long_names_only_the_beginning_is_kept() -> None:
    """A hundred skipped events with names and ids of a megabyte do not keep those; the id still counts."""
    decoder = Decoder()
    long = 2**20
    decoder.feed(
        b"event: " + b"e" * long + b"\nid: " + b"i" * long + b"\ndata: " + b"x" * 17 * long + b"\n\n"
    )
    assert [(200, 200)] == [(len(event), len(own or "")) for event, own in decoder.skipped]
    assert long == len(decoder.last_event_id)


def test_many_small_events_are_not_one_big_one() -> None:
    """The limit is for one event: a stream is as long as it likes, in one read or in many."""
    wire = b"id: 1\nevent: e\n: c\ndata: x\n\n" * 1000
    for piece in (1, 10, len(wire)):
        events, _, oversized, _ = outcome(wire, max_event_bytes=MAX, piece=piece)
        assert (len(events), oversized) == (1000, 0)


def test_an_event_of_one_mebibyte_passes_by_default() -> None:
    """Without a word from the caller, at least 1 MiB is allowed."""
    (event,) = Decoder().feed(b"data: " + b"x" * 2**20 + b"\n\n")
    assert len(event.data) == 2**20


@pytest.mark.parametrize("value", [0, -1, "x", 1.5, None, True])
def test_a_wrong_limit_is_refused(value: Any) -> None:
    """A limit that would let nothing pass is a mistake, and says so."""
    with pytest.raises(ValueError, match="max_event_bytes"):
        Decoder(max_event_bytes=value)


# eventsource-parser's tests of its `maxBufferSize`. Its parser is of no use after an overflow until it is
# reset; ours skips the event and goes on. (name, limit, reads, data of the events, how many were skipped)
MAX_BUFFER_SIZE = [
    ("triggers on pending fragment overflow (no terminator)", 24,
     [b"data: still", b" small, and no more", b"\n\n", AFTER], ["after"], 1),
    ("triggers on data buffer overflow (no blank line)", 32,
     [*[b"data: a part\n"] * 50, b"\n", AFTER], ["after"], 1),
    ("feed throws after overflow, until reset", 12,
     [b"data: too long for a limit of twelve", b"\n\n", AFTER, AFTER], ["after"] * 2, 1),
    ("not triggered when events dispatch within the limit", 64,
     [b"data: %d\n\n" % n for n in range(100)], [f"{n}" for n in range(100)], 0),
    ("discards unterminated comments when no onComment callback exists", 16,
     [b":" * 64, b"and no end of it", b"\n", AFTER], ["after"], 0),
    ("preserves unterminated comments when onComment callback exists", 64, [b":", b"kept", b"\n"], [], 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("limit", "reads", "data", "oversized"),
    [case[1:] for case in MAX_BUFFER_SIZE],
    ids=[f"eventsource-parser: maxBufferSize: {case[0]}" for case in MAX_BUFFER_SIZE],
)
def test_max_buffer_size(limit: int, reads: list[bytes], data: list[str], oversized: int) -> None:
    """What is too large is skipped and counted, what is not arrives, before it and behind it."""
    decoder = Decoder(max_event_bytes=limit)
    events = [event.data for read in reads for event in decoder.feed(read)]
    assert (data, oversized) == (events, decoder.oversized)


def endless(start: bytes, body: bytes, total: int, piece: int) -> Iterator[bytes]:
    """Pieces of a block that does not end."""
    yield start
    part = bytearray((body * (piece // len(body) + 1))[:piece])
    for _ in range(total // piece):
        yield bytes(part)  # each its own object, as from a socket


LIMIT = 2**16
HOSTILE: dict[str, Callable[[], Iterator[bytes]]] = {
    "a line without end": lambda: endless(b"data: ", b"x", 64 * LIMIT, 2**14),
    "a line without end in tiny pieces": lambda: endless(b"data: ", b"x", 2 * LIMIT, 2),
    "a comment without end": lambda: endless(b":", b"x", 64 * LIMIT, 2**14),
    "a comment without end in tiny pieces": lambda: endless(b":", b"x", 2 * LIMIT, 2),
    "an id without end": lambda: endless(b"id: ", b"x", 64 * LIMIT, 2**14),
    "an unknown name without end": lambda: endless(b"", b"x", 64 * LIMIT, 2**14),
    "data lines without end": lambda: endless(b"", b"data:abc\n", 5 * LIMIT, 9 * 500),
    "empty data lines without end": lambda: endless(b"", b"data\n", 5 * LIMIT, 5 * 500),
    "comments without end": lambda: endless(b"", b":abc\n", 5 * LIMIT, 5 * 500),
    "ids without end": lambda: endless(b"", b"id:abc\n", 5 * LIMIT, 7 * 500),
}


@pytest.mark.parametrize("pieces", HOSTILE.values(), ids=HOSTILE.keys())
def test_memory_is_bounded_by_the_limit(pieces: Callable[[], Iterator[bytes]]) -> None:
    """A block that never ends costs a small multiple of the limit, in whatever pieces it comes."""
    decoder = Decoder(max_event_bytes=LIMIT)
    tracemalloc.start()
    try:
        for piece in pieces():
            assert decoder.feed(piece) == []
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A short line of data costs some eight times its bytes as Python objects; pieces of two bytes, apart,
    # would cost twenty times.
    assert peak < 12 * LIMIT
    assert [event.data for event in decoder.feed(b"\n\n" + AFTER)] == ["after"]


def seconds(work: Callable[[], object]) -> float:
    """Processor time that the work took here, whatever else the machine does."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


LONG: dict[str, Callable[[int], tuple[bytes, int]]] = {
    "a long line in small pieces": lambda n: (b"data: " + b"x" * (64 * n) + b"\n\n", 64),
    "a long block in small pieces": lambda n: ((b"data: " + b"x" * 57 + b"\n") * n + b"\n", 50),
    "a long line of CRs": lambda n: (b"data: x\r" * n + b"\r", 16),
    "a long comment in small pieces": lambda n: (b":" + b"x" * (64 * n) + b"\n", 64),
    "many events in one read": lambda n: (b"data: x\n\n" * n, 2**30),
    # what would be a block, but for its last line: it must not be tried again from each of its lines
    "lines of data that are no block": lambda n: (b"data: x\n" * n + b"event: e\n\n", 2**30),
    "comments before what is no block": lambda n: (b": c\n" * n + b"foo\n\n", 2**30),
    "comments apart": lambda n: (b": c\n\n" * n + b"foo\n\n", 2**30),
    "retry before what is no block": lambda n: (b"retry: 1\n" * n + b"foo\n\n", 2**30),
    "ids without data": lambda n: (b"id: 1\n" * n + b"\n", 2**30),
    "names in a line": lambda n: (b"data: " * n + b"\n\n", 2**30),
}
# The first block of a form that the decoder then has learned.
FORMS = {
    "nothing yet": b"",
    "data": b"data: x\n\n",
    "several lines": b"data: x\ndata: y\n\n",
    "id, several lines": b"id: 1\ndata: x\ndata: y\n\n",
    "CR LF": b"id: 1\r\ndata: x\r\n\r\n",
    "several lines, CR LF": b"data: x\r\ndata: y\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("stream", LONG.values(), ids=LONG.keys())
def test_time_is_linear_in_the_bytes(stream: Callable[[int], tuple[bytes, int]], form: bytes) -> None:
    """Eight times the bytes take about eight times as long; were it quadratic, sixty-four."""

    def run(wire: bytes, piece: int) -> None:
        if b"\r" in form:
            wire = wire.replace(b"\n", b"\r\n")
        wire += form  # a form looks only at what has a whole block in it
        decoder = Decoder(max_event_bytes=2**30)
        decoder.feed(form)
        for at in range(0, len(wire), piece):
            decoder.feed(wire[at : at + piece])

    small, large = stream(2_000), stream(16_000)
    ratios = []
    for _ in range(5):  # interleaved, so that a slow moment hits both; the best of five counts
        once, eightfold = seconds(lambda: run(*small)), seconds(lambda: run(*large))
        ratios.append(eightfold / once)
    assert min(ratios) < 24


def test_blank_lines_cost_no_more_than_others() -> None:
    """Lines that say nothing take no longer than as many bytes of events."""

    def cost(line: bytes) -> float:
        chunk = line * (65_536 // len(line))
        decoder, begin = Decoder(), time.process_time()
        for _ in range(16):
            decoder.feed(chunk)
        return time.process_time() - begin

    assert min(cost(b"\n") for _ in range(3)) < 3 * min(cost(b"data: x\n\n") for _ in range(3))


def test_a_long_unknown_line_is_ignored() -> None:
    """A field that is ignored may be as long as it likes; its event is none the larger for it."""
    decoder = Decoder(max_event_bytes=16)
    reads = (b"unknown-field", b": ignored, however long", b"\ndata: ok\n\n")
    assert (["ok"], 0) == ([event.data for read in reads for event in decoder.feed(read)], decoder.oversized)


@pytest.mark.parametrize("space", ["", " ", "  "])
@pytest.mark.parametrize("limit", [2**20, 100_009, 100_008, 100_007, 100_006, 100_005, 50_000])
def test_a_long_line_in_pieces_is_the_line(space: str, limit: int) -> None:
    """A long line that comes in pieces gives what it gives at once: its value, its limit, what follows it."""
    wire = f"id: 1\ndata: a\ndata:{space}{'x' * 50_000}é{'y' * 49_998}\ndata: b\n\ndata: c\n\n".encode()
    whole, pieced = Decoder(max_event_bytes=limit), Decoder(max_event_bytes=limit)
    heard = [event for at in range(0, len(wire), 1460) for event in pieced.feed(wire[at : at + 1460])]
    assert whole.feed(wire) == heard
    assert (whole.oversized, whole.last_event_id) == (pieced.oversized, pieced.last_event_id)


def test_a_long_line_that_ends_with_its_piece() -> None:
    """Nothing behind its end, and nothing is missed: the blank line is yet to come."""
    decoder = Decoder()
    for piece in (b"data: x\ndata: " + b"y" * 70_000, b"y" * 70_000, b"\n"):
        assert decoder.feed(piece) == []
    assert ["x\n" + "y" * 140_000] == [event.data for event in decoder.feed(b"\n")]
