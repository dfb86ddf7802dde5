"""Messages that are rows only for who looks, and their places among what came."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.events import Vocabulary
from sse_notebook.events.batch import Batch
from sse_notebook.intake.lost import Lost, Places, Spot
from sse_notebook.intake.unread import How, Unread, nbytes_of, sizes_of, without
from sse_notebook.wire import ServerSentEvent

PLAIN = Vocabulary()
HOW = How(PLAIN, 7, "s", "resumed")

TEXTS = st.text() | st.sampled_from(["\ud800", "\x00", "p-1", "heartbeat", "\U0001f600" * 40])
PAYLOADS = st.dictionaries(
    st.sampled_from(
        ["project_id", "workloadId", "status", "message", "type", "event_type", "n", "timestamp"]
    ),
    TEXTS | st.integers() | st.none() | st.booleans() | st.floats() | st.lists(st.integers(), max_size=2),
    max_size=5,
)


def message(payload: Any, name: str = "x", own_id: str | None = None) -> ServerSentEvent:
    """A message as it comes."""
    return ServerSentEvent(
        name, payload if isinstance(payload, str) else json.dumps(payload), own_id or "", own_id
    )


def same(one: Batch, other: Batch) -> bool:
    """Whether they are the same rows, in value and type."""
    pairs = [(one.columns[name], other.columns[name]) for name in one.columns]
    return all(
        list(mine) == list(theirs) and list(map(type, mine)) == list(map(type, theirs))
        for mine, theirs in pairs
    )


@given(st.lists(st.tuples(PAYLOADS | TEXTS, TEXTS, st.none() | TEXTS), max_size=40), st.data())
def test_the_rows_that_were_dropped(wire: list[tuple[Any, str, str | None]], data: st.DataObject) -> None:
    """Read later they are those that were read before, whatever stands in them; of some of them too."""
    messages = [message(*each) for each in wire]
    read = PLAIN.read_all(messages, 7, source="s", origin="resumed")
    unread = Unread([messages[at] for at in read.places], HOW)
    assert same(read.rows, unread.rows)
    assert nbytes_of(read.rows) == nbytes_of(unread) == sum(sizes_of(unread))
    assert sizes_of(read.rows) == sizes_of(unread)
    chosen = data.draw(st.lists(st.sampled_from(range(len(unread))))) if len(unread) else []
    assert same(read.rows.pick(chosen), unread.pick(chosen).rows)
    gone = data.draw(st.integers(0, len(unread)))
    assert same(without(read.rows, gone), without(unread, gone))


@given(st.lists(st.tuples(PAYLOADS | TEXTS, TEXTS, st.none() | TEXTS), max_size=40))
def test_packed(wire: list[tuple[Any, str, str | None]]) -> None:
    """Packed, they are the same messages, whatever stands in them; the room is used again."""
    room = bytearray(b"of an earlier one")
    for some in (wire, wire[:5], wire[:20]):
        messages = [message(*each) for each in some]
        unread = Unread(messages, HOW)
        nbytes = unread.pack(room)
        assert nbytes >= sum(len(each.data) for each in messages)
        assert [(each.event, each.data, each.id, each.own_id) for each in messages] == [
            (each.event, each.data, each.id, each.own_id) for each in unread.messages
        ]
        assert len(unread) == len(messages)
        assert same(Unread(messages, HOW).rows, unread.rows)


def test_one_of_several() -> None:
    """A row of messages that nobody read yet is the row that they give."""
    unread = Unread([message({"n": n}, own_id=str(n)) for n in range(9)], HOW)
    assert ["4", "2"] == list(unread.pick([4, 2]).rows.columns["id"])


def test_places() -> None:
    """Each has its place among the rows: behind those that came before; and they are ordered as they came."""
    found: list[tuple[Any, ...]] = []
    lost = Lost(lambda *each: found.append(each))
    rows = PLAIN.read_all([message({"n": n}) for n in range(3)], 7).rows
    lost.begin(10)
    lost.add(rows, "filtered", "a", at=[0, 2, 5], kept=[1, 3, 4])
    lost.add(rows, "filtered", "b", at=[6, 7, 8], kept=[1, 3, 4])
    lost.passed(9, 3)
    lost.add(rows, "invalid", at=[0, 1, 2], kept=[3])
    lost.passed(4, 1)
    assert not found
    lost.hand_over()
    lost.hand_over()
    lost.begin(14)
    lost.add(rows, "oversized")
    lost.hand_over()
    spots = [places.spot(row) for *_, places in found for row in range(3)]
    assert sorted(spots) == spots
    assert [10, 11, 13, 13, 13, 13, 13, 13, 13, 14, 14, 14] == [spot.before for spot in spots]
    assert [0, 2, 5, 6, 7, 8, 9, 10, 11, 13, 13, 13] == [spot.message for spot in spots]
    assert Spot(0, 0) == Places().spot(3)
