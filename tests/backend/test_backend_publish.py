"""app: publishing, acknowledging, and the plain pages, over HTTP."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from sse_notebook.backend import Backend, InvalidEvent

Listen = Callable[..., Any]  # the fixture of conftest.py
EVENT = {"event_type": "build_failed", "timestamp": 1}


@pytest.fixture
def client(backend: Backend) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {backend.token('ana')}"}
    with httpx.Client(base_url=backend.url, headers=headers, timeout=20) as client:
        yield client


def test_an_object_is_published(backend: Backend, client: httpx.Client, listen: Listen) -> None:
    """One object is one event: 201 with its id, and it reaches the streams."""
    listener = listen(backend)
    backend.wait_for_connections(1)
    answer = client.post("/api/v1/events", json=EVENT)
    (got,) = listener.data(1)
    assert (201, {"ids": [got.id]}) == (answer.status_code, answer.json())
    assert EVENT == got.payload


def test_a_list_is_published_in_order(backend: Backend, client: httpx.Client, listen: Listen) -> None:
    """A list is as many events, in its order; an empty one is none."""
    listener = listen(backend)
    backend.wait_for_connections(1)
    ids = client.post("/api/v1/events", json=[{**EVENT, "n": n} for n in range(5)]).json()["ids"]
    assert [(id_, n) for n, id_ in enumerate(ids)] == [(e.id, e.payload["n"]) for e in listener.data(5)]
    assert {"ids": []} == client.post("/api/v1/events", json=[]).json()


@pytest.mark.parametrize("name", ["type", "eventType"])
def test_an_event_of_the_front_end_is_published(
    backend: Backend, client: httpx.Client, listen: Listen, name: str
) -> None:
    """Its `type` is the `event_type` of what is sent, and what it is asked for by; the rest stays."""
    listener = listen(backend, event_types="build.completed")
    backend.wait_for_connections(1)
    event = {name: "build.completed", "timestamp": 1, "projectId": "p", "data": {"n": 1}}
    assert 201 == client.post("/api/v1/events", json=event).status_code
    (got,) = listener.data(1)
    assert ("build.completed", {**event, "event_type": "build.completed"}) == (got.event, got.payload)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "the body is empty"),
        (b"  ", "the body is empty"),
        (b"{", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b'{"event_type":"x","v":NaN}', "NaN is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"timestamp":1}', "event_type is missing"),
        (b'{"event_type":1}', "event_type is missing"),
        (b'{"event_type":"a\\nb"}', "line break"),
        (b'{"event_type":1,"type":"x"}', "event_type is missing"),
        (b'{"type":"heartbeat"}', "the connection's own word"),
        (b'"text"', "an event is a JSON object, not str"),
        (b"[1]", "an event is a JSON object, not int"),
        (b"null", "an event is a JSON object, not NoneType"),
        (b'[{"event_type":"x"},{}]', "event_type is missing"),
    ],
)
def test_what_is_no_event_is_400_and_says_why(
    backend: Backend, client: httpx.Client, body: bytes, says: str
) -> None:
    """A body that cannot be published is refused with a reason, and nothing of it is published."""
    answer = client.post("/api/v1/events", content=body)
    assert 400 == answer.status_code
    assert says in answer.json()["error"]
    assert backend.publish(EVENT).endswith("-1")


def test_a_lone_surrogate_is_published(backend: Backend, client: httpx.Client, listen: Listen) -> None:
    """Text that JSON can write and UTF-8 cannot reaches the streams as its escape."""
    listener = listen(backend)
    backend.wait_for_connections(1)
    assert 201 == client.post("/api/v1/events", content=b'{"event_type":"x","m":"\\ud800"}').status_code
    assert "\ud800" == listener.data(1)[0].payload["m"]


def test_a_body_that_is_too_large_is_413(backend: Backend, client: httpx.Client) -> None:
    """More than the limit is refused without being read to its end."""
    answer = client.post("/api/v1/events", content=b'"' + b"x" * 9 * 2**20)
    assert 413 == answer.status_code
    assert "smaller" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/events/x-1/ack"])
def test_without_a_token_nothing_is_changed(backend: Backend, path: str) -> None:
    """Publishing and acknowledging need a token as the stream does."""
    answer = httpx.post(backend.url + path, json=EVENT)
    assert 401 == answer.status_code
    assert "no token" in answer.json()["error"]


def test_a_client_that_leaves_while_publishing(backend: Backend) -> None:
    """A POST that breaks off in the middle publishes nothing and leaves nothing behind."""
    host, port = backend.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        head = (
            f"POST /api/v1/events?token={backend.token()} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
        )
        client.sendall(head.encode() + json.dumps(EVENT).encode())
    assert backend.publish(EVENT).endswith("-1")
    backend.stop()


def test_an_event_is_acknowledged_by_whose_token_it_is(backend: Backend, client: httpx.Client) -> None:
    """The ack says who and when; a second one changes nothing."""
    id_ = backend.publish(EVENT)
    answers = [client.post(f"/api/v1/events/{id_}/ack") for _ in range(2)]
    assert [200, 200] == [a.status_code for a in answers]
    assert answers[0].json() == answers[1].json()
    assert (id_, "ana") == (answers[0].json()["id"], answers[0].json()["acknowledged_by"])
    assert ["ana"] == [ack.by for ack in backend.acks.values()]


def test_an_unknown_event_cannot_be_acknowledged(backend: Backend, client: httpx.Client) -> None:
    """An id that is not kept is 404."""
    backend.publish(EVENT)
    assert 404 == client.post("/api/v1/events/nonsense/ack").status_code
    assert {} == backend.acks


def test_health(backend: Backend, listen: Listen) -> None:
    """Health needs no token and counts the open streams."""
    listen(backend)
    backend.wait_for_connections(1)
    assert {"status": "ok", "connections": 1} == httpx.get(f"{backend.url}/healthz").json()


def test_the_index_says_what_this_is(backend: Backend) -> None:
    """Whoever opens the address in a browser reads, in plain text, what it is and which routes there are."""
    answer = httpx.get(backend.url)
    assert answer.headers["content-type"].startswith("text/plain")
    for word in ("sse_notebook", "/api/v1/events/stream", "/ack", "/healthz"):
        assert word in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/api/v1/events", 405), ("POST", "/", 405)],
)
def test_other_routes(backend: Backend, method: str, path: str, status: int) -> None:
    """What is not offered is 404, or 405 for the wrong method."""
    assert status == httpx.request(method, backend.url + path).status_code


@pytest.mark.parametrize("word", ["connected", "heartbeat"])
def test_the_connections_own_words_cannot_be_published(word: str) -> None:
    """A publisher can't greet in the server's name, or keep a dead stream looking alive."""
    with Backend() as backend, pytest.raises(InvalidEvent, match="can't be published"):
        backend.publish({"event_type": word})
