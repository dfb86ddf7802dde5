"""`events.Batch`: rows by columns that are a sequence of events too."""

from __future__ import annotations

import doctest
import threading
from typing import Any

import msgspec
import pytest

from sse_notebook.events import Event, Vocabulary, batch
from sse_notebook.events.batch import COLUMNS, FEW, Batch, pick
from sse_notebook.wire import ServerSentEvent


def events(number: int) -> list[Event]:
    found = [
        Vocabulary().read(ServerSentEvent(data=f'{{"workload_id": "wl-{n}", "n": {n}}}'), received_us=n + 1)
        for n in range(number)
    ]
    return [event for event in found if isinstance(event, Event)]


def test_columns_are_the_attributes() -> None:
    """There is a column for each attribute of an event, in its order."""
    assert Event.__struct_fields__ == COLUMNS == tuple(Batch.of(events(2)).columns)
    assert COLUMNS == tuple(Batch.of([]).columns)


@pytest.mark.parametrize("number", [0, 1, FEW, FEW + 1])
def test_few_events_have_the_columns_of_many(number: int) -> None:
    """Columns that are made when they are asked for are those that are made at once, numbered too."""
    kept = events(number)
    asked = Batch.of(kept)
    assert [event.workload_id for event in kept] == list(asked.columns["workload_id"])
    rows = [msgspec.structs.astuple(event) for event in kept]
    expected = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in COLUMNS]
    assert expected == [list(column) for column in asked.columns.values()]
    assert {name: list(column) for name, column in asked.columns.items()} == dict(
        zip(COLUMNS, expected, strict=True)
    )
    some = Batch.of(events(2))
    assert [*kept, *some] == list(Batch.joined([asked, some]))
    assert len(kept) + 2 == len(Batch.joined([asked, some]).columns["raw"])
    assert list(range(7, 7 + number)) == list(asked.numbered(7).columns["seq"])


@pytest.mark.parametrize("number", [0, 1, 5, 12])
def test_a_batch_is_its_events(number: int) -> None:
    """It has their number, gives them by place, by slice and in turn, and makes equal ones of its columns."""
    kept = events(number)
    for made in (Batch.of(kept), Batch(Batch.of(kept).columns)):
        assert (number, bool(number)) == (len(made), bool(made))
        assert kept == list(made) == made[:] == [made[at] for at in range(number)]
        assert kept[1:3] == made[1:3]
        assert kept[::-1] == made[::-1] == list(reversed(made))
        with pytest.raises(IndexError):
            made[number]
    if kept:
        assert kept[-1] == made[-1]
        assert kept[0].data == made[0].data


def test_events_are_made_once() -> None:
    """All who ask for a row's event get the same object; those that it was made of stay what they are."""
    kept = events(3)
    of_events, of_columns = Batch.of(kept), Batch(Batch.of(kept).columns)
    assert all(one is other for one, other in zip(kept, of_events, strict=True))
    assert of_columns[1] is of_columns[1] is list(of_columns)[1] is of_columns[0:2][1]
    assert of_columns[1] is not kept[1]
    assert list(of_columns)[1] is of_columns[1]
    assert kept == list(of_columns) == list(of_columns)[::-1][::-1] == of_columns[::-1][::-1]


def test_threads_get_one_object() -> None:
    """Two threads that ask at the same moment get the same event."""
    for _ in range(50):
        made = Batch(Batch.of(events(1)).columns)
        gate = threading.Barrier(4)
        got: list[Event] = []

        def ask(made: Batch = made, gate: threading.Barrier = gate, got: list[Event] = got) -> None:
            gate.wait(20)
            got.append(made[0])

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert [True] * 4 == [event is got[0] for event in got]


def test_numbering() -> None:
    """A numbered batch counts on from the number that is given; its events too, the objects there were."""
    kept = events(3)
    numbered = Batch.of(kept).numbered(41)
    assert [41, 42, 43] == [event.seq for event in numbered] == [event.seq for event in kept]
    assert numbered[2] is kept[2]
    plain = Batch(Batch.of(events(3)).columns)
    assert [7, 8, 9] == [event.seq for event in plain.numbered(7)]
    assert [-1, -1, -1] == [event.seq for event in plain]


def test_other_columns_are_another_batch() -> None:
    """`with_columns` leaves the batch itself as it was."""
    kept = Batch.of(events(2))
    other = kept.with_columns(origin=["resumed", "live"], after_gap=[True, False])
    assert [("resumed", True), ("live", False)] == [(event.origin, event.after_gap) for event in other]
    assert [("live", False)] * 2 == [(event.origin, event.after_gap) for event in kept]
    assert kept[1] == other[1]


def test_picking_rows() -> None:
    """Rows by their numbers, in the order that is asked for; all of a column is the column itself."""
    kept = Batch.of(events(4))
    assert [kept[2], kept[0], kept[2]] == list(kept.pick([2, 0, 2]))
    assert [] == list(kept.pick([]))
    column = ["a", "b", "c"]
    assert column is pick(column, range(3))
    assert (["a", "b"], ["b", "c"]) == (pick(column, range(2)), pick(column, [1, 2]))


def test_without_the_oldest() -> None:
    """The rows after so many are as they were, the same objects where there are objects."""
    kept = Batch.of(events(4)).numbered(0)
    assert [kept[2], kept[3]] == list(kept.without(2))
    assert all(one is other for one, other in zip(kept[2:], kept.without(2), strict=True))
    assert [] == list(kept.without(4))
    columns = Batch(kept.columns)
    assert [event.seq for event in columns.without(1)] == [1, 2, 3]


def test_joining() -> None:
    """Several batches in order are one; a single one is itself."""
    one, other = Batch.of(events(2)), Batch.of(events(3))
    assert [*one, *other] == list(Batch.joined([one, other]))
    assert one is Batch.joined([one])
    assert list(other) == list(Batch.joined([Batch.of([]), other]))


def test_a_batch_is_not_written_into() -> None:
    """Slices and lists of it are the caller's own."""
    kept = Batch.of(events(2))
    mine: list[Any] = kept[:]
    mine.clear()
    assert 2 == len(kept[:])


def test_the_rows_of_a_batch() -> None:
    """Each column stands in the row's event under its own name."""
    (event,) = Batch({name: [name] for name in COLUMNS})
    assert {name: name for name in COLUMNS} == msgspec.structs.asdict(event)


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(batch).failed
