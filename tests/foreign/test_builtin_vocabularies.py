"""The built-in vocabularies of nchan and PocketBase, with those servers themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
from foreign.moves import PATIENCE, Connect, until
from servers.nchan import Nchan
from servers.pocketbase import PocketBase

import sse_notebook as sse


def test_nchans_ids_are_times(connect: Connect) -> None:
    """A row has the second in which nchan took its message; pings take no row."""
    with Nchan(ping=1) as nchan:
        stream = connect(nchan.sub_url("channel"), vocabulary="nchan").wait_open()
        nchan.wait_for_subscribers("channel", 1)
        ids = [nchan.publish("channel", f'{{"n": {n}}}', event="counted") for n in range(3)]
        dated = nchan.publish("channel", '{"timestamp": "2026-01-02T03:04:05Z"}')
        stream.wait_for(4, timeout=PATIENCE)
        until(lambda: stream.connection.last_byte_at > stream.connection.last_event_at)  # a ping, at least
        df = stream.df
        assert [*ids, dated] == df["id"].to_list()
        seconds = [datetime.fromtimestamp(int(own_id.partition(":")[0]), UTC) for own_id in ids]
        assert [*seconds, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)] == df["timestamp"].to_list()
        assert ["counted"] * 3 + ["message"] == df["type"].to_list()


class Poster:
    """`httpx`, as the page uses it; notes who subscribed."""

    def __init__(self) -> None:
        self.clients: Queue[str] = Queue()

    def post(self, url: str, json: dict[str, Any]) -> httpx.Response:
        answer = httpx.post(url, json=json, trust_env=False)
        if answer.is_success:
            self.clients.put(json["clientId"])
        return answer


def test_pocketbase_is_subscribed_to_as_the_page_says(repository: Path) -> None:
    """What docs/vocabularies.md shows, run: also after a restart each record is a row with its own id."""
    page = (repository / "docs/vocabularies.md").read_text(encoding="utf-8")
    code = page[(start := page.index("def subscribe(")) : page.index("```", start)]
    poster = Poster()
    names: dict[str, Any] = {"httpx": poster, "sse": sse}
    with PocketBase() as pocketbase:
        code = code.replace("http://127.0.0.1:8090", pocketbase.url).replace("posts/*", "events/*")
        exec(code.replace("vocabulary=", "retry_initial=0.02, retry_attempts=None, vocabulary="), names)
        with names["stream"] as stream:
            records: list[dict[str, Any]] = []
            clients: set[str] = set()
            for n in range(2):
                while (client := poster.clients.get(timeout=PATIENCE)) in clients:
                    pass  # of the connection before
                clients.add(client)
                records += [pocketbase.create_record(title=f"{n} {m}") for m in range(3)]
                stream.wait_for(len(records), timeout=PATIENCE)
                if n == 0:
                    pocketbase.kill()
                    pocketbase.start()
            df = stream.df
            assert sorted(record["id"] for record in records) == sorted(df["id"])
            assert sorted(df["id"]) == sorted(df["resource_id"])
            assert ({"create"}, {"events"}) == (set(df["type"]), set(df["resource_type"]))
            assert 2 == stream.metrics["sse_events_control_total"]  # the greetings
