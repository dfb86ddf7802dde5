"""`record`, `load`, `save`, `mark`: what a stream writes down is what it was."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import stat
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from raw_server import STREAM, RawServer, hold
from replay.casts import write
from support import QUICK, client_threads, eventually, run_all

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError, RecordingError, StreamClosed
from sse_notebook.journal import naming, open_cast
from sse_notebook.journal.past import Again
from sse_notebook.journal.tape import Recorder

Start = Callable[..., sse.EventStream]
BUT_ORIGIN = "origin"


def lines_of(path: Path) -> list[Any]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in data.splitlines()]


def of(lines: list[Any], code: str) -> list[Any]:
    return [body for _, found, body in lines[1:] if found == code]


def same_rows(live: pd.DataFrame, read: pd.DataFrame) -> None:
    """Equal in all but `origin`."""
    assert {"replayed"} >= set(read["origin"])
    pd.testing.assert_frame_equal(live.drop(columns=BUT_ORIGIN), read.drop(columns=BUT_ORIGIN))


def publish(backend: Backend, number: int, start: int = 0) -> None:
    backend.publish_all(
        [{"event_type": "build_progress", "build_id": f"b-{n}", "n": n} for n in range(start, start + number)]
    )


def test_a_recording_is_as_the_contract_says(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """The header, the lines, the last line with the hash of all before it; nobody else can read the file."""
    stream = open_stream()
    with stream.record(tmp_path / "a.ssecast") as recording:
        publish(backend, 3)
        stream.wait_for(3)
        stream.mark("deployed")
    path = tmp_path / "a.ssecast"
    assert path == recording.path
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    header, *rest = lines = lines_of(path)
    assert ["ssecast", "started", "url", "request", "first_seq", "redacted", "env"] == list(header)
    assert (1, 0) == (header["ssecast"], header["first_seq"])
    assert header["started"].endswith("Z")
    assert all(len(line) == 3 for line in rest)
    assert [{"event", "data", "id"}] * 3 == [
        set(body) for body in of(lines, "ev") if "n" in json.loads(body["data"])
    ]
    assert [] == of(lines, "seq")  # the numbers go on as they should
    assert ["deployed"] == [body["text"] for body in of(lines, "mark")]
    before, last = path.read_bytes().rsplit(b"\n", 2)[0] + b"\n", rest[-1]
    assert "end" == last[1]
    assert {"n": len(of(lines, "ev")), "sha256": hashlib.sha256(before).hexdigest()} == last[2]
    for line in path.read_bytes().splitlines()[1:]:
        assert len(line.split(b",")[0].split(b".")[1]) == 6


@pytest.mark.parametrize("suffix", [".ssecast", ".ssecast.gz"])
def test_what_is_read_is_what_was_live(
    backend: Backend, open_stream: Start, tmp_path: Path, suffix: str
) -> None:
    """Rows, gaps, drops, answers: equal in all but `origin`, though the link dropped and rows came before."""
    stream = open_stream(project_id="p-1")
    backend.publish_all([{"event_type": "build_failed", "project_id": "p-1", "n": n} for n in range(4)])
    stream.wait_for(4)
    recording = stream.record(tmp_path / f"a{suffix}")
    backend.publish_all([{"event_type": "build_failed", "project_id": "p-1", "n": n} for n in range(5)])
    stream.wait_for(9)
    stream.disconnect()
    backend.publish_all([{"event_type": "build_failed", "project_id": "p-1", "n": n} for n in range(3)])
    stream.reconnect()
    stream.wait_for(12)
    eventually(lambda: stream.gaps["recovered"].eq(True).all())
    stream.close()
    live = stream.df.loc[4:]
    same_rows(live, recording.df)
    read = sse.load(recording.path)
    assert read.verify(), read.verify()
    same_rows(live, read.df)
    pd.testing.assert_frame_equal(stream.gaps, read.gaps)
    assert len(live) == len(read)
    assert stream.explain("data.n > 2").passed - 1 == read.explain("data.n > 2").passed
    assert read.why(5)["outcome"].tolist()[-1:] == stream.why(5)["outcome"].tolist()[-1:]
    pd.testing.assert_frame_equal(stream.dropped.drop(columns="origin"), read.dropped.drop(columns="origin"))


def test_comments_retries_and_ids_are_lines(server: RawServer, tmp_path: Path) -> None:
    """What the wire says besides events is in the recording, and an id only where it stood."""
    said = b": hello\nretry: 25\n\nid: 7\nevent: edit\ndata: x\n\ndata: y\n\n: bye\n\nid\ndata: z\n\n"
    server.play("/s", [STREAM, said])
    stream = sse.connect(server.url("/s"), record=tmp_path / "a.ssecast", **QUICK)
    stream.wait_for(3)
    stream.close()
    lines = lines_of(tmp_path / "a.ssecast")
    assert ["hello", "bye"] == of(lines, "cm")[:2]
    assert 25 == of(lines, "retry")[0]
    assert [
        {"event": "edit", "data": "x", "id": "7"},
        {"event": "message", "data": "y"},
        {"event": "message", "data": "z", "id": ""},
    ] == of(lines, "ev")[:3]


def test_a_name_is_never_used_twice(open_stream: Start, tmp_path: Path) -> None:
    """`-2` stands before the suffix, that of a compressed one too."""
    stream = open_stream()
    for suffix in (".ssecast", ".ssecast.gz"):
        made = [stream.record(tmp_path / f"a{suffix}").stop().path.name for _ in range(3)]
        assert [f"a{suffix}", f"a-2{suffix}", f"a-3{suffix}"] == made
    made = [stream.save(tmp_path / "b.parquet").name for _ in range(2)]
    assert ["b.parquet", "b-2.parquet"] == made


def test_a_name_is_used_once_by_many_at_once(open_stream: Start, tmp_path: Path) -> None:
    """Who begins at the same moment gets another file."""
    stream, made = open_stream(), []
    run_all(*[lambda: made.append(stream.record(tmp_path / "a.ssecast").path) for _ in range(8)])
    assert 8 == len(set(made)) == len(list(tmp_path.iterdir()))
    stream.close()
    assert all(sse.load(path).verify() for path in made)


def test_who_is_faster_keeps_his_file(
    open_stream: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look for a free name and the opening somebody takes it: his file is left alone."""
    path, free = tmp_path / "a.ssecast", naming.free_path

    def taken_meanwhile(wanted: Path) -> Path:
        monkeypatch.setattr(naming, "free_path", free)
        path.write_text("his")
        return wanted

    monkeypatch.setattr(naming, "free_path", taken_meanwhile)
    assert "a-2.ssecast" == open_stream().record(path).stop().path.name
    assert "his" == path.read_text()


def test_record_is_a_setting(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """The same again goes on; another one begins, and none ends it."""
    one, other = tmp_path / "one.ssecast", tmp_path / "other.ssecast"
    stream = open_stream(record=one)
    assert stream is open_stream(record=one)
    assert ["one.ssecast"] == [recording.path.name for recording in stream.recordings]
    open_stream(record=other)
    assert ["other.ssecast"] == [recording.path.name for recording in stream.recordings]
    assert sse.load(one).verify()
    open_stream()
    assert [] == stream.recordings
    assert ["one.ssecast", "other.ssecast"] == sorted(path.name for path in tmp_path.iterdir())


def test_connect_records_from_the_first_event_on(
    backend: Backend, open_stream: Start, tmp_path: Path
) -> None:
    """The greeting is in it."""
    stream = open_stream(record=tmp_path / "a.ssecast")
    publish(backend, 1)
    stream.wait_for(1)
    stream.close()
    lines = lines_of(tmp_path / "a.ssecast")
    assert "connected" == of(lines, "ev")[0]["event"]
    states = [body["state"] for body in of(lines, "state")]
    assert ["connecting", "open", "closed"] == [
        state for state in dict.fromkeys(states) if state != "disconnected"
    ]


def test_what_is_kept_can_come_first(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """With `past=True` nothing is missing and nothing doubled between what was kept and what comes."""
    stream = open_stream()
    publish(backend, 50)
    stream.wait_for(20)
    recording = stream.record(tmp_path / "a.ssecast", past=True)
    publish(backend, 50, 50)
    stream.wait_for(100)
    stream.close()
    same_rows(stream.df, recording.df)
    assert recording.verify()


def test_a_saved_stream_reads_as_the_stream(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """`save` and `load`: rows, gaps, marks, the states."""
    stream = open_stream()
    publish(backend, 5)
    stream.wait_for(5)
    stream.mark("before", at="1h")
    stream.disconnect()
    stream.reconnect()
    stream.wait_open()
    eventually(lambda: stream.gaps["recovered"].eq(True).all())
    stream.mark("after")
    stream.close()
    read = sse.load(stream.save(tmp_path / "a.ssecast"))
    assert read.verify(), read.verify()
    same_rows(stream.df, read.df)
    pd.testing.assert_frame_equal(stream.gaps, read.gaps)
    pd.testing.assert_frame_equal(stream.marks, read.marks)
    assert ["before", "after"] == read.marks["text"].tolist()


def test_a_saved_stream_ends_when_it_was_saved(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """Its times never go back, and its clock stands at the moment of `save`, whenever something came last."""
    stream = open_stream()
    publish(backend, 2)
    stream.wait_for(2)
    stream.disconnect()
    eventually(lambda: stream.connection.state == "disconnected")
    before = pd.Timestamp.now("UTC")
    path = stream.save(tmp_path / "a.ssecast")
    times = [t for t, _, _ in lines_of(path)[1:]]
    assert sorted(times) == times
    read = sse.load(path)
    assert read.verify(), read.verify()
    pd.testing.assert_frame_equal(stream.gaps, read.gaps)
    assert before.floor("us") <= pd.Timestamp(read.header.started) + pd.Timedelta(seconds=times[-1])
    assert before.floor("us") <= read.timeline["start"].iloc[-1]


def test_a_part_is_saved_with_the_hash_of_the_whole(
    backend: Backend, open_stream: Start, tmp_path: Path
) -> None:
    """`where(…).save`: these rows, numbered from the first on; whose part it is stands in the header."""
    stream = open_stream()
    publish(backend, 10)
    stream.wait_for(10)
    whole = sse.load(stream.save(tmp_path / "a.ssecast"))
    part = sse.load(whole.where("data.n > 3 and data.n != 7").save(tmp_path / "b.ssecast"))
    assert part.verify()
    wanted = stream.df[stream.df.index.isin([4, 5, 6, 8, 9])]
    same_rows(wanted.set_axis(pd.RangeIndex(4, 9, name="seq")), part.df)
    assert whole.verify().sha256 == part.header.more["parent"]["sha256"]
    twice = sse.load(whole.where("data.n > 3").where("data.n < 6").save(tmp_path / "c.ssecast.gz"))
    assert [4, 5] == twice.df.index.tolist()


# Two reads, a comment, a break, one event that comes again, a large one, and the end.
BROKEN = (
    [STREAM, b'id: 1\ndata: {"n": 1}\n\ndata: {"n": 2}\n\n: c\n\nretry: 50\n\nid: 3\ndata: {"n": 3}\n\n'],
    [STREAM, b'id: 3\ndata: {"n": 3}\n\ndata: {"n": 4}\n\ndata: {"n": 4}\nid: 4\n\n', hold],
)


def test_a_part_differs_by_what_it_lacks(server: RawServer, tmp_path: Path) -> None:
    """What is written again keeps its lines and their times: a diff shows what was left out, and the end."""
    url = server.play("/s", *BROKEN)
    with sse.connect(url, record=tmp_path / "a.ssecast", **QUICK) as stream:
        stream.wait_for(5)
        stream.mark("a note")
        stream.mark("of before", at="1h")
    whole = sse.load(tmp_path / "a.ssecast")
    first, *lines, _end = (tmp_path / "a.ssecast").read_text().splitlines()
    assert {"state", "open", "cm", "retry", "gap", "dup", "mark", "ev"} <= {
        json.loads(line)[1] for line in lines
    }

    def again(part: sse.Recording | sse.View, name: str) -> list[str]:
        header, *kept, end = part.save(tmp_path / name).read_text().splitlines()  # type: ignore[union-attr]
        assert json.loads(first)["started"] == json.loads(header)["started"]
        assert "end" == json.loads(end)[1]
        assert sse.load(tmp_path / name).verify()
        return kept

    assert lines == again(whole, "b.ssecast")
    gone = {'"ev",{"event":"message","data":"{\\"n\\": 3', '"ev",{"event":"message","data":"{\\"n\\": 4'}
    left = [line for line in lines if not any(text in line for text in ('"dup",', *gone))]
    assert left == again(whole.where("data.n < 3"), "c.ssecast")
    # Of two events that differ by their ids only, the one that was asked for.
    fourth = [line for line in lines if '"id":"4"' in line]
    assert fourth == [line for line in again(whole.where("id == '4'"), "d.ssecast") if '"ev"' in line]
    # Of a stretch of time: the connection all the same, and what people said of that time.
    end = whole.df["timestamp"].max()
    later = [
        line for line in again(whole.between(end, None), "e.ssecast") if '"ev"' in line or '"mark"' in line
    ]
    assert [line for line in lines if '\\": 4' in line or '"a note"' in line] == later
    before = again(whole.between(None, end), "f.ssecast")
    assert ["of before"] == [body["text"] for _, code, body in map(json.loads, before) if code == "mark"]
    # Rows without a line, should there ever be some, get one.
    lines_left = Again(open_cast(tmp_path / "d.ssecast"), whole=False).entries(whole._snapshot())
    assert 5 == sum(entry.code == "ev" for entry in lines_left)


def test_formats(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """Each suffix is written, and reads again; another one is refused, with those that there are."""
    stream = open_stream()
    publish(backend, 3)
    stream.wait_for(3)
    pd.testing.assert_frame_equal(stream.df, pd.read_parquet(stream.save(tmp_path / "a.parquet")))
    assert 3 == len(pd.read_csv(stream.save(tmp_path / "a.csv")))
    events = [json.loads(line) for line in stream.save(tmp_path / "a.jsonl").read_text().splitlines()]
    assert events == json.loads(stream.save(tmp_path / "a.json").read_text())
    assert ["1.0"] * 3 == [event["specversion"] for event in events]
    decoded = sse_events(stream.save(tmp_path / "a.sse").read_bytes())
    assert stream.df["data"].tolist() == [event.data for event in decoded]
    with pytest.raises(RecordingError, match=r"\.parquet"):
        stream.save(tmp_path / "a.xlsx")
    with pytest.raises(RecordingError, match=r"\.ssecast"):
        stream.record(tmp_path / "a.jsonl")
    with pytest.raises(RecordingError, match="nowhere"):
        stream.record(tmp_path / "nowhere" / "a.ssecast")
    with pytest.raises(RecordingError, match="nowhere"):
        stream.save(tmp_path / "nowhere" / "a.csv")


def sse_events(data: bytes) -> list[sse.ServerSentEvent]:
    from sse_notebook.wire import Decoder

    return Decoder().feed(data)


def test_a_stream_that_records_lives(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """Nobody refers to it, and it goes on until the recording is stopped."""
    held = open_stream()
    stream, recording = weakref.ref(held), held.record(tmp_path / "a.ssecast")
    del held
    publish(backend, 2)
    eventually(lambda: len(recording) == 2)
    assert stream() is not None
    recording.stop()
    eventually(lambda: stream() is None and client_threads() == [])


def test_a_closed_stream_is_not_recorded(open_stream: Start, tmp_path: Path) -> None:
    """It says what can be done instead; a stream that is closed leaves whole recordings."""
    stream = open_stream()
    recording = stream.record(tmp_path / "a.ssecast")
    stream.close()
    assert recording.verify()
    assert not recording.recording
    with pytest.raises(StreamClosed, match="save"):
        stream.record(tmp_path / "b.ssecast")


def test_notes_are_texts(open_stream: Start) -> None:
    """What is no text, or no time, is refused."""
    stream = open_stream()
    for wrong in ("", " ", 7, None):
        with pytest.raises(ArgumentError):
            stream.mark(wrong)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError):
        stream.mark("x", at="yesterday-ish")
    assert ["time", "text"] == list(stream.marks.columns)


def test_acknowledgements_and_silences_are_lines(
    backend: Backend, open_stream: Start, tmp_path: Path
) -> None:
    """In each recording that goes on, and in a replay's notes."""
    stream = open_stream(url=f"{backend.url}/api/v1/events/stream", platform=False)  # nobody is told of it
    recording = stream.record(tmp_path / "a.ssecast")
    (id_,) = backend.publish_all([{"event_type": "build_failed", "build_id": "b-1"}])
    stream.wait_for(1).ack("b-1", note="mine", by="ann")
    stream.silence("build.*", "1h", reason="deploy").lift()
    stream.mute("error.*", resource="wl-1", duration=60)
    stream.close()
    lines = lines_of(recording.path)
    assert [{"seq": 0, "id": id_, "note": "mine", "by": "ann"}] == of(lines, "ack")
    mute = {"type": "error.*", "resource": "wl-1"}
    assert [
        {"filter": 'type == "build.*"', "seconds": 3600.0, "reason": "deploy"},
        {"filter": 'type == "build.*"', "lifted": True},
        {"filter": 'type == "error.*" and resource_id == "wl-1"', "seconds": 60.0, "mute": mute},
    ] == of(lines, "sil")
    codes = [note.code for note in sse.replay(recording, speed=float("inf")).notes]
    assert ["ack", "sil", "sil", "sil"] == codes


def test_a_full_disk_harms_nobody(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """The stream goes on; the recording says what became of it, and the log does."""
    stream = open_stream()
    recording = stream.record(tmp_path / "a.ssecast")
    at_work = stream._sessions[0].writer
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        whole, at_work._file = at_work._file, full.fileno()
        publish(backend, 5)
        stream.wait_for(5)
        eventually(lambda: "No space left" in recording.error)
        assert stream.log["text"].str.contains("No space left").any()
        assert stream.connected
        at_work._file = whole
        eventually(lambda: not recording.error)
    publish(backend, 1)
    stream.wait_for(6)
    stream.close()
    assert recording.verify(), recording.verify()
    same_rows(stream.df, recording.df)


# A disk with room for so many bytes of a file; the system says no, as a full one does. With `-B`: bytecode
# would be cut too, and broken for whoever runs later.
NO_ROOM = """
import random, resource, sys
import sse_notebook as sse
from pathlib import Path
room, folder = int(sys.argv[1]), Path(sys.argv[2])
stream = sse.connect("http://127.0.0.1:9/x")
stream.store.add_events({"type": "edit", "text": random.randbytes(50).hex(), "n": n} for n in range(600))
stream.save(folder / "there.ssecast")
recording = sse.load(folder / "there.ssecast")
resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
ways = [lambda path=path: of.save(path) for of in (stream, recording, recording.where("data.n > 1"))
        for path in [f"{folder}/a{end}" for end in
                     (".ssecast", ".ssecast.gz", ".csv", ".json", ".jsonl", ".sse", ".parquet")]]
ways += [lambda: stream.record(folder / "b.ssecast")] * (not room)
for way in ways:
    try:
        print("written", way())
    except sse.errors.RecordingError as error:
        print(error)
print(stream.log["text"].str.contains("recording|nothing is written").any(), len(stream.recordings))
stream.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such limit")
@pytest.mark.parametrize("room", [0, 20_000])
def test_no_room_for_a_file(room: int, tmp_path: Path) -> None:
    """What can't be written is said in the system's words, and nothing is left of it; nor in the log."""
    ran = subprocess.run(
        [sys.executable, "-B", "-c", NO_ROOM, str(room), str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    *said, last = ran.stdout.splitlines()
    assert ("", "False 0") == (ran.stderr, last)
    assert 21 + (not room) == len(said)
    assert [] == [line for line in said if not line.endswith("can't be written: File too large")]
    assert ["there.ssecast"] == [path.name for path in tmp_path.iterdir()]


def test_a_rule_that_fails_leaves_no_file(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """What is saved is whole: where a rule of the user's raises, it is not saved, and the error says why."""
    stream = open_stream()
    publish(backend, 2)
    stream.wait_for(2)
    recording = sse.load(stream.save(tmp_path / "a.ssecast"))
    for of in (stream, recording, recording.where("data.n > 0")):
        with pytest.raises(RecordingError, match=r"b.ssecast can't be written: a rule .* raised KeyError"):
            of.save(tmp_path / "b.ssecast", redact={"n": lambda value: {}[value]})
    assert ["a.ssecast"] == [path.name for path in tmp_path.iterdir()]


def test_load_says_what_it_can_not_read(tmp_path: Path) -> None:
    """No file, no recording, no path."""
    with pytest.raises(ArgumentError, match="can't be read"):
        sse.load(tmp_path / "a.ssecast")
    (tmp_path / "a.ssecast").touch()
    with pytest.raises(RecordingError, match="it is empty"):
        sse.load(tmp_path / "a.ssecast")
    with pytest.raises(RecordingError, match=r"no path: .*embedded null"):
        sse.load("a\0.ssecast")
    with pytest.raises(RecordingError, match="no time that a stream had: '0001"):
        sse.load(write(tmp_path / "a.ssecast", [], started="0001-01-01T00:00:00Z"))
    (tmp_path / "a.ssecast").write_text("hello\n")
    with pytest.raises(RecordingError, match="no recording"):
        sse.load(tmp_path / "a.ssecast")
    with pytest.raises(ArgumentError, match="path"):
        sse.load(7)  # type: ignore[arg-type]


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    """A pipe, which nobody may ever write into, and a device: said, and not waited for."""
    os.mkfifo(pipe := tmp_path / "pipe.ssecast")
    for path in (pipe, Path("/dev/zero")):
        for read in (sse.load, sse.Recording, sse.replay, sse.serve, lambda path: sse.Incident("x", path)):
            with pytest.raises(
                RecordingError, match="is a pipe or a device, and a recording is read more than"
            ):
                read(path)
    for nothing in (tmp_path, tmp_path / "none"):
        for read in (sse.load, sse.Recording, sse.replay):
            with pytest.raises(ArgumentError, match="can't be read"):
                read(nothing)


def test_a_file_that_goes_away(tmp_path: Path) -> None:
    """What was there and can't be read any more is an error of ours, whoever reads it."""
    path = write(tmp_path / "a.ssecast", [[0, "ev", {"event": "x", "data": "{}"}]])
    recording = sse.load(path)
    path.unlink()
    for read in (recording.verify, recording.scan, lambda: recording.df, lambda: recording.save("b.ssecast")):
        with pytest.raises(RecordingError, match="can't be read any more"):
            read()


def test_the_name_of_a_recording_that_was_stopped(open_stream: Start, tmp_path: Path) -> None:
    """What goes on says so; what was stopped, or read, says of when it is, and not since when."""
    recording = open_stream().record(tmp_path / "a.ssecast")
    assert repr(recording) == "<Recording a.ssecast: goes on>"
    recording.stop()
    assert {repr(recording), repr(sse.load(recording.path))} == {
        f"<Recording a.ssecast: of {recording.header.started}>"
    }


def test_a_part_knows_that_a_gap_was_not_refilled(tmp_path: Path) -> None:
    """The server's greeting says so, which is no row: the first row that is left of those behind it does."""

    def ev(t: float, **payload: Any) -> list[Any]:
        return [t, "ev", {"event": payload["event_type"], "data": json.dumps(payload)}]

    hole = {"start": 1.0, "end": 2.0, "reason": "cut", "recovered": None, "last_event_id": "1"}
    resume = {"from": "1", "replayed": 2, "complete": False}
    lines: list[Any] = [
        [0, "open", {"connection": 1, "resumed_from": "", "recovered": None}],
        ev(1, event_type="build_failed", n=0),
        [2, "gap", hole],
        [2, "open", {"connection": 2, "resumed_from": "1", "recovered": None}],
        ev(2, event_type="connected", resume=resume),
        *(ev(2, event_type="build_failed", n=n) for n in (1, 2)),
        [2, "fill", {"start": 1.0, "recovered": False}],
        ev(3, event_type="build_failed", n=3),
    ]
    whole = sse.load(write(tmp_path / "a.ssecast", lines))
    assert [False, True, False, False] == whole.df["after_gap"].tolist()
    marked = {
        "data.n < 9": [0, 1, 0, 0],
        "data.n > 0": [1, 0, 0],
        "data.n != 1": [0, 1, 0],
        "data.n == 3": [1],
    }
    for number, (left, after) in enumerate(marked.items()):
        part = sse.load(whole.where(left).save(tmp_path / f"{number}.ssecast"))
        assert [False] == part.gaps["recovered"].tolist()
        assert after == part.df["after_gap"].tolist(), left


def test_what_is_hidden_is_not_in_the_url(server: RawServer, tmp_path: Path) -> None:
    """A parameter may stand there as well as in `params=`; the name of a stream may be its URL."""
    url = server.play("/s", [STREAM, b"data: 1\n\n", hold])
    with sse.connect(f"{url}?a=b&Tenant=acme", **QUICK) as stream:
        stream.wait_for(1)
        told = stream.record(tmp_path / "a.ssecast", hide=["tenant"]).stop().header
    assert "acme" not in (tmp_path / "a.ssecast").read_text()
    assert "a=b&Tenant=***" in told.url
    assert "params: Tenant" in told.redacted


def test_an_interrupt_leaves_no_recording_that_nobody_has(
    backend: Backend, open_stream: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a thread that writes nor a file; and the next one has the name."""
    stream = open_stream()

    def interrupted(self: Recorder, **_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "begin", interrupted)
        with pytest.raises(KeyboardInterrupt):
            stream.record(tmp_path / "a.ssecast")
    assert [] == [name for name in client_threads() if "recording" in name]
    assert [] == list(tmp_path.iterdir())
    with stream.record(tmp_path / "a.ssecast") as recording:
        assert tmp_path / "a.ssecast" == recording.path
