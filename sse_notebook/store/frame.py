"""What is kept as a DataFrame: the newest version of it, made once, and handed out without a copy.

The law: a frame is its reader's own. Its columns lie in the store's memory until somebody writes into one of
them: then pandas copies that column first, since there is another frame that has it too. That other frame
lives as long as any of the arrays does, also those of a slice that outlives the frame it was cut from.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.store.columns import Version
from sse_notebook.store.schema import STR, columns_of
from sse_notebook.store.texts import TEXT

__all__ = ["Frames"]


class _Pinned:
    """Memory as numpy is given it: not to be written into, and kept together with a frame."""

    __slots__ = ("__array_interface__", "frame", "memory")

    def __init__(self, memory: Any) -> None:
        self.memory = memory
        self.frame: pd.DataFrame | None = None
        said = dict(memory.__array_interface__)
        self.__array_interface__ = {**said, "data": (said["data"][0], True)}


class Frames:
    """Makes frames of versions. Readers need no lock of anybody else."""

    def __init__(self) -> None:
        # Guards what follows, and what readers make of a version's segments; no writer ever takes it.
        self._lock = threading.Lock()
        self._version: Version | None = None
        self._frame = pd.DataFrame()

    def frame(self, version: Version) -> pd.DataFrame:
        """The rows of a version; nothing that is done to it changes any other."""
        with self._lock:
            if self._version is not version:
                self._make(version)
            return self._frame.copy(deep=False)

    def clear(self) -> None:
        """Forget the frame that was made last, and the memory it lies in."""
        with self._lock:
            self._version, self._frame = None, pd.DataFrame()

    def _make(self, version: Version) -> None:
        columns: dict[str, Any] = {}
        pins: list[_Pinned] = []
        for name, attribute, kind in columns_of(version.sources):
            if kind is None:
                columns[name] = pd.array(pa.chunked_array(version.texts(attribute), TEXT), dtype=STR)
            else:
                pins.append(_Pinned(version.number(attribute)))
                columns[name] = kind.frame(np.asarray(pins[-1]))
        index = pd.RangeIndex(version.start, version.stop, name="seq")
        self._frame, self._version = pd.DataFrame(columns, index=index, copy=False), version
        for pin in pins:
            pin.frame = self._frame
