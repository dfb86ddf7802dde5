"""A server of events that misbehaves in every way that servers and networks do, by chance, from a seed.

    with ChaosServer(seed=1, events=4_000) as server:
        stream = sse.connect(server.url, token=server.tokens, idle_timeout=0.25)

It has a log of events that grows while they are read, remembers only the newest of them, and resumes by
`Last-Event-ID`; without an id it begins at the first event. It cuts, resets and freezes connections in the
middle of anything, answers 500, 503, 401 or not at all, sends again what the client has already. Once the
whole log has gone out over one connection it behaves, so that a client can come to rest.

The law: it knows the truth. What it sent, what it forgot, when that was and whether it said so is written
down, and all of it but the network's part follows from the seed.
"""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from chaos.plan import Fate, Kind, Plan, log_of, wire
from raw_server import CHUNKED, LAST, STREAM, Peer, RawServer, Request, answer, chunk, hold, reset

PATH = "/api/v1/events/stream"
BOM = b"\xef\xbb\xbf"
BEAT = 0.05  # seconds between two heartbeats of a stream at rest
BEATS = (b": beat\n\n", b'event: heartbeat\ndata: {"event_type":"heartbeat"}\n\n')
COMMENTS = (": größer\n\n".encode(), b":\n", b":\n\n", b": data: no\n")
NO_STREAM = {
    "500": answer("500 Internal Server Error"),
    "503": answer("503 Service Unavailable", retry_after="0"),
    "drop": b"",
}


class Skip(NamedTuple):
    """The server went on from one event to another and had forgotten those between them.

    Attributes:
        after, to: their positions in the log.
        at: when it did so, in Unix time.
    """

    after: int
    to: int
    at: float


def end(peer: Peer) -> None:
    """A step: nothing more."""


@dataclass
class Script:
    """What is done with one request: bytes are sent, so many at a time; then comes a step."""

    data: bytes
    deeds: list[str]
    write: int = 2**16
    then: Callable[[Peer], None] = end


class Tokens:
    """What is passed as `token=`: the token of the moment; once that was refused, a fresh one.

    Each is good for a few requests or for three seconds; which, nobody knows before it is refused.
    """

    LIFETIME = 3.0  # seconds

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"{seed}: tokens")
        self.issued = 0
        self._refused = True

    def __call__(self) -> str:
        if self._refused:
            self._refused = False
            self._used, self._good_for = 0, self._rng.randint(1, 9)
            self._until = time.monotonic() + self.LIFETIME
            self.issued += 1
        return f"token-{self.issued}"

    def accept(self, token: str | None) -> bool:
        """Whether a request with this token is let in. A fresh one always is, however slow the machine."""
        if self._refused or token != f"token-{self.issued}":
            return False
        spent = self._used >= self._good_for or time.monotonic() > self._until
        self._refused = self._used > 0 and spent
        self._used += 1
        return not self._refused


class ChaosServer:
    """The server of one client.

    Args:
        seed: what everything is drawn from.
        events: how many there will be.
        connections: how many connections it takes to read them all, about.
        says: whether a connection begins with the platform's greeting, which says what was forgotten.
        without: kinds of misdeeds that do not happen, see `plan.DECK`.

    Attributes:
        seed, says: as given.
        url: of the stream.
        address: host and port.
        log: the events, oldest first.
        tokens: what a client passes as its token.
        deeds: what it did, and how often.
        asked: the position that each request resumed from, in order, also of those that got no stream; -1:
            without an id.
        strange: ids that were asked for and never sent.
        skips: what was forgotten, by the position that it follows; of several from one position the last,
            since a client that asks again has got nothing of the others.
        echoes: by position, the number of the request that got the event without id that follows it.
        resent: how many events were sent again to a client that had said it has them.
        finished: set once the whole log has gone out over one connection.
        open: how many connections are.
    """

    def __init__(
        self,
        seed: int,
        events: int,
        connections: int = 40,
        *,
        says: bool = True,
        without: Collection[Kind] = (),
    ) -> None:
        pace = max(events // connections, 1)
        self.seed = seed
        self._memory = max(pace, 8)
        self._plan = Plan(seed, pace, self._memory, without)
        self.says = says
        self.log = log_of(seed, events)
        self._positions = {event.id: n for n, event in enumerate(self.log)}
        # Guards all that follows; the client's thread and one for each connection come by.
        self._lock = threading.Lock()
        self.tokens = Tokens(seed)
        self._admitted = 0  # requests that were let in
        self._born = 0  # events so far
        self._births: list[tuple[int, float]] = []  # how many there were from when on, in Unix time
        self.deeds: Counter[str] = Counter()
        self.asked: list[int] = []
        self.answered: list[float] = []  # when it was decided what a stream begins with, in Unix time
        self.strange: list[str] = []
        self.skips: dict[int, Skip] = {}
        self.echoes: dict[int, int] = {}
        self.resent = 0
        self.finished = threading.Event()
        self.open = 0
        self._raw = RawServer()
        self.address = ("127.0.0.1", self._raw.port)
        self.url = self._raw.play(PATH, [self._serve])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._raw.stop()

    # -- the truth -------------------------------------------------------------------------------------

    def position(self, id_: str | None) -> int:
        """Where an event stands in the log; None is before all."""
        return -1 if id_ is None else self._positions[id_]

    def birth(self, position: int) -> float:
        """When an event came into being, in Unix time."""
        return self._births[bisect_right(self._births, position, key=lambda birth: birth[0])][1]

    def resumed(self, end: datetime) -> float:
        """When it was decided what to send to the client that was connected at `end`, in Unix time."""
        return self.answered[bisect_right(self.answered, end.timestamp()) - 1]

    def forgotten(self) -> set[int]:
        """The positions of the events that nobody can have got."""
        return {n for skip in self.skips.values() for n in range(skip.after + 1, skip.to)}

    # -- one request -----------------------------------------------------------------------------------

    def _serve(self, peer: Peer) -> None:
        with self._lock:
            self.open += 1
            script = self._script(peer.request)
        try:
            peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(0, len(script.data), script.write):
                peer.send(script.data[at : at + script.write])
            with self._lock:
                self.deeds.update(script.deeds)
            script.then(peer)
        finally:
            with self._lock:
                self.open -= 1

    def _script(self, request: Request) -> Script:
        id_ = request.get("last-event-id")
        if id_ is not None and id_ not in self._positions:
            self.strange.append(id_)
        asked = self._positions.get(id_ or "", -1)
        self.asked.append(asked)
        if not self.tokens.accept(_token(request)):
            return Script(answer("401 Unauthorized"), ["401"])
        number = self._admitted
        self._admitted += 1
        fate = self._plan.fate(number)
        if not self.finished.is_set():
            self._grow(self._born + fate.growth)
            if fate.kind in NO_STREAM:
                return Script(NO_STREAM[fate.kind], [fate.kind])
            if fate.kind == "no head":
                return Script(CHUNKED[: fate.rng.randrange(len(CHUNKED))], ["no head"], then=hold)
        return self._stream(number, asked, fate)

    def _stream(self, number: int, asked: int, fate: Fate) -> Script:
        deeds = [f"lines end in {fate.ending!r}", f"chunks of {fate.grain}", *["BOM"] * fate.bom]
        start = self._start(asked, fate, deeds)
        self.answered.append(time.time())
        parts = []
        if self.says:
            resumed = asked >= 0
            from_, complete = (self.log[asked].id, start <= asked + 1) if resumed else (None, None)
            parts.append(_greeting(number, from_, self._born - start, complete))
        stop = len(self.log) if self.finished.is_set() else min(start + fate.events, len(self.log))
        for position in range(start, stop):
            event = self.log[position]
            if fate.rng.random() < 0.02:
                parts.append(fate.rng.choice(COMMENTS))
                deeds.append("comment")
            parts.append(event.frame)
            if event.echo and position not in self.echoes:
                self.echoes[position] = len(self.asked) - 1
                parts.append(event.echo)
        body = BOM * fate.bom + b"".join(parts).replace(b"\n", fate.ending)
        last = len(body)
        at_rest = stop == len(self.log)
        if not at_rest and fate.kind != "end":
            body += self.log[stop].frame.replace(b"\n", fate.ending)
            stop += 1
        self._grow(stop)
        data = (STREAM if fate.grain is None else CHUNKED) + wire(body, last, fate)
        if at_rest:
            return Script(data, deeds, fate.write, lambda peer: self._rest(peer, fate))
        if fate.kind == "end":
            data += b"" if fate.grain is None else LAST
            return Script(data, [*deeds, "end"], fate.write)
        then = {"cut": end, "reset": reset, "stall": hold}[fate.kind]
        return Script(data, [*deeds, f"{fate.kind}: {fate.aim}"], fate.write, then)

    def _grow(self, born: int) -> None:
        self._born = max(self._born, min(born, len(self.log)))
        self._births.append((self._born, time.time()))

    def _start(self, asked: int, fate: Fate, deeds: list[str]) -> int:
        """Where a stream begins for a client that has everything up to `asked`."""
        oldest = max(self._born - self._memory, 0)
        if asked < 0:
            return 0
        if asked + 1 < oldest:
            self.skips[asked] = Skip(asked, oldest, time.time())
            deeds.append("forgot")
            return oldest
        again = min(fate.overlap, asked + 1 - oldest)
        if again:
            self.resent += again
            deeds.append("overlap")
        return asked + 1 - again

    def _rest(self, peer: Peer, fate: Fate) -> None:
        """Beat until the client goes."""
        self.finished.set()
        peer.socket.settimeout(BEAT)
        beats = 0
        while True:
            beat = BEATS[beats % len(BEATS)].replace(b"\n", fate.ending)
            peer.send(beat if fate.grain is None else chunk(beat))
            beats += 1
            with contextlib.suppress(TimeoutError):
                peer.socket.recv(1)
                return


def _greeting(number: int, asked: str | None, replayed: int, complete: bool | None) -> bytes:
    """What the platform says first: who this is, and whether what was missed comes again."""
    said = {
        "event_type": "connected",
        "connection_id": f"c-{number}",
        "resume": {"from": asked, "replayed": replayed, "complete": complete},
    }
    return f"event: connected\ndata: {json.dumps(said)}\n\n".encode()


def _token(request: Request) -> str | None:
    """The token of a request, wherever it stands."""
    bearer = (request.get("authorization") or "").removeprefix("Bearer ")
    return next(iter(request.query.get("token", [])), bearer)
