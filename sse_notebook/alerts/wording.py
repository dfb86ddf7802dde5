"""What toasts of each type say, how long, and as what: the house's tables, and what the user put in place.

The law: what the user says of a type goes before what the house says; of several that fit the last one said.
A template gives text and nothing else; one that fails is reported, and the house's words stand in.
"""

from __future__ import annotations

from collections.abc import Callable
from string import Formatter
from typing import Any, Final, NamedTuple

from sse_notebook.alerts.templates import TEMPLATES, Words, cut, words_for
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.events.batch import COLUMNS
from sse_notebook.events.memo import Memo
from sse_notebook.events.payload import field_of
from sse_notebook.events.severity import SEVERITIES
from sse_notebook.events.types import matches_type

__all__ = ["DURATIONS", "KEEP", "Kept", "Template", "Wording", "filled"]

# Seconds until a toast goes away by itself: the worse, the longer it takes to read. An error stays.
DURATIONS: Final[dict[str, float | None]] = {"info": 5.0, "success": 5.0, "warning": 8.0, "error": None}

LONGEST: Final = 86_400.0  # seconds that a toast can be shown


class Kept:
    """The type of `KEEP`: what stands for "as it is"."""

    def __repr__(self) -> str:
        return "KEEP"


KEEP: Final = Kept()

Template = str | Callable[[Event], Any]

_NAMES: Final = frozenset({*COLUMNS, "timestamp", "received_at", "data"}) - {
    "raw",
    "timestamp_us",
    "received_us",
}


class _Own(NamedTuple):
    """What the user said of the types that fit a pattern."""

    title: Template | None = None
    text: Template | None = None
    group: Template | None = None
    severity: str | None = None
    duration: float | Kept | None = KEEP


class Wording:
    """The words, durations and variants of one stream's toasts.

    Args:
        report: told of an error of a template that is a function: where, and which.
    """

    def __init__(self, report: Callable[[str, BaseException], object] = lambda *_: None) -> None:
        self._report = report
        self._own: dict[str, _Own] = {}
        self._durations = dict(DURATIONS)
        self._found = Memo(self._find)

    def set(
        self,
        pattern: str,
        *,
        title: Template | None = None,
        text: Template | None = None,
        group: Template | None = None,
        duration: float | Kept | None = KEEP,
        severity: str | None = None,
    ) -> None:
        """Say something of the types that fit; it takes the place of what was said of the same pattern.

        Raises:
            ArgumentError: it can't be meant.
        """
        if not isinstance(pattern, str) or not pattern or len(pattern) > 200:
            raise ArgumentError(f'a toast is told by a type or a glob, as "build.*", not {pattern!r:.80}')
        for name, given in (("title", title), ("text", text), ("group", group)):
            _check_template(name, given)
        if severity is not None and severity not in SEVERITIES:
            raise ArgumentError(f"severity is one of {', '.join(SEVERITIES)}, not {severity!r:.80}")
        own = _Own(title, text, group, severity, _check_duration(duration))
        self._own.pop(pattern, None)  # what is said last goes before
        if own != _Own():
            self._own[pattern] = own
        self._found = Memo(self._find)

    def last(self, severity: str, duration: float | None) -> None:
        """How long toasts of a variant are shown, where nothing else is said of their type.

        Raises:
            ArgumentError: there is no such variant, or it can't be so long.
        """
        if severity not in SEVERITIES:
            raise ArgumentError(f"severity is one of {', '.join(SEVERITIES)}, not {severity!r:.80}")
        checked = _check_duration(duration)
        self._durations[severity] = checked if not isinstance(checked, Kept) else DURATIONS[severity]

    def knows(self, type: str, status: str | None) -> bool:  # noqa: A002 - the column's name
        """Whether events of this type are shown, however mild they are."""
        return type in TEMPLATES or self._of(type, status) != _Own()

    def variant(self, type: str, status: str | None, severity: str) -> str:  # noqa: A002 - likewise
        """As what events of this type and severity are shown."""
        return self._of(type, status).severity or severity

    def duration(self, type: str, status: str | None, severity: str) -> float | None:  # noqa: A002 - likewise
        """How many seconds a toast of this type and variant is shown; None: until it is dismissed."""
        own = self._of(type, status).duration
        return self._durations[severity] if isinstance(own, Kept) else own

    def words(self, event: Event) -> Words:
        """What a toast for this event says."""
        house = words_for(event)
        if (own := self._of(event.type, event.status)) == _Own():
            return house
        title = self._said(own.title, event, house.title)
        text = self._said(own.text, event, house.text)
        # a title of one's own stands for several resources too, if nothing else is said
        group = self._said(own.group or own.title, event, house.group)
        return Words(cut(title) or house.title, cut(group) or house.group, cut(text))

    def _said(self, template: Template | None, event: Event, otherwise: str) -> str:
        if template is None:
            return otherwise
        if isinstance(template, str):
            return filled(template, event)
        try:
            return str(template(event))
        except KeyboardInterrupt:
            raise
        # SystemExit too: a template's `sys.exit()` would keep the rows of a read from whoever waits for them
        except BaseException as error:  # noqa: BLE001 - the user's own function may raise anything
            self._report(f"toast template {cut(event.type)}", error)
            return otherwise

    def _of(self, type: str, status: str | None) -> _Own:  # noqa: A002 - the column's name
        return self._found[type if status is None else f"{type}\0{status}"] if self._own else _Own()

    def _find(self, asked: str) -> _Own:
        type, _, status = asked.partition("\0")  # noqa: A001 - likewise
        found = _Own()
        for pattern, own in self._own.items():
            if pattern == "*" or matches_type(pattern, type, type, status or None):
                said = {
                    name: value
                    for name, value in own._asdict().items()
                    if value is not None or name == "duration"
                }
                if isinstance(said["duration"], Kept):
                    del said["duration"]
                found = found._replace(**said)
        return found


def filled(template: str, event: Event) -> str:
    """A template with the event's values in the place of their names; what the event has not is nothing.

    Example:
        >>> from sse_notebook import Event, EventStore
        >>> event = EventStore().add_event({"type": "build.failed", "workload_id": "wl-1", "code": 3})
        >>> filled("{workload_id} failed with {data.code}", event)
        'wl-1 failed with 3'
    """
    parts = []
    for literal, name, _spec, _conversion in Formatter().parse(template):
        parts.append(literal)
        if name:
            parts.append(_value(event, name))
    return "".join(parts)


def _value(event: Event, name: str) -> str:
    if name == "data":
        return event.raw  # the column of that name
    value = field_of(event.data, name[5:]) if name.startswith("data.") else getattr(event, name)
    return "" if value is None else str(value)


def _check_template(name: str, given: Template | None) -> None:
    if given is None or callable(given):
        return
    if not isinstance(given, str):
        raise ArgumentError(
            f"{name} is a text, as 'Build {{workload_id}} failed', or a function of an event, "
            f"not {given!r:.80}"
        )
    try:
        parts = list(Formatter().parse(given))
    except ValueError as error:
        raise ArgumentError(f"{name}={given!r:.80} can't be read: {error}; a brace is {{{{ or }}}}") from None
    for _literal, field, spec, conversion in parts:
        if field is None:
            continue
        if spec or conversion:
            raise ArgumentError(
                f"{name}={given!r:.80}: only names stand in braces; for more, give a function of an event"
            )
        if field not in _NAMES and not (field.startswith("data.") and len(field) > 5):
            raise ArgumentError(
                f"{name}={given!r:.80}: an event has no {field!r}; "
                "names are those of the columns, and data.x for the payload's x"
            )


def _check_duration(duration: float | Kept | None) -> float | Kept | None:
    if duration is None or isinstance(duration, Kept):
        return duration
    sound = isinstance(duration, int | float) and not isinstance(duration, bool) and 0 < duration <= LONGEST
    if not sound:
        raise ArgumentError(
            f"duration is a number of seconds up to a day, or None: until it is dismissed; "
            f"not {duration!r:.80}"
        )
    return float(duration)
