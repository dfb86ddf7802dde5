"""Many blocks at a time: how usual blocks are found in a text, without looking at lines one by one.

The law: what is found here is exactly what the standard's own reading, line by line, gives; whatever is
unusual is handed back as it is. `BLOCK` knows blocks of every usual form. A `Form` knows one form only, the
one that a server uses for all its events, and takes a whole read of them at once, or none of it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

from sse_notebook.wire.message import ServerSentEvent

__all__ = ["BLOCK", "Form", "form_of", "values_of"]

# One line of a field, with or without its one space. No value is empty, so that an empty group always means:
# no such line. `.` ends at line feeds only. Possessive (`+`): nothing is tried twice, so time is linear.
_ID, _EVENT, _DATA = (rf"{name}: ?+(.++)\n" for name in ("id", "event", "data"))

# A whole block, its name before its data, its id anywhere, comments before it; else one line. The groups: the
# comments (with the blank lines behind them), id, event, id, the first line of data, its other lines as they
# are, id; the line.
BLOCK = re.compile(
    rf"((?::.*+\n++)++)?+(?:{_ID})?+(?:{_EVENT})?+(?:{_ID})?+{_DATA}((?:data:.*+\n)++)?+(?:{_ID})?+\n|(.*+)\n"
)


class Form(NamedTuple):
    """The one form of all blocks of a text: which fields they have, in which order.

    Attributes:
        pattern: finds them, and all other lines.
        data, event, id: which of its groups is which; None: it has no such field.
    """

    pattern: re.Pattern[str]
    data: int
    event: int | None
    id: int | None

    def take(self, text: str, begin: int, end: int, last_event_id: str) -> list[ServerSentEvent] | None:
        """The events in a part of a text; None if anything in it is not of this form.

        Args:
            text: whole lines.
            begin: where the part begins: with a block.
            end: where it ends: behind a block.
            last_event_id: the id that events have until a block sets one.
        """
        found = self.pattern.findall(text, begin, end)
        if not found:
            return None if begin < end else []
        columns = list(zip(*found, strict=True))
        if any(columns[-1]):
            return None
        events = repeat("message") if self.event is None else columns[self.event]
        if self.id is None:
            return list(map(ServerSentEvent, events, columns[self.data], repeat(last_event_id)))
        ids = columns[self.id]
        return list(map(ServerSentEvent, events, columns[self.data], ids, ids))


def values_of(lines: str) -> str:
    """The values of lines of data, joined by line feeds.

    Example:
        >>> values_of("data: a\\ndata:b\\n")
        'a\\nb'
    """
    spaced = lines.startswith("data: ") + lines.count("\ndata: ")
    if spaced == lines.count("\n"):  # all of them
        return lines[6:-1].replace("\ndata: ", "\n")
    return "\n".join(line[5:].removeprefix(" ") for line in lines.split("\n")[:-1])


def form_of(text: str) -> Form | None:
    """The form of the first block in a text, if one is found.

    Example:
        >>> form = form_of("event: e\\nid: 1\\ndata: x\\n\\n")
        >>> form.take("event: f\\nid: 2\\ndata: y\\n\\n", 0, 25, "1")
        [ServerSentEvent(event='f', data='y', id='2')]
        >>> form.take("data: y\\n\\n", 0, 9, "1")
    """
    block = next((block for block in BLOCK.finditer(text) if block[5]), None)
    if block is None or block[1] or block[6]:
        return None
    names = {2: "id", 3: "event", 4: "id", 5: "data", 7: "id"}
    there = tuple(name for group, name in names.items() if block[group])
    return _form(there, spaced=text[block.start(5) - 1] == " ")


@lru_cache(maxsize=64)
def _form(names: tuple[str, ...], *, spaced: bool) -> Form:
    groups = {name: group for group, name in enumerate(names)}  # of two ids the later one counts
    lines = [f"{name}: (.++)\n" if spaced else f"{name}:([^ \n].*+)\n" for name in names]
    return Form(
        re.compile("".join(lines) + r"\n|(.*+\n)"), groups["data"], groups.get("event"), groups.get("id")
    )
