"""The only door to httpx: one GET, answered by a stream of bytes, or by one of our errors.

The law: nothing of httpx or httpcore comes out of here, errors included; they are translated once, here. A
request goes to the origin it was made for and to no other: redirects are followed within it, at most five.
Our requests pass httpx's transports directly, not its `Client`, which logs whole URLs, token and all.
"""

from __future__ import annotations

import contextlib
import ssl
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

import httpcore
import httpx

from sse_notebook.errors import (
    BadRedirect,
    BadStatus,
    ConnectionFailed,
    ConnectionLost,
    Exhausted,
    NotAnEventStream,
    Unauthorized,
    Unreachable,
)
from sse_notebook.source.credentials import origin_of
from sse_notebook.source.inflate import ENCODINGS, inflated
from sse_notebook.source.network import Interrupter, SocketBackend
from sse_notebook.source.request import merged

__all__ = ["Reply", "Transport"]

MAX_REDIRECTS = 5  # WHATWG's fetch allows 20; one origin has no need of so many
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# Seconds. No limit on reading: how long silence may last is the watchdog's business, not the socket's
# (httpx's own default of 5 s kills every quiet stream).
_TIMEOUTS = {"connect": 10.0, "read": None, "write": 10.0, "pool": 10.0}

_HEADERS = {
    "Accept": "text/event-stream",  # nchan and others answer 403 or 404 without it
    "Cache-Control": "no-store",
    "Accept-Encoding": "identity",  # compressed streams are delayed by their blocks, and can be bombs
    "User-Agent": "sse_notebook",
}


class Reply:
    """An open stream of bytes. Close it when done; `Transport.interrupt` ends a wait in it."""

    def __init__(self, response: httpx.Response, owner: contextlib.ExitStack) -> None:
        self._response = response
        self._owner = owner

    def __iter__(self) -> Iterator[bytes]:
        """The bytes as they arrive, until the server ends the stream.

        Raises:
            ConnectionLost: the connection broke.
        """
        raw = self._response.iter_raw()
        try:
            yield from inflated(raw) if _encoding(self._response) in ENCODINGS else raw
        except (
            zlib.error,
            httpx.HTTPError,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
        ) as error:
            raise ConnectionLost(f"the connection broke: {_words(error)}") from None

    def close(self) -> None:
        """Let go of the connection."""
        self._owner.close()


class Transport:
    """Makes requests, one at a time, each interruptible from any thread."""

    def __init__(self) -> None:
        self._tls: ssl.SSLContext | None = None
        self._current: Interrupter | None = None

    def open(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Reply:
        """Ask for the stream at `url`.

        Args:
            url: where; http or https.
            headers: added to ours; the same name replaces.
            wanted: asked once `interrupt` would reach this request: false if the wish came before that.

        Raises:
            Unreachable: no connection, or no answer.
            Exhausted: the URL can't be asked at all.
            BadStatus: an answer that is no stream; `Unauthorized` for 401 and 403.
            NotAnEventStream: 200, but another content type.
            BadRedirect: a redirect we do not follow.
        """
        origin = origin_of(url)
        seen = {url}
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._get(url, merged(_HEADERS, headers or {}), wanted)
            try:
                target = _checked(reply._response, url)  # noqa: SLF001 - Reply is this module's own
                if target is None:
                    return reply
            except BaseException:
                reply.close()
                raise
            reply.close()
            if origin_of(target) != origin:
                raise BadRedirect("the server redirects to another origin, which is not followed")
            if target in seen:
                raise BadRedirect("the server redirects in a circle")
            seen.add(target)
            url = target
        raise BadRedirect(f"more than {MAX_REDIRECTS} redirects")

    def interrupt(self) -> None:
        """End the wait of the request that is under way, if one is. From any thread; takes no lock."""
        if (current := self._current) is not None:
            current.interrupt()

    @property
    def uninterruptible(self) -> bool:
        """Whether the system's name look-up is running, which nothing can end."""
        return (current := self._current) is not None and current.resolving

    def _get(self, url: str, headers: dict[str, str], wanted: Callable[[], bool]) -> Reply:
        with contextlib.ExitStack() as stack:
            interrupter = Interrupter()
            self._current = interrupter
            stack.callback(self._let_go, interrupter)
            if not wanted():
                raise Unreachable("interrupted")

            def trace(name: str, info: dict[str, Any]) -> None:
                if name.endswith(("connect_tcp.complete", "start_tls.complete")):
                    interrupter.attach(info["return_value"].get_extra_info("socket"))

            try:
                transport = self._transport(url, interrupter)
                stack.callback(transport.close)
                request = httpx.Request(
                    "GET",
                    url,
                    headers=[(k.encode("ascii"), v.encode()) for k, v in headers.items()],
                    extensions={"timeout": _TIMEOUTS, "trace": trace},
                )
                response = transport.handle_request(request)
            # UnicodeError: idna's, for a host's name
            except (
                httpx.InvalidURL,
                httpx.UnsupportedProtocol,
                httpcore.UnsupportedProtocol,
                UnicodeError,
            ) as error:
                raise Exhausted(f"not a URL that can be asked: {_words(error)}") from None
            except (httpx.TimeoutException, httpcore.TimeoutException):
                raise Unreachable("no answer in time") from None
            except (
                httpx.HTTPError,
                httpcore.NetworkError,
                httpcore.ProtocolError,
                httpcore.ProxyError,
            ) as error:
                raise Unreachable(_words(error)) from None
            stack.callback(response.close)
            return Reply(response, stack.pop_all())

    def _let_go(self, interrupter: Interrupter) -> None:
        self._current = None
        interrupter.close()

    def _transport(self, url: str, interrupter: Interrupter) -> httpx.BaseTransport:
        if self._tls is None and url.startswith("https:"):
            self._tls = httpx.create_ssl_context()
        proxy = _environment_proxy(url)
        if proxy is None:
            return _DirectTransport(interrupter, self._tls)
        return httpx.HTTPTransport(proxy=proxy, verify=self._tls or True)


class _DirectTransport(httpx.BaseTransport):
    """An httpx transport over a pool of one connection, whose sockets are ours."""

    def __init__(self, interrupter: Interrupter, tls: ssl.SSLContext | None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, max_connections=1, network_backend=SocketBackend(interrupter)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=b"",
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


def _encoding(response: httpx.Response) -> str:
    return str(response.headers.get("content-encoding", "identity")).strip().lower() or "identity"


def _checked(response: httpx.Response, url: str) -> str | None:
    """None if this is an event stream; the absolute target if it is a redirect; otherwise raise."""
    status = response.status_code
    phrase = f"{status} {response.reason_phrase}".strip()
    if status in _REDIRECTS:
        target = response.headers.get("location", "")
        if not target:
            raise BadRedirect(f"{phrase} without a target")
        try:
            absolute = str(urljoin(url, target))
            origin_of(absolute)
        except ValueError:
            raise BadRedirect(f"{phrase} to something that is no URL") from None
        return absolute
    if status in (401, 403):
        raise Unauthorized(phrase, status)
    if status == 204:  # "No Content" is how a server tells clients to stop reconnecting
        raise BadStatus("204 No Content: the server asks not to reconnect", status)
    if status != 200:
        raise BadStatus(phrase, status)
    content_type = response.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "text/event-stream":
        raise NotAnEventStream(
            f"the server answered with {content_type or 'no content type'!r}, not text/event-stream"
        )
    if (encoding := _encoding(response)) != "identity" and encoding not in ENCODINGS:
        raise NotAnEventStream(
            f"the server compresses the stream in a way that was not asked for: {encoding!r}"
        )
    return None


def _environment_proxy(url: str) -> str | None:
    """The proxy that the environment names for this URL, as httpx's own client would use it."""
    parts = httpx.URL(url)
    if urllib.request.proxy_bypass(parts.host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


# What h11 and OpenSSL say, and what it means to who reads it.
_PLAIN = {
    "peer closed connection without sending complete": "the server closed it in the middle",
    "Server disconnected without sending": "the server closed it without an answer",
    "[SSL: WRONG_VERSION_NUMBER]": "the server does not speak TLS here; is it http:// ?",
}


def _words(error: Exception) -> str:
    """An error's message in plain words; the request and its URL are not in it."""
    if isinstance(error, ConnectionFailed):
        return error.cause
    words = (str(error) or type(error).__name__).strip().rstrip(".")
    return next((plain for begin, plain in _PLAIN.items() if words.startswith(begin)), words)
