"""`Alert`: one trouble of one resource, from its first bad event on until a better one comes.

The law: what counts is when things happened, as far as the events say, and not in which order they came: an
older event is counted, and changes nothing that a newer one has said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from sse_notebook.events import Event
from sse_notebook.events.event import changed
from sse_notebook.events.severity import SEVERITIES

__all__ = ["BAD", "STATES", "Ack", "Alert", "Key", "State", "family_of", "worse"]

#: The states of an alert, in the order of what they ask of you. The words are Alertmanager's, mostly.
STATES: Final = ("firing", "acknowledged", "silenced", "resolved")
State = Literal["firing", "acknowledged", "silenced", "resolved"]

#: The severities that are trouble.
BAD: Final = frozenset({"warning", "error"})

Key = tuple[str, str | None]  # the family of types, and the resource

HEAVY: Final = 16_384  # characters of a payload that is kept with an alert: there are a thousand alerts


def family_of(type: str) -> str:  # noqa: A002 - the column's name
    """The types that tell of one thing: what stands before the last dot.

    Example:
        >>> family_of("build.failed"), family_of("build.completed"), family_of("edit")
        ('build', 'build', 'edit')
    """
    return type.rpartition(".")[0] or type


def worse(one: str, other: str) -> bool:
    """Whether a severity is worse than another.

    Example:
        >>> worse("error", "warning"), worse("warning", "warning")
        (True, False)
    """
    return SEVERITIES.index(one) > SEVERITIES.index(other)


class Ack(NamedTuple):
    """That somebody has seen to it.

    Attributes:
        at_us: when, Unix time in microseconds.
        by: who, if that was said.
        note: what they noted; may be empty.
        sent: whether the server took it; None: there is none that is told, or it has not answered yet.
    """

    at_us: int
    by: str | None = None
    note: str = ""
    sent: bool | None = None

    @property
    def why(self) -> str:
        """Why further events are not shown, in words."""
        by = f" by {self.by}" if self.by else ""
        return f"acknowledged{by}{f': {self.note}' if self.note else ''}"


@dataclass
class Alert:
    """One alert. All times are Unix time in microseconds.

    Attributes:
        number: its own, growing; it stays when it fires anew.
        key: the family of types, and the resource, that it is about.
        severity: the worst of its bad events.
        count: how many there were, since it fired.
        first_us, last_us: when the first and the newest of them happened.
        state_us: when what is known of it happened, be that bad or good.
        resolved: a good event has come.
        ack: that somebody has seen to it, if so.
        event: the newest of its bad events. A huge one has lost its payload.
    """

    number: int
    key: Key
    severity: str
    first_us: int
    last_us: int
    state_us: int
    count: int = 1
    resolved: bool = False
    ack: Ack | None = None
    event: Event = field(default=None, repr=False)  # type: ignore[assignment]  # until its read is done

    @property
    def id(self) -> str:
        """What it is called: `"#7"`."""
        return f"#{self.number}"

    def fires_anew(self, severity: str, at_us: int) -> None:
        """A bad event after it was resolved: it is as at the beginning."""
        self.severity, self.count, self.resolved, self.ack = severity, 1, False, None
        self.first_us = self.last_us = self.state_us = at_us

    def resolve(self, at_us: int) -> None:
        """A good event."""
        self.resolved, self.state_us = True, max(self.state_us, at_us)

    def count_in(self, number: int, severity: str, first_us: int, last_us: int) -> bool:
        """Count bad events of one severity in; whether the newest of them is the newest of all.

        What is worse than all before ends an acknowledgement: that was of something else.
        """
        self.count += number
        newest = last_us >= self.last_us
        self.first_us, self.last_us = min(self.first_us, first_us), max(self.last_us, last_us)
        if not self.resolved:
            self.state_us = max(self.state_us, last_us)
        if worse(severity, self.severity):
            self.severity = severity
            if not self.resolved:
                self.ack = None
        return newest


def light(event: Event) -> Event:
    """An event that can be kept for long: one that is huge has lost its payload, and most of its message."""
    if len(event.raw) <= HEAVY:
        return event
    return changed(event, raw="", message=event.message and event.message[:HEAVY])
