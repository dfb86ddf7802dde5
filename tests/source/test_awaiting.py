"""`source.awaiting`: what is awaited is let go of as soon as nobody wants it, however many wait at once."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from itertools import count
from types import FrameType
from typing import Any

from sse_notebook.source import awaiting as module
from sse_notebook.source.awaiting import Awaiting


def test_another_thread_at_any_moment() -> None:
    """Whenever a second one begins to wait while the first comes and goes: it is let go of, too."""
    for step in count():
        both = Awaiting()
        second = Second(both)
        looks = 0

        def look(frame: FrameType, _event: str, _arg: Any, second: Second = second, step: int = step) -> Any:
            nonlocal looks
            if frame.f_code.co_filename != module.__file__:
                return None
            frame.f_trace_opcodes = True
            looks += 1
            if looks == step + 1:
                second.begin()
            return look

        before = sys.gettrace()
        sys.settrace(look)
        try:
            assert "t" == both.run(soon(), lambda: True)
        finally:
            sys.settrace(before)
        if looks <= step:
            break
        assert second.ends(), f"begun at step {step}"
    assert step > 20


async def soon() -> str:
    return "t"


class Second:
    """Waits on a thread of its own for what never comes."""

    def __init__(self, awaiting: Awaiting) -> None:
        self.awaiting = awaiting
        self.wanted = True
        self.waits = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        sys.settrace(None)
        with contextlib.suppress(asyncio.CancelledError):
            self.awaiting.run(self.never(), lambda: self.wanted)

    async def never(self) -> None:
        self.waits.set()
        await asyncio.Event().wait()

    def begin(self) -> None:
        self.thread.start()
        assert self.waits.wait(20)

    def ends(self) -> bool:
        """Whether it does, once nobody wants it."""
        self.wanted = False
        self.awaiting.interrupt()
        self.thread.join(5)
        return not self.thread.is_alive()
