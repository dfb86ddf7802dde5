"""The chaos server: each of its misdeeds really happens, its seed makes it the same again, its truth is true.

It is watched by a client that is slow and plainly obvious: it reads a connection to its end, and believes the
oracle of the decoder's tests.
"""

from __future__ import annotations

import json
import socket
from ast import literal_eval
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Self

import pytest
from chaos import truth
from chaos.plan import DECK, GRAINS
from chaos.server import BOM, PATH, ChaosServer
from raw_server import Request
from wire.oracle import Heard, read

SEEDS = (0, 1, 2)


@dataclass
class Visit:
    """One request and its answer."""

    asked: str | None
    wire: bytes = b""
    ended: str = ""
    deeds: Counter[str] = field(default_factory=Counter)

    @property
    def head(self) -> str:
        return self.wire.partition(b"\r\n\r\n")[0].decode()

    def chunks(self) -> tuple[list[bytes], bytes]:
        """The chunks, the last one perhaps not whole; and what is left of a head that is not whole."""
        rest, chunks = self.wire.partition(b"\r\n\r\n")[2], []
        while b"\r\n" in rest:
            size, _, rest = rest.partition(b"\r\n")
            chunks.append(rest[: int(size, 16)])
            rest = rest[int(size, 16) + 2 :]
        return chunks, rest

    @property
    def half_a_chunk_head(self) -> bytes:
        return self.chunks()[1]

    @property
    def body(self) -> bytes:
        """What came of the body."""
        chunked = "chunked" in self.head
        return b"".join(self.chunks()[0]) if chunked else self.wire.partition(b"\r\n\r\n")[2]

    @property
    def lines(self) -> bytes:
        """The body, its lines ended by LF."""
        return self.body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    @property
    def last_line(self) -> bytes:
        """The line that has no end."""
        return self.lines.rpartition(b"\n")[2]

    @property
    def heard(self) -> list[Heard]:
        """The events, without the connection's own."""
        return [e for e in read(self.body).events if e.event not in ("connected", "heartbeat")]

    @property
    def greeting(self) -> Any:
        first = next(iter(read(self.body).events), None)
        return json.loads(first.data)["resume"] if first and first.event == "connected" else None


def visit(server: ChaosServer, last_event_id: str | None) -> Visit:
    """Ask once, and read until nothing more comes."""
    before = Counter(server.deeds)
    visit = Visit(last_event_id)
    lines = [f"GET {PATH}?token={server.tokens()} HTTP/1.1", "Host: chaos"]
    lines += [] if last_event_id is None else [f"Last-Event-ID: {last_event_id}"]
    with socket.create_connection(server.address, timeout=0.05) as sock:
        sock.sendall("\r\n".join([*lines, "", ""]).encode())
        while not visit.ended:
            visit.deeds = Counter(server.deeds) - before
            try:
                data = sock.recv(2**16)
            except TimeoutError:
                # It is known, not guessed, that nothing more will come.
                visit.ended = "silence" if visit.deeds else ""
            except ConnectionResetError:
                visit.ended = "reset"
            else:
                visit.wire += data
                visit.ended = "rest" if b": beat" in data else "" if data else "end"
    visit.deeds = Counter(server.deeds) - before
    return visit


@dataclass
class Client:
    """A client that is right: it takes what it has not, in the order in which it comes."""

    server: ChaosServer
    visits: list[Visit] = field(default_factory=list)
    rows: list[truth.Row] = field(default_factory=list)

    def run(self) -> Self:
        last_id: str | None = None
        while not (self.visits and self.visits[-1].ended == "rest"):
            assert len(self.visits) < 1_000
            self.visits.append(visit(self.server, last_id))
            had = self.server.position(last_id)
            for event in self.visits[-1].heard:
                if event.own_id is None or self.server.position(event.own_id) > had:
                    last_id = event.own_id or last_id
                    self.rows.append((event.own_id, event.data))
        return self


@pytest.fixture(scope="module", params=SEEDS, ids="seed {}".format)
def client(request: pytest.FixtureRequest) -> Client:
    """A client that has been through it all."""
    with ChaosServer(request.param, 800, 50, says=request.param != 1) as server:
        return Client(server).run()


# -- each misdeed, as it looks from outside --------------------------------------------------------------


def status(code: int) -> Callable[[Visit], bool]:
    return lambda visit: visit.head.startswith(f"HTTP/1.1 {code} ")


def half_a_character(visit: Visit) -> bool:
    """The body's last character has begun, and not ended."""
    try:
        visit.body.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.end == len(visit.body)
    return False


LOOKS: dict[str, Callable[[Visit], bool]] = {
    "anywhere": lambda visit: not visit.lines.endswith(b"\n\n"),
    "character": half_a_character,
    "chunk head": lambda visit: visit.half_a_chunk_head != b"",
    "id line": lambda visit: b"id:".startswith(visit.last_line[:3]) and visit.last_line != b"",
    "401": status(401),
    "500": status(500),
    "503": lambda visit: status(503)(visit) and "retry-after: 0" in visit.head,
    "drop": lambda visit: visit.wire == b"" and visit.ended == "end",
    "no head": lambda visit: b"\r\n\r\n" not in visit.wire and visit.ended == "silence",
    "end": lambda visit: visit.lines.endswith(b"\n\n") and visit.ended == "end",
    "overlap": lambda visit: True,
    "BOM": lambda visit: visit.body.startswith(BOM),
    "comment": lambda visit: read(visit.body).comments > 0,
    "lines end in b'\\n'": lambda visit: b"\r" not in visit.body,
    "lines end in b'\\r'": lambda visit: b"\n" not in visit.body,
    "lines end in b'\\r\\n'": lambda visit: visit.body.count(b"\n") == visit.body.count(b"\r\n"),
    "chunks of None": lambda visit: "chunked" not in visit.head,
}
ENDS = {"cut": "end", "reset": "reset", "stall": "silence"}


def test_each_kind_of_deed_happens(client: Client) -> None:
    """In one run there is every way to end a connection, and every way to write one."""
    expected = {f"{kind}: {aim}" if kind in ENDS else kind for kind, aim in DECK}
    expected |= {"401", "overlap", "forgot", "comment", "BOM", "lines end in b'\\r\\n'"}
    expected |= {f"chunks of {grain}" for grain in GRAINS}
    assert set() == expected - set(client.server.deeds)


def test_each_deed_is_seen_from_outside(client: Client) -> None:
    """A cut is an end, a reset a reset, a stall silence, each where it was aimed at; a 503 is a 503 …"""
    seen = set()
    for visit in client.visits:
        for deed in visit.deeds:
            kind, _, aim = deed.partition(": ")
            if kind in ENDS:
                assert ENDS[kind] == visit.ended, deed
            # A reset takes with it what was on its way.
            if (look := LOOKS.get(aim or deed)) is not None and visit.ended != "reset":
                assert look(visit), (deed, visit.wire[-300:])
                seen.add(aim or deed)
    assert set() == set(LOOKS) - seen


def test_it_says_what_it_forgot(client: Client) -> None:
    """The greeting says where a stream resumes and whether anything is missing; or there is none."""
    server = client.server
    for visit in client.visits:
        if visit.greeting is None or not (ids := [e.own_id for e in visit.heard if e.own_id is not None]):
            continue
        first, asked = server.position(ids[0]), server.position(visit.asked)
        complete = None if visit.asked is None else first <= asked + 1
        assert (visit.asked, complete) == (visit.greeting["from"], visit.greeting["complete"])
        assert ("forgot" in visit.deeds) == (complete is False)
        assert ("overlap" in visit.deeds) == (first <= asked)
    greeted = [visit for visit in client.visits if visit.greeting is not None]
    assert (server.seed != 1) == bool(greeted)


def test_chunks_are_of_the_sizes_said(client: Client) -> None:
    """Chunks are as large as was drawn, but for the last one."""
    for visit in client.visits:
        for deed in visit.deeds:
            if deed.startswith("chunks of (") and visit.ended != "rest":
                least, most = literal_eval(deed.removeprefix("chunks of "))
                *sizes, _ = map(len, visit.chunks()[0])
                assert [] == [size for size in sizes[:-1] if not least <= size <= most]


# -- and that it can be believed -------------------------------------------------------------------------


def test_its_truth_is_true(client: Client) -> None:
    """A client that is right satisfies every law that clients are held to."""
    laws = (truth.lost, truth.made_up, truth.out_of_order, truth.wrong_echoes)
    assert {} == {law.__name__: wrong for law in laws if (wrong := law(client.server, client.rows))}
    assert [] == client.server.strange
    assert client.server.forgotten()
    assert client.server.resent > 0


def test_it_knows_when_events_came_into_being(client: Client) -> None:
    """One after the other, and those that it skipped before it skipped them."""
    server = client.server
    births = [server.birth(position) for position in range(len(server.log))]
    assert sorted(births) == births
    assert [] == [skip for skip in server.skips.values() if births[skip.to - 1] > skip.at]


def test_there_are_honest_twins(client: Client) -> None:
    """Some events say the same as the one before them: under another id, and under none."""
    pairs = [(one, next_) for one, next_ in pairwise(client.rows) if one[1] == next_[1]]
    assert {True, False} == {next_[0] is None for _, next_ in pairs}
    assert {False} == {one[0] == next_[0] for one, next_ in pairs}


@pytest.mark.parametrize(
    ("law", "harm"),
    [
        (truth.lost, lambda rows, n: rows.pop(n)),
        (truth.made_up, lambda rows, n: rows.__setitem__(n, (rows[n][0], rows[n][1][:-1]))),
        (truth.out_of_order, lambda rows, n: rows.insert(n, rows[n])),
        (truth.out_of_order, lambda rows, n: rows.insert(n, rows.pop(n + 1))),
    ],
)
def test_each_law_can_be_broken(
    client: Client, law: truth.Law, harm: Callable[[list[truth.Row], int], object]
) -> None:
    """A row lost, changed, doubled or displaced does not go unnoticed."""
    for n in range(100, 120):
        if None not in (client.rows[n][0], client.rows[n + 1][0]):
            rows = list(client.rows)
            harm(rows, n)
            assert law(client.server, rows)


def test_an_echo_lost_or_doubled_is_noticed(client: Client) -> None:
    """So with the events that have no id."""
    at = [n for n, (id_, _) in enumerate(client.rows) if id_ is None]
    for n in at:
        rows = list(client.rows)
        rows.insert(n, rows[n])
        assert truth.wrong_echoes(client.server, rows)
    rows = [row for row in client.rows if row[0] is not None]
    assert truth.wrong_echoes(client.server, rows)


# -- again -----------------------------------------------------------------------------------------------


def transcript(seed: int) -> list[Any]:
    """All that a server says to a client of the oracle's, without a network; and what it writes down."""
    said: list[Any] = []
    last_id: str | None = None
    with ChaosServer(seed, 300, 20) as server:
        for _ in range(200):
            token = [("Authorization", f"Bearer {server.tokens()}")]
            resume = [("Last-Event-ID", last_id)] if last_id is not None else []
            script = server._script(Request(PATH, token + resume))
            said.append((script.data, script.write, script.deeds))
            had = server.position(last_id)
            ids = [e.own_id for e in Visit(last_id, script.data).heard if e.own_id is not None]
            last_id = max([*ids, last_id], key=server.position)
            if had == len(server.log) - 1:
                break
        said += [[skip[:2] for skip in server.skips.values()], server.echoes, server.resent, server.asked]
    return said


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_makes_the_same_again(seed: int) -> None:
    """Two servers of one seed say the same bytes to a client that does the same."""
    assert transcript(seed) == transcript(seed)


def test_seeds_differ() -> None:
    """No two seeds are the same server."""
    assert 20 == len({repr(transcript(seed)) for seed in range(20)})
