"""Whether a server keeps to the filters that it is asked with: an audit, on a stream for the occasion.

The law: it is `EventStream.audit`; the stream it needs is nobody's, and is gone afterwards.
"""

from __future__ import annotations

from typing import Final

from sse_notebook.checkup.case import Case
from sse_notebook.checkup.findings import Findings
from sse_notebook.errors import ConnectionFailed, WaitTimeout
from sse_notebook.filters import Selection
from sse_notebook.source import Backoff
from sse_notebook.store.bounds import Keeping
from sse_notebook.stream import EventStream
from sse_notebook.stream.audit import Audit
from sse_notebook.words import counted

__all__ = ["look_at_filters", "look_at_own_filters"]

KEPT: Final = Keeping.checked(100, 100_000, None, 2**28, 100_000)


def look_at_filters(case: Case, seconds: float, *, insecure: bool) -> None:
    """Audit the server with a stream of our own."""
    stream = EventStream(
        case.url,
        name="checkup",
        shown="checkup",
        selection=case.selection or Selection(),
        params=case.params,
        needs_token=case.platform,
        token=None,
        auth=case.mode,
        headers=case.headers,
        backoff=Backoff(attempts=0),
        client=case.client,
        insecure=insecure,
        keeping=KEPT,
        vocabulary=case.vocabulary,
        clock=case.clock,
        credentials=case.credentials,
    )
    with stream:
        stream.reconnect()
        look_at_own_filters(case.found, stream, seconds)


def look_at_own_filters(found: Findings, stream: EventStream, seconds: float) -> None:
    """Audit the server with a stream that is there."""
    try:
        audit = stream.audit(seconds=seconds)
    except (ConnectionFailed, WaitTimeout) as error:
        found.unknown("filters", f"no second connection to compare with: {error}")
        return
    _judge(found, audit)


def _judge(found: Findings, audit: Audit) -> None:
    if not audit.asked:
        found.skipped("filters", "nothing is asked for that narrows the stream")
        return
    asked = " ".join(f"{name}={','.join(values)}" for name, values in audit.asked.items())
    said = str(audit).split("\n")
    if audit.held_back:
        found.failed(
            "filters",
            f"asked for {asked} the server holds back {counted(audit.held_back, 'event')} that fit",
            "connect without the filters, and narrow here (`stream.where(…)`); tell who writes the server",
        )
    elif audit.let_through:
        found.warning(
            "filters",
            f"asked for {asked} the server sends {counted(audit.let_through, 'event')} that do not fit",
            "they are dropped here (`stream.dropped`), so what you see is right; but all of it is sent",
        )
    elif audit.compared:
        found.ok("filters", f"the server keeps to {asked}: {counted(audit.compared, 'event')} compared")
    elif audit.came and not audit.fitting:
        found.warning(
            "filters",
            f"{said[2] if len(said) > 2 else said[-1]}",
            "events do come, but of others: look at the spelling of what is asked for",
        )
    else:
        found.unknown("filters", said[2] if len(said) > 2 else said[-1])
