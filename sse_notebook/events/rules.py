"""Rules: where in a payload a server says something, in a user's words, and how such a word is asked.

The law: a rule is a dotted path, or a callable. Nothing that it does makes reading fail: what it raises is
reported, and counts as nothing found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sse_notebook.errors import ArgumentError
from sse_notebook.events.moments import plain
from sse_notebook.events.payload import find
from sse_notebook.wire import ServerSentEvent

__all__ = ["Asker", "OfMessage", "Report", "Rule", "check_rules"]


class OfMessage(NamedTuple):
    """A rule that is given the message beside its payload: some servers say in its name or id what counts."""

    rule: Callable[[Any, ServerSentEvent], Any]


Rule = str | Callable[[Any], Any] | OfMessage
"""Where a value stands: a dotted path into the payload, or a callable that is given the payload."""

Report = Callable[[str, BaseException], None]


def check_rules(rules: Mapping[str, Rule | None]) -> dict[str, Rule]:
    """The rules that are given.

    Raises:
        ArgumentError: one is neither path nor callable.
    """
    for name, rule in rules.items():
        path = isinstance(rule, str) and rule != ""
        if rule is not None and not path and not isinstance(rule, OfMessage) and not callable(rule):
            raise ArgumentError(f"Vocabulary({name}=…) takes a dotted path or a callable, not {rule!r}")
    return {name: rule for name, rule in rules.items() if rule is not None}


class Asker:
    """Asks rules about one message; what they raise is reported, and counts as nothing found."""

    __slots__ = ("message", "payload", "report", "rules")

    def __init__(
        self, rules: Mapping[str, Rule], payload: Any, message: ServerSentEvent, report: Report | None
    ) -> None:
        self.rules = rules
        self.payload = payload
        self.message = message
        self.report = report

    def __call__(self, name: str) -> Any:
        """What the rule of this name finds."""
        rule = self.rules.get(name)
        if rule is None:
            return None
        if isinstance(rule, str):
            return find(self.payload, rule)
        try:
            if isinstance(rule, OfMessage):
                return rule.rule(self.payload, self.message)
            found = rule(self.payload)
            return bool(found) if name == "discard" else _plain(found)  # here, since even truth may raise
        except KeyboardInterrupt:
            raise
        # SystemExit and `asyncio.CancelledError` too: the rows of a whole read would be lost
        except BaseException as error:  # noqa: BLE001 - the user's callable may raise anything
            if self.report is not None:
                self.report(f"vocabulary {name}", error)
            return None


def _plain(found: Any) -> Any:
    """What a callable gave, as Python has it: who computes gives numpy's numbers; a pair may be a list."""
    if isinstance(found, (tuple, list)) and len(found) == 2:
        return tuple(map(_plain, found))
    found = plain(found)
    return found.isoformat() if isinstance(found, date) and not isinstance(found, datetime) else found
