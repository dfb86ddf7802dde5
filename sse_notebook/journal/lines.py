"""The newest rows of an archive: JSON, one row a line, until they are a segment.

The law: a line is a row, or it is none: what was cut anywhere loses the row that was cut, and no other. What
is read is what was written, but for half characters, which no file can have.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.events.batch import COLUMNS, Batch
from sse_notebook.source.redactor import Redactor
from sse_notebook.store.schema import COLUMNS as CONTRACT
from sse_notebook.store.tables import SCHEMA

__all__ = ["lines_of", "table_of"]

TEXTS: Final = tuple(
    column.attribute for column in CONTRACT if SCHEMA.field(column.name).type == "large_string"
)
PART: Final = 2_000  # lines that are decoded at once: meanwhile nothing else in this process runs

Text = str | None


class _Row(msgspec.Struct, array_like=True, gc=False):
    """A line. No collector of garbage looks at it: there are many."""

    seq: int
    timestamp: int
    received_at: int
    type: str
    event_type: str
    id: Text
    severity: str
    priority: int | None
    cluster_id: Text
    project_id: Text
    workload_id: Text
    resource_type: Text
    resource_id: Text
    status: Text
    message: Text
    origin: str
    after_gap: bool
    source: str
    data: str


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(_Row)


def lines_of(rows: Batch, redact: Redactor | None = None) -> bytes:
    """Rows as lines, with the secrets masked that are known."""
    try:
        lines = _encoded(rows)
    except UnicodeEncodeError:  # half a character
        rows = _changed(rows, lambda text: text.encode(errors="replace").decode())
        lines = _encoded(rows)
    if redact is not None and redact.may_be_in(lines, whole=True):
        lines = _encoded(_changed(rows, redact))
    return lines


def _encoded(rows: Batch) -> bytes:
    # An event's attributes stand in the order of the columns.
    return _ENCODER.encode_lines(zip(*(rows.columns[name] for name in COLUMNS), strict=True))


def _changed(rows: Batch, change: Any) -> Batch:
    return rows.with_columns(**{
        name: [None if text is None else change(text) for text in rows.columns[name]] for name in TEXTS
    })  # fmt: skip


def table_of(lines: bytes) -> tuple[Any, int, int]:
    """Rows from lines.

    Args:
        lines: from the beginning of one on. What stands behind the last line's end is not looked at.

    Returns:
        The rows as a table; how many bytes were read; how many of the lines are no rows.
    """
    whole = lines.rfind(b"\n") + 1
    tables: list[Any] = []
    bad = done = 0
    every = memoryview(lines)
    while done < whole:
        end = done
        for _ in range(PART):
            if (end := lines.find(b"\n", end, whole) + 1) in (0, whole):
                break
        end = end or whole
        rows, wrong = _rows(bytes(every[done:end]))
        if rows:
            tables.append(_table(rows))
        bad += wrong
        done = end
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table(), whole, bad


def _rows(lines: bytes) -> tuple[list[Any], int]:
    try:
        return _DECODER.decode_lines(lines), 0
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    rows, each = [], lines.splitlines()
    for line in each:
        try:
            rows.append(_DECODER.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
    return rows, len(each) - len(rows)


def _table(rows: Sequence[Any]) -> Any:
    return pa.table(
        [pa.array(list(map(attrgetter(field.name), rows)), field.type) for field in SCHEMA], schema=SCHEMA
    )
