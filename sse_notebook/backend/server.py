"""The backend as something to start, stop and kill; and the same in the foreground.

The law: what a `Backend` keeps (the events, the counts, the switches, the port) outlives a restart, so that
`kill()` and `start()` is a server that was away for a while. Everything public may be called from any thread.
Neither its secret nor a token shows in a repr.
"""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from . import scenario as scenarios
from .app import STREAM_PATH, Context
from .auth import TokenAuth
from .connection import Connection
from .faults import Faults
from .hub import Ack, Hub
from .runner import Runner, listen
from .traffic import StreamRequest, Traffic

__all__ = ["Backend", "serve_forever"]


class Backend:
    """A real event backend, in this process.

    Args:
        host: the address to listen on.
        port: the port; 0 takes a free one, and keeps it over restarts.
        secret: signs tokens (HS256), at least 32 bytes; None draws one.
        heartbeat: seconds between two heartbeats on a stream; None sends none.
        ring: how many events are kept for those who resume.
        queue: how many events may wait for one slow client before it is let go (to resume by id).
        coalesce: write all that waits for a client in one go; False: one HTTP chunk for each event.
        faults: also let clients set the fault switches, by `POST /api/v1/_faults`.
        scenario: events that happen by themselves: "platform", or your own `(delay, event)` pairs.
        speed: how much faster than told the scenario goes.
        seed: which story the scenario tells.

    Raises:
        ValueError: an argument makes no sense.

    Example:
        >>> with Backend() as backend:
        ...     backend.publish({"event_type": "build_failed", "project_id": "p-1"}).endswith("-1")
        True
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        secret: str | None = None,
        heartbeat: float | None = 15.0,
        ring: int = 10_000,
        queue: int = 100_000,
        coalesce: bool = True,
        faults: bool = False,
        scenario: str | Iterable[scenarios.Step] | None = None,
        speed: float = 1.0,
        seed: int = 0,
    ) -> None:
        if heartbeat is not None and heartbeat <= 0:
            raise ValueError("heartbeat is a number of seconds above 0, or None for none")
        if speed <= 0:
            raise ValueError("speed is a factor above 0")
        self.faults = Faults()
        self.faults.bind(on_change=self._wake_all, on_drop=self.drop_all)
        self._host = host
        self._port = port
        self._speed = speed
        self._steps = None if scenario is None else scenarios.steps(scenario, seed)
        self._context = Context(
            hub=Hub(ring, queue),
            auth=TokenAuth(secret),
            faults=self.faults,
            traffic=Traffic(),
            heartbeat=heartbeat,
            coalesce=coalesce,
            faults_by_http=faults,
        )
        self._running: Runner | None = None
        # Guards `_running`: held for the whole of start, stop and kill, so that they take turns.
        self._turn = threading.RLock()

    def __repr__(self) -> str:
        state = "stopped" if self._running is None else f"{self.connections} open"
        return f"<Backend {self.url if self._port else self._host} {state}>"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Life

    def start(self) -> Self:
        """Listens, and returns when it does; does nothing when it listens already.

        Raises:
            OSError: the address or the port cannot be had.
        """
        with self._turn:
            if self._running is None:
                listener = listen(self._host, self._port)
                self._port = listener.getsockname()[1]
                self._running = Runner(self._context, listener, self._play if self._steps else None)
        return self

    def stop(self) -> None:
        """Finishes all streams properly, closes everything, and returns when nothing is left."""
        with self._turn:
            if self._running is not None:
                self._running.end(abruptly=False)
                self._running = None

    def kill(self) -> None:
        """Closes the listening socket and cuts all connections, as if the process had died.

        What it keeps stays kept: `start()` brings it back on the same port, and clients can resume.
        """
        with self._turn:
            if self._running is not None:
                self._running.end(abruptly=True)
                self._running = None

    # Where it is, and who may come in

    @property
    def url(self) -> str:
        """The base URL, as in `http://127.0.0.1:8000`."""
        if not self._port:
            raise RuntimeError("the port is known only after start()")
        return f"http://{_reachable(self._host)}:{self._port}"

    @property
    def stream_url(self) -> str:
        """The URL of the stream, without a token."""
        return self.url + STREAM_PATH

    def token(self, sub: str = "analyst", expires_in: float | None = 3600.0, **claims: Any) -> str:
        """A token that this backend accepts for `expires_in` seconds (None: for ever; negative: expired)."""
        return self._context.auth.token(sub, expires_in, **claims)

    # What it says

    def publish(self, event: Mapping[str, Any]) -> str:
        """Publishes one event and returns its id; also while stopped, for those who resume later.

        Raises:
            InvalidEvent: (a ValueError) no `event_type`, or something that has no form in JSON.
        """
        return self._context.hub.publish(dict(event))

    def publish_all(self, events: Iterable[Mapping[str, Any]]) -> list[str]:
        """Publishes several in order, with none between them: all or, if one is wrong, none."""
        return self._context.hub.publish_all([dict(event) for event in events])

    def publish_raw(self, data: bytes) -> None:
        """Writes these bytes as they are to every open stream, in their turn. They are not kept."""
        self._context.hub.put_raw(data)

    def drop_all(self) -> None:
        """Cuts all open streams in the middle; the server goes on."""
        self._each(Connection.cut)

    def end_all(self) -> None:
        """Finishes all open streams properly; the server goes on."""
        self._each(Connection.end)

    # What it has seen

    @property
    def connections(self) -> int:
        """Streams open now."""
        return self._context.traffic.open

    @property
    def connections_total(self) -> int:
        """Streams ever opened."""
        return self._context.traffic.total

    @property
    def requests(self) -> list[StreamRequest]:
        """Every request for a stream (the newest 10,000), oldest first, also those that were refused."""
        return self._context.traffic.requests

    @property
    def acks(self) -> dict[str, Ack]:
        """Who acknowledged which event."""
        return dict(self._context.hub.acks)

    @property
    def overflows(self) -> int:
        """How many streams were let go because their client was too slow."""
        return self._context.hub.overflows

    def wait_for_connections(self, n: int, timeout: float = 10.0) -> None:
        """Waits until exactly `n` streams are open: what is published from then on reaches them.

        Raises:
            TimeoutError: they were not within `timeout` seconds.
        """
        traffic = self._context.traffic
        traffic.wait_for(lambda: traffic.open == n, timeout, f"{n} open streams")

    def wait_for_requests(self, n: int, timeout: float = 10.0) -> None:
        """Waits until `n` streams have been asked for, since the beginning.

        Raises:
            TimeoutError: they were not within `timeout` seconds.
        """
        traffic = self._context.traffic
        traffic.wait_for(lambda: len(traffic.requests) >= n, timeout, f"{n} requests")

    # On the server's loop

    def _wake_all(self) -> None:
        self._each(Connection.wake)

    def _each(self, do: Callable[[Connection], None]) -> None:
        running = self._running
        if running is not None:

            def run() -> None:
                for connection in self._context.connections:
                    do(connection)

            running.call(run)

    async def _play(self) -> None:
        """Plays the scenario; after a restart it goes on where it was."""
        due = time.monotonic()
        for delay, event in self._steps or ():
            # After a long sleep of the machine it does not catch up in one burst.
            due = max(due + delay / self._speed, time.monotonic() - 1.0)
            await asyncio.sleep(due - time.monotonic())
            # It happens now, however fast the story is told.
            self._context.hub.publish({**event, "timestamp": round(time.time(), 3)})


def serve_forever(
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    secret: str | None = None,
    heartbeat: float | None = 15.0,
    scenario: str | Iterable[scenarios.Step] | None = "platform",
    speed: float = 1.0,
    seed: int = 0,
    faults: bool = False,
    on_ready: Callable[[Backend], object] | None = None,
) -> None:
    """Runs a backend in the foreground until SIGINT or SIGTERM; call it on the main thread.

    Args:
        host: as for `Backend`, like all the others that are not named here.
        port: the port to listen on.
        secret: signs tokens.
        heartbeat: seconds between heartbeats.
        scenario: events that happen by themselves.
        speed: of the scenario.
        seed: of the scenario.
        faults: let clients set the fault switches.
        on_ready: called once, when it listens.

    Raises:
        OSError: the address or the port cannot be had.
    """
    told = threading.Event()
    backend = Backend(
        host=host,
        port=port,
        secret=secret,
        heartbeat=heartbeat,
        scenario=scenario,
        speed=speed,
        seed=seed,
        faults=faults,
    )
    before = {
        number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        with backend:
            if on_ready is not None:
                on_ready(backend)
            told.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _reachable(host: str) -> str:
    """The host as one writes it into a URL on this machine."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host or "127.0.0.1"
    if address.version == 6:
        return "[::1]" if address.is_unspecified else f"[{host}]"
    return "127.0.0.1" if address.is_unspecified else host
