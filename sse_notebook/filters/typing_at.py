"""Where in a cell somebody is typing a filter: in which call, in which argument, in which quotes.

The law: code is looked at, never run nor parsed; half a cell is what there is while one types. Where it is
not plain that a filter is being typed, nothing is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

__all__ = ["Typing", "typing_at"]

_LONGEST: Final = 100_000  # characters of a cell that are looked at
_EXPRESSIONS: Final = frozenset(
    {"where", "explain", "audit", "silence"}
)  # calls that take an expression first
_CALLEE: Final = re.compile(r"([^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*)\s*$")
_KEYWORD: Final = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")
_STRING: Final = re.compile(r"""(?<!\w)([rbufRBUF]{0,2})('{3}|"{3}|'|")""")


class Typing(NamedTuple):
    """What is being typed.

    Attributes:
        what: `expression`; `type`, of `on("…")`; `keyword` of a `where(…)`; `value` of such a keyword.
        text: what is there of it before the cursor.
        receiver: what stands before `.where`, where that is one name; else empty.
        keyword: the column whose value it is.
        used: the keywords that are there already.
        quote: the quotes around it, or none.
    """

    what: str
    text: str
    receiver: str = ""
    keyword: str = ""
    used: frozenset[str] = frozenset()
    quote: str = ""


@dataclass
class _Open:
    """A bracket that is open."""

    bracket: str
    callee: str = ""
    argument: int = 0  # the number of the argument
    start: int = 0  # where it begins
    used: set[str] = field(default_factory=set)


def typing_at(code: str, cursor: int) -> Typing | None:
    """What filter is being typed at a place in a cell; None: none.

    Example:
        >>> typing_at('stream.where("data.du', 21).text
        'data.du'
        >>> typing_at('sse.where(proj', 14).what, typing_at('print("data.du', 14)
        ('keyword', None)
    """
    before = code[:cursor]
    if len(before) > _LONGEST:
        return None
    stack: list[_Open] = []
    at = 0
    while at < len(before):
        character = before[at]
        if character in "\"'":
            inside = _string_at(before, at)
            if isinstance(inside, int):
                at = inside
                continue
            return _in_string(stack, before, *inside)
        if character == "#":
            end = before.find("\n", at)
            if end < 0:
                return None
            at = end
        elif character in "([{":
            found = _CALLEE.search(before, max(0, at - 200), at) if character == "(" else None
            stack.append(_Open(character, re.sub(r"\s", "", found[1]) if found else "", start=at + 1))
        elif character in ")]}" and stack:
            stack.pop()
        elif character == "," and stack:
            open_ = stack[-1]
            if keyword := _KEYWORD.match(before, open_.start, at):
                open_.used.add(keyword[1])
            open_.argument, open_.start = open_.argument + 1, at + 1
        at += 1
    return _in_code(stack, before)


def _string_at(before: str, at: int) -> int | tuple[int, str, str]:
    """Where a string ends; or where it began, its prefix and its quotes: it is still open."""
    start = at
    while start and before[start - 1] in "rbufRBUF" and at - start < 2:
        start -= 1
    if start and (before[start - 1].isalnum() or before[start - 1] == "_"):
        start = at  # those letters are the end of a name
    match = _STRING.match(before, start)
    prefix, quote = (match[1], match[2]) if match else ("", before[at])
    here = at + len(quote)
    body = here
    while here < len(before):
        if before[here] == "\\":
            here += 2
        elif before.startswith(quote, here):
            return here + len(quote)
        elif before[here] == "\n" and len(quote) == 1:
            return here  # a quote that nobody closed
        else:
            here += 1
    return body, prefix.lower(), quote


def _in_string(stack: list[_Open], before: str, body: int, prefix: str, quote: str) -> Typing | None:
    if not stack or "f" in prefix or "b" in prefix:
        return None
    text = before[body:]
    inner = stack[-1]
    outer = stack[-2] if inner.bracket in "[{" and len(stack) > 1 else inner
    if outer.bracket != "(":
        return None
    receiver, name = _called(outer.callee)
    keyword = _KEYWORD.match(before, outer.start)
    if keyword:
        return Typing("value", text, receiver, keyword[1], quote=quote) if name == "where" else None
    if inner is not outer or outer.argument:
        return None
    start = before[outer.start : body - len(quote) - len(prefix)]
    if start.strip():
        return None  # something stands before it
    if name in _EXPRESSIONS:
        return Typing("expression", text, receiver, quote=quote)
    return Typing("type", text, receiver, quote=quote) if name == "on" else None


def _in_code(stack: list[_Open], before: str) -> Typing | None:
    if not stack or stack[-1].bracket != "(":
        return None
    receiver, name = _called(stack[-1].callee)
    text = before[stack[-1].start :].lstrip()
    if name != "where" or not re.fullmatch(r"([^\W\d]\w*)?", text):
        return None
    return Typing("keyword", text, receiver, used=frozenset(stack[-1].used))


def _called(callee: str) -> tuple[str, str]:
    receiver, _, name = callee.rpartition(".")
    return receiver if receiver.isidentifier() else "", name
