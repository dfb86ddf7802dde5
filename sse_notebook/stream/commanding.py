"""Commands that several threads give to one thing: done one after the other.

The law: a command is done whole before the next begins; who may give none at this moment is told, and does
not wait.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

__all__ = ["Commanded", "one_by_one"]


class Commanded:
    """What takes commands.

    Attributes:
        _commanding: a reentrant lock, held for as long as a command takes.
    """

    _commanding: AbstractContextManager[Any]

    def _check_command(self) -> None:
        """Raise if none may be given from here, now."""


C = TypeVar("C", bound=Commanded)
P = ParamSpec("P")
R = TypeVar("R")


def one_by_one(command: Callable[Concatenate[C, P], R]) -> Callable[Concatenate[C, P], R]:
    """Let a method be done whole, before another one of its kind begins on another thread."""

    @wraps(command)
    def alone(self: C, /, *args: P.args, **kwargs: P.kwargs) -> R:
        self._check_command()
        with self._commanding:
            return command(self, *args, **kwargs)

    return alone
