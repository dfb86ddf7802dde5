"""`store.expand`: payload fields as columns, decoded once, and equal to decoding all at once."""

from __future__ import annotations

import doctest
import json
import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_notebook.errors import ArgumentError
from sse_notebook.store import expand
from sse_notebook.store.expand import MAX_COLUMNS, Expander, check_expand
from sse_notebook.store.schema import STR


def frame(*payloads: Any) -> pd.DataFrame:
    """What an expander reads of a frame with these payloads: texts, or values to be sent as JSON."""
    texts = [payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads]
    return pd.DataFrame(
        {"data": pd.array(texts, dtype=STR)},
        index=pd.Index(list(range(len(texts))), dtype="int64", name="seq"),
    )


def exact(series: pd.Series[Any]) -> tuple[str, list[str]]:
    """A column's dtype and values, so that 1, 1.0 and "1" differ, and what is missing is one thing."""
    missing = [value is None or value is pd.NA or value != value for value in series]
    return str(series.dtype), [
        "missing" if gone else f"{type(value).__name__} {value!r}"
        for value, gone in zip(series.tolist(), missing, strict=True)
    ]


def expanded(df: pd.DataFrame, *paths: str) -> dict[str, tuple[str, list[str]]]:
    """What a new expander makes of a frame: all scalars, or these paths."""
    columns = Expander(paths or True).columns(df)
    assert all(series.index is df.index or series.index.equals(df.index) for series in columns.values())
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


@pytest.mark.parametrize("wrong", ["duration", [1], [""], ["a", None]])
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
    ],
)
@pytest.mark.parametrize("cut", ["at once", "one by one"])
def test_a_column_is_the_narrowest_that_holds_all(
    cut: str, values: list[str], dtype: str, shown: list[str]
) -> None:
    """Types widen on conflict and never fail, and it does not matter how the rows were read."""
    df = frame(*(f'{{"x": {value}}}' for value in values))
    expander = Expander(("x",))
    for rows in range(1, len(df)) if cut == "one by one" else []:
        expander.columns(df.iloc[:rows])
    assert (dtype, shown) == exact(expander.columns(df)["data.x"])


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
        (name, series.iloc[0]) for name, series in Expander(True).columns(df).items()
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


@pytest.mark.parametrize("paths", [True, ("a", "a.b", "b.c.a", "x.y", "no")], ids=["all", "paths"])
@settings(max_examples=60)
@given(batches)
def test_bit_by_bit_equals_all_at_once(paths: Any, rows: list[list[Any]]) -> None:
    """Expanding what is new, read after read, gives the columns of expanding everything once."""
    everything = frame(*(payload for batch in rows for payload in batch))
    little = Expander(paths)
    seen = 0
    for batch in rows:
        seen += len(batch)
        little.columns(everything.iloc[:seen])
    whole = Expander(paths).columns(everything)
    again = little.columns(everything)
    assert {name: exact(series) for name, series in whole.items()} == {n: exact(s) for n, s in again.items()}


@pytest.mark.parametrize("paths", [True, ("a", "a.b", "b.c.a")], ids=["all", "paths"])
@settings(max_examples=60)
@given(batches, st.lists(st.integers(0, 4), min_size=5, max_size=5))
def test_rows_that_go_take_nothing_along(paths: Any, rows: list[list[Any]], gone: list[int]) -> None:
    """While the oldest rows go, the columns have the values of exactly the rows that are left.

    Names and types are those of all that was seen: a column does not change its type since a row has gone.
    """
    everything = frame(*(payload for batch in rows for payload in batch))
    little = Expander(paths)
    start = end = 0
    for batch, less in zip(rows, gone, strict=False):
        end += len(batch)
        little.columns(everything.iloc[start:end])
        start = min(start + less, end)
        little.columns(everything.iloc[start:end])
    left = everything.iloc[start:]
    shown, whole = little.columns(left), Expander(paths).columns(everything)
    assert {name: exact(series.loc[left.index]) for name, series in whole.items()} == {
        name: exact(series) for name, series in shown.items()
    }
    assert all(series.index.equals(left.index) for series in shown.values())


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were decoded so far."""
    texts: list[str] = []

    def counting(text: str) -> Any:
        texts.append(text)
        return json.loads(text)

    monkeypatch.setattr(expand, "decode", counting)
    return texts


@pytest.mark.parametrize("paths", [True, ("n", "no")], ids=["all", "paths"])
def test_each_row_is_decoded_once(paths: Any, decoded: list[str]) -> None:
    """Work is proportional to what is new: no read decodes a row that an earlier one did."""
    everything = frame(*({"n": n} for n in range(100)))
    expander = Expander(paths)
    for start, end in [(0, 0), (0, 10), (0, 10), (0, 90), (50, 90), (60, 100), (60, 100)]:
        expander.columns(everything.iloc[start:end])
    assert [json.dumps({"n": n}) for n in range(100)] == decoded


def test_a_column_that_widens_is_decoded_once_more(decoded: list[str]) -> None:
    """When numbers become text the rows that are kept are read again: that once, and for all such columns."""
    everything = frame(
        *({"n": n + 0.5, "m": n / 4} for n in range(10)), {"n": "x", "m": "y"}, {"n": 1, "m": 2}
    )
    expander = Expander(True)
    expander.columns(everything.iloc[:10])
    assert 10 == len(decoded)
    expander.columns(everything.iloc[4:11])
    assert 10 + 1 + 6 == len(decoded)
    columns = expander.columns(everything.iloc[4:])
    assert 18 == len(decoded)
    assert ["4.5", "5.5", "6.5", "7.5", "8.5", "9.5", "x", "1"] == columns["data.n"].tolist()


def test_at_most_64_columns() -> None:
    """`True` gives the first 64 fields that were seen, whichever read saw them."""
    wide = {f"f{n}": n for n in range(MAX_COLUMNS + 10)}
    other = {f"g{n}": n for n in range(MAX_COLUMNS)}
    names = [f"data.f{n}" for n in range(MAX_COLUMNS)]
    assert names == list(Expander(True).columns(frame(wide, other)))
    expander = Expander(True)
    df = frame({"f0": 0}, {**other, "f0": 5}, wide)
    expander.columns(df.iloc[:1])
    bit_by_bit = expander.columns(df.iloc[:2])
    assert MAX_COLUMNS == len(bit_by_bit)
    assert [0, 5] == bit_by_bit["data.f0"].tolist()  # a field known already is not crowded out
    at_once = Expander(True).columns(df)
    again = expander.columns(df)
    assert {name: exact(series) for name, series in at_once.items()} == {
        n: exact(s) for n, s in again.items()
    }


def test_paths_are_not_limited() -> None:
    """What was asked for by name is there, however much that is."""
    paths = tuple(f"f{n}" for n in range(MAX_COLUMNS * 2))
    columns = Expander(paths).columns(frame(dict.fromkeys(paths, 1)))
    assert [f"data.{path}" for path in paths] == list(columns)


def test_what_is_handed_out_is_not_what_is_kept() -> None:
    """Lists and objects in a column may be written into: the next read has what came."""
    df = frame({"tags": ["a", {"deep": []}], "o": {"n": 1}})
    expander = Expander(("tags", "o"))
    first = expander.columns(df)
    first["data.tags"].iloc[0].append("HACK")
    first["data.tags"].iloc[0][1]["deep"].append("HACK")
    first["data.o"].iloc[0]["n"] = "HACK"
    second = expander.columns(df)
    assert (["a", {"deep": []}], {"n": 1}) == (second["data.tags"].iloc[0], second["data.o"].iloc[0])


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(expand).failed
