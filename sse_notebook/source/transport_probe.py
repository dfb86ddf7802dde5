"""The way to a server, a link at a time: its name, a connection, TLS. To find out where it breaks.

The law: the same steps as a request's, by the same means, so that what works here works there; each has an
end in time, leaves no socket, and fails in our words.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Any, NamedTuple

from sse_notebook.errors import Unreachable
from sse_notebook.source.credentials import origin_of
from sse_notebook.source.network import Interrupter, SocketBackend
from sse_notebook.source.redactor import redact_url
from sse_notebook.source.refusing import refuse_sockets
from sse_notebook.source.transport_direct import (
    TRANSLATED,
    environment_proxy,
    translated,
    trusted_authorities,
)

__all__ = ["Certificate", "Road", "connected", "look_up", "road_to", "shake_hands"]

_UNREADABLE: tuple[type[Exception], ...] = (*TRANSLATED, ValueError)


class Road(NamedTuple):
    """Whom a request for a URL connects to first.

    Attributes:
        host: whose name is looked up.
        port: where it listens.
        proxy: the proxy that the environment names, without its login; `""`: none, it is the server itself.
    """

    host: str
    port: int
    proxy: str


class Certificate(NamedTuple):
    """What a server's certificate says.

    Attributes:
        issuer: who signed it.
        ends: until when it is good, Unix time in seconds; None: it does not say.
        version: as what the connection is encrypted.
    """

    issuer: str
    ends: float | None
    version: str


def road_to(url: str) -> Road:
    """Whom a request for this URL connects to first.

    Raises:
        ConnectionFailed: the proxy that the environment names can't be read.

    Example:
        >>> road_to("http://127.0.0.1:9/x")
        Road(host='127.0.0.1', port=9, proxy='')
    """
    try:
        proxy = environment_proxy(url)
        _, host, port = origin_of(proxy or url)
    except _UNREADABLE:
        raise Unreachable("the proxy that the environment names can't be read") from None
    return Road(host, port, redact_url(proxy) if proxy else "")


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order in which they are tried. Nothing can end that but the system.

    Raises:
        Unreachable: there are none.
    """
    refuse_sockets()
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable(f"unknown host {host!r}: {error.strerror or error}") from None
    except UnicodeError:  # a label that is empty or too long
        raise Unreachable(f"{host!r} can't be the name of a host") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@contextlib.contextmanager
def connected(address: str, port: int, seconds: float) -> Iterator[Any]:
    """A connection to an address, while this lasts.

    Raises:
        Unreachable: nobody answers there.
    """
    refuse_sockets()
    with contextlib.ExitStack() as stack:
        try:
            interrupter = stack.enter_context(contextlib.closing(Interrupter()))
            interrupter.open()
            stream = SocketBackend(interrupter).connect_tcp(address, port, seconds)
        except TRANSLATED as error:
            raise translated(error) from None
        stack.callback(stream.close)
        yield stream


def shake_hands(stream: Any, host: str, seconds: float) -> Certificate:
    """TLS on such a connection, as requests do it.

    Raises:
        Untrusted: the certificate is not trusted.
        ConnectionFailed: the server speaks no TLS, or not in time.
    """
    try:
        stream = stream.start_tls(trusted_authorities(), host, seconds)
    except TRANSLATED as error:
        raise translated(error) from None
    with contextlib.closing(stream):
        secured = stream.get_extra_info("ssl_object")
        said = secured.getpeercert() or {}
        names = {name: value for part in said.get("issuer", ()) for name, value in part}
        issuer = names.get("organizationName") or names.get("commonName") or "somebody who is not named"
        ends = said.get("notAfter")
        return Certificate(
            issuer,
            None if ends is None else float(ssl.cert_time_to_seconds(ends)),
            secured.version() or "TLS",
        )
