"""`sse-notebook doctor`: the report, and an exit status that a script can use."""

from __future__ import annotations

import pytest
from raw_server import CHUNKED, RawServer, answer, chunk, hold

from sse_notebook import cli
from sse_notebook.backend import Backend


def here(*arguments: str) -> int:
    """The command in this process: its exit status."""
    try:
        return cli.main(["doctor", *arguments])
    except SystemExit as ended:  # argparse's own way
        return int(ended.code or 0)


@pytest.fixture
def platform(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Backend:
    """A platform that the environment names."""
    monkeypatch.setenv("SSE_NOTEBOOK_API_URL", backend.url)
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", backend.token())
    return backend


def test_all_is_well(platform: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    """0, and the report; of the environment's server where none is named."""
    assert 0 == here("--seconds", "0.3")
    said, complaints = capsys.readouterr()
    assert "" == complaints
    assert f"{platform.stream_url}\nnothing failed" in said
    assert "from SSE_NOTEBOOK_TOKEN" in said


def test_something_failed(server: RawServer, capsys: pytest.CaptureFixture[str]) -> None:
    """1, and what to do."""
    assert 1 == here(server.play("/x", [answer("404 Not Found")]), "--seconds", "0.1")
    assert "1 failed: status" in capsys.readouterr().out


def test_headers(server: RawServer, capsys: pytest.CaptureFixture[str]) -> None:
    """They are sent, and not shown."""
    url = server.play("/x", [answer("403 Forbidden")])
    assert 1 == here(url, "--header", "Authorization: Bearer t-12345", "--header", "X-Team: blue")
    asked = server.asked("/x")[-1]
    assert ("Bearer t-12345", "blue") == (asked.get("authorization"), asked.get("x-team"))
    assert "t-12345" not in "".join(capsys.readouterr())


def test_a_terminal_stays_sane(server: RawServer, capsys: pytest.CaptureFixture[str]) -> None:
    """What a server says reaches the terminal without its control characters."""
    said = b"event: a\x1b[31mb\nid: 1\ndata: {}\n\n"
    here(server.play("/x", [CHUNKED, chunk(said), hold]), "--seconds", "0.1")
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.usefixtures("quick")
def test_a_backend(platform: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    """The contract: nothing is published unless that is asked for."""
    assert 0 == here("--backend", "--seconds", "0.8")
    assert "nothing was published" in capsys.readouterr().out
    assert 0 == here(platform.url, "--backend", "--publish", "--seconds", "0.8")
    assert "ok       publish" in " ".join(capsys.readouterr().out.split("\n"))
    platform.faults.update({"headers": {"Cache-Control": "max-age=60"}})
    assert 1 == here("--backend", "--seconds", "0.3")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ftp://x"], "http://"),
        (["http://127.0.0.1:9/x", "--seconds", "0"], "seconds"),
        (["http://127.0.0.1:9/x", "--publish"], "--backend"),
        (["http://127.0.0.1:9/x", "--backend", "--no-platform"], "--no-platform"),
        (["http://127.0.0.1:9/x", "--header", "nonsense"], "Name: value"),
    ],
    ids=["url", "seconds", "publish", "no platform", "header"],
)
def test_wrong_arguments(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """2, and one line."""
    assert 2 == here(*arguments)
    complaint = capsys.readouterr().err
    assert words in complaint
    assert 1 == complaint.count("\n")
