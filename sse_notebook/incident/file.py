"""A write-up as a file.

The law: what is there is replaced as a whole or not at all, and the recording never.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path

from sse_notebook.errors import ArgumentError, RecordingError
from sse_notebook.store.paths import path_of

__all__ = ["write"]


def write(path: str | os.PathLike[str], text: str, recording: Path | None) -> None:
    """Put a text where it belongs.

    Args:
        path: where.
        text: what.
        recording: what it rests on, which is not to be replaced.

    Raises:
        ArgumentError: the path is the recording's.
        RecordingError: it can't be written there.
    """
    wanted = path_of(path)
    try:
        if recording is not None and wanted.exists() and wanted.samefile(recording):
            raise ArgumentError(f"{wanted} is the recording itself; write to another file, as incident.html")
        if wanted.exists() and not wanted.is_file():  # as /dev/stdout
            wanted.write_text(text, encoding="utf-8")
            return
        real = Path(os.path.realpath(wanted))
        part = real.with_name(f".{secrets.token_hex(8)}.part")
        try:
            part.write_text(text, encoding="utf-8")
            if real.exists():
                shutil.copymode(real, part)  # who may read it is not changed
            part.replace(real)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
    except OSError as error:
        raise RecordingError(f"{wanted} can't be written: {error.strerror or error}") from None
