"""connection, and the stream's route: what a client gets, over a real socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sse_notebook.backend import Backend

Listen = Callable[..., Any]  # the fixture of conftest.py


def event(**fields: Any) -> dict[str, Any]:
    return {"event_type": "build_failed", **fields}


def test_the_head_is_an_event_streams(backend: Backend, listen: Listen) -> None:
    """The answer is an event stream that no cache keeps and no proxy holds back."""
    listener = listen(backend)
    assert 200 == listener.status
    assert "text/event-stream" == listener.headers["content-type"]
    assert "no-store" == listener.headers["cache-control"]
    assert "no" == listener.headers["x-accel-buffering"]


def test_connected_comes_first(backend: Backend, listen: Listen) -> None:
    """The first event is `connected`, without an id, with its own connection id and nothing resumed."""
    before = time.time()
    opened = [listen(backend).next() for _ in range(2)]
    for first in opened:
        assert ("connected", None) == (first.event, first.id)
        assert "connected" == first.payload["event_type"]
        assert before - 1 <= first.payload["timestamp"] <= time.time() + 1
        assert {"from": None, "replayed": 0, "complete": None} == first.payload["resume"]
    assert opened[0].payload["connection_id"] != opened[1].payload["connection_id"]


def test_one_publish_reaches_every_client(backend: Backend, listen: Listen) -> None:
    """What is published comes to all open streams with its name, its id and its whole payload."""
    listeners = [listen(backend) for _ in range(3)]
    backend.wait_for_connections(3)
    sent = event(timestamp=12, data={"duration": 1.5}, message="größer")
    id_ = backend.publish(sent)
    for listener in listeners:
        (got,) = listener.data(1)
        assert ("build_failed", id_, sent) == (got.event, got.id, got.payload)


def test_a_missing_timestamp_is_added(backend: Backend, listen: Listen) -> None:
    """An event without a time gets the time of publishing, in seconds."""
    listener = listen(backend)
    backend.wait_for_connections(1)
    before = time.time()
    backend.publish(event())
    assert before - 1 <= listener.data(1)[0].payload["timestamp"] <= time.time() + 1


def test_filters_of_the_query(backend: Backend, listen: Listen) -> None:
    """The stream brings what all its filters let through, and nothing else."""
    listener = listen(
        backend, project_id="p-1", resource_type="build", event_types="build_failed,build_complete"
    )
    backend.wait_for_connections(1)
    build = {"project_id": "p-1", "resource_type": "build"}
    backend.publish(event(project_id="p-2", resource_type="build"))
    backend.publish(event(project_id="p-1", resource_type="workload"))
    backend.publish({"event_type": "error_report", **build})
    expected = backend.publish(event(**build))
    assert expected == listener.data(1)[0].id


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_token_may_be_in_the_header(backend: Backend, listen: Listen, scheme: str) -> None:
    """`Authorization: Bearer` is as good as `?token=`."""
    listener = listen(backend, token=None, headers={"Authorization": f"{scheme} {backend.token()}"})
    assert 200 == listener.status
    assert "header" == backend.requests[-1].auth


@pytest.mark.parametrize("token", [None, "nonsense", "expired"])
def test_without_a_good_token_it_is_401(backend: Backend, listen: Listen, token: str | None) -> None:
    """A missing, wrong or expired token is 401 with a reason in JSON, and opens nothing."""
    if token == "expired":
        token = backend.token(expires_in=-1)
    listener = listen(backend, token=token)
    assert 401 == listener.status
    assert "Bearer" == listener.headers["www-authenticate"]
    assert b'{"error":"' in listener.body()
    assert (0, 0, [401]) == (
        backend.connections,
        backend.connections_total,
        [r.status for r in backend.requests],
    )


def test_an_open_stream_ends_with_its_token(backend: Backend, listen: Listen) -> None:
    """When the token expires the stream is finished properly, and the same token does not open another."""
    token = backend.token(expires_in=1.5)
    listener = listen(backend, token=token)
    assert "connected" == listener.next().event
    assert listener.next() is None
    assert 401 == listen(backend, token=token).status
    backend.wait_for_connections(0)


def test_an_expired_stream_ends_even_if_nobody_reads(backend: Backend, listen: Listen) -> None:
    """A client that takes nothing is cut soon after its token has expired."""
    listen(backend, token=backend.token(expires_in=1.5))
    backend.wait_for_connections(1)
    backend.publish_raw(b": filler\n" * 2_000_000)  # more than all buffers on the way hold
    backend.wait_for_connections(0)


def test_heartbeats_go_on(listen: Listen) -> None:
    """Heartbeats come again and again, without an id, each with its own time."""
    with Backend(heartbeat=0.02) as backend:
        listener = listen(backend)
        beats = listener.take(4)[1:]
    assert {("heartbeat", None)} == {(beat.event, beat.id) for beat in beats}
    times = [beat.payload["timestamp"] for beat in beats]
    assert sorted(set(times)) == times


def test_heartbeats_can_be_off(backend: Backend, listen: Listen) -> None:
    """With heartbeat=None only `connected` comes by itself."""
    listener = listen(backend)
    listener.next()
    assert listener.silent_for(0.1)


def test_resume_by_header_goes_on_where_it_was(backend: Backend, listen: Listen) -> None:
    """With Last-Event-ID everything after that id comes, then what is live, each once."""
    ids = [backend.publish(event(n=n)) for n in range(5)]
    listener = listen(backend, headers={"Last-Event-ID": ids[1]})
    first = listener.next()
    assert {"from": ids[1], "replayed": 3, "complete": True} == first.payload["resume"]
    ids.append(backend.publish(event(n=5)))
    assert ids[2:] == [e.id for e in listener.data(4)]


def test_resume_by_query(backend: Backend, listen: Listen) -> None:
    """`?last_event_id=` does the same for clients that cannot set headers."""
    ids = [backend.publish(event()) for _ in range(3)]
    assert ids[1:] == [e.id for e in listen(backend, last_event_id=ids[0]).data(2)]


def test_the_header_wins_over_the_query(backend: Backend, listen: Listen) -> None:
    """A reconnecting client updates the header; the query is from its first attempt, as is `since`."""
    ids = [backend.publish(event()) for _ in range(3)]
    listener = listen(backend, headers={"Last-Event-ID": ids[1]}, last_event_id=ids[0], since="0")
    assert {"from": ids[1], "replayed": 1, "complete": True} == listener.next().payload["resume"]


def test_an_empty_last_event_id_is_none(backend: Backend, listen: Listen) -> None:
    """An empty header asks for nothing, and leaves the word to the query."""
    ids = [backend.publish(event()) for _ in range(2)]
    listener = listen(backend, headers={"Last-Event-ID": ""}, last_event_id=ids[0])
    assert ids[0] == listener.next().payload["resume"]["from"]
    assert listen(backend, headers={"Last-Event-ID": ""}).next().payload["resume"]["from"] is None


def test_what_was_let_go_is_admitted(listen: Listen) -> None:
    """A resume from beyond the ring brings all that is kept and says that it is not everything."""
    with Backend(ring=2, heartbeat=None) as backend:
        ids = [backend.publish(event()) for _ in range(5)]
        listener = listen(backend, headers={"Last-Event-ID": ids[0]})
        assert {"from": ids[0], "replayed": 2, "complete": False} == listener.next().payload["resume"]
        assert ids[3:] == [e.id for e in listener.data(2)]


def test_an_id_of_another_life_is_admitted(listen: Listen) -> None:
    """Another backend's id replays all that is kept and says that more may be missing."""
    with Backend(heartbeat=None) as before:
        stranger = before.publish(event())
    with Backend(heartbeat=None) as backend:
        kept = backend.publish(event())
        listener = listen(backend, headers={"Last-Event-ID": stranger})
        assert {"from": stranger, "replayed": 1, "complete": False} == listener.next().payload["resume"]
        assert kept == listener.next().id


@pytest.mark.parametrize("since", ["1700000002", "1700000002000", "2023-11-14T22:13:22Z"])
def test_resume_by_time(backend: Backend, listen: Listen, since: str) -> None:
    """`since` replays by the events' own times; it is repeated as it was asked."""
    ids = [backend.publish(event(timestamp=1_700_000_000 + n)) for n in range(4)]
    listener = listen(backend, since=since)
    first = listener.next()
    assert (since, 2) == (first.payload["resume"]["from"], first.payload["resume"]["replayed"])
    assert ids[2:] == [e.id for e in listener.data(2)]


def test_since_of_this_life_is_complete(backend: Backend, listen: Listen) -> None:
    """From a moment since the backend began, with nothing let go, the replay is everything."""
    backend.publish(event())
    resume = listen(backend, since=str(time.time())).next().payload["resume"]
    assert resume["complete"] is True


def test_a_since_that_is_no_time_is_400(backend: Backend, listen: Listen) -> None:
    """A `since` that cannot be understood is refused with what would be right, not ignored."""
    listener = listen(backend, since="yesterday")
    assert 400 == listener.status
    assert b"RFC 3339" in listener.body()
    assert [400] == [r.status for r in backend.requests]


def test_nothing_is_lost_while_clients_come_and_go(listen: Listen) -> None:
    """A client that leaves again and again and resumes by id has seen every event once, in order."""
    with Backend(heartbeat=None, ring=100_000) as backend:
        ids = [backend.publish(event(n=0))]
        stop = threading.Event()

        def publish() -> None:
            while not stop.is_set() and len(ids) < 100_000:
                ids.append(backend.publish(event(n=len(ids))))

        publisher = threading.Thread(target=publish)
        publisher.start()
        try:
            seen = [ids[0]]
            for _ in range(20):
                listener = listen(backend, headers={"Last-Event-ID": seen[-1]})
                assert listener.next().payload["resume"]["complete"] is True
                seen += [e.id for e in listener.take(50)]
                listener.close()
        finally:
            stop.set()
            publisher.join()
    assert ids[: len(seen)] == seen


def test_a_slow_client_is_let_go_and_misses_nothing(listen: Listen) -> None:
    """A client that reads too slowly gets an unbroken run of events, a proper end, and the rest on resume."""
    with Backend(heartbeat=None, queue=50) as backend:
        listener = listen(backend)
        backend.wait_for_connections(1)
        # 15 MB: more than the queue and all the sockets' buffers hold
        ids = [backend.publish(event(filler="x" * 5000)) for _ in range(3000)]
        listener.next()
        seen = []
        while (got := listener.next()) is not None:
            seen.append(got.id)
        assert 0 < len(seen) < len(ids)
        assert ids[: len(seen)] == seen
        backend.wait_for_connections(0)
        assert 1 == backend.overflows
        rest = listen(backend, headers={"Last-Event-ID": seen[-1]})
        assert ids[len(seen) :] == [e.id for e in rest.data(len(ids) - len(seen))]


@pytest.mark.parametrize("coalesce", [True, False])
def test_how_events_are_put_into_chunks(listen: Listen, coalesce: bool) -> None:
    """Several waiting events are one chunk, or with coalesce=False one chunk each."""
    with Backend(heartbeat=None, coalesce=coalesce) as backend:
        backend.publish_all([event()] * 5)
        listener = listen(backend, since="0")
        chunks, events = 0, 0
        while events < 6:
            events += listener.chunk().count(b"\n\n")
            chunks += 1
        assert (1 if coalesce else 6) == chunks


def test_raw_bytes_arrive_as_they_are(backend: Backend, listen: Listen) -> None:
    """publish_raw writes any bytes, also such as no event has, to every open stream."""
    raw = b"\xef\xbb\xbfdata: \xff\x00\r\rid\n"
    listener = listen(backend)
    backend.wait_for_connections(1)
    listener.chunk()
    backend.publish_raw(raw)
    assert raw == listener.chunk()


def test_a_client_that_goes_is_noticed(backend: Backend, listen: Listen) -> None:
    """Closing a client's socket closes the stream, though nothing was being sent."""
    listener = listen(backend)
    backend.wait_for_connections(1)
    listener.close()
    backend.wait_for_connections(0)
    assert 1 == backend.connections_total


def test_a_finished_stream_leaves_the_connection_usable(backend: Backend) -> None:
    """After a proper end the same TCP connection serves the next request."""
    with httpx.Client() as client:
        params = {"token": backend.token(expires_in=1.5)}
        with client.stream("GET", backend.stream_url, params=params, timeout=20) as response:
            port = response.extensions["network_stream"].get_extra_info("client_addr")
            response.read()
        answer = client.get(f"{backend.url}/healthz")
        assert (200, port) == (
            answer.status_code,
            answer.extensions["network_stream"].get_extra_info("client_addr"),
        )
        backend.wait_for_connections(0)


def test_head_asks_for_the_head_alone(backend: Backend) -> None:
    """A HEAD request is answered at once, without a body and without a stream."""
    answer = httpx.head(backend.stream_url, params={"token": backend.token()})
    assert (200, 0) == (answer.status_code, backend.connections_total)


def test_requests_are_recorded_without_their_secrets(backend: Backend, listen: Listen) -> None:
    """A record has the query, headers, resume point and answer of each request, and no token."""
    token = backend.token("ana")
    listen(
        backend,
        token=token,
        headers={"Authorization": f"Bearer {token}", "Cookie": token, "X-Mine": "1", "Last-Event-ID": "z"},
        project_id="p",
    )
    (record,) = backend.requests
    assert {"project_id": "p"} == record.query
    assert ("1", "z", "query", 200, "ana") == (
        record.headers["x-mine"],
        record.last_event_id,
        record.auth,
        record.status,
        record.subject,
    )
    assert token not in repr(record)
