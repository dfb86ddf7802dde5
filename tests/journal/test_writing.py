"""`journal.writing`: nobody waits for a thread that is no more."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archives import ABOUT, Written
from support import client_threads

from sse_notebook.journal.archivist import Archivist
from sse_notebook.journal.cast import Header
from sse_notebook.journal.writer import Writer
from sse_notebook.wire import ServerSentEvent


def recording(folder: Path, report: Callable[[str], object]) -> Writer:
    writer = Writer(folder / "a.ssecast", Header(started_us=0), report=report)
    writer.events(1, [ServerSentEvent()], 1)
    return writer


def archive(folder: Path, report: Callable[[str], object]) -> Archivist:
    written = Written(folder / "a")
    written.archivist._report = report
    written.add({"type": "edit"})
    return written.archivist


@pytest.mark.parametrize("begin", [recording, archive])
def test_what_the_thread_can_not_deal_with(
    begin: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, whoever waits goes on, nothing is taken any more, and the files are free."""

    def broken(self: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Writer, "_drain", broken)
    monkeypatch.setattr(Archivist, "_drain", broken)
    told: list[str] = []
    writing = begin(tmp_path, told.append)
    assert not writing.flush(timeout=60)
    assert not writing.stop()
    assert "internal error: MemoryError" in writing.error
    assert 1 == len(told)
    assert ([], True) == (client_threads(), writing._stopping)
    if begin is archive:
        assert 1 == writing.lost
        Archivist(tmp_path / "a", "w", ABOUT).stop()


def test_a_tail_is_let_go_of_before_it_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that is forked while it is being closed closes nothing of its own under that number.

    And a disk that only then says that it did not write it ends nothing.
    """
    written = Written(tmp_path)
    written.add({"type": "edit"})
    assert written.archivist.flush()
    assert written.archivist._tail is not None
    file, close, held = written.archivist._tail[0], os.close, list[bool]()

    def refused(number: int) -> None:
        close(number)
        if number == file and not held:
            held.append(written.archivist._tail is not None)
            raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "close", refused)
        written.stop()
    assert [False] == held
    assert "Input/output error: its newest rows may not be there" in written.told[0]
    assert 1 == len(list(written.folder.glob("*.parquet")))
