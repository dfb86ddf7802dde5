"""`store.shown`: a store, or a view of it, alone in a cell."""

from __future__ import annotations

import doctest

import pytest

from sse_notebook.store import EventStore, shown

EVIL = "<script>alert(1)</script> $x^2$ `a`"


def filled() -> EventStore:
    store = EventStore(name="web")
    for number in range(7):
        at = f"2026-11-24T10:00:0{number}Z"
        store.add_event({"type": "edit", "timestamp": at, "message": f"m{number}", "n": number})
    return store


def test_examples() -> None:
    """What the docstrings say is true."""
    assert (0, 1) == doctest.testmod(shown)


def test_one_line() -> None:
    """How many rows, and the newest timestamp; of none only that."""
    assert "<EventStore web 7 rows, newest 2026-11-24T10:00:06Z>" == repr(filled())
    assert "<EventStore 0 rows>" == repr(EventStore())


def test_the_newest_rows() -> None:
    """The newest five, the newest on top; of a view those that belong to it."""
    store = filled()
    page = store._repr_html_()
    places = [page.find(f"m{number}") for number in (6, 5, 4, 3, 2)]
    assert sorted(places) == places
    assert -1 not in places
    assert "m1" not in page
    view = store.where("data.n < 2")._repr_html_()
    assert "View" in view
    assert "2 rows, newest 2026-11-24T10:00:01Z" in view
    assert "m6" not in view
    assert "<table" not in EventStore()._repr_html_()


def test_what_came_is_text() -> None:
    """No element, no mathematics, nothing in an attribute: of messages, types, names and filters."""
    store = EventStore(name=EVIL)
    store.add_event({"type": EVIL, "message": EVIL, "workload_id": EVIL})
    for page in (store._repr_html_(), store.where(message=EVIL)._repr_html_()):
        assert "<script" not in page
        assert "$" not in page
        assert "`" not in page


def test_one_row_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """`info` and the line say "1 row"."""
    store = EventStore()
    store.add_event({"type": "edit"})
    store.info()
    assert capsys.readouterr().out.startswith("1 row, 18 columns")
    assert repr(store).startswith("<EventStore 1 row, newest ")
