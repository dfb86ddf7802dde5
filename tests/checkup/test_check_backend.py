"""The contract, requirement by requirement: the bundled backend keeps it, and what is broken is named."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from raw_server import CHUNKED, RawServer, answer, chunk, dead_port, hold
from support import nothing_left

import sse_notebook as sse
from sse_notebook.backend import Backend, connection, hub
from sse_notebook.backend import app as routes
from sse_notebook.backend.auth import Claims, TokenAuth
from sse_notebook.backend.hub import Hub, Resume
from sse_notebook.checkup.contract import CONTRACT

NAMES = [planned.name for planned in CONTRACT]


pytestmark = pytest.mark.usefixtures("quick")


def check(backend: Backend, **arguments: Any) -> Any:
    """A whole check, as quick as it can be."""
    given = {
        "publish": True,
        "seconds": 1.5,
        "make_token": lambda s: backend.token(expires_in=s),
        **arguments,
    }
    return sse.check_backend(backend.url, token=backend.token(), **given)


def failed(report: Any) -> list[str]:
    return [each.name for each in report.failed]


def test_the_bundled_backend(backend: Backend) -> None:
    """It keeps all of it; that a page of another origin could read it is not claimed. Nothing is left."""
    with nothing_left():
        report = check(backend)
    assert NAMES == [each.name for each in report]
    assert {"CORS"} == {each.name for each in report if each.outcome != "ok"}, str(report)
    assert "unknown" == report["CORS"].outcome
    assert report


def test_without_publishing_nothing_is_changed() -> None:
    """What happens there by itself tells nearly all; what it does not tell is unknown, with the reason."""
    with Backend(heartbeat=0.2, scenario="platform", speed=100) as backend:
        report = check(backend, publish=False, make_token=None, seconds=3)
        kept = list(backend._context.hub._kept)
    assert [] == [each for each in kept if b"checkup-" in each.item[0]]
    unknown = {each.name for each in report if each.outcome == "unknown"}
    assert {"UTF-8", "ended token", "ending token", "publish", "arrives", "ack", "CORS"} >= unknown, str(
        report
    )
    assert {"publish", "arrives", "ack", "ended token"} <= unknown
    assert [] == failed(report)
    assert [] == [each for each in report if each.outcome == "unknown" and not each.seen]


def test_a_quiet_backend(backend: Backend) -> None:
    """Where nothing happens nothing is claimed."""
    report = check(backend, publish=False, make_token=None, seconds=0.7)
    ok = {each.name for each in report if each.outcome == "ok"}
    assert {
        *("stream", "connected", "heartbeat", "event_type", "timestamp", "no token", "wrong token"),
        *("unknown id", "Cache-Control", "buffering"),
    } == ok, str(report)
    assert [] == failed(report)


# -- each requirement, broken ----------------------------------------------------------------------------

Break = Callable[[Backend, pytest.MonkeyPatch], None]


def fault(**switches: Any) -> Break:
    return lambda backend, _patch: backend.faults.update(switches)


def event_bytes(
    change: Callable[[dict[str, Any], str | None], tuple[dict[str, Any], str | None, str]],
) -> Break:
    """Events, and what stands in them, are made in another way."""

    def broken(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
        def encode(event: dict[str, Any], id: str | None = None) -> bytes:
            payload, id, name = change(event, id)
            own = "" if id is None else f"id: {id}\n"
            return f"event: {name}\n{own}data: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()

        patch.setattr(hub, "encode_event", encode)

    return broken


def no_greeting(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(connection.Connection, "_opening", lambda *_: b"")


def late_greeting(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    opening = connection.Connection._opening
    beat = b'event: heartbeat\ndata: {"event_type":"heartbeat","timestamp":1764000000}\n\n'
    patch.setattr(connection.Connection, "_opening", lambda self, resume: beat + opening(self, resume))


def comments(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    def beat(self: Any) -> None:
        self._due.append(b": still here\n\n")
        self._woken.set()
        self._beat_later()

    patch.setattr(connection.Connection, "_beat", beat)


def anybody(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    good = TokenAuth.check
    patch.setattr(
        TokenAuth, "check", lambda self, token: Claims("x", None) if not token else good(self, token)
    )


def forbids(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    good = routes._error
    patch.setattr(routes, "_error", lambda status, *more: good(403 if status == 401 else status, *more))


def any_signature(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    from sse_notebook.backend.auth import Refused
    from sse_notebook.source.claims import moment_of

    def check(_self: Any, token: str | None) -> Claims:
        ends = moment_of(token or "", "exp")
        if not token or ends is None or ends < time.time():
            raise Refused("no")
        return Claims("x", ends)

    patch.setattr(TokenAuth, "check", check)


def any_age(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    import jwt

    good = jwt.decode

    def decode(*args: Any, **kwargs: Any) -> Any:
        options = {**(kwargs.pop("options", None) or {}), "verify_exp": False}
        claims = good(*args, options=options, **kwargs)
        return {**claims, "exp": claims["exp"] + 3_600}

    patch.setattr(jwt, "decode", decode)


def outlives(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(connection.Connection, "_expire", lambda _self: None)


def without(resume: Callable[[str | None, str | None], dict[str, Any]]) -> Break:
    return lambda _backend, patch: patch.setattr(routes, "_resume", resume)


def no_id_in_query(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    good = routes.Request.query_params.fget  # type: ignore[attr-defined]
    patch.setattr(
        routes.Request,
        "query_params",
        property(lambda self: {k: v for k, v in dict(good(self)).items() if k != "last_event_id"}),
    )


def no_id_in_header(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    good = routes.Request.headers.fget  # type: ignore[attr-defined]
    patch.setattr(
        routes.Request,
        "headers",
        property(lambda self: {k: v for k, v in good(self).items() if k != "last-event-id"}),
    )


def says_it_is_all(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    good = Hub.subscribe

    def subscribe(self: Hub, *args: Any, **kwargs: Any) -> Any:
        subscriber, resume = good(self, *args, **kwargs)
        return subscriber, Resume(resume.start, resume.replayed, True)

    patch.setattr(Hub, "subscribe", subscribe)


def loses(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    """Takes what is published, and one in seven goes nowhere."""
    good = Hub.publish_all
    taken: list[str] = []

    def publish_all(self: Hub, events: list[dict[str, Any]]) -> list[str]:
        taken.append("x")
        return ["lost"] if len(taken) == 1 else good(self, events)

    patch.setattr(Hub, "publish_all", publish_all)


def no_ack(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Hub, "ack", lambda *_: None)


def no_publishing(_backend: Backend, patch: pytest.MonkeyPatch) -> None:
    def publish_all(*_: Any) -> list[str]:
        raise hub.InvalidEvent("read only")

    patch.setattr(Hub, "publish_all", publish_all)


def spoilt(payload: dict[str, Any], id: str | None) -> tuple[dict[str, Any], str | None, str]:
    """As who decodes pieces of bytes by themselves."""
    said = payload.get("message", "")
    return {**payload, "message": said.replace("汉", "\ufffd\ufffd")}, id, payload["event_type"]


BREAKS: dict[str, tuple[Break, list[str]]] = {
    "content type": (fault(content_type="application/json"), ["stream"]),
    "status": (fault(status=500), ["stream"]),
    "no connected": (no_greeting, ["connected", "unknown id"]),
    "connected later": (late_greeting, ["connected", "unknown id"]),
    "heartbeats are comments": (comments, ["heartbeat"]),
    "no ids": (event_bytes(lambda event, _id: (event, None, event["event_type"])), ["id"]),
    "one id": (event_bytes(lambda event, _id: (event, "7", event["event_type"])), ["id", "ack"]),
    "names differ": (event_bytes(lambda event, id: (event, id, "message")), ["event_type"]),
    "no times": (
        event_bytes(lambda event, id: ({**event, "timestamp": "soon"}, id, event["event_type"])),
        ["timestamp"],
    ),
    "characters are lost": (event_bytes(spoilt), ["UTF-8"]),
    "no token": (anybody, ["no token"]),
    "403 for a token": (forbids, ["no token", "wrong token", "ended token"]),
    "a wrong token": (any_signature, ["wrong token"]),
    "a token that has ended": (any_age, ["ended token", "ending token"]),
    "a stream outlives its token": (outlives, ["ending token"]),
    **{
        f"{name} is ignored": (fault(ignore_filters=[name]), [name])
        for name in ("cluster_id", "project_id", "workload_id", "resource_type", "event_types")
    },
    "no id in the header": (no_id_in_header, ["Last-Event-ID", "unknown id"]),
    "no id in the query": (no_id_in_query, ["last_event_id="]),
    "no time in the query": (without(lambda id, _since: {"last_event_id": id}), ["since="]),
    "says that it is all": (says_it_is_all, ["unknown id"]),
    "takes no events": (no_publishing, ["publish"]),
    "loses an event": (loses, ["arrives"]),
    "takes no acks": (no_ack, ["ack"]),
    "caches may keep it": (fault(headers={"Cache-Control": "max-age=60"}), ["Cache-Control"]),
    "proxies may hold it": (fault(headers={"X-Accel-Buffering": "yes"}), ["buffering"]),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_requirement(backend: Backend, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Exactly its line fails, with what to do."""
    breaks, lines = BREAKS[name]
    breaks(backend, monkeypatch)
    report = check(backend)
    assert lines == failed(report), str(report)
    assert all(each.advice for each in report.failed)
    assert not report


def test_a_page_of_another_origin(backend: Backend) -> None:
    """Where it may read the stream, that is said."""
    backend.faults.update({"headers": {"Access-Control-Allow-Origin": "*"}})
    assert "ok" == check(backend, publish=False, seconds=0.3)["CORS"].outcome


def test_a_filter_that_holds_back(backend: Backend) -> None:
    """Who gets less than what fits is told of, too."""
    backend.faults.update({"hold_back": 3})
    broken = failed(check(backend))
    assert {"cluster_id", "project_id", "workload_id", "resource_type", "event_types"} == set(broken)


@contextlib.contextmanager
def ignoring(name: str) -> Iterator[Backend]:
    with Backend(heartbeat=0.2, scenario="platform", speed=100) as backend:
        backend.faults.update({"ignore_filters": [name]})
        yield backend


def test_a_filter_that_is_ignored_is_seen_without_publishing() -> None:
    """By what happens there."""
    with ignoring("project_id") as backend:
        assert ["project_id"] == failed(check(backend, publish=False, make_token=None, seconds=2))


# -- other ends ------------------------------------------------------------------------------------------


def test_nothing_listens() -> None:
    """Then nothing else is looked at."""
    report = sse.check_backend(f"http://127.0.0.1:{dead_port()}", token="t-12345", publish=True)
    assert ["stream"] == failed(report)
    assert {"skipped"} == {each.outcome for each in report[1:]}


def test_no_token() -> None:
    """It is not even asked."""
    report = sse.check_backend("http://127.0.0.1:9")
    assert ["stream"] == failed(report)
    assert "no token" in report["stream"].seen


def test_a_function_that_makes_no_token(backend: Backend) -> None:
    """What it raises is not shown: a secret may be in it."""

    def make(_seconds: float) -> str:
        raise RuntimeError("t-12345")

    report = check(backend, publish=False, make_token=make, seconds=0.3)
    assert "unknown" == report["ended token"].outcome
    assert "t-12345" not in str(report)


def test_an_event_comes_first(server: RawServer) -> None:
    """A greeting that comes later is none."""
    both = b"event: build_failed\ndata: {}\n\nevent: connected\ndata: {}\n\n"
    server.play("/api/v1/events/stream", [CHUNKED, chunk(both), hold])
    report = sse.check_backend(server.url("/"), token="t-12345", seconds=0.1)
    assert ("failed", "the first event is 'build_failed'") == report["connected"][2:4]


def test_a_server_that_refuses_to_be_written_to(server: RawServer) -> None:
    """What it says of that is told, and what depends on it is unknown."""
    greeting = b'event: connected\ndata: {"event_type": "connected", "timestamp": 1764000000}\n\n'
    server.play("/api/v1/events/stream", [CHUNKED, chunk(greeting), hold])
    server.play("/api/v1/events", [answer("405 Method Not Allowed", b'{"detail": "read only"}')])
    report = sse.check_backend(server.url("/"), token="t-12345", publish=True, seconds=0.2)
    assert "405 Method Not Allowed: read only" in report["publish"].seen
    assert {"unknown"} == {report[name].outcome for name in ("arrives", "ack", "project_id", "since=")}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"seconds": -1}, "seconds"),
        ({"publish": 1}, "publish"),
        ({"make_token": "t"}, "make_token"),
        ({"token": 7}, "token"),
        ({"url": "http://"}, "url"),
        ({"url": 7}, "url"),
        ({"make_token": lambda _seconds: 7}, "make_token gave int"),
    ],
    ids=["seconds", "publish", "make_token", "token", "no host", "number", "made"],
)
def test_wrong_arguments(backend: Backend, arguments: dict[str, Any], words: str) -> None:
    """They are refused, with what would be right."""
    given = {"url": backend.url, "token": backend.token(), "seconds": 0.2, **arguments}
    with pytest.raises(sse.ArgumentError, match=words):
        sse.check_backend(**given)


def test_interrupted(backend: Backend, interrupt: Callable[[], None]) -> None:
    """Ctrl-C ends it at once, and leaves nothing."""

    def run() -> None:
        backend.wait_for_connections(1)
        interrupt()

    helper = threading.Thread(target=run)
    helper.start()
    with nothing_left(), pytest.raises(KeyboardInterrupt):
        check(backend, publish=False, seconds=600)
    helper.join()
