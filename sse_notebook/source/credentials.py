"""Tokens: where they come from, where they go, and that they are seen nowhere else.

The law: a token leaves this module only inside the URL or the header of a request to its own origin.
`Credentials` never shows it; `Redactor` takes it out of every text on its way to a log, a cause or a repr.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import threading
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from sse_notebook.errors import ArgumentError, ConnectionFailed, Unauthorized, Unreachable
from sse_notebook.source import fork
from sse_notebook.source.awaiting import resolved
from sse_notebook.source.forms import CUT, Form, forms_of

__all__ = [
    "AuthMode",
    "Credentials",
    "Redactor",
    "Renewal",
    "TokenSource",
    "claims_of",
    "expiry_of",
    "is_secret_name",
    "moment_of",
    "origin_of",
    "redact_url",
    "renew_at",
]

TokenSource = str | Callable[[], str | None] | Callable[[], Awaitable[str | None]]
AuthMode = Literal["query", "header"]

MASK = "***"
_CUTS = (CUT.encode(), json.dumps(CUT)[1:-1].encode())  # in UTF-8, and in JSON that is ASCII
PLACEHOLDER = "…"  # what pages write where a token goes, and people copy
# Tokens that are known, the newest: a function can give another one for each attempt, for months.
TOKENS = 1_000
# Names whose values are secrets by custom (RFC 6750's `access_token`, cloud signatures, session ids …), with
# case and separators put aside: that contain one of the first, end in one of the second, or are of the third.
_SECRET_PARTS = tuple(
    "token secret passw pwd signature apikey credential session auth jwt bearer hmac ticket".split()  # noqa: SIM905
)
_SECRET_ENDS = ("key", "sig")
_SECRET_NAMES = frozenset({"code", "pass", "sid"})


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


def is_secret_name(name: str) -> bool:
    """Whether what goes by this name, in a query or a header, is a secret by custom.

    Example:
        >>> is_secret_name("X-Amz-Signature"), is_secret_name("since")
        (True, False)
    """
    plain = name.lower().replace("-", "").replace("_", "")
    return (
        plain in _SECRET_NAMES or plain.endswith(_SECRET_ENDS) or any(part in plain for part in _SECRET_PARTS)
    )


def redact_url(url: str) -> str:
    """A URL fit for the screen: no user info, no fragment, the values of secret query names masked.

    Example:
        >>> redact_url("https://me:pw@api.example.com/x?token=abc&a=1")
        'https://api.example.com/x?token=***&a=1'
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    # Without `//` what looks like user info stands in the path.
    path = parts.path if parts.netloc else parts.path.rpartition("@")[2]
    query = urlencode(
        [
            (name, MASK if is_secret_name(name) else value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
        ],
        safe="*,:/",
    )
    return urlunsplit(SplitResult(parts.scheme, host, path, query, ""))


def expiry_of(token: str) -> float | None:
    """When a token expires, in Unix seconds, if it is a JSON Web Token that says so; nothing is verified.

    Example:
        >>> expiry_of("e30.eyJleHAiOjE3MDAwMDAwMDB9.sig")
        1700000000.0
    """
    return moment_of(token, "exp")


def moment_of(token: str, claim: str) -> float | None:
    """A time that a JSON Web Token says (`exp`, `nbf`, `iat`), in Unix seconds; nothing is verified.

    Example:
        >>> moment_of("e30.eyJleHAiOjE3MDAwMDAwMDB9.sig", "nbf")
    """
    said: Any = (claims_of(token) or {}).get(claim)
    sound = isinstance(said, int | float) and not isinstance(said, bool) and 0 < said < 1e12
    return float(said) if sound else None


def claims_of(token: str) -> dict[str, Any] | None:
    """What a JSON Web Token says; None: it is none. Nothing is verified.

    Example:
        >>> claims_of("e30.eyJleHAiOjE3MDAwMDAwMDB9.sig"), claims_of("token-1")
        ({'exp': 1700000000}, None)
    """
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def renew_at(token: str, now: float) -> float | None:
    """Seconds until a token should be renewed: a tenth of what is left before its end, at most a minute.

    None: it does not say when it ends, or has ended already.

    Example:
        >>> renew_at("e30.eyJleHAiOjE3MDAwMDAwMDB9.sig", now=1_699_999_900)
        90.0
    """
    expiry = expiry_of(token)
    if expiry is None or expiry <= now:
        return None
    left = expiry - now
    return max(left - min(left / 10, 60.0), min(left, 1.0))


class Renewal(ConnectionFailed):
    """Not a failure: a connection was ended because there is another token for the next one."""


class Redactor:
    """Takes known secrets out of text.

    Tokens are remembered when there are others already, the newest 1,000 of them, so that an error that comes
    late still can't show an old one. A secret is known in any URL-encoding, however much of it the encoder
    thought necessary, in JSON, and in base64, wherever it stands in what was encoded; and of a text that was
    cut, and says so with `…`, its beginning.

    Example:
        >>> redact = Redactor()
        >>> redact.add("a/b+c-d")
        >>> redact("a/b+c-d a%2Fb%2bc-d a%252Fb+c-d Basic bWU6YS9iK2MtZA==")
        '*** *** *** Basic bWU6***'
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Form, ...]] = {}  # the longest secret first
        self._passing: dict[str, None] = {}  # those of them that follow one another, the newest last
        # How those begin: many tokens have one beginning.
        self._heads: frozenset[str] = frozenset()
        # Guards the change of `_known`, of which none is lost if two come at once, and `_passing`.
        self._adding = threading.Lock()
        fork.hold(self, "_adding")

    def add(self, secret: str, *, passing: bool = False) -> None:
        """Remember a secret. Texts under 4 characters are not taken: masking them would mask everything.

        Args:
            secret: the text.
            passing: others will follow it, and it may be forgotten when there were many.
        """
        if len(secret) < 4:
            return
        with self._adding:
            known = secret in self._known
            if not passing:
                self._passing.pop(secret, None)
            elif not known or secret in self._passing:
                self._passing.pop(secret, None)
                self._passing[secret] = None
            if known:
                return
            forms = {**self._known, secret: tuple(forms_of(secret))}
            if len(self._passing) > TOKENS:
                oldest = next(iter(self._passing))
                del self._passing[oldest], forms[oldest]
            self._heads = frozenset(form.head for each in forms.values() for form in each)
            # One assignment: readers on other threads see the old ones or the new ones.
            self._known = dict(sorted(forms.items(), key=lambda item: -len(item[0])))

    def __call__(self, text: str) -> str:
        """The text with each known secret masked."""
        for forms in self._known.values():
            for form in forms:
                if form.part in text:
                    text = form.whole.sub(MASK, text)
        cut = CUT in text and any(head in text for head in self._heads)
        return self._without_beginnings(text) if cut else text

    def _without_beginnings(self, text: str) -> str:
        for forms in self._known.values():
            for form in forms:
                if form.head not in text:
                    continue
                kept: list[str] = []
                done = 0
                for start, stop in form.beginnings(text):
                    kept += text[done:start], MASK
                    done = stop
                text = "".join((*kept, text[done:])) if kept else text
        return text

    @property
    def parts(self) -> list[str]:
        """Letters and digits of which some stand in each text that has a known secret in it."""
        return [form.part for forms in self._known.values() for form in forms]

    def may_be_in(self, data: bytes, *, whole: bool = False) -> bool:
        """Whether a known secret may stand in UTF-8: False is certain, and costs little.

        Args:
            data: what is looked through.
            whole: nothing in it was cut: then no beginning is looked for.
        """
        if any(form.utf8 in data for forms in self._known.values() for form in forms):
            return True
        if whole or not any(cut in data for cut in _CUTS):
            return False
        return any(head.encode() in data for head in self._heads)

    def __repr__(self) -> str:
        return f"Redactor({len(self._known)} secrets)"


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
