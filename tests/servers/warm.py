"""Python programs that start warm: forked from one process that has imported what they import.

The law: each is a process of its own, in which nothing has happened but those imports. What a program would
find out or set up when it starts, it does after the fork: its arguments, its folder, its app.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
from pathlib import Path

IMPORTED = [
    *("uvicorn", "uvicorn.main", "uvicorn.lifespan.on", "uvicorn.loops.auto", "uvicorn.protocols.http.auto"),
    *("uvicorn.protocols.websockets.auto", "hypercorn.__main__", "hypercorn.asyncio"),
    *("sse_starlette", "starlette.applications", "starlette.routing", "fastapi", "fastapi.sse"),
    *("django", "django.core.asgi", "django.core.management", "django.core.management.commands.migrate"),
    *("django.db.backends.sqlite3.base", "django.http", "django.urls"),
]
_mother = multiprocessing.get_context("forkserver")
_mother.set_forkserver_preload(IMPORTED)


class WarmProcess:
    """`python -m module arguments…`, in a process group of its own; as much of a `Popen` as is needed.

    Args:
        command: the module's name, and its arguments.
        folder: where it runs.
        log: the file that gets what it writes.
    """

    def __init__(self, command: list[str], folder: Path, log: Path) -> None:
        self._process = _mother.Process(target=_run, args=(command, str(folder), str(log)))
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """How it ended; None while it has not."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not, after so many seconds.
        """
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return code


def _run(command: list[str], folder: str, log: str) -> None:
    """In the child."""
    os.setsid()
    os.chdir(folder)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for number in (1, 2):
        os.dup2(output, number)
    os.close(output)
    sys.argv = command
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
