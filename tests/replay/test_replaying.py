"""`replay`: a recording as a stream, and the keys of a player."""

from __future__ import annotations

import asyncio
import gc
import math
import threading
import weakref
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from replay.casts import build, ten, write
from support import client_threads, eventually

import sse_notebook as sse
from sse_notebook.errors import ArgumentError, FilterError, RecordingError, StreamClosed, WaitTimeout
from sse_notebook.journal import open_cast
from sse_notebook.stream.replaying import read
from sse_notebook.stream.waiting import wait_until
from sse_notebook.wire.decoder import Decoder

INF = math.inf


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return ten(tmp_path / "ten.ssecast")


def ids(stream: Any) -> list[str]:
    return list(stream.df["id"])


def shown(stream: Any) -> list[tuple[Any, ...]]:
    """The toasts that are active."""
    return [(toast.title, toast.text, toast.count, toast.at) for toast in stream.toast_board.board().toasts]


def test_all_of_it_is_there_when_it_returns(path: Path) -> None:
    """At infinite speed a replay is done at once; it has no thread then, and its clock stands at the end."""
    stream = sse.replay(path, speed=INF)
    df = stream.df
    assert list(map(str, range(10))) == list(df["id"])
    assert ["replayed"] == list(df["origin"].unique())
    assert ["ours"] == list(df["source"].unique())
    assert [5] == list(df.index[df["after_gap"]])
    assert [pd.Timestamp("2026-11-24T10:00:09Z")] == list(df["received_at"].iloc[-1:])
    assert timedelta(seconds=9) == stream.position == stream.duration
    assert ("disconnected", "the recording has ended") == (stream.connection.state, stream.connection.cause)
    assert list("789") == list(stream.since("2s").df["id"])
    eventually(lambda: client_threads() == [])


def test_gaps_marks_and_states_are_those_of_the_recording(path: Path) -> None:
    """The gap is as it was, its reconnection is counted, and the mark is there."""
    stream = sse.replay(path, speed=INF)
    gap = stream.gaps.iloc[0]
    assert (pd.Timestamp("2026-11-24T10:00:04Z"), pd.Timestamp("2026-11-24T10:00:04.5Z")) == (
        gap["start"],
        gap["end"],
    )
    assert ("cut", False, "4") == (gap["reason"], gap["recovered"], gap["last_event_id"])
    assert (1, 1) == (stream.metrics["sse_gaps_total"], stream.metrics["sse_reconnects_total"])
    assert [{"text": "rolled back"}] == [note.body for note in stream.notes]
    assert ["rolled back"] == list(stream.marks["text"])
    assert ["open", "open", "disconnected"] == list(stream.timeline["state"])


def test_marks_go_along_and_are_saved(path: Path, tmp_path: Path) -> None:
    """What the recording notes is in `marks` once, as far as it is played, and is saved with the rest."""
    stream = sse.replay(path, paused=True)
    assert [] == list(stream.marks["text"])
    stream.seek(6)
    stream.mark("rolled back")  # as the notebook did that made the recording
    stream.mark("seen in a replay")
    marks = stream.marks
    assert ["rolled back", "seen in a replay"] == list(marks["text"])
    assert pd.Timestamp("2026-11-24T10:00:04.75Z") == marks["time"][0]
    pd.testing.assert_frame_equal(marks, sse.load(stream.save(tmp_path / "again.ssecast")).marks)


def test_what_can_not_be_read_is_in_the_log(path: Path) -> None:
    """Of a file that is cut off, all that is there is played; what is missing is a warning, each time."""
    whole = path.read_bytes()
    path.write_bytes(whole[:-50])
    stream = sse.replay(path, speed=INF)
    stream.seek(0).run_until()
    for log in (stream.log, sse.load(path).log):
        warned = log[log["level"] == "WARNING"]["text"].tolist()
        assert [True, True] == ["line 15: the last line is torn" in warned[-2], "no `end` line" in warned[-1]]
    path.write_bytes(whole)
    log = sse.load(path).log
    assert [("INFO", True)] == [(line.level, "no `end` line" in line.text) for line in log.itertuples()]


def test_seqs_begin_where_they_began(tmp_path: Path) -> None:
    """The first row has the `seq` that the header says; `rows` counts rows, and waiting for so many works."""
    stream = sse.replay(ten(tmp_path / "x.ssecast", first_seq=1_000), speed=INF)
    assert list(range(1_000, 1_010)) == list(stream.df.index)
    assert (10, 10) == (stream.rows, stream.store.count)
    assert 1_009 == stream.last_event.seq
    assert stream is stream.wait_for(10)
    assert list("89") == list(stream.tail(2)["id"])
    assert ["stored"] == list(stream.why(1_003).query("stage == 'stored'")["stage"])


def test_step(path: Path) -> None:
    """`step` brings so many rows more, one of a read too; at the end it says how many there were."""
    stream = sse.replay(path, paused=True)
    assert (0, "connecting") == (len(stream), stream.connection.state)
    assert (1, 1, timedelta(0)) == (stream.step(), len(stream), stream.position)
    assert (3, 4, timedelta(seconds=3)) == (stream.step(3), len(stream), stream.position)
    assert (6, 10) == (stream.step(100), len(stream))
    assert 0 == stream.step()
    assert stream.ended
    stream.close()


def test_step_within_a_read(tmp_path: Path) -> None:
    """What arrived in one read comes one by one where one is asked for; the rows are the same."""
    lines = [build(1.5, n) for n in range(6)]
    path = write(tmp_path / "x.ssecast", lines)
    stream = sse.replay(path, paused=True)
    assert (1, 1) == (stream.step(), len(stream))
    assert (2, 3) == (stream.step(2), len(stream))
    assert None is stream.run_until()
    pd.testing.assert_frame_equal(sse.replay(path, speed=INF).df, stream.df)


@pytest.mark.parametrize(
    ("t", "rows", "seconds"),
    [
        ("4s", 5, 4),
        (4, 5, 4),
        (4.4, 5, 4.4),
        (timedelta(seconds=7), 8, 7),
        (pd.Timedelta("7s"), 8, 7),
        ("2026-11-24T10:00:02", 3, 2),
        (datetime(2026, 11, 24, 10, 0, 2, tzinfo=UTC), 3, 2),
        (pd.Timestamp("2026-11-24T11:00:02+01:00"), 3, 2),
        (pd.Timestamp("2026-11-24T10:00:02").to_datetime64(), 3, 2),
        (1795514402, 3, 2),
        (0, 1, 0),
        ("1h", 10, 9),
    ],
)
def test_seek(path: Path, t: Any, rows: int, seconds: float) -> None:
    """`seek` goes to a moment, from before it and from behind it, and the state there is the same."""
    forwards, backwards = sse.replay(path, paused=True), sse.replay(path, speed=INF)
    for stream in (forwards, backwards):
        assert stream is stream.seek(t)
        assert (rows, timedelta(seconds=seconds)) == (len(stream), stream.position)
    pd.testing.assert_frame_equal(forwards.df, backwards.df)
    pd.testing.assert_frame_equal(forwards.gaps, backwards.gaps)
    assert dict(forwards.metrics) == dict(backwards.metrics)
    assert shown(forwards) == shown(backwards)


def test_seek_back_begins_anew_for_all_who_look(path: Path) -> None:
    """A view, a handler and who waits for news see what is there after a seek back."""
    stream = sse.replay(path, speed=INF)
    view = stream.where("data.n >= 2")
    called: list[int] = []
    stream.on("*", lambda event: called.append(event.seq))
    assert 8 == len(view)
    stream.seek(3)
    assert (2, list("23")) == (len(view), list(view.df["id"]))
    eventually(lambda: called == [0, 1, 2, 3])
    stream.close()


def test_run_until(path: Path) -> None:
    """It runs to an event, to a moment or to the end, and stands there."""
    stream = sse.replay(path, paused=True)
    event = stream.run_until("data.n == 3")
    assert event is not None
    assert ("b-3", 4, timedelta(seconds=3)) == (event.resource_id, len(stream), stream.position)
    assert "b-6" == stream.run_until(sse.where("data.n > 5")).resource_id
    assert (None, 9) == (stream.run_until("8s"), len(stream))
    assert None is stream.run_until("data.n > 99")
    assert stream.ended
    assert "b-0" == stream.run_until('type == "build.failed"').resource_id  # from the end: from the beginning
    assert 1 == len(stream)
    assert (None, 10) == (stream.run_until(), len(stream))
    stream.close()


def test_run_until_stops_in_the_middle_of_a_read(tmp_path: Path) -> None:
    """Of a read only what came up to the event that fits is there."""
    path = write(tmp_path / "x.ssecast", [build(1.5, n) for n in range(100)] + [build(2.5, 100)])
    stream = sse.replay(path, paused=True)
    assert 57 == stream.run_until("data.n == 57").seq
    assert 58 == len(stream)
    assert 100 == stream.run_until("data.n == 100").seq


def test_played_at_a_speed(path: Path) -> None:
    """At a speed it plays by itself, can be paused, goes on, and ends; its time never runs ahead."""
    stream = sse.replay(path, speed=5)
    eventually(lambda: len(stream) >= 3)
    stream.pause()
    rows, position = len(stream), stream.position
    assert timedelta(seconds=rows - 1) <= position
    assert not stream.playing
    assert (rows, position) == (len(stream), stream.position)
    stream.speed = 1_000
    stream.resume()
    eventually(lambda: stream.ended and stream.connection.state == "disconnected")
    assert (10, timedelta(seconds=9)) == (len(stream), stream.position)
    stream.resume()  # from the beginning again
    stream.speed = INF
    eventually(lambda: stream.ended and not stream.playing)
    assert 10 == len(stream)
    eventually(lambda: client_threads() == [])


def test_a_handler_may_pause(path: Path) -> None:
    """A handler, and an observer in the middle of a read, can pause it; an observer can't play."""
    stream = sse.replay(path, paused=True)
    raised: list[str] = []

    def observe(change: Any) -> None:
        if change.new == 4:
            stream.pause()
        try:
            stream.step()
        except ArgumentError as error:
            raised.append(str(error))

    stream.store.observe(observe, "count")
    stream.run_until()
    assert 4 == len(stream)
    assert 4 == len(raised)
    assert "an observer can pause a replay" in raised[0]
    stream.close()


@pytest.mark.parametrize("speed", [0, -1, True, "fast", None, float("nan")])
def test_wrong_speeds(path: Path, speed: Any) -> None:
    """What is no speed is an error where it was given."""
    with pytest.raises(ArgumentError, match="how many times as fast"):
        sse.replay(path, speed=speed)
    stream = sse.replay(path, paused=True)
    with pytest.raises(ArgumentError, match="how many times as fast"):
        stream.speed = speed


def test_wrong_arguments(path: Path, tmp_path: Path) -> None:
    """Each wrong argument says what would be right."""
    stream = sse.replay(path, paused=True)
    for n in (0, -1, 1.5, True, "2"):
        with pytest.raises(ArgumentError, match="whole number of at least 1"):
            stream.step(n)
    for t in ("soon", None, True, object(), [], "data.n > 3", pd.NaT):
        with pytest.raises(ArgumentError, match="is a time"):
            stream.seek(t)
    for t in ("2026-11-24T09:00", -1, timedelta(seconds=-1)):
        with pytest.raises(ArgumentError, match="before the recording begins, which is at 2026-11-24T10:00"):
            stream.seek(t)
    with pytest.raises(FilterError):
        stream.run_until("data.n >")
    with pytest.raises(ArgumentError, match="can't be read: No such file"):
        sse.replay(tmp_path / "none.ssecast")
    with pytest.raises(ArgumentError, match="a recording is the path of"):
        sse.replay(7)  # type: ignore[arg-type]
    (tmp_path / "no.ssecast").write_text("hello\n")
    with pytest.raises(RecordingError, match="no recording"):
        sse.replay(tmp_path / "no.ssecast")
    with pytest.raises(ArgumentError, match="paused must be"):
        sse.replay(path, paused=1)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="there is no server"):
        stream.audit()


def test_a_view_that_asks_for_a_connection_of_its_own(path: Path) -> None:
    """It has what was recorded, with the face of one that has a connection; the log says so."""
    stream = sse.replay(path, paused=True)
    view = stream.where("data.n > 1").where("data.n > 3", dedicated=True)
    plain = stream.where("data.n > 1").where("data.n > 3")
    assert (0, {}, stream.connection) == (len(view), view.asked, view.connection)
    stream.run_until()
    assert len(view) > 0
    pd.testing.assert_frame_equal(plain.df, view.df)
    assert str(plain.explain()) == str(view.explain())
    assert stream.log["text"].str.contains("in a replay it has what was recorded").any()
    assert view is view.wait_open()
    view.filter = "data.n > 4"
    pd.testing.assert_frame_equal(stream.where("data.n > 4").df, view.df)
    view.close()
    stream.seek(0)
    assert 0 == len(view)
    assert "closed" != stream.connection.state
    assert f"<View {view.name}: {view.connection.state}>" == repr(view)
    stream.close()


def test_replays_are_listed(path: Path) -> None:
    """`streams` knows replays, in their order, until they are closed; a recording that is read is none."""
    before = sse.streams()
    live = sse.connect("http://127.0.0.1:9/x")
    first, second = sse.replay(path, paused=True), sse.replay(path, speed=INF)
    assert len(sse.load(path)) > 0
    assert [*before, live, first, second] == sse.streams()
    first.close()
    assert [*before, live, second] == sse.streams()
    gone = weakref.ref(second)
    del second
    eventually(lambda: gc.collect() >= 0 and gone() is None)
    assert [*before, live] == sse.streams()
    sse.close_all()
    assert [] == sse.streams()


def test_what_needs_a_server_says_so(path: Path) -> None:
    """Nobody asks for a token, and nobody can be asked what was held back: it is said what to do."""
    stream = sse.replay(path, speed=INF)
    for of in (stream, stream.where("data.n > 3")):
        with pytest.raises(ArgumentError, match=r"held back was not recorded; explain\(\) and why\(\)"):
            of.audit(seconds=1)
    stream.login("secret-token")
    stream.disconnect()
    stream.reconnect()
    stream.logout(clear=True)
    assert 0 == len(stream)
    assert "secret-token" not in str(list(stream.log["text"]))
    stream.close()


def test_closed(path: Path) -> None:
    """A closed replay keeps what there is, leaves no thread, and can't be played."""
    with sse.replay(path, speed=0.5) as stream:
        eventually(lambda: len(stream) >= 1)
    assert ("closed", 1) == (stream.connection.state, len(stream))
    eventually(lambda: client_threads() == [])
    for command in (stream.resume, stream.step, stream.run_until, lambda: stream.seek(1)):
        with pytest.raises(StreamClosed, match="the replay is closed"):
            command()
    stream.close()


def test_one_that_nobody_holds_is_let_go_of(path: Path) -> None:
    """Its thread ends when nobody refers to it any more."""
    stream = sse.replay(path, speed=0.001)
    gone = weakref.ref(stream)
    del stream
    gc.collect()
    assert None is gone()
    eventually(lambda: client_threads() == [])


def test_waiting(path: Path) -> None:
    """Who waits gets what comes, in real time; at the end of the recording nobody waits in vain."""
    stream = sse.replay(path, speed=100)
    assert "b-7" == stream.wait_for(sse.where("data.n == 7"), timeout=20).resource_id
    assert stream is stream.wait_for(10, timeout=20).wait_open()
    eventually(lambda: stream.ended)
    with pytest.raises(WaitTimeout, match="the recording has ended without 11 rows"):
        stream.wait_for(11)
    empty = sse.replay(write(path.with_name("empty.ssecast"), []), speed=INF)
    with pytest.raises(WaitTimeout, match="the recording has ended without an open connection"):
        empty.wait_open()
    assert [] == list(empty.df.index)


def test_waiting_for_long_is_said_once(tmp_path: Path) -> None:
    """However often the wait looks."""
    stream = sse.replay(write(tmp_path / "one.ssecast", [build(0, 0)]), paused=True)
    looks = iter([False, False, False, True])
    wait_until(stream._parts, lambda: next(looks), None, lambda: "it")
    assert ["it: waited for, but it is paused; resume() lets it go on"] == stream.log.query(
        "where == 'replay'"
    )["text"].to_list()


def test_waiting_for_a_paused_one(tmp_path: Path) -> None:
    """Who waits without an end is told, once, that nothing will come by itself."""
    stream = sse.replay(write(tmp_path / "two.ssecast", [build(0, 0), build(3, 3)]), paused=True)

    def resumes() -> None:
        eventually(lambda: (stream.log["where"] == "replay").sum() == 1)
        stream.resume()

    other = threading.Thread(target=resumes)
    other.start()
    stream.wait_for(1)
    other.join()
    said = stream.log.query("where == 'replay'")["text"].to_list()
    assert said == ["1 row (0 are in): waited for, but it is paused; resume() lets it go on"]


@pytest.mark.parametrize("state", ["unauthorized", "exhausted"])
def test_waiting_through_a_failure(tmp_path: Path, state: str) -> None:
    """A recorded connection that failed, and was made again, is no end for who waits or reads on."""
    failed = {"state": state, "cause": "401 Unauthorized", "attempt": 0, "since": 1.0}
    lines = [build(0, 0), [1, "state", failed], [2, "state", {**failed, "state": "connecting"}], build(3, 3)]
    path = write(tmp_path / "failed.ssecast", lines)
    stream = sse.replay(path, paused=True)
    stream.seek(1.5)
    assert state == stream.connection.state
    paused = rf"the stream is {state}: 401 .* and paused; resume\(\) lets it go on"
    with pytest.raises(WaitTimeout, match=paused):
        stream.wait_for(2, timeout=0)

    async def take() -> list[str]:
        async for event in stream:
            return [event.id]
        return []

    async def both() -> list[str]:
        taking = asyncio.create_task(take())
        await asyncio.sleep(0)
        await asyncio.to_thread(stream.seek, 4)
        return await taking

    assert ["3"] == asyncio.run(both())
    assert 2 == len(stream.wait_for(2))


def test_who_is_told_of_the_end_finds_it(path: Path) -> None:
    """The end is there before it is told: nothing wakes who waits for it a second time."""
    stream = sse.replay(path, paused=True)
    seen = []
    source = stream._parts.source
    stream._parts.intake.watchers.append(lambda _at_once: seen.append((source.status.state, source.ended)))
    stream._source.run(lambda: False)
    assert ("disconnected", True) == seen[-1]
    assert ("disconnected", False) not in seen


def test_async_for(path: Path) -> None:
    """It yields what comes from now on, begins anew with a seek back, and ends where the recording does."""
    stream = sse.replay(path, paused=True)
    stream.step(2)

    async def take() -> list[str]:
        found = []
        async for event in stream:
            found.append(event.id)
            if found == list("234"):
                await asyncio.to_thread(stream.seek, 1)
            if found == list("23401"):
                stream.speed = 1_000
                stream.resume()
        return found

    async def both() -> list[str]:
        taking = asyncio.create_task(take())
        await asyncio.sleep(0)
        await asyncio.to_thread(stream.seek, 4)
        return await taking

    assert list("23401") + list("23456789") == asyncio.run(both())


def test_a_recording_can_be_given(path: Path) -> None:
    """What `load` gives can be replayed."""
    assert 10 == len(sse.replay(sse.load(path), INF))


def test_it_goes_through_the_decoder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events come as bytes of the wire, by the same decoder as live."""
    fed: list[bytes] = []
    feed = Decoder.feed
    monkeypatch.setattr(Decoder, "feed", lambda self, chunk: fed.append(bytes(chunk)) or feed(self, chunk))
    sse.replay(path, speed=INF)
    assert b"id: 3\ndata: {" in b"".join(fed)
    assert 10 == b"".join(fed).count(b"event: build_failed\n")


def test_from_many_threads(path: Path) -> None:
    """Commands of several threads do not get into each other's way."""
    stream = sse.replay(path, speed=20)

    def work(n: int) -> None:
        for turn in range(6):
            if turn % 2:
                stream.seek(n)
            else:
                stream.step()

    threads = [threading.Thread(target=work, args=(n,)) for n in (2, 5, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [] == [thread for thread in threads if thread.is_alive()]
    stream.seek(6)
    assert (7, list(map(str, range(7)))) == (len(stream), ids(stream))
    stream.close()


def test_read_keeps_everything(path: Path) -> None:
    """What a recording is read by has all rows, and reads as a stream does."""
    found = read(open_cast(path))
    assert list(map(str, range(10))) == ids(found)
    assert 4 == len(found.where("data.n > 5"))
    assert 1 == len(found.gaps)
    assert client_threads() == []


def test_a_thread_that_could_not_start(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks hears of it; who asks again is not kept waiting for one that there is not."""
    stream, first = sse.replay(path), list[threading.Thread]()
    stream.pause()
    eventually(lambda: client_threads() == [])
    start = threading.Thread.start

    def refused(self: threading.Thread) -> None:
        if "replay" in self.name and not first:
            first.append(self)
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        stream.step()
    again = threading.Thread(target=stream.step, daemon=True)
    again.start()
    again.join(20)
    assert not again.is_alive()
    assert 1 == len(stream)
    stream.close()
