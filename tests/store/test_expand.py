"""`store.expand`: payload fields as columns, decoded once, and equal to decoding all at once."""

from __future__ import annotations

import doctest
import gc
import json
import math
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_rows import cut_small, event

from sse_notebook.errors import ArgumentError
from sse_notebook.events.batch import Batch
from sse_notebook.events.event import changed
from sse_notebook.store import EventStore, expand
from sse_notebook.store.columns import Columns, Version
from sse_notebook.store.expand import KEPT, MAX_COLUMNS, Expander, Expanders, check_expand
from sse_notebook.store.frame import Frames
from sse_notebook.store.inferred import Inferred
from sse_notebook.store.texts import Segment

EVENT = event({})


def frame(*payloads: Any) -> Version:
    """Rows with these payloads: texts, or values to be sent as JSON."""
    texts = [payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads]
    kept = Columns(1_000_000)
    if texts:
        kept.append(Batch.of([changed(EVENT, raw=text) for text in texts]))
    return kept.version


def part(rows: Version, start: int, stop: int) -> Version:
    """Some of these rows, as they are kept while rows come and go."""
    segments = tuple(segment for segment in rows.segments if segment.first + segment.rows > start)
    return replace(rows, start=start, stop=stop, segments=segments)


def columns_of(expander: Expander, rows: Version) -> dict[str, pd.Series[Any]]:
    """The columns that an expander adds for these rows."""
    index = pd.RangeIndex(rows.start, rows.stop, name="seq")
    df = expander.frame(rows, pd.DataFrame(index=index))
    assert df.index.equals(index)
    return {str(name): df[name] for name in df.columns}


def exact(series: pd.Series[Any]) -> tuple[str, list[str]]:
    """A column's dtype and values, so that 1, 1.0 and "1" differ, and what is missing is one thing."""
    missing = [value is None or value is pd.NA or value != value for value in series]
    return str(series.dtype), [
        "missing" if gone else f"{type(value).__name__} {value!r}"
        for value, gone in zip(series.tolist(), missing, strict=True)
    ]


def expanded(rows: Version, *paths: str) -> dict[str, tuple[str, list[str]]]:
    """What a new expander makes of rows: all scalars, or these paths."""
    return shown(columns_of(Expander(paths or True), rows))


def shown(columns: dict[str, pd.Series[Any]]) -> dict[str, tuple[str, list[str]]]:
    return {name: exact(series) for name, series in columns.items()}


# -- what is asked for -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (True, True),
        (None, ()),
        (False, ()),
        ([], ()),
        (["a", "data.b.c"], ("a", "b.c")),
        (("a", "data.a", "a"), ("a",)),
        (["data.data.x"], ("data.x",)),
    ],
)
def test_what_may_be_asked_for(asked: Any, meant: Any) -> None:
    """True, or paths with or without their `data.`, each once."""
    assert meant == check_expand(asked)


@pytest.mark.parametrize("wrong", ["duration", [1], [""], ["a", None], 5, b"ab"])
def test_what_may_not(wrong: Any) -> None:
    """One text is no list, and a path is text."""
    with pytest.raises(ArgumentError, match="True or a list of paths"):
        check_expand(wrong)


# -- what a column is ------------------------------------------------------------------------------------

BIG = 2**70


@pytest.mark.parametrize(
    ("values", "dtype", "shown"),
    [
        (["1", "2"], "Int64", ["int 1", "int 2"]),
        (["1", "null", "2"], "Int64", ["int 1", "missing", "int 2"]),
        (["true", "null", "false"], "boolean", ["bool True", "missing", "bool False"]),
        (["1.5", "2.0"], "float64", ["float 1.5", "float 2.0"]),
        (["1", "2.5"], "float64", ["float 1.0", "float 2.5"]),
        (["1", "NaN"], "float64", ["float 1.0", "missing"]),
        (["1e400", "-1e400"], "float64", ["float inf", "float -inf"]),
        (['"a"', "null"], "str", ["str 'a'", "missing"]),
        (['""'], "str", ["str ''"]),
        (["1", '"a"'], "str", ["str '1'", "str 'a'"]),
        (["1.0", "1", '"a"'], "str", ["str '1.0'", "str '1'", "str 'a'"]),
        (["true", "1"], "str", ["str 'true'", "str '1'"]),
        (["true", "1.5"], "str", ["str 'true'", "str '1.5'"]),
        (["true", '"a"', "null"], "str", ["str 'true'", "str 'a'", "missing"]),
        (["NaN", "1e400", '"a"'], "str", ["missing", "str 'inf'", "str 'a'"]),
        ([str(BIG), "1"], "str", [f"str '{BIG}'", "str '1'"]),
        ([str(2**63 - 1), str(-(2**63))], "Int64", [f"int {2**63 - 1}", f"int {-(2**63)}"]),
        (["[1, 2]", "[3, 4]"], "object", ["list [1, 2]", "list [3, 4]"]),
        (["[[1]]"], "object", ["list [[1]]"]),
        (["[]", "null"], "object", ["list []", "missing"]),
        (['{"y": 1}', "5", '"a"', "[1]"], "object", ["dict {'y': 1}", "int 5", "str 'a'", "list [1]"]),
        (["true", "7", "[]"], "object", ["bool True", "int 7", "list []"]),
        (["null"], "object", ["missing"]),
        (["1", "null", "2.5"], "float64", ["float 1.0", "missing", "float 2.5"]),
        (["null", "true", "null", '"a"'], "str", ["missing", "str 'true'", "missing", "str 'a'"]),
        (["null", "5", "null", "[]"], "object", ["missing", "int 5", "missing", "list []"]),
    ],
)
@pytest.mark.parametrize("cut", ["at once", "one by one"])
def test_a_column_is_the_narrowest_that_holds_all(
    cut: str, values: list[str], dtype: str, shown: list[str]
) -> None:
    """Types widen on conflict and never fail, and it does not matter how the rows were read."""
    df = frame(*(f'{{"x": {value}}}' for value in values))
    expander = Expander(("x",))
    for rows in range(1, df.stop) if cut == "one by one" else []:
        columns_of(expander, part(df, 0, rows))
    assert (dtype, shown) == exact(columns_of(expander, df)["data.x"])


def test_a_missing_field_is_missing() -> None:
    """Rows without the field, and rows that are no object, have nothing there."""
    df = frame({"x": 1}, {}, "text", "[]", "", {"x": 2})
    shown = ("Int64", ["int 1", "missing", "missing", "missing", "missing", "int 2"])
    assert {"data.x": shown} == expanded(df)
    assert {"data.x": shown} == expanded(df, "x")
    assert {"data.no": ("object", ["missing"] * 6)} == expanded(df, "no")


def test_no_rows_have_the_columns_that_are_asked_for() -> None:
    """Of an empty frame, paths are columns already; `True` finds none."""
    assert {"data.a": ("object", []), "data.b": ("object", [])} == expanded(frame(), "a", "b")
    assert {} == expanded(frame())


def test_all_scalars_have_their_paths() -> None:
    """Nested fields are dotted; what is no scalar, and what is null, gives no column."""
    df = frame({"a": 1, "b": {"c": {"d": "x"}, "e": [1]}, "n": None, "": True})
    assert {
        "data.a": ("Int64", ["int 1"]),
        "data.b.c.d": ("str", ["str 'x'"]),
        "data.": ("boolean", ["bool True"]),
    } == expanded(df)


def test_nested_data_has_no_prefix() -> None:
    """The fields of a nested `data` object are columns once, by their own names, after the others."""
    df = frame({"data": {"x": 1, "o": {"y": 2}, "data": {"z": 3}}, "a": 4})
    assert [("data.a", 4), ("data.x", 1), ("data.o.y", 2), ("data.data.z", 3)] == [
        (name, series.iloc[0]) for name, series in columns_of(Expander(True), df).items()
    ]


def test_paths_lead_anywhere() -> None:
    """A path may lead into lists, and to objects."""
    df = frame({"a": {"b": [{"c": 5}]}})
    assert {
        "data.a.b.0.c": ("Int64", ["int 5"]),
        "data.a": ("object", ["dict {'b': [{'c': 5}]}"]),
    } == expanded(df, "a.b.0.c", "a")


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        ({"x": 1, "data": {"x": 2}}, "int 1"),
        ({"data": {"x": 2}, "x": 1}, "int 1"),
        ({"data": {"x": 2}}, "int 2"),
        ({"x": None, "data": {"x": 2}}, "int 2"),
        ({"x": 0, "data": {"x": 2}}, "int 0"),
        ({"data": {"data": {"x": 3}, "x": 2}}, "int 2"),
        ({"data": [{"x": 2}]}, "missing"),
    ],
    ids=repr,
)
def test_the_top_level_goes_before_the_nested_data(payload: dict[str, Any], value: str) -> None:
    """`data.x` is the payload's `x`, else the `x` inside its nested `data` object."""
    assert [value] == expanded(frame(payload), "x")["data.x"][1]
    assert [value] == expanded(frame(payload)).get("data.x", ("", ["missing"]))[1]


def test_a_dotted_name_and_a_nested_one_are_one_column() -> None:
    """Two fields with one path are one column, with one value for each row."""
    assert {"data.a.b": ("Int64", ["int 1", "int 2"])} == expanded(
        frame({"a.b": 1, "a": {"b": 9}}, {"a": {"b": 2}})
    )


def test_a_payload_too_deep_is_left_alone() -> None:
    """A field that is nested without end costs no column and no error, in either mode."""
    nested = '{"a":' * 400 + "1" + "}" * 400
    assert {"data.x": ("Int64", ["missing", "int 1"])} == expanded(frame(nested, {"x": 1}))
    assert "object" == expanded(frame(nested, "[" * 100_000), "a")["data.a"][0]


# -- growing and shrinking -------------------------------------------------------------------------------

leaves = (
    st.sampled_from([None, True, False, 0, 1, -1, 2**63, BIG, 1.0, 0.5, math.nan, math.inf, "", "a", "1"])
    | st.lists(st.integers(0, 2), max_size=2)
    | st.just({})
)
names = st.sampled_from(["a", "b", "c"])
payloads = st.dictionaries(
    st.sampled_from(["a", "b", "data", "x.y"]),
    leaves | st.dictionaries(names, leaves | st.dictionaries(names, leaves, max_size=2), max_size=3),
    max_size=3,
)
batches = st.lists(st.lists(payloads | st.just("text"), max_size=3), min_size=1, max_size=5)


@pytest.fixture(params=[32_768, 3], ids=["large segments", "small segments"])
def segments(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Payloads come in one piece, or in several."""
    if request.param == 3:
        cut_small(monkeypatch, rows=3)
    monkeypatch.setattr(expand, "FIRST", 2)


def naive(text: str, path: str) -> Any:
    """A field of a payload, read in the plainest way."""
    try:
        payload = json.loads(text)
    except ValueError:
        return None

    def at(value: Any) -> Any:
        if isinstance(value, dict) and path in value:
            return value[path]
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        return value

    found = at(payload)
    return at(payload.get("data")) if found is None and isinstance(payload, dict) else found


def model(values: Sequence[Any]) -> tuple[str, list[str]]:
    """A column of such values, by the contract, as `exact` shows it."""
    types = {type(value) for value in values if value is not None}
    fits = all(-(2**63) <= value < 2**63 for value in values if type(value) is int)
    if not types or types & {list, dict}:
        dtype: Any = "object"
    elif types == {bool}:
        dtype = "boolean"
    elif types <= {int, float} and fits:
        dtype = "Int64" if types == {int} else "float64"
    else:
        dtype = "str"

    def said(value: Any) -> str:
        if value is None or value != value:
            return "missing"
        if dtype == "float64":
            value = float(value)
        if dtype == "str" and not isinstance(value, str):
            value = str(value) if value in (math.inf, -math.inf) else json.dumps(value)
        return f"{type(value).__name__} {value!r}"

    return dtype, [said(value) for value in values]


FIXTURE = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
ASKED = ("a", "a.b", "b.c.a", "x.y", "no")


@FIXTURE
@given(batches, st.lists(st.integers(0, 4), min_size=5, max_size=5))
def test_columns_are_what_each_payload_says(segments: None, rows: list[list[Any]], gone: list[int]) -> None:
    """While rows come and go: of each row kept what its payload says, in the type of all that was seen.

    A column does not change its type since a row has gone. And what was handed out before stays as it was.
    """
    everything = frame(*(payload for batch in rows for payload in batch))
    texts = [text for segment in everything.segments for text in segment.values("raw", 0, segment.rows)]
    expander = Expander(ASKED)
    start = stop = 0
    handed: list[tuple[dict[str, pd.Series[Any]], Any]] = []
    for batch, less in zip(rows, gone, strict=False):
        stop += len(batch)
        for first in (start, min(start + less, stop)):
            start = first
            now = columns_of(expander, part(everything, start, stop))
            for path in ASKED:
                dtype, values = model([naive(text, path) for text in texts[:stop]])
                assert (dtype, values[start:]) == exact(now[f"data.{path}"])
            handed.append((now, shown(now)))
            for series in columns_of(expander, part(everything, start, stop)).values():
                series.iloc[:1] = None  # another reader's own: this is not seen by anybody else
    assert [before for _, before in handed] == [shown(columns) for columns, _ in handed]


@pytest.mark.parametrize("paths", [True, ASKED], ids=["all", "paths"])
@FIXTURE
@given(batches, st.lists(st.integers(0, 4), min_size=5, max_size=5))
def test_bit_by_bit_equals_all_at_once(
    segments: None, paths: Any, rows: list[list[Any]], gone: list[int]
) -> None:
    """Expanding what is new while the oldest go gives what expanding everything once gives of the rows left.

    Names and types are those of all that was seen.
    """
    everything = frame(*(payload for batch in rows for payload in batch))
    little = Expander(paths)
    start = stop = 0
    for batch, less in zip(rows, gone, strict=False):
        stop += len(batch)
        columns_of(little, part(everything, start, stop))
        start = min(start + less, stop)
        columns_of(little, part(everything, start, stop))
    left = columns_of(little, part(everything, start, everything.stop))
    whole = columns_of(Expander(paths), everything)
    assert {name: exact(series.iloc[start:]) for name, series in whole.items()} == shown(left)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The payloads that were read so far."""
    texts: list[str] = []
    values = Segment.values

    def counting(segment: Segment, attribute: str, start: int, stop: int) -> Any:
        found = values(segment, attribute, start, stop)
        texts.extend(found)
        return found

    monkeypatch.setattr(Segment, "values", counting)
    return texts


@pytest.mark.parametrize("paths", [True, ("n", "no")], ids=["all", "paths"])
def test_each_row_is_decoded_once(segments: None, paths: Any, decoded: list[str]) -> None:
    """Work is proportional to what is new: no read decodes a row that an earlier one did."""
    everything = frame(*({"n": n} for n in range(100)))
    expander = Expander(paths)
    for start, end in [(0, 0), (0, 10), (0, 10), (0, 90), (50, 90), (60, 100), (60, 100)]:
        columns = columns_of(expander, part(everything, start, end))
        assert columns.get("data.n", pd.Series()).tolist() == list(range(start, end))
    assert [json.dumps({"n": n}) for n in range(100)] == decoded


def test_what_is_gone_before_it_was_read_is_not_decoded(segments: None, decoded: list[str]) -> None:
    """A reader who comes late pays for the rows that are left, not for those between."""
    everything = frame(*({"n": n} for n in range(100)))
    expander = Expander(("n",))
    columns_of(expander, part(everything, 0, 10))
    assert [98, 99] == columns_of(expander, part(everything, 98, 100))["data.n"].tolist()
    assert 12 == len(decoded)


def test_rows_between_are_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is new may begin later than what was read ended, though there is room for all of it."""
    cut_small(monkeypatch, rows=2)
    everything = frame(*({"t": str(n)} for n in range(9)))
    expander = Expander(("t",))
    columns_of(expander, part(everything, 0, 2))
    assert ["5", "6", "7"] == columns_of(expander, part(everything, 5, 8))["data.t"].tolist()


def test_what_is_gone_is_forgotten() -> None:
    """Of rows that are no longer kept, no values are kept either, at least if they are many."""
    everything = frame(*({"l": ["mark", n]} for n in range(3_000)))
    expander = Expander(("l",))

    def marks() -> int:
        gc.collect()
        lists = (found for found in gc.get_objects() if type(found) is list and len(found) == 2)
        return sum(type(found[0]) is str and found[0] == "mark" for found in lists)

    columns_of(expander, everything)
    assert 3_000 == marks()
    columns_of(expander, part(everything, 2_990, 3_000))
    assert 10 == marks()


def test_a_column_that_widens_is_decoded_once_more(segments: None, decoded: list[str]) -> None:
    """When numbers become text the rows that are kept are read again: that once, and for all such columns."""
    everything = frame(
        *({"n": n + 0.5, "m": n / 4} for n in range(10)), {"n": "x", "m": "y"}, {"n": 1, "m": 2}
    )
    expander = Expander(True)
    columns_of(expander, part(everything, 0, 10))
    assert 10 == len(decoded)
    columns_of(expander, part(everything, 4, 11))
    assert 10 + 1 + 6 == len(decoded)
    columns = columns_of(expander, part(everything, 4, 12))
    assert 18 == len(decoded)
    assert ["4.5", "5.5", "6.5", "7.5", "8.5", "9.5", "x", "1"] == columns["data.n"].tolist()


def test_a_column_that_widens_twice_in_one_read_is_decoded_once_more(
    monkeypatch: pytest.MonkeyPatch, decoded: list[str]
) -> None:
    """However often columns widen while rows are read, and wherever: these are read again once."""
    cut_small(monkeypatch, rows=2)
    everything = frame(
        {"n": 1.5, "m": 1.0}, {"n": 2}, {"n": "a"}, {"n": 4, "m": "b"}, {"n": [5]}, {}, {"n": 7}
    )
    columns = columns_of(Expander(("n", "m")), everything)
    assert [1.5, 2, "a", 4, [5], None, 7] == columns["data.n"].tolist()
    assert ["1.0", "", "", "b", "", "", ""] == columns["data.m"].fillna("").tolist()
    assert 7 + 4 == len(decoded)


@pytest.mark.parametrize("at", range(12))
def test_an_interrupted_read_does_no_harm(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Wherever a reader is interrupted while payloads are decoded, the next one has the right columns."""
    cut_small(monkeypatch, rows=2)
    everything = frame({"n": 1.5, "t": "a"}, {"n": 2}, {"n": "a", "t": 2}, {"n": 4}, {"n": [5]}, {"t": "b"})
    expander = Expander(("n", "t"))
    columns_of(expander, part(everything, 0, 1))
    added, calls = Inferred.added, iter(range(100))

    def interrupted(*arguments: Any) -> Inferred:
        if next(calls) == at:
            raise KeyboardInterrupt
        return added(*arguments)

    monkeypatch.setattr(Inferred, "added", interrupted)
    try:
        columns_of(expander, everything)
    except KeyboardInterrupt:
        columns_of(expander, part(everything, 0, 3))  # of an older version, by another reader
    columns = columns_of(expander, everything)
    assert [1.5, 2, "a", 4, [5], None] == columns["data.n"].tolist()
    assert ["a", "2", "b"] == columns["data.t"].dropna().tolist()


def test_an_older_version_has_its_own_rows(segments: None) -> None:
    """Who reads rows that are no longer kept, or not all that others have read, gets those of his version."""
    everything = frame(*({"n": n, "l": [n]} for n in range(60)))
    expander = Expander(("n", "l"))
    for start, stop in [(0, 20), (0, 10), (30, 60), (0, 20), (50, 51), (50, 60), (30, 40)]:
        columns = columns_of(expander, part(everything, start, stop))
        assert list(range(start, stop)) == columns["data.n"].tolist()
        assert [[n] for n in range(start, stop)] == columns["data.l"].tolist()


def test_at_most_64_columns() -> None:
    """`True` gives the first 64 fields that were seen, whichever read saw them."""
    wide = {f"f{n}": n for n in range(MAX_COLUMNS + 10)}
    other = {f"g{n}": n for n in range(MAX_COLUMNS)}
    names = [f"data.f{n}" for n in range(MAX_COLUMNS)]
    assert names == list(columns_of(Expander(True), frame(wide, other)))
    expander = Expander(True)
    df = frame({"f0": 0}, {**other, "f0": 5}, wide)
    columns_of(expander, part(df, 0, 1))
    bit_by_bit = columns_of(expander, part(df, 0, 2))
    assert MAX_COLUMNS == len(bit_by_bit)
    assert [0, 5] == bit_by_bit["data.f0"].tolist()  # a field known already is not crowded out
    assert expanded(df) == shown(columns_of(expander, df))


def test_paths_are_not_limited() -> None:
    """What was asked for by name is there, however much that is."""
    paths = tuple(f"f{n}" for n in range(MAX_COLUMNS * 2))
    columns = columns_of(Expander(paths), frame(dict.fromkeys(paths, 1)))
    assert [f"data.{path}" for path in paths] == list(columns)


# -- frames ----------------------------------------------------------------------------------------------


def test_what_is_handed_out_is_not_what_is_kept() -> None:
    """Lists and objects in a column may be written into: the next read has what came."""
    df = frame({"tags": ["a", {"deep": []}], "o": {"n": 1}})
    expander = Expander(("tags", "o"))
    first = columns_of(expander, df)
    first["data.tags"].iloc[0].append("HACK")
    first["data.tags"].iloc[0][1]["deep"].append("HACK")
    first["data.o"].iloc[0]["n"] = "HACK"
    second = columns_of(expander, df)
    assert (["a", {"deep": []}], {"n": 1}) == (second["data.tags"].iloc[0], second["data.o"].iloc[0])


def test_a_frame_is_made_once_for_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what has not changed the next reader gets the same, without any work."""
    made: list[Version] = []
    shared = expand._shared

    def counting(version: Version, *arguments: Any) -> pd.DataFrame:
        made.append(version)
        return shared(version, *arguments)

    monkeypatch.setattr(expand, "_shared", counting)
    rows = frame({"n": 1}, {"n": 2})
    expander = Expander(("n",))
    for version in (rows, rows, part(rows, 0, 1), rows):
        columns_of(expander, version)
    assert [2, 1, 2] == [version.stop for version in made]


SCALARS = ("i", "f", "b", "t", "no")


def test_scalars_are_not_copied(segments: None) -> None:
    """Frames of one version, and of the next, have their common rows in the same memory."""
    everything = frame(*({"i": n, "f": n / 2, "b": n % 2 == 0, "t": str(n)} for n in range(9)))
    expander = Expander(SCALARS)
    columns_of(expander, everything)  # now there is room for some more
    one, two = (columns_of(expander, part(everything, 0, stop)) for stop in (8, 9))
    for name in SCALARS[:3]:
        arrays = [df[f"data.{name}"].array for df in (one, two)]
        assert np.shares_memory(*(getattr(array, "_data", np.asarray(array)) for array in arrays))


@pytest.mark.parametrize("name", SCALARS)
def test_a_column_may_be_written_into_when_all_else_is_gone(name: str) -> None:
    """A frame lives without the store, and is its reader's own: also a slice, also the last there is."""
    payloads = [{"i": n, "f": n / 2, "b": n % 2 == 0, "t": str(n), "n": n} for n in range(9)]
    kept = EventStore(expand=[*SCALARS, "n"])
    kept.add_events(payloads)
    df = kept.df
    before = df.to_dict("tight")
    tail, column = kept.df.iloc[3:6], kept.df[f"data.{name}"]
    del kept
    gc.collect()
    tail.loc[4, f"data.{name}"] = np.nan
    column.iloc[:] = np.nan
    assert [4] == tail.index[tail[f"data.{name}"].isna()].drop([3, 5], errors="ignore").tolist()
    assert 9 == column.isna().sum()
    assert before == df.to_dict("tight")
    df.loc[:, f"data.{name}"] = np.nan
    assert [3, 4, 5] == tail["data.n"].tolist()


def test_frames_that_nobody_has_are_let_go_of() -> None:
    """However many were handed out, of however many versions: what is left is what is used."""
    kept = EventStore(expand=["n", "no"])

    def left(readings: int) -> int:
        for n in range(readings):
            kept.add_event({"n": n})
            df = kept.df
            df.loc[:, "data.n"] = n
        gc.collect()
        return sum(isinstance(found, pd.DataFrame) for found in gc.get_objects())

    assert left(3) == left(20)


def test_who_asks_for_other_fields_lets_go_of_the_frame_before() -> None:
    """Of fields that nobody asks for any more, no frame keeps the rows that went since."""

    def left(*asked: list[str]) -> int:
        kept = EventStore()
        for paths in asked:
            kept.add_event({"a": 1, "b": 2})
            kept.to_pandas(expand=paths)
        gc.collect()
        return sum(isinstance(found, pd.DataFrame) for found in gc.get_objects())

    assert left(["b"]) == left(["a"], ["b"])


def test_another_expand_throws_nothing_away(decoded: list[str]) -> None:
    """Who asks for other fields, and then for the first ones again, waits once for each."""
    rows = frame(*({"a": n, "b": n} for n in range(10)))
    expanders = Expanders(Frames())
    asked: list[Any] = [("a",), ("b",), ("a", "b"), True, ("no",)]
    assert KEPT == len(asked) - 1
    for paths in asked[:KEPT] * 3:
        expanders.frame(rows, paths)
    assert 10 * KEPT == len(decoded)
    expanders.frame(rows, asked[0])
    expanders.frame(rows, asked[KEPT])  # one too many: what was not asked for the longest goes
    expanders.frame(rows, asked[0])
    assert 10 * (KEPT + 1) == len(decoded)
    expanders.frame(rows, asked[1])
    assert 10 * (KEPT + 2) == len(decoded)


def test_cleared_is_cleared() -> None:
    """A reader whose version is from before brings no names back."""
    kept, expanders = Columns(9), Expanders(Frames())
    kept.append(Batch.of([changed(EVENT, raw='{"old": 1}')]))
    before = kept.version
    expanders.frame(before, True)
    expanders.clear(kept.version.stop)
    kept.clear()
    assert 1 == expanders.frame(before, True)["data.old"].sum()
    kept.append(Batch.of([changed(EVENT, raw='{"new": 1}')]))
    names = list(expanders.frame(kept.version, True).columns)
    assert ("data", "data.new") == (names[-2], names[-1])


def test_many_readers_at_once() -> None:
    """Each has in every row what its payload says, while others ask for other fields and rows come and go."""
    kept = EventStore(max_rows=700)
    done = threading.Event()
    wrong: list[Any] = []

    def read(expands: Sequence[Any]) -> None:
        reads = 0
        while not done.is_set() or reads < 10:
            reads += 1
            df = kept.to_pandas(expand=expands[reads % len(expands)])
            for name in df.columns.intersection(["data.n", "data.t", "data.l"]):
                said = [json.loads(text)[name[5:]] for text in df["data"]]
                if said != df[name].tolist():
                    wrong.append((name, reads))
            df.loc[:, df.columns.intersection(["data.n", "priority"])] = 1

    readers = [
        threading.Thread(target=read, args=[expands])
        for expands in ([["n"], ["t", "n"]], [True, ["n"]], [["l", "n"]], [True])
    ]
    for reader in readers:
        reader.start()
    for start in range(0, 6_000, 60):
        kept.add_events({"n": n, "t": f"t{n}", "l": [n]} for n in range(start, start + 60))
    done.set()
    for reader in readers:
        reader.join()
    assert not wrong


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(expand).failed
