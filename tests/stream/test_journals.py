"""`connect(journal=, writer=)`: all that comes is archived, over restarts, and the stream is as it was."""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import weakref
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from journal.archiving import write
from raw_server import STREAM, RawServer, hold
from support import PATIENCE, QUICK, client_threads, eventually, interrupted

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArchiveError, ArgumentError, NoArchive, RecordingError
from sse_notebook.journal import archivist

Start = Callable[..., sse.EventStream]


def publish(backend: Backend, number: int, start: int = 0) -> None:
    backend.publish_all([{"event_type": "build_progress", "n": n} for n in range(start, start + number)])


def numbers(of: Any) -> list[int]:
    return of.to_pandas(expand=["n"])["data.n"].tolist()


def test_what_comes_is_archived(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """`stream.archive` has every row that the stream has, at once; the stream itself is as ever."""
    stream = open_stream(journal=tmp_path / "a", expand=["n"])
    publish(backend, 9)
    stream.wait_for(9)
    archive = stream.archive
    assert (9, True, "", 0) == (len(archive), archive.writing, archive.error, archive.lost)
    expected = stream.df
    pd.testing.assert_frame_equal(expected, archive.df.droplevel("writer"), check_index_type="equiv")
    assert ["data.n"] == list(archive.df.columns[-1:])
    stream.close()
    assert (9, False) == (len(archive), archive.writing)
    pd.testing.assert_frame_equal(
        expected, sse.load(tmp_path / "a").df.droplevel("writer"), check_index_type="equiv"
    )
    assert archive.path == tmp_path / "a"


def test_the_store_keeps_the_newest_and_the_archive_all(
    backend: Backend, open_stream: Start, tmp_path: Path
) -> None:
    """`max_rows` bounds memory alone; what is cleared stays in the archive, and what is added goes there."""
    stream = open_stream(journal=tmp_path, max_rows=5)
    publish(backend, 20)
    stream.wait_for(20)
    assert (5, 20) == (len(stream), len(stream.archive))
    stream.store.clear_events()
    stream.store.add_event({"type": "note", "n": 20})
    assert (1, 21) == (len(stream), len(stream.archive))
    assert list(range(21)) == numbers(stream.archive)
    assert "added" == stream.archive.tail(1)["origin"].iloc[0]


def test_a_tilde_is_the_home_folder(
    backend: Backend, open_stream: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each path that is taken, to write or to read; no folder of that name is made."""
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir(), work.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.chdir(work)
    stream = open_stream(journal="~/events", record=Path("~/a.ssecast"))
    publish(backend, 3)
    stream.wait_for(3)
    assert stream is open_stream(journal=home / "events", record="~/a.ssecast")
    for archive in (stream.archive, sse.load("~/events"), sse.Archive("~/events")):
        assert 3 == len(archive)
    assert home / "b.csv" == stream.save("~/b.csv")
    stream.to_parquet("~/c.parquet")
    stream.close()
    assert ["a.ssecast", "b.csv", "c.parquet", "events"] == sorted(each.name for each in home.iterdir())
    assert 3 == len(sse.load("~/a.ssecast"))
    with sse.replay("~/a.ssecast", speed=float("inf")) as again:
        again.run_until()
        assert 3 == len(again)
    assert [] == list(work.iterdir())


def test_a_folder_is_the_same_by_another_name(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """A link, or a way with `..`: the stream goes on, and what is read is complete at once."""
    stream = open_stream(journal=tmp_path / "a")
    link = tmp_path / "link"
    try:
        link.symlink_to(tmp_path / "a", target_is_directory=True)
    except OSError:
        pytest.skip("the system makes no links")
    for total, name in (2, link), (4, tmp_path / "a" / ".." / "a"):
        assert stream is open_stream(journal=name)
        publish(backend, 2)
        stream.wait_for(total)
        assert (total, total) == (len(sse.load(name)), len(stream.archive))


def test_a_restart_goes_on(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """It resumes after the last row, `seq` goes on, nothing is lost or doubled; the gap shows as refilled."""
    stream = open_stream(journal=tmp_path)
    publish(backend, 5)
    stream.wait_for(5)
    stream.close()
    publish(backend, 5, 5)
    stream = open_stream(journal=tmp_path)
    publish(backend, 5, 10)
    stream.wait_for(10)
    assert list(range(5, 15)) == stream.df.index.tolist()
    assert ["resumed"] * 5 + ["live"] * 5 == stream.df["origin"].tolist()
    assert (list(range(15)), list(range(15))) == (
        numbers(stream.archive),
        stream.archive.df.index.get_level_values("seq").tolist(),
    )
    eventually(lambda: [True] == stream.gaps["recovered"].tolist())
    eventually(lambda: [True] == stream.archive.gaps["recovered"].tolist())
    assert [] == [gone for gone in stream.df["after_gap"] if gone]
    assert 15 == stream.archive.counts("1h").sum()


def test_what_could_not_be_resumed_is_a_gap(server: RawServer, tmp_path: Path) -> None:
    """The server knows no ids: the first row after the restart says that a hole is before it."""
    server.play("/s", [STREAM, b"data: a\n\n", hold])
    stream = sse.connect(server.url("/s"), journal=tmp_path, **QUICK)
    stream.wait_for(1)
    stream.close()
    stream = sse.connect(server.url("/s"), journal=tmp_path, **QUICK)
    stream.wait_for(1)
    assert [1] == stream.df.index.tolist()
    assert [True] == stream.df["after_gap"].tolist()
    assert [False] == stream.gaps["recovered"].tolist()
    assert pd.isna(stream.archive.counts("1h")).any()
    assert [False, True] == stream.archive.df["after_gap"].tolist()


def test_the_last_id_is_what_is_asked_for(server: RawServer, tmp_path: Path) -> None:
    """That of the last row that had one; but the user's own `last_event_id` goes before."""
    server.play("/s", [STREAM, b"id: 7\ndata: a\n\ndata: b\n\n", hold])
    asked = lambda: server.requests[-1].get("last-event-id")  # noqa: E731 - what is asked, twice
    for given, expected in ((None, None), (None, "7"), ("5", "5")):
        stream = sse.connect(server.url("/s"), journal=tmp_path, last_event_id=given, **QUICK)
        stream.wait_for(1)
        assert expected == asked()
        stream.close()


def test_what_a_server_sends_again_is_not_doubled(server: RawServer, tmp_path: Path) -> None:
    """One that does not listen to ids, and sends all it has each time: rows are known by id and content."""
    said = [b'id: %d\nevent: build\ndata: {"n": %d}\n\n' % (n, n) for n in range(6)]
    for known in (3, 5, 6):
        server.play("/s", [STREAM, b"".join(said[:known]), hold])
        stream = sse.connect(server.url("/s"), journal=tmp_path, **QUICK)
        eventually(lambda: len(stream.archive) == known)  # noqa: B023 - at once
        assert list(range(known)) == numbers(stream.archive)
        stream.close()
    assert 5 == len(stream.dropped)


def test_another_stream_does_not_resume(server: RawServer, tmp_path: Path) -> None:
    """Though it writes as the same writer: ids of one server mean nothing to another. `seq` goes on."""
    for path in ("/a", "/b"):
        server.play(path, [STREAM, b"id: 7\ndata: a\n\n", hold])
        stream = sse.connect(server.url(path), journal=tmp_path, writer="w", **QUICK)
        stream.wait_for(1)
        assert None is server.requests[-1].get("last-event-id")
        stream.close()
    assert [("w", 0), ("w", 1)] == sse.load(tmp_path).df.index.tolist()


def test_to_connect_again_changes_what_is_written(
    backend: Backend, open_stream: Start, tmp_path: Path
) -> None:
    """The same goes on; another one begins, and the first is whole; None ends it."""
    stream = open_stream(journal=tmp_path / "a")
    archive = stream.archive
    assert stream is open_stream(journal=str(tmp_path / "a"))
    assert archive is stream.archive
    publish(backend, 2)
    stream.wait_for(2)
    assert stream is open_stream(journal=tmp_path / "b", writer="x")
    assert not archive.writing
    publish(backend, 2, 2)
    stream.wait_for(4)
    assert ([0, 1], [2, 3]) == (numbers(archive), numbers(stream.archive))
    assert stream is open_stream()
    assert "nothing more is written to b: no journal= was given" == stream.log["text"].iloc[-1]
    publish(backend, 2, 4)
    stream.wait_for(6)
    assert [2, 3] == numbers(sse.load(tmp_path / "b"))
    with pytest.raises(NoArchive, match=r"has no archive: connect\(…, journal=folder\)"):
        _ = stream.archive
    assert None is getattr(stream, "archive", None)
    assert ["sse-notebook"] == sorted({name.partition(" ")[0] for name in client_threads()})
    assert not [name for name in client_threads() if "archive" in name]


def test_rows_have_other_numbers_where_theirs_are_taken(
    backend: Backend, open_stream: Start, tmp_path: Path
) -> None:
    """A stream that has rows already, and an archive that has more: there `seq` goes on by itself."""
    stream = open_stream(journal=tmp_path, writer="w")
    publish(backend, 5)
    stream.wait_for(5)
    stream.close()
    other = open_stream(name="other")
    publish(backend, 2, 5)
    other.wait_for(2)
    assert other is open_stream(name="other", journal=tmp_path, writer="w")
    publish(backend, 2, 7)
    other.wait_for(4)
    assert [("w", seq) for seq in range(7)] == other.archive.df.index.tolist()
    assert [0, 1, 2, 3, 4, 7, 8] == numbers(other.archive)
    assert [0, 1, 2, 3] == other.df.index.tolist()


def test_a_stream_that_writes_is_alive(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """Whoever refers to it; without a journal it is collected, and its threads end."""
    stream = open_stream(journal=tmp_path)
    alive = weakref.ref(stream)
    del stream
    gc.collect()
    assert alive() is not None
    publish(backend, 3)
    eventually(lambda: 3 == len(sse.load(tmp_path)))
    open_stream()
    gc.collect()
    assert alive() is None
    eventually(lambda: client_threads() == [])


def test_one_writer_at_a_time(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """Another stream, or another process, is told who writes; with a name of its own it may."""
    first = open_stream(journal=tmp_path, writer="w")
    with pytest.raises(ArchiveError, match=r"'w' in .* another stream of this process has it; .*writer="):
        open_stream(name="second", journal=tmp_path, writer="w")
    assert [first] == sse.streams()
    second = open_stream(name="second", journal=tmp_path, writer="v")
    publish(backend, 3)
    first.wait_for(3)
    second.wait_for(3)
    assert {"v": 3, "w": 3} == first.archive.df.groupby(level="writer").size().to_dict()
    context = multiprocessing.get_context("forkserver")
    mine, theirs = context.Pipe()
    process = context.Process(target=write, args=(tmp_path, "u", theirs), daemon=True)
    process.start()
    assert "held" == mine.recv()
    with pytest.raises(ArchiveError, match=f"process {process.pid} on this machine has it"):
        open_stream(name="third", journal=tmp_path, writer="u")
    process.kill()
    process.join()
    open_stream(name="third", journal=tmp_path, writer="u")


def test_a_default_writer_is_this_host_and_the_stream(
    backend: Backend, open_stream: Start, tmp_path: Path
) -> None:
    """Two streams of one process write side by side, without being told to."""
    for name in ("prod", "test"):
        open_stream(name=name, journal=tmp_path)
    writers = sse.load(tmp_path).writers["writer"].tolist()
    assert [["prod"], ["test"]] == [name.split("-")[-2:-1] for name in writers]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"writer": "w"}, "writer= is who writes to a journal="),
        ({"journal": 7}, "journal is a folder's path, as 'events', not 7"),
        ({"journal": ""}, "journal is a folder's path"),
        ({"journal": "a", "writer": ""}, "writer is a name"),
        ({"journal": "a", "writer": "x" * 300}, "give a shorter one"),
        ({"journal": "a", "writer": "s3cret-token"}, "writer has a secret of this stream in it"),
        ({"journal": "file"}, "file is a file; journal= takes a folder"),
        ({"journal": "file/a"}, "can't be written"),
        ({"journal": "a\0b"}, "journal is a folder's path"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_wrong_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], said: str
) -> None:
    """They are said at once, no stream is left, and no folder."""
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("x")
    with pytest.raises(ArgumentError, match=said) as raised:
        sse.connect("http://127.0.0.1:9/x", token="s3cret-token", **options)
    assert "s3cret" not in str(raised.value)
    assert ([], ["file"]) == (sse.streams(), [path.name for path in Path().iterdir()])


def test_what_can_not_be_recorded_is_not_archived_either(tmp_path: Path) -> None:
    """No stream is left, and the folder can be taken again."""
    with pytest.raises(RecordingError):
        sse.connect("http://127.0.0.1:9/x", journal=tmp_path, writer="w", record=tmp_path / "x.txt")
    assert [] == sse.streams()
    sse.connect("http://127.0.0.1:9/x", journal=tmp_path, writer="w").close()


def test_both_are_written(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """A recording beside an archive, over a restart: its rows have the numbers of the stream's."""
    for first in (0, 3):
        stream = open_stream(journal=tmp_path / "a", record=tmp_path / f"{first}.ssecast")
        publish(backend, 3, first)
        stream.wait_for(3)
        stream.close()
        recording = sse.load(tmp_path / f"{first}.ssecast")
        assert recording.verify(), recording.verify()
        assert list(range(first, first + 3)) == recording.df.index.tolist() == numbers(recording)
    assert list(range(6)) == numbers(sse.load(tmp_path / "a"))


def test_the_token_is_in_no_file(server: RawServer, tmp_path: Path) -> None:
    """Though the server sends it back, in whatever place; and not in what is said of the stream."""
    token = "tok3n-that-is-secret"
    said = f'id: {token}\nevent: {token}\ndata: {{"message": "{token}", "x": "{token}"}}\n\n'.encode()
    server.play("/s", [STREAM, said, said.replace(token.encode(), b"plain"), hold])
    stream = sse.connect(
        server.url(f"/s?token={token}"),
        token=token,
        headers={"X-Token": token},
        params={"api_key": token},
        journal=tmp_path,
        **QUICK,
    )
    stream.wait_for(2)
    assert token in stream.df["message"].tolist()  # in memory it is as it came
    assert ["***", "plain"] == stream.archive.df["message"].tolist()
    for _ in range(2):
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert len(files) > 2
        assert not [path for path in files if token.encode() in path.read_bytes() or token in str(path)]
        stream.close()
    stream = sse.connect(
        server.url(f"/s?token={token}"), token=token, params={"api_key": token}, journal=tmp_path
    )
    stream.wait_for(2)
    assert "plain" == server.requests[-1].get("last-event-id")


def test_a_disk_that_is_full_is_said_and_the_stream_goes_on(
    backend: Backend, open_stream: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In `log` and `archive.error`; when there is room again all rows are there."""
    stream = open_stream(journal=tmp_path)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(archivist.os, "write", full)
        publish(backend, 3)
        stream.wait_for(3)
        eventually(lambda: "No space left on device" == stream.archive.error)
        assert 3 == len(stream)
        assert stream.log["text"].str.contains("No space left on device").any()
    publish(backend, 3, 3)
    stream.wait_for(6)
    eventually(lambda: 6 == len(stream.archive))
    assert ("", 0) == (stream.archive.error, stream.archive.lost)


def test_offline_nothing_is_written(
    backend: Backend, open_stream: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a recording stands for the server, the archive is what it was."""
    stream = open_stream(record=tmp_path / "a.ssecast")
    publish(backend, 3)
    stream.wait_for(3)
    stream.close()
    monkeypatch.setenv("SSE_NOTEBOOK_REPLAY", str(tmp_path / "a.ssecast"))
    replay = sse.connect(backend.url, token="x", journal=tmp_path / "b")
    assert 3 == len(replay)
    assert not (tmp_path / "b").exists()


def test_who_leaves_python_leaves_whole_segments(backend: Backend, tmp_path: Path) -> None:
    """Without a `close`: other tools find all rows, and no lines are left."""
    script = (
        "import sys; import sse_notebook as sse\n"
        "url, token, folder = sys.argv[1:]\n"
        "sse.connect(url, token=token, journal=folder).wait_for(3)\n"
    )
    arguments = [sys.executable, "-c", script, backend.url, backend.token(), str(tmp_path)]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
        eventually(lambda: backend.connections)
        publish(backend, 3)
        _, said = process.communicate(timeout=PATIENCE)
    assert ("", 0) == (said, process.returncode)
    assert [] == list(tmp_path.rglob("_tail-*"))
    assert 3 == len(pd.read_parquet(tmp_path))


def test_a_forked_child_writes_nothing(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """It may read what is there; the parent goes on, and its rows are there once."""
    stream = open_stream(journal=tmp_path)
    publish(backend, 3)
    stream.wait_for(3)
    assert stream.archive.flush()
    child = os.fork()
    if not child:
        stream.store.add_event({"type": "of the child"})
        os._exit(3 if not stream.archive.writing and len(stream.archive) >= 3 else 0)
    assert 3 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    publish(backend, 3, 3)
    stream.wait_for(6)
    assert list(range(6)) == numbers(stream.archive)


# A finalizer's is lost; and a file that it keeps from being closed is closed by the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_anywhere(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """Wherever it cuts into the beginning of an archive, the folder is free, and can be asked for again."""
    stream = open_stream()
    for step in count(step=3):
        cut = interrupted(step, lambda: stream.journal_as_set(tmp_path, "w"))
        stream.journal_as_set(tmp_path, "w")
        stream.store.add_event({"type": "edit"})
        stream.journal_as_set(None, None)
        if not cut:
            break
    assert step > 100
    assert step // 3 + 1 == len(sse.load(tmp_path))
