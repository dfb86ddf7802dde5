"""`load`: what was written down, read again: a file is a recording, a folder an archive.

The law: nothing of it is read before somebody asks.
"""

from __future__ import annotations

import os

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Vocabulary
from sse_notebook.store.expand import Expand
from sse_notebook.store.paths import path_of
from sse_notebook.stream import recordings
from sse_notebook.stream.archive import Archive
from sse_notebook.stream.recordings import Recording

__all__ = ["load"]


def load(
    path: str | os.PathLike[str], *, vocabulary: Vocabulary | str | None = None, expand: Expand = None
) -> Recording | Archive:
    """Read what was recorded, or archived.

    Args:
        path: of a recording, `.ssecast` or `.ssecast.gz`; or of an archive, a folder.
        vocabulary: how the messages of a recording are read, as `connect` takes it; None: as they were, if
            that was one by name. The rows of an archive were read already.
        expand: which payload fields are columns, as `connect` takes it; None: as it was.

    Returns:
        A `Recording`, or an `Archive`.

    Raises:
        RecordingError: (a `ValueError`) it is no recording, or one of another version.
        ArgumentError: a wrong argument, or there is no such file.

    Example:
        incident = sse.load("incident.ssecast")
        incident.verify(), incident.df
    """
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(f"load takes the path of a recording or an archive, not {type(path).__name__}")
    path = path_of(path)
    if not path.is_dir():
        return recordings.load(path, vocabulary=vocabulary, expand=expand)
    if vocabulary is not None:
        raise ArgumentError("vocabulary= is for recordings: the rows of an archive were read when they came")
    return Archive(path, expand=expand)
