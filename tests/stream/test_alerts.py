"""`stream.alerts`, `ack`, `silence`: live, against the bundled backend; and what becomes of them."""

from __future__ import annotations

import gc
import json
import logging
import os
import threading
import weakref
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from raw_server import CHUNKED, RawServer, answer, chunk, gate, hold
from support import client_threads, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError, FilterError
from sse_notebook.source import posting, transport
from sse_notebook.source.policy import Backoff
from sse_notebook.stream.alerting import COLUMNS

Start = Callable[..., sse.EventStream]

TOKEN = "Zeisig-17"


def failed(build: str = "b-1", **fields: Any) -> dict[str, Any]:
    return {"event_type": "build_failed", "build_id": build, "message": "exit 1", **fields}


def publish(backend: Backend, stream: sse.EventStream, *events: dict[str, Any]) -> list[str]:
    """Publish, and wait until they are in, and toasts were asked for; their ids."""
    before, asked = stream.rows, sum(outcomes(stream).values())
    ids = backend.publish_all(events)
    stream.wait_for(before + len(events), timeout=10)
    eventually(lambda: sum(outcomes(stream).values()) == asked + len(events))
    return ids


def told(frame: pd.DataFrame, *columns: str) -> list[Any]:
    """Some columns, row by row, with None where there is nothing."""
    plain = frame[list(columns)].astype(object)
    return list(plain.where(plain.notna(), None).itertuples(index=False, name=None))


def outcomes(stream: sse.EventStream) -> dict[str, float]:
    return {
        outcome: stream.metrics.get(f'sse_toasts_total{{outcome="{outcome}"}}', 0)
        for outcome in ("shown", "suppressed")
    }


# -- what is told --------------------------------------------------------------------------------------------


def test_the_table_is_the_same_when_empty(backend: Backend, open_stream: Start) -> None:
    """Columns, dtypes and the index, whatever is in it."""
    stream = open_stream()
    empty = stream.alerts
    publish(backend, stream, failed(), {"event_type": "workload_status_update", "status": "degraded"})
    full = stream.alerts
    assert list(COLUMNS) == list(empty.columns) == list(full.columns)
    assert list(empty.dtypes) == list(full.dtypes)
    assert ("alert", 0, 2) == (empty.index.name, len(empty), len(full))
    assert ["firing", "acknowledged", "silenced", "resolved"] == list(full["state"].cat.categories)
    assert full["state"].cat.ordered
    assert stream.df["severity"].dtype == full["severity"].dtype
    assert [("firing", "error", "build.failed", "build", "b-1", 1, "exit 1")] == told(
        full.head(1), "state", "severity", "type", "resource_type", "resource_id", "count", "message"
    )
    assert ["#1", "#2"] == full.index.to_list()
    assert {"forgotten": 0} == full.attrs


def test_trouble_comes_and_goes(backend: Backend, open_stream: Start) -> None:
    """Counted, resolved by better news of the same family and resource, fired anew; also after the end."""
    stream = open_stream()
    publish(backend, stream, failed(), failed(message="exit 2"), {"event_type": "build_started"})
    assert [("firing", 2, "exit 2")] == told(stream.alerts, "state", "count", "message")
    publish(backend, stream, {"event_type": "build_complete", "build_id": "b-1"})
    assert [("resolved", 2)] == told(stream.alerts, "state", "count")
    publish(backend, stream, failed())
    stream.close()
    assert [("firing", 1)] == told(stream.alerts, "state", "count")


def test_a_view_has_the_alerts_of_its_rows(backend: Backend, open_stream: Start) -> None:
    """Those whose newest bad event is in it."""
    stream = open_stream()
    publish(backend, stream, failed(project_id="p-1"), failed("b-2", project_id="p-2"))
    assert ["b-1"] == stream.where(project_id="p-1").alerts["resource_id"].to_list()
    assert ["#2"] == stream.where(type="build.*").where(project_id="p-2").alerts.index.to_list()
    assert [] == stream.since("2100-01-01").alerts.index.to_list()


def test_trouble_outlives_its_rows(backend: Backend, open_stream: Start) -> None:
    """Cleared or evicted: the alert fires on, and counts on; better news resolves it."""
    stream = open_stream(max_rows=2)
    publish(backend, stream, failed())
    stream.store.clear_events()
    publish(backend, stream, failed(message="exit 2"), {"event_type": "error_report", "workload_id": "w-1"})
    publish(backend, stream, *[{"event_type": "deploy"}] * 2)
    assert {"deploy"} == set(stream.df["type"])
    assert [("firing", 2, "exit 2"), ("firing", 1, None)] == told(stream.alerts, "state", "count", "message")
    publish(backend, stream, {"event_type": "build_complete", "build_id": "b-1"})
    assert ["resolved", "firing"] == stream.alerts["state"].to_list()


# -- acknowledged --------------------------------------------------------------------------------------------


def test_an_acknowledgement_reaches_the_server(backend: Backend, open_stream: Start) -> None:
    """Who, when and what is in the table; the backend has it; no more toasts come of it."""
    stream = open_stream()
    (own,) = publish(backend, stream, failed())
    acked = stream.ack("b-1", note="rolled back", by="ann")
    assert [("acknowledged", "ann", "rolled back")] == told(acked, "state", "acked_by", "note")
    eventually(lambda: told(stream.alerts, "sent") == [(True,)])
    assert [own] == list(backend.acks)
    publish(backend, stream, failed(), failed("b-2"))
    assert {"shown": 2, "suppressed": 1} == outcomes(stream)
    last = stream.why(1).iloc[-1]
    assert ("suppressed", "acknowledged by ann: rolled back") == (last["outcome"], last["reason"])
    assert [("acknowledged", 2, True), ("firing", 1, None)] == told(stream.alerts, "state", "count", "sent")
    assert f"the server knows that event {own} is acknowledged" in stream.log["text"].to_list()
    eventually(lambda: "sse-notebook acks" not in client_threads())


def test_the_same_again_is_said_once(backend: Backend, open_stream: Start) -> None:
    """A cell that is run again changes nothing, and sends nothing."""
    stream = open_stream()
    publish(backend, stream, failed())
    first = stream.ack("b-1", note="mine")
    eventually(lambda: told(stream.alerts, "sent") == [(True,)])
    again = stream.ack("b-1", note="mine")
    assert told(first, "acked_at", "note") == told(again, "acked_at", "note")
    assert 1 == len(backend.acks) == stream.log["where"].to_list().count("alerts")


KEYS: dict[str, Any] = {
    "an alert": "#2",
    "a resource": "b-1",
    "a row": 1,
    "a type": "build.failed",
    "its other name": "build_failed",
    "a glob": "build.*",
    "an expression": 'data.n > 2 and severity == "error"',
    "a filter": sse.where(type="build.failed"),
    "an event": lambda stream: stream.last_event,
    "an event's id": lambda stream: stream.df["id"].iloc[1],
    "a number of numpy's": lambda stream: stream.df.index[1],
}


@pytest.mark.parametrize("name", KEYS)
def test_many_keys_mean_an_alert(name: str, backend: Backend, open_stream: Start) -> None:
    """Its id, a row, an event or its id, a resource, a type, a glob, an expression, a filter."""
    stream, key = open_stream(), KEYS[name]
    publish(backend, stream, {"event_type": "error_report", "workload_id": "w-1", "n": 1}, failed(n=3))
    meant = key(stream) if callable(key) and not isinstance(key, sse.Filter) else key
    assert ["#2"] == stream.ack(meant).index.to_list()
    assert [("firing",), ("acknowledged",)] == told(stream.alerts, "state")
    eventually(lambda: told(stream.alerts, "sent") == [(None,), (True,)])


def test_a_handler_can_acknowledge_its_event(backend: Backend, open_stream: Start) -> None:
    """It may be called before the read is done with; the alert is there for it all the same."""
    stream, failures = open_stream(), []

    @stream.on("build.failed")
    def seen(event: sse.Event) -> None:
        try:
            stream.ack(event, note="automatic")
        except ArgumentError as error:
            failures.append(error)

    for n in range(40):
        publish(backend, stream, *(failed(f"b-{n}-{k}") for k in range(3)))
    eventually(lambda: failures or (stream.alerts["state"] == "acknowledged").all())
    assert ([], 120) == (failures, len(stream.alerts))


def test_what_has_a_row_has_its_alert(backend: Backend, open_stream: Start) -> None:
    """Who reads in the middle of a read, which an observer holds up, has both or none."""
    stream, word = open_stream(), threading.Event()
    inside = threading.Event()

    def slow(_: Any) -> None:
        inside.set()
        word.wait(0.5)

    stream.store.observe(slow, "version")
    backend.publish(failed())
    assert inside.wait(10)
    assert 1 == len(stream.df)
    threading.Timer(0.05, word.set).start()
    assert ["acknowledged"] == stream.ack("b-1")["state"].to_list()
    stream.store.unobserve(slow, "version")


def test_the_event_that_is_named_is_the_one_that_the_server_hears_of(
    backend: Backend, open_stream: Start
) -> None:
    """And otherwise the newest of the alert."""
    stream = open_stream()
    ids = publish(backend, stream, failed(), failed(), failed("b-2"), failed("b-2"))
    stream.ack(ids[0])
    stream.ack("b-2")
    eventually(lambda: sorted(backend.acks) == sorted([ids[0], ids[3]]))


def test_what_means_nothing_is_an_error_that_says_what_there_is(backend: Backend, open_stream: Start) -> None:
    """With what was probably meant; a row that is in no trouble is told of as that."""
    stream = open_stream()
    with pytest.raises(ArgumentError, match="there are no alerts"):
        stream.ack("b-1")
    publish(backend, stream, failed("build-17"), {"event_type": "build_started", "build_id": "b-2"})
    for key, why in {
        "build-71": 'did you mean "build-17"',
        "build.faild": 'did you mean "build.failed"',
        1: "row 1 is of no alert: build.started, info",
        "b-2": '"b-2" is in no trouble: build.started, info',
        5: "no row 5 is kept",
        "zzz": "there are 1 alerts",
    }.items():
        with pytest.raises(ArgumentError, match=why):
            stream.ack(key)
    with pytest.raises(FilterError):
        stream.ack("data.n >")
    for wrong in (None, 1.5, True, "", object()):
        with pytest.raises(ArgumentError, match="ack takes a seq"):
            stream.ack(wrong)
    with pytest.raises(ArgumentError, match="note is a text"):
        stream.ack("build-17", note=5)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="by is a name"):
        stream.ack("build-17", by=" ")
    assert [("firing",)] == told(stream.alerts, "state")
    assert (
        [] == stream.ack("addon.*").index.to_list() == stream.ack(sse.where(severity="info")).index.to_list()
    )


def test_what_was_probably_meant_is_told_without_the_token(server: RawServer) -> None:
    """Should a server have it in its names."""
    told = [
        {"event_type": name, "build_id": f"b-{TOKEN}{n}"} for n, name in enumerate(["build_failed", TOKEN])
    ]
    rows = b"".join(b"data: %b\n\n" % json.dumps(each).encode() for each in told)
    stream = sse.connect(server.play("/events", [CHUNKED, chunk(rows), hold]), token=TOKEN)
    stream.wait_for(2, timeout=10)
    for key, why in {
        f"b-{TOKEN}7": 'there is no alert "b-***7", .*; did you mean "b-***0"',
        1: r"row 1 is of no alert: \*\*\*, info",
        f"b-{TOKEN}1": r'"b-\*\*\*1" is in no trouble: \*\*\*, info',
    }.items():
        with pytest.raises(ArgumentError, match=why.replace("b-***", r"b-\*\*\*")) as raised:
            stream.ack(key)
        assert TOKEN not in str(raised.value)


def test_what_is_over_is_told_and_stays_over(backend: Backend, open_stream: Start) -> None:
    """Another run of the cell, later, is no error."""
    stream = open_stream()
    publish(backend, stream, failed(), {"event_type": "build_complete", "build_id": "b-1"})
    assert [("resolved", None)] == told(stream.ack("b-1"), "state", "acked_at")
    assert {} == backend.acks


# -- where the server does not take it -----------------------------------------------------------------------


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "_BACKOFF", Backoff(initial=0.01, maximum=0.02, attempts=1))


def test_a_server_that_is_gone_harms_nobody(
    backend: Backend, open_stream: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alert is acknowledged here; that the server does not know is in the table and in the log."""
    quick(monkeypatch)
    stream = open_stream()
    (own,) = publish(backend, stream, failed())
    backend.stop()
    assert [("acknowledged",)] == told(stream.ack("b-1", note="n"), "state")
    eventually(lambda: told(stream.alerts, "sent") == [(False,)])
    text = stream.log.query("where == 'alerts'")["text"].iloc[-1]
    assert text.startswith(f"the server does not know that event {own} is acknowledged: ")
    assert text.endswith("ack() again tries again")
    backend.start()
    stream.ack("b-1", note="n")
    eventually(lambda: told(stream.alerts, "sent") == [(True,)])


def test_a_server_that_knows_no_acknowledgements(server: RawServer) -> None:
    """It answers what it answers; an event without an id is not asked about at all."""
    path = "/api/v1/events/stream"
    rows = b'id: 7\ndata: {"event_type": "build_failed", "build_id": "b-1"}\n\n'
    bare = b'data: {"event_type": "error_report", "workload_id": "w-1"}\n\n'
    server.play(path, [CHUNKED, chunk(bare + rows), hold])
    server.play("/api/v1/events/7/ack", [answer("404 Not Found")])
    stream = sse.connect(server.url(path), token="t-12345").wait_for(2, timeout=10)
    stream.ack("*")
    eventually(lambda: told(stream.alerts, "sent") == [(False,), (False,)])
    said = stream.log.query("where == 'alerts'")["text"].to_list()
    assert ["event (without an id) is acknowledged: the event has no id", "404 Not Found"] == [
        said[0].partition("that ")[2].partition(";")[0],
        said[1].partition("acknowledged: ")[2].partition(";")[0],
    ]
    assert [["t-12345"]] == [each.query["token"] for each in server.asked("/api/v1/events/7/ack")]


def test_other_servers_are_not_told(server: RawServer) -> None:
    """Only a platform has the route: any other endpoint is asked for its stream and for nothing else."""
    rows = b'id: 7\ndata: {"event_type": "build_failed", "build_id": "b-1"}\n\n'
    stream = sse.connect(server.play("/events", [CHUNKED, chunk(rows), hold]), token="t-12345")
    assert [("acknowledged", None)] == told(stream.wait_for(1, timeout=10).ack("b-1"), "state", "sent")
    assert [] == [name for name in client_threads() if "acks" in name]
    assert ["/events"] == [request.path for request in server.requests]


def test_closing_ends_what_is_on_its_way(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, however long the server may take, and it is said; nothing is left."""
    monkeypatch.setattr(transport, "POST_WITHIN", 1e6)
    path = "/api/v1/events/stream"
    rows = b'id: 7\ndata: {"event_type": "build_failed", "build_id": "b-1"}\n\n'
    server.play(path, [CHUNKED, chunk(rows), hold])
    server.play("/api/v1/events/7/ack", [hold])
    stream = sse.connect(server.url(path), token="t-12345").wait_for(1, timeout=10)
    stream.ack("b-1")
    eventually(lambda: server.asked("/api/v1/events/7/ack"))
    stream.close()
    eventually(lambda: told(stream.alerts, "sent") == [(False,)])
    assert stream.log["text"].str.contains("acknowledged: the stream was closed before").any()
    eventually(lambda: client_threads() == [])
    stream.ack("b-1", note="later")
    assert [(False, "later")] == told(stream.alerts, "sent", "note")


def test_a_stream_that_nobody_holds_sends_nothing_any_more(server: RawServer) -> None:
    """What it was sending ends with it: that keeps no stream alive."""
    path = "/api/v1/events/stream"
    rows = b'id: 7\ndata: {"event_type": "build_failed", "build_id": "b-1"}\n\n'
    server.play(path, [CHUNKED, chunk(rows), hold])
    server.play("/api/v1/events/7/ack", [hold])
    stream = sse.connect(server.url(path), token="t-12345").wait_for(1, timeout=10)
    stream.ack("b-1")
    eventually(lambda: server.asked("/api/v1/events/7/ack"))
    held = weakref.ref(stream)
    del stream
    eventually(lambda: gc.collect() >= 0 and held() is None)
    eventually(lambda: client_threads() == [])


# -- silenced ------------------------------------------------------------------------------------------------


def test_a_silence_keeps_toasts_off(
    backend: Backend, open_stream: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """Of what fits, while it holds; the events are kept, counted, and in the log with the reason."""
    caplog.set_level(logging.DEBUG, "sse_notebook")
    stream = open_stream()
    silence = stream.silence("build.*", "1h", reason="deploy 2.4")
    publish(backend, stream, failed(), failed("b-2"), {"event_type": "error_report", "workload_id": "w-1"})
    assert {"shown": 1, "suppressed": 2} == outcomes(stream)
    assert [("silenced", "deploy 2.4"), ("silenced", "deploy 2.4"), ("firing", None)] == told(
        stream.alerts, "state", "reason"
    )
    assert [silence.until] * 2 == stream.alerts["silenced_until"].dropna().to_list()
    assert [('type == "build.*"', "deploy 2.4", silence.until, 2)] == told(
        stream.silences, "filter", "reason", "until", "suppressed"
    )
    why = f'silenced: deploy 2.4; until {silence.until:%H:%M:%S} UTC: type == "build.*"'
    assert 2 == [record.getMessage() for record in caplog.records].count(
        f"[EventToast] build.failed suppressed: {why}"
    )
    assert why == stream.why(0)["reason"].iloc[-1]
    assert (True, 2) == (silence.active, silence.suppressed)
    assert f'<Silence type == "build.*": until {silence.until:%H:%M:%S} UTC, deploy 2.4>' == repr(silence)
    silence.lift()
    silence.lift()
    assert (False, '<Silence type == "build.*": ended, deploy 2.4>') == (silence.active, repr(silence))
    publish(backend, stream, failed())
    assert {"shown": 2, "suppressed": 2} == outcomes(stream)
    assert [] == stream.silences["filter"].to_list()


def test_a_long_silence_says_on_which_day_it_ends(backend: Backend, open_stream: Start) -> None:
    """Where it is shown, and in what was said."""
    stream = open_stream()
    silence = stream.silence("build.*", "3d")
    until = f"until {silence.until:%Y-%m-%d %H:%M:%S} UTC"
    assert f'<Silence type == "build.*": {until}>' == repr(silence)
    assert [f'type == "build.*" silenced {until}'] == stream.alert_log["text"].to_list()


@pytest.mark.parametrize(
    ("given", "fields", "expected"),
    [
        ("build.*", {}, 'type == "build.*"'),
        ("build_failed", {}, 'type == "build_failed"'),
        ("*", {}, 'type == "*"'),
        ("data.n > 3", {}, "data.n > 3"),
        ("True", {}, "True"),
        (None, {"project_id": "p-1"}, 'project_id == "p-1"'),
        ("build.*", {"project_id": "p-1"}, 'type == "build.*" and project_id == "p-1"'),
        ("data.n > 3", {"project_id": "p-1"}, 'data.n > 3 and project_id == "p-1"'),
        (sse.where(severity="error"), {}, 'severity == "error"'),
    ],
)
def test_what_can_be_silenced(given: Any, fields: dict[str, str], expected: str, open_stream: Start) -> None:
    """A type, a glob, an expression, a filter, fields; for a text, a number, a timedelta."""
    stream = open_stream()
    before = datetime.now(UTC)
    for duration in ("90s", 90, timedelta(seconds=90)):
        with stream.silence(given, duration, **fields) as silence:
            assert expected == str(silence.filter) == stream.silences["filter"].iloc[0]
            assert (
                before + timedelta(seconds=90) <= silence.until <= datetime.now(UTC) + timedelta(seconds=90)
            )
        assert not silence.active


def test_what_cannot_be_silenced_is_refused(backend: Backend, open_stream: Start) -> None:
    """With what can be."""
    stream = open_stream()
    publish(backend, stream, failed())
    for wrong, why in [
        ((), "silence what"),
        ((lambda event: True,), "no callable"),
        ((stream.last_event,), "silence takes a filter"),
        (("#1",), "silence takes a filter"),
        (("build.*", "soon"), "duration is a length of time"),
        (("build.*", -5), "duration is a length of time"),
        (("build.*", "1h", 7), "reason is a text"),
    ]:
        with pytest.raises(ArgumentError, match=why):
            stream.silence(*wrong)  # type: ignore[arg-type]
    with pytest.raises(FilterError):
        stream.silence("typ == 'x'")
    assert 0 == len(stream.silences)


def test_a_resource_is_silenced_as_one(backend: Backend, open_stream: Start) -> None:
    """As a type it would silence nothing, and nobody would hear of it; what is a type, too, is a type."""
    stream = open_stream()
    stream.silence("b-1").lift()  # it is not known yet
    publish(backend, stream, failed("b-1"), failed("build.failed"))
    with pytest.raises(ArgumentError, match=r"silence\(resource_id='b-1'\)"):
        stream.silence("b-1")
    stream.silence(resource_id="b-1")
    stream.silence("build.failed")
    assert 2 == len(stream.silences)


def test_what_is_added_by_hand_fires_nothing(open_stream: Start) -> None:
    """Whoever wants to acknowledge it is told why there is no alert, by its `seq` and by its id."""
    stream = open_stream()
    event = stream.store.add_event({"type": "build.failed", "severity": "error", "id": "mine"})
    assert 0 == len(stream.alerts)
    for key in ("mine", event.seq, event):
        with pytest.raises(ArgumentError, match="what is added by hand fires no alert"):
            stream.ack(key)


def test_mutes_are_silences_and_stay_mutes(backend: Backend, open_stream: Start) -> None:
    """Each list has what is its own; a mute said again as a silence is the same one."""
    stream = open_stream()
    stream.mute("build.*", duration="1h")
    stream.silence('severity == "warning"')
    assert ["build.*"] == stream.mutes["type"].to_list()
    assert ['type == "build.*"', 'severity == "warning"'] == stream.silences["filter"].to_list()
    publish(backend, stream, failed())
    assert [1] == stream.mutes["suppressed"].to_list()
    assert [("silenced",)] == told(stream.alerts, "state")
    stream.silence("build.*", "2h", reason="longer")
    assert [("longer", 1)] == told(stream.silences, "reason", "suppressed")[:1]
    stream.unmute()
    assert ['severity == "warning"'] == stream.silences["filter"].to_list()


# -- forgotten -----------------------------------------------------------------------------------------------


def test_who_logs_out_may_leave_nothing(backend: Backend, open_stream: Start) -> None:
    """`logout(clear=True)` forgets alerts and their toasts with the rows; without it they stay."""
    stream = open_stream()
    publish(backend, stream, failed())
    stream.logout()
    assert 1 == len(stream.alerts)
    stream.logout(clear=True)
    assert (0, 0, []) == (len(stream.alerts), len(stream.df), stream.toast_board.board().toasts)


# -- on record -----------------------------------------------------------------------------------------------


def test_a_note_has_no_token_in_it(backend: Backend, open_stream: Start, tmp_path: Path) -> None:
    """Whoever wrote it there: not in the table, not in the log, not in a file."""
    token = backend.token()
    stream = open_stream(token=token)
    recording = stream.record(tmp_path / "a.ssecast")
    publish(backend, stream, failed())
    stream.ack("b-1", note=f"curl -H {token}", by=f"ann {token}"[:200])
    silence = stream.silence(f'message == "{token}"', reason=f"see {token}")
    publish(backend, stream, failed())
    saved = stream.save(tmp_path / "b.ssecast")
    stream.close()
    shown = [stream.alerts.to_csv(), stream.silences.to_csv(), repr(silence), stream.log.to_csv()]
    shown += [recording.path.read_text(), saved.read_text(), stream.why(1).to_csv()]
    assert [] == [text for text in shown if token in text or token[:40] in text]
    assert ["curl -H ***"] == stream.alerts["note"].to_list()
    assert (
        stream.alert_log["text"]
        .iloc[0]
        .startswith("build.failed of b-1 acknowledged by ann ***: curl -H ***")
    )
    assert token[:40] not in stream.alert_log.to_csv()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_in_a_forked_child(server: RawServer) -> None:
    """What is on its way is the parent's, which goes on with it; what the child says, the child sends."""
    path = "/api/v1/events/stream"
    rows = b"".join(
        b'id: %d\ndata: {"event_type": "build_failed", "build_id": "b-%d"}\n\n' % (n, n) for n in range(3)
    )
    word, wait = gate()
    server.play(path, [CHUNKED, chunk(rows), hold])
    server.play("/api/v1/events/0/ack", [wait, answer("200 OK")])
    for n in (1, 2):
        server.play(f"/api/v1/events/{n}/ack", [answer("200 OK")])
    stream = sse.connect(server.url(path), token=TOKEN).wait_for(3, timeout=10)
    stream.ack("b-0")
    stream.ack("b-1")  # which waits behind it
    eventually(lambda: server.asked("/api/v1/events/0/ack"))
    child = os.fork()
    if child == 0:
        try:
            stream.ack("b-2")
            eventually(lambda: told(stream.alerts, "sent")[2] == (True,), timeout=10)
            stream.close()
            os._exit(0)
        finally:
            os._exit(1)
    assert (child, 0) == os.waitpid(child, 0)
    word.set()
    eventually(lambda: told(stream.alerts, "sent") == [(True,), (True,), (None,)])
    assert [1, 1, 1] == [len(server.asked(f"/api/v1/events/{n}/ack")) for n in range(3)]


def test_a_button_on_toasts_acknowledges(backend: Backend, open_stream: Start) -> None:
    """As any button of one's own: pressed, it acknowledges the alert of the toast's newest event."""
    stream = open_stream()
    stream.toast_action("Acknowledge", stream.ack, type="build.failed")
    widget = stream.widget()
    publish(backend, stream, failed(), failed("b-2"))
    eventually(lambda: [toast["count"] for toast in widget.toasts] == [2])
    (toast,) = widget.toasts
    assert ["Acknowledge"] == toast["actions"]
    press = {"do": "action", "label": "Acknowledge", "toast": toast["id"], "seq": toast["seq"]}
    widget._handle_custom_msg(press, [])
    assert [("b-1", "firing"), ("b-2", "acknowledged")] == told(stream.alerts, "resource_id", "state")
