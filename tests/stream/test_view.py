"""`View`: the same stream, narrowed; no connection of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import polars as pl
import pytest
from raw_server import CHUNKED, LAST, RawServer, chunk, hold
from streamed import event, greeting
from support import QUICK, eventually

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
        'mine where project_id in ["p-0", "p-1"] and resource_type == "build" and project_id == "p-1"'
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
    with pytest.raises(WaitTimeout, match=r"passed without 1 row \(0 are in\)"):
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


def test_what_it_has_of_its_stream(backend: Backend, open_stream: Open) -> None:
    """Its connection, log and numbers are the stream's; of what was dropped it has what would fit it."""
    stream = open_stream(project_id="p-1", max_rows=3)
    view = stream.where(type="edit")
    assert view is view.wait_open()
    for n in range(5):
        backend.publish({"event_type": "edit" if n % 2 else "save", "project_id": "p-1", "n": n})
    stream.wait_for(5, timeout=20)
    eventually(lambda: len(stream.dropped) == 2)
    assert [1] == view.dropped["data"].map(lambda text: json.loads(text)["n"]).tolist()
    for part in (stream.where(lambda event: True), stream.since("1h")):
        pd.testing.assert_frame_equal(stream.dropped, part.dropped)
    assert 0 == len(view.between("2h", "1h").dropped)
    pd.testing.assert_frame_equal(stream.log, view.log)
    assert stream.metrics["sse_events_stored_total"] == view.metrics["sse_events_stored_total"] == 5


def test_expand_and_display(stream: sse.EventStream) -> None:
    """A view can expand payload fields, and shows itself without a widget."""
    view = stream.where(project_id="p-1")
    assert [1, 4, 7, 10] == view.to_pandas(expand=["n"])["data.n"].tolist()
    for each in (view, view.since("1h"), stream.store.where(project_id="p-1"), stream.store):
        data = each._repr_mimebundle_()
        assert {"text/html", "text/plain"} == set(data)
        assert repr(each) == data["text/plain"]


def test_a_frame_of_a_view_is_ones_own(stream: sse.EventStream) -> None:
    """Changing a view's frame changes nothing, and warns of nothing."""
    df = stream.where(project_id="p-1").df
    df["message"] = "mine"
    df.loc[1, "status"] = "mine"
    assert stream.where(project_id="p-1").df["message"].isna().all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"project": "p-1"}, "no such field: project .*did you mean project_id"),
        ({"project_id": 5}, "project_id is text"),
    ],
)
def test_wrong_filters(stream: sse.EventStream, wrong: dict[str, Any], words: str) -> None:
    """A filter that is none says which there are."""
    for narrow in (stream.where, stream.where().where):
        with pytest.raises(ArgumentError, match=words):
            narrow(**wrong)


def test_the_newest_of_each_resource(server: RawServer) -> None:
    """Of a stream it is the store's; of a view that of its rows; a window of a stream is the store's, too."""
    sent = b"".join(
        event(n, workload_id=f"wl-{n % 2}", project_id=f"p-{n // 3}", status=str(n)) for n in range(6)
    )
    stream = sse.connect(server.play("/x", [CHUNKED, chunk(sent), hold]), **QUICK).wait_for(6, timeout=20)
    latest = stream.latest_by_resource()
    assert {"wl-0": "4", "wl-1": "5"} == dict(zip(latest["resource_id"], latest["status"], strict=True))
    latest = stream.where(project_id="p-0").latest_by_resource()
    assert {"wl-0": "2", "wl-1": "1"} == dict(zip(latest["resource_id"], latest["status"], strict=True))
    assert 6 == stream.window("1h", by="type").total


@pytest.mark.parametrize(
    ("first", "known"),
    [
        (greeting(complete=True, replayed=0), True),
        (greeting(complete=False, replayed=0), False),
        (b"", False),
    ],
)
def test_counts_and_gaps(server: RawServer, first: bytes, known: bool) -> None:
    """Where a gap touches a stretch its count is `<NA>`, unless the server said that nothing is missing."""
    url = server.play(
        "/x", [CHUNKED, chunk(event(1) + event(2)), LAST], [CHUNKED, chunk(first + event(3)), hold]
    )
    stream = sse.connect(url, **QUICK).wait_for(3, timeout=20)
    eventually(lambda: stream.gaps["end"].notna().tolist() == [True])
    (gap,) = stream.gaps.itertuples()
    opened = stream.timeline.set_index("state").loc["open", "start"].min()  # before it nothing is known
    for readable in (stream, stream.where(), stream.where().since("1min")):
        counts: Any = readable.counts("1ms")
        begins = counts.index
        touched = (begins <= gap.end) & (begins + pd.Timedelta("1ms") > gap.start)
        early = begins < opened.floor("1ms")
        assert ((touched & (not known)) | early).tolist() == counts.isna().tolist()
        assert touched.any()
        expected = stream.df["timestamp"].dt.floor("1ms").value_counts().to_dict()
        assert [number if at in expected else 0 for at, number in counts.dropna().items()] == [
            expected.get(at, 0) for at in counts.dropna().index
        ]
    assert 3 == stream.store.counts("1h").sum()  # the store alone knows of no connection


def test_counts_of_a_gap_that_goes_on(stream: sse.EventStream) -> None:
    """Since a stream was stopped nothing is known: the newest stretch says so, of a view without rows too."""
    assert stream.counts("1h").notna().all()
    stream.disconnect()
    eventually(lambda: len(stream.gaps) == 1)
    for readable in (stream, stream.since("1min"), stream.where(project_id="none").since("1min")):
        counts: Any = readable.counts("1ms", by="type")
        assert counts.iloc[-1].isna().all()
        assert readable.counts("1ms").isna().iloc[-1]


def test_narrowed_to_a_time(stream: sse.EventStream) -> None:
    """`between` and `since` narrow `df`, `events` and handlers alike, and can be narrowed on."""
    times = stream.df["timestamp"]
    middle = times.sort_values().iloc[6]
    before, after = stream.between(None, middle), stream.since(middle)
    assert len(before) + len(after) == 12
    for view, fit in ((before, times < middle), (after, times >= middle)):
        assert times.index[fit].tolist() == view.df.index.tolist() == [e.seq for e in view.events]
        both = view.where(project_id="p-1")
        assert [n for n in numbers(view) if n % 3 == 1] == numbers(both) == both.df.index.tolist()
    assert after.name == f"mine where from {middle.tz_localize(None).isoformat(timespec='microseconds')}Z"
    with pytest.raises(ArgumentError, match="start is a time"):
        stream.since("yesterday")


def test_the_doors_of_a_stream(stream: sse.EventStream) -> None:
    """A stream and its views go out by Arrow as a store does."""
    view = stream.where(project_id="p-1")
    assert [1, 4, 7, 10] == pl.DataFrame(view)["seq"].to_list() == view.to_arrow()["seq"].to_pylist()
    assert stream.df["id"].tolist() == pl.DataFrame(stream)["id"].to_list()
    assert 4 == len((view.to_cloudevents() or "").splitlines()) == len((view.to_csv() or "").splitlines()) - 1
    assert view.head(2).index.tolist() == [1, 4]
    assert view.tail(1).index.tolist() == [10]
