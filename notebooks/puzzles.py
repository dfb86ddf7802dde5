"""Events that somebody misses: what the tour `02_why_was_it_filtered.ipynb` asks about.

The law: every event here is the same each time, and each puzzle has one cause. The server is the bundled
backend, on a free port of this machine; two of the puzzles are its own mistakes, switched on by name.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import sse_notebook as sse
from sse_notebook.backend import Backend

__all__ = ["BUILDS", "Platform", "build"]


def build(number: int, **changed: Any) -> dict[str, Any]:
    """One build of project p-1 that failed, with what differs."""
    return {
        "event_type": "build_failed",
        "id": f"build-{number}",
        "project_id": "p-1",
        "workload_id": f"wl-{number % 3}",
        "status": "Failed",
        "port": str(8080 + number % 2),
        "duration": 10 * number,
        "message": f"exit code {number}",
        **changed,
    }


BUILDS = [build(number) for number in range(1, 7)]


class Platform:
    """A backend of our own, and a stream from it. A context manager; `close()` does as well.

    Args:
        faults: the backend's mistakes, see `sse_notebook.backend.Faults`.
    """

    def __init__(self, **faults: Any) -> None:
        self.backend = Backend(heartbeat=0.5)
        self.backend.start()
        self.backend.faults.update(faults)

    def connect(self, name: str, **settings: Any) -> sse.EventStream:
        """A stream from it, open."""
        token = self.backend.token()
        quick = {"retry_initial": 0.01, "retry_max": 0.05}
        return sse.connect(self.backend.url, token=token, name=name, **quick, **settings).wait_open()

    def send(self, *events: dict[str, Any]) -> None:
        """Publish these."""
        self.backend.publish_all(events)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Meanwhile builds of two projects fail, in turn."""
        done = threading.Event()

        def play() -> None:
            for number in itertools.count(1):
                if done.wait(0.02):
                    return
                self.send(build(number), build(number, project_id="p-2"))

        player = threading.Thread(target=play)
        player.start()
        try:
            yield
        finally:
            done.set()
            player.join()

    def vanish(self, stream: sse.EventStream) -> None:
        """The server is gone, and the stream knows."""
        self.backend.stop()
        while stream.connection.state != "retrying":
            threading.Event().wait(0.01)

    def close(self) -> None:
        """End it."""
        self.backend.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
