"""What is wrong with the lines of a stream, that a decoder passes over without a word.

The law: only what the standard ignores or replaces is named; a stream that is right has nothing here. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from sse_notebook.checkup.words import few
from sse_notebook.markup import plain
from sse_notebook.words import counted

__all__ = ["broken_lines"]

_FIELDS: Final = frozenset({b"data", b"event", b"id", b"retry"})
_END: Final = re.compile(rb"\r\n|\n|\r")
LONGEST: Final = 40  # characters of a name that is shown


def broken_lines(raw: bytes, *, ended: bool) -> list[str]:
    """What is wrong, in words.

    Args:
        raw: a stream's first bytes.
        ended: it ended with them.

    Example:
        >>> broken_lines(b"Data: 1\\n\\ndata: 2\\n\\n", ended=False)
        ["1 line with a field that there is not: 'Data' (names are lower case)"]
        >>> broken_lines(b": hi\\nid: 1\\ndata: 2\\n\\n", ended=True)
        []
    """
    found: list[str] = []
    ends = Counter(_END.findall(raw))
    *lines, rest = _END.split(raw.removeprefix(b"\xef\xbb\xbf"))
    if len(ends) > 1:
        names = {b"\n": "LF", b"\r\n": "CR LF", b"\r": "CR"}
        said = ", ".join(f"{names[end]} {number:,}" for end, number in ends.most_common())
        found.append(f"lines end in different ways ({said}): a line end inside a payload begins a new field")
    strange = Counter(
        name for line in lines if line and (name := line.partition(b":")[0]) and name not in _FIELDS
    )
    if strange:
        shown = few([repr(plain(name.decode("utf-8", "replace"), LONGEST)) for name in strange], 3)
        lower = any(name.lower() in _FIELDS for name in strange)
        found.append(
            f"{counted(strange.total(), 'line')} with a field that there is not: {shown}"
            + (" (names are lower case)" if lower else "; each line of a payload needs its own `data:`")
        )
    retries = [line.partition(b":")[2].strip() for line in lines if line.partition(b":")[0] == b"retry"]
    if wrong := [said for said in retries if not said.isdigit()]:
        shown = plain(repr(wrong[0].decode("utf-8", "replace")), LONGEST)
        found.append(f"`retry:` is no whole number of milliseconds: {shown}")
    if any(line.startswith(b"id") and b"\0" in line for line in lines):
        found.append("an id has a NUL in it, which makes it none")
    try:
        b"\n".join(lines).decode("utf-8")
    except UnicodeDecodeError as error:
        found.append(
            f"it is not UTF-8, from byte {error.start:,} on: such text shows as \N{REPLACEMENT CHARACTER}"
        )
    if ended and (rest or (lines and lines[-1])):
        found.append("it ended within an event, which is lost: an event ends with a blank line")
    return found
