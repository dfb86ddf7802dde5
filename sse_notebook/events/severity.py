"""How bad an event is, where the event does not say so itself. Tables, and nothing else.

The law: severity is one of four words, in this order, whatever word the server has for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sse_notebook.events.memo import Memo

__all__ = ["SEVERITIES", "severities_of", "severity_of", "severity_word"]

SEVERITIES: Final = ("info", "success", "warning", "error")

# Words of the field (syslog, Python's logging, OpenTelemetry, cloud consoles) for the same four things.
_WORDS: dict[str, str] = {
    **dict.fromkeys(("trace", "debug", "notice", "information", "informational"), "info"),
    **dict.fromkeys(("ok", "succeeded", "positive"), "success"),
    **dict.fromkeys(("warn", "degraded", "minor"), "warning"),
    **dict.fromkeys(("err", "critical", "crit", "fatal", "alert", "emergency", "emerg", "severe"), "error"),
    "major": "error",
    **{word: word for word in SEVERITIES},
}

_BY_TYPE: dict[str, str] = {
    "build.completed": "success",
    "build.failed": "error",
    "error.report": "error",
}

# The status of a workload, project or cluster.
_BY_STATUS: dict[str, str] = {
    **dict.fromkeys(
        ("running", "ready", "healthy", "active", "completed", "complete", "succeeded", "success",
         "connected", "available", "deployed", "recovered"),
        "success",
    ),
    **dict.fromkeys(
        ("degraded", "disconnected", "unknown", "unreachable", "not_ready", "notready", "warning", "stalled",
         "evicted", "throttled", "rolling_back", "backoff"),
        "warning",
    ),
    **dict.fromkeys(
        ("failed", "failure", "error", "crashed", "crashloop", "crashloopbackoff", "unhealthy", "oomkilled",
         "imagepullbackoff", "errimagepull", "lost", "dead", "timeout"),
        "error",
    ),
}  # fmt: skip


def severity_word(value: Any) -> str | None:
    """One of `SEVERITIES` for a server's word, or None if it is no such word.

    Example:
        >>> severity_word("CRITICAL"), severity_word("purple")
        ('error', None)
    """
    return _WORDS.get(value.strip().lower()) if isinstance(value, str) else None


def severity_of(type: str, status: str | None) -> str:  # noqa: A002 - the column's name
    """The severity that a canonical type and a status speak of; `"info"` where they speak of none.

    Example:
        >>> severity_of("workload.status", "CrashLoopBackOff")
        'error'
    """
    return _BY_TYPE.get(type) or _of_status(status)


def severities_of(types: Sequence[str], statuses: Sequence[str | None]) -> list[str]:
    """`severity_of` each of these."""
    spoken = _statuses.all(statuses)
    if _BY_TYPE.keys().isdisjoint(types):
        return spoken
    return [_BY_TYPE.get(type_) or word for type_, word in zip(types, spoken, strict=True)]


def _of_status(status: str | None) -> str:
    return "info" if status is None else _BY_STATUS.get(status.lower(), "info")


_statuses = Memo(_of_status)
