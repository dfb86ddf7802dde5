"""From a message to a row: which names, ids and times a server uses, and what they mean.

The law: every message gives exactly one of three things: an `Event`, a `Control` message of the connection,
or None (discarded on the user's word). Nothing that arrives makes it fail, and no user's callable either:
what it raises is reported, and the built-in reading is used instead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from sse_notebook.errors import ArgumentError
from sse_notebook.events.event import Event, Origin
from sse_notebook.events.payload import NOT_JSON, decode, encode, find, is_nan, is_scalar, whole
from sse_notebook.events.severity import severity_of, severity_word
from sse_notebook.events.times import to_micros
from sse_notebook.events.types import CONTROL, canonical
from sse_notebook.wire import ServerSentEvent

__all__ = ["Control", "Rule", "Vocabulary"]

Rule = str | Callable[[Any], Any]
"""Where a value stands: a dotted path into the payload, or a callable that is given the payload."""

Report = Callable[[str, BaseException], None]
Found = TypeVar("Found")


class Control(NamedTuple):
    """A message about the connection itself: it moves clocks and counters, and takes no row."""

    name: str
    payload: Any


# The resources, most specific first: the first id that is there says what an event is about.
_RESOURCES = (
    ("build", ("build_id", "buildId")),
    ("workload", ("workload_id", "workloadId")),
    ("addon", ("addon_id", "addonId")),
    ("project", ("project_id", "projectId")),
    ("cluster", ("cluster_id", "clusterId")),
)
_EVENT_TYPE = ("event_type", "eventType")
_MESSAGE = ("message", "error", "reason", "description")


class Vocabulary:
    """How to read one server's messages.

    Everything that is not given is read the platform's way, which leaves strange streams unharmed. A rule
    is a dotted path into the decoded payload, or a callable that is given the payload; where it finds
    nothing, the platform's way is tried.

    Args:
        type: the name of the event's type.
        id: the event's id, instead of the wire's.
        timestamp: the event's own time: a number in s, ms, µs or ns, digits, ISO text or a `datetime`.
        severity: any of the usual words (`"warn"`, `"critical"` …).
        message: the words for people.
        resource: the id of what it is about; a callable may return `(resource_type, resource_id)`.
        aliases: names on the wire to types (in either vocabulary), in front of the built-in table.
        control: types, and whole data texts (as Home Assistant's `ping`), that are about the connection.
        discard: where this gives something true, the event is dropped (and counted as `discarded`).

    Raises:
        ArgumentError: a rule is neither path nor callable.

    Example:
        >>> quakes = Vocabulary(
        ...     type=lambda quake: "earthquake",
        ...     timestamp="properties.time",
        ...     severity=lambda quake: "warning" if quake["properties"]["mag"] >= 5 else "info",
        ...     message="properties.place",
        ... )
        >>> data = '{"properties": {"mag": 5.1, "time": 1517000000000, "place": "Fiji"}}'
        >>> message = ServerSentEvent(data=data)
        >>> quakes.read(message, received_us=0)
        <Event -1 warning: earthquake Fiji>
    """

    def __init__(
        self,
        *,
        type: Rule | None = None,  # noqa: A002 - the column's name
        id: Rule | None = None,
        timestamp: Rule | None = None,
        severity: Rule | None = None,
        message: Rule | None = None,
        resource: Rule | None = None,
        aliases: Mapping[str, str] | None = None,
        control: Collection[str] = (),
        discard: Rule | None = None,
    ) -> None:
        rules = {
            "type": type,
            "id": id,
            "timestamp": timestamp,
            "severity": severity,
            "message": message,
            "resource": resource,
            "discard": discard,
        }
        for name, rule in rules.items():
            if rule is not None and not isinstance(rule, str) and not callable(rule):
                raise ArgumentError(f"Vocabulary({name}=…) takes a dotted path or a callable, not {rule!r}")
        if isinstance(control, str):
            raise ArgumentError(f"Vocabulary(control=…) takes several names: ({control!r},)")
        self._rules = {name: rule for name, rule in rules.items() if rule is not None}
        if aliases is not None and not (
            isinstance(aliases, Mapping) and all(isinstance(meaning, str) for meaning in aliases.values())
        ):
            raise ArgumentError(
                f'Vocabulary(aliases=…) takes a dictionary, as {{"edit": "page.edit"}}, not {aliases!r}'
            )
        self._aliases = {name: canonical(meaning) for name, meaning in (aliases or {}).items()}
        self._control = CONTROL | frozenset(control)
        self._control_texts = frozenset(control)

    def read(
        self,
        message: ServerSentEvent,
        received_us: int,
        *,
        source: str = "",
        origin: Origin = "live",
        report: Report | None = None,
    ) -> Event | Control | None:
        """What a message means.

        Args:
            message: as decoded from the wire.
            received_us: when it arrived, in microseconds since 1970.
            source: the stream's name.
            origin: how it came.
            report: told when a rule of the user's raises: which, and what.

        Returns:
            An `Event`, a `Control` message, or None where `discard` said so.
        """
        raw = whole(message.data)
        payload = decode(raw)
        if payload is NOT_JSON:
            payload = raw
        parts = _parts(payload)
        ask = _Asker(self._rules, payload, report)

        name = _text(ask("type")) or _name(parts, whole(message.event))
        if name in self._control or raw in self._control_texts:
            return Control(name if name in self._control else raw, payload)
        if ask("discard"):
            return None

        meaning = self._aliases.get(name) or canonical(name)
        timestamp_us = to_micros(ask("timestamp")) or _first(parts, ("timestamp",), to_micros)
        status = _first(parts, ("status",), _text) or meaning.status
        resource_type, resource_id = _resource(parts)
        wanted = ask("resource")
        if isinstance(wanted, tuple) and len(wanted) == 2:
            resource_type, resource_id = _text(wanted[0]), _text(wanted[1])
        elif (text := _text(wanted)) is not None:
            resource_id = text
        return Event(
            seq=-1,
            timestamp_us=received_us if timestamp_us is None else timestamp_us,
            received_us=received_us,
            type=meaning.type,
            event_type=name,
            id=_text(ask("id")) or _text(message.own_id),
            severity=severity_word(ask("severity"))
            or _first(parts, ("severity",), severity_word)
            or _first(parts, ("level",), severity_word)
            or severity_of(meaning.type, status),
            priority=_first(parts, ("priority",), _priority),
            cluster_id=_first(parts, ("cluster_id", "clusterId"), _text),
            project_id=_first(parts, ("project_id", "projectId"), _text),
            workload_id=_first(parts, ("workload_id", "workloadId"), _text),
            resource_type=resource_type,
            resource_id=resource_id,
            status=status,
            message=_text(ask("message")) or _message(parts, payload),
            origin=origin,
            after_gap=False,
            source=source,
            raw=raw,
            data=payload,
        )

    def read_dict(
        self,
        payload: Mapping[str, Any],
        received_us: int,
        *,
        source: str = "",
        report: Report | None = None,
    ) -> Event | Control | None:
        """What a dictionary means that was added by hand: as if it had come over the wire.

        An `id` in it is the event's id, and an `origin` of `"added"` says how it came.

        Raises:
            ArgumentError: it can't be written as JSON.
        """
        own_id = _text(payload.get("id"))
        message = ServerSentEvent(data=encode(dict(payload)), own_id=own_id)
        return self.read(message, received_us, source=source, origin="added", report=report)


class _Asker:
    """Asks the user's rules about one payload; what they raise is reported, and counts as nothing found."""

    __slots__ = ("payload", "report", "rules")

    def __init__(self, rules: Mapping[str, Rule], payload: Any, report: Report | None) -> None:
        self.rules = rules
        self.payload = payload
        self.report = report

    def __call__(self, name: str) -> Any:
        rule = self.rules.get(name)
        if rule is None:
            return None
        if isinstance(rule, str):
            return find(self.payload, rule)
        try:
            found = rule(self.payload)
            return bool(found) if name == "discard" else found  # here, since even truth may raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's callable may raise anything
            if self.report is not None:
                self.report(f"vocabulary {name}", error)
            return None


def _parts(payload: Any) -> tuple[Mapping[str, Any], ...]:
    """Where envelope fields may stand: the top level, then a nested `data`, then `metadata`."""
    if not isinstance(payload, Mapping):
        return ()
    nested = (payload.get("data"), payload.get("metadata"))
    return (payload, *(part for part in nested if isinstance(part, Mapping)))


def _values(parts: tuple[Mapping[str, Any], ...], names: tuple[str, ...]) -> Iterator[Any]:
    for part in parts:
        for name in names:
            value = part.get(name)
            if value is not None and value != "":
                yield value


def _first(
    parts: tuple[Mapping[str, Any], ...], names: tuple[str, ...], read: Callable[[Any], Found | None]
) -> Found | None:
    """The first value that means something: `read` tells what, and gives nothing false."""
    return next(filter(None, map(read, _values(parts, names))), None)


def _text(value: Any) -> str | None:
    """A scalar as text; None for everything that has no text."""
    if isinstance(value, str):
        return whole(value) or None
    if value is None or isinstance(value, bool) or not is_scalar(value) or is_nan(value):
        return None
    try:
        return str(value)
    except ValueError:  # a callable's integer of more digits than Python writes
        return None


def _name(parts: tuple[Mapping[str, Any], ...], event: str) -> str:
    """The name of the type: payload `event_type`, then the SSE `event`, then payload `type`."""
    name = next((v for v in _values(parts, _EVENT_TYPE) if isinstance(v, str)), None)
    if name is None and event != "message":
        name = event
    if name is None:
        name = next((v for v in _values(parts, ("type",)) if isinstance(v, str)), None)
    return name or event


def _resource(parts: tuple[Mapping[str, Any], ...]) -> tuple[str | None, str | None]:
    """The type and id of what an event is about; what the payload says itself goes first."""
    said_type = _first(parts, ("resource_type", "resourceType"), _text)
    said_id = _first(parts, ("resource_id", "resourceId"), _text)
    for kind, names in _RESOURCES:
        if said_type is not None and said_type.lower() != kind:
            continue
        if (found := _first(parts, names, _text)) is not None:
            return said_type or kind, said_id or found
    return said_type, said_id


def _message(parts: tuple[Mapping[str, Any], ...], payload: Any) -> str | None:
    for name in _MESSAGE:
        for value in _values(parts, (name,)):
            # {"error": {"message": "…"}} is common
            words = value.get("message") if isinstance(value, Mapping) else value
            if (text := _text(words)) is not None:
                return text
    return None if isinstance(payload, Mapping | list) else _text(payload)


def _priority(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) == 1:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5 else None
