"""Rows that are there already, and those that come next: a store that stands full while it is measured.

The law: event number `i` is always the same, a millisecond after the one before, its payload `SIZE` bytes of
JSON with a text that no other has. What comes next is made before a clock starts.
"""

from __future__ import annotations

import random
from typing import Any, Final

import msgspec

import sse_notebook as sse
from sse_notebook.clock import VirtualClock
from sse_notebook.events import Vocabulary
from sse_notebook.wire import ServerSentEvent

__all__ = ["EXPANDED", "FIRST_MS", "SIZE", "Resident", "messages", "payload", "texts"]

SIZE: Final = 230  # bytes of a payload
FIRST_MS: Final = 1_800_000_000_000  # Unix milliseconds: the time of event 0
EXPANDED: Final = ("duration", "attempt", "region")  # fields of the payload that are no columns by themselves
PART: Final = 10_000  # rows made at once, and added at once

_STATUSES: Final = ("running", "running", "running", "pending", "stopped", "failed", "degraded")
_REGIONS: Final = ("eu-west-1", "eu-north-1", "us-east-1")
_chance = random.Random(1)  # noqa: S311 - the same words every time, not a secret
_SYLLABLES: Final = ("ka", "to", "mi", "ru", "se", "na", "vo", "le", "xi", "du", "po", "he")
_WORDS: Final = ["".join(_chance.choices(_SYLLABLES, k=k)) for k in _chance.choices((1, 2, 3, 4), k=1_000)]
# Every message is another piece of it.
_PROSE: Final = " ".join(_chance.choices(_WORDS, k=200_000))


def payload(number: int) -> dict[str, Any]:
    """Event `number`, without its message: one in five is a build, the others are of 1,000 workloads."""
    mixed = number * 2_654_435_761 % 2**32  # no two columns go the same way
    workload = mixed >> 8
    build = number % 5 == 0
    return {
        "event_type": "build_completed" if build else "workload_status_update",
        "timestamp": FIRST_MS + number,
        "cluster_id": f"cl-{workload % 1000 // 334}",
        "project_id": f"p-{workload % 1000 // 50:02}",
        "build_id" if build else "workload_id": f"wl-{workload % 1000:03}",
        "status": _STATUSES[mixed % 7],
        "duration": mixed % 10_007 / 8,
        "attempt": mixed % 3,
        "region": _REGIONS[mixed % 11 % 3],
        "message": "",
    }


def text(number: int) -> str:
    """Event `number` as JSON of `SIZE` bytes."""
    event = payload(number)
    room = SIZE - len(msgspec.json.encode(event))
    at = number * 31 % (len(_PROSE) - SIZE)
    event["message"] = _PROSE[at : at + room]
    return msgspec.json.encode(event).decode()


def texts(start: int, stop: int) -> list[str]:
    """The payloads of the events from one number up to another."""
    return [text(number) for number in range(start, stop)]


def messages(start: int, stop: int) -> list[ServerSentEvent]:
    """The same as they come from the wire."""
    ids = (f"{number:07}" for number in range(start, stop))
    return [
        ServerSentEvent(data=data, id=own, own_id=own)
        for own, data in zip(ids, texts(start, stop), strict=True)
    ]


class Resident:
    """A store with so many rows, to which more can be added; its clock stands at its newest row.

    Args:
        rows: how many there are.
        read: how many of them come in one read.
        settings: of the store.

    Attributes:
        store: the store.
        stop: how many rows it ever got.
    """

    def __init__(self, rows: int, read: int = PART, **settings: Any) -> None:
        self._vocabulary = Vocabulary()
        self._clock = VirtualClock(FIRST_MS / 1000)
        # Room for those that come: what a bound does is measured where it is meant to be.
        self.store = sse.EventStore(**{"max_rows": 2 * rows + 1_000_000, "clock": self._clock, **settings})
        self.stop = 0
        for start in range(0, rows, read):
            self.add(min(read, rows - start))

    def add(self, rows: int) -> None:
        """Add the next rows, in one read."""
        at_us = (FIRST_MS + self.stop + rows - 1) * 1000
        read = self._vocabulary.read_all(messages(self.stop, self.stop + rows), at_us)
        self.store.take(read.rows)
        self.stop += rows
        self._clock.advance(at_us / 1e6 - self._clock.time())

    def check(self) -> None:
        """What is measured is right: every row is there, with what was sent.

        Raises:
            AssertionError: it is not; the figure would be worth nothing.
        """
        df = self.store.to_pandas(expand=list(EXPANDED))
        last = payload(self.stop - 1)
        seen = df.iloc[-1]
        names = ("cluster_id", "project_id", "status")
        expected = (
            range(self.stop)[-len(df) :],
            [last[name] for name in names],
            [last[name] for name in EXPANDED],
            last["timestamp"] * 1000,
            f"{self.stop - 1:07}",
        )
        found = (
            range(df.index[0], df.index[-1] + 1),
            [seen[name] for name in names],
            [seen[f"data.{name}"] for name in EXPANDED],
            int(df["timestamp"].array.asi8[-1]),
            seen["id"],
        )
        if found != expected:
            raise AssertionError(f"rows are not what was sent: {found} instead of {expected}")
