"""`Filter.validate`: what is probably a mistake in a filter, by its text and by what was seen.

The law: warnings only; whatever was seen, nothing is raised. Where "never" was found in some of the events
only, all of them are asked before it is said.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError
from sse_notebook.events.types import ALIASES, canonical, matches_type
from sse_notebook.filters.advice import an, of_kind
from sse_notebook.filters.certain import ALWAYS_THERE, certain
from sse_notebook.filters.clashes import kind_of_value, literals_of, operand_of
from sse_notebook.filters.names import COLUMNS, PREFIX
from sse_notebook.filters.near import near_text
from sse_notebook.filters.report import Report, Warned, places
from sse_notebook.filters.survey import Survey, survey
from sse_notebook.filters.tally import Tally
from sse_notebook.filters.tree import (
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
    clauses,
)
from sse_notebook.filters.types import is_about_type
from sse_notebook.words import counted

if TYPE_CHECKING:
    from sse_notebook.filters.filter import Filter

__all__ = ["validated"]

_TYPES: Final = tuple(dict.fromkeys([*ALIASES, *(meaning.type for meaning in ALIASES.values())]))
_GLOB: Final = "*?["

Said = tuple[str, str]  # code and text


def validated(asked: Filter, x: Any = None, clock: Clock = SYSTEM) -> Report:
    """The warnings about a filter.

    Args:
        asked: the filter.
        x: a stream, a view, a store, or a DataFrame, in which is looked what there is; None: in nothing.
        clock: what ages in a DataFrame are counted by.

    Raises:
        ArgumentError: `x` is something else.
    """
    tree = asked.tree
    seen = None if x is None else _Seen(asked, x, clock)
    truth, reasons = certain(tree)
    by_node = {id(reason.node): (reason.code, reason.text) for reason in reasons}
    text, found = str(tree), []
    for node, column in places(tree):
        said = by_node.get(id(node)) or _by_name(node, seen) or (seen and seen.clause(node))
        if said:
            found.append(Warned(said[0], str(node), column, said[1]))
    if truth is None and seen is not None and isinstance(tree, And | Or):
        whole = seen.joined(tree)
        found += [Warned(whole[0], text, 0, whole[1])] if whole else []
    return Report(text, found, "" if seen is None else seen.about)


def _by_name(node: Node, seen: _Seen | None) -> Said | None:
    """What is wrong with the name of a type."""
    if not isinstance(node, Compare | In):
        return None
    names = [value for value in literals_of(node) if isinstance(value, str)]
    if operand_of(node) == Field("event_type") and _is_equality(node):
        known = Counter[str]() if seen is None else seen.values("event_type", "text")
        return next(filter(None, (_other_spelling(name) for name in names if name not in known)), None)
    if not is_about_type(node) or (seen is not None and not seen.is_empty):
        return None  # what was seen says more
    for name in names:
        if any(character in name for character in _GLOB):
            if not any(matches_type(name, known, known, None) for known in _TYPES):
                return "glob", f"no known type fits {Value(name)}"
        elif name not in _TYPES and (near := difflib.get_close_matches(name[:60], _TYPES, 1, 0.85)):
            return "value", f"no known type is {Value(name)}; did you mean {Value(near[0])}?"
    return None


def _other_spelling(name: str) -> Said | None:
    if any(character in name for character in "*?"):
        return "vocabulary", f"event_type compares literally; globs work with type: type == {Value(name)}"
    meant = canonical(name)
    wire = [each for each, meaning in ALIASES.items() if meaning.type == meant.type and "_" in each]
    if not wire or name in wire:
        return None
    return (
        "vocabulary",
        f"event_type compares with the name on the wire, which may be {Value(wire[0])}; "
        f"type == {Value(name)} knows both",
    )


def _is_equality(node: Compare | In) -> bool:
    return isinstance(node, In) or node.operator in ("==", "!=")


class _Seen:
    """What was seen, and what a filter says of it."""

    def __init__(self, asked: Filter, x: Any, clock: Clock) -> None:
        self._frame, self._clock, arrived = _events(asked, x, clock)
        self._survey: Survey = survey(self._frame)
        size = len(self._frame)
        self.is_empty = size == 0
        self.about = counted(size, "event") if arrived <= size else f"{size:,} of {arrived:,} events"
        self._masks: dict[Node, int | None] = {}

    def values(self, name: str, kind: str) -> Counter[Any]:
        """The values of a type that a field had."""
        tally = self._survey.fields.get(name)
        return Counter() if tally is None else tally.seen(kind)

    def passed(self, node: Node) -> int | None:
        """How many events a node is true of; None: a callable would have to be asked."""
        if node not in self._masks:
            known = not any(isinstance(each, Opaque) for each in clauses(node))
            self._masks[node] = self._count(node) if known else None
        return self._masks[node]

    def _count(self, node: Node) -> int:
        from sse_notebook.filters.mask import mask

        return int(mask(node, self._frame, self._clock).sum())

    def share(self, node: Node, who: str = "") -> Said | None:
        """Whether a node is true of all events, or of none."""
        passed = None if self.is_empty else self.passed(node)
        if passed == 0:
            return "never", f"{who}true of none of the {self.about}"
        if passed == len(self._frame):
            return "always", f"{who}true of all {self.about}"
        return None

    def joined(self, node: And | Or) -> Said | None:
        """Whether all parts together are true of all events, or of none, though no part alone is."""
        alone = len(self._frame) if isinstance(node, Or) else 0
        if any(self.passed(part) == alone for part in node.parts):
            return None
        found = self.share(node, "the whole filter is ")
        return found if found and (found[0] == "never") == isinstance(node, And) else None

    def clause(self, node: Node) -> Said | None:
        """What is wrong with a clause, by what was seen."""
        if self.is_empty or isinstance(node, And | Or | Not | Opaque):
            return None
        if self.passed(node) == 0:
            found = next(self._reasons(node), None)
            if found is not None:
                return found
        else:
            said = self._reasons(node, only_values=True) if self._negated(node) else self._misspelt(node)
            if (found := next(said, None)) is not None:
                return found
        return self.share(node)

    def _misspelt(self, node: Node) -> Iterator[Said]:
        """Members of a list that nobody has, and that are spelt nearly as what is there."""
        if isinstance(node, In):
            yield from (said for said in self._reasons(node, only_values=True) if "; did you mean" in said[1])

    @staticmethod
    def _negated(node: Node) -> bool:
        return (isinstance(node, Compare) and node.operator == "!=") or (
            isinstance(node, In) and node.negated
        )

    def _reasons(self, node: Node, *, only_values: bool = False) -> Iterator[Said]:
        operand = operand_of(node)
        pair = [node.right] if isinstance(node, Compare) and not isinstance(node.right, Value) else []
        for each in [operand, *pair]:
            field = each.of if isinstance(each, Lower) else each
            if isinstance(field, Field):
                yield from self._missing(field.name)
        if isinstance(node, Has) or pair:
            return
        name = operand.of.name if isinstance(operand, Lower) else str(operand)
        tally = self._survey.fields.get(name)
        literals = literals_of(node)
        if tally is None or not tally.count or not literals:
            return
        if isinstance(node, Compare | In) and is_about_type(node):
            yield from self._type(literals)
            return
        if not only_values:
            yield from self._mistyped(node, name, tally, literals)
        if isinstance(node, In) or (isinstance(node, Compare) and node.operator in ("==", "!=")):
            yield from self._unseen(name, operand, tally, literals)
        elif isinstance(node, Compare) and kind_of_value(literals[0]) == "number":
            numbers = [each for each in tally.seen("number") if each == each]
            if numbers and not tally.is_least and not self._survey.is_sampled:
                end = max(numbers) if node.operator[0] == ">" else min(numbers)
                word = "largest" if node.operator[0] == ">" else "smallest"
                yield "never", f"true of none of the {self.about}: the {word} {name} is {end}"

    def _missing(self, name: str) -> Iterator[Said]:
        tally = self._survey.fields.get(name)
        if (tally is not None and tally.count) or name in ALWAYS_THERE or self.passed(Has(Field(name))):
            return
        known = [each for each in self._survey.fields if each not in self._survey.unreachable]
        near = _near_field(name, known, self._survey.fields)
        hint = f"; did you mean {near}?" if near else ""
        yield "field", f"no event has {an(name) if name in COLUMNS else name}{hint}"

    def _mistyped(self, node: Node, name: str, tally: Tally, literals: list[Any]) -> Iterator[Said]:
        wanted = {kind_of_value(value) for value in literals}
        if isinstance(node, Contains):
            wanted = {"text", "list", "object"} if "text" in wanted else {"list"}
        if COLUMNS.get(name) == "time" or wanted & set(tally.types):
            return
        (is_, _), *_ = tally.types.most_common(1)
        hint = of_kind(node, is_)
        compared = (
            "asked for parts of a text" if isinstance(node, Call) else f"compared with {_a(literals[0])}"
        )
        yield "type", f"{name} is {_named(is_)}, {compared}{hint}"

    def _unseen(self, name: str, operand: Any, tally: Tally, literals: list[Any]) -> Iterator[Said]:
        for value in literals:
            kind = kind_of_value(value)
            seen = tally.seen(kind)
            if isinstance(operand, Lower):
                seen = Counter({each.lower(): n for each, n in seen.items() if isinstance(each, str)})
            alone = Compare(operand, "==", Value(value))
            if value in seen or COLUMNS.get(name) == "time" or self.passed(alone):
                continue
            near = near_text(value, seen) if isinstance(value, str) else None
            said = f"no event has {name} {Value(value)}"
            if near is None:
                yield "value", said
            elif near.casefold() == value.casefold():
                yield "case", f"{said}; did you mean {Value(near)} ({self._often(seen[near])})?"
            else:
                yield "value", f"{said}; did you mean {Value(near)} ({self._often(seen[near])})?"

    def _often(self, number: int) -> str:
        """How often a value was seen; of a sample, in what share of it."""
        if self._survey.is_sampled:
            return f"in some {max(100 * number / self._survey.asked, 1):.0f}%"
        return counted(number, "event")

    def _type(self, literals: list[Any]) -> Iterator[Said]:
        seen = self.values("type", "text") + self.values("event_type", "text")
        for name in literals:
            if not isinstance(name, str) or self.passed(Compare(Field("type"), "==", Value(name))):
                continue
            if any(character in name for character in _GLOB):
                yield "glob", f"no type that was seen fits {Value(name)}"
                continue
            near = near_text(name, seen)
            hint = "" if near is None else f"; did you mean {Value(near)}?"
            is_case = near is not None and near.casefold() == name.casefold()
            yield "case" if is_case else "value", f"no event has the type {Value(name)}{hint}"


def _events(asked: Filter, x: Any, clock: Clock) -> tuple[Any, Clock, int]:
    """The events that are looked at, what ages are counted by, and how many there were."""
    evidence = getattr(x, "_evidence", None)
    if evidence is not None:
        found = evidence(asked)
        return found.frame, found.clock, found.arrived
    if hasattr(x, "columns") and hasattr(x, "iloc"):
        return x, clock, len(x)
    raise ArgumentError(f"a filter is checked against a stream, view, store or DataFrame, not {x!r:.80}")


def _near_field(name: str, known: list[str], tallies: dict[str, Tally]) -> str | None:
    """A field that has values, and is spelt nearly alike, or ends alike."""
    there = [each for each in known if tallies[each].count and each != name]
    plain = {each.removeprefix(PREFIX).casefold().replace("_", ""): each for each in reversed(there)}
    own = name.removeprefix(PREFIX).casefold().replace("_", "")
    if own in plain:
        return plain[own]
    ends = {each.rpartition(".")[2]: field for each, field in plain.items()}
    last = own.rpartition(".")[2]
    if last in ends:
        return ends[last]
    near = difflib.get_close_matches(own[:100], plain, 1, 0.75)
    return plain[near[0]] if near else None


def _named(kind: str) -> str:
    return {"boolean": "True or False"}.get(
        kind, kind if kind == "text" else f"a{'n' * (kind == 'object')} {kind}"
    )


def _a(literal: Any) -> str:
    kind = kind_of_value(literal)
    return {"text": "text", "number": "a number", "boolean": "True or False"}[kind]
