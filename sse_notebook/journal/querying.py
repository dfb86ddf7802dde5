"""Doors out of an archive that is larger than memory: DuckDB and dask.

The law: they read the files themselves, and the newest rows from us; what a query says is the user's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.errors import ArgumentError, MissingExtra
from sse_notebook.journal.folder import Piece
from sse_notebook.store.schema import STR
from sse_notebook.store.tables import SCHEMA, snapshot_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TABLES", "dask_of", "queried"]

#: What the rows are called in a query.
TABLES: Final = ("archive", "events")


def queried(pieces: Sequence[Piece], text: str) -> pd.DataFrame:
    """What a query gives.

    Args:
        pieces: the rows.
        text: the query.

    Raises:
        MissingExtra: DuckDB is not installed.
        ArgumentError: the query can't be answered; it says why.
    """
    try:
        import duckdb
    except ImportError:
        raise MissingExtra(
            "sql needs DuckDB, which is not installed: pip install 'sse_notebook[archive]'"
        ) from None
    if not isinstance(text, str) or not text.strip():
        raise ArgumentError(
            f'sql takes a query, as "SELECT count(*) FROM archive", not {text!r:.80}'  # noqa: S608 - none
        )
    # Nothing is fetched from anywhere by itself, and no name means a variable of this function.
    config: dict[str, Any] = {"autoinstall_known_extensions": False, "python_enable_replacements": False}
    with duckdb.connect(":memory:", config=config) as database:
        try:
            database.execute("SET TimeZone = 'UTC'")
            rows = database.sql(_source(database, pieces))
            for name in TABLES:
                rows.create_view(name)
            found = database.sql(text)
            if found is None:
                raise ArgumentError(f"sql: this gives no rows: {text:.80}")
            frame: pd.DataFrame = found.df()
        except duckdb.Error as error:
            hint = f" (the rows are called {' or '.join(TABLES)})" if "does not exist" in str(error) else ""
            raise ArgumentError(f"sql: {error}{hint}") from None
    return frame


def _source(database: Any, pieces: Sequence[Piece]) -> str:
    """A query that gives all rows."""
    columns = ", ".join(f'"{name}"' for name in SCHEMA.names)
    parts: list[tuple[str, str]] = []
    for writer in dict.fromkeys(piece.writer for piece in pieces):
        segments = [each.segment for each in pieces if each.writer == writer and each.segment is not None]
        if segments:
            files = ", ".join(_quoted(str(segment.path)) for segment in segments)
            source = f"read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
            # A segment may have grown since the others were looked at.
            parts.append((writer, f"{source} WHERE seq <= {segments[-1].last}"))
    for number, piece in enumerate(pieces):
        if piece.segment is None:
            database.register(f"_lines_{number}", piece.table)
            parts.append((piece.writer, f"_lines_{number}"))
    if not parts:
        database.register("_nothing", SCHEMA.empty_table())
        parts.append(("", "_nothing"))
    return " UNION ALL ".join(
        f"SELECT {_quoted(writer)} AS writer, {columns} FROM {source}"  # noqa: S608 - names that are quoted
        for writer, source in parts
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def dask_of(pieces: Sequence[Piece]) -> Any:
    """The rows as a DataFrame of dask: one partition for each segment.

    Raises:
        MissingExtra: dask is not installed.
    """
    try:
        import dask.dataframe as dd
    except ImportError:
        raise MissingExtra(
            "to_dask needs dask, which is not installed: pip install 'sse_notebook[dask]'"
        ) from None
    empty = Piece("", None, SCHEMA.empty_table())
    from_map: Any = dd.from_map  # which has no types
    return from_map(_frame_of, list(pieces) or [empty], meta=_frame_of(empty))


def _frame_of(piece: Piece) -> pd.DataFrame:
    """A partition. What is a category of others here is text: partitions would have different ones."""
    table: Any = piece.read()
    whose = pa.nulls(table.num_rows, pa.int32()).fill_null(0).to_numpy()
    frame = snapshot_of(table, [piece.writer], whose).frame([]).reset_index("writer")
    return frame.astype({"writer": STR, "source": STR})
