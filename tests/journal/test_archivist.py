"""`journal.archivist`: what was handed over is on the disk once, in order, whatever happens to who writes."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from archives import ABOUT, Written, dead, rows_in
from hypothesis import given
from hypothesis import strategies as st
from support import client_threads, eventually, examples

from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArchiveError
from sse_notebook.events.batch import Batch
from sse_notebook.journal import archivist as module
from sse_notebook.journal import segments
from sse_notebook.journal.archivist import Archivist
from sse_notebook.journal.folder import Folder
from sse_notebook.journal.layout import segment_name
from sse_notebook.source.continuity import Gap
from sse_notebook.source.redactor import Redactor
from sse_notebook.store import EventStore

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 5)),
        st.tuples(st.sampled_from(["seal", "stop", "leave", "die"]), st.just(0)),
        st.tuples(st.just("cut"), st.integers(1, 400)),
        st.tuples(st.just("again"), st.just(0)),
        st.tuples(st.just("part"), st.just(0)),
    ),
    max_size=14,
)


@given(STEPS, st.sampled_from([2, 7, 131_072]))
@examples(120)
def test_any_history_equals_a_list(steps: list[tuple[str, int]], full: int) -> None:
    """Added, sealed, stopped, killed, cut, killed between two steps: the rows are those of a list."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "FULL", full)
        play(Path(name), steps)


def play(root: Path, steps: list[tuple[str, int]]) -> None:
    folder, number, expected = root / "0", 0, list[int]()
    lived, sealed = 0, 0  # so many of the rows are in segments
    written = Written(folder)
    for step, argument in [*steps, ("stop", 0)]:
        if step == "add":
            written.add(*({"type": "edit", "n": number + n} for n in range(argument)))
            expected += range(number, number + argument)
            number += argument
            continue
        if step == "seal":
            written.seal()
            sealed = len(expected)
            continue
        lived += 1
        if step == "stop":
            written.stop()
            sealed = len(expected)
        elif step == "leave":
            written.stop(quickly=True)
        elif step == "again":  # it dies after the segment is there, and before the lines are gone
            assert written.archivist.flush()
            lines = {path.name: path.read_bytes() for path in written.folder.glob("_tail-*")}
            written.seal()
            sealed = len(expected)
            folder = dead(written, root / str(lived))
            for tail, kept in lines.items():
                (folder / written.folder.name / tail).write_bytes(kept)
        else:
            folder = dead(written, root / str(lived))
        own = folder / written.folder.name
        if step == "part":
            (own / f".{segment_name(sealed)}.part").write_bytes(b"PAR1 and no more")
        if step == "cut":
            for tail in sorted(own.glob("_tail-*"))[-1:]:
                kept = tail.read_bytes()[:-argument]
                tail.write_bytes(kept)
                first = int(tail.stem.removeprefix("_tail-"))
                expected = expected[: first + kept.count(b"\n")] if first >= sealed else expected
        assert [("w", seq, n) for seq, n in enumerate(expected)] == numbers_in(folder)
        written = Written(folder)
        assert len(expected) == written.archivist.place.next_seq
        assert [] == written.told
        sealed = len(expected)
    written.stop()


def numbers_in(folder: Path) -> list[tuple[str, int, int]]:
    return [(writer, seq, int(data.split('"n":')[1][:-1])) for writer, seq, data in rows_in(folder)]


def test_lines_are_there_before_a_segment_is(tmp_path: Path) -> None:
    """After a flush; the files are their owner's alone; after the end there is one segment, and no lines."""
    written = Written(tmp_path / "a")
    written.add({"type": "edit", "n": 0})
    assert written.archivist.flush()
    (tail,) = written.folder.glob("_tail-*")
    assert 1 == tail.read_bytes().count(b"\n")
    written.stop()
    names = sorted(path.name for path in written.folder.iterdir())
    assert [".lock", "_about.json", segment_name(0)] == names
    for path in written.folder.iterdir():
        assert 0o600 == stat.S_IMODE(path.stat().st_mode), path
    assert 0o700 == stat.S_IMODE(written.folder.stat().st_mode)
    assert [] == client_threads()


@pytest.mark.parametrize("limit", [("TAIL_ROWS", 10), ("TAIL_BYTES", 1_000)], ids=str)
def test_lines_become_segments_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: tuple[str, int]
) -> None:
    """When there are many, or much; more lines are written meanwhile, and none is left out."""
    monkeypatch.setattr(module, *limit)
    monkeypatch.setattr(segments, "FULL", 25)
    written = Written(tmp_path)
    for first in range(0, 100, 5):
        written.add(*({"type": "edit", "n": n} for n in range(first, first + 5)))
        assert written.archivist.flush()
    eventually(lambda: len(list(written.folder.glob("seq-*"))) >= 3)
    assert list(range(100)) == [n for _, _, n in numbers_in(tmp_path)]
    written.stop()
    assert [] == list(written.folder.glob("_tail-*"))
    assert list(range(100)) == [n for _, _, n in numbers_in(tmp_path)]


def test_old_lines_become_a_segment(tmp_path: Path) -> None:
    """Ten minutes later, though nothing comes any more: by the clock that it is given."""
    clock = VirtualClock()
    written = Written(tmp_path, clock=clock)
    written.add({"type": "edit", "n": 0})
    assert written.archivist.flush()
    assert [] == list(written.folder.glob("seq-*"))
    clock.advance(module.TAIL_AGE + 1)
    eventually(lambda: list(written.folder.glob("seq-*")) and not list(written.folder.glob("_tail-*")))
    written.stop()


def test_small_segments_grow_in_their_place(tmp_path: Path) -> None:
    """A hundred openings leave one file, not a hundred."""
    for n in range(5):
        written = Written(tmp_path)
        written.add({"type": "edit", "n": n})
        written.stop()
    assert [segment_name(0)] == [path.name for path in written.folder.glob("seq-*")]
    assert list(range(5)) == [n for _, _, n in numbers_in(tmp_path)]


class Disk:
    """Takes what it has room for."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.write = os.write

    def __call__(self, file: int, data: Any) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done = self.write(file, bytes(data[: self.room]))
        self.room -= done
        return done


def test_a_full_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told once, in the middle of a line; and when there is room again all rows are there."""
    written = Written(tmp_path)
    disk = Disk(100)
    monkeypatch.setattr(module.os, "write", disk)
    written.add(*({"type": "edit", "n": n} for n in range(3)))
    assert not written.archivist.flush()
    assert "No space left on device" == written.archivist.error
    written.add({"type": "edit", "n": 3})
    assert not written.archivist.flush()
    assert 1 == len(written.told)
    assert "nothing is written until that has passed" in written.told[0]
    assert [] == rows_in(tmp_path)  # a line that is not whole is no row
    disk.room = 10**6
    assert written.archivist.flush()
    assert written.told[1].endswith("can be written again")
    written.stop()
    assert list(range(4)) == [n for _, _, n in numbers_in(tmp_path)]
    assert 0 == written.archivist.lost


@pytest.mark.skipif(os.name == "nt", reason="an open file can't be removed there")
@pytest.mark.parametrize("what", ["the file", "the folder"])
def test_rows_that_somebody_removes_are_counted(tmp_path: Path, what: str) -> None:
    """They are told and lost; a file is made anew, and a folder that is gone is an error."""
    written = Written(tmp_path / "a")
    written.add({"type": "edit", "n": 0}, {"type": "edit", "n": 1})
    assert written.archivist.flush()
    if what == "the file":
        next(written.folder.glob("_tail-*")).unlink()
    else:
        shutil.rmtree(tmp_path / "a")
    written.add({"type": "edit", "n": 2})
    assert written.archivist.flush()
    assert 3 == written.archivist.lost
    assert "the archive a: the file with its newest rows was removed" == written.told[0]
    written.add({"type": "edit", "n": 3})
    if what == "the file":
        assert written.archivist.flush()
        assert [("w", 3, 3)] == numbers_in(tmp_path / "a")
        assert [module.SLOW] == [gap.reason for gap in Folder(tmp_path / "a").look().gaps]
        next(written.folder.glob("_tail-*")).unlink()
        written.stop()
        assert (4, []) == (written.archivist.lost, numbers_in(tmp_path / "a"))
    else:
        assert not written.archivist.flush()
        assert "No such file or directory" == written.archivist.error
        assert not written.archivist.stop()


def test_what_a_full_disk_loses_is_counted_and_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more waits than memory should have: later rows are written again, and the hole shows."""
    monkeypatch.setattr(module, "MOST_OWED", 150)
    written = Written(tmp_path)
    disk = Disk(0)
    with monkeypatch.context() as patch:
        patch.setattr(module.os, "write", disk)
        for n in range(6):
            written.add({"type": "edit", "n": n})
            written.archivist.flush()
    lost = written.archivist.lost
    assert 0 < lost < 6
    written.add({"type": "edit", "n": 6})
    assert written.archivist.flush()
    kept = [*range(6 - lost), 6]
    assert [("w", n, n) for n in kept] == numbers_in(tmp_path)
    (gap,) = Folder(tmp_path).look().gaps
    assert (False, True) == (gap.recovered, gap.end is not None)
    assert any(f"lacks {lost} rows by now" in told for told in written.told)
    written.stop()


def test_a_slow_disk_loses_what_is_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who hands over never waits: beyond so many rows that wait, more are counted as lost, and told."""
    monkeypatch.setattr(module, "MANY", 5)
    monkeypatch.setattr(module, "MOST_ROWS", 20)
    gate = threading.Event()
    write = os.write
    written = Written(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(module.os, "write", lambda file, data: gate.wait() and write(file, data))
        for n in range(100):
            written.add({"type": "edit", "n": n})
        gate.set()
        assert written.archivist.flush()
    found = [n for _, _, n in numbers_in(tmp_path)]
    assert 100 == len(found) + written.archivist.lost
    assert 0 < written.archivist.lost
    eventually(lambda: any(" lacks " in told for told in written.told))
    written.stop()


def test_no_room_for_a_segment_leaves_the_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told once; lines go on; and the next time that there is room all of them become segments."""
    written = Written(tmp_path)
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        patch.setattr(segments, "_written", full)
        for n in range(3):
            written.add({"type": "edit", "n": n})
            written.seal()
        assert ["no segment can be written, lines are: No space left on device"] == [
            told.partition(": ")[2] for told in written.told
        ]
    assert list(range(3)) == [n for _, _, n in numbers_in(tmp_path)]
    written.stop()
    assert [] == list(written.folder.glob("_tail-*"))
    assert list(range(3)) == [n for _, _, n in numbers_in(tmp_path)]


def test_gaps_are_kept_as_they_come_to_be_known(tmp_path: Path) -> None:
    """One that ends later, and is refilled later still, is one; one that never ended ends with the next."""
    gaps = [Gap(1.0, None, "lost", None, "")]
    written = Written(tmp_path)
    written.archivist.gaps = lambda: gaps
    written.add({"type": "edit"})
    assert written.archivist.flush()
    assert gaps == Folder(tmp_path).look().gaps
    gaps[0].end, gaps[0].last_event_id = 2.0, "7"
    written.archivist.moved()
    eventually(lambda: gaps == Folder(tmp_path).look().gaps)
    gaps[0].recovered = True
    gaps.append(Gap(3.0, None, "by user", None, ""))
    written.stop()
    assert gaps == Folder(tmp_path).look().gaps
    later = Gap(4.0, 5.0, "again", False, "")
    written = Written(tmp_path)
    written.archivist.gaps = lambda: [later]
    written.add({"type": "edit"})
    written.stop()
    gaps[1].end = 4.0
    assert [*gaps, later] == Folder(tmp_path).look().gaps


def test_no_known_secret_is_in_any_file(tmp_path: Path) -> None:
    """Not in rows, nor in the reasons of gaps; it may become known at any time before."""
    redact = Redactor()
    written = Written(tmp_path, redact=redact)
    redact.add("s3cret-token")
    written.archivist.gaps = lambda: [Gap(1.0, 2.0, "s3cret-token", None, "s3cret-token")]
    written.add({"type": "s3cret-token", "message": "said s3cret-token", "id": "s3cret-token"})
    assert written.archivist.flush()
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"s3cret" not in everything
    assert b"***" in everything
    written.stop()
    assert ["said ***"] == [eval(data)["message"] for _, _, data in rows_in(tmp_path)]


def test_a_row_that_can_not_be_written_stops_no_other(tmp_path: Path) -> None:
    """Whatever somebody puts into the store."""
    written = Written(tmp_path)
    written.add({"type": "edit", "n": 0})
    assert written.archivist.flush()
    strange = EventStore().add_events([{"type": "edit", "n": 1}])
    written.archivist.take(Batch.of(strange).with_columns(status=[object()]))
    assert written.archivist.flush()
    written.add({"type": "edit", "n": 2})
    written.stop()
    assert [0, 2] == [n for _, _, n in numbers_in(tmp_path)]
    assert 1 == written.archivist.lost
    assert "1 row could not be written: TypeError" in written.told[0]


def test_a_forked_child_writes_nothing(tmp_path: Path) -> None:
    """The parent goes on, and its rows are there once; the child does not keep the folder."""
    written = Written(tmp_path)
    written.add({"type": "edit", "n": 0})
    child = os.fork()
    if not child:
        written.archivist.take(written.store.take([]))
        os._exit(0 if written.archivist.done.is_set() else 1)
    _, status = os.waitpid(child, 0)
    assert 0 == status
    written.add({"type": "edit", "n": 1})
    written.stop()
    assert [0, 1] == [n for _, _, n in numbers_in(tmp_path)]


@pytest.mark.parametrize("what", ["file", "read-only"])
def test_where_nothing_can_be_written_it_is_said_at_once(tmp_path: Path, what: str) -> None:
    """With the path, and why; nothing is left."""
    path = tmp_path / "a"
    if what == "file":
        path.write_text("x")
    elif os.geteuid():
        tmp_path.chmod(0o500)
    else:  # root may write everywhere but there
        path = Path("/proc/archive")
    with pytest.raises(ArchiveError, match=str(path)):
        Archivist(path, "w", ABOUT)
    assert [] == client_threads()


def test_two_write_to_one_folder(tmp_path: Path) -> None:
    """Each as its own writer; the same one is refused while it is at work."""
    first, second = Written(tmp_path, "a"), Written(tmp_path, "b/..")
    with pytest.raises(ArchiveError, match="at work already"):
        Written(tmp_path, "a")
    first.add({"type": "edit", "n": 0})
    second.add({"type": "edit", "n": 1})
    first.stop()
    second.stop()
    assert [("a", 0, 0), ("b/..", 0, 1)] == sorted(numbers_in(tmp_path))
    shutil.rmtree(tmp_path)
