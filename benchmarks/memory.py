"""What a kept row takes: before anybody asks for a frame, with a frame of everything, with payload columns.

The law: whoever keeps rows has a process of its own, in which a few rows were kept and read before, so that
no module is loaded later. What the system says is resident counts; the memory of the payloads as they came is
taken off, where they are kept. Python's own book, in a run of its own, says what was asked for: there memory
that is reserved and was never touched counts too.
"""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from benchmarks.harness import Report, Size, Target, release
from benchmarks.resident import EXPANDED, SIZE, Resident, texts

__all__ = ["run"]

STATUS = Path("/proc/self/status")
FEW = 1_000  # rows kept and read before anything is measured
BATCH = 300  # rows in a read
KEPT, READ, EXPANDED_TOO = "kept", "`df` held", "`df` with three payload fields held"

Steps = Iterator[tuple[str, Any]]  # what was done, and what is to be held from then on


class Keeper(NamedTuple):
    """Who keeps rows."""

    name: str
    steps: Callable[[int], Steps]
    package: str = ""
    payload: bool = False  # whether the payload is kept as it came
    listed: bool = False  # whether all its memory is in Python's book


def run(size: Size) -> Iterator[Report]:
    """Everybody's rows, step by step."""
    if not STATUS.exists():
        yield Report("Memory of a row", "Not measured here: it needs /proc.", ("",), [])
        return
    lines: list[Sequence[str]] = []
    found: dict[str, float] = {}
    for number, keeper in enumerate(KEEPERS):
        try:
            resident = alone(number, size.rows, traced=False)
            asked = alone(number, size.rows, traced=True) if keeper.listed else {}
        except ImportError as error:
            lines.append((keeper.name, "", "", f"not installed ({error.name})", "", ""))
            continue
        for step, total in resident.items():
            own = total - SIZE if keeper.payload else None
            name = f"**{keeper.name}**" if keeper is KEEPERS[0] else keeper.name
            figures = (
                f"{figure:,.0f}" if figure is not None else "" for figure in (total, own, asked.get(step))
            )
            lines.append((name, release(keeper.package), step, *figures))
            if keeper is KEEPERS[0]:
                found[step] = total
    before = found[KEPT] - SIZE
    yield Report(
        "Memory of a row",
        f"{size.rows:,} rows of {SIZE} bytes of payload, {BATCH} in a read. Bytes a row by which the process "
        "grew: all, and without the payload as it came, where that is kept; then what Python, numpy and "
        "Arrow had been asked for, in another run.",
        ("", "version", "", "bytes a row", "payload apart", "asked for"),
        lines,
        [
            Target("A row beside its payload, before the first `df`", before, 100, False, "bytes"),
            Target("More of a row after the first `df`", found[READ] - found[KEPT], 200, False, "bytes"),
            Target("A row at rest, its payload in it (the stretch)", found[KEPT], 160, False, "bytes"),
        ],
    )


def alone(number: int, rows: int, *, traced: bool) -> dict[str, float]:
    """Bytes a row after each step of a keeper, in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measure, number, rows, traced=traced).result()


def measure(number: int, rows: int, *, traced: bool) -> dict[str, float]:
    """The same, in this process.

    Args:
        number: of the keeper.
        rows: how many it keeps.
        traced: whether Python's book is asked, or the system.
    """
    keeper = KEEPERS[number]
    for _, held in keeper.steps(min(FEW, rows)):
        del held
    if traced:
        tracemalloc.start()
    look = asked_for if traced else resident_bytes
    before, sizes, held = look(), {}, []
    for step, thing in keeper.steps(rows):
        held.append(thing)
        del thing
        sizes[step] = (look() - before) / rows
    return sizes


def resident_bytes() -> int:
    """The memory of this process, after collecting."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    status = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return int(status["VmRSS"].split()[0]) * 1024


def asked_for() -> int:
    """What Python, numpy and Arrow hold of what they asked for, after collecting."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0] + int(pa.total_allocated_bytes())


# -- who keeps rows ----------------------------------------------------------------------------------------


def ours(rows: int) -> Steps:
    """A store; then a frame; then one with fields of the payload."""
    resident = Resident(rows, BATCH)
    yield KEPT, resident
    yield READ, resident.store.df
    yield EXPANDED_TOO, resident.store.to_pandas(expand=list(EXPANDED))


def parts(rows: int) -> Iterator[list[str]]:
    """The payloads, some at a time: as texts they would be in the memory that is measured."""
    for start in range(0, rows, BATCH):
        yield texts(start, min(start + BATCH, rows))


def dictionaries(rows: int) -> Steps:
    """A list of decoded payloads; then a frame of them."""
    import pandas as pd

    kept: list[Any] = []
    for part in parts(rows):
        kept += map(json.loads, part)
    yield KEPT, kept
    yield "`pd.DataFrame` of them held", pd.DataFrame(kept)


def perspective(rows: int) -> Steps:
    """A table of perspective; its payloads are gone."""
    import perspective as psp  # type: ignore[import-not-found]  # a peer: not where the tests run

    table = psp.Server().new_local_client().table(f"[{texts(0, 1)[0]},{texts(1, 2)[0]}]", format="json")
    for part in parts(rows - 2):
        table.update(f"[{','.join(part)}]", format="json")
    if table.size() != rows:
        raise AssertionError(f"{table.size()} rows")
    yield KEPT, table


def polars(rows: int) -> Steps:
    """A frame of polars; its payloads are gone."""
    import polars as pl

    schema = pl.DataFrame([*map(json.loads, texts(0, 2))]).schema
    frame = pl.DataFrame(schema=schema)
    for part in parts(rows):
        frame.extend(pl.DataFrame([*map(json.loads, part)], schema=schema))
    yield KEPT, frame


KEEPERS = [
    Keeper("sse_notebook", ours, payload=True, listed=True),
    Keeper("list of dictionaries", dictionaries, listed=True),
    Keeper("perspective", perspective, "perspective-python"),
    Keeper("polars", polars, "polars"),
]
