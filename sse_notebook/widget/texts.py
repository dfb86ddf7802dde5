"""Texts of others, cut to what a screen has room for.

The law: however long a text is, what goes to the page is short, and says that it was cut.
"""

from __future__ import annotations

from typing import Final, overload

from sse_notebook.markup import seen

__all__ = ["NAME", "cut"]

NAME: Final = 80  # characters of a type, an id, a status


@overload
def cut(text: str, longest: int = NAME) -> str: ...
@overload
def cut(text: str | None, longest: int = NAME) -> str | None: ...
def cut(text: str | None, longest: int = NAME) -> str | None:
    """A text of others, cut, without characters that are not seen.

    Example:
        >>> cut("build.failed", 8)
        'build.f…'
    """
    if text is None:
        return None
    short = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return seen(short)
