"""The other clients, each used as its own documentation shows, none of them changed.

The law: a peer gets the best case. What it makes once (a session, a pool, a TLS context) is made before the
clock starts; where it offers several ways, the faster ones are here. All are imported late: what is not
installed is then named as such. `docs/benchmarks.md` says who is left out, and why.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

__all__ = ["CLIENTS", "DECODERS", "Client", "Decoding", "exhaust", "httpx_client", "take"]

EVENT_STREAM = {"content-type": "text/event-stream"}

Events = Iterator[Any] | AsyncIterator[Any]  # each has `data`, a text


class Decoding(NamedTuple):
    """A peer's decoder: given the chunks of a body, it gives events."""

    name: str
    package: str
    events: Callable[[Iterable[bytes]], Events]


class Client(NamedTuple):
    """A peer's way from a URL to events."""

    name: str
    package: str
    events: Callable[[str], Events]


def take(events: Events, number: int, loads: Callable[[str], Any] = str) -> list[Any]:
    """The data of the first `number` events, decoded, in a list: the loop that users write."""
    if isinstance(events, AsyncIterator):
        return asyncio.run(_take(events, number, loads))
    rows = []
    for event in events:
        rows.append(loads(event.data))
        if len(rows) == number:
            break
    return rows


async def _take(events: AsyncIterator[Any], number: int, loads: Callable[[str], Any]) -> list[Any]:
    rows = []
    async for event in events:
        rows.append(loads(event.data))
        if len(rows) == number:
            break
    if isinstance(events, AsyncGenerator):
        await events.aclose()  # here, where its loop still runs
    return rows


def exhaust(events: Events, number: int) -> None:
    """Take the first `number` events and keep none, at the least cost there is."""
    if isinstance(events, AsyncIterator):
        asyncio.run(_exhaust(events, number))
    else:
        deque(islice(events, number), maxlen=0)


async def _exhaust(events: AsyncIterator[Any], number: int) -> None:
    left = number
    async for _ in events:
        left -= 1
        if not left:
            break
    if isinstance(events, AsyncGenerator):
        await events.aclose()


# -- decoders ----------------------------------------------------------------------------------------------


def _httpx_sse(chunks: Iterable[bytes]) -> Iterator[Any]:
    import httpx
    import httpx_sse

    return httpx_sse.EventSource(httpx.Response(200, headers=EVENT_STREAM, content=iter(chunks))).iter_sse()


def _httpx2(chunks: Iterable[bytes]) -> Iterator[Any]:
    import httpx2

    request = httpx2.Request("GET", "http://memory/")
    response = httpx2.Response(200, headers=EVENT_STREAM, content=iter(chunks), request=request)
    return iter(httpx2.EventSource(response))


def _sseclient_py(chunks: Iterable[bytes]) -> Iterator[Any]:
    import sseclient

    return sseclient.SSEClient(chunks).events()


def _launchdarkly(chunks: Iterable[bytes]) -> Iterator[Any]:
    from ld_eventsource import SSEClient
    from ld_eventsource.config import ConnectionClient, ConnectionResult, ConnectStrategy

    class Memory(ConnectStrategy, ConnectionClient):  # its own way to read from elsewhere
        def create_client(self, logger: logging.Logger) -> ConnectionClient:  # noqa: ARG002 - its interface
            return self

        def connect(self, last_event_id: str | None) -> ConnectionResult:  # noqa: ARG002 - its interface
            return ConnectionResult(iter(chunks), None)

    return iter(SSEClient(Memory()).events)


def _requests_sse(chunks: Iterable[bytes]) -> Iterator[Any]:
    import requests
    import requests_sse

    class Memory(requests.Session):
        def request(self, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ARG002 - its interface
            response = requests.Response()
            response.status_code, response.url = 200, "http://memory/"
            response.headers.update(EVENT_STREAM)
            response.raw = io.BytesIO(b"".join(chunks))  # requests asks for the pieces it wants
            return response

    source = requests_sse.EventSource("http://memory/", session=Memory())
    source.connect()
    return source


async def _aiohttp(chunks: Iterable[bytes]) -> AsyncIterator[Any]:
    import aiohttp
    from aiohttp_sse_client.client import EventSource
    from yarl import URL

    class Response:
        """What it uses of aiohttp's own: the body is a `StreamReader`, filled as the socket would."""

        status, content_type, real_url = 200, "text/event-stream", URL("http://memory/")

        def __init__(self) -> None:
            self.content = aiohttp.StreamReader(_Unhurried(), 2**30, loop=asyncio.get_running_loop())
            for chunk in chunks:
                self.content.feed_data(chunk)
            self.content.feed_eof()

        def close(self) -> None:
            pass

    class Session:
        async def request(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - its interface
            return Response()

    async with EventSource("http://memory/", session=Session()) as source:
        async for event in source:
            yield event


class _Unhurried:
    """A connection that is never told to wait."""

    _reading_paused = False

    def pause_reading(self, **options: Any) -> None:
        pass

    def resume_reading(self, **options: Any) -> None:
        pass


def _assel(chunks: Iterable[bytes]) -> Iterator[Any]:
    import assel

    return assel.parse(chunks)


def _anthropic(chunks: Iterable[bytes]) -> Iterator[Any]:
    from anthropic._streaming import SSEDecoder

    return SSEDecoder().iter_bytes(iter(chunks))


DECODERS = [
    Decoding("httpx-sse", "httpx-sse", _httpx_sse),
    Decoding("httpx2", "httpx2", _httpx2),
    Decoding("launchdarkly-eventsource", "launchdarkly-eventsource", _launchdarkly),
    Decoding("assel", "assel", _assel),
    Decoding("anthropic", "anthropic", _anthropic),
    Decoding("sseclient-py", "sseclient-py", _sseclient_py),
    Decoding("requests-sse", "requests-sse", _requests_sse),
    Decoding("aiohttp-sse-client", "aiohttp-sse-client", _aiohttp),
]


# -- clients -----------------------------------------------------------------------------------------------


@cache
def httpx_client() -> Any:
    """One client for all runs: making one loads certificates, which takes as long as thousands of events."""
    import httpx

    return httpx.Client(timeout=None)  # noqa: S113 - the sender is ours, and does not keep anybody waiting


@cache
def _httpx2_client() -> Any:
    import httpx2

    return httpx2.Client(timeout=None)


@cache
def _pool() -> Any:
    import urllib3

    return urllib3.PoolManager()


@cache
def _session() -> Any:
    import requests

    return requests.Session()


def _httpx_sse_client(url: str) -> Iterator[Any]:
    import httpx_sse

    with httpx_sse.connect_sse(httpx_client(), "GET", url) as source:
        yield from source.iter_sse()


def _httpx2_sse_client(url: str) -> Iterator[Any]:
    with _httpx2_client().sse(url) as source:
        yield from source


def _sseclient_py_urllib3(url: str) -> Iterator[Any]:
    import sseclient

    response = _pool().request("GET", url, preload_content=False)
    try:
        yield from sseclient.SSEClient(response).events()
    finally:
        response.close()


def _sseclient_py_requests(url: str) -> Iterator[Any]:
    import sseclient

    with _session().get(url, stream=True) as response:
        yield from sseclient.SSEClient(response).events()


def _launchdarkly_client(url: str) -> Iterator[Any]:
    from ld_eventsource import SSEClient
    from ld_eventsource.config import ConnectStrategy

    client = SSEClient(ConnectStrategy.http(url, pool=_pool()))
    try:
        yield from client.events
    finally:
        client.close()


def _requests_sse_client(url: str) -> Iterator[Any]:
    import requests_sse

    with requests_sse.EventSource(url, session=_session()) as source:
        yield from source


async def _aiohttp_client(url: str) -> AsyncIterator[Any]:
    from aiohttp_sse_client.client import EventSource

    async with EventSource(url) as source:
        async for event in source:
            yield event


async def _aiosseclient(url: str) -> AsyncIterator[Any]:
    from aiosseclient import aiosseclient

    async for event in aiosseclient(url):
        yield event


def _assel_httpx(url: str) -> Iterator[Any]:
    import assel

    with httpx_client().stream("GET", url) as response:
        yield from assel.parse(response.iter_raw())


CLIENTS = [
    Client("httpx-sse", "httpx-sse", _httpx_sse_client),
    Client("httpx2", "httpx2", _httpx2_sse_client),
    Client("launchdarkly-eventsource", "launchdarkly-eventsource", _launchdarkly_client),
    Client("sseclient-py on urllib3", "sseclient-py", _sseclient_py_urllib3),
    Client("sseclient-py on requests", "sseclient-py", _sseclient_py_requests),
    Client("requests-sse", "requests-sse", _requests_sse_client),
    Client("aiohttp-sse-client", "aiohttp-sse-client", _aiohttp_client),
    Client("aiosseclient", "aiosseclient", _aiosseclient),
    Client("assel on httpx", "assel", _assel_httpx),
]
