"""A foreign server as a child process: start it, wait until it answers, stop it, kill it, start it again.

The law: loopback only, one port for life, everything it writes in a throw-away folder, its own process group,
so that nothing of it outlives its context. A server that does not come up raises with the end of its log.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from servers.warm import WarmProcess

PATIENCE = 30.0  # seconds for a server to come up or to go; a busy machine needs several
_PAUSE = 0.02  # seconds between two looks at a process that can tell us nothing


class MissingProgramError(RuntimeError):
    """A program that a test needs is not installed: the message is the one line that says what to install."""


def find_program(name: str, remedy: str) -> str:
    """The path of a program: beside this Python (a virtualenv's), or on the PATH.

    Raises:
        MissingProgramError: it is at neither place.
    """
    beside = Path(sys.executable).parent / name
    # Debian keeps servers where an ordinary user's PATH does not look.
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
    found = str(beside) if beside.exists() else shutil.which(name, path=path)
    if found is None:
        raise MissingProgramError(f"{name} is not installed: {remedy}")
    return found


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """What nchan and PocketBase have in common. A subclass says what to run in `command`.

    Attributes:
        port: kept over restarts.
        folder: where it may write; gone when the context ends.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path()
        self._process: subprocess.Popen[bytes] | WarmProcess | None = None

    def command(self) -> list[str]:
        """What to run."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Writes what it needs into `folder`, before its first start."""

    def settle(self) -> None:
        """Does what must be done once it answers for the first time."""

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix=f"{type(self).__name__.lower()}-"))
        try:
            self.prepare()
            self.start()
            self.settle()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()  # at once: what a polite end is like, tests of `stop` see
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Starts it and returns when it accepts connections; does nothing when it runs."""
        if self._process is not None:
            return
        command = self.command()
        if command[:2] == [sys.executable, "-m"]:
            self._process = WarmProcess(command[2:], self.folder, self.folder / "output.log")
        else:
            with (self.folder / "output.log").open("ab") as log:
                self._process = subprocess.Popen(
                    command,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # a process group of its own, to be killed as one
                )
        self._wait(self._accepts, "does not accept connections")

    def stop(self) -> None:
        """Asks it to end, and returns when it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends all its processes at once, with SIGKILL, and returns when its port is closed."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Kills it and starts it again, on the same port and with the same folder."""
        self.kill()
        self.start()

    def log(self) -> str:
        """What it wrote."""
        return "\n".join(f.read_text(errors="replace") for f in sorted(self.folder.glob("*.log")))

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for attempt in (number, signal.SIGKILL):
            try:
                os.killpg(process.pid, attempt)
                process.wait(PATIENCE / 2)
                break
            except ProcessLookupError:
                process.wait()
                break
            except subprocess.TimeoutExpired:
                continue
        # Its children are not ours to wait for; when the port is closed, they are gone.
        self._wait(lambda: not self._accepts(), "still accepts connections")

    def _accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _wait(self, reached: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not reached():
            died = self._process is not None and self._process.poll() is not None
            if died or time.monotonic() > deadline:
                why = "has ended" if died else what
                raise RuntimeError(f"{type(self).__name__} {why}:\n{self.log()[-2000:]}")
            threading.Event().wait(_PAUSE)  # a foreign process has nothing to tell us when it is ready
