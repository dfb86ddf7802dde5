"""`wire.Decoder` reads as the standard says, however the stream is cut."""

from __future__ import annotations

import doctest
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from wire import standard
from wire.cases import CASES
from wire.cases_public import LAUNCHDARKLY_PAYLOAD_SIZES
from wire.oracle import read

from sse_notebook.errors import ArgumentError
from sse_notebook.wire import Decoder, ServerSentEvent, decoder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wire.standard import Case

SHORT = 64  # bytes; such cases are cut at every pair of places
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)

Outcome = tuple[list[tuple[str, str, str, str | None]], str, float | None, int, int]


def feed_all(pieces: Iterable[bytes], to: Decoder | None = None) -> Outcome:
    """Feed the pieces in order; everything that can be seen afterwards."""
    to = Decoder() if to is None else to
    events = [event for piece in pieces for event in to.feed(piece)]
    heard = [(event.event, event.data, event.id, event.own_id) for event in events]
    return heard, to.last_event_id, to.reconnection_time, to.comments, to.hollow


def cut(wire: bytes, *places: int) -> list[bytes]:
    """The pieces of a stream cut before these places."""
    return [wire[start:end] for start, end in pairwise((0, *places, len(wire)))]


@every_case
def test_a_case_read_whole(case: Case) -> None:
    """Fed at once, the stream gives the events, id, reconnection time and comments of the table."""
    decoder = Decoder()
    events = decoder.feed(case.wire)
    assert case.events == [(event.event, event.data, event.id) for event in events]
    assert case.last_event_id == decoder.last_event_id
    assert case.reconnection_time == decoder.reconnection_time
    assert case.comments == decoder.comments
    assert decoder.oversized == 0


@every_case
def test_a_case_cut_at_every_place(case: Case) -> None:
    """One cut, wherever it falls, changes nothing."""
    whole = feed_all([case.wire])
    for place in range(len(case.wire) + 1):
        assert whole == feed_all(cut(case.wire, place)), place


@every_case
def test_a_case_byte_by_byte(case: Case) -> None:
    """Single bytes, with empty pieces between them, read the same as the whole."""
    whole = feed_all([case.wire])
    singles = [bytes([byte]) for byte in case.wire]
    assert whole == feed_all(singles)
    assert whole == feed_all(piece for byte in singles for piece in (b"", byte, b""))


@pytest.mark.parametrize(
    "case", [case for case in CASES if len(case.wire) <= SHORT], ids=lambda case: case.name
)
def test_a_short_case_cut_at_every_pair_of_places(case: Case) -> None:
    """Two cuts, wherever they fall, change nothing."""
    whole = feed_all([case.wire])
    for second in range(len(case.wire) + 1):
        for first in range(second + 1):
            assert whole == feed_all(cut(case.wire, first, second)), (first, second)


# (the oracle is too slow to be asked after every byte of the long ones)
@pytest.mark.parametrize(
    "case", [case for case in CASES if len(case.wire) <= 300], ids=lambda case: case.name
)
def test_nothing_is_held_back(case: Case) -> None:
    """After every byte, what was handed out is all that the bytes so far say: nothing waits for the next."""
    for place in range(len(case.wire) + 1):
        so_far = case.wire[:place]
        assert feed_all([so_far]) == tuple(read(so_far)), place


def test_an_event_is_handed_out_by_the_feed_that_completes_it() -> None:
    """The blank line's LF or CR brings the event at once; the LF behind that CR brings nothing."""
    decoder = Decoder()
    assert decoder.feed(b"data: a\n") == []
    assert [ServerSentEvent("message", "a")] == decoder.feed(b"\n")
    assert decoder.feed(b"data: b\r") == []
    assert [ServerSentEvent("message", "b")] == decoder.feed(b"\r")
    assert decoder.feed(b"\n") == []
    assert [ServerSentEvent("message", "")] == decoder.feed(b"data\n\r")


def test_own_id_is_the_id_of_that_very_block() -> None:
    """`own_id` tells an id that stood in the block from one that merely holds still."""
    wire = b"id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\nid\ndata: d\n\nid: \x003\ndata: e\n\n"
    wire += b"id: 4\nid: \0\ndata: f\n\n"
    expected = [("1", "1"), ("1", None), ("2", None), ("", ""), ("", None), ("4", "4")]
    assert expected == [(event.id, event.own_id) for event in Decoder().feed(wire)]


def test_blocks_without_data_are_counted() -> None:
    """A name or an id without data dispatches nothing, and is counted: a server may mean it for an event."""
    decoder = Decoder()
    for wire, count in (
        (b"event: a\n\n", 1),
        (b"id: 1\n\n", 2),
        (b"event: a\nid\n\n", 3),
        (b"\n\nretry: 5\n\n: c\n\nfoo\n\nid: \0\n\nevent: a\ndata\n\nid: 2\n", 3),
    ):
        decoder.feed(wire)
        assert count == decoder.hollow, wire


def test_a_decoder_starts_from_the_id_it_is_given() -> None:
    """An earlier connection's id is each event's id until the stream sets another; it is nobody's own."""
    decoder = Decoder(last_event_id="7")
    assert decoder.last_event_id == "7"
    event, other, reset = decoder.feed(b"data: x\n\nid: 8\ndata: y\n\nid\ndata: z\n\n")
    assert [(e.id, e.own_id) for e in (event, other, reset)] == [("7", None), ("8", "8"), ("", "")]
    assert decoder.last_event_id == ""


@pytest.mark.parametrize("like", [bytearray, memoryview])
@pytest.mark.parametrize("before", [b"", b"data: 0\n", b"data: ", b"data: 1\n\n"])
def test_what_is_like_bytes(like: Any, before: bytes) -> None:
    """It is read as bytes are, wherever in a stream; and who changes it afterwards changes nothing."""
    decoder, other = Decoder(), Decoder()
    chunk = bytearray(b"\r\ndata: 2\n\ndata: ab")
    read = decoder.feed(before) + decoder.feed(like(chunk))
    chunk[-2:] = b"xx"
    assert other.feed(before) + other.feed(b"\r\ndata: 2\n\ndata: ab\n\n") == read + decoder.feed(b"\n\n")


@pytest.mark.parametrize("chunk", ["data: 1\n\n", None, 5, [1]])
@pytest.mark.parametrize("before", [b"", b"data: 0\n", b"data: "])
def test_what_is_no_bytes_is_refused(chunk: Any, before: bytes) -> None:
    """It says so, and goes on as if nothing had come."""
    decoder = Decoder()
    decoder.feed(before)
    with pytest.raises(ArgumentError, match="bytes"):
        decoder.feed(chunk)
    assert Decoder().feed(before + b"data: 1\n\n") == decoder.feed(b"data: 1\n\n")


@pytest.mark.parametrize("id_", [None, 5, b"x"])
def test_an_id_that_is_no_text_is_refused(id_: Any) -> None:
    """An id is text, as it comes on the wire."""
    with pytest.raises(ArgumentError, match="last_event_id must be text"):
        Decoder(last_event_id=id_)


def test_a_decoder_that_was_fed_nothing() -> None:
    """A fresh decoder has no id, no reconnection time and no counts, also after an empty read."""
    decoder = Decoder()
    assert decoder.feed(b"") == []
    assert (
        decoder.last_event_id,
        decoder.reconnection_time,
        decoder.comments,
        decoder.oversized,
    ) == ("", None, 0, 0)


def test_the_reconnection_time_is_known_before_the_block_ends() -> None:
    """`retry:` counts as soon as its line has ended: a server may send it and hang up."""
    decoder = Decoder()
    decoder.feed(b"retry: 1500")
    assert decoder.reconnection_time is None
    decoder.feed(b"\r")
    assert decoder.reconnection_time == 1.5
    assert isinstance(decoder.reconnection_time, float)


@pytest.mark.parametrize("size", LAUNCHDARKLY_PAYLOAD_SIZES)
def test_payload_is_delivered(size: int) -> None:
    """launchdarkly: payload of {size} bytes is delivered promptly: whole, and in pieces of many sizes."""
    wire = b"data: " + b"x" * size + b"\n\n"
    expected = ([("message", "x" * size, "", None)], "", None, 0, 0)
    for piece in (1, 7, 1024, 4096, 65536, len(wire)):
        if len(wire) // piece < 50_000:
            assert expected == feed_all(wire[at : at + piece] for at in range(0, len(wire), piece))


_HALF = bytes(range(0x20, 0x7F)) * (5 * 2**20 // 95)
LARGE = {
    "launchdarkly: large message in one chunk": [b"data: " + _HALF + b"\n\n"],
    "launchdarkly: large message in two chunks": [b"data: " + _HALF, _HALF + b"\n\n"],
    "eventsource: parses relatively huge messages efficiently": [b"data: " + b"a" * 100_000 + b"\n\n"],
    "eventsource-parser: stream with huge data chunks": [
        b": hi\n\n",
        *["data:жизнь 生命\ndata:\ndata: 🦉 🐢\n".encode() * 100] * 1_000,
        b"\n",
        b": bye\n\n",
    ],
    "eventsource-parser: maxBufferSize: undefined option means unbounded (default behavior)": [
        b"data: " + b"x" * 1_000_000,
        b"\n\n",
    ],
}


@pytest.mark.parametrize("pieces", LARGE.values(), ids=LARGE.keys())
def test_large_messages(pieces: list[bytes]) -> None:
    """Messages of megabytes come whole, and as the lines of them were put together."""
    decoder = Decoder()
    (event,) = [event for piece in pieces for event in decoder.feed(piece)]
    values = [
        line.removeprefix(b"data:").removeprefix(b" ")
        for line in b"".join(pieces).split(b"\n")
        if line.startswith(b"data:")
    ]
    assert b"\n".join(values).decode() == event.data


def test_the_examples_in_the_docstrings_hold() -> None:
    """What the module shows is what it does."""
    result = doctest.testmod(decoder)
    assert result.attempted > 0
    assert result.failed == 0


def test_every_quoted_sentence_has_a_case() -> None:
    """No sentence of the standard stands in the table's glossary without a stream that shows it."""
    quoted = {text for name, text in vars(standard).items() if name.isupper()}
    assert set() == quoted - {case.says for case in CASES}


@pytest.mark.usefixtures("both_ways")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted(end: str) -> None:
    """Every line that has ended, the blank ones too, whatever ends it; half of one is none yet."""
    decoder = Decoder()
    block = ": c\n\nid: 1\ndata: a\ndata: b\n\n\nfoo\n".replace("\n", end).encode()
    for _ in range(40):  # of one form, and others
        decoder.feed(block)
    decoder.feed(b"data: half of")
    assert 8 * 40 == decoder.lines
