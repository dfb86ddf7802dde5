"""Many payloads read at once, by columns: what `envelope` says of one of them, said of a whole read.

The law: for every payload that is a JSON object, exactly what reading it alone gives. Where a field may stand
in several places, a place is looked at only while some row has nothing from those before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from sse_notebook.events.batch import Column
from sse_notebook.events.envelope import (
    CLUSTER,
    EVENT_TYPE,
    MESSAGE,
    PRIORITY,
    PROJECT,
    RESOURCE_ID,
    RESOURCE_TYPE,
    RESOURCES,
    SEVERITY,
    STATUS,
    TIMESTAMP,
    TYPE,
    WORKLOAD,
    Field,
    resource_of,
)
from sse_notebook.events.memo import Memo
from sse_notebook.events.severity import severities_of
from sse_notebook.events.shapes import Shape

__all__ = ["Envelopes"]


class Envelopes:
    """The envelopes of several payloads, by columns.

    Args:
        envelopes: structs of a shape; none of them None.
        shape: that.
        events: the SSE `event` of each.

    Attributes:
        names: the name of each event's type.
    """

    def __init__(self, envelopes: Sequence[Any], shape: Shape, events: Sequence[str]) -> None:
        self._nothing: Column = [None] * len(envelopes)
        self._found: dict[tuple[str, ...], Column] = {}
        top = _by_name(shape.top, envelopes)
        self._parts = [top]
        for name, kind in shape.nested.items():
            column = top.get(name, ())
            if any(type(value) is kind for value in column):
                empty = kind()
                nested = [value if type(value) is kind else empty for value in column]
                self._parts.append(_by_name(kind, nested))
        self.names = self._names(events)

    def columns(self, meanings: Memo, received_us: Sequence[int]) -> dict[str, Column]:
        """What the payloads say, by the attributes of `Event` that are theirs.

        Args:
            meanings: what a name means.
            received_us: when each of them arrived.
        """
        meant = meanings.all(self.names)
        types = [meaning.type for meaning in meant]
        timestamp_us = self._first(TIMESTAMP)
        if not all(timestamp_us):
            timestamp_us = [said or us for said, us in zip(timestamp_us, received_us, strict=True)]
        status = self._first(STATUS)
        if not all(status):
            status = [said or meaning.status for said, meaning in zip(status, meant, strict=True)]
        severity = self._first(*SEVERITY)
        if severity is self._nothing:  # as a rule: the type and the status speak of it
            severity = severities_of(types, status)
        elif not all(severity):
            spoken = severities_of(types, status)
            severity = [said or word for said, word in zip(severity, spoken, strict=True)]
        resource_type, resource_id = self._resources()
        return {
            "timestamp_us": timestamp_us,
            "type": types,
            "event_type": self.names,
            "severity": severity,
            "priority": self._first(PRIORITY),
            "cluster_id": self._first(CLUSTER),
            "project_id": self._first(PROJECT),
            "workload_id": self._first(WORKLOAD),
            "resource_type": resource_type,
            "resource_id": resource_id,
            "status": status,
            "message": self._first(*MESSAGE),
        }

    def _names(self, events: Sequence[str]) -> Column:
        """As `Envelope.name`."""
        names = self._first(EVENT_TYPE)
        if all(names):
            return names
        types = self._first(TYPE)
        return [
            name or (said or event if event == "message" else event)
            for name, event, said in zip(names, events, types, strict=True)
        ]

    def _resources(self) -> tuple[Column, Column]:
        """As `envelope.resource_of`."""
        said_types, said_ids = self._first(RESOURCE_TYPE), self._first(RESOURCE_ID)
        if all(said_types) and all(said_ids):
            return said_types, said_ids
        if said_types is said_ids is self._nothing:
            for kind, field in RESOURCES:
                if all(ids := self._first(field)):
                    return [kind] * len(ids), ids
                if ids is not self._nothing:
                    break
        kinds = [kind for kind, _ in RESOURCES]
        each = zip(*(self._first(field) for _, field in RESOURCES), strict=True)
        found = [
            resource_of(said_type, said_id, zip(kinds, row, strict=True))
            for said_type, said_id, row in zip(said_types, said_ids, each, strict=True)
        ]
        types, resource_ids = zip(*found, strict=True)
        return types, resource_ids

    def _first(self, *fields: Field) -> Column:
        """What the first of these says, of each; as `envelope_of`."""
        key = fields[0].names  # no two of those asked for begin alike
        if key not in self._found:
            self._found[key] = self._look(fields)
        return self._found[key]

    def _look(self, fields: Sequence[Field]) -> Column:
        parts = self._parts
        places = [part[name] for field in fields for part in parts for name in field.names if name in part]
        if not places:
            return self._nothing
        said = places[0]
        for place in places[1:]:
            if None not in said:
                break
            said = [other if value is None else value for value, other in zip(said, place, strict=True)]
        kind = fields[0].kind  # fields that stand for each other are of one kind
        found = kind.all(said)
        if len(places) > 1 and not all(found):  # no reader gives anything false but None
            found = list(found)
            for row, value in enumerate(said):
                if value is not None and found[row] is None:  # what stands there means nothing; what next?
                    means = (kind.one(place[row]) for place in places if place[row] is not None)
                    found[row] = next(filter(None, means), None)
        return found


def _by_name(kind: type[msgspec.Struct], structs: Sequence[Any]) -> dict[str, Column]:
    """The fields of the envelope in these by columns, but for those that no one of them has."""
    columns = zip(*map(msgspec.structs.astuple, structs), strict=True)
    return {
        name: column
        for name, column in zip(kind.__struct_fields__, columns, strict=False)
        if name[0] != "_" and (column[0] is not None or column.count(None) < len(column))
    }
