"""`sse-notebook replay`: printed, or served."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from replay.casts import build, ten, write

from sse_notebook.cli import main
from sse_notebook.wire import Decoder


def test_it_prints_the_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At any speed all events are printed, in order; what is wrong in the file is said."""
    path = ten(tmp_path / "x.ssecast")
    for speed in ("inf", "500"):
        assert 0 == main(["replay", str(path), "--speed", speed])
        printed, said = capsys.readouterr()
        assert [f"no {n}" for n in range(10)] == [line[-4:] for line in printed.splitlines()]
        assert "it has no `end` line" in said


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object a line, with the columns; more events than a stream keeps as objects too."""
    path = write(tmp_path / "x.ssecast", [build(n / 1000, n) for n in range(300)])
    assert 0 == main(["replay", str(path), "--speed", "inf", "--json"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [str(n) for n in range(300)] == [line["id"] for line in lines]
    assert {"replayed"} == {line["origin"] for line in lines}


def test_control_characters_are_harmless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a recording holds reaches the terminal as text."""
    path = write(tmp_path / "x.ssecast", [build(0, 0, message="\x1b[31mred\u202e")])
    assert 0 == main(["replay", str(path), "--speed", "inf"])
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said", "status"),
    [
        (["--speed", "0"], "how many times as fast", 2),
        (["--faults"], "are for --serve", 2),
        (["--serve", "--chunking", "lines"], "chunking is None", 2),
    ],
)
def test_wrong_arguments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str, status: int
) -> None:
    """They are one line on standard error."""
    path = ten(tmp_path / "x.ssecast")
    assert status == main(["replay", str(path), *arguments])
    assert said in capsys.readouterr().err


def test_no_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is none, or not there, is said in one line."""
    assert 2 == main(["replay", str(tmp_path / "none.ssecast")])
    (tmp_path / "x").write_text("hello")
    assert 1 == main(["replay", str(tmp_path / "x")])
    first, second = capsys.readouterr().err.splitlines()
    assert "can't be read" in first
    assert "no recording" in second


def test_serve(tmp_path: Path) -> None:
    """It prints its URL, serves until it is interrupted, and goes quietly."""
    path = ten(tmp_path / "x.ssecast")
    command = [sys.executable, "-m", "sse_notebook", "replay", str(path), "--serve", "--speed", "inf"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "until Ctrl-C" in process.stdout.readline()
        url = process.stdout.readline().strip()
        got = httpx.get(url, trust_env=False, timeout=20)
        assert [str(n) for n in range(10)] == [event.id for event in Decoder().feed(got.content)]
        process.send_signal(signal.SIGINT)
        assert 130 == process.wait(20)
        assert "" == process.stderr.read()
