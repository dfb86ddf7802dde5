"""What a hostile tester did to a store; each of these once broke it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.events.event import changed
from sse_notebook.store import EventStore
from sse_notebook.store.columns import Columns
from sse_notebook.store.texts import AGAIN, DIFFERENT, Segment, _Words
from sse_notebook.wire import ServerSentEvent


def bytes_of(store: EventStore) -> int:
    version = store._snapshot().version
    return version.nbytes(version.start, version.stop)


def test_bytes_of_rows_that_became_heavier() -> None:
    """Codes that grow, and flags of what is missing, count for the rows that were there before."""
    store = EventStore(max_rows=500)
    store.add_events([{"type": "a", "id": "1", "message": "m"}] * 400)
    assert bytes_of(store) == store.nbytes
    store.add_event({"type": "b"})  # no id, no message
    assert bytes_of(store) == store.nbytes
    for number in range(300):
        store.add_event({"type": f"t{number}", "id": "1", "message": "m"})
        assert bytes_of(store) == store.nbytes
    for number in range(300):
        event = store.add_event({"type": "c"})
        assert event is not None
        store.add_event(changed(event, source=f"s{number}"))
    assert bytes_of(store) == store.nbytes
    store.max_rows = 1
    assert bytes_of(store) == store.nbytes


@pytest.mark.parametrize(
    "wrong",
    [
        {"message": "\ud800"},
        {"type": "\ud800"},
        {"source": "\ud800"},
        {"raw": "\ud800"},
        {"timestamp_us": 2**63},
        {"timestamp_us": -(2**63)},
        {"received_us": 2**70},
        {"severity": "info\n"},
    ],
    ids=str,
)
def test_an_event_that_could_not_be_kept_is_refused(wrong: dict[str, Any]) -> None:
    """At once, by name; the store and all who read it go on."""
    store = EventStore()
    event = store.add_event({"type": "a"})
    assert event is not None
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        store.add_event(changed(event, **wrong))
    store.add_event({"type": "good"})
    assert ["a", "good"] == store.df["type"].tolist()


def test_half_a_character_is_kept_as_a_question_mark() -> None:
    """Whatever way it came: a text that can't be written harms no other one."""
    segment = Segment(0)
    half = {"type": ["a", "\ud800"]}
    segment.write(0, {name: half.get(name, ["é", "x\ud800"]) for name in (*AGAIN, *DIFFERENT)})
    assert ["a", "?"] == segment.read("type", 2)[0].to_pylist()
    assert (
        ["é", "x?"] == segment.read("message", 2)[0].to_pylist() == segment.read("status", 2)[0].to_pylist()
    )


def test_the_count_while_a_reader_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Observers are told the number of rows that came, though a reader is just writing those that waited."""
    store = EventStore()
    store.add_event({"type": "a"})
    inside, go, append = threading.Event(), threading.Event(), Columns.append

    def slow(self: Columns, batch: Any, now_us: int = 0) -> Any:
        found = append(self, batch, now_us)
        inside.set()
        go.wait(5)
        return found

    monkeypatch.setattr(Columns, "append", slow)
    reader = threading.Thread(target=lambda: len(store))
    reader.start()
    inside.wait(5)
    teller = threading.Thread(target=store._tell)
    teller.start()
    go.set()
    reader.join()
    teller.join()
    assert (1, 1) == (store.count, len(store))


def test_a_word_that_is_newer_than_the_codes() -> None:
    """Asked for while it is being added, it is in no row yet."""
    words = _Words(16, None)
    words.write(0, [f"t{number}" for number in range(256)])
    assert 256 == words._codes["t256"]
    found = words.is_in(["t256", "t1", "t2", "t3", "t4"], 0, 256)
    assert [1, 2, 3, 4] == found.nonzero()[0].tolist()


WRITES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "array": lambda df: df["priority"].array.__setitem__(1, pd.NA),
    "values": lambda df: df["priority"].values.__setitem__(1, pd.NA),
    "loc": lambda df: df.__setitem__("priority", df["priority"].where(df.index != 1)),
    "cell": lambda df: df.loc.__setitem__((1, "priority"), pd.NA),
}


@pytest.mark.parametrize("way", WRITES)
def test_priorities_are_the_readers_own(way: str) -> None:
    """Into the array of a column nobody writes; in the ways of pandas, only the reader's own changes."""
    store = EventStore()
    store.add_events([{"type": "a", "priority": 2}] * 3)
    df = store.df
    if way in ("array", "values"):
        with pytest.raises(ValueError, match="read-only"):
            WRITES[way](df)
    else:
        WRITES[way](df)
        assert pd.isna(df["priority"].loc[1])
    assert [2, 2, 2] == store.df["priority"].tolist()


def test_large_rows_pin_no_memory() -> None:
    """Few large rows fill a segment, so that a small one after them holds no more than its own."""
    store = EventStore(max_bytes=10**6, max_dropped=0, max_events=1)
    store.add_events([{"m": "m" * 10**5}] * 100 + [{"i": 0}])
    for number in range(300):
        store.add_event({"i": number})
    held = sum(sum(segment.sizes.values()) for segment in store._snapshot().version.segments)
    assert held < 2 * 10**6


def test_few_bytes_wait() -> None:
    """Messages count too, of those rows that wait."""
    store = EventStore()
    for _ in range(3):
        store.take([_event(message="m" * 10**5)])
        assert 0 == store._waiting._rows


def _event(**values: Any) -> Event:
    from sse_notebook.events import Vocabulary

    event = Vocabulary().read(ServerSentEvent("x", "{}", "", None), 1)
    assert isinstance(event, Event)
    return changed(event, **values)


def test_an_observer_that_adds_is_told_in_order() -> None:
    """Changes that an observer makes are told after those that it was told of; the last word is the truth."""
    store = EventStore()
    seen: list[tuple[int, int]] = []

    def add_more(_: Any) -> None:
        if store.count < 3:
            store.add_event({"type": "n"})

    store.observe(add_more, "version")
    store.observe(lambda change: seen.append((change.old, change.new)), "count")
    store.add_event({"type": "a"})
    assert [(0, 1), (1, 2), (2, 3)] == seen
