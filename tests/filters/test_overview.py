"""`fields`: what is there to be asked."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples
from trees import event, events, payload_texts

import sse_notebook as sse
from sse_notebook.events import Event
from sse_notebook.filters import fields, survey
from sse_notebook.filters.predicate import field_of
from sse_notebook.filters.tally import DISTINCT, Tally
from sse_notebook.filters.tree import Field, Has
from sse_notebook.store import EventStore


def store_of(*said: dict[str, Any] | str) -> EventStore:
    store = EventStore()
    store.add_events([event(each) for each in said])
    return store


def row(table: pd.DataFrame, name: str) -> dict[str, Any]:
    (found,) = table[table["field"] == name].to_dict("records")
    return {str(key): value for key, value in found.items()}


names = st.sampled_from(["x", "y", "data", "o", "a.b", "a b", "", "class", "__x__"])
deep = st.recursive(
    st.none() | st.booleans() | st.sampled_from([1, 1.0, float("nan"), "t", []]),
    lambda inner: st.dictionaries(names, inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=12,
)
more_events = st.dictionaries(names, deep, max_size=5).map(event)


@given(st.lists(events | more_events, max_size=8))
@examples(200)
def test_counts_are_what_has_says(kept: list[Event]) -> None:
    """Each field's count is the number of events of which `has(field)` is true; no field is missing."""
    store = EventStore()
    store.add_events(kept)
    kept = store.events
    table = store.fields()
    assert len(table) == table["field"].nunique()
    for name, count, reachable in zip(table["field"], table["count"], table["reachable"], strict=True):
        if reachable:
            has = sse.Filter(Has(Field(name)))
            assert (name, count) == (name, sum(map(has.test, kept)))
    known = set(table["field"])
    for name in ("x", "y", "o.x", "a.b", "o.a.b", "x.y", "o.o.y"):
        values = [field_of(each.data, name) for each in kept]
        if any(value is not None and value == value and type(value) is not dict for value in values):
            assert f"data.{name}" in known


def test_what_a_table_says() -> None:
    """Shares, types, distinct values, the most frequent, as filters write them."""
    said: list[dict[str, Any]] = [{"event_type": "edit", "n": 8080}] * 6
    said += [{"event_type": "edit", "n": "8080"}, {"event_type": "new", "n": None}]
    table = store_of(*said).fields()
    assert [
        *("field", "present", "count", "types", "distinct", "top", "example", "at_least", "reachable")
    ] == list(table.columns)
    assert {
        "field": "data.n",
        "present": 0.875,
        "count": 7,
        "types": "number 86%, text 14%",
        "distinct": 2,
        "top": '8080 (6), "8080" (1)',
        "at_least": False,
        "reachable": True,
    } == {key: value for key, value in row(table, "data.n").items() if key != "example"}
    assert '"edit" (7), "new" (1)' == row(table, "event_type")["top"]
    assert ("time", 1.0) == (row(table, "timestamp")["types"], row(table, "timestamp")["present"])
    assert (0, "", 0) == tuple(row(table, "cluster_id")[name] for name in ("count", "types", "distinct"))
    assert "" == table.note  # type: ignore[attr-defined]  # a note is ours


def test_types_are_apart() -> None:
    """`1`, `True` and `"1"` are three values; `1` and `1.0` are one; a rare type is not rounded away."""
    table = store_of(*[{"v": 1}] * 400, {"v": 1.0}, {"v": True}, {"v": "1"}, {"v": [1]}).fields()
    found = row(table, "data.v")
    assert (404, 3) == (found["count"], found["distinct"])
    assert "number >99%, boolean <1%, list <1%, text <1%" == found["types"]


def test_names_that_no_filter_can_write_are_marked() -> None:
    """Spaces, quotes, dots below the top: shown with their steps, and marked."""
    table = store_of(
        {"a b": 1, "o": {"c.d": 2, 'q"': 3, "ok": 4}, "class": 5, "a.b": 6, "e\u202ee\n": 7}
    ).fields()
    shown = dict(zip(table["field"], table["reachable"], strict=True))
    payload = {
        name: reachable for name, reachable in shown.items() if name.startswith("data") and name != "data"
    }
    assert {
        'data["a b"]': False,
        'data.o["c.d"]': False,
        "data.o['q\"']": False,
        "data.o.ok": True,
        'data["class"]': False,
        "data.a.b": True,
        'data["e\\u202ee\\n"]': False,
    } == payload


def test_what_is_hidden_in_data_has_a_name_of_its_own() -> None:
    """`data.x` is the payload's `x` or that in its `data`; with both, that is `data.data.x`."""
    table = store_of({"x": 1, "data": {"x": "a", "y": 2}}, {"data": {"x": 3}}).fields()
    assert ("number", 2) == (row(table, "data.x")["types"], row(table, "data.x")["count"])
    assert ("number 50%, text 50%", 2) == (
        row(table, "data.data.x")["types"],
        row(table, "data.data.x")["count"],
    )
    assert {"data.x", "data.y", "data.data.x"} == {n for n in table["field"] if n.startswith("data.")}


def test_a_null_with_a_dot_hides_what_is_below() -> None:
    """`"a.b": null` says that there is nothing, but for the nested `data`."""
    table = store_of({"a.b": None, "a": {"b": 1}, "data": {"a.b": "nested"}}).fields()
    assert '"nested"' == row(table, "data.a.b")["example"]
    assert "data.a.b" not in set(store_of({"a.b": None, "a": {"b": 1}}).fields()["field"])


def test_many_events_are_asked_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above a bound events are drawn at random, the same each time, and the table says so."""
    store = store_of(
        *({"n": number % 7, "old": True} if number < 500 else {"n": 1} for number in range(1_000))
    )
    table = fields(store.df)
    monkeypatch.setattr(survey, "ROWS", 200)
    drawn = survey.survey(store.df, 200)
    assert (1_000, 200, 200) == (drawn.rows, drawn.asked, drawn.fields["data.n"].count)
    assert 60 < drawn.fields["data.old"].count < 140
    assert drawn.fields["data.old"].count == survey.survey(store.df, 200).fields["data.old"].count
    assert "of 200 of 1,000 events, drawn at random" == drawn.note
    assert 1_000 == row(table, "data.n")["count"]


def test_wide_payloads_are_bounded() -> None:
    """Of ever new names only so many are told, the frequent ones; the rest is counted."""
    wide = ({f"k{number}_{name}": name for name in range(400)} | {"id": number} for number in range(50))
    table = store_of(*wide).fields()
    assert survey.PATHS == sum(name.startswith("data.") for name in table["field"])
    assert 50 == row(table, "data.id")["count"]
    assert "19,801 more fields of payloads" == table.note  # type: ignore[attr-defined]
    assert table.note in repr(table)  # type: ignore[attr-defined]
    assert table.note in table._repr_html_()  # type: ignore[attr-defined,operator]


def test_payloads_are_read_within_limits() -> None:
    """Of one payload so many fields are read, and so many levels; that there are more is said."""
    deep: dict[str, Any] = {"end": 1}
    for _ in range(40):
        deep = {"d": deep}
    table = store_of({f"k{number}": 1 for number in range(2_000)}, deep, "[" * 100_000, "[1]").fields()
    assert "2 payloads have more fields than are read" in table.note  # type: ignore[attr-defined]


def test_characters_and_values_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading ends when so much was read, however many events there are."""
    store = store_of(*({"t": "x" * 100, "n": n} for n in range(400)))
    monkeypatch.setattr(survey, "_BATCH", 10)
    for name, limit in (("_CHARACTERS", 2_000), ("_VALUES", 40)):
        with monkeypatch.context() as patch:
            patch.setattr(survey, name, limit)
            found = survey.survey(store.df)
        assert 20 == found.asked
        assert 20 == found.fields["data.n"].count == found.fields["type"].count


def test_values_are_bounded() -> None:
    """Distinct values are told apart up to a bound; then it is said that there are more."""
    tally = Tally()
    for start in range(0, 20_000, 1_000):
        tally.add(["often", *(f"{number:05d}" * 100 for number in range(start, start + 1_000))])
    assert (DISTINCT, True, 20_020) == (tally.distinct, tally.is_least, tally.count)
    assert tally.top().startswith('"often" (20)')
    few = Tally()
    few.add(list(range(DISTINCT)))
    assert (DISTINCT, False, "") == (few.distinct, few.is_least, few.top())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 300, f'"{"x" * 40}"…'),
        ("\x1b[31m\u202e", '"\\x1b[31m\\u202e"'),
        (10**300, f"{10**300!r:.40}…"),
        ([1, {"a": [{"b": [1]}]}], '[1,{"a":[{"b":"…"}]}]'),
        (2**5_000, "a number of 5,001 bits"),
        ("\ud800", '"?"'),
    ],
)
def test_examples_are_short(value: Any, shown: str) -> None:
    """Whatever a value is, its example is short and plain."""
    tally = Tally()
    tally.add([value])
    found = tally.shown_example()
    assert len(found) <= 60
    if not isinstance(value, list):
        assert shown == found


@given(st.lists(payload_texts, max_size=5))
@examples(50)
def test_any_frame_will_do(texts: list[str]) -> None:
    """Frames of other dtypes, without `data`, empty, with columns of anybody's: never an error."""
    df = store_of(*texts).to_pandas(expand=["x", "o.a"])
    plain = fields(df)
    for other in (
        df.astype(object),
        df.convert_dtypes(dtype_backend="pyarrow"),
        df.assign(mine=1, **{"data.z z": 1}),
    ):
        assert plain["count"].tolist() == fields(other)["count"].tolist()
    fewer = fields(df.drop(columns="data"))
    assert {"data.x", "data.o.a"} == {name for name in fewer["field"] if name.startswith("data.")}
    assert 0 == len(fields(pd.DataFrame()))


def test_a_view_has_its_own() -> None:
    """A view counts what is in it."""
    store = store_of({"project_id": "p-1", "n": 1}, {"project_id": "p-2", "m": 1})
    names_ = set(store.where(project_id="p-1").fields()["field"])
    assert "data.n" in names_
    assert "data.m" not in names_
