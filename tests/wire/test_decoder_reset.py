"""`Decoder.reset`: nothing half-read passes from one connection to the next."""

from __future__ import annotations

import pytest

from sse_notebook.wire import Decoder, ServerSentEvent

BOM = b"\xef\xbb\xbf"

# Streams that leave every kind of thing half-read, at one of their bytes or another.
CUT_OFF = [
    BOM + b"id: 1\rdata: a\r\r",
    BOM + b"event: e\r\nid: 2\r\ndata: b\r\n\r\n",
    "id: é\ndata: €𝄞\nretry: 5\n: c\nid: 3\ndata".encode(),
    b"\xef\xbb\n\ndata: x\r\n\r\n",
    b"data: \xf0\x9d\x84",
    b":" + b"x" * 40,
    b"data: " + b"y" * 60,
]
# Streams in which anything left over would show.
NEXT = [
    BOM + b"data: x\n\n",
    b"\xbb\xbfdata: x\n\ndata: y\n\n",  # the rest of a mark is none
    b"\xbfdata: x\n\ndata: y\n\n",
    b"\n\ndata: x\n\n",
    b"\r\n: c\r\ndata\r\n\r\n",
    b"a: x\ndata: y\n\n",  # `dat` + `a: x` would be data
    b"\x82\xac: x\ndata: y\n\n",
    b": x\ndata: y\n\n",
    b"data: x\n\nid: 9\ndata: y\n\n",
]


@pytest.mark.parametrize("wire", NEXT)
@pytest.mark.parametrize("cut_off", CUT_OFF)
def test_a_connection_cut_anywhere_leaves_nothing(cut_off: bytes, wire: bytes) -> None:
    """After `reset`, at whatever byte the old connection broke, the new one reads as if it were the first."""
    for place in range(len(cut_off) + 1):
        for pieces in ([wire], [bytes([byte]) for byte in wire]):
            used = Decoder(max_event_bytes=50)
            used.feed(cut_off[:place])
            used.reset()
            fresh = Decoder(last_event_id=used.last_event_id, max_event_bytes=50)
            oversized = used.oversized
            expected = [(e, e.own_id) for piece in pieces for e in fresh.feed(piece)]
            assert expected == [(e, e.own_id) for piece in pieces for e in used.feed(piece)], place
            assert fresh.last_event_id == used.last_event_id
            assert fresh.oversized == used.oversized - oversized


def test_reset_keeps_the_last_event_id() -> None:
    """The id of the last finished block goes into the next connection; an unfinished one's does not."""
    decoder = Decoder()
    decoder.feed(b"id: 1\ndata: a\n\nid: 2\ndata: b\n")
    decoder.reset()
    assert decoder.last_event_id == "1"
    assert [ServerSentEvent("message", "c", "1")] == decoder.feed(b"data: c\n\n")


def test_reset_takes_up_an_id_that_was_set_from_outside() -> None:
    """A client that forgets (or knows better) sets `last_event_id` and resets: the next events carry it."""
    decoder = Decoder()
    decoder.feed(b"id: 1\ndata: a\n\n")
    decoder.last_event_id = ""
    decoder.reset()
    assert [ServerSentEvent("message", "b", "")] == decoder.feed(b"data: b\n\n")
    assert decoder.last_event_id == ""


def test_reset_keeps_the_reconnection_time_and_the_counts() -> None:
    """`retry:` holds for the connections to come, and the counters count over all of them."""
    decoder = Decoder(max_event_bytes=20)
    decoder.feed(b"retry: 1500\n: one\n\ndata: " + b"x" * 30 + b"\n\n")
    decoder.reset()
    assert (decoder.reconnection_time, decoder.comments, decoder.oversized) == (1.5, 1, 1)
    decoder.feed(b": two\n")
    assert decoder.comments == 2


def test_reset_forgets_an_event_that_was_too_big() -> None:
    """Half of an oversized event, then a new connection: its first event arrives, and none is counted."""
    decoder = Decoder(max_event_bytes=20)
    decoder.feed(b"data: " + b"x" * 30)
    decoder.feed(b"x\n")
    decoder.reset()
    assert [ServerSentEvent("message", "y")] == decoder.feed(b"data: y\n\n")
    assert decoder.oversized == 0


def test_reset_of_a_fresh_decoder() -> None:
    """Resetting before anything was read changes nothing; nor does doing it twice."""
    decoder = Decoder(last_event_id="5")
    decoder.reset()
    decoder.reset()
    assert [ServerSentEvent("message", "x", "5")] == decoder.feed(BOM + b"data: x\n\n")
