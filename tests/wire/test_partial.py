"""A line in pieces: what is kept is the line, as far as it can matter, and costs what it must."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from sse_notebook.wire import partial
from sse_notebook.wire.partial import LONGEST_NAME, PartialLine

VALUES = [
    b"",
    b"x" * 50,
    "é€𝄞".encode() * 9,
    b"\xff\xe2\x82\xf0\x9d\x84" * 5,
    "x\u2028y".encode() * 9 + b"\xe2\x82",
    b"\0 a: b" * 9,
]
NAMES = [b"data: ", b"data:", b"data:  ", b"data", b"id: ", b": ", b"dat", b"Data: ", b""]


def ended(line: PartialLine, pieces: list[bytes]) -> tuple[str, bool]:
    """The line, its pieces kept one by one, as the decoder does it."""
    for piece in pieces[:-1]:
        line.size += line.write(piece)
        if line.size >= line.enough:
            line.fold()
    return line.end(pieces[-1])


@pytest.mark.parametrize("long", [1, 5, 6, 7, 20, 10_000])
@pytest.mark.parametrize("name", NAMES)
def test_a_line_in_pieces_is_the_line(name: bytes, long: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is cut, and whatever counts as long: the text is that of all its bytes."""
    monkeypatch.setattr(partial, "LONG", max(long, LONGEST_NAME))
    for value in VALUES:
        line = name + value
        whole = line.decode(errors="replace")
        cuts = [[line[i : i + size] for i in range(0, len(line), size)] for size in (1, 2, 3, 7)]
        cuts += [[line[:at], line[at:]] for at in range(len(line) + 1)]
        for pieces in cuts:
            text, is_data = ended(PartialLine(10_000), pieces or [b""])
            assert whole == (whole[: len(whole) - len(text)] + text if is_data else text), pieces
            if is_data:
                assert text == whole.removeprefix("data:").removeprefix(" ")


def test_a_long_line_of_data_is_text_as_it_comes() -> None:
    """Of a long line of data the value is given, of others the line."""
    for name, is_data in ((b"data: ", True), (b"data:", True), (b"id: ", False), (b":", False)):
        line = PartialLine(2**20)
        line.add(name)
        for _ in range(100):
            line.add(b"x" * 1000)
        text, found = line.end(b"y")
        assert (is_data, ("" if is_data else name.decode()) + "x" * 100_000 + "y") == (found, text)


@pytest.mark.parametrize("limit", [1, 5, 100, 70_000, 200_000])
@pytest.mark.parametrize("name", [b"data: ", b"data:", b"id:", b"foo: "])
@pytest.mark.parametrize("size", [1, 7, 1460, 2**20])
def test_no_more_is_kept_than_can_matter(limit: int, name: bytes, size: int) -> None:
    """Of a line that is too long, enough is kept to see that, and hardly more; its name is right."""
    line = PartialLine(limit)
    line.add(name)
    for _ in range(min(500_000 // size, 40_000)):
        line.size += line.write(b"x" * size)
        if line.size >= line.enough:
            line.fold()
        assert line.size <= max(limit + 1, LONGEST_NAME)
    text, is_data = line.end(b"x" * 250_000)
    assert limit < len(text) + (len(name) if is_data else 0) <= max(limit + 1, LONGEST_NAME)
    assert is_data or text.encode().startswith(name[:LONGEST_NAME])


def peak(name: bytes, pieces: int, size: int) -> float:
    """The most memory that a line needed, as a multiple of its length."""
    data = random.Random(1).randbytes(size).translate(bytes(b"az"[i % 2] for i in range(256)))
    tracemalloc.start()
    try:
        line = PartialLine(2**30)
        line.add(name)
        for _ in range(pieces):
            line.add(data)
        line.end(b"")
        return tracemalloc.get_traced_memory()[1] / (pieces * size)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [7, 1460, 65_536])
def test_a_long_line_of_data_is_in_memory_once(size: int) -> None:
    """It is never there as bytes and as text, in whatever pieces it came."""
    peak(b"data:", 400_000 // size, size)  # until then the interpreter has not seen what is done often
    assert peak(b"data:", 4_000_000 // size, size) < 1.5
