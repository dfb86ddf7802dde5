"""What is asked, and with which token: the URL and the token, before anybody is asked.

The law: a token is looked at and never shown. Whether it has ended the server's clock decides, which is known
once it has answered.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from sse_notebook.checkup.case import Case
from sse_notebook.checkup.words import ago, few, span
from sse_notebook.errors import ArgumentError, ConnectionFailed
from sse_notebook.source.background import BackgroundCall
from sse_notebook.source.claims import claims_of, moment_of
from sse_notebook.source.credentials import AuthMode, Credentials
from sse_notebook.source.masking import mask_on_this_thread
from sse_notebook.source.redactor import is_secret_name
from sse_notebook.source.request import check_exposure, is_loopback
from sse_notebook.stream.question import Question
from sse_notebook.stream.target import BASES, TOKEN

__all__ = ["Untaken", "credentials_for", "look_at_token", "look_at_url", "refused_token", "take"]

PATIENCE: Final = 10.0  # seconds that a token callable may take
TURN: Final = 0.02  # seconds between two looks at whether it has answered
SOON: Final = 60.0  # seconds; a token that ends by then may end before anything is seen


def look_at_url(case: Case, asked: Question) -> None:
    """Look at where it goes."""
    parts = urlsplit(case.url)
    kind = "the platform" if case.platform else "any server-sent events endpoint"
    query = [*parse_qsl(parts.query), *parse_qsl(urlencode(case.params, doseq=True))]
    names = [name if is_secret_name(name) else f"{name}={value}" for name, value in query]
    seen = f"{case.shown}: {kind}{' (as it has no path)' if asked.guessed else ''}"
    if names:
        seen += f"; asks for {few(names, 8)}"
    plain = parts.scheme == "http" and asked.found == "" and not is_loopback(parts.hostname or "")
    if asked.found == "in the request" and "token" in dict(parse_qsl(parts.query)):
        case.found.warning(
            "url",
            f"{seen}; a token stands in it",
            "a notebook keeps what is typed into it: set SSE_NOTEBOOK_TOKEN, or pass a function as token=",
        )
    elif plain:
        case.found.warning(
            "url", f"{seen}; http:// is not encrypted", "try https://, if the server is not on this machine"
        )
    else:
        case.found.ok("url", seen)


def credentials_for(asked: Question, mode: AuthMode) -> tuple[Question, Credentials]:
    """The credentials; where the environment's token can't be sent the question says so, and there is none.

    Args:
        asked: what is asked.
        mode: where the token goes.

    Raises:
        ArgumentError: a token that was given here can't be sent.
    """
    try:
        return asked, Credentials(asked.token, mode)
    except ArgumentError as error:
        if asked.found != f"from {TOKEN}":
            raise
        wrong = f"{asked.found}: {error}"
    return replace(asked, token=None, no_token=wrong), Credentials(None, mode)


class Untaken(Exception):
    """There is no token to ask with.

    Attributes:
        seen: why.
        advice: what to do.
    """

    def __init__(self, seen: str, advice: str) -> None:
        super().__init__(seen)
        self.seen, self.advice = seen, advice


def take(case: Case, asked: Question, *, insecure: bool) -> None:
    """Get the token, asking for it if it is a function.

    Raises:
        Untaken: there is none, and one is needed; or it can't be had, or must not be sent.
    """
    if asked.no_token:
        elsewhere = _ELSEWHERE if os.environ.get(TOKEN) else _WITHOUT
        raise Untaken(asked.no_token, _UNSENDABLE if asked.found else elsewhere)
    try:
        check_exposure(case.url, case.credentials.present, case.headers, insecure=insecure)
    except ArgumentError as error:
        raise Untaken(f"not sent: {error}", "use https://") from None
    try:
        case.token = _asked(case)
    except ConnectionFailed as error:
        raise Untaken(error.cause, _FUNCTION) from None
    if case.token is None and case.platform:
        raise Untaken(case.credentials.missing, _FUNCTION if case.credentials.renewable else _WITHOUT)


def look_at_token(case: Case, asked: Question, *, insecure: bool) -> None:
    """Look at the token.

    Raises:
        Broken: there is none to ask with.
    """
    try:
        take(case, asked, insecure=insecure)
    except Untaken as none:
        raise case.found.breaks("token", none.seen, none.advice) from None
    if case.token is not None:
        _judge(case, case.token, asked.found)
    elif asked.found:
        case.found.ok("token", f"{asked.found}, as it stands there")
    else:
        case.found.ok("token", "none: it is asked anonymously")


_WITHOUT: Final = (
    "ask whoever runs the server for a token, and pass it as `token=`, or set `SSE_NOTEBOOK_TOKEN` before "
    "Jupyter starts; the bundled backend prints one (`sse-notebook serve`)"
)
_ELSEWHERE: Final = (
    f"a token is sent to nobody but whom it is for: compare scheme, host and port here and in `{BASES[0]}`; "
    "a token for this server is passed as `token=`"
)
_UNSENDABLE: Final = f"set `{TOKEN}` again, to the token and nothing else"
_FUNCTION: Final = "look at the function that gives the token"


def _asked(case: Case) -> str | None:
    """The token; a function is asked on a thread of its own, for it may be async, or never answer."""
    if not case.credentials.renewable:
        return case.credentials.ask()
    began = case.clock.monotonic()

    def ask() -> str | None:
        mask_on_this_thread(case.credentials.redact)
        return case.credentials.ask()

    call = BackgroundCall(ask, began)
    while not call.wait(TURN):
        if case.clock.monotonic() - began >= PATIENCE:
            raise ConnectionFailed(f"the token function has not answered for {span(PATIENCE)}")
    return call.answer()


def _judge(case: Case, token: str, where: str) -> None:
    found, now = case.found, case.clock.time()
    if token[:7].lower() == "bearer ":
        found.warning("token", f'{where}; it begins with "Bearer "', "leave that away: it is added for you")
        return
    if token[:1] in "\"'":
        found.warning("token", f"{where}; it begins with a quotation mark", "leave the quotation marks away")
        return
    if claims_of(token) is None:
        found.ok("token", f"{where}; it is no JSON Web Token, so nobody here knows when it ends")
        return
    ends, begins = moment_of(token, "exp"), moment_of(token, "nbf")
    if ends is not None and ends <= now:
        found.warning("token", f"{where}; it ended {ago(now - ends)}, by this machine's clock", _ANOTHER)
    elif begins is not None and begins > now:
        found.warning(
            "token",
            f"{where}; it is not good before {span(begins - now)} from now, by this machine's clock",
            "compare the clocks of this machine and of who gives tokens",
        )
    elif ends is not None and ends - now < SOON and not case.credentials.renewable:
        found.warning("token", f"{where}; it ends {ago(now - ends)}", _ANOTHER)
    else:
        found.ok("token", f"{where}; " + ("it never ends" if ends is None else f"it ends {ago(now - ends)}"))


_ANOTHER: Final = (
    "get a new token (log in again); pass a function as `token=`, which is asked before each connection, "
    "and it will not happen again"
)


def refused_token(case: Case) -> None:
    """The server refused the token: what was a doubt before is the reason now."""
    if case.found.outcome("token") == "warning":
        token = next(each for each in case.found.checks() if each.name == "token")
        case.found.failed("token", f"{token.seen}; the server refuses it", token.advice)
