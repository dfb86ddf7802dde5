"""The three frameworks that most Python servers of events are written with, and our client.

sse-starlette, FastAPI's own events, and django-eventstream on Django: see `servers.asgi` for what each of
them sends. The first keeps its events in memory, and after a kill it counts from 1 again: the same ids for
other events. The other two keep them on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from foreign.moves import PATIENCE, Connect, Moves, until
from servers.asgi import AsgiServer, DjangoEventstream, FastApi, SseStarlette

import sse_notebook as sse

LATER = {"retry_initial": 600, "retry_max": 600}  # no second attempt unless it is asked for

KINDS = [SseStarlette, FastApi, DjangoEventstream]


@pytest.fixture(scope="module")
def running() -> Iterator[Callable[[type[AsgiServer]], AsgiServer]]:
    """One server of each kind, started when it is first asked for, for all tests that do not kill it."""
    servers: dict[type[AsgiServer], AsgiServer] = {}

    def running(kind: type[AsgiServer]) -> AsgiServer:
        if kind not in servers:
            servers[kind] = kind().__enter__()
        return servers[kind]

    yield running
    for server in servers.values():
        server.__exit__(None, None, None)


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, running: Callable[[type[AsgiServer]], AsgiServer]) -> AsgiServer:
    return running(request.param)


@pytest.fixture
def channel(request: pytest.FixtureRequest) -> str:
    """A channel of this test's own."""
    return request.node.name.partition("[")[0]


def numbers(begin: int, end: int) -> list[dict[str, Any]]:
    return [{"data": {"n": n}, "event": "number"} for n in range(begin, end)]


def received(stream: sse.EventStream) -> list[int]:
    return stream.df["data.n"].astype(int).to_list()


# -- live --------------------------------------------------------------------------------------------------


def test_live_events_are_rows(server: AsgiServer, connect: Connect, channel: str) -> None:
    """Each event is one row, with the id, the name and the payload that the framework was given."""
    stream = connect(server.stream_url(channel)).wait_open()
    server.wait_for_followers(channel, 1)
    published = [
        {"event": "quake", "data": {"mag": 4.5, "place": "Fidschi 🌋"}},
        {"event": "quarry blast", "data": {"mag": 1.2, "type": "from.the.payload"}},
        {"event": "message", "data": {"mag": None, "type": "from.the.payload"}},
        {"event": "quake", "data": {}},
    ]
    ids = server.publish(channel, *published)
    df = stream.wait_for(4, timeout=PATIENCE).df
    assert ids == df["id"].to_list()
    assert ["quake", "quarry blast", "from.the.payload", "quake"] == df["type"].to_list()
    assert [4.5, 1.2] == df["data.mag"].dropna().to_list()
    assert [each["data"] for each in published] == [event.data for event in stream.events]
    assert not df["after_gap"].any()


def test_texts_arrive_as_they_are(server: AsgiServer, connect: Connect, channel: str) -> None:
    """Lines, blanks at their ends, an empty text: what comes out is what went in."""
    stream = connect(server.stream_url(channel)).wait_open()
    server.wait_for_followers(channel, 1)
    texts = [
        "two\nlines",
        " blanks ",
        "",
        "\n",
        "data: id: 7",
        '{"half',
        "\u2028 and \u0085 are no line ends",
    ]
    server.publish(channel, *({"data": text} for text in texts))
    stream.wait_for(len(texts), timeout=PATIENCE)
    # sse-starlette sends a text as it is, which may look like JSON; the other two send JSON.
    assert texts == [event.data for event in stream.events]


@pytest.mark.parametrize("kind", KINDS)
def test_pings_are_no_rows(kind: type[AsgiServer], connect: Connect) -> None:
    """Comments with or without a date, an event with an empty data: bytes that come, and nothing else."""
    with kind(ping=0.02) as server:
        stream = connect(server.stream_url("a")).wait_open()
        server.wait_for_followers("a", 1)
        server.publish("a", {"data": {"n": 0}})
        stream.wait_for(1, timeout=PATIENCE)
        for _ in range(5):
            at = stream.connection.last_byte_at
            until(lambda at=at: stream.connection.last_byte_at > at)
        server.publish("a", {"data": {"n": 1}})
        assert [0, 1] == received(stream.wait_for(2, timeout=PATIENCE))
        assert 2 == stream.metrics["sse_events_stored_total"]


@pytest.mark.parametrize("kind", [SseStarlette, FastApi])
def test_the_server_says_how_soon_to_come_back(
    kind: type[AsgiServer],
    running: Callable[[type[AsgiServer]], AsgiServer],
    connect: Connect,
    channel: str,
) -> None:
    """`retry:` after the data, with CRLF or LF: 20 ms, not the 10 minutes that the user had in mind."""
    server = running(kind)
    stream = connect(server.cuttable_url(channel), **LATER).wait_open()
    moves = Moves(stream)
    server.wait_for_followers(channel, 1)
    server.publish(channel, {"data": {"n": 0}, "retry": 20})
    stream.wait_for(1, timeout=PATIENCE)
    server.cut_connections()
    until(lambda: "open" in moves)
    assert ["retrying", "connecting", "open"] == moves


def test_a_python_dictionary_is_a_row_too(
    running: Callable[[type[AsgiServer]], AsgiServer], connect: Connect, channel: str
) -> None:
    """What sse-starlette makes of a dictionary is no JSON: a row whose message is the text."""
    server = running(SseStarlette)
    stream = connect(f"{server.stream_url(channel)}?plainly").wait_open()
    server.wait_for_followers(channel, 1)
    server.publish(channel, {"data": {"n": None, "text": "it's"}})
    row = stream.wait_for(1, timeout=PATIENCE).df.iloc[0]
    assert ("""{'n': None, 'text': "it's"}""",) * 2 == (row["data"], row["message"])


# -- resuming ----------------------------------------------------------------------------------------------


def test_a_first_connection_resumes_from_a_given_id(
    server: AsgiServer, connect: Connect, channel: str
) -> None:
    """`last_event_id=` brings what is kept after that event, then what comes."""
    ids = server.publish(channel, *numbers(0, 10))
    stream = connect(server.stream_url(channel), last_event_id=ids[3])
    assert ids[4:] == stream.wait_for(6, timeout=PATIENCE).df["id"].to_list()
    ids += server.publish(channel, *numbers(10, 11))
    assert ids[4:] == stream.wait_for(7, timeout=PATIENCE).df["id"].to_list()


@pytest.mark.parametrize("reset", [False, True], ids=["end", "reset"])
def test_what_is_published_while_we_are_away_comes_after_a_cut(
    server: AsgiServer, connect: Connect, channel: str, reset: bool
) -> None:
    """The connection is cut, events are published to nobody, and all of them arrive: once, in order."""
    channel += str(reset)
    stream = connect(server.cuttable_url(channel), **LATER).wait_open()
    moves = Moves(stream)
    server.wait_for_followers(channel, 1)
    ids = server.publish(channel, *numbers(0, 5))
    stream.wait_for(5, timeout=PATIENCE)

    assert 1 == server.cut_connections(reset=reset)
    moves.until_not_open()
    server.wait_for_followers(channel, 0)
    ids += server.publish(channel, *numbers(5, 25))
    assert 5 == len(stream.df)

    stream.reconnect()
    server.wait_for_followers(channel, 1)  # before that, django-eventstream would send some of them twice
    ids += server.publish(channel, *numbers(25, 30))
    df = stream.wait_for(30, timeout=PATIENCE).df
    assert ids == df["id"].to_list()
    assert list(range(30)) == received(stream)
    assert not df["after_gap"].any()
    assert ["retrying", "connecting", "open"] == moves


def test_cuts_in_a_flow_lose_and_double_nothing(server: AsgiServer, connect: Connect, channel: str) -> None:
    """Events come without a pause, the connection is cut again and again, and comes back by itself."""
    stream = connect(server.cuttable_url(channel)).wait_open()
    server.wait_for_followers(channel, 1)
    ids: list[str] = []

    def publish() -> None:
        for n in range(0, 600, 5):
            ids.extend(server.publish(channel, *numbers(n, n + 5)))

    publisher = threading.Thread(target=publish)
    publisher.start()
    for n in range(8):
        stream.wait_for(1 + n * 70, timeout=PATIENCE)
        until(lambda n=n: stream.metrics["sse_reconnects_total"] == n)  # it is back from the cut before
        assert 1 == server.cut_connections(reset=bool(n % 2))
    publisher.join()
    stream.wait_for(lambda event: event.id == ids[-1], timeout=PATIENCE)
    df = stream.df
    if isinstance(server, DjangoEventstream):
        # To who comes back while it publishes, it sends twice on one connection, and what is new in between:
        # nothing tells that from events that are so.
        df = df.drop_duplicates("id")
    assert list(range(600)) == df["data.n"].to_list()
    assert ids == df["id"].to_list()
    until(lambda: stream.metrics["sse_reconnects_total"] == 8)  # the last cut may come after the last event


# -- killing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_killed_and_restarted_it_comes_back(kind: type[AsgiServer], connect: Connect) -> None:
    """Killed with SIGKILL: never open in between; open again by itself; all rows, none twice, in order.

    sse-starlette's app gives the same ids to other events after each restart: they are no duplicates.
    """
    with kind() as server:
        stream = connect(server.stream_url("a")).wait_open()
        ids: list[str] = []
        for n in range(3):
            server.wait_for_followers("a", 1)
            ids += server.publish("a", *numbers(10 * n, 10 * n + 10))
            stream.wait_for(len(ids), timeout=PATIENCE)
            moves = Moves(stream)

            server.kill()
            moves.until_not_open()
            until(lambda: stream.connection.attempt >= 3)  # it has tried again, in vain
            assert not stream.connected
            assert stream.connection.cause
            assert "open" not in moves

            server.start()
            stream.wait_open(timeout=PATIENCE)
            until(lambda moves=moves: moves[-1] == "open")
            assert 1 == moves.count("open")
            assert {"retrying", "connecting", "open"} == set(moves)
        server.wait_for_followers("a", 1)
        ids += server.publish("a", *numbers(30, 40))
        df = stream.wait_for(40, timeout=PATIENCE).df
        assert list(range(40)) == received(stream)
        assert ids == df["id"].to_list()
        assert (10 if kind is SseStarlette else 40) == len(set(ids))
        # Each kill is a gap; whether anything was missed in it, none of these servers says.
        assert [True] * 3 == stream.gaps["recovered"].isna().to_list()
        assert [ids[9], ids[19], ids[29]] == stream.gaps["last_event_id"].to_list()


@pytest.mark.parametrize("kind", [FastApi, DjangoEventstream])
def test_what_is_published_after_a_restart_comes_before_we_do(
    kind: type[AsgiServer], connect: Connect
) -> None:
    """A server that keeps its events on disk: nothing is missing, though it died and we came back late."""
    with kind() as server:
        stream = connect(server.stream_url("a"), **LATER).wait_open()
        moves = Moves(stream)
        server.wait_for_followers("a", 1)
        ids = server.publish("a", *numbers(0, 10))
        stream.wait_for(10, timeout=PATIENCE)
        server.kill()
        moves.until_not_open()
        server.start()
        ids += server.publish("a", *numbers(10, 200))
        stream.reconnect()
        assert ids == stream.wait_for(200, timeout=PATIENCE).df["id"].to_list()
        assert list(range(200)) == received(stream)
        assert not stream.df["after_gap"].any()


@pytest.mark.parametrize("kind", KINDS)
def test_stopped_and_restarted_it_comes_back(kind: type[AsgiServer], connect: Connect) -> None:
    """A polite end (SIGTERM) is no reason to stay away either."""
    with kind() as server:
        stream = connect(server.stream_url("a")).wait_open()
        server.wait_for_followers("a", 1)
        server.publish("a", *numbers(0, 1))
        stream.wait_for(1, timeout=PATIENCE)
        moves = Moves(stream)
        server.stop()
        moves.until_not_open()
        server.start()
        stream.wait_open(timeout=PATIENCE)
        server.wait_for_followers("a", 1)
        server.publish("a", *numbers(1, 2))
        assert [0, 1] == received(stream.wait_for(2, timeout=PATIENCE))


def test_close_leaves_the_server(server: AsgiServer, connect: Connect, channel: str) -> None:
    """A closed stream follows no more, and keeps what it had."""
    stream = connect(server.stream_url(channel)).wait_open()
    server.wait_for_followers(channel, 1)
    server.publish(channel, *numbers(0, 1))
    stream.wait_for(1, timeout=PATIENCE).close()
    server.wait_for_followers(channel, 0)
    assert [0] == received(stream)
