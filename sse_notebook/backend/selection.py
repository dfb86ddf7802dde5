"""Which events one subscriber asked for: the filters of the stream's query.

The law: a filter compares text exactly, and an event that does not say what is asked for does not pass. What
an event says is read once, when it is published, into `Keys`; after that a filter is a few comparisons.
Publishers write `projectId` or `project_id`, at the top or inside `data` or `metadata`: all are read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Protocol

__all__ = ["Held", "Keys", "Selection", "Selects", "keys_of"]


class Keys(NamedTuple):
    """What an event can be selected by; None where it does not say."""

    event_type: str
    cluster_id: str | None
    project_id: str | None
    workload_id: str | None
    resource_type: str | None


_CAMEL = {
    "cluster_id": "clusterId",
    "project_id": "projectId",
    "workload_id": "workloadId",
    "resource_type": "resourceType",
    "build_id": "buildId",
    "addon_id": "addonId",
}
# The most specific resource that an event names is the one it is about.
_SPECIFIC_FIRST = ("build", "workload", "addon", "project", "cluster")


def _read(event: Mapping[str, Any], name: str) -> str | None:
    value = event.get(name)
    if type(value) is str and value:  # nearly always
        return value
    camel = _CAMEL[name]
    for part in (event, event.get("data"), event.get("metadata")):
        if isinstance(part, dict):
            for spelling in (name, camel):
                if found := _text(part.get(spelling)):
                    return found
    return None


def _text(value: Any) -> str | None:
    """What an id is: a text with something in it, or a number. What is none is passed over."""
    if isinstance(value, str):
        return value or None
    number = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return str(value) if number else None


def keys_of(event: Mapping[str, Any]) -> Keys:
    """What `event` (which has an `event_type`) can be selected by.

    Example:
        >>> keys_of({"event_type": "build_failed", "projectId": "p-1", "build_id": 7}).resource_type
        'build'
    """
    resource_type = _read(event, "resource_type")
    if resource_type is None:
        named = (kind for kind in _SPECIFIC_FIRST if _read(event, f"{kind}_id") is not None)
        resource_type = next(named, None)
    return Keys(
        event["event_type"],
        _read(event, "cluster_id"),
        _read(event, "project_id"),
        _read(event, "workload_id"),
        resource_type,
    )


class Selection(NamedTuple):
    """The filters of one subscriber; None lets everything through.

    Example:
        >>> chosen = Selection.from_query({"project_id": "p-1", "resource_type": "all", "event_types": "a,b"})
        >>> chosen.accepts(Keys("a", None, "p-1", None, None))
        True
        >>> chosen.accepts(Keys("c", None, "p-1", None, None))
        False
    """

    cluster_id: str | None = None
    project_id: str | None = None
    workload_id: str | None = None
    resource_type: str | None = None
    event_types: frozenset[str] | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Selection:
        """The filters in a stream's query; empty text, and `resource_type=all`, is no filter."""
        resource_type = query.get("resource_type") or None
        types = frozenset(t.strip() for t in query.get("event_types", "").split(",")) - {""}
        return cls(
            query.get("cluster_id") or None,
            query.get("project_id") or None,
            query.get("workload_id") or None,
            None if resource_type == "all" else resource_type,
            types or None,
        )

    def accepts(self, keys: Keys) -> bool:
        """Whether an event with these keys passes every filter."""
        return (
            (self.project_id is None or keys.project_id == self.project_id)
            and (self.workload_id is None or keys.workload_id == self.workload_id)
            and (self.cluster_id is None or keys.cluster_id == self.cluster_id)
            and (self.resource_type is None or keys.resource_type == self.resource_type)
            and (self.event_types is None or keys.event_type in self.event_types)
        )

    def without(self, names: Collection[str]) -> Selection:
        """The same, but that it does not ask for these; a fault.

        Example:
            >>> Selection(project_id="p-1", cluster_id="c-1").without(["project_id"]).accepts(
            ...     Keys("a", "c-1", "p-2", None, None)
            ... )
            True
        """
        return self._replace(**dict.fromkeys(names))


class Selects(Protocol):
    """Says of an event whether a subscriber gets it."""

    def accepts(self, keys: Keys) -> bool:
        """Whether an event with these keys is for it."""
        ...


class Held:
    """A fault: of the events that fit, each n-th is held back. For one subscriber.

    Args:
        selection: what it asked for.
        every: the n.

    Example:
        >>> held = Held(Selection(project_id="p-1"), 2)
        >>> [held.accepts(Keys("a", None, "p-1", None, None)) for _ in range(4)]
        [True, False, True, False]
    """

    def __init__(self, selection: Selection, every: int) -> None:
        self._selection = selection
        self._every = every
        self._fit = 0  # so many so far; the hub asks with its lock held

    def accepts(self, keys: Keys) -> bool:
        """Whether an event with these keys is sent."""
        if not self._selection.accepts(keys):
            return False
        self._fit += 1
        return self._fit % self._every != 0
