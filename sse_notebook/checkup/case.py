"""What is looked into: whom to ask, what for, by which clock; and how it is asked.

The law: all that a checkup asks goes through here, with the secrets of the request known to whoever masks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sse_notebook.checkup.findings import Findings
from sse_notebook.clock import Clock
from sse_notebook.events import Vocabulary
from sse_notebook.filters import Selection
from sse_notebook.source.answer import Answer
from sse_notebook.source.credentials import AuthMode, Credentials
from sse_notebook.source.patience import Within
from sse_notebook.source.redactor import redact_url
from sse_notebook.source.request import request, secrets_of
from sse_notebook.source.transport import Reply, Transport

__all__ = ["HEAD_WITHIN", "Case"]

HEAD_WITHIN: Final = 15.0  # seconds until an answer must have begun; a stream itself waits for a minute


@dataclass(repr=False)  # secrets may be in all of it, and a traceback may show this
class Case:
    """One case.

    Attributes:
        found: what was found so far.
        url: where; without the token, if it is the platform's.
        params: query parameters to add, the four filters too.
        headers: request headers to add.
        credentials: the token, and who masks it.
        platform: it should speak the platform's contract.
        selection: the four filters; None: a stream has them, which is there already.
        vocabulary: how its messages are read.
        client: the user's own HTTP client, or None.
        clock: what the time is.
        token: the token itself, once it was asked for.
    """

    found: Findings
    url: str
    params: Mapping[str, Any]
    headers: Mapping[str, str]
    credentials: Credentials
    platform: bool
    selection: Selection | None
    vocabulary: Vocabulary
    client: Any
    clock: Clock
    token: str | None = None
    _asking: list[Transport] = field(default_factory=list)

    def __post_init__(self) -> None:
        for secret in secrets_of(self.url, self.params, self.headers):
            self.credentials.redact.add(secret)

    @property
    def mode(self) -> AuthMode:
        """Where the token goes."""
        return self.credentials.mode

    @property
    def shown(self) -> str:
        """Where, without secrets."""
        return redact_url(self.url)

    def ask(
        self,
        *,
        last_event_id: str = "",
        params: Mapping[str, Any] | None = None,
        token: str | None = None,
        told: Callable[[str, Answer], object] = lambda _url, _answer: None,
        within: float = HEAD_WITHIN,
    ) -> Reply:
        """Ask for the stream, once.

        Args:
            last_event_id: where to resume from.
            params: instead of the case's own.
            token: instead of the case's own; `""`: none.
            told: of each answer's head.
            within: seconds until the answer must have begun.

        Raises:
            ConnectionFailed: there is no stream.
        """
        url, headers = request(
            self.url,
            self.params if params is None else params,
            self.headers,
            token=self.token if token is None else token or None,
            mode=self.mode,
            last_event_id=last_event_id,
        )
        patience = Within(within, self.clock, f"no answer within {within:g} s")
        return self.transport().open(url, headers, patience=patience, told=told)

    def transport(self) -> Transport:
        """Another way to ask; each asks one thing at a time."""
        redact = self.credentials.redact
        transport = Transport(self.client, redact=redact, secret=redact.add, clock=self.clock)
        self._asking.append(transport)
        return transport

    def close(self) -> None:
        """Let go of all that was asked: an interrupt may have come where nobody else would."""
        for transport in self._asking:
            transport.close()
