"""`doctor`: why do I not see events? The way from a notebook to an event, looked at link by link.

The law: it never raises for what a network or a server does, ends within its time, can be interrupted, and
leaves no thread, no socket and no secret behind. The first link that breaks ends it; the rest says so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sse_notebook.checkup.answer import look_at_answer
from sse_notebook.checkup.asked import credentials_for, look_at_token, look_at_url
from sse_notebook.checkup.case import Case
from sse_notebook.checkup.findings import OF_A_STREAM, OF_ITS_WAY, Broken, Findings
from sse_notebook.checkup.heard import judge
from sse_notebook.checkup.here import look_here
from sse_notebook.checkup.listening import listen
from sse_notebook.checkup.narrowing import look_at_filters, look_at_own_filters
from sse_notebook.checkup.report import Report
from sse_notebook.checkup.resuming import look_at_resuming
from sse_notebook.checkup.running import NOT_THERE, look_at_stream
from sse_notebook.checkup.way import look_at_way
from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Vocabulary
from sse_notebook.events.builtin import vocabulary_of
from sse_notebook.filters import Selection
from sse_notebook.source import EventSource
from sse_notebook.source.credentials import AuthMode, TokenSource
from sse_notebook.source.masking import masked_here
from sse_notebook.source.request import check_flag
from sse_notebook.source.transport import check_client
from sse_notebook.stream import EventStream, View
from sse_notebook.stream.audit import PARAMETERS
from sse_notebook.stream.question import Question, question
from sse_notebook.stream.target import BASES, target

__all__ = ["doctor"]

LONGEST = 3_600.0  # seconds


def doctor(
    what: str | EventStream | None = None,
    *,
    token: TokenSource | None = None,
    auth: AuthMode | None = None,
    platform: bool | None = None,
    cluster_id: str | Sequence[str] | None = None,
    project_id: str | Sequence[str] | None = None,
    workload_id: str | Sequence[str] | None = None,
    resource_type: str | Sequence[str] | None = None,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    vocabulary: Vocabulary | str | None = None,
    client: Any = None,
    insecure: bool = False,
    seconds: float = 10,
) -> Report:
    """Find out why there are no events: the troubleshooting page, executed.

    It goes the way that a stream goes, link by link: this machine, the URL and the token, the name, the
    connection, TLS, the server's answer; then it listens for a while, asks once more after an event that has
    an id, and, if filters are given, audits them. Where the first link breaks it stops; but the way takes no
    token. It can be interrupted.

    Args:
        what: a URL, as `connect` takes it; None: the one that the environment names; or a stream: then what
            became of what came is told, and the way is gone only if the stream is not open.
        token: as `connect` takes it, like all that follows but the last; for a stream nothing of it is to be
            said: it knows its own.
        auth: where the token goes: `"query"` or `"header"`.
        platform: whether the URL is a platform's base.
        cluster_id: one of the four filters.
        project_id: likewise.
        workload_id: likewise.
        resource_type: likewise.
        params: further query parameters.
        headers: further request headers.
        vocabulary: how the server's messages are read.
        client: an `httpx.Client` of your own.
        insecure: let a token travel over a network in plain text.
        seconds: how long to listen; heartbeats may take a minute to show. With filters an audit takes as long
            again.

    Returns:
        A report: its checks (`df`), as text (`str`), and in a cell; true when nothing failed.

    Raises:
        ArgumentError: a wrong argument; never for what the network does.

    Example:
        >>> import sse_notebook as sse
        >>> report = sse.doctor("http://localhost:9/events")  # where nobody listens
        >>> report["connection"].outcome, report["status"].outcome
        ('failed', 'skipped')
    """
    given = locals()
    try:
        return _doctor(**given)
    except (ArgumentError, KeyboardInterrupt) as error:
        # A verbose traceback shows locals: none of those that may hold a secret is left.
        given.clear()
        what = token = headers = params = client = None
        raise error.with_traceback(None) from None


def _clock() -> Clock:
    return SYSTEM


def _doctor(
    what: str | EventStream | None,
    vocabulary: Vocabulary | str | None,
    client: Any,
    insecure: bool,
    seconds: float,
    **asked: Any,
) -> Report:
    sound = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not sound or not 0 < seconds <= LONGEST:
        raise ArgumentError(f"seconds must be a number above 0, and at most an hour, not {seconds!r:.80}")
    if isinstance(what, EventStream):
        others = {**asked, "vocabulary": vocabulary, "client": client, "insecure": insecure or None}
        if named := [name for name, value in others.items() if value is not None]:
            raise ArgumentError(f"{named[0]}: a stream knows its own; give its URL to try another")
        return _of_stream(what, seconds)
    if isinstance(what, View):
        raise ArgumentError(
            "doctor takes a URL or a stream that `connect` gave; why events are not in a view of it, "
            "view.explain() tells"
        )
    if what is not None and not isinstance(what, str):
        raise ArgumentError(f"doctor takes a URL or a stream that `connect` gave, not {type(what).__name__}")
    check_client(client)
    check_flag("insecure", insecure)
    found = Findings()
    if what is None and (wrong := _wrong_base()):
        found.failed("url", wrong, f"set {BASES[0]} to the server's base URL, or give the URL here")
        return found.report("the environment's URL", str)
    reads = Vocabulary() if vocabulary is None else vocabulary_of(vocabulary)
    case, aim = _case(found, what, reads, client, **asked)
    _go(case, aim, seconds, insecure)
    return found.report(case.shown, case.credentials.redact)


def _wrong_base() -> str:
    """Why the environment names no URL that can be asked; `""`: it does."""
    try:
        target(None, None)
    except ArgumentError as error:
        return f"what the environment names is none: {error}"
    return ""


def _case(
    found: Findings,
    url: str | None,
    vocabulary: Vocabulary,
    client: Any,
    *,
    token: TokenSource | None,
    auth: AuthMode | None,
    platform: bool | None,
    params: Mapping[str, Any] | None,
    headers: Mapping[str, str] | None,
    **filters: Any,
) -> tuple[Case, Question]:
    asked = question(url, platform, params, headers, token, auth)
    selection = Selection(**filters)
    asked, credentials = credentials_for(asked, asked.mode)
    case = Case(
        found=found,
        url=asked.url,
        params={**selection.params(), **asked.params},
        headers=asked.headers,
        credentials=credentials,
        platform=asked.platform,
        selection=selection,
        vocabulary=vocabulary,
        client=client,
        clock=_clock(),
    )
    return case, asked


def _of_stream(stream: EventStream, seconds: float) -> Report:
    """What a stream tells; and the way, if it is not open."""
    source, state = stream.source, stream.connection.state
    lives = isinstance(source, EventSource)
    found = Findings(OF_ITS_WAY if lives and state in NOT_THERE else OF_A_STREAM)
    with contextlib.suppress(Broken):
        look_here(found, connects=lives)
        look_at_stream(found, stream, stream._time)  # noqa: SLF001 - a recording lives by its own clock
        if not isinstance(source, EventSource):
            found.skipped("filters", "a recording is played: nobody is asked")
        elif state in NOT_THERE:
            _go(*_case_of(found, source, stream.store.vocabulary), seconds, source.insecure, here=False)
        elif state != "open" or not _narrows(source.asked.url, source.asked.params):
            found.skipped("filters", _NOTHING if state == "open" else f"the stream is {state}")
        else:
            look_at_own_filters(found, stream, seconds)
    return found.report(f"{stream!r}", source.credentials.redact)


_NOTHING = "nothing is asked for that narrows the stream"


def _case_of(found: Findings, source: EventSource, vocabulary: Vocabulary) -> tuple[Case, Question]:
    """The way that a stream goes."""
    asked = source.asked
    case = Case(
        found=found,
        url=asked.url,
        params=asked.params,
        headers=asked.headers,
        credentials=source.credentials,
        platform=asked.needs_token,
        selection=None,
        vocabulary=vocabulary,
        client=source.client,
        clock=_clock(),
    )
    aim = Question(
        url=asked.url,
        platform=asked.needs_token,
        guessed=False,
        params=asked.params,
        headers=dict(asked.headers),
        token=None,
        auth=source.credentials.mode,
        no_token="",
        found="the stream's own" if source.credentials.present else "",
    )
    return case, aim


def _go(case: Case, aim: Question, seconds: float, insecure: bool, *, here: bool = True) -> None:
    """Go the way, as far as it leads."""
    with contextlib.closing(case), contextlib.suppress(Broken), masked_here(case.credentials.redact):
        if here:
            look_here(case.found)
        look_at_url(case, aim)
        try:
            look_at_token(case, aim, insecure=insecure)
        except Broken:
            look_at_way(case)  # which takes no token; nobody is asked for anything
            raise
        look_at_way(case)
        opened = look_at_answer(case)
        heard = listen(opened.reply, seconds, case.clock, case.vocabulary, waited=opened.waited)
        judge(case.found, heard, platform=case.platform)
        look_at_resuming(case, heard, seconds)
        if case.selection is None:
            case.found.skipped("filters", "an audit needs the stream itself to be open")
        elif _narrows(case.url, case.params):
            look_at_filters(case, seconds, insecure=insecure)
        else:
            case.found.skipped("filters", _NOTHING)


def _narrows(url: str, params: Mapping[str, Any]) -> bool:
    """Whether anything is asked for that a server could hold back for."""
    query = [*parse_qsl(urlsplit(url).query), *parse_qsl(urlencode(params, doseq=True))]
    return any(
        name in PARAMETERS and value and (name, value) != ("resource_type", "all") for name, value in query
    )
