"""One stream, from its head to its end: takes what its queue holds and writes it until somebody ends it.

The law: every byte of a stream is written here, in the order of the queue, and a stream ends in one of four
ways, each on purpose: the client went; the body is finished properly after what was queued (`end`: the server
stops, the client was too slow); it is finished at once (its token has expired); or it is cut in the middle
(`cut`, a fault).

Lives on the server's event loop; only `wake` may be called from another thread. It needs the connection's
transport, since ASGI has no way to cut a connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .faults import Faults
from .frames import BOM, encode_event, retry_frame, with_line_ending
from .hub import Hub, Item, Resume, Subscriber
from .selection import Held, Selection, Selects

__all__ = ["Connection", "cut_transport"]

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

_CHUNK = 64 * 1024  # bytes written in one go; the high-water mark of asyncio's transports is the same
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, for 0 seconds, so that closing sends RST
_GRACE = 1.0  # seconds that a reader gets to take the end of an expired stream before it is cut


class Connection:
    """One stream. Await it once, as the answer to an ASGI request.

    Args:
        hub: where it subscribes.
        faults: the switches it obeys.
        transport: the connection's own.
        selection: which events it wants.
        resume: how it resumes: the keywords of `Hub.subscribe`.
        heartbeat: seconds between two heartbeats; None sends none.
        coalesce: whether all that waits is written in one go; otherwise one chunk for each event.
        expires: when its token does, in unix seconds; None never.
        on_open: called when it has subscribed and its head is about to be sent.
    """

    def __init__(
        self,
        hub: Hub,
        faults: Faults,
        transport: asyncio.Transport,
        *,
        selection: Selection,
        resume: dict[str, Any],
        heartbeat: float | None,
        coalesce: bool,
        expires: float | None,
        on_open: Callable[[], None],
    ) -> None:
        self.id = secrets.token_hex(8)
        self._hub = hub
        self._faults = faults
        self._transport = transport
        self._selection = selection
        self._resume = resume
        self._heartbeat = heartbeat
        self._coalesce = coalesce
        self._expires = expires
        self._on_open = on_open
        self._loop = asyncio.get_running_loop()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._woken = asyncio.Event()
        self._gone = False  # the client, or the transport after a cut
        self._ending = False
        self._expired = False
        self._due: list[bytes] = []  # the opening or a heartbeat: comes before what is queued
        self._had = 0  # events written so far

    def wake(self) -> None:
        """Makes it look at its queue and the switches; from any thread."""
        # Whoever wakes us last may find the loop closed: then there is nobody left to wake.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._woken.set)

    def end(self) -> None:
        """Finishes the body after what is queued."""
        self._ending = True
        self._woken.set()

    def cut(self) -> None:
        """Cuts it in the middle."""
        self._gone = True
        cut_transport(self._transport, reset=self._faults.reset)
        self._woken.set()

    async def __call__(self, _scope: Message, receive: Receive, send: Send) -> None:
        """Writes the whole stream."""
        watch = asyncio.ensure_future(self._watch(receive))
        if self._expires is not None:
            self._later("expiry", self._expires - time.time(), self._expire)
        try:
            if await self._head_released():
                await self._write_stream(send)
        finally:
            for timer in self._timers.values():
                timer.cancel()
            watch.cancel()
            # Also gives uvicorn the moment it needs to learn of a cut, or it complains of an unfinished body.
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._woken.set()

    async def _head_released(self) -> bool:
        while self._faults.headers_delay and not (self._gone or self._ending or self._expired):
            await self._woken.wait()
            self._woken.clear()
        return not self._gone

    async def _write_stream(self, send: Send) -> None:
        subscriber, resume = self._hub.subscribe(self._selects(), self.wake, **self._resume)
        try:
            self._on_open()
            # The faults of the opening are read once: a stream does not change its line ends on the way.
            self._line_ending = self._faults.line_ending.encode()
            await send({"type": "http.response.start", "status": 200, "headers": self._head()})
            self._due.append(self._opening(resume))
            self._beat_later()
            self._woken.set()
            while not (self._gone or self._expired):
                await self._woken.wait()
                self._woken.clear()
                if self._faults.stall and not self._ending:
                    continue
                await self._drain(send, subscriber)
                if self._ending or subscriber.overflowed:
                    break
            if not self._gone:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._hub.unsubscribe(subscriber)

    def _selects(self) -> Selects:
        """What it asked for, as far as the switches let it have that."""
        asked = self._selection.without(self._faults.ignore_filters)
        every = self._faults.hold_back
        return asked if every is None or asked == Selection() else Held(asked, every)

    def _head(self) -> list[tuple[bytes, bytes]]:
        head = {
            "content-type": self._faults.content_type or "text/event-stream",
            "cache-control": "no-store",
            "x-accel-buffering": "no",  # or nginx collects the stream before it passes it on
            **{name.lower(): value for name, value in self._faults.headers.items()},
        }
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head.items()]

    def _opening(self, resume: Resume) -> bytes:
        connected = {
            "event_type": "connected",
            "timestamp": round(time.time(), 6),
            "connection_id": self.id,
            "resume": {"from": resume.start, "replayed": resume.replayed, "complete": resume.complete},
        }
        retry = b"" if self._faults.retry is None else retry_frame(self._faults.retry)
        text = with_line_ending(retry + encode_event(connected), self._line_ending)
        return BOM + text if self._faults.bom else text

    def _beat(self) -> None:
        if not self._due:  # one is enough, also after a long stall
            now = {"event_type": "heartbeat", "timestamp": round(time.time(), 6)}
            self._due.append(with_line_ending(encode_event(now), self._line_ending))
        self._woken.set()
        self._beat_later()

    def _beat_later(self) -> None:
        if self._heartbeat is not None:
            self._later("heartbeat", self._heartbeat, self._beat)

    def _expire(self) -> None:
        self._expired = True
        self._woken.set()
        # A reader that takes nothing would keep us from writing the end, too.
        self._later("expiry", _GRACE, self.cut)

    def _later(self, what: str, seconds: float, do: Callable[[], None]) -> None:
        self._timers[what] = self._loop.call_later(seconds, do)

    async def _drain(self, send: Send, subscriber: Subscriber) -> None:
        """Writes all that waits, as far as the switches allow."""
        queue, faults = subscriber.take(), self._faults
        while not (self._gone or self._expired or (faults.stall and not self._ending)):
            frames, events = self._next_frames(queue)
            if frames:
                await self._write(send, frames)
                self._had += events
            if faults.drop_after is not None and self._had >= faults.drop_after:
                await self._flush(send)
                self.cut()
            elif not frames:
                return
            # `send` does not yield while the socket takes everything: let the others have their turn.
            await asyncio.sleep(0)

    def _next_frames(self, queue: deque[Item]) -> tuple[list[bytes], int]:
        """About one chunk's worth of what waits, and how many events that is."""
        frames, self._due = self._due, []
        events, size = 0, 0
        limit, ending = self._faults.drop_after, self._line_ending
        room = sys.maxsize if limit is None else limit - self._had
        while queue and size < _CHUNK:
            frame, is_event = queue[0]
            if is_event:
                if events >= room:
                    break
                events += 1
                frame = with_line_ending(frame, ending)
            queue.popleft()
            frames.append(frame)
            size += len(frame)
        return frames, events

    async def _write(self, send: Send, frames: list[bytes]) -> None:
        pieces = [b"".join(frames)] if self._coalesce else frames
        if self._faults.split is not None:
            n = self._faults.split
            pieces = [piece[i : i + n] for piece in pieces for i in range(0, len(piece), n)]
        for piece in pieces:
            if piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _flush(self, send: Send) -> None:
        """Waits until the kernel has all that was written: a cut throws away what it has not."""
        self._transport.set_write_buffer_limits(high=0)  # from now on `send` waits for an empty buffer
        await send({"type": "http.response.body", "body": b"", "more_body": True})


def cut_transport(transport: asyncio.Transport, *, reset: bool = False) -> None:
    """Closes a connection now, in the middle of whatever it was sending.

    Args:
        transport: the connection's.
        reset: send a TCP reset, so that the peer gets an error; otherwise it sees an end come too early.
    """
    connection = transport.get_extra_info("socket")
    if reset and connection is not None and not transport.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()
