"""One event: what the table's row is, as an object. Immutable; a few hundred bytes.

The law: the attributes are the columns of the contract, in name and meaning, but for two: `data` is the
decoded payload and `raw` the text of the column `data`. The text is what counts: events are compared by it,
and it is decoded when somebody asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec

from sse_notebook.errors import ArgumentError
from sse_notebook.events.payload import value_of
from sse_notebook.events.times import from_micros

__all__ = ["Event", "Origin", "changed", "checked", "number"]

Origin = Literal["live", "resumed", "replayed", "added"]
# What a `datetime` can be.
Moment = Annotated[int, msgspec.Meta(ge=-62_135_596_800_000_000, le=253_402_300_799_999_999)]


class Event(msgspec.Struct, frozen=True, eq=False, dict=True):
    """An event that was kept.

    Attributes:
        seq: our own number of it, growing, never used twice; -1 until a store has taken it.
        timestamp_us: the event's own time, in microseconds since 1970 UTC; `received_us` where it has none.
        received_us: when it arrived, likewise.
        type: the canonical, dotted type, as `"workload.status"`; unknown names as they came.
        event_type: the type as on the wire.
        id: the id as on the wire, or None.
        severity: `"info"`, `"success"`, `"warning"` or `"error"`.
        priority: 1 (worst) to 5, where the payload says.
        cluster_id, project_id, workload_id: from either casing, top level or nested; or None.
        resource_type, resource_id: the most specific resource it is about.
        status: what the resource is doing.
        message: in words, for people.
        origin: `"live"`, `"resumed"` (sent again by the server after a reconnect), `"replayed"` (from a
            recording) or `"added"` (by hand).
        after_gap: whether it is the first after a hole that was not refilled.
        source: the stream it came from.
        raw: the payload, exactly as it came.
    """

    seq: int
    timestamp_us: Moment
    received_us: Moment
    type: str
    event_type: str
    id: str | None
    severity: Annotated[str, msgspec.Meta(pattern=r"^(info|success|warning|error)\Z")]
    priority: Annotated[int, msgspec.Meta(ge=1, le=5)] | None
    cluster_id: str | None
    project_id: str | None
    workload_id: str | None
    resource_type: str | None
    resource_id: str | None
    status: str | None
    message: str | None
    origin: Origin
    after_gap: bool
    source: str
    raw: str

    @cached_property
    def data(self) -> Any:
        """The payload, decoded: JSON's value, or the text itself where it is no JSON.

        All who read the event share it: don't write into it.
        """
        return value_of(self.raw)

    @property
    def timestamp(self) -> datetime:
        """The event's own time (aware, UTC)."""
        return from_micros(self.timestamp_us)

    @property
    def received_at(self) -> datetime:
        """When it arrived (aware, UTC)."""
        return from_micros(self.received_us)

    def to_dict(self, style: str = "snake") -> dict[str, Any]:
        """The event as a plain dictionary.

        Args:
            style: `"snake"`: the columns, with `data` decoded. `"camel"`: the `SSEEvent` of web front-ends:
                `id`, `type`, `timestamp` (ISO text), `data`, and `clusterId`, `projectId`, `workloadId`
                where the event has them.

        Raises:
            ArgumentError: another style.
        """
        if style == "snake":
            columns = msgspec.structs.asdict(self)
            for name in ("timestamp_us", "received_us", "raw"):
                del columns[name]
            times = {"timestamp": self.timestamp, "received_at": self.received_at}
            return {**times, **columns, "data": self.data}
        if style != "camel":
            raise ArgumentError(f'style must be "snake" or "camel", not {style!r}')
        nested = self.data.get("data") if isinstance(self.data, dict) else None
        camel = {
            "id": self.id if self.id is not None else str(self.seq),
            "type": self.type,
            "timestamp": self.timestamp.isoformat().replace("+00:00", "Z"),
            "data": nested if isinstance(nested, dict) else self.data,
        }
        ids = {"clusterId": self.cluster_id, "projectId": self.project_id, "workloadId": self.workload_id}
        return camel | {name: value for name, value in ids.items() if value is not None}

    def __eq__(self, other: object) -> bool:
        """Same kept event: same source, number and content."""
        if not isinstance(other, Event):
            return NotImplemented
        return msgspec.structs.astuple(self) == msgspec.structs.astuple(other)

    def __ne__(self, other: object) -> bool:  # that of a `Struct` asks whether they are one object
        return not self == other

    def __hash__(self) -> int:
        return hash((self.source, self.seq, self.raw))

    def __repr__(self) -> str:
        said = [self.type, self.resource_id, self.status, self.message]
        words = " ".join(part if len(part) <= 60 else f"{part[:57]}..." for part in said if part)
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in words)
        return f"<Event {self.seq} {self.severity}: {shown}>"


def changed(event: Event, **values: Any) -> Event:
    """A copy of an event with other values."""
    return msgspec.structs.replace(event, **values)


def checked(event: Event) -> Event:
    """The event itself, if its values are what they should be: objects are not checked when they are made.

    Raises:
        ArgumentError: one is not; it says which.
    """
    try:
        msgspec.convert(msgspec.structs.asdict(event), Event)
    except msgspec.ValidationError as error:
        raise ArgumentError(f"not a sound event: {error}") from None
    for name in event.__struct_fields__:
        if isinstance(value := getattr(event, name), str):
            try:
                value.encode()
            except UnicodeEncodeError:
                raise ArgumentError(f"not a sound event: half a character in {name}, {value!r:.80}") from None
    return event


def number(events: Sequence[Event], first: int) -> None:
    """Give events their `seq`, counting from `first`. Only the store that keeps them may: they are frozen."""
    for seq, event in enumerate(events, first):
        msgspec.structs.force_setattr(event, "seq", seq)
