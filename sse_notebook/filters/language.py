"""The language of filters: text to a tree.

The law: a strict subset of Python's expressions, read by Python's own parser and never run. What is not
listed here is refused, at the place where it stands, in bounded time.

    clause    comparison | has(field) | matches(text, "re") | startswith(text, "…") | endswith(text, "…")
              | a field that is True or False | True | False
    joined    and, or, not, parentheses
    compared  == != < <= > >=, also in chains; in, not in
    with      texts, numbers, True, False, None; lists, tuples, sets of these behind `in`; another field
    field     a column, or data.… (a field of the payload); lower(field); age(), of the event's timestamp:
              age(timestamp) is the same, and age(received_at) since it arrived

`x == None` is `not has(x)`, and `x != None` is `has(x)`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

from sse_notebook.errors import FilterError
from sse_notebook.events.types import ALIASES
from sse_notebook.filters.closed import unknown_word
from sse_notebook.filters.hints import TYPE_ALONE, WORDS, is_word, unknown
from sse_notebook.filters.moments import no_time
from sse_notebook.filters.names import COLUMNS, FUNCTIONS, PREFIX, is_dunder, is_path, kind_of, nearest
from sse_notebook.filters.source import Source
from sse_notebook.filters.tree import (
    CALLS,
    DEPTH,
    FALSE,
    FLIPPED,
    TRUE,
    Age,
    Call,
    Compare,
    Contains,
    Field,
    Has,
    In,
    Lower,
    Node,
    Not,
    Operand,
    Value,
    all_of,
    any_of,
)

__all__ = ["parse"]

_OPERATORS: Final[dict[type[ast.cmpop], Any]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_METHODS: Final = {"startswith", "endswith", "lower", "matches", "match", "contains"}
# Those of pandas, and what is written here.
_PANDAS: Final = {
    "between": "… <= x <= …",
    "isin": "x in […]",
    "isna": "not has(x)",
    "isnull": "not has(x)",
    "notna": "has(x)",
    "notnull": "has(x)",
    "eq": "x == …",
    "ne": "x != …",
    "gt": "x > …",
    "ge": "x >= …",
    "lt": "x < …",
    "le": "x <= …",
}

T = TypeVar("T")


def parse(text: str) -> Node:
    """The tree of an expression.

    Args:
        text: as in `'event_type == "build_failed" and data.duration > 30'`.

    Raises:
        FilterError: it is no expression of the language; the message shows where, and what was expected.

    Example:
        >>> str(parse("5 < data.x <= 7 and not has(id)"))
        'data.x > 5 and data.x <= 7 and not has(id)'
        >>> parse('lower(status) in ["failed"]') == parse("(lower(status) in ('failed',))")
        True
    """
    return _Reader(text).tree()


def _is_joined(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr)


class _Reader:
    """Walks what Python's parser made of a text."""

    def __init__(self, text: str) -> None:
        self._source = Source(text)

    def tree(self) -> Node:
        """The tree of the whole text."""
        return self._clause(self._source.parsed(), 0)

    def _wrong(self, what: str, at: ast.expr | int, meant: str | None = None) -> FilterError:
        return self._source.wrong(what, self._source.at(at) if isinstance(at, ast.expr) else at, meant)

    def _after(self, node: ast.expr) -> int:
        return self._source.after(node)

    def _made(self, kind: Callable[..., T], node: ast.expr, *arguments: Any) -> T:
        """A node of the tree; where that is refused, the place is shown."""
        try:
            return kind(*arguments)
        except FilterError as error:
            raise self._wrong(str(error), node) from None

    # -- clauses ---------------------------------------------------------------------------------------

    def _clause(self, node: ast.expr, depth: int) -> Node:
        if depth > DEPTH:
            raise self._wrong(f"nested too deep: at most {DEPTH} of and, or, not in each other", node)
        if isinstance(node, ast.BoolOp):
            parts = [self._clause(each, depth + 1) for each in node.values]
            joined = all_of if isinstance(node.op, ast.And) else any_of
            return self._made(joined, node, *parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self._made(Not, node, self._clause(node.operand, depth + 1))
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            return TRUE if node.value else FALSE
        if isinstance(node, ast.Name | ast.Attribute):
            return self._flag(node)
        raise self._no_clause(node)

    def _no_clause(self, node: ast.expr) -> FilterError:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
            meant = "and" if isinstance(node.op, ast.BitAnd) else "or"
            return self._wrong(
                "& and | join filters; within a text it is `and`, `or`", self._after(node.left), meant
            )
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
            return self._wrong("~ is for filters; within a text it is `not`", node, "not")
        what = "a value alone" if isinstance(node, ast.Constant) else WORDS.get(type(node), "this")
        return self._wrong(f"expected a comparison, as 'status == \"failed\"', not {what}", node)

    def _flag(self, node: ast.expr) -> Node:
        """A field alone: whether it is True."""
        if (name := self._type_alone(node)) is not None:
            raise self._wrong(TYPE_ALONE, node, f'type == "{name}"')
        field = self._field(node)
        if COLUMNS.get(field.name, "flag") != "flag":
            raise self._wrong(f"expected a comparison: {field} is not True or False", node, f"has({field})")
        return Compare(field, "==", Value(True))

    def _type_alone(self, node: ast.expr) -> str | None:
        """The name of a type, as other calls take it; a name with dots that begins with no column is one."""
        text = self._source.text_of(node)
        first, dot, rest = text.partition(".")
        if not dot:
            return text if text in ALIASES else None
        is_field = first == "data" or first in COLUMNS or rest in COLUMNS or is_dunder(text)
        return None if is_field or not re.fullmatch(r"[\w.]{1,60}", text) else text

    def _comparison(self, node: ast.Compare) -> Node:
        sides = [node.left, *node.comparators]
        if joined := next((side for side in sides if _is_joined(side)), None):
            raise self._no_clause(joined)  # `&` binds tighter than `==`
        pairs = zip(sides, node.ops, sides[1:], strict=False)
        return self._made(all_of, node, *(self._pair(*pair) for pair in pairs))

    def _pair(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Node:
        if isinstance(operator, ast.Is | ast.IsNot):
            raise self._wrong_is(left, right, isinstance(operator, ast.IsNot))
        if isinstance(operator, ast.In | ast.NotIn):
            return self._membership(left, right, isinstance(operator, ast.NotIn))
        sign = _OPERATORS[type(operator)]
        if self._is_literal(left):
            if self._is_literal(right):
                said = left.value if isinstance(left, ast.Constant) else None
                meant = said if isinstance(said, str) and kind_of(said) else None
                raise self._wrong("expected a field on one side of the comparison", left, meant)
            left, sign, right = right, FLIPPED[sign], left
        operand = self._operand(left)
        if isinstance(right, ast.List | ast.Tuple | ast.Set):
            raise self._wrong("a list goes with `in`", right, f"{operand} in […]")
        if isinstance(right, ast.Constant) and right.value is None:
            if sign not in ("==", "!=") or not isinstance(operand, Field):
                raise self._wrong("nothing is smaller or larger than None", right, f"has({operand})")
            return Not(Has(operand)) if sign == "==" else Has(operand)
        if (text := self._bare(right)) is not None:
            raise self._wrong(f"no such field: {text[:40]}; a text stands in quotes", right, f'"{text[:40]}"')
        is_literal = self._is_literal(right)
        other: Any = self._literal(right, operand, sign) if is_literal else self._operand(right)
        if isinstance(other, Age):
            operand, sign, other = other, FLIPPED[sign], operand
        return self._made(Compare, right, operand, sign, other)

    def _bare(self, node: ast.expr) -> str | None:
        """A text that somebody forgot the quotes of: a word, a date, an id with signs in it."""
        text = self._source.text_of(node)
        if isinstance(node, ast.Name):
            return text if is_word(text) else None
        is_one = isinstance(node, ast.BinOp) and re.fullmatch(r"[\w.:/-]+", text)
        numbers = re.fullmatch(r"[\d.+*/_-]+", text) and not re.fullmatch(r"\d{4}-\d+-\d+", text)
        return text if is_one and not numbers and not text.startswith("data.") else None

    def _wrong_is(self, left: ast.expr, right: ast.expr, negated: bool) -> FilterError:
        shown = ast.unparse(left) if isinstance(left, ast.Name | ast.Attribute) else "x"
        none = isinstance(right, ast.Constant) and right.value is None
        meant = ("has({})" if negated else "not has({})").format(shown) if none else "!=" if negated else "=="
        return self._wrong("expected a comparison; `is` compares nothing here", self._after(left), meant)

    def _membership(self, left: ast.expr, right: ast.expr, negated: bool) -> Node:
        if isinstance(right, ast.List | ast.Tuple | ast.Set):
            if self._is_literal(left):
                raise self._wrong("expected a field before `in […]`", left)
            operand = self._no_age(left)
            none = [isinstance(each, ast.Constant) and each.value is None for each in right.elts]
            values = tuple(
                self._literal(each, operand)
                for each, is_none in zip(right.elts, none, strict=True)
                if not is_none
            )
            found = In(operand, values, negated)
            if not any(none):
                return found
            if not isinstance(operand, Field):
                raise self._wrong("None is no text", right)
            return all_of(Has(operand), found) if negated else any_of(Not(Has(operand)), found)
        if self._is_literal(right):
            said = right.value if isinstance(right, ast.Constant) else None
            meant = f"in [{Value(said)}]" if isinstance(said, str) and len(said) <= 40 else None
            raise self._wrong("expected a list after `in`, or a field that contains something", right, meant)
        within = self._no_age(right)
        if not self._is_literal(left):
            raise self._wrong("expected a literal before `in`, where a field is behind it", left)
        return Contains(self._literal(left), within, negated)

    def _call(self, node: ast.Call) -> Node:
        name = self._function(node)
        if name in ("lower", "age"):
            raise self._wrong(f"expected a comparison, as {FUNCTIONS[name]}", node)
        if name == "has":
            (field,) = self._arguments(node, 1)
            if isinstance(field, ast.Constant) and isinstance(field.value, str):
                raise self._wrong("has takes a field, without quotes", field)
            return Has(self._field(field))
        text, argument = self._arguments(node, 2)
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            raise self._wrong(f"{name} takes a text, as {FUNCTIONS[name]}", argument)
        return self._made(Call, argument, name, self._no_age(text), argument.value)

    def _function(self, node: ast.Call) -> str:
        called = node.func
        if isinstance(called, ast.Name) and called.id in FUNCTIONS:
            return called.id
        known = f"there are {', '.join(f'{name}()' for name in FUNCTIONS)}"
        if isinstance(called, ast.Attribute) and (meant := _PANDAS.get(called.attr)):
            inner = called.value
            shown = self._source.text_of(inner)[:40] if isinstance(inner, ast.Name | ast.Attribute) else "x"
            raise self._wrong(f"no methods; {known}", node, meant.replace("x", shown))
        if isinstance(called, ast.Attribute) and called.attr in _METHODS:
            near = nearest(called.attr, functions=True)
            raise self._wrong(
                f"no methods; {known}", node, f"{near}(x, …)" if near in CALLS else near or '"…" in x'
            )
        if not isinstance(called, ast.Name):
            raise self._wrong(f"this can't be called; {known}", node)
        if is_dunder(called.id):
            raise self._wrong(f"no such function; {known}", node)
        near = nearest(called.id, functions=True)
        meant = FUNCTIONS[near] if near else '"…" in x' if called.id == "contains" else None
        raise self._wrong(f"no such function: {called.id[:40]}; {known}", node, meant)

    def _arguments(self, node: ast.Call, number: int) -> list[ast.expr]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if node.keywords or len(node.args) != number:
            raise self._wrong(f"expected {FUNCTIONS[name]}", node)
        return node.args

    # -- what clauses are about ------------------------------------------------------------------------

    def _operand(self, node: ast.expr) -> Operand:
        if isinstance(node, ast.Call):
            name = self._function(node)
            if name == "lower":
                (field,) = self._arguments(node, 1)
                return Lower(self._field(field))
            if name == "age":
                return self._age(node)
            raise self._wrong(f"{name} is a clause of its own: join it with `and`", node)
        return self._field(node)

    def _age(self, node: ast.Call) -> Age:
        if not node.args:
            self._arguments(node, 0)
            return Age()
        field = self._field(*self._arguments(node, 1))
        if COLUMNS.get(field.name) != "time":
            raise self._wrong('expected age() < "5m", or the age of timestamp or received_at', node.args[0])
        return Age(field)

    def _no_age(self, node: ast.expr) -> Field | Lower:
        operand = self._operand(node)
        if isinstance(operand, Age):
            raise self._wrong(f"an age is compared, as {FUNCTIONS['age']}", node)
        return operand

    def _field(self, node: ast.expr) -> Field:
        if isinstance(node, ast.Name):
            if node.id not in COLUMNS:
                what, meant = unknown(node.id)
                raise self._wrong(what, node, meant)
            return Field(node.id)
        steps: list[str] = []
        inner = node
        while isinstance(inner, ast.Attribute):
            steps.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Subscript):
            raise self._indexed(inner)
        if not steps or not isinstance(inner, ast.Name):
            what = "a value" if isinstance(inner, ast.Constant) else WORDS.get(type(inner), "this")
            raise self._wrong(f"expected a field (a column, or {PREFIX}…), not {what}", inner)
        if hidden := next(filter(is_dunder, (inner.id, *steps)), None):
            raise self._wrong(unknown(hidden)[0], node)
        path = ".".join(reversed(steps))
        if inner.id == "data":
            return self._made(Field, node, f"{PREFIX}{path}")
        if inner.id in COLUMNS:
            raise self._wrong(
                f"{inner.id} has no fields; those of the payload are {PREFIX}…", node, f"{PREFIX}{path}"
            )
        meant = path if path in COLUMNS else f"{PREFIX}{path}"
        raise self._wrong(f"no such field: {inner.id[:40]}", node, meant[:60])

    def _indexed(self, node: ast.Subscript) -> FilterError:
        """`data["x"]` is `data.x`; a name that has no path, only a callable can ask for."""
        what = "expected a field (a column, or data.…), not an index in []"
        name = node.slice.value if isinstance(node.slice, ast.Constant) else None
        path = f"{self._source.text_of(node.value)}.{name}" if isinstance(name, str) else None
        if path is not None and not is_path(path):
            path, what = None, f"{what}; a name that is no word is asked for by a callable"
        return self._wrong(what, node, path)

    @staticmethod
    def _is_literal(node: ast.expr) -> bool:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            node = node.operand
        return isinstance(node, ast.Constant)

    def _literal(self, node: ast.expr, of: Operand | None = None, how: str = "") -> Value:
        """A value; `of`: what it is compared with, and `how`."""
        inner, sign = node, None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner, sign = node.operand, -1 if isinstance(node.op, ast.USub) else 1
        value = inner.value if isinstance(inner, ast.Constant) else None
        if sign is not None:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise self._wrong("expected a number after the sign", node)
            value = sign * value
        if not isinstance(value, str | int | float):
            what = "this" if isinstance(inner, ast.Constant) else WORDS.get(type(inner), "this")
            raise self._wrong(f"expected a text, a number, True or False, not {what}", node)
        if isinstance(of, Field) and (no := no_time(of.name, value, how)):
            raise self._wrong(no.what, node, no.meant)
        if isinstance(of, Lower):
            of = of.of
        if isinstance(of, Field) and (slip := unknown_word(of.name, value, how)):
            raise self._wrong(slip.what, node, slip.meant and f'"{slip.meant}"')
        return self._made(Value, node, value)
