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
    assert 0 == here("record", backend.url, "-o", tmp_path / "a.ssecast", "-n", "0")
    assert ["a-2.ssecast", "a.ssecast"] == sorted(path.name for path in tmp_path.iterdir())
    assert "a-2.ssecast" in capsys.readouterr().out


def test_what_was_never_reached_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its status says so; the file stays, since it says when it was tried."""
    url, path = f"http://127.0.0.1:{dead_port()}/x", tmp_path / "a.ssecast"
    assert 1 == here("record", url, "-o", path, "--for", "0.5s")
    assert "was never reached" in capsys.readouterr().err
    assert sse.load(path).verify()


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
