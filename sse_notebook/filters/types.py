"""The column `type` in comparisons: both vocabularies' spellings, and globs.

The law: what an event answers to is said by `events.types`; here it is only remembered, since types are few.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from sse_notebook.events.types import ALIASES, matches_type
from sse_notebook.filters.tree import Compare, Field, In, Node, Value

__all__ = ["TypeTest", "is_about_type", "plain_names", "type_tester"]

TypeTest = Callable[[Any, Any, Any], bool]

_MOST: Final = 4_096  # combinations remembered
_LONGEST: Final = 400  # characters of one


def is_about_type(clause: Node) -> bool:
    """Whether a clause asks what the type is, in whatever spelling."""
    if isinstance(clause, Compare):
        return clause.left == _TYPE and clause.operator in ("==", "!=") and isinstance(clause.right, Value)
    return isinstance(clause, In) and clause.left == _TYPE


def type_tester(clause: Compare | In) -> TypeTest:
    """The test of such a clause: of a type, the type on the wire, and a status."""
    if isinstance(clause, In):
        wanted, negated = [value.value for value in clause.values], clause.negated
    else:
        wanted = [clause.right.value] if isinstance(clause.right, Value) else []
        negated = clause.operator == "!="
    patterns = [value for value in wanted if isinstance(value, str)]
    if wanted and not patterns:
        return lambda *_: False  # a type is a text
    known: dict[tuple[Any, Any, Any], bool] = {}

    def test(type_: Any, event_type: Any, status: Any) -> bool:
        key = type_, event_type, status
        found = known.get(key)
        if found is None:
            found = (
                any(matches_type(pattern, type_, event_type, status) for pattern in patterns) is not negated
            )
            if len(known) >= _MOST:
                known.clear()
            if len(type_) + len(event_type) + len(status or "") <= _LONGEST:
                known[key] = found
        return found

    return test


class Names(NamedTuple):
    """When a clause fits, without a look at each row.

    Attributes:
        types: for each of these types.
        wire: for each of these types on the wire.
        by_status: of these types only some rows, by their status.
    """

    types: list[str]
    wire: list[str]
    by_status: list[str]


def plain_names(clause: Compare | In) -> Names | None:
    """What `type_tester` comes to where texts are only compared; None: there are globs, or it is negated.

    Example:
        >>> from sse_notebook.filters.language import parse
        >>> plain_names(parse('type == "build_failed"'))
        Names(types=['build_failed', 'build.failed'], wire=['build_failed'], by_status=[])
        >>> plain_names(parse('type == "workload.running"')).by_status
        ['workload.status']
    """
    if isinstance(clause, In):
        values, negated = clause.values, clause.negated
    else:
        values = (clause.right,) if isinstance(clause.right, Value) else ()
        negated = clause.operator == "!="
    names = Names([], [], [])
    for name in (value.value for value in values if isinstance(value.value, str)):
        if any(character in name for character in "*?["):
            return None
        names.types.append(name)
        names.wire.append(name)
        meant = ALIASES.get(name)
        if meant is None:  # a type `a.status` answers to `a.` and its status
            names.by_status.extend(
                f"{name[:at]}.status" for at, character in enumerate(name) if character == "."
            )
        elif meant.status is None:
            names.types.append(meant.type)
        else:
            names.by_status.append(meant.type)
    return None if negated or not names.types else names


_TYPE: Final = Field("type")
