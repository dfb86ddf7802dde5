"""Rows of an archive, brought into memory: those that are asked for, and of others as little as can be.

The law: of one writer rows stand in the order of their `seq`; those of several as they came. A segment whose
times say that none of its rows is wanted is not opened; where a filter is asked, first only what it is about
is read. A segment that can't be read is told, and the others are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.filters import Filter
from sse_notebook.filters.mask import operands
from sse_notebook.filters.names import PREFIX
from sse_notebook.filters.tree import TRUE, Field, Lower, Node, Opaque, clauses
from sse_notebook.journal.folder import UNREADABLE, Piece, named
from sse_notebook.store.expand import Expand
from sse_notebook.store.snapshot import Snapshot
from sse_notebook.store.tables import SCHEMA, snapshot_of

__all__ = ["Wanted", "counted_by", "gathered"]

_ALWAYS: Final = ["timestamp", "received_at"]


class Wanted(NamedTuple):
    """Which rows.

    Attributes:
        start_us, end_us: those whose timestamp is from here, up to there; None: no bound.
        filter: those that fit; None: all.
        now: Unix time, for ages.
        columns: what is read of them; None: everything.
        number: so many of the oldest; a negative number: so many of the newest; None: all.
    """

    start_us: int | None = None
    end_us: int | None = None
    filter: Filter | None = None
    now: float = 0.0
    columns: list[str] | None = None
    number: int | None = None


def gathered(
    pieces: Sequence[Piece],
    wanted: Wanted,
    *,
    source: str = "",
    expand: Expand = None,
    check: Callable[[int], object] = int,
    report: Callable[[str], object] = str,
) -> Snapshot:
    """The rows that are wanted, as the reading face reads them.

    Args:
        pieces: writer by writer, and of each the oldest first.
        wanted: which.
        source: as `snapshot_of` takes it.
        expand: likewise.
        check: likewise.
        report: told, in words, of what can't be read.
    """
    writers = list(dict.fromkeys(piece.writer for piece in pieces))
    tables: list[Any] = []
    codes: list[Any] = []
    for code, writer in enumerate(writers):
        own = [piece for piece in pieces if piece.writer == writer]
        found = list(_of_one(own, wanted, report))
        tables += found
        codes.append(np.full(sum(table.num_rows for table in found), code, np.int32))
    table = pa.concat_tables(tables, promote_options="default") if tables else _empty(wanted.columns)
    whose = np.concatenate(codes) if codes else np.zeros(0, np.int32)
    if len([each for each in codes if len(each)]) > 1:
        order = _as_they_came(table, whose)
        if wanted.number is not None:
            order = order[: wanted.number] if wanted.number >= 0 else order[wanted.number :]
        table, whose = table.take(pa.array(order)), whose[order]
    return snapshot_of(table, writers, whose, source=source, expand=expand, check=check)


def counted_by(pieces: Sequence[Piece], column: str) -> Counter[str]:
    """How many rows there are of each value of a column of texts, of what can be read."""
    found: Counter[str] = Counter()
    for piece in pieces:
        try:
            counts = piece.read([column]).column(column).value_counts().to_pylist()
        except UNREADABLE:
            continue
        for each in counts:
            found[each["values"]] += each["counts"]
    return found


def _of_one(pieces: Sequence[Piece], wanted: Wanted, report: Callable[[str], object]) -> Iterator[Any]:
    """The tables of one writer, the oldest rows first."""
    if wanted.number is None:
        for piece in pieces:
            yield from _fitting(piece, wanted, report)
        return
    newest, left = wanted.number < 0, abs(wanted.number)
    found: list[Any] = []
    for piece in reversed(pieces) if newest else pieces:
        if left:
            groups = piece.ends(-left if newest else left)
            for table in _read(piece, report, partial(Piece.read, columns=wanted.columns, groups=groups)):
                found.append(table[-left:] if newest else table[:left])
                left -= found[-1].num_rows
    yield from reversed(found) if newest else found


def _fitting(piece: Piece, wanted: Wanted, report: Callable[[str], object]) -> Iterator[Any]:
    """The rows of a piece that are wanted, if there are any."""
    return _read(piece, report, lambda of: _rows(of, wanted))


def _read(piece: Piece, report: Callable[[str], object], read: Callable[[Piece], Any]) -> Iterator[Any]:
    try:
        table = read(piece)
    except UNREADABLE as error:
        report(named(piece, error))
        return
    if table.num_rows:
        yield table


def _rows(piece: Piece, wanted: Wanted) -> Any:
    start_us, end_us, columns = wanted.start_us, wanted.end_us, wanted.columns
    asked = _asked(wanted.filter.tree) if wanted.filter is not None else []
    if start_us is None and end_us is None and asked == []:
        return piece.read(columns)
    groups = piece.between(start_us, end_us)
    if groups == []:
        return _empty(columns)
    if columns is not None and asked is not None:
        columns = [*columns, *asked]
    if not asked or wanted.columns is not None:
        asked = None  # one reading is enough
    table = piece.read(columns if asked is None else [*_ALWAYS, *asked], groups)
    some = snapshot_of(table, [piece.writer], np.zeros(table.num_rows, np.int32))
    if start_us is not None or end_us is not None:
        some = some.between(start_us, end_us)
    if wanted.filter is not None:
        some = some.where(wanted.filter, wanted.now)
    if not some.size:
        return _empty(columns)
    if asked is not None:
        table = piece.read(columns, groups)
    rows: Any = some.rows
    if isinstance(rows, slice):
        return table.slice(rows.start or 0, some.size)
    return table.take(pa.array(rows))


def _asked(tree: Node) -> list[str] | None:
    """The columns that a filter is about; None: all of them."""
    found: list[str] = []
    for clause in clauses(tree) if tree != TRUE else ():
        if isinstance(clause, Opaque):
            return None
        for operand in operands(clause):
            field = operand.of if isinstance(operand, Lower) else operand
            if isinstance(field, Field):
                found.append("data" if field.name.startswith(PREFIX) else field.name)
                if field.name == "type":  # which has two spellings
                    found += ["event_type", "status"]
            else:
                found.append("timestamp")  # an age
    return found


def _empty(columns: list[str] | None) -> Any:
    table = SCHEMA.empty_table()
    return table if columns is None else table.select([n for n in SCHEMA.names if n in ("seq", *columns)])


def _as_they_came(table: Any, whose: Any) -> Any:
    """The places of rows of several writers, ordered by when they came; each writer's stay in their order."""
    came = table.column("received_at").cast(pa.int64()).to_numpy()
    key = np.empty(len(came), np.int64)
    for code in np.unique(whose):
        own = whose == code
        key[own] = np.maximum.accumulate(came[own])  # a clock may have been set back
    return np.argsort(key, kind="stable")
