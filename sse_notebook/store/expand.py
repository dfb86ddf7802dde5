"""Payload fields as columns: `data.duration`, `data.properties.mag`, decoded only when somebody asks.

The law: `data.x` is the payload's `x`, else the `x` inside its nested `data` object. A column's type is the
narrowest that holds what was seen; a value that does not fit widens it and never fails; the raw text stays in
`data`. Each row is decoded once: work is proportional to what is new.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
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
        self._kinds: dict[str, Kind] = {}

    def columns(self, frame: pd.DataFrame) -> dict[str, pd.Series[Any]]:
        """The payload's columns for exactly the rows of `frame`, by name (`data.x`)."""
        index = frame.index
        seen = self._seen
        if seen is not None and len(seen) and len(index) and index[0] <= seen[-1]:
            fresh_from = int(index.searchsorted(seen[-1], side="right"))
            kept = slice(int(seen.searchsorted(index[0])), len(seen))
        else:
            fresh_from, kept = 0, slice(0, 0)
        fresh = self._decode(frame["data"].iloc[fresh_from:])
        names = list(dict.fromkeys([*self._columns, *fresh]))
        if self.paths is True:
            names = names[:MAX_COLUMNS]
        rows = (kept.stop - kept.start, len(index) - fresh_from)
        self._columns = {name: self._joined(name, kept, fresh.get(name), rows, index) for name in names}
        self._seen = index
        return {f"data.{name}": series for name, series in self._columns.items()}

    def _decode(self, texts: pd.Series[Any]) -> dict[str, list[Any]]:
        """Path to values, one for each text."""
        columns: dict[str, list[Any]] = {}
        if self.paths is not True:
            columns = {path: [] for path in self.paths}
        for row, text in enumerate(texts):
            payload = decode(text)
            pairs = _scalars(payload) if self.paths is True else _chosen(payload, self.paths)
            for path, value in pairs:
                column = columns.get(path)
                if column is None:
                    if len(columns) >= MAX_COLUMNS:
                        continue
                    column = columns[path] = []
                if len(column) < row:
                    column.extend([None] * (row - len(column)))
                if len(column) == row:  # the first of two equal paths counts
                    column.append(value)
        for column in columns.values():
            column.extend([None] * (len(texts) - len(column)))
        return columns

    def _joined(
        self, name: str, kept: slice, fresh: list[Any] | None, rows: tuple[int, int], index: pd.Index[Any]
    ) -> pd.Series[Any]:
        values = fresh if fresh is not None else [None] * rows[1]
        old = self._columns.get(name)
        before = self._kinds.get(name, "none")
        kind = before
        for value in values:
            kind = _wider(kind, _kind(value))
        self._kinds[name] = kind
        new = _array(values, kind)
        if not rows[0]:
            only: Any = _DTYPES[kind]
            alone: pd.Series[Any] = pd.Series(new, index=index, name=f"data.{name}", dtype=only)
            return alone
        if old is None:
            past = _array([None] * rows[0], kind)
        elif kind == before:
            past = old.iloc[kept].array
        else:
            past = _array([None if _missing(value) else value for value in old.iloc[kept]], kind)
        dtype: Any = _DTYPES[kind]  # said, or pandas would guess text from objects
        parts = [pd.Series(part, dtype=dtype) for part in (past, new)]
        joined = pd.concat(parts, ignore_index=True)
        return pd.Series(joined.array, index=index, name=f"data.{name}")


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
        values = [value if value is None or isinstance(value, str) else encode(value) for value in values]
    if kind == "float":
        return np.array([np.nan if value is None else float(value) for value in values])
    if kind in ("object", "none"):
        boxed = np.empty(len(values), dtype=object)
        boxed[:] = values
        return boxed
    dtype: Any = _DTYPES[kind]
    return pd.array(values, dtype=dtype)
