"""`fields`: a table of what is there to be asked, before one asks.

The law: one row for each field, named as filters name it; what rests on some of the events, or leaves fields
out, says so below the table.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pandas as pd

from sse_notebook.filters.survey import survey

__all__ = ["Overview", "fields"]


class Overview(pd.DataFrame):
    """The table that `fields` gives: a DataFrame that shows a note below itself.

    Attributes:
        note: what is to be known of the figures; empty: they are exact and complete.
    """

    @property
    def note(self) -> str:
        """What is to be known of the figures."""
        return str(self.attrs.get("note", ""))

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame  # what is made of it may have other rows

    def __repr__(self) -> str:
        said = super().__repr__()
        return f"{said}\n{self.note}" if self.note else said

    def _repr_html_(self) -> str | None:
        said: str | None = super()._repr_html_()  # type: ignore[misc]  # its types do not know it
        if not self.note or said is None:
            return said
        return f"{said}<p>{html.escape(self.note)}</p>"


def fields(df: pd.DataFrame, hide: Callable[[str], str] = str) -> Overview:
    """What a filter can ask of a DataFrame, and what it would find.

    Args:
        df: `stream.df`, or any frame with some of its columns. Fields of payloads are read of its column
            `data`; where that is not there, of columns `data.…`.
        hide: masks secrets in a text: a notebook keeps the table.

    Returns:
        A row for each field: the columns, then the fields of the payload, the most frequent first.
        `field`, as filters name it; `present`, the share of events with a value; `count`, how many these are;
        `types`; `distinct`, how many different texts, numbers and booleans there are; `top`, the most
        frequent of them with their counts, and `example`, as filters write them; `at_least`, whether
        `distinct` is larger in truth (then `top` is near the truth only); `reachable`: False for a name that
        no filter can write, as one with a space in it. `note` says what the figures rest on.

    Example:
        >>> from sse_notebook import EventStore
        >>> store = EventStore()
        >>> for port in (80, 80, "8080"):
        ...     _ = store.add_event({"type": "opened", "port": port})
        >>> table = fields(store.df).set_index("field")
        >>> table.loc["data.port", ["types", "top"]].tolist()
        ['number 67%, text 33%', '80 (2), "8080" (1)']
    """
    found = survey(df)
    rows: list[tuple[Any, ...]] = [
        (
            hide(name),
            tally.count / found.asked if found.asked else 0.0,
            tally.count,
            tally.shares(),
            tally.distinct,
            hide(tally.top()),
            hide(tally.shown_example()),
            tally.is_least,
            name not in found.unreachable,
        )
        for name, tally in found.fields.items()
    ]
    texts, numbers = ("field", "types", "top", "example"), {"count": "int64", "distinct": "int64"}
    names = ["field", "present", "count", "types", "distinct", "top", "example", "at_least", "reachable"]
    table = Overview(rows, columns=names).astype(
        {**dict.fromkeys(texts, "str"), **numbers, "present": "float64", "at_least": bool, "reachable": bool}
    )
    table = Overview(table)
    table.attrs["note"] = found.note
    return table
