"""`SSE_NOTEBOOK_REPLAY`: a notebook that says `connect` runs on recordings, and no socket is opened."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from replay.casts import URL, build, ten, write
from support import client_threads, eventually

import sse_notebook as sse
from sse_notebook.errors import Exhausted, NoArchive, RecordingError, WaitTimeout

BASE = "https://events.example.com"


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody connects; and nothing of a test remains."""

    def refuse(*_args: Any) -> None:
        raise AssertionError("a socket is connected")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield
    sse.close_all()
    eventually(lambda: client_threads() == [])


def offline(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    monkeypatch.setenv("SSE_NOTEBOOK_REPLAY", os.pathsep.join(map(str, paths)))


def of(**filters: str) -> dict[str, Any]:
    """What a header says of a request with these filters."""
    return {"request": {"name": None, "platform": True, "filters": filters, "params": {}}}


def test_connect_returns_when_all_has_passed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All rows are there, the clock stands at the end, and what a notebook waits for has been."""
    offline(monkeypatch, ten(tmp_path / "a.ssecast"))
    stream = sse.connect(BASE, token="secret-1")
    assert 10 == len(stream.df)
    assert stream is stream.wait_open()
    assert stream is stream.wait_for(5, timeout=10)
    assert list("789") == list(stream.since("2s").df["id"])
    assert ["https://events.example.com/api/v1/events/stream"] == list(stream.df["source"].unique())
    assert "data.n" not in stream.df  # as the platform's stream is live
    with pytest.raises(WaitTimeout, match="the recording has ended"):
        stream.wait_for(11)
    assert "a.ssecast is played" in stream.log["text"].iloc[0]
    assert "secret-1" not in stream.log["text"].str.cat()


def test_running_the_cell_again_doubles_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same stream is found again; what is set anew holds."""
    offline(monkeypatch, ten(tmp_path / "a.ssecast"))
    one = sse.connect(BASE, token="x")
    two = sse.connect(BASE, token="x", expand=["n"])
    assert one is two
    assert (10, [one]) == (len(two), sse.streams())
    assert list(range(10)) == list(two.df["data.n"])
    one.close()
    assert 10 == len(sse.connect(BASE, token="x"))


def test_commands_of_a_live_notebook_do_no_harm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a notebook commands a live stream is taken, and changes no row."""
    offline(monkeypatch, ten(tmp_path / "a.ssecast"))
    stream = sse.connect(BASE, token="x", name="n")
    stream.disconnect()
    stream.reconnect()
    stream.login("another")
    stream.logout()
    assert (10, "disconnected", timedelta(seconds=9)) == (
        len(stream),
        stream.connection.state,
        stream.position,
    )
    assert ["n"] == list(stream.df["source"].unique())


def test_what_is_recorded_is_what_is_played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A notebook that records runs as it is: it gets the file that is played, and none is written."""
    offline(monkeypatch, path := ten(tmp_path / "a.ssecast"))
    stream = sse.connect(BASE, token="x", record=tmp_path / "b.ssecast")
    with stream.record(tmp_path / "c.ssecast", past=True, redact=["n"]) as recording:
        stream.wait_for(10)
        stream.mark("rolled back")
    assert (path, 10, False) == (recording.stop().path, len(recording), recording.recording)
    assert stream.marks.equals(recording.marks)
    assert [path] == list(tmp_path.iterdir())
    assert stream.log["text"].str.contains("c.ssecast is not recorded: a.ssecast").any()


def test_a_part_stands_for_the_whole_only_where_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A part is played with a warning that says of what; beside the whole, the whole is."""
    whole = ten(tmp_path / "a.ssecast")
    part = sse.load(whole).where("data.n > 7").save(tmp_path / "b.ssecast")
    offline(monkeypatch, part)
    stream = sse.connect(BASE, token="x")
    assert 2 == len(stream)
    said = stream.log.query("level == 'WARNING'")["text"].str.cat()
    assert "b.ssecast is of another request: it is a part of a.ssecast: " in said
    assert "data.n > 7" in said
    sse.close_all()
    offline(monkeypatch, part, whole)
    assert 10 == len(sse.connect(BASE, token="x"))


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_that_hold_a_request_that_is_played_which_was_made_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, turned: bool
) -> None:
    """Files of one URL and the same filters are told apart by `params` and by `name`, in any order.

    Headers are those that `connect` writes: who has no name is called by the URL, the filters are with the
    parameters, and no secret is among them.
    """
    ours = {"project_id": "p-1"}
    asked = [
        {"name": URL, "params": {}},
        {"name": "ours", "params": {}},
        {"name": URL, "params": {"depth": 2, "tag": ["a", "b"]}},
        {"name": URL, "params": {"depth": 3, "api_key": "***"}},
        {"name": URL, "params": ours, "filters": ours},
        {"name": URL, "params": {**ours, "depth": 2}, "filters": ours},
        *({"name": 1, "params": strange} for strange in (5, [1], {"depth": "\ud800"}, {"depth": {"a": 1}})),
    ]
    files = [
        write(
            tmp_path / f"{n}.ssecast",
            [build(0, n, project_id="p-1")] * (n + 1),
            request={"platform": True, "filters": {}, **request},
        )
        for n, request in enumerate(asked)
    ]
    offline(monkeypatch, *(reversed(files) if turned else files))
    connected: list[dict[str, Any]] = [
        {},
        {"name": "ours"},
        {"params": {"tag": ("a", "b"), "depth": 2}},
        {"params": {"depth": 3, "api_key": "of today"}},
        ours,
        {**ours, "params": {"depth": "2"}},
    ]
    assert [1, 2, 3, 4, 5, 6] == [len(sse.connect(BASE, token="x", **each)) for each in connected]


def test_one_file_stands_for_every_request(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One file is played whatever is asked for; that it is of another request is said in the log."""
    offline(monkeypatch, ten(tmp_path / "a.ssecast"))
    stream = sse.connect("http://elsewhere.example.com/events", params={"x": 1})
    assert 10 == len(stream)
    warned = stream.log[stream.log["level"] == "WARNING"]["text"].iloc[0]
    assert f"it was recorded from {URL}, and http://elsewhere.example.com/events is asked for" in warned


def test_several_files_match_by_request(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file of the same URL and filters is played; one of a wider request is narrowed."""
    line = [[0, "ev", {"event": "build_failed", "data": '{"project_id": "p-1"}'}]]
    other = [[0, "ev", {"event": "build_failed", "data": '{"project_id": "p-2"}'}]]
    offline(
        monkeypatch,
        write(tmp_path / "all.ssecast", line + other + line, **of()),
        write(tmp_path / "one.ssecast", line, **of(project_id="p-1")),
        write(tmp_path / "elsewhere.ssecast", other * 5, url="http://else.example.com/ticks"),
    )
    assert 1 == len(sse.connect(BASE, token="x", project_id="p-1"))
    assert 3 == len(sse.connect(BASE, token="x"))
    assert 5 == len(sse.connect("http://else.example.com/ticks"))
    narrowed = sse.connect(BASE, token="x", project_id="p-2")
    assert 1 == len(narrowed)
    assert {"filtered": 2} == dict(narrowed.dropped["reason"].value_counts())


def test_a_hidden_parameter_may_have_had_any_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What `record(hide=)` took out of the URL is not asked for again; other parameters are."""
    line = [[0, "ev", {"event": "x", "data": "{}"}]]
    offline(
        monkeypatch,
        write(tmp_path / "one.ssecast", line, url="https://a.example.com/x?tenant=***&q=1"),
        write(tmp_path / "two.ssecast", line * 2, url="https://a.example.com/x?tenant=***&q=2"),
    )
    assert 2 == len(sse.connect("https://a.example.com/x?tenant=acme&q=2"))
    with pytest.raises(RecordingError, match="no recording holds"):
        sse.connect("https://a.example.com/x?tenant=acme&q=3")


def test_what_none_holds_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It names what was asked for, the files, and what they hold."""
    one = write(tmp_path / "one.ssecast", [], **of(project_id="p-1"))
    two = write(tmp_path / "two.ssecast", [], url="http://else.example.com/ticks")
    offline(monkeypatch, one, two)
    for asked in ({}, {"project_id": "p-2"}, {"url": "https://third.example.com/x?token=secret-2"}):
        with pytest.raises(RecordingError) as raised:
            sse.connect(**{"url": BASE, "token": "x", **asked})
        text = str(raised.value)
        assert "no recording holds http" in text
        assert f"{one}: {URL} with project_id='p-1'" in text
        assert f"{two}: http://else.example.com/ticks" in text
        assert "secret-2" not in text
    assert [] == sse.streams()


def test_files_that_are_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that is not there, or no recording, is named."""
    offline(monkeypatch, tmp_path / "none.ssecast")
    with pytest.raises(RecordingError, match=r"SSE_NOTEBOOK_REPLAY: .*none\.ssecast can't be read"):
        sse.connect(BASE, token="x")
    (tmp_path / "no.ssecast").write_text("{}")
    offline(monkeypatch, tmp_path / "no.ssecast")
    with pytest.raises(RecordingError, match="no recording"):
        sse.connect(BASE, token="x")


def test_no_other_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A source that is made by hand is refused too, without a socket."""
    offline(monkeypatch, ten(tmp_path / "a.ssecast"))

    class Nobody:
        def heard(self, events: Any, size: int, at: float) -> None: ...
        def came_again(self, events: Any, at: float) -> None: ...
        def moved(self, status: Any) -> None: ...

    source = sse.EventSource("http://localhost:9/x", Nobody())
    source.start()
    eventually(lambda: source.status.state == "exhausted")
    assert "SSE_NOTEBOOK_REPLAY is set" in source.status.cause
    assert isinstance(source.status.error, Exhausted)
    source.close()


def test_without_it_all_is_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty, it is not set."""
    monkeypatch.setenv("SSE_NOTEBOOK_REPLAY", "")
    stream = sse.connect(BASE)
    assert "unauthenticated" == stream.connection.state
    assert not len(stream)


def test_nothing_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A notebook that records and archives makes no file, is told so, and why there is no archive."""
    offline(monkeypatch, ten(tmp_path / "a.ssecast"))
    stream = sse.connect(BASE, token="t", journal=tmp_path / "events", record=tmp_path / "b.ssecast")
    assert ["a.ssecast"] == [path.name for path in tmp_path.iterdir()]
    said = [text for text in stream.log["text"] if "nothing is written while recordings are played" in text]
    assert ["record=", "journal="] == [text[: text.index("=") + 1] for text in said]
    with pytest.raises(NoArchive, match="a replay writes no archive"):
        _ = stream.archive
