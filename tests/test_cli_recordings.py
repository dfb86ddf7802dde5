"""`sse-notebook record` and `export`: a whole file, however it is stopped; one line if something is wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from raw_server import dead_port
from replay.casts import ten

import sse_notebook as sse
from sse_notebook import cli
from sse_notebook.backend import Backend

COMMAND = [sys.executable, "-c", "import sys; from sse_notebook.cli import main; sys.exit(main())"]
PATIENCE = 60.0


def here(*arguments: str | Path) -> int:
    """The command in this process: its exit status."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        return cli.main(list(map(str, arguments)))
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        sse.close_all()
        signal.signal(signal.SIGTERM, before)


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as backend:
        yield backend


@pytest.fixture
def login(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSE_NOTEBOOK_API_URL", backend.url)
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", backend.token())


@pytest.mark.usefixtures("login")
@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_leaves_a_file_that_loads(backend: Backend, tmp_path: Path, word: signal.Signals) -> None:
    """Ctrl-C and TERM leave a whole one; KILL leaves what was flushed."""
    path = tmp_path / "a.ssecast"
    running = subprocess.Popen(
        [*COMMAND, "record", backend.url, "-o", str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None
        assert "a.ssecast" in running.stdout.readline()
        backend.wait_for_connections(1, timeout=PATIENCE)
        backend.publish_all([{"event_type": "build_failed", "n": n} for n in range(5)])
        read = sse.load(path)
        while len(read) < 5:
            read = sse.load(path)
        os.kill(running.pid, word)
        said = running.communicate(timeout=PATIENCE)[0]
    finally:
        running.kill()
        running.wait()
    read = sse.load(path)
    assert (5, word != signal.SIGKILL) == (len(read), bool(read.verify()))
    if word != signal.SIGKILL:
        assert (0, "5 events recorded\n") == (running.returncode, said)


@pytest.mark.usefixtures("login")
def test_so_many_or_so_long(backend: Backend, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`-n` and `--for` end it; an existing file is left alone."""
    backend.publish_all([{"event_type": "build_failed", "n": n} for n in range(5)])
    assert 0 == here("record", backend.url, "-o", tmp_path / "a.ssecast", "--for", "0.01s")
    assert sse.load(tmp_path / "a.ssecast").verify()
    assert 0 == here("record", backend.url, "-o", tmp_path / "b.ssecast.gz", "--for", "0.01")
    (tmp_path / "b.ssecast.gz").unlink()
    assert 0 == here("record", backend.url, "-o", tmp_path / "a.ssecast", "-n", "0")
    assert ["a-2.ssecast", "a.ssecast"] == sorted(path.name for path in tmp_path.iterdir())
    assert "a-2.ssecast" in capsys.readouterr().out


def test_what_was_never_reached_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its status says so; the file stays, since it says when it was tried."""
    url, path = f"http://127.0.0.1:{dead_port()}/x", tmp_path / "a.ssecast"
    assert 1 == here("record", url, "-o", path, "--for", "0.5s")
    assert "was never reached" in capsys.readouterr().err
    assert sse.load(path).verify()


# A disk with room for so many bytes of a file; the system says no, as a full one does. With `-B`: bytecode
# would be cut too, and broken for whoever runs later.
NO_ROOM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, resource.RLIM_INFINITY))
from sse_notebook.cli import main
sys.exit(main())
"""


@pytest.mark.usefixtures("login")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such limit")
def test_a_full_disk_is_told_at_once(backend: Backend, tmp_path: Path) -> None:
    """In the system's words, while it lasts; in the end it is said how much is there, and nothing else."""
    running = subprocess.Popen(
        [sys.executable, "-B", "-c", NO_ROOM,
         "record", backend.url, "-o", str(tmp_path / "a.ssecast"), "-n", "51"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        backend.wait_for_connections(1, timeout=PATIENCE)
        backend.publish_all([{"event_type": "build_failed", "n": n} for n in range(50)])
        said = running.stderr.readline()
        backend.publish_all([{"event_type": "build_failed", "n": 50}])
        out, last = running.communicate(timeout=PATIENCE)
    finally:
        running.kill()
        running.wait()
    why = "File too large: nothing is written until that has passed"
    assert f"sse-notebook: the recording a.ssecast: {why}\n" == said
    number = len(sse.load(tmp_path / "a.ssecast"))
    assert f"not complete: it has {number} of 51 events; {why}\n" == last[last.index("not complete") :]
    assert (1, "", 1) == (running.returncode, out, last.count("\n"))


def test_where_a_recording_is_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`SSE_NOTEBOOK_REPLAY` is set: `tail` ends with it, and there is nothing to be recorded."""
    monkeypatch.setenv("SSE_NOTEBOOK_REPLAY", str(ten(tmp_path / "a.ssecast")))
    assert 0 == here("tail", "https://events.example.com", "--json")
    said = capsys.readouterr()
    assert (10, "") == (len(said.out.splitlines()), said.err)
    assert 1 == here("record", "https://events.example.com", "-o", tmp_path / "b.ssecast")
    assert "SSE_NOTEBOOK_REPLAY" in capsys.readouterr().err
    assert ["a.ssecast"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["record", "http://127.0.0.1:9", "-o", "a.txt"], 1, ".ssecast"),
        (["record", "http://127.0.0.1:9", "-o", "nowhere/a.ssecast"], 1, "can't be written"),
        (["record", "http://127.0.0.1:9", "-o", "a.ssecast", "--for", "soon"], 2, "--for"),
        (["record", "http://127.0.0.1:9", "-o", "a.ssecast", "--for", "0"], 2, "--for"),
        (["record", "http://127.0.0.1:9", "-o", "a.ssecast"], 1, "no token"),
        (["record", "http://127.0.0.1:9"], 2, "-o"),
        (["export", "nowhere.ssecast", "-o", "a.csv"], 2, "can't be read"),
    ],
)
def test_what_is_wrong_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    words: str,
) -> None:
    """And no file is left of it."""
    monkeypatch.chdir(tmp_path)
    assert status == here(*arguments)
    assert words in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())


def test_a_filter_is_shown_where_it_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On lines of its own, so that what points to the place stands below it."""
    path = ten(tmp_path / "a.ssecast")
    assert 2 == here("export", path, "-o", tmp_path / "a.csv", "--where", "data.n > ")
    lines = capsys.readouterr().err.splitlines()
    assert ["sse-notebook:     data.n > ", "^"] == [lines[1], lines[2][-1]]


def test_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another format, all of it or a part."""
    store = sse.connect(f"http://127.0.0.1:{dead_port()}/x", retry_attempts=0)
    store.store.add_events([{"type": "edit", "n": n} for n in range(4)])
    store.close()
    path = store.save(tmp_path / "a.ssecast")
    assert 0 == here("export", path, "-o", tmp_path / "a.parquet")
    assert 4 == len(pd.read_parquet(tmp_path / "a.parquet"))
    assert 0 == here("export", path, "-o", tmp_path / "b.ssecast.gz", "--where", "data.n > 1")
    assert [2, 3] == sse.load(tmp_path / "b.ssecast.gz").df["data.n"].tolist()
    assert "2 events written" in capsys.readouterr().out
    assert 1 == here("export", path, "-o", tmp_path / "a.xlsx")
    assert 2 == here("export", path, "-o", tmp_path / "c.csv", "--where", "data.n >")


@pytest.mark.usefixtures("login")
def test_what_it_counts_is_in_the_file(
    backend: Backend, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what comes while it is ended."""
    stop = sse.Recording.stop

    def busy(recording: sse.Recording) -> sse.Recording:
        stream = sse.streams()[0].wait_open()
        backend.publish({"event_type": "build_failed"})
        stream.wait_for(1, timeout=10)
        stop(recording)
        backend.publish({"event_type": "build_failed"})
        stream.wait_for(2, timeout=10)
        return recording

    monkeypatch.setattr(sse.Recording, "stop", busy)
    assert 0 == here("record", backend.url, "-o", tmp_path / "a.ssecast", "-n", "0")
    assert "1 event recorded\n" in capsys.readouterr().out
    assert 1 == len(sse.load(tmp_path / "a.ssecast"))
