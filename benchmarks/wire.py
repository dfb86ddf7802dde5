"""The wire alone: from the socket to the event, no JSON, nothing kept.

The limit is a raw socket: `recv`, the chunks taken apart, one regular expression over each read; it knows
this form of the wire and no other, no errors, no reconnection. At 16 KiB chunks HTTP costs little in any way,
and plain httpx with our decoder shows whether ours costs more than it must.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from benchmarks import peers, shapes
from benchmarks.harness import Report, Runner, Size, Target, race
from benchmarks.sender import Sender
from sse_notebook.source import ConnectionStatus, EventSource
from sse_notebook.wire import Decoder, ServerSentEvent

__all__ = ["run"]

OURS, PEER = "sse_notebook", "httpx-sse"
RAW, PLAIN = "raw socket, one regex", "httpx iter_raw and our decoder"
WIRE = next(iter(shapes.WIRES))
PATIENCE = 60.0  # seconds for one run
HEAD = ("", "version", "µs an event", "time (ours = 1)")


def run(size: Size) -> Iterator[Report]:
    """One event per chunk, against all; then chunks of 16 KiB."""
    number = size.events
    with Sender() as sender:
        url = sender.stream(WIRE, "flat", number)
        result = race(
            [
                Runner(OURS, lambda: ours(url, number), ours=True),
                Runner(RAW, lambda: raw(url, number)),
                Runner(PLAIN, lambda: plain(url, number), "httpx"),
                *(theirs(client, url, number) for client in peers.CLIENTS),
            ],
            size.rounds,
        )
        slower = result.ratio(OURS, RAW)
        nearest, ahead = result.nearest(OURS, (client.name for client in peers.CLIENTS))
        yield Report(
            "The wire alone",
            f"Loopback, one event per HTTP chunk, {shapes.SIZE}-byte events: an `EventSource` whose listener "
            "counts, against each client that counts.",
            HEAD,
            result.rows(OURS, number),
            [
                Target("Times as fast as httpx-sse", result.ratio(PEER, OURS), 6),
                Target(f"Times as fast as the fastest of the others ({nearest})", ahead, 1),
                Target("Time, against the raw socket", slower, 2, least=False),
            ],
        )
        large = sender.stream(WIRE, "flat", number, 16_384)
        result = race(
            [
                Runner(OURS, lambda: ours(large, number), ours=True),
                Runner(RAW, lambda: raw(large, number)),
                Runner(PLAIN, lambda: plain(large, number), "httpx"),
                theirs(peers.CLIENTS[0], large, number),
            ],
            size.rounds,
        )
        yield Report(
            "The wire alone, 16 KiB chunks",
            "The same events, in HTTP chunks of 16 KiB.",
            HEAD,
            result.rows(OURS, number),
            [
                Target(
                    "Time, against plain `iter_raw` and our decoder",
                    result.ratio(OURS, PLAIN),
                    1.3,
                    least=False,
                )
            ],
        )


class Counter:
    """A listener that counts, and says when it has heard enough."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.enough = threading.Event()

    def heard(self, events: Sequence[ServerSentEvent], size: int, at: float) -> None:  # noqa: ARG002 - Listener's
        """Count these."""
        self.left -= len(events)
        if self.left <= 0:
            self.enough.set()

    def came_again(self, events: Sequence[ServerSentEvent], at: float) -> None:
        """Nothing to count."""

    def moved(self, status: ConnectionStatus) -> None:
        """Nothing to count."""


def ours(url: str, number: int) -> float:
    """The seconds until our client has heard them all."""
    counter = Counter(number)
    began = time.perf_counter()
    source = EventSource(url, counter)
    source.start()
    enough = counter.enough.wait(PATIENCE)
    seconds = time.perf_counter() - began
    source.close()
    if not enough or counter.left:
        raise AssertionError(f"{number - counter.left} of {number} events")
    return seconds


_BLOCK = re.compile(r"id: ([^\n]*)\nevent: ([^\n]*)\ndata: ([^\n]*)\n\n")


def raw(url: str, number: int) -> float:
    """The seconds that the limit takes: each event a tuple of texts."""
    parts = urlsplit(url)
    began = time.perf_counter()
    found = 0
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as sock:
        sock.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        data = sock.recv(65_536)
        while b"\r\n\r\n" not in data:
            data += sock.recv(65_536)
        data = data.partition(b"\r\n\r\n")[2]
        text = ""
        while True:
            body, data = unchunked(data)
            text += body.decode()
            end = text.rfind("\n\n") + 2
            if end > 1:
                found += len(_BLOCK.findall(text[:end]))
                text = text[end:]
            if found >= number:
                break
            data += sock.recv(65_536)
    seconds = time.perf_counter() - began
    if found != number:
        raise AssertionError(f"{found} of {number} events")
    return seconds


def unchunked(data: bytes) -> tuple[bytes, bytes]:
    """The body that whole chunks of these bytes hold, and the bytes that are left."""
    pieces, start = [], 0
    while (end := data.find(b"\r\n", start)) > 0:
        begin = end + 2
        stop = begin + int(data[start:end], 16)
        if stop + 2 > len(data):
            break
        pieces.append(data[begin:stop])
        start = stop + 2
    return b"".join(pieces), data[start:]


def plain(url: str, number: int) -> float:
    """The seconds that httpx takes, with our decoder."""
    client, decoder, found = peers.httpx_client(), Decoder(), 0
    began = time.perf_counter()
    with client.stream("GET", url) as response:
        for chunk in response.iter_raw():
            found += len(decoder.feed(chunk))
            if found >= number:
                break
    seconds = time.perf_counter() - began
    if found != number:
        raise AssertionError(f"{found} of {number} events")
    return seconds


def theirs(client: peers.Client, url: str, number: int) -> Runner:
    """A peer that counts."""

    def run() -> float:
        began = time.perf_counter()
        events = client.events(url)
        peers.exhaust(events, number)
        return time.perf_counter() - began

    return Runner(client.name, run, client.package)
