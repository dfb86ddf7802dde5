"""`journal.verifying`: one byte that is not as it was written, and the recording is not sound."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sse_notebook.journal import Cast, open_cast, verifying
from sse_notebook.journal.cast import Header
from sse_notebook.journal.verifying import verify
from sse_notebook.journal.writer import Writer
from sse_notebook.wire import ServerSentEvent

ENV = {"sse_notebook": "0.1.0"}


def written(path: Path, number: int = 20) -> Path:
    """A recording of so many events, some of which came together."""
    writer = Writer(path, Header(started_us=1_790_000_000_000_000, url="https://a/b", env=ENV))
    writer.entry(0, "open", {"connection": 1, "resumed_from": "", "recovered": None})
    for at in range(0, number, 2):
        writer.events(
            at, [ServerSentEvent("e", f'{{"n": {at + n}, "é": "\\\\"}}', "7", "7") for n in (0, 1)], 80
        )
    assert writer.stop()
    return writer.path


@pytest.fixture(params=["a.ssecast", "a.ssecast.gz"])
def recording(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return written(tmp_path / request.param)


def test_one_event_is_one(tmp_path: Path) -> None:
    """In words."""
    writer = Writer(tmp_path / "one.ssecast", Header(started_us=0))
    writer.events(1, [ServerSentEvent("e", "x")], 1)
    assert writer.stop()
    assert "sound and complete: 1 event, sha256 " in str(verify(open_cast(writer.path)))


def test_a_whole_recording_is_sound(recording: Path) -> None:
    """It is true, and says what it found."""
    report = verify(open_cast(recording))
    assert report, report
    assert (20, True) == (report.events, report.complete)
    assert "sound and complete" in str(report)
    data = recording.read_bytes()
    whole = gzip.decompress(data) if recording.suffix == ".gz" else data
    assert report.sha256 == hashlib.sha256(whole.rsplit(b"\n", 2)[0] + b"\n").hexdigest()
    assert json.loads(whole.splitlines()[-1])[2] == {"n": 20, "sha256": report.sha256}


def sound(path: Path) -> bool:
    try:
        return bool(verify(open_cast(path)))
    except ValueError:  # not even a recording
        return False


def test_any_changed_byte_is_found(recording: Path, tmp_path: Path) -> None:
    """Each byte of the file, changed by one bit and to another; each left out; each there twice."""
    data = recording.read_bytes()
    other = tmp_path / f"b{''.join(recording.suffixes)}"
    for at in range(0, len(data), 1 if len(data) < 1200 else 3):
        for changed in (
            data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :],
            data[:at] + data[at + 1 :],
            data[: at + 1] + data[at:],
        ):
            if changed != data:
                other.write_bytes(changed)
                assert not sound(other), (at, data[at - 10 : at + 10])


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_cut_and_any_addition_is_found(recording: Path, tmp_path: Path, data: st.DataObject) -> None:
    """Cut off anywhere, or with anything behind it."""
    whole = recording.read_bytes()
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    more = whole + data.draw(
        st.binary(min_size=1, max_size=40) | st.sampled_from([b"\n", b" ", b"\0", whole])
    )
    swapped = b"\n".join(data.draw(st.permutations(whole.split(b"\n"))))
    other = tmp_path / "b.ssecast"
    for changed in (cut, more, swapped):
        if changed != whole:
            other.write_bytes(changed)
            assert not sound(other)


def test_what_is_wrong_is_said_in_words(tmp_path: Path) -> None:
    """And where."""
    path = written(tmp_path / "a.ssecast")
    lines = path.read_bytes().splitlines(keepends=True)

    def said(*changed: bytes) -> str:
        path.write_bytes(b"".join(changed))
        return str(verify(open_cast(path)))

    assert "no `end` line" in said(*lines[:-1])
    assert "it was changed" in said(*lines[:5], lines[5].replace(b"n", b"m"), *lines[6:])
    assert "it has 19 events" in said(*lines[:5], *lines[6:])
    assert "line 6: no JSON" in said(*lines[:5], b"nonsense\n", *lines[6:])
    assert "not, byte for byte" in said(*lines[:-1], lines[-1].replace(b"[0.000018", b"[0.000019"))
    assert "more behind the `end`" in said(*lines, lines[3])


def test_a_recording_of_others_is_sound_by_its_hash(tmp_path: Path) -> None:
    """Who writes another JSON than we do, or packs it with another gzip, need not know how we do it."""
    head = json.dumps({"ssecast": 1, "started": "2026-11-28T12:00:00Z", "url": "", "request": {}}) + "\n"
    body = head + json.dumps([0.5, "ev", {"event": "message", "data": "é"}], ensure_ascii=False) + "\n"
    end = json.dumps([1.5, "end", {"n": 1, "sha256": hashlib.sha256(body.encode()).hexdigest()}])
    for newline in ("", "\n"):
        path = tmp_path / "a.ssecast"
        path.write_bytes((body + end + newline).encode())
        assert verify(open_cast(path)), verify(open_cast(path))
        packed = tmp_path / "a.ssecast.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        assert verify(open_cast(packed))


def test_what_the_recorder_lost_is_said(tmp_path: Path) -> None:
    """It has an `end`, and is not complete all the same."""
    writer = Writer(tmp_path / "a.ssecast", Header(started_us=0, env=ENV))
    writer.entry(5, "lost", {"n": 3, "reason": "the disk was too slow"})
    writer.stop()
    report = verify(open_cast(writer.path))
    assert not report
    assert not report.complete
    assert "3 events are not in it" in str(report)


def test_a_long_line_is_looked_through_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pieces it comes in: else a hostile file would keep us for minutes."""
    looked = 0

    class Kept(bytearray):
        def rfind(self, sub: Any, start: Any = 0, end: Any = None, /) -> int:
            nonlocal looked
            looked += end - start
            return super().rfind(sub, start, end)

    class Pieces(Cast):
        def raw(self) -> Iterator[bytes]:
            return iter([b"a" * 100] * 1_000)

    monkeypatch.setattr(verifying, "bytearray", Kept, raising=False)
    digest, last = verifying._digest(Pieces(tmp_path / "x", Header(started_us=0)))
    assert (b"a" * 100_000, hashlib.sha256(last).hexdigest()) == (last, digest)
    assert 100_000 == pytest.approx(looked, rel=0.02)
