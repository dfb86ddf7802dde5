"""The PocketBase fixture does what its page says, seen with plain httpx."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from servers.pocketbase import PocketBase
from servers.process import MissingProgramError, find_program

ACCEPT = {"Accept": "text/event-stream"}


@pytest.fixture(scope="module")
def pocketbase() -> Iterator[PocketBase]:
    with PocketBase() as pocketbase:
        yield pocketbase


class Reader:
    """Reads one event after the other, as (id, event, payload)."""

    def __init__(self, response: httpx.Response) -> None:
        self._pieces = response.iter_text()
        self._text = ""

    def next(self) -> tuple[str, str, dict[str, object]]:
        while "\n\n" not in self._text:
            self._text += next(self._pieces)
        block, _, self._text = self._text.partition("\n\n")
        names, values = zip(*(line.split(":", 1) for line in block.split("\n")), strict=True)
        assert ("id", "event", "data") == names
        return values[0], values[1], json.loads(values[2])


def stream(pocketbase: PocketBase, headers: dict[str, str] | None = None) -> httpx._client.Response:
    return httpx.stream("GET", pocketbase.stream_url, headers={**ACCEPT, **(headers or {})}, timeout=20)


def test_what_a_subscriber_gets(pocketbase: PocketBase) -> None:
    """No blank after the colons, the client's id first and on every event, the record inside the data."""
    with stream(pocketbase) as response:
        reader = Reader(response)
        client, name, payload = reader.next()
        assert ("PB_CONNECT", {"clientId": client}) == (name, payload)
        pocketbase.subscribe(client, ["events/*"])
        for n in range(3):
            record = pocketbase.create_record(title=f"läuft\n{n}", payload={"n": n})
            expected = {"action": "create", "record": record}
            assert (client, "events/*", expected) == reader.next()
            assert {"n": n} == record["payload"]
    assert response.headers["content-type"] == "text/event-stream"
    assert "chunked" == response.headers["transfer-encoding"]


def test_nothing_comes_unasked(pocketbase: PocketBase) -> None:
    """Only what was subscribed to comes: a record made before is not among it."""
    with stream(pocketbase) as response:
        reader = Reader(response)
        client, _, _ = reader.next()
        pocketbase.create_record(title="before")
        pocketbase.subscribe(client, ["events/*"])
        after = pocketbase.create_record(title="after")
        assert after == reader.next()[2]["record"]


def test_a_second_subscription_replaces_the_first(pocketbase: PocketBase) -> None:
    """After subscribing to something else, the first topic brings nothing more."""
    with stream(pocketbase) as response:
        reader = Reader(response)
        client, _, _ = reader.next()
        record = pocketbase.create_record(title="one of its own")
        pocketbase.subscribe(client, ["events/*"])
        pocketbase.subscribe(client, [f"events/{record['id']}"])
        pocketbase.create_record(title="not subscribed to")
        changed = httpx.patch(
            f"{pocketbase.url}/api/collections/events/records/{record['id']}", json={"title": "changed"}
        )
        expected = {"action": "update", "record": changed.json()}
        assert (client, f"events/{record['id']}", expected) == reader.next()


def test_there_is_no_resume(pocketbase: PocketBase) -> None:
    """A client that comes back with its last id is a new one, and must subscribe again."""
    with stream(pocketbase) as response:
        old, _, _ = Reader(response).next()
    with stream(pocketbase, {"Last-Event-ID": old}) as response:
        new, name, _ = Reader(response).next()
        assert "PB_CONNECT" == name
        assert old != new


def test_a_kill_breaks_the_body_and_a_restart_keeps_the_records() -> None:
    """A kill is an unfinished body; afterwards port and collection are the same, clients are not."""
    with PocketBase("notes") as pocketbase:
        url = pocketbase.url
        with stream(pocketbase) as response:
            reader = Reader(response)
            client, _, _ = reader.next()
            pocketbase.kill()
            with pytest.raises(httpx.RemoteProtocolError):
                reader.next()
        pocketbase.start()
        assert url == pocketbase.url
        with pytest.raises(httpx.HTTPStatusError, match="404"):
            pocketbase.subscribe(client, ["notes/*"])
        with stream(pocketbase) as response:
            reader = Reader(response)
            pocketbase.subscribe(reader.next()[0], ["notes/*"])
            assert pocketbase.create_record(title="again") == reader.next()[2]["record"]


def test_nothing_is_left() -> None:
    """After the context the port is closed and the folder gone."""
    with PocketBase() as pocketbase:
        folder, url = pocketbase.folder, pocketbase.url
    assert not folder.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_missing_program_is_one_clear_line() -> None:
    """Where it is not installed, the error says what to install."""
    with pytest.raises(MissingProgramError, match=r"^no-such-program is not installed: pip install it$"):
        find_program("no-such-program", "pip install it")
