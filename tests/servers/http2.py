"""Hypercorn, a server that nobody here wrote and that speaks HTTP/2, with sse-starlette's app behind TLS.

    with Http2() as server:
        httpx.Client(http2=True, verify=server.tls)     # and HTTP/1.1 for whoever asks for that

Seen on the wire (hypercorn 0.18): HTTP/2 for who offers `h2` in the TLS handshake, else HTTP/1.1 and chunks.
A status of HTTP/2 has no words ("404", not "404 Not Found"). A kill ends the connection with all its streams.

httpx (httpcore 1.0) tells the server nothing when one stream of a connection is let go of (no RST_STREAM;
encode/httpcore#944): the server goes on sending until the connection ends.
"""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import httpx
from servers.asgi import APPS, SseStarlette

LOCALHOST = Path(__file__).parent.parent / "source" / "localhost.pem"  # self-signed; certificate and key


class Http2(SseStarlette):
    """sse-starlette's app over TLS, by HTTP/2 or HTTP/1.1.

    Args:
        certificate: a PEM file with the server's certificate and its key, for localhost.
        authority: a PEM file with whom to trust, to reach it; None: the certificate itself.
        ping: seconds between two pings.

    Attributes:
        tls: trusts the server.
    """

    def __init__(
        self, *, certificate: Path = LOCALHOST, authority: Path | None = None, ping: float | None = None
    ) -> None:
        super().__init__(ping=ping)
        self._certificate = str(certificate)
        self.tls = ssl.create_default_context(cafile=authority or certificate)
        self._client = httpx.Client(timeout=30, trust_env=False, verify=self.tls)

    def command(self) -> list[str]:
        tls = ["--certfile", self._certificate, "--keyfile", self._certificate]
        options = ["--workers", "0", "--graceful-timeout", "1", "--log-level", "warning"]
        address = ["--bind", f"127.0.0.1:{self.port}", f"{APPS / self.app}:app"]
        return [sys.executable, "-m", "hypercorn", *tls, *options, *address]

    @property
    def url(self) -> str:
        """The base URL."""
        return f"https://localhost:{self.port}"
