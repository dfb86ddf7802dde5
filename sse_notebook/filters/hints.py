"""Errors of the language in words: where, what was expected, what was probably meant.

The law: a message shows the text, or the part of it that counts, with a caret below the place; nothing in it
can upset a terminal, and it is short whatever the text.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from typing import Final

from sse_notebook.errors import FilterError
from sse_notebook.filters.names import COLUMNS, FUNCTIONS, PREFIX, is_dunder, nearest

__all__ = ["TYPE_ALONE", "WORDS", "bare", "is_word", "marked", "mistaken", "pointed", "unknown"]

_AROUND = 60  # characters shown before and after the place

# What is no part of the language, as people call it.
WORDS: Final[dict[type[ast.AST], str]] = {
    ast.Lambda: "a lambda",
    ast.IfExp: "if … else",
    ast.Dict: "a dictionary",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.JoinedStr: "an f-string",
    ast.FormattedValue: "an f-string",
    ast.NamedExpr: "an assignment (:=)",
    ast.Starred: "a star",
    ast.Subscript: "an index in []",
    ast.Slice: "a slice",
    ast.BinOp: "arithmetic",
    ast.UnaryOp: "arithmetic",
    ast.Call: "a call",
    ast.Attribute: "an attribute of something",
    ast.List: "a list",
    ast.Tuple: "a list",
    ast.Set: "a list",
    ast.BoolOp: "and, or",
    ast.Compare: "a comparison",
}

#: What `on` and `silence` take is no expression.
TYPE_ALONE: Final = f"expected a comparison: a type is compared, and a field of the payload is {PREFIX}…"

# Operators of other languages: what is found outside of quotes, and what was meant.
_MISTAKES: Final = tuple(
    (re.compile(pattern), meant)
    for pattern, meant in (
        (r"&&", "and"),
        (r"\|\|", "or"),
        (r"={3}", "=="),
        (r"!={2}", "!="),
        (r"!(?!=)", "not"),
        (r"<>", "!="),
        (r"=>", ">="),
        (r"=<", "<="),
        (r"=~|~=", "matches(x, …)"),
        (r"(?<![=!<>:~])=(?![=<>~])", "=="),
        (r"\bAND\b", "and"),
        (r"\bOR\b", "or"),
        (r"\bNOT\b", "not"),
        (r"\bIN\b", "in"),
        (r"(?i)\bi?like\b", "matches(x, …)"),
        (r"(?i)\bcontains\b", '"…" in x'),
        (r"[\u201c\u201d\u2018\u2019]", "the quotes \" or '"),
    )
)

_CONSTANTS: Final = {
    **dict.fromkeys(("null", "none", "nil", "undefined", "NULL", "NaN", "nan", "NA"), "not has(x)"),
    **dict.fromkeys(("true", "TRUE"), "True"),
    **dict.fromkeys(("false", "FALSE"), "False"),
}


def mistaken(masked: str) -> tuple[int, str] | None:
    """The first operator of another language, and what was meant; of a text whose quotes are blanked out."""
    found = [(match.start(), meant) for pattern, meant in _MISTAKES if (match := pattern.search(masked))]
    return min(found, key=lambda each: each[0], default=None)


# What stands behind an operator as if it were in quotes: a glob, a duration, a date, an id with signs in it.
_BARE: Final = re.compile(
    r"(?:[=!]=|[<>]=?)\s*((?:[^\W\d]|\d(?=[\w:-]{0,60}[a-zA-Z:-]))[\w.*?:/-]{0,60})(?=[\s),]|$)"
)


def bare(masked: str) -> tuple[int, str] | None:
    """The first text without quotes behind an operator, and it in quotes; `masked` as `mistaken` has it.

    Example:
        >>> bare("age() < 5m"), bare("type == build.*"), bare("data.x < 5")
        ((8, '"5m"'), (8, '"build.*"'), None)
    """
    found = (match for match in _BARE.finditer(masked) if not _PLAIN.fullmatch(match[1]))
    return next(((match.start(1), f'"{match[1]}"') for match in found), None)


_PLAIN: Final = re.compile(r"[^\W\d][\w.]*\w|[^\W\d]|0[xob]\w*|\d[\d_]*(e-?\d+)?")


def is_word(name: str) -> bool:
    """Whether a name is probably meant as a text: it is no field, nor spelt nearly like one."""
    known = name in COLUMNS or name in FUNCTIONS or name in _CONSTANTS
    return not known and not is_dunder(name) and nearest(name) is None


def unknown(name: str) -> tuple[str, str | None]:
    """What is wrong with a name that is no column, and what was probably meant."""
    shown = name if len(name) <= _AROUND else f"{name[:_AROUND]}…"
    if is_dunder(name):
        return f"{shown} is a name of Python's own; there are columns and {PREFIX}…", None
    if name in _CONSTANTS:
        return f"no such field: {shown}", _CONSTANTS[name]
    if name in FUNCTIONS:
        return f"no such field: {shown}", f"{name}()" if name == "age" else FUNCTIONS[name]
    if near := nearest(name):
        return f"no such field: {shown}", near
    return f"no such field: {shown} (there are {', '.join(COLUMNS)}, and {PREFIX}…)", f"{PREFIX}{shown}"


def pointed(what: str, text: str, column: int | None, meant: str | None = None) -> FilterError:
    """The error that says so, and shows the place.

    Example:
        >>> print(pointed("expected a comparison", 'id = "7"', 3, "=="))
        expected a comparison
            id = "7"
               ^
        did you mean ==?
    """
    lines = [what]
    if column is not None:
        lines += marked(text, column)
    if meant is not None:
        lines.append(f"did you mean {meant}?")
    return FilterError("\n".join(lines), column)


def marked(text: str, column: int, length: int = 1) -> list[str]:
    """A text, or what is around a place in it, and carets below the place.

    Example:
        >>> print(*marked("has(id) and False", 12, 5), sep="\\n")
            has(id) and False
                        ^^^^^
    """
    start, end = max(0, column - _AROUND), column + _AROUND
    before = ("…" if start else "") + _shown(text[start:column])
    after = _shown(text[column:end])
    width = sum(map(_width, before))
    under = max(1, sum(map(_width, after[:length])))
    return [f"    {before}{after}{'…' if end < len(text) else ''}", f"    {' ' * width}{'^' * under}"]


def _shown(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _width(character: str) -> int:
    """Columns that a character takes on a screen."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
