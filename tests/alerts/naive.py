"""A naive model of alerts: what came is told again from the beginning, each time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sse_notebook.alerts.alert import Ack, family_of
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.event import changed
from sse_notebook.events.severity import SEVERITIES
from sse_notebook.wire import ServerSentEvent

NOW = 1_000_000_000  # microseconds


def event(
    name: str = "build_failed", who: str | None = "b-1", at: int = 0, seq: int = -1, **fields: Any
) -> Event:
    """An event of this type, about this resource, of so many microseconds after the beginning."""
    raw = json.dumps({"event_type": name, "build_id": who, **fields})
    found = Vocabulary().read(ServerSentEvent(data=raw), received_us=NOW + 1_000)
    assert isinstance(found, Event)
    return changed(found, timestamp_us=NOW + at, seq=seq)


@dataclass
class Naive:
    """One alert, told event by event."""

    newest: tuple[int, str | None]
    first: int
    count: int = 1
    severity: str = "info"
    over: bool = False
    since: int = 0
    ack: Ack | None = None


class Model:
    """All that came, and what it means; the state is read from all of it, each time."""

    def __init__(self) -> None:
        self.came: dict[tuple[str, str | None], list[tuple[int, str]]] = {}
        self.alerts: dict[tuple[str, str | None], Naive] = {}

    def take(self, one: Event) -> bool:
        """Whether it is of an alert that somebody has seen to."""
        key, at = (family_of(one.type), one.resource_id), min(one.timestamp_us, one.received_us)
        came = self.came.setdefault(key, [])
        came.append((at, one.severity))
        newest_is_bad = came[max(range(len(came)), key=lambda i: (came[i][0], i))][1] in ("warning", "error")
        alert = self.alerts.get(key)
        if one.severity not in ("warning", "error"):
            if alert is not None and not newest_is_bad and not alert.over:
                alert.over, alert.since = True, at
            return False
        if alert is None or (alert.over and at >= alert.since):
            later = [when for when, severity in came if when > at and severity not in ("warning", "error")]
            alert = self.alerts[key] = Naive((at, one.message), at)
            alert.severity, alert.over, alert.since = one.severity, bool(later), max(later, default=at)
            return False
        alert.count += 1
        alert.first = min(alert.first, at)
        if at >= alert.newest[0]:
            alert.newest = at, one.message
        if SEVERITIES.index(one.severity) > SEVERITIES.index(alert.severity):
            alert.severity = one.severity
            alert.ack = alert.ack if alert.over else None
        assert alert.over is not newest_is_bad
        return alert.ack is not None and not alert.over

    def acknowledge(self, ack: Ack, *who: str | None) -> None:
        """Somebody has seen to all of these resources, or to all there are."""
        for (_, resource), alert in self.alerts.items():
            if not who or resource in who:
                alert.ack = alert.ack if alert.over else ack
