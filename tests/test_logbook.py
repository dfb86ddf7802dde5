"""What a stream says: to Python's logging, and to its own book; never to standard error."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from types import TracebackType

import pandas as pd
import pytest

from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArgumentError
from sse_notebook.logbook import (
    CONNECTED,
    CONNECTION_ERROR,
    GAVE_UP,
    KEPT,
    OTHER,
    PLACES,
    LogBook,
    LogLine,
)
from sse_notebook.source.request import check_url


def test_the_three_lines_are_literal() -> None:
    """The three lines of the contract are as the contract has them."""
    assert (
        "[SSE] Connected to event stream",
        "[SSE] Connection error",
        "[SSE] Max reconnection attempts reached",
    ) == (CONNECTED, CONNECTION_ERROR, GAVE_UP)


def test_lines_go_to_the_book_and_to_logging(caplog: pytest.LogCaptureFixture) -> None:
    """A line is in the book with time, level and place, and in the logger `sse_notebook` with its level."""
    log = LogBook(clock=VirtualClock(start=1000.0))
    with caplog.at_level(logging.INFO):
        log.info("a", "one")
        log.warning("b", "100% two")
        log.error("c", "three")
    expected = [("INFO", "one"), ("WARNING", "100% two"), ("ERROR", "three")]
    assert expected == [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "sse_notebook"]
    lines = [
        LogLine(1000.0, level, where, text) for where, (level, text) in zip("abc", expected, strict=True)
    ]
    assert lines == log.lines()


def test_secrets_are_masked_before_anybody_sees_the_line(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the book nor logging gets a line before it was redacted."""
    log = LogBook(redact=lambda text: text.replace("canary", "***"))
    log.warning("a", "with canary")
    log.caught("b", ValueError("canary"))
    log.caught("toast template canary", ValueError())
    assert "canary" not in caplog.text + repr(log.lines()) + repr(log.errors)
    assert ["with ***", "ValueError: ***"] == [line.text for line in log.lines()][:2]


def test_an_error_of_many_words() -> None:
    """They are cut, and say so: a part of a secret at their end is masked then."""
    log = LogBook()
    log.caught("mine", ValueError("x" * 3_000))
    assert f"ValueError: {'x' * 1_999}…" == log.lines()[0].text


def test_places_do_not_grow_for_ever() -> None:
    """Some have a name from the wire: so many are told apart, the rest is counted together."""
    counted: list[str] = []
    log = LogBook(counted=counted.append)
    for n in range(2 * PLACES):
        log.caught(f"toast template type-{n}", ValueError())
    assert (PLACES + 1, PLACES) == (len(set(counted)), log.errors[OTHER])


def test_debug_lines_only_for_who_looks(caplog: pytest.LogCaptureFixture) -> None:
    """Debug lines are kept only while debug logging is on: they would push out the rest."""
    log = LogBook()
    log.debug("a", "unseen")
    with caplog.at_level(logging.DEBUG, "sse_notebook"):
        log.debug("a", "seen")
    assert ["seen"] == [line.text for line in log.lines()]


def test_the_newest_thousand(caplog: pytest.LogCaptureFixture) -> None:
    """The book has the newest 1,000 lines, oldest first."""
    log = LogBook()
    for n in range(KEPT + 5):
        log.info("a", str(n))
    assert [str(n) for n in range(5, 1005)] == [line.text for line in log.lines()]


def test_errors_of_the_users_code_have_a_place() -> None:
    """An error is logged with the line that raised it, and counted; not each of many fills the book."""
    counted: list[str] = []
    log = LogBook(counted=counted.append)

    def handler() -> None:
        raise ValueError("no")

    line = handler.__code__.co_firstlineno + 1
    for first_only in (True, True, *[False] * 10):
        try:
            handler()
        except ValueError as error:
            log.caught("mine", error, first_only=first_only)
    text = f"ValueError: no (line {line} of handler)"
    again = f"ValueError: no (for the 10th time) (line {line} of handler)"
    assert ([text, again], {"mine": 12}) == ([each.text for each in log.lines()], log.errors)
    assert ["mine"] * 12 == counted


def test_the_place_of_an_error_is_the_users_own() -> None:
    """A line of the user's is named, not the one of ours that it led to; where all are ours, our file too."""

    def handler(url: str) -> object:
        return check_url(url)

    log = LogBook()
    for call in (handler, check_url):
        try:
            call("nonsense")
        except ArgumentError as error:
            log.caught(repr(call), error.with_traceback(past(error.__traceback__)))
    mine, ours = (line.text for line in log.lines())
    assert mine.endswith(f" (line {handler.__code__.co_firstlineno + 1} of handler)")
    assert re.search(r" \(called in sse_notebook/source/request.py, line \d+\)$", ours)


def test_the_place_of_an_error_is_no_librarys() -> None:
    """Nor the line of a library that the user's led to: of pandas, of Python's own."""
    log, row = LogBook(), pd.Series({"id": "1"})
    calls = [lambda: row["nope"], lambda: json.loads("{")]
    for call in calls:
        try:
            call()
        except (KeyError, ValueError) as error:
            log.caught(repr(call), error.with_traceback(past(error.__traceback__)))
    lines = [call.__code__.co_firstlineno for call in calls]
    assert [f"(line {line} of <lambda>)" for line in lines] == [
        "(line" + each.text.rpartition("(line")[2] for each in log.lines()
    ]


def past(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without this test's own first frame."""
    assert trace is not None
    return trace.tb_next


def test_a_note_is_in_the_book(caplog: pytest.LogCaptureFixture) -> None:
    """What was commanded is always in the book; Python's logging hears it at DEBUG only."""
    log = LogBook()
    with caplog.at_level(logging.INFO, "sse_notebook"):
        log.note("a", "done")
    with caplog.at_level(logging.DEBUG, "sse_notebook"):
        log.note("a", "done again")
    assert ["done", "done again"] == [line.text for line in log.lines()]
    assert ["done again"] == [record.getMessage() for record in caplog.records]


def test_an_error_without_words() -> None:
    """An exception whose message can't be made is logged all the same."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    log = LogBook()
    log.caught("mine", Mute())
    assert ["Mute: (its message can't be shown)"] == [line.text for line in log.lines()]


def test_a_logging_handler_that_raises() -> None:
    """A handler of the user's that raises keeps nobody from going on; the line is in the book."""

    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError("no")

    broken = Broken()
    logging.getLogger("sse_notebook").addHandler(broken)
    try:
        log = LogBook()
        log.warning("a", "one")
    finally:
        logging.getLogger("sse_notebook").removeHandler(broken)
    assert ["one"] == [line.text for line in log.lines()]


def test_nothing_reaches_standard_error_by_itself() -> None:
    """Where nobody has set up logging nothing is printed: it would land in some cell."""
    script = """
import threading
from sse_notebook.logbook import LogBook
def speak():
    log = LogBook()
    for say in (log.debug, log.info, log.warning, log.error):
        say("a", "words")
thread = threading.Thread(target=speak); thread.start(); thread.join()
"""
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert ("", "", 0) == (result.stdout, result.stderr, result.returncode)
