"""What was dropped, packed: it comes out as it went in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.events import Vocabulary
from sse_notebook.events.batch import Batch
from sse_notebook.stream.lost import Lost, Places, Spot
from sse_notebook.stream.packed import How, Packed, Unread, nbytes_of
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


@given(st.lists(st.tuples(PAYLOADS | TEXTS, TEXTS, st.none() | TEXTS), max_size=40), st.booleans())
def test_comes_out_as_it_went_in(wire: list[tuple[Any, str, str | None]], unread: bool) -> None:
    """Rows, and messages of which each gives one; whatever stands in them."""
    messages = [message(*each) for each in wire]
    read = PLAIN.read_all(messages, 7, source="s", origin="resumed")
    rows = read.rows
    given_ = Unread([messages[at] for at in read.places], HOW) if unread else rows
    packed = Packed(given_, read.places, [3])
    out, numbers = packed.unpacked()
    assert (len(rows), sum(map(len, rows.columns["raw"]))) == (len(packed), nbytes_of(rows))
    assert same(rows, out)
    assert [list(read.places), [3]] == list(map(list, numbers))
    assert [len(rows)] * 2 == [len(packed.rows), len(given_)]


def test_what_can_not_be_packed_is_kept() -> None:
    """Half a character, and a number beyond 64 bits: nothing is lost."""
    rows = PLAIN.read_all([message({"a": 1})], 7).rows
    for odd in (rows.with_columns(message=["\ud800"]), rows.with_columns(priority=[2**70])):
        assert odd is Packed(odd, [1]).rows
    unread = Unread([ServerSentEvent("x", '{"a": "\ud800"}')], HOW)
    assert same(unread.rows, Packed(unread).rows)


def test_one_of_several() -> None:
    """A row of messages that nobody read yet is the row that they give."""
    unread = Unread([message({"n": n}, own_id=str(n)) for n in range(9)], HOW)
    assert ["4", "2"] == list(unread.pick([4, 2]).rows.columns["id"])
    assert unread.rows is unread.rows


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


@pytest.mark.parametrize("rows", [PLAIN.read_all([], 7).rows, Unread([], HOW)])
def test_nothing(rows: Batch | Unread) -> None:
    """Of nothing there is nothing."""
    packed = Packed(rows)
    assert (0, 0, 0, False) == (len(packed), packed.nbytes, len(packed.rows), bool(packed))
