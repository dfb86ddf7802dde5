"""`store.strays`: no attribute that nobody reads."""

from __future__ import annotations

import doctest
import traceback

import pytest

from sse_notebook.store import EventStore, strays


def test_examples() -> None:
    """What the docstrings say is true."""
    assert (0, 5) == doctest.testmod(strays)


def test_what_is_there_may_be_set() -> None:
    """Settings, traits and the store's own parts; what is none is refused, with what was meant."""
    store = EventStore()
    store.max_rows, store.expand, store.report = 5, ["x"], lambda where, error: None
    with pytest.raises(
        AttributeError, match=r"EventStore has no attribute 'vocabulry' to set; did you mean voc"
    ):
        store.vocabulry = None


def test_a_class_of_the_users_may_have_its_own() -> None:
    """Who derives a class sets what he likes."""

    class Mine(EventStore):
        pass

    mine = Mine()
    mine.notes = ["a"]
    assert ["a"] == mine.notes


def test_what_is_missing_says_where_it_is() -> None:
    """A verb or a column of the DataFrame's, and a slip of the hand."""
    store = EventStore()
    for name, where in (
        ("groupby", r"the DataFrame has it: \.df\.groupby"),
        ("severity", r'it is a column: \.df\["severity"\]'),
        ("get_events_by_typ", "did you mean get_events_by_type"),
        ("clear", r"did you mean clear_events\?"),
        ("latest", r"did you mean latest_by_resource\?"),
        ("append", "'append'$"),  # and not `dropped`, which is as near as `info` is to `window`
        ("nothing_like_it", r"'nothing_like_it'$"),
    ):
        with pytest.raises(AttributeError, match=where) as caught:
            getattr(store, name)
        shown = "".join(traceback.format_exception(caught.value))
        assert ("did you mean" in where) == shown.lower().count(
            "did you mean"
        )  # Python says it again, if it can
    assert not hasattr(store, "columns")  # as libraries ask


def test_an_error_from_within_stays_that_error() -> None:
    """A property that raises an AttributeError of its own is not called missing."""

    class Broken(EventStore):
        @property
        def mine(self) -> int:
            return None.real  # type: ignore[attr-defined]  # what is to fail

    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'real'"):
        _ = Broken().mine
