"""The proxy fixture does what its page says, seen with plain httpx."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from raw_server import RawServer, answer, dead_port
from servers.asgi import SseStarlette
from servers.forward_proxy import ForwardProxy
from servers.http2 import Http2


@pytest.fixture(scope="module")
def proxy() -> Iterator[ForwardProxy]:
    with ForwardProxy("me:secret") as proxy:
        yield proxy


def with_login(proxy: ForwardProxy) -> httpx.Proxy:
    return httpx.Proxy(proxy.url, auth=("me", "secret"))


@pytest.mark.parametrize("kind", [SseStarlette, Http2])
def test_events_come_through_as_they_are_sent(proxy: ForwardProxy, kind: type[SseStarlette]) -> None:
    """Through a proxied request or a tunnel: each event at once, and who leaves is seen by the server."""
    with kind() as server:
        tls = server.tls if isinstance(server, Http2) else True
        with (
            httpx.Client(proxy=with_login(proxy), verify=tls, timeout=20) as client,
            client.stream("GET", server.stream_url("a")) as response,
        ):
            server.wait_for_followers("a", 1)
            server.publish("a", {"data": 1})
            pieces = response.iter_raw()
            assert b"id: 1\r\ndata: 1\r\n\r\n" == next(pieces)
            server.publish("a", {"data": 2})
            assert b"id: 2\r\ndata: 2\r\n\r\n" == next(pieces)
        server.wait_for_followers("a", 0)


def test_what_is_for_the_proxy_stays_with_it(proxy: ForwardProxy) -> None:
    """The server hears nothing of the login."""
    with RawServer() as server, httpx.Client(proxy=with_login(proxy)) as client:
        client.get(server.play("/a", [answer("200 OK")]))
        (request,) = server.requests
    assert [] == [name for name, _ in request.headers if name.lower().startswith("proxy-")]


def test_what_it_refuses(proxy: ForwardProxy) -> None:
    """A dead target is a 502, a missing login a 407: an answer for http, an error of httpx for https."""
    target = f"127.0.0.1:{dead_port()}"
    for login, status in ((with_login(proxy), "502"), (httpx.Proxy(proxy.url), "407")):
        with httpx.Client(proxy=login) as client:
            assert int(status) == client.get(f"http://{target}").status_code
            with pytest.raises(httpx.ProxyError, match=status):
                client.get(f"https://{target}")


def test_a_kill_ends_what_went_through(proxy: ForwardProxy) -> None:
    """A kill of the proxy breaks the stream; afterwards it is there again, at the same port."""
    with SseStarlette() as server, httpx.Client(proxy=with_login(proxy), timeout=20) as client:
        with client.stream("GET", server.stream_url("a")) as response:
            proxy.kill()
            with pytest.raises(httpx.RemoteProtocolError):
                response.read()
        proxy.start()
        assert 200 == client.get(f"{server.url}/followers/a").status_code
