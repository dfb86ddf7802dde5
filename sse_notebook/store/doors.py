"""Doors out: Arrow, polars, Parquet, CSV, CloudEvents.

The law: what goes out says what the frame says, in the types of where it goes; nothing in it is run there.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.errors import MissingExtra
from sse_notebook.events import Event
from sse_notebook.events.payload import encode
from sse_notebook.store.expand import Expand
from sse_notebook.store.schema import columns_of
from sse_notebook.store.snapshot import Snapshot, events_in
from sse_notebook.store.texts import TEXT

if TYPE_CHECKING:
    import polars as pl

__all__ = ["arrow_frame", "arrow_table", "cloudevents", "csv", "polars_frame", "write_parquet"]

# What a spreadsheet takes for the beginning of a formula: OWASP, "CSV Injection".
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def arrow_table(snapshot: Snapshot, expand: Expand = None) -> Any:
    """The rows as a table of Arrow: `seq`, the contract's columns, and those of the payload."""
    seqs = snapshot.seqs
    columns = {"seq": pa.array(np.arange(seqs.start, seqs.stop) if isinstance(seqs, range) else seqs)}
    texts = snapshot.texts()
    for name, attribute, kind in columns_of(snapshot.version.sources):
        columns[name] = texts[name] if kind is None else kind.arrow(snapshot.number(attribute))
    frame = snapshot.frame(expand)
    for name in frame.columns[len(columns) - 1 :]:
        columns[name] = _arrow(frame[name])
    return pa.table(columns)


def _arrow(column: pd.Series[Any]) -> Any:
    """A column of the payload: lists as lists where they are of one kind, else as JSON."""
    if column.dtype != object:
        return pa.array(column, from_pandas=True)
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([None if value is None else encode(value) for value in column], TEXT)


def arrow_frame(snapshot: Snapshot, expand: Expand = None) -> pd.DataFrame:
    """The rows as a frame whose columns are Arrow's, but for categories: those of Arrow have no order."""
    texts = snapshot.texts()
    columns: dict[str, Any] = {}
    for name, attribute, kind in columns_of(snapshot.version.sources):
        array = texts[name] if kind is None else kind.arrow(snapshot.number(attribute))
        if pa.types.is_dictionary(array.type) and kind is not None:
            columns[name] = kind.frame(snapshot.number(attribute).copy())
        else:
            columns[name] = pd.arrays.ArrowExtensionArray(array)
    frame = snapshot.frame(expand)
    for name in frame.columns[len(columns) :]:
        columns[name] = pd.arrays.ArrowExtensionArray(_arrow(frame[name]))
    return pd.DataFrame(columns, index=frame.index, copy=False)


def polars_frame(snapshot: Snapshot, expand: Expand = None) -> pl.DataFrame:
    """The rows as a frame of polars."""
    try:
        import polars as pl
    except ImportError:
        raise MissingExtra("to_polars needs polars, which is not installed: pip install polars") from None
    frame = pl.from_arrow(arrow_table(snapshot, expand))
    return frame if isinstance(frame, pl.DataFrame) else frame.to_frame()


def write_parquet(snapshot: Snapshot, path: str | Path, expand: Expand = None) -> None:
    """Write the rows to a Parquet file, which is there when it is whole."""
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # it has no types; and it is slow to import

    with _whole(path) as part:
        pq.write_table(arrow_table(snapshot, expand), part, compression="zstd")


def csv(snapshot: Snapshot, path: str | Path | None = None, expand: Expand = None) -> str | None:
    """The rows as CSV, with formulas made harmless."""
    frame = snapshot.frame(expand).copy()
    for name in frame.columns:
        if frame[name].dtype == object or isinstance(
            frame[name].dtype, (pd.StringDtype, pd.CategoricalDtype)
        ):
            frame[name] = frame[name].map(_harmless, na_action="ignore").astype(object)
    frame.columns = frame.columns.map(_harmless)
    return _written(path, lambda into: frame.to_csv(into, date_format="%Y-%m-%dT%H:%M:%S.%fZ"))


def _harmless(value: Any) -> Any:
    if not isinstance(value, str):
        value = encode(value)
    return f"'{value}" if value.lstrip(" ").startswith(FORMULA) else value


def cloudevents(snapshot: Snapshot, path: str | Path | None = None) -> str | None:
    """The rows as CloudEvents in JSON, one a line."""
    return _written(path, lambda into: into.writelines(_cloudevents(events_in(snapshot))))


def _cloudevents(events: Iterable[Event]) -> Iterator[str]:
    known: set[tuple[str, str]] = set()
    for event in events:
        source, own_id = event.source or "sse-notebook", event.id or str(event.seq)
        # "Producers MUST ensure that source + id is unique for each distinct event" (CloudEvents 1.0, `id`);
        # ids on the wire need not be.
        if (source, own_id) in known:
            own_id = f"{own_id}#{event.seq}"
        known.add((source, own_id))
        said = {
            "specversion": "1.0",
            "id": own_id,
            "source": source,
            "type": event.type,
            "time": event.timestamp.isoformat().replace("+00:00", "Z"),
            "subject": "/".join(filter(None, (event.resource_type, event.resource_id))),
            "severity": event.severity,
            "sequence": str(event.seq),
            "datacontenttype": "text/plain" if event.data is event.raw else "application/json",
            "data": event.data,
        }
        yield encode({name: value for name, value in said.items() if value != "" or name == "data"}) + "\n"


def _written(path: str | Path | None, write: Callable[[Any], object]) -> str | None:
    """What `write` writes: as text, or in a file that is there when it is whole."""
    if path is None:
        text = io.StringIO(newline="")
        write(text)
        return text.getvalue()
    with _whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        write(file)
    return None


@contextlib.contextmanager
def _whole(path: str | Path) -> Iterator[Path]:
    """A file beside the one that is to be written, which becomes it when nothing went wrong."""
    path = Path(path)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
        # As if it had been made by `open`: `mkstemp` lets nobody else read it.
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
