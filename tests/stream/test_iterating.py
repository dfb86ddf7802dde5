"""`async for event in stream`: events from now on, each once, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from support import eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import Unauthorized
from sse_notebook.stream.iterating import Overrun

Open = Callable[..., sse.EventStream]


def publish(backend: Backend, *numbers: int, project: str = "p-1") -> None:
    for number in numbers:
        backend.publish({"event_type": "edit", "n": number, "project_id": project})


async def several(events: AsyncIterator[Any], number: int) -> list[Any]:
    return [await asyncio.wait_for(anext(events), 20) for _ in range(number)]


def numbers(events: list[Any]) -> list[Any]:
    return [event if isinstance(event, Overrun) else event.data["n"] for event in events]


async def begun(stream: sse.EventStream | sse.View) -> tuple[AsyncIterator[Any], asyncio.Future[Any]]:
    """An iterator that waits for its first event."""
    events = aiter(stream)  # type: ignore[arg-type]
    first = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    return events, first


def test_events_from_now_on(backend: Backend, open_stream: Open) -> None:
    """Those that were there before do not come; all later ones do, once, in order."""
    stream = open_stream()
    publish(backend, 1, 2)
    stream.wait_for(2, timeout=20)

    async def read() -> list[Any]:
        events, first = await begun(stream)
        publish(backend, *range(3, 40))
        return [await asyncio.wait_for(first, 20), *await several(events, 36)]

    assert list(range(3, 40)) == numbers(asyncio.run(read()))


def test_now_is_when_it_begins(backend: Backend, open_stream: Open) -> None:
    """What comes between `aiter` and the first `anext` is no more lost than what comes later."""
    stream = open_stream()
    publish(backend, 1)
    stream.wait_for(1, timeout=20)

    async def read() -> list[Any]:
        events = aiter(stream)  # type: ignore[arg-type]
        publish(backend, 2, 3)
        stream.wait_for(3, timeout=20)
        return await several(events, 2)

    assert [2, 3] == numbers(asyncio.run(read()))


def test_a_view_has_its_own(backend: Backend, open_stream: Open) -> None:
    """Of a view come only the events that belong to it."""
    view = open_stream().where(project_id="p-2")

    async def read() -> list[Any]:
        events, first = await begun(view)
        publish(backend, 1)
        publish(backend, 2, project="p-2")
        publish(backend, 3)
        publish(backend, 4, project="p-2")
        return [await asyncio.wait_for(first, 20), *await several(events, 1)]

    assert [2, 4] == numbers(asyncio.run(read()))


def test_many_rows_at_once(backend: Backend, open_stream: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows than are made objects at once come in order too."""
    monkeypatch.setattr("sse_notebook.stream.iterating.PART", 3)
    stream = open_stream()

    async def read() -> list[Any]:
        events, first = await begun(stream)
        stream.store.add_events({"event_type": "edit", "n": n} for n in range(10))
        publish(backend, 10)
        return [await asyncio.wait_for(first, 20), *await several(events, 10)]

    assert list(range(11)) == numbers(asyncio.run(read()))


def test_a_slow_consumer_is_told(backend: Backend, open_stream: Open) -> None:
    """What went before the consumer came to it is one `Overrun`, with the number, in its place."""
    stream = open_stream(max_rows=2)

    async def read() -> list[Any]:
        events, first = await begun(stream)
        publish(backend, 0)
        found = [await asyncio.wait_for(first, 20)]
        publish(backend, *range(1, 6))
        stream.wait_for(6, timeout=20)  # which is slow: nothing else runs on this loop
        return [*found, *await several(events, 3)]

    assert [0, Overrun(3), 4, 5] == numbers(asyncio.run(read()))


class Counting(asyncio.SelectorEventLoop):
    """A loop that counts how often other threads call it."""

    called = 0

    def call_soon_threadsafe(self, *args: Any, **options: Any) -> asyncio.Handle:
        self.called += 1
        return super().call_soon_threadsafe(*args, **options)


def test_a_loop_that_is_held_up(backend: Backend, open_stream: Open) -> None:
    """While a cell holds up the loop it is called once, however much comes; then all of it is there."""
    stream = open_stream()

    async def read() -> list[Any]:
        events, first = await begun(stream)
        for number in range(50):  # each of them a read of its own
            publish(backend, number)
            stream.wait_for(number + 1, timeout=20)
        assert loop.called <= 1
        return [await asyncio.wait_for(first, 20), *await several(events, 49)]

    with asyncio.Runner(loop_factory=Counting) as runner:
        loop: Any = runner.get_loop()
        assert list(range(50)) == numbers(runner.run(read()))


def test_it_ends_with_the_stream(backend: Backend, open_stream: Open) -> None:
    """A closed stream ends the loop, after what came before; one that gave up raises the cause."""
    stream = open_stream()

    async def read(end: Callable[[], Any]) -> list[Any]:
        events, first = await begun(stream)
        publish(backend, 1)
        stream.wait_for(1, timeout=20)
        end()
        return [await asyncio.wait_for(first, 20), *[event async for event in events]]

    assert [1] == numbers(asyncio.run(read(stream.close)))

    stream = open_stream()
    refused = sse.connect(backend.url, token="wrong", name="refused")

    async def fail() -> None:
        async for _ in refused:
            pass

    with pytest.raises(Unauthorized):
        asyncio.run(asyncio.wait_for(fail(), 20))


def test_who_is_cancelled_leaves_nothing(open_stream: Open) -> None:
    """A task that is cancelled while it waits holds nothing of the stream."""
    stream = open_stream()
    watchers = stream._parts.intake.watchers

    async def cancelled() -> None:
        async def read() -> None:
            async for _ in stream:
                pass

        task = asyncio.ensure_future(read())
        await asyncio.sleep(0)
        assert 1 == len(watchers)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert [] == watchers


@pytest.mark.parametrize("told", [False, True])
def test_a_loop_that_is_gone_is_forgotten(backend: Backend, open_stream: Open, told: bool) -> None:
    """A closed event loop harms no stream: it is told no more, even if it was before that."""
    stream = open_stream()
    watchers = stream._parts.intake.watchers
    loop = asyncio.new_event_loop()
    waiting = loop.create_task(anext(aiter(stream)))  # type: ignore[arg-type]
    waiting._log_destroy_pending = False  # type: ignore[attr-defined]  # it is what this is about
    loop.call_soon(loop.stop)
    loop.run_forever()
    (watcher,) = watchers
    if told:
        watcher(True)  # what it is told comes too late for it
    loop.close()
    publish(backend, 1)
    eventually(lambda: watchers == [])
    assert "open" == stream.wait_for(1, timeout=20).connection.state
