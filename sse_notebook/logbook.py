"""What a stream says: to Python's logging, and to its own book of the newest 1,000 lines.

The law: every word about a stream goes through its `LogBook`, which masks secrets before anybody sees the
line. Nothing here prints. The three lines of the contract are constants, so that no one can misspell them.
"""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sse_notebook.clock import SYSTEM, Clock

__all__ = ["CONNECTED", "CONNECTION_ERROR", "GAVE_UP", "LogBook", "LogLine", "Warner"]

CONNECTED = "[SSE] Connected to event stream"
CONNECTION_ERROR = "[SSE] Connection error"
GAVE_UP = "[SSE] Max reconnection attempts reached"

_LOGGER = logging.getLogger("sse_notebook")
# Where nobody has set up logging, Python prints warnings to standard error: from our thread, into some cell.
_LOGGER.addHandler(logging.NullHandler())
KEPT = 1_000
PLACES = 500  # where errors are counted apart: some are named by a type from the wire
OTHER = "elsewhere"
_OURS = Path(__file__).parent
_STANDARD = Path(logging.__file__).parent.parent  # Python's own library
_INSTALLED = {"site-packages", "dist-packages"}
LONGEST = 2_000  # characters of an error's own words: they may hold a payload


class LogLine(NamedTuple):
    """One line: Unix time in seconds, logging's level name, the part that spoke, the text."""

    time: float
    level: str
    where: str
    text: str


class LogBook:
    """The log of one stream.

    Args:
        redact: masks secrets in a text.
        clock: what the time is.
        counted: told of each error of the user's own code, by where it was: for the metrics.

    Attributes:
        redact: as above.
        errors: how many errors of the user's own code (handlers, observers, vocabulary) were caught, by name.
    """

    def __init__(
        self,
        redact: Callable[[str], str] = str,
        clock: Clock = SYSTEM,
        counted: Callable[[str], object] = str,
    ) -> None:
        self.redact = redact
        self._clock = clock
        self._counted = counted
        self._lines: deque[LogLine] = deque(maxlen=KEPT)  # appending is atomic: no lock
        self.errors: dict[str, int] = {}

    @property
    def debugs(self) -> bool:
        """Whether anybody looks at what `debug` is told."""
        return _LOGGER.isEnabledFor(logging.DEBUG)

    def debug(self, where: str, text: str) -> None:
        """Only for whoever looks: kept only while debug logging is on, or it would push out the rest."""
        if self.debugs:
            self._write(logging.DEBUG, where, text)

    def note(self, where: str, text: str) -> None:
        """What was commanded, and what follows: always in the book; to Python's logging it is DEBUG."""
        self._write(logging.DEBUG, where, text)

    def info(self, where: str, text: str) -> None:
        """Something went as it should."""
        self._write(logging.INFO, where, text)

    def warning(self, where: str, text: str) -> None:
        """Something went wrong that is being dealt with."""
        self._write(logging.WARNING, where, text)

    def error(self, where: str, text: str) -> None:
        """Something went wrong for good."""
        self._write(logging.ERROR, where, text)

    def caught(self, where: str, error: BaseException, *, first_only: bool = False) -> None:
        """An error of the user's own code: counted, and logged with its place, not its stack.

        Args:
            where: which handler, observer or callable.
            error: what it raised.
            first_only: log only the first one of `where`; count them all. Without it the 1st, 10th, 100th …
                is logged: a handler that always fails must not push the rest out of the book.
        """
        where = self.redact(where)
        if where not in self.errors and len(self.errors) >= PLACES:
            where = OTHER
        # `get` then set: two threads may lose a count between them, never a line.
        self.errors[where] = seen = self.errors.get(where, 0) + 1
        self._counted(where)
        if seen > 1 and (first_only or str(seen).strip("0") != "1"):
            return
        line = "" if seen == 1 else f" (for the {seen}th time)"
        line += _place(error)
        self.error(where, f"{type(error).__name__}: {_words(error)}{line}")

    def lines(self) -> list[LogLine]:
        """The newest lines, oldest first."""
        return list(self._lines)

    def _write(self, level: int, where: str, text: str) -> None:
        where, text = self.redact(where), self.redact(text)
        self._lines.append(LogLine(self._clock.time(), logging.getLevelName(level), where, text))
        with contextlib.suppress(Exception):  # a logging handler is the user's code: the stream goes on
            _LOGGER.log(level, "%s", text)


class Warner:
    """Errors of the user's own code where there is no stream that keeps a log: warnings of Python's logging.

    The first of each place and kind is told. What follows is the same again.
    """

    def __init__(self) -> None:
        self._told: set[tuple[str, type, str]] = set()

    def caught(self, where: str, error: BaseException) -> None:
        """Log it, if it is the first.

        Args:
            where: which observer or callable.
            error: what it raised.
        """
        place = _place(error)
        key = (where, type(error), place)
        if key in self._told or len(self._told) >= KEPT:
            return
        self._told.add(key)
        with contextlib.suppress(Exception):  # a logging handler is the user's code
            _LOGGER.warning("[SSE] Error in %s: %s: %s%s", where, type(error).__name__, _words(error), place)


def _place(error: BaseException) -> str:
    """Where it happened: the innermost line that is neither ours nor a library's, for it is the user's code.

    Where all lines are ours or a library's, the innermost that is not ours. Where all are ours (a handler
    with the wrong arguments, a bug), our file is named with the line.
    """
    ours = library = users = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        file = Path(code.co_filename)
        place = f" (line {line} of {code.co_name})"
        if file.is_relative_to(_OURS):
            ours = f" (called in {file.relative_to(_OURS.parent).as_posix()}, line {line})"
        elif file.is_relative_to(_STANDARD) or not _INSTALLED.isdisjoint(file.parts):
            library = place
        else:
            users = place
    return users or library or ours


def _words(error: BaseException) -> str:
    try:
        said = str(error)
        return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
    except Exception:  # noqa: BLE001 - the user's own error; that it has no words is no reason to fail
        return "(its message can't be shown)"
