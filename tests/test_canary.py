"""A canary token: wherever it was put, it is sent where it belongs, and seen nowhere.

A stream is taken through success and every kind of failure, by a server that repeats the token wherever HTTP
lets it, with debug logging on for everybody. Then all that was said is searched.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import logging
import pickle
import re
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

import comm
import httpx
import pandas as pd
import pytest
from comm.base_comm import BaseComm
from raw_server import CHUNKED, LAST, RawServer, answer, chunk, dead_port, hold, reset
from support import client_threads, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError, ConnectionFailed
from sse_notebook.source import posting
from sse_notebook.source.policy import Backoff
from sse_notebook.widget.feed import FeedWidget
from sse_notebook.widget.sketch import sketch_of

# With all characters that a token may have and that some encoding changes.
CANARY = "Kanarienvogel/0+1=2&3%4 ~5"
FORMS = {
    CANARY,
    "Kanarienvogel",  # any encoding but base64 leaves this part as it is
    quote(CANARY, safe=""),
    quote_plus(CANARY),
    # base64 of it, wherever it stands in a longer text: without the characters that its neighbours change
    *(base64.b64encode(b"x" * shift + CANARY.encode()).decode()[4:-4] for shift in range(3)),
    CANARY.encode().hex(),
}


def found(text: str) -> list[str]:
    """The forms of the canary that are in a text, with their surroundings."""
    return [text[max(0, at - 200) : at + 100] for form in FORMS if (at := text.find(form)) >= 0]


class Mode(NamedTuple):
    """A way to give a secret to `connect`: its arguments, made from a URL; and whether the server got it."""

    arguments: Callable[[str], dict[str, Any]]
    arrived: Callable[[Any], bool]


def in_query(name: str) -> Callable[[Any], bool]:
    return lambda request: request.query.get(name) == [CANARY]


def in_header(name: str, value: str) -> Callable[[Any], bool]:
    return lambda request: request.get(name) == value


async def asynchronous() -> str:
    return CANARY


BASIC = "Basic " + base64.b64encode(f"me:{CANARY}".encode()).decode()
MODES: dict[str, Mode] = {
    "query": Mode(lambda url: {"url": url, "token": CANARY, "auth": "query"}, in_query("token")),
    "header": Mode(lambda url: {"url": url, "token": CANARY}, in_header("authorization", f"Bearer {CANARY}")),
    "query, a callable": Mode(
        lambda url: {"url": url, "token": lambda: CANARY, "auth": "query"}, in_query("token")
    ),
    "header, an async callable": Mode(
        lambda url: {"url": url, "token": asynchronous}, in_header("authorization", f"Bearer {CANARY}")
    ),
    "user info": Mode(
        lambda url: {"url": url.replace("//", f"//me:{quote(CANARY, safe='')}@")},
        in_header("authorization", BASIC),
    ),
    "a parameter of the URL": Mode(lambda url: {"url": f"{url}?token={quote(CANARY)}"}, in_query("token")),
    "params": Mode(lambda url: {"url": url, "params": {"api_key": CANARY}}, in_query("api_key")),
    "a header of one's own": Mode(
        lambda url: {"url": url, "headers": {"X-API-Key": CANARY}}, in_header("x-api-key", CANARY)
    ),
    "a cookie": Mode(
        lambda url: {"url": url, "headers": {"Cookie": f"id={CANARY}"}}, in_header("cookie", f"id={CANARY}")
    ),
    "Authorization of one's own": Mode(
        lambda url: {"url": url, "headers": {"authorization": f"Token {CANARY}"}},
        in_header("authorization", f"Token {CANARY}"),
    ),
}


class Ears(logging.Handler):
    """Hears every record of every logger, whole: message, arguments, traceback, whatever was attached."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said = io.StringIO()
        self.loggers: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.loggers.add(record.name)
        text = logging.Formatter("%(name)s %(message)s %(threadName)s").format(record)
        self.said.write(f"{text}\n{ {k: v for k, v in vars(record).items() if k != 'exc_info'} }\n")


@pytest.fixture
def ears() -> Iterator[Ears]:
    """Debug logging for everybody, into one ear."""
    ears, root = Ears(), logging.getLogger()
    before = root.level
    root.addHandler(ears)
    root.setLevel(logging.DEBUG)
    yield ears
    root.setLevel(before)
    root.removeHandler(ears)


class Messages(BaseComm):
    """A comm whose messages are kept."""

    sent: list[str] = []  # noqa: RUF012 - one list for all comms, on purpose

    def publish_msg(self, *args: Any, **kwargs: Any) -> None:
        self.sent.append(repr((args, kwargs)))


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All that is sent to a page."""
    Messages.sent = []
    monkeypatch.setattr(comm, "create_comm", Messages)
    return Messages.sent


@pytest.fixture(autouse=True)
def nothing_runs_on() -> Iterator[None]:
    yield
    sse.close_all()
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")


ECHO = CANARY.encode()
QUOTED = quote_plus(CANARY).encode()

# What the server answers. It repeats the token, plainly and encoded, wherever HTTP has room for it.
SCRIPTS: dict[str, list[Any]] = {
    "a stream": [CHUNKED, chunk(b'id: 1\ndata: {"n": 1}\n\n'), hold],
    "a stream that breaks": [CHUNKED, chunk(b'id: 1\ndata: {"n": 1}\n\n'), reset],
    "a stream that ends": [CHUNKED, chunk(b'id: 1\ndata: {"n": 1}\n\n'), LAST],
    "401": [answer(f"401 no {CANARY}", ECHO, www_authenticate=f'Bearer error="{CANARY}"')],
    "403": [answer(f"403 not {quote_plus(CANARY)}", ECHO)],
    "404": [answer(f"404 {CANARY} is unknown", ECHO, set_cookie=f"token={CANARY}")],
    "503": [answer(f"503 {CANARY} waits", ECHO)],
    "another content type": [answer("200 OK", ECHO, content_type=f"text/html; token={CANARY}")],
    "a redirect that adds a slash": [answer("307 X", location=f"/next/?token={quote_plus(CANARY)}")],
    "a redirect off the origin": [answer("302 X", location=f"http://evil.invalid/?token={quote(CANARY)}")],
    "a redirect to no URL": [answer("302 X", location=f"http://{quote(CANARY)}@[/")],
    "no HTTP": [b"ERROR: " + ECHO + b"\r\n" + QUOTED + b"\r\n\r\n"],
    "a broken head": [b"HTTP/1.1 200 OK\r\n" + ECHO + b"\r\n\r\n"],
    "a broken chunk": [CHUNKED, ECHO + b"\r\n" + QUOTED],
    "nothing": [b""],
}


def said_by(stream: sse.EventStream) -> str:
    """All that a stream says of itself, in every form that a notebook, a log or a traceback can have."""
    status = stream.connection
    widget = stream.widget()
    things: list[Any] = [
        *(stream, str(stream), stream.url, stream.name, stream._parts),
        *(status, status.error, status.cause, stream.store, stream.store.connection, stream.last_event),
        *(stream.log.to_csv(), dict(stream.metrics), stream.metrics, stream.df.to_csv(), stream.events),
        *(stream._repr_html_(), stream._repr_mimebundle_(), stream.where(project_id="p")._repr_mimebundle_()),
        *(widget, {name: value for name, value in widget.get_state().items() if name != "_esm"}),
        [thread.name for thread in threading.enumerate()],
        stream._parts.source,
        stream._parts.source.credentials,
        *(stream.funnel().to_csv(), stream.dropped.to_csv(), stream.metrics.df.to_csv()),
        *(stream.metrics.prometheus(), explained := stream.explain(), explained._repr_html_()),
        *(of.why(key).to_csv() for of in (stream, stream.store) for key in (0, 99, "1", "never")),
    ]
    for wait in (lambda: stream.wait_open(0), lambda: stream.wait_for(99, timeout=0)):
        try:
            wait()
        except (ConnectionFailed, TimeoutError) as error:
            things += [repr(error), *traceback.format_exception(error)]
            # as tools do that show the variables of each frame; those of this test's own are not ours
            error.__traceback__ = error.__traceback__.tb_next if error.__traceback__ else None
            things += traceback.TracebackException.from_exception(error, capture_locals=True).format()
    widget._asked(widget, {"do": "timeline"}, [])
    stream.mute("nothing", duration=1)
    things += [stream.mutes.to_csv(), stream.timeline.to_csv(), stream.changes(), stream.toast_board.board()]
    for part in (widget, stream.toasts(), stream.indicator(compact=True)):
        things += [part, {name: value for name, value in part.get_state().items() if name != "_esm"}]
        part.close()
    feed = stream.feed()
    feed._asked(feed, {"do": "page", "view": "v", "ask": 1, "n": 9, "filter": "", "picture": True}, [])
    feed._asked(feed, {"do": "row", "view": "v", "seq": 0}, [])
    things += [feed, {name: value for name, value in feed.get_state().items() if name != "_esm"}]
    feed.close()
    for dashboard in (stream.dashboard(), stream.where(project_id="p").dashboard()):
        dashboard._asked(dashboard, {"do": "look", "view": "v"}, [])
        things += [dashboard, dashboard._repr_mimebundle_(), dashboard.told]
        dashboard.close()
    return "\n".join(map(repr, things))


def settled(stream: sse.EventStream) -> Any:
    """True once a stream has got somewhere: rows, a pause after a failure, or the end."""
    return stream.rows or stream.connection.state in ("retrying", "exhausted", "unauthorized")


@pytest.mark.parametrize("mode", MODES)
def test_a_canary_in_every_answer(
    mode: str, ears: Ears, messages: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    """However the secret was given and whatever the server says, nobody sees it; and the server got it."""
    piles: dict[str, str] = {}
    with RawServer() as server:
        server.play("/next/", [CHUNKED, chunk(b'data: {"n": 1}\n\n'), hold])
        for n, (name, script) in enumerate(SCRIPTS.items()):
            stream = sse.connect(
                **MODES[mode].arguments(server.play(f"/{n}", script)), retry_initial=0.01, retry_attempts=2
            )
            eventually(lambda stream=stream: settled(stream))
            piles[name] = said_by(stream)
            stream.close()
            piles[f"{name}, closed"] = said_by(stream)
    out, err = capfd.readouterr()
    piles |= {"logs": ears.said.getvalue(), "messages": "\n".join(messages), "out": out, "err": err}
    assert {} == {name: found(text) for name, text in piles.items() if found(text)}
    # The search can fail: everything was there to be found.
    assert [True] * len(SCRIPTS) == [
        MODES[mode].arrived(server.asked(f"/{n}")[0]) for n in range(len(SCRIPTS))
    ]
    assert {"sse_notebook", "httpcore.connection", "httpcore.http11"} <= ears.loggers
    assert len(messages) > len(SCRIPTS)
    assert "***" in piles["404"] + piles["another content type"]


def test_a_canary_that_comes_back_in_an_event(messages: list[str]) -> None:
    """A server may send the token back, in whatever field: no page gets it, and no notebook that is saved."""
    told = {
        "event_type": "build_failed",
        "workload_id": CANARY,
        "message": f"refused: {quote(CANARY, safe='')}",
        "data": {CANARY: [CANARY]},
    }
    event = b"id: %b\ndata: %b\n\n" % (CANARY.encode(), json.dumps(told).encode())
    with RawServer() as server:
        url = server.play("/echo", [CHUNKED, chunk(event), hold])
        stream = sse.connect(url, token=CANARY).wait_for(1, timeout=10)
        view = stream.where("severity == 'error'")
        widget, feeds = stream.widget(), [stream.feed(), FeedWidget(view), stream.dashboard()]
        for part in (widget, *feeds):
            for wish in ({"do": "page", "ask": 1, "n": 9, "filter": "severity == 'error'", "picture": True},
                         {"do": "row", "seq": 0}, {"do": "timeline"}, {"do": "look"}):  # fmt: skip
                part._asked(part, {"view": "v", **wish}, [])
        things = [
            *(stream._repr_mimebundle_(), view._repr_mimebundle_(), stream.store._repr_html_()),
            *(dict(part.get_state(), _esm="") for part in (widget, *feeds)),
            *(widget.toasts, messages),
        ]
        for part in (widget, *feeds):
            part.close()
        assert any("***" in sent and "build.failed" in sent for sent in messages)
        assert [toast["title"] for toast in widget.toasts]
        assert [] == [place for thing in things for place in found(repr(thing))]
        assert CANARY in stream.df["workload_id"].tolist()  # what is in memory is as it came


PLATFORM = "/api/v1/events/stream"
ACK = "/api/v1/events/e-1/ack"
ACK_ANSWERS = {
    "taken": [answer("200 OK", ECHO)],
    "401": [answer(f"401 no {CANARY}", ECHO)],
    "404": [answer(f"404 {CANARY} is unknown", json.dumps({"error": CANARY}).encode())],
    "503": [answer(f"503 {CANARY} waits", ECHO)],
    "a redirect": [answer("302 X", location=f"http://evil.invalid/?token={quote(CANARY)}")],
    "no HTTP": [b"ERROR: " + ECHO + b"\r\n" + QUOTED + b"\r\n\r\n"],
}


@pytest.mark.parametrize("own", [False, True], ids=["our client", "a client of one's own"])
def test_a_canary_in_an_acknowledgement(
    own: bool, ears: Ears, messages: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes to the stream's own server with the acknowledgement and nowhere else, whatever that answers."""
    monkeypatch.setattr(posting, "_BACKOFF", Backoff(initial=0.01, maximum=0.01, attempts=1))
    told = {"event_type": "build_failed", "build_id": f"b {CANARY}", "message": f"with {CANARY}"}
    event = b"id: e-1\ndata: %b\n\n" % json.dumps(told).encode()
    piles: dict[str, str] = {}
    with RawServer() as server:
        for name, script in ACK_ANSWERS.items():
            server.play(PLATFORM, [CHUNKED, chunk(event), hold])
            server.play(ACK, script)
            client = httpx.Client() if own else None
            stream = sse.connect(server.url(PLATFORM), token=CANARY, client=client)
            recording = stream.record(tmp_path / f"{name}.ssecast")
            widget = stream.widget()
            stream.wait_for(1, timeout=10)
            silence = stream.silence(f"message == {CANARY!r}", "1h", reason=f"of {CANARY}")
            things: list[Any] = [stream.ack("build.*", note=f"by {CANARY}", by=CANARY).to_csv()]
            eventually(lambda stream=stream: stream.alerts["sent"].notna().all())
            for key in ("build.faild", 7):
                with pytest.raises(ArgumentError) as raised:
                    stream.ack(key)
                things.append(str(raised.value))
            stream.ack(f"b {CANARY}")
            things += [stream.alerts.to_csv(), stream.silences.to_csv(), repr(silence), stream.log.to_csv()]
            things += [stream.where("True").alerts.to_csv(), stream.alerts._repr_html_(), widget.get_state()]
            saved = stream.save(tmp_path / f"{name}-saved.ssecast")
            stream.close()
            widget.close()
            if client is not None:
                client.close()
            things += [recording.path.read_text(), saved.read_text()]
            things[-3] = {key: value for key, value in things[-3].items() if key != "_esm"}
            piles[name] = "\n".join(map(repr, things))
        asked = server.asked(ACK)
        assert {PLATFORM, ACK} == {request.path for request in server.requests}
    piles |= {"logs": ears.said.getvalue(), "messages": "\n".join(messages)}
    assert {} == {name: found(text) for name, text in piles.items() if found(text)}
    assert [[CANARY]] * len(asked) == [request.query["token"] for request in asked]
    assert len(asked) >= len(ACK_ANSWERS)
    assert all("***" in text for text in piles.values())


@pytest.mark.parametrize("size", [0, 150])
def test_a_canary_that_an_audit_sees(size: int) -> None:
    """What came on its own connection is named without the token, cut or whole."""
    told = {"type": "edit", "project_id": f"{'x' * size} {CANARY}"}
    event = b"data: %b\n\n" % json.dumps(told).encode()
    with RawServer() as server:
        url = server.play("/e", [CHUNKED, hold], [CHUNKED, chunk(event), hold])
        stream = sse.connect(url, token=CANARY, project_id="p-1").wait_open()
        seen = stream.audit(seconds=0.05)
        assert "seen there: project_id" in str(seen)
        assert "Kanarien" not in str(seen) + repr(seen) + seen._repr_html_()


@pytest.mark.parametrize("size", [0, 20])
def test_a_canary_in_fields(size: int) -> None:
    """What a filter may ask is shown without the token, in names and in values, cut or whole."""
    told = f"{'x' * size} {CANARY}"
    event = b"data: %b\n\n" % json.dumps({"type": told, "n": told, told: [told], "o": {told: told}}).encode()
    with RawServer() as server:
        stream = sse.connect(server.play("/e", [CHUNKED, chunk(event), hold]), token=CANARY)
        fields = stream.wait_for(1, timeout=10).fields()
        assert "data.n" in fields["field"].tolist()
        assert "Kanarien" not in fields.to_csv() + repr(fields) + str(fields._repr_html_())


@pytest.mark.parametrize("size", [0, 60, 110, 290])
def test_a_canary_in_an_explanation(size: int) -> None:
    """What is told of what was seen has no token, cut or whole; the frames in it are as the rows are."""
    told = f"{'x' * size} {CANARY}"
    payload = {"type": told, "severity": "error", "resource_id": told, "message": told, "port": CANARY}
    event = b"id: %b\ndata: %b\n\n" % (told.encode(), json.dumps(payload).encode())
    with RawServer() as server:
        stream = sse.connect(server.play("/e", [CHUNKED, chunk(event), hold]), token=CANARY)
        view = stream.wait_for(1, timeout=10).where("message == 'a'")
        things: list[Any] = [view.why(0).to_csv(), view.why("never").to_csv()]
        things += [of.why(told).to_csv() for of in (stream, stream.store)]
        for of in (stream, view, stream.store):
            for asked in ("message == 'a'", "data.port > 3", "type == 'a'", "resource_id in ['a', 'b']"):
                found = of.explain(asked)
                things += [found, found._repr_html_(), found.suggestions]
        assert [] == [place for thing in things for place in re.findall(".{99}Kanarien.{9}", repr(thing))]
        found = pickle.loads(pickle.dumps(stream.explain("message == 'a'")))  # which has no secrets to give
        assert [told] == found.near_misses["resource_id"].tolist()


def test_a_canary_in_a_filter(messages: list[str]) -> None:
    """Who looks for the token has a view whose name, which pages and notebooks have, does not tell it."""
    with RawServer() as server:
        stream = sse.connect(server.play("/e", [CHUNKED, hold]), token=CANARY).wait_open()
        for of in (stream, stream.store):
            view = of.where(message=CANARY)
            feed = FeedWidget(view)
            assert "***" in view.name
            things = [
                view,
                view.name,
                view._repr_html_(),
                feed,
                feed.name,
                feed._repr_mimebundle_(),
                messages,
            ]
            assert [] == [place for thing in things for place in found(repr(thing))]
            feed.close()


def test_a_type_that_is_shown_masked_can_be_chosen(messages: list[str]) -> None:
    """A page names a type as it was told it: those are the rows that it means."""
    events = [b"data: %b\n\n" % json.dumps({"type": name}).encode() for name in (f"a {CANARY}", "b", "b")]
    with RawServer() as server:
        stream = sse.connect(server.play("/e", [CHUNKED, chunk(b"".join(events)), hold]), token=CANARY)
        feed = stream.wait_for(3, timeout=10).feed()
        feed._asked(
            feed, {"do": "page", "view": "v", "ask": 1, "n": 9, "types": ["a ***"], "picture": True}, []
        )
        (page,) = [sent for sent in messages if "'feed': 'page'" in sent]
        assert "'types': [['b', 2], ['a ***', 1]]" in page
        assert "'total': 1" in page


def test_a_canary_in_what_the_users_code_raises(capsys: pytest.CaptureFixture[str]) -> None:
    """Its traceback is shown below the cell, which the notebook keeps: of a handler, and of a button."""

    def fails(event: sse.Event) -> None:
        raise RuntimeError(f"no such thing: {event.message}")

    greeting = b"event: connected\ndata: %b\n\n" % json.dumps({"connection_id": CANARY}).encode()
    event = b"data: %b\n\n" % json.dumps({"type": "build_failed", "message": CANARY}).encode()
    with RawServer() as server:
        stream = sse.connect(server.play("/e", [CHUNKED, chunk(greeting + event), hold]), token=CANARY)
        stream.on("*", fails)
        stream.toast_action("Look", fails)
        stream.wait_for(1, timeout=10).widget()._asked(None, {"do": "action", "label": "Look", "seq": 0}, [])
        said: list[str] = []
        eventually(lambda: said.append(capsys.readouterr().err) or "".join(said).count("Traceback") == 2)
        assert "".join(said).count("no such thing: ***") == 2
        assert [] == found("".join(said) + repr(stream.connection))
        assert "***" == stream.connection.connection_id


@pytest.mark.parametrize("size", [0, 45])
def test_a_canary_that_is_a_type(size: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Types are counted by their names: these have no token in them, nor a part of one."""
    event = b"data: %b\n\n" % json.dumps({"type": f"{'x' * size} {CANARY}"}).encode()
    with RawServer() as server:
        stream = sse.connect(server.play("/e", [CHUNKED, chunk(event), hold]), token=CANARY)
        stream.wait_for(1, timeout=10).info()
        metrics = stream.metrics
        things = [metrics, metrics._repr_html_(), metrics.prometheus(), metrics.df.to_csv(), dict(metrics)]
        assert "Kanarien" not in repr(things) + capsys.readouterr().out


# Texts are cut in many places, at as many lengths: here it begins before each of them.
@pytest.mark.parametrize("size", [60, 180, 220, 980, 1_980, 39_980])
def test_a_canary_that_is_cut(size: int, ears: Ears, messages: list[str]) -> None:
    """Where a text is cut within the token nothing of it is seen either: in no page, no notebook, no log."""
    told = f"{'x' * size} {CANARY}"
    payload = {"type": told, "severity": "error", "resource_id": told, "status": told, "message": told}
    event = b"id: %b\ndata: %b\n\n" % (told.encode(), json.dumps({**payload, told: [told]}).encode())
    with RawServer() as server:
        url = server.play("/echo", [CHUNKED, chunk(event), hold])
        stream = sse.connect(url, token=CANARY).wait_for(1, timeout=10)
        widget, feed = stream.widget(), stream.feed()
        page = {"do": "page", "ask": 1, "n": 9, "refused": True, "picture": True}
        for one in (page, {"do": "row", "seq": 0}):
            feed._asked(feed, {"view": "v", "filter": "status == 'x'", **one}, [])
        things = [
            stream._repr_mimebundle_(),
            widget.toasts,
            messages,
            stream.log.to_csv(),
            ears.said.getvalue(),
        ]
        assert any("xxx" in sent for sent in messages)
        assert [] == [place for thing in things for place in re.findall(".{99}Kanarien.{9}", repr(thing))]


@pytest.mark.parametrize("mode", MODES)
def test_a_canary_without_a_server(
    mode: str, ears: Ears, messages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a dead port, an unknown host, no TLS, a dead proxy, a bug of ours it is not seen either."""
    piles: dict[str, str] = {}
    with RawServer() as server:
        urls = {
            "a dead port": f"http://127.0.0.1:{dead_port()}/x",
            "an unknown host": "http://nothing.invalid/x",
            "no TLS": server.url("/x").replace("http:", "https:"),
            "no host for HTTP": "http://xn--a/x",
            "a dead proxy": "http://proxied.invalid/x",
            "a bug": server.url("/bug"),
        }
        for name, url in urls.items():
            if name == "a dead proxy":
                monkeypatch.setenv(
                    "http_proxy", f"http://me:{quote(CANARY, safe='')}@127.0.0.1:{dead_port()}"
                )
            settings = {"retry_initial": 0.01, "retry_attempts": 1, "insecure": True}
            stream = sse.connect(**MODES[mode].arguments(url), **settings)
            if name == "a bug":

                def broken(url: str, *args: Any, **options: Any) -> None:
                    raise RuntimeError(f"{url} {args}")

                monkeypatch.setattr(stream._parts.source._transport, "open", broken)
                stream.reconnect()
            eventually(lambda stream=stream: stream.connection.state == "exhausted")
            piles[name] = said_by(stream)
            stream.close()
            monkeypatch.delenv("http_proxy", raising=False)
    piles |= {"logs": ears.said.getvalue(), "messages": "\n".join(messages)}
    assert {} == {name: found(text) for name, text in piles.items() if found(text)}
    assert "internal error: RuntimeError" in piles["a bug"]


def test_the_backends_token(ears: Ears, messages: list[str]) -> None:
    """A real token of the real backend is not seen: in success, after a kill, after its expiry."""
    with Backend(heartbeat=0.05) as backend:
        token = backend.token()
        parts = [token, *token.split(".")[1:], quote_plus(token)]
        stream = sse.connect(
            backend.url, token=token, retry_initial=0.01, retry_max=0.02, retry_attempts=None
        )
        stream.wait_open()
        backend.publish({"event_type": "build_failed"})
        stream.wait_for(1, timeout=20)
        pile = said_by(stream)
        backend.kill()
        eventually(lambda: stream.connection.state == "retrying")
        pile += said_by(stream)
        backend.start()
        stream.wait_open(20)
        stream.login(expired := backend.token(expires_in=-1))
        eventually(lambda: stream.connection.state == "unauthorized")
        parts.append(expired)
        pile += said_by(stream) + ears.said.getvalue() + "\n".join(messages) + repr(backend.requests)
    assert [] == [part for part in parts if part in pile]
    assert {401, 200} == {request.status for request in backend.requests}


# A stream that repeats the token in every part of an event, in payloads that are JSON and that are none.
REPEATED = b"".join(
    [
        b": %b\nid: %b\nevent: %b\ndata: %b\n\n" % (ECHO, ECHO, QUOTED, ECHO),
        b"data: %b\n\n"
        % json.dumps({"n": 1, "a": [CANARY, quote(CANARY)], CANARY: f"see {CANARY}!"}).encode(),
        b"data: %b\n\n" % json.dumps(json.dumps({"deeper": CANARY})).encode(),
        b"data: %b\n\n"
        % json.dumps({"see": [base64.b64encode(b"x" * n + ECHO + b"y").decode() for n in range(3)]}).encode(),
    ]
)


@pytest.mark.parametrize("mode", MODES)
def test_a_canary_in_a_recording(mode: str, tmp_path: Path) -> None:
    """Whatever the server repeats: no recording and nothing saved has it; and the rows are there."""
    with RawServer() as server:
        url = server.play("/s", [CHUNKED, chunk(REPEATED), reset], [CHUNKED, chunk(REPEATED), hold])
        arguments = MODES[mode].arguments(url)
        stream = sse.connect(**arguments, record=tmp_path / "a.ssecast", retry_initial=0.01)
        packed = stream.record(tmp_path / "b.ssecast.gz", past=True)
        stream.mark(f"with {CANARY}")
        stream.wait_for(7, timeout=20)  # one of the eight comes again
        stream.close()
        saved = [stream.save(tmp_path / name) for name in ("c.ssecast", "d.ssecast.gz")]
    exports = exported(stream, tmp_path / "exports")
    assert {} == {name: found(text) for name, text in exports.items() if found(text)}
    assert dict.fromkeys(exports, True) == {name: "***" in text for name, text in exports.items()}
    assert [] != found(stream.df.to_csv())  # the frame says what came
    piles = {
        path.name: (
            gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        ).decode()
        for path in tmp_path.glob("*.ssecast*")
    }
    assert {"a.ssecast", "b.ssecast.gz", "c.ssecast", "d.ssecast.gz"} == set(piles)
    assert {} == {name: found(text) for name, text in piles.items() if found(text)}
    for path in (tmp_path / "a.ssecast", packed.path, *saved):
        read = sse.load(path)
        assert read.verify(), read.verify()
        assert [] == read.scan()
        assert [] == found(repr(read) + read.df.to_csv() + read._repr_html_() + str(read.header))
    assert 7 == len(sse.load(tmp_path / "a.ssecast"))
    assert "***" in piles["a.ssecast"]
    assert [] == found(made_of(tmp_path / "a.ssecast"))


@pytest.mark.parametrize("mode", MODES)
def test_a_canary_in_an_archive(mode: str, tmp_path: Path) -> None:
    """Whatever the server repeats: no file of an archive has it, nor its name; and the rows are there."""
    with RawServer() as server:
        url = server.play("/s", [CHUNKED, chunk(REPEATED), reset], [CHUNKED, chunk(REPEATED), hold])
        arguments = MODES[mode].arguments(url)
        stream = sse.connect(**arguments, journal=tmp_path / "j", retry_initial=0.01)
        stream.wait_for(7, timeout=20)  # one of the eight comes again
        assert stream.archive.flush()
        piles = [said_in(tmp_path / "j")]
        stream.close()
        piles.append(said_in(tmp_path / "j"))
    assert [[], []] == [found(pile) for pile in piles]
    assert [True, True] == ["***" in pile for pile in piles]
    archive = sse.load(tmp_path / "j")
    assert 7 == len(archive)
    shown = [archive.to_csv(), repr(archive), archive._repr_html_(), archive.writers.to_csv()]
    assert [] == found(
        "".join([*map(str, shown), archive.gaps.to_csv(), archive.sql("FROM archive").to_csv()])
    )


def said_in(folder: Path) -> str:
    """Names and texts of all files; what is packed is unpacked."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    texts = [
        pd.read_parquet(path).to_csv() if path.suffix == ".parquet" else path.read_text() for path in files
    ]
    return "\n".join([*map(str, files), *texts])


def exported(stream: sse.EventStream, folder: Path) -> dict[str, str]:
    """All files that can be made of a stream and of views of it, and what is in them."""
    folder.mkdir()
    for suffix in (".csv", ".jsonl", ".json", ".sse", ".parquet"):
        stream.save(folder / f"saved{suffix}")
    parts: dict[str, sse.EventStream | sse.View] = {
        "whole": stream,
        "view": stream.where("severity >= 'info'").since("1h"),
    }
    for part, of in parts.items():
        of.to_csv(folder / f"{part}.csv", expand=True)
        of.to_cloudevents(folder / f"{part}.jsonl")
        of.to_parquet(folder / f"{part}.parquet", expand=True)
        (folder / f"{part}.text").write_text(f"{of.to_csv()}{of.to_cloudevents()}")
    stream.store.to_csv(folder / "store.csv")
    return {
        path.name: pd.read_parquet(path).to_csv() if path.suffix == ".parquet" else path.read_text()
        for path in folder.iterdir()
    }


LATER = [mode for mode in MODES if "callable" in mode]  # what the token is, is not known before it is asked


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in LATER])
def test_a_canary_in_a_name(mode: str) -> None:
    """A name is shown everywhere: one with a secret in it is refused, and that error does not show it."""
    for name in (CANARY, f"see {quote(CANARY, safe='')}", base64.b64encode(f"x {CANARY}".encode()).decode()):
        with pytest.raises(ArgumentError, match="name has a secret") as caught:
            sse.connect(**MODES[mode].arguments("http://127.0.0.1:9/x"), name=name)
        caught.value.__traceback__ = (
            caught.value.__traceback__.tb_next if caught.value.__traceback__ else None
        )
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
        assert [] == found("".join(shown))
    assert [] == sse.streams()


@pytest.mark.parametrize("mode", [*LATER, "login"])
def test_a_canary_in_a_name_that_is_learned_later(
    mode: str, ears: Ears, messages: list[str], tmp_path: Path
) -> None:
    """A secret that becomes known when there is a name already: from then on it is masked in that."""
    with RawServer() as server:
        greeted = chunk(b'event: connected\ndata: {"connection_id": "c-1"}\n\ndata: {"n": 1}\n\n')
        url = server.play("/x", [CHUNKED, greeted, hold], [CHUNKED, greeted, hold])
        arguments = {"url": url, "token": "another-one"} if mode == "login" else MODES[mode].arguments(url)
        stream = sse.connect(**arguments, name=f"see {CANARY}")
        if mode == "login":
            stream.wait_open().disconnect()
            stream.login(CANARY)
            stream.store.clear_events()
            stream.reconnect()
        stream.wait_for(stream.store.count + 1, timeout=20)
        view = stream.where("severity >= 'info'")
        recording = stream.record(tmp_path / "a.ssecast", past=True)
        stream.save(tmp_path / "b.csv")
        pile = said_by(stream) + repr((view, view._repr_html_(), recording.name, recording.header))
        stream.close()
    pile += "".join(path.read_text() for path in tmp_path.iterdir())
    assert [] == found(pile + ears.said.getvalue() + "\n".join(messages))
    assert "see ***" in repr(stream)


def made_of(recording: Path) -> str:
    """All that is made of a recording: its replay, what that shows, a write-up, what is served."""
    replay = sse.replay(recording, speed=float("inf"))
    incident = sse.Incident("What happened", recording)
    with sse.serve(recording, speed=float("inf")) as url:
        served = httpx.Client().stream("GET", url)
        with served as answered:
            lines = [line for line, _ in zip(answered.iter_lines(), range(8), strict=False)]
            told = [str(answered.headers), *lines]
    widget = replay.widget()
    things = [
        *(said_by(replay), replay.notes, replay.cast, replay.cast.header, replay.cast.problems),
        {name: value for name, value in widget.get_state().items() if name != "_esm"},
        sketch_of(entry for piece in replay.cast.pieces() for entry in piece),
        *(incident, incident.timeline(), incident.timeline("info")._repr_html_(), incident.gaps.to_csv()),
        *(incident.evidence(), incident.evidence()._repr_html_(), incident.df.to_csv()),
        *(incident.to_html(), incident.to_markdown(), told),
    ]
    assert "with ***" in (incident.to_markdown() or "").replace("\\*", "*")  # so the mark was looked at
    replay.close()
    return "\n".join(map(repr, things))


@pytest.mark.parametrize("mode", MODES)
def test_a_canary_in_an_audit(mode: str, ears: Ears) -> None:
    """The second connection has the same credentials; neither what it finds nor why it fails shows them."""
    answers: list[list[Any]] = [SCRIPTS["a stream"], SCRIPTS["401"], SCRIPTS["no HTTP"], SCRIPTS["503"]]
    pile = ""
    with RawServer() as server:
        for n, script in enumerate(answers):
            url = server.play(f"/{n}", SCRIPTS["a stream"], script)
            arguments = MODES[mode].arguments(url)
            stream = sse.connect(
                **arguments, project_id="p-1", retry_initial=0.01, retry_attempts=1
            ).wait_open()
            try:
                told = stream.audit(seconds=0.05)
                pile += "\n".join(map(str, (told, told._repr_html_(), told.df.to_csv(), told.asked)))
            except (ConnectionFailed, TimeoutError) as error:
                error.__traceback__ = error.__traceback__.tb_next if error.__traceback__ else None
                pile += "".join(
                    traceback.TracebackException.from_exception(error, capture_locals=True).format()
                )
            pile += said_by(stream)
            stream.close()
            assert MODES[mode].arrived(server.asked(f"/{n}")[1])
    assert [] == found(pile + ears.said.getvalue())


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": f"{CANARY}\n"},
        {"token": CANARY, "auth": "cookie"},
        {"token": [CANARY]},
        {"token": CANARY.encode()},
        {"url": f"http://me:{CANARY}@host/x"},  # not encoded: the slash ends the host
        {"url": f"me:{CANARY}@host"},
        {"url": f"ftp://me:{quote(CANARY)}@host/x"},
        {"url": f"localhost:8000/x?token={CANARY}"},
        {"headers": {"X-API-Key": f"{CANARY}\n"}},
        {"headers": {"X-API-Key": CANARY.encode()}},
        {"params": CANARY},
    ],
    ids=str,
)
def test_wrong_arguments_do_not_repeat_it(wrong: dict[str, Any], ears: Ears) -> None:
    """The error about an argument does not repeat the secret in it; nor does its traceback."""
    with pytest.raises(ArgumentError) as caught:
        sse.connect(**{"url": "http://127.0.0.1:9/x", **wrong})
    pile = "".join(traceback.format_exception(caught.value.with_traceback(None)))
    assert [] == found(pile + ears.said.getvalue() + repr(caught.value))


@pytest.mark.parametrize(
    "token",
    [
        lambda: (_ for _ in ()).throw(RuntimeError(CANARY)),
        lambda: f"{CANARY}\n",
        lambda: [CANARY],
        lambda: CANARY.encode(),
    ],
    ids=["raises", "can't be sent", "a list", "bytes"],
)
def test_a_callable_that_fails_does_not_show_it(token: Any, ears: Ears, messages: list[str]) -> None:
    """A token callable that fails with the secret in its hand or on its lips does not show it."""
    stream = sse.connect("http://127.0.0.1:9/x", token=token)
    eventually(lambda: stream.connection.state == "unauthorized")
    assert [] == found(said_by(stream) + ears.said.getvalue() + "\n".join(messages))


def test_the_environments_token(ears: Ears, messages: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A token from the environment is as secret as one that was passed."""
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", CANARY)
    with RawServer() as server:
        monkeypatch.setenv("SSE_NOTEBOOK_API_URL", server.url(""))
        server.play("/api/v1/events/stream", SCRIPTS["404"])
        stream = sse.connect()
        eventually(lambda: stream.connection.state == "exhausted")
        pile = said_by(stream) + ears.said.getvalue() + "\n".join(messages)
        stream.close()
    assert ([], [CANARY]) == (found(pile), server.requests[0].query["token"])


@pytest.mark.parametrize(
    "arguments",
    [
        lambda base: {"url": f"{base}/?token={quote_plus(CANARY)}"},
        lambda base: {"url": base, "params": {"token": CANARY}},
        lambda base: {"url": base, "headers": {"Authorization": f"Bearer {CANARY}"}, "auth": "query"},
    ],
    ids=["URL", "params", "header"],
)
def test_the_platforms_token_in_a_request(
    ears: Ears, messages: list[str], arguments: Callable[[str], dict[str, Any]]
) -> None:
    """A token that stands in the request itself is taken for one, and as secret as one that was passed."""
    with RawServer() as server:
        server.play("/api/v1/events/stream", SCRIPTS["404"])
        stream = sse.connect(**arguments(server.url("")))
        eventually(lambda: stream.connection.state == "exhausted")
        pile = said_by(stream) + ears.said.getvalue() + "\n".join(messages)
        stream.close()
    assert ([], [CANARY]) == (found(pile), server.requests[0].query["token"])


def test_over_tls(ears: Ears, messages: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Over TLS, with a good certificate and with one that nobody vouches for, nothing is seen either."""
    pem = Path(__file__).parent / "source" / "localhost.pem"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with RawServer(tls=context) as server:
        url = server.play("/x", SCRIPTS["a stream"])
        doubted = sse.connect(url, token=CANARY, name="doubted")
        eventually(lambda: doubted.connection.state == "exhausted")
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        trusted = sse.connect(url, token=CANARY, name="trusted").wait_for(1, timeout=20)
        pile = said_by(doubted) + said_by(trusted) + ears.said.getvalue() + "\n".join(messages)
        sse.close_all()
    assert [] == found(pile)
    assert [f"Bearer {CANARY}"] == [request.get("authorization") for request in server.requests]


def test_other_threads_logs_are_left_alone(ears: Ears) -> None:
    """Only our own threads' lines are masked: who else uses httpcore finds his lines as they are."""
    import httpx

    with RawServer() as server:
        stream = sse.connect(server.play("/x", [CHUNKED, hold]), token=CANARY).wait_open()
        url = server.play("/y", [answer("200 OK", x_echo=CANARY)])
        with httpx.Client() as client:
            client.get(url)
        stream.close()
    assert CANARY in ears.said.getvalue()


def test_the_search_finds_it() -> None:
    """The search would find the canary in each of its forms, at the start and within longer texts."""
    for text in (
        CANARY,
        f"x={quote_plus(CANARY)}&y",
        f"x={quote(CANARY, safe='')}",
        base64.b64encode(CANARY.encode()).decode(),
        base64.b64encode(f"me:{CANARY}".encode()).decode(),
        base64.b64encode(f"user:{CANARY}:more".encode()).decode(),
        repr(CANARY.encode()),
        CANARY.encode().hex(),
    ):
        assert found(f"some {text} text"), text
    assert [] == found(socket.gethostname())


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_events": -1},
        {"headers": {"bad name": "CANARY-s3cr3t"}},
        {"params": 3},
        {"auth": "bogus"},
        {"retry_max": 0},
    ],
    ids=str,
)
def test_no_frame_of_a_wrong_argument_holds_the_token(wrong: dict[str, Any]) -> None:
    """IPython's verbose tracebacks show locals: in the frames of ours that are left, none is the token."""
    with pytest.raises(ArgumentError) as caught:
        sse.connect("http://127.0.0.1:9/x", **{"token": "CANARY-s3cr3t", **wrong})
    frames, trace = [], caught.value.__traceback__
    while trace is not None and (trace := trace.tb_next) is not None:  # the first frame is this test's own
        frames.append({name: repr(value) for name, value in trace.tb_frame.f_locals.items()})
    assert frames
    assert "s3cr3t" not in repr(frames)
    assert "s3cr3t" not in str(caught.value)
