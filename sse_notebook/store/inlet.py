"""Doors in: what `add_events` takes, as events one by one.

The law: a table that has our own columns gives back the events that it was made of; in any other each row is
a payload, without what is missing in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.store.schema import COLUMNS

__all__ = ["events_in"]

# Without these a table is not one of ours; what else lacks is missing in all rows.
OURS = frozenset({"timestamp", "type", "event_type", "severity", "data"})

# What an event has where a table says nothing.
DEFAULTS: Mapping[str, Any] = {"origin": "added", "after_gap": False, "source": ""}


def events_in(events: Any) -> Iterator[Any]:
    """The events of an iterable, or the rows of a table.

    Args:
        events: dictionaries or `Event`s; a DataFrame, or anything else that Arrow can read as a table.

    Raises:
        ArgumentError: it is one event, a text, or nothing that has events.
    """
    if isinstance(events, pd.DataFrame):
        index = [name for name in events.index.names if name is not None and name != "seq"]
        frame = events.reset_index(index) if index else events
        return _rows(_table(frame))
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
        if isinstance(events, pd.DataFrame):
            return pa.Table.from_pandas(events, preserve_index=False)
        return pa.table(events)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise ArgumentError(f"add_events can't read this table: {error}") from None


def _rows(table: Any) -> Iterator[Any]:
    ours = set(table.column_names) >= OURS
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            yield _event(row) if ours else {name: value for name, value in row.items() if value is not None}


def _event(row: Mapping[str, Any]) -> Event:
    """A row of ours as the event that it was. What is wrong in it is found where all events are checked."""
    said = {**DEFAULTS, **{name: value for name, value in row.items() if value is not None}}
    values: dict[str, Any] = {column.attribute: said.get(column.name) for column in COLUMNS}
    values["timestamp_us"] = _micros(said["timestamp"])
    values["received_us"] = _micros(said.get("received_at", said["timestamp"]))
    return Event(seq=-1, **values)


def _micros(moment: Any) -> Any:
    """A moment as pandas and Arrow give it, in microseconds; what is none as it is."""
    if not hasattr(moment, "tzinfo"):
        return moment
    stamp = pd.Timestamp(moment)
    aware = stamp if stamp.tzinfo is not None else stamp.tz_localize("UTC")
    return int(aware.tz_convert(None).to_numpy().astype("datetime64[us]").astype("int64"))
