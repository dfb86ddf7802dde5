"""Random streams, random pieces: what the fuzz feeds.

Three kinds. *Noise*: fragments in a row, few of them a block. *Regular*: blocks as one server sends them, the
same fields in the same order, which a decoder may read by a short cut. *Almost*: regular, and then one to
three things changed, so that a short cut which takes them for regular is wrong.
"""

from __future__ import annotations

import random
from collections.abc import Callable

# What noise is made of: few letters, so that fields happen, and all that ends, cuts or breaks one.
FRAGMENTS = [
    b"data", b"data:", b"data: ", b"data: x", b"data:  y", b"data", b"event", b"event:", b"event: e",
    b"event: f", b"id", b"id:", b"id: 1", b"id: 2", b"id: a\0b", b"retry", b"retry:", b"retry: 10",
    b"retry: 250", b"retry:+5", b"retry:1_0", b"retry: 5 5", "retry: ٣".encode(), b": c", b":", b":data: z",
    b"Data: x", b"foo: x", b"foo", b"\n", b"\n", b"\n", b"\r", b"\r", b"\r\n", b"\r\n", b"\n\n", b"\r\r",
    b"\r\n\r\n", b"\n\r", b"\r\r\n", b" ", b":", b"\0", b"x", b"d", b"a", b"1", b"\t", b"\x0b", b"\x0c",
    b"\x1e", "\u2028".encode(), "\u0085".encode(), b"\xef\xbb\xbf", b"\xef\xbb", b"\xef", b"\xbb\xbf",
    b"\xbf", "é".encode(), "€".encode(), "𝄞".encode(), b"\xe2\x82", b"\xf0\x9d\x84", b"\xc0\xaf",
    b"\xed\xa0\x80", b"\xf4\x90", b"\x80", b"\xff", b"__proto__",
]  # fmt: skip

LINE_ENDS = (b"\n", b"\r", b"\r\n")
BOM = b"\xef\xbb\xbf"

USUAL = {
    "data": (b"x", b"12", b'{"n": 1}', b"two words", b"a: b", "größer".encode(), b"x" * 30),
    "event": (b"e", b"message", b"build.done"),
    "id": (b"1", b"2", b"1700:0", b"[0],-"),
    "retry": (b"10", b"2500"),
    "": (b"ping", b""),  # a comment
}
# Values that look harmless and are not: empty, white space, line ends that are none, NUL, a field in a field,
# characters cut short, bytes that are none.
ODD = (
    b"", b" ", b"  ", b"  x", b"x ", b"\t", b":", b": ", b"::", b"data: x", b"id: 9", b"\0", b"a\0", b"\0b",
    b"\x0b", b"\x0c", b"\x1c", b"\x1e", "\u0085".encode(), "\u2028".encode(), "\u2029".encode(), BOM,
    "\ufffd".encode(), "€".encode(), "𝄞".encode(), b"\xe2\x82", b"\xf0\x9d\x84", b"\xff", b"\x80", b"\xc2",
    b"\xed\xa0\x80", b"007", b"-1", b"1_0", "٣".encode(), b"\\n", b"x" * 70, "€".encode() * 20, b"\xff" * 40,
)  # fmt: skip
# Lines that are no field, or another than they seem.
STRANGE = (
    b"data", b"event", b"id", b"retry", b"data ", b" data: x", b"datax: y", b"dat: x", b"Data: x", b"DATA: x",
    b"ids: 3", b"i", b"d", b"foo: bar", b"foo", b" ", b"\t", b"data\0: x", b"data : x", BOM + b"data: x",
    "data\uff1ax".encode(), b"\xe2\x82data: x", b"{", b"<html>",
)  # fmt: skip
BYTES = b"\n\n\n\r\r\0: \tdie0x\x80\x82\xac\xbb\xbf\xc2\xe2\xef\xf0\xff"


def noise(rng: random.Random) -> bytes:
    """Some fragments in a row; often a whole block, so that more than noise is tested."""
    parts = [BOM] if rng.random() < 0.2 else []
    for _ in range(rng.randrange(1, 12)):
        if rng.random() < 0.3:
            end = rng.choice(LINE_ENDS)
            parts += [
                rng.choice((b"data: x", b"id: 7\ndata: y", b"event: e\rdata", b"id: 8")),
                end,
                rng.choice((end, b"\n")),
            ]
        else:
            parts.append(rng.choice(FRAGMENTS))
    return b"".join(parts)


def regular(rng: random.Random) -> bytes:
    """Blocks as one server sends them; here and there a field is missing, doubled, moved, or odd."""
    end = rng.choice((b"\n", *LINE_ENDS))
    colon = rng.choice((b": ", b": ", b":"))
    oddity = rng.choice((0, 0.05, 0.3))
    usual = [*rng.sample(("event", "id", "id", "retry", ""), k=rng.randrange(4))]
    usual += ["data"] * rng.choice((1, 1, 1, 2, 5))
    rng.shuffle(usual)
    parts = [BOM] if rng.random() < 0.1 else []
    for _ in range(rng.randrange(1, 7)):
        fields = list(usual)
        if rng.random() < oddity:
            fields += rng.choices(tuple(USUAL), k=rng.randrange(3))
            rng.shuffle(fields)
            fields = fields[: rng.randrange(len(fields) + 1)]
        for field in fields:
            value = rng.choice(ODD if rng.random() < oddity else USUAL[field])
            parts += [field.encode(), colon, value, end]
        parts.append(end)
    return b"".join(parts)


def almost(rng: random.Random) -> bytes:
    """A regular stream with one to three things changed."""
    stream = regular(rng)
    for _ in range(rng.randrange(1, 4)):
        stream = rng.choice(CHANGES)(rng, stream)
    return stream


def _a_byte_more(rng: random.Random, stream: bytes) -> bytes:
    at = rng.randrange(len(stream) + 1)
    return stream[:at] + bytes([rng.choice(BYTES)]) + stream[at:]


def _a_byte_less(rng: random.Random, stream: bytes) -> bytes:
    at = rng.randrange(len(stream) + 1)
    return stream[:at] + stream[at + 1 :]


def _another_byte(rng: random.Random, stream: bytes) -> bytes:
    at = rng.randrange(len(stream) + 1)
    return stream[:at] + bytes([rng.choice(BYTES)]) + stream[at + 1 :]


def _a_strange_line(rng: random.Random, stream: bytes) -> bytes:
    lines = stream.splitlines(keepends=True)
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(STRANGE) + rng.choice(LINE_ENDS))
    return b"".join(lines)


def _a_line_elsewhere(rng: random.Random, stream: bytes) -> bytes:
    """Moved, doubled, or gone: a blank line too, which joins or divides blocks."""
    lines = stream.splitlines(keepends=True)
    if not lines:
        return stream
    line = rng.choice(lines)
    if rng.random() < 0.7:
        lines.remove(line)
    if rng.random() < 0.7:
        lines.insert(rng.randrange(len(lines) + 1), line)
    return b"".join(lines)


def _another_line_end(rng: random.Random, stream: bytes) -> bytes:
    lines = stream.splitlines(keepends=True)
    if not lines:
        return stream
    at = rng.randrange(len(lines))
    lines[at] = lines[at].rstrip(b"\r\n") + rng.choice((*LINE_ENDS, b"\n\r", b"\r\r\n", b""))
    return b"".join(lines)


CHANGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _a_byte_more,
    _a_byte_less,
    _another_byte,
    _a_strange_line,
    _a_line_elsewhere,
    _another_line_end,
)
KINDS: dict[str, Callable[[random.Random], bytes]] = {"noise": noise, "regular": regular, "almost": almost}


def pieces_of(rng: random.Random, stream: bytes) -> list[bytes]:
    """The stream in reads: many small ones, some of them empty, or a few, cut where it hurts."""
    if rng.random() < 0.5:
        longest = rng.choice((1, 2, 4, 16, len(stream) + 1))
        pieces = []
        while stream:
            size = rng.randrange(longest + 1)
            pieces.append(stream[:size])
            stream = stream[size:]
        return pieces
    # behind a byte that ends a line, or one before or after it; inside a character
    painful = [at for at, byte in enumerate(stream) if byte in b"\r\n" or byte >= 0x80] or [0]
    places = sorted(rng.choice(painful) + rng.randrange(3) for _ in range(rng.randrange(4)))
    return [stream[a:b] for a, b in zip([0, *places], [*places, len(stream)], strict=True)]
