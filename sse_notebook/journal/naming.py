"""The file that a recording is written to: how it may be called, and that no other is touched.

The law: a file that is there stays as it is; `-2`, `-3` … is put before the suffix.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from sse_notebook.errors import RecordingError

__all__ = ["create", "free_path", "suffix_of"]

SUFFIXES: Final = (".ssecast", ".ssecast.gz")


def free_path(path: Path) -> Path:
    """The path, or one with `-2`, `-3` … before the suffix, that no file has."""
    number, free = 1, path
    suffix = suffix_of(path)
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.name[: len(path.name) - len(suffix)]}-{number}{suffix}")
    return free


def suffix_of(path: Path) -> str:
    """The suffix of a name, that of what is compressed with it: `.ssecast.gz`."""
    suffixes = path.suffixes
    return "".join(suffixes[-2:]) if path.suffix == ".gz" and len(suffixes) > 1 else path.suffix


def create(path: Path) -> tuple[Path, int]:
    """A new file that nobody else can read, and where it is.

    Raises:
        RecordingError: it has another suffix, or can't be made there.
    """
    if not path.name.endswith(SUFFIXES):
        raise RecordingError(f"a recording's name ends in {' or '.join(SUFFIXES)}, and not as {path.name!r}")
    while True:
        free = free_path(path)
        try:
            file = os.open(free, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        except FileExistsError:
            continue  # somebody was faster
        except OSError as error:
            raise RecordingError(f"{path} can't be written: {error.strerror}") from None
        return free, file
