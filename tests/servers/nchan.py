"""nginx with nchan, a publish/subscribe server that nobody here wrote.

    with Nchan() as nchan:
        nchan.publish("quakes", '{"mag": 4.5}', event="quake")
        nchan.sub_url("quakes")          # GET, Accept: text/event-stream (403 without)

Seen on the wire (nginx 1.22.1, nchan 1.3.6 of Debian):

- The head has no Transfer-Encoding and no Content-Length: the body is not chunked, it ends with the
  connection, so a cut looks like a proper end. First of all comes `: hi` and a blank line.
- Fields in the order event, id, data; LF; one blank after the colon; each line of the data a `data:` line.
  A bare CR in a published body is passed on as it is.
- Ids are `<unix second>:<n>`, n counting from 0 within the second.
- `Last-Event-ID`: everything newer that is still kept. An id that is not kept (also of a life before a
  restart) gets everything with a later id; one that is no id, or lies in the future, gets what comes from
  now on. There is no sign of whether something was missed.
- A ping is `event: ping` and a blank line, without data: it dispatches nothing.
- A channel that is deleted, a worker that ends and a reload send the comment `:410: 410 Gone` and end the
  body.

What is kept is gone when the worker that owns the channel is, however it ends: kill, SIGTERM, reload
(tried, each of them; with two workers it survives exactly if the one that dies is not the owner). DELETE
forgets it, too. So a test of resuming either

- kills and restarts the whole server *between* events: all that was published before has been received, and
  since ids are times, all that is published after has later ids and is sent to whoever resumes: nothing is
  missing. `start` waits until the clock has left the second of the last id, or nchan would give that id out
  again; or
- cuts connections while the server goes on and keeps: subscribe at `cuttable_sub_url` (the same bytes,
  through a relay) and call `cut_connections`. What is published meanwhile is replayed.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from servers.process import MissingProgramError, Server, find_program
from servers.relay import Relay

REMEDY = "apt-get install nginx-light libnginx-mod-nchan"
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Nchan(Server):
    """nginx with one publisher and one subscriber location.

    Args:
        buffer: messages kept for each channel.
        ping: seconds between two pings; None sends none.
        first_message: what a subscriber without an id gets: "newest" (from now on) or "oldest" (all kept).

    Raises:
        MissingProgramError: nginx or nchan is not installed; from entering the context.
    """

    def __init__(
        self, *, buffer: int = 10_000, ping: int | None = None, first_message: str = "newest"
    ) -> None:
        super().__init__()
        self._buffer = buffer
        self._ping = ping
        self._first_message = first_message
        self._client = httpx.Client(timeout=30, trust_env=False)
        self._relay: Relay | None = None
        self._last_second = 0

    def command(self) -> list[str]:
        return [self._nginx, "-p", str(self.folder), "-c", "nginx.conf", "-e", "error.log"]

    def prepare(self) -> None:
        self._nginx = find_program("nginx", REMEDY)
        build = subprocess.run([self._nginx, "-V"], capture_output=True, text=True, check=True).stderr
        load = ""
        if "nchan" not in build.split("configure arguments:")[-1]:
            folder = re.search(r"--modules-path=(\S+)", build)
            module = Path(folder[1] if folder else "/usr/lib/nginx/modules") / "ngx_nchan_module.so"
            if not module.exists():
                raise MissingProgramError(f"nginx has no nchan: {REMEDY}")
            load = f"load_module {module};"
        ping = f"nchan_eventsource_ping_interval {self._ping};" if self._ping else ""
        folders = " ".join(f"{name}_temp_path {name};" for name in _TEMPORARY)
        text = f"""
            {load}
            {"user root;" if os.getuid() == 0 else ""}
            daemon off;
            worker_processes 1;
            pid nginx.pid;
            events {{ worker_connections 1024; }}
            http {{
                access_log off;
                {folders}
                nchan_shared_memory_size 128M;
                server {{
                    listen 127.0.0.1:{self.port};
                    client_max_body_size 64M;
                    location ~ ^/pub/(.+)$ {{
                        nchan_publisher;
                        nchan_channel_id $1;
                        nchan_message_buffer_length {self._buffer};
                        nchan_message_timeout 1d;
                        nchan_channel_timeout 1d;
                    }}
                    location ~ ^/sub/(.+)$ {{
                        nchan_subscriber eventsource;
                        nchan_channel_id $1;
                        nchan_subscriber_first_message {self._first_message};
                        {ping}
                    }}
                }}
            }}
        """
        (self.folder / "nginx.conf").write_text(text)

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

    def start(self) -> None:
        """Starts it, in a later second than that of the last id it gave out before."""
        while (left := self._last_second + 1 - time.time()) > 0:
            threading.Event().wait(left)
        super().start()

    def pub_url(self, channel: str) -> str:
        """Where to POST what is to be published."""
        return f"{self.url}/pub/{channel}"

    def sub_url(self, channel: str) -> str:
        """Where to subscribe."""
        return f"{self.url}/sub/{channel}"

    def cuttable_sub_url(self, channel: str) -> str:
        """Where to subscribe for a connection that `cut_connections` can cut."""
        assert self._relay is not None, "enter the context first"
        return f"{self._relay.url}/sub/{channel}"

    def publish(self, channel: str, data: str | bytes, event: str | None = None) -> str:
        """Publishes one message and returns its id."""
        headers = {"Accept": "application/json", "Content-Type": "text/plain"}
        if event is not None:
            headers["X-EventSource-Event"] = event
        answer = self._client.post(self.pub_url(channel), content=data, headers=headers)
        answer.raise_for_status()
        id_: str = answer.json()["last_message_id"]
        self._last_second = max(self._last_second, int(id_.split(":")[0]))
        return id_

    def subscribers(self, channel: str) -> int:
        """How many are subscribed to a channel now; 0 for one that does not exist yet."""
        answer = self._client.get(self.pub_url(channel), headers={"Accept": "application/json"})
        return 0 if answer.status_code == 404 else int(answer.json()["subscribers"])

    def wait_for_subscribers(self, channel: str, n: int) -> None:
        """Waits until `n` are subscribed: what is published from then on reaches them."""
        self._wait(lambda: self.subscribers(channel) == n, f"has no {n} subscribers of {channel}")

    def cut_connections(self, *, reset: bool = False) -> int:
        """Cuts the connections made to `cuttable_sub_url`; nchan goes on. Returns how many there were."""
        assert self._relay is not None, "enter the context first"
        return self._relay.cut(reset=reset)
