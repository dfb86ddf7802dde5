"""The way to a server, link by link: what each says where it breaks, and that nothing is left of it."""

from __future__ import annotations

import http.server
import ssl
import threading
from pathlib import Path

import httpx
import pytest
import trustme
from raw_server import RawServer, answer, dead_port, full_backlog
from support import nothing_left

from sse_notebook.errors import BadStatus, ConnectionFailed, Exhausted, Unreachable, Untrusted
from sse_notebook.source.answer import Answer
from sse_notebook.source.transport import Transport
from sse_notebook.source.transport_probe import Road, connected, look_up, road_to, shake_hands

SECONDS = 5.0


# -- whom it leads to ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "road"),
    [
        ("http://example.com/x", Road("example.com", 80, "")),
        ("https://example.com/x", Road("example.com", 443, "")),
        ("https://[::1]:9/x", Road("::1", 9, "")),
    ],
    ids=["http", "https", "IPv6"],
)
def test_straight(url: str, road: Road) -> None:
    """Without a proxy it is the server itself."""
    assert road == road_to(url)


def test_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy that the environment names for that scheme, without its login; unless it is bypassed."""
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "inside.example.com")
    road = Road("proxy.example.com", 3128, "http://proxy.example.com:3128")
    assert road == road_to("https://example.com/x")
    assert Road("example.com", 80, "") == road_to("http://example.com/x")
    assert Road("inside.example.com", 443, "") == road_to("https://inside.example.com/x")


# -- links -----------------------------------------------------------------------------------------------


def test_look_up() -> None:
    """The addresses, each once; a name that nobody has, or can have, is told."""
    assert ["127.0.0.1"] == look_up("127.0.0.1", 80)
    for name in ("nosuch.invalid", "x" * 70 + ".invalid"):
        with pytest.raises(Unreachable, match=name[:20]):
            look_up(name, 80)


def test_connected() -> None:
    """A connection, while it lasts; who refuses and who does not answer is told; nothing is left."""
    with nothing_left(), RawServer() as server, connected("127.0.0.1", server.port, SECONDS) as stream:
        assert server.port == stream.get_extra_info("server_addr")[1]
    with nothing_left(), pytest.raises(Unreachable, match="refused"):
        connected("127.0.0.1", dead_port(), SECONDS).__enter__()
    with full_backlog() as port, pytest.raises(Unreachable, match="in time"):
        connected("127.0.0.1", port, 0.05).__enter__()


def test_no_connection_while_recordings_stand_for_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a look-up nor a connection is made."""
    monkeypatch.setenv("SSE_NOTEBOOK_REPLAY", "x.ssecast")
    with pytest.raises(Exhausted):
        look_up("127.0.0.1", 80)
    with RawServer() as server, pytest.raises(Exhausted), connected("127.0.0.1", server.port, SECONDS):
        pass
    assert 0 == server.accepted


def test_shake_hands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who signed it, and until when it is good; one that is not trusted, or is for another name, is told."""
    authority, context = trustme.CA(organization_name="House"), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with RawServer(tls=context) as server:
        with nothing_left(), pytest.raises(Untrusted), connected("127.0.0.1", server.port, SECONDS) as stream:
            shake_hands(stream, "127.0.0.1", SECONDS)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        with nothing_left(), connected("127.0.0.1", server.port, SECONDS) as stream:
            certificate = shake_hands(stream, "127.0.0.1", SECONDS)
        assert ("House", True) == (certificate.issuer, certificate.version.startswith("TLS"))
        assert certificate.ends is not None
        with (
            pytest.raises(Untrusted, match=r"other\.example\.com"),
            connected("127.0.0.1", server.port, SECONDS) as stream,
        ):
            shake_hands(stream, "other.example.com", SECONDS)


def test_no_tls_there() -> None:
    """A server that speaks none is told."""
    with (
        RawServer() as server,
        connected("127.0.0.1", server.port, SECONDS) as stream,
        pytest.raises(ConnectionFailed),
    ):
        shake_hands(stream, "127.0.0.1", SECONDS)


# -- what the transport tells ----------------------------------------------------------------------------


def test_each_head_is_told() -> None:
    """Of redirects and of refusals too, with what was asked for it."""
    heads: list[tuple[str, Answer]] = []
    with RawServer() as server:
        server.play("/b", [answer("403 Forbidden", x_why="so")])
        url = server.play("/a", [answer("307 Temporary Redirect", location="/b")])
        with pytest.raises(ConnectionFailed):
            Transport().open(url, told=lambda asked, head: heads.append((asked, head)))
        assert [(url, 307), (server.url("/b"), 403)] == [(asked, head.status) for asked, head in heads]
    assert "so" == heads[-1][1].headers["x-why"]


class Refusing(http.server.BaseHTTPRequestHandler):
    """Takes a body, and refuses it."""

    taken: list[tuple[str, bytes]] = []  # noqa: RUF012 - of all requests, on purpose

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.taken.append((self.headers["content-type"], body))
        self.send_response(422, "Unprocessable Content")
        self.send_header("Content-Length", "13")
        self.end_headers()
        self.wfile.write(b"no event_type")

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


@pytest.mark.parametrize("kind", ["ours", "httpx"])
def test_post(kind: str) -> None:
    """The body arrives whole; why it is not taken is told."""
    Refusing.taken.clear()
    with nothing_left(), http.server.HTTPServer(("127.0.0.1", 0), Refusing) as server, httpx.Client() as own:
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        transport = Transport(own if kind == "httpx" else None)
        url, body = f"http://127.0.0.1:{server.server_port}/x", b'{"a": 1}' * 10_000
        with pytest.raises(BadStatus, match="422 Unprocessable Content: no event_type"):
            transport.post(url, {"Content-Type": "application/json"}, wanted=lambda: True, body=body)
        serving.join()
    assert [("application/json", body)] == Refusing.taken
