"""`connect`: where to, which stream, with which settings."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from raw_server import CHUNKED, LAST, RawServer, answer, chunk, dead_port, hold
from support import QUICK, client_threads, eventually, nothing_left, run_all

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError, StreamClosed
from sse_notebook.stream.target import PATH

Open = Callable[..., sse.EventStream]


# -- where to --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "platform", "asked", "with_token"),
    [
        ("", None, PATH, "query"),
        ("/", None, PATH, "query"),
        (PATH, None, PATH, "query"),
        (PATH + "/", None, PATH, "query"),
        ("/prefix" + PATH, None, "/prefix" + PATH, "query"),
        ("?a=1", None, PATH + "?a=1", "query"),
        ("/events", None, "/events", "header"),
        ("/events/", None, "/events/", "header"),
        ("/api/v1/events", None, "/api/v1/events", "header"),
        ("/prefix", True, "/prefix" + PATH, "query"),
        ("/prefix/", True, "/prefix" + PATH, "query"),
        ("/prefix" + PATH, True, "/prefix" + PATH, "query"),
        ("", False, "/", "header"),
        (PATH, False, PATH, "header"),
        ("/x#part", None, "/x", "header"),
    ],
)
def test_which_platform(
    server: RawServer, path: str, platform: bool | None, asked: str, with_token: str
) -> None:
    """The URL, or `platform=`, says whether it is the platform: which path, and where the token goes."""
    server.play(asked.partition("?")[0], [CHUNKED, hold])
    with sse.connect(server.url(path), platform=platform, token="token-1").wait_open():
        request = server.requests[0]
    assert asked.partition("?")[0] == request.path
    assert {"query": "token-1", "header": None}[with_token] == request.query.get("token", [None])[0]
    assert {"query": None, "header": "Bearer token-1"}[with_token] == request.get("authorization")
    assert "a=1" in request.target or "a=1" not in asked


@pytest.mark.parametrize(("path", "auth"), [("", "header"), ("/events", "query")])
def test_auth_overrides(server: RawServer, path: str, auth: Any) -> None:
    """`auth=` says where the token goes, whatever the URL."""
    server.play(path or PATH, [CHUNKED, hold])
    with sse.connect(server.url(path), auth=auth, token="token-1").wait_open():
        request = server.requests[0]
    assert ("token" in request.query, request.get("authorization") is not None) == (
        auth == "query",
        auth == "header",
    )


def test_any_endpoint_connects_without_a_token(server: RawServer) -> None:
    """Any endpoint but the platform's is asked anonymously when there is no token."""
    with sse.connect(server.play("/events", [CHUNKED, hold])).wait_open():
        assert (None, {}) == (server.requests[0].get("authorization"), server.requests[0].query)


def test_the_platform_without_a_token(backend: Backend) -> None:
    """Without a token the platform is not asked at all: unauthenticated, and the server counts nothing."""
    stream = sse.connect(backend.url)
    stream.reconnect()
    assert ("unauthenticated", False, []) == (stream.connection.state, stream.connected, backend.requests)
    assert "no token" in stream.connection.cause
    stream.login(backend.token())
    stream.wait_open()
    assert 1 == len(backend.requests)


@pytest.mark.parametrize("auth", [None, "query", "header"])
@pytest.mark.parametrize("way", ["URL", "params", "header"])
def test_a_token_in_the_request_is_a_token(backend: Backend, way: str, auth: Any) -> None:
    """`?token=`, the parameter, or a Bearer header: the platform is asked with it, once, as `auth` says.

    It is no part of what the stream is, is not shown, and can be forgotten.
    """
    token = backend.token()
    ways: dict[str, Any] = {
        "URL": lambda token: {"url": f"{backend.url}?token={token}"},
        "params": lambda token: {"url": backend.url, "params": {"token": token}},
        "header": lambda token: {"url": backend.url, "headers": {"Authorization": f"Bearer {token}"}},
    }
    stream = sse.connect(**ways[way](token), auth=auth).wait_open()
    request = backend.requests[0]
    assert (200, auth or {"header": "header"}.get(way, "query")) == (request.status, request.auth)
    assert stream is sse.connect(**ways[way](backend.token(expires_in=60)))
    assert stream is sse.connect(backend.url)
    assert token not in repr((stream, stream.url, stream.df, stream.log.to_csv(), stream._repr_html_()))
    stream.logout()
    stream.reconnect()
    assert "unauthenticated" == stream.connection.state


def test_a_token_beside_one_in_the_request(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The argument counts, and is sent once; the environment's is not needed; a header beside it stays."""
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", "token-0")
    monkeypatch.setenv("SSE_NOTEBOOK_API_URL", server.url("/"))
    server.play(PATH, [CHUNKED, hold])
    server.play("/events", [CHUNKED, hold])
    bearer = {"headers": {"Authorization": "Bearer token-3"}}
    for settings, query, header in (
        ({"url": server.url("/?token=token-1"), "token": "token-2"}, ["token-2"], None),
        ({"url": server.url("/?token=token-1")}, ["token-1"], None),
        ({"url": server.url("/"), "token": "token-2", **bearer}, ["token-2"], "Bearer token-3"),
        ({"url": server.url("/"), **bearer}, None, "Bearer token-3"),
        ({"url": server.url("/events?token=token-1")}, ["token-1"], None),
        ({"url": server.url("/events"), **bearer}, None, "Bearer token-3"),
        ({"url": server.url("/events"), "headers": {"authorization": "Basic x"}}, None, "Basic x"),
    ):
        with sse.connect(**settings).wait_open():
            request = server.requests[-1]
            assert (query, header) == (request.query.get("token"), request.get("authorization"))


def test_a_stream_at_the_root(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream at `/` that is no platform's: why it is not asked is said, and what to do works."""
    server.play("/", [CHUNKED, hold])
    stream = sse.connect(server.url("/"))
    assert "taken for the platform, unless platform=False" in stream.connection.cause
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", "token-1")
    assert stream is sse.connect(server.url("/"))
    assert "SSE_NOTEBOOK_TOKEN is for http://localhost:8000" in stream.connection.cause
    assert 0 == server.accepted
    sse.connect(server.url("/"), platform=False).wait_open()


@pytest.mark.parametrize("name", ["SSE_NOTEBOOK_API_URL", "NEXT_PUBLIC_API_URL"])
def test_the_environments_url(backend: Backend, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Without a URL the environment's is taken, and the environment's token with it."""
    monkeypatch.setenv(name, backend.url)
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", backend.token())
    assert backend.stream_url == sse.connect().wait_open().url


def test_our_own_variable_goes_first(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of both variables, SSE_NOTEBOOK_API_URL counts."""
    monkeypatch.setenv("SSE_NOTEBOOK_API_URL", server.url(""))
    monkeypatch.setenv("NEXT_PUBLIC_API_URL", "http://other.invalid")
    assert server.url(PATH) == sse.connect().url


def test_the_default_url() -> None:
    """Without a URL and without an environment it is port 8000 on this machine."""
    assert "http://localhost:8000" + PATH == sse.connect().url


@pytest.mark.parametrize("path", ["", "/events"])
def test_the_environments_token_goes_to_no_other_origin(
    server: RawServer, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """SSE_NOTEBOOK_TOKEN goes only to the server that the environment names, not even to another port."""
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", "canary-token")
    monkeypatch.setenv("SSE_NOTEBOOK_API_URL", f"http://127.0.0.1:{server.port + 1}")
    server.play(path or PATH, [CHUNKED, hold])
    stream = sse.connect(server.url(path))
    if path:
        stream.wait_open()
        assert "canary" not in repr(server.requests)
    else:
        assert ("unauthenticated", 0) == (stream.connection.state, server.accepted)


def test_the_environments_token_goes_to_any_path_of_its_origin(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On its own origin the environment's token is used for any endpoint."""
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", "token-1")
    monkeypatch.setenv("SSE_NOTEBOOK_API_URL", server.url("/"))
    sse.connect(server.play("/events", [CHUNKED, hold])).wait_open()
    assert "Bearer token-1" == server.requests[0].get("authorization")


def test_a_token_that_is_given_goes_first(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token of the call counts, not the environment's."""
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", "token-1")
    monkeypatch.setenv("SSE_NOTEBOOK_API_URL", server.url("/"))
    sse.connect(server.play("/events", [CHUNKED, hold]), token="token-2").wait_open()
    assert "Bearer token-2" == server.requests[0].get("authorization")


def test_an_environment_that_cannot_be_read(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken URL in the environment harms only who uses it."""
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", "token-1")
    monkeypatch.setenv("SSE_NOTEBOOK_API_URL", "http://host:port")
    sse.connect(server.play("/events", [CHUNKED, hold])).wait_open()
    assert server.requests[0].get("authorization") is None
    with pytest.raises(ArgumentError, match="port can't be read"):
        sse.connect()


def test_filters_and_params_go_on_the_wire(backend: Backend, open_stream: Open) -> None:
    """Filters, params and headers are sent; `resource_type="all"` is no filter."""
    stream = open_stream(
        cluster_id="c-1",
        project_id="p-1",
        workload_id="w 1",
        resource_type="all",
        params={"event_types": "a,b", "none": None},
        headers={"X-Trace": "7"},
    )
    request = backend.requests[0]
    assert {"cluster_id": "c-1", "project_id": "p-1", "workload_id": "w 1", "event_types": "a,b"} == (
        request.query
    )
    assert "7" == request.headers["x-trace"]
    assert stream.name.endswith("cluster c-1 project p-1 workload w 1")


def test_resuming_where_it_was_told(backend: Backend, open_stream: Open) -> None:
    """`last_event_id=` asks for what came after that event."""
    ids = backend.publish_all([{"event_type": "x", "n": n} for n in range(5)])
    stream = open_stream(last_event_id=ids[2])
    stream.wait_for(2, timeout=20)
    assert ids[3:] == stream.df["id"].tolist()


# -- identity --------------------------------------------------------------------------------------------


def test_running_the_cell_again(backend: Backend) -> None:
    """Twenty times the same `connect` is one stream, one connection, one request and one client thread."""
    token = backend.token()
    first = sse.connect(backend.url, token=token)
    again = [sse.connect(backend.url, token=token).wait_open() for _ in range(20)]
    assert {id(first)} == {id(stream) for stream in again}
    assert (1, 1, 1) == (backend.connections, backend.connections_total, len(backend.requests))
    assert 1 == len(client_threads())
    assert [first] == sse.streams()


def test_from_many_threads(backend: Backend) -> None:
    """Cells that run at once get one stream, too, and make one request."""
    token, got = backend.token(), list[sse.EventStream]()
    run_all(*[lambda: got.append(sse.connect(backend.url, token=token))] * 8)
    got[0].wait_open()
    assert ({id(got[0])}, 1) == ({id(stream) for stream in got}, len(backend.requests))


def test_spellings_of_one_url(backend: Backend) -> None:
    """The base, with a slash or without, and the full path are one stream."""
    token = backend.token()
    urls = (backend.url, backend.url + "/", backend.stream_url)
    streams = [sse.connect(url, token=token) for url in urls]
    assert {streams[0]} == set(streams)


@pytest.mark.parametrize(
    "other",
    [
        {"cluster_id": "c-1"},
        {"project_id": "p-1"},
        {"workload_id": "w-1"},
        {"resource_type": "build"},
        {"params": {"a": 1}},
        {"params": {"a": [1, 2]}},
        {"name": "other"},
    ],
)
def test_other_streams(server: RawServer, other: dict[str, Any]) -> None:
    """Another filter, parameter or name is another stream; the same again is the same."""
    url = server.play("/events", [CHUNKED, hold])
    plain, different = sse.connect(url), sse.connect(url, **other)
    assert plain is not different
    assert different is sse.connect(url, **other)
    assert [plain, different] == sse.streams()


@pytest.mark.parametrize("same", [{"resource_type": "all"}, {"params": {}}, {"params": {"a": None}}])
def test_what_asks_for_nothing_is_the_same(server: RawServer, same: dict[str, Any]) -> None:
    """A filter or parameter that asks for nothing makes no other stream."""
    url = server.play("/events", [CHUNKED, hold])
    assert sse.connect(url) is sse.connect(url, **same)


def test_the_order_of_params_is_none(server: RawServer) -> None:
    """Parameters in another order are the same parameters."""
    url = server.play("/events", [CHUNKED, hold])
    assert sse.connect(url, params={"a": 1, "b": 2}) is sse.connect(url, params={"b": 2, "a": 1})


def test_a_closed_stream_is_replaced(backend: Backend, open_stream: Open) -> None:
    """After `close`, `connect` makes a new stream, which is found again, whatever becomes of the old."""
    old = open_stream()
    old.close()
    new = open_stream()
    assert (True, [new]) == (old is not new, sse.streams())
    gone = weakref.ref(old)
    del old
    gc.collect()
    assert gone() is None
    assert new is open_stream()
    assert 1 == backend.connections


def test_streams_are_listed_in_order(server: RawServer) -> None:
    """`streams()` is in the order of making: a stream that took the place of a closed one is the newest."""
    url = server.play("/events", [CHUNKED, hold])
    a, b = (sse.connect(url, name=name) for name in "ab")
    assert [a, b] == sse.streams()
    a.close()
    a = sse.connect(url, name="a")
    assert [b, a] == sse.streams()


def test_close_all(server: RawServer) -> None:
    """`close_all` closes every stream, and twice does no harm."""
    url = server.play("/events", [CHUNKED, hold])
    with nothing_left():
        made = [sse.connect(url, name=str(n)) for n in range(3)]
        sse.close_all()
        sse.close_all()
    assert ({"closed"}, []) == ({stream.connection.state for stream in made}, sse.streams())


# -- settings --------------------------------------------------------------------------------------------


def test_settings_are_applied_to_what_runs(server: RawServer) -> None:
    """`connect` again applies its settings: at once, and to the next attempt; the connection stays up."""
    url = server.play("/events", [CHUNKED, chunk(b'data: {"n": 1}\n\n'), hold])
    vocabulary = sse.Vocabulary(type=lambda payload: "mine")
    stream = sse.connect(url, token="token-1").wait_for(1, timeout=20)
    again = sse.connect(
        url,
        token="token-2",
        auth="query",
        headers={"X-A": "2"},
        max_events=7,
        max_rows=9,
        retry_initial=0.005,
        retry_max=0.02,
        retry_attempts=None,
        vocabulary=vocabulary,
        expand=[],
    )
    assert (stream, 1, "open") == (again, server.accepted, stream.connection.state)
    assert (7, 9, None) == (stream.max_events, stream.store.max_rows, stream.attempts)
    assert "data.n" not in stream.df
    server.cut_all()
    stream.wait_for(2, timeout=20)
    request = server.requests[1]
    assert (["token-2"], "2", None) == (
        request.query["token"],
        request.get("x-a"),
        request.get("authorization"),
    )
    assert ["message", "mine"] == stream.df["type"].tolist()


def test_a_token_stays_unless_another_is_given(server: RawServer) -> None:
    """To run the cell without a token or `auth` again does not take them away."""
    url = server.play("/events", [CHUNKED, LAST], [CHUNKED, hold])
    stream = sse.connect(url, token="token-1", auth="query", **QUICK)
    sse.connect(url, **QUICK)
    eventually(lambda: len(server.requests) == 2)
    assert ["token-1"] == server.requests[1].query["token"]
    sse.connect(url, auth="header", **QUICK)
    stream.reconnect()
    eventually(lambda: len(server.requests) == 3)
    assert "Bearer token-1" == server.requests[2].get("authorization")


@pytest.mark.parametrize("state", ["exhausted", "unauthorized", "disconnected", "unauthenticated"])
def test_running_the_cell_again_revives_what_rests(server: RawServer, state: str) -> None:
    """A stream that gave up, was refused or paused is connected again by the same line."""
    first = {"exhausted": answer("404 X"), "unauthorized": answer("403 X")}.get(state)
    server.play("/events", [first] if first else [CHUNKED, hold], [CHUNKED, hold])
    stream = sse.connect(server.url("/events"), token="token-1")
    if state == "disconnected":
        stream.wait_open().disconnect()
    if state == "unauthenticated":
        stream.wait_open().logout()
    eventually(lambda: stream.connection.state == state)
    assert stream is sse.connect(server.url("/events"), token="token-1").wait_open()


def test_connect_never_waits() -> None:
    """`connect` returns while the server is not even there, and raises nothing."""
    with sse.connect(f"http://127.0.0.1:{dead_port()}/x", retry_attempts=0) as stream:
        assert stream.connection.state in ("connecting", "exhausted")


# -- wrong arguments -------------------------------------------------------------------------------------

URL = "http://127.0.0.1:9/events"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": 5}, "url must be text, not int"),
        ({"url": ""}, "url must be http"),
        ({"url": "localhost:8000"}, "url must be http"),
        ({"url": "ws://host/"}, "url must be http"),
        ({"url": "http://"}, "url must be http"),
        ({"url": "http://host:99999"}, "host or the port can't be read"),
        ({"url": "http://[::1"}, "host or the port can't be read"),
        ({"url": "http://ho st"}, "white space"),
        ({"token": 5}, "token must be text or a callable"),
        ({"token": "a\nb"}, "can't be sent"),
        ({"token": "größe"}, "can't be sent"),
        ({"auth": "cookie"}, 'auth must be "query" or "header"'),
        ({"auth": ""}, 'auth must be "query" or "header"'),
        ({"name": 5}, "name must be text"),
        ({"platform": "yes"}, "platform must be True, False or None"),
        ({"cluster_id": 5}, "cluster_id is text"),
        ({"project_id": [1]}, "project_id is text"),
        ({"resource_type": 5}, "resource_type is text"),
        ({"params": [1]}, "params must be a dictionary"),
        ({"headers": "a: b"}, "headers must be a dictionary"),
        ({"headers": {"X": 5}}, "must be text without line ends"),
        ({"headers": {"X": "a\nb"}}, "must be text without line ends"),
        ({"headers": {"a b": "x"}}, "is no header's name"),
        ({"last_event_id": 5}, "last_event_id must be text"),
        ({"last_event_id": "a\nb"}, "control characters"),
        ({"max_events": -1}, "max_events must be a whole number of at least 0"),
        ({"max_events": 1.5}, "max_events must be a whole number"),
        ({"max_events": True}, "max_events must be a whole number"),
        ({"max_rows": 0}, "max_rows must be a whole number of at least 1"),
        ({"retry_initial": 0}, "retry_initial must be a number of seconds above 0"),
        ({"retry_initial": "1"}, "retry_initial must be a number of seconds above 0"),
        ({"retry_max": float("inf")}, "at most a day"),
        ({"retry_max": float("nan")}, "at most a day"),
        ({"retry_initial": 60}, "retry_initial is 60, but no delay is longer than retry_max, which is 30"),
        ({"retry_attempts": -1}, "retry_attempts must be a whole number, or None"),
        ({"retry_attempts": 2.0}, "retry_attempts must be a whole number, or None"),
        ({"vocabulary": "wikipedia"}, "vocabulary"),
        ({"expand": "duration"}, "a list of paths"),
        ({"expand": 5}, "a list of paths"),
        ({"expand": [5]}, "a list of paths"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_wrong_arguments(wrong: dict[str, Any], words: str) -> None:
    """A wrong argument raises at once, says what would be right, and no stream comes of it."""
    with pytest.raises(ArgumentError, match=words):
        sse.connect(**{"url": URL, **wrong})
    assert ([], []) == (sse.streams(), client_threads())


def test_a_wrong_argument_changes_nothing_that_runs(server: RawServer) -> None:
    """A call that raises applies none of its settings to the running stream."""
    url = server.play("/events", [CHUNKED, hold])
    stream = sse.connect(url, token="token-1", max_events=50).wait_open()
    with pytest.raises(ArgumentError):
        sse.connect(url, token="token-2", max_events=10, headers={"X": "1"}, expand=5)  # type: ignore[arg-type]
    stream.reconnect()
    eventually(lambda: len(server.requests) == 2)
    assert (50, "Bearer token-1", None) == (
        stream.max_events,
        server.requests[1].get("authorization"),
        server.requests[1].get("x"),
    )


# -- life time -------------------------------------------------------------------------------------------


def dropped(**options: Any) -> Callable[[], sse.EventStream | None]:
    """Connect, wait until it is open, and keep only a weak reference."""
    return weakref.ref(sse.connect(**options).wait_open())


def test_a_stream_that_nobody_holds_goes(backend: Backend) -> None:
    """Without a reference a stream is collected: its connection and its thread end, it is not listed."""
    with nothing_left():
        gone = dropped(url=backend.url, token=backend.token())
        backend.wait_for_connections(0)
    assert (None, []) == (gone(), sse.streams())


def test_a_stream_in_a_cycle_goes_too(backend: Backend) -> None:
    """A stream that only the collector can find ends as well."""

    class Holder:
        def __init__(self) -> None:
            self.me = self
            self.stream = sse.connect(backend.url, token=backend.token()).wait_open()

    with nothing_left():
        Holder()
        gc.collect()
        backend.wait_for_connections(0)


def test_a_stream_that_gave_up_goes_too(server: RawServer) -> None:
    """A stream whose thread rests is collected, and the thread ends."""
    with nothing_left():
        streams = [sse.connect(server.play("/x", [answer("404 X")]))]
        eventually(lambda: streams[0].connection.state == "exhausted")
        streams.clear()


def test_a_handler_keeps_it_alive(backend: Backend) -> None:
    """A stream with a handler lives on without a reference, until the handler is off."""
    seen: list[str] = []
    came = threading.Event()

    def note(event: sse.Event) -> None:
        seen.append(event.type)
        came.set()

    handle = sse.connect(backend.url, token=backend.token()).wait_open().on("*", note)
    gc.collect()
    backend.publish({"event_type": "x"})
    assert came.wait(20)
    assert (["x"], 1, 1) == (seen, backend.connections, len(sse.streams()))
    with nothing_left():
        handle.off()
        backend.wait_for_connections(0)


def test_a_handler_keeps_a_stream_that_waits(backend: Backend) -> None:
    """A stream without a token, which has no thread yet, is kept by its handler, and found by `connect`."""
    came = threading.Event()
    sse.connect(backend.url).on("*", lambda event: came.set())
    gc.collect()
    sse.connect(backend.url, token=backend.token()).wait_open()
    backend.publish({"event_type": "x"})
    assert came.wait(20)
    assert 1 == len(sse.streams())


def test_a_view_keeps_it_alive(backend: Backend) -> None:
    """A stream with a view lives on without a reference of its own, until the view goes."""
    view = sse.connect(backend.url, token=backend.token()).wait_open().where(project_id="p-1")
    gc.collect()
    backend.publish({"event_type": "x", "project_id": "p-1"})
    assert view is view.wait_for(1, timeout=20)
    del view
    backend.wait_for_connections(0)


def test_a_handler_on_a_closed_stream_keeps_nothing(backend: Backend, open_stream: Open) -> None:
    """To register a handler after `close` is an error, and neither revives the stream nor keeps it."""
    stream = open_stream()
    stream.close()
    with pytest.raises(StreamClosed):
        stream.on("*", print)
    gone = weakref.ref(stream)
    del stream
    eventually(lambda: gone() is None or gc.collect() < 0)


def test_at_the_end_of_the_process(backend: Backend) -> None:
    """A process that ends with streams open ends quietly."""
    script = f"""
import sse_notebook as sse
stream = sse.connect({backend.url!r}, token={backend.token()!r}).wait_open()
stream.on("*", lambda event: None)
other = sse.connect({backend.url!r}, token={backend.token()!r}, name="other").wait_open()
"""
    result = subprocess.run(
        [sys.executable, "-X", "dev", "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert ("", "", 0) == (result.stdout, result.stderr, result.returncode)
