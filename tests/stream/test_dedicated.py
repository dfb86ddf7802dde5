"""Views on connections of their own, and filters that are changed while they run."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest
from support import client_threads, eventually, run_all

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError, FilterError, StreamClosed

Open = Callable[..., sse.EventStream]


def asked(backend: Backend) -> list[dict[str, str]]:
    """What each request asked the server for."""
    return [
        {name: value for name, value in request.query.items() if name != "token"}
        for request in backend.requests
    ]


def publish(backend: Backend, *ns: int, **fields: Any) -> None:
    backend.publish_all([{"event_type": "build_failed", "n": n, **fields} for n in ns])


def numbers(view: sse.View) -> list[int]:
    return [int(each) for each in view.to_pandas(expand=["n"])["data.n"]]


def test_the_server_is_asked_for_what_it_can_check(backend: Backend, open_stream: Open) -> None:
    """Its connection asks for the server's part, with the stream's credentials; the rest is checked here."""
    stream = open_stream(cluster_id="c-1")
    view = stream.where('project_id == "p-1" and data.n > 3', dedicated=True).wait_open()
    assert asked(backend)[1:] == [{"cluster_id": "c-1", "project_id": "p-1"}]
    assert {"project_id": "p-1"} == view.asked
    assert 2 == backend.connections
    publish(backend, 2, 4, 6, project_id="p-1", cluster_id="c-1")
    publish(backend, 5, project_id="p-2", cluster_id="c-1")
    publish(backend, 7, project_id="p-1", cluster_id="c-2")
    publish(backend, 8, project_id="p-1", cluster_id="c-1")
    view.wait_for(3, timeout=20)
    assert [4, 6, 8] == numbers(view) == [event.data["n"] for event in view.events]
    assert 8 == view.last_event.data["n"] if view.last_event else None
    assert [2, 4, 6, 8] == [event.data["n"] for event in view.store.events]  # what the server let through
    assert stream.wait_for(5, timeout=20).store is not view.store
    assert repr(view).endswith(": open, on a connection of its own>")


def test_of_a_view(backend: Backend, open_stream: Open) -> None:
    """Of a view of a view all that these ask is asked, their times too; views of it share its connection."""
    stream = open_stream()
    parent = stream.where(project_id="p-1").since("1h").where("data.n > 1")
    view = parent.where(type="build.failed", dedicated=True).wait_open()
    assert "p-1" == asked(backend)[-1]["project_id"]
    assert {"project_id", "event_types"} == set(asked(backend)[-1])
    assert 'project_id == "p-1" and data.n > 1 and type == "build.failed"' == str(view.filter)
    publish(backend, 1, 2, 3, project_id="p-1")
    publish(backend, 4, project_id="p-1", timestamp="2020-01-01T00:00:00Z")
    publish(backend, 5, project_id="p-1")
    further = view.where("data.n != 3")
    further.wait_for(lambda event: event.data["n"] == 5, timeout=20)
    assert ([2, 3, 5], [2, 5]) == (numbers(view), numbers(further))
    assert 2 == backend.connections


def test_a_change_asks_the_server_once(backend: Backend, open_stream: Open) -> None:
    """However often the filter is changed in a burst, by several at once too: one new connection."""
    stream = open_stream()
    view = stream.where(project_id="p-0", dedicated=True).wait_open()

    def change(own: int) -> None:
        for n in range(20):
            view.filter = sse.where(project_id=f"p-{own}-{n}")

    run_all(*(lambda own=own: change(own) for own in range(3)))
    view.filter = 'project_id == "p-1" and data.n > 2'
    eventually(lambda: len(backend.requests) > 2)
    view.wait_open()
    publish(backend, 2, 3, project_id="p-1")
    publish(backend, 4, project_id="p-0")
    publish(backend, 5, project_id="p-1")
    view.wait_for(2, timeout=20)
    assert [3, 5] == numbers(view)
    assert [{}, {"project_id": "p-0"}, {"project_id": "p-1"}] == [
        {name: value for name, value in query.items() if name == "project_id"} for query in asked(backend)
    ]


def test_the_same_question_needs_no_connection(backend: Backend, open_stream: Open) -> None:
    """Where the server's part stays what it is, a change of the filter is one of what is shown."""
    stream = open_stream()
    view = stream.where("data.n > 1", project_id="p-1", dedicated=True).wait_open()
    publish(backend, 1, 2, 3, project_id="p-1")
    view.wait_for(2, timeout=20)
    opened = backend.connections_total
    view.filter = sse.where('project_id == "p-1" and data.n < 3')
    assert [1, 2] == numbers(view)
    with pytest.raises(FilterError, match=r"\^"):
        view.filter = "project_id = 'p-2'"
    assert 'project_id == "p-1" and data.n < 3' == str(view.filter)
    publish(backend, 0, project_id="p-1")
    view.wait_for(3, timeout=20)
    assert (opened, {"project_id": "p-1"}) == (backend.connections_total, view.asked)


def test_back_to_what_it_was_needs_no_connection(backend: Backend, open_stream: Open) -> None:
    """Away and back, however often: the connection that is up goes on, and nothing is missed."""
    stream = open_stream()
    view = stream.where(project_id="p-1", dedicated=True).wait_open()
    since = view.connection.since
    for _ in range(20):
        view.filter = sse.where(project_id="p-2")
        assert {"project_id": "p-2"} == view.asked
        view.filter = sse.where(project_id="p-1")
    view._server.settle()
    publish(backend, 1, project_id="p-1")
    view.wait_for(1, timeout=20)
    assert (since, [1], 0) == (view.connection.since, numbers(view), len(view.gaps))
    assert [{}, {"project_id": "p-1"}] == [
        {name: value for name, value in query.items() if name == "project_id"} for query in asked(backend)
    ]
    assert {"project_id": "p-1"} == view.asked


def test_what_is_set_before_it_closes_is_not_asked(backend: Backend, open_stream: Open) -> None:
    """Neither is a server asked by a view that is closed, nor does a thread wait for it."""
    stream = open_stream()
    view = stream.where(project_id="p-1", dedicated=True).wait_open()
    view.filter = sse.where(project_id="p-2")
    view.close()
    view._server.settle()
    view.filter = sse.where(project_id="p-3")
    eventually(lambda: not any("asking" in name for name in client_threads()))
    assert 2 == len(backend.requests)


def test_it_ends_with_close(backend: Backend, open_stream: Open) -> None:
    """What was kept stays readable; the stream goes on, and so do its settings."""
    stream = open_stream()
    view = stream.where(project_id="p-1", dedicated=True).wait_open()
    publish(backend, 1, project_id="p-1")
    view.wait_for(1, timeout=20)
    view.close()
    view.close()
    assert ("closed", [1], True) == (view.connection.state, numbers(view), stream.connected)
    eventually(lambda: backend.connections == 1)
    stream.login(backend.token())  # which the closed one does not mind
    with pytest.raises(StreamClosed):
        view.wait_for(2)


def test_it_ends_with_its_stream(backend: Backend, open_stream: Open) -> None:
    """And with `close_all`; a closed stream opens none."""
    stream = open_stream()
    views = [stream.where(project_id=f"p-{n}", dedicated=True).wait_open() for n in range(3)]
    assert [stream] == sse.streams()
    stream.close()
    assert ["closed"] * 3 == [view.connection.state for view in views]
    eventually(lambda: client_threads() == [])
    with pytest.raises(StreamClosed):
        stream.where(dedicated=True)
    eventually(lambda: client_threads() == [])


def test_it_ends_when_nobody_holds_it(backend: Backend, open_stream: Open) -> None:
    """A view that is dropped leaves neither thread nor connection behind; one that has a handler stays."""
    stream = open_stream()
    view: Any = stream.where(project_id="p-1", dedicated=True).wait_open()
    further = view.where("data.n > 1")
    del view
    gc.collect()
    assert 2 == backend.connections
    del further
    gc.collect()
    eventually(lambda: backend.connections == 1)
    eventually(lambda: len(client_threads()) == 1)
    seen: list[int] = []
    came = threading.Event()

    def note(event: sse.Event) -> None:
        seen.append(event.data["n"])
        came.set()

    handle = stream.where("data.n > 1", project_id="p-1", dedicated=True).wait_open().on("*", note)
    gc.collect()
    publish(backend, 1, 2, project_id="p-1")
    assert came.wait(20)
    handle.off()
    assert [2] == seen
    gc.collect()
    eventually(lambda: backend.connections == 1)


def test_credentials_and_settings_are_the_streams(backend: Backend, open_stream: Open) -> None:
    """A token that the stream gets is the view's; what is set by connecting again is set for it, too."""
    stream = open_stream(name="s")
    view = stream.where(project_id="p-1", dedicated=True).wait_open()
    stream.logout()
    assert "unauthenticated" == view.connection.state
    stream.login(backend.token())
    view.wait_open()
    again = open_stream(name="s", max_rows=7, expand=["n"])
    assert again is stream
    assert 7 == view.store.max_rows
    publish(backend, 1, project_id="p-1")
    view.wait_for(1, timeout=20)
    assert [1] == view.df["data.n"].tolist()


def test_wrong_arguments(open_stream: Open, backend: Backend) -> None:
    """What is wrong says so before anything is opened."""
    stream = open_stream()
    with pytest.raises(ArgumentError, match="dedicated is True or False"):
        stream.where(dedicated="yes")  # type: ignore[call-overload]
    with pytest.raises(FilterError, match="did you mean"):
        stream.where("projectid == 'p'", dedicated=True)
    with pytest.raises(FilterError, match="no such field: dedicated"):
        stream.store.where(dedicated=True)
    assert 1 == len(backend.requests)


def test_explained_though_nothing_came(backend: Backend, open_stream: Open) -> None:
    """The stream that it was made of has the events that tell what was meant; that it is asked is said."""
    stream = open_stream()
    view = stream.where(project_id="p1", dedicated=True).wait_open()
    asked = 'the server was asked for `project_id == "p1"`'
    assert asked in view.explain().suggestions[0]
    publish(backend, 1, 2, project_id="p-1")
    stream.wait_for(2, timeout=20)
    for each in (view, view.where("data.n > 1"), view.where("data.n > 0").where("data.n > 1")):
        found = each.explain()
        assert 'no event has project_id "p1"; did you mean "p-1" (2 events)?' == found.suggestions[0]
        assert asked in found.notes[0]
