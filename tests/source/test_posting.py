"""How a server is told of an acknowledgement: where, with what, how often, and nowhere else."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from raw_server import RawServer, Step, answer, dead_port, hold, reset
from support import eventually, nothing_left, open_files

from sse_notebook.clock import SystemClock, Waitable
from sse_notebook.source.credentials import Credentials
from sse_notebook.source.posting import ATTEMPTS, ack_url, deliver
from sse_notebook.source.transport import Transport

TOKEN = "Wellensittich-17"


class Impatient(SystemClock):
    """A clock on which no pause takes time; it remembers them."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def wait(self, event: Waitable, timeout: float | None) -> bool:
        self.pauses.append(timeout or 0.0)
        return event.is_set()


class Post:
    """One delivery to a server, and what is known of it afterwards."""

    def __init__(self, url: str, token: Any = TOKEN, mode: Any = "query", **options: Any) -> None:
        self.clock, self.stop = Impatient(), threading.Event()
        self.credentials = Credentials(token, mode)
        self.transport = Transport(options.pop("client", None), redact=self.credentials.redact)
        self.where = ack_url(url, options.pop("event_id", "e-1"), options.pop("params", {}))
        self.headers: dict[str, str] = options.pop("headers", {})

    def send(self) -> str:
        assert self.where is not None
        return deliver(
            self.transport, self.where, self.headers, self.credentials, clock=self.clock, stop=self.stop
        )


STREAM = "/api/v1/events/stream"
ACK = "/api/v1/events/e-1/ack"
TAKEN = answer("200 OK", b'{"id": "e-1"}', content_type="application/json")


@pytest.mark.parametrize(
    ("url", "event_id", "params", "expected"),
    [
        (f"https://h{STREAM}", "e-1", {}, (f"https://h{ACK}", {})),
        (f"http://h:8/p/q{STREAM}?a=1#x", "e-1", {"b": 2}, (f"http://h:8/p/q{ACK}", {})),
        (f"https://me:pw@h{STREAM}?sid=7&a=", "1/2?3#4", {"api_key": "k", "project_id": "p"},
         ("https://me:pw@h/api/v1/events/1%2F2%3F3%234/ack?sid=7", {"api_key": "k"})),
        (f"https://h{STREAM}", "../x", {}, ("https://h/api/v1/events/..%2Fx/ack", {})),
        (f"https://h{STREAM}", "ü \n", {}, ("https://h/api/v1/events/%C3%BC%20%0A/ack", {})),
        (f"https://h{STREAM}", "..", {}, None),
        (f"https://h{STREAM}", "", {}, None),
        (f"https://h{STREAM}", "\ud800", {}, None),
        ("https://h/events", "e-1", {}, None),
    ],
)  # fmt: skip
def test_where_it_goes(url: str, event_id: str, params: dict[str, Any], expected: Any) -> None:
    """To the stream's own base; of the parameters only what says who is asking; or nowhere."""
    assert expected == ack_url(url, event_id, params)


@pytest.mark.parametrize("mode", ["query", "header"])
@pytest.mark.parametrize("own", [False, True], ids=["ours", "a client of one's own"])
def test_the_server_is_told(mode: str, own: bool) -> None:
    """By one POST without a body, with the stream's token and headers; nothing of it is left."""
    with RawServer() as server, nothing_left():
        server.play(ACK, [TAKEN])
        client = httpx.Client() if own else None
        post = Post(server.url(f"{STREAM}?a=1"), mode=mode, headers={"X-Team": "web"}, client=client)
        assert "" == post.send()
        (asked,) = server.requests
        if client is not None:
            client.close()
    assert ("POST", ACK, "web", "0") == (
        asked.method,
        asked.path,
        asked.get("x-team"),
        asked.get("content-length"),
    )
    assert ({"token": [TOKEN]} if mode == "query" else {}) == asked.query
    assert (f"Bearer {TOKEN}" if mode == "header" else None) == asked.get("authorization")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ([answer("404 Not Found", b'{"error": "no event with this id is kept here"}')],
         "404 Not Found: no event with this id is kept here"),
        ([answer("403 Forbidden")], "403 Forbidden"),
        ([answer("405 Method Not Allowed", TOKEN.encode())], "405 Method Not Allowed: ***"),
        ([answer("307 X", location="/elsewhere")], "307: the server redirects, which is not followed"),
        ([answer("302 X", location="http://evil.invalid/")],
         "the server redirects to another origin (http://evil.invalid), which is not followed"),
        ([answer("401 Unauthorized")], "401 Unauthorized"),
    ],
)  # fmt: skip
def test_what_would_not_change_is_not_tried_again(script: list[Step], why: str) -> None:
    """One request, and the reason; where the server sends us is not asked."""
    with RawServer() as server:
        server.play(ACK, script)
        post = Post(server.url(STREAM))
        assert why == post.send()
        assert [ACK] == [request.path for request in server.requests]
        assert [] == post.clock.pauses


@pytest.mark.parametrize(
    "script",
    [[answer("503 Busy")], [reset], [b""], [answer("429 Slow down")]],
    ids=["503", "cut", "empty", "429"],
)
def test_what_may_pass_is_tried_again(script: list[Step]) -> None:
    """After pauses that grow; then it is given up, with the last reason."""
    with RawServer() as server:
        server.play(ACK, script, script, [TAKEN])
        post = Post(server.url(STREAM))
        assert "" == post.send()
        assert 2 == len(post.clock.pauses)
        server.play(ACK, script)
        post = Post(server.url(STREAM))
        assert post.send()
        assert (ATTEMPTS, True) == (len(post.clock.pauses), post.clock.pauses[-1] > post.clock.pauses[0])


def test_nobody_there() -> None:
    """It is tried a few times, and said."""
    assert "refused" in Post(f"http://127.0.0.1:{dead_port()}{STREAM}").send()


def test_a_token_that_is_over_is_asked_for_once_more() -> None:
    """At once, of a callable; a second 401 is the end."""
    tokens = iter(["old-1", "new-1", "old-2", "old-3", "never"])
    with RawServer() as server:
        server.play(ACK, [answer("401 X")], [TAKEN], [answer("401 X")])
        post = Post(server.url(STREAM), token=lambda: next(tokens))
        assert "" == post.send()
        assert "401 X" == post.send()
        assert [] == post.clock.pauses
        assert [["old-1"], ["new-1"], ["old-2"], ["old-3"]] == [
            each.query["token"] for each in server.requests
        ]


def test_without_a_token_nobody_is_asked() -> None:
    """As the stream itself would not be."""
    with RawServer() as server:
        assert "no token was given (token=…)" == Post(server.url(STREAM), token=None).send()
        assert [] == server.requests


def test_who_wants_it_no_more_ends_it() -> None:
    """The wait for an answer ends at once, and no further attempt is made."""
    before = open_files()
    with RawServer() as server:
        server.play(ACK, [hold])
        post, said = Post(server.url(STREAM)), []
        thread = threading.Thread(target=lambda: said.append(post.send()))
        thread.start()
        eventually(lambda: server.requests)
        post.stop.set()
        post.transport.interrupt()
        thread.join(20)
        assert (["the stream was closed before"], 1) == (said, len(server.requests))
    eventually(lambda: open_files() <= before)


def test_no_socket_where_recordings_stand_for_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for it."""
    monkeypatch.setenv("SSE_NOTEBOOK_REPLAY", "x.ssecast")
    with RawServer() as server:
        assert "no connection is made" in Post(server.url(STREAM)).send()
        assert 0 == server.accepted
