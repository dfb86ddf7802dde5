"""What commands have in common: how they speak, and how they read numbers.

The law: what a stream sends reaches a terminal only with its control characters made harmless.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from sse_notebook.journal.reading import Problem

__all__ = ["Commands", "harmless", "port", "say", "say_problems", "whole"]

#: Where a command adds itself; argparse has no public name for it.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - see above


def say(words: str) -> None:
    """One line on standard error."""
    print(f"sse-notebook: {harmless(words)}", file=sys.stderr, flush=True)


def say_problems(path: Path, problems: Iterable[Problem]) -> None:
    """What can't be read of a recording, a line for each."""
    for problem in problems:
        say(f"{path}: {f'line {problem.line}: ' if problem.line else ''}{problem.what}")


def harmless(text: str) -> str:
    """Text for a terminal: control, bidi and other unprintable characters shown as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def whole(text: str) -> int:
    """A whole number, as argparse wants it read."""
    if text[:1] == "-" and text[1:].isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is below 0")
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def port(text: str) -> int:
    """A number of a port."""
    number = whole(text)
    if number > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: they end at 65535")
    return number
