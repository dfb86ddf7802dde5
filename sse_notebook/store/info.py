"""What is kept, said in some lines: `info()`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, TextIO

import numpy as np

from sse_notebook.store.shown import counted
from sse_notebook.store.snapshot import Snapshot

__all__ = ["TYPES", "describe", "types_of"]

TYPES = 10  # of which the number of rows is said
LONGEST = 60  # characters of a name


def describe(snapshot: Snapshot, into: TextIO | None = None, hide: Callable[[str], str] = str) -> None:
    """Write how many rows there are, of what times and types, and how much memory a frame of them takes.

    Args:
        snapshot: the rows.
        into: where to; None: standard output.
        hide: masks secrets in a text.
    """
    frame = snapshot.frame()
    lines = [f"{counted(len(frame))}, {len(frame.columns)} columns"]
    if len(frame):
        times = snapshot.number("timestamp_us")
        first, last = (np.datetime64(int(us), "us") for us in (times.min(), times.max()))
        lines.append(f"timestamp: {first}Z to {last}Z")
        late = snapshot.version.late
        lines += [f"out of order: {late:,} of all rows ever added"] if late else []
        memory = int(frame.memory_usage(deep=True).sum())
        lines.append(f"memory of a frame: {memory / 2**20:,.1f} MiB ({memory // len(frame):,} bytes a row)")
        numbers: Any = frame["type"].value_counts()
        lines += types_of(numbers.head(TYPES).items(), len(numbers), hide)
    (into or sys.stdout).write("\n".join(lines) + "\n")


def types_of(numbers: Iterable[tuple[str, int]], types: int, hide: Callable[[str], str] = str) -> list[str]:
    """Lines that say how many rows there are of the most frequent types, of so many types in all."""
    lines = [f"  {_shown(hide(name))}: {number:,}" for name, number in numbers]
    return lines + ([f"  and {types - TYPES} more types"] if types > TYPES else [])


def _shown(name: str) -> str:
    """A name that the wire brought, with nothing in it that a terminal would obey."""
    short = name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)
