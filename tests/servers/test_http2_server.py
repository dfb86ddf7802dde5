"""The HTTP/2 fixture does what its page says, seen with plain httpx."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from servers.http2 import Http2


@pytest.fixture(scope="module")
def server() -> Iterator[Http2]:
    with Http2() as server:
        yield server


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/2"])
def test_both_versions(server: Http2, version: str) -> None:
    """Whoever offers HTTP/2 gets it, others HTTP/1.1: events as they come, and the server sees who leaves."""
    with (
        httpx.Client(verify=server.tls, http2=version == "HTTP/2") as client,
        client.stream("GET", server.stream_url("a"), timeout=20) as response,
    ):
        assert version == response.http_version
        assert response.headers["content-type"].startswith("text/event-stream")
        server.wait_for_followers("a", 1)
        (id_,) = server.publish("a", {"data": 1})
        assert f"id: {id_}\r\ndata: 1\r\n\r\n".encode() == next(response.iter_raw())
    server.wait_for_followers("a", 0)  # not before the client is closed, with HTTP/2


def test_one_connection_has_many_streams(server: Http2) -> None:
    """Two streams and an ordinary request of one client are one connection: a cut ends them all."""
    url = server.cuttable_url("b")
    with (
        httpx.Client(verify=server.tls, http2=True, timeout=20) as client,
        client.stream("GET", url) as one,
        client.stream("GET", url) as two,
    ):
        server.wait_for_followers("b", 2)
        assert 404 == client.get(f"{url}/nothing").status_code
        assert 1 == server.cut_connections()
        for response in (one, two):
            with pytest.raises(httpx.RemoteProtocolError):
                response.read()


def test_a_kill_and_a_restart(server: Http2) -> None:
    """A kill ends the connection; afterwards the URL is the same."""
    with httpx.Client(verify=server.tls, http2=True, timeout=20) as client:
        url = server.stream_url("c")
        with client.stream("GET", url) as response:
            server.kill()
            with pytest.raises(httpx.RemoteProtocolError):
                response.read()
        server.start()
        assert url == server.stream_url("c")
        with client.stream("GET", url) as response:
            assert "HTTP/2" == response.http_version


def test_it_is_not_trusted_by_itself(server: Http2) -> None:
    """Its certificate is known to who was told of it, and to nobody else."""
    with pytest.raises(httpx.ConnectError, match="self-signed certificate"):
        httpx.get(server.url)
