"""What is said of a filter that passes too little: the cause, in words, and what to ask instead."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples
from trees import NOW, events, trees

import sse_notebook as sse
from sse_notebook.clock import VirtualClock
from sse_notebook.errors import FilterError
from sse_notebook.events import Event
from sse_notebook.filters import Filter
from sse_notebook.filters.case import percent
from sse_notebook.filters.suggest import SEVERAL
from sse_notebook.filters.tree import Node
from sse_notebook.store import EventStore


def of(*said: dict[str, Any]) -> EventStore:
    """A store of these, each as often as its `times` says."""
    store = EventStore(clock=VirtualClock(NOW))
    for each in said:
        store.add_events([{"event_type": "edit"} | each] * each.pop("times", 1))
    return store


def told(what: Any, *said: dict[str, Any]) -> list[str]:
    return of(*said).explain(what).suggestions


ROWS: list[tuple[str, list[dict[str, Any]], str]] = [
    # another type
    (
        "data.port == 8080",
        [{"port": 8080, "times": 88}, {"port": "8080", "times": 12}],
        '`data.port` is text in 12% ("8080"): compare with text too, data.port in [8080, "8080"]',
    ),
    (
        "data.port != 8080",
        [{"port": 80}, {"port": "8080"}],
        '`data.port` is text in 50% ("8080"): compare with text too, data.port not in [8080, "8080"]',
    ),
    (
        "data.port == 8080",
        [{"port": "8080"}],
        '`data.port` is text in 100% ("8080"): compare with text, data.port == "8080"',
    ),
    (
        "data.port in [80, 8080]",
        [{"port": "8080"}],
        '`data.port` is text in 100% ("8080"): compare with text, data.port in [80, 8080, "80", "8080"]',
    ),
    (
        'data.port == "8080"',
        [{"port": 8080}],
        "`data.port` is a number in 100% (8080): compare with a number, data.port == 8080",
    ),
    (
        'data.port == "none"',
        [{"port": 8080}],
        "`data.port` is a number in 100% (8080): compare with a number",
    ),
    (
        "data.port > 80",
        [{"port": "8080"}],
        '`data.port` is text in 100% ("8080"): `>` orders numbers among numbers, texts among texts; '
        'of digits a callable makes numbers: where(lambda event: float(event.data["port"]) > 80)',
    ),
    (
        "data.port > 80",
        [{"port": "8080"}, {"port": "http"}],
        '`data.port` is text in 100% ("8080"): `>` orders numbers among numbers, texts among texts',
    ),
    (
        "data.at.port <= 80",
        [{"at": {"port": "80"}}, {}],
        '`data.at.port` is text in 100% of the values ("80"): `<=` orders numbers among numbers, texts among '
        'texts; of digits a callable makes numbers: where("has(data.at.port)") & '
        'where(lambda event: float(event.data["at"]["port"]) <= 80)',
    ),
    (
        "data.port > 80",
        [{"data": {"port": "8080"}}],  # which a callable would have to look for elsewhere
        '`data.port` is text in 100% ("8080"): `>` orders numbers among numbers, texts among texts',
    ),
    (
        "data.on > 0",
        [{"on": True}],
        "`data.on` is true or false in 100% (True): `>` orders numbers among numbers, texts among texts",
    ),
    (
        "data.o.pq > 3",
        [{"o": {"p.q": 4}}],  # which no filter can name
        "no event has `data.o.pq`",
    ),
    (
        "data.ab == 4",
        [{"a.b": 4}],
        "no event has `data.ab`; did you mean data.a.b?",
    ),
    (
        'data.on == "true"',
        [{"on": True}],
        "`data.on` is true or false in 100% (True): compare with true or false, data.on == True",
    ),
    (
        "data.on == True",
        [{"on": "yes"}],
        '`data.on` is text in 100% ("yes"): compare with text, data.on == "true"',
    ),
    (
        'data.tags == "a"',
        [{"tags": ["a", "b"]}],
        '`data.tags` is a list in 100%: ask what is in it, "a" in data.tags',
    ),
    ('data.o == "a"', [{"o": {"a": 1}}], "`data.o` is an object in 100%: compare a field in it"),
    (
        'startswith(data.n, "5")',
        [{"n": 55}],
        "`data.n` is a number in 100% (55): startswith() is asked of texts only",
    ),
    ('lower(data.n) == "a"', [{"n": 55}], "`data.n` is a number in 100% (55): lower() is of texts only"),
    (
        '"a" in data.n',
        [{"n": 55}],
        "`data.n` is a number in 100% (55): only texts, lists and objects have something in them",
    ),
    (
        "data.a == data.b",
        [{"a": 1, "b": "1"}],
        "`data.a` and `data.b` can't be compared in 100%: they are of different types",
    ),
    (
        "priority == '1'",
        [{"priority": 1}],
        "`priority` is a number in 100% (1): compare with a number, priority == 1",
    ),
    # case of letters
    (
        'status == "failed"',
        [{"status": "Failed", "times": 40}, {"status": "ok"}],
        '`status` is "Failed" in 40 events; the filter asks for "failed": use lower(status) == "failed"',
    ),
    (
        'status in ["failed", "OK"]',
        [{"status": "Failed"}, {"status": "ok", "times": 2}],
        '`status` is "ok" in 2 events (3 with other spellings); the filter asks for "failed", "OK":'
        ' use lower(status) in ["failed", "ok"]',
    ),
    (
        '"OOM" in message',
        [{"message": "oom killed"}],
        '`message` has other capitals, as "oom killed" in 1 event; the filter asks for "OOM":'
        ' use "oom" in lower(message)',
    ),
    (
        'startswith(message, "exit")',
        [{"message": "Exit 1"}],
        '`message` has other capitals, as "Exit 1" in 1 event; the filter asks for "exit":'
        ' use startswith(lower(message), "exit")',
    ),
    # spelling of values
    (
        'project_id == "p1"',
        [{"project_id": "p-1", "times": 1203}, {"project_id": "p-2"}],
        'no event has project_id "p1"; did you mean "p-1" (1,203 events)?',
    ),
    (
        'project_id == "shop-frontent"',
        [{"project_id": "shop-frontend"}],
        'no event has project_id "shop-frontent"; did you mean "shop-frontend" (1 event)?',
    ),
    (
        'project_id == "p-9"',
        [{"project_id": "p-1"}],
        'no event has project_id "p-9"; the most frequent is "p-1" (1 event)',
    ),
    (
        'type == "Build.Failed"',
        [{"event_type": "build_failed"}],
        'no event has type "Build.Failed"; did you mean "build.failed" (1 event)?',
    ),
    (
        'message == "*oom*"',
        [{"message": "an oom"}],
        'no event has message "*oom*": only `type` knows `*`; use "oom" in message',
    ),
    # names of fields
    ("data.durations > 3", [{"duration": 5}], "no event has `data.durations`; did you mean data.duration?"),
    (
        "data.duration > 3",
        [{"metrics": {"duration": 5}}],
        "no event has `data.duration`; did you mean data.metrics.duration?",
    ),
    (
        "data.buildTime > 3",
        [{"build_time": 5}],
        "no event has `data.buildTime`; did you mean data.build_time?",
    ),
    (
        "data.size > 3",
        [{"size": 5}, {"Size": 6}],
        "`data.size` is missing in 50%, and some events have data.Size",
    ),
    ("data.zzz > 3", [{"size": 5}], "no event has `data.zzz`"),
    ('cluster_id == "c"', [{"Cluster_ID": "c"}], "no event has `cluster_id`; did you mean data.Cluster_ID?"),
    # the other vocabulary
    (
        'event_type == "build.failed"',
        [{"event_type": "build_failed", "times": 3}],
        "`event_type` is compared as it is on the wire, and 3 events spell it otherwise:"
        ' use type == "build.failed", which knows both spellings',
    ),
    (
        'event_type == "build.*"',
        [{"event_type": "build_failed"}],
        "`event_type` is compared as it is on the wire, and 1 event spells it otherwise:"
        ' use type == "build.*", which knows both spellings',
    ),
    # what a clause does
    (
        "data.size > 30",
        [{"size": 1}, {"size": 25}],
        "no event passes `data.size > 30`: data.size goes from 1 to 25",
    ),
    ('data.size > 3 and severity > "error"', [{"size": 5}], 'no event passes `severity > "error"`'),
    ("data.size > 3 and not has(data.size)", [{"size": 5}], "no event passes `not has(data.size)`"),
    (
        "data.size > 3 and has(data.size)",
        [{"size": 5}, {"size": 2}],
        "every event passes `has(data.size)`: it narrows nothing",
    ),
    (
        "data.size > 3 and data.x != 5",
        [{"size": 5}, {"size": 2, "x": 1}],
        "`data.x != 5` is false of the 1 event without a value: not data.x == 5 lets them through",
    ),
    (
        'data.size > 3 and data.x not in [5, "a"]',
        [{"size": 5}, {"size": 2, "x": 1}],
        '`data.x not in [5, "a"]` is false of the 1 event without a value:'
        ' not data.x in [5, "a"] lets them through',
    ),
    (
        "data.size > 3 and data.n > 3",
        [{"size": 5, "n": 1, "times": 37}, {"size": 5, "n": 5}],
        "without `data.n > 3` 37 more would come through",
    ),
    (
        "data.size > 3 and not data.n > 3",
        [{"size": 5, "n": 5}, {"size": 5, "n": 1}],
        "without `not data.n > 3` 1 more would come through",
    ),
    (
        "not (data.size > 3 or data.n > 3)",
        [{"size": 5, "n": 1}, {"size": 1, "n": 1}],
        "without `not data.size > 3` 1 more would come through",
    ),
]


@pytest.mark.parametrize(
    ("what", "said", "sentence"), ROWS, ids=[f"{row[0]} {n}" for n, row in enumerate(ROWS)]
)
def test_each_cause_has_its_sentence(what: str, said: list[dict[str, Any]], sentence: str) -> None:
    """It is among what is said, word for word; and what it proposes can be read as a filter."""
    found = told(what, *[dict(each) for each in said])
    assert sentence in found
    for proposed in (part.partition(", which")[0] for part in sentence.split("use ")[1:]):
        sse.where(proposed)


def test_the_cause_comes_first() -> None:
    """Before what would come through, and before what narrows nothing."""
    found = told(
        'data.size > 3 and status == "failed" and has(data.size)',
        {"size": 5, "status": "Failed", "times": 3},
        {"size": 1, "status": "failed"},
        {"size": 9, "status": "failed"},
    )
    heads = ["`status` is", 'without `status == "failed"`', "without `data.size > 3`", "every event passes"]
    assert [True] * 4 == [sentence.startswith(head) for head, sentence in zip(heads, found, strict=True)]


def test_many_causes_leave_room() -> None:
    """However many clauses have a cause, what would come through is said too."""
    many = " or ".join(f"data.x{n} > 3" for n in range(30))
    found = told(f"({many} or data.size > 0) and data.size > 5", {"size": 5}, {"size": 6})
    assert ["no event has"] * 5 == [sentence[:12] for sentence in found[:5]]
    assert "without `data.size > 5` 1 more would come through" in found


def test_what_one_of_several_would_do_is_no_advice() -> None:
    """To leave a part of an `or` away lets less through: it is not proposed."""
    assert not [each for each in told("data.size > 30 or data.n > 3", {"size": 5}) if "more would" in each]


def test_a_callable_that_raises() -> None:
    """What it raised is said, and for how many."""

    def large(event: Event) -> bool:
        return event.data["size"] > 3  # type: ignore[no-any-return]

    found = told(large, {"size": 5}, {}, {})
    assert (
        f"`<callable {large.__qualname__}>` raised KeyError: 'size' for 2 events: they count as `type`"
        == found[0]
    )


def test_without_the_only_clause() -> None:
    """That everything would come through without it goes without saying."""
    assert [] == told("data.size > 3", {"size": 5}, {"size": 1})


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (1, 1000, "less than 1%"),
        (1, 100, "1%"),
        (999, 1000, "more than 99%"),
        (7, 7, "100%"),
        (12, 100, "12%"),
    ],
)
def test_shares_do_not_round_to_what_is_not_so(part: int, whole: int, said: str) -> None:
    """Something is not 0 %, and not all is not 100 %."""
    assert said == percent(part, whole)


@given(trees, st.lists(events, max_size=8))
@examples(60)
def test_never_more_than_a_few(tree: Node, kept: list[Event]) -> None:
    """Whatever is asked of whatever: seven sentences at most, none twice, none without an end."""
    store = EventStore(clock=VirtualClock(NOW))
    store.add_events(kept)
    found = store.explain(Filter(tree)).suggestions
    assert len(found) <= SEVERAL
    assert len(set(found)) == len(found)
    assert all(0 < len(sentence) < 600 for sentence in found)


def test_a_filter_that_reads_nothing_into_what_was_seen() -> None:
    """Half a character in a frame of others is no reason to fail."""
    import pandas as pd

    df = pd.DataFrame({"status": pd.Series(["a\ud800b"], dtype=object)})
    assert ['no event has status "zz"; the most frequent is "a?b" (1 event)'] == sse.where(
        'status == "zz"'
    ).explain(df).suggestions
    with pytest.raises(FilterError):
        sse.where(status="a\ud800b")
