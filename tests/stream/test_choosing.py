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


def rows_of_wl_7(stream: sse.EventStream) -> None:
    """Rows by hand: a workload in a project; a build of it, which is another resource; and a type's name."""
    ids = {"workload_id": "wl-7", "project_id": "p-1"}
    for said in (
        {"type": "workload.running", **ids},
        {"type": "build.failed", "build_id": "b-1", **ids},
        {"type": "deploy", "resource_id": "build.*"},
        {"type": "wl-8", "resource_id": "wl-8"},
        {"type": "deploy", "resource_id": "build_started"},
        {"type": "deploy", "resource_id": "rollout"},
    ):
        stream.store.add_event(said)


@pytest.mark.parametrize(
    ("name", "column", "mute"),
    [
        ("wl-7", "resource_id", "mute(resource='wl-7')"),
        ("b-1", "resource_id", "mute(resource='b-1')"),
        ("p-1", "project_id", "silence(project_id='p-1')"),
    ],
)
def test_an_id_is_no_type(open_stream: Open, name: str, column: str, mute: str) -> None:
    """`on`, `mute` and `silence` say what it is, and how it is written; of a view too."""
    stream = open_stream()
    stream.mute(name)  # nobody knows of it yet
    stream.on(name, print).off()
    stream.unmute()
    rows_of_wl_7(stream)
    view = stream.where("has(id) or not has(id)")
    asks: dict[str, Callable[[], Any]] = {
        f"on(sse.where({column}='{name}'))": lambda: stream.on(name),
        f" on(sse.where({column}='{name}'))": lambda: view.on(name, print),
        f"silence({column}='{name}')": lambda: stream.silence(name),
        mute: lambda: stream.mute(name, duration="1h"),
    }
    for said, ask in asks.items():
        with pytest.raises(ArgumentError) as caught:
            ask()
        assert f"'{name}' is a {column}, and no type: {said.strip()}" == str(caught.value)
    assert 0 == len(stream.silences)


@pytest.mark.parametrize(
    "name", ["wl-8", "build.*", "build_started", "rollout", "*", "workload.running", "other"]
)
def test_what_is_an_id_and_a_type_is_a_type(open_stream: Open, name: str) -> None:
    """A type of a row, of the platform, of a template, a glob that fits one, and what no row has."""
    stream = open_stream()
    rows_of_wl_7(stream)
    stream.toast_template("rollout", title="Rolled out")
    stream.mute(name)
    stream.silence(name)
    assert stream.on(name, print).function is print
    assert 1 == len(stream.silences)


def test_a_mute_of_both_is_refused_alike(open_stream: Open) -> None:
    """The type of a mute is looked at where a resource is given, too; that is never taken for a type."""
    stream = open_stream()
    rows_of_wl_7(stream)
    with pytest.raises(ArgumentError, match="and no type"):
        stream.mute("wl-7", resource="wl-7")
    stream.mute("build.failed", resource="wl-7")
    assert ["wl-7"] == stream.mutes["resource"].tolist()
