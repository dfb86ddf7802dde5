"""uvicorn in a thread: one run of the server, from listening to nothing left.

The law: a `Runner` listens when it is made, and when `end` returns there is no thread, no task and no socket,
however its clients behave: whoever does not finish in time is cut. The only door to uvicorn.

No token reaches a log: there is no access log, and nothing else is told the query.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import Context, make_app
from .connection import cut_transport

__all__ = ["Runner", "listen"]

_log = logging.getLogger(__name__)
_GRACE = 1.0  # seconds that open answers get to finish when the server stops
_TICK = 1.0  # seconds after which uvicorn writes its Date header anew

Play = Callable[[], Coroutine[Any, Any, None]]


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        OSError: the address or the port cannot be had.
    """
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    # On POSIX this sets SO_REUSEADDR: a port whose old connections linger can be had again at once.
    return socket.create_server((host, port), family=family, backlog=2048)


class Runner:
    """One run of the server.

    Args:
        context: what the routes work with.
        listener: the socket to accept on; from now on the runner's, which closes it.
        play: what runs beside the server, on its loop, until it ends.
    """

    def __init__(self, context: Context, listener: socket.socket, play: Play | None = None) -> None:
        context.closing = False
        self._context = context
        self._server = _Server(context, play)
        self._thread = threading.Thread(
            target=self._run, args=(listener,), name="sse-notebook-backend", daemon=True
        )
        self._thread.start()
        self._server.ready.wait()
        if not self._server.started:
            raise RuntimeError("the server did not start; its thread's traceback says why")

    def call(self, do: Callable[[], None]) -> None:
        """Runs `do` on the loop and returns when it has run; does nothing when the loop has ended."""
        if threading.current_thread() is self._thread:
            do()
            return
        done = threading.Event()

        def run() -> None:
            try:
                do()
            finally:
                done.set()

        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._server.loop.call_soon_threadsafe(run)
            # A loop that ends right now may never come to it.
            while not done.wait(0.1) and self._thread.is_alive():
                pass

    def end(self, *, abruptly: bool) -> None:
        """Ends it, and returns when nothing is left.

        Args:
            abruptly: cut all connections, instead of finishing what they are being sent.
        """
        self.call(self._kill if abruptly else self._finish)
        self._thread.join(_GRACE)
        while self._thread.is_alive():
            # Somebody reads too slowly, or never finished asking.
            self.call(self._kill)
            self._thread.join(_GRACE)

    def _run(self, listener: socket.socket) -> None:
        with listener:
            try:
                self._server.run([listener])
            finally:
                self._server.ready.set()

    def _finish(self) -> None:
        self._context.closing = True
        for connection in self._context.connections:
            connection.end()
        self._server.leave()

    def _kill(self) -> None:
        self._context.closing = True
        self._server.kill()


class _Server(uvicorn.Server):
    """uvicorn's server, except that it leaves when it is told and not when it next looks."""

    loop: asyncio.AbstractEventLoop

    def __init__(self, context: Context, play: Play | None) -> None:
        super().__init__(
            _Config(
                make_app(context),
                loop="asyncio",  # how abrupt a cut is depends on the loop's transports
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_config=None,  # the logging of this process is not ours to set up
                access_log=False,  # it would print the query, and the token in it
                proxy_headers=False,
                server_header=False,
            )
        )
        self.ready = threading.Event()
        self._play = play
        self._abrupt = False  # whoever is let in at the last moment is cut too

    async def main_loop(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._leave = asyncio.Event()
        player = None if self._play is None else asyncio.create_task(self._play())
        if player is not None:
            player.add_done_callback(_report)
        await self.on_tick(0)
        self.ready.set()
        while not self._leave.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leave.wait(), _TICK)
            await self.on_tick(0)
        if player is not None:
            player.cancel()
            await asyncio.wait([player])
        await self._stop_accepting()

    async def _stop_accepting(self) -> None:
        """From here on nobody is let in; who was being let in is in, and with the others.

        asyncio forgets a connection, without closing it, that it has accepted when its server is closed
        before the connection has its transport: so the listener stops first, and is closed later.
        """
        for server in self.servers:
            for listener in server.sockets:
                self.loop.remove_reader(listener.fileno())
        for _ in range(2):  # one makes the transport, one hands it to its protocol
            await asyncio.sleep(0)
        if self._abrupt:
            self._cut()

    def _cut(self) -> None:
        for protocol in list(self.server_state.connections):
            cut_transport(protocol.transport)

    def leave(self) -> None:
        """Makes the main loop end; on the loop's thread."""
        self._leave.set()

    def kill(self) -> None:
        """Cuts everything now; on the loop's thread."""
        self._abrupt = True
        self._cut()
        self._leave.set()


def _report(player: asyncio.Task[None]) -> None:
    if not player.cancelled() and player.exception() is not None:
        _log.error("the scenario ended with an error", exc_info=player.exception())


class _Config(uvicorn.Config):
    """uvicorn's, without the layer that it puts around the application to log every request's query."""

    def load(self) -> None:
        super().load()
        self.loaded_app = self.app


class _Protocol(H11Protocol):
    """uvicorn's protocol, with the transport within the application's reach: `request.state.transport`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}
