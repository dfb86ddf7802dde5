"""What contract tests share: names from elsewhere as ids, and streams that arrive in the pieces given."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence

import pytest
from raw_server import CHUNKED, STREAM, Peer, Step, chunk, hold
from support import PATIENCE, Listener, eventually

from sse_notebook.source import Backoff, EventSource

Connect = Callable[..., EventSource]

QUICK = Backoff(initial=0.005, maximum=0.01, attempts=None)
PLAIN = Backoff(jitter=0)  # the seed's, for a virtual clock


def named(whose: str, *names: str) -> pytest.MarkDecorator:
    """The names under which others test the same become the id, as in `test_x[wpt: request-accept]`."""
    return pytest.mark.parametrize((), [pytest.param(id=" | ".join(f"{whose}: {name}" for name in names))])


def state(source: EventSource, wanted: str) -> None:
    """Wait until the source is in this state."""
    eventually(lambda: source.status.state == wanted, what=f"never {wanted}: {source.status}")


def settled(source: EventSource) -> str:
    """The state, once it is one that does not change by itself."""
    eventually(lambda: source.status.state in ("exhausted", "unauthorized"), what=repr(source.status))
    return source.status.state


def said(listener: Listener) -> list[tuple[str, str, str]]:
    """What was heard, as the tables of tests/wire write it."""
    return [(event.event, event.data, event.id) for event in listener.events]


def stream(*bodies: bytes) -> list[Step]:
    """A script: a stream of these chunks that stays open."""
    return [CHUNKED, *map(chunk, bodies), hold]


def in_pieces(listener: Listener, pieces: Sequence[bytes], *, chunked: bool = True) -> list[Step]:
    """A script: each piece is sent when all before it was read, so that no two meet in one read."""
    read = threading.Condition()

    def heard(events: object) -> None:
        with read:
            read.notify_all()

    def send(piece: bytes) -> Step:
        def step(peer: Peer) -> None:
            until = sum(listener.sizes) + len(piece)
            peer.send(chunk(piece) if chunked else piece)
            with read:
                read.wait_for(lambda: sum(listener.sizes) >= until, PATIENCE)

        return step

    def at_once(peer: Peer) -> None:
        peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    listener.hearing = heard
    return [at_once, CHUNKED if chunked else STREAM, *(send(piece) for piece in pieces if piece), hold]


def all_heard(listener: Listener, size: int) -> None:
    """Wait until so many bytes of a stream were read."""
    eventually(lambda: sum(listener.sizes) >= size, what=f"{sum(listener.sizes)} of {size} bytes")
