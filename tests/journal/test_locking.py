"""`journal.locking`: one holds it, whoever dies gives it back."""

from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from sse_notebook.errors import ArchiveError
from sse_notebook.journal.locking import Lock


def hold(path: Path, told: Connection) -> None:
    """Take it, say so, and keep it until told otherwise."""
    Lock(path, "w")
    told.send(os.getpid())
    told.recv()


def test_a_second_one_is_told_who_has_it(tmp_path: Path) -> None:
    """Also in one process; once it is given back it can be taken again."""
    first = Lock(tmp_path / ".lock", "w")
    with pytest.raises(ArchiveError, match=r"'w' .* another stream of this process has it; give .* writer="):
        Lock(tmp_path / ".lock", "w")
    first.release()
    first.release()
    Lock(tmp_path / ".lock", "w").release()


def test_a_killed_process_gives_it_back(tmp_path: Path) -> None:
    """While it lives its number is said; no file has to be removed after kill -9."""
    context = multiprocessing.get_context("forkserver")
    mine, theirs = context.Pipe()
    process = context.Process(target=hold, args=(tmp_path / ".lock", theirs), daemon=True)
    process.start()
    assert process.pid == mine.recv()
    with pytest.raises(ArchiveError, match=f"process {process.pid} on this machine has it"):
        Lock(tmp_path / ".lock", "w")
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    Lock(tmp_path / ".lock", "w").release()


def test_a_forked_child_does_not_keep_it(tmp_path: Path) -> None:
    """What the child forgets, the parent still holds; and when that lets go, it is free."""
    lock = Lock(tmp_path / ".lock", "w")
    child = os.fork()
    if not child:
        lock.forget()
        signal.pause()
    with pytest.raises(ArchiveError):
        Lock(tmp_path / ".lock", "w")
    # The child may not have come to it yet: it is gone for certain only when it has ended.
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with pytest.raises(ArchiveError):
        Lock(tmp_path / ".lock", "w")
    lock.release()
    Lock(tmp_path / ".lock", "w").release()


def test_what_is_no_lock_file_is_no_reason_to_fail(tmp_path: Path) -> None:
    """Whatever stands in the file: who holds it is then not known."""
    path = tmp_path / ".lock"
    held = Lock(path, "w")
    path.write_bytes(b"\xff[")
    with pytest.raises(ArchiveError, match="another process has it"):
        Lock(path, "w")
    held.release()


def test_a_full_disk_does_not_keep_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it can't be said who has it nobody does: once there is room again it can be taken."""

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite" if hasattr(os, "pwrite") else "write", full)
        with pytest.raises(OSError, match="No space left"):
            Lock(tmp_path / ".lock", "w")
    Lock(tmp_path / ".lock", "w").release()
