"""`connect(vocabulary="…")`: what a server sends comes out as rows, through a real socket."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from events.vocabulary_wires import WIRES, Row, bytes_of
from raw_server import STREAM, RawServer, gate, hold
from support import QUICK, eventually

import sse_notebook as sse
from sse_notebook.errors import ArgumentError
from sse_notebook.events.builtin import NAMES

COLUMNS = ["type", "id", "resource_type", "resource_id", "message", "severity", "status", "priority"]


def expected(row: Row) -> list[Any]:
    return [row.type, row.id, *row.resource, row.message, row.severity, row.status, row.priority]


def shown(df: pd.DataFrame) -> list[list[Any]]:
    return df[COLUMNS].astype(object).where(df[COLUMNS].notna(), None).to_numpy().tolist()


@pytest.mark.parametrize("name", NAMES)
def test_a_servers_stream_is_its_rows(server: RawServer, name: str) -> None:
    """The rows of the fixture with their times, and no others; what is control or discarded is counted."""
    wire = WIRES[name]
    url = server.play("/stream", [STREAM, bytes_of(name), hold])
    with sse.connect(url, vocabulary=name, **QUICK) as stream:
        df = stream.wait_for(len(wire.rows), timeout=20).df
        total = len(wire.rows) + len(wire.control) + wire.discarded
        eventually(lambda: total == sum(by_type(stream.metrics).values()))
        assert [expected(row) for row in wire.rows] == shown(df)
        own = df["timestamp"] != df["received_at"]
        assert [row.time for row in wire.rows] == [
            time.isoformat() if is_own else None for time, is_own in zip(df["timestamp"], own, strict=True)
        ]
        metrics = stream.metrics
        assert len(wire.rows) == metrics["sse_events_stored_total"]
        assert len(wire.control) == metrics.get("sse_events_control_total", 0)
        assert wire.discarded == metrics['sse_events_invalid_total{why="discarded"}']
        assert [] == stream.log.query("level == 'ERROR'")["text"].to_list()


def by_type(metrics: Any) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if name.startswith("sse_events_received_total")}


def test_pocketbase_says_what_it_calls_the_connection(server: RawServer) -> None:
    """The greeting takes no row, and tells an observer, at each connection, whom to subscribe."""
    greeting = 'id:{0}\nevent:PB_CONNECT\ndata:{{"clientId":"{0}"}}\n\n'
    url = server.play(
        "/stream",
        [STREAM, greeting.format("one").encode()],
        [STREAM, greeting.format("two").encode(), hold],
    )
    heard: list[str | None] = []
    with sse.connect(url, vocabulary="pocketbase", **QUICK) as stream:
        stream.store.observe(lambda change: heard.append(change["new"].connection_id), "connection")
        eventually(lambda: "two" in heard)
        assert "two" == stream.connection.connection_id
        assert 0 == len(stream.df)


def test_a_greeting_inside_is_none(server: RawServer) -> None:
    """Only the first message of a connection may name it."""
    greeting = b'id:x\nevent:PB_CONNECT\ndata:{"clientId":"%s"}\n\n'
    record = b'id:x\nevent:a/*\ndata:{"action":"create","record":{"id":"r"}}\n\n'
    url = server.play("/stream", [STREAM, greeting % b"one", record, greeting % b"two", record, hold])
    with sse.connect(url, vocabulary="pocketbase", **QUICK) as stream:
        assert ["r", "r"] == stream.wait_for(2, timeout=20).df["id"].to_list()
        assert "one" == stream.connection.connection_id


def test_a_vocabulary_is_a_setting(server: RawServer) -> None:
    """To connect again with another name changes how the running stream reads from then on."""
    message = json.dumps({"id": "Xy", "time": 1635528909, "event": "message", "topic": "t"})
    data = f"data: {message}\n\n".encode()
    again, wait = gate()
    url = server.play("/stream", [STREAM, data, wait, data, hold])
    with sse.connect(url, **QUICK) as stream:
        stream.wait_for(1, timeout=20)
        assert stream is sse.connect(url, vocabulary="ntfy", **QUICK)
        again.set()
        assert [None, "Xy"] == [event.id for event in stream.wait_for(2, timeout=20).events]


def test_an_unknown_vocabulary_is_an_error_at_once() -> None:
    """It says what may have been meant, and what there is; nothing is asked of any server."""
    with pytest.raises(ArgumentError, match=r"did you mean 'ntfy'.*wikimedia"):
        sse.connect("http://127.0.0.1:9/stream", vocabulary="ntfi")
    assert [] == sse.streams()


def test_a_store_alone_knows_them_too() -> None:
    """`EventStore` takes a name as `connect` does, and the same error for one that is none."""
    store = sse.EventStore(vocabulary="home_assistant")
    store.add_event({"event_type": "state_changed", "data": {"entity_id": "light.x"}})
    assert ("entity", "light.x") == (store.events[0].resource_type, store.events[0].resource_id)
    with pytest.raises(ArgumentError, match="did you mean 'ntfy'"):
        sse.EventStore(vocabulary="ntfi")
    with pytest.raises(ArgumentError, match="vocabulary"):
        sse.EventStore(vocabulary=5)  # type: ignore[arg-type]


def test_the_help_names_them_all() -> None:
    """`help(sse.connect)` lists each built-in vocabulary."""
    assert sse.connect.__doc__
    assert [] == [name for name in NAMES if f'"{name}"' not in sse.connect.__doc__]
