"""`store.answering`: how far a row of a store got, which stands alone or behind a view."""

from __future__ import annotations

import doctest
from typing import Any

import pytest

import sse_notebook as sse
from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError
from sse_notebook.store import answering
from sse_notebook.store.readable import Readable
from sse_notebook.store.why import asked_for


class _Rows(Readable):
    """What has rows alone."""

    @property
    def _time(self) -> Clock:
        return SYSTEM


def said(found: Any) -> list[tuple[int, str, str]]:
    return list(found[["seq", "stage", "outcome"]].itertuples(index=False, name=None))


def store_of(number: int, **settings: Any) -> sse.EventStore:
    store = sse.EventStore(**settings)
    store.add_events(
        [{"type": "edit", "workload_id": f"w-{n}", "n": n, "id": f"e-{n}"} for n in range(number)]
    )
    return store


@pytest.mark.parametrize("key", [1, "w-1", "e-1"])
def test_a_row_is_kept(key: int | str) -> None:
    """By its number, its own id, or its resource's: it is there, and no toast is spoken of."""
    found = store_of(3).why(key)
    assert ["received", "read", "unique", "matched", "stored"] == list(found["stage"])
    assert {1} == set(found["seq"])
    assert "added by hand" in found["reason"].iloc[0]


def test_a_row_had_to_go() -> None:
    """Which bound it made room for; and where even `dropped` has it no more, that it was there."""
    store = store_of(5, max_rows=2, max_dropped=2)
    assert (2, "evicted", "yes") in said(store.why(2))
    assert "max_rows" in store.why("w-2")["reason"].iloc[-1]
    assert [(0, "stored", "gone")] == said(store.why(0))
    assert [(9, "stored", "unknown")] == said(store.why(9))


def test_what_never_came_may_be_another() -> None:
    """An id that is nearly right is spoken of."""
    (reason,) = store_of(3).why("w-10")["reason"]
    assert "did you mean" in reason


@pytest.mark.parametrize(
    ("key", "expected"),
    [("edit", 'where(type="edit") has them'), ("ed*", 'where(type="ed*")'), ("data.n > 3", "by explain(")],
)
def test_what_is_no_id(key: str, expected: str) -> None:
    """A type and an expression are other questions, and which is said."""
    store = store_of(3)
    (reason,) = store.why(key)["reason"]
    assert expected in reason
    assert expected not in store.why("w-99")["reason"].iloc[0]


def test_a_row_of_a_frame() -> None:
    """Of `df` by its seq, of `dropped` too, and by its id where it never had one."""
    store = store_of(5, max_rows=2)
    assert (3, "stored", "yes") in said(store.why(store.df.iloc[0]))
    assert (0, "evicted", "yes") in said(store.why(store.dropped.iloc[0]))
    assert 4 == asked_for(store.df.iloc[1])
    assert "e-4" == asked_for(store.df.iloc[1].rename(-1))
    with pytest.raises(ArgumentError, match="why takes a seq"):
        store.why(store.df.iloc[0].rename("x"))


def test_a_view_says_whether_it_has_it() -> None:
    """A row that is kept is in the view, or a clause refused it, or its time is another."""
    store = store_of(3)
    assert (2, "in view", "yes") in said(store.where("data.n > 1").why(2))
    refused = store.where("data.n > 1").why("w-0")
    assert (0, "in view", "no") in said(refused)
    assert "data.n > 1 refused it: it saw 0" in set(refused["reason"])
    assert "status == 1 refused it: it saw nothing there" in set(store.where("status == 1").why(0)["reason"])
    assert (0, "in view", "no") in said(store.between("2020-01-01", "2020-01-02").why(0))


def test_what_has_rows_alone_says_so() -> None:
    """A view of what has no numbers of its own, as an archive, says that it can't tell."""
    with pytest.raises(ArgumentError, match="_Rows has rows alone"):
        _Rows().where("type == 'edit'").why(0)


@pytest.mark.parametrize("key", [None, 1.5, "", True])
def test_no_key(key: Any) -> None:
    """What is neither number nor id is refused, and it is said what is asked for."""
    with pytest.raises(ArgumentError, match="why takes a seq"):
        store_of(1).why(key)


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(answering).failed
