"""A client of the user's own (`client=`), over every way there is to a server: none of them by our hands.

httpx and httpx2; HTTP/2, a proxy's request, a tunnel, an authority of one's own. Whichever it is: events
arrive, a cut loses nothing, a server that freezes is noticed, `close` ends every wait and lets the server see
it, the client stays the user's, and no token is in any log.
"""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import httpx2
import pytest
import trustme
from foreign.moves import PATIENCE, Connect, Moves, until
from servers.asgi import SseStarlette
from servers.forward_proxy import ForwardProxy
from servers.http2 import Http2
from support import Listener, client_threads, eventually

import sse_notebook as sse

LATER = {"retry_initial": 600, "retry_max": 600}  # no second attempt unless it is asked for
TOKEN = "Kanarienvogel-0123456789"
PASSWORD = "Stieglitz-0123456789"


class World(NamedTuple):
    """What there is to connect to, and through."""

    plain: SseStarlette
    tls: Http2
    own: Http2
    proxy: ForwardProxy
    locked: ForwardProxy


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("authority")
    authority, leaf = folder / "authority.pem", folder / "leaf.pem"
    maker = trustme.CA()
    maker.cert_pem.write_to_path(authority)
    maker.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(leaf)
    with (
        SseStarlette() as plain,
        Http2() as tls,
        Http2(certificate=leaf, authority=authority) as own,
        ForwardProxy() as proxy,
        ForwardProxy(f"me:{PASSWORD}") as locked,
    ):
        yield World(plain, tls, own, proxy, locked)


class Way(NamedTuple):
    """A way to a server: which one, by which version of HTTP, and with which client."""

    server: str
    version: str
    client: Callable[[World], Any]


WAYS = {
    "httpx": Way("plain", "1.1", lambda world: httpx.Client()),
    "httpx2": Way("plain", "1.1", lambda world: httpx2.Client()),
    "HTTP/2": Way("tls", "2", lambda world: httpx.Client(http2=True, verify=world.tls.tls)),
    "HTTP/2 of httpx2": Way("tls", "2", lambda world: httpx2.Client(http2=True, verify=world.tls.tls)),
    "an authority": Way("own", "1.1", lambda world: httpx.Client(verify=world.own.tls)),
    "a proxy": Way("plain", "1.1", lambda world: httpx.Client(proxy=world.proxy.url)),
    "a proxy of httpx2": Way("plain", "1.1", lambda world: httpx2.Client(proxy=world.proxy.url)),
    "a proxy with a login": Way(
        "plain", "1.1", lambda world: httpx.Client(proxy=httpx.Proxy(world.locked.url, auth=("me", PASSWORD)))
    ),
    "a tunnel": Way("tls", "1.1", lambda world: httpx.Client(proxy=world.proxy.url, verify=world.tls.tls)),
    "a tunnel with a login": Way(
        "tls",
        "2",
        lambda world: httpx.Client(
            http2=True,
            proxy=httpx.Proxy(world.locked.url, auth=("me", PASSWORD)),
            verify=world.tls.tls,
        ),
    ),
}


class Place(NamedTuple):
    """A server, a client that reaches it, and a channel."""

    server: SseStarlette
    client: Any
    channel: str
    version: str

    @property
    def url(self) -> str:
        return self.server.stream_url(self.channel)

    @property
    def cuttable_url(self) -> str:
        return self.server.cuttable_url(self.channel)

    def publish(self, begin: int, end: int) -> list[str]:
        return self.server.publish(self.channel, *({"data": {"n": n}} for n in range(begin, end)))

    def wait_for_followers(self, n: int) -> None:
        self.server.wait_for_followers(self.channel, n)


@pytest.fixture(params=WAYS)
def place(request: pytest.FixtureRequest, world: World) -> Iterator[Place]:
    way = WAYS[request.param]
    channel = "".join(filter(str.isalnum, request.node.name))
    with way.client(world) as client:
        yield Place(getattr(world, way.server), client, channel, way.version)


def received(stream: sse.EventStream) -> list[int]:
    return stream.df["data.n"].astype(int).to_list()


# -- every way ---------------------------------------------------------------------------------------------


def test_live_events(place: Place, connect: Connect) -> None:
    """Each event is a row at once, and the request is what the client and we make of it together."""
    place.client.headers["X-Team"] = "quakes"
    stream = connect(place.url, client=place.client, token=TOKEN).wait_open()
    place.wait_for_followers(1)
    ids: list[str] = []
    for n in range(5):
        ids += place.publish(n, n + 1)
        assert ids == stream.wait_for(n + 1, timeout=PATIENCE).df["id"].to_list()
    assert list(range(5)) == received(stream)
    (request,) = place.server.asked(place.channel)
    expected = {
        "http": place.version,
        "accept": "text/event-stream",
        "authorization": f"Bearer {TOKEN}",
        "user-agent": place.client.headers["User-Agent"],
        "x-team": "quakes",
    }
    assert expected == {name: request.get(name) for name in expected}


@pytest.mark.parametrize("reset", [False, True], ids=["end", "reset"])
def test_a_cut_loses_nothing(place: Place, connect: Connect, reset: bool) -> None:
    """Cut, and published to nobody: everything comes, once, in order, by the same client."""
    stream = connect(place.cuttable_url, client=place.client, **LATER).wait_open()
    moves = Moves(stream)
    place.wait_for_followers(1)
    ids = place.publish(0, 5)
    stream.wait_for(5, timeout=PATIENCE)
    assert place.server.cut_connections(reset=reset) >= 1  # a proxy may keep one that it has done with
    moves.until_not_open()
    place.wait_for_followers(0)
    ids += place.publish(5, 25)
    stream.reconnect()
    assert ids == stream.wait_for(25, timeout=PATIENCE).df["id"].to_list()
    assert list(range(25)) == received(stream)
    assert ["retrying", "connecting", "open"] == moves


@contextmanager
def frozen(server: SseStarlette) -> Iterator[None]:
    """Inside, the server says nothing, and its connections stay open."""
    server.freeze()
    try:
        yield
    finally:
        server.thaw()


def test_a_frozen_server_is_noticed(place: Place, connect: Connect) -> None:
    """Silence is `stale`, then the connection is given up; thawed, it goes on with nothing missing."""
    stream = connect(place.cuttable_url, client=place.client, idle_timeout=0.2).wait_open()
    moves = Moves(stream)
    place.wait_for_followers(1)
    ids = place.publish(0, 5)
    stream.wait_for(5, timeout=PATIENCE)
    with frozen(place.server):
        until(lambda: {"stale", "retrying", "connecting"} <= set(moves))
    stream.disconnect()
    place.wait_for_followers(0)
    ids += place.publish(5, 10)
    stream.reconnect()
    assert ids == stream.wait_for(10, timeout=PATIENCE).df["id"].to_list()


@pytest.mark.parametrize("end", ["close", "disconnect"])
def test_ended_while_idle(place: Place, connect: Connect, end: str) -> None:
    """It stops at once, the server sees it go, no thread remains, and the client can be used as before."""
    stream = connect(place.url, client=place.client).wait_open()
    place.wait_for_followers(1)
    place.publish(0, 1)
    stream.wait_for(1, timeout=PATIENCE)
    getattr(stream, end)()
    assert 200 == place.client.get(f"{place.server.url}/followers/{place.channel}").status_code  # at once
    place.wait_for_followers(0)
    if end == "close":
        eventually(lambda: client_threads() == [])
    assert not place.client.is_closed
    assert 200 == place.client.get(f"{place.server.url}/followers/{place.channel}").status_code
    again = connect(place.url, client=place.client, name="again").wait_open()
    place.wait_for_followers(1)
    place.publish(1, 2)
    assert [1] == received(again.wait_for(1, timeout=PATIENCE))


@pytest.mark.parametrize("when", ["busy", "over"])
def test_nothing_is_sent_on_what_was_ended(place: Place, when: str) -> None:
    """With HTTP/2 the client shares one connection with us, and does not see it end: neither while our thread
    is busy with what it heard, nor once it is gone, is a request of the user's lost on it."""
    listener, done = Listener(), threading.Event()
    listener.hearing = lambda events: done.wait(PATIENCE)
    source = sse.EventSource(place.url, listener, client=place.client)
    source.start()
    place.wait_for_followers(1)
    place.publish(0, 1)
    until(lambda: listener.events)
    source.close()
    if when == "over":
        done.set()
        eventually(lambda: client_threads() == [])
    for _ in range(2):
        assert 200 == place.client.get(f"{place.server.url}/followers/{place.channel}").status_code
        done.set()
        eventually(lambda: client_threads() == [])
    place.wait_for_followers(0)


def test_closed_while_it_waits_for_an_answer(place: Place, connect: Connect) -> None:
    """A server that accepts and says nothing, not even in a TLS handshake, holds nobody."""
    place.server.cut_connections()
    with frozen(place.server):
        stream = connect(place.cuttable_url, client=place.client)
        until(place.server.connections)
        assert "connecting" == stream.connection.state
        stream.close()
        eventually(lambda: client_threads() == [], timeout=5)
    assert 200 == place.client.get(f"{place.server.url}/followers/{place.channel}").status_code


def test_a_redirect_is_followed(place: Place, connect: Connect) -> None:
    """Within its origin; by HTTP/2 too, where what is left unread of the first answer ends the connection."""
    stream = connect(f"{place.url}/", client=place.client, **LATER).wait_open()
    place.wait_for_followers(1)
    place.publish(0, 1)
    assert [0] == received(stream.wait_for(1, timeout=PATIENCE))


def test_a_refusal_has_its_reason(place: Place, connect: Connect) -> None:
    """A wrong path is final, over every way, and said as the server says it."""
    stream = connect(f"{place.url}/nothing/here", client=place.client)
    with pytest.raises(sse.errors.ConnectionFailed, match="404"):
        stream.wait_open(timeout=PATIENCE)
    assert "exhausted" == stream.connection.state


# -- what is not said --------------------------------------------------------------------------------------


class Ears(logging.Handler):
    """Hears every record of every logger, whole."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said = io.StringIO()
        self.loggers: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.loggers.add(record.name)
        self.said.write(f"{logging.Formatter('%(name)s %(message)s').format(record)}\n{vars(record)}\n")


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


@pytest.mark.parametrize("auth", ["query", "header"])
def test_no_token_is_in_a_log(place: Place, connect: Connect, ears: Ears, auth: str) -> None:
    """httpx logs URLs, httpcore and hpack log headers: no token of ours, no password of a proxy's."""
    stream = connect(place.cuttable_url, client=place.client, token=TOKEN, auth=auth).wait_open()
    moves = Moves(stream)
    for n in range(2):
        place.wait_for_followers(1)
        place.publish(n, n + 1)
        stream.wait_for(n + 1, timeout=PATIENCE)
        place.server.cut_connections()
        until(lambda n=n: n + 1 == moves.count("open"))
    stream.close()
    sent = {"query": ("token", TOKEN), "header": ("authorization", f"Bearer {TOKEN}")}[auth]
    assert [sent[1]] * 3 == [request.get(sent[0]) for request in place.server.asked(place.channel)]
    library = type(place.client).__module__.partition(".")[0]
    assert {library, "sse_notebook"} <= {name.partition(".")[0] for name in ears.loggers}
    said = ears.said.getvalue() + repr(stream) + stream.log.to_csv()
    lines = [line for line in said.splitlines() for secret in (TOKEN, PASSWORD) if secret in line]
    assert [] == lines
