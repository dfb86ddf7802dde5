"""One publisher side, many subscribers: the ring of kept events and the queues that feed connections.

The law: an event gets its id, its bytes and its place in the ring in one step under one lock, and a
subscriber gets its replay and its place in the list under the same lock, so that between replay and live
nothing is lost and nothing comes twice. A queue is bounded: a subscriber that falls behind gets what is
queued and is then let go, to come back and resume by id; nothing is skipped silently.

Ids are `<epoch>-<n>`: the epoch marks this hub (it sorts by time of birth), n counts from 1 without a hole.
No sockets and no event loop: a subscriber only brings a `wake` function, callable from any thread.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from .frames import encode_event
from .selection import Keys, Selects, keys_of
from .times import to_seconds

__all__ = ["Ack", "Hub", "InvalidEvent", "Item", "Resume", "Subscriber", "new_epoch"]

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# What an event calls its name: as on the wire, and as in the types of the front end.
_NAMES = ("event_type", "eventType", "type")


class InvalidEvent(ValueError):
    """What was published is no event: the message says what is missing or wrong."""


class Item(NamedTuple):
    """Bytes on their way to a connection; `is_event` is false for heartbeats and raw bytes."""

    frame: bytes
    is_event: bool


class Ack(NamedTuple):
    """Who acknowledged an event, and when (unix seconds)."""

    id: str
    by: str
    at: float


class Resume(NamedTuple):
    """What became of a request to resume.

    Attributes:
        start: the id or the time that was asked for; None when nothing was.
        replayed: how many events were queued before the live ones.
        complete: whether that is everything since `start`; None when nothing was asked for, or when `start`
            lies before this hub was born, of which it knows nothing.
    """

    start: str | None
    replayed: int
    complete: bool | None


class _Kept(NamedTuple):
    n: int
    timestamp: float
    keys: Keys
    item: Item


class Subscriber:
    """One connection's queue. Made by `Hub.subscribe`; read by one consumer.

    Attributes:
        queue: what is to be sent, oldest first.
        overflowed: the queue was full when an event came; nothing is queued after that.
    """

    __slots__ = ("_awake", "_limit", "_wake", "overflowed", "queue", "selection")

    def __init__(
        self, selection: Selects, replay: Iterable[Item], limit: int, wake: Callable[[], None]
    ) -> None:
        self.selection = selection
        self.queue: deque[Item] = deque(replay)
        self.overflowed = False
        self._limit = limit + len(self.queue)  # the replay is not the consumer's fault
        self._wake = wake
        self._awake = False

    def put(self, item: Item) -> None:
        """Queues `item` and wakes the consumer, once until it calls `take`."""
        if self.overflowed:
            return
        if len(self.queue) >= self._limit:
            self.overflowed = True
        else:
            self.queue.append(item)
        if not self._awake:
            self._awake = True
            self._wake()

    def take(self) -> deque[Item]:
        """The queue, for the consumer to pop from; whatever is put from now on wakes it again."""
        self._awake = False
        return self.queue


class Hub:
    """Keeps the newest events and hands each to every subscriber that asked for it.

    Args:
        ring: how many events are kept for replay; at least 1.
        queue: how many events may wait for one subscriber before it is let go.
        epoch: the first part of every id; None draws one from the clock.

    Example:
        >>> hub = Hub(epoch="e")
        >>> hub.publish({"event_type": "build_failed", "timestamp": 1})
        'e-1'
    """

    def __init__(self, ring: int = 10_000, queue: int = 100_000, epoch: str | None = None) -> None:
        if ring < 1 or queue < 1:
            raise ValueError("ring and queue hold at least one event")
        self.epoch = epoch or new_epoch()
        self.born = time.time()
        self.overflows = 0
        self.acks: dict[str, Ack] = {}
        self._queue = queue
        self._count = 0
        self._kept: deque[_Kept] = deque(maxlen=ring)
        self._newest_evicted: float | None = None  # the largest timestamp that the ring has let go
        self._subscribers: set[Subscriber] = set()
        # Guards all of the above: held while an event is numbered, encoded (its id is part of its bytes),
        # kept and queued, and while a subscriber comes or goes. Never while anything is sent.
        self._lock = threading.Lock()

    def publish(self, event: dict[str, Any]) -> str:
        """Numbers, keeps and queues one event; returns its id. The dict is not changed.

        Raises:
            InvalidEvent: no name, or something that has no place in an event's bytes.
        """
        event, timestamp, keys = _complete(event, time.time())
        with self._lock:
            n = self._count + 1
            id_ = f"{self.epoch}-{n}"
            frame = _frame(event, id_)
            self._count = n
            self._keep(_Kept(n, timestamp, keys, Item(frame, True)))
        return id_

    def publish_all(self, events: list[dict[str, Any]]) -> list[str]:
        """Like `publish` for several, in order and without another's between them: all of them or none."""
        now = time.time()
        ready = [_complete(event, now) for event in events]
        with self._lock:
            first = self._count + 1
            ids = [f"{self.epoch}-{first + i}" for i in range(len(ready))]
            # Bytes for all of them first: if one has none, nothing has been published yet.
            frames = [_frame(event, id_) for (event, _, _), id_ in zip(ready, ids, strict=True)]
            for i, ((_, timestamp, keys), frame) in enumerate(zip(ready, frames, strict=True)):
                self._keep(_Kept(first + i, timestamp, keys, Item(frame, True)))
            self._count += len(ready)
        return ids

    def put_raw(self, data: bytes) -> None:
        """Queues `data` as it is for every subscriber, whatever it asked for; it is not kept."""
        with self._lock:
            for subscriber in self._subscribers:
                subscriber.put(Item(data, False))

    def subscribe(
        self,
        selection: Selects,
        wake: Callable[[], None],
        *,
        last_event_id: str | None = None,
        since: float | None = None,
        since_text: str | None = None,
    ) -> tuple[Subscriber, Resume]:
        """A queue that starts with what is to be replayed and goes on with what is published from now on.

        Args:
            selection: which events.
            wake: called when something was queued since the consumer last took; from any thread.
            last_event_id: replay what came after this id. An id that has left the ring, or was never given
                out here, replays everything kept. Wins over `since`.
            since: replay what happened at or after this time (unix seconds), by the events' own timestamps.
            since_text: how the client wrote it, to be repeated to it.
        """
        with self._lock:
            complete: bool | None = None
            kept: Iterable[_Kept] = ()
            if last_event_id is not None:
                after = self._position(last_event_id)
                complete = after is not None
                kept = itertools.islice(self._kept, after or 0, None)
            elif since is not None:
                complete = self._covers(since)
                kept = (k for k in self._kept if k.timestamp >= since)
            replay = [k.item for k in kept if selection.accepts(k.keys)]
            subscriber = Subscriber(selection, replay, self._queue, wake)
            self._subscribers.add(subscriber)
        start = last_event_id if last_event_id is not None else (since_text if since is not None else None)
        return subscriber, Resume(start, len(replay), complete)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Ends it: when this returns, `wake` is never called again."""
        with self._lock:
            self._subscribers.discard(subscriber)
            self.overflows += subscriber.overflowed

    def ack(self, id: str, by: str) -> Ack | None:
        """Records that `by` has seen event `id`, and returns the record; the first one stands.

        None: no such event is kept. A record goes when its event leaves the ring.
        """
        with self._lock:
            after = self._position(id)
            if not after:  # None, or 0: the id just before the oldest that is kept
                return None
            return self.acks.setdefault(id, Ack(id, by, time.time()))

    def _keep(self, kept: _Kept) -> None:
        if len(self._kept) == self._kept.maxlen:
            gone = self._kept[0]
            if self._newest_evicted is None or gone.timestamp > self._newest_evicted:
                self._newest_evicted = gone.timestamp
            if self.acks:
                self.acks.pop(f"{self.epoch}-{gone.n}", None)
        self._kept.append(kept)
        keys, item = kept.keys, kept.item
        for subscriber in self._subscribers:
            if subscriber.selection.accepts(keys):
                subscriber.put(item)

    def _position(self, id_: str) -> int | None:
        """How many kept events come before or at `id_`; None if what follows it is not all here."""
        epoch, _, digits = id_.rpartition("-")
        if epoch != self.epoch or not (digits.isascii() and digits.isdecimal()) or len(digits) > 18:
            return None
        n = int(digits)
        if digits != str(n) or not 1 <= n <= self._count:
            return None
        oldest = self._kept[0].n if self._kept else self._count + 1
        position = n - oldest + 1
        return position if position >= 0 else None

    def _covers(self, since: float) -> bool | None:
        if self._newest_evicted is not None and self._newest_evicted >= since:
            return False
        return True if since >= self.born else None


def new_epoch() -> str:
    """A mark for ids that sorts by the time it was made: microseconds since 1970 in base 36, 11 digits.

    Example:
        >>> new_epoch() < new_epoch() or len(new_epoch()) == 11
        True
    """
    n, digits = time.time_ns() // 1000, ""
    while n:
        n, digit = divmod(n, 36)
        digits = _DIGITS[digit] + digits
    return digits.rjust(11, "0")


def _complete(event: dict[str, Any], now: float) -> tuple[dict[str, Any], float, Keys]:
    """The event with an `event_type` and a timestamp, that as seconds, and its keys."""
    if not isinstance(event, dict):
        raise InvalidEvent(f"an event is a JSON object, not {type(event).__name__}")
    event_type = next((event[name] for name in _NAMES if event.get(name) is not None), None)
    if not isinstance(event_type, str) or not event_type:
        raise InvalidEvent('event_type is missing: give it as text, as in {"event_type": "build_failed"}')
    if event_type in ("connected", "heartbeat"):
        raise InvalidEvent(f"{event_type!r} is the connection's own word, and can't be published")
    if event.get("event_type") is None:  # that is what its name is called on the wire
        event = {**event, "event_type": event_type}
    if event.get("timestamp") is None:
        return {**event, "timestamp": round(now, 6)}, now, keys_of(event)
    seconds = to_seconds(event["timestamp"])
    return event, now if seconds is None else seconds, keys_of(event)


def _frame(event: dict[str, Any], id_: str) -> bytes:
    try:
        return encode_event(event, id_)
    except RecursionError:
        raise InvalidEvent("the event is nested too deeply") from None
    except (TypeError, ValueError) as error:
        raise InvalidEvent(str(error)) from None
