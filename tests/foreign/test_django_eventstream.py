"""django-eventstream's own ways, and our client: what the other frameworks do not have.

It says what it has lost, by `stream-reset`; it speaks of errors in a 200, with an id that nobody may come
back with; it takes several channels at once, whose places are one id; and it re-reads its database when
events come too fast. What it has in common with the others is in `test_frameworks`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from foreign.moves import PATIENCE, Connect, Moves
from servers.asgi import DjangoEventstream

import sse_notebook as sse

LATER = {"retry_initial": 600, "retry_max": 600}  # no second attempt unless it is asked for


@pytest.fixture(scope="module")
def django() -> Iterator[DjangoEventstream]:
    with DjangoEventstream() as django:
        yield django


@pytest.fixture
def channel(request: pytest.FixtureRequest) -> str:
    """A channel of this test's own."""
    return request.node.name.partition("[")[0]


def numbers(begin: int, end: int) -> list[dict[str, object]]:
    return [{"data": {"n": n}, "event": "number"} for n in range(begin, end)]


def received(stream: sse.EventStream) -> list[int]:
    return stream.df["data.n"].dropna().astype(int).to_list()


def test_its_signs_are_no_rows(django: DjangoEventstream, connect: Connect, channel: str) -> None:
    """`stream-open` has a name and no data: it is about the connection, and counted as such."""
    stream = connect(django.stream_url(channel)).wait_open()
    django.wait_for_followers(channel, 1)
    django.publish(channel, *numbers(0, 1))
    assert ["number"] == stream.wait_for(1, timeout=PATIENCE).df["type"].to_list()
    assert 1 == stream.metrics["sse_events_control_total"]


def test_more_than_it_can_hold_at_once(django: DjangoEventstream, connect: Connect, channel: str) -> None:
    """Beyond ten events it throws away what waits for us and reads its database: all of them arrive.

    On a busy machine it now and then sends some of them twice, over one connection, what it read and what had
    waited: nobody has asked for them again, and two events that look alike may be two.
    """
    stream = connect(django.stream_url(channel)).wait_open()
    django.wait_for_followers(channel, 1)
    ids = django.publish(channel, *numbers(0, 300))
    stream.wait_for(lambda event: event.id == ids[-1], timeout=PATIENCE)
    rows = stream.df.drop_duplicates("id")
    assert (ids, list(range(300))) == (rows["id"].to_list(), rows["data.n"].to_list())


def test_several_channels_have_one_id(django: DjangoEventstream, connect: Connect) -> None:
    """`a:5,b:7` is a place in both: each goes on where it was, also one whose name needs quoting."""
    a, b = "a", "b, with:signs %"
    for channel in (a, b):
        django.publish(channel, *numbers(0, 3))
    stream = connect(django.channels_url(a, b), **LATER)
    moves = Moves(stream.wait_open())
    for channel in (a, b):
        django.wait_for_followers(channel, 1)
    for n in range(0, 10, 2):
        django.publish(a, {"data": {"a": n}}, {"data": {"a": n + 1}})
        django.publish(b, {"data": {"b": n}}, {"data": {"b": n + 1}})
    stream.wait_for(20, timeout=PATIENCE)

    stream.disconnect()
    moves.until_not_open()
    django.publish(a, *({"data": {"a": n}} for n in range(10, 30)))
    django.publish(b, *({"data": {"b": n}} for n in range(10, 20)))
    stream.reconnect()
    df = stream.wait_for(50, timeout=PATIENCE).df
    assert list(range(30)) == df["data.a"].dropna().astype(int).to_list()
    assert list(range(20)) == df["data.b"].dropna().astype(int).to_list()
    assert 50 == df["id"].nunique()


def test_what_it_has_forgotten_is_a_gap(django: DjangoEventstream, connect: Connect, channel: str) -> None:
    """`stream-reset` is its word that events are lost: a gap that was not refilled, shown by the next row."""
    stream = connect(django.stream_url(channel), **LATER).wait_open()
    moves = Moves(stream)
    django.wait_for_followers(channel, 1)
    ids = django.publish(channel, *numbers(0, 5))
    stream.wait_for(5, timeout=PATIENCE)
    stream.disconnect()
    moves.until_not_open()
    django.wait_for_followers(channel, 0)
    django.publish(channel, *numbers(5, 10))
    django.forget(channel)

    stream.reconnect()
    django.wait_for_followers(channel, 1)
    django.publish(channel, *numbers(10, 12))
    stream.wait_for(lambda event: event.data.get("n") == 11, timeout=PATIENCE)
    assert [0, 1, 2, 3, 4, 10, 11] == received(stream)
    df = stream.df[stream.df["type"] == "number"]
    assert [False] * 5 + [True, False] == df["after_gap"].to_list()
    (gap,) = stream.gaps.to_dict("records")
    assert gap["recovered"] is False
    assert ids[-1] == gap["last_event_id"]
    assert gap["start"] <= gap["end"]


def test_an_error_in_a_stream_is_kept_and_final(django: DjangoEventstream, connect: Connect) -> None:
    """The error is a row; who comes back with its id, as one must, is refused: it is asked no third time."""
    stream = connect(django.stream_url("secret"))
    with pytest.raises(sse.errors.ConnectionFailed, match="400 Bad Request"):
        stream.wait_for(99, timeout=PATIENCE)
    assert "exhausted" == stream.connection.state
    (event,) = stream.events
    assert ("stream-error", "error") == (event.type, event.id)
    assert "Permission denied to channels: secret" == event.data["text"]
    assert 1 == stream.metrics["sse_reconnects_total"] + stream.connection.attempt
