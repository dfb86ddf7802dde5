"""Payload fields as columns: `data.duration`, `data.properties.mag`, decoded only when somebody asks.

The law: each row is decoded once, and once more where its column widens; what it gave is kept like the rows
themselves, and frames share it until they are written into. So the work of a reading is that of what is new.
Lists and objects are the exception: they are copied for each reader, who may write into them.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from sse_notebook.errors import ArgumentError
from sse_notebook.events.fields import Fields, Scalars
from sse_notebook.filters.names import PREFIX
from sse_notebook.source import fork
from sse_notebook.store.columns import Version
from sse_notebook.store.frame import Frames, Pinned, share
from sse_notebook.store.inferred import Inferred
from sse_notebook.store.texts import FIRST

__all__ = ["MAX_COLUMNS", "Expand", "Expanded", "Expander", "Expanders", "Paths", "check_expand"]

Expand = bool | Sequence[str] | None
"""`True`: all scalars; a list: these paths; `None`, `False` or `[]`: none."""

MAX_COLUMNS = 64
KEPT = 4  # expanders of one store: who asks for other paths in turn waits once for each

SCALARS = 8  # times as long as to decode some fields

Paths = Literal[True] | tuple[str, ...]


def check_expand(expand: Expand) -> Paths:
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
    several = isinstance(expand, Iterable) and not isinstance(expand, (str, bytes))
    if not several or not all(isinstance(path, str) and path for path in expand):
        raise ArgumentError(f'expand takes True or a list of paths, as ["duration"], not {expand!r}')
    return tuple(dict.fromkeys(path.removeprefix("data.") for path in expand))


class Expanders:
    """Makes frames with payload columns. Readers need no lock of anybody else.

    Args:
        frames: makes those without.

    Attributes:
        frames: as above.
    """

    def __init__(self, frames: Frames) -> None:
        self.frames = frames
        # Guards what follows, never held for long. Those that are kept, the one asked last at the end.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._kept: dict[Paths, Expander] = {}
        # Likewise those that only filters have asked: they push out none that a frame was made of.
        self._asked: dict[Paths, Expander] = {}
        self._first = 0

    def frame(self, version: Version, paths: Paths) -> pd.DataFrame:
        """The rows of a version, then their payloads' fields; nothing done to it changes any other."""
        frame = self.frames.frame(version)
        if not paths:
            return frame
        with self._lock:
            if version.start < self._first:  # cleared meanwhile
                expander = Expander(paths)
            else:
                expander = self._kept.get(paths) or self._asked.pop(paths, None) or Expander(paths)
                _keep(self._kept, expander)
                for other in self._kept.values():
                    other.forget_frame(version)
        return expander.frame(version, frame)

    def columns(self, version: Version, paths: Sequence[str], worth: float) -> Expanded | None:
        """What has some fields of a version, perhaps of other rows and with other fields too.

        Args:
            version: the rows.
            paths: which fields.
            worth: to decode so many payloads at the most; None is given where it would take more.
        """
        with self._lock:
            every = [*self._kept.values(), *self._asked.values()]
            known = [(each.missing(version, paths), each) for each in every]
            cost, expander = min(known, key=lambda each: each[0], default=(math.inf, None))
            if (expander is None or cost > worth) and worth >= version.stop - version.start > 0:
                if version.start < self._first:  # cleared meanwhile
                    return None
                cost, expander = 0.0, Expander(tuple(paths))
            if expander is not None and cost <= worth and expander.paths not in self._kept:
                _keep(self._asked, expander)
        return None if expander is None or cost > worth else expander.columns(version)

    def clear(self, first: int) -> None:
        """Forget all that was expanded; rows before this `seq` are forgotten too."""
        with self._lock:
            self._kept, self._asked, self._first = {}, {}, first


def _keep(kept: dict[Paths, Expander], expander: Expander) -> None:
    """Keep it as the one that was asked last."""
    kept.pop(expander.paths, None)
    kept[expander.paths] = expander
    while len(kept) > KEPT:
        del kept[next(iter(kept))]


@dataclass(frozen=True, slots=True)
class Expanded:
    """What is expanded, at one moment.

    Attributes:
        first: the `seq` of the first row.
        stop: the `seq` after the last.
        capacity: how many rows the columns have room for.
        columns: by path.
        scalars: whether they lack lists and objects.
    """

    first: int = 0
    stop: int = 0
    capacity: int = 0
    columns: Mapping[str, Inferred] = field(default_factory=dict)
    scalars: bool = False

    @property
    def torn(self) -> bool:
        """Whether there are columns that have widened, and whose oldest rows were not written again yet."""
        return any(column.since for column in self.columns.values())


class Expander:
    """Keeps what it decoded of rows that grow at the end and are forgotten at the start.

    Args:
        paths: True for all scalars (at most `MAX_COLUMNS`), or the paths asked for.
    """

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self._fields = None if paths is True else Fields(paths)
        # Guards what follows. Held while payloads are decoded, which may take long: rows come in meanwhile.
        # Each is set in one step, since a reader may be interrupted anywhere.
        self._lock = threading.Lock()
        fork.hold(self, "_lock")
        self._now = Expanded(
            columns={} if paths is True else dict.fromkeys(paths, Inferred()), scalars=paths is True
        )
        self._made: tuple[Version, pd.DataFrame] | None = None

    def frame(self, version: Version, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame of a version with columns more (`data.x`): its reader's own."""
        with self._lock:
            if self._is_old(version):
                return Expander(self.paths).frame(version, frame)
            now, made = self._expand(version), self._made
            if made is None or made[0] is not version:
                self._made = made = version, _shared(version, frame, now)
            frame = made[1].copy(deep=False)
        at = frame.shape[1] - len(now.columns)
        start, stop = version.start - now.first, version.stop - now.first
        for position, column in enumerate(now.columns.values(), at):
            if column.kind == "object":
                own: Any = column.objects(start, stop)  # as a series, or pandas would look for texts in it
                own = pd.Series(own, index=frame.index, dtype=object, copy=False)
                frame.isetitem(position, own)
        return frame

    def missing(self, version: Version, paths: Sequence[str]) -> float:
        """How many payloads it would have to decode, to have these fields; infinitely many: it never will."""
        now = self._now
        if version.start < now.first or any(path not in now.columns for path in paths):
            return math.inf
        if self.paths is True and any(path.startswith(PREFIX) for path in paths):
            return math.inf  # of a `data` in the nested one, see `Scalars`
        new = version.stop - max(version.start, now.stop)
        return max(0, new) * (SCALARS if self.paths is True else 1)

    def columns(self, version: Version) -> Expanded | None:
        """What is expanded of a version, perhaps of later rows too; None: it is of long ago."""
        with self._lock:
            if self._is_old(version):
                return None
            return self._expand(version)

    def _is_old(self, version: Version) -> bool:
        now = self._now
        return version.start < now.first or (now.torn and version.stop < now.stop)

    def forget_frame(self, version: Version) -> None:
        """Forget the frame that was made last, if of another version: it keeps rows that may be gone."""
        made = self._made
        if made is not None and made[0] is not version:
            self._made = None

    def _expand(self, version: Version) -> Expanded:
        """Decode what is new in a version; returns what is expanded by now, perhaps of later rows too."""
        self._fit(version)
        for first, texts in _payloads(version, self._now.stop, version.stop):
            now = self._now
            row, columns = first - now.first, dict(now.columns)
            fields = self._fields or Scalars(columns, MAX_COLUMNS)
            for path, values in fields.read(texts).items():
                columns[path] = columns.get(path, Inferred()).added(row, values, now.capacity)
            self._now = replace(now, stop=first + len(texts), columns=columns)
        if self._now.torn:
            self._read_again(version)
        return self._now

    def _fit(self, version: Version) -> None:
        """Make room for what is new; forget what is gone, if that is worth moving the rest."""
        now = self._now
        kept = max(0, now.stop - version.start)
        gone = now.stop - now.first - kept
        stop = max(now.stop, version.stop)
        goes_on = version.start <= now.stop and stop - now.first <= now.capacity
        if goes_on and gone <= max(kept, FIRST):
            return
        rows = stop - version.start
        capacity = rows + max(rows // 2, FIRST)
        columns = {path: column.moved(gone, gone + kept, capacity) for path, column in now.columns.items()}
        self._now = Expanded(version.start, version.start + kept, capacity, columns, now.scalars)

    def _read_again(self, version: Version) -> None:
        """Write what widened anew: what a number or a text was before, only the payload still knows."""
        now = self._now
        wide = {path: column for path, column in now.columns.items() if column.since}
        fields = Scalars(wide, len(wide)) if self.paths is True else Fields(wide)
        gone = version.start - now.first
        before = {
            path: column.again().added(0, [None] * min(gone, column.since), now.capacity)
            for path, column in wide.items()
        }
        stop = now.first + max(column.since for column in wide.values())
        for first, texts in _payloads(version, version.start, stop):
            row = first - now.first
            for path, values in fields.read(texts).items():
                more = values[: max(0, wide[path].since - row)]
                before[path] = before[path].added(row, more, now.capacity)
        mended = {path: column.mended(before[path]) for path, column in wide.items()}
        self._now = replace(now, columns={**now.columns, **mended})


def _payloads(version: Version, start: int, stop: int) -> Iterator[tuple[int, Sequence[str]]]:
    """The payloads from one `seq` up to another, those of a segment at once, with the `seq` of the first."""
    for segment in version.segments:
        low = max(start, segment.first)
        high = min(stop, segment.first + segment.rows)
        if low < high:
            yield low, segment.values("raw", low - segment.first, high - segment.first)


class _Nothing(np.ndarray[Any, Any]):
    """No value, as often as is wanted; it is kept together with a frame, as `Pinned` memory is."""

    sharing: Any = None


def _shared(version: Version, frame: pd.DataFrame, now: Expanded) -> pd.DataFrame:
    """The frame with the columns that all readers share; those of objects are empty."""
    pins: list[Pinned | _Nothing] = []

    def shared(memory: Any) -> Any:
        pins.append(Pinned(memory))
        return np.asarray(pins[-1])

    start, stop = version.start - now.first, version.stop - now.first
    columns: dict[str, Any] = {}
    for path, column in now.columns.items():
        if column.kind in ("none", "object"):
            nothing = _Nothing(1, object)
            pins.append(nothing)
            nothings = np.broadcast_to(nothing, stop - start)
            columns[f"data.{path}"] = pd.Series(nothings, index=frame.index, dtype=object, copy=False)
        else:
            columns[f"data.{path}"] = column.array(start, stop, shared)
    extra = pd.DataFrame(columns, index=frame.index, copy=False)
    share(extra, pins)
    return pd.concat([frame, extra], axis=1)
