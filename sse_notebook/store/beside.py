"""What a table of ours says beside its events: payload fields, and columns that are no event's.

The law: an event is read from the column `data` and the contract's other columns. What somebody wrote in any
other column would be lost on the way in: that is an error, which says where, and what to do instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sse_notebook.errors import ArgumentError
from sse_notebook.events.fields import Fields
from sse_notebook.events.payload import encode, is_nan, value_of
from sse_notebook.filters.names import PREFIX, nearest
from sse_notebook.store.schema import COLUMNS

__all__ = ["check_names", "check_payloads", "payload_columns"]

# What `df`, `dropped` and an archive have beside the columns: no part of an event.
_OTHERS: Final = frozenset({"seq", "writer", "reason", "clause"})
_KNOWN: Final = frozenset(column.name for column in COLUMNS) | _OTHERS


def payload_columns(names: Iterable[Any]) -> list[str]:
    """Those that payload fields have, as `to_pandas(expand=True)` gives them."""
    return [name for name in names if isinstance(name, str) and name.startswith(PREFIX)]


def check_names(names: Iterable[Any]) -> None:
    """Whether all columns are such as we give out.

    Raises:
        ArgumentError: one is not: an event has no place for it.
    """
    for name in names:
        if name in _KNOWN or (isinstance(name, str) and name.startswith(PREFIX)):
            continue
        close = nearest(name) if isinstance(name, str) else None
        hint = f"; did you mean {close}?" if close else ""
        raise ArgumentError(
            f"add_events: an event has no place for the column {name!r}{hint} "
            "(leave it out, or write it into the payload, which is the column `data`)"
        )


def check_payloads(columns: Mapping[str, Sequence[Any]], texts: Sequence[Any], first: int = 0) -> None:
    """Whether payload columns say what the payloads say.

    Args:
        columns: by name, `data.x`, Python's values, one for each row.
        texts: the column `data`.
        first: the number of the first row, for the error.

    Raises:
        ArgumentError: one says something else: it was written into, or the payload was.
    """
    payloads = [each if isinstance(each, str) else "" for each in texts]
    own = Fields(name.removeprefix(PREFIX) for name in columns).read(payloads)
    for name, cells in columns.items():
        path = name.removeprefix(PREFIX)
        for row, (cell, value) in enumerate(zip(cells, own[path], strict=True), first):
            if not _agree(cell, value, path):
                said = "has no such field" if value is None else f"says {value!r:.60}"
                raise ArgumentError(
                    f"add_events: in row {row} the column {name} is {cell!r:.60}, but the payload {said}. "
                    "Payload columns are read from the column `data`: change it there, or leave them out "
                    "(expand=[])"
                )


def _agree(cell: Any, value: Any, path: str) -> bool:
    """Whether a cell is what a column shows of this value, whatever it was widened to."""
    if cell is None or is_nan(cell) or (cell == "" and value is None):
        # Lists and objects have no cell where all scalars are shown, nor has a name that the long way finds.
        return value is None or is_nan(value) or isinstance(value, list | dict) or path.startswith(PREFIX)
    if isinstance(value, list | dict):
        return bool(_bare(value_of(cell) if isinstance(cell, str) else cell) == _bare(value))
    if type(cell) is type(value) or (_is_number(cell) and _is_number(value)):
        # A text may be shown as JSON beside others, and with a sign before it that CSV puts before formulas.
        same = bool(cell == value)
        return same or (isinstance(value, str) and cell in (f"'{value}", encode(value)))
    if isinstance(cell, str):  # widened to text
        read = value_of(cell)
        return value is not None and (
            cell in (encode(value), str(value)) or (not isinstance(read, str) and _agree(read, value, path))
        )
    if isinstance(value, str):
        return bool(value_of(value) == cell)  # a text that a reader of CSV took for a number
    return isinstance(value, bool) and _is_number(cell) and bool(cell == value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bare(value: Any) -> Any:
    """Without what is missing: objects of Arrow have all fields of their kind."""
    if isinstance(value, dict):
        return {name: _bare(item) for name, item in value.items() if item is not None}
    return list(map(_bare, value)) if isinstance(value, list) else value
