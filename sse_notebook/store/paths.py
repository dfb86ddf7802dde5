"""Paths as people write them.

The law: `~` is the home folder, as a shell has it: no folder of that name is ever made.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["path_of"]


def path_of(path: str | os.PathLike[str]) -> Path:
    """What is meant.

    Example:
        >>> path_of("events").as_posix(), path_of("~/events") == Path.home() / "events"
        ('events', True)
    """
    # Not `Path.expanduser`, which fails where nobody has that name.
    return Path(os.path.expanduser(os.fsdecode(os.fspath(path))))  # noqa: PTH111
