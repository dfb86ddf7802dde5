"""Whether a server sends again what was missed: it is asked once more, after the last event but one.

The law: what can't be told is said to be unknown; one more connection, for a moment, and no other.
"""

from __future__ import annotations

from typing import Final

from sse_notebook.checkup.case import Case
from sse_notebook.checkup.listening import Heard, listen
from sse_notebook.errors import ConnectionFailed
from sse_notebook.words import counted

__all__ = ["AGAIN_WITHIN", "look_at_resuming"]

AGAIN_WITHIN: Final = 3.0  # seconds in which what is sent again should have come


def look_at_resuming(case: Case, heard: Heard, seconds: float) -> None:
    """Ask after the last event but one, and see what comes.

    Args:
        case: the case.
        heard: what came before.
        seconds: how long that was to be listened to; this takes no longer.
    """
    found = case.found
    own = [event.id for event in heard.with_id if event.id]
    if not own:
        found.skipped("resuming", "no event with an id came, after which it could resume")
        return
    if len(own) > 1 and len(set(own)) == 1:
        found.skipped("resuming", "all events have the same id: there is no place to resume from")
        return
    after, missed = (own[-2], own[-1]) if len(own) > 1 else (own[-1], "")
    try:
        reply = case.ask(last_event_id=after)
    except ConnectionFailed as error:
        found.warning(
            "resuming",
            f"asked after an id it answers: {error.cause}",
            "the server should ignore an id it does not know",
        )
        return
    again = listen(
        reply,
        min(seconds, AGAIN_WITHIN),
        case.clock,
        case.vocabulary,
        last_event_id=after,
        enough=lambda so_far: (
            any(event.id == missed for event in so_far.with_id) if missed else bool(so_far.events)
        ),
    )
    came = [event.id for event in again.with_id]
    seen_before = [id for id in came if id in own[: own.index(after) + 1]]
    if again.complete is False:
        found.warning("resuming", "the server says that it can't send what was missed", _KEEP)
    elif seen_before:
        found.warning(
            "resuming",
            f"{counted(len(seen_before), 'event')} came again that had been there before the id it was "
            "asked after",
            "it ignores Last-Event-ID, and sends what it has: doubles are dropped (`duplicate`), which "
            "costs time",
        )
    elif missed and missed in came:
        found.ok("resuming", "what came after an id comes again when it is asked for")
    elif missed:
        found.warning("resuming", "what came after an id does not come again when it is asked for", _KEEP)
    else:
        found.unknown("resuming", "one event is too few to tell; none came twice")


_KEEP: Final = (
    "what happens between two connections is lost, and shows in `stream.gaps`: the server should keep its "
    "newest events, and obey Last-Event-ID"
)
