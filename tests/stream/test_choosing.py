"""What `on` is told: what can never be meant is an error, with what to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import sse_notebook as sse
from sse_notebook.clock import SYSTEM
from sse_notebook.errors import ArgumentError, StreamClosed
from sse_notebook.stream.choosing import chosen

Open = Callable[..., sse.EventStream]


@pytest.mark.parametrize("text", ["status == 'Failed'", "data.n>3", "has(id)", "a or b", '"build"', "a,b"])
def test_an_expression_is_no_type(text: str) -> None:
    """No event has such a type: it is said how an expression is given."""
    with pytest.raises(ArgumentError) as caught:
        chosen(text, alone=False, clock=SYSTEM)
    assert f"for an expression: on(sse.where({text!r}))" in str(caught.value)


@pytest.mark.parametrize("text", ["build.*", "build_failed", "*", "com.example/b:v1", "deploy-[ab]?", "é"])
def test_what_can_be_a_type(text: str) -> None:
    """Names and globs are taken as they are."""
    assert text == chosen(text, alone=True, clock=SYSTEM)[0]


def test_nothing_is_no_type() -> None:
    """An empty text neither."""
    with pytest.raises(ArgumentError, match=r"not ''$"):
        chosen("", alone=True, clock=SYSTEM)


def test_a_callable_alone(open_stream: Open) -> None:
    """Without brackets, or without a function: it would register nothing."""
    stream = open_stream()

    def tell(event: sse.Event) -> Any:
        return event

    with pytest.raises(ArgumentError, match=r"on\(tell\) does not say .*@stream.on\(\"\*\"\)"):
        stream.on(tell)
    with pytest.raises(ArgumentError, match=r"on\(print\)"):
        stream.on(print)
    assert tell is stream.on(tell, tell).function


def test_an_async_callable_chooses_nothing(open_stream: Open) -> None:
    """The coroutine that it gives would be true of each event: for `on` and `wait_for` too."""
    stream = open_stream()

    async def wanted(event: sse.Event) -> bool:
        return False

    for ask in (lambda: stream.on(wanted, print), lambda: stream.wait_for(wanted, timeout=0)):
        with pytest.raises(ArgumentError, match="an async function is no filter"):
            ask()


def test_of_a_closed_stream(open_stream: Open) -> None:
    """No event will come: it is said, not taken in silence; of a view too."""
    stream = open_stream()
    view = stream.where("data.n > 3")
    stream.close()
    for each in (stream, view):
        with pytest.raises(StreamClosed, match="connect again"):
            each.on("*", print)
