"""The four filters that the server knows too: cluster, project, workload, kind of resource.

The law: a selection answers the same for an event, for a row of a batch, and as the filter that it is. A
field that an event does not have is not equal to anything.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from operator import not_
from typing import Any

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.events.batch import Batch, pick
from sse_notebook.filters.tree import Compare, Field, In, Node, Value, all_of

__all__ = ["FILTERS", "Selection"]

FILTERS = ("cluster_id", "project_id", "workload_id", "resource_type")


class Selection:
    """Which events are wanted, by the four filters.

    Args:
        wanted: `cluster_id`, `project_id`, `workload_id`, `resource_type`: a text, or several of which one
            must fit; None, and `resource_type="all"`, ask for nothing.

    Raises:
        ArgumentError: another name, or a value that is no text.

    Example:
        >>> str(Selection(project_id="p-1", resource_type=["workload", "build"]))
        "project_id='p-1', resource_type=['workload', 'build']"
    """

    def __init__(self, **wanted: str | Sequence[str] | None) -> None:
        if unknown := wanted.keys() - set(FILTERS):
            name = min(unknown)
            close = difflib.get_close_matches(name, FILTERS, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ArgumentError(f"no such filter: {name} (there are {', '.join(FILTERS)}){hint}")
        self._wanted: dict[str, tuple[str, ...]] = {}
        for name in FILTERS:
            value = wanted.get(name)
            if value is None:
                continue
            listed = value if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
            values = tuple(listed)
            if not all(isinstance(item, str) for item in values):
                raise ArgumentError(f"{name} is text (ids are text), or a list of texts, not {value!r}")
            if name != "resource_type" or "all" not in values:
                self._wanted[name] = values
        parts = [_clause(Field(name), values) for name, values in self._wanted.items()]
        self._tree = all_of(*parts)
        # For each filter its name, whether a value is one of those, and its clause.
        self._clauses = [
            (name, frozenset(values).__contains__, str(part))
            for (name, values), part in zip(self._wanted.items(), parts, strict=True)
        ]

    def test(self, event: Event) -> bool:
        """Whether an event is wanted."""
        return all(getattr(event, name) in values for name, values in self._wanted.items())

    def parted(self, batch: Batch) -> tuple[Sequence[int], Sequence[tuple[Sequence[int], str]]]:
        """The rows of a batch that are wanted; and the others, by the clause that refused each first.

        Returns:
            The numbers of those that are wanted; then parts of the others, each with the clause's text.
        """
        rows: Sequence[int] = range(len(batch))
        others: list[tuple[Sequence[int], str]] = []
        for name, is_one, clause in self._clauses:
            fits = list(map(is_one, pick(batch.columns[name], rows)))
            if not all(fits):
                others.append((list(compress(rows, map(not_, fits))), clause))
                rows = list(compress(rows, fits))
        return rows, others

    @property
    def tree(self) -> Node:
        """The same as a filter has it."""
        return self._tree

    @property
    def wanted(self) -> Mapping[str, tuple[str, ...]]:
        """By filter, the values of which one must fit."""
        return self._wanted

    def params(self) -> dict[str, str]:
        """The query parameters that ask a server for this.

        A server knows one value for each; where several would do it is asked for all, and `test` narrows.
        """
        return {name: values[0] for name, values in self._wanted.items() if len(values) == 1}

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return bool(self._wanted)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Selection) and self._wanted == other._wanted

    def __hash__(self) -> int:
        return hash(tuple(self._wanted.items()))

    def __str__(self) -> str:
        shown: Mapping[str, Any] = {
            name: values[0] if len(values) == 1 else list(values) for name, values in self._wanted.items()
        }
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())

    def __repr__(self) -> str:
        return f"Selection({self})"


def _clause(field: Field, values: Sequence[str]) -> Node:
    wanted = tuple(map(Value, values))
    return Compare(field, "==", wanted[0]) if len(wanted) == 1 else In(field, wanted)
