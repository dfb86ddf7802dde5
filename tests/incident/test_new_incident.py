"""`sse-notebook new-incident`: from a recording to a notebook that runs."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from sse_notebook.cli import main

LINES = [
    {"ssecast": 1, "started": "2026-11-28T12:00:00Z", "url": "http://127.0.0.1/"},
    [1.0, "ev", {"event": "build_failed", "data": '{"workload_id": "wl-1", "message": "exit code 1"}'}],
    [61.0, "ev", {"event": "build_complete", "data": '{"workload_id": "wl-1"}'}],
]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "it's broken.ssecast"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in LINES), encoding="utf-8")
    return path


def test_notebook_runs_as_it_is(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every cell, in a real kernel; the page is there afterwards."""
    assert main(["new-incident", str(recording), "--title", "Builds fail"]) == 0
    path = recording.with_name("it's broken.ipynb")
    assert str(path) in capsys.readouterr().out
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(path.parent)}}).execute()
    page = recording.with_name("it's broken.html").read_text(encoding="utf-8")
    assert "Build failed" in page
    assert "<h1><bdi>Builds fail</bdi></h1>" in page


def test_what_is_there_stays(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A write-up that somebody has begun is not overwritten."""
    path = recording.with_name("x.ipynb")
    path.write_text("mine", encoding="utf-8")
    assert main(["new-incident", str(recording), "-o", str(path)]) == 2
    assert path.read_text(encoding="utf-8") == "mine"
    assert "is there already" in capsys.readouterr().err


def test_a_notebook_elsewhere_finds_the_recording(recording: Path, tmp_path: Path) -> None:
    """By the way from it to the file, so that both can be moved together."""
    (tmp_path / "write-ups").mkdir()
    path = tmp_path / "write-ups" / "x.ipynb"
    assert main(["new-incident", str(recording), "-o", str(path)]) == 0
    assert '"../it\'s broken.ssecast"' in nbformat.read(path, as_version=4).cells[1].source


def test_a_folder_that_is_not_there(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line that says so in words."""
    path = recording.with_name("nowhere") / "x.ipynb"
    assert main(["new-incident", str(recording), "-o", str(path)]) == 1
    assert capsys.readouterr().err == f"sse-notebook: {path} can't be written: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.ssecast"], "nowhere.ssecast"),
        (["RECORDING", "-o", "x.html"], "takes the name of a notebook"),
    ],
)
def test_wrong_arguments(
    recording: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """One line on standard error, and nothing is made."""
    assert (
        main(["new-incident", *(str(recording) if each == "RECORDING" else each for each in arguments)]) == 2
    )
    assert said in capsys.readouterr().err


def test_what_cannot_be_read_of_it_is_told(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before somebody writes about it."""
    recording.write_text(recording.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    assert main(["new-incident", str(recording)]) == 0
    told = capsys.readouterr()
    assert "line 3: the last line is torn" in told.err
    assert "Made " in told.out
