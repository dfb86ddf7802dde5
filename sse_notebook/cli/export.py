"""`sse-notebook export`: a recording in another format."""

from __future__ import annotations

import argparse
from pathlib import Path

from sse_notebook.cli.words import Commands, harmless, say_problems
from sse_notebook.stream.recordings import load
from sse_notebook.words import counted

__all__ = ["add"]


def add(commands: Commands) -> None:
    """The command and its arguments."""
    help_ = "Write a recording, or a part of it, in another format."
    command = commands.add_parser("export", help=help_, description=help_)
    command.set_defaults(run=_export)
    command.add_argument("recording", type=Path, help="the file: .ssecast, .ssecast.gz")
    command.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="where to: .parquet, .csv, .json and .jsonl (CloudEvents), .sse, .ssecast, .ssecast.gz",
    )
    command.add_argument(
        "--where", metavar="FILTER", help="only the events that fit, as \"type == 'build.*'\""
    )


def _export(args: argparse.Namespace) -> int:
    recording = load(args.recording)
    rows = recording.where(args.where) if args.where else recording
    path = rows.save(args.output)
    say_problems(args.recording, recording.problems)
    number = len(rows)
    print(f"{counted(number, 'event')} written to {harmless(str(path))}", flush=True)
    return 0
