"""What a chaos server says and does, drawn from its seed: the events, and what becomes of each request.

The law: no sockets and no clock. Two plans of one seed are the same plan, so that a run that failed can be
run again by its number. (What the network makes of it, and how far a client had read when a connection was
reset, is not in anybody's hand.)
"""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

from raw_server import chunk

# -- the events ------------------------------------------------------------------------------------------

WORDS = "größer läuft naïve Ünïcödé → 🌋 façade 𝄞 ждать 待つ plain a:b {} id: data:".split()  # noqa: SIM905 - to be read

IDS = (
    "{n}",
    "1700000000:{n}",  # nchan's
    "ä-{n}",
    '[{{"topic":"t","offset":{n}}}]',  # Wikimedia's
)


class Logged(NamedTuple):
    """One event of the log.

    Attributes:
        id: unique.
        data: the text; a few events have the same as the one before.
        frame: its bytes, lines ended by LF.
        echo: the bytes of an event without id and with the same data, said right after it: to whoever is
            there, once, and never again, since nobody can ask for it. `b""` for most.
    """

    id: str
    data: str
    frame: bytes
    echo: bytes


def log_of(seed: int, size: int) -> list[Logged]:
    """All the events there will be."""
    rng = random.Random(f"{seed}: log")
    form = rng.choice(IDS)
    log: list[Logged] = []
    for n in range(size):
        twin = n > 0 and rng.random() < 0.03
        data = log[-1].data if twin else _data(rng, n)
        id_ = form.format(n=n)
        # The last one has none: it is what tells that everything has come.
        echo = _frame(rng, None, data) if rng.random() < 0.02 and n < size - 1 else b""
        log.append(Logged(id_, data, _frame(rng, id_, data), echo))
    return log


def _data(rng: random.Random, n: int) -> str:
    dice = rng.random()
    text = " ".join(rng.choices(WORDS, k=rng.randrange(1, 9)))
    if dice < 0.001:
        text *= 1_000
    if dice > 0.97:
        return f"no JSON {n} {text} ☃"
    separator = ",\n" if dice > 0.9 else ","
    payload = {"event_type": "tick", "n": n, "text": text, "end": "☃"}
    return json.dumps(payload, ensure_ascii=False, separators=(separator, ":"))


def _frame(rng: random.Random, id_: str | None, data: str) -> bytes:
    """A block, its fields in any order, with or without the blank that may follow a colon."""
    blank = " " if rng.random() < 0.7 else ""
    lines = [f"data:{blank}{line}" for line in data.split("\n")]
    first = [] if id_ is None else [f"id:{blank}{id_}"]
    if rng.random() < 0.5:
        first.append(f"event:{blank}tick")
    lines = first + lines if rng.random() < 0.7 else lines + first
    return "\n".join([*lines, "", ""]).encode()


# -- what becomes of a request ---------------------------------------------------------------------------

Kind = Literal["cut", "reset", "stall", "end", "500", "503", "drop", "no head"]
Aim = Literal["anywhere", "character", "chunk head", "id line"]

# Every kind comes once in so many requests at least: they are dealt, not thrown.
DECK: tuple[tuple[Kind, Aim], ...] = (
    ("cut", "anywhere"), ("cut", "anywhere"), ("cut", "character"), ("cut", "chunk head"), ("cut", "id line"),
    ("reset", "anywhere"), ("reset", "character"), ("reset", "id line"), ("reset", "chunk head"),
    ("stall", "anywhere"), ("no head", "anywhere"),
    ("end", "anywhere"), ("end", "anywhere"),
    ("500", "anywhere"), ("503", "anywhere"), ("drop", "anywhere"),
)  # fmt: skip

# Sizes of chunks, from and to; None: the body is not chunked, and ends with the connection.
GRAINS: tuple[tuple[int, int] | None, ...] = ((1, 12), (20, 400), (1_000, 9_000), (60_000, 70_000), None)


@dataclass(frozen=True)
class Fate:
    """What becomes of one request.

    Attributes:
        kind: how it ends: cut or reset in the middle of an event, frozen there; ended properly; or no stream.
        aim: where exactly it is cut, reset or frozen.
        events: how many events are sent whole before that.
        growth: how many events are born before it, while nobody was there to hear.
        overlap: how many events are sent again that the client has said it has.
        ending: the line end.
        bom: whether it begins with a byte order mark.
        grain: see `GRAINS`.
        write: bytes per write.
        rng: for all that is left.
    """

    kind: Kind
    aim: Aim
    events: int
    growth: int
    overlap: int
    ending: bytes
    bom: bool
    grain: tuple[int, int] | None
    write: int
    rng: random.Random


class Plan:
    """What becomes of each request.

    Args:
        seed: what it is drawn from.
        pace: how many events a connection brings, on average.
        memory: how many events the server remembers.
        without: what does not happen.
    """

    def __init__(self, seed: int, pace: int, memory: int, without: Collection[Kind] = ()) -> None:
        self._seed = seed
        self._deck = [card for card in DECK if card[0] not in without]
        self._pace = pace
        self._memory = memory
        self._hand = cache(self._deal)

    def fate(self, number: int) -> Fate:
        """Of request `number`, from 0."""
        rng = random.Random(f"{self._seed}: {number}")
        kind, aim = self._hand(number // len(self._deck))[number % len(self._deck)]
        grain = rng.choice(GRAINS[:-1] if aim == "chunk head" else GRAINS)
        tiny = grain == GRAINS[0]
        growth = rng.randrange(self._memory // 4)
        if rng.random() < 0.12:  # so many that the oldest of them are forgotten
            growth = self._memory + rng.randrange(1, self._pace)
        overlap = rng.choice((0, 0, 0, 1, 3, rng.randrange(self._memory)))
        return Fate(
            kind=kind,
            aim=aim,
            # Bytes one by one are slow: not too many of them.
            events=min(40, self._pace) if tiny else int(rng.expovariate(1 / self._pace)),
            growth=growth,
            overlap=min(overlap, 20) if tiny else overlap,
            ending=rng.choice((b"\n", b"\r\n", b"\r")),
            bom=rng.random() < 0.3,
            grain=grain,
            write=rng.choice((7, 200)) if tiny else rng.choice((1_400, 16_000, 2**16)),
            rng=rng,
        )

    def _deal(self, round_: int) -> list[tuple[Kind, Aim]]:
        return random.Random(f"{self._seed}: deck {round_}").sample(self._deck, len(self._deck))


# -- bytes -----------------------------------------------------------------------------------------------


def pieces(body: bytes, fate: Fate) -> Iterator[bytes]:
    """A body, in chunks of the sizes that its fate says."""
    assert fate.grain is not None
    at = 0
    while at < len(body):
        size = fate.rng.randint(*fate.grain)
        yield body[at : at + size]
        at += size


def wire(body: bytes, last: int, fate: Fate) -> bytes:
    """The bytes that go out: all of the body but its last event, and of that as much as its fate says.

    Args:
        body: the lines of a stream.
        last: where its last event begins; at the end of the body: nothing is cut.
        fate: how it is chunked, and where it is cut.
    """
    whole = last == len(body)
    upto = last if whole else last + _cut(body[last:], fate)
    if fate.grain is None:
        return body[:upto]
    if whole or fate.aim == "chunk head":
        out = b"".join(map(chunk, pieces(body[:upto], fate)))
        head = b"%x\r\n" % fate.rng.randint(*fate.grain)
        return out if whole else out + head[: fate.rng.randrange(1, len(head))]
    out = bytearray()
    for piece in pieces(body, fate):
        if upto <= len(piece):
            return bytes(out) + (b"%x\r\n" % len(piece)) + piece[:upto]
        out += chunk(piece)
        upto -= len(piece)
    raise AssertionError("the cut is behind the end")


def _cut(event: bytes, fate: Fate) -> int:
    """How many bytes of an event are sent: at least one, and never all of it."""
    places = range(1, len(event) - 1)  # the last line end is two bytes under CRLF
    if fate.aim == "character":
        # Continuation bytes: what comes before one is the beginning of a character.
        places = [n for n in places if event[n] & 0xC0 == 0x80]
    elif fate.aim == "id line":
        begin = 0 if event.startswith(b"id:") else event.index(fate.ending + b"id:") + len(fate.ending)
        places = range(begin + 1, event.index(fate.ending, begin) + 1)
    return fate.rng.choice(places)
