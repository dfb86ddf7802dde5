"""Whether a backend sends again what it keeps, by id and by time; and whether it says so when it can't.

The law: judged by an event that came before, and must come again.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from sse_notebook.checkup.case import Case
from sse_notebook.checkup.contract_filters import moment
from sse_notebook.checkup.listening import Heard, listen
from sse_notebook.errors import BadStatus, ConnectionFailed

__all__ = ["look_at_replays"]

AGAIN_WITHIN: Final = 3.0  # seconds

_KEEP: Final = "keep the newest events, and send again what comes after the id, or from the time on"


def look_at_replays(case: Case, heard: Heard) -> None:
    """Ask again in each way."""
    own = [event for event in heard.with_id if event.id]
    ways = ("Last-Event-ID", "last_event_id=", "since=")
    if len(own) < 2 or own[-1].id == own[-2].id:
        for name in ways:
            case.found.unknown(name, "no two events with ids came", "publish=True makes some")
    else:
        after, missed = own[-2].id or "", own[-1]
        _again(case, "Last-Event-ID", missed.id, last_event_id=after)
        _again(case, "last_event_id=", missed.id, params={"last_event_id": after})
        dated = missed.timestamp_us != missed.received_us
        if dated and (since := moment(missed.timestamp_us)):
            _again(case, "since=", missed.id, params={"since": since})
        else:
            case.found.unknown("since=", "the newest event has no time to ask for")
    _unknown_id(case)


def _again(
    case: Case,
    name: str,
    missed: str | None,
    *,
    last_event_id: str = "",
    params: dict[str, Any] | None = None,
) -> None:
    try:
        reply = case.ask(last_event_id=last_event_id, params={**case.params, **(params or {})})
    except ConnectionFailed as failure:
        case.found.failed(name, f"asked so it answers: {failure.cause}", _KEEP)
        return
    again = listen(
        reply,
        AGAIN_WITHIN,
        case.clock,
        case.vocabulary,
        enough=lambda so_far: any(event.id == missed for event in so_far.with_id),
    )
    if any(event.id == missed for event in again.with_id):
        case.found.ok(name, "what was missed comes again")
    elif again.complete is False:
        case.found.unknown(name, "it says that what was missed is not kept any more")
    else:
        case.found.failed(name, "what was missed does not come again", _KEEP)


def _unknown_id(case: Case) -> None:
    """An id that it can't know: it must say so."""
    name, advice = "unknown id", 'say so in `connected`: `"resume": {"complete": false}`, or answer 410'
    try:
        reply = case.ask(last_event_id=f"checkup-{secrets.token_hex(6)}")
    except BadStatus as failure:
        if failure.status == 410:
            case.found.ok(name, "it answers 410")
        else:
            case.found.failed(name, f"it answers {failure.cause}", advice)
        return
    except ConnectionFailed as failure:
        case.found.failed(name, failure.cause, advice)
        return
    again = listen(
        reply,
        AGAIN_WITHIN,
        case.clock,
        case.vocabulary,
        enough=lambda so_far: so_far.complete is not None or bool(so_far.greeting),
    )
    if again.complete is False:
        case.found.ok(name, "it says that it can't send what was missed")
    else:
        said = "that all was sent" if again.complete else "nothing of it"
        case.found.failed(name, f"asked after an id that there never was, it says {said}", advice)
