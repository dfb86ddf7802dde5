"""`journal.cast` and `journal.reading`: what is written is read again; what is wrong is told."""

from __future__ import annotations

import doctest
import gzip
import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.errors import RecordingError
from sse_notebook.journal import cast, decoding, open_cast, reading
from sse_notebook.journal.cast import Entry, Header
from sse_notebook.journal.writer import Writer
from sse_notebook.wire import ServerSentEvent

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
EVENTS = st.builds(
    lambda event, data, own: ServerSentEvent(event or "message", data, own or "", own),
    TEXT,
    TEXT,
    st.none() | TEXT,
)
TIMES = st.integers(-(10**9), 10**15)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.builds(Entry, TIMES, st.sampled_from(["ev", "dup"]), EVENTS) | st.builds(
    Entry, TIMES, TEXT.filter(lambda code: code not in ("ev", "dup", "end")), JSON
)


def told(entry: Entry) -> tuple[object, ...]:
    body = entry.body
    if isinstance(body, ServerSentEvent):
        return (*entry[:2], body.event, body.data, body.own_id)
    return entry


def write(path: Path, *lines: bytes, header: Header | None = None) -> Path:
    path.write_bytes(cast.encode_header(header or Header(started_us=0)) + b"".join(lines))
    return path


@given(st.lists(ENTRIES))
def test_what_is_written_is_read(entries: list[Entry]) -> None:
    """Any entries come back as they were, one by one and all at once."""
    lines = cast.encode_entries(entries)
    assert lines.count(b"\n") == len(entries)
    one_by_one = [decoding.decode_entry(line) for line in lines.splitlines()] if lines.isascii() else None
    runs = decoding.decode_runs(lines)
    assert all(len(run.bodies) == 1 for run in runs if run.code not in ("ev", "dup"))
    at_once = [Entry(us, code, body) for us, code, bodies in runs for body in bodies]
    assert [told(entry) for entry in entries] == [told(entry) for entry in at_once]
    if one_by_one is not None:
        assert [told(entry) for entry in entries] == [told(entry) for entry in one_by_one]


@given(TIMES, st.lists(EVENTS, min_size=1))
def test_events_of_a_read_have_one_time(us: int, events: list[ServerSentEvent]) -> None:
    """`encode_events` writes what `encode_entries` writes."""
    assert cast.encode_events(us, events) == cast.encode_entries(Entry(us, "ev", e) for e in events)


def test_a_line_is_as_the_format_says() -> None:
    """An event's line has six decimals, and an `id` only where it had one."""
    events = [ServerSentEvent("edit", '{"n": 1}', "7", "7"), ServerSentEvent("message", "x", "7", None)]
    assert cast.encode_events(1_500_000, events) == (
        b'[1.500000,"ev",{"event":"edit","data":"{\\"n\\": 1}","id":"7"}]\n'
        b'[1.500000,"ev",{"event":"message","data":"x"}]\n'
    )


def test_the_header_comes_back() -> None:
    """All of it, what we do not know included; `started` is text and microseconds."""
    header = Header(
        started_us=1_790_000_000_123_456,
        url="https://a/b?token=***",
        request={"name": "n"},
        first_seq=7,
        redacted=["token"],
        env={"python": "3.11"},
        more={"parent": {"sha256": "00"}},
    )
    line = cast.encode_header(header)
    assert decoding.decode_header(line) == header
    assert list(json.loads(line))[:7] == [
        "ssecast",
        "started",
        "url",
        "request",
        "first_seq",
        "redacted",
        "env",
    ]
    assert json.loads(line)["started"] == "2026-09-21T14:13:20.123456Z"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "no recording"),
        (b"PK\x03\x04", "no recording"),
        (b'{"started": "2026-11-28T12:00:00Z"}', "no recording"),
        (b'{"ssecast": 2, "started": "2026-11-28T12:00:00Z"}', "version 2"),
        (b'{"ssecast": true, "started": "2026-11-28T12:00:00Z"}', "version true"),
        (b'{"ssecast": 1, "started": "yesterday"}', "`started`"),
        (b"[" * 100_000, "no recording"),
    ],
)
def test_what_is_no_header_is_refused(line: bytes, words: str) -> None:
    """The message says what was found instead."""
    with pytest.raises(RecordingError, match=words):
        decoding.decode_header(line)


@pytest.mark.parametrize(
    "line",
    [
        b"{}", b"[1]", b'[1,"ev"]', b'[1,"ev",{},0]', b'["1","ev",{}]', b"[true,\"ev\",{}]", b"[1,2,{}]",
        b'[1,"ev",[]]', b'[1,"ev",{"data":1}]', b'[1,"ev",{"id":7}]', b'[NaN,"cm",""]', b'[1e999,"cm",""]',
        b"[" * 100_000, b'[1,"ev",{"data":"x"', b"\xff", b'[1,"mark",' + b"9" * 5000 + b"]",
    ],
)  # fmt: skip
def test_what_is_no_entry_is_refused(line: bytes) -> None:
    """And both readers agree on that."""
    with pytest.raises(RecordingError):
        decoding.decode_entry(line)
    with pytest.raises(RecordingError):
        decoding.decode_runs(line)


def test_a_file_is_read(tmp_path: Path) -> None:
    """Events without an id of their own have the one before, as they had live."""
    path = write(
        tmp_path / "a.ssecast",
        cast.encode_events(1, [ServerSentEvent("a", "1", "7", "7"), ServerSentEvent("a", "2", "7", None)]),
        cast.encode_entries([Entry(2, "end", {"n": 2, "sha256": ""})]),
    )
    read = open_cast(path)
    entries = list(read.entries())
    assert [("ev", "7"), ("ev", "7")] == [(entry.code, entry.body.id) for entry in entries[:2]]
    assert read.complete
    assert read.problems == []
    packed = tmp_path / "named-otherwise"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert entries == list(open_cast(packed).entries())


@pytest.mark.parametrize("piece", [1, 7, 64, 2**18])
def test_what_is_unsound_is_told_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    """However the file falls into pieces."""
    monkeypatch.setattr("sse_notebook.journal.reading.PIECE", piece)
    monkeypatch.setattr("sse_notebook.journal.reading.LONGEST_LINE", 200)
    one = cast.encode_events(1, [ServerSentEvent("a", "1")])
    path = write(
        tmp_path / "a.ssecast",
        one,
        b"nonsense\n",
        one,
        b"\n",
        b'[0,"cm","' + b"x" * 300 + b'"]\n',
        one,
        b'[2,"ev",{"da',
    )
    read = open_cast(path)
    assert ["ev", "ev", "ev"] == [entry.code for entry in read.entries() if entry.code != "cm"]
    told = {problem.line: problem.what for problem in read.problems}
    assert "no JSON" in told[3]
    assert "torn" in told[8]
    assert "no `end`" in told[0]
    if piece < 64:
        assert "longer than" in told[6]


def test_nothing_behind_the_end_is_read(tmp_path: Path) -> None:
    """What somebody appended is told, and left."""
    one = cast.encode_events(1, [ServerSentEvent("a", "1")])
    end = cast.encode_entries([Entry(2, "end", {"n": 1, "sha256": ""})])
    read = open_cast(write(tmp_path / "a.ssecast", one, end, one, one))
    assert ["ev", "end"] == [entry.code for entry in read.entries()]
    assert ["there is more behind the `end` line; it is not read"] == [p.what for p in read.problems]


def test_a_cut_off_gzip_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """And it is said that it is cut off."""
    whole = cast.encode_header(Header(started_us=0)) + b"".join(
        cast.encode_events(n, [ServerSentEvent("a", str(n * 7919))]) for n in range(20_000)
    )
    path = tmp_path / "a.ssecast.gz"
    packed = gzip.compress(whole)
    path.write_bytes(packed[: len(packed) // 2])
    read = open_cast(path)
    assert 5_000 < len(list(read.entries())) < 20_000
    assert any("cut off" in problem.what for problem in read.problems)


def test_a_bomb_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to a huge one is read only so far."""
    monkeypatch.setattr("sse_notebook.journal.reading.ENOUGH", 2**20)
    monkeypatch.setattr("sse_notebook.journal.reading.TIMES", 20)  # as many take their time, too
    path = tmp_path / "a.ssecast.gz"
    path.write_bytes(gzip.compress(cast.encode_header(Header(started_us=0)) + b'[0,"cm",""]\n' * 4_000_000))
    read = open_cast(path)
    assert sum(1 for _ in read.entries()) < 4_000_000
    assert any("times its size" in problem.what for problem in read.problems)


def test_a_bomb_costs_little(tmp_path: Path) -> None:
    """What would unpack to a gigabyte is left after 64 MiB; what our own writer packs is nowhere near."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(cast.encode_header(Header(started_us=0))) + packer.flush(zlib.Z_FULL_FLUSH)
    bomb = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)  # which knows of nothing before it
    (path := tmp_path / "a.ssecast.gz").write_bytes(head + bomb * 1024)
    read = open_cast(path)
    assert 2**26 >= sum(map(len, read.raw())) > 2**26 - 2**20
    assert ["it unpacks to more than 500 times its size"] == [
        each.what.split(",")[0] for each in read.problems
    ]
    writer = Writer(tmp_path / "b.ssecast.gz", Header(started_us=0))
    for n in range(100):
        writer.events(n * 10**6, [ServerSentEvent("heartbeat", "{}")] * 200, 20)
    assert writer.stop()
    unpacked = sum(map(len, open_cast(writer.path).raw()))
    assert unpacked < reading.TIMES * writer.path.stat().st_size


def test_doctest() -> None:
    """The examples in the module's documentation are true."""
    assert doctest.testmod(cast).failed == 0
    assert doctest.testmod(decoding).failed == 0
