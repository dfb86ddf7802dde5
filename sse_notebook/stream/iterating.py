"""`async for event in stream`: events from now on, for whoever waits for them in a coroutine.

The law: each event once, in order. Nothing is queued for a slow consumer: it reads what the stream keeps, and
is told how many rows went before it came to them. No thread is blocked, and a loop that is gone is forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from sse_notebook.events import Event
from sse_notebook.intake import Intake
from sse_notebook.source import ConnectionStatus
from sse_notebook.store import EventStore
from sse_notebook.store.columns import events_of

__all__ = ["Overrun", "iterate"]

PART = 1_000  # events made at once


class Overrun(NamedTuple):
    """Stands in an `async for` where rows went before the consumer came to them.

    Attributes:
        n: how many rows of the stream.
    """

    n: int


def iterate(
    intake: Intake,
    now: Callable[[], tuple[EventStore, bool]],
    belongs: Callable[[Event], bool],
    check: Callable[[ConnectionStatus], None],
) -> AsyncIterator[Event | Overrun]:
    """The events that come from now on, not from the first `anext`, until the stream is closed or ends.

    Args:
        intake: which tells when there is news.
        now: where the rows are, and whether no more will come: a recording has an end. One that is sent back
            has another store from then on, whose events are yielded from the first one on.
        belongs: whether an event is wanted.
        check: raises the cause, when nothing will come any more.
    """
    store, _ = now()
    return _iterate(intake, now, belongs, check, store, store.next_seq)


async def _iterate(
    intake: Intake,
    now: Callable[[], tuple[EventStore, bool]],
    belongs: Callable[[Event], bool],
    check: Callable[[ConnectionStatus], None],
    store: EventStore,
    seen: int,
) -> AsyncIterator[Event | Overrun]:
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    called = False  # the loop will wake who waits: while it is held up, reads pile up nothing in it

    def wake() -> None:
        nonlocal called
        called = False  # first: what comes after the next line calls anew
        news.set()

    def poke(_at_once: bool) -> None:
        nonlocal called
        if called and not loop.is_closed():  # one that is closed woke nobody, and never will
            return
        called = True
        try:
            loop.call_soon_threadsafe(wake)
        except RuntimeError:  # the loop is closed, and who waited there is gone
            forget()

    def forget() -> None:
        if poke in intake.watchers:
            intake.watchers.remove(poke)

    intake.watchers.append(poke)
    try:
        while True:
            news.clear()
            ended = intake.connection
            where, over = now()
            if where is not store:
                store, seen = where, where.first_seq
            version = store._snapshot().version  # noqa: SLF001 - what reads alike
            while seen < version.stop:
                if seen < version.start:
                    yield Overrun(version.start - seen)
                    seen = version.start
                stop = min(seen + PART, version.stop)
                for event in events_of(version, seen, stop):
                    if belongs(event):
                        yield event
                seen, version = stop, store._snapshot().version  # noqa: SLF001
            if ended.state == "closed" or over:
                return
            check(ended)
            await news.wait()
    finally:
        forget()
