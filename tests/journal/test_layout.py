"""`journal.layout`: a writer's name is a folder's, and leads nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.errors import ArgumentError
from sse_notebook.journal.layout import (
    LONGEST,
    check_writer,
    default_writer,
    first_of,
    folder_of,
    segment_name,
    tail_name,
    writer_folders,
)

NAMES = ["a", "a/b", "..", ".", "../..", "a=b", "é ü", "\\", "C:", "con", "~", "%2F", "a b", "*", "'", '"']


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_in_the_archive(tmp_path: Path, name: str) -> None:
    """Whatever stands in it, it is one folder there, and is read back as it was."""
    folder = folder_of(tmp_path, check_writer(name))
    assert tmp_path == folder.parent
    assert folder.resolve().parent == tmp_path.resolve()
    folder.mkdir()
    assert [(name, folder)] == list(writer_folders(tmp_path))


@pytest.mark.parametrize("name", ["", "\n", "a\x00", "\ud800", 7, None, "ü" * 40], ids=repr)
def test_what_is_no_name_is_refused(name: object) -> None:
    """With what a name is, or how long it may be."""
    with pytest.raises(ArgumentError, match="writer"):
        check_writer(name)  # type: ignore[arg-type]


@given(st.text(max_size=300))
def test_a_default_is_always_a_name(shown: str) -> None:
    """However a stream is called."""
    assert check_writer(default_writer(shown))
    assert len(folder_of(Path("x"), default_writer(shown)).name) <= 255
    assert LONGEST < 255


def test_two_streams_are_two_writers() -> None:
    """Also where nothing is left of their names, or the same."""
    names = ["a/b", "a-b", "日本", "é ☃", "x" * 300, "x" * 301]
    assert len(names) == len({*map(default_writer, names)})


def test_files_are_known_by_their_numbers() -> None:
    """In the order of their names; what has another name is somebody else's."""
    assert [0, 7] == [first_of(Path("x") / name) for name in (segment_name(0), tail_name(7))]
    assert sorted([segment_name(2**62), segment_name(9)]) == [segment_name(9), segment_name(2**62)]
    others = ["seq-1.parquet", "seq-0000000000000000000.parquet.part", "a.parquet", "_tail.jsonl"]
    assert [None] * 4 == [first_of(Path(name)) for name in others]
