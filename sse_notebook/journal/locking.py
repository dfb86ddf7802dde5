"""One writer for each folder, among all processes of a machine.

The law: the system holds the lock, and gives it back when the process ends, however it ends. No file has to
be removed by hand, and no process is taken for alive because of a number.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path
from typing import Final

from sse_notebook.errors import ArchiveError

__all__ = ["Lock"]

_FAR: Final = 2**30  # a byte that is locked where a lock would keep others from reading


class Lock:
    """A lock that is held from here on, until `release`.

    Args:
        path: of its file, in which it says who holds it.
        whose: the writer's name, for the error.

    Raises:
        ArchiveError: somebody holds it, or there can be none.
    """

    def __init__(self, path: Path, whose: str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            self._hold(path, whose)
        except BaseException:  # of the disk; an interrupt, too, leaves it to the next one
            self.release()
            raise

    def _hold(self, path: Path, whose: str) -> None:
        try:
            _take(self._file)
        except OSError as error:
            if isinstance(error, BlockingIOError | PermissionError):
                raise ArchiveError(
                    f"writer {whose!r} in {path.parent.parent} is at work already: {_holder(path)}; give "
                    "this one a name of its own, as writer='second'"
                ) from None
            raise ArchiveError(f"{path} can't be locked: {error.strerror}") from None
        said = json.dumps({"pid": os.getpid(), "host": platform.node()}).encode()
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, said, 0) if hasattr(os, "pwrite") else os.write(self._file, said)

    def release(self) -> None:
        """Give it back."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)

    def forget(self) -> None:
        """In a forked child: the parent holds it as long as any of the two has the file open."""
        self.release()


def _holder(path: Path) -> str:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        where = "this machine" if said["host"] == platform.node() else said["host"]
        if said["pid"] == os.getpid() and where == "this machine":
            return "another stream of this process has it"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process has it"
    return f"process {said['pid']} on {where} has it"


if sys.platform == "win32":
    import msvcrt

    def _take(file: int) -> None:
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)
else:
    import fcntl

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
