"""`sse-notebook replay`: a recording, printed as it came, or served to any client."""

from __future__ import annotations

import argparse
import contextlib
import math
import threading
from pathlib import Path
from typing import Final

from sse_notebook.cli.tail import as_json, as_line
from sse_notebook.cli.words import Commands, harmless, port, say_problems
from sse_notebook.errors import ArgumentError, WaitTimeout
from sse_notebook.serving import serve
from sse_notebook.stream.replaying import replay

__all__ = ["add"]

PART: Final = 10_000  # events printed at once


def add(commands: Commands) -> None:
    """The command and its arguments."""
    help_ = "Print the events of a recording as they came, or serve it to any client."
    command = commands.add_parser("replay", help=help_, description=help_)
    command.set_defaults(run=_replay)
    command.add_argument("recording", type=Path, help="the file: .ssecast, .ssecast.gz")
    command.add_argument(
        "--speed", type=float, default=1.0, help="how many times as fast as it was (inf: at once; default: 1)"
    )
    command.add_argument("--json", action="store_true", help="one JSON object a line")
    command.add_argument("--serve", action="store_true", help="serve it on this machine, until interrupted")
    command.add_argument("--port", type=port, default=0, help="of --serve (default: a free one)")
    command.add_argument("--faults", action="store_true", help="of --serve: cut where the recording was cut")
    command.add_argument("--chunking", help='of --serve: "split-utf8", "bytes", or how many bytes at once')


def _replay(args: argparse.Namespace) -> int:
    speed = args.speed
    if args.serve:
        return _serve(args, speed)
    if args.faults or args.chunking or args.port:
        raise ArgumentError("--faults, --chunking and --port are for --serve")
    show = as_json if args.json else as_line
    at_once, over, seen, printed = math.isinf(speed), False, -1, 0
    with replay(args.recording, speed, paused=True) as stream:
        if not at_once:
            stream.resume()
        while not over:
            if at_once:
                stream.step(PART)  # no more than are kept
            else:
                with contextlib.suppress(WaitTimeout):  # it has ended
                    stream.wait_for(printed + 1)
            over = stream.ended
            for event in stream.store.scan(after=seen):
                print(show(event), flush=True)
                seen, printed = event.seq, printed + 1
        say_problems(args.recording, stream.cast.problems)
    return 0


def _serve(args: argparse.Namespace, speed: float) -> int:
    chunking = int(args.chunking) if args.chunking and args.chunking.isdecimal() else args.chunking
    serving = serve(args.recording, speed, faults=args.faults, chunking=chunking, port=args.port)
    with serving as url:
        print(f"Serving {harmless(str(args.recording))} on this machine, until Ctrl-C:", flush=True)
        print(url, flush=True)
        threading.Event().wait()
    return 0
