"""From a message to a row: which names, ids and times a server uses, and what they mean.

The law: every message gives exactly one of three things: an `Event`, a `Control` message of the connection,
or None (discarded on the user's word). Nothing that arrives makes it fail, and no user's callable either:
what it raises is reported, and the built-in reading is used instead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from typing import Any, Final, NamedTuple

from sse_notebook.errors import ArgumentError
from sse_notebook.events.batch import Batch, pick
from sse_notebook.events.bulk import Envelopes
from sse_notebook.events.envelope import PRIORITY, Envelope, envelope_of, text
from sse_notebook.events.event import Event, Origin
from sse_notebook.events.memo import Memo
from sse_notebook.events.payload import all_whole, encode, value_of, whole
from sse_notebook.events.rules import Asker, Report, Rule, check_rules
from sse_notebook.events.severity import severity_of, severity_word
from sse_notebook.events.shapes import Shapes
from sse_notebook.events.times import to_micros
from sse_notebook.events.types import CONTROL, Meaning, canonical
from sse_notebook.wire import ServerSentEvent

__all__ = ["Control", "Reading", "Rule", "Vocabulary"]

# Which columns a rule fills.
_READ: Final = {
    **{rule: (rule,) for rule in ("id", "timestamp", "severity", "message", "status", "priority", "type")},
    "resource": ("resource_type", "resource_id"),
}

FEW = 6  # messages that are not worth being read by columns
NOTHING: Final = Batch.of([])


class Control(NamedTuple):
    """A message about the connection itself: it moves clocks and counters, and takes no row."""

    name: str
    payload: Any


class Reading(NamedTuple):
    """What several messages mean.

    Attributes:
        rows: the events among them.
        places: for each row, the number of its message.
        controls: the numbers of the control messages, with what they are.
        discarded: the numbers of those that the user's word dropped.
    """

    rows: Batch
    places: Sequence[int]
    controls: list[tuple[int, Control]]
    discarded: list[int]


class Vocabulary:
    """How to read one server's messages.

    Everything that is not given is read the platform's way, which leaves strange streams unharmed. A rule
    is a dotted path into the decoded payload, or a callable that is given the payload; where it finds
    nothing, the platform's way is tried.

    Args:
        type: the name of the event's type, which becomes `type`; `event_type` stays the name on the wire.
        id: the event's id, instead of the wire's.
        timestamp: the event's own time: a number in s, ms, µs or ns, digits, ISO text or a `datetime`.
        severity: any of the usual words (`"warn"`, `"critical"` …).
        message: the words for people.
        resource: the id of what it is about; a callable may return `(resource_type, resource_id)`.
        status: what the resource is doing.
        priority: 1 (worst) to 5.
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
        status: Rule | None = None,
        priority: Rule | None = None,
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
            "status": status,
            "priority": priority,
            "discard": discard,
        }
        self._rules = check_rules(rules)
        if isinstance(control, str):
            raise ArgumentError(f"Vocabulary(control=…) takes several names: ({control!r},)")
        if not all(isinstance(name, str) for name in control):
            raise ArgumentError(f'Vocabulary(control=…) takes names, as ("ping",), not {control!r:.80}')
        if aliases is not None and not (
            isinstance(aliases, Mapping) and all(isinstance(meaning, str) for meaning in aliases.values())
        ):
            raise ArgumentError(
                f'Vocabulary(aliases=…) takes a dictionary, as {{"edit": "page.edit"}}, not {aliases!r}'
            )
        known = {name: canonical(meaning) for name, meaning in (aliases or {}).items()}
        self._meanings = Memo(lambda name: known.get(name) or canonical(name))
        self._control = CONTROL | frozenset(control)
        self._control_texts = frozenset(control)
        self._aliased = bool(known)
        self._shapes = Shapes()

    @property
    def own(self) -> frozenset[str]:
        """The columns that this reads in a way of its own: no server of the platform's knows how."""
        read = {name for rule, names in _READ.items() if rule in self._rules for name in names}
        return frozenset(read | ({"type"} if self._aliased else set()))

    @property
    def paths(self) -> Mapping[str, str]:
        """The rules that are dotted paths, by their names.

        Example:
            >>> Vocabulary(id="seq", severity=lambda reading: "info").paths
            {'id': 'seq'}
        """
        return {name: rule for name, rule in self._rules.items() if isinstance(rule, str)}

    @property
    def is_plain(self) -> bool:
        """Whether it has no rules of the user's: then it reads a message twice alike."""
        return not self._rules

    def keeping_all(self) -> Vocabulary:
        """The same, but that it discards nothing: how what was discarded can be shown."""
        other = copy(self)
        others = {name: rule for name, rule in self._rules.items() if name != "discard"}
        other._rules = others  # noqa: SLF001 - its own kind
        return other

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
        payload = value_of(raw)
        said = envelope_of(payload)
        wire = name = said.name(whole(message.event))
        own_id, (resource_type, resource_id) = text(message.own_id), said.resource
        if raw in self._control_texts:
            return Control(wire if wire in self._control else raw, payload)
        if self._rules:
            ask = Asker(self._rules, payload, message, report)
            # What is named a control message need not have what a rule looks for: then that is no error.
            quiet = Asker(self._rules, payload, message, None) if wire in self._control else ask
            name = text(quiet("type")) or wire
        if name in self._control:
            return Control(name, payload)
        if self._rules:
            if ask("discard"):
                return None
            said = _with_rules(said, ask)
            own_id = text(ask("id")) or own_id
            resource_type, resource_id = _resource(ask("resource"), resource_type, resource_id)

        meaning: Meaning = self._meanings[name]
        status = said.status or meaning.status
        return Event(
            seq=-1,
            timestamp_us=said.timestamp_us or received_us,
            received_us=received_us,
            type=meaning.type,
            event_type=wire,
            id=own_id,
            severity=said.severity or severity_of(meaning.type, status),
            priority=said.priority,
            cluster_id=said.cluster_id,
            project_id=said.project_id,
            workload_id=said.workload_id,
            resource_type=resource_type,
            resource_id=resource_id,
            status=status,
            message=said.message or text(payload),
            origin=origin,
            after_gap=False,
            source=source,
            raw=raw,
        )

    def read_all(
        self,
        messages: Sequence[ServerSentEvent],
        received_us: int | Sequence[int],
        *,
        source: str = "",
        origin: Origin = "live",
        report: Report | None = None,
    ) -> Reading:
        """What several messages mean: the same as `read` of each, in a fraction of the time.

        Args:
            messages: as decoded from the wire, in their order.
            received_us: when they arrived; one time for all, or one for each.
            source: the stream's name.
            origin: how they came.
            report: told when a rule of the user's raises: which, and what.
        """
        number = len(messages)
        times = [received_us] * number if isinstance(received_us, int) else received_us
        rows = NOTHING
        places: Sequence[int] = ()
        # The user's own rules want the payload itself; and few messages are read as fast one by one.
        if number >= FEW and not self._rules:
            rows, places = self._plain_rows(messages, times, source, origin)
        if len(places) == number:
            return Reading(rows, places, [], [])
        odd: dict[int, Event] = {}
        controls: list[tuple[int, Control]] = []
        discarded: list[int] = []
        for at in sorted(set(range(number)).difference(places)) if places else range(number):
            one = self.read(messages[at], times[at], source=source, origin=origin, report=report)
            if isinstance(one, Event):
                odd[at] = one
            elif isinstance(one, Control):
                controls.append((at, one))
            else:
                discarded.append(at)
        both = [*places, *odd]
        if odd and places:
            order = sorted(range(len(both)), key=both.__getitem__)
            rows, both = Batch.joined([rows, Batch.of(odd.values())]).pick(order), sorted(both)
        elif odd:
            rows = Batch.of(odd.values())
        return Reading(rows, both, controls, discarded)

    def _plain_rows(
        self, messages: Sequence[ServerSentEvent], times: Sequence[int], source: str, origin: Origin
    ) -> tuple[Batch, Sequence[int]]:
        """Read what can be read by columns: JSON objects, by strict rules, that are no control messages.

        Returns:
            The rows, and for each the number of its message.
        """
        texts = all_whole([message.data for message in messages])
        names = all_whole([message.event for message in messages])
        envelopes, shape = self._shapes.read(texts)
        places: Sequence[int] = range(len(messages))
        if self._control_texts or not all(envelopes):
            places = [at for at in places if envelopes[at] and texts[at] not in self._control_texts]
        read = Envelopes(pick(envelopes, places), shape, pick(names, places))
        if not self._control.isdisjoint(read.names):
            places = [at for at, name in zip(places, read.names, strict=True) if name not in self._control]
            read = Envelopes(pick(envelopes, places), shape, pick(names, places))
        arrived = pick(times, places)
        ids = all_whole([message.own_id or "" for message in pick(messages, places)])
        columns = {
            **read.columns(self._meanings, arrived),
            "seq": [-1] * len(places),
            "received_us": arrived,
            "id": ids if all(ids) else [own_id or None for own_id in ids],
            "origin": [origin] * len(places),
            "after_gap": [False] * len(places),
            "source": [source] * len(places),
            "raw": pick(texts, places),
        }
        return Batch(columns), places

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
        return self.read(message_of(payload), received_us, source=source, origin="added", report=report)


def message_of(payload: Mapping[str, Any]) -> ServerSentEvent:
    """The message that would have brought a dictionary which is added by hand; its `id` is the event's.

    Raises:
        ArgumentError: it can't be written as JSON.
    """
    return ServerSentEvent(data=encode(dict(payload)), own_id=text(payload.get("id")))


def _with_rules(said: Envelope, ask: Asker) -> Envelope:
    """What a payload says, where the user's rules find nothing; else what they do."""
    return said._replace(
        timestamp_us=to_micros(ask("timestamp")) or said.timestamp_us,
        status=text(ask("status")) or said.status,
        severity=severity_word(ask("severity")) or said.severity,
        priority=PRIORITY.kind.one(ask("priority")) or said.priority,
        message=text(ask("message")) or said.message,
    )


def _resource(wanted: Any, said_type: str | None, said_id: str | None) -> tuple[str | None, str | None]:
    """The resource that a rule finds: both its type and its id, or its id alone; else what is said."""
    if isinstance(wanted, tuple) and len(wanted) == 2:
        return text(wanted[0]), text(wanted[1])
    return said_type, text(wanted) or said_id
