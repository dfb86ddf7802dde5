"""Recordings that are torn or hostile: what is sound is read, what is not is told, nothing is written."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sse_notebook as sse
from sse_notebook.errors import ArgumentError, RecordingError, SSENotebookError
from sse_notebook.journal.cast import CODES

HEADER = {
    "ssecast": 1,
    "started": "2026-11-28T12:00:00Z",
    "url": "https://a/b",
    "request": {},
    "first_seq": 0,
}
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(path: Path, *lines: Any, header: dict[str, Any] | None = None) -> Path:
    texts = [
        line if isinstance(line, bytes) else json.dumps(line).encode() for line in (header or HEADER, *lines)
    ]
    path.write_bytes(b"\n".join(texts) + b"\n")
    return path


def ev(t: float, **data: Any) -> list[Any]:
    return [t, "ev", {"event": "message", "data": json.dumps(data)}]


@pytest.fixture(autouse=True)
def nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Whatever a recording says, no file comes into being."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    yield
    assert [] == os.listdir()  # noqa: PTH208 - the names
    assert ["a.ssecast", "here"] == sorted({*os.listdir(tmp_path), "a.ssecast"})  # noqa: PTH208 - likewise


def test_a_plain_recording_is_read(tmp_path: Path) -> None:
    """Events alone will do."""
    read = sse.load(write(tmp_path / "a.ssecast", ev(0, n=1), ev(1.5, n=2)))
    assert [1, 2] == read.df["data.n"].tolist()
    assert "2026-11-28 12:00:01.500000+00:00" == str(read.df["received_at"].iloc[1])
    assert ["replayed"] * 2 == read.df["origin"].tolist()


def test_what_a_recording_says_is_only_said(tmp_path: Path) -> None:
    """Paths are no paths, scripts are no scripts, names are no code."""
    hostile = (
        "../../x",
        "/etc/passwd",
        "<script>alert(1)</script>",
        "__import__('os').system('touch pwned')",
        "\0",
    )
    lines = [
        [0, "ev", {"event": text, "data": json.dumps({"type": text, "id": text, "message": text})}]
        for text in hostile
    ]
    header = {
        **HEADER,
        "url": "javascript:alert(1)",
        "request": {"name": "../../<b>", "vocabulary": "os.system"},
    }
    read = sse.load(write(tmp_path / "a.ssecast", *lines, header=header))
    assert 5 == len(read)
    assert "<script>" not in read._repr_html_()
    assert "<b>" not in read._repr_html_()
    read.explain("type == 'x'")
    read.scan()


def test_lines_that_are_wrong_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    """Torn, doubled, out of order, of unknown codes."""
    lines = [
        ev(5, n=1),
        ev(5, n=1),
        b"{",
        ev(1, n=2),
        [7, "zzz", {}],
        [8, "gap", "x"],
        [8, "state", {}],
        ev(9, n=3),
        b'[9,"ev"',
    ]
    read = sse.load(write(tmp_path / "a.ssecast", *lines))
    assert [1, 1, 2, 3] == read.df["data.n"].tolist()
    assert [4, 10, 0] == [problem.line for problem in read.problems]
    assert not read.verify()


@pytest.mark.parametrize("started", ["9999-12-31T23:59:59Z", "5200-01-01", "soon", None, 5, ""])
def test_a_beginning_that_no_stream_had(tmp_path: Path, started: Any) -> None:
    """A time at the end of the calendar leaves no room for what comes after it."""
    path = write(tmp_path / "a.ssecast", ev(0, n=1), header={**HEADER, "started": started})
    with pytest.raises(RecordingError, match="the header's `started` is no time"):
        sse.load(path)


def test_halves_of_characters(tmp_path: Path) -> None:
    """JSON can write them, and no table can have them: a question mark stands for each, whole ones stay."""
    half = "\ud800 and \U0001f30b"
    hole = {"start": 1, "end": 2, "reason": half, "recovered": None, "last_event_id": half}
    state = {"state": "retrying", "cause": half, "attempt": 1, "since": 3}
    lines: list[Any] = [[1, "mark", {"text": half}], [2, "gap", hole], [3, "state", state], ev(4, text=half)]
    read = sse.load(write(tmp_path / "a.ssecast", *lines))
    whole = "? and \U0001f30b"
    assert [whole] == read.marks["text"].tolist()
    assert [whole, whole] == read.gaps.loc[0, ["reason", "last_event_id"]].tolist()
    assert whole in read.timeline["cause"].tolist()
    assert [whole] == read.df["data.text"].tolist()
    page = sse.Incident("x", read).to_html()
    assert page is not None
    page.encode()


@pytest.mark.parametrize("version", [0, 2, 99, "1", None, 1.5])
def test_another_version_is_refused(tmp_path: Path, version: Any) -> None:
    """With words."""
    write(tmp_path / "a.ssecast", header={**HEADER, "ssecast": version})
    with pytest.raises(sse.errors.RecordingError, match="version"):
        sse.load(tmp_path / "a.ssecast")


@pytest.mark.parametrize("number", [-5, 2**62, 1e300, "x", None, [7]])
def test_a_number_that_no_row_can_have(tmp_path: Path, number: Any) -> None:
    """It is told, and the rows are numbered as if it were not there."""
    event = [1, "ev", {"event": "edit", "data": '{"n": 1}'}]
    read = sse.load(write(tmp_path / "a.ssecast", [0, "seq", number], event), expand=True)
    assert [0] == read.df.index.tolist()
    assert any("seq" in text for text in read.log["text"])


CODE = st.sampled_from([*CODES, "zzz"])
TIME = st.floats() | st.integers() | st.none() | st.text(max_size=3)
SCALAR = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.just("9" * 400)
WORDS = """event data id start end reason recovered last_event_id state cause attempt since
retry_at lost bytes lines connection resumed_from text at n sha256"""
NAME = st.sampled_from(WORDS.split())
BODY = st.dictionaries(NAME, SCALAR | st.lists(SCALAR, max_size=2), max_size=6) | SCALAR
LINE = st.tuples(TIME, CODE, BODY).map(list) | st.tuples(st.floats(0, 1e6), CODE, BODY).map(list) | SCALAR


@QUIET
@given(st.lists(LINE, max_size=12), st.dictionaries(st.sampled_from(list(HEADER)), SCALAR, max_size=2))
def test_any_json_is_read(tmp_path: Path, lines: list[Any], header: dict[str, Any]) -> None:
    """Whatever stands in its lines: it is read, or refused with an error of ours."""
    path = write(tmp_path / "a.ssecast", *lines, header={**HEADER, **header})
    try:
        read = sse.load(path)
        frame = read.df
    except SSENotebookError:
        return
    assert len(frame) <= sum(isinstance(line, list) and len(line) == 3 and line[1] == "ev" for line in lines)
    for look in (
        read.gaps,
        read.timeline,
        read.marks,
        read.dropped,
        read.scan(),
        str(read.verify()),
        repr(read),
    ):
        assert look is not None


@QUIET
@given(st.data())
def test_any_bytes_are_read(tmp_path: Path, data: st.DataObject) -> None:
    """A sound file in which bytes were changed, cut out or put in; compressed or not."""
    whole = write(tmp_path / "a.ssecast", ev(0, n=1), [1, "mark", {"text": "é"}], ev(2, n=2)).read_bytes()
    if data.draw(st.booleans()):
        whole = gzip.compress(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        at, more = data.draw(st.integers(0, len(whole))), data.draw(st.binary(max_size=6))
        whole = whole[:at] + more + whole[at + data.draw(st.integers(0, 6)) :]
    (tmp_path / "a.ssecast").write_bytes(whole)
    try:
        read = sse.load(tmp_path / "a.ssecast")
        assert len(read.df) <= 4
        read.scan(), read.verify(), read.gaps
    except SSENotebookError:
        pass


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    """Who replays an archive, or writes one up, is told what it is."""
    for way in (sse.replay, lambda path: sse.Incident("x", path), lambda path: sse.serve(path).__enter__()):
        with pytest.raises(ArgumentError, match=r"can't be read: it is a folder; load reads one"):
            way(tmp_path)
