"""`sse-notebook`: what is done from a terminal. The only folder that prints.

The law: a command is a module, with `add`; it returns an exit status (0: done, 1: it did not work, 2: wrong
arguments, 130: interrupted); what goes wrong is one line on standard error, with a filter shown below it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from sse_notebook.cli import demo, doctor, export, new_incident, record, replay, serve, tail
from sse_notebook.cli.words import say
from sse_notebook.errors import ArgumentError, FilterError, SSENotebookError

__all__ = ["main"]

COMMANDS: Final = (serve, demo, tail, record, replay, export, new_incident, doctor)

# How the arguments of `connect`, which its reasons name, are given here.
IN_OUR_WORDS: Final = (
    ("token=…", '--header "Authorization: Bearer …"'),
    ("platform=False", "--no-platform"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: as on the command line, without the program's name; None: from there.

    Returns:
        The exit status.
    """
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except ArgumentError as error:
        return _complain(error, 2)
    except BrokenPipeError:  # `sse-notebook tail … | head`
        sys.stderr.close()  # or the interpreter would complain about the pipe at its end
        return 0
    except (SSENotebookError, OSError, ImportError) as error:
        return _complain(error, 1)
    except KeyboardInterrupt:
        return 130
    return status


def _complain(error: Exception, status: int) -> int:
    words = str(error)
    for theirs, ours in IN_OUR_WORDS:
        words = words.replace(theirs, ours)
    # Of the user's own filter it is shown where it is wrong; what others say stays on one line.
    for line in words.split("\n") if isinstance(error, FilterError) else [words]:
        say(line)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sse-notebook", description="Server-sent events, alive in a notebook."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in COMMANDS:
        command.add(commands)
    return parser
