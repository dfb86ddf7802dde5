"""What a page asks of a replay, done: play, pause, step, seek, speed; and what the recording looks like.

The law: the kernel's thread waits for nothing: what takes time is done by a thread that is there only as long
as there is something to do, and of several places that were asked for the last one counts. What goes wrong is
told in words, never raised.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable
from itertools import chain
from typing import Any, Final, Protocol

from sse_notebook.errors import SSENotebookError
from sse_notebook.journal import Cast, open_cast
from sse_notebook.widget.raw import number, whole
from sse_notebook.widget.sketch import sketch_of

__all__ = ["Played", "Playing"]

FASTEST: Final = 1e6  # what a page may ask for, but for infinity
MOST: Final = 1_000_000  # rows that are stepped at once


class Played(Protocol):
    """A replay, as far as its keys go."""

    cast: Cast
    speed: float

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        ...

    @property
    def ended(self) -> bool:
        """Whether it is played to its end."""
        ...

    @property
    def position(self) -> Any:
        """How far it is, as a `timedelta`."""
        ...

    @property
    def started(self) -> Any:
        """When the recording began, as a `datetime`."""
        ...

    def pause(self) -> object:
        """Stand."""
        ...

    def resume(self) -> object:
        """Go on."""
        ...

    def step(self, n: int = 1) -> int:
        """Play so many rows."""
        ...

    def seek(self, t: float) -> object:
        """Go to a second."""
        ...


class Playing:
    """Does what a page asks of a replay.

    Args:
        of: the replay.
        send: how a message goes to the page.
        moved: told when something was done.
    """

    def __init__(
        self, of: Played, send: Callable[[dict[str, Any]], None], moved: Callable[[], object]
    ) -> None:
        self._of = of
        self._send = send
        self._moved = moved
        # Guards what follows: the kernel's thread leaves wishes, the worker takes them.
        self._guard = threading.Lock()
        self._wishes: list[tuple[str, Callable[[], object]]] = []
        self._working = False

    def state(self) -> dict[str, Any]:
        """Where it is.

        Returns:
            `at` (milliseconds since the beginning), `started` (Unix time in milliseconds), `speed` (0: as
            fast as possible), `playing`, `ended`.
        """
        of = self._of
        return {
            "at": of.position.total_seconds() * 1000,
            "started": of.started.timestamp() * 1000,
            "speed": 0 if math.isinf(of.speed) else of.speed,
            "playing": of.playing,
            "ended": of.ended,
        }

    def asked(self, content: Any) -> bool:
        """Answer a message of the page; False: it is none for a replay."""
        wish = content.get("do") if isinstance(content, dict) else None
        if wish == "pause":
            self._stop()
        elif wish == "play":
            self._leave("play", self._of.resume)
        elif wish == "step":
            rows = min(MOST, max(1, whole(content.get("n"))))
            self._leave("step", lambda: self._of.step(rows))
        elif wish == "seek":
            at = number(content.get("at"))
            if at is not None:
                self._leave("seek", lambda: self._of.seek(max(0.0, at / 1000)))
        elif wish == "speed":
            speed = number(content.get("speed"))
            if speed is not None:
                self._leave("speed", lambda: self._set_speed(speed))
        elif wish == "sketch":
            self._leave("sketch", self._draw)
        else:
            return False
        return True

    def _set_speed(self, speed: float) -> None:
        self._of.speed = math.inf if speed <= 0 else min(speed, FASTEST)

    def _draw(self) -> None:
        entries = chain.from_iterable(open_cast(self._of.cast.path).pieces())
        self._send({"sketch": sketch_of(entries)})

    def _stop(self) -> None:
        """Pause, not after what is being played, but now: it ends that. What was to come is not wanted."""

        def pause() -> None:
            self._of.pause()  # it may wait a moment, for a handler
            self._moved()

        with self._guard:
            self._wishes = [each for each in self._wishes if each[0] == "sketch"]
        threading.Thread(target=pause, name="sse-notebook pause", daemon=True).start()

    def _leave(self, name: str, wish: Callable[[], object]) -> None:
        with self._guard:
            self._wishes = [*(each for each in self._wishes if each[0] != name), (name, wish)]
            if self._working:
                return
            self._working = True
        threading.Thread(target=self._work, name="sse-notebook replay keys", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._guard:
                if not self._wishes:
                    self._working = False
                    return
                _, wish = self._wishes.pop(0)
            try:
                wish()
            except (SSENotebookError, OSError) as error:
                self._tell({"refused": str(error)[:200]})
            self._moved()

    def _tell(self, said: dict[str, Any]) -> None:
        with contextlib.suppress(Exception):  # a dead comm is no news to anybody
            self._send(said)
