"""Where the fields of an envelope stand in a payload, and what a value there means.

The law: a field has one meaning in either casing, at the top level, in a nested `data`, or in `metadata`; of
several places the first that says something counts, in this order. `envelope_of` reads one payload;
`Kind.all` reads a column of values exactly as `Kind.one` reads each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sse_notebook.events.memo import Memo
from sse_notebook.events.payload import is_nan, is_scalar, whole
from sse_notebook.events.severity import severity_word
from sse_notebook.events.times import all_micros, to_micros

__all__ = [
    "CLUSTER",
    "EVENT_TYPE",
    "FIELDS",
    "MESSAGE",
    "NESTED",
    "PRIORITY",
    "PROJECT",
    "RESOURCES",
    "RESOURCE_ID",
    "RESOURCE_TYPE",
    "SEVERITY",
    "STATUS",
    "TIMESTAMP",
    "TYPE",
    "WORKLOAD",
    "Envelope",
    "Field",
    "Kind",
    "envelope_of",
    "resource_of",
    "text",
]

Column = Sequence[Any]


class Kind(NamedTuple):
    """How values are read: one, or a column of them. Neither ever gives anything false but None."""

    one: Callable[[Any], Any]
    all: Callable[[Column], Column]


class Field(NamedTuple):
    """A field: the names it has, in the order in which they count, and how its values are read."""

    names: tuple[str, ...]
    kind: Kind


def text(value: Any) -> str | None:
    """A scalar as text; None for everything that has no text."""
    if isinstance(value, str):
        return (value if value.isascii() else whole(value)) or None
    if value is None or isinstance(value, bool) or not is_scalar(value) or is_nan(value):
        return None
    try:
        return str(value)
    except ValueError:  # a callable's integer of more digits than Python writes
        return None


def words(value: Any) -> str | None:
    """A text, or the `message` in an object: `{"error": {"message": "…"}}` is common."""
    if isinstance(value, str) or not isinstance(value, Mapping):
        return text(value)
    return text(value.get("message"))


def name(value: Any) -> str | None:
    """The name of a type: no number is one."""
    return value or None if isinstance(value, str) else None


def priority(value: Any) -> int | None:
    """A whole number from 1 to 5, in whatever form."""
    if isinstance(value, str) and value.isdecimal() and len(value) == 1:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5 else None


def _said(one: Callable[[Any], Any]) -> Kind:
    """How values are read that as a rule are texts which mean themselves: then a column is itself."""

    def read_all(values: Column) -> Column:
        if all(values):
            try:
                "".join(values)  # the quickest way to learn that all are texts
            except TypeError:
                pass
            else:
                return values
        return [value if value is None or (type(value) is str and value) else one(value) for value in values]

    return Kind(one, read_all)


_NAME = _said(name)
_TEXT = _said(text)
_WORDS = _said(words)
_TIME = Kind(to_micros, all_micros)
_SEVERITY = Kind(severity_word, Memo(severity_word).all)
_PRIORITY = Kind(priority, lambda values: list(map(priority, values)))

EVENT_TYPE: Final = Field(("event_type", "eventType"), _NAME)
TYPE: Final = Field(("type",), _NAME)
TIMESTAMP: Final = Field(("timestamp",), _TIME)
STATUS: Final = Field(("status",), _TEXT)
SEVERITY: Final = (Field(("severity",), _SEVERITY), Field(("level",), _SEVERITY))
PRIORITY: Final = Field(("priority",), _PRIORITY)
CLUSTER: Final = Field(("cluster_id", "clusterId"), _TEXT)
PROJECT: Final = Field(("project_id", "projectId"), _TEXT)
WORKLOAD: Final = Field(("workload_id", "workloadId"), _TEXT)
RESOURCE_TYPE: Final = Field(("resource_type", "resourceType"), _TEXT)
RESOURCE_ID: Final = Field(("resource_id", "resourceId"), _TEXT)
BUILD: Final = Field(("build_id", "buildId"), _TEXT)
ADDON: Final = Field(("addon_id", "addonId"), _TEXT)
MESSAGE: Final = tuple(Field((said,), _WORDS) for said in ("message", "error", "reason", "description"))

# The resources, most specific first: the first id that is there says what an event is about.
RESOURCES: Final = (
    ("build", BUILD),
    ("workload", WORKLOAD),
    ("addon", ADDON),
    ("project", PROJECT),
    ("cluster", CLUSTER),
)

FIELDS: Final = (
    *(EVENT_TYPE, TYPE, TIMESTAMP, STATUS, *SEVERITY, PRIORITY, RESOURCE_TYPE, RESOURCE_ID),
    *(field for _, field in RESOURCES),
    *MESSAGE,
)

# Where the fields may stand too, after the top level.
NESTED: Final = ("data", "metadata")


class Envelope(NamedTuple):
    """What one payload says, as its fields are read; None where it says nothing.

    Example:
        >>> envelope_of({"projectId": 7, "data": {"project_id": "p", "status": "ready"}})[3:8]
        ('ready', None, None, None, '7')
    """

    event_type: str | None = None
    type: str | None = None
    timestamp_us: int | None = None
    status: str | None = None
    severity: str | None = None
    priority: int | None = None
    cluster_id: str | None = None
    project_id: str | None = None
    workload_id: str | None = None
    build_id: str | None = None
    addon_id: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    message: str | None = None

    def name(self, event: str) -> str:
        """The name of the type: payload `event_type`, then `event` unless `message`, then payload `type`."""
        return self.event_type or (self.type or event if event == "message" else event)

    @property
    def resource(self) -> tuple[str | None, str | None]:
        """The type and id of what the event is about."""
        ids = (self.build_id, self.workload_id, self.addon_id, self.project_id, self.cluster_id)
        return resource_of(self.resource_type, self.resource_id, zip(_KINDS, ids, strict=True))


NOTHING: Final = Envelope()

_KINDS: Final = tuple(kind for kind, _ in RESOURCES)
# The fields of an `Envelope`: those that stand for each other, the ones before first.
_ASKED: Final = (
    *((EVENT_TYPE,), (TYPE,), (TIMESTAMP,), (STATUS,), SEVERITY, (PRIORITY,), (CLUSTER,), (PROJECT,)),
    *((WORKLOAD,), (BUILD,), (ADDON,), (RESOURCE_TYPE,), (RESOURCE_ID,), MESSAGE),
)
_PARTS: Final = 1 + len(NESTED)
# By the name of a field: when what it says counts (of two for one, the lower number; what is nested comes
# behind), what of the envelope it says, and how it is read.
_PLACES: Final = {
    name: (100 * number * _PARTS + spelling, at, field.kind.one)
    for at, fields in enumerate(_ASKED)
    for number, field in enumerate(fields)
    for spelling, name in enumerate(field.names)
}


def envelope_of(payload: Any) -> Envelope:
    """What a payload says: at the top level, or in what is nested; nothing, if it is no JSON object."""
    if not isinstance(payload, dict):
        return NOTHING
    said: list[tuple[int, int, Callable[[Any], Any], Any]] = []  # no two have one number
    behind = 0
    for part in (payload, *map(payload.get, NESTED)):
        if type(part) is dict:
            for name, value in part.items():
                if value is not None and (place := _PLACES.get(name)) is not None:
                    order, at, one = place
                    said.append((order + behind, at, one, value))
            behind += 100
    said.sort()
    found: list[Any] = [None] * len(_ASKED)
    for _, at, one, value in said:
        if found[at] is None:
            found[at] = one(value)
    return Envelope._make(found)


def resource_of(
    said_type: str | None, said_id: str | None, ids: Iterable[tuple[str, str | None]]
) -> tuple[str | None, str | None]:
    """The type and id of what an event is about; what the payload says itself goes first.

    Args:
        said_type: the payload's `resource_type`.
        said_id: its `resource_id`.
        ids: for each of `RESOURCES` its id.
    """
    for kind, found in ids:
        if found is not None and (said_type is None or said_type.lower() == kind):
            return said_type or kind, said_id or found
    return said_type, said_id
