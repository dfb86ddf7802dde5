"""What a decoder passes over without a word is said; of a stream that is sound nothing is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples

from sse_notebook.checkup.wire_lines import broken_lines

SOUND = [
    b"",
    b": hi\n\n",
    b":\n\n",
    b"\xef\xbb\xbfdata: 1\n\n",
    b"event: x\r\nid: 1\r\ndata: 1\r\n\r\n",
    b"data: 1\rid: 2\r\r",
    b"data\n\nid\nretry: 100\nretry:5\n\n",
    "data: läuft 汉字\n\n".encode(),
]


@pytest.mark.parametrize("raw", SOUND, ids=range(len(SOUND)))
def test_sound_lines(raw: bytes) -> None:
    """Nothing is said of what the standard allows."""
    assert [] == broken_lines(raw, ended=True)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"data: 1\r\n\ndata: 2\n\n", "lines end in different ways (LF 3, CR LF 1)"),
        (b"Data: 1\n\n", "'Data' (names are lower case)"),
        (b'data: {\n"a": 1}\n\n', "needs its own `data:`"),
        (b"retry: soon\n\n", "retry:` is no whole number of milliseconds: 'soon'"),
        (b"id: a\0b\ndata: 1\n\n", "NUL"),
        (b"data: \xff\n\n", "not UTF-8, from byte 6 on"),
        (b"data: 1\n", "within an event"),
        (b"data: 1\n\ndata: 2", "within an event"),
    ],
    ids=["mixed", "case", "two lines", "retry", "NUL", "UTF-8", "end", "middle"],
)
def test_broken_lines(raw: bytes, words: str) -> None:
    """What is wrong is named, once."""
    found = broken_lines(raw, ended=True)
    assert 1 == len(found)
    assert words in found[0]


def test_what_has_not_ended_is_not_torn() -> None:
    """Half a line, and half a character, may go on."""
    assert [] == broken_lines("data: lä".encode()[:-1], ended=False)


@given(st.binary())
@examples(400)
def test_any_bytes(raw: bytes) -> None:
    """It never raises, and says nothing that can't be shown on one line."""
    assert all("\n" not in said for said in broken_lines(raw, ended=True))
