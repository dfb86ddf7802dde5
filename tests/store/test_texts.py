"""`store.texts`: texts as Arrow's arrays, whatever they are and however they were written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_rows import cut_small

from sse_notebook.store import texts
from sse_notebook.store.texts import AGAIN, DIFFERENT, TEXT, Segment

ALL = (*AGAIN, *DIFFERENT)


def columns(values: list[Any]) -> dict[str, list[Any]]:
    """These values in every column; a payload is never missing."""
    return {**dict.fromkeys(ALL, values), "raw": [value or "" for value in values]}


def read(segment: Segment, name: str, rows: int) -> list[Any]:
    arrays = segment.read(name, rows)
    assert all(array.type == TEXT for array in arrays)
    return [value for array in arrays for value in array.to_pylist()]


TEXTS = {
    "plain": ["a", "b", "a"],
    "one for all": ["a"] * 3,
    "none": [None] * 3,
    "some": ["a", None, "b"],
    "empty ones": ["", "", "x"],
    "all empty": [""] * 3,
    "beyond ASCII": ["é", "🙂", "\x00"],
    "long": ["x" * 70_000, "y", "x" * 70_000],
}


@pytest.mark.parametrize("name", TEXTS)
def test_any_texts(name: str) -> None:
    """Texts of any kind, and none, come back in every column, also as they were."""
    values: list[Any] = TEXTS[name]
    segment = Segment(0)
    segment.write(0, columns(values))
    for column, written in columns(values).items():
        assert written == read(segment, column, 3) == list(segment.values(column, 0, 3))
        assert written[1:2] == list(segment.values(column, 1, 2))


WORDS = st.none() | st.sampled_from(["", "a", "bb", "é", "🙂", "\x00"])


@given(st.lists(st.lists(WORDS, min_size=1, max_size=5), max_size=8), st.data())
def test_a_reader_gets_what_was_written_for_it(reads: list[list[Any]], data: st.DataObject) -> None:
    """However writing and reading of any number of rows follow each other."""
    with pytest.MonkeyPatch.context() as patch:
        cut_small(patch)
        segment, written = Segment(0), 0
        all_values = [value for values in reads for value in values]
        for values in reads:
            segment.write(written, columns(values))
            written += len(values)
            name = data.draw(st.sampled_from(ALL))
            rows = data.draw(st.integers(0, written))
            wanted = [value or "" for value in all_values] if name == "raw" else all_values
            assert wanted[:rows] == read(segment, name, rows)


@given(
    st.lists(st.lists(st.none() | st.text(max_size=5), min_size=1, max_size=5), max_size=5),
    st.integers(1, 20),
)
def test_texts_that_end_far_away(reads: list[list[Any]], far: int) -> None:
    """From some end on 32 bits are too few: what was written before, and what comes, stays what it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "FAR", far)
        segment, kept = Segment(0), []
        for values in reads:
            before = segment.read("id", len(kept))
            segment.write(len(kept), columns(values))
            assert kept == [value for array in before for value in array.to_pylist()]
            kept += values
        if kept:
            assert kept == read(segment, "id", len(kept)) == segment.values("id", 0, len(kept))
            assert kept[-1:] == segment.pick(np.array([len(kept) - 1]))["id"]


def test_a_first_segment_grows_once() -> None:
    """Up to some rows it is small; beyond them it has room for a whole segment: none is copied again."""
    segment = Segment(0)
    sizes = []
    for first in range(0, 8_000, 500):
        segment.write(first, columns(["x" * 100] * 500))
        sizes.append(len(segment._different["raw"]._bytes.array))
    assert sizes[0] == 50_000
    assert sizes[-1] >= 100 * texts.ROWS
    assert 1 == len(set(sizes[3:]))


def test_what_was_read_never_changes() -> None:
    """An array stays as it was while more is written, also where rows are written anew."""
    segment = Segment(0)
    segment.write(0, columns(["a", None]))
    before = {name: segment.read(name, 2) for name in ALL}
    for start in range(2, 3_000, 7):
        segment.write(start, columns(["x", "yy", None, "é", "z", None, "a"]))
    for name, arrays in before.items():
        assert columns(["a", None])[name] == [value for array in arrays for value in array.to_pylist()]


def test_a_segment_is_full_when_one_of_its_rooms_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows and bytes have each their end; a segment that nothing was written to has room."""
    cut_small(monkeypatch, rows=10, size=20)
    segment = Segment(0)
    assert (10, 3) == (segment.takes(0, 99), segment.takes(0, 3))
    segment.write(0, {**columns(["a"]), "raw": ["x" * 19]})
    assert 9 == segment.takes(1, 99)
    segment.write(1, columns(["b"] * 3))
    assert 0 == segment.takes(4, 99)
    cut_small(monkeypatch, rows=10)
    segment = Segment(0)
    segment.write(0, columns(["a"] * 9))
    assert (1, 0) == (segment.takes(9, 99), segment.takes(10, 99))


def test_reading_again_makes_nothing_again() -> None:
    """What a reader made of a column is there for the next one; only what is new is made."""
    segment = Segment(0)
    segment.write(0, columns(["a", "b"]))
    (first,) = segment.read("type", 2)
    assert first is segment.read("type", 2)[0]
    segment.write(2, columns(["c"] * 9))
    many = segment.read("type", 11)
    segment.write(11, columns(["d"]))
    again = segment.read("type", 12)
    assert ([*map(id, many)], ["d"]) == ([*map(id, again[:-1])], again[-1].to_pylist())
    assert ["a", "b"] == read(segment, "type", 2)  # a reader of less, and nothing is made anew for the others
    assert again[0] is segment.read("type", 12)[0]


def test_a_column_is_of_few_arrays() -> None:
    """Eight of one size are one: of rows read one by one as many as the octal digits of their number."""
    segment = Segment(0)
    for row in range(1_000):
        segment.write(row, columns([str(row % 3)]))
        arrays = segment.read("type", row + 1)
        assert len(arrays) == (sum(map(int, f"{row + 1:o}")) if row else 1)
    assert [str(row % 3) for row in range(1_000)] == read(segment, "type", 1_000)


def test_a_code_is_as_short_as_it_can_be() -> None:
    """A byte a row for 256 words of a column, two from then on; what was written before reads the same."""
    words = [f"w{number}" for number in range(300)]
    segment = Segment(0)
    segment.write(0, {**columns(words[:256]), "status": ["one"] * 256})
    narrow = segment.nbytes(0, 1)
    early = segment.read("type", 256)
    segment.write(256, {**columns(words[256:]), "status": ["one"] * 44})
    assert narrow + len(AGAIN) - 1 == segment.nbytes(0, 1)  # all but `status` have more words now
    assert words == read(segment, "type", 300) == list(segment.values("type", 0, 300))
    assert [False, True, True] == segment.is_in("type", ["w255", "w256"], 254, 257).tolist()
    assert words[:256] == [value for array in early for value in array.to_pylist()]


def test_segments_share_a_column_of_one_word() -> None:
    """What is the same in every row takes the memory of one segment, however many there are."""
    first = Segment(0)
    first.write(0, columns(["a"] * 3))
    second = Segment(3, first)
    second.write(0, columns(["a"] * 2))
    (one,), (other,) = first.read("type", 3), second.read("type", 2)
    assert (["a"] * 3, ["a"] * 2) == (one.to_pylist(), other.to_pylist())
    assert one.buffers()[2].address == other.buffers()[2].address
    second.write(2, columns(["b"]))
    assert ["a", "a", "b"] == read(second, "type", 3)


def test_what_is_there_needs_no_flag() -> None:
    """Flags of what is missing are kept from the first such value on."""
    segment = Segment(0)
    segment.write(0, columns(["a", "b"]))
    without = segment.nbytes(0, 1)
    segment.write(2, columns([None, "c"]))
    assert without + 2 == segment.nbytes(0, 1)  # `id` and `message`; a payload is never missing
    assert ["a", "b", None, "c"] == read(segment, "message", 4)
