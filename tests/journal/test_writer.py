"""`journal.writer`: what is in a recording is said to be, and what is not is not."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sse_notebook.errors import RecordingError
from sse_notebook.journal import open_cast
from sse_notebook.journal.cast import Header
from sse_notebook.journal.verifying import verify
from sse_notebook.journal.writer import Writer
from sse_notebook.wire import ServerSentEvent

HEADER = Header(started_us=0)
EVENTS = [ServerSentEvent("message", '{"n": 1}', "1", "1")]


@pytest.fixture(params=["a.ssecast", "a.ssecast.gz"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / request.param


def test_what_was_owed_to_the_last_comes_before_the_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that was full until the very last moment: the recording is complete, as it is said to be."""
    writer = Writer(path, HEADER)
    write, full = os.write, [OSError(28, "No space left on device")]

    def once_full(file: int, data: Any) -> int:
        if full:
            raise full.pop()
        return write(file, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", once_full)
        writer.events(1, EVENTS, 9)
        assert writer.stop()
    assert not full
    assert verify(open_cast(path))


def kept() -> Iterator[tuple[int, str, Any]]:
    yield 0, "ev", EVENTS
    raise MemoryError


def test_what_was_kept_and_can_not_be_read(path: Path) -> None:
    """What came before it and what comes later is there, and that something is not is said in it, too."""
    told: list[str] = []
    writer = Writer(path, HEADER, first=kept(), report=told.append)
    writer.events(1, EVENTS, 9)
    writer.stop()
    report = verify(open_cast(path))
    assert (2, False) == (report.events, report.complete)
    assert "something is not in it" in str(report)
    assert [f"{path.name}: something is not in the recording: it could not be written: MemoryError"] == told


def test_what_can_not_be_saved_whole_is_not_saved(path: Path) -> None:
    """Whoever saves hears of it, and no file is left that looks as if it were all."""
    with pytest.raises(RecordingError, match="what was kept raised MemoryError"):
        Writer(path, HEADER, first=kept()).whole(20)
    assert not path.exists()


def test_an_error_at_the_very_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some disks say only when a file is closed that they did not write it."""
    writer = Writer(path, HEADER)
    close = os.close

    def refused(file: int) -> None:
        close(file)
        if file == writer._file:
            raise OSError(122, "Disk quota exceeded")

    with monkeypatch.context() as patch:
        patch.setattr(os, "close", refused)
        assert not writer.stop()
    assert (True, "Disk quota exceeded") == (writer.done.is_set(), writer.error)


def test_where_there_can_be_no_more_threads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left of it."""

    def refused(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RecordingError, match="can't start new thread"):
        Writer(path, HEADER)
    assert not path.exists()
