"""Why a filter keeps rows out: counts that asking row by row gives, of so many rows, and not too often."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook import EventStore, where
from sse_notebook.clock import VirtualClock
from sse_notebook.widget.pages import asked_for
from sse_notebook.widget.reasons import CLAUSES, REST, SAMPLE, SHARE, Reasons, clauses_of, stopped_by

CASES = (
    "data.n > 3",
    'severity == "error"',
    "has(project_id)",
    "not (data.n > 3 and has(status))",
    'data.n > 3 or status == "up"',
    'lower(message) == "x"',
    "data.port < 5",
)


def store_of(rows: list[dict[str, Any]]) -> EventStore:
    store = EventStore()
    store.add_events([{"event_type": "build_failed", **row} for row in rows])
    return store


VALUES = st.one_of(st.integers(-3, 9), st.sampled_from(["up", "8", "", None]), st.floats(allow_nan=True))
ROWS = st.lists(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("n", "port", "status", "message", "project_id"), VALUES)
    )
)


@given(rows=ROWS, chosen=st.lists(st.sampled_from(CASES), min_size=1, max_size=5, unique=True))
def test_the_counts_are_those_of_asking_row_by_row(rows: list[dict[str, Any]], chosen: list[str]) -> None:
    """How many each clause passes and refuses, alone too; and what stopped a row is what refuses it."""
    store = store_of(rows)
    typed = " and ".join(f"({clause})" for clause in chosen)
    asked = where(typed)
    version = store._snapshot().version
    told = clauses_of(typed, asked, version, 0.0)
    tests = [where(clause) for clause in chosen]
    assert [str(test) for test in tests] == [part[0] for part in told["parts"]]
    events = list(store.events) if len(rows) <= 100 else []
    answers = [[test.test(event) for test in tests] for event in events]
    for place, (_, _, passed, value, missing, kind, alone) in enumerate(told["parts"]):
        assert sum(each[place] for each in answers) == passed
        assert len(rows) == passed + value + missing + kind
        assert sum(not each[place] and sum(each) == len(each) - 1 for each in answers) == alone
    for event, each in zip(events, answers, strict=True):
        found = stopped_by(typed, asked, version, event.seq, 0.0)
        assert [str(test) for test, fits in zip(tests, each, strict=True) if not fits] == [
            text for text, _, _ in found
        ]


@given(chosen=st.lists(st.sampled_from(CASES), min_size=2, max_size=5, unique=True), gone=st.integers(0, 4))
def test_without_a_clause_it_is_the_filter_of_the_others(chosen: list[str], gone: int) -> None:
    """The texts joined by `and` are the canonical text of that filter."""
    typed = " and ".join(f"({clause})" for clause in chosen)
    parts = clauses_of(typed, where(typed), store_of([])._snapshot().version, 0.0)["parts"]
    left = [part for place, part in enumerate(parts) if place != gone % len(parts)]
    said = left[0][0] if len(left) == 1 else " and ".join(part[1] for part in left)
    assert said == str(where(" and ".join(f"({part[0]})" for part in left)))


def test_what_stopped_a_row_and_what_it_saw() -> None:
    """A value, nothing, another type; behind a `not` the clause that fits; of several the first to blame."""
    store = store_of([{"n": 3, "port": "8080", "message": "x\u202ey"}])
    version = store._snapshot().version
    typed = (
        "data.n > 30 and data.missing == 1 and data.port > 3 and not data.n == 3"
        ' and (data.n == 5 or status == "up") and message == "z" and type == "build.*"'
    )
    assert [
        ["data.n > 30", "value", "3"],
        ["data.missing == 1", "missing", None],
        ["data.port > 3", "type", '"8080"'],
        ["not data.n == 3", "pass", "3"],
        ['data.n == 5 or status == "up"', "value", "3"],
        ['message == "z"', "value", "x\ufffdy"],
    ] == stopped_by(typed, where(typed), version, 0, 0.0)
    assert [] == stopped_by(typed, where(typed), version, 7, 0.0)


def test_a_search_is_one_clause() -> None:
    """However many columns are looked through; nothing typed is none."""
    store = store_of([{"message": "exit 1"}, {"message": "ok"}])
    version = store._snapshot().version
    for typed, parts in (("/EXIT ", [["/EXIT", "/EXIT", 1, 1, 0, 0, 1]]), ("/", []), ("", [])):
        assert parts == clauses_of(typed, asked_for(typed), version, 0.0)["parts"]
    assert [["/exit", "value", "ok"]] == stopped_by("/exit", asked_for("/exit"), version, 1, 0.0)


def test_it_rests_on_the_newest_and_says_so() -> None:
    """So many rows are asked however many there are, and so many clauses are told."""
    store = store_of([{"n": n} for n in range(SAMPLE + 1000)])
    typed = " and ".join(f"data.n >= {1000 + n}" for n in range(CLAUSES + 3))
    told = clauses_of(typed, where(typed), store._snapshot().version, 0.0)
    assert (SAMPLE, SAMPLE + 1000, CLAUSES, 3) == (
        told["asked"],
        told["of"],
        len(told["parts"]),
        told["more"],
    )
    assert [SAMPLE, SAMPLE - 1] == [part[2] for part in told["parts"][:2]]


class Slow(VirtualClock):
    """A clock by which every look costs time."""

    cost = 0.0

    def monotonic(self) -> float:
        self.advance(self.cost)
        return super().monotonic()


def test_it_is_not_counted_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for rows that are the same, not twice in two seconds, and not more than a part of the time."""
    from sse_notebook.widget import reasons

    counted: list[str] = []
    real = reasons.clauses_of

    def counting(typed: str, *rest: Any) -> dict[str, Any]:
        counted.append(typed)
        return real(typed, *rest)

    monkeypatch.setattr(reasons, "clauses_of", counting)
    clock, store = Slow(), store_of([{"n": 1}])
    kept, asked = Reasons(clock), where("data.n > 0")

    def look() -> int:
        kept.of("data.n > 0", asked, store._snapshot().version)
        return len(counted)

    assert [1, 1] == [look(), look()]
    clock.advance(REST)
    assert 1 == look()  # the same rows
    store.add_event({"n": 2})
    assert 2 == look()
    store.add_event({"n": 3})
    clock.advance(REST / 2)
    assert 2 == look()
    clock.advance(REST / 2)
    clock.cost = 1.0  # from now on it is slow
    assert 3 == look()
    store.add_event({"n": 4})
    clock.cost = 0.0
    clock.advance(1 / SHARE - 1)
    assert 3 == look()
    clock.advance(1)
    assert 4 == look()
