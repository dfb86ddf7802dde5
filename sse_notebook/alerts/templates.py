"""The words of a toast: a template for every type of the wire.

The law: each type of the platform has an entry here; other types have the general one. A template gives text
only; what comes from an event is cut to a length and never markup.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sse_notebook.events import Event

__all__ = ["TEMPLATES", "Words", "cut", "said_of", "words_for"]

LONGEST = 200  # characters of one line of a toast
LONGEST_BUILD = 1e7  # seconds; more, or NaN, is nonsense, and a number of 300 digits can't even be formatted


class Words(NamedTuple):
    """What a toast says of one event.

    Attributes:
        title: alone.
        group: the title once it stands for events of several resources.
        text: the line below; may be empty.
    """

    title: str
    group: str
    text: str


def cut(text: str) -> str:
    """A text as one line of a toast: white space made single, and not too long.

    Example:
        >>> cut("two\\nlines")
        'two lines'
    """
    text = " ".join(text[: 10 * LONGEST].split())  # a megabyte is not searched for its first line
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def said_of(who: str | None, message: str | None) -> str:
    """A message with whom it is about, unless it says so itself.

    Example:
        >>> said_of("wl-1", "exit code 1"), said_of("b-7", "Build b-7 finished")
        ('wl-1: exit code 1', 'Build b-7 finished')
    """
    if who and message and who in message:
        return message
    return ": ".join(part for part in (who, message) if part)


def _status(kind: str) -> Callable[[Event], Words]:
    def words(event: Event) -> Words:
        who = event.resource_id or kind.lower()
        doing = (event.status or "changed").replace("_", " ").lower()
        title = f"{who} {doing}" if kind == "Workload" else f"{kind} {who} is {doing}"
        return Words(title, f"{kind}s {doing}", event.message or "")

    return words


def _named(title: str) -> Callable[[Event], Words]:
    def words(event: Event) -> Words:
        return Words(title, title, said_of(event.workload_id or event.resource_id, event.message))

    return words


def _build_completed(event: Event) -> Words:
    nested = event.data.get("data") if isinstance(event.data, dict) else None
    took = next(
        (part["duration"] for part in (event.data, nested) if isinstance(part, dict) and "duration" in part),
        None,
    )
    who = event.workload_id or event.resource_id or "done"
    if isinstance(took, int | float) and not isinstance(took, bool) and 0 <= took < LONGEST_BUILD:
        return Words("Build completed", "Builds completed", f"{who} in {took:.0f} s")
    return _named("Build completed")(event)


def _general(event: Event) -> Words:
    title = event.type.replace("_", " ").replace(".", " ").strip().capitalize()
    return Words(title, title, said_of(event.resource_id, event.message))


TEMPLATES: dict[str, Callable[[Event], Words]] = {
    "workload.status": _status("Workload"),
    "project.status": _status("Project"),
    "cluster.status": _status("Cluster"),
    "addon.status": _status("Addon"),
    "build.started": _named("Build started"),
    "build.completed": _build_completed,
    "build.failed": _named("Build failed"),
    "error.report": _named("Error reported"),
}


def words_for(event: Event) -> Words:
    """What a toast for this event says."""
    words = TEMPLATES.get(event.type, _general)(event)
    return Words(cut(words.title) or "Event", cut(words.group) or "Event", cut(words.text))
