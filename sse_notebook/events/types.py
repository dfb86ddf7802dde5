"""The names of types: two vocabularies, one canonical name. A table, never string surgery.

The law: the seed's wire names (`workload_status_update`) and its dotted names (`workload.running`) mean the
same things; each is looked up here. What a resource is doing is not a type but a `status`: each
`workload.<status>` of the table is `workload.status` with that status, and answers to both. Names not in the
table are as they came.
"""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from typing import NamedTuple

__all__ = ["ALIASES", "CONTROL", "Meaning", "canonical", "matches_type"]

# The connection's own messages. They take no row; `cluster.connected` is another thing.
CONTROL = frozenset(
    {
        *("connected", "heartbeat"),
        *("stream-open", "stream-reset", "keep-alive"),  # django-eventstream's
    }
)


class Meaning(NamedTuple):
    """What a name means: the canonical type, and the status it implies, if it does."""

    type: str
    status: str | None = None


_STATUSES: dict[str, tuple[str, ...]] = {
    "cluster": ("connected", "disconnected", "created", "updated", "deleted", "ready", "healthy", "unhealthy",
                "degraded", "unreachable"),
    "project": ("created", "updated", "deleted", "ready", "active", "archived", "failed", "degraded"),
    "workload": ("created", "updated", "deleted", "pending", "scheduled", "deploying", "deployed", "starting",
                 "running", "ready", "degraded", "scaling", "scaled", "restarting", "stopping", "stopped",
                 "failed", "crashed", "succeeded"),
    "addon": ("installed", "installing", "updated", "removed", "ready", "degraded", "failed"),
}  # fmt: skip

ALIASES: dict[str, Meaning] = {
    # the wire's names
    "workload_status_update": Meaning("workload.status"),
    "project_status_update": Meaning("project.status"),
    "cluster_status_update": Meaning("cluster.status"),
    "addon_status_update": Meaning("addon.status"),
    "build_started": Meaning("build.started"),
    "build_complete": Meaning("build.completed"),
    "build_completed": Meaning("build.completed"),
    "build_failed": Meaning("build.failed"),
    "error_report": Meaning("error.report"),
    # the dotted names
    "build.complete": Meaning("build.completed"),
    "build.succeeded": Meaning("build.completed"),
    **{
        f"{resource}.{status}": Meaning(f"{resource}.status", status)
        for resource, statuses in _STATUSES.items()
        for status in statuses
    },
}

_SPELLINGS: dict[str, tuple[str, ...]] = {}
for _name, _meaning in ALIASES.items():
    if _meaning.status is None:
        _SPELLINGS[_meaning.type] = (*_SPELLINGS.get(_meaning.type, ()), _name)


def canonical(name: str) -> Meaning:
    """What a name on the wire means.

    Example:
        >>> canonical("workload.running")
        Meaning(type='workload.status', status='running')
        >>> canonical("edit")
        Meaning(type='edit', status=None)
    """
    return ALIASES.get(name) or Meaning(name)


def matches_type(pattern: str, type: str, event_type: str, status: str | None) -> bool:  # noqa: A002 - column names
    """Whether an event of this type answers to `pattern`: a name in either vocabulary, or a glob.

    Args:
        pattern: `"workload_status_update"`, `"workload.status"`, `"workload.running"`, `"build.*"`, …
        type: the canonical type.
        event_type: as on the wire.
        status: the status, for the names that imply one; case does not count in it.

    Example:
        >>> matches_type("workload.running", "workload.status", "workload_status_update", "Running")
        True
        >>> matches_type("build_*", "build.completed", "build.completed", None)
        True
    """
    if pattern in (type, event_type):
        return True
    wanted = ALIASES.get(pattern)
    if wanted is not None:
        return wanted.type == type and (
            wanted.status is None or (status is not None and wanted.status == status.lower())
        )
    resource, dot, last = type.rpartition(".")
    doing = (f"{resource}.{status.lower()}",) if dot and last == "status" and status else ()
    names = (type, event_type, *_SPELLINGS.get(type, ()), *doing)
    if any(character in pattern for character in "*?["):
        glob = _glob(pattern)
        return any(glob.match(name) for name in names)
    return pattern in names


@lru_cache(maxsize=512)
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern))
