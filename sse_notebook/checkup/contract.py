"""`check_backend`: does a server keep the platform's contract, requirement by requirement?

The law: each requirement has one line; what was not seen is unknown, never ok. Nothing is published unless
that is asked for, since everybody who listens would see it. It ends within its time, can be interrupted, and
leaves no thread, no socket and no secret behind.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from sse_notebook.checkup.asked import Untaken, credentials_for, take
from sse_notebook.checkup.case import Case
from sse_notebook.checkup.contract_filters import earliest, judge_filters, listen_to, open_narrowed, values_in
from sse_notebook.checkup.contract_heard import HEARTBEAT, judge_head, judge_heard, judge_origin
from sse_notebook.checkup.contract_resuming import look_at_replays
from sse_notebook.checkup.contract_tokens import look_at_tokens
from sse_notebook.checkup.contract_writing import Published, judge_writing, send
from sse_notebook.checkup.findings import Broken, Findings, planned
from sse_notebook.checkup.listening import Heard, listen
from sse_notebook.checkup.report import Report
from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError, ConnectionFailed
from sse_notebook.events import Vocabulary
from sse_notebook.source.credentials import TokenSource
from sse_notebook.source.masking import masked_here
from sse_notebook.source.policy import MEANINGS, classify
from sse_notebook.source.request import check_flag
from sse_notebook.source.transport import Reply, check_client
from sse_notebook.stream.audit import PARAMETERS
from sse_notebook.stream.question import question

__all__ = ["CONTRACT", "check_backend"]

LONGEST: Final = 3_600.0  # seconds
ENOUGH_BEATS: Final = 3  # heartbeats; their period is known then
ENOUGH: Final = 50  # events, where none are published

#: The requirements, each once.
CONTRACT: Final = planned(
    {
        "stream": ("stream", "connected", "heartbeat", "id", "event_type", "timestamp", "UTF-8"),
        "token": ("no token", "wrong token", "ended token", "ending token"),
        "filters": PARAMETERS,
        "resuming": ("Last-Event-ID", "last_event_id=", "since=", "unknown id"),
        "writing": ("publish", "arrives", "ack"),
        "head": ("Cache-Control", "buffering", "CORS"),
    }
)


def check_backend(
    url: str | None = None,
    *,
    token: TokenSource | None = None,
    headers: Mapping[str, str] | None = None,
    client: Any = None,
    insecure: bool = False,
    publish: bool = False,
    make_token: Callable[[float], str] | None = None,
    seconds: float = 35,
) -> Report:
    """Find out whether a server keeps the platform's contract: for who writes one.

    Args:
        url: its base URL; None: the one that the environment names.
        token: as `connect` takes it; a good one.
        headers: further request headers.
        client: an `httpx.Client` of your own.
        insecure: let a token travel over a network in plain text.
        publish: also publish seven events, to see that they arrive, how each filter narrows, and that an
        event can
            be acknowledged. That changes the server: whoever listens sees them.
        make_token: gives a token of this server that is good for so many seconds, or has ended so many
        seconds
            ago if they are below 0: to see that an ending is honoured.
        seconds: how long to listen for heartbeats and events at the most; it ends as soon as all is known.

    Returns:
        A report with a check for each requirement. What can't be judged is `"unknown"`, with the reason; true
        when none is broken.

    Raises:
        ArgumentError: a wrong argument; never for what the server does.

    Example:
        >>> import sse_notebook as sse
        >>> from sse_notebook.backend import Backend
        >>> with Backend(heartbeat=0.2) as backend:
        ...     report = sse.check_backend(backend.url, token=backend.token(), publish=True)
        >>> report["publish"].outcome, report["project_id"].outcome
        ('ok', 'ok')
    """
    given = locals()
    try:
        return _check(**given)
    except (ArgumentError, KeyboardInterrupt) as error:
        given.clear()  # a verbose traceback shows locals
        url = token = headers = client = make_token = None
        raise error.with_traceback(None) from None


def _clock() -> Clock:
    return SYSTEM


def _check(
    url: str | None,
    token: TokenSource | None,
    headers: Mapping[str, str] | None,
    client: Any,
    insecure: bool,
    publish: bool,
    make_token: Callable[[float], str] | None,
    seconds: float,
) -> Report:
    sound = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not sound or not 0 < seconds <= LONGEST:
        raise ArgumentError(f"seconds must be a number above 0, and at most an hour, not {seconds!r:.80}")
    if make_token is not None and not callable(make_token):
        raise ArgumentError("make_token takes a function that is given seconds, and gives a token")
    check_client(client)
    check_flag("insecure", insecure)
    check_flag("publish", publish)
    # In the query: that is the contract.
    asked, credentials = credentials_for(question(url, True, None, headers, token, None), "query")
    found = Findings(CONTRACT)
    case = Case(
        found=found,
        url=asked.url,
        params=asked.params,
        headers=asked.headers,
        credentials=credentials,
        platform=True,
        selection=None,
        vocabulary=Vocabulary(),
        client=client,
        clock=_clock(),
    )
    with contextlib.closing(case), contextlib.suppress(Broken), masked_here(case.credentials.redact):
        try:
            take(case, asked, insecure=insecure)
        except Untaken as none:
            raise found.breaks("stream", f"not asked: {none.seen}", none.advice) from None
        _look(case, publish, make_token, seconds)
    return found.report(case.shown, case.credentials.redact)


def _look(case: Case, publishes: bool, make_token: Callable[[float], str] | None, seconds: float) -> None:
    found = case.found
    with contextlib.ExitStack() as stack:
        wide = _open(case)
        stack.callback(wide.close)
        judge_head(found, wide.answer)
        said: Published | None = None
        came: dict[str, Heard] = {}
        if publishes:
            said = Published()
            narrowed = open_narrowed(case, said.asked, stack)
            send(case, said)
            if found.outcome("publish") == "ok":
                came = listen_to(case, narrowed, seconds, said)  # before anything can pile up
        enough = partial(_enough, said=said)
        heard = listen(wide, seconds, case.clock, case.vocabulary, enough=enough)
        judge_heard(found, heard)
        judge_writing(case, heard, said)
        if said is None:
            narrowed = open_narrowed(case, values_in(heard), stack, since=earliest(heard))
            came = listen_to(case, narrowed, heard.seconds)
        judge_filters(case, narrowed, came, heard, said)
    look_at_tokens(case, make_token)
    look_at_replays(case, heard)
    judge_origin(case)


def _open(case: Case) -> Reply:
    try:
        reply = case.ask()
    except ConnectionFailed as failure:
        means = MEANINGS[classify(failure)]
        advice = "`sse.doctor(url, token=…)` goes the way there link by link, and tells what to do"
        raise case.found.breaks("stream", f"{failure.cause} ({means})", advice) from None
    case.found.ok("stream", f"200, {reply.answer.headers.get('content-type')}")
    return reply


def _enough(heard: Heard, said: Published | None) -> bool:
    """Whether all is known that listening can tell."""
    beats = sum(control.name == HEARTBEAT for _, control in heard.controls)
    return beats >= ENOUGH_BEATS and (len(heard.events) >= ENOUGH if said is None else said.last_in(heard))
