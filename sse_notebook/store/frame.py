"""What is kept as a DataFrame: the newest version of it, made once, and handed out without a copy.

The law: a frame is its reader's own. Its columns lie in the store's memory until somebody writes into one of
them: then pandas copies that column first, since it is shared (copy-on-write). Shared it is as long as any of
the arrays lives, also those of a slice that outlives the frame it was cut from.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.api.internals import create_dataframe_from_blocks  # type: ignore[import-not-found]  # no stub yet

from sse_notebook.source import fork
from sse_notebook.store.arrays import Arrays
from sse_notebook.store.columns import Version
from sse_notebook.store.schema import COLUMNS, STR, columns_of

__all__ = ["Frames", "Pinned", "share"]

_NAMES: Final = pd.Index([column.name for column in COLUMNS], dtype=STR)
_PLACES: Final = [np.array([at]) for at in range(len(COLUMNS))]
_String: Final[Any] = pd.arrays.ArrowStringArray  # whose stub has no `dtype`
_NOTHING: Final = np.empty((0, 0))


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
    others: list[Any] = []
    mine: Any = frame
    for block in mine._mgr.blocks:  # noqa: SLF001 - pandas has no other way to say it
        if isinstance(block.values, pd.arrays.ArrowExtensionArray):
            continue  # nobody can write into what Arrow has
        # It shares the column, but has not its array: that leads to the memory, and that leads here. Such a
        # circle would never be collected, since Python does not look into numpy's arrays.
        other = block.copy(deep=False)
        other.values = _NOTHING
        others.append(other)
    for pin in pins:
        pin.sharing = others


class Frames:
    """Makes frames of versions. Readers need no lock of anybody else."""

    def __init__(self) -> None:
        # Guards what follows, and what readers make of a version's segments; no writer ever takes it.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._version: Version | None = None
        self._frame = pd.DataFrame()
        self._arrays = Arrays()

    def frame(self, version: Version) -> pd.DataFrame:
        """The rows of a version; nothing that is done to it changes any other."""
        with self._lock:
            if self._version is not version:
                self._frame, self._version = _made(version, self._arrays), version
            return self._frame.copy(deep=False)

    def once(self, version: Version) -> pd.DataFrame:
        """The rows of a version that is no newer than the last one: nothing is kept for the next reader."""
        with self._lock:
            return _made(version, Arrays())

    def of_arrow(self, version: Version) -> pd.DataFrame:
        """The same in columns of Arrow's types, but for categories; a new frame for each reader."""
        with self._lock:
            return _of_arrow(version, self._arrays)

    def texts(self, version: Version) -> dict[str, Any]:
        """The columns of texts of a version, by name, as Arrow has them."""
        with self._lock:
            texts = self._arrays.texts(version)
        return {column.name: texts[column.attribute] for column in COLUMNS if column.kind is None}

    def clear(self) -> None:
        """Forget the frame that was made last, and the memory it lies in."""
        with self._lock:
            self._version, self._frame, self._arrays = None, pd.DataFrame(), Arrays()


def _made(version: Version, arrays: Arrays) -> pd.DataFrame:
    blocks: list[Any] = []
    pins: list[Pinned] = []
    texts = arrays.texts(version)
    for _, attribute, kind in columns_of(version.sources):
        if kind is None:
            blocks.append(_String(texts[attribute], dtype=STR))
        else:
            blocks.append(arrays.frame(version, attribute, kind, partial(_pinned, pins)))
    return _framed(version, blocks, pins)


def _of_arrow(version: Version, arrays: Arrays) -> pd.DataFrame:
    blocks: list[Any] = []
    pins: list[Pinned] = []
    texts = arrays.texts(version)
    for _, attribute, kind in columns_of(version.sources):
        if kind is None:
            blocks.append(pd.arrays.ArrowExtensionArray(texts[attribute]))
        elif kind.category:  # those of Arrow have no order
            blocks.append(arrays.frame(version, attribute, kind, partial(_pinned, pins)))
        else:
            blocks.append(pd.arrays.ArrowExtensionArray(arrays.arrow(version, attribute, kind)))
    return _framed(version, blocks, pins)


def _pinned(pins: list[Pinned], memory: Any) -> Any:
    pins.append(Pinned(memory))
    return np.asarray(pins[-1])


def _framed(version: Version, arrays: Sequence[Any], pins: Sequence[Pinned]) -> pd.DataFrame:
    """A frame of finished arrays: pandas' own way to one would look at each of them again."""
    blocks = [
        (array.reshape(1, -1) if isinstance(array, np.ndarray) else array, place)
        for array, place in zip(arrays, _PLACES, strict=True)
    ]
    index = pd.RangeIndex(version.start, version.stop, name="seq")
    frame: pd.DataFrame = create_dataframe_from_blocks(blocks, index=index, columns=_NAMES.view())
    share(frame, pins)
    return frame
