"""Frames of anybody: a filter says what it says of the events, however the frame has them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import sse_notebook as sse
from sse_notebook.errors import ArgumentError
from sse_notebook.filters import fields

ODD: list[Any] = [float("nan"), 10**400, -0.0, None, [1], {"a": 1}, True, "7", ""]

FILTERS = [
    'status == "ok" and data.n > 3 or not has(id)',
    'timestamp > "2020-01-01" and severity >= "info"',
    'type == "x*" and age() < "400d"',
    'matches(message, "a+") or "x" in data.n or lower(data.n) == "7" or data.n in [1, 7]',
]


def events() -> sse.EventStore:
    """Some plain events, and odd values of a field."""
    store = sse.EventStore()
    store.add_events([{"type": "x", "status": "ok", "n": n, "id": str(n)} for n in range(10)])
    store.add_events([{"type": "x", "n": value} for value in ODD])
    return store


ALIKE: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "an index with doubles": lambda df: df.set_axis([1] * len(df)),
    "an index of two levels": lambda df: df.set_index(pd.MultiIndex.from_product([[0], range(len(df))])),
    "an index of texts": lambda df: df.set_axis([str(n) for n in range(len(df))]),
    "an index without numbers": lambda df: df.set_axis([float("nan")] * len(df)),
    "an index of times": lambda df: df.set_axis(pd.date_range("2026", periods=len(df))),
    "the largest seq": lambda df: df.set_axis([2**63 - 1] * len(df)),
    "categories": lambda df: df.astype({name: "category" for name in df if df[name].dtype == "str"}),
    "Arrow": lambda df: df.convert_dtypes(dtype_backend="pyarrow"),
    "nullable": lambda df: df.convert_dtypes(),
    "objects": lambda df: df.astype(object),
}

OTHERS: dict[str, pd.DataFrame] = {
    "nothing": pd.DataFrame(),
    "none of the columns": pd.DataFrame({"a": [1, 2]}),
    "columns that are numbers": pd.DataFrame([[1, 2], [3, 4]]),
    "bytes": pd.DataFrame({"data": [b"{}"], "status": [b"ok"]}),
    "booleans": pd.DataFrame({"status": [True, False], "id": [1, 2]}),
    "periods": pd.DataFrame({"status": pd.period_range("2026", periods=3)}),
    "complex": pd.DataFrame({"status": [1j, 2]}),
    "sparse": pd.DataFrame({"data.n": pd.arrays.SparseArray([0, 0, 9])}),
    "intervals": pd.DataFrame({"data.n": pd.interval_range(0, 3)}),
    "durations": pd.DataFrame({"data.n": pd.to_timedelta([1, 2], unit="s")}),
    "times without zone": pd.DataFrame(
        {"timestamp": pd.to_datetime(["2026-01-01"]), "received_at": ["soon"]}
    ),
}


@pytest.mark.parametrize("change", ALIKE.values(), ids=ALIKE)
@pytest.mark.parametrize("said", FILTERS)
def test_the_same_events_have_the_same_answer(
    said: str, change: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    """Whatever the index is, and however pandas keeps the columns."""
    store, asked = events(), sse.where(said)
    df = change(store.df)
    usual = asked.explain(store.df)
    found = asked.explain(df)
    assert asked.mask(store.df).tolist() == asked.mask(df).tolist()
    assert usual.clauses.to_dict("list") == found.clauses.to_dict("list")
    assert usual.suggestions == found.suggestions
    assert usual.near_misses["value"].tolist() == found.near_misses["value"].tolist()
    assert fields(store.df)["count"].tolist() == fields(df)["count"].tolist()


@pytest.mark.filterwarnings("ignore:this frame has no column `data`")
@pytest.mark.parametrize("df", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("said", [*FILTERS, ""])
def test_what_is_no_frame_of_events(said: str, df: pd.DataFrame) -> None:
    """A filter can be asked of it, explained, validated; nothing raises, nobody writes into it."""
    asked = sse.where(said) if said else sse.where(lambda event: event.data["n"] > 3)
    before = df.copy()
    assert len(df) == len(asked.mask(df)) if said else True
    found = asked.explain(df)
    assert len(df) == found.events
    assert found._repr_html_()
    assert repr(found)
    assert repr(asked.validate(df))
    assert len(fields(df)) <= len(df.columns)
    pd.testing.assert_frame_equal(before, df)


def test_fields_that_a_frame_can_not_tell_of() -> None:
    """A mask of nothing but False would look like an answer: who asks is warned, once, at their own line."""
    df, asked = (
        events().df.drop(columns="data"),
        sse.where("data.n > 3 and lower(data.m.k) == 'a' or has(id)"),
    )
    said = "no column `data`, of which data.n and data.m.k would be read: no row has a value there"
    with pytest.warns(UserWarning, match=f"^this frame has {said}$") as warned:
        assert 10 == asked.mask(df).sum()
    assert [__file__] == [each.filename for each in warned]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asked.mask(df.head(0))
        asked.mask(df.assign(data=""))
        asked.mask(df.assign(**{"data.n": 1, "data.m.k": "a"}))
        sse.where("has(id)").mask(df[["type"]])


def test_a_name_that_several_columns_have() -> None:
    """Nobody can tell which is meant: which name it is, and what to do."""
    df = events().df
    twice = pd.concat([df, df[["status"]]], axis=1)
    asked = sse.where('status == "ok"')
    for ask in (asked.mask, asked.explain, asked.validate, fields):
        with pytest.raises(ArgumentError, match=r"several columns `status`.*df\.columns\.duplicated"):
            ask(twice)
    assert 10 == asked.mask(twice.loc[:, ~twice.columns.duplicated()]).sum()
