"""Apps of frameworks that nobody here wrote, each in a process of its own: sse-starlette, FastAPI, Django.

    with SseStarlette() as server:
        ids = server.publish("quakes", {"data": "4.5", "event": "quake"})
        server.stream_url("quakes")

The apps are in `apps/`. uvicorn runs them, which sends one HTTP chunk for each piece that an app yields.

Seen on the wire:

sse-starlette 3.7: CRLF; fields in the order id, event, data, retry; `: ping - <date>` every 15 s (here:
`ping`). A dictionary that is yielded as data arrives as Python writes it. On SIGTERM the body ends properly.
The app keeps its events in memory: after a kill it knows no id, and counts from 1 again.

FastAPI 0.165: LF; fields in the order event, data, id, retry; every `data` is JSON, a text in quotes;
`: ping` after 15 s without anything else. The app keeps its events in a file.

django-eventstream 5.3: LF; event, id, data; ids `<channel>:<n>`, over several channels `a:1,b:2`; first a
comment of 2 KiB, then `event: stream-open` and an empty `data:`; `event: keep-alive` with an empty data every
20 s. It keeps a day in its database. Who comes back with an id that is no longer there gets `event:
stream-reset`, whose id is the newest, and nothing of what was missed. More than ten events that wait for one
listener are thrown away and read from the database. What is published while it reads for a listener makes it
read again from where it *began*: what it sent already it sends once more (23 events of 60, in one resume of
four under a steady flow), and, read but not seen, without a `Last-Event-ID` the new one is lost. An error
is `event: stream-error` with `id: error` in a 200 that ends (this app: for the channel `secret`); a client
that comes back with that id gets 400.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import httpx
from servers.process import Server
from servers.relay import Relay

APPS = Path(__file__).parent / "apps"


class AsgiServer(Server):
    """An app, and uvicorn. A subclass says which app.

    Args:
        ping: seconds between two signs of life; None: as the framework has it.
    """

    app: ClassVar[str]

    def __init__(self, *, ping: float | None = None) -> None:
        super().__init__()
        self._ping = ping
        self._client = httpx.Client(timeout=30, trust_env=False)
        self._relay: Relay | None = None

    def command(self) -> list[str]:
        options = ["--app-dir", str(APPS), "--log-level", "warning", "--timeout-graceful-shutdown", "1"]
        address = ["--host", "127.0.0.1", "--port", str(self.port)]
        return [sys.executable, "-m", "uvicorn", *options, *address, f"{self.app}:app"]

    def prepare(self) -> None:
        (self.folder / "settings.json").write_text(json.dumps({"ping": self._ping}))

    def __enter__(self) -> Self:
        super().__enter__()
        self._relay = Relay(self.port).__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._relay is not None:
            self._relay.__exit__(kind, error, trace)
        self._client.close()
        super().__exit__(kind, error, trace)

    def stream_url(self, channel: str) -> str:
        """Where the events of a channel are."""
        return f"{self.url}/events/{channel}"

    def cuttable_url(self, channel: str) -> str:
        """The same, for a connection that `cut_connections` can cut."""
        assert self._relay is not None, "enter the context first"
        return self.stream_url(channel).replace(f":{self.port}/", f":{self._relay.port}/")

    def cut_connections(self, *, reset: bool = False) -> int:
        """Cuts the connections made to `cuttable_url`; the app goes on. Returns how many there were."""
        assert self._relay is not None, "enter the context first"
        return self._relay.cut(reset=reset)

    def connections(self) -> int:
        """How many connections were made to `cuttable_url` since the last cut."""
        assert self._relay is not None, "enter the context first"
        return len(self._relay._pairs)

    def publish(self, channel: str, *items: dict[str, Any]) -> list[str]:
        """Publishes events (`data`, and perhaps `event`, `retry` …) and returns the ids they were given."""
        answer = self._client.post(f"{self.url}/publish/{channel}", json=items)
        answer.raise_for_status()
        ids: list[str] = answer.json()
        return ids

    def followers(self, channel: str) -> int | None:
        """How many follow a channel now; None while one of them is not ready."""
        count: int | None = self._client.get(f"{self.url}/followers/{channel}").raise_for_status().json()
        return count

    def wait_for_followers(self, channel: str, n: int) -> None:
        """Waits until `n` follow a channel: what is published from then on reaches them."""
        self._wait(lambda: self.followers(channel) == n, f"has no {n} followers of {channel}")

    def freeze(self) -> None:
        """Makes it stop in its tracks: its connections stay open, and nothing comes."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "it does not run"
        os.killpg(self._process.pid, number)


class SseStarlette(AsgiServer):
    """sse-starlette; what it keeps is gone with its process."""

    app = "with_sse_starlette"

    def asked(self, channel: str) -> list[dict[str, str]]:
        """Each request for a channel's events: its query, its headers, and `http`, the version."""
        requests: list[dict[str, str]] = self._client.get(f"{self.url}/asked/{channel}").json()
        return requests


class FastApi(AsgiServer):
    """FastAPI's own events; what it keeps outlives its process."""

    app = "with_fastapi"


class DjangoEventstream(AsgiServer):
    """django-eventstream; what it keeps outlives its process."""

    app = "with_django"

    def forget(self, channel: str) -> None:
        """Makes it forget a channel's events, as it does after a day."""
        self._client.post(f"{self.url}/forget/{channel}").raise_for_status()

    def channels_url(self, *channels: str) -> str:
        """Where the events of several channels are."""
        return str(httpx.URL(f"{self.url}/events", params={"channel": channels}))
