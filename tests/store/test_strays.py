"""`store.strays`: no attribute that nobody reads."""

from __future__ import annotations

import doctest

import pytest

from sse_notebook.store import EventStore, strays


def test_examples() -> None:
    """What the docstrings say is true."""
    assert (0, 4) == doctest.testmod(strays)


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
