"""`Filter`: which events, as a value. What users make with `where`.

The law: filters are equal when their trees are, however they were written. A filter never changes.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError, FilterError
from sse_notebook.events import Event, Vocabulary
from sse_notebook.filters.closed import unknown_word
from sse_notebook.filters.language import parse
from sse_notebook.filters.leaves import micros_of
from sse_notebook.filters.names import COLUMNS, PREFIX, is_path, kind_of, nearest
from sse_notebook.filters.predicate import Predicate, predicate
from sse_notebook.filters.split import Split, split_tree
from sse_notebook.filters.tree import Compare, Field, In, Node, Opaque, Value, all_of, any_of

if TYPE_CHECKING:
    import pandas as pd

    from sse_notebook.filters.explanation import Explanation
    from sse_notebook.filters.report import Report

__all__ = ["Filter", "where"]

_OF_KIND = {"text": str, "type": str, "severity": str, "time": str, "number": (int, float), "flag": bool}


class Filter:
    """Which events. Made by `where`; `&`, `|` and `~` combine.

    Args:
        tree: what is asked.

    Attributes:
        tree: likewise, for whoever walks it.

    Example:
        >>> bad = where('severity == "error"') | where(type="build.failed")
        >>> bad
        <Filter severity == "error" or type == "build.failed">
        >>> where(str(bad)) == bad
        True
    """

    __slots__ = ("_test", "tree")

    def __init__(self, tree: Node) -> None:
        self.tree = tree
        self._test: Predicate | None = None

    def test(self, event: Event) -> bool:
        """Whether an event fits. An age is counted from now.

        Whatever is in the event, this never raises; only a callable in the filter may.

        Raises:
            ArgumentError: it is a dictionary: only a vocabulary knows what that means.
        """
        given: Any = event
        if isinstance(given, dict):
            raise ArgumentError(
                "test takes an Event, not dict: EventStore().add_event(…) gives that of a dictionary"
            )
        test = self._test
        if test is None:
            test = self._test = predicate(self.tree)
        return test(event)

    def predicate(self, clock: Clock = SYSTEM) -> Callable[[Event], bool]:
        """`test` as a function: for one who asks it of many events, or has a clock of its own."""
        return predicate(self.tree, clock)

    def mask(self, df: pd.DataFrame, clock: Clock = SYSTEM) -> pd.Series[bool]:
        """Which rows of a frame fit: booleans, with its own index, so that `df[f.mask(df)]` are the rows.

        Args:
            df: `stream.df`, or any frame with some of its columns; one that is not there has no values.
                With or without columns `data.…`: fields that have none are read of the column `data`.
                `explain` says which columns are not there.
            clock: what an age is counted by.

        Warns:
            UserWarning: there are rows and no column `data`, of which a field would be read.
        """
        from sse_notebook.filters.mask import mask, unread  # numpy and pandas are not needed before

        found = mask(self.tree, df, clock)
        if len(df) and (fields := unread(self.tree, df)):
            warnings.warn(
                f"this frame has no column `data`, of which {' and '.join(fields)!s:.200} would be read: "
                "no row has a value there",
                stacklevel=2,
            )
        return found

    def split(self, vocabulary: Vocabulary | None = None) -> Split:
        """What the server can be asked for, and what is left to be checked here.

        Args:
            vocabulary: how the server's messages are read; None: as the platform's. Of what another reads in
                a way of its own the server is not asked.

        Returns:
            `server`, the query parameters, and `local`, a filter.

        Example:
            >>> where('project_id == "p-1" and type == "edit" and data.n > 3').split()
            server: project_id=p-1 event_types=edit
            here:   data.n > 3
        """
        server, local = split_tree(self.tree, vocabulary)
        return Split(server, Filter(local))

    def explain(self, x: Any = None, clock: Clock = SYSTEM) -> Explanation:
        """Why events pass or not: for each clause how many it refused and why, near misses, what to do.

        Args:
            x: a stream, a view, a store, or a DataFrame.
            clock: what an age is counted by in a DataFrame; all else has a clock of its own.

        Raises:
            ArgumentError: nothing that a filter can be explained on.

        Example:
            >>> import pandas as pd
            >>> df = pd.DataFrame({"status": ["Failed", "Failed", "ok"]})
            >>> where(status="failed").explain(df).suggestions[0]
            '`status` is "Failed" in 2 events; the filter asks for "failed": use lower(status) == "failed"'
        """
        from sse_notebook.filters.explain import evidence_of, explained  # likewise

        return explained(self, evidence_of(x, self, clock))

    def validate(self, x: Any = None, clock: Clock = SYSTEM) -> Report:
        """What is probably a mistake: warnings, each at its place in the text.

        By the text alone: what is never or always true, types that can't be compared, names of types that
        nobody knows. By what was seen: fields and values that no event has, other types, other case.

        Args:
            x: a stream, a view, a store, or a DataFrame; None: only the text is looked at.
            clock: what an age is counted by in a DataFrame; all else has a clock of its own.

        Returns:
            Warnings (`code`, `clause`, `column`, `text`), shown with carets; true if there are none.

        Raises:
            ArgumentError: `x` is something else.

        Example:
            >>> where('severity > "error"').validate()
            1 warning
            <BLANKLINE>
            never: no severity is above "error"
                severity > "error"
                ^^^^^^^^^^^^^^^^^^
        """
        from sse_notebook.filters.validate import validated  # numpy is not needed before

        return validated(self, x, clock)

    def __and__(self, other: Filter) -> Filter:
        joined = isinstance(other, Filter)
        return Filter(all_of(self.tree, other.tree)) if joined else _no_filter("&", other)

    def __or__(self, other: Filter) -> Filter:
        joined = isinstance(other, Filter)
        return Filter(any_of(self.tree, other.tree)) if joined else _no_filter("|", other)

    __rand__, __ror__ = __and__, __or__  # of a text before a filter: for the error only

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: pandas calls what stands in `df[…]`, and nobody else should.

        Raises:
            FilterError: always.
        """
        raise FilterError(
            "a filter is not called: df[f.mask(df)] are the rows of a frame, f.test(event) asks an event; "
            "a stream, view or store is narrowed by its where(…)"
        )

    def __invert__(self) -> Filter:
        return Filter(~self.tree)

    def __bool__(self) -> bool:
        """Refused, since `a and b` would be `b`.

        Raises:
            FilterError: always.
        """
        raise FilterError("a filter is neither true nor false: combine filters with &, | and ~")

    def __eq__(self, other: object) -> bool:
        return self.tree == other.tree if isinstance(other, Filter) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.tree)

    def __reduce__(self) -> tuple[type[Filter], tuple[Node]]:
        return type(self), (self.tree,)  # without what was compiled

    def __str__(self) -> str:
        return str(self.tree)

    def __repr__(self) -> str:
        return f"<Filter {self}>"


def _no_filter(sign: str, other: Any) -> Any:
    """What `f & other` is: nothing; of a text it is said what was meant."""
    if isinstance(other, str):
        raise FilterError(f"a filter is joined with a filter, not with a text: f {sign} where({other!r:.80})")
    return NotImplemented


def _unmade(what: Any) -> FilterError:
    """The error of what no filter is made of."""
    is_events = hasattr(what, "_evidence") or (hasattr(what, "columns") and hasattr(what, "iloc"))
    hint = ", which a filter is asked of: where(…).explain(it), where(…).mask(df)" if is_events else ""
    if hasattr(what, "iloc") and not is_events:
        hint = ": by a mask a frame is narrowed, df[mask]"
    return FilterError(f"a filter is made of an expression or a callable, not of {type(what).__name__}{hint}")


def where(what: str | Filter | Callable[[Event], Any] | None = None, /, **fields: Any) -> Filter:
    """A filter: which events.

    All that is given must fit; nothing given: every event fits.

    Args:
        what: an expression, as `'event_type == "build_failed" and data.duration > 30'`; a filter; or a
            callable that is given the event.
        fields: for a column the value that it must have, or several of which one must fit. None, and
            `resource_type="all"`, ask for nothing.

    Raises:
        FilterError: it can't be read; the message shows where, and what was expected. Also a `ValueError`.

    Example:
        >>> where(project_id="p-1", resource_type=["workload", "build"])
        <Filter project_id == "p-1" and resource_type in ["workload", "build"]>
        >>> where("data.duration > 30", project_id="p-1")
        <Filter data.duration > 30 and project_id == "p-1">
    """
    parts: list[Node] = []
    if isinstance(what, Filter):
        parts.append(what.tree)
    elif isinstance(what, str):
        parts.append(parse(what))
    elif callable(what):
        if inspect.iscoroutinefunction(what) or inspect.iscoroutinefunction(type(what).__call__):
            raise FilterError(
                "an async function is no filter: the coroutine that it gives is true of each event"
            )
        parts.append(Opaque(what))
    elif what is not None:
        raise _unmade(what)
    for name, value in fields.items():
        if (part := _column(name, value)) is not None:
            parts.append(part)
    return Filter(all_of(*parts))


def _column(name: str, value: Any) -> Node | None:
    if kind_of(name) is None and nearest(name) is None and is_path(f"{PREFIX}{name}"):
        shown = repr(value) if isinstance(value, str | int | float) and len(repr(value)) <= 40 else "…"
        meant = f"{PREFIX}{name} == {shown}"
        raise FilterError(
            f"no such field: {name[:60]} (there are {', '.join(COLUMNS)} and {PREFIX}…); one of the payload "
            f"is asked for by an expression: where({meant!r:.120})"
        )
    field = Field(name)
    if value is None:
        return None
    if isinstance(value, Mapping):
        raise FilterError(
            f"{name}= takes a value, or a list of such, not a dictionary; for fields of the payload write an "
            "expression, as 'data.x == 3'"
        )
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        listed = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        values = tuple(_value(name, each) for each in listed)
        if name == "resource_type" and Value("all") in values:
            return None
        return In(field, values)
    single = _value(name, value)
    return None if name == "resource_type" and single == Value("all") else Compare(field, "==", single)


def _value(name: str, value: Any) -> Value:
    """A value that the column can have: another is a mistake, since nothing would ever fit."""
    found = Value(value)
    kind = COLUMNS.get(name)
    wanted: Any = _OF_KIND.get(kind or "", object)
    if not isinstance(found.value, wanted) or (kind == "number" and isinstance(found.value, bool)):
        what = {"number": "a number", "flag": "True or False"}.get(kind or "", "text")
        raise FilterError(f"{name} is {what}, or a list of such, not {value!r:.80}")
    if slip := unknown_word(name, found.value):
        hint = f"; did you mean {slip.meant}?" if slip.meant else ""
        raise FilterError(f"{slip.what}{hint}")
    if kind == "time" and micros_of(found.value) is None:
        raise FilterError(f'{name} is a time, as "2026-11-24T10:00", not {value!r:.80}')
    return found
