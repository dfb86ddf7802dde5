"""What the user's own client was made with, and what the environment says: trust, proxies, limits, hooks.

`test_clients` shows that a client works over every way; here is what happens where something is in the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
import trustme
from foreign.moves import PATIENCE, Connect, Moves, until
from raw_server import CHUNKED, RawServer, answer, chunk, hold
from servers.asgi import SseStarlette
from servers.forward_proxy import ForwardProxy
from servers.http2 import LOCALHOST, Http2

import sse_notebook as sse

TOKEN = "Kanarienvogel-0123456789"

both_libraries = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an authority's certificate; `leaf.pem` beside it is one for localhost that it signed."""
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    maker = trustme.CA()
    maker.cert_pem.write_to_path(path)
    maker.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(path.with_name("leaf.pem"))
    return path


@pytest.fixture(scope="module")
def signed(authority: Path) -> Iterator[Http2]:
    with Http2(certificate=authority.with_name("leaf.pem"), authority=authority) as server:
        yield server


@pytest.fixture(scope="module")
def plain() -> Iterator[SseStarlette]:
    with SseStarlette(ping=0.3) as server:
        yield server


@pytest.fixture
def channel(request: pytest.FixtureRequest) -> str:
    """A channel of this test's own."""
    return "".join(filter(str.isalnum, request.node.name))


def numbers(begin: int, end: int) -> list[dict[str, Any]]:
    return [{"data": {"n": n}} for n in range(begin, end)]


def received(stream: sse.EventStream) -> list[int]:
    return stream.df["data.n"].astype(int).to_list()


# -- trust -------------------------------------------------------------------------------------------------


def test_without_the_authority_it_is_not_trusted(signed: Http2, connect: Connect, channel: str) -> None:
    """A certificate that nobody known has signed is refused, for good; the cause says why and what to do."""
    stream = connect(signed.stream_url(channel))
    with pytest.raises(sse.errors.ConnectionFailed, match="certificate is not trusted") as caught:
        stream.wait_open(timeout=PATIENCE)
    assert "client=httpx.Client(verify=" in str(caught.value)
    assert ("exhausted", 0) == (stream.connection.state, stream.connection.attempt)


def test_with_the_authority_it_is(signed: Http2, connect: Connect, channel: str) -> None:
    """Who was refused connects again, with a client that knows the authority: the same stream."""
    refused = connect(signed.stream_url(channel))
    with pytest.raises(sse.errors.ConnectionFailed, match="not trusted"):
        refused.wait_open(timeout=PATIENCE)
    with httpx.Client(verify=signed.tls) as client:
        stream = connect(signed.stream_url(channel), client=client)
        assert refused is stream
        stream.reconnect()
        stream.wait_open(timeout=PATIENCE)
        signed.wait_for_followers(channel, 1)
        signed.publish(channel, *numbers(0, 1))
        assert [0] == received(stream.wait_for(1, timeout=PATIENCE))
        stream.close()


def test_a_certificate_for_another_name_is_not_trusted(signed: Http2, connect: Connect, channel: str) -> None:
    """Signed by the right authority, but for `localhost`: the address is refused."""
    url = signed.stream_url(channel).replace("localhost", "127.0.0.1")
    with httpx.Client(verify=signed.tls) as client:
        stream = connect(url, client=client)
        with pytest.raises(sse.errors.ConnectionFailed, match=r"not trusted: IP address mismatch"):
            stream.wait_open(timeout=PATIENCE)
        assert "exhausted" == stream.connection.state


def test_an_authority_of_the_environment(
    signed: Http2, authority: Path, connect: Connect, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`SSL_CERT_FILE` is heeded, without a client."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    stream = connect(signed.stream_url(channel)).wait_open(timeout=PATIENCE)
    signed.wait_for_followers(channel, 1)
    signed.publish(channel, *numbers(0, 1))
    assert [0] == received(stream.wait_for(1, timeout=PATIENCE))


# -- proxies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [SseStarlette, Http2], ids=["request", "tunnel"])
@pytest.mark.parametrize("named_by", ["client", "environment"])
def test_a_proxy_is_killed_and_comes_back(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, kind: type[SseStarlette], named_by: str
) -> None:
    """Everything goes through the proxy, the client's or the environment's: without it nothing comes."""
    with kind() as server, ForwardProxy() as proxy, httpx.Client(proxy=proxy.url) as client:
        if isinstance(server, Http2):
            client = httpx.Client(proxy=proxy.url, verify=server.tls)
        if named_by == "environment":
            monkeypatch.setenv("http_proxy", proxy.url)
            monkeypatch.setenv("https_proxy", proxy.url)
            monkeypatch.setenv("SSL_CERT_FILE", str(LOCALHOST))
        stream = connect(server.stream_url("a"), client=client if named_by == "client" else None)
        stream.wait_open(timeout=PATIENCE)
        moves = Moves(stream)
        server.wait_for_followers("a", 1)
        ids = server.publish("a", *numbers(0, 5))
        stream.wait_for(5, timeout=PATIENCE)
        proxy.kill()
        moves.until_not_open()
        until(lambda: stream.connection.attempt >= 3)
        assert "open" not in moves
        ids += server.publish("a", *numbers(5, 10))
        proxy.start()
        assert ids == stream.wait_for(10, timeout=PATIENCE).df["id"].to_list()
        stream.close()
        server.wait_for_followers("a", 0)
        client.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_login(scheme: str) -> None:
    """Asked for a request or for a tunnel: the cause says 407, and the token is not asked for again."""
    asked: list[int] = []

    def token() -> str:
        asked.append(1)
        return TOKEN

    with ForwardProxy("me:secret") as proxy, httpx.Client(proxy=proxy.url) as client:
        url = f"{scheme}://127.0.0.1:9/x"
        with sse.connect(url, client=client, token=token, retry_attempts=0) as stream:
            with pytest.raises(sse.errors.ConnectionFailed, match="407 Proxy Authentication Required"):
                stream.wait_open(timeout=PATIENCE)
            assert "exhausted" == stream.connection.state
    assert [1] == asked


# -- the client's own settings -----------------------------------------------------------------------------


@both_libraries
def test_its_time_limits_end_no_quiet_stream(
    plain: SseStarlette, connect: Connect, channel: str, library: Any
) -> None:
    """A client that waits 20 ms for an answer waits 300 ms for the first ping, and for ever for an event."""
    with library.Client(timeout=library.Timeout(5, read=0.02)) as client:
        stream = connect(plain.stream_url(channel), client=client).wait_open(timeout=PATIENCE)
        moves = Moves(stream)
        plain.wait_for_followers(channel, 1)
        for _ in range(2):
            at = stream.connection.last_byte_at
            until(lambda at=at: stream.connection.last_byte_at != at)
        plain.publish(channel, *numbers(0, 1))
        assert [0] == received(stream.wait_for(1, timeout=PATIENCE))
        assert [] == moves


@both_libraries
def test_it_follows_no_redirect_off_the_origin(connect: Connect, library: Any) -> None:
    """Though the client would follow them: within the origin we do, off it nobody does."""
    with RawServer() as server, RawServer() as other, library.Client(follow_redirects=True) as client:
        stolen = other.play("/", [CHUNKED, chunk(b"data: 1\n\n"), hold])
        near = server.play("/near", [answer("307 X", location="/there")])
        server.play("/there", [CHUNKED, chunk(b'data: {"n": 1}\n\n'), hold])
        far = server.play("/far", [answer("307 X", location=stolen)])
        assert [1] == received(connect(near, client=client, token=TOKEN).wait_for(1, timeout=PATIENCE))
        with pytest.raises(sse.errors.ConnectionFailed, match="another origin"):
            connect(far, client=client, token=TOKEN).wait_open(timeout=PATIENCE)
        assert [] == other.requests


@both_libraries
def test_its_hooks_may_raise(connect: Connect, library: Any) -> None:
    """`raise_for_status` in a hook, as many have it: its message has the URL; the token in it is masked."""
    hooks = {"response": [lambda response: response.raise_for_status()]}
    with RawServer() as server, library.Client(event_hooks=hooks) as client:
        url = server.play("/a", [answer("503 Later")], [CHUNKED, chunk(b'data: {"n": 1}\n\n'), hold])
        stream = connect(url, client=client, token=TOKEN, auth="query")
        assert [1] == received(stream.wait_for(1, timeout=PATIENCE))
        said = stream.log.to_csv()
        assert [TOKEN] * 2 == [request.query["token"][0] for request in server.requests]
    assert "503 Later" in said
    assert TOKEN not in said


@both_libraries
def test_one_client_for_several_streams(
    plain: SseStarlette, connect: Connect, channel: str, library: Any
) -> None:
    """Each has a connection of its own: one is closed, the other hears on, the client is free for more."""
    with library.Client() as client:
        streams = [connect(plain.stream_url(channel), client=client, name=name) for name in ("one", "two")]
        for stream in streams:
            stream.wait_open(timeout=PATIENCE)
        plain.wait_for_followers(channel, 2)
        moves = Moves(streams[1])
        streams[0].close()
        plain.wait_for_followers(channel, 1)
        assert 1 == client.get(f"{plain.url}/followers/{channel}").json()
        plain.publish(channel, *numbers(0, 1))
        assert [0] == received(streams[1].wait_for(1, timeout=PATIENCE))
        assert [] == moves


def test_a_cell_that_is_run_again_makes_another_client(
    plain: SseStarlette, connect: Connect, channel: str
) -> None:
    """The same stream, untouched; the new client is used from the next attempt on, the old one stays open."""
    with httpx.Client(headers={"X-Run": "1"}) as first, httpx.Client(headers={"X-Run": "2"}) as second:
        url = plain.cuttable_url(channel)
        stream = connect(url, client=first).wait_open(timeout=PATIENCE)
        moves = Moves(stream)
        assert stream is connect(url, client=second)
        plain.wait_for_followers(channel, 1)
        assert [] == moves
        plain.cut_connections()
        until(lambda: "open" in moves)
        assert ["1", "2"] == [request["x-run"] for request in plain.asked(channel)]
        assert not first.is_closed
        stream.close()


def test_a_client_that_the_user_closed(plain: SseStarlette, connect: Connect, channel: str) -> None:
    """Its connections end with it; the cause says so, and another client brings the stream back."""
    client = httpx.Client()
    stream = connect(plain.stream_url(channel), client=client).wait_open(timeout=PATIENCE)
    moves = Moves(stream)
    plain.wait_for_followers(channel, 1)
    client.close()
    plain.wait_for_followers(channel, 0)
    moves.until_not_open()
    until(lambda: "client has been closed" in stream.connection.cause)
    with httpx.Client() as another:
        connect(plain.stream_url(channel), client=another)
        until(lambda: stream.connected)
        stream.close()


@both_libraries
def test_what_can_not_be_a_client_is_refused_at_once(library: Any) -> None:
    """An asynchronous client, a module, a text: wrong arguments, said where they were given."""
    for wrong in (library.AsyncClient(), library, "httpx"):
        with pytest.raises(sse.errors.ArgumentError, match="client"):
            sse.connect("http://127.0.0.1:9/x", client=wrong)
