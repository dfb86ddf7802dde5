"""The door to httpx and httpcore: how one request is sent where the user has no client of his own.

The law: our requests pass httpx's transports directly, not its `Client`, which logs whole URLs, token and
all; each has a connection of its own, whose making can be interrupted. And what the libraries' errors mean is
said here, once, for those of the user's client too.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import ssl
import urllib.request
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpcore
import httpx

from sse_notebook.errors import ConnectionFailed, Exhausted, Unreachable, Untrusted
from sse_notebook.source.network import Interrupter, SocketBackend
from sse_notebook.source.request import secrets_of

__all__ = [
    "TRANSLATED",
    "DirectClient",
    "environment_proxy",
    "proxy_secrets",
    "translated",
    "trusted_authorities",
]

# What a request may raise, and iterating over its answer. UnicodeError: idna's, for a host's name; zlib's:
# what is called compressed and is not; OSError: the system's, out of files, say. `ConnectionFailed`: our own,
# from inside a read.
TRANSLATED: tuple[type[Exception], ...] = (
    ConnectionFailed,
    zlib.error,
    OSError,
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    UnicodeError,
)


class DirectClient:
    """Makes clients for one request each, with the part of `httpx.Client`'s face that is needed."""

    def __init__(self) -> None:
        self._tls: ssl.SSLContext | None = None

    @contextlib.contextmanager
    def for_url(self, url: str, interrupter: Interrupter) -> Iterator[_OneRequest]:
        """A client for one request to `url`, which `interrupter` ends."""
        if self._tls is None and url.startswith("https:"):
            self._tls = trusted_authorities()
        try:
            proxy = environment_proxy(url)
        except TRANSLATED as error:
            raise translated(error) from None
        interrupter.deaf = proxy is not None  # until the connection to it is made
        transport = _DirectTransport(interrupter, self._tls) if proxy is None else _through(proxy, self._tls)
        with contextlib.closing(transport):
            yield _OneRequest(transport)


class _OneRequest:
    """`build_request` and `send`, as httpx's client has them."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def build_request(
        self,
        method: str,
        url: str,
        *,
        headers: Sequence[tuple[bytes, bytes]],
        timeout: tuple[float | None, ...],
        extensions: Mapping[str, Any],
        content: bytes | None = None,
    ) -> httpx.Request:
        names = ("connect", "read", "write", "pool")
        said = {**extensions, "timeout": dict(zip(names, timeout, strict=True))}
        return httpx.Request(method, url, headers=headers, extensions=said, content=content)

    def send(self, request: httpx.Request, **_options: bool) -> httpx.Response:
        return self._transport.handle_request(request)


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
                content=request.content,
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


def environment_proxy(url: str) -> str | None:
    """The proxy that the environment names for this URL, as httpx's own client would use it."""
    parts = httpx.URL(url)
    if urllib.request.proxy_bypass(parts.host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def proxy_secrets(url: str) -> Iterator[str]:
    """What nobody must see of the proxy that the environment names for this URL."""
    with contextlib.suppress(*TRANSLATED, ValueError):  # what is wrong with it is said where it is used
        yield from secrets_of(environment_proxy(url) or "", {}, {})


def _through(proxy: str, tls: ssl.SSLContext | None) -> httpx.BaseTransport:
    """A transport through a proxy. The errors' own words may hold its user's name."""
    try:
        return httpx.HTTPTransport(proxy=proxy, verify=tls or True)
    except ImportError:
        raise Exhausted(
            "the environment names a SOCKS proxy, for which a package is missing: pip install 'httpx[socks]'"
        ) from None
    except (ValueError, httpx.InvalidURL):
        raise Exhausted(
            "the proxy that the environment names can't be used; it should be as http://host:3128 "
            "(see HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY)"
        ) from None
    except OSError as error:
        raise translated(error) from None


def trusted_authorities() -> ssl.SSLContext:
    """Whose certificates are trusted.

    Raises:
        ConnectionFailed: they can't be read.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise translated(error) from None
        names = ", ".join(name for name in _TLS_FILES if os.environ.get(name)) or "the system's"
        why = _OPENSSL.sub("", error.strerror or type(error).__name__)
        raise Exhausted(f"no certificates to trust: {names} can't be read: {why}") from None


_TLS_FILES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")  # that `ssl` and httpx read

# What h11 and OpenSSL say, and what it means to who reads it.
_PLAIN = {
    "peer closed connection without sending complete": "the server closed it in the middle",
    "peer unexpectedly closed connection": "the server closed it in the middle",
    "Server disconnected without sending": "the server closed it without an answer",
    "Received server _SWITCH": "the server wants to speak another protocol",
    "Receive buffer too long": "the head of the answer is too long",
    **dict.fromkeys(
        ("illegal status line", "no response line received"), "the answer does not begin as one in HTTP does"
    ),
    **dict.fromkeys(
        ("illegal header line", "continuation line at start", "Illegal header"),
        "the answer has a header that is none",
    ),
    **dict.fromkeys(
        ("illegal chunk header", "malformed chunk footer"), "the answer is cut into chunks that are none"
    ),
    **dict.fromkeys(
        ("bad Content-Length", "conflicting Content-Length", "multiple Transfer-Encoding", "Only Transfer"),
        "the answer does not say soundly where it ends",
    ),
    "[SSL: UNEXPECTED_EOF_WHILE_READING]": "the server closed it before TLS was agreed on; is it http:// ?",
}
_NO_TLS = ("[SSL: WRONG_VERSION_NUMBER]", "[SSL] record layer failure")
_OPENSSL = re.compile(r"^\[[A-Z]+: [A-Z0-9_]+\] | \(_ssl\.c:\d+\)$")  # what OpenSSL says to its programmers
_NUMBER = re.compile(r"^\[Errno -?\d+\] ")  # what `OSError` says to its own
_NOT_TRUSTED = "CERTIFICATE_VERIFY_FAILED"


def translated(error: Exception) -> ConnectionFailed:
    """A library's error in our words; the request and its URL are not in it.

    By the names of its classes: httpx2 has the same ones, which are not httpx's.
    """
    if isinstance(error, ConnectionFailed):
        return error
    words = _NUMBER.sub("", str(error) or type(error).__name__).strip().rstrip(".")
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"InvalidURL", "UnsupportedProtocol", "UnicodeError"}:
        return Exhausted(f"not a URL that can be asked: {words}")
    if "TimeoutException" in names:
        return Unreachable("no answer in time")
    if _NOT_TRUSTED in words:
        why = words.partition("verify failed: ")[2].partition(" (_ssl")[0] or "it could not be verified"
        return Untrusted(
            f"the server's certificate is not trusted: {why}; for an authority of your own pass "
            "client=httpx.Client(verify=ssl.create_default_context(cafile=…))"
        )
    if "ProxyError" in names and words.startswith("407"):
        return Exhausted(f"the proxy wants a login: {words}")
    if "ProxyError" in names and words[:3].isdigit():
        return Unreachable(f"the proxy answered {words}")
    if words.startswith(_NO_TLS):
        return Exhausted("the server does not speak TLS here; is it http:// ?")
    plain = next((plain for begin, plain in _PLAIN.items() if words.startswith(begin)), words)
    return Unreachable(_OPENSSL.sub("", plain))
