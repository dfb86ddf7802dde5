"""Many blocks at a time: how usual blocks are found in a text, without looking at lines one by one.

The law: what is found here is exactly what the standard's own reading, line by line, gives; whatever is
unusual is handed back as it is; and no line is looked at again from each line before it, so time is linear.
`BLOCK` knows blocks of every usual form. A `Form` knows one form only, the one that a server uses for all its
events, and takes a whole read of them at once, or none of it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

from sse_notebook.wire.message import ServerSentEvent

__all__ = ["BLOCK", "Form", "form_of", "values_of"]

# One line of a field, with or without its one space. No value is empty, so that an empty group always means:
# no such line. `.` ends at line feeds only. Possessive (`+`): nothing is tried twice.
_ID, _EVENT, _DATA = (rf"{name}: ?+(.++)\n" for name in ("id", "event", "data"))

# Lines that belong to no block: comments (with the blank lines behind them) and `retry`. Then a whole block,
# its name before its data, its id anywhere; or else all lines up to the next blank one. The groups: the lines
# before, id, event, id, the first line of data, its other lines as they are, id; what is no usual block, or
# blank lines in excess.
BLOCK = re.compile(
    r"((?::.*+\n++|retry.*+\n)++)?+"
    rf"(?:(?:{_ID})?+(?:{_EVENT})?+(?:{_ID})?+{_DATA}((?:data:.*+\n)++)?+(?:{_ID})?+\n|((?:.++\n)++\n?+|\n++))?+"
)

_ONLY_COMMENTS = re.compile(r"(?:(?::.*+)?+\n)*+")


class Form(NamedTuple):
    """The one form of all blocks of a text: which fields they have, in which order.

    Attributes:
        pattern: finds them.
        data, event, id: which of its groups is which; None: it has no such field.
        end: what ends a line.
        between: what stands between the values of two lines of data; None: there is only one line.
    """

    pattern: re.Pattern[str]
    data: int
    event: int | None
    id: int | None
    end: str
    between: str | None

    def take(self, text: str, last_event_id: str) -> tuple[list[ServerSentEvent], int, int] | None:
        """The events in a text, how many comments stand between them, and how many lines there are.

        None if there is anything else.

        Args:
            text: whole blocks; without CR, if this form's lines end in LF.
            last_event_id: the id that events have until a block sets one.
        """
        # What stands before a block, the groups of the block, what stands before the next, and so on.
        found = self.pattern.split(text)
        step = self.pattern.groups + 1
        comments = 0
        lines = len(found) - 1  # of a block with two fields three: these, and the blank one
        if any(found[::step]):
            others = "".join(found[::step]).replace(self.end, "\n")
            if "\r" in others or not _ONLY_COMMENTS.fullmatch(others):
                return None
            comments = others.count("\n:") + others.startswith(":")
            lines += others.count("\n")
        columns = [found[group::step] for group in range(1, step)]
        if self.between is not None:
            lines += sum(data.count("\n") for data in columns[self.data])
            columns[self.data] = [data.replace(self.between, "\n") for data in columns[self.data]]
        # A CR in a value would end its line.
        if self.end == "\r\n" and any("\r" in "".join(column) for column in columns):
            return None
        events = repeat("message") if self.event is None else columns[self.event]
        if self.id is None:
            made = map(ServerSentEvent, events, columns[self.data], repeat(last_event_id))
        else:
            made = map(ServerSentEvent, events, columns[self.data], columns[self.id], columns[self.id])
        return list(made), comments, lines


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


def form_of(text: str, end: str = "\n") -> Form | None:
    """The form of the first block in a text, if one is found.

    Args:
        text: whole lines, each of them ended by LF.
        end: what ended them when they came: LF or CR LF.

    Example:
        >>> form = form_of("event: e\\nid: 1\\ndata: x\\n\\n")
        >>> form.take("event: f\\nid: 2\\ndata: y\\n\\n", "1")
        ([ServerSentEvent(event='f', data='y', id='2')], 0, 4)
        >>> form.take("data: y\\n\\n", "1")
    """
    block = next((block for block in BLOCK.finditer(text) if block[5]), None)
    if block is None:
        return None
    names = {2: "id", 3: "event", 4: "id", 5: "data", 7: "id"}
    there = tuple(name for group, name in names.items() if block[group])
    return _form(there, end, spaced=text[block.start(5) - 1] == " ", many=bool(block[6]))


@lru_cache(maxsize=64)
def _form(names: tuple[str, ...], end: str, *, spaced: bool, many: bool) -> Form:
    groups = {name: group for group, name in enumerate(names)}  # of two ids the later one counts
    # `.` takes a CR too: where one ends the line, it is given back. Nothing else is tried twice.
    value = ".++" if end == "\n" else f".+(?={end})"
    space = " " if spaced else "(?! )"
    lines = [f"{name}:{space}({value})" for name in names]
    if many:
        lines[groups["data"]] = f"data:{space}({value}(?:{end}data:{space}{value.replace('.+', '.*')})*+)"
    # Only where a line begins, or where a block does: or lines of data would be looked at again from each.
    begin = f"(?m:^)(?<![^\n]{end})" if many and names[0] == "data" else "(?m:^)"
    return Form(
        re.compile(begin + end.join(lines) + end + end),
        groups["data"],
        groups.get("event"),
        groups.get("id"),
        end,
        f"{end}data:{' ' if spaced else ''}" if many else None,
    )
