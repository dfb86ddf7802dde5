"""Coalesced chunks against h11, which reads both: the same response, the same end, in any pieces."""

from __future__ import annotations

import random

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_server import CHUNKED, LAST, chunk

from sse_notebook.source.coalesce import Coalescer

EVENTS = [b"data: %d\n\n" % n for n in range(5)]
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
BODY = b"".join(map(chunk, EVENTS))

RESPONSES = {
    "chunked": CHUNKED + BODY + LAST,
    "with trailers": CHUNKED + BODY + b"0\r\nX-Trailer: 1\r\n\r\n",
    "with extensions": CHUNKED + b'3;a=1;b="c"\r\nabc\r\n' + BODY + LAST,
    "blanks after a size": CHUNKED + b"3  \r\nabc\r\n" + BODY + LAST,
    "sizes with zeros and capitals": CHUNKED + b"003\r\nabc\r\n000A\r\n0123456789\r\n" + LAST,
    "cut in a chunk": CHUNKED + BODY + b"ff\r\nabc",
    "cut in a size": CHUNKED + BODY + b"f",
    "cut in a line end": CHUNKED + BODY + b"3\r\nabc\r",
    "cut between": CHUNKED + BODY,
    "after early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + CHUNKED + BODY + LAST,
    "until the end": PLAIN + BODY,
    "with a length": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n3\r\nabc",
    "an error": b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY + LAST,
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY + LAST,
    "bare line feeds in the head": b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n" + BODY + LAST,
    "the header twice": CHUNKED[:-2] + b"Transfer-Encoding: chunked\r\n\r\n" + BODY + LAST,
    "gzip too": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + BODY + LAST,
    "no size": CHUNKED + BODY + b"\r\nabc\r\n" + LAST,
    "a sign": CHUNKED + BODY + b"+3\r\nabc\r\n" + LAST,
    "an underscore": CHUNKED + BODY + b"1_0\r\n" + b"x" * 16 + b"\r\n" + LAST,
    "0x": CHUNKED + BODY + b"0x3\r\nabc\r\n" + LAST,
    "a bare line feed after a size": CHUNKED + BODY + b"3\nabc\r\n" + LAST,
    "no line end": CHUNKED + BODY + b"3\r\nabcdata: x\n\n" + LAST,
    "a line end that is another size": CHUNKED + b"3\r\nabc3\r\nabc\r\n" + LAST,
    "half a line end": CHUNKED + b"3\r\nabc\rX" + BODY + LAST,
    "a size too long": CHUNKED + BODY + b"1" * 25 + b"\r\n",
    "no HTTP": b"220 ftp ready\r\n",
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nTransfer-Enc",
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,
}


def pieces_of(data: bytes, rng: random.Random, longest: int) -> list[bytes]:
    pieces = []
    while data:
        size = rng.randint(1, longest)
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def coalesced(pieces: list[bytes]) -> list[bytes]:
    """What a reader gets: as `Line` hands it on, the end included."""
    coalescer = Coalescer()
    return [*filter(None, map(coalescer.feed, pieces)), *filter(None, [coalescer.finish()])]


def read(pieces: list[bytes]) -> tuple[list[object], bytes, object]:
    """How h11 reads this: the heads, the body, and how it ends."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "h")]))
    connection.send(h11.EndOfMessage())
    heads: list[object] = []
    body = b""
    waiting = [*pieces, b""]
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(waiting.pop(0))
            elif isinstance(event, h11.InformationalResponse | h11.Response):
                heads.append((event.status_code, event.headers.raw_items()))
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            else:
                trailers = event.headers.raw_items() if isinstance(event, h11.EndOfMessage) else None
                return heads, body, (type(event), trailers)
    except h11.RemoteProtocolError as error:
        return heads, body, type(error)


@pytest.mark.parametrize("name", RESPONSES)
def test_every_cut_in_two(name: str) -> None:
    """Wherever a response is cut, it is read as without us: heads, body, trailers, end or error."""
    response = RESPONSES[name]
    expected = read([response])
    short = response if len(response) < 1000 else response[:200]
    for cut in range(len(short) + 1):
        pieces = [p for p in (response[:cut], response[cut:]) if p]
        assert expected == read(coalesced(pieces)), cut


@pytest.mark.parametrize("name", RESPONSES)
def test_any_pieces(name: str) -> None:
    """In pieces of any size, of one byte too."""
    rng = random.Random(name)
    response = RESPONSES[name][:2000]
    expected = read([response])
    for longest in (1, 2, 3, 7, 20, 100):
        assert expected == read(coalesced(pieces_of(response, rng, longest))), longest


@given(st.data())
def test_damaged_responses(data: st.DataObject) -> None:
    """A response with any byte changed, taken out or put in, in any pieces."""
    response = bytearray(CHUNKED + BODY + LAST)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(response) - 1))
        change = data.draw(st.sampled_from([b"", b"\r", b"\n", b"0", b"3", b";", b" ", b"\r\n", b"x"]))
        response[at : at + data.draw(st.integers(0, 2))] = change
    rng = random.Random(data.draw(st.integers(0, 1000)))
    pieces = pieces_of(bytes(response), rng, data.draw(st.sampled_from([1, 3, 10, 1000])))
    assert read([bytes(response)]) == read(coalesced(pieces))


def test_many_chunks_become_one() -> None:
    """What came in one read leaves as one chunk, whole events or not."""
    coalescer = Coalescer()
    assert CHUNKED == coalescer.feed(CHUNKED)
    assert chunk(b"".join(EVENTS)) == coalescer.feed(BODY)
    assert chunk(b"data: 0") == coalescer.feed(b"9\r\ndata: 0")
    assert chunk(b"\n\ndata: 1\n\n") == coalescer.feed(b"\n\n\r\n" + chunk(EVENTS[1]))


def test_nothing_to_pass_on_yet() -> None:
    """A size alone is nothing to its reader; at the end it is said all the same."""
    coalescer = Coalescer()
    coalescer.feed(CHUNKED)
    assert (b"", b"", b"ff\r") == (coalescer.feed(b"ff"), coalescer.feed(b"\r"), coalescer.finish())


def test_the_next_response_on_the_connection() -> None:
    """After another request there is a head again."""
    coalescer = Coalescer()
    for _ in range(3):
        coalescer.restart()
        assert CHUNKED + chunk(b"".join(EVENTS)) + LAST == coalescer.feed(CHUNKED + BODY + LAST)
    coalescer.restart()
    coalescer.verbatim()
    assert coalescer.feed(CHUNKED + BODY) == CHUNKED + BODY
