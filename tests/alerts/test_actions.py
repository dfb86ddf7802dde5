"""Buttons that call functions: on which toasts, and what happens when they are pressed."""

from __future__ import annotations

import asyncio
import contextvars
import json
from typing import Any

import pytest

from sse_notebook.alerts.actions import ACKNOWLEDGE, MOST, Actions
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event, Vocabulary
from sse_notebook.wire import ServerSentEvent

found = Vocabulary().read(ServerSentEvent(data=json.dumps({"event_type": "build_failed"})), received_us=1)
assert isinstance(found, Event)
EVENT = found


def test_labels_by_type() -> None:
    """The first few that fit; the same label again takes the place of the earlier, None takes it away."""
    actions = Actions()
    assert () == actions.labels("build.failed", None)
    for n in range(MOST + 1):
        actions.set(f"b{n}", print, "build.*")
    actions.set("all", print)
    assert ("b0", "b1", "b2") == actions.labels("build.failed", None)
    assert ("all",) == actions.labels("error.report", None)
    actions.set("b1", None)
    assert ("b0", "b2", "b3") == actions.labels("build.failed", None)


def test_bad_news_can_be_acknowledged() -> None:
    """By a button that is there by itself, before the user's; one of these by that name takes its place."""
    actions, seen = Actions(), list[Event]()
    assert () == actions.labels("build.failed", None, bad=True)
    assert not actions.run(ACKNOWLEDGE, EVENT)
    actions.acknowledge = seen.append
    for n in range(MOST):
        actions.set(f"b{n}", print, "build.*")
    assert (ACKNOWLEDGE, "b0", "b1", "b2") == actions.labels("build.failed", None, bad=True)
    assert ("b0", "b1", "b2") == actions.labels("build.failed", None)
    assert actions.run(ACKNOWLEDGE, EVENT)
    assert [EVENT] == seen
    actions.set(ACKNOWLEDGE, lambda event: None, "error.*")
    assert ("b0", "b1", "b2") == actions.labels("build.failed", None, bad=True)
    assert actions.run(ACKNOWLEDGE, EVENT)
    assert [EVENT] == seen


def test_pressed_it_runs_where_it_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    """In the context of its cell, with the event; an error is told, and shown there."""
    told: list[Any] = []
    actions = Actions(lambda where, error: told.append((where, type(error))))
    cell = contextvars.ContextVar("cell", default="")
    cell.set("first")
    seen = []
    actions.set("Open", lambda event: seen.append((cell.get(), event.type)))
    actions.set("Fail", lambda event: 1 / 0)
    cell.set("other")
    assert [True, False, False] == [actions.run(label, EVENT) for label in ("Open", "Fail", "nobody")]
    assert [("first", "build.failed")] == seen
    assert [("toast button Fail", ZeroDivisionError)] == told
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_what_would_never_be_awaited(capsys: pytest.CaptureFixture[str]) -> None:
    """A function that gives a coroutine has done nothing, and that is told."""
    told: list[Any] = []
    actions = Actions(lambda where, error: told.append((where, type(error))))
    actions.set("Wait", lambda event: asyncio.sleep(0))
    assert not actions.run("Wait", EVENT)
    assert [("toast button Wait", ArgumentError)] == told
    assert "never be awaited" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("label", "fn", "pattern"),
    [
        ("", print, "*"),
        ("x" * 25, print, "*"),
        (5, print, "*"),
        ("x", 5, "*"),
        ("x", asyncio.sleep, "*"),
        ("x", print, ""),
    ],
)
def test_what_cannot_be_meant_is_refused(label: Any, fn: Any, pattern: str) -> None:
    """A label that can be read, a plain function, a type."""
    with pytest.raises(ArgumentError):
        Actions().set(label, fn, pattern)
