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

__all__ = ["BLOCK", "Form", "form_of"]

# One line of a field, with or without its one space. No value is empty, so that an empty group always means:
# no such line. `.` ends at line feeds only. Possessive (`+`): nothing is tried twice, so time is linear.
_LINES = {name: rf"{name}: ?+(.++)\n" for name in ("id", "event", "data")}
_REST = r"\n|(.*+)\n"  # the end of a block; or else a line, whatever it is

# A whole block of one line of data, with its name before it and its id anywhere; else one line.
BLOCK = re.compile("(?:{id})?+(?:{event})?+(?:{id})?+{data}(?:{id})?+{rest}".format(**_LINES, rest=_REST))


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
        if any(columns[-1]) or not all(columns[self.data]):
            return None
        events = repeat("message") if self.event is None else columns[self.event]
        if self.id is None:
            return list(map(ServerSentEvent, events, columns[self.data], repeat(last_event_id)))
        ids = columns[self.id]
        return list(map(ServerSentEvent, events, columns[self.data], ids, ids))


def form_of(text: str) -> Form | None:
    """The form of the first block in a text, if one is found.

    Example:
        >>> form = form_of("event: e\\nid: 1\\ndata: x\\n\\n")
        >>> form.take("event: f\\nid: 2\\ndata: y\\n\\n", 0, 25, "1")
        [ServerSentEvent(event='f', data='y', id='2')]
        >>> form.take("data: y\\n\\n", 0, 9, "1")
    """
    block = next((block for block in BLOCK.finditer(text) if block[4]), None)
    if block is None:
        return None
    names = ("id", "event", "id", "data", "id")
    there = tuple(name for name, value in zip(names, block.groups(), strict=False) if value)
    return _form(there, spaced=text[block.start(4) - 1] == " ")


@lru_cache(maxsize=64)
def _form(names: tuple[str, ...], *, spaced: bool) -> Form:
    groups = {name: group for group, name in enumerate(names)}  # of two ids the later one counts
    lines = [f"{name}: (.++)\n" if spaced else f"{name}:([^ \n].*+)\n" for name in names]
    return Form(re.compile("".join(lines) + _REST), groups["data"], groups.get("event"), groups.get("id"))
