"""`journal.folder`: what is there at a moment, though others write: no row is missing, and none is twice."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from archives import Written
from support import run_all

from sse_notebook.journal import archivist, segments
from sse_notebook.journal.folder import Folder
from sse_notebook.journal.gathering import Wanted, gathered
from sse_notebook.journal.place import Place


def seqs(folder: Folder) -> list[int]:
    """What a reading finds, all of which must be readable."""
    contents = folder.look()
    assert [] == contents.problems
    told: list[str] = []
    found = gathered(contents.pieces, Wanted(columns=["data"]), report=told.append)
    assert [] == told
    assert contents.rows == found.size
    assert found.version.names is not None
    return list(found.version.names.seqs)


@pytest.mark.parametrize("full", [1, 60, 10**6])
def test_whoever_reads_finds_a_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: int) -> None:
    """While rows come, lines become segments, and segments grow: always the rows up to some number, in order.

    So it is for one that looks for the first time, and for one that has looked before.
    """
    monkeypatch.setattr(archivist, "TAIL_ROWS", 20)
    monkeypatch.setattr(segments, "FULL", full)
    written = Written(tmp_path)
    done = threading.Event()

    def write() -> None:
        for first in range(0, 3_000, 6):
            written.add(*({"type": "edit", "n": n} for n in range(first, first + 6)))
            if first % 30 == 0:
                assert written.archivist.flush()
        done.set()

    def read() -> None:
        known, before = Folder(tmp_path), 0
        while not done.is_set():
            for folder in (known, Folder(tmp_path)):
                found = seqs(folder)
                assert list(range(len(found))) == found
                assert before <= len(found)
                before = len(found)

    run_all(write, read, read)
    written.stop()
    assert list(range(3_000)) == seqs(Folder(tmp_path))


def test_one_that_is_opened_again_and_again_is_read(tmp_path: Path) -> None:
    """Segments are replaced by longer ones of the same name, and tails are taken over, while it is read."""
    Written(tmp_path).stop()
    done = threading.Event()

    def write() -> None:
        for n in range(60):
            written = Written(tmp_path)
            written.add({"type": "edit", "n": n})
            written.stop(quickly=n % 2 == 0)
        done.set()

    def read() -> None:
        folder = Folder(tmp_path)
        while not done.is_set():
            found = seqs(folder)
            assert list(range(len(found))) == found

    run_all(write, read)
    assert list(range(60)) == seqs(Folder(tmp_path))


def test_what_was_read_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the end of a segment, nor a line; what is new is."""
    written = Written(tmp_path)
    written.add({"type": "edit", "n": 0})
    written.seal()
    written.add({"type": "edit", "n": 1})
    assert written.archivist.flush()
    folder = Folder(tmp_path)
    assert 2 == folder.look().rows
    read: list[int] = []
    monkeypatch.setattr("sse_notebook.journal.folder.segment_at", lambda path: pytest.fail("read again"))
    really = archivist.lines_of
    monkeypatch.setattr(archivist, "lines_of", lambda *args: read.append(len(args[0])) or really(*args))
    written.add({"type": "edit", "n": 2})
    assert written.archivist.flush()
    (lines,) = folder._tails.values()
    assert (3, 1) == (folder.look().rows, lines.table.num_rows)
    written.stop()


def test_who_comes_next_knows_where_to_go_on(tmp_path: Path) -> None:
    """The number, the id, and since when nobody listened; for another stream the id means nothing."""
    written = Written(tmp_path)
    written.store.add_events([{"type": "edit", "id": "a"}, {"type": "edit"}])
    at = written.store.df["received_at"].iloc[-1].timestamp()
    written.stop()
    said = {"url": "http://example.org/", "name": "n", "filters": {}, "params": {}, "expand": True}
    place = Place(tmp_path, "w", said)
    assert (2, "a", at) == (place.next_seq, place.last_id, place.silent_since)
    place.close()
    place = Place(tmp_path, "w", {**said, "params": {"other": 1}})
    assert (2, "", at) == (place.next_seq, place.last_id, place.silent_since)
    place.close()


@pytest.mark.parametrize("said", [b"", b"[]", b"{", b"\xff", b"[" * 100_000], ids=len)
def test_what_stands_beside_may_be_unreadable(tmp_path: Path, said: bytes) -> None:
    """Rows count without it."""
    written = Written(tmp_path)
    written.add({"type": "edit"})
    written.stop()
    for name in ("_about.json", "_gaps.jsonl"):
        (written.folder / name).write_bytes(said + b"\n[1, 2]\n[null, 1, 2, 3, 4]\n")
    contents = Folder(tmp_path).look()
    assert (1, [], [], {"w": {}}) == (contents.rows, contents.gaps, contents.problems, contents.about)
    Written(tmp_path).stop()
