"""The secret that is kept from run to run: for its owner only, whole, and never in the way."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from support import run_all

from sse_notebook.backend.auth import TokenAuth
from sse_notebook.backend.secret import Kept, kept_secret, secret_file


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def test_it_is_the_same_again(state: Path) -> None:
    """What was drawn once is kept, in a file of the owner's alone: a token outlives the run that made it."""
    first, second = kept_secret(), kept_secret()
    assert (first, "", state / "sse_notebook" / "serve-secret") == (second, first.trouble, first.path)
    assert "analyst" == TokenAuth(second.secret).check(TokenAuth(first.secret).token()).subject
    assert 0o600 == stat.S_IMODE(first.path.stat().st_mode)
    assert [first.path] == list(first.path.parent.iterdir())
    assert first.secret not in repr(first)


def test_runs_that_begin_at_once_agree() -> None:
    """Of several that find none at the same time, one draws it, and all have that one."""
    got: list[Kept] = []
    run_all(*[lambda: got.append(kept_secret())] * 8)
    assert (8, 1, {""}) == (len(got), len({each.secret for each in got}), {each.trouble for each in got})


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o606])
def test_a_file_that_others_can_read_is_not_used(mode: int) -> None:
    """Who could read the secret could make tokens: it is not used, and that is said."""
    known = kept_secret()
    known.path.chmod(mode)
    other = kept_secret()
    assert (True, True) == (other.secret != known.secret, "others can read" in other.trouble)
    assert known.secret not in other.trouble


@pytest.mark.parametrize("text", [b"", b"short", "ß".encode() * 50, b"\xff" * 50])
def test_a_file_without_a_secret_is_not_used(text: bytes) -> None:
    """What can't be a secret is none, and is left for its owner to look at."""
    path = kept_secret().path
    path.write_bytes(text)
    kept = kept_secret()
    assert (True, "there is no secret in it" in kept.trouble, text) == (
        len(kept.secret) >= 32,
        True,
        path.read_bytes(),
    )


def test_a_folder_that_cannot_be_made(state: Path) -> None:
    """Where nothing can be kept there is a secret all the same, and why it will not last is said."""
    state.write_text("a file in the way")
    first, second = kept_secret(), kept_secret()
    assert first.secret != second.secret
    assert str(first.path) in first.trouble


def test_where_it_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In the state folder that the environment names, if that is a whole path; else in the usual one."""
    usual = Path.home() / ".local" / "state" / "sse_notebook" / "serve-secret"
    for named, expected in (("relative", usual), ("", usual), (str(tmp_path), tmp_path)):
        monkeypatch.setenv("XDG_STATE_HOME", named)
        monkeypatch.delenv("LOCALAPPDATA", raising=False)
        assert str(secret_file()).startswith(str(expected))
