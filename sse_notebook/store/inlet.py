"""Doors in: what `add_events` takes, as events one by one.

The law: a table that has our own columns gives back the events that it was made of; in any other each row is
a payload, without what is missing in it. What would be lost on the way in is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.events.event import checked
from sse_notebook.store.beside import check_names, check_payloads, payload_columns
from sse_notebook.store.cells import READERS
from sse_notebook.store.schema import COLUMNS

__all__ = ["events_in"]

# Without these a table is not one of ours; what else lacks is missing in all rows.
OURS = frozenset({"timestamp", "type", "event_type", "severity", "data"})

PART = 10_000  # rows at once

# What no event is without.
MUST = OURS | {"received_at", "origin", "after_gap", "source"}

# What an event has where a table says nothing.
DEFAULTS: Mapping[str, Any] = {"origin": "added", "after_gap": False, "source": ""}


def events_in(events: Any) -> Iterator[Any]:
    """The events of an iterable, or the rows of a table.

    Args:
        events: dictionaries or `Event`s; a DataFrame, or anything else that Arrow can read as a table.

    Raises:
        ArgumentError: it is one event, a text, or nothing that has events; or a table of ours with a cell
            that can't be read, or with something that no event has a place for.
    """
    if isinstance(events, pd.DataFrame):
        index = [name for name in events.index.names if name is not None and name != "seq"]
        frame = events.reset_index(index) if index else events
        return _frame_rows(frame)
    if isinstance(events, pa.Table | pa.RecordBatch) or hasattr(events, "__arrow_c_stream__"):
        return _rows(_table(events))
    if isinstance(events, (Mapping, Event)):
        raise ArgumentError("add_events takes several events; for one there is add_event")
    if isinstance(events, (str, bytes)) or not isinstance(events, Iterable):
        raise ArgumentError(
            "add_events takes an iterable of dictionaries or Events, a DataFrame, or a table of Arrow, "
            f"not {type(events).__name__}"
        )
    return iter(events)


def _table(events: Any) -> Any:
    try:
        return pa.table(events)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise ArgumentError(f"add_events can't read this table: {error}") from None


def _is_ours(names: Iterable[Any]) -> bool:
    return set(names) >= OURS


def _frame_rows(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame. Ours are read without Arrow, which refuses a column of several types."""
    if not _is_ours(frame.columns):
        return _payloads(frame)
    check_names(frame.columns)
    return _our_rows(frame)


def _payloads(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows of a frame that is not ours, without what is missing in them."""
    names = [str(name) for name in frame.columns]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ArgumentError(f"add_events can't read this table: it has two columns {min(twice)!r}")
    columns = [_held(column) for _, column in frame.items()]
    return (
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for first in range(0, len(frame), PART)
        for row in zip(*(_values(column[first : first + PART]) for column in columns), strict=True)
    )


def _held(column: pd.Series[Any]) -> Any:
    """A column as Arrow has it, whose values are Python's own; as a list where it is of several types."""
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return _plain(column)


def _values(column: Any) -> list[Any]:
    return column if isinstance(column, list) else column.to_pylist()


def _our_rows(frame: pd.DataFrame) -> Iterator[Event]:
    beside = payload_columns(frame.columns)
    for first in range(0, len(frame), PART):
        part = frame.iloc[first : first + PART]
        columns = {name: _plain(part[name]) for name in frame.columns}
        check_payloads({name: columns.pop(name) for name in beside}, columns["data"], first)
        for at, row in enumerate(zip(*columns.values(), strict=True), first):
            yield _event(dict(zip(columns, row, strict=True)), at)


def _plain(column: pd.Series[Any]) -> list[Any]:
    """Python's values, None where there is none."""
    return [None if gone else cell for cell, gone in zip(column.tolist(), column.isna(), strict=True)]


def _rows(table: Any) -> Iterator[Any]:
    names = table.column_names
    ours = _is_ours(names)
    beside = payload_columns(names) if ours else []
    if ours:
        check_names(names)
    first = 0
    for batch in table.to_batches(max_chunksize=PART):
        if beside:
            columns = {name: batch.column(name).to_pylist() for name in beside}
            check_payloads(columns, batch.column("data").to_pylist(), first)
        for at, row in enumerate(batch.to_pylist(), first):
            yield _event(row, at) if ours else {n: value for n, value in row.items() if value is not None}
        first += len(batch)


def _event(row: Mapping[str, Any], at: int) -> Event:
    """A row of ours as the event that it was.

    Raises:
        ArgumentError: a cell can't be read; it says which.
    """
    said = {name: value for name, value in row.items() if value is not None}
    said = {**DEFAULTS, "received_at": said.get("timestamp"), **said}
    values: dict[str, Any] = {}
    for name, attribute, _ in COLUMNS:
        cell = said.get(name)
        if cell is None and name not in MUST:
            values[attribute] = None
            continue
        try:
            values[attribute] = _nothing(name) if cell is None else READERS[name](cell)
        except ArgumentError as error:
            raise ArgumentError(f"add_events: row {at}, column {name}: {error}") from None
    event = Event(seq=-1, **values)
    try:
        return checked(event)
    except ArgumentError as error:
        raise ArgumentError(f"add_events: row {at}: {error}") from None


def _nothing(name: str) -> NoReturn:
    hint = "; of CSV: pd.read_csv(…, keep_default_na=False)" if name == "data" else ""
    raise ArgumentError(f"there is nothing in it{hint}")
