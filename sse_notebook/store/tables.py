"""Rows that were kept elsewhere: a table of Arrow, read as the store's own rows are.

The law: what is read of such rows is what the store that they come from would say, but that each is called by
its writer and its `seq`, which need not follow one another. Nothing is copied that Arrow has already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # likewise

from sse_notebook.events.severity import SEVERITIES
from sse_notebook.store.columns import Version
from sse_notebook.store.expand import Expand, Expanders, Paths, check_expand
from sse_notebook.store.frame import Frames
from sse_notebook.store.masks import Masks
from sse_notebook.store.schema import COLUMNS, ORIGINS, STR, columns_of
from sse_notebook.store.snapshot import Reader, Snapshot
from sse_notebook.store.texts import AGAIN, DIFFERENT, TEXT, Segment

__all__ = ["SCHEMA", "RowNames", "snapshot_of"]

_TIME: Final = pa.timestamp("us", "UTC")
_KINDS: Final = {
    **dict.fromkeys(("timestamp", "received_at"), _TIME),
    "priority": pa.int8(),
    "after_gap": pa.bool_(),
}

#: The columns of such a table: `seq`, then those of the contract; words of a list are texts.
SCHEMA: Final = pa.schema(
    [("seq", pa.int64()), *((column.name, _KINDS.get(column.name, TEXT)) for column in COLUMNS)]
)

_NAMES: Final = {column.attribute: column.name for column in COLUMNS}
_CODED: Final = {"severity": SEVERITIES, "origin": ORIGINS}


class RowNames:
    """What rows are called that came from several writers.

    Args:
        writers: the names of the writers.
        codes: for each row, which of them wrote it.
        seqs: for each row, its `seq`.

    Attributes:
        seqs: as above.
    """

    def __init__(self, writers: Sequence[str], codes: Any, seqs: Any) -> None:
        self.seqs = seqs
        self._writers, self._codes = list(writers), codes

    def pandas(self, rows: Any) -> pd.MultiIndex:
        """The index that a frame of some rows has: `writer`, `seq`."""
        seqs = self.seqs[rows]
        writers = pd.Index(self._writers, dtype=STR)
        levels, codes = np.unique(seqs, return_inverse=True)
        both: Any = [writers, pd.Index(levels, dtype=np.int64)]
        return pd.MultiIndex(levels=both, codes=[self._codes[rows], codes.tolist()], names=["writer", "seq"])

    def arrow(self, rows: Any) -> dict[str, Any]:
        """The same as columns of Arrow."""
        codes = pa.array(self._codes[rows], pa.int32())
        return {"writer": pa.array(self._writers, TEXT).take(codes), "seq": pa.array(self.seqs[rows])}


class _ArrowSegment(Segment):
    """Texts that Arrow has. Nothing is ever written to it.

    Args:
        first: the place of the first row.
        columns: the texts by attribute, one array each.
    """

    def __init__(self, first: int, columns: Mapping[str, Any]) -> None:
        self.first = first
        self.rows = len(columns["raw"])
        self._columns = columns
        self._codes: dict[str, tuple[Any, list[str | None]]] = {}

    @property
    def sizes(self) -> dict[str, int]:
        return {name: int(self._columns[name].nbytes) for name in DIFFERENT}

    def nbytes(self, start: int, stop: int) -> int:
        return sum(int(array.slice(start, stop - start).nbytes) for array in self._columns.values())

    def read(self, attribute: str, rows: int) -> Sequence[Any]:
        return [self._columns[attribute].slice(0, rows)]

    def values(self, attribute: str, start: int, stop: int) -> Sequence[Any]:
        return list(self._columns[attribute].slice(start, stop - start).to_pylist())

    def pick(self, rows: Any) -> Mapping[str, Sequence[Any]]:
        places = pa.array(rows)
        return {name: self._columns[name].take(places).to_pylist() for name in (*AGAIN, *DIFFERENT)}

    def coded(self, attribute: str, start: int, stop: int) -> tuple[Any, list[str | None]]:
        known = self._codes.get(attribute)
        if known is None:
            encoded = self._columns[attribute].dictionary_encode(null_encoding="encode")
            known = encoded.indices.to_numpy(), encoded.dictionary.to_pylist()
            self._codes[attribute] = known  # two readers may both make it
        codes, words = known
        return codes[start:stop], words

    def is_in(self, attribute: str, words: Collection[str | None], start: int, stop: int) -> Any:
        codes, known = self.coded(attribute, start, min(stop, self.rows))
        wanted = set(words)
        return np.isin(codes, [code for code, word in enumerate(known) if word in wanted])


def snapshot_of(
    table: Any,
    writers: Sequence[str],
    codes: Any,
    *,
    source: str = "",
    expand: Expand = None,
    check: Callable[[int], object] = int,
) -> Snapshot:
    """The rows of a table as the reading face reads them.

    Args:
        table: with `seq`, and columns of `SCHEMA`; one that lacks has no values.
        writers: the names of who wrote them.
        codes: for each row, which of them did.
        source: where rows would come from if there were any.
        expand: which payload fields are columns where nobody asks for others.
        check: called with how many rows there are before a frame of them is made.

    Returns:
        All rows, in the order that they stand in.
    """
    version = _version(table, RowNames(writers, codes, _numpy(table.column("seq"))), source)
    frames = Frames()
    expanders = Expanders(frames)
    own = check_expand(expand)

    def paths(asked: Expand) -> Paths:
        return own if asked is None else check_expand(asked)

    def frame(version: Version, asked: Expand) -> pd.DataFrame:
        check(version.stop)
        return expanders.frame(version, paths(asked))

    def of_arrow(version: Version) -> pd.DataFrame:
        check(version.stop)
        return frames.of_arrow(version)

    return Snapshot(version, Reader(frame, of_arrow, frames.texts, paths, Masks(expanders).rows))


def _version(table: Any, names: RowNames, source: str) -> Version:
    rows = table.num_rows
    sources = tuple(pc.unique(_column(table, "source")).drop_null().to_pylist()) or (source,)
    kinds = {column.attribute: column.kind for column in columns_of(sources)}
    words = {**_CODED, "source": sources}
    numbers: dict[str, Any] = {}
    for attribute, kind in kinds.items():
        if kind is not None:
            column = _column(table, _NAMES[attribute])
            numbers[attribute] = _numbers(column, words.get(attribute)).astype(kind.dtype, copy=False)
    times = numbers["timestamp_us"]
    newest = np.maximum.accumulate(times) if rows else times
    late = np.flatnonzero(times < newest)
    nothing = pa.nulls(rows, TEXT)  # one for all columns that lack
    texts = pa.table({name: _column(table, _NAMES[name], nothing) for name in (*AGAIN, *DIFFERENT)})
    segments: list[Segment] = []
    first = 0
    for batch in texts.to_batches():
        segments.append(_ArrowSegment(first, dict(zip(texts.column_names, batch.columns, strict=True))))
        first += batch.num_rows
    return Version(
        start=0,
        stop=rows,
        first=0,
        floor=0,
        numbers=numbers,
        segments=tuple(segments),
        sources=sources,
        late=len(late),
        latest=int(late[-1]) if len(late) else -1,
        newest_us=int(newest[-1]) if rows else 0,
        names=names,
    )


def _column(table: Any, name: str, nothing: Any = None) -> Any:
    if name in table.column_names:
        return table.column(name).cast(SCHEMA.field(name).type)
    return pa.nulls(table.num_rows, SCHEMA.field(name).type) if nothing is None else nothing


def _numbers(column: Any, words: Sequence[str] | None) -> Any:
    """A column as numbers, in one piece: 0 where there is nothing, and no word that is known."""
    if words is not None:
        column = pc.index_in(column, value_set=pa.array(words, TEXT))
    elif pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return _numpy(pc.fill_null(column, pa.scalar(0).cast(column.type)) if column.null_count else column)


def _numpy(column: Any) -> Any:
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return column.to_numpy(zero_copy_only=False)
