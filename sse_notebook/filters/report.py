"""What `Filter.validate` says: warnings, each at its place in the filter's text.

The law: a warning is about one clause, says what is wrong and what to do, and is shown with carets below the
clause. A report is true when there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

from sse_notebook.filters.hints import marked
from sse_notebook.filters.tree import And, Node, Not, Or

__all__ = ["Report", "Warned", "places"]


class Warned(NamedTuple):
    """A warning.

    Attributes:
        code: what kind: `never`, `always`, `type`, `field`, `value`, `case`, `glob`, `vocabulary`.
        clause: the text of the clause.
        column: where it begins in the filter's text.
        text: what is wrong, and what to do.
    """

    code: str
    clause: str
    column: int
    text: str


class Report(Sequence[Warned]):
    """The warnings of a filter, in the order of its text; true when there are none.

    Attributes:
        filter: the filter's text.
        about: what was looked at besides; empty: the text alone.
    """

    def __init__(self, filter: str, warnings: Sequence[Warned], about: str = "") -> None:  # noqa: A002 - what it is
        self.filter = filter
        self.about = about
        self._warnings = tuple(sorted(warnings, key=lambda each: each.column))

    @property
    def ok(self) -> bool:
        """Whether there is nothing to warn about."""
        return not self._warnings

    def __bool__(self) -> bool:
        return self.ok

    def __len__(self) -> int:
        return len(self._warnings)

    @overload
    def __getitem__(self, at: int) -> Warned: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Warned]: ...
    def __getitem__(self, at: Any) -> Any:
        return self._warnings[at]

    def __iter__(self) -> Iterator[Warned]:
        return iter(self._warnings)

    def __repr__(self) -> str:
        about = f" ({self.about})" if self.about else ""
        if not self._warnings:
            return f"no warnings{about}"
        number = len(self._warnings)
        lines = [f"{number} warning{'s' if number > 1 else ''}{about}"]
        for each in self._warnings:
            lines += ["", f"{each.code}: {each.text}", *marked(self.filter, each.column, len(each.clause))]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from sse_notebook.filters.report_html import html_of_report  # which only a cell needs

        return html_of_report(self)


def places(tree: Node, at: int = 0) -> Iterator[tuple[Node, int]]:
    """Each node of a tree, and where it begins in the tree's text.

    Example:
        >>> from sse_notebook.filters.language import parse
        >>> [(str(node), at) for node, at in places(parse("has(id) and not data.x == 1"))][1:]
        [('has(id)', 0), ('not data.x == 1', 12), ('data.x == 1', 16)]
    """
    yield tree, at
    if isinstance(tree, Not):
        yield from _inside(tree.part, at + len("not "), 1)
    elif isinstance(tree, And | Or):
        between = len(" and ") if isinstance(tree, And) else len(" or ")
        for part in tree.parts:
            yield from _inside(part, at, tree.binds)
            at += len(str(part)) + 2 * _has_brackets(part, tree.binds) + between


def _inside(part: Node, at: int, binds: int) -> Iterator[tuple[Node, int]]:
    yield from places(part, at + _has_brackets(part, binds))


def _has_brackets(part: Node, binds: int) -> bool:
    """As the tree writes itself."""
    return part.binds <= binds and not (isinstance(part, And | Or) and not part.parts)
