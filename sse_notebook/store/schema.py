"""The columns of the contract: names, order, dtypes, and how a column of values becomes an array.

The law: a frame of no rows, one row or a million has the same columns with the same dtypes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sse_notebook.events.batch import Batch
from sse_notebook.events.event import Event
from sse_notebook.events.severity import SEVERITIES

__all__ = ["COLUMNS", "STR", "TIME", "events_of", "frame_of", "joined", "table"]

STR = pd.StringDtype(na_value=np.nan)  # what pandas 3 calls `str`: nullable, NaN where there is nothing
TIME = pd.DatetimeTZDtype("us", "UTC")
SEVERITY = pd.CategoricalDtype(list(SEVERITIES), ordered=True)
ORIGIN = pd.CategoricalDtype(["live", "resumed", "replayed", "added"])

Values = Sequence[Any]


def _times(values: Values) -> Any:
    micros = np.asarray(values, dtype="int64")
    return pd.DatetimeIndex(micros, dtype=TIME, copy=False).array


def _text(values: Values) -> Any:
    return pd.array(values, dtype=STR)


def _category(dtype: pd.CategoricalDtype) -> Callable[[Values], Any]:
    codes = {word: code for code, word in enumerate(dtype.categories)}
    return lambda values: pd.Categorical.from_codes([codes[value] for value in values], dtype=dtype)


class Column(NamedTuple):
    """One column: its name, the attribute of `Event` it is made of, and how."""

    name: str
    attribute: str
    array: Callable[[Values], Any]


COLUMNS: tuple[Column, ...] = (
    Column("timestamp", "timestamp_us", _times),
    Column("received_at", "received_us", _times),
    Column("type", "type", _text),
    Column("event_type", "event_type", _text),
    Column("id", "id", _text),
    Column("severity", "severity", _category(SEVERITY)),
    Column("priority", "priority", lambda values: pd.array(values, dtype="Int8")),
    *(
        Column(name, name, _text)
        for name in (
            "cluster_id",
            "project_id",
            "workload_id",
            "resource_type",
            "resource_id",
            "status",
            "message",
        )
    ),
    Column("origin", "origin", _category(ORIGIN)),
    Column("after_gap", "after_gap", lambda values: np.asarray(values, dtype=bool)),
    Column("source", "source", _text),  # made a category by `frame_of`, which knows the names
    Column("data", "raw", _text),
)


def frame_of(events: Sequence[Event], sources: Sequence[str] = ()) -> pd.DataFrame:
    """The frame of these events: the contract's columns, indexed by `seq`.

    Args:
        events: the rows.
        sources: the names that the column `source` may have: its categories.

    Example:
        >>> frame_of([]).index.name, len(frame_of([]).columns)
        ('seq', 18)
    """
    values = Batch.of(events).columns
    index = pd.Index(np.asarray(values["seq"], dtype="int64"), name="seq")
    arrays = {column.name: column.array(values[column.attribute]) for column in COLUMNS}
    arrays["source"] = pd.Categorical(values["source"], categories=list(sources))
    return pd.DataFrame(arrays, index=index)


def events_of(frame: pd.DataFrame) -> list[Event]:
    """The rows of a frame as objects: the way back from `frame_of`."""
    columns: list[list[Any]] = []
    for column in COLUMNS:
        series = frame[column.name]
        if column.array is _times:
            columns.append(series.astype("int64").tolist())
        else:
            values = series.astype("object")
            columns.append(values.where(series.notna(), None).tolist())
    names = [column.attribute for column in COLUMNS]
    return [
        Event(seq=seq, **dict(zip(names, row, strict=True)))
        for seq, *row in zip(frame.index.tolist(), *columns, strict=True)
    ]


def joined(frames: Sequence[pd.DataFrame], sources: Sequence[str]) -> pd.DataFrame:
    """One frame of several, dtypes kept; `sources` are all names in them."""
    if len(frames) == 1:
        return frames[0]
    # Categories only ever grow; frames made before the newest name came know fewer.
    same = [
        frame
        if len(frame["source"].cat.categories) == len(sources)
        else frame.assign(source=frame["source"].cat.set_categories(list(sources)))
        for frame in frames
    ]
    return pd.concat(same)


def table(rows: Sequence[Sequence[Any]], **columns: Any) -> pd.DataFrame:
    """A small frame of rows, with a dtype for each column, the same when empty.

    Args:
        rows: one sequence of values each, in the order of the columns.
        columns: name to dtype.
    """
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    return pd.DataFrame(
        {
            name: pd.Series(list(column), dtype=dtype)
            for (name, dtype), column in zip(columns.items(), values, strict=True)
        }
    )
