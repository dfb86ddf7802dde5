"""Doors out: Arrow, polars, Parquet, CSV, CloudEvents.

The law: what goes out says what the frame says, in the types of where it goes; nothing in it is run there.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types

from sse_notebook.errors import ArgumentError, MissingExtra
from sse_notebook.events import Event
from sse_notebook.events.payload import encode
from sse_notebook.store.expand import Expand
from sse_notebook.store.paths import path_of
from sse_notebook.store.schema import columns_of
from sse_notebook.store.snapshot import Snapshot, events_in
from sse_notebook.store.texts import TEXT

if TYPE_CHECKING:
    import polars as pl

__all__ = ["arrow_frame", "arrow_table", "cloudevents", "csv", "polars_frame", "whole", "write_parquet"]

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), also after what is not
# seen: spaces, control characters, marks of direction. Full-width and small forms are the same to some.
FORMULA = re.compile(
    "[\\s\\x00-\\x20\\x7f-\\xa0\\xad\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff]*"
    "[-=+@\\uff0d\\uff1d\\uff0b\\uff20\\ufe63\\ufe66\\ufe62\\ufe6b]|[\t\r\n]"
)
# As lists and objects of Arrow a payload could become a tower (at some hundred levels polars crashes), or a
# wall: a column for each name that ever was a key. Beyond this it is text.
DEEPEST = 16  # lists and objects in one another
WIDEST = 64  # fields of the objects of one column
TOO_DEEP = "[nested too deep]"

PACKED = {".bz2", ".xz", ".zip", ".zst", ".tar"}  # names by which pandas would pack, and readers unpack

LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


def arrow_table(snapshot: Snapshot, expand: Expand = None) -> Any:
    """The rows as a table of Arrow: what its index is, the contract's columns, and those of the payload."""
    columns = snapshot.called()
    texts = snapshot.texts()
    for name, attribute, kind in columns_of(snapshot.version.sources):
        columns[name] = texts[name] if kind is None else kind.arrow(snapshot.number(attribute))
    if (extra := snapshot.payload(expand)) is not None:
        columns |= {name: _arrow(extra[name]) for name in extra.columns}
    return pa.table(columns)


def _arrow(column: pd.Series[Any]) -> Any:
    """A column of the payload: lists as lists where they are of one kind, else as JSON."""
    if column.dtype != object:
        return pa.array(column, from_pandas=True)
    if _tame(column):
        with contextlib.suppress(pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            return pa.array(column, from_pandas=True)
    return pa.array([None if value is None else _text(value) for value in column], TEXT)


def _tame(values: Iterable[Any]) -> bool:
    """Whether lists and objects are neither too deep nor too wide for Arrow, and none is an empty object.

    Parquet knows no type for objects without fields.
    """
    fields: set[str] = set()
    todo = [(value, "", 1) for value in values if type(value) in (list, dict)]
    while todo:
        value, at, depth = todo.pop()
        if type(value) is dict:
            items = [(item, f"{at}.{name}") for name, item in value.items()]
            fields.update(path for _, path in items)
        else:
            items = [(item, f"{at}[]") for item in value]
        if value == {} or depth > DEEPEST or len(fields) > WIDEST:
            return False
        todo += [(item, path, depth + 1) for item, path in items if type(item) in (list, dict)]
    return True


def _text(value: Any) -> str:
    """A list or an object as JSON."""
    try:
        return encode(value)
    except ArgumentError:
        return TOO_DEEP


def arrow_frame(snapshot: Snapshot, expand: Expand = None) -> pd.DataFrame:
    """The rows as a frame whose columns are Arrow's, but for categories: those of Arrow have no order."""
    extra = snapshot.payload(expand)
    if snapshot.all and extra is None:
        return snapshot.named(snapshot.reader.of_arrow(snapshot.version))
    texts = snapshot.texts()
    columns: dict[str, Any] = {}
    for name, attribute, kind in columns_of(snapshot.version.sources):
        if kind is None:
            columns[name] = pd.arrays.ArrowExtensionArray(texts[name])
        elif kind.category:
            columns[name] = kind.frame(snapshot.number(attribute).copy())
        else:
            columns[name] = pd.arrays.ArrowExtensionArray(kind.arrow(snapshot.number(attribute)))
    if extra is not None:
        columns |= {name: pd.arrays.ArrowExtensionArray(_arrow(extra[name])) for name in extra.columns}
    return pd.DataFrame(columns, index=snapshot.numbered(), copy=False)


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

    table = arrow_table(snapshot, expand)
    # pandas' own words in the file, by which it knows the index, and `Int8` from numbers with holes.
    empty = snapshot.first(0).frame(expand)
    names = list(empty.index.names)
    empty = empty.reset_index().astype({"seq": "int64"}).set_index(names)
    said = pa.Schema.from_pandas(empty, preserve_index=True).metadata
    # A file of Python's own, which says in the system's words why it can't be written.
    with whole(path) as part, part.open("wb") as file:
        pq.write_table(table.replace_schema_metadata(said), file, compression="zstd")


def csv(snapshot: Snapshot, path: str | Path | None = None, expand: Expand = None) -> str | None:
    """The rows as CSV, with formulas made harmless."""
    frame = snapshot.frame(expand)
    for name in frame.columns:
        if frame[name].dtype == object or isinstance(
            frame[name].dtype, (pd.StringDtype, pd.CategoricalDtype)
        ):
            frame[name] = frame[name].astype(object).map(_harmless, na_action="ignore")
    frame.columns = frame.columns.map(_harmless)
    # With the line's end that RFC 4180 has, a bare CR or LF in a text is quoted too.
    return _written(
        path, lambda into: frame.to_csv(into, date_format="%Y-%m-%dT%H:%M:%S.%fZ", lineterminator="\r\n")
    )


def _harmless(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        value = _text(value)
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def cloudevents(snapshot: Snapshot, path: str | Path | None = None) -> str | None:
    """The rows as CloudEvents in JSON, one a line."""
    return _written(path, lambda into: into.writelines(_cloudevents(events_in(snapshot))))


def _cloudevents(events: Iterable[Event]) -> Iterator[str]:
    known: set[tuple[str, str]] = set()
    for event in events:
        source = quote(event.source, safe="%:/?#[]@!$&'()*+,;=~") or "sse-notebook"  # "URI-reference"
        own_id = event.id or str(event.seq)
        # "Producers MUST ensure that source + id is unique for each distinct event" (CloudEvents 1.0, `id`);
        # ids on the wire need not be.
        while (source, own_id) in known:
            own_id = f"{own_id}#{event.seq}"
        known.add((source, own_id))
        said = {
            "specversion": "1.0",
            "id": own_id,
            "source": source,
            "type": event.type or "message",
            "time": _rfc3339(event),
            "subject": "/".join(filter(None, (event.resource_type, event.resource_id))),
            "severity": event.severity,
            "sequence": f"{event.seq:019}",  # "a lexicographically-orderable string" (its extension)
        }
        known_to_be = {name: value for name, value in said.items() if value}
        kind = "text/plain" if event.data is event.raw else "application/json"
        line = encode(known_to_be | {"datacontenttype": kind, "data": event.data})
        # No reader of lines may find another line's end: in JSON these can be written otherwise.
        yield line.translate(LINE_ENDS) + "\n"


def _rfc3339(event: Event) -> str | None:
    """An event's time; None where it has too many digits for that."""
    try:
        return event.timestamp.isoformat().replace("+00:00", "Z")
    except OverflowError:
        return None


def _written(path: str | Path | None, write: Callable[[Any], object]) -> str | None:
    """What `write` writes: as text, or in a file that is there when it is whole."""
    if path is None:
        text = io.StringIO(newline="")
        write(text)
        return text.getvalue()
    with whole(path) as part, _opened(part, Path(path).suffix.lower()) as file:
        write(file)
    return None


def _opened(part: Path, suffix: str) -> Any:
    """A file to write text to, packed as its name says: by that name pandas, polars and DuckDB unpack it."""
    if suffix in PACKED:
        raise ArgumentError(f"this is written plain, or packed by gzip (.gz), not as {suffix}")
    if suffix == ".gz":
        return gzip.open(part, "wt", encoding="utf-8", newline="")
    return part.open("w", encoding="utf-8", newline="")


@contextlib.contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """A file beside the one that is to be written, which becomes it when nothing went wrong."""
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        raise ArgumentError(f"path is that of a file, as text or a Path, not {path!r:.80}")
    # What a link leads to is written, as `open` would.
    given, path = path, Path(os.path.realpath(path_of(path)))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(given))
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        part.touch(exist_ok=False)
    except OSError as error:  # of which the user knows another name
        raise type(error)(error.errno, error.strerror, os.fspath(given)) from None
    try:
        yield part
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
