"""Planted troubles: whatever is wrong, exactly the check that is about it says so."""

from __future__ import annotations

import gc
import gzip
import ssl
import time
import warnings
from collections.abc import Callable, Sequence
from email.utils import formatdate
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from planted import Hours, event
from raw_server import CHUNKED, LAST, RawServer, Step, answer, chunk, dead_port, hold
from support import client_threads, eventually, nothing_left

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.checkup import examining, way
from sse_notebook.checkup.findings import PLAN

SECONDS = 0.15  # of listening, where a test does not need more
STREAM_PATH = "/api/v1/events/stream"


BEAT = b'event: heartbeat\ndata: {"event_type": "heartbeat"}\n\n'


def good(*parts: bytes, head: bytes = CHUNKED, end: Sequence[Step] = (hold,)) -> list[Step]:
    """A script: these parts, one after the other, and then silence."""
    return [head, *(chunk(part) for part in parts), *end]


def head(**headers: str) -> bytes:
    """The head of a stream with these headers too."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return CHUNKED[:-2] + more.encode() + b"\r\n"


def wrong(report: Any) -> dict[str, list[str]]:
    """The checks that say that something is wrong."""
    return {
        "failed": [each.name for each in report.failed],
        "warning": [each.name for each in report.warnings],
    }


def is_wrong(report: Any, failed: str = "", warning: str = "", words: str = "") -> None:
    """Exactly these say so; the words are in what was seen, or in what to do; each check is there once."""
    names = {"failed": failed.split("+") if failed else [], "warning": warning.split("+") if warning else []}
    assert names == wrong(report), str(report)
    assert bool(report) is (not failed)
    told = " ".join(f"{each.seen} {each.advice}" for each in [*report.failed, *report.warnings])
    assert words in told
    assert [(planned.part, planned.name) for planned in PLAN] == [each[:2] for each in report]
    for each in [*report.failed, *report.warnings]:
        assert each.advice, each


class Answered(NamedTuple):
    """A server's answer, and what is wrong with it."""

    scripts: list[list[Step]]
    failed: str = ""
    warning: str = ""
    words: str = ""
    arguments: dict[str, Any] = {}  # noqa: RUF012 - never changed
    path: str = "/events"


def fine() -> list[list[Step]]:
    """Two events; and the second again, for who asks after the first."""
    return [good(event(1), event(2)), again()]


def again() -> list[Step]:
    return good(event(2))


def answers() -> dict[str, Answered]:
    """All of them, of events that are new."""
    return {
        "nothing wrong": Answered(fine()),
        "401": Answered([[answer("401 Unauthorized")]], "status", words="pass it as `token=`"),
        "401 with a token": Answered(
            [[answer("401 Unauthorized", b"who are you")]],
            "status",
            words="who are you",
            arguments={"token": "t-12345"},
        ),
        "403": Answered([[answer("403 Forbidden")]], "status", words="a stream does not try again"),
        "404": Answered([[answer("404 Not Found")]], "status", words="look at the URL"),
        "404 of what should be the platform": Answered(
            [[answer("404 Not Found")]],
            "status",
            words="another program answers there",
            arguments={"token": "t-12345"},
            path=STREAM_PATH,
        ),
        "204": Answered([[answer("204 No Content")]], "status", words="not to come back"),
        "429": Answered(
            [[answer("429 Too Many Requests", retry_after="120")]], "status", words="asked again in 2 minutes"
        ),
        "503": Answered([[answer("503 Service Unavailable")]], "status", words="it may pass"),
        "418": Answered([[answer("418 I'm a teapot")]], "status", words="its own log says more"),
        "a web page": Answered(
            [[answer("200 OK", b"<h1>Log in</h1>", content_type="text/html")]],
            "content type",
            words="login page",
        ),
        "JSON": Answered(
            [[answer("200 OK", b"{}", content_type="application/json")]], "content type", words="URL of the"
        ),
        "no content type": Answered([[answer("200 OK", b"{}")]], "content type", words="text/event-stream"),
        "a redirect to another origin": Answered(
            [[answer("302 Found", location="https://login.example.com/in")]],
            "redirects",
            words="login.example.com",
        ),
        "a redirect in a circle": Answered(
            [[answer("302 Found", location="/events")]], "redirects", words="circle"
        ),
        "no HTTP": Answered([[b"220 mail.example.com ESMTP\r\n"]], "status", words="no HTTP server"),
        "closed without an answer": Answered([[]], "status", words="closed it without an answer"),
        "br": Answered([good(head=head(content_encoding="br"))], "compression", words="'br'"),
        "gzip": Answered(
            [
                good(gzip.compress(event(1) + event(2)), head=head(content_encoding="gzip")),
                good(gzip.compress(event(2)), head=head(content_encoding="gzip")),
            ],
            warning="compression",
            words="a compressor waits",
        ),
        "no gzip, though it says so": Answered(
            [good(event(1), head=head(content_encoding="gzip"))],
            "lasting",
            "compression",
            words="before anything could be read: the connection broke: Error -3 while decompressing",
        ),
        "cut before anything came": Answered([good(end=[])], "lasting", words="try once more"),
        "empty": Answered([good(end=[LAST])], warning="lasting", words="the server ended it"),
        "silent": Answered([good()], warning="events", words="nothing at all came"),
        "only heartbeats": Answered([good(BEAT)]),
        "ends at once": Answered(
            [good(event(1), event(2), end=[LAST]), again()], warning="lasting", words="the server ended it"
        ),
        "no ids": Answered([good(event(None), event(None))], warning="ids", words="can't be resumed"),
        "one id for all": Answered([good(event(7), event(7))], warning="ids", words="no event from another"),
        "some ids": Answered([good(event(1), event(None), event(2)), again()], warning="ids", words="1 of 3"),
        "comes back at once": Answered(
            [good(b"retry: 1\n\n", *map(event, (1, 2))), again()], warning="retry", words="1 ms"
        ),
        "comes back tomorrow": Answered(
            [good(b"retry: 90000000\n\n", *map(event, (1, 2))), again()], warning="retry", words="retry_max"
        ),
        "upper case": Answered(
            [good(event(1), event(2), b"Data: 1\n\n"), again()], warning="lines", words="lower case"
        ),
        "a payload of two lines": Answered(
            [good(event(1), event(2), b'data: {"a":\n 1}\n\n'), again()],
            warning="ids+lines+times",
            words="own `data:`",
        ),
        "Latin-1": Answered(
            [good(event(1), event(2), ": für\n\n".encode("latin-1")), again()],
            warning="lines",
            words="not UTF-8",
        ),
        "cut within an event": Answered(
            [good(event(1), event(2), b"data: x\n", end=[LAST]), again()],
            warning="lasting+lines",
            words="within an event",
        ),
        "Python's notation": Answered(
            [
                good(*(f"id: {n}\ndata: {{'n': {n}}}\n\n".encode() for n in (1, 2))),
                good(b"id: 2\ndata: {'n': 2}\n\n"),
            ],
            warning="types+times",
            words="json.dumps",
        ),
        "types that nobody knows": Answered(
            [good(event(1, "coffee.ready"), event(2, "coffee.ready")), good(event(2, "coffee.ready"))],
            warning="types",
            words="does not know coffee.ready",
            arguments={"token": "t-12345"},
            path=STREAM_PATH,
        ),
        "types that nobody knows, elsewhere": Answered(
            [good(event(1, "coffee.ready"), event(2, "coffee.ready")), good(event(2, "coffee.ready"))]
        ),
        "no times": Answered(
            [good(event(1, timestamp=None), event(2)), again()],
            warning="times",
            words="1 of 2 events say no time",
        ),
        "old times": Answered(
            [good(event(1, timestamp=1_600_000_000), event(2, timestamp=1_600_000_000)), again()],
            warning="times",
            words="older than their arrival",
        ),
        "a clock that is wrong": Answered(
            [good(event(1), event(2), head=head(date=formatdate(time.time() - 7_200, usegmt=True))), again()],
            warning="clocks",
            words="2 hours ahead",
        ),
        "out of a cache": Answered(
            [good(event(1), event(2), head=head(age="100")), again()],
            warning="buffering",
            words="comes out of a cache",
        ),
        "a proxy that may collect": Answered(
            [good(event(1), event(2), head=head(via="1.1 proxy")), again()],
            warning="buffering",
            words="via: 1.1 proxy",
        ),
        "sends all again": Answered([fine()[0]] * 2, warning="resuming", words="ignores Last-Event-ID"),
        "sends nothing again": Answered([fine()[0], good()], warning="resuming", words="does not come again"),
        "can't send again": Answered(
            [
                fine()[0],
                good(
                    b'event: connected\ndata: {"event_type": "connected", "resume": {"complete": false}}\n\n'
                ),
            ],
            warning="resuming",
            words="the server says",
        ),
        "refuses ids": Answered(
            [fine()[0], [answer("400 Bad Request")]], warning="resuming", words="400 Bad Request"
        ),
        "Bearer, twice": Answered(
            fine(), warning="token", words="added for you", arguments={"token": "Bearer t-12345"}
        ),
        "in quotation marks": Answered(
            fine(), warning="token", words="quotation marks", arguments={"token": '"t-12345"'}
        ),
    }


@pytest.mark.parametrize("name", answers())
def test_an_answer(server: RawServer, name: str) -> None:
    """What is wrong with an answer one check says, and no other; nothing is left."""
    given = answers()[name]
    url = server.play(given.path, *given.scripts)
    with nothing_left():
        report = sse.doctor(url, seconds=SECONDS, **given.arguments)
    is_wrong(report, given.failed, given.warning, given.words)


def test_nobody_is_told_to_listen_longer_to_what_has_ended(server: RawServer) -> None:
    """What did not come before the end would not have come later: there is no advice to wait."""
    report = sse.doctor(server.play("/x", good(end=[LAST])), seconds=SECONDS)
    assert ("unknown", "unknown") == (report["events"].outcome, report["heartbeats"].outcome)
    assert "listen for longer" not in str(report)


def test_a_redirect_that_is_followed(server: RawServer) -> None:
    """It works, and where it leads is told."""
    server.play("/new", *fine())
    report = sse.doctor(
        server.play("/old", [answer("307 Temporary Redirect", location="/new")]), seconds=SECONDS
    )
    is_wrong(report, warning="redirects", words="to /new")


def test_nothing_listens() -> None:
    """The connection breaks, and who it may be is told; nothing behind it is looked at."""
    report = sse.doctor(f"http://127.0.0.1:{dead_port()}/events")
    is_wrong(report, "connection", words="JupyterHub")
    assert {"skipped"} == {each.outcome for each in report if each.part in ("answer", "stream")}
    assert "not looked at, since connection failed" == report["events"].seen


def test_a_name_that_nobody_knows() -> None:
    """The name breaks."""
    is_wrong(sse.doctor("https://nosuch.invalid/events"), "name", words="nosuch.invalid")


def test_a_name_that_can_be_none() -> None:
    """A label that is too long is a name that nobody has."""
    is_wrong(sse.doctor(f"https://{'x' * 70}.invalid/events"), "name")


# -- TLS -------------------------------------------------------------------------------------------------


def secured(authority: trustme.CA, **how: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", **how).configure_cert(context)
    return context


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this machine trusts."""
    authority = trustme.CA(organization_name="House of Certificates")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    return authority


def test_a_certificate_of_somebody(server: RawServer) -> None:
    """TLS breaks where nobody knows the authority, and what to do about one's own is told."""
    with RawServer(tls=secured(trustme.CA())) as stranger:
        is_wrong(sse.doctor(stranger.play("/events", *fine())), "tls", words="cafile=")


def test_a_good_certificate(authority: trustme.CA) -> None:
    """Who signed it, and how long it is good, is told."""
    with RawServer(tls=secured(authority)) as server:
        report = sse.doctor(server.play("/events", *fine()), seconds=SECONDS)
    is_wrong(report)
    assert report["tls"].outcome == "ok"
    assert "House of Certificates" in report["tls"].seen


def test_a_certificate_that_ends(authority: trustme.CA) -> None:
    """One that ends within two weeks is warned of."""
    from datetime import UTC, datetime, timedelta

    ends = datetime.now(UTC) + timedelta(days=3.5)
    with RawServer(tls=secured(authority, not_after=ends)) as server:
        report = sse.doctor(server.play("/events", *fine()), seconds=SECONDS)
    is_wrong(report, warning="tls", words="in 3 days")


def test_no_tls_there(server: RawServer) -> None:
    """https:// to a server that speaks none."""
    url = server.play("/events", *fine()).replace("http:", "https:")
    is_wrong(sse.doctor(url), "tls", words="http://")


# -- the token -------------------------------------------------------------------------------------------


def test_a_token_that_has_ended(backend: Backend) -> None:
    """The token is what is wrong, and the server's word for it is beside it."""
    report = sse.doctor(backend.url, token=backend.token(expires_in=-7_200))
    is_wrong(report, "token+status", words="it ended 2 hours ago")


def test_a_token_that_is_not_good_yet(backend: Backend) -> None:
    """Likewise."""
    report = sse.doctor(backend.url, token=backend.token(nbf=time.time() + 7_200))
    is_wrong(report, "token+status", words="not good before 2 hours from now")


def test_a_token_that_ends_soon(backend: Backend) -> None:
    """It works, and what to do is told."""
    report = sse.doctor(backend.url, token=backend.token(expires_in=20), seconds=SECONDS)
    is_wrong(report, warning="token", words="pass a function")


def test_no_token() -> None:
    """The platform is not even asked; nor could it be, where nobody listens."""
    report = sse.doctor("http://localhost:9")
    is_wrong(report, "token+connection", words="sse-notebook serve")
    assert "is the server running" in report["connection"].advice


def test_no_token_but_a_way(server: RawServer) -> None:
    """That the server can be reached takes no token to see, and nobody is asked."""
    report = sse.doctor(server.url("/"))
    is_wrong(report, "token", words="sse-notebook serve")
    assert ["ok", "ok", "skipped"] == [report[name].outcome for name in ("name", "connection", "status")]
    assert "not looked at, since token failed" == report["status"].seen
    assert [] == server.requests


def test_a_token_for_another_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the environment's token is not for this URL is told, and where it is for."""
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", "t-12345")
    report = sse.doctor("http://127.0.0.1:9")
    is_wrong(report, "token+connection", words="is for http://localhost:8000")
    assert "compare scheme, host and port" in report["token"].advice


@pytest.mark.parametrize("token", ["t-12345\n", "t-1234\u20ac"])
def test_a_token_of_the_environment_that_can_not_be_sent(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    """It is a finding, not an error, and the variable is named; the token is not shown."""
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", token)
    for url in (None, "http://localhost:8000/events"):
        report = sse.doctor(url)
        is_wrong(
            report,
            "token+connection",
            words="from SSE_NOTEBOOK_TOKEN: the token has characters that can't be sent",
        )
        assert "t-1234" not in f"{report} {report._repr_html_()}"
    contract = sse.check_backend()
    assert "from SSE_NOTEBOOK_TOKEN" in contract["stream"].seen


def test_a_function_that_gives_none() -> None:
    """The function is looked at: nobody is asked for a token."""
    report = sse.doctor("http://localhost:9", token=lambda: "")
    is_wrong(report, "token+connection", words="look at the function")


def test_a_token_in_plain_text(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not sent over a network, and that is why there is nothing."""
    monkeypatch.setattr(way, "look_up", lambda *_: ["127.0.0.1"])
    url = server.url("/events").replace("127.0.0.1", "example.com")
    is_wrong(sse.doctor(url, token="t-12345"), "token", words="in plain text")
    assert [] == server.requests


def test_a_token_in_the_url(server: RawServer) -> None:
    """It works, but notebooks are shared."""
    report = sse.doctor(server.play("/events", *fine()) + "?token=t-12345", seconds=SECONDS)
    is_wrong(report, warning="url", words="SSE_NOTEBOOK_TOKEN")


def test_a_function_that_raises() -> None:
    """Of a function that gives no token the kind and the place of its error are told."""

    def fetch() -> str:
        raise RuntimeError("the secret is t-12345")

    report = sse.doctor("https://127.0.0.1:9/events", token=fetch)
    is_wrong(report, "token+connection", words="RuntimeError")
    assert "t-12345" not in str(report)


def test_a_function_that_is_async(backend: Backend) -> None:
    """It is asked, also where an event loop runs already, as in a notebook."""
    import asyncio

    async def fetch() -> str:
        return backend.token()

    async def cell() -> Any:
        return sse.doctor(backend.url, token=fetch, seconds=SECONDS)  # not awaited: as in a cell

    assert asyncio.run(cell())["status"].outcome == "ok"


def test_a_function_that_never_answers(hours: Hours) -> None:
    """It is waited for no longer than ten seconds."""
    import threading

    asked, release = threading.Event(), threading.Event()

    def fetch() -> str:
        asked.set()
        hours.clock.advance(11)
        release.wait(20)
        return "t-12345"

    report = sse.doctor("https://127.0.0.1:9/events", token=fetch)
    release.set()
    is_wrong(report, "token+connection", words="has not answered for 10 s")
    eventually(lambda: client_threads() == [])


# -- the environment -------------------------------------------------------------------------------------


def test_recordings_stand_for_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is why nothing comes."""
    monkeypatch.setenv("SSE_NOTEBOOK_REPLAY", "morning.ssecast")
    is_wrong(sse.doctor("http://127.0.0.1:9/events"), "environment", words="morning.ssecast")


def test_the_environment_names_no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be read there is no error of who calls."""
    monkeypatch.setenv("SSE_NOTEBOOK_API_URL", "example.com:443")
    is_wrong(sse.doctor(), "url", words="SSE_NOTEBOOK_API_URL")


def test_the_environments_own(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a URL it is the environment's, with its token."""
    monkeypatch.setenv("SSE_NOTEBOOK_API_URL", backend.url)
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", backend.token())
    report = sse.doctor(seconds=SECONDS)
    is_wrong(report)
    assert "from SSE_NOTEBOOK_TOKEN" in report["token"].seen


def test_a_proxy_that_is_dead(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way leads to the proxy that the environment names, and breaks there."""
    monkeypatch.setenv("HTTP_PROXY", f"http://me:t-12345@127.0.0.1:{dead_port()}")
    monkeypatch.setattr("urllib.request.proxy_bypass", lambda _host: False)
    report = sse.doctor(server.play("/events", *fine()))
    is_wrong(report, "connection", words="is the proxy running")
    assert "t-12345" not in str(report)


def test_a_proxy_that_can_be_none(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that can't be read is told."""
    monkeypatch.setenv("HTTP_PROXY", "http://[::/")
    monkeypatch.setattr("urllib.request.proxy_bypass", lambda _host: False)
    is_wrong(sse.doctor(server.play("/events", *fine())), "name", words="HTTP_PROXY")


def test_a_client_of_ones_own(server: RawServer) -> None:
    """Its way is its own; its answer is told."""
    import httpx

    with httpx.Client() as client:
        report = sse.doctor(server.play("/events", *fine()), client=client, seconds=SECONDS)
    is_wrong(report)
    assert "your own Client makes the connection" == report["connection"].seen


# -- by the clock ----------------------------------------------------------------------------------------


def test_no_heartbeat_in_a_minute(server: RawServer, hours: Hours) -> None:
    """Who listens for long enough is told that there are none."""
    one = event(1, timestamp=hours.clock.time() - 1)
    url = server.play("/events", [*good(one, end=[hours.pass_(70, "build_failed"), hold])], good(end=[LAST]))
    report = sse.doctor(url, seconds=65, vocabulary=hours.vocabulary)
    is_wrong(report, warning="heartbeats", words="each 15 s")
    assert "none in 70 s" == report["heartbeats"].seen


def test_a_proxy_that_collects(server: RawServer, hours: Hours) -> None:
    """Heartbeats that come three at a time were made one after the other."""
    one = event(1, timestamp=hours.clock.time() - 1)
    end: list[Step] = [
        hours.pass_(30, "build_failed"),
        chunk(BEAT * 3),
        hours.pass_(30, "heartbeat"),
        hold,
    ]
    report = sse.doctor(
        server.play("/events", good(one, end=end), good(end=[LAST])), seconds=50, vocabulary=hours.vocabulary
    )
    is_wrong(report, warning="bursts", words="proxy_buffering off")


def test_a_proxy_that_sends_blocks(server: RawServer, hours: Hours) -> None:
    """What comes in pieces of one round size was collected."""
    steps: list[Step] = [CHUNKED]
    for n in range(4):
        one = event(n, f"build_{n}", timestamp=hours.clock.time() - 1)
        steps += [chunk(one + b":" * (4095 - len(one)) + b"\n"), hours.pass_(0, f"build_{n}")]
    steps += [hours.pass_(30, "build_3"), hold]
    last = event(3, "build_3", timestamp=hours.clock.time() - 1)
    url = server.play("/events", steps, good(last, end=[LAST]))
    report = sse.doctor(url, seconds=20, vocabulary=hours.vocabulary)
    is_wrong(report, warning="bursts", words="blocks of 4,096 bytes")


def test_events_that_were_held(server: RawServer, hours: Hours) -> None:
    """Events of twenty seconds that come at once were held back, though they are in order."""
    begin = hours.clock.time() - 1
    held = b"".join(event(n, timestamp=begin + n) for n in range(2, 22))
    last = event(30, "build_complete", timestamp=begin + 21)
    end: list[Step] = [
        hours.pass_(25, "build_failed"),
        chunk(held + last),
        hours.pass_(26, "build_complete"),
        hold,
    ]
    script = good(event(1, timestamp=begin), end=end)
    again = good(last, end=[LAST])
    report = sse.doctor(server.play("/events", script, again), seconds=50, vocabulary=hours.vocabulary)
    is_wrong(report, warning="bursts", words="came at once")


def test_no_answer(server: RawServer, hours: Hours) -> None:
    """A server that takes the request and says nothing is given up."""

    def silence(peer: Any) -> None:
        hours.clock.advance(20)
        peer.until_gone()

    report = sse.doctor(server.play("/events", [silence]))
    is_wrong(report, "status", words="no answer within 15 s")


# -- filters ---------------------------------------------------------------------------------------------


@pytest.fixture
def busy() -> Any:
    """A backend on which much happens."""
    with Backend(heartbeat=0.2, scenario="platform", speed=100) as backend:
        yield backend


FILTERS: dict[str, tuple[dict[str, Any], dict[str, Any], str, str, str]] = {
    "kept": ({}, {"resource_type": "workload"}, "", "", ""),
    "ignored": (
        {"ignore_filters": ["resource_type"]},
        {"resource_type": "workload"},
        "",
        "filters",
        "do not fit",
    ),
    "too eager": ({"hold_back": 2}, {"resource_type": "workload"}, "filters", "", "holds back"),
    "misspelt": ({}, {"project_id": "P-Shop"}, "", "filters", "spelling"),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters(busy: Backend, name: str) -> None:
    """A server that does not keep to what it is asked for is told of; so is what there is nothing of."""
    faults, asked, failed, warning, words = FILTERS[name]
    busy.faults.update(faults)
    report = sse.doctor(busy.url, token=busy.token(), seconds=1.0, **asked)
    assert words in " ".join(report["filters"])
    told = wrong(report)
    assert [failed, warning] == ["+".join(name for name in told[how] if name == "filters") for how in told]


# -- arguments, and other ends ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"what": 7}, "a URL or a stream"),
        ({"what": sse.EventStore()}, "not EventStore"),
        ({"what": sse.EventStore().where(type="log")}, "view.explain()"),
        ({"what": "ftp://host/"}, "http://"),
        ({"what": "http://127.0.0.1:9/x", "seconds": 0}, "seconds"),
        ({"what": "http://127.0.0.1:9/x", "seconds": True}, "seconds"),
        ({"what": "http://127.0.0.1:9/x", "token": 5}, "token"),
        ({"what": "http://127.0.0.1:9/x", "auth": "cookie"}, "auth"),
        ({"what": "http://127.0.0.1:9/x", "client": 5}, "client"),
        ({"what": "http://127.0.0.1:9/x", "vocabulary": "klingon"}, "klingon"),
        ({"what": "http://127.0.0.1:9/x", "insecure": "no"}, "insecure"),
        ({"what": "http://127.0.0.1:9/x", "project_id": 3}, "project_id"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_wrong_arguments(arguments: dict[str, Any], words: str) -> None:
    """They are refused, with what would be right."""
    with pytest.raises(sse.ArgumentError, match=words):
        sse.doctor(**arguments)


@pytest.mark.parametrize("where", ["before the head", "while it listens"])
def test_interrupted(server: RawServer, interrupt: Callable[[], None], where: str) -> None:
    """Ctrl-C ends it at once, and leaves nothing."""

    def step(peer: Any) -> None:
        interrupt()
        peer.until_gone()

    url = server.play("/events", [step] if where == "before the head" else good(event(1), end=[step]))
    with nothing_left(), pytest.raises(KeyboardInterrupt):
        sse.doctor(url, seconds=600)  # longer than a test may take


def test_interrupted_before_anybody_has_the_answer(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two lines nobody holds what was asked; the checkup does."""

    def pressed(*_: Any, **_others: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(examining, "listen", pressed)
    with nothing_left(), warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(KeyboardInterrupt):
            sse.doctor(server.play("/events", good(event(1))), seconds=600)
        gc.collect()
    assert [] == [str(each.message) for each in left]


def test_a_flood(server: RawServer) -> None:
    """Who sends without a pause is listened to until it is enough."""
    many: Callable[[int], bytes] = lambda begin: b"".join(event(n) for n in range(begin, begin + 2_000))  # noqa: E731
    parts = [many(begin) for begin in range(0, 24_000, 2_000)]
    report = sse.doctor(server.play("/events", good(*parts), good(event(19_999))), seconds=60)
    assert "then it was enough" in report["events"].seen
