"""`sse-notebook record`: a stream to a file, until it is enough."""

from __future__ import annotations

import argparse
import contextlib
import logging
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sse_notebook.cli.request import MORE, Trouble, add_request, headers_of
from sse_notebook.cli.words import Commands, harmless, say, whole
from sse_notebook.errors import SSENotebookError, WaitTimeout
from sse_notebook.events.moments import duration_us
from sse_notebook.source.refusing import REPLAY
from sse_notebook.stream import EventStream, connect
from sse_notebook.words import counted

__all__ = ["add"]

KEPT: Final = 1_000  # rows in memory: the file has them all


def add(commands: Commands) -> None:
    """The command and its arguments."""
    help_ = "Record a stream to a file, until Ctrl-C."
    command = commands.add_parser("record", help=help_, description=help_, epilog=MORE)
    command.set_defaults(run=_record)
    command.add_argument("url")
    command.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="where to: .ssecast or .ssecast.gz"
    )
    command.add_argument(
        "--for", dest="duration", metavar="TIME", help="stop after so long: 10s, 5min, 1h, or seconds"
    )
    command.add_argument("-n", "--number", type=whole, help="stop after so many events")
    command.add_argument("--last-event-id", help="resume after this event")
    add_request(command)


def _seconds(text: str) -> float:
    """What `--for` asks; a number alone is seconds, as the error of `duration_us` says."""
    number = re.fullmatch(r"\d+(\.\d+)?", text) is not None
    return duration_us(float(text) if number else text, "--for") / 1e6


def _record(args: argparse.Namespace) -> int:
    seconds = None if args.duration is None else _seconds(args.duration)
    # Who stops it by a signal wants a whole file all the same.
    signal.signal(signal.SIGTERM, _interrupt)
    with connect(
        args.url,
        platform=args.platform,
        headers=headers_of(args),
        last_event_id=args.last_event_id,
        retry_attempts=None,
        max_rows=KEPT,
        record=args.output,
    ) as stream:
        if not stream.recordings:  # a replay is no stream to be recorded
            raise SSENotebookError(f"nothing is recorded while {REPLAY} is set: unset it")
        recording = stream.recordings[0]
        try:
            _check_token(stream)
            stream.store.observe(Trouble(urlsplit(stream.url).netloc), "connection")
            print(f"Recording {harmless(stream.name)} to {harmless(str(recording.path))}", flush=True)
            with contextlib.suppress(WaitTimeout, KeyboardInterrupt), _warnings():
                stream.wait_for(2**62 if args.number is None else args.number, timeout=seconds)
        except SSENotebookError:
            recording.stop()
            if not stream.store.count:
                recording.path.unlink()  # it has nothing
            raise
        recording.stop()
        states = set(stream.timeline["state"])
    count = recording.heard  # and not what the stream has: that went on while the file was ended
    if recording.error or recording.lost:
        why = recording.error or "not all could be written"
        raise SSENotebookError(
            f"{recording.path}: not complete: it has {len(recording):,} of {count:,} events; {why}"
        )
    print(f"{counted(count, 'event')} recorded", flush=True)
    if not count and "retrying" in states and "open" not in states:
        raise SSENotebookError(f"{stream.name} was never reached; {recording.path} says when it was tried")
    return 0


def _check_token(stream: EventStream) -> None:
    if stream.connection.state == "unauthenticated":
        raise SSENotebookError(f"{stream.url}: {stream.connection.cause}")


class _Warnings(logging.Handler):
    """What went wrong with the file, as soon as it does; of the connection `Trouble` tells."""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if not text.startswith("[SSE]"):
            say(text)


@contextlib.contextmanager
def _warnings() -> Iterator[None]:
    """Meanwhile warnings are told."""
    logger, handler = logging.getLogger("sse_notebook"), _Warnings(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _interrupt(*_signal: object) -> None:
    raise KeyboardInterrupt
