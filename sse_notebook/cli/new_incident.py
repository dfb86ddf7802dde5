"""`sse-notebook new-incident`: the notebook that a write-up begins with."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from sse_notebook.cli.words import Commands, harmless, say_problems
from sse_notebook.errors import ArgumentError, SSENotebookError
from sse_notebook.incident.outline import notebook_of
from sse_notebook.stream.recordings import load

__all__ = ["add"]


def add(commands: Commands) -> None:
    """The command and its arguments."""
    help_ = "Make the notebook that the write-up of a recorded incident begins with."
    new = commands.add_parser("new-incident", help=help_, description=help_)
    new.set_defaults(run=_new_incident)
    new.add_argument("recording", type=Path, help="the file: .ssecast, .ssecast.gz")
    new.add_argument("--title", help="what the incident is called (default: the file's name)")
    new.add_argument(
        "-o", "--output", type=Path, help="where the notebook is put (default: beside the recording)"
    )


def _new_incident(args: argparse.Namespace) -> int:
    loaded = load(args.recording)  # or it is told now, not in the notebook, that it is none
    recording = loaded.path
    plain = recording.name.removesuffix(".gz").removesuffix(".ssecast")
    notebook: Path = args.output or recording.with_name(f"{plain}.ipynb")
    if notebook.suffix != ".ipynb":
        raise ArgumentError(f"-o takes the name of a notebook, as {plain}.ipynb, not {notebook.name!r}")
    beside = os.path.relpath(recording, notebook.parent)
    written = notebook_of(args.title or plain, Path(beside).as_posix(), f"{notebook.stem}.html")
    try:
        with notebook.open("x", encoding="utf-8") as file:  # what somebody has written is not replaced
            file.write(written)
    except FileExistsError:
        raise ArgumentError(f"{notebook} is there already; choose another name with -o") from None
    except OSError as error:
        raise SSENotebookError(f"{notebook} can't be written: {error.strerror or error}") from None
    say_problems(args.recording, loaded.problems)
    print(f"Made {harmless(str(notebook))}")
    return 0
