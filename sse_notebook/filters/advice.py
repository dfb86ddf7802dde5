"""What is said of a clause wherever it is spoken of: by `validate` before, by `explain` afterwards.

The law: the same mistake is told in the same words, and what is proposed is never wrong itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sse_notebook.filters.tree import Call, Compare, Contains, In, Node

__all__ = ["an", "no_order", "small_letters"]


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
