"""nginx with nchan, and our client.

What this server does (see `servers.nchan`): its body has no length and is not chunked, so that a cut looks
like a proper end. It begins with a comment. Ids are `<second>:<n>`. It keeps the messages of a channel in the
memory of the worker that owns it, and who comes back with a `Last-Event-ID` gets everything newer that is
still there. A kill, of the worker or of all of nginx, forgets what was kept; a cut connection does not. So
"nothing is missing" has two meanings, and both are tested: cuts with messages published meanwhile, and kills
between messages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from foreign.moves import PATIENCE, Connect, Moves, until
from servers.nchan import Nchan

import sse_notebook as sse

LATER = {"retry_initial": 600, "retry_max": 600}  # no second attempt unless it is asked for


@pytest.fixture(scope="module")
def nchan() -> Iterator[Nchan]:
    with Nchan() as nchan:
        yield nchan


@pytest.fixture
def channel(request: pytest.FixtureRequest) -> str:
    """A channel of this test's own."""
    return request.node.name.replace("[", "-").replace("]", "")


def texts(stream: sse.EventStream) -> list[str]:
    return stream.df["data"].to_list()


# -- live --------------------------------------------------------------------------------------------------


def test_live_events_have_their_ids_and_types(nchan: Nchan, connect: Connect, channel: str) -> None:
    """Each message is one row, with the id and the name that nchan gave it, and the text as published."""
    stream = connect(nchan.sub_url(channel)).wait_open()
    nchan.wait_for_subscribers(channel, 1)
    published = [
        ("quake", '{"mag": 4.5, "place": "Fiji"}'),
        ("quarry blast", '{"mag": 1.2}'),
        (None, "no JSON, two\nlines, Ünïcödé 🌋"),
        (None, '{"type": "from.the.payload"}'),
    ]
    ids = [nchan.publish(channel, data.encode(), event=event) for event, data in published]
    df = stream.wait_for(4, timeout=PATIENCE).df
    assert ids == df["id"].to_list()
    assert ["quake", "quarry blast", "message", "from.the.payload"] == df["event_type"].to_list()
    assert [data for _, data in published] == df["data"].to_list()
    assert [4.5, 1.2] == df["data.mag"].dropna().to_list()
    assert {"live"} == set(df["origin"])
    assert not df["after_gap"].any()


def test_the_first_comment_and_pings_take_no_row(connect: Connect, channel: str) -> None:
    """`: hi` and `event: ping` without data move the connection's clock; no row, no event."""
    with Nchan(ping=1) as nchan:
        stream = connect(nchan.sub_url(channel)).wait_open()
        nchan.wait_for_subscribers(channel, 1)
        nchan.publish(channel, "before")
        at = stream.wait_for(1, timeout=PATIENCE).connection.last_byte_at
        until(lambda: stream.connection.last_byte_at > at)
        nchan.publish(channel, "after")
        assert ["before", "after"] == texts(stream.wait_for(2, timeout=PATIENCE))
        assert 2 == stream.metrics["sse_events_stored_total"]


def test_a_long_message_arrives_whole(nchan: Nchan, connect: Connect, channel: str) -> None:
    """Two megabytes, which nchan keeps in a file and sends in many pieces, are one row."""
    stream = connect(nchan.sub_url(channel), expand=[]).wait_open()
    nchan.wait_for_subscribers(channel, 1)
    long = "äöü🌋" * 180_000
    nchan.publish(channel, long.encode())
    nchan.publish(channel, "short")
    assert [long, "short"] == texts(stream.wait_for(2, timeout=PATIENCE))


def test_a_bare_carriage_return_ends_a_line(nchan: Nchan, connect: Connect, channel: str) -> None:
    """nchan passes it on, and the standard says that it ends a line: the publisher forges an event."""
    stream = connect(nchan.sub_url(channel)).wait_open()
    nchan.wait_for_subscribers(channel, 1)
    first = nchan.publish(channel, "a\r\revent: forged\rdata: b")
    second = nchan.publish(channel, "c")
    df = stream.wait_for(3, timeout=PATIENCE).df
    assert ["a", "b", "c"] == df["data"].to_list()
    assert ["message", "forged", "message"] == df["event_type"].to_list()
    # The forged one has no id of its own, and takes none from the one before it.
    assert [first, None, second] == [event.id for event in stream.events]


def test_two_streams_of_one_channel_get_the_same(nchan: Nchan, connect: Connect, channel: str) -> None:
    """Another name is another stream, with a connection of its own."""
    streams = [connect(nchan.sub_url(channel), name=name).wait_open() for name in ("one", "two")]
    nchan.wait_for_subscribers(channel, 2)
    ids = [nchan.publish(channel, str(n)) for n in range(20)]
    for stream in streams:
        assert ids == stream.wait_for(20, timeout=PATIENCE).df["id"].to_list()


def test_the_same_connect_again_is_the_same_subscriber(nchan: Nchan, connect: Connect, channel: str) -> None:
    """A cell that is run 20 times: nchan counts one subscriber."""
    streams = {connect(nchan.sub_url(channel)).wait_open() for _ in range(20)}
    nchan.wait_for_subscribers(channel, 1)
    nchan.publish(channel, "once")
    (stream,) = streams
    assert ["once"] == texts(stream.wait_for(1, timeout=PATIENCE))
    assert 1 == nchan.subscribers(channel)


def test_close_leaves_the_server(nchan: Nchan, connect: Connect, channel: str) -> None:
    """A closed stream is no subscriber any more, and keeps what it had."""
    stream = connect(nchan.sub_url(channel)).wait_open()
    nchan.wait_for_subscribers(channel, 1)
    nchan.publish(channel, "kept")
    stream.wait_for(1, timeout=PATIENCE).close()
    nchan.wait_for_subscribers(channel, 0)
    assert ["kept"] == texts(stream)


# -- resuming ----------------------------------------------------------------------------------------------


def test_a_first_connection_resumes_from_a_given_id(nchan: Nchan, connect: Connect, channel: str) -> None:
    """`last_event_id=` brings what nchan has kept after that message, then what comes."""
    ids = [nchan.publish(channel, str(n)) for n in range(10)]
    stream = connect(nchan.sub_url(channel), last_event_id=ids[3])
    assert ids[4:] == stream.wait_for(6, timeout=PATIENCE).df["id"].to_list()
    ids.append(nchan.publish(channel, "live"))
    assert ids[4:] == stream.wait_for(7, timeout=PATIENCE).df["id"].to_list()


@pytest.mark.parametrize("reset", [False, True], ids=["end", "reset"])
def test_what_is_published_while_we_are_away_comes_after_a_cut(
    nchan: Nchan, connect: Connect, channel: str, reset: bool
) -> None:
    """The connection is cut, messages are published to nobody, and all of them arrive: once, in order."""
    stream = connect(nchan.cuttable_sub_url(channel), **LATER).wait_open()
    moves = Moves(stream)
    nchan.wait_for_subscribers(channel, 1)
    ids = [nchan.publish(channel, str(n)) for n in range(5)]
    stream.wait_for(5, timeout=PATIENCE)

    assert 1 == nchan.cut_connections(reset=reset)
    moves.until_not_open()
    nchan.wait_for_subscribers(channel, 0)
    assert not stream.connected
    ids += [nchan.publish(channel, str(n)) for n in range(5, 25)]
    assert 5 == len(stream.df)

    stream.reconnect()
    ids += [nchan.publish(channel, str(n)) for n in range(25, 30)]
    df = stream.wait_for(30, timeout=PATIENCE).df
    assert ids == df["id"].to_list()
    assert [str(n) for n in range(30)] == df["data"].to_list()
    assert not df["after_gap"].any()
    assert ["retrying", "connecting", "open"] == moves


def test_cuts_in_a_flow_lose_and_double_nothing(nchan: Nchan, connect: Connect, channel: str) -> None:
    """Messages come without a pause, the connection is cut again and again, and comes back by itself."""
    stream = connect(nchan.cuttable_sub_url(channel)).wait_open()
    nchan.wait_for_subscribers(channel, 1)
    ids: list[str] = []

    def publish() -> None:
        ids.extend(nchan.publish(channel, str(n)) for n in range(600))

    publisher = threading.Thread(target=publish)
    publisher.start()
    for n in range(8):
        stream.wait_for(1 + n * 70, timeout=PATIENCE)
        until(lambda n=n: stream.metrics["sse_reconnects_total"] >= n)  # back from the cut before
        until(lambda n=n: nchan.cut_connections(reset=bool(n % 2)))  # until there is one to cut
    publisher.join()
    df = stream.wait_for(600, timeout=PATIENCE).df
    assert ids == df["id"].to_list()
    assert [str(n) for n in range(600)] == df["data"].to_list()
    assert stream.metrics["sse_reconnects_total"] >= 7  # the last cut may come after the last message


def test_a_hole_without_an_id_to_resume_from_shows(nchan: Nchan, connect: Connect, channel: str) -> None:
    """Cut before the first message there is no id: what was missed is lost, and the next row says so."""
    stream = connect(nchan.cuttable_sub_url(channel), **LATER).wait_open()
    moves = Moves(stream)
    nchan.wait_for_subscribers(channel, 1)
    nchan.cut_connections()
    moves.until_not_open()
    nchan.wait_for_subscribers(channel, 0)
    nchan.publish(channel, "missed")
    stream.reconnect()
    nchan.wait_for_subscribers(channel, 1)
    nchan.publish(channel, "seen")
    nchan.publish(channel, "seen, too")
    df = stream.wait_for(2, timeout=PATIENCE).df
    assert ["seen", "seen, too"] == df["data"].to_list()
    assert [True, False] == df["after_gap"].to_list()


# -- killing -----------------------------------------------------------------------------------------------


def test_killed_and_restarted_between_messages_nothing_is_missing(connect: Connect, channel: str) -> None:
    """nginx is killed, really: never open in between; open again after; all rows, none twice, in order."""
    with Nchan() as nchan:
        stream = connect(nchan.sub_url(channel)).wait_open()
        nchan.wait_for_subscribers(channel, 1)
        ids: list[str] = []
        for _ in range(3):
            ids += [nchan.publish(channel, "before") for _ in range(10)]
            stream.wait_for(len(ids), timeout=PATIENCE)
            moves = Moves(stream)

            nchan.kill()
            moves.until_not_open()
            until(lambda: stream.connection.attempt >= 3)  # it has tried again, in vain
            assert not stream.connected
            assert stream.connection.cause
            assert "open" not in moves

            nchan.start()
            ids += [nchan.publish(channel, "after") for _ in range(10)]  # whether we are back already or not
            stream.wait_open(timeout=PATIENCE)
            assert ids == stream.wait_for(len(ids), timeout=PATIENCE).df["id"].to_list()
            assert 1 == moves.count("open")
        assert {"retrying", "connecting", "open"} == set(moves)
        assert len(ids) == len(set(ids)) == 60


def test_a_deleted_channel_is_no_end(nchan: Nchan, connect: Connect, channel: str) -> None:
    """nchan says `:410: 410 Gone` in a comment and ends the body: no row of it, and it goes on."""
    stream = connect(nchan.sub_url(channel)).wait_open()
    moves = Moves(stream)
    nchan.wait_for_subscribers(channel, 1)
    second = int(nchan.publish(channel, "before").partition(":")[0])
    stream.wait_for(1, timeout=PATIENCE)
    httpx.delete(nchan.pub_url(channel)).raise_for_status()
    moves.until_not_open()
    until(lambda: time.time() >= second + 1)  # within it, nchan would give out the same id again
    nchan.publish(channel, "after")
    assert ["before", "after"] == texts(stream.wait_for(2, timeout=PATIENCE))


def test_a_wrong_path_is_final_at_once(nchan: Nchan, connect: Connect) -> None:
    """nginx answers 404: no second attempt, and the reason is said."""
    stream = connect(f"{nchan.url}/no/such/place")
    with pytest.raises(sse.errors.ConnectionFailed, match="404 Not Found"):
        stream.wait_open(timeout=PATIENCE)
    assert "exhausted" == stream.connection.state
    assert stream.connection.cause.startswith("404 Not Found: nginx")
    assert 0 == stream.connection.attempt
