"""`View`: the same stream, narrowed; no connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support import eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError, StreamClosed, WaitTimeout

Open = Callable[..., sse.EventStream]


@pytest.fixture
def stream(backend: Backend, open_stream: Open) -> sse.EventStream:
    """A stream with twelve rows: of projects p-0 to p-2, of workloads and builds by turns."""
    stream = open_stream(name="mine")
    backend.publish_all(
        [
            {
                "event_type": "build_failed" if n % 2 else "workload_status_update",
                "project_id": f"p-{n % 3}",
                ("build_id" if n % 2 else "workload_id"): f"r-{n}",
                "n": n,
            }
            for n in range(12)
        ]
    )
    return stream.wait_for(12, timeout=20)


def numbers(view: sse.View) -> list[int]:
    return [event.data["n"] for event in view.events]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"project_id": "p-1"}, [1, 4, 7, 10]),
        ({"project_id": ["p-1", "p-2"]}, [1, 2, 4, 5, 7, 8, 10, 11]),
        ({"resource_type": "build"}, [1, 3, 5, 7, 9, 11]),
        ({"resource_type": "all"}, list(range(12))),
        ({}, list(range(12))),
        ({"project_id": "p-1", "resource_type": "build"}, [1, 7]),
        ({"workload_id": "r-4"}, [4]),
        ({"cluster_id": "c-1"}, []),
    ],
)
def test_the_same_face(stream: sse.EventStream, filters: dict[str, Any], expected: list[int]) -> None:
    """`df`, `events`, `len` and `last_event` are those of the stream that fit; `seq` is the stream's."""
    view = stream.where(**filters)
    assert expected == numbers(view) == view.df.index.tolist()
    assert len(expected) == len(view)
    last = view.last_event
    assert (expected[-1:] or None) == (None if last is None else [last.seq])
    assert stream.df.dtypes.to_dict() == view.df.dtypes.to_dict()


def test_narrowing_further(stream: sse.EventStream) -> None:
    """A view of a view fits both; the first is what it was."""
    first = stream.where(project_id=["p-0", "p-1"])
    second = first.where(resource_type="build").where(project_id="p-1")
    assert ([1, 7], 8) == (numbers(second), len(first))
    assert second.name == (
        "mine where project_id=['p-0', 'p-1'] and resource_type='build' and project_id='p-1'"
    )
    assert repr(second) == f"<View {second.name}: open>"
    assert "mine where all" == stream.where().name


def test_no_connection_of_its_own(backend: Backend, stream: sse.EventStream) -> None:
    """Views ask the server for nothing, and show the stream's own connection."""
    views = [stream.where(project_id=f"p-{n}") for n in range(5)]
    assert (1, 1) == (backend.connections, len(backend.requests))
    assert [(True, stream.connection)] * 5 == [(view.connected, view.connection) for view in views]
    assert {stream.store} == {view.store for view in views}
    stream.disconnect()
    assert ["disconnected"] * 5 == [view.connection.state for view in views]


def test_handlers_of_a_view(backend: Backend, stream: sse.EventStream) -> None:
    """A view's handler gets the view's events only, and can be narrowed by type as well."""
    builds, all_ = list[int](), list[int]()
    view = stream.where(project_id="p-1")
    view.on("build.*", lambda event: builds.append(event.data["n"]))

    @view.on("*")
    def note(event: sse.Event) -> None:
        all_.append(event.data["n"])

    for n, (type_, project) in enumerate([("build_failed", "p-1"), ("x", "p-1"), ("build_failed", "p-2")]):
        backend.publish({"event_type": type_, "project_id": project, "n": n})
    backend.publish({"event_type": "build_failed", "project_id": "p-1", "n": 3})
    eventually(lambda: all_[-1:] == [3])
    assert ([0, 3], [0, 1, 3]) == (builds, all_)


def test_waiting_on_a_view(backend: Backend, stream: sse.EventStream) -> None:
    """A view waits for its own rows and events: kept ones count, others do not."""
    view = stream.where(project_id="p-9")
    with pytest.raises(WaitTimeout, match=r"passed without 1 rows \(0 are in\)"):
        view.wait_for(1, timeout=0.01)
    with pytest.raises(WaitTimeout):
        view.wait_for(lambda event: True, timeout=0.01)
    backend.publish({"event_type": "x", "project_id": "p-9", "n": 99})
    assert view is view.wait_for(1, timeout=20)
    assert 99 == view.wait_for(lambda event: True, timeout=20).data["n"]
    assert 1 == stream.where(project_id="p-1").wait_for(lambda event: True, timeout=0).data["n"]
    stream.close()
    with pytest.raises(StreamClosed):
        view.wait_for(2)


def test_expand_and_display(stream: sse.EventStream) -> None:
    """A view can expand payload fields, and shows itself without a widget."""
    view = stream.where(project_id="p-1")
    assert [1, 4, 7, 10] == view.to_pandas(expand=["n"])["data.n"].tolist()
    data = view._repr_mimebundle_()
    assert {"text/html", "text/plain"} == set(data)
    assert repr(view) == data["text/plain"]


def test_a_frame_of_a_view_is_ones_own(stream: sse.EventStream) -> None:
    """Changing a view's frame changes nothing, and warns of nothing."""
    df = stream.where(project_id="p-1").df
    df["message"] = "mine"
    df.loc[1, "status"] = "mine"
    assert stream.where(project_id="p-1").df["message"].isna().all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"project": "p-1"}, "no such filter: project .*did you mean project_id"),
        ({"project_id": 5}, "project_id is text"),
    ],
)
def test_wrong_filters(stream: sse.EventStream, wrong: dict[str, Any], words: str) -> None:
    """A filter that is none says which there are."""
    for narrow in (stream.where, stream.where().where):
        with pytest.raises(ArgumentError, match=words):
            narrow(**wrong)
