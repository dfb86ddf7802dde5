"""A write-up's file: replaced as a whole or not at all, and never the recording."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from replay.casts import ten

from sse_notebook.errors import ArgumentError, RecordingError
from sse_notebook.incident import Incident, file
from sse_notebook.stream.recordings import load


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return ten(tmp_path / "x.ssecast")


def test_the_recording_is_not_replaced(recording: Path, tmp_path: Path) -> None:
    """By whatever name it is called, and of a part of it too."""
    was = recording.read_bytes()
    link = tmp_path / "link.html"
    link.symlink_to(recording)
    for of in (Incident("x", recording), Incident("x", load(recording).where("data.n == 1"))):
        for write in (of.to_html, of.to_markdown):
            for path in (recording, link, recording.parent / "." / recording.name):
                with pytest.raises(ArgumentError, match="is the recording itself"):
                    write(path)
    assert recording.read_bytes() == was


def test_where_it_cannot_be_written(recording: Path, tmp_path: Path) -> None:
    """The error is ours, and says where and why."""
    incident = Incident("x", recording)
    for write in (incident.to_html, incident.to_markdown):
        with pytest.raises(RecordingError, match=r"nowhere.x can't be written: No such file or directory"):
            write(tmp_path / "nowhere" / "x")
        with pytest.raises(RecordingError, match="can't be written"):
            write(tmp_path)


def test_a_full_disk_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there is whole, and nothing of the new one remains."""
    path = tmp_path / "x.html"
    path.write_text("the old one", encoding="utf-8")
    real = Path.write_text

    def full(self: Path, text: str, **more: str) -> int:
        real(self, text[:3], **more)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(RecordingError, match="No space left on device"):
        file.write(path, "the new one", None)
    assert [("x.html", "the old one")] == [(each.name, each.read_text()) for each in tmp_path.iterdir()]


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    """As `/dev/stdout`; a link stays one, and who may read it stays who may."""
    file.write(os.devnull, "x", None)
    path, link = tmp_path / "x.html", tmp_path / "link.html"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o600)
    link.symlink_to(path)
    file.write(link, "new", None)
    assert link.is_symlink()
    assert ("new", 0o600) == (path.read_text(encoding="utf-8"), path.stat().st_mode & 0o777)


def test_lengths_of_time_are_before_the_end_of_the_recording(recording: Path) -> None:
    """And the error says that."""
    incident = Incident("x", recording)
    for wrong in (lambda: Incident("x", recording, start="soon"), lambda: incident.note("soon", "x")):
        with pytest.raises(ArgumentError, match="how long before the recording's end"):
            wrong()
