"""How bad an event is, where the event does not say so itself. Tables, and nothing else.

The law: severity is one of four words, in this order, whatever word the server has for it.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["SEVERITIES", "severity_of", "severity_word"]

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
    known = _BY_TYPE.get(type)
    if known is None and status is not None:
        known = _BY_STATUS.get(status.lower())
    return known or "info"
