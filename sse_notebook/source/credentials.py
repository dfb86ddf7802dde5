"""Tokens: where they come from, where they go, and that they are seen nowhere else.

The law: a token leaves this module only inside the URL or the header of a request to its own origin.
`Credentials` never shows it; its `Redactor` takes it out of every text on its way to a log, a cause, a repr.
"""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from sse_notebook.errors import ArgumentError, ConnectionFailed, Unauthorized, Unreachable
from sse_notebook.source.awaiting import resolved
from sse_notebook.source.redactor import Redactor

__all__ = [
    "AuthMode",
    "Credentials",
    "Renewal",
    "TokenSource",
    "origin_of",
]

TokenSource = str | Callable[[], str | None] | Callable[[], Awaitable[str | None]]
AuthMode = Literal["query", "header"]

PLACEHOLDER = "…"  # what pages write where a token goes, and people copy


_OURS = str(Path(__file__).parent)  # what calls it
_ASYNCIO = str(Path(asyncio.__file__).parent)  # what runs an async callable

# Classes, or bases of them, with which HTTP libraries that don't use OSError say that nobody was reached.
_NETWORK_ERRORS = frozenset(
    {"TransportError", "NetworkError", "TimeoutException", "TimeoutError", "MaxRetryError"}
)


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL: what a token belongs to."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}.get(scheme, 0)


class Renewal(ConnectionFailed):
    """Not a failure: a connection was ended because there is another token for the next one."""


def _to_the_end(answer: Any) -> Any:
    return asyncio.run(resolved(answer))


class Credentials:
    """The token of a stream: text, or a callable that is asked before every attempt.

    Args:
        token: text; a callable that returns text or None; an async callable; None for none.
        mode: `"query"`: as the parameter `token`; `"header"`: as `Authorization: Bearer`.

    Raises:
        ArgumentError: the token is none of these, or text that can't be sent.
    """

    def __init__(self, token: TokenSource | None, mode: AuthMode) -> None:
        if mode not in ("query", "header"):
            raise ArgumentError(f'auth must be "query" or "header", not {mode!r}')
        if isinstance(token, str):
            _check(token)
        elif token is not None and not callable(token):
            raise ArgumentError(
                f"token must be text or a callable that returns it, not {type(token).__name__}"
            )
        self.mode: AuthMode = mode
        self.redact = Redactor()
        self._source = token
        if isinstance(token, str):
            self.redact.add(token, passing=True)

    @property
    def present(self) -> bool:
        """Whether there is anything to ask for a token."""
        return self._source is not None and self._source != ""

    @property
    def missing(self) -> str:
        """Why there was no token to send, in words."""
        if callable(self._source):
            return f"the token callable{_name(self._source)} gave no token"
        return "no token was given (token=…)"

    @property
    def renewable(self) -> bool:
        """Whether asking again may give another token."""
        return callable(self._source)

    def replace(self, token: TokenSource | None, mode: AuthMode | None = None) -> None:
        """Use another token from now on; what is known of the old one stays masked."""
        fresh = Credentials(token, mode or self.mode)  # same checks
        if isinstance(token, str):  # first: as soon as it can be asked with, it can be in a text
            self.redact.add(token, passing=True)
        self._source, self.mode = fresh._source, fresh.mode

    def ask(self, wait: Callable[[Any], Any] = _to_the_end) -> str | None:
        """The token for the next attempt. Called on the stream's own thread.

        Args:
            wait: how what an async callable gives is waited for.

        Raises:
            Unreachable: the callable could not reach whom it asks: that may pass, as with the server itself.
            Unauthorized: it failed in another way, or gave something that is no token.

        Of what the callable raised only the kind and the place are said, and there is no `__cause__`: its
        message, its variables, or those of whom it called, may hold the secret.
        """
        source = self._source
        if source is None or isinstance(source, str):
            return source or None
        try:
            answer = source()
            if inspect.isawaitable(answer):
                answer = wait(answer)
        except BaseException as error:  # noqa: BLE001 - the user's callable may raise anything, SystemExit too
            words = f"the token callable raised {type(error).__name__}{_place(error)}"
            raise (Unreachable(words) if _of_the_network(error) else Unauthorized(words)) from None
        if answer is None or answer == "":
            return None
        if not isinstance(answer, str):
            raise Unauthorized(f"the token callable returned {type(answer).__name__}, not text")
        self.redact.add(answer, passing=True)
        try:
            _check(answer)
        except ArgumentError as error:
            raise Unauthorized(str(error)) from None
        return answer

    def __repr__(self) -> str:
        return f"Credentials({'set' if self.present else 'none'}, mode={self.mode!r})"


def _name(source: Callable[..., object]) -> str:
    name = getattr(getattr(source, "func", source), "__name__", "")  # of a partial, the function's
    return f" {name}" if name and name != "<lambda>" else ""


def _place(error: BaseException) -> str:
    """Where in the user's own file it happened: the last line there, whatever that called then."""
    frames = [
        (trace.filename, trace.lineno, trace.name)
        for trace in traceback.extract_tb(error.__traceback__, limit=100)
        if not trace.filename.startswith((_OURS, _ASYNCIO))
    ]
    own = [frame for frame in frames if frame[0] == frames[0][0]]
    if not own:
        return ""
    path, line, name = own[-1]
    # A cell's file has a number for a name.
    file = "" if path.startswith("<") or "ipykernel_" in path else f" in {Path(path).name}"
    return f" (line {line} of {name}{file})"


def _of_the_network(error: BaseException) -> bool:
    """Whether an error says that somebody could not be reached: the system's, or an HTTP library's."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return isinstance(error, OSError) or not names.isdisjoint(_NETWORK_ERRORS)


def _check(token: str) -> None:
    if token == PLACEHOLDER:
        raise ArgumentError('token="…" only shows where a token goes: put yours there')
    if not token.isascii() or not token.isprintable() or token != token.strip():
        raise ArgumentError(
            "the token has characters that can't be sent (white space around it, a line end, or not ASCII)"
        )
