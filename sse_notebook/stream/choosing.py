"""Which events a handler gets: what `on` is told, as a function; and ids that were taken for types.

The law: what no event can ever fit, or what says not for which events it is, is an error at once. An id is
told only where it is plain: rows have it, and no type is called so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sse_notebook.clock import Clock
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.events.types import ALIASES, matches_type
from sse_notebook.filters import Filter, where
from sse_notebook.filters.tree import Opaque, clauses
from sse_notebook.intake.handlers import function_name
from sse_notebook.stream.parts import Parts

__all__ = ["NO_TYPE", "chosen", "refuse_id"]

# What stands in expressions, and in no name of a type.
NO_TYPE: Final = frozenset(" \t\r\n=<>&|~()\"'`,")
_IDS: Final = ("resource_id", "workload_id", "project_id", "cluster_id")  # in which a name is looked for


def chosen(asked: Any, *, alone: bool, clock: Clock) -> tuple[str, Callable[[Event], Any]]:
    """What `on` is told, as a text that tells it from others, and as a function.

    Args:
        asked: a type or a glob, a filter, or a callable.
        alone: without a function to be called: `on` is a decorator.
        clock: what ages are counted by.

    Raises:
        ArgumentError: it is none of these; a text that can be no type; or a callable alone.
    """
    if isinstance(asked, Filter):
        # Callables that look alike in its text are told apart by what they are.
        opaque = [function_name(each.function) for each in clauses(asked.tree) if isinstance(each, Opaque)]
        return " ".join(["where", str(asked), *opaque]), asked.predicate(clock)
    if isinstance(asked, str):
        if not asked or not NO_TYPE.isdisjoint(asked):
            hint = f"; for an expression: on(sse.where({asked!r:.80}))" if asked else ""
            raise ArgumentError(f'on takes a type or a glob, as "build.*", not {asked!r:.80}{hint}')
        return (
            asked,
            lambda event: asked == "*" or matches_type(asked, event.type, event.event_type, event.status),
        )
    if not callable(asked):
        raise ArgumentError(
            'on(type, …) takes a type or a glob, as "build.*", a Filter, as where("data.x > 1"), or a '
            f"callable, not {asked!r:.80}"
        )
    if alone:  # one that chooses, without its function, or a function that shall get all: nobody can tell
        name = getattr(asked, "__name__", type(asked).__name__)
        raise ArgumentError(
            f'on({name}) does not say for which events: for all it is @stream.on("*"), or on("*", function); '
            "where a callable chooses, on(chooses, function), or @stream.on(where(chooses))"
        )
    return f"where {function_name(asked)}", where(asked).predicate(clock)


def refuse_id(name: str, parts: Parts, say: Callable[[str], str]) -> None:
    """Refuse what was meant as a type, and is an id: no event would fit, and nobody would hear of it.

    Args:
        name: the type that was given.
        parts: of the stream, in whose rows it is looked for.
        say: how to write it instead, given the column that has the id.

    Raises:
        ArgumentError: a row has it as an id, and neither a row nor a template has it as a type.
    """
    store, wording = parts.store, parts.toasts.wording
    if name in ALIASES or wording.knows(name, None) or len(store.where(type=name)):
        return
    if (column := next((each for each in _IDS if len(store.where(**{each: name}))), None)) is not None:
        raise ArgumentError(f"{name!r:.80} is a {column}, and no type: {say(column)}")
