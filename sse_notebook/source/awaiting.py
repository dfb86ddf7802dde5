"""What an async token callable gives: awaited on a loop of its own, for as long as it is wanted.

The law: it is let go of as soon as nobody wants it any more, so that no command waits for one that does not
answer, and no thread is left behind by it. A callable that is not async can't be: it ends by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Awaiting", "resolved"]


async def resolved(answer: Any) -> Any:
    """What an awaitable gives in the end: an async function may give what another one gave."""
    while inspect.isawaitable(answer):
        answer = await answer
    return answer


class _UnderWay(NamedTuple):
    loop: asyncio.AbstractEventLoop
    wanted: Callable[[], bool]


class Awaiting:
    """All that one source awaits: the token of an attempt, and one that is asked for ahead.

    Example:
        >>> async def token():
        ...     return "t"
        >>> Awaiting().run(token(), lambda: True)
        't'
    """

    def __init__(self) -> None:
        # Several threads change it, and finalizers read it: in one step each.
        self._under_way: dict[asyncio.Task[Any], _UnderWay] = {}

    def run(self, answer: Any, wanted: Callable[[], bool]) -> Any:
        """Wait for an awaitable, on the thread that asks.

        Args:
            answer: the awaitable.
            wanted: whether it still is; looked at here at the beginning, and at each `interrupt`.

        Raises:
            asyncio.CancelledError: it is wanted no more.
        """
        return asyncio.run(self._kept(answer, wanted))

    async def _kept(self, answer: Any, wanted: Callable[[], bool]) -> Any:
        task = asyncio.current_task()
        if task is None:  # `asyncio.run` always makes one
            raise RuntimeError("not in a task")
        self._under_way[task] = _UnderWay(asyncio.get_running_loop(), wanted)
        try:
            if not wanted():  # since before the line above, so that no interrupt has seen it
                task.cancel()
            return await resolved(answer)
        finally:
            self._under_way.pop(task, None)

    def interrupt(self) -> None:
        """Let go of what is wanted no more. From any thread, and from finalizers: it takes no lock."""
        for task, (loop, wanted) in self._under_way.copy().items():
            if not wanted():
                with contextlib.suppress(RuntimeError):  # the loop is closed: it is over
                    loop.call_soon_threadsafe(task.cancel)

    def forget(self) -> None:
        """In a forked child: nobody waits here."""
        self._under_way = {}
