"""Some rows of a frame whose texts lie in many arrays of Arrow.

The law: it gives what `iloc` gives. Of each array only the texts that are wanted are copied; Arrow itself
would first make one of all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # likewise

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
    numbers = _Numbers(rows)
    for name, series in frame.items():
        values: Any = series.array
        if series.dtype == STR and not isinstance(arrow := values.__arrow_array__(), pa.Array):
            columns[name] = pd.array(numbers.taken(arrow), dtype=STR)
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
    return _Numbers(rows).taken(chunked)


class _Numbers:
    """Numbers of rows, as the arrays of several columns count them.

    Args:
        rows: the numbers, ascending.
    """

    def __init__(self, rows: Array) -> None:
        self._rows = rows
        self._known: dict[tuple[int, int], Any] = {}  # of an array from one row to another

    def taken(self, chunked: Any) -> Any:
        """The texts of these rows."""
        found: list[Any] = []
        first = 0
        for array in chunked.chunks:
            end = first + len(array)
            within = self._within(first, end)
            if len(within):
                found.append(pc.take(array, within, boundscheck=False))
            first = end
        return pa.chunked_array(found, chunked.type)

    def _within(self, first: int, end: int) -> Any:
        known = self._known.get((first, end))
        if known is None:
            low, high = np.searchsorted(self._rows, (first, end))
            known = self._known[first, end] = pa.array(self._rows[low:high] - first)
        return known
