"""Bad input over the wire: each piece gets its row, count or clear error, and the stream goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from raw_server import CHUNKED, RawServer, answer, chunk, dead_port, hold
from support import eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import BadStatus, Exhausted, Unauthorized, Unreachable

DEEP = b"[" * 100_000
BIG = b'{"event_type": "big", "text": "' + b"x" * (10 * 2**20) + b'"}'

# data, as sent: what its row must have
ROWS: dict[str, tuple[bytes, dict[str, Any]]] = {
    "not JSON": (b"hello {", {"type": "message", "message": "hello {", "data": "hello {"}),
    "an end mark": (b"[DONE]", {"message": "[DONE]"}),
    "a number": (b"42", {"type": "message", "message": "42", "data": "42"}),
    "a text": (b'"hi"', {"message": "hi"}),
    "true": (b"true", {"message": None, "data": "true"}),
    "null": (b"null", {"message": None, "data": "null"}),
    "an array": (b"[1, 2]", {"message": None, "data": "[1, 2]"}),
    "nothing": (b"", {"message": None, "data": ""}),
    "an empty object": (b"{}", {"type": "message", "message": None}),
    "100,000 brackets": (DEEP, {"type": "message", "data": DEEP.decode()}),
    "a lone surrogate": (b'{"event_type": "s", "message": "a\\ud800b"}', {"type": "s", "message": "a?b"}),
    "broken UTF-8": (b'{"event_type": "u", "message": "a\xff\xc3b"}', {"message": "a\ufffd\ufffdb"}),
    "NUL and escapes": (
        b'{"event_type": "z", "message": "a\\u0000\\u001b[31mb"}',
        {"message": "a\0\x1b[31mb"},
    ),
    "NaN": (b'{"event_type": "n", "value": NaN, "severity": NaN, "priority": NaN}', {"severity": "info"}),
    "a huge number": (
        b'{"event_type": "h", "value": 1e999, "workload_id": ' + b"9" * 5000 + b"}",
        {"type": "h"},
    ),
    "10 MB": (BIG, {"type": "big", "data": BIG.decode()}),
    "no time": (b'{"event_type": "t"}', {"timestamp": "received"}),
    "a negative time": (b'{"event_type": "t", "timestamp": -1}', {"timestamp": "received"}),
    "a time of 0": (b'{"event_type": "t", "timestamp": 0}', {"timestamp": "received"}),
    "a time of 1e30": (b'{"event_type": "t", "timestamp": 1e30}', {"timestamp": "received"}),
    "a true time": (b'{"event_type": "t", "timestamp": true}', {"timestamp": "received"}),
    "a time in words": (b'{"event_type": "t", "timestamp": "soon"}', {"timestamp": "received"}),
    "a time of year 9999": (b'{"event_type": "t", "timestamp": "9999-12-31"}', {"timestamp": "received"}),
    "a time that is an object": (
        b'{"event_type": "t", "timestamp": {"$date": 1}}',
        {"timestamp": "received"},
    ),
    "__proto__": (b'{"event_type": "__proto__", "__proto__": {"x": 1}}', {"type": "__proto__"}),
    "__class__": (b'{"event_type": "__class__", "__init__": 1, "df": 2}', {"type": "__class__"}),
    "a type that is no text": (b'{"event_type": {"a": 1}, "type": 5}', {"type": "message"}),
    "an empty type": (b'{"event_type": "", "type": ""}', {"type": "message"}),
    "markup": (
        b'{"event_type": "<script>alert(1)</script>", "message": "</pre><img src=x onerror=alert(1)>"}',
        {"type": "<script>alert(1)</script>", "message": "</pre><img src=x onerror=alert(1)>"},
    ),
    "ids of other kinds": (
        b'{"event_type": "i", "workload_id": 7, "project_id": ["p"], "cluster_id": true}',
        {"workload_id": "7", "project_id": None, "cluster_id": None, "resource_id": "7"},
    ),
}


def sent(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


def pieces(data: bytes, size: int = 60_000) -> list[bytes]:
    return [chunk(data[i : i + size]) for i in range(0, len(data), size)]


@pytest.mark.parametrize("name", ROWS)
def test_rows(server: RawServer, name: str) -> None:
    """Whatever comes is a row with what can be read of it, the text as it came; and the next one comes."""
    data, expected = ROWS[name]
    script = [CHUNKED, *pieces(sent(data)), chunk(sent(b'{"event_type": "next"}')), hold]
    stream = sse.connect(server.play("/x", script), expand=True).wait_for(2, timeout=20)
    assert ("open", 1) == (stream.connection.state, server.accepted)
    row, after = stream.df.iloc[0], stream.df.iloc[1]
    for column, value in expected.items():
        if value == "received":
            assert row["received_at"] == row["timestamp"]
        elif value is None:
            assert pd.isna(row[column])
        else:
            assert value == row[column]
    assert "next" == after["type"]
    assert repr(stream.events)
    json.dumps([str(value) for value in row])  # and every value of it can be written down
    stream.df.to_csv()
    stream._repr_html_().encode()


def test_all_of_it_at_once(server: RawServer) -> None:
    """All of it in one stream: one row each, in order, all counted."""
    everything = b"".join(sent(data) for data, _ in ROWS.values() if data is not BIG)
    url = server.play("/x", [CHUNKED, *pieces(everything, 7_919), hold])
    stream = sse.connect(url).wait_for(len(ROWS) - 1, timeout=20)
    assert len(ROWS) - 1 == len(stream.df) == stream.metrics["sse_events_stored_total"]
    assert stream.connected


def test_too_large(server: RawServer) -> None:
    """An event beyond the limit is skipped, counted and said; its neighbours are rows."""
    huge = sent(b"x" * (17 * 2**20))
    url = server.play("/x", [CHUNKED, chunk(sent(b"1")), *pieces(huge, 2**20), chunk(sent(b"2")), hold])
    stream = sse.connect(url).wait_for(2, timeout=20)
    assert ["1", "2"] == stream.df["data"].tolist()
    assert 1 == stream.metrics['sse_events_invalid_total{why="oversized"}']


def test_bytes_that_are_no_events(server: RawServer) -> None:
    """Lines of no meaning are ignored, as the standard says."""
    noise = b"nonsense\nfoo: bar\n\n:\n::\nid\nretry: soon\n\n\n\r\r\n\xff\xfe\n\n"
    url = server.play("/x", [CHUNKED, chunk(noise + sent(b"1")), hold])
    stream = sse.connect(url).wait_for(1, timeout=20)
    assert ["1"] == stream.df["data"].tolist()


def test_html_instead_of_a_stream(server: RawServer) -> None:
    """A page instead of a stream is said so, at once."""
    url = server.play("/x", [answer("200 OK", b"<!doctype html>", content_type="text/html; charset=utf-8")])
    with pytest.raises(
        Exhausted, match="the server answered with 'text/html; charset=utf-8', not text/event"
    ):
        sse.connect(url).wait_open(20)


def test_a_wrong_token(backend: Backend) -> None:
    """A wrong token is said so, after two requests; the right one leads on."""
    stream = sse.connect(backend.url, token="wrong-token")
    with pytest.raises(Unauthorized, match="401 Unauthorized"):
        stream.wait_open(20)
    assert ("unauthorized", [401, 401]) == (
        stream.connection.state,
        [request.status for request in backend.requests],
    )
    stream.login(backend.token())
    stream.wait_open(20)


def test_an_expired_token(backend: Backend) -> None:
    """A token that has expired is asked for once more, and a fresh one connects."""
    tokens = iter([backend.token(expires_in=-1), backend.token()])
    sse.connect(backend.url, token=lambda: next(tokens)).wait_open(20)
    assert [401, 200] == [request.status for request in backend.requests]


def test_a_dead_port() -> None:
    """A dead port is said so, after the attempts that were asked for."""
    stream = sse.connect(
        f"http://127.0.0.1:{dead_port()}/x", retry_initial=0.001, retry_max=0.001, retry_attempts=3
    )
    with pytest.raises(Unreachable, match="3 attempts, last: Connection refused") as caught:
        stream.wait_open(20)
    assert not isinstance(caught.value, BadStatus)


FAULTS: dict[str, dict[str, Any]] = {
    "split writes": {"split": 1},
    "carriage returns": {"line_ending": "\r"},
    "both line ends": {"line_ending": "\r\n", "split": 3},
    "a byte order mark": {"bom": True, "split": 1},
    "500, twice": {"status": 500, "status_times": 2},
    "503, once": {"status": 503, "status_times": 1},
    "a 401, once": {"status": 401, "status_times": 1},
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_server_that_misbehaves(backend: Backend, open_stream: Callable[..., Any], name: str) -> None:
    """Each misbehaviour of the backend that passes leaves the rows as they should be."""
    backend.faults.update(FAULTS[name])
    stream = open_stream()
    backend.publish_all([{"event_type": "x", "n": n, "message": "größer"} for n in range(20)])
    stream.wait_for(20, timeout=20)
    assert list(range(20)) == [event.data["n"] for event in stream.events]
    assert {"größer"} == set(stream.df["message"])


@pytest.mark.parametrize("reset", [False, True])
def test_a_server_that_drops_after_each_event(
    backend: Backend, open_stream: Callable[..., Any], reset: bool
) -> None:
    """A connection that is cut after every event, by an end or a reset, loses and doubles nothing."""
    backend.faults.update({"drop_after": 1, "reset": reset})
    stream = open_stream()
    for n in range(10):
        backend.publish({"event_type": "x", "n": n})
    stream.wait_for(10, timeout=20)
    eventually(lambda: stream.metrics["sse_reconnects_total"] >= 9)
    assert list(range(10)) == [event.data["n"] for event in stream.events]
