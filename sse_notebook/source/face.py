"""`Source`: what a stream asks of where its events come from, be that a server or a recording.

The law: a stream knows no more of its source than this. What is told goes by the `Listener`; what is
commanded takes effect at once, from any thread.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from sse_notebook.source.continuity import Gaps
from sse_notebook.source.credentials import AuthMode, Credentials, TokenSource
from sse_notebook.source.freshness import Freshness
from sse_notebook.source.listener import Listener
from sse_notebook.source.policy import Backoff
from sse_notebook.source.status import ConnectionStatus, State
from sse_notebook.wire import Decoder

__all__ = ["Source"]


class Source(Protocol):
    """One source of events.

    Attributes:
        credentials, headers, backoff, client, insecure, freshness, no_token: settings; what is changed in
            them counts from the next attempt on.
        over_in: states in which nothing will come until somebody acts.
    """

    over_in: tuple[State, ...]
    credentials: Credentials
    insecure: bool
    no_token: str
    freshness: Freshness

    @property
    def headers(self) -> Mapping[str, str]:
        """The request headers that are added."""
        ...

    @headers.setter
    def headers(self, headers: Mapping[str, str]) -> None: ...

    @property
    def backoff(self) -> Backoff:
        """The delays between attempts."""
        ...

    @backoff.setter
    def backoff(self, backoff: Backoff) -> None: ...

    @property
    def client(self) -> Any:
        """The user's own HTTP client, or None."""
        ...

    @client.setter
    def client(self, client: Any) -> None: ...

    @property
    def url(self) -> str:
        """Where the events come from, redacted."""
        ...

    @property
    def status(self) -> ConnectionStatus:
        """What is known of the connection."""
        ...

    @property
    def gaps(self) -> Gaps:
        """What was missed between connections."""
        ...

    @property
    def connections(self) -> int:
        """How many were opened so far."""
        ...

    @property
    def resumed_from(self) -> str:
        """The id that the newest connection resumes from; `""`: none."""
        ...

    @property
    def decoder(self) -> Decoder:
        """What decodes the bytes: to read its counts."""
        ...

    @property
    def ended(self) -> bool:
        """Whether nothing more will come by itself, whatever the state: a recording has an end."""
        ...

    def asked_for(self, names: Collection[str]) -> dict[str, list[str]]:
        """What the server is asked for by query parameters of these names."""
        ...

    def beside(self, listener: Listener, without: Collection[str]) -> Source:
        """Another connection to the same, which asks for less; it begins with `start()`."""
        ...

    def start(self) -> None:
        """Connect, unless it is doing so already."""
        ...

    def reconnect(self) -> None:
        """Connect now."""
        ...

    def ask(self, params: Mapping[str, Any], pause: float = 0.0) -> None:
        """Ask with these parameters from now on."""
        ...

    def login(self, token: TokenSource, auth: AuthMode | None = None) -> None:
        """Use this token from now on, and connect with it."""
        ...

    def logout(self) -> None:
        """Disconnect and forget the token."""
        ...

    def disconnect(self) -> None:
        """Stop until `reconnect`."""
        ...

    def close(self) -> None:
        """End it for good."""
        ...

    def abandon(self) -> None:
        """`close` for a finalizer: no lock, no wait, no word to the listener."""
        ...
