"""What is asked of a server, and with which token: what the arguments of `connect` mean.

The law: read here once, and nowhere else. Pure, but that it looks into the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sse_notebook.source.credentials import AuthMode, TokenSource
from sse_notebook.source.request import check_headers, check_params, take_token
from sse_notebook.stream.target import TOKEN, environment_token, target, why_no_token

__all__ = ["Question", "question"]


@dataclass(frozen=True, repr=False)  # secrets may be in all of it, and a traceback may show this
class Question:
    """What a server is asked.

    Attributes:
        url: the whole URL; for the platform without a token.
        platform: it speaks the platform's contract.
        guessed: that is only because it has no path.
        params: query parameters to add.
        headers: request headers to add.
        token: the token, or what gives one.
        auth: where the token goes, as far as that was said; None: see `mode`.
        no_token: why there is none, where one is needed.
        found: where the token was found, in words; `""`: there is none.
    """

    url: str
    platform: bool
    guessed: bool
    params: dict[str, Any]
    headers: dict[str, str]
    token: TokenSource | None
    auth: AuthMode | None
    no_token: str
    found: str

    @property
    def mode(self) -> AuthMode:
        """Where the token goes."""
        if self.auth is not None:
            return self.auth
        return "query" if self.platform else "header"


def question(
    url: str | None,
    platform: bool | None,
    params: Mapping[str, Any] | None,
    headers: Mapping[str, str] | None,
    token: TokenSource | None,
    auth: AuthMode | None,
) -> Question:
    """Read the arguments; their meaning is `connect`'s.

    Raises:
        ArgumentError: a wrong one.

    Example:
        >>> asked = question("http://localhost:8000/?token=t-1", None, None, None, None, None)
        >>> asked.url, asked.mode, asked.found
        ('http://localhost:8000/api/v1/events/stream', 'query', 'in the request')
    """
    aim = target(url, platform)
    where, kept, added = aim.url, check_params(params), check_headers(headers)
    found = "" if token is None else "given as token="
    given = take_token(where, kept, added)
    if aim.platform:  # for others it is a part of the request like any other
        where, kept = given.url, given.params
        if token is None and given.token is not None:
            token, auth, added = given.token, auth or given.mode, given.headers
    in_request = given.token is not None or "authorization" in map(str.lower, added)
    if in_request and not found:
        found = "in the request"
    if token is None and not in_request:
        token = environment_token(where)
        found = "" if token is None else f"from {TOKEN}"
    return Question(
        url=where,
        platform=aim.platform,
        guessed=aim.guessed,
        params=kept,
        headers=added,
        token=token,
        auth=auth,
        no_token=why_no_token(aim) if aim.platform and token is None else "",
        found=found,
    )
