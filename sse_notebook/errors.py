"""Every exception of the package, on one page.

The law: whatever we raise derives from `SSENotebookError`, and also from the built-in class that a
caller would expect (`ValueError` for a wrong argument, `TimeoutError` for a wait that ran out), so that
neither kind of `except` is surprised. No message ever contains a token: text that may come from a
request passes `sse_notebook.source.redactor.Redactor` first.

    SSENotebookError
    ├── ArgumentError (ValueError)         a wrong argument; raised at once, where it was given
    │   ├── FilterError                    a filter that can't be read: shows where, and what was expected
    │   └── ArchiveError                   a folder that can't be read as an archive, or not be written as one
    │       └── NoArchive (AttributeError) a stream without a journal was asked for its archive
    ├── RecordingError (ValueError)        a recording can't be read, or not be written as it was asked for
    │   └── SecretsFound                   what is to be shared seems to have secrets in it; has `.findings`
    ├── TooManyRows (ValueError)           more rows than a frame should have; has `.rows`
    ├── WaitTimeout (TimeoutError)         `wait_open`, `wait_for`: the time ran out
    ├── MissingExtra (ImportError)         an optional part is not installed
    ├── IllegalMove (RuntimeError)         a state machine was asked for a move its table has not (our bug)
    └── ConnectionFailed (ConnectionError) why a connection ended; has `.cause`
        ├── Unreachable                    no connection: refused, DNS, TLS, a proxy
        │   └── Untrusted                  the server's certificate is not trusted
        ├── ConnectionLost                 it was open, and broke or ended
        ├── BadStatus                      the server answered with a status that is no stream
        │   ├── Unauthorized               401 twice, or 403
        │   └── Exhausted                  and no further attempt is made by itself
        │       └── WrongContent (NotAnEventStream)     as `wait_open` and `wait_for` raise that
        ├── NotAnEventStream (httpx_sse.SSEError)   200, but something else than text/event-stream
        ├── BadRedirect                    a redirect off the origin, in a circle or to nowhere
        └── StreamClosed                   the stream was closed by the user
"""

from __future__ import annotations

from typing import Any

import httpx_sse

__all__ = [
    "ArchiveError",
    "ArgumentError",
    "BadRedirect",
    "BadStatus",
    "ConnectionFailed",
    "ConnectionLost",
    "Exhausted",
    "FilterError",
    "IllegalMove",
    "MissingExtra",
    "NoArchive",
    "NotAnEventStream",
    "RecordingError",
    "SSENotebookError",
    "SecretsFound",
    "StreamClosed",
    "TooManyRows",
    "Unauthorized",
    "Unreachable",
    "Untrusted",
    "WaitTimeout",
    "WrongContent",
]


class SSENotebookError(Exception):
    """The root of all errors of this package."""


class ArgumentError(SSENotebookError, ValueError):
    """An argument is wrong: the message says which, what was wrong and what would be right."""


class FilterError(ArgumentError):
    """A filter can't be read. The message shows the place, what was expected, and what was probably meant.

    Attributes:
        column: where in the filter's text, counted from 0; None where it has none.
    """

    def __init__(self, message: str, column: int | None = None) -> None:
        super().__init__(message)
        self.column = column

    def __reduce__(self) -> tuple[type[FilterError], tuple[str, int | None]]:
        return type(self), (str(self), self.column)  # or a copy would lack the column


class RecordingError(SSENotebookError, ValueError):
    """A recording, or a line of one, can't be read, or not be written so: the message says what is wrong."""


class SecretsFound(RecordingError):
    """What is to be shared seems to have secrets in it: the message says where, and never which.

    Attributes:
        findings: each with its `line`, `code`, `field` and `kind`.
    """

    def __init__(self, message: str, findings: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings

    def __reduce__(self) -> tuple[type[SecretsFound], tuple[str, tuple[Any, ...]]]:
        return type(self), (str(self), self.findings)  # or a copy would lack them


class ArchiveError(ArgumentError):
    """A folder can't be read as an archive, or not be written as one: the message says what is wrong."""


class NoArchive(ArchiveError, AttributeError):
    """A stream that writes no archive was asked for it: the message says how it writes one."""


class TooManyRows(SSENotebookError, ValueError):
    """A frame would have more rows than memory is likely to hold: the message says what to do instead.

    Attributes:
        rows: how many they are.
    """

    def __init__(self, message: str, rows: int = 0) -> None:
        super().__init__(message)
        self.rows = rows

    def __reduce__(self) -> tuple[type[TooManyRows], tuple[str, int]]:
        return type(self), (str(self), self.rows)  # or a copy would lack the number


class WaitTimeout(SSENotebookError, TimeoutError):
    """`wait_open` or `wait_for` ran out of time: the message says what was there instead."""


class MissingExtra(SSENotebookError, ImportError):
    """An optional part of the package is not installed: the message has the command that does."""


class IllegalMove(SSENotebookError, RuntimeError):
    """A move that the table of legal moves does not have. Always a bug of ours."""


class ConnectionFailed(SSENotebookError, ConnectionError):
    """Why a connection could not be made or did not last.

    Attributes:
        cause: the reason in plain words, fit for the screen; never with a secret in it.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Unreachable(ConnectionFailed):
    """No connection could be made: refused, unknown host, TLS, a proxy, a time-out.

    To the server, or to whom the token callable asks.
    """


class Untrusted(Unreachable):
    """The server's certificate is not trusted: no attempt would change that."""


class ConnectionLost(ConnectionFailed):
    """The connection was open and then broke, or the server ended it."""


class BadStatus(ConnectionFailed):
    """The server answered, but not with a stream.

    Attributes:
        status: the HTTP status; 0 where what was wrong was found before there was one.
        retry_after: seconds after which the server wants to be asked again; None where it did not say.
        final: whether this is the end whatever the status.
    """

    final = False

    def __init__(self, cause: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(cause)
        self.status = status
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[type[BadStatus], tuple[str, int, float | None]]:
        return type(self), (self.cause, self.status, self.retry_after)  # or a copy would lack the status


class Unauthorized(BadStatus):
    """The credentials were refused (a 401 again after asking for the token once more, or a 403)."""

    def __init__(self, cause: str, status: int = 401, retry_after: float | None = None) -> None:
        super().__init__(cause, status, retry_after)


class Exhausted(BadStatus):
    """The server's answer was the last: no further attempt is made until `reconnect()` or a new token.

    The *state* `exhausted` has other causes too. `wait_open` and `wait_for` raise each as what it is: as
    `Unreachable` where no server answered, `BadRedirect`, `WrongContent`. `ConnectionFailed` catches all.
    """

    final = True

    def __init__(self, cause: str, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(cause, status, retry_after)


class NotAnEventStream(ConnectionFailed, httpx_sse.SSEError):
    """The server answered 200 with something else than `text/event-stream`.

    It is an `httpx_sse.SSEError` too, so that code written for that library catches it.
    """


class WrongContent(Exhausted, NotAnEventStream):
    """`NotAnEventStream`, as `wait_open` and `wait_for` raise it: also the server's last answer."""

    def __init__(self, cause: str, status: int = 200, retry_after: float | None = None) -> None:
        super().__init__(cause, status, retry_after)


class BadRedirect(ConnectionFailed):
    """A redirect that is not followed: off the origin, too many, in a circle, or without a target."""


class StreamClosed(ConnectionFailed):
    """The stream was closed by the user; what it kept stays readable."""
