"""What is kept as a DataFrame: the newest version of it, made once, and handed out without a copy.

The law: a frame is its reader's own. Its columns lie in the store's memory until somebody writes into one of
them: then pandas copies that column first, since it is shared (copy-on-write). Shared it is as long as any of
the arrays lives, also those of a slice that outlives the frame it was cut from.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.source import fork
from sse_notebook.store.columns import Version
from sse_notebook.store.schema import COLUMNS, STR, columns_of
from sse_notebook.store.texts import AGAIN, DIFFERENT, TEXT, Segment

__all__ = ["Frames", "Pinned", "share"]


class Pinned:
    """Memory as numpy is given it: not to be written into, and kept together with what shares it."""

    __slots__ = ("__array_interface__", "memory", "sharing")

    def __init__(self, memory: Any) -> None:
        self.memory = memory
        self.sharing: Any = None
        said = dict(memory.__array_interface__)
        self.__array_interface__ = {**said, "data": (said["data"][0], True)}


def share(frame: pd.DataFrame, pins: Sequence[Any]) -> None:
    """Make the columns of a frame shared ones as long as any array of this memory lives."""
    other: Any = frame.copy(deep=False)
    # It shares the columns, but has not their arrays: these lead to the memory, and that leads here. Such a
    # circle would never be collected, since Python does not look into numpy's arrays.
    for block in other._mgr.blocks:  # noqa: SLF001 - pandas has no other way to say it
        block.values = block.values[:0].copy()
    for pin in pins:
        pin.sharing = other


class Frames:
    """Makes frames of versions. Readers need no lock of anybody else."""

    def __init__(self) -> None:
        # Guards what follows, and what readers make of a version's segments; no writer ever takes it.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._version: Version | None = None
        self._frame = pd.DataFrame()
        self._ended = _Ended()

    def frame(self, version: Version) -> pd.DataFrame:
        """The rows of a version; nothing that is done to it changes any other."""
        with self._lock:
            if self._version is not version:
                self._frame, self._version = _made(version, self._ended), version
            return self._frame.copy(deep=False)

    def once(self, version: Version) -> pd.DataFrame:
        """The rows of a version that is no newer than the last one: nothing is kept for the next reader."""
        with self._lock:
            return _made(version, _Ended())

    def texts(self, version: Version) -> dict[str, Any]:
        """The columns of texts of a version, by name, as Arrow has them."""
        with self._lock:
            texts = self._ended.texts(version)
        return {column.name: texts[column.attribute] for column in COLUMNS if column.kind is None}

    def clear(self) -> None:
        """Forget the frame that was made last, and the memory it lies in."""
        with self._lock:
            self._version, self._frame, self._ended = None, pd.DataFrame(), _Ended()


class _Ended:
    """The texts of segments that have ended: what readers have made of them, and need not look for again."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []
        self._arrays: dict[str, list[Any]] = {name: [] for name in (*AGAIN, *DIFFERENT)}

    def texts(self, version: Version) -> dict[str, Any]:
        """The columns of texts of a version, by attribute, as Arrow has them."""
        within = version.within
        if not within:
            return {name: pa.chunked_array([], TEXT) for name in self._arrays}
        *ended, last = within
        if ended[: len(self._segments)] != self._segments:  # the first of them were let go of
            self._segments, self._arrays = [], {name: [] for name in self._arrays}
        for segment, following in list(pairwise(within))[len(self._segments) :]:
            for name, arrays in self._arrays.items():
                arrays += segment.read(name, following.first - segment.first)
            self._segments.append(segment)
        rows = min(last.rows, version.stop - last.first)
        found = {}
        for name, arrays in self._arrays.items():
            whole = pa.chunked_array([*arrays, *last.read(name, rows)], TEXT)
            found[name] = whole[version.start - within[0].first :]
        return found


def _made(version: Version, ended: _Ended) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    pins: list[Pinned] = []
    texts = ended.texts(version)
    for name, attribute, kind in columns_of(version.sources):
        if kind is None:
            columns[name] = pd.array(texts[attribute], dtype=STR)
        else:
            pins.append(Pinned(version.number(attribute)))
            columns[name] = kind.frame(np.asarray(pins[-1]))
    index = pd.RangeIndex(version.start, version.stop, name="seq")
    frame = pd.DataFrame(columns, index=index, copy=False)
    share(frame, pins)
    return frame
