"""`stream.gaps`, and what comes twice: what a user sees of a connection that was not there all the time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from raw_server import CHUNKED, LAST, RawServer, chunk, hold
from streamed import balance, event, greeting, numbers
from support import QUICK, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError

Open = Callable[..., sse.EventStream]

DTYPES = {
    "start": "datetime64[us, UTC]",
    "end": "datetime64[us, UTC]",
    "reason": "str",
    "recovered": "boolean",
    "last_event_id": "str",
}


def gaps_of(server: RawServer, *scripts: list[bytes], rows: int, **options: object) -> sse.EventStream:
    """A stream of so many rows over connections that end, and a last one that stays."""
    *ended, last = scripts
    url = server.play("/x", *[[CHUNKED, *s, LAST] for s in ended], [CHUNKED, *last, hold])
    stream = sse.connect(url, **{**QUICK, **options}).wait_for(rows, timeout=20)
    eventually(lambda: len(stream.gaps) == len(ended) and stream.connected)
    return stream


def test_the_table(server: RawServer) -> None:
    """Its columns and dtypes are the same when it is empty."""
    stream = gaps_of(server, [chunk(event(1))], rows=1)
    assert (0, DTYPES) == (len(stream.gaps), stream.gaps.dtypes.astype(str).to_dict())
    other = gaps_of(server, [chunk(event(1))], [chunk(event(2))], rows=2, name="other")
    assert (1, DTYPES) == (len(other.gaps), other.gaps.dtypes.astype(str).to_dict())


def test_a_gap_brackets_what_was_missed(server: RawServer) -> None:
    """It begins when the last byte before it came, and ends when the next connection was open."""
    stream = gaps_of(server, [chunk(event(1))], [chunk(event(2))], rows=2)
    (gap,) = stream.gaps.itertuples()
    before, after = stream.df["received_at"]
    assert before <= gap.start <= gap.end <= after
    assert ("the server ended the stream", "1") == (gap.reason, gap.last_event_id)


@pytest.mark.parametrize(
    ("first", "recovered", "marked"),
    [
        (greeting(complete=True, replayed=0), True, False),
        (greeting(complete=False, replayed=0), False, True),
        (greeting(), pd.NA, False),
        (b"", pd.NA, False),
        (b'event: stream-reset\ndata: {"channels": ["a"]}\n\n', False, True),  # django-eventstream's
    ],
)
def test_the_servers_word(server: RawServer, first: bytes, recovered: object, marked: bool) -> None:
    """Whether a gap was refilled is what the server says; where it is silent it is unknown."""
    stream = gaps_of(server, [chunk(event(1))], [chunk(first + event(2))], rows=2)
    assert [recovered] == stream.gaps["recovered"].tolist()
    assert [False, marked] == stream.df["after_gap"].tolist()


def test_without_an_id_nothing_is_refilled(server: RawServer) -> None:
    """Where there is no id to resume from, nobody asked for what was missed."""
    stream = gaps_of(server, [chunk(b"data: 1\n\n")], [chunk(b"data: 2\n\n")], rows=2)
    (gap,) = stream.gaps.itertuples()
    assert (False, True) == (gap.recovered, pd.isna(gap.last_event_id))


def test_an_open_gap(server: RawServer) -> None:
    """While there is no connection the gap has no end yet."""
    stream = gaps_of(server, [chunk(event(1))], rows=1)
    stream.disconnect()
    (gap,) = stream.gaps.itertuples()
    assert ("by user", True, True) == (gap.reason, pd.isna(gap.end), pd.isna(gap.recovered))
    stream.reconnect()
    eventually(lambda: stream.gaps["end"].notna().all())
    assert 1 == stream.metrics["sse_gaps_total"]


def test_what_was_closed_ends_with_a_number(server: RawServer, tmp_path: Path) -> None:
    """Nothing is to come after `close()`: the last stretch is counted, there and in what was kept of it."""
    path, folder = tmp_path / "one.ssecast", tmp_path / "kept"
    stream = gaps_of(server, [chunk(event(1))], rows=1, record=path, journal=folder)
    stream.disconnect()
    assert stream.counts("7d").isna().any()  # it may go on
    stream.close()
    replay = sse.replay(path)
    replay.run_until(lambda event: False)
    for each in (stream, stream.where(event_type="x"), sse.load(path), sse.load(folder), replay):
        assert [1] == each.counts("7d").tolist()
        assert len(each.gaps) == 1


def test_a_view_has_the_same(server: RawServer) -> None:
    """A gap of the connection is one of every view of it."""
    stream = gaps_of(server, [chunk(event(1))], [chunk(event(2))], rows=2)
    pd.testing.assert_frame_equal(stream.gaps, stream.where(project_id="p-1").gaps)


def test_what_comes_twice_is_one_row(server: RawServer) -> None:
    """An overlap after a reconnection is counted, by its reason, and makes no row."""
    stream = gaps_of(
        server,
        [chunk(b"".join(map(event, (1, 2, 3))))],
        [chunk(b"".join(map(event, (2, 3))) + event(4)), chunk(event(5))],
        rows=5,
    )
    assert [1, 2, 3, 4, 5] == numbers(stream)
    assert 2 == stream.metrics['sse_events_dropped_total{reason="duplicate"}']
    received, became = balance(stream.metrics.snapshot())
    assert (7, 7) == (received, became)


def test_an_announced_replay_that_overlaps(server: RawServer) -> None:
    """What the server says to send again is `resumed`, less what came before; then it is live again."""
    stream = gaps_of(
        server,
        [chunk(event(1) + event(2))],
        [chunk(greeting(complete=True, replayed=2) + event(2) + event(3) + event(4))],
        rows=4,
    )
    assert ["live", "live", "resumed", "live"] == stream.df["origin"].tolist()


def aside(text: str) -> bytes:
    """An event without an id: said once to whoever is there, it can't be asked for again."""
    return b"data: " + text.encode() + b"\n\n"


@pytest.mark.parametrize("cut", [len, lambda read: 1], ids=["in one read", "byte by byte"])
def test_an_event_without_id_keeps_no_promise(server: RawServer, cut: Callable[[bytes], int]) -> None:
    """Three events are promised, and two come, with one between them that nobody can have asked for.

    What was promised is not there, and by the next connection it is forgotten: that gap was not recovered.
    """
    cut_short = greeting(complete=True, replayed=3) + event(2) + aside("by the way") + event(3)
    size = cut(cut_short)
    stream = gaps_of(
        server,
        [chunk(event(1))],
        [chunk(cut_short[at : at + size]) for at in range(0, len(cut_short), size)],
        [chunk(greeting(complete=False, replayed=1) + event(9))],
        rows=5,
    )
    assert ["1", "2", None, "3", "9"] == [event.id for event in stream.events]
    assert ["<NA>", "False"] == stream.gaps["recovered"].map(str).tolist()
    assert [*[False] * 4, True] == stream.df["after_gap"].tolist()


def test_a_promise_is_kept_with_the_last_that_has_an_id(server: RawServer) -> None:
    """Events without id, before or between them, do not count among those that were promised."""
    again = event(1) + aside("a") + event(2) + aside("b") + aside("c") + event(3)
    stream = gaps_of(
        server,
        [chunk(event(1))],
        [chunk(greeting(complete=True, replayed=3) + again + aside("d") + event(4))],
        rows=8,
    )
    assert [True] == stream.gaps["recovered"].tolist()
    assert ["1", None, "2", None, None, "3", None, "4"] == [event.id for event in stream.events]
    assert ["live", *["resumed"] * 5, "live", "live"] == stream.df["origin"].tolist()


def test_a_promise_of_a_server_without_ids(server: RawServer) -> None:
    """Where nothing has an id the server knows by itself what was missed: any row is of its promise."""
    beat = b"event: heartbeat\ndata: {}\n\n"
    stream = gaps_of(
        server,
        [chunk(aside("a"))],
        [chunk(greeting(complete=True, replayed=2) + aside("b") + beat), chunk(aside("c") + aside("d"))],
        rows=4,
    )
    assert [True] == stream.gaps["recovered"].tolist()
    assert ["live", "resumed", "resumed", "live"] == stream.df["origin"].tolist()


def test_two_honest_events_stay_two(server: RawServer) -> None:
    """The same event twice on one connection is two rows, also if it came on an earlier one, later on."""
    stream = gaps_of(
        server, [chunk(event(1) + event(1) + event(2))], [chunk(event(3) + event(2) + event(3))], rows=6
    )
    assert [1, 1, 2, 3, 2, 3] == numbers(stream)


def test_a_frozen_backend(backend: Backend, open_stream: Open) -> None:
    """A backend that freezes after heartbeats is `stale`, then left; what it held back comes afterwards."""
    states: list[str] = []
    stream = open_stream(idle_timeout=0.3)
    stream.store.observe(lambda change: states.append(change.new.state), "connection")
    backend.publish({"event_type": "x", "n": 1})
    stream.wait_for(1, timeout=20)
    backend.faults.stall = True
    backend.publish({"event_type": "x", "n": 2})
    eventually(lambda: "stale" in states and "retrying" in states)
    backend.faults.stall = False
    stream.wait_for(2, timeout=20)
    assert [1, 2] == numbers(stream)
    assert stream.gaps["reason"].str.startswith("nothing came for").all()
    assert [True] == stream.gaps["recovered"].tolist()[-1:]


@pytest.mark.parametrize("seconds", [0, -1, "5", True, float("nan"), 1e9])
def test_a_limit_that_is_none(seconds: object) -> None:
    """`idle_timeout` is a number of seconds."""
    with pytest.raises(ArgumentError, match="idle_timeout must be a number of seconds"):
        sse.connect("http://localhost:9/x", idle_timeout=seconds)  # type: ignore[arg-type]


def test_a_token_in_plain_text() -> None:
    """`connect` refuses to let a token travel in plain text, unless it is told that it may."""
    with pytest.raises(ArgumentError, match="pass insecure=True"):
        sse.connect("http://events.invalid/x", token="canary-token")
    with pytest.raises(ArgumentError, match="insecure must be True or False"):
        sse.connect("http://events.invalid/x", insecure="yes")  # type: ignore[arg-type]
    sse.connect("http://events.invalid/x", token="canary-token", insecure=True).close()


def test_settings_of_a_running_stream(server: RawServer) -> None:
    """To connect again applies the new limit to the stream that runs."""
    url = server.play("/x", [CHUNKED, hold])
    stream = sse.connect(url, **QUICK).wait_open()
    again = sse.connect(url, idle_timeout=7, **QUICK)
    assert (again, 7) == (stream, stream._parts.source.freshness.limit)


def test_before_the_first_connection_nothing_is_known(server: RawServer) -> None:
    """Silence before anybody listened is no zero; nor is it where nobody ever did."""
    stream = gaps_of(server, [chunk(event(1))], rows=1)
    counts = stream.since("10min").where("data.n > 0").counts("1min")
    assert counts.iloc[:8].isna().all()
    assert 1 == counts.sum()
    deaf = sse.connect(server.play("/y", [hold]), name="deaf")
    assert deaf.since("10min").counts("1min").isna().all()
