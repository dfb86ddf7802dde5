"""The oracle is right: it reads the table of cases as the table says, and UTF-8 as Python does."""

from __future__ import annotations

import random

import pytest
from wire.cases import CASES
from wire.oracle import lines, read, utf_8_decode
from wire.standard import Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_oracle_reads_each_case(case: Case) -> None:
    """The table and the oracle, written apart, agree on every case."""
    reading = read(case.wire)
    assert case.events == [heard[:3] for heard in reading.events]
    assert case.last_event_id == reading.last_event_id
    assert case.reconnection_time == reading.reconnection_time
    assert case.comments == reading.comments


def test_case_names_are_unique() -> None:
    """No case hides another by its name."""
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)


def test_the_oracle_decodes_as_python_does() -> None:
    """Replacement characters are counted as the Unicode standard recommends, which Python follows too."""
    rng = random.Random(8)
    bytes_that_matter = bytes.fromhex("00 41 7f 80 8f 90 9f a0 bf c0 c1 c2 df e0 e1 ed ef f0 f1 f4 f5 ff")
    for _ in range(5_000):
        junk = b"A" + bytes(rng.choices(bytes_that_matter, k=rng.randrange(12)))
        assert junk.decode("utf-8", "replace") == utf_8_decode(junk)


def test_the_oracle_ends_lines_at_three_places_only() -> None:
    """CR LF, CR and LF end a line; what has no end is no line."""
    assert lines("a\r\nb\n\rc\n\r\n") == ["a", "b", "", "c", ""]
    assert lines("a\u2028b\x0bc\x0cd\u0085e\rf") == ["a\u2028b\x0bc\x0cd\u0085e"]
