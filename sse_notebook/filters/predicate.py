"""A tree as a function of an event.

The law: it says of each event what `mask` says of its row. It is made once, of closures; no text is ever run.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.events import Event
from sse_notebook.events.payload import field_of
from sse_notebook.filters.leaves import pair_tester, tester
from sse_notebook.filters.names import PREFIX
from sse_notebook.filters.tree import (
    Age,
    And,
    Call,
    Compare,
    Contains,
    Field,
    Has,
    In,
    Lower,
    Node,
    Not,
    Opaque,
    Or,
    Value,
)
from sse_notebook.filters.types import is_about_type, type_tester

__all__ = ["ATTRIBUTES", "Predicate", "field_of", "predicate"]

Predicate = Callable[[Event], bool]

#: Columns whose attribute of `Event` has another name, or another form.
ATTRIBUTES: Final = {"timestamp": "timestamp_us", "received_at": "received_us", "data": "raw"}


def predicate(tree: Node, clock: Clock = SYSTEM) -> Predicate:
    """The function that says whether an event fits.

    Args:
        tree: what is asked.
        clock: what an age is counted by.

    Example:
        >>> from sse_notebook.filters.language import parse
        >>> from sse_notebook.events import Vocabulary
        >>> from sse_notebook.wire import ServerSentEvent
        >>> event = Vocabulary().read(ServerSentEvent(data='{"n": 3}'), received_us=1)
        >>> predicate(parse("data.n > 2"))(event), predicate(parse('data.n > "2"'))(event)
        (True, False)
    """
    if isinstance(tree, And):
        return _all([predicate(part, clock) for part in tree.parts])
    if isinstance(tree, Or):
        return _any([predicate(part, clock) for part in tree.parts])
    if isinstance(tree, Not):
        inner = predicate(tree.part, clock)
        return lambda event: not inner(event)
    if isinstance(tree, Opaque):
        function = tree.function
        return lambda event: bool(function(event))
    return _clause(tree, clock)


def _clause(clause: Node, clock: Clock) -> Predicate:
    if isinstance(clause, Compare | In) and is_about_type(clause):
        answers = type_tester(clause)
        return lambda event: answers(event.type, event.event_type, event.status)
    if isinstance(clause, Compare):
        if isinstance(clause.left, Age):
            return _age(clause, clause.left.of, clock)
        if not isinstance(clause.right, Value):
            pair, one, other = (
                pair_tester(clause.left, clause.operator, clause.right),
                *map(_get, (clause.left, clause.right)),
            )
            return lambda event: pair(one(event), other(event))
    if isinstance(clause, Compare | In):
        operand: Any = clause.left
    elif isinstance(clause, Contains):
        operand = clause.within
    elif isinstance(clause, Has | Call):
        operand = clause.of
    else:
        raise TypeError(f"no clause: {clause!r}")
    test, get = tester(clause), _get(operand)
    return lambda event: test(get(event))


def _age(clause: Compare, of: Field, clock: Clock) -> Predicate:
    test, get = tester(clause), _get(of)
    return lambda event: test(clock.time() - get(event) / 1_000_000)


def _get(operand: Field | Lower) -> Callable[[Event], Any]:
    if isinstance(operand, Lower):
        inner = _get(operand.of)

        def lower(event: Event) -> str | None:
            value = inner(event)
            return value.lower() if type(value) is str else None

        return lower
    name = operand.name
    if not name.startswith(PREFIX):
        return attrgetter(ATTRIBUTES.get(name, name))
    path = name.removeprefix(PREFIX)
    if "." in path:
        return lambda event: field_of(event.data, path)

    def get(event: Event) -> Any:
        payload = event.data
        if type(payload) is not dict:
            return None
        value = payload.get(path)
        if value is None:
            nested = payload.get("data")
            return nested.get(path) if type(nested) is dict else None
        return value

    return get


def _all(parts: list[Predicate]) -> Predicate:
    if len(parts) == 2:
        one, two = parts
        return lambda event: one(event) and two(event)
    if len(parts) == 3:
        one, two, three = parts
        return lambda event: one(event) and two(event) and three(event)

    def every(event: Event) -> bool:
        for part in parts:  # noqa: SIM110 - a generator takes as long as two clauses
            if not part(event):
                return False
        return True

    return every


def _any(parts: list[Predicate]) -> Predicate:
    if len(parts) == 2:
        one, two = parts
        return lambda event: one(event) or two(event)

    def some(event: Event) -> bool:
        for part in parts:  # noqa: SIM110 - likewise
            if part(event):
                return True
        return False

    return some
