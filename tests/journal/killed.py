"""What is killed: a process that records, and tells how many rows are certainly on the disk."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

import sse_notebook as sse


def record(url: str, token: str, path: Path, told: Connection) -> None:
    """Record what comes, for ever; after each flush tell how many events were seen before it."""
    stream = sse.connect(url, token=token, record=path)
    recording = stream.recordings[0]
    seen = 0
    while True:
        stream.wait_for(seen + 1)
        seen = stream.store.count
        assert recording.flush()
        told.send(seen)
