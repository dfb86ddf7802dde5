"""PocketBase, a database with a realtime stream, and our client.

What this server does (see `servers.pocketbase`): no blank after the colons. The first event, `PB_CONNECT`,
says which client this is; a POST with that says what is wanted. The id is the client's, the same on every
event: it tells no event from another. `Last-Event-ID` is ignored, and nothing is kept for who was away. Every
connection is a new client that must subscribe again: a handler does.
"""

from __future__ import annotations

from collections.abc import Iterator
from queue import Queue

import pytest
from foreign.moves import PATIENCE, Connect, Moves, until
from servers.pocketbase import PocketBase

import sse_notebook as sse


@pytest.fixture(scope="module")
def pocketbase() -> Iterator[PocketBase]:
    with PocketBase() as pocketbase:
        yield pocketbase


def greeting(stream: sse.EventStream) -> sse.Event:
    return stream.wait_for(lambda event: event.event_type == "PB_CONNECT", timeout=PATIENCE)


def test_records_arrive_though_all_have_the_same_id(pocketbase: PocketBase, connect: Connect) -> None:
    """Anonymous, and subscribed by POST: each record is a row of its own, and its fields are columns."""
    stream = connect(pocketbase.stream_url)
    client = greeting(stream).data["clientId"]
    pocketbase.subscribe(client, ["events/*"])
    records = [pocketbase.create_record(title=f"Nr. {n}: läuft", payload={"n": n}) for n in range(20)]
    df = stream.wait_for(21, timeout=PATIENCE).df
    assert {client} == set(df["id"])
    assert ["PB_CONNECT"] + ["events/*"] * 20 == df["event_type"].to_list()
    # PocketBase tells of records that follow closely in any order.
    rows = df.iloc[1:].sort_values("data.record.payload.n")
    assert [record["id"] for record in records] == rows["data.record.id"].to_list()
    assert [f"Nr. {n}: läuft" for n in range(20)] == rows["data.record.title"].to_list()
    assert list(range(20)) == rows["data.record.payload.n"].to_list()
    assert {"create"} == set(rows["data.action"])
    assert list(range(21)) == df.index.to_list()


def test_a_vocabulary_gives_rows_the_ids_of_records(pocketbase: PocketBase, connect: Connect) -> None:
    """What PocketBase calls an id is no event's; a vocabulary says where the useful ones are."""
    vocabulary = sse.Vocabulary(
        type="action",
        id="record.id",
        message="record.title",
        resource="record.id",
    )
    stream = connect(pocketbase.stream_url, vocabulary=vocabulary, name="records")
    pocketbase.subscribe(greeting(stream).data["clientId"], ["events/*"])
    records = [pocketbase.create_record(title=title) for title in ("one", "two")]
    df = stream.wait_for(3, timeout=PATIENCE).df.iloc[1:]
    columns = ["type", "id", "resource_id", "message"]
    expected = [["create", record["id"], record["id"], record["title"]] for record in records]
    assert sorted(expected) == sorted(df[columns].to_numpy().tolist())
    assert records[1]["id"] == stream.store.get_events_by_resource(records[1]["id"])[0].id


def test_unsubscribed_nothing_comes(pocketbase: PocketBase, connect: Connect) -> None:
    """A record that nobody asked for is no row: the next one is the one that was asked for."""
    stream = connect(pocketbase.stream_url, name="late")
    client = greeting(stream).data["clientId"]
    pocketbase.create_record(title="before")
    pocketbase.subscribe(client, ["events/*"])
    pocketbase.create_record(title="after")
    assert ["after"] == stream.wait_for(2, timeout=PATIENCE).df["data.record.title"].dropna().to_list()


def test_killed_and_restarted_it_is_subscribed_again(connect: Connect) -> None:
    """Killed, it is not open; restarted, it is, as a new client; a handler subscribes and records flow."""
    with PocketBase() as pocketbase:
        stream = connect(pocketbase.stream_url)
        subscribed: Queue[str] = Queue()

        @stream.on("PB_CONNECT")
        def subscribe(event: sse.Event) -> None:
            pocketbase.subscribe(event.data["clientId"], ["events/*"])
            subscribed.put(event.data["clientId"])

        clients = []
        titles = []
        for n in range(3):
            clients.append(subscribed.get(timeout=PATIENCE))
            titles += [f"{n} {m}" for m in range(5)]
            for title in titles[-5:]:
                pocketbase.create_record(title=title)
            stream.wait_for(6 * (n + 1), timeout=PATIENCE)

            moves = Moves(stream)
            pocketbase.kill()
            moves.until_not_open()
            until(lambda: stream.connection.attempt >= 3)  # it has tried again, in vain
            assert not stream.connected
            assert stream.connection.cause
            assert "open" not in moves
            pocketbase.start()
            stream.wait_open(timeout=PATIENCE)
            until(lambda moves=moves: moves[-1] == "open")
            assert 1 == moves.count("open")

        clients.append(subscribed.get(timeout=PATIENCE))
        pocketbase.create_record(title="last")
        df = stream.wait_for(6 * 3 + 2, timeout=PATIENCE).df
        # PocketBase tells of records that follow closely in any order.
        assert sorted([*titles, "last"]) == sorted(df["data.record.title"].dropna())
        assert clients == df["data.clientId"].dropna().to_list()
        assert len(clients) == len(set(clients)) == 4


def test_a_handler_hears_its_topic(pocketbase: PocketBase, connect: Connect) -> None:
    """A topic is the type: a handler for it is called once for each of its events."""
    stream = connect(pocketbase.stream_url, name="handled")
    heard: Queue[str] = Queue()
    stream.on("events/*", lambda event: heard.put(event.data["record"]["title"]))
    pocketbase.subscribe(greeting(stream).data["clientId"], ["events/*"])
    for n in range(10):
        pocketbase.create_record(title=str(n))
    assert [str(n) for n in range(10)] == sorted(heard.get(timeout=PATIENCE) for _ in range(10))
    assert heard.empty()
