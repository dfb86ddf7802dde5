"""What is said of a clause wherever it is spoken of: by `validate` before, by `explain` afterwards.

The law: the same mistake is told in the same words, and what is proposed is never wrong itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sse_notebook.events.severity import SEVERITIES
from sse_notebook.filters.names import PREFIX
from sse_notebook.filters.tree import Call, Compare, Contains, Field, In, Node, Value

__all__ = ["an", "no_order", "of_digits", "of_kind", "small_letters"]


def an(name: str) -> str:
    """A name with its article.

    Example:
        >>> an("id"), an("severity")
        ('an id', 'a severity')
    """
    return f"a{'n' * (name[:1] in tuple('aeio'))} {name}"


def small_letters(clause: Node, literals: Sequence[Any]) -> str | None:
    """That a text in small letters is asked for capitals; None: it is not.

    Args:
        clause: which asks `lower(…)`.
        literals: what it is compared with.
    """
    positive = (isinstance(clause, Compare) and clause.operator == "==") or (
        isinstance(clause, In | Contains) and not clause.negated
    )
    plain = isinstance(clause, Call) and clause.function != "matches"
    texts = [value for value in literals if isinstance(value, str)]
    if not ((positive or plain) and texts and all(text != text.lower() for text in texts)):
        return None
    return f"lower() leaves no capitals: write {json.dumps(texts[0].lower(), ensure_ascii=False)}"


def no_order(sign: str) -> str:
    """Why texts and numbers are not above or below each other.

    Example:
        >>> no_order(">")
        '`>` orders numbers among numbers, texts among texts'
    """
    return f"`{sign}` orders numbers among numbers, texts among texts"


def of_digits(clause: Node, *, guarded: bool = True) -> str:
    """What to write where texts are digits, and are to be above or below a number; empty: there is no need.

    Args:
        clause: which compares a field of the payload with a number.
        guarded: events may lack it.

    Example:
        >>> from sse_notebook.filters.language import parse
        >>> of_digits(parse("data.port > 80"), guarded=False)
        'of digits a callable makes numbers: where(lambda event: float(event.data["port"]) > 80)'
    """
    if not isinstance(clause, Compare) or clause.operator in ("==", "!="):
        return ""
    left, right = clause.left, clause.right
    if not isinstance(left, Field) or not isinstance(right, Value) or isinstance(right.value, str | bool):
        return ""
    if not left.name.startswith(PREFIX):
        return ""
    steps = "".join(f'["{step}"]' for step in left.name.removeprefix(PREFIX).split("."))
    there = f'where("has({left})") & ' if guarded else ""
    asked = f"where(lambda event: float(event.data{steps}) {clause.operator} {right})"
    return f"of digits a callable makes numbers: {there}{asked}"


def of_kind(clause: Node, kind: str) -> str:
    """What to write where values are of another type than what they are compared with; as a sentence goes on.

    Args:
        clause: which compares them.
        kind: what they are: text, number, boolean …

    Example:
        >>> from sse_notebook.filters.language import parse
        >>> of_kind(parse("id == 7"), "text"), of_kind(parse('priority >= "warning"'), "number")
        (': id == "7"', ': severity >= "warning"')
        >>> of_kind(parse("status > 3"), "text")
        ': `>` orders numbers among numbers, texts among texts; a callable can make numbers of texts'
    """
    if not isinstance(clause, Compare) or not isinstance(clause.right, Value):
        return ""
    wanted, is_order = clause.right.value, clause.operator not in ("==", "!=")
    if isinstance(wanted, bool) and is_order:
        return ""
    if kind == "text" and is_order:  # "9" is above "10"
        numbers = of_digits(clause) or "a callable can make numbers of texts"
        return f": {no_order(clause.operator)}; {numbers}"
    if clause.left == Field("priority") and wanted in SEVERITIES:
        return f": {replace(clause, left=Field('severity'))}"
    other = _as_kind(wanted, kind)
    return "" if other is None else f": {replace(clause, right=Value(other))}"


def _as_kind(value: Any, kind: str) -> Any:
    """A literal as another type, where that is plain."""
    if kind == "text" and not isinstance(value, str):
        return repr(value) if not isinstance(value, bool) else repr(value).lower()
    if kind == "number" and isinstance(value, str):
        try:
            return int(value) if len(value) < 20 else None
        except ValueError:
            return None
    if kind == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return None
