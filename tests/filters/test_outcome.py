"""What a clause answers of a value: pass, value, missing or type."""

from __future__ import annotations

from typing import Any

import brute
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples
from trees import NOW, clause_nodes, event, events

from sse_notebook.events import Event
from sse_notebook.filters.frame import Frame
from sse_notebook.filters.language import parse
from sse_notebook.filters.mask import paths_of
from sse_notebook.filters.outcome import OUTCOMES, answer
from sse_notebook.filters.tree import FALSE, TRUE, Node, Opaque
from sse_notebook.store import EventStore


def answers(clause: Node, kept: list[Event]) -> list[str]:
    store = EventStore()
    store.add_events(kept)
    rows = Frame(store.to_pandas(expand=[]), paths_of(clause), NOW)
    return [OUTCOMES[code] for code in answer(clause, rows).codes.tolist()]


@pytest.mark.parametrize(
    ("clause", "values", "expected"),
    [
        ("data.x > 3", [5, 3, 3.5, None, float("nan"), "5", True, [5], {"a": 5}],
         "pass value pass missing missing type type type type"),
        ('data.x == "a"', ["a", "b", 5, None], "pass value type missing"),
        ("data.x == True", [True, False, 1, "true"], "pass value type type"),
        ("data.x < True", [True, False, 0], "type type type"),
        ("data.x in [1, 'a']", [1, 2, "a", "b", True, None], "pass value pass value type missing"),
        ("data.x in []", [1, None], "value missing"),
        ("data.x not in []", [1, None], "pass missing"),
        ('"a" in data.x', ["ba", "b", ["a"], ["b"], {"a": 1}, {"b": 1}, 5, None],
         "pass value pass value pass value type missing"),
        ("5 in data.x", [[5], [6], "5", {"5": 1}], "pass value type type"),
        ("has(data.x)", [0, "", [], None], "pass pass pass missing"),
        ('startswith(data.x, "a")', ["ab", "b", 5, None], "pass value type missing"),
        ('lower(data.x) == "a"', ["A", "B", 5, None], "pass value type missing"),
        ("data.x == data.y", [1], "missing"),
        ("data.x > data.x", [1, "a", True, [1], None], "value value type type missing"),
        ('severity > "warning"', [1], "value"),
        ('timestamp > "2000-01-01"', [1], "pass"),
        ('type == "build.*"', [1], "value"),
        ("type == 5", [1], "type"),
    ],
)  # fmt: skip
def test_each_kind_of_clause(clause: str, values: list[Any], expected: str) -> None:
    """Each operator and function, of each kind of value."""
    kept = [event({"event_type": "edit", "x": value}) for value in values]
    assert expected == " ".join(answers(parse(clause), kept))


@given(clause_nodes, st.lists(events, max_size=8))
@examples(60)
def test_as_the_naive_way(clause: Node, kept: list[Event]) -> None:
    """Any clause of any events: as by itself and its opposite."""
    store = EventStore()
    store.add_events(kept)
    assert [brute.outcome(clause, each) for each in store.events] == answers(clause, kept)


def test_constants() -> None:
    """`True` passes, `False` refuses by its value."""
    kept = [event({}), event({})]
    assert (["pass"] * 2, ["value"] * 2) == (answers(TRUE, kept), answers(FALSE, kept))


def test_a_callable_that_raises() -> None:
    """It answers `type`, and what it raised is counted; also an error that can't be told."""

    class Unsayable(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    def asks(each: Event) -> bool:
        if each.data["x"] == 1:
            raise Unsayable
        return bool(each.data["x"] / (each.data["x"] - 2) > 3)

    df = pd.DataFrame({"data": [f'{{"x": {n}}}' for n in (1, 2, 2, 3, 9)]})
    found = answer(Opaque(asks), Frame(df, (), NOW))
    assert ["type", "type", "type", "value", "value"] == [OUTCOMES[code] for code in found.codes.tolist()]
    assert {"Unsayable": 1, "ZeroDivisionError: division by zero": 2} == dict(found.errors)
    assert (0, 2, 0, 3) == tuple(found.count(code) for code in range(4))


def test_an_interrupt_is_no_answer() -> None:
    """What ends a program ends it."""

    def asks(_: Event) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer(Opaque(asks), Frame(pd.DataFrame({"data": ["{}"]}), (), NOW))
