"""Every public case over a real socket: `EventSource` hands on what the table says, in whatever chunks.

The tables are those of tests/wire: the standard's examples, LaunchDarkly's sse-contract-tests,
web-platform-tests, eventsource-parser, eventsource. There the decoder reads each of them at every cut; here
HTTP, the socket and the thread stand between.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from contract.play import Connect, all_heard, in_pieces, said
from raw_server import RawServer
from support import Listener
from wire.cases_public import LAUNCHDARKLY_PAYLOAD_SIZES, PUBLIC
from wire.standard import Case

BITES = 300  # bytes; longer cases are not sent in bites
WAYS: dict[str, Callable[[bytes], list[bytes]]] = {
    "one chunk": lambda wire: [wire],
    "1-character chunks": lambda wire: [wire[at : at + 1] for at in range(len(wire))],
    "2-character chunks": lambda wire: [wire[at : at + 2] for at in range(0, len(wire), 2)],
}


@pytest.mark.parametrize(
    ("case", "way"),
    [
        pytest.param(case, way, id=f"{case.name}: {way}")
        for case in PUBLIC
        for way in WAYS
        if way == "one chunk" or len(case.wire) <= BITES
    ],
)
def test_a_case_over_a_socket(
    server: RawServer, connect: Connect, listener: Listener, case: Case, way: str
) -> None:
    """The events of the table arrive, in order; the id to resume from and the reconnection time are known."""
    source = connect(server.play("/x", in_pieces(listener, WAYS[way](case.wire))))
    all_heard(listener, len(case.wire))
    assert case.events == said(listener)
    decoder = source.decoder
    assert (case.last_event_id, case.reconnection_time, case.comments) == (
        source.last_event_id,
        decoder.reconnection_time,
        decoder.comments,
    )
    assert "open" == source.status.state


@pytest.mark.parametrize("case", PUBLIC, ids=lambda case: case.name)
def test_a_case_without_chunks(server: RawServer, connect: Connect, listener: Listener, case: Case) -> None:
    """A body that is not chunked, and has no length, is read as it comes."""
    connect(server.play("/x", in_pieces(listener, [case.wire], chunked=False)))
    all_heard(listener, len(case.wire))
    assert case.events == said(listener)


HALVES = {
    "launchdarkly: one-line message in two chunks": (b"data: Wor", b"ld\n\n"),
    "launchdarkly: two messages spanning 3 chunks with shared chunk": (
        b"data: half",
        b"half\n\ndata:",
        b"whole\n\n",
    ),
    "launchdarkly: CRLF where CR is end of 1 chunk": (
        b"data: one\r",
        b"\ndata: two\r",
        b"\n\r\ndata: three\r",
        b"\n",
        b"\r",
        b"\n",
    ),
    "launchdarkly: BOM split across first two chunks": (b"\xef\xbb", b"\xbfdata: x\n\n"),
    "launchdarkly: BOM split byte by byte across chunks": (b"\xef", b"\xbb", b"\xbf", b"data: x\n\n"),
    "eventsource-parser: stream of `time` event names, unbalanced chunks": (
        b"event: time\nid: 4",
        b"711\ndata: 09:30\n\nev",
        b"ent: time\nid: 815\ndata: 09:31\n",
        b"\n",
    ),
    "eventsource-parser: stream with cr separating chunks of same event": (
        b"data: 1\r\n",
        b"data: 2\r",
        b"\n",
        b"data: 3\r\n",
        b"\n",
    ),
    "eventsource: can handle unicode data correctly": (
        b"data: Zo",
        b"\xc3",
        b"\xab \xe2\x99",
        b"\xa5\n\n\n\n",
    ),
    "wpt: eventsource-from-readable-stream: handles data split across chunks": (b"da", b"ta: hai", b"l\n\n"),
}


@pytest.mark.parametrize("pieces", HALVES.values(), ids=HALVES.keys())
def test_cut_where_they_cut(
    server: RawServer, connect: Connect, listener: Listener, pieces: tuple[bytes, ...]
) -> None:
    """Cut at the places that gave these tests their names, it reads as it does whole."""
    whole, parts = Listener(), listener
    wire = b"".join(pieces)
    connect(server.play("/parts", in_pieces(parts, pieces)))
    all_heard(parts, len(wire))
    assert [len(piece) for piece in pieces] == parts.sizes
    connect(server.play("/whole", in_pieces(whole, [wire])), listener=whole)
    all_heard(whole, len(wire))
    assert said(whole) == said(parts) != []


@pytest.mark.parametrize(
    "size",
    LAUNCHDARKLY_PAYLOAD_SIZES,
    ids=lambda size: f"launchdarkly: payload of {size} bytes is delivered promptly",
)
def test_payloads(server: RawServer, connect: Connect, listener: Listener, size: int) -> None:
    """A payload of any size arrives though nothing follows it: no buffer on the way waits to be full."""
    wire = b"data: " + b"x" * size + b"\n\n"
    connect(server.play("/x", in_pieces(listener, [wire])))
    all_heard(listener, len(wire))
    assert ["x" * size] == listener.data


LARGE = b"0123456789abcdef" * (5 * 2**16)  # 5 MiB


@pytest.mark.parametrize(
    "pieces",
    [(b"data: " + LARGE + b"\n\n",), (b"data: " + LARGE, LARGE + b"\n\n")],
    ids=["launchdarkly: large message in one chunk", "launchdarkly: large message in two chunks"],
)
def test_large_messages(
    server: RawServer, connect: Connect, listener: Listener, pieces: tuple[bytes, ...]
) -> None:
    """Messages of 5 and 10 MiB arrive whole."""
    connect(server.play("/x", in_pieces(listener, pieces)))
    all_heard(listener, sum(map(len, pieces)))
    (event,) = listener.events
    assert LARGE.decode() * len(pieces) == event.data
