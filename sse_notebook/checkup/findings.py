"""What a checkup has found so far, and what it does not look at any more.

The law: each check of a plan is in the report once, in the plan's order, whatever happens; when a link breaks
the rest is skipped, and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from sse_notebook.checkup.report import Check, Outcome, Report

__all__ = ["OF_A_STREAM", "OF_ITS_WAY", "PLAN", "Broken", "Findings", "Planned", "planned"]


class Planned(NamedTuple):
    """A check that there is to be."""

    part: str
    name: str


def planned(parts: Mapping[str, Sequence[str]]) -> tuple[Planned, ...]:
    """A plan, of names by their part.

    Example:
        >>> planned({"way": ["name", "tls"]})
        (Planned(part='way', name='name'), Planned(part='way', name='tls'))
    """
    return tuple(Planned(part, name) for part, names in parts.items() for name in names)


HERE: Final = {"here": ("packages", "notebook", "environment")}
WAY: Final = {
    "request": ("url", "token"),
    "way": ("name", "connection", "tls"),
    "answer": ("status", "redirects", "content type", "compression", "buffering", "clocks"),
    "stream": (
        *("lasting", "events", "heartbeats", "bursts", "ids", "retry", "lines"),
        *("types", "times", "filters", "resuming"),
    ),
}
OWN: Final = {
    "your stream": (
        *("state", "gaps", "refused", "rules", "rows", "rate", "toasts", "mutes", "handlers", "files"),
    ),
}

#: The links from a notebook to an event, each before those that need it.
PLAN: Final = planned({**HERE, **WAY})
#: What there is to know of a stream; and of its way, where it does not come through.
OF_A_STREAM: Final = planned({**HERE, **OWN, "stream": ("filters",)})
OF_ITS_WAY: Final = planned({**HERE, **OWN, **WAY})


class Broken(Exception):
    """A link is broken: what comes behind it is not looked at."""


class Findings:
    """Collects checks.

    Args:
        plan: all that there are to be, in order.

    Example:
        >>> found = Findings([Planned("way", "name"), Planned("way", "tls")])
        >>> broken = found.breaks("name", "unknown host")
        >>> [(each.name, each.outcome, each.seen) for each in found.checks()]
        [('name', 'failed', 'unknown host'), ('tls', 'skipped', 'not looked at, since name failed')]
    """

    def __init__(self, plan: Sequence[Planned] = PLAN) -> None:
        self._plan = plan
        self._parts = {planned.name: planned.part for planned in plan}
        self._found: dict[str, Check] = {}
        self._stop = ""

    def ok(self, name: str, seen: str) -> None:
        """It is as it should be."""
        self.put(name, "ok", seen)

    def warning(self, name: str, seen: str, advice: str = "") -> None:
        """It works, but there is something to know."""
        self.put(name, "warning", seen, advice)

    def failed(self, name: str, seen: str, advice: str = "") -> None:
        """It does not work."""
        self.put(name, "failed", seen, advice)

    def skipped(self, name: str, why: str) -> None:
        """There is no use in looking."""
        self.put(name, "skipped", why)

    def unknown(self, name: str, why: str, advice: str = "") -> None:
        """What was seen tells neither."""
        self.put(name, "unknown", why, advice)

    def breaks(self, name: str, seen: str, advice: str = "") -> Broken:
        """It does not work, and nothing behind it can: to be raised."""
        self.failed(name, seen, advice)
        self._stop = f"not looked at, since {name} failed"
        return Broken(name)

    def outcome(self, name: str) -> Outcome | None:
        """What was found there; None: nothing yet."""
        return self._found[name].outcome if name in self._found else None

    def checks(self) -> list[Check]:
        """All of the plan."""
        why = self._stop or "not looked at"
        return [
            self._found.get(planned.name) or Check(planned.part, planned.name, "skipped", why)
            for planned in self._plan
        ]

    def report(self, about: str, hide: Callable[[str], str]) -> Report:
        """The report."""
        return Report(about, self.checks(), hide)

    def put(self, name: str, outcome: Outcome, seen: str, advice: str = "") -> None:
        """This is how it is."""
        self._found[name] = Check(self._parts[name], name, outcome, seen, advice)
