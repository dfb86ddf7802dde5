"""Doors out: what others read is what the frame says; nothing that came from outside is run there."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import stat
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from followed import Followed
from hypothesis import given
from hypothesis import strategies as st
from reading_rows import at, happenings, narrowed, narrowings
from store_rows import DTYPES, FULL, RECEIVED, event, many

from sse_notebook import EventStore
from sse_notebook.errors import ArgumentError, MissingExtra
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.event import changed
from sse_notebook.events.payload import encode
from sse_notebook.store import doors
from sse_notebook.store.readable import Readable
from sse_notebook.wire import ServerSentEvent


def filled(rows: int) -> EventStore:
    store = EventStore(name="here")
    store.take(many(rows))
    return store


def part() -> Readable:
    return filled(5_000).where(project_id="p-1").between("2009", "2010")


SIZES = [lambda: filled(0), lambda: filled(1), lambda: filled(5_000), part]


def plain(df: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as Python's values, None where nothing is."""
    own = df.reset_index().astype(object)
    return own.where(own.notna(), None).to_dict("records")


def records(table: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in table.to_pylist()]


# -- Arrow -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", SIZES)
def test_everybody_reads_the_same(make: Any) -> None:
    """pyarrow, polars, DuckDB and narwhals read stores and views by themselves, and see what `df` shows."""
    store = make()
    expected = plain(store.df)
    assert expected == records(pa.table(store))
    assert expected == records(store.to_arrow())
    assert expected == pl.DataFrame(store).to_dicts() == store.to_polars().to_dicts()
    assert expected == nw.from_native(store.to_arrow()).rows(named=True)
    assert expected == nw.from_arrow(store, backend="polars").to_native().to_dicts()
    ours = duckdb.sql(
        "select * replace (epoch_us(timestamp) as timestamp, epoch_us(received_at) as received_at) from store"
    )
    micros = [
        tuple(round(v.timestamp() * 1e6) if isinstance(v, datetime) else v for v in row.values())
        for row in expected
    ]
    assert micros == ours.fetchall()
    assert ["seq", *DTYPES] == ours.columns == pl.DataFrame(store).columns
    counted = duckdb.sql("select type, count(*) n from store group by type").fetchall()
    assert store.df["type"].value_counts().to_dict() == dict(counted)


@given(st.lists(happenings, max_size=5), narrowings)
def test_any_rows(todo: list[tuple[str, Any]], by: list[Any]) -> None:
    """Whatever happened, Arrow's rows are the frame's, with payload fields too."""
    followed = Followed()
    for step in todo:
        followed.do(*step)
    view = narrowed(followed.store, by)
    for expand in ([], True, ["x"]):
        df, table = view.to_pandas(expand=expand), view.to_arrow(expand)
        assert ["seq", *df.columns] == table.column_names
        expected = plain(df)
        if "data.x" in df and df["data.x"].dtype == object and pa.types.is_large_string(table["data.x"].type):
            for row in expected:  # a column of several kinds is JSON
                row["data.x"] = None if row["data.x"] is None else encode(row["data.x"])
        assert expected == records(table)


def test_types() -> None:
    """The types are the same, however many rows there are."""
    empty, full = filled(0), filled(5)
    assert empty.to_arrow().schema == full.to_arrow().schema
    said = {field.name: str(field.type) for field in full.to_arrow().schema}
    text = dict.fromkeys((name for name, dtype in DTYPES.items() if dtype == "str"), "large_string")
    assert said == {
        "seq": "int64",
        "timestamp": "timestamp[us, tz=UTC]",
        "received_at": "timestamp[us, tz=UTC]",
        "severity": "dictionary<values=large_string, indices=int8, ordered=1>",
        "priority": "int8",
        "origin": "dictionary<values=large_string, indices=int8, ordered=0>",
        "after_gap": "bool",
        "source": "dictionary<values=large_string, indices=int8, ordered=0>",
        **text,
    }


@pytest.mark.parametrize("payloads", [[], [1], ["x", None], [[1], [2]], [{"k": [1]}], [1, "x", [2]]])
def test_the_schema_is_that_of_the_rows(payloads: list[Any]) -> None:
    """`__arrow_c_schema__` says the types that `__arrow_c_stream__` then has, lists and objects too."""
    store = EventStore(expand=["x"])
    store.add_events([{"type": "edit", "x": value} for value in payloads])
    schema = pa.schema(store)
    assert schema == pa.table(store).schema == store.to_arrow().schema


def test_a_requested_schema() -> None:
    """Who asks for other types gets them: text that is not large, say."""
    store = filled(3)
    table = store.to_arrow()
    wanted = pa.schema(
        [(f.name, pa.string() if f.type == pa.large_string() else f.type) for f in table.schema]
    )
    reader = pa.RecordBatchReader.from_stream(store, schema=wanted)
    assert (wanted, table.to_pylist()) == (reader.schema, reader.read_all().to_pylist())
    with pytest.raises(ValueError, match=r"names|schema"):
        pa.RecordBatchReader.from_stream(store, schema=pa.schema([("nothing", pa.int8())])).read_all()


def addresses(table: Any, name: str, buffer: int) -> list[int]:
    return [chunk.buffers()[buffer].address for chunk in table[name].chunks]


def test_the_memory_is_the_stores() -> None:
    """Times, and the texts that differ, are handed out without a copy, and so is a slice of time."""
    store = filled(5_000)
    version = store._columns.version
    first, second = store.to_arrow(), store.to_arrow()
    times = version.numbers["timestamp_us"]
    assert [times.ctypes.data] == addresses(first, "timestamp", 1) == addresses(second, "timestamp", 1)
    for name in ("data", "message", "type", "project_id"):
        assert addresses(first, name, 2) == addresses(second, name, 2)
    texts = version.segments[0]._different["raw"]._bytes.array
    assert texts.ctypes.data == addresses(first, "data", 2)[0]
    followed = Followed()
    followed.add([followed.row(-second) for second in range(100)])
    sliced = followed.store.between(at(10), at(20)).to_arrow()
    assert list(range(10, 20)) == sliced["seq"].to_pylist()
    for name in ("data", "message"):
        assert addresses(followed.store.to_arrow(), name, 2) == addresses(sliced, name, 2)
    times = followed.store._columns.version.numbers["timestamp_us"]
    assert [times[10:].ctypes.data] == addresses(sliced, "timestamp", 1)


def test_what_was_given_never_changes() -> None:
    """A table, and what others made of it, stay what they were, whatever the store does."""
    store = filled(100)
    tables = [
        store.to_arrow(),
        store.where(project_id="p-1").to_arrow(),
        store.since("1970-01-01").to_arrow(),
    ]
    frames = [pl.DataFrame(store), store.to_pandas(dtype_backend="pyarrow")]
    before = [table.to_pylist() for table in tables], frames[0].to_dicts(), plain(frames[1])
    store.take(many(3_000))
    store.max_rows = 50
    store.take(many(5_000))
    store.clear_events()
    store.take([event({"event_type": "z"}, source="other")] * 2_000)
    assert before == ([table.to_pylist() for table in tables], frames[0].to_dicts(), plain(frames[1]))
    for table in tables:
        table.validate(full=True)


def test_without_polars(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no polars is told what to install; the rest works."""
    monkeypatch.setitem(sys.modules, "polars", None)
    store = filled(1)
    with pytest.raises(MissingExtra, match="pip install polars"):
        store.to_polars()
    assert 1 == store.to_arrow().num_rows


# -- payloads that are lists and objects -----------------------------------------------------------------


def tower(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"k": value}
    return value


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        ([[1, 2], None, [3]], "list"),
        ([{"k": 1}, {"k": None, "m": "x"}], "struct"),
        ([[{"k": [1.5]}]], "list"),
        ([tower(doors.DEEPEST)], "list"),
        ([[1], "x"], "text"),
        ([[1], ["x"]], "text"),
        ([{}], "text"),
        ([[{"k": {}}]], "text"),
        ([[2**70]], "text"),
        ([tower(doors.DEEPEST + 1)], "text"),
        ([tower(900)], "text"),
        ([{f"k{n}": 1} for n in range(doors.WIDEST + 1)], "text"),
        ([[{f"k{n}": 1 for n in range(doors.WIDEST)}]], "list"),
    ],
)
def test_lists_and_objects(values: list[Any], type_: str, tmp_path: Path) -> None:
    """They stay lists and objects where Arrow can tell it; else, or if somebody means harm, they are JSON."""
    store = EventStore(expand=["x"])
    store.take([event(encode({"x": value})) for value in values])
    table = store.to_arrow()
    is_ = {"list": pa.types.is_list, "struct": pa.types.is_struct, "text": pa.types.is_large_string}
    assert is_[type_](table["data.x"].type)
    store.to_parquet(tmp_path / "x.parquet")
    for read in (table["data.x"], pq.read_table(tmp_path / "x.parquet")["data.x"]):
        found = read.to_pylist()
        if type_ == "list":
            assert values == found
        elif type_ == "text":
            assert [encode(value) for value in values] == found
    assert len(values) == store.to_polars().height == len(duckdb.sql("select * from store").fetchall())
    assert len(values) == len(store.to_pandas(dtype_backend="pyarrow"))


# -- pandas on Arrow -------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", SIZES)
def test_frames_of_arrow(make: Any) -> None:
    """`dtype_backend="pyarrow"` has the same values, and severities still compare by their order."""
    store = make()
    df, arrow = store.df, store.to_pandas(dtype_backend="pyarrow")
    assert plain(df) == plain(arrow)
    assert (df.index.equals(arrow.index), list(df.columns)) == (True, list(arrow.columns))
    kept = ("severity", "origin", "source")
    assert {"category" if name in kept else "arrow" for name in DTYPES} == {
        "category" if name in kept else "arrow"
        for name, dtype in arrow.dtypes.items()
        if (name in kept) == (dtype == "category") and (name in kept or isinstance(dtype, pd.ArrowDtype))
    }
    assert (df["severity"] >= "success").tolist() == (arrow["severity"] >= "success").tolist()
    assert df.sort_values("severity", kind="stable").index.equals(
        arrow.sort_values("severity", kind="stable").index
    )


def test_frames_of_arrow_with_payloads() -> None:
    """Payload fields are Arrow's too; what is written into such a frame stays there."""
    store = EventStore(expand=["x", "l"])
    store.add_events([{"type": "edit", "x": n, "l": [n]} for n in range(3)])
    frame = store.to_pandas(dtype_backend="pyarrow")
    assert ("int64[pyarrow]", "list<item: int64>[pyarrow]") == tuple(map(str, frame.dtypes[-2:]))
    frame.loc[0, ["x", "message", "severity"]] = [7, "mine", "error"]
    assert store.df["severity"].tolist() == ["info"] * 3
    assert store.to_pandas(dtype_backend="pyarrow")["message"].isna().all()


def test_numpy_nullable() -> None:
    """`dtype_backend="numpy_nullable"` has pandas' own types that know what is missing."""
    frame = filled(3).to_pandas(dtype_backend="numpy_nullable")
    assert ("string", "boolean", "Int8") == tuple(
        str(frame[n].dtype) for n in ("id", "after_gap", "priority")
    )
    assert pd.NA is frame["id"][0]


# -- Parquet ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", SIZES)
def test_parquet_and_back(make: Any, tmp_path: Path) -> None:
    """What is read back is the frame: index, values, dtypes; for polars and DuckDB it is the same rows."""
    store, path = make(), tmp_path / "x.parquet"
    assert store.to_parquet(path) is None
    # A file of no rows has no room for categories: Parquet keeps them beside the values.
    pd.testing.assert_frame_equal(
        store.df,
        pd.read_parquet(path),
        check_index_type=False,
        check_categorical=len(store) > 0,
        check_dtype=len(store) > 0,
    )
    assert store.to_arrow().to_pylist() == pl.read_parquet(path).to_dicts()
    assert [(len(store),)] == duckdb.sql(f"select count(*) from '{path}'").fetchall()


def test_parquet_with_payloads(tmp_path: Path) -> None:
    """Payload fields come back in their types too."""
    store, path = EventStore(), tmp_path / "x.parquet"
    store.add_events([{"type": "edit", "n": 1, "b": True, "t": "x", "l": [1]}, {"type": "edit"}])
    fields = ["n", "b", "t", "none", "l"]
    store.to_parquet(str(path), expand=fields)
    back, df = pd.read_parquet(path), store.to_pandas(expand=fields)
    pd.testing.assert_frame_equal(df.iloc[:, :-2], back.iloc[:, :-2], check_index_type=False)
    assert ([1], None) == (back["data.l"][0].tolist(), back["data.l"][1])
    assert back["data.none"].isna().all()


WRITERS = ["to_parquet", "to_csv", "to_cloudevents"]


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_is_there_when_it_is_whole(
    write: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is there is replaced in one step; if writing fails, it stays, and nothing lies about."""
    path = tmp_path / "x.out"
    path.write_bytes(b"before")
    reading = path.open("rb")
    getattr(filled(10), write)(path)
    assert (b"before", True) == (reading.read(), path.stat().st_size > 100)
    reading.close()
    after = path.read_bytes()

    def fail(*args: Any, **options: Any) -> Any:
        raise OSError("disk full")

    for where, name in ((pq, "write_table"), (pd.DataFrame, "to_csv"), (doors, "_cloudevents")):
        monkeypatch.setattr(where, name, fail)
    with pytest.raises(OSError, match="disk full"):
        getattr(filled(3), write)(path)
    assert (after, ["x.out"]) == (path.read_bytes(), [each.name for each in tmp_path.iterdir()])


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_has_the_rights_that_it_should(write: str, tmp_path: Path) -> None:
    """A new file has those that `open` gives; one that is replaced keeps its own; a link stays one."""
    new, private, link = tmp_path / "new", tmp_path / "private", tmp_path / "link"
    private.touch(0o600)
    link.symlink_to(private)
    (tmp_path / "usual").touch()
    getattr(filled(3), write)(new)
    getattr(filled(3), write)(link)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (new, tmp_path / "usual", private)]
    assert (modes[1], 0o600) == (modes[0], modes[2])
    assert (True, new.stat().st_size) == (link.is_symlink(), private.stat().st_size)


def test_a_packed_file(tmp_path: Path) -> None:
    """What readers unpack by its name is packed so; where this can't, it is refused and not written."""
    store = EventStore()
    store.take(many(3))
    store.to_csv(tmp_path / "rows.csv.gz")
    assert store.to_csv() == gzip.decompress((tmp_path / "rows.csv.gz").read_bytes()).decode()
    assert 3 == len(pd.read_csv(tmp_path / "rows.csv.gz"))
    store.to_cloudevents(tmp_path / "rows.jsonl.GZ")
    assert store.to_cloudevents() == gzip.decompress((tmp_path / "rows.jsonl.GZ").read_bytes()).decode()
    with pytest.raises(ArgumentError, match=r"packed by gzip \(\.gz\), not as \.zip"):
        store.to_csv(tmp_path / "rows.csv.zip")
    assert ["rows.csv.gz", "rows.jsonl.GZ"] == sorted(each.name for each in tmp_path.iterdir())


@pytest.mark.parametrize("wrong", ["", None, io.BytesIO(), 5], ids=["empty", "None", "a file", "a number"])
def test_what_is_no_path(wrong: Any, tmp_path: Path) -> None:
    """It is refused in words; a folder is named as it was given."""
    store = EventStore()
    with pytest.raises(ArgumentError, match="path is that of a file, as text or a Path, not "):
        store.to_parquet(wrong)
    with pytest.raises(IsADirectoryError, match=rf"Is a directory: '{tmp_path}'$"):
        store.to_parquet(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """It is not made; nothing is written."""
    with pytest.raises(FileNotFoundError):
        filled(1).to_csv(tmp_path / "no" / "x.csv")


# -- CSV -------------------------------------------------------------------------------------------------

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
]
HIDDEN = ["  =1", "\u00a0=1", "\ufeff=1", "\x00=1", "\u200b\u202e=1", "\x0b-1", "\u3000@a", "\ufe661"]
HARMLESS = [
    "x",
    "",
    "a=1",
    "1,2",
    'say "so"',
    "two\nlines",
    "two\rlines",
    "x\r\n=1",
    "nul\x00",
    "ü\u2028",
    "'x",
    "  x",
]


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", [*FORMULAS, *HIDDEN])
def test_no_formula(text: str) -> None:
    """Wherever it comes from, a text that a spreadsheet would run begins with `'`."""
    store = EventStore(name=text, expand=True)
    base = event({"event_type": "x"})
    store.take([changed(base, type=text, id=text, status=text, message=text, raw=text, source=text)])
    store.add_event({"type": "edit", "x": text, text: 1})
    rows = cells(store.to_csv() or "")
    row = dict(zip(rows[0], rows[1], strict=True))
    added = dict(zip(rows[0], rows[2], strict=True))
    for name in ("type", "id", "status", "message", "data", "source"):
        assert f"'{text}" == row[name]
    assert (f"'{text}", f"'{text}") == (added["data.x"], added["source"])
    assert not [cell for line in rows for cell in line if doors.FORMULA.match(cell)]
    assert 3 == len(rows)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_exact(text: str) -> None:
    """All other text comes back as it was: quotes, ends of lines, commas, NUL."""
    store = EventStore()
    store.take([changed(event({"event_type": "x"}), message=text, raw=text)] * 2)
    rows = cells(store.to_csv() or "")
    assert 3 == len(rows)
    for row in rows[1:]:
        assert (text, text) == (row[rows[0].index("message")], row[-1])


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=4))
def test_any_text(texts: list[str]) -> None:
    """Any text: no cell is a formula, and each is what it was, but for the `'`."""
    store = EventStore()
    base = event({"event_type": "x"})
    store.take([changed(base, message=text, raw=text) for text in texts])
    rows = cells(store.to_csv() or "")
    said = [f"'{text}" if doors.FORMULA.match(text) else text for text in texts]
    assert said == [row[-1] for row in rows[1:]]
    first = [cell.lstrip("\0 \ufeff\u200b") for row in rows for cell in row]
    assert not [cell for cell in first if cell[:1] in {*"=+-@\t\r\uff1d\uff0b\uff0d\uff20", "\n"} - {""}]


def test_numbers_stay_numbers() -> None:
    """A negative number is no formula: neither in a column of numbers nor beside texts and lists."""
    store = EventStore(expand=["n", "mixed"])
    store.add_events([{"type": "e", "n": -5, "mixed": value} for value in (-1, -1.5, "-x", [-1], True, None)])
    df = pd.read_csv(io.StringIO(store.to_csv()), index_col="seq")
    assert [-5] * 6 == df["data.n"].tolist()
    assert ["-1", "-1.5", "'-x", "[-1]", "True"] == df["data.mixed"].tolist()[:5]


def test_csv_is_the_frame() -> None:
    """Times are RFC 3339; names and numbers are the frame's; a file has what is returned without one."""
    store = filled(10)
    text = store.to_csv()
    assert text is not None
    df = pd.read_csv(io.StringIO(text), index_col="seq", parse_dates=["timestamp", "received_at"])
    assert store.df["timestamp"].tolist() == df["timestamp"].tolist()
    assert store.df["priority"].sum() == df["priority"].sum()
    assert list(store.df.columns) == list(df.columns)
    assert ["2009-02-13T23:31:30.000000Z"] == re.findall(r"[^,\s]*2009[^,]*", text)[:1]
    empty = EventStore().to_csv()
    assert ["seq", *DTYPES] == cells(empty or "")[0]


def test_writing_csv_changes_no_frame(tmp_path: Path) -> None:
    """The frame that others hold, and the next one, have no `'`."""
    store = EventStore()
    store.add_event({"type": "=1", "message": "=1"})
    held = store.df
    assert store.to_csv(tmp_path / "x.csv") is None
    text = (tmp_path / "x.csv").read_bytes().decode()
    assert text == store.to_csv()
    assert (["=1"], ["=1"]) == (held["message"].tolist(), store.df["message"].tolist())


# -- CloudEvents -----------------------------------------------------------------------------------------


def lines(store: Readable) -> list[dict[str, Any]]:
    text = store.to_cloudevents()
    assert text is not None
    assert text == "" or text.endswith("\n")
    assert text.split("\n")[:-1] == text.splitlines()  # whoever splits, by whatever
    return [json.loads(line) for line in text.splitlines()]


def check(said: dict[str, Any]) -> None:
    """The rules of CloudEvents 1.0 that every event must keep."""
    assert said["specversion"] == "1.0"
    for name in ("id", "source", "type"):
        assert isinstance(said[name], str)
        assert said[name]
    assert re.fullmatch(r"[\w\-.~:/?#\[\]@!$&'()*+,;=%]+", said["source"], re.ASCII)
    urlparse(said["source"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", said["time"])
    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in said)
    assert all(isinstance(value, str) and value for name, value in said.items() if name != "data")


def read(*texts: str, **given: Any) -> list[Event]:
    found = [Vocabulary().read(ServerSentEvent(data=text, **given), RECEIVED) for text in texts]
    return [row for row in found if isinstance(row, Event)]


def test_cloudevents() -> None:
    """An event has what it must have, what it is about, and its payload."""
    store = EventStore(name="my stream/ü")
    store.take([changed(row, source="my stream/ü") for row in many(3)])
    edit, running, _ = lines(store)
    for said in (edit, running):
        check(said)
    assert running == {
        "specversion": "1.0",
        "id": "17",
        "source": "my%20stream/%C3%BC",
        "type": "workload.status",
        "time": "2009-02-13T23:31:30Z",
        "subject": "workload/wl-1",
        "severity": "success",
        "sequence": "0" * 18 + "1",
        "datacontenttype": "application/json",
        "data": FULL,
    }
    assert ("0", "edit", False) == (edit["id"], edit["type"], "subject" in edit)


def test_ids_are_unique() -> None:
    """Ids of the wire need not be unique; these are, whatever they are made of."""
    base = event({"event_type": "x"})
    for ids in (
        ["a"] * 4,
        ["a#2", "a", "a"],
        ["1", None, "1"],
        [None, "0", None],
        ["a", "a#1", "a#1"],
        ["", ""],
    ):
        store = EventStore()
        store.take([changed(base, id=own) for own in ids])
        found = [said["id"] for said in lines(store)]
        assert len(ids) == len(set(found))
        assert found[0] == (ids[0] or "0")
    store.clear_events()
    store.take([changed(base, id="a", source=source) for source in ("x", "y")])
    assert ["a", "a"] == [said["id"] for said in lines(store)]


HOSTILE = [
    '{"a": "x\\ny\u2028z\u0085\u2029"}',
    '{\n  "a": 1\n}',
    "plain\ntext\u2028here",
    "",
    "[DONE]",
    '"text"',
    "null",
    "17",
    '{"a": 123456789012345678901234567890}',
    '{"a": NaN, "b": 1e999}',
    '{"a": "\\ud800"}',
    "[" * 100_000,
    '{"a":' + "[" * 900 + "]" * 900 + "}",
    '{"specversion": "0", "id": ""}',
    '{"a": 1, "a": 2}',
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_hostile_payloads(text: str) -> None:
    """Whatever the payload: one line, sound, and `data` is the payload as `Event.data` has it."""
    store = EventStore()
    store.take(read(text))
    (said,) = lines(store)
    check(said)
    expected = store.scan()[0].data
    if "NaN" in text:
        expected = {"a": None, "b": None}
    if said["datacontenttype"] == "text/plain":
        expected = text
    assert expected == said["data"]
    assert (store.to_csv(), store.to_arrow(), store.to_polars()) is not None


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="C has a stack of its own from Python 3.12 on")
def test_too_deep_from_here() -> None:
    """What was decoded with much stack left, and cannot be written with less, does not stop the rest."""
    store = EventStore(expand=["a"])
    store.take(read('{"a":' + "[" * 900 + "]" * 900 + "}", '{"a":[1]}'))
    decoded = [row.data for row in store.scan()]
    assert isinstance(decoded[0], dict)

    def deep(frames: int) -> tuple[list[dict[str, Any]], str, Any]:
        if frames:
            return deep(frames - 1)
        return lines(store), store.to_csv() or "", store.to_arrow()["data.a"].to_pylist()

    store.df  # noqa: B018 - expanded here, while there is stack
    events, text, column = deep(400)
    assert (["text/plain", "application/json"], {"a": [1]}) == (
        [said["datacontenttype"] for said in events],
        events[1]["data"],
    )
    assert ([doors.TOO_DEEP, "[1]"], 3) == (column, len(cells(text)))


def test_as_deep_as_can_be_read() -> None:
    """What could just be decoded can be written too; what could not is the text that came."""
    store = EventStore()
    depths = [*range(800, 1_000), *(2**power for power in range(10, 20))]  # from Python 3.12 on more is read
    store.take([changed(event({"event_type": "x"}), raw="[" * n + "]" * n) for n in depths])
    kinds = [said["datacontenttype"] for said in lines(store)]
    assert sorted(kinds) == kinds
    assert {"application/json", "text/plain"} == set(kinds)


def test_what_an_event_made_by_hand_may_lack() -> None:
    """An empty type is a message; a time beyond the year 9999, which need not be there, is left out."""
    store = EventStore()
    store.take([changed(event({"event_type": "x"}), type="", timestamp_us=10**18)])
    (said,) = lines(store)
    assert ("message", False) == (said["type"], "time" in said)


def test_a_view_and_a_file(tmp_path: Path) -> None:
    """A view gives its own events; a file has what is returned without one; nothing is an empty file."""
    store = filled(30)
    view = store.where(project_id="p-1")
    assert view.to_cloudevents(tmp_path / "x.jsonl") is None
    assert (tmp_path / "x.jsonl").read_bytes().decode() == view.to_cloudevents()
    assert [f"{seq:019}" for seq in view.df.index] == [said["sequence"] for said in lines(view)]
    assert "" == EventStore().to_cloudevents() == store.between(at(0), at(0)).to_cloudevents()


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    """The error names the path that was given, not a file of ours."""
    path = tmp_path / "nowhere" / "events.csv"
    for write in (EventStore().to_csv, EventStore().to_parquet, EventStore().to_cloudevents):
        with pytest.raises(FileNotFoundError) as caught:
            write(path)
        assert str(path) == caught.value.filename
