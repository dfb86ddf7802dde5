"""`filters.Selection`: the same answer for an event and for its row."""

from __future__ import annotations

import doctest
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.batch import Batch
from sse_notebook.filters import Filter, Selection, selection, where
from sse_notebook.filters.tree import clauses
from sse_notebook.store import EventStore
from sse_notebook.wire import ServerSentEvent


def event(**fields: Any) -> Event:
    """The event that these fields give."""
    found = Vocabulary().read(ServerSentEvent(data=json.dumps(fields)), received_us=1)
    assert isinstance(found, Event)
    return found


def frame(*events: Event) -> pd.DataFrame:
    """The rows of these events."""
    store = EventStore()
    store.add_events(events)
    return store.df


def masked(chosen: Selection, df: pd.DataFrame) -> pd.Series[bool]:
    """Which rows the filter lets through that a selection is."""
    return Filter(chosen.tree).mask(df)


WORDS = ["p-1", "p-2", "", "all", "5", "None", "nan", "é", "workload"]
ids = st.sampled_from([*WORDS, 5, None])
rows = st.lists(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("cluster_id", "projectId", "workload_id", "build_id", "resource_type", "resourceType"), ids
        ),
    ),
    max_size=8,
)
values = st.none() | st.sampled_from(WORDS) | st.lists(st.sampled_from(WORDS), max_size=3)
filters = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("cluster_id", "project_id", "workload_id", "resource_type"), values)
)


@given(rows, filters)
def test_event_and_row_have_one_answer(said: list[dict[str, Any]], wanted: dict[str, Any]) -> None:
    """`test(event)` is what `mask(df)` says of its row, for any events and any filters."""
    chosen = Selection(**wanted)
    events = [event(**fields) for fields in said]
    df = frame(*events)
    mask = masked(chosen, df)
    assert "bool" == str(mask.dtype)
    assert mask.index.equals(df.index)
    assert [chosen.test(e) for e in events] == mask.tolist()


@given(rows, filters)
def test_an_answer_is_the_plain_one(said: list[dict[str, Any]], wanted: dict[str, Any]) -> None:
    """An event passes if each filter that asks for something names what the event says, and not otherwise."""
    for e in (event(**fields) for fields in said):
        plain = True
        for name, value in wanted.items():
            listed = [value] if isinstance(value, str) else value
            if listed is None or (name == "resource_type" and "all" in listed):
                continue
            plain = plain and any(getattr(e, name) == item for item in listed)
        assert plain == Selection(**wanted).test(e)


@given(rows, filters)
def test_rows_of_a_batch_are_those_that_pass(said: list[dict[str, Any]], wanted: dict[str, Any]) -> None:
    """By columns the same are wanted as of each alone; the others are told by what refused them first."""
    events = [event(**fields) for fields in said]
    chosen = Selection(**wanted)
    rows, others = chosen.parted(Batch.of(events))
    assert [row for row, e in enumerate(events) if chosen.test(e)] == list(rows)
    assert isinstance(rows, range) == all(map(chosen.test, events)) == (others == [])
    order = [str(clause) for clause in clauses(chosen.tree)]
    refused = {row: clause for part, clause in others for row in part}
    assert sorted(refused) == [row for row, e in enumerate(events) if not chosen.test(e)]
    for row, clause in refused.items():
        first = next(each for each in order if not where(each).test(events[row]))
        assert first == clause


def test_a_mask_fits_any_frame_of_rows() -> None:
    """A frame that was narrowed, reordered or concatenated has its own index, and the mask has it too."""
    one = frame(event(project_id="p-1"), event(project_id="p-2"), event())
    chosen = Selection(project_id="p-1")
    for df in (one, one.iloc[::-1], one.iloc[:0], pd.concat([one, one]), pd.concat([one.iloc[:0], one])):
        mask = masked(chosen, df)
        assert mask.index.equals(df.index)
        assert ["p-1"] * int(mask.sum()) == df[mask]["project_id"].tolist()
        assert (df["project_id"] == "p-1").tolist() == mask.tolist()


def test_a_mask_leaves_the_frame_alone() -> None:
    """Asking changes nothing."""
    df = frame(event(project_id="p-1"), event())
    before = df.to_dict("tight")
    masked(Selection(project_id="p-1", resource_type=["project"]), df)
    assert before == df.to_dict("tight")


def test_what_an_event_has_not_is_equal_to_nothing() -> None:
    """A missing field does not pass a filter, whatever the filter's text."""
    for text in ("None", "nan", "", "<NA>"):
        assert not Selection(project_id=text).test(event())
        assert [False] == masked(Selection(project_id=text), frame(event())).tolist()


def test_ids_that_came_as_numbers_are_text() -> None:
    """A filter compares as the column does."""
    assert Selection(project_id="5").test(event(project_id=5))


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        ({}, {}),
        ({"project_id": None, "resource_type": "all"}, {}),
        ({"resource_type": ["workload", "all"]}, {}),
        ({"project_id": "p-1"}, {"project_id": "p-1"}),
        ({"project_id": ["p-1"], "cluster_id": "c"}, {"project_id": "p-1", "cluster_id": "c"}),
        ({"project_id": "all"}, {"project_id": "all"}),
        ({"project_id": ["p-1", "p-2"], "cluster_id": "c"}, {"cluster_id": "c"}),
        ({"project_id": []}, {}),
    ],
)
def test_a_server_is_asked_for_what_it_knows(wanted: dict[str, Any], asked: dict[str, str]) -> None:
    """One value is asked of the server; where several would do, it is asked for all, and we choose."""
    assert asked == Selection(**wanted).params()


def test_several_values_are_alternatives() -> None:
    """One of them must fit; none of none does."""
    both = Selection(project_id=["p-1", "p-2"])
    assert [True, True, False] == [both.test(event(project_id=name)) for name in ("p-1", "p-2", "p-3")]
    assert not Selection(project_id=[]).test(event(project_id="p-1"))
    assert Selection(project_id=(name for name in ("p-1", "p-2"))) == both  # type: ignore[arg-type]


def test_filters_of_different_names_must_all_fit() -> None:
    """They narrow each other."""
    chosen = Selection(project_id="p-1", resource_type="build")
    assert chosen.test(event(project_id="p-1", build_id="b"))
    assert not chosen.test(event(project_id="p-1", workload_id="w"))
    assert not chosen.test(event(project_id="p-2", build_id="b"))


def test_it_is_true_if_it_asks_for_something() -> None:
    """No filter is false, and takes everything."""
    assert not Selection()
    assert not Selection(resource_type="all", project_id=None)
    assert Selection(project_id="p-1")
    assert Selection().test(event())
    assert [True, True] == masked(Selection(), frame(event(), event())).tolist()


def test_equal_filters_are_equal() -> None:
    """A stream's identity rests on this: by what is asked, not by how it was written."""
    one = Selection(project_id="p-1", resource_type=["build"])
    same = Selection(resource_type="build", project_id=["p-1"], cluster_id=None)
    assert (one, hash(one)) == (same, hash(same))
    assert one != Selection(project_id="p-1")
    assert Selection() == Selection(resource_type="all")
    assert one != "project_id='p-1', resource_type='build'"


def test_it_is_shown_as_it_is_written() -> None:
    """Its text is the arguments that make it."""
    chosen = Selection(project_id="p-1", resource_type=["workload", "build"])
    assert chosen == eval(f"Selection({chosen})")
    assert "Selection(project_id='p-1', resource_type=['workload', 'build'])" == repr(chosen)
    assert "" == str(Selection())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"project": "p-1"},
            r"no such filter: project \(there are cluster_id, .*\); did you mean project_id\?",
        ),
        ({"ressource_type": "x"}, r"did you mean resource_type\?"),
        ({"projectId": "x"}, r"did you mean project_id\?"),
        ({"colour": "red"}, r"no such filter: colour \([^)]*\)$"),
        ({"project_id": 5}, r"project_id is text \(ids are text\), or a list of texts, not 5"),
        ({"project_id": ["p-1", 5]}, r"not \['p-1', 5\]"),
        ({"project_id": [None]}, r"not \[None\]"),
        ({"project_id": b"p-1"}, r"not b'p-1'"),
        ({"resource_type": True}, r"resource_type is text"),
    ],
    ids=repr,
)
def test_a_wrong_filter_is_a_clear_error(wrong: dict[str, Any], said: str) -> None:
    """The message says which filter, what was wrong, and what was probably meant."""
    with pytest.raises(ArgumentError, match=said):
        Selection(**wrong)
    with pytest.raises(ValueError, match=said):  # as whoever has never heard of us would catch it
        Selection(**wrong)


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(selection).failed
