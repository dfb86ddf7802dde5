"""Some of a million rows, and what is new of them: filters, slices of time, payload fields, what is counted.

The law: everybody answers the same question, and the answers are compared before anything is timed. Pandas
has its frame already, and its columns as categories where that is faster: making them so is not timed.
Processor time of all threads counts.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.frames import timed
from benchmarks.harness import Race, Report, Runner, Size, Target, race
from benchmarks.resident import EXPANDED, FIRST_MS, Resident

__all__ = ["run"]

OURS = "sse_notebook"
HEAD = ("", "version", "ms", "time (ours = 1)")
MS = 1_000  # `Race.rows` shows µs of each of so many
PART = 10  # of the rows are in the smaller store
CLAUSES: dict[str, Any] = {"cluster_id": "cl-1", "project_id": ["p-07", "p-08"], "resource_type": "workload"}
WORDS = [*CLAUSES, "status"]

Frame = pd.DataFrame
Reading = Callable[[], Any]


def run(size: Size) -> Iterator[Report]:
    """Three clauses, a slice of time; fields of the payload after fresh rows; the newest, and a window."""
    resident = Resident(size.rows)
    resident.check()
    frame = resident.store.df
    yield filtered(size, resident, frame)
    yield sliced(size, resident, frame)
    yield expanded(size, resident)
    yield newest(size, resident)
    yield counted(size, resident)


def filtered(size: Size, resident: Resident, frame: Frame) -> Report:
    """Three clauses, against masks."""
    store = resident.store
    words = frame.astype(dict.fromkeys(WORDS, "category"))

    def mask(of: Frame) -> Any:
        clauses = (of["project_id"] == "p-07") | (of["project_id"] == "p-08")
        return clauses & (of["cluster_id"] == "cl-1") & (of["resource_type"] == "workload")

    def codes() -> Any:
        """As fast as it can be written: on the numbers of the categories."""
        found = True
        for name, wanted in CLAUSES.items():
            own = words[name].cat
            known = own.categories.get_indexer([wanted] if isinstance(wanted, str) else wanted)
            found = found & np.logical_or.reduce([own.codes.to_numpy() == code for code in known])
        return found

    ours: Reading = lambda: store.where(**CLAUSES).df  # noqa: E731 - beside the others
    masks: dict[str, Reading] = {
        "a mask of `==` and `&`": lambda: frame[mask(frame)],
        "the same, on categories": lambda: frame[mask(words)],
        "the same, on their codes": lambda: frame[codes()],
        "`df.query`": lambda: frame.query(
            "project_id in ['p-07', 'p-08'] and cluster_id == 'cl-1' and resource_type == 'workload'"
        ),
    }
    found = agreed(ours(), masks)
    ours_counted, codes_counted = f"{OURS}, only counted", "a mask of codes, only counted"
    counting: dict[str, Reading] = {
        ours_counted: lambda: len(store.where(**CLAUSES)),
        codes_counted: lambda: int(codes().sum()),
    }
    result = readings({OURS: ours, **masks, **counting}, size)
    best, ratio = result.nearest(OURS, masks)
    return Report(
        "Three clauses",
        f"`store.where(cluster_id=…, project_id=[…, …], resource_type=…).df`, {found:,} of {size.rows:,} "
        "rows, against masks on the frame of all. And the rows only counted.",
        HEAD,
        result.rows(OURS, MS),
        [
            Target(f"Times as long as the best mask ({best})", inverse(ratio), 1.2, least=False),
            Target(
                "Times as long as the best mask, only counted",
                result.ratio(ours_counted, codes_counted),
                1.2,
                least=False,
            ),
        ],
    )


def sliced(size: Size, resident: Resident, frame: Frame) -> Report:
    """A tenth of the time, against masks and a search."""
    store = resident.store
    start, end = (pd.Timestamp(FIRST_MS + size.rows * part // 10, unit="ms", tz="UTC") for part in (4, 5))

    def searched() -> Frame:
        times = frame["timestamp"].array.asi8
        low, high = np.searchsorted(times, [start.value // 1_000, end.value // 1_000])
        return frame.iloc[low:high]

    ours: Reading = lambda: store.between(start, end).df  # noqa: E731 - beside the others
    others: dict[str, Reading] = {
        "a mask": lambda: frame[(frame["timestamp"] >= start) & (frame["timestamp"] < end)],
        "`searchsorted` and `iloc`": searched,
    }
    found = agreed(ours(), others)
    result = readings({OURS: ours, **others}, size)
    took = statistics.median(result.times[OURS]) * 1_000
    return Report(
        "A slice of time",
        f"`store.between(start, end).df`, {found:,} of {size.rows:,} rows, in the order of their times.",
        HEAD,
        result.rows(OURS, MS),
        [
            Target("A slice", took, 1, least=False, unit="ms"),
            Target("Times as fast as a mask", result.ratio("a mask", OURS), 1),
        ],
    )


def expanded(size: Size, resident: Resident) -> Report:
    """Payload fields after fresh rows, in stores of two sizes."""
    small = Resident(max(1, size.rows // PART))
    fields = list(EXPANDED)
    names = {
        f"{size.rows:,} rows": (resident, size.fresh, fields),
        f"{small.stop:,} rows": (small, size.fresh, fields),
        f"{size.rows:,} rows, ten times as many fresh": (resident, 10 * size.fresh, fields),
        f"{size.rows:,} rows, no field": (resident, size.fresh, []),
        f"{small.stop:,} rows, no field": (small, size.fresh, []),
    }
    result = race(
        [
            Runner(name, lambda what=what: fresh(what[0], what[1], what[2]), ours=True)
            for name, what in names.items()
        ],
        size.rounds,
    )
    large, less, more, large_bare, less_bare = names
    added = median(result, large) - median(result, large_bare)
    added_less = median(result, less) - median(result, less_bare)
    return Report(
        "Payload fields after fresh rows",
        f"`to_pandas(expand=[…])` of three fields after {size.fresh:,} fresh rows, and the same without a "
        "field: what the fields add should be that of the fresh rows, however many there are already.",
        ("", "version", "ms", f"time ({large} = 1)"),
        result.rows(large, MS),
        [
            Target(f"Times as long as with {less}", result.ratio(large, less), 1.5, least=False),
            Target(
                f"What the fields add, times what they add with {less}", added / added_less, 1.5, least=False
            ),
            Target("Times as long with ten times as many fresh", result.ratio(more, large), 10, least=False),
        ],
    )


def newest(size: Size, resident: Resident) -> Report:
    """The newest of each resource after fresh rows."""
    store = resident.store

    def anew() -> Frame:
        df = store.df
        about = df.iloc[np.argsort(df["timestamp"].array.asi8, kind="stable")]
        about = about.drop_duplicates(["resource_type", "resource_id"], keep="last")
        return about.sort_values(["resource_type", "resource_id"])

    ours: Reading = store.latest_by_resource
    found = agreed(ours(), {"anew": anew})
    result = follow(resident, ours, {"worked out anew": anew}, size)
    return Report(
        "The newest of each resource after fresh rows",
        f"`store.latest_by_resource()`, {found:,} resources in {size.rows:,} rows, {size.fresh:,} fresh; "
        "against `drop_duplicates` of `store.df`.",
        HEAD,
        result.rows(OURS, MS),
        [Target("Times as fast as anew", result.ratio("worked out anew", OURS), 1)],
    )


def counted(size: Size, resident: Resident) -> Report:
    """A window's counts after fresh rows."""
    store = resident.store
    length = pd.Timedelta(max(1, size.rows // 2), "ms")
    window = store.window(length, by="status")

    def anew() -> Any:
        df = store.df
        inside = df["timestamp"] > window.end - length
        return df.loc[inside, "status"].value_counts()

    ours: Reading = lambda: window.counts  # noqa: E731 - beside the other
    if ours().to_dict() != anew().to_dict():
        raise AssertionError(f"{ours()} against {anew()}")
    result = follow(resident, ours, {"counted anew": anew}, size)
    return Report(
        "A window's counts after fresh rows",
        f'`store.window(…, by="status").counts`, half of {size.rows:,} rows in it, {size.fresh:,} fresh; '
        "against `value_counts` of these rows of `store.df`.",
        HEAD,
        result.rows(OURS, MS),
        [Target("Times as fast as anew", result.ratio("counted anew", OURS), 1)],
    )


# -- who takes part ----------------------------------------------------------------------------------------


def readings(names: dict[str, Reading], size: Size) -> Race:
    """All of them in turns."""
    runners = [
        Runner(name, lambda reading=reading: timed(reading), "" if OURS in name else "pandas", OURS in name)
        for name, reading in names.items()
    ]
    return race(runners, size.rounds)


def follow(resident: Resident, ours: Reading, others: dict[str, Reading], size: Size) -> Race:
    """All of them in turns, each after fresh rows."""

    def once(reading: Reading) -> float:
        resident.add(size.fresh)
        return timed(reading)

    return race(
        [
            Runner(OURS, lambda: once(ours), ours=True),
            *(
                Runner(name, lambda reading=reading: once(reading), "pandas")
                for name, reading in others.items()
            ),
        ],
        size.rounds,
    )


def fresh(resident: Resident, rows: int, fields: list[str]) -> float:
    """The seconds that a reading takes after rows came."""
    resident.add(rows)
    return timed(lambda: resident.store.to_pandas(expand=fields))


def median(result: Race, name: str) -> float:
    """What it took, in seconds."""
    return statistics.median(result.times[name])


def inverse(ratio: float | None) -> float | None:
    """How many times as long it took, of how many times as fast it was."""
    return None if ratio is None else 1 / ratio


def agreed(ours: Frame, others: dict[str, Reading]) -> int:
    """How many rows all of them find: the same.

    Raises:
        AssertionError: they are not; the figures would be of different questions.
    """
    for name, reading in others.items():
        theirs = reading()
        if not ours.index.equals(theirs.index) or ours.columns.tolist() != theirs.columns.tolist():
            raise AssertionError(f"{name}: {len(theirs)} rows against {len(ours)}")
    return len(ours)
