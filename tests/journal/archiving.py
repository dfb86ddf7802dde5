"""What is killed: a process that archives, and tells which rows it has seen, and when."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection
from pathlib import Path

import sse_notebook as sse
from sse_notebook.journal import archivist

TAIL_ROWS = 40  # so that segments are made all the time


def archive(url: str, token: str, folder: Path, told: Connection, flushed: bool) -> None:
    """Archive what comes, for ever; tell how many rows there are by now, and what the time was before."""
    archivist.TAIL_ROWS = TAIL_ROWS  # type: ignore[misc]  # that is its use here
    stream = sse.connect(url, token=token, journal=folder, writer="w")
    first = stream.store.first_seq
    seen = 0
    while True:
        stream.wait_for(seen + 1)
        at = time.monotonic()
        seen = stream.store.count
        if flushed:
            assert stream.archive.flush()
        told.send((first + seen, at))


def write(folder: Path, writer: str, told: Connection) -> None:
    """Connect to nothing, hold a writer's folder, and say so."""
    sse.connect("http://127.0.0.1:9/none", journal=folder, writer=writer)
    told.send("held")
    told.recv()
