"""A thousand reconnections leave nothing behind but what is bounded, and what is bounded ends.

The bounds are made small, filled over real connections, and then whatever a source holds is counted, object
by object: none of its kinds may grow with the reconnections that follow.
"""

from __future__ import annotations

import gc
import itertools
import threading
import types
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from raw_server import CHUNKED, Peer, RawServer, chunk
from support import Listener, eventually, open_files

from sse_notebook import logbook
from sse_notebook.source import Backoff, EventSource, continuity, redactor

SMALL = 40  # of whatever is bounded
ROUND = 300  # reconnections

# What a source refers to, and is not its own: code, and what others hold.
FOREIGN = (type, types.ModuleType, types.FunctionType, types.CodeType, threading.Thread, Listener)


def held_by(source: EventSource) -> Counter[str]:
    """How many objects of each type a source holds, directly or through others."""
    found: dict[int, Any] = {}
    ways = [source]
    while ways:
        one = ways.pop()
        if id(one) not in found and not isinstance(one, FOREIGN):
            found[id(one)] = one
            ways.extend(gc.get_referents(one))
    return Counter(type(one).__name__ for one in found.values())


class Drops:
    """A step: one event, and the end; after each round it waits for `go_on`."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.waiting = threading.Event()
        self.go_on = threading.Semaphore(0)

    def __call__(self, peer: Peer) -> None:
        number = next(self._numbers)
        peer.send(chunk(b"id: %d\ndata: of %d\n\n" % (number, number)))
        if number % ROUND == 0:
            self.waiting.set()
            self.go_on.acquire(timeout=60)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that are full soon."""
    monkeypatch.setattr(continuity, "KEPT", SMALL)
    monkeypatch.setattr(continuity, "REMEMBERED", SMALL)
    monkeypatch.setattr(continuity, "PIECE", 8)
    monkeypatch.setattr(redactor, "TOKENS", SMALL)
    monkeypatch.setattr(logbook, "KEPT", SMALL)


@pytest.mark.usefixtures("small")
def test_nothing_grows(server: RawServer, connect: Callable[..., EventSource]) -> None:
    """Once the bounds are full, another round of reconnections adds no object, no thread, no descriptor."""
    drops, tokens = Drops(), (f"token-{number:06}" for number in itertools.count())
    source = connect(
        server.play("/x", [CHUNKED, drops]),
        token=lambda: next(tokens),
        backoff=Backoff(initial=0.0001, maximum=0.0001, attempts=None),
    )
    counts = []
    for _ in range(2):
        eventually(drops.waiting.is_set)
        drops.waiting.clear()
        eventually(lambda: source.last_event_id and int(source.last_event_id) % ROUND == 0)
        eventually(lambda: threads() == ["raw peer", "raw server", "sse-notebook"])
        counts.append(held_by(source) + Counter(descriptors=open_files()))
        drops.go_on.release()
    assert counts[0]["Gap"] == SMALL
    more = counts[1] - counts[0]
    # A piece more of events that are remembered, a page more of a table; a leak is one of each connection.
    assert {} == {kind: number for kind, number in more.items() if number >= ROUND // 2}
    assert 0 == more["descriptors"]


def threads() -> list[str]:
    """The kinds of threads that the server and the source have."""
    names = ("raw peer", "raw server", "sse-notebook")
    found = [thread.name for thread in threading.enumerate()]
    return sorted(name for each in found for name in names if each.startswith(name))
