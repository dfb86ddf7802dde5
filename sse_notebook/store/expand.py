"""Payload fields as columns: `data.duration`, `data.properties.mag`, decoded only when somebody asks.

The law: `data.x` is the payload's `x`, else the `x` inside its nested `data` object. A column's type is the
narrowest that holds what was seen; a value that does not fit widens it and never fails; the raw text stays in
`data`. Each row is decoded once, and once more where its column widens: work is proportional to what is new.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from typing import Any, Literal

import numpy as np
import pandas as pd

from sse_notebook.errors import ArgumentError
from sse_notebook.events.payload import decode, encode, find
from sse_notebook.store.schema import STR

__all__ = ["MAX_COLUMNS", "Expand", "Expander", "check_expand"]

Expand = bool | Sequence[str] | None
"""`True`: all scalars; a list: these paths; `None`, `False` or `[]`: none."""

MAX_COLUMNS = 64

Kind = Literal["none", "bool", "int", "float", "text", "object"]

_DTYPES: dict[Kind, Any] = {
    "none": "object",
    "bool": "boolean",
    "int": "Int64",
    "float": "float64",
    "text": STR,
    "object": "object",
}


def check_expand(expand: Expand) -> Literal[True] | tuple[str, ...]:
    """What `expand` asks for: True, or paths without their `data.`.

    Raises:
        ArgumentError: it is neither.

    Example:
        >>> check_expand(["data.duration", "exit_code"])
        ('duration', 'exit_code')
    """
    if expand is True:
        return True
    if expand is None or expand is False:
        return ()
    if isinstance(expand, str) or not all(isinstance(path, str) and path for path in expand):
        raise ArgumentError(f'expand takes True or a list of paths, as ["duration"], not {expand!r}')
    return tuple(dict.fromkeys(path.removeprefix("data.") for path in expand))


class Expander:
    """Decodes the payloads of a frame that grows at its end and shrinks at its start.

    Args:
        paths: True for all scalars (at most `MAX_COLUMNS`), or the paths asked for.
    """

    def __init__(self, paths: Literal[True] | tuple[str, ...]) -> None:
        self.paths = paths
        self._seen: pd.Index[Any] | None = None  # the rows that are decoded already
        self._columns: dict[str, pd.Series[Any]] = {}
        self._kinds: dict[str, Kind] = dict.fromkeys(() if paths is True else paths, "none")

    def columns(self, frame: pd.DataFrame) -> dict[str, pd.Series[Any]]:
        """The payload's columns for exactly the rows of `frame`, by name (`data.x`)."""
        index, texts = frame.index, frame["data"]
        seen = self._seen
        if seen is not None and len(seen) and len(index) and index[0] <= seen[-1]:
            fresh_from = int(index.searchsorted(seen[-1], side="right"))
            kept = slice(int(seen.searchsorted(index[0])), len(seen))
        else:
            fresh_from, kept = 0, slice(0, 0)
        before = self._kinds
        fresh = self._decode(texts.iloc[fresh_from:], list(before), more=self.paths is True)
        kinds = {
            name: reduce(_wider, map(_kind, values), before.get(name, "none"))
            for name, values in fresh.items()
        }
        # What a number or a text was before it widened to that, only the payload still knows.
        lossy = [name for name in before if before[name] in ("float", "text") and kinds[name] != before[name]]
        again = self._decode(texts.iloc[:fresh_from], lossy, more=False) if lossy and fresh_from else {}
        columns: dict[str, pd.Series[Any]] = {}
        for name, kind in kinds.items():
            old = self._columns.get(name)
            if name in again:
                past = _array(again[name], kind)
            elif old is None or before[name] == "none":
                past = _array([None] * fresh_from, kind)
            elif before[name] == kind:
                past = old.iloc[kept].array
            else:
                past = _array([None if _missing(value) else value for value in old.iloc[kept].tolist()], kind)
            dtype: Any = _DTYPES[kind]  # said, or pandas would guess text from objects
            parts = [pd.Series(part, dtype=dtype) for part in (past, _array(fresh[name], kind))]
            columns[name] = pd.concat(parts, ignore_index=True).set_axis(index)
        self._seen, self._columns, self._kinds = index, columns, kinds
        return {f"data.{name}": _own(series, kinds[name]) for name, series in columns.items()}

    def _decode(self, texts: pd.Series[Any], names: Sequence[str], *, more: bool) -> dict[str, list[Any]]:
        """Path to values, one for each text: of these names, and of others while there is room for `more`."""
        columns: dict[str, list[Any]] = {name: [] for name in names}
        for row, text in enumerate(texts):
            payload = decode(text)
            pairs = _scalars(payload) if self.paths is True else _chosen(payload, names)
            for path, value in pairs:
                column = columns.get(path)
                if column is None:
                    if not more or len(columns) >= MAX_COLUMNS:
                        continue
                    column = columns[path] = []
                if len(column) < row:
                    column.extend([None] * (row - len(column)))
                if len(column) == row:  # the first of two equal paths counts
                    column.append(value)
        for column in columns.values():
            column.extend([None] * (len(texts) - len(column)))
        return columns


def _scalars(payload: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """All scalars with their dotted paths; those of a nested `data` object without that prefix, last."""
    if not isinstance(payload, dict) or depth > 16:
        return
    nested = payload.get("data") if depth == 0 else None
    for name, value in payload.items():
        if isinstance(value, dict):
            if value is not nested:
                yield from _scalars(value, f"{prefix}{name}.", depth + 1)
        elif not isinstance(value, list) and value is not None:
            yield f"{prefix}{name}", value
    if isinstance(nested, dict):
        yield from _scalars(nested, prefix, depth + 1)


def _chosen(payload: Any, paths: Iterable[str]) -> Iterator[tuple[str, Any]]:
    nested = payload.get("data") if isinstance(payload, dict) else None
    for path in paths:
        value = find(payload, path)
        yield path, find(nested, path) if value is None else value


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _kind(value: Any) -> Kind:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if -(2**63) <= value < 2**63 else "text"  # past 64 bits a float would lose digits
    if isinstance(value, float):
        return "float"
    return "text" if isinstance(value, str) else "object"


def _wider(one: Kind, other: Kind) -> Kind:
    """The narrowest kind that holds both."""
    if one == other or other == "none":
        return one
    if one == "none":
        return other
    if {one, other} == {"int", "float"}:
        return "float"
    return "object" if "object" in (one, other) else "text"


def _array(values: list[Any], kind: Kind) -> Any:
    if kind == "text":
        values = [value if isinstance(value, str) else _as_text(value) for value in values]
    if kind == "float":
        return np.array([np.nan if value is None else float(value) for value in values], dtype="float64")
    if kind in ("object", "none"):
        boxed = np.empty(len(values), dtype=object)
        boxed[:] = values
        return boxed
    dtype: Any = _DTYPES[kind]
    return pd.array(values, dtype=dtype)


def _as_text(value: Any) -> str | None:
    if _missing(value):
        return None
    return str(value) if isinstance(value, float) and math.isinf(value) else encode(value)


def _own(series: pd.Series[Any], kind: Kind) -> pd.Series[Any]:
    """A column to hand out: lists and objects in it are copied, since their owner may write into them."""
    if kind != "object":
        return series
    copied: pd.Series[Any] = pd.Series(
        _array([_copied(value) for value in series], kind), index=series.index, dtype="object"
    )
    return copied


def _copied(value: Any) -> Any:
    try:
        return copy.deepcopy(value)
    except RecursionError:  # decoded by C, which goes deeper than Python; nobody edits that by hand
        return value
