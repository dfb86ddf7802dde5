"""`Filter.validate`: what it warns of is so, and what is plainly wrong it warns of."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import examples
from trees import NOW, can_be_written, event, events, naive, opaque_trees, operands, trees

import sse_notebook as sse
from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.filters import survey
from sse_notebook.filters.certain import certain
from sse_notebook.filters.report import places
from sse_notebook.filters.tree import Compare, Contains, Has, In, Lower, Node, Not, Value, all_of, any_of
from sse_notebook.store import EventStore

# Clauses about one thing, so that they exclude each other now and then.
few = st.sampled_from(
    [1, 3, 5, "a", "A", "error", "warning", "2025-11-24", "2025-11-24T16:00:00Z", True]
).map(Value)
one_of = st.sampled_from(["data.x", "severity", "priority", "timestamp", "status", "after_gap"])


@st.composite
def about_one(draw: st.DrawFn) -> Node:
    (field,) = draw(operands.filter(lambda each: True).map(lambda each: (each,)))
    field = type(field)(draw(one_of))
    signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    about = st.just(field) | st.just(field) | st.just(Lower(field))
    clause = (
        st.builds(Compare, about, signs, few)
        | st.builds(In, about, st.lists(few, max_size=2).map(tuple), st.booleans())
        | st.builds(Contains, few, about, st.booleans())
        | st.just(Has(field))
        | st.just(Not(Has(field)))
    ).filter(can_be_written)
    parts = draw(st.lists(clause | clause.map(Not), min_size=1, max_size=3))
    return draw(st.sampled_from([all_of, all_of, any_of]))(*parts)


@given(trees | about_one(), st.lists(events, min_size=1, max_size=8))
@examples(500)
def test_what_is_certain_is_so(tree: Node, kept: list[Event]) -> None:
    """What is said to be always true, or never, is that of any event: trees and clauses."""
    truth, reasons = certain(tree)
    for each in kept:
        assert truth in (None, naive(tree, each))
        for reason in reasons:
            alone, _ = certain(reason.node)  # None: what is said is said of several clauses together
            assert alone in (None, naive(reason.node, each))


@given(opaque_trees, st.lists(events, max_size=6))
@examples(150)
def test_what_was_seen_is_so(tree: Node, kept: list[Event]) -> None:
    """Nothing makes it fail; what it says of all events, or of none, is so; so is the place."""
    store = EventStore()
    store.add_events(kept)
    clock = VirtualClock(NOW)
    asked = sse.Filter(tree)
    df = store.to_pandas(expand=["x"])
    report = asked.validate(df, clock)
    text = str(tree)
    for warned in report:
        assert text[warned.column :].startswith(warned.clause)
        fits = []
        if "<callable" not in warned.clause and "this is asked for" not in warned.text:
            fits = [sse.where(warned.clause).predicate(clock)(each) for each in store.events]
        if warned.text.startswith(("true of none", "the whole filter is true of none")):
            assert not any(fits)
        elif warned.text.startswith(("true of all", "the whole filter is true of all")):
            assert all(fits)
    assert {report.ok} == {bool(report), len(report) == 0}
    assert repr(report)
    assert repr(asked.validate(store))


@given(opaque_trees)
@examples(200)
def test_places_are_in_the_text(tree: Node) -> None:
    """Each node's text stands in the tree's text where its place says."""
    text = str(tree)
    for node, at in places(tree):
        assert str(node) == text[at : at + len(str(node))]


def kept() -> EventStore:
    store = EventStore()
    for number in range(40):
        said: dict[str, Any] = {
            "event_type": "build_failed" if number % 2 else "page.edit",
            "project_id": f"p-{number % 3}",
            "status": "Failed",
            "port": "8080",
            "duration": number,
            "flag": True,
            "tags": ["a"],
        }
        store.add_event(said)
    return store


@pytest.mark.parametrize(
    ("text", "code", "column", "part"),
    [
        ('severity > "error"', "never", 0, 'no severity is above "error"'),
        ('severity >= "info"', "always", 0, "every severity fits"),
        ('status == "a" and status == "b"', "never", 18, 'also status == "a"'),
        ("data.x > 5 and has(id) and data.x < 3", "never", 27, "also data.x > 5"),
        ("data.x > 5 and data.x <= 5", "never", 15, "also data.x > 5"),
        ('data.x > 5 and data.x == "a"', "never", 15, "also data.x > 5"),
        ("not has(data.x) and data.x == 1", "never", 20, "also not has(data.x)"),
        ("has(id) and not has(id)", "never", 12, "contrary: has(id)"),
        ("has(id) or not has(id)", "always", 11, "contrary: has(id)"),
        ("has(type)", "always", 0, "every event has a type"),
        ('lower(after_gap) in [True, False, "x"]', "never", 0, "after_gap is one of False, True"),
        (
            'status in ["a", "b"] and status != "a" and status != "b"',
            "never",
            43,
            "all that is asked of status",
        ),
        ('timestamp > "2026-01-02" and timestamp < "2026-01-01T00:00Z"', "never", 29, "also timestamp"),
        ("status in []", "never", 0, "the list is empty"),
        ("priority > 5", "never", 0, "no priority is above 5"),
        ('priority == "1"', "type", 0, "priority is a number, compared with text"),
        ('priority >= "warning"', "type", 0, 'compared with text: severity >= "warning"'),
        ("project_id == 5", "type", 0, 'project_id is text, compared with a number: project_id == "5"'),
        ("status > 3", "type", 0, "status is text, compared with a number: `>` orders numbers among numbers"),
        ("3 >= type", "type", 0, "`<=` orders numbers among numbers, texts among texts; a callable can"),
        ("timestamp > 17", "type", 0, 'timestamp is a time, compared with a number: write "2026-11'),
        ('lower(status) == "Failed"', "case", 0, 'write "failed"'),
        ('"OOM" in lower(message)', "case", 0, 'write "oom"'),
        ("data.flag > True", "type", 0, "not above or below"),
        ("status == priority", "type", 0, "of two types"),
        ("status != status", "never", 0, "both sides are the same"),
        ('type == "biuld_failed"', "value", 0, 'did you mean "build_failed"?'),
        ('type == "nothing.*"', "glob", 0, 'no known type fits "nothing.*"'),
        ('event_type == "build.failed"', "vocabulary", 0, 'type == "build.failed" knows both'),
        ('event_type == "build_*"', "vocabulary", 0, "compares literally"),
        ("not (has(id) and False)", "never", 17, "true of no event"),
        ("priority == 7", "never", 0, "priority is one of 1, 2, 3, 4, 5"),
    ],
)
def test_what_the_text_says(text: str, code: str, column: int, part: str) -> None:
    """Without any event: contradictions, types, vocabularies; the place is that of the clause."""
    (warned,) = sse.where(text).validate()
    assert (code, column) == (warned.code, warned.column)
    assert part in warned.text


@pytest.mark.parametrize(
    "text",
    [
        "data.x > 5 or data.x < 3",
        "data.x >= 5 and data.x <= 5",
        "data.x == 1 or data.x != 1",
        'type == "build_failed" and type == "build.failed"',
        'type == "workload.status" and type == "workload.running"',
        'type == "edit"',
        'event_type == "build_failed"',
        '"a" in data.tags and "b" in data.tags',
        'data.x in ["a", 5] and data.x > 3',
        'severity >= "warning" and severity <= "warning"',
        "has(id)",
        'age() < "5m" and age() > "1m"',
        "status == project_id",
        "data.x == priority",
    ],
)
def test_what_may_be_is_no_warning(text: str) -> None:
    """A filter that may fit some event and not another is left alone."""
    report = sse.where(text).validate()
    assert [] == list(report)
    assert report.ok
    assert report


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("data.durations > 3", "field", "did you mean data.duration?"),
        ("has(data.nothing)", "field", "no event has data.nothing"),
        ('cluster_id == "c"', "field", "no event has a cluster_id"),
        ('project_id == "p1"', "value", 'did you mean "p-1" (13 events)?'),
        ('status == "failed"', "case", 'did you mean "Failed" (40 events)?'),
        ('project_id not in ["p-1", "p2"]', "value", 'did you mean "p-2"'),
        ("data.port == 8080", "type", 'data.port is text, compared with a number: data.port == "8080"'),
        ('data.duration > "3"', "type", "data.duration is a number, compared with text: data.duration > 3"),
        ('startswith(data.duration, "1")', "type", "data.duration is a number, asked for parts of a text"),
        ("data.duration > 300", "never", "the largest data.duration is 39"),
        ("data.duration < 0", "never", "the smallest data.duration is 0"),
        ('type == "page.edits"', "value", 'did you mean "page.edit"?'),
        ('type == "Page.edit"', "case", 'did you mean "page.edit"?'),
        ('type == "addon.*"', "glob", 'no type that was seen fits "addon.*"'),
        ('event_type == "build.failed"', "vocabulary", "knows both"),
        ("data.duration >= 0", "always", "true of all 40 events"),
        ('matches(status, "z")', "never", "true of none of the 40 events"),
    ],
)
def test_what_was_seen_says(text: str, code: str, part: str) -> None:
    """With events: fields and values that none has, what was probably meant, what fits all or none."""
    store = kept()
    for seen in (store, store.df, store.where(status="Failed")):
        (warned,) = sse.where(text).validate(seen)
        assert code == warned.code
        assert part in warned.text


def test_a_page_says_what_was_looked_at() -> None:
    """Shown with carets below the clause; without events nothing is said of what was seen."""
    report = sse.where('project_id == "p-1" and data.port == 8080').validate(kept())
    assert repr(report).splitlines() == [
        "1 warning (40 events)",
        "",
        'type: data.port is text, compared with a number: data.port == "8080"',
        '    project_id == "p-1" and data.port == 8080',
        "                            ^^^^^^^^^^^^^^^^^",
    ]
    assert "no warnings (0 events)" == repr(sse.where("data.port == 1").validate(EventStore()))
    assert not report


def test_the_whole_filter() -> None:
    """Clauses that fit some events each, and no event together."""
    fits = sse.where('status == "Failed" and data.duration < 1 and type == "build_failed"')
    (_, whole) = sorted(fits.validate(kept()), key=lambda each: each.code)
    assert ("never", str(fits)) == (whole.code, whole.clause)


def test_never_is_asked_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """What none of the events drawn has is not said to be missing, when another has it."""
    store = EventStore()
    store.add_events([event({"n": 1, "status": "s"}) for _ in range(500)])
    store.add_events([event({"rare": 1, "n": "one", "status": "unique", "event_type": "odd"})])
    monkeypatch.setattr(survey.survey, "__defaults__", (20,))
    for text in (
        "has(data.rare)",
        'data.n == "one"',
        'status == "unique"',
        'type == "odd"',
        "data.rare == 1",
        "data.rare != 5",
        'status not in ["unique"]',
    ):
        assert sse.where(text).validate(store).ok
    (warned,) = sse.where('status == "S"').validate(store)
    assert 'no event has status "S"; did you mean "s" (in some 100%)?' == warned.text


def test_only_what_has_events() -> None:
    """Anything but a stream, view, store or frame is refused; a callable is never asked."""
    with pytest.raises(ArgumentError, match="a filter is checked against"):
        sse.where("has(id)").validate("stream")

    def raising(_: Any) -> bool:
        raise AssertionError

    assert sse.where(raising).validate(kept()).ok
    assert sse.where("has(id)").validate(pd.DataFrame({"mine": [1]})).about == "1 event"


# Deep and long filters end soon.
@example(100)
@given(st.integers(1, 300))
@examples(10)
def test_many_clauses(number: int) -> None:
    """Hundreds of clauses about one thing are checked too."""
    text = " and ".join(f"data.x > {each}" for each in range(number))
    assert sse.where(text).validate().ok
