"""Whether a backend looks at the token: none, a wrong one, one that has ended, one that ends meanwhile.

The law: no more than four requests; a token that is made up is never a guess at a good one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sse_notebook.checkup.case import Case
from sse_notebook.checkup.listening import listen
from sse_notebook.checkup.words import span
from sse_notebook.errors import ArgumentError, BadStatus, ConnectionFailed
from sse_notebook.source.claims import claims_of
from sse_notebook.source.credentials import Credentials

__all__ = ["look_at_tokens"]

ENDS_IN: Final = 2.0  # seconds until the token that ends meanwhile does
LATE: Final = 3.0  # seconds by which a stream may outlive it
AGO: Final = 60.0  # seconds since the one that has ended did

MakeToken = Callable[[float], str]


def look_at_tokens(case: Case, make_token: MakeToken | None) -> None:
    """Ask with each."""
    _refused(case, "no token", "", "without a token")
    token = case.token or ""
    head, dot, signature = token.rpartition(".")
    # Of a JSON Web Token all but its signature stays: who does not check that believes what anybody writes.
    turned = f"{head}{dot}{signature[::-1]}" if claims_of(token) is not None else f"{token[::-1]}x"
    wrong = turned if turned != token else f"{token}x"
    _refused(case, "wrong token", wrong, "with a token whose signature is wrong")
    made = [None, None] if make_token is None else [_made(case, make_token, s) for s in (-AGO, ENDS_IN)]
    for name, one in zip(("ended token", "ending token"), made, strict=True):
        if one is None:
            case.found.unknown(
                name, "no token could be made that ends", "pass `make_token=`, see its docstring"
            )
    if made[0] is not None:
        _refused(case, "ended token", made[0], f"with a token that ended {span(AGO)} ago")
    if made[1] is not None:
        _ending(case, made[1])


def _made(case: Case, make_token: MakeToken, seconds: float) -> str | None:
    try:
        token = make_token(seconds)
    except Exception:  # noqa: BLE001 - it is the user's own, and its words may hold a secret
        return None
    if not isinstance(token, str):
        raise ArgumentError(f"make_token gave {type(token).__name__}, not text")
    case.credentials.redact.add(token)
    Credentials(token, "query")  # whether it can be sent
    return token


def _refused(case: Case, name: str, token: str, how: str) -> None:
    """See that the server answers 401."""
    case.credentials.redact.add(token)
    try:
        case.ask(token=token).close()
    except BadStatus as failure:
        if failure.status == 401:
            case.found.ok(name, f"asked {how} it answers 401")
        else:
            case.found.failed(name, f"asked {how} it answers {failure.cause}, not 401", _ADVICE)
    except ConnectionFailed as failure:
        case.found.failed(name, f"asked {how} it does not answer 401: {failure.cause}", _ADVICE)
    else:
        case.found.failed(name, f"asked {how} it opens the stream", "anybody can read it: check the token")


_ADVICE: Final = "answer 401: a stream then asks for another token; after anything else it does not"


def _ending(case: Case, token: str) -> None:
    """See that a stream ends with its token."""
    try:
        reply = case.ask(token=token)
    except ConnectionFailed as failure:
        seen = f"asked with a token good for {span(ENDS_IN)}: {failure.cause}"
        case.found.failed("ending token", seen, "a token is good until it ends")
        return
    heard = listen(reply, ENDS_IN + LATE, case.clock, case.vocabulary)
    if heard.ended:
        case.found.ok("ending token", f"the stream ended after {span(heard.seconds)}, with its token")
    else:
        case.found.failed(
            "ending token",
            f"the stream goes on {span(LATE)} after its token ended",
            "end the stream when its token does: who was logged out reads on otherwise",
        )
