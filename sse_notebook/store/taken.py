"""Some rows of a frame whose texts lie in many arrays of Arrow.

The law: it gives what `iloc` gives. Of each array only the texts that are wanted are copied; Arrow itself
would first make one of all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.store.schema import STR

__all__ = ["taken", "taken_of"]

Array = Any  # numpy's


def taken(frame: pd.DataFrame, rows: Array) -> pd.DataFrame:
    """Some rows of a frame.

    Args:
        frame: the frame, whose index is a range.
        rows: which, ascending.
    """
    columns: dict[Any, Any] = {}
    for name, series in frame.items():
        values: Any = series.array
        if series.dtype == STR and not isinstance(arrow := values.__arrow_array__(), pa.Array):
            columns[name] = pd.array(taken_of(arrow, rows), dtype=STR)
        elif series.dtype == object:  # as a series, or pandas would look for texts in it
            columns[name] = pd.Series(series.to_numpy()[rows], dtype=object, copy=False)
        else:
            columns[name] = values.take(rows)
    index = frame.index.take(rows)
    columns = {
        name: column.set_axis(index) if isinstance(column, pd.Series) else column
        for name, column in columns.items()
    }
    return pd.DataFrame(columns, index=index, copy=False)


def taken_of(chunked: Any, rows: Array) -> Any:
    """Some texts of a chunked array."""
    arrays = chunked.chunks
    ends = np.cumsum([len(array) for array in arrays])
    bounds = np.searchsorted(rows, ends).tolist()
    found: list[Any] = []
    low, first = 0, 0
    for array, high, end in zip(arrays, bounds, ends.tolist(), strict=True):
        if low < high:
            found.append(array.take(pa.array(rows[low:high] - first)))
        low, first = high, end
    return pa.chunked_array(found, chunked.type)
