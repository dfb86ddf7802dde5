"""`Filter` and `where`: one tree from three mouths."""

from __future__ import annotations

import asyncio
import copy
import pickle
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from trees import NOW, asks, event

import sse_notebook as sse
from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArgumentError, FilterError
from sse_notebook.store import EventStore

BAD = sse.where('severity == "error"')
OURS = sse.where(project_id="p-1")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"project_id": "p-1", "resource_type": ["workload", "build"]},
         'project_id == "p-1" and resource_type in ["workload", "build"]'),
        ({"resource_type": "all", "project_id": None}, "True"),
        ({"resource_type": ["build", "all"]}, "True"),
        ({"type": "build.*", "severity": {"error", "warning"}},
         'type == "build.*" and severity in ["error", "warning"]'),
        ({"priority": np.int64(1), "after_gap": False}, "priority == 1 and after_gap == False"),
        ({"timestamp": datetime(2026, 1, 1, tzinfo=UTC)}, 'timestamp == "2026-01-01T00:00:00+00:00"'),
        ({"cluster_id": pd.Series(["a", "b"])}, 'cluster_id in ["a", "b"]'),
        ({"workload_id": []}, "workload_id in []"),
        ({"data.port": 8080}, "data.port == 8080"),
    ],
)  # fmt: skip
def test_fields_and_text_are_one_tree(fields: dict[str, Any], text: str) -> None:
    """What is given as fields is what the expression says."""
    chosen, written = sse.where(**fields), sse.where(text)
    assert (text, written, hash(written)) == (str(chosen), chosen, hash(chosen))
    assert f"<Filter {text}>" == repr(chosen)


def test_together() -> None:
    """An expression, a callable or a filter, and fields: all must fit."""
    assert (
        BAD & OURS == sse.where('severity == "error"', project_id="p-1") == sse.where(BAD, project_id="p-1")
    )
    assert sse.where(asks) & OURS == sse.where(asks, project_id="p-1")
    assert "True" == str(sse.where())


def test_combined() -> None:
    """`&`, `|` and `~` make the tree of `and`, `or` and `not`; anything else is no filter."""
    assert sse.where('(severity == "error" or project_id == "p-1") and not has(id)') == (
        BAD | OURS
    ) & ~sse.where("has(id)")
    for other in (5, None, asks):
        with pytest.raises(TypeError):
            BAD & other  # type: ignore[operator]
        with pytest.raises(TypeError):
            other | BAD  # type: ignore[operator]
    assert BAD != "severity"
    with pytest.raises(FilterError, match="&, | and ~".replace("|", r"\|")):
        bool(BAD and OURS)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: sse.where(5), "not of int"),
        (lambda: sse.where(["has(id)"]), "not of list"),
        (lambda: sse.where(projct_id="a"), "did you mean project_id"),
        (lambda: sse.where(project_id=5), "project_id is text"),
        (lambda: sse.where(project_id=["a", 5]), "project_id is text"),
        (lambda: sse.where(priority="high"), "priority is a number"),
        (lambda: sse.where(priority=True), "priority is a number"),
        (lambda: sse.where(after_gap=1), "True or False"),
        (lambda: sse.where(timestamp="soon"), "timestamp is a time"),
        (lambda: sse.where(project_id=["a", None]), "None"),
        (lambda: sse.where(**{"data.a-b": 1}), "no such field"),
        (lambda: sse.where(project_id=b"x"), "not bytes"),
        (lambda: sse.where("has(id) &&"), "did you mean and"),
        (lambda: sse.where(asyncio.sleep), "an async function is no filter"),
    ],
)
def test_refused(make: Any, said: str) -> None:
    """What can't be read is refused at once, with what would be right."""
    with pytest.raises(FilterError, match=said):
        make()


def test_copies() -> None:
    """A filter survives pickle and copy; with a lambda in it, it can't be pickled."""
    for chosen in (BAD & OURS, sse.where(asks)):
        assert chosen.test(event({"event_type": "build_failed", "project_id": "p-1"}))  # compiled
        assert chosen == pickle.loads(pickle.dumps(chosen)) == copy.deepcopy(chosen)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(sse.where(lambda _: True))


def test_event_and_frame() -> None:
    """`test` and `mask` say the same; the mask has the frame's own index, and is of booleans."""
    store = EventStore()
    store.add_events([event({"project_id": each}) for each in ("p-1", "p-2", None)])
    df = store.df
    assert [True, False, False] == [OURS.test(each) for each in store.events]
    assert pd.Series([True, False, False], index=df.index).equals(OURS.mask(df))
    assert ["p-1"] == df[OURS.mask(df)]["project_id"].tolist()
    assert 0 == len(store.df[(~sse.where()).mask(df)])


def test_what_is_no_event_and_no_frame() -> None:
    """A dictionary, and a frame of another library, are refused with what would be right."""
    with pytest.raises(ArgumentError, match=r"test takes an Event, not dict: EventStore\(\)\.add_event"):
        OURS.test({"project_id": "p-1"})  # type: ignore[arg-type]
    for wrong, said in ((EventStore().to_polars(), "pandas, which to_pandas"), ([1], "pandas, not list")):
        with pytest.raises(ArgumentError, match=rf"takes a DataFrame of {said}"):
            OURS.mask(wrong)
    with pytest.raises(FilterError, match=r"not of Series: by a mask a frame is narrowed, df\[mask\]"):
        sse.where(EventStore().df["type"] == "edit")
    for ask in (lambda: EventStore().filter("type == 'edit'"), lambda: EventStore().filter(type="edit")):
        with pytest.raises(FilterError, match=r"not called: .* is narrowed by its where"):
            ask()


def test_ages_by_a_clock() -> None:
    """An age is counted by the clock that is given, at the moment of the question."""
    young, clock = sse.where('age() < "5m"'), VirtualClock(NOW)
    fits = young.predicate(clock)
    store = EventStore()
    store.add_events([event({"timestamp": NOW - 200})])
    assert (True, [True]) == (fits(store.events[0]), young.mask(store.df, clock).tolist())
    clock.advance(100)
    assert (False, [False]) == (fits(store.events[0]), young.mask(store.df, clock).tolist())
    assert not young.test(store.events[0])


def test_ages_since_the_arrival() -> None:
    """An age is that of the event's own time, or of its arrival where that is asked for."""
    store = EventStore(clock=(clock := VirtualClock(NOW)))
    store.add_event({"event_type": "a", "timestamp": NOW - 200})
    clock.advance(60)
    for text, fits in (("age(timestamp) > 200", True), ("age(received_at) > 200", False)):
        asked = sse.where(f"{text} and age(received_at) == 60")
        assert fits == asked.predicate(clock)(store.events[0])
        assert [fits] == asked.mask(store.df, clock).tolist()
