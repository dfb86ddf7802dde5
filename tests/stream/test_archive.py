"""`Archive`: a folder answers as the store does that its rows came from, however they lie in it."""

from __future__ import annotations

import builtins
import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from journal.archives import Written, dead

import sse_notebook as sse
from sse_notebook.errors import ArchiveError, ArgumentError, FilterError, MissingExtra, TooManyRows
from sse_notebook.journal import segments
from sse_notebook.source.continuity import Gap
from sse_notebook.store.readable import Readable
from sse_notebook.stream import archive as module

T0 = 1_790_000_000
TYPES = ["build.completed", "build_failed", "workload_status_update", "edit", "ünï"]


def payload(n: int) -> dict[str, Any]:
    """Rows of several kinds; some are late, some lack what others have."""
    return {
        "type": TYPES[n % 5],
        "timestamp": T0 + n * 60 - (300 if n % 11 == 5 else 0),
        "n": n,
        "id": None if n % 4 == 0 else f"e-{n}",
        **({"workload_id": f"wl-{n % 3}", "status": "running"} if n % 2 else {}),
        **({"priority": n % 5 + 1} if n % 3 == 0 else {}),
        **({"message": f"said {n} \u2028 \N{SNOWMAN}"} if n % 7 else {}),
        "data": {"deep": n / 2 if n % 6 else "text"},
    }


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[sse.EventStore, sse.Archive]]:
    """A store, and the archive of its rows: three segments of several groups, and lines."""
    folder = tmp_path_factory.mktemp("archive")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "FULL", 1)
        patch.setattr(segments, "GROUP", 16)
        written = Written(folder / "now")
        for first in range(0, 200, 50):
            written.add(*map(payload, range(first, first + 50)))
            if first < 150:
                written.seal()
        yield written.store, sse.Archive(dead(written, folder / "archive"))


def same(expected: Any, actual: Any) -> None:
    """The same frame, but that each row has a writer too."""
    assert ["writer", "seq"] == list(actual.index.names)
    assert {"w"} >= set(actual.index.get_level_values("writer"))
    index = pd.Index(actual.index.get_level_values("seq"), name="seq")
    pd.testing.assert_frame_equal(expected, actual.set_axis(index), check_index_type="equiv")


FACE: dict[str, Callable[[Readable], pd.DataFrame]] = {
    "df": lambda of: of.df,
    "all scalars": lambda of: of.to_pandas(expand=True),
    "paths": lambda of: of.to_pandas(expand=["n", "deep", "none"]),
    "pyarrow": lambda of: of.to_pandas(dtype_backend="pyarrow"),
    "pyarrow, paths": lambda of: of.to_pandas(expand=["n"], dtype_backend="pyarrow"),
    "numpy_nullable": lambda of: of.to_pandas(dtype_backend="numpy_nullable"),
    "head": lambda of: of.head(),
    "head of many": lambda of: of.head(70),
    "head but": lambda of: of.head(-195),
    "tail": lambda of: of.tail(),
    "tail of many": lambda of: of.tail(70),
    "tail but": lambda of: of.tail(-60),
    "none": lambda of: of.head(0),
    "none of the newest": lambda of: of.tail(0),
    "more than all": lambda of: of.tail(999),
    "between": lambda of: of.between(T0 + 50 * 60, T0 + 99 * 60).df,
    "between nothing": lambda of: of.between("2020-01-01", "2020-01-02").df,
    "until": lambda of: of.between(None, T0 + 600).df,
    "since": lambda of: of.since(T0 + 160 * 60).df,
    "where": lambda of: of.where(type="build.failed").df,
    "where payload": lambda of: of.where("data.n > 57 and data.n < 120").df,
    "where nested": lambda of: of.where("data.deep == 'text'").df,
    "where nothing": lambda of: of.where(severity="warning", workload_id="wl-9").df,
    "where missing": lambda of: of.where("not has(workload_id)").to_pandas(expand=["n"]),
    "where status": lambda of: of.where(type="workload.running").df,
    "where a callable": lambda of: of.where(lambda event: event.seq % 50 == 7 and event.data["n"] > 60).df,
    "where and between": lambda of: of.where("data.n > 20").since(T0 + 30 * 60).where(priority=1).df,
    "where text": lambda of: of.where("lower(message) == 'x' or 'said 7' in message").tail(7),
    "where all": lambda of: of.where().head(3),
}


@pytest.mark.parametrize("verb", FACE)
def test_it_answers_as_the_store_does(both: tuple[sse.EventStore, sse.Archive], verb: str) -> None:
    """Every verb that gives a frame: the same rows, columns and dtypes."""
    store, archive = both
    same(FACE[verb](store), FACE[verb](archive))


@pytest.mark.parametrize("by", [None, "type", "severity", "data.deep", "workload_id", "priority", "source"])
def test_counts_are_the_stores(both: tuple[sse.EventStore, sse.Archive], by: str | None) -> None:
    """Whatever they are counted by, of all or of a part."""
    store, archive = both
    for read in (lambda of: of, lambda of: of.where("data.n > 20").between(T0, T0 + 6000)):
        expected, actual = read(store).counts("10min", by), read(archive).counts("10min", by)
        assert type(expected) is type(actual)
        assert expected.equals(actual)


def test_the_rest_of_the_face(both: tuple[sse.EventStore, sse.Archive], tmp_path: Path) -> None:
    """Arrow, polars, files, `len`, `explain`, `fields`: what the store says."""
    store, archive = both
    assert (200, True) == (len(archive), bool(archive))
    assert len(store.where("data.n > 50")) == len(archive.where("data.n > 50"))
    table = archive.to_arrow(expand=["n"])
    assert store.to_arrow(expand=["n"]).equals(table.drop_columns(["writer"]))
    assert pa.table(archive).equals(archive.to_arrow())
    assert ["w"] == table.column("writer").unique().to_pylist()
    assert store.to_polars().equals(archive.to_polars().drop("writer"))
    archive.to_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(archive.df, pd.read_parquet(tmp_path / "a.parquet"))
    assert store.to_cloudevents() == archive.to_cloudevents()
    lines = (archive.to_csv() or "").split("\r\n")
    assert (store.to_csv() or "").split("\r\n") == [line.partition(",")[2] for line in lines]
    assert str(store.explain("data.n > 50").clauses) == str(archive.explain("data.n > 50").clauses)
    kept_out = [of.explain("data.n > 50").near_misses for of in both]
    pd.testing.assert_frame_equal(*kept_out)
    assert -1 not in kept_out[1]["seq"].tolist()
    pd.testing.assert_frame_equal(store.fields(), archive.fields())
    other = sse.EventStore()
    other.add_events(archive)
    assert store.df["data"].tolist() == other.df["data"].tolist()
    with pytest.raises(FilterError):
        archive.where("nothing ==")
    with pytest.raises(ArgumentError, match="by is a column"):
        archive.counts("1h", by="nothing")


def test_what_is_read_of_it(
    both: tuple[sse.EventStore, sse.Archive], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a stretch of time only its groups; for a filter first what it is about; the newest from the end."""
    _, archive = both
    read: list[tuple[str, list[str] | None, list[int] | None]] = []
    really = segments.read_segment

    def told(segment: Any, columns: Any = None, groups: Any = None) -> Any:
        read.append((segment.first, columns, groups))
        return really(segment, columns, groups)

    monkeypatch.setattr("sse_notebook.journal.folder.read_segment", told)
    assert 2 == len(archive.between(T0 + 84 * 60, T0 + 86 * 60))
    assert [(50, None, [2])] == read
    read.clear()
    assert 60 == len(archive.tail(60))
    assert [(100, None, [2, 3])] == read
    read.clear()
    assert 51 == len(archive.head(51))
    assert [(0, None, None), (50, None, [0])] == read
    read.clear()
    assert [] == archive.where("priority == 1 and data.n < 0").df.index.tolist()
    assert {0, 50, 100} == {first for first, _, _ in read}
    assert {("timestamp", "received_at", "priority", "data")} == {
        tuple(columns or ()) for _, columns, _ in read
    }
    read.clear()
    assert 200 == len(archive)
    archive.counts("1h", by="type")
    assert all(columns == ["timestamp", "type"] for _, columns, _ in read)


def test_what_is_said_of_it(both: tuple[sse.EventStore, sse.Archive]) -> None:
    """`info`, the repr, the HTML: how many, of when, of whom; and the newest rows."""
    _, archive = both
    into = io.StringIO()
    with redirect_stdout(into):
        archive.info()
    said = into.getvalue()
    assert said.startswith("200 rows of 1 writer\ntimestamp: 2026-")
    assert "  edit: 40\n" in said
    assert "<Archive " in repr(archive)
    assert " 200 rows, newest 2026-" in repr(archive)
    html = archive._repr_html_()
    assert "200 rows" in html
    assert 5 == html.count("<tr><td>")
    writers = archive.writers
    assert [("w", 200)] == list(writers[["writer", "rows"]].itertuples(index=False, name=None))
    assert ["datetime64[us, UTC]"] * 2 == [str(writers[name].dtype) for name in ("first", "last")]
    assert [] == archive.problems
    with pytest.raises(AttributeError, match=r"\.df\.groupby"):
        _ = archive.groupby  # type: ignore[attr-defined]


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # dask's own, of pandas
def test_others_read_the_folder_alike(both: tuple[sse.EventStore, sse.Archive], tmp_path: Path) -> None:
    """DuckDB, polars, pyarrow and dask, of the files alone: the columns of `df`, `seq`, and the writer."""
    store, archive = both
    shutil.copytree(archive.path, tmp_path / "a")
    written = Written(tmp_path / "a")
    written.add(payload(200))
    written.stop()  # the lines are a segment now
    pattern = f"{tmp_path}/a/*/*.parquet"
    columns = ["seq", *store.df.columns]
    found = {
        "duckdb": duckdb.sql(f"SELECT * FROM read_parquet('{pattern}', hive_partitioning = true)").df(),
        "polars": pl.read_parquet(pattern, hive_partitioning=True).to_pandas(),
        "pyarrow": ds.dataset(tmp_path / "a", partitioning="hive", format="parquet").to_table().to_pandas(),
        "dask": dd.read_parquet(f"{tmp_path}/a", dataset={"partitioning": "hive"}).compute(),
        "pandas": pd.read_parquet(tmp_path / "a"),
    }
    numbers = [*store.df["type"].tolist(), payload(200)["type"]]
    for name, frame in found.items():
        ours = frame.sort_values("seq")
        assert columns == [each for each in ours.columns if each != "writer"], name
        assert (list(range(201)), ["w"]) == (
            ours["seq"].tolist(),
            ours["writer"].astype(str).unique().tolist(),
        ), name
        assert numbers[:200] == ours["type"].tolist()[:200], name


def test_sql(both: tuple[sse.EventStore, sse.Archive]) -> None:
    """What DuckDB says, of segments and of lines; what it can't is said in its words."""
    store, archive = both
    found = archive.sql("SELECT type, count(*) AS n FROM archive GROUP BY type ORDER BY n DESC, type")
    assert store.df["type"].value_counts().to_dict() == dict(zip(found["type"], found["n"], strict=True))
    deep = archive.sql("SELECT max((data->>'$.n')::int) AS n, min(writer) AS w, max(seq) AS s FROM events")
    assert (199, "w", 199) == tuple(deep.iloc[0])
    times = archive.sql("SELECT timestamp FROM archive ORDER BY seq")["timestamp"]
    assert store.df["timestamp"].tolist() == times.tolist()
    for name in ("nothing", "rows"):  # nor is a variable of ours a table
        with pytest.raises(ArgumentError, match=rf"(?s)sql: .*{name}.*called archive or events"):
            archive.sql(f"SELECT * FROM {name}")
    for wrong in ("", "SELEC", 7):
        with pytest.raises(ArgumentError, match="sql"):
            archive.sql(wrong)  # type: ignore[arg-type]


def test_dask(both: tuple[sse.EventStore, sse.Archive]) -> None:
    """A partition for each segment, and the lines; the columns that its own frame has."""
    store, archive = both
    frame = archive.to_dask()
    assert 4 == frame.npartitions
    assert ["writer", *store.to_pandas(expand=[]).columns] == list(frame.columns)
    computed = frame.compute()
    assert list(range(200)) == computed.index.tolist()
    assert store.df["type"].tolist() == computed["type"].tolist()
    assert store.df["severity"].tolist() == computed["severity"].tolist()
    assert (
        store.df["severity"].value_counts().to_dict() == frame["severity"].value_counts().compute().to_dict()
    )


@pytest.mark.parametrize(
    ("verb", "library", "extra"), [("sql", "duckdb", "archive"), ("to_dask", "dask", "dask")]
)
def test_what_is_not_installed_is_named(
    both: tuple[sse.EventStore, sse.Archive],
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    library: str,
    extra: str,
) -> None:
    """With the command that installs it."""
    really = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == library:
            raise ImportError(name)
        return really(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=rf"{verb} needs .*pip install 'sse_notebook\[{extra}\]'"):
        getattr(both[1], verb)(*(["SELECT 1"] if verb == "sql" else []))


def test_too_many_rows_for_a_frame(
    both: tuple[sse.EventStore, sse.Archive], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`df` and `to_pandas` say how many there are; what narrows, counts, or needs no frame answers."""
    _, archive = both
    assert 10_000_000 == module.MOST
    monkeypatch.setattr(module, "MOST", 199)
    for read in (lambda: archive.df, archive.to_pandas, lambda: archive.to_pandas(dtype_backend="pyarrow")):
        with pytest.raises(TooManyRows, match=r"200 rows, .* 199 at the most: .*between") as raised:
            read()
        assert 200 == raised.value.rows
    with monkeypatch.context() as patch:  # it is said before anything is read
        patch.setattr("sse_notebook.journal.folder.read_segment", lambda *_: pytest.fail("read"))
        with pytest.raises(TooManyRows):
            _ = archive.df
    monkeypatch.setattr(module, "MOST", 20)
    with pytest.raises(TooManyRows, match="141 rows"):
        _ = archive.where("data.n > 58").df
    assert 20 == len(archive.where("data.n > 179").df)
    assert (200, 5) == (len(archive), len(archive.tail()))
    assert 200 == archive.counts("1h").sum() == archive.counts("1h", by="type").sum().sum()
    assert 200 == archive.to_arrow().num_rows
    assert 200 == archive.sql("SELECT count(*) AS n FROM archive")["n"][0]


def test_several_writers_are_read_as_they_came(tmp_path: Path) -> None:
    """Each has its own numbers and its own order; a writer's name is a level of the index."""
    first, second = Written(tmp_path, "b"), Written(tmp_path, "a/1")
    for n in range(10):
        (first, second)[n % 2].add({"type": "edit", "n": n})
    first.seal()
    assert second.archivist.flush()
    archive = sse.load(tmp_path)
    assert isinstance(archive, sse.Archive)
    frame = archive.to_pandas(expand=["n"])
    assert list(range(10)) == frame["data.n"].tolist()
    assert [("b", 0), ("a/1", 0), ("b", 1)] == frame.index.tolist()[:3]
    assert [7, 8, 9] == archive.where("data.n > 6").to_pandas(expand=["n"])["data.n"].tolist()
    assert [("a/1", 3), ("b", 4), ("a/1", 4)] == archive.tail(3).index.tolist()
    assert [("b", 0), ("a/1", 0), ("b", 1)] == archive.head(3).index.tolist()
    assert 5 == len(frame.loc["b"])
    assert {"a/1": 5, "b": 5} == archive.sql(
        "SELECT writer, count(*) AS n FROM archive GROUP BY 1"
    ).set_index("writer")["n"].to_dict()
    assert [("a/1", 5), ("b", 5)] == archive.writers[["writer", "rows"]].apply(tuple, axis=1).tolist()
    for written in (first, second):
        written.stop()


def test_nothing_in_it_yet(tmp_path: Path) -> None:
    """The columns are there, with their dtypes; everything answers."""
    written = Written(tmp_path)
    archive, store = sse.Archive(tmp_path), sse.EventStore(name="n")
    empty = archive.df
    assert store.df.dtypes.equals(empty.dtypes)
    assert ["writer", "seq"] == empty.index.names
    assert (0, 0, True) == (len(archive), len(archive.tail()), bool(archive))
    assert [] == archive.counts("1h").tolist()
    assert 0 == archive.sql("SELECT count(*) AS n FROM archive")["n"][0]
    assert 0 == len(archive.to_dask())
    assert 0 == archive.to_arrow().num_rows == archive.to_polars().height
    assert "0 rows" in repr(archive)
    archive.info()
    written.stop()


def test_it_is_read_while_it_is_written(tmp_path: Path) -> None:
    """Each reading has what is there by then; what was read before is not read again."""
    written = Written(tmp_path)
    archive = sse.Archive(tmp_path)
    for n in range(5):
        written.add({"type": "edit", "n": n})
        if n == 2:
            written.seal()
        assert written.archivist.flush()
        assert list(range(n + 1)) == archive.to_pandas(expand=["n"])["data.n"].tolist()
    written.stop()
    assert list(range(5)) == archive.to_pandas(expand=["n"])["data.n"].tolist()


def test_gaps_are_holes_in_what_is_counted(tmp_path: Path) -> None:
    """Where it is not known what came there is no number; what was refilled is counted."""
    written = Written(tmp_path)
    written.add(*({"type": "edit", "timestamp": T0 // 60 * 60 + 60 * n} for n in range(6)))
    start = T0 // 60 * 60
    written.archivist.gaps = lambda: [
        Gap(start + 60, start + 100, "lost", None, ""),
        Gap(start + 240, start + 250, "lost", True, "7"),
    ]
    written.stop()
    archive = sse.Archive(tmp_path)
    assert [1, pd.NA, 1, 1, 1, 1] == archive.counts("1min").tolist()
    assert [None, True] == [None if pd.isna(each) else each for each in archive.gaps["recovered"]]
    assert ["start", "end", "reason", "recovered", "last_event_id"] == list(archive.gaps.columns)


@pytest.mark.parametrize(("reason", "counted"), [("lost", [1, 1, pd.NA]), ("by user", [1, 1])])
def test_a_gap_that_nobody_saw_end_is_no_hole_for_ever(
    tmp_path: Path, reason: str, counted: list[object]
) -> None:
    """Where nobody writes any more, it is known of its beginning only: the rest is not counted at all.

    What its user ended is no hole: nothing was to come.
    """
    written = Written(tmp_path)
    start = T0 // 60 * 60
    written.add(*({"type": "edit", "timestamp": start + 60 * n} for n in range(2)))
    written.archivist.gaps = lambda: [Gap(start + 150, None, reason, None, "")]
    written.stop()
    archive = sse.Archive(tmp_path)
    assert counted == archive.counts("1min").tolist()
    assert archive.gaps["end"].isna().all()


@pytest.mark.parametrize("how", ["empty", "torn", "changed", "other"])
def test_a_segment_that_can_not_be_read_is_named(tmp_path: Path, how: str) -> None:
    """The others are read; a byte that is not as it was written is found; nothing is written over it."""
    written = Written(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "FULL", 1)
        for n in range(3):
            written.add({"type": "edit", "n": n})
            written.seal()
        written.stop()
    first, bad, last = sorted(written.folder.glob("seq-*"))
    data = bytearray(bad.read_bytes())
    if how == "changed":
        data[data.index(b'{"type"') if b'{"type"' in data else 60] ^= 1
    bad.write_bytes({"empty": b"", "torn": data[:-9], "changed": data}.get(how, b""))
    if how == "other":
        pd.DataFrame({"x": [1]}).to_parquet(bad)
    archive = sse.Archive(tmp_path)
    assert [0, 2] == archive.to_pandas(expand=["n"])["data.n"].tolist()
    (problem,) = archive.problems
    assert problem.startswith(f"writer=w/{bad.name} can't be read: ")
    assert [0, 2] == archive.where("data.n >= 0").to_pandas(expand=["n"])["data.n"].tolist()
    before = bad.read_bytes()
    again = Written(tmp_path)
    again.add({"type": "edit", "n": 3})
    again.stop()
    assert before == bad.read_bytes()
    assert [("w", 0), ("w", 2), ("w", 3)] == archive.df.index.tolist()
    assert first.exists()
    assert last.exists()


def test_the_newest_segment_can_not_be_read(tmp_path: Path) -> None:
    """Then nobody knows which numbers it had: they are left out, and none is used twice."""
    written = Written(tmp_path)
    written.add({"type": "edit", "n": 0})
    written.stop()
    (bad,) = written.folder.glob("seq-*")
    bad.write_bytes(b"PAR1")
    again = Written(tmp_path)
    assert [f"the archive {tmp_path.name}: {bad.name} can't be read; the rest goes on"] == again.told
    again.add({"type": "edit", "n": 1})
    again.stop()
    assert [("w", 1_000_000)] == sse.Archive(tmp_path).df.index.tolist()
    assert b"PAR1" == bad.read_bytes()


def test_what_is_no_line_is_told_and_kept(tmp_path: Path) -> None:
    """Whole lines that are no rows are counted; who opens it next keeps the file, under another name."""
    written = Written(tmp_path)
    written.add({"type": "edit", "n": 0})
    written.stop(quickly=True)
    (tail,) = written.folder.glob("_tail-*")
    tail.write_bytes(b"garbage\n" + tail.read_bytes())
    archive = sse.Archive(tmp_path)
    assert [f"writer=w/{tail.name}: 1 lines are no rows"] == archive.problems
    assert [("w", 0)] == archive.df.index.tolist()
    again = Written(tmp_path)
    assert f"1 lines of {tail.name}" in again.told[0]
    again.stop()
    assert [("w", 0)] == archive.df.index.tolist()
    assert tail.with_suffix(".unreadable").exists()


def test_old_segments_may_be_moved_away(tmp_path: Path) -> None:
    """The rest is read, and who writes goes on as before."""
    written = Written(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "FULL", 1)
        for n in range(3):
            written.add({"type": "edit", "n": n})
            written.seal()
    min(written.folder.glob("seq-*")).unlink()
    archive = sse.Archive(tmp_path)
    written.add({"type": "edit", "n": 3})
    written.stop()
    assert [("w", 1), ("w", 2), ("w", 3)] == archive.df.index.tolist()
    assert [] == archive.problems


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    """In the folder, or in a writer's: neither read nor changed."""
    written = Written(tmp_path)
    others = [tmp_path / "notes.txt", written.folder / "x.parquet", written.folder / "tail.jsonl"]
    for other in others:
        other.write_text("mine")
    (tmp_path / "writer=file").write_text("a file")
    written.add({"type": "edit"})
    written.stop()
    archive = sse.Archive(tmp_path)
    assert [("w", 0)] == archive.df.index.tolist()
    assert [] == archive.problems
    assert ["mine"] * 3 == [other.read_text() for other in others]


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    """With what it is, and what would be right."""
    file = tmp_path / "file"
    file.write_text("x")
    for wrong in (tmp_path, tmp_path / "none", file):
        with pytest.raises(ArchiveError, match="can't be read"):
            sse.Archive(wrong)
    with pytest.raises(ArgumentError, match="takes the path of a folder, not int"):
        sse.Archive(7)  # type: ignore[arg-type]
    Written(tmp_path).stop()
    with pytest.raises(ArgumentError, match="vocabulary= is for recordings"):
        sse.load(tmp_path, vocabulary="wikimedia")
    assert ["data.x"] == list(sse.load(tmp_path, expand=["x"]).df.columns[-1:])
