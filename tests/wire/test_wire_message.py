"""`wire.ServerSentEvent`: four texts and an equality."""

from __future__ import annotations

import doctest

import pytest

from sse_notebook.wire import ServerSentEvent, message, pack, unpack
from sse_notebook.wire.message import ROOM


def test_an_event_has_the_standards_defaults() -> None:
    """Unnamed, empty, without an id: `message`, `""`, `""`, and no id of its own."""
    event = ServerSentEvent()
    assert (event.event, event.data, event.id, event.own_id) == ("message", "", "", None)


def test_events_are_equal_by_event_data_and_id() -> None:
    """`own_id` tells where the id came from; it is no part of what the event says."""
    event = ServerSentEvent("e", "d", "1", "1")
    assert event == ServerSentEvent("e", "d", "1", None)
    assert not event != ServerSentEvent("e", "d", "1", None)  # noqa: SIM202 - another operator
    assert hash(event) == hash(ServerSentEvent("e", "d", "1", None))
    for other in (
        ServerSentEvent("x", "d", "1"),
        ServerSentEvent("e", "x", "1"),
        ServerSentEvent("e", "d", "x"),
    ):
        assert event != other
    assert event != ("e", "d", "1")


def test_repr_is_short() -> None:
    """A log line with a megabyte of data helps nobody."""
    assert repr(ServerSentEvent("e", "d", "1")) == "ServerSentEvent(event='e', data='d', id='1')"
    assert len(repr(ServerSentEvent("e", "x" * 2**20))) < 200


def test_json_decodes_the_data_or_says_that_it_cannot() -> None:
    """Data is text until somebody asks for more."""
    assert ServerSentEvent(data='{"n": [1, null]}').json() == {"n": [1, None]}
    with pytest.raises(ValueError, match="Expecting value"):
        ServerSentEvent(data="ping").json()


def test_the_examples_in_the_docstrings_hold() -> None:
    """What the module shows is what it does."""
    result = doctest.testmod(message)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("size", [10, 100_000, 16 * 2**20])
def test_what_is_packed_takes_no_room_for_long(size: int) -> None:
    """The room is used again, but for that of a huge event, which would never be needed again."""
    room = bytearray()
    for number in (size, 1):
        events = [ServerSentEvent("x", "é" * number, "7", None)]
        assert events == unpack(pack(events, room))
        assert 2 * ROOM > room.__alloc__()
