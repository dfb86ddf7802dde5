"""One request, and what each kind of answer becomes: a stream, or one of our errors."""

from __future__ import annotations

import contextlib
import gc
import gzip
import resource
import ssl
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import httpx_sse
import pytest
from raw_server import (
    CHUNKED,
    LAST,
    STREAM,
    RawServer,
    answer,
    chunk,
    dead_port,
    flood,
    full_backlog,
    hold,
    reset,
)
from support import interrupted, is_long, nothing_left, open_files

from sse_notebook.clock import SYSTEM
from sse_notebook.errors import (
    BadRedirect,
    BadStatus,
    ConnectionFailed,
    ConnectionLost,
    Exhausted,
    NotAnEventStream,
    Unauthorized,
    Unreachable,
    Untrusted,
)
from sse_notebook.source.patience import Within
from sse_notebook.source.redactor import Redactor
from sse_notebook.source.transport import LONGEST_BODY, Transport

PEM = Path(__file__).parent / "localhost.pem"  # self-signed, of no use to anybody


def read(url: str, headers: dict[str, str] | None = None) -> bytes:
    """All bytes of a stream, until the server ends it."""
    reply = Transport().open(url, headers)
    try:
        return b"".join(reply)
    finally:
        reply.close()


def refused(url: str) -> ConnectionFailed:
    """The error that asking raises; nothing is left open."""
    with nothing_left(), pytest.raises(ConnectionFailed) as caught:
        Transport().open(url)
    return caught.value


# -- streams ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        [STREAM, b"data: 1\n\n"],
        [CHUNKED, chunk(b"data: "), chunk(b"1\n\n"), LAST],
        [b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9\r\n\r\ndata: 1\n\n", hold],
        [b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", b"data: 1\n\n"],
        [b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n", STREAM, b"data: 1\n\n"],
    ],
    ids=["until the end", "chunked", "with a length", "HTTP/1.0", "after a 1xx head"],
)
def test_bodies(server: RawServer, script: list[bytes]) -> None:
    """However HTTP frames the body, its bytes come out."""
    with nothing_left():
        assert read(server.play("/x", script)) == b"data: 1\n\n"


@pytest.mark.parametrize(
    "content_type",
    [
        *("text/event-stream", "text/event-stream; charset=utf-8", "TEXT/Event-Stream"),
        "text/event-stream;charset=latin-1",
    ],
)
def test_content_types_of_a_stream(server: RawServer, content_type: str) -> None:
    """Parameters and case do not matter."""
    server.play("/x", [answer("200 OK", b"data: 1\n\n", content_type=content_type)])
    assert read(server.url("/x")) == b"data: 1\n\n"


def test_a_compressed_stream(server: RawServer) -> None:
    """A server that compresses although it was asked not to is understood."""
    zipped = gzip.compress(b"data: 1\n\n" * 100)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n\r\n"
    server.play("/x", [head, zipped[:20], zipped[20:]])
    assert read(server.url("/x")) == b"data: 1\n\n" * 100


def test_a_compressed_stream_that_is_none(server: RawServer) -> None:
    """Bytes that are not what they are called are a broken connection."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n\r\n"
    server.play("/x", [head, b"data: 1\n\n" * 10])
    with nothing_left(), pytest.raises(ConnectionLost):
        read(server.url("/x"))


def test_the_first_byte_does_not_wait_for_the_second(server: RawServer) -> None:
    """What the server has sent is there at once, before anything follows."""
    server.play("/x", [STREAM, b"d", hold])
    reply = Transport().open(server.url("/x"))
    assert next(iter(reply)) == b"d"
    reply.close()


# -- what is asked ---------------------------------------------------------------------------------------


def test_headers_of_a_request(server: RawServer) -> None:
    """It asks as the standard says: for an event stream, uncached, uncompressed; each header once."""
    server.play("/x", [STREAM])
    read(server.url("/x?a=1"), {"accept": "text/event-stream, */*", "X-A": "ä"})
    request = server.requests[0]
    assert ("/x?a=1", ["text/event-stream, */*"]) == (request.target, request.all("accept"))
    assert (["no-store"], ["identity"]) == (request.all("cache-control"), request.all("accept-encoding"))
    assert (["ä"], [f"127.0.0.1:{server.port}"]) == (request.all("x-a"), request.all("host"))


# -- refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((f"{status} X", BadStatus) for status in (201, 206, 304, 400, 404, 410, 418, 429, 500, 503)),
        ("204 No Content", BadStatus),
        ("401 Unauthorized", Unauthorized),
        ("403 Forbidden", Unauthorized),
    ],
)
def test_statuses(server: RawServer, status: str, kind: type[BadStatus]) -> None:
    """Every status but 200 is an error of its kind, with the number and the server's words."""
    # called a stream, so that only the status can be the reason
    server.play("/x", [answer(status, content_type="text/event-stream")])
    error = refused(server.url("/x"))
    assert (kind, int(status[:3])) == (type(error), getattr(error, "status", None))
    assert error.cause.startswith(status)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"content_type": "text/html; charset=utf-8"}, "'text/html; charset=utf-8', not text/event-stream"),
        ({"content_type": "application/json"}, "application/json"),
        ({"content_type": "text/event-stream2"}, "text/event-stream2"),
        ({}, "no content type"),
    ],
)
def test_wrong_content_types(server: RawServer, headers: dict[str, str], words: str) -> None:
    """200 with anything but an event stream says what came instead; httpx-sse's users can catch it too."""
    server.play("/x", [answer("200 OK", b"<html>", **headers)])
    error = refused(server.url("/x"))
    assert isinstance(error, NotAnEventStream)
    assert isinstance(error, httpx_sse.SSEError)
    assert words in error.cause


def test_unreachable() -> None:
    """A dead port, an unknown host and no answer in time are no connection."""
    for url, words in (
        (f"http://127.0.0.1:{dead_port()}/", "refused"),
        ("http://nothing.invalid/", "unknown host 'nothing.invalid'"),
    ):
        error = refused(url)
        assert (Unreachable, True) == (type(error), words in error.cause)


@pytest.mark.parametrize(
    "bytes_", [b"", b"220 ftp ready\r\n", b"HTTP/1.1 200 OK\r\nbroken", b"\x16\x03\x01\0"]
)
def test_answers_that_are_no_http(server: RawServer, bytes_: bytes) -> None:
    """A server that speaks something else, or goes away before it answers, was not reached."""
    server.play("/x", [bytes_])
    assert isinstance(refused(server.url("/x")), Unreachable)


def test_a_reset_instead_of_an_answer(server: RawServer) -> None:
    """A connection that is reset before the answer was not reached."""
    server.play("/x", [reset])
    assert isinstance(refused(server.url("/x")), Unreachable)


def test_a_url_that_cannot_be_asked() -> None:
    """What httpx takes for no URL will be none the next time either."""
    for url in ("http://xn--a/", "http://a\u0378b/", "http://host/\x7f"):
        error = refused(url)
        assert (Exhausted, True) == (type(error), "not a URL that can be asked" in error.cause)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"nonsense\r\n\r\n", "the answer does not begin as one in HTTP does"),
        (b"\r\n\r\n", "the answer does not begin as one in HTTP does"),
        (b"HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n", "the server wants to speak another protocol"),
        (b"HTTP/1.1 200 OK\r\nno header\r\n\r\n", "the answer has a header that is none"),
        (b"HTTP/1.1 200 OK\r\n a: b\r\n\r\n", "the answer has a header that is none"),
        (b"HTTP/1.1 200 OK\r\na: " + b"b" * 200_000, "the head of the answer is too long"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "the answer does not say soundly where it ends"),
        (CHUNKED + b"zz\r\n", "the connection broke: the answer is cut into chunks that are none"),
        (CHUNKED + b"2\r\nabc\r\n", "the connection broke: the answer is cut into chunks that are none"),
    ],
)
def test_what_is_wrong_with_it_in_words(server: RawServer, said: bytes, words: str) -> None:
    """Why it is no HTTP is said plainly, neither in a library's words nor in bytes."""
    server.play("/x", [said])
    with pytest.raises(ConnectionFailed) as caught:
        read(server.url("/x"))
    assert words == caught.value.cause


# -- breaks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        [CHUNKED, chunk(b"data: 1\n\n")],  # no last chunk
        [CHUNKED, b"ff\r\ndata: 1\n\n"],  # a chunk that is cut
        [CHUNKED, chunk(b"data: 1\n\n"), b"zz\r\n"],
        [CHUNKED, chunk(b"data: 1\n\n"), reset],
    ],
    ids=["no last chunk", "cut in a chunk", "nonsense", "reset"],
)
def test_a_stream_that_breaks(server: RawServer, script: list[Any]) -> None:
    """A stream that ends before its end is lost, and what had come is not."""
    server.play("/x", script)
    with nothing_left():
        reply = Transport().open(server.url("/x"))
        got: list[bytes] = []
        with pytest.raises(ConnectionLost, match="the connection broke"):
            got.extend(reply)
        reply.close()
    assert b"".join(got) in (b"data: 1\n\n", b"")  # a reset may overtake it


# -- redirects -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 X", "302 X", "303 X", "307 X", "308 X"])
@pytest.mark.parametrize("target", ["/y?b=1", "y?b=1", "{url}/y?b=1"])
def test_a_redirect_on_the_origin(server: RawServer, status: str, target: str) -> None:
    """Redirects on the origin are followed, with all headers, absolute or relative."""
    server.play("/x", [answer(status, location=target.format(url=server.url("")))])
    server.play("/y", [STREAM, b"data: 1\n\n"])
    with nothing_left():
        assert read(server.url("/x"), {"Authorization": "Bearer t"}) == b"data: 1\n\n"
    assert ["/x", "/y?b=1"] == [request.target for request in server.requests]
    assert ["Bearer t"] * 2 == [request.get("authorization") for request in server.requests]


def test_a_redirect_off_the_origin_asks_nobody(server: RawServer) -> None:
    """Another port is another origin: it is refused, and the other server never hears of it."""
    with RawServer() as other:
        server.play("/x", [answer("307 X", location=other.url("/steal"))])
        error = refused(server.url("/x"))
        assert (BadRedirect, "another origin" in error.cause) == (type(error), True)
        assert (0, []) == (other.accepted, other.requests)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        (None, "without a target"),
        ("", "without a target"),
        ("https://127.0.0.1:{port}/x", "another origin"),
        ("http://localhost:{port}/x", "another origin"),
        ("javascript:alert(1)", "another origin"),
        ("//evil.invalid/x", "another origin"),
        ("http://127.0.0.1:{port}@evil.invalid/", "another origin"),
        ("http://127.0.0.1:99999/", "no URL"),
        ("http://[::1/", "no URL"),
        ("/x", "in a circle"),
    ],
)
def test_redirects_that_are_not_followed(server: RawServer, location: str | None, words: str) -> None:
    """A redirect to nowhere, elsewhere or back to itself is refused with the reason."""
    said = {} if location is None else {"location": location.format(port=server.port)}
    server.play("/x", [answer("302 Found", **said)])
    error = refused(server.url("/x"))
    assert (BadRedirect, True, 1) == (type(error), words in error.cause, server.accepted)


def test_a_redirect_in_a_longer_circle(server: RawServer) -> None:
    """Two targets that point to each other are a circle too."""
    server.play("/x", [answer("302 Found", location="/y")])
    server.play("/y", [answer("302 Found", location="/x")])
    assert "circle" in refused(server.url("/x")).cause


@pytest.mark.parametrize(("hops", "fine"), [(5, True), (6, False)])
def test_five_redirects_are_enough(server: RawServer, hops: int, fine: bool) -> None:
    """Five redirects are followed, a sixth is not."""
    for n in range(hops):
        server.play(f"/{n}", [answer("302 Found", location=f"/{n + 1}")])
    server.play(f"/{hops}", [STREAM, b"data: 1\n\n"])
    if fine:
        assert read(server.url("/0")) == b"data: 1\n\n"
    else:
        error = refused(server.url("/0"))
        assert (BadRedirect, "more than 5 redirects") == (type(error), error.cause)


# -- letting go ------------------------------------------------------------------------------------------


def quickly(transport: Transport, work: Callable[[], object]) -> None:
    """`work` ends with one of our errors soon after it was interrupted."""
    timer = threading.Timer(0.05, transport.interrupt)
    timer.start()
    began = time.monotonic()
    with pytest.raises(ConnectionFailed):
        work()
    assert time.monotonic() - began < 5
    timer.join()


def test_interrupted_while_connecting() -> None:
    """A connection in the making is let go of."""
    transport = Transport()
    with full_backlog() as port, nothing_left():
        quickly(transport, lambda: transport.open(f"http://127.0.0.1:{port}/"))


def test_interrupted_while_waiting_for_the_answer(server: RawServer) -> None:
    """A request that nobody answers is let go of."""
    transport = Transport()
    with nothing_left():
        quickly(transport, lambda: transport.open(server.play("/x", [hold])))


def test_interrupted_while_reading(server: RawServer) -> None:
    """A stream that says nothing is let go of."""
    transport = Transport()
    with nothing_left():
        reply = transport.open(server.play("/x", [CHUNKED, hold]))
        quickly(transport, lambda: list(reply))
        reply.close()


def test_interrupted_before_it_began(server: RawServer) -> None:
    """A request that is not wanted any more is not made."""
    with nothing_left(), pytest.raises(Unreachable, match="interrupted"):
        Transport().open(server.url("/x"), wanted=lambda: False)
    assert server.accepted == 0


def test_interrupting_nothing() -> None:
    """Without a request there is nothing to interrupt, and nothing that can't be."""
    transport = Transport()
    transport.interrupt()
    assert transport.uninterruptible is False


# -- TLS, proxies ----------------------------------------------------------------------------------------


@pytest.fixture
def tls_server() -> Iterator[RawServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    with RawServer(tls=context) as server:
        yield server


def test_tls(tls_server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream comes over TLS, and a silent one is let go of at once there too."""
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    transport = Transport()
    with nothing_left():
        reply = transport.open(tls_server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), hold]))
        pieces = iter(reply)
        assert next(pieces) == b"data: 1\n\n"
        quickly(transport, lambda: next(pieces))
        reply.close()


def test_a_certificate_that_nobody_vouches_for(tls_server: RawServer) -> None:
    """A server that can't prove who it is is not talked to; the reason is said."""
    error = refused(tls_server.play("/x", [STREAM]))
    assert (Untrusted, True) == (type(error), "certificate is not trusted: self-signed" in error.cause)
    assert [] == tls_server.requests


def test_a_proxy_of_the_environment(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy that the environment names is used, and can be interrupted; `no_proxy` is obeyed."""
    monkeypatch.setenv("http_proxy", server.url(""))
    server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), hold])
    transport = Transport()
    with nothing_left():
        reply = transport.open("http://somewhere.invalid/x")
        pieces = iter(reply)
        assert next(pieces) == b"data: 1\n\n"
        quickly(transport, lambda: next(pieces))
        reply.close()
    assert ["http://somewhere.invalid/x"] == [request.target for request in server.requests]
    monkeypatch.setenv("no_proxy", "somewhere.invalid")
    assert "unknown host" in refused("http://somewhere.invalid/x").cause
    assert len(server.requests) == 1


def test_a_proxy_without_a_scheme(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As curl and httpx take it: `host:port` is an HTTP proxy."""
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{server.port}")
    server.play("/x", [CHUNKED, chunk(b"data: 1\n\n"), LAST])
    assert b"data: 1\n\n" == read("http://somewhere.invalid/x")
    assert ["http://somewhere.invalid/x"] == [request.target for request in server.requests]


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("ftp://me:canary@127.0.0.1:9", "the proxy that the environment names can't be used"),
        ("http://me:canary@127.0.0.1:nine", "the proxy that the environment names can't be used"),
        ("socks5://me:canary@127.0.0.1:9", "pip install 'httpx[socks]'"),
    ],
)
def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, proxy: str, words: str) -> None:
    """What is wrong with the environment is said, with what to do, and without the proxy's password."""
    if proxy.startswith("socks"):
        monkeypatch.setitem(sys.modules, "socksio", None)  # whether it is installed or not
    monkeypatch.setenv("http_proxy", proxy)
    error = refused("http://somewhere.invalid/x")
    assert (Exhausted, True, False) == (type(error), words in error.cause, "canary" in error.cause)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSLKEYLOGFILE"])
def test_certificates_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """A file that the environment names and that is not there is named, not an internal error."""
    for other in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, str(tmp_path / "gone" / "x.pem"))
    error = refused(f"https://127.0.0.1:{dead_port()}/")
    assert Exhausted is type(error)
    assert f"no certificates to trust: {name} can't be read: No such file" in error.cause


def test_out_of_descriptors(server: RawServer) -> None:
    """That there are too many open files is no end: it is like a connection that can't be made."""
    url = server.play("/x", [STREAM, b"data: 1\n\n"])
    gc.collect()  # what an earlier test left is not to be let go of meanwhile
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_files() + 40, hard))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        taken: list[Any] = []
        with contextlib.suppress(OSError):
            while True:
                taken.append(stack.enter_context(Path("/dev/null").open()))
        for _ in range(2):  # with more the server, in this same process, would run out of them too
            with pytest.raises(Unreachable, match=r"^Too many open files$"):
                Transport().open(url)
            taken.pop().close()
    assert read(url) == b"data: 1\n\n"


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_half_a_secret_in_a_body(server: RawServer, kind: str) -> None:
    """Where a long body is cut in the middle of a secret, the half that was read is not shown either."""
    body = b"<p>sorry</p>" + b" " * (LONGEST_BODY - 24) + b"canary-canary-canary, and more"
    server.play("/x", [answer("404 Not Found", body, content_type=kind)])
    with pytest.raises(BadStatus) as caught:
        Transport(redact=lambda text: text.replace("canary-canary-canary", "***")).open(server.url("/x"))
    assert "sorry" in caught.value.cause
    assert "canary" not in caught.value.cause


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100),
        (b"HTTP/1.1 404 Not Found\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"") * 100),
    ],
    ids=["heads", "compressed nothing"],
)
def test_a_server_that_never_comes_to_the_point(server: RawServer, begin: bytes, again: bytes) -> None:
    """Who sends without a pause, but nothing, is waited for no longer than who sends nothing."""
    url = server.play("/x", [begin, flood(again)])
    with nothing_left(), pytest.raises(ConnectionFailed, match=r"^(no answer in time|404 Not Found)$"):
        Transport().open(url, patience=Within(0.05, SYSTEM, "no answer in time"))


@pytest.mark.parametrize("own", [False, True])
def test_a_proxy_that_repeats_its_password(
    server: RawServer, monkeypatch: pytest.MonkeyPatch, *, own: bool
) -> None:
    """The login of the environment's proxy is known as a secret, whoever asks it."""
    monkeypatch.setenv("http_proxy", f"http://me:canary%20word@127.0.0.1:{server.port}")
    server.play("/x", [answer("401 Unauthorized", b"no me:canary word, no bWU6Y2FuYXJ5IHdvcmQ= here")])
    redact = Redactor()
    with httpx.Client() as client, pytest.raises(Unauthorized) as caught:
        Transport(client if own else None, redact=redact, secret=redact.add).open("http://some.invalid/x")
    assert "401 Unauthorized: no me:***, no *** here" == caught.value.cause


def test_a_proxy_that_refuses(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a proxy answers is not taken for the server's own answer."""
    monkeypatch.setenv("https_proxy", server.url(""))
    error = refused("https://somewhere.invalid/x")
    assert (Unreachable, "the proxy answered 404 Not Found") == (type(error), error.cause)


def test_compression_that_was_not_asked_for(server: RawServer) -> None:
    """A chain of encodings, or one we do not know, is refused in plain words."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip, gzip\r\n\r\n"
    url = server.play("/bomb", [head])
    with pytest.raises(NotAnEventStream, match="gzip, gzip"):
        Transport().open(url)


def test_cut_off_anywhere(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a Ctrl-C on the main thread cuts off: once it is closed nothing is left to the collector."""
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # of one in a finalizer Python says so
    url = server.play("/events", [CHUNKED, chunk(b"data: 1\n\n"), LAST])
    assert read(url) == b"data: 1\n\n"  # all is imported
    steps, over = count(0, 1 if is_long() else 5), 0
    while over < 3:  # one that was lost in a finalizer is not the end
        transport = Transport()

        def ask(transport: Transport = transport) -> None:
            with contextlib.closing(transport.open(url)) as reply:
                for _ in reply:
                    pass

        with nothing_left(), warnings.catch_warnings(record=True) as left:
            warnings.simplefilter("always", ResourceWarning)
            over = 0 if interrupted(step := next(steps), ask) else over + 1
            transport.close()
        assert [] == [str(each.message) for each in left], f"cut off at step {step}"
    assert step > 1_000
