"""Which alerts somebody means: by an alert's id, a row, an event, a resource, a type, or a filter.

The law: the nearest meaning counts, and no other; what means nothing is an error, which says what there is.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from sse_notebook.alerts.alert import Alert, Key
from sse_notebook.clock import Clock
from sse_notebook.errors import ArgumentError
from sse_notebook.events.types import matches_type
from sse_notebook.filters import Filter, where
from sse_notebook.store.why import asked_for
from sse_notebook.stream.choosing import NO_TYPE

__all__ = ["Meant", "Row", "is_type", "meant_by"]

GLOB: Final = frozenset("*?[")
LONGEST: Final = 80  # characters of a value that is shown
ALSO: Final = ', an alert\'s id, as "#7", a type or a glob, as "build.*", or a filter'


class Row(NamedTuple):
    """A row that is named: of which trouble it would be, the event's own id, and what it is, in words."""

    key: Key
    id: str | None
    said: str


class Meant(NamedTuple):
    """What somebody means.

    Attributes:
        alerts: these.
        event_id: of one event, its id; None: no event was named, or it has none.
    """

    alerts: list[Alert]
    event_id: str | None = None


def is_type(text: str) -> bool:
    """Whether a text is a type or a glob, rather than an expression.

    Example:
        >>> is_type("build.*"), is_type("data.port == 443"), is_type("True")
        (True, False, False)
    """
    return bool(text) and NO_TYPE.isdisjoint(text) and text not in ("True", "False")


def meant_by(
    key: Any,
    alerts: Sequence[Alert],
    rows: Callable[[int | str], Sequence[Row]],
    clock: Clock,
    hide: Callable[[str], str] = str,
) -> Meant:
    """The alerts that are meant.

    Args:
        key: what `ack` was given.
        alerts: those there are.
        rows: gives the rows with a `seq`, or with an id, as an event's or a resource's; the newest last.
        clock: what ages are counted by.
        hide: masks secrets in what an error says.

    Raises:
        ArgumentError: it means nothing that is known.
        FilterError: it is an expression that can't be read.
    """
    if isinstance(key, Filter):
        return _fitting(key, alerts, clock)
    asked = asked_for(key, "ack", ALSO)
    if isinstance(asked, int):
        return _of_row(asked, alerts, rows(asked), hide)
    if found := [alert for alert in alerts if alert.id == asked]:
        return Meant(found)
    if found := [alert for alert in alerts if alert.key[1] == asked]:
        return Meant(found)
    named = rows(asked)
    keys = {row.key for row in named}
    if found := [alert for alert in alerts if alert.key in keys or alert.event.id == asked]:
        return Meant(found, asked if any(row.id == asked for row in named) else None)
    if named:
        raise ArgumentError(
            hide(f"nothing to acknowledge: {_shown(asked)} is in no trouble: {named[-1].said}")
        )
    if not is_type(asked):
        return _fitting(where(asked), alerts, clock)
    found = [alert for alert in alerts if _is_of(asked, alert)]
    if not found and GLOB.isdisjoint(asked):
        raise ArgumentError(hide(_unknown(asked, alerts)))
    return Meant(found)


def _of_row(seq: int, alerts: Sequence[Alert], rows: Sequence[Row], hide: Callable[[str], str]) -> Meant:
    for row in rows:
        found = [alert for alert in alerts if alert.key == row.key]
        if not found:
            raise ArgumentError(hide(f"nothing to acknowledge: row {seq} is of no alert: {row.said}"))
        return Meant(found, row.id)
    if found := [alert for alert in alerts if alert.event.seq == seq]:  # whose row is not kept
        return Meant(found, found[0].event.id)
    hint = f"; did you mean {_shown(f'#{seq}')}?" if any(alert.number == seq for alert in alerts) else ""
    raise ArgumentError(f"no row {seq} is kept, and no alert is about it{hint}")


def _fitting(asked: Filter, alerts: Sequence[Alert], clock: Clock) -> Meant:
    fits = asked.predicate(clock)
    return Meant([alert for alert in alerts if fits(alert.event)])


def _is_of(pattern: str, alert: Alert) -> bool:
    event = alert.event
    return pattern == "*" or matches_type(pattern, event.type, event.event_type, event.status)


def _unknown(asked: str, alerts: Sequence[Alert]) -> str:
    names = [
        name for each in alerts for name in (each.id, each.key[1], each.event.type, each.event.id) if name
    ]
    near = difflib.get_close_matches(asked[:LONGEST], list(dict.fromkeys(names)), n=3)
    said = f"there is no alert {_shown(asked)}, nor one of a resource, an event or a type of that name"
    if near:
        return f"{said}; did you mean {' or '.join(map(_shown, near))}?"
    return f"{said}: " + (
        f"there are {len(alerts):,} alerts, see `alerts`" if alerts else "there are no alerts"
    )


def _shown(text: str) -> str:
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return '"' + "".join(c if c.isprintable() else "\ufffd" for c in text) + '"'
