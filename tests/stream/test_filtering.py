"""Filters wherever a stream takes one: handlers, waits, the four that it was connected with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from raw_server import CHUNKED, RawServer, chunk, hold
from streamed import event, publish
from support import QUICK, eventually, run_all

import sse_notebook as sse
from sse_notebook import where
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError, FilterError, WaitTimeout

Open = Callable[..., sse.EventStream]


def test_handlers_by_a_filter(backend: Backend, open_stream: Open) -> None:
    """A handler is called for what fits a Filter, or a callable, of a view that fits the view too."""
    stream = open_stream()
    found: dict[str, list[int]] = {"filter": [], "callable": [], "view": [], "all": []}

    @stream.on(where("data.n > 2", project_id="p-1"))
    def by_filter(event: sse.Event) -> None:
        found["filter"].append(event.data["n"])

    @stream.on(where(lambda event: event.data["n"] % 2))
    def by_callable(event: sse.Event) -> None:
        found["callable"].append(event.data["n"])

    stream.where(project_id="p-2").on(
        where("data.n < 3"), lambda event: found["view"].append(event.data["n"])
    )
    stream.on("*", lambda event: found["all"].append(event.data["n"]))
    publish(backend, 1, 2, 3, 4, project_id="p-1")
    publish(backend, 1, 5, project_id="p-2")
    eventually(lambda: len(found["all"]) == 6)
    assert {"filter": [3, 4], "callable": [1, 3, 1, 5], "view": [1]} == {
        name: numbers for name, numbers in found.items() if name != "all"
    }


def test_a_cell_that_is_run_again(backend: Backend, open_stream: Open) -> None:
    """A handler takes its own place, by its name; what has no name is told by the filter's canonical text."""
    stream = open_stream()
    seen: list[tuple[str, int]] = []

    def made(word: str) -> Callable[[Any], None]:
        return lambda event: seen.append((word, event.data["n"]))

    stream.on(where("data.n > 0", type="x"), made("old"))
    stream.on(where("data.n > 1"), made("another"))
    stream.on(where('data.n > 0 and type == "x"'), made("new"))  # the first one, written otherwise
    stream.on("x", made("a type"))
    for _ in range(2):
        stream.on(lambda event: event.data["n"] > 1, made("a callable"))
    publish(backend, 1, 2)
    eventually(lambda: len(seen) == 6)
    assert {("another", 2), ("new", 1), ("new", 2), ("a type", 1), ("a type", 2), ("a callable", 2)} == set(
        seen
    )


def test_waiting_for_a_filter(backend: Backend, open_stream: Open) -> None:
    """The first that fits, kept ones included, of a view among its own; the words say what did not come."""
    stream = open_stream()
    publish(backend, 1, 2, 3)
    stream.wait_for(3, timeout=20)
    assert 2 == stream.wait_for(where("data.n > 1"), timeout=0).data["n"]
    assert 3 == stream.where("data.n > 2").wait_for(where("data.n > 1"), timeout=0).data["n"]
    with pytest.raises(
        WaitTimeout, match=r"passed without an event that fits data\.n > 3; the stream is open"
    ):
        stream.wait_for(where("data.n > 3"), timeout=0.01)
    publish(backend, 4)
    assert 4 == stream.wait_for(where("data.n > 3"), timeout=20).data["n"]
    with pytest.raises(ArgumentError, match=r"for an expression: wait_for\(where\('data\.n > 3'\)\)"):
        stream.wait_for("data.n > 3")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"for a type: wait_for\(where\(type='build\.failed'\)\)"):
        stream.wait_for("build.failed")  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "True"),
        ({"resource_type": "all"}, "True"),
        ({"project_id": ["p-1"], "cluster_id": "c"}, 'cluster_id == "c" and project_id == "p-1"'),
        ({"resource_type": ["build", "addon"]}, 'resource_type in ["build", "addon"]'),
    ],
)
def test_the_streams_own_filter(server: RawServer, given: dict[str, Any], said: str) -> None:
    """The four that it was connected with are a filter; every event fits where there are none."""
    stream = sse.connect(server.play("/x", [CHUNKED, hold]), **given, **QUICK)
    assert said == str(stream.filter)
    assert stream.filter == where(said)
    view = stream.where("data.n > 1")
    assert ("data.n > 1", "True") == (str(view.filter), str(stream.store.filter))
    with pytest.raises(AttributeError):
        stream.filter = where()  # type: ignore[misc]  # connect again, or narrow


def test_the_clause_that_refused_first(server: RawServer) -> None:
    """Each event that takes no row is told with the clause that it did not fit first, as filters write it."""
    sent = b"".join(
        [
            event(0, project_id="p-1", cluster_id="c-1", workload_id="w"),
            event(1, project_id="p-1", cluster_id="c-2"),
            event(2, project_id="p-9", cluster_id="c-2"),
            event(3, project_id="p-9", cluster_id="c-1"),
            event(4, cluster_id="c-1"),
            event(5, project_id="p-2", cluster_id="c-1", build_id="b"),
            event(6, project_id="p-2", cluster_id="c-1", workload_id="w"),
        ]
    )
    url = server.play("/x", [CHUNKED, chunk(sent), hold])
    given: dict[str, Any] = {
        "cluster_id": "c-1",
        "project_id": ["p-1", "p-2"],
        "resource_type": "workload",
    }
    stream = sse.connect(url, **given, **QUICK).wait_for(2, timeout=20)
    dropped = stream.dropped
    clauses = dict(zip(dropped["data"].str.extract(r'"n": (\d)')[0], dropped["clause"], strict=True))
    cluster, project, kind = str(stream.filter).split(" and ")
    assert {"1": cluster, "2": cluster, "3": project, "4": project, "5": kind} == clauses
    assert [False] * 5 == [
        where(clause).mask(dropped).iloc[at] for at, clause in enumerate(dropped["clause"])
    ]


def test_any_filter_narrows_a_stream(backend: Backend, open_stream: Open) -> None:
    """An expression, a Filter, a callable, columns; the view is live, and its filter may be replaced."""
    stream = open_stream()
    views = [
        stream.where("data.n > 2"),
        stream.where(where("data.n > 2")),
        stream.where(lambda event: event.data["n"] > 2),
        stream.where("data.n > 2", type="x", severity=["info", "error"]),
    ]
    publish(backend, 1, 2, 3, 4)
    stream.wait_for(4, timeout=20)
    for view in views:
        assert [2, 3] == view.df.index.tolist() == [each.seq for each in view.events]
        assert view.last_event is not None
        assert 3 == view.last_event.seq
        view.filter = "data.n < 2"
        assert ([0], 1) == (view.df.index.tolist(), len(view))
    with pytest.raises(FilterError, match=r"did you mean ==\?(.|\n)*\^|\^(.|\n)*did you mean"):
        stream.where("data.n = 2")
    with pytest.raises(FilterError, match="severity is text"):
        stream.where(severity=5)


def test_changed_live_by_several_at_once(backend: Backend, open_stream: Open) -> None:
    """A hundred times each, while rows come and others read: every reader sees one filter, whole."""
    stream = open_stream()
    view = stream.where("data.n >= 0 and data.n < 10")
    done = threading.Event()

    def change(own: int) -> None:
        for n in range(100):
            view.filter = f"data.n >= {10 * own + n % 10} and data.n < {10 * own + n % 10 + 10}"

    def read() -> None:
        while not done.is_set():
            found = [int(n) for n in view.to_pandas(expand=["n"])["data.n"].unique()]
            assert not found or max(found) - min(found) < 10  # no half of one, and half of another
            assert view.explain().passed >= 0
            assert all(event.data["n"] >= 0 for event in view.events)

    def watch() -> None:
        try:
            run_all(*(lambda own=own: change(own) for own in range(4)))
        finally:
            done.set()

    publish(backend, *range(0, 50, 3))
    run_all(watch, read, read, lambda: publish(backend, *range(50)))
    view.filter = "data.n == 49"
    stream.wait_for(67, timeout=20)
    assert [49] == [event.data["n"] for event in view.events]
