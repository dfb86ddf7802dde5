"""A frame of everything, one may write to, while rows come: `df` beside what keeps frames too.

The law: all have the same rows, in the same columns of the same types, and the rows that come are theirs
before the clock starts: for pandas' own as a frame, for ours in the store, which writes their values into its
columns when somebody reads. polars is given what the store was given, the values of each column, and once a
finished frame too. So what is timed is only the reading. Processor time of all threads counts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd

from benchmarks.harness import Report, Runner, Size, Target, race
from benchmarks.resident import EXPANDED, Resident, texts

__all__ = ["run"]

OURS = "sse_notebook"
OURS_FULL = f"{OURS}, as many go"
CONCAT = "pd.concat of cached frames"
CONCAT_FULL = f"{CONCAT}, as many go"
STREAMZ = "streamz"
DICTS = "pd.DataFrame of dictionaries"
VSTACK = "polars, a frame of the fresh values, and vstack"
VSTACK_MADE = "polars vstack alone, of a frame that is there"
EMPTY = "an empty frame's `copy(deep=False)`"
HEAD = ("", "version", "ms", "time (ours = 1)")
MOST_DICTS = 100_000
MS = 1_000  # `Race.rows` shows µs of each of so many

Frame = pd.DataFrame


def run(size: Size) -> Iterator[Report]:
    """After fresh rows: as it is, written into, of Arrow's types; and when nothing has changed."""
    resident = Resident(size.rows)
    full = Resident(size.rows, max_rows=size.rows)
    resident.check()
    big = resident.store.df
    resident.add(size.fresh)
    fresh = resident.store.df.iloc[-size.fresh :].copy()  # as it stands behind `big`
    alike(pd.concat([big, fresh]), resident.store.df)
    what = f"{size.rows:,} rows are there, {size.fresh:,} come"
    yield after_fresh(size, what, resident, full, big, fresh)
    yield written(size, what, resident, big, fresh)
    yield of_arrow(size, what, resident, big, fresh)
    yield unchanged(size, resident)


def after_fresh(
    size: Size, what: str, resident: Resident, full: Resident, big: Frame, fresh: Frame
) -> Report:
    """The frame after rows came."""
    some = min(size.rows, MOST_DICTS)
    times = size.rows / some
    result = race(
        [
            Runner(OURS, Ours(resident, size.fresh), ours=True),
            Runner(OURS_FULL, Ours(full, size.fresh), ours=True),
            Runner(CONCAT, Concat(big, fresh), "pandas"),
            Runner(CONCAT_FULL, Concat(big, fresh, go=True), "pandas"),
            Runner(STREAMZ, Streamz(big, fresh), "streamz"),
            Runner(DICTS, rebuilt(some, times), "pandas"),
        ],
        size.rounds,
    )
    said = f", of {some:,} of them, its time taken {times:g}-fold" if times > 1 else ""
    return Report(
        "A frame after fresh rows",
        f"{what}: `store.df` against `pd.concat` of the frames so far, against a streamz window that emits "
        f"its whole frame, and against `pd.DataFrame` of a list of decoded payloads (ten columns, the others "
        f"have 18{said}). Two of them once more where as many rows go as come.",
        HEAD,
        result.rows(OURS, MS),
        [
            Target("Part of the time of `pd.concat`", result.ratio(OURS, CONCAT), 0.5, least=False),
            Target(
                "Part of the time of `pd.concat`, as many rows go",
                result.ratio(OURS_FULL, CONCAT_FULL),
                0.5,
                least=False,
            ),
            Target("Part of the time of streamz", result.ratio(OURS, STREAMZ), 0.5, least=False),
            Target("Times as fast as building it from dictionaries", result.ratio(DICTS, OURS), 300),
        ],
    )


def written(size: Size, what: str, resident: Resident, big: Frame, fresh: Frame) -> Report:
    """The frame after rows came, and two of its columns are written into."""
    text = f"{OURS}, a column of text too"
    text_too = f"{CONCAT}, a column of text too"
    result = race(
        [
            Runner(OURS, Ours(resident, size.fresh, then=numbers), ours=True),
            Runner(CONCAT, Concat(big, fresh, then=numbers), "pandas"),
            Runner(text, Ours(resident, size.fresh, then=words), ours=True),
            Runner(text_too, Concat(big, fresh, then=words), "pandas"),
        ],
        size.rounds,
    )
    return Report(
        "A frame after fresh rows, written into",
        f"{what}, then a first write into two of its columns (`df.loc[seq, …] = …`: `timestamp` and "
        "`severity`): ours are copied then. And into `status` too, a column of text.",
        HEAD,
        result.rows(OURS, MS),
        [
            Target(
                "Part of the time of `pd.concat`, both written into",
                result.ratio(OURS, CONCAT),
                1,
                least=False,
            )
        ],
    )


def of_arrow(size: Size, what: str, resident: Resident, big: Frame, fresh: Frame) -> Report:
    """The frame of Arrow's types after rows came."""
    result = race(
        [
            Runner(OURS, Ours(resident, size.fresh, backend="pyarrow"), ours=True),
            Runner(VSTACK, Stacked(big, fresh), "polars"),
            Runner(VSTACK_MADE, Stacked(big, fresh, made=True), "polars"),
        ],
        size.rounds,
    )
    return Report(
        "A frame of Arrow's types after fresh rows",
        f'{what}: `to_pandas(dtype_backend="pyarrow")` against polars, whose `vstack` puts the fresh rows '
        "behind the others without a copy. What came are values, of which a frame has to be made; beside it "
        "what `vstack` takes where somebody has made one.",
        HEAD,
        result.rows(OURS, MS),
        [Target("Times as long as polars", result.ratio(OURS, VSTACK), 2.2, least=False)],
    )


def unchanged(size: Size, resident: Resident) -> Report:
    """Many frames of a store in which nothing has changed."""
    store, expanded, looks = resident.store, list(EXPANDED), size.looks
    frame, empty = store.df, pd.DataFrame()
    with_fields = f"{OURS}, three payload fields"
    names = {
        OURS: lambda: store.df,
        with_fields: lambda: store.to_pandas(expand=expanded),
        "this frame's `copy(deep=False)`": lambda: frame.copy(deep=False),
        EMPTY: lambda: empty.copy(deep=False),
    }
    result = race(
        [
            Runner(name, lambda look=look: timed(look, looks), "" if OURS in name else "pandas", OURS in name)
            for name, look in names.items()
        ],
        size.rounds,
    )
    slowest = float(np.median(result.times[OURS])) / looks * 1e6
    return Report(
        "Frames of a store that has not changed",
        f"{size.rows:,} rows, {looks:,} readings of `store.df`, against what pandas needs to hand out a "
        "frame that it has: the same one, and one of nothing.",
        ("", "version", "µs a frame", "time (ours = 1)"),
        result.rows(OURS, looks),
        [Target(f"`df` of an unchanged store, {looks:,} times", slowest, 50, least=False, unit="µs each")],
        [f"That is {result.ratio(OURS, EMPTY) or 0:.2g} times {EMPTY}."],
    )


# -- who takes part ----------------------------------------------------------------------------------------


def timed(what: Callable[[], Any], times: int = 1) -> float:
    """The seconds of processor time that it takes, on all threads."""
    began = time.process_time()
    for _ in range(times):
        what()
    return time.process_time() - began


def numbers(frame: Frame) -> None:
    """A first write into two columns of fixed width."""
    row = frame.index[-1]
    frame.loc[row, "timestamp"] = frame["timestamp"].iloc[0]
    frame.loc[row, "severity"] = "error"


def words(frame: Frame) -> None:
    """The same, and into a column of texts."""
    numbers(frame)
    frame.loc[frame.index[-1], "status"] = "failed"


class Ours:
    """The frame of a store to which rows came; the one before is let go of."""

    def __init__(
        self,
        resident: Resident,
        fresh: int,
        backend: Literal["pyarrow"] | None = None,
        then: Callable[[Frame], object] = id,
    ) -> None:
        self._resident, self._fresh, self._backend, self._then = resident, fresh, backend, then
        self._frame = pd.DataFrame()

    def __call__(self) -> float:
        self._resident.add(self._fresh)
        return timed(self._read)

    def _read(self) -> None:
        self._frame = self._resident.store.to_pandas(dtype_backend=self._backend)
        self._then(self._frame)


class Concat:
    """All the frames so far as one, that is its reader's own; the one before is let go of.

    Args:
        big: the first frame.
        fresh: what comes each time.
        go: whether as many rows go as come.
        then: what is done with the frame.
    """

    def __init__(
        self, big: Frame, fresh: Frame, *, go: bool = False, then: Callable[[Frame], object] = id
    ) -> None:
        self._frames, self._fresh, self._go, self._then = [big], fresh, go, then
        self._frame = pd.DataFrame()

    def __call__(self) -> float:
        rows = len(self._fresh)
        before = self._frames[-1].index[-1] + 1
        self._frames.append(self._fresh.set_axis(pd.RangeIndex(before, before + rows, name="seq")))
        if self._go:
            self._frames[0] = self._frames[0].iloc[rows:]
        return timed(self._read)

    def _read(self) -> None:
        self._frame = pd.concat(self._frames)
        self._then(self._frame)


class Streamz:
    """A window over a streaming frame: whatever comes, it emits all there is as one frame."""

    def __init__(self, big: Frame, fresh: Frame) -> None:
        self._big, self._fresh = big, fresh
        self._source: Any = None
        self._emitted: list[Frame] = []

    def __call__(self) -> float:
        if self._source is None:
            from streamz import Stream  # type: ignore[import-untyped]  # a peer: it has no types
            from streamz.dataframe import DataFrame  # type: ignore[import-untyped]  # likewise

            self._source = Stream()
            window = DataFrame(self._source, example=self._big.iloc[:0]).window(n=10 * len(self._big))
            window.full().stream.sink(self._emitted.append)
            self._source.emit(self._big)
        self._emitted.clear()
        seconds = timed(lambda: self._source.emit(self._fresh))
        if len(self._emitted) != 1 or len(self._emitted[0]) < len(self._big) + len(self._fresh):
            raise AssertionError(f"{len(self._emitted)} frames")
        return seconds


class Stacked:
    """A frame of polars with the same columns, and the fresh rows behind it.

    Args:
        big: the rows that are there.
        fresh: those that come.
        made: as a frame of polars; else as a list of values for each column, in the types that it reads
            fastest: times as whole numbers.
    """

    def __init__(self, big: Frame, fresh: Frame, *, made: bool = False) -> None:
        self._pandas, self._made = (big, fresh), made
        self._stack: Callable[[], Any] | None = None

    def __call__(self) -> float:
        if self._stack is None:
            self._stack = self._ready()
            kept = self._stack()
            if len(kept) != sum(map(len, self._pandas)) or kept[-1].to_dicts() != self._last:
                raise AssertionError(f"{len(kept)} rows, the last of them {kept[-1]}")
        return timed(self._stack)

    def _ready(self) -> Callable[[], Any]:
        import polars as pl

        big, fresh = (pl.from_pandas(frame, include_index=True) for frame in self._pandas)
        self._last = fresh[-1].to_dicts()
        if self._made:
            return lambda: big.vstack(fresh)
        times = [name for name, kind in fresh.schema.items() if isinstance(kind, pl.Datetime)]
        numbers = fresh.with_columns(pl.col(times).cast(pl.Int64))
        values = {name: numbers[name].to_list() for name in numbers.columns}
        schema, back = numbers.schema, [pl.col(name).cast(fresh.schema[name]) for name in times]
        return lambda: big.vstack(pl.DataFrame(values, schema=schema, strict=False).with_columns(back))


def rebuilt(some: int, times: float) -> Callable[[], float]:
    """`pd.DataFrame` of so many decoded payloads; its time as often as said."""
    decoded = [json.loads(text) for text in texts(0, some)]
    return lambda: timed(lambda: Frame(decoded)) * times


def alike(theirs: Frame, ours: Frame) -> None:
    """They are the same frame: or the figures would be of two different things.

    Raises:
        AssertionError: they are not.
    """
    if len(theirs) != len(ours):
        raise AssertionError(f"{len(theirs)} rows against {len(ours)}")
    pd.testing.assert_frame_equal(theirs.tail(1_000), ours.tail(1_000))
