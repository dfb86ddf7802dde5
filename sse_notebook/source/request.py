"""What is asked for: the URL and the headers of one attempt. And what may be asked for at all.

The law: what can't be sent is refused where it is given, as an `ArgumentError` that repeats no secret; what
passes here never fails on its way to the socket. Pure text; no I/O.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, unquote_plus, urlencode, urlsplit, urlunsplit

from sse_notebook.errors import ArgumentError
from sse_notebook.source.credentials import AuthMode
from sse_notebook.source.redactor import is_secret_name, redact_url

__all__ = [
    "Given",
    "check_exposure",
    "check_flag",
    "check_headers",
    "check_id",
    "check_idle_timeout",
    "check_params",
    "check_url",
    "identifies",
    "is_loopback",
    "merged",
    "request",
    "secrets_of",
    "take_token",
]

# RFC 9110, 5.6.2: the characters of a header's name.
_TCHAR = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
LONG_VALUE = 12  # characters
LONGEST_ID = 4_096  # bytes of an id that is sent: many servers allow 8 KiB for a header, or for all of them
_SECRET_HEADERS = frozenset({"cookie", "proxy-authorization", "x-api-key", "x-auth-token"})


def check_url(url: object) -> SplitResult:
    """The parts of a URL that can be asked.

    Raises:
        ArgumentError: it is none.

    Example:
        >>> check_url("http://localhost:8000/events").port
        8000
    """
    if not isinstance(url, str):
        raise ArgumentError(f"url must be text, not {type(url).__name__}")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:  # its own words quote the text, in which a password may be
        raise ArgumentError(
            "url: the host or the port can't be read; it should be as http://host:8000/path "
            "(in a user name or password, write / as %2F and @ as %40)"
        ) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ArgumentError(f"url must be http://… or https://…, not {redact_url(url)!r}{_meant(url)}")
    if any(c.isspace() for c in parts.netloc):
        raise ArgumentError(f"url: there is white space in the host of {redact_url(url)!r}")
    if not _encodes(url):
        raise ArgumentError("url has half a character in it (a lone surrogate), which can't be sent")
    return parts


def check_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """The headers, as a dictionary of our own.

    Raises:
        ArgumentError: they are no mapping of text to text, or can't be sent.
    """
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise ArgumentError(f"headers must be a dictionary, not {type(headers).__name__}")
    for name, value in headers.items():
        if not isinstance(name, str) or not name or not _TCHAR.issuperset(name):
            shown = str(name).partition(":")[0]  # what follows may be the value, put in the wrong place
            raise ArgumentError(f"headers: {shown!r} is no header's name")
        if not isinstance(value, str) or not _sendable(value) or value != value.strip():
            raise ArgumentError(
                f"headers: the value of {name!r} must be text without line ends or white space around it"
            )
    return dict(headers)


def check_params(params: Mapping[str, Any] | None) -> dict[str, Any]:
    """The query parameters, as a dictionary of our own; those that are None are left out.

    Raises:
        ArgumentError: they are no mapping with text as names.
    """
    if params is None:
        return {}
    if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
        raise ArgumentError(f'params must be a dictionary, as {{"since": 0}}, not {type(params).__name__}')
    for name, value in params.items():
        try:
            urlencode({name: value}, doseq=True)
        except Exception:  # noqa: BLE001 - a lone surrogate, or whatever the value's own `__str__` raises
            shown = name.encode("ascii", "backslashreplace").decode()
            raise ArgumentError(f"params: {shown!r} or its value can't be sent in a URL") from None
    return {name: value for name, value in params.items() if value is not None}


def check_id(last_event_id: str | None) -> str:
    """The id to resume after; `""` for none.

    Raises:
        ArgumentError: it is no text, or text that no header can carry.
    """
    if last_event_id is None:
        return ""
    if not isinstance(last_event_id, str):
        raise ArgumentError(f"last_event_id must be text, not {type(last_event_id).__name__}")
    if not _sendable(last_event_id):
        raise ArgumentError("last_event_id has control characters, which can't be sent")
    if len(last_event_id.encode()) > LONGEST_ID:
        raise ArgumentError(f"last_event_id is longer than {LONGEST_ID:,} bytes, which servers refuse")
    return last_event_id


def check_flag(name: str, value: bool) -> bool:
    """True or False, and nothing that is merely taken for one of them, as the text "no" would be.

    Raises:
        ArgumentError: it is neither.
    """
    if not isinstance(value, bool):
        raise ArgumentError(f"{name} must be True or False, not {value!r}")
    return value


def check_idle_timeout(seconds: float | None) -> float | None:
    """How long silence may last; None: it is learned.

    Raises:
        ArgumentError: it is no number of seconds.
    """
    if seconds is None:
        return None
    sound = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not sound or not 0 < seconds < float("inf"):
        raise ArgumentError(f"idle_timeout must be a number of seconds above 0, or None, not {seconds!r}")
    return float(seconds)


def check_exposure(url: str, token: object, headers: Mapping[str, str], *, insecure: bool) -> None:
    """Refuse to send a token in plain text over a network.

    Raises:
        ArgumentError: the URL is http, not on this machine, and there is a token, or an `Authorization`.
    """
    parts = urlsplit(url)
    exposed = bool(token) or parts.password is not None or "authorization" in map(str.lower, headers)
    if exposed and not insecure and parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ArgumentError(
            f"a token would go to {parts.hostname} in plain text, for everybody on the way to read; use "
            "https://, or pass insecure=True if that network is yours"
        )


def _meant(url: str) -> str:
    """The URL that was probably meant by one without a scheme; `""`: there is none."""
    shown = redact_url(url)
    host = re.match(r"(localhost|[\w-]+(?:\.[\w-]+)+|[\w-]+(?=:\d))(?::\d+)?(?:/|$)", shown)
    if host is None or "@" in url:
        return ""
    return f"; did you mean {'http' if is_loopback(host[1]) else 'https'}://{shown}?"


def is_loopback(host: str) -> bool:
    """Whether this is a name of this machine for itself.

    Example:
        >>> is_loopback("localhost"), is_loopback("127.0.0.2"), is_loopback("example.com")
        (True, True, False)
    """
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def merged(*many: Mapping[str, str]) -> dict[str, str]:
    """All these headers; of two with one name, whatever its case, the later counts."""
    named = {name.lower(): (name, value) for headers in many for name, value in headers.items()}
    return dict(named.values())


def secrets_of(url: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> Iterator[str]:
    """The texts in a request that must not be seen: what `redact_url` masks, and headers that identify."""
    parts = urlsplit(url)
    if parts.password or parts.username:
        yield unquote(parts.password or parts.username or "")
        yield _basic(parts)
    for name, value in (*parse_qsl(parts.query), *params.items()):
        if is_secret_name(name):
            yield from map(str, value if isinstance(value, list | tuple) else [value])
    for name, value in headers.items():
        # Whatever identifies somebody may be under any name; short values are words that stand anywhere.
        if is_secret_name(name) or name.lower() in _SECRET_HEADERS or len(value) >= LONG_VALUE:
            yield value
            if name.lower() == "cookie":
                yield from (cookie.partition("=")[2].strip() for cookie in value.split(";"))
            else:
                yield value.partition(" ")[2]  # without "Bearer"


def identifies(url: str, headers: Mapping[str, str]) -> bool:
    """Whether a request says who is asking: by a token, a password, a cookie, a key of whatever name.

    Example:
        >>> identifies("http://host/x?a=1", {}), identifies("http://host/x?api_key=k", {})
        (False, True)
    """
    names = [*headers, *(name for name, _ in parse_qsl(urlsplit(url).query))]
    return any(is_secret_name(name) or name.lower() in _SECRET_HEADERS for name in names)


class Given(NamedTuple):
    """A token that stood in a request, and that request without it."""

    token: str | None
    mode: AuthMode | None
    url: str
    params: dict[str, Any]
    headers: dict[str, str]


def take_token(url: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> Given:
    """Take the platform's token out of a request: `?token=` in its URL, the parameter, or a Bearer header.

    Of several the parameter counts, then the URL; a header beside them is somebody else's, and stays.

    Example:
        >>> take_token("http://host/?a=1&token=t-1", {}, {})
        Given(token='t-1', mode='query', url='http://host/?a=1', params={}, headers={})
    """
    parts = urlsplit(url)
    kept: list[str] = []
    tokens: list[str] = []
    for part in parts.query.split("&"):
        name, _, value = part.partition("=")
        if unquote_plus(name) == "token":
            tokens.append(unquote_plus(value))
        else:
            kept.append(part)
    others = dict(params)
    in_params = others.pop("token", "")
    tokens += map(str, in_params if isinstance(in_params, list | tuple) else [in_params])
    url = urlunsplit(parts._replace(query="&".join(kept)))
    if token := next(filter(None, reversed(tokens)), None):
        return Given(token, "query", url, others, dict(headers))
    for name, value in headers.items():
        scheme, _, token = value.partition(" ")
        if name.lower() == "authorization" and scheme.lower() == "bearer" and token.strip():
            rest = {other: value for other, value in headers.items() if other != name}
            return Given(token.strip(), "header", url, others, rest)
    return Given(None, None, url, others, dict(headers))


def request(
    url: str,
    params: Mapping[str, Any],
    headers: Mapping[str, str],
    *,
    token: str | None = None,
    mode: AuthMode = "header",
    last_event_id: str = "",
    resume_param: str | None = None,
) -> tuple[str, dict[str, str]]:
    """The URL and the headers to ask with.

    Args:
        url: where; a name and password in it become `Authorization: Basic`, as browsers and curl do.
        params: query parameters to add.
        headers: the user's own.
        token: the token, if there is one.
        mode: `"query"`: as the parameter `token`; `"header"`: as `Authorization: Bearer`.
        last_event_id: where to resume from; `""`: nowhere.
        resume_param: a query parameter that carries it too, for servers that don't see the header.

    Example:
        >>> request("http://host/x?a=1", {"b": 2}, {}, token="t-1", last_event_id="7")
        ('http://host/x?a=1&b=2', {'Authorization': 'Bearer t-1', 'Last-Event-ID': '7'})
    """
    parts = urlsplit(url)
    added = dict(params)
    ours = {}
    if parts.username and "authorization" not in map(str.lower, headers):
        ours["Authorization"] = f"Basic {_basic(parts)}"
    if token is not None and mode == "query":
        added["token"] = token
    elif token is not None:
        ours["Authorization"] = f"Bearer {token}"
    # "set (`Last-Event-ID`, lastEventIDValue) in request's header list", UTF-8 encoded; white space around a
    # header's value is no part of it. An id with control characters can't be a header, and a huge one would
    # be refused each time: then without.
    if (last := last_event_id.strip(" \t")) and _sendable(last) and len(last.encode()) <= LONGEST_ID:
        ours["Last-Event-ID"] = last
        if resume_param is not None:
            added[resume_param] = last
    query = "&".join(filter(None, [parts.query, urlencode(added, doseq=True)]))
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path or "/", query, "")), merged(headers, ours)


def _basic(parts: SplitResult) -> str:
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return b64encode(pair.encode()).decode()


def _sendable(text: str) -> bool:
    """Whether a header's value can carry this."""
    return _encodes(text) and not any((c < " " and c != "\t") or c == "\x7f" for c in text)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True
