"""faults: every switch, by what it does to a real connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sse_notebook.backend import Backend, Faults

Listen = Callable[..., Any]  # the fixture of conftest.py
EVENT = {"event_type": "build_failed", "timestamp": 1, "message": "größer"}


def rest_of(listener: Any) -> list[str | None]:
    """The ids until the proper end; raises where the connection is cut."""
    ids = []
    while (got := listener.next()) is not None:
        ids += [got.id] if got.id else []
    return ids


@pytest.mark.parametrize("status", [204, 301, 401, 403, 404, 429, 500, 503])
def test_status_answers_instead_of_the_stream(backend: Backend, listen: Listen, status: int) -> None:
    """Every request gets the status, good token or not, until the switch is cleared."""
    backend.faults.status = status
    assert [status, status] == [listen(backend).status, listen(backend, token=None).status]
    assert [status, status] == [r.status for r in backend.requests]
    backend.faults.clear()
    assert 200 == listen(backend).status


def test_status_times_counts_down(backend: Backend, listen: Listen) -> None:
    """With status_times=2 two requests are refused and the third gets its stream."""
    backend.faults.update({"status": 503, "status_times": 2})
    assert [503, 503] == [listen(backend).status for _ in range(2)]
    assert (None, None) == (backend.faults.status, backend.faults.status_times)
    assert 200 == listen(backend).status


def test_the_answer_of_a_status_can_be_chosen(backend: Backend, listen: Listen) -> None:
    """Body, type and headers of the answer are what was set, as in a proxy's page or a redirect."""
    backend.faults.update(
        {
            "status": 503,
            "body": "<html>busy</html>",
            "content_type": "text/html",
            "headers": {"Retry-After": "7", "Location": "http://other.invalid/"},
        }
    )
    listener = listen(backend)
    assert b"<html>busy</html>" == listener.body()
    assert ("text/html", "7", "http://other.invalid/") == tuple(
        listener.headers[name] for name in ("content-type", "retry-after", "location")
    )


def test_only_streams_are_touched(backend: Backend) -> None:
    """Publishing and health go on while streams are refused."""
    backend.faults.status = 500
    answer = httpx.post(f"{backend.url}/api/v1/events", params={"token": backend.token()}, json=EVENT)
    assert (201, 200) == (answer.status_code, httpx.get(f"{backend.url}/healthz").status_code)


def test_content_type_of_a_stream(backend: Backend, listen: Listen) -> None:
    """The stream goes on under another name."""
    backend.faults.content_type = "text/html"
    listener = listen(backend)
    assert (200, "text/html") == (listener.status, listener.headers["content-type"])
    assert "connected" == listener.next().event


def test_the_head_can_be_held_back(backend: Backend, listen: Listen) -> None:
    """No byte of the answer comes until it is released; what was published meanwhile is for nobody."""
    backend.faults.headers_delay = True
    listener = listen(backend, head=False)
    backend.wait_for_requests(1)
    assert listener.silent_for(0.1)
    assert (0, None) == (backend.connections, backend.requests[0].status)
    backend.faults.headers_delay = False
    listener.head()
    assert (200, "connected") == (listener.status, listener.next().event)


def test_who_leaves_before_the_head_is_forgotten(backend: Backend, listen: Listen) -> None:
    """A client that gives up while the head is held back leaves nothing behind."""
    backend.faults.headers_delay = True
    listener = listen(backend, head=False)
    backend.wait_for_requests(1)
    listener.close()
    for _ in range(3):  # by the time these are answered, the end of the first has long been read
        httpx.get(f"{backend.url}/healthz")
    assert set() == backend._context.connections
    backend.faults.headers_delay = False
    assert (0, 0) == (backend.connections, backend.connections_total)


def test_stall_sends_nothing_and_then_everything(listen: Listen) -> None:
    """While stalled an open stream brings no byte, heartbeats included; then what waited comes, once."""
    with Backend(heartbeat=0.02) as backend:
        listener = listen(backend)
        assert "heartbeat" == listener.take(2)[1].event
        backend.faults.stall = True
        while not listener.silent_for(0.2):
            listener.next()  # what was on its way
        ids = [backend.publish(EVENT) for _ in range(3)]
        assert listener.silent_for(0.2)
        backend.faults.stall = False
        after = listener.take(5)  # the heartbeats that were due are one
    assert [None, *ids, None] == [e.id for e in after]
    assert ["heartbeat", "heartbeat"] == [after[0].event, after[-1].event]


def test_a_stall_stops_what_is_being_sent(backend: Backend, listen: Listen) -> None:
    """A stall that begins while much is being sent stops it on the way; the rest comes afterwards, once."""
    listener = listen(backend)
    backend.wait_for_connections(1)
    # 15 MB: more than all the sockets' buffers hold
    ids = [backend.publish({**EVENT, "filler": "x" * 5000}) for _ in range(3000)]
    backend.faults.stall = True
    pieces = []
    while not listener.silent_for(0.2):
        pieces.append(listener.chunk())
    arrived = b"".join(pieces).count(b"\nid: ")
    assert 0 < arrived < len(ids)
    backend.faults.stall = False
    assert ids[arrived:] == [e.id for e in listener.data(len(ids) - arrived)]


def test_a_stalled_server_still_accepts(backend: Backend, listen: Listen) -> None:
    """A new stream gets its head and then nothing, not even `connected`, until the stall is over."""
    backend.faults.stall = True
    listener = listen(backend)
    assert 200 == listener.status
    assert listener.silent_for(0.1)
    backend.faults.stall = False
    assert "connected" == listener.next().event


def test_a_stalled_stream_stays_open_when_its_queue_is_full(listen: Listen) -> None:
    """A stall is not ended by what waits behind it: the end for a full queue comes when the stall is over."""
    with Backend(heartbeat=None, queue=3) as backend:
        listener = listen(backend)
        listener.next()
        backend.faults.stall = True
        ids = backend.publish_all([EVENT] * 5)
        assert listener.silent_for(0.2)
        assert 1 == backend.connections
        backend.faults.stall = False
        assert ids[:3] == rest_of(listener)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_drop_after_cuts_after_exactly_n_events(backend: Backend, listen: Listen, n: int) -> None:
    """The n-th event arrives whole, the next does not, and the body never ends properly."""
    backend.faults.drop_after = n
    ids = [backend.publish(EVENT) for _ in range(5)]
    listener = listen(backend, since="0")
    assert ["connected", *["build_failed"] * n] == [e.event for e in listener.take(n + 1)]
    with pytest.raises(EOFError):
        listener.next()
    backend.wait_for_connections(0)
    again = listen(backend, headers={"Last-Event-ID": ids[0]})
    assert ids[1 : n + 1] == [e.id for e in again.take(n + 1) if e.id]
    assert 2 == backend.connections_total


def test_drop_after_takes_what_was_large(backend: Backend, listen: Listen) -> None:
    """The events before the cut arrive whole, also when they are more than the socket takes at once."""
    backend.faults.drop_after = 5
    for _ in range(6):
        backend.publish({**EVENT, "filler": "x" * 2_000_000})
    listener = listen(backend, since="0")
    assert 5 == len(listener.data(5))
    with pytest.raises(EOFError):
        listener.next()


def test_drop_now_cuts_what_is_open(
    backend: Backend, listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    """Every open stream is cut in the middle, silently, and a new one is served as ever."""
    listeners = [listen(backend) for _ in range(3)]
    backend.wait_for_connections(3)
    backend.faults.drop_now()
    for listener in listeners:
        with pytest.raises(EOFError):
            rest_of(listener)
    backend.wait_for_connections(0)
    assert "connected" == listen(backend).next().event
    assert [] == caplog.messages


def test_a_cut_is_a_protocol_error_to_httpx(backend: Backend) -> None:
    """A real client sees a body that was not finished, not an end."""
    with httpx.stream("GET", backend.stream_url, params={"token": backend.token()}) as response:
        backend.wait_for_connections(1)
        backend.drop_all()
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            response.read()


def test_reset_is_a_connection_reset(backend: Backend, listen: Listen) -> None:
    """With `reset` a cut reaches the client as an error of the connection."""
    backend.faults.reset = True
    listener = listen(backend)
    backend.wait_for_connections(1)
    backend.drop_all()
    with pytest.raises(ConnectionResetError):
        rest_of(listener)


def test_end_all_is_no_cut(backend: Backend, listen: Listen) -> None:
    """Ending all streams finishes their bodies after what was published before."""
    listener = listen(backend)
    backend.wait_for_connections(1)
    ids = [backend.publish(EVENT) for _ in range(3)]
    backend.end_all()
    assert ids == rest_of(listener)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_split_cuts_the_bytes_anywhere(backend: Backend, listen: Listen, n: int) -> None:
    """The body comes in pieces of n bytes, through characters, and together they are the same bytes."""
    id_ = backend.publish(EVENT)
    data = '{"event_type":"build_failed","timestamp":1,"message":"größer"}'
    whole = f"event: build_failed\nid: {id_}\ndata: {data}\n\n"
    backend.faults.split = n
    listener = listen(backend, since="0")
    pieces = [listener.chunk()]
    while not b"".join(pieces).endswith(whole.encode()):
        pieces.append(listener.chunk())
    assert {n} == {len(piece) for piece in pieces[:-1]}
    if n == 1:
        assert "ö".encode()[:1] in pieces


@pytest.mark.parametrize("ending", ["\r", "\r\n"])
def test_line_endings(backend: Backend, listen: Listen, ending: str) -> None:
    """All lines of all events, the opening included, end as the switch says."""
    id_ = backend.publish(EVENT)
    backend.faults.update({"line_ending": ending, "retry": 5})
    listener = listen(backend, since="0")
    body = listener.chunk().decode()
    assert {"", "retry: 5", "event: connected", "event: build_failed", f"id: {id_}"} <= set(
        body.split(ending)
    )
    assert "\n" not in body.replace(ending, "")
    assert body.endswith(ending * 2)


def test_bom_and_retry_open_the_stream(backend: Backend, listen: Listen) -> None:
    """The byte order mark comes first of all, then the reconnection time, then `connected`; once."""
    backend.faults.update({"bom": True, "retry": 250})
    listener = listen(backend)
    assert listener.chunk().startswith(b"\xef\xbb\xbfretry: 250\n\nevent: connected\n")
    backend.publish(EVENT)
    assert listener.chunk().startswith(b"event: build_failed\n")


@pytest.mark.parametrize(
    "bad",
    [
        {"status": 99},
        {"status": 600},
        {"status": True},
        {"status": "500"},
        {"drop_after": -1},
        {"split": 0},
        {"stall": 1},
        {"line_ending": "\n\n"},
        {"content_type": "a\r\nb: c"},
        {"headers": {"a": "b\r\nc"}},
        {"headers": {"a": 1}},
        {"body": 1},
        {"retry": -1},
        {"no_such_fault": 1},
    ],
)
def test_a_wrong_switch_is_refused(bad: dict[str, Any]) -> None:
    """What makes no sense raises, says which switch, and sets nothing of the same update."""
    faults = Faults()
    with pytest.raises(ValueError, match=next(iter(bad))):
        faults.update({"stall": True, **bad})
    assert Faults() == faults


def test_a_wrong_attribute_is_refused() -> None:
    """Setting an attribute checks like an update does."""
    with pytest.raises(ValueError, match=r"faults\.split"):
        Faults().split = 0


def test_switches_over_http(backend: Backend) -> None:
    """Where it is enabled, whoever has a token can set the switches, and sees how they stand."""
    url, params = f"{backend.url}/api/v1/_faults", {"token": backend.token()}
    answer = httpx.post(url, params=params, json={"status": 503, "body": "no"})
    assert (200, 503, "no") == (answer.status_code, answer.json()["status"], backend.faults.body)
    assert 400 == httpx.post(url, params=params, json={"split": 0}).status_code
    assert 400 == httpx.post(url, params=params, json=[]).status_code
    assert 401 == httpx.post(url, json={"clear": True}).status_code
    assert httpx.post(url, params=params, json={"clear": True, "bom": True}).json()["bom"] is True
    assert (None, True) == (backend.faults.status, backend.faults.bom)


def test_drop_now_over_http(backend: Backend, listen: Listen) -> None:
    """`drop_now` cuts the open streams, and the answer still arrives."""
    listener = listen(backend)
    backend.wait_for_connections(1)
    url, params = f"{backend.url}/api/v1/_faults", {"token": backend.token()}
    assert 200 == httpx.post(url, params=params, json={"drop_now": True}).status_code
    with pytest.raises(EOFError):
        rest_of(listener)


def test_switches_are_not_reachable_unless_enabled() -> None:
    """By default there is no such route."""
    with Backend() as backend:
        url, params = f"{backend.url}/api/v1/_faults", {"token": backend.token()}
        assert 404 == httpx.post(url, params=params, json={}).status_code


def test_parameters_that_are_ignored(backend: Backend, listen: Listen) -> None:
    """A stream that asks for one project gets all, where that is ignored; what else it asks for counts."""
    backend.faults.ignore_filters = ["project_id"]
    listener = listen(backend, project_id="p-1", event_types="a")
    backend.wait_for_connections(1)
    for project, name in (("p-1", "a"), ("p-2", "a"), ("p-2", "b"), ("p-3", "a")):
        backend.publish({"event_type": name, "project_id": project})
    assert ["p-1", "p-2", "p-3"] == [each.payload["project_id"] for each in listener.data(3)]
    with pytest.raises(ValueError, match="ignore_filters"):
        backend.faults.ignore_filters = ["colour"]


def test_what_is_held_back(backend: Backend, listen: Listen) -> None:
    """Each third that fits is not sent to who asks for something; who asks for all gets all."""
    backend.faults.hold_back = 3
    some, everything = listen(backend, project_id="p-1"), listen(backend)
    backend.wait_for_connections(2)
    for n in range(8):
        backend.publish({"event_type": "a", "project_id": f"p-{n % 2}", "n": n})
    backend.publish({"event_type": "a", "project_id": "p-1", "n": 9})
    assert [1, 3, 7, 9] == [each.payload["n"] for each in some.data(4)]
    assert [*range(8), 9] == [each.payload["n"] for each in everything.data(9)]
