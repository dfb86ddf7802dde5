"""The numbers as a page is told them: they add up, they are bounded, and all of them and the news are one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_server import CHUNKED, RawServer, chunk, hold, reset
from reads import Page, Reads, merged
from support import QUICK, eventually, examples

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.source import ConnectionStatus
from sse_notebook.widget.measuring import GAPS, KEYED, STATES

PARTS = ("stored", "control", "filtered", "duplicate", "invalid")
ALL_AT_MOST = 64_000  # bytes
NEWS_AT_MOST = 2_000


def size(told: dict[str, Any]) -> int:
    return len(json.dumps(told).encode())


reads = st.lists(
    st.tuples(
        st.one_of(st.floats(0, 2), st.floats(0, 400)),
        st.lists(st.sampled_from(["edit", "log", "heartbeat", "connected", "x" * 300]), max_size=9),
    ),
    max_size=25,
)


@examples(60)
@given(reads)
def test_buckets_add_up_over_any_reads(given_reads: list[tuple[float, list[str]]]) -> None:
    """At each look the invariant holds, buckets are what came in their time, and the news and all agree."""
    at = Reads()
    page, came = Page(), []
    page.all(at.measuring.all())
    for step, types in given_reads:
        at.clock.advance(step)
        at.read(types)
        now = at.clock.time()
        stored = sum(name not in ("heartbeat", "connected") for name in types)
        came.append((now, stored, 40 * len(types)))
        page.news(at.measuring.news())
        totals = page.parts["totals"]
        assert totals["received"] == sum(totals[part] for part in PARTS)
        for name, width, number in (("seconds", 1, 300), ("quarters", 15, 240)):
            oldest = int(now) // width * width - (number - 1) * width
            expected = [
                (events, size)
                for moment, events, size in came
                if int(moment) // width * width >= oldest and (events or size)
            ]
            shown = [item for item in page.parts[name].values() if item[0] >= oldest]
            assert sum(events for events, _ in expected) == sum(item[1] for item in shown)
            assert sum(size for _, size in expected) == sum(item[2] for item in shown)
    fresh = merged(at.measuring.all())
    for name, part in fresh.items():
        if name not in KEYED:
            assert part == page.parts[name], name
        else:
            assert part.items() <= page.parts[name].items(), name


def test_it_is_bounded_whatever_happened() -> None:
    """After an hour of storms, a thousand states, long causes, events in each second, all is under 64 kB."""
    at = Reads()
    for _ in range(3_700):
        at.clock.advance(1)
        at.read(["y" * 500, "edit"])
    for n in range(1_200):
        state = ("open", "retrying")[n % 2]
        moment = ConnectionStatus(state=state, since=at.connection.last_byte_at, cause=f"{n} " + "<" * 500)
        at.intake.timeline.moved(moment)
    told = at.measuring.all()
    assert (300, 240) == (len(told["seconds"]), len(told["quarters"]))
    assert STATES >= len(told["states"])
    assert GAPS >= len(told["gaps"])
    assert size(told) < ALL_AT_MOST
    at.clock.advance(0.5)
    at.read(["edit"] * 5_000)
    news = at.measuring.news()
    assert "seconds" in news
    assert size(news) < NEWS_AT_MOST


def test_errors_are_counted_as_they_come() -> None:
    """Also those whose rows are gone before anybody looks, or when the dashboard is opened."""
    at = Reads()
    for number in (400, 300):
        at.read(["edit"] * number)  # each is an error, and 50 rows are kept
    assert [(700, 0, 700)] == [(item[1], item[3], item[4]) for item in at.measuring.all()["seconds"]]
    at.clock.advance(1)
    at.read(["edit"] * 200)
    newest = at.measuring.news()["quarters"][-1]
    assert (900, 0, 900) == (newest[1], newest[3], newest[4])


def test_nothing_new_is_next_to_nothing() -> None:
    """Where nothing came only the moment is told, and the last seconds once more."""
    at = Reads()
    at.read(["edit"])
    at.measuring.all()
    at.clock.advance(20)
    assert {"now", "tempo"} == at.measuring.news().keys()


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as server:
        yield server


def test_it_says_what_the_stream_says(stream: sse.EventStream, backend: Backend) -> None:
    """Totals are those of `metrics`, rows those of `df`, states those of `timeline`."""
    for n in range(20):
        backend.publish({"event_type": ["build_failed", "build_complete"][n % 2], "workload_id": f"w-{n}"})
    stream.wait_for(20, timeout=20)
    told = stream.dashboard()._measuring.all()
    metrics, totals = stream.metrics, told["totals"]
    assert metrics["sse_events_received_total"] == totals["received"] == sum(totals[part] for part in PARTS)
    assert metrics["sse_bytes_received_total"] == totals["bytes"]
    assert (20, 20, 1_000_000) == (totals["stored"], *told["kept"])
    assert [["build.failed", 10], ["build.completed", 10]] == told["types"]
    assert [0, 10, 0, 10] == told["severities"]
    assert ["connecting", "open"] == [state for _, state, _, _ in told["states"]]
    assert told["states"][1][0] == told["began"] == told["status"]["since"]
    assert sum(item[1] for item in told["seconds"]) == 20
    assert told["lag"] is not None


def test_a_view_counts_its_rows(stream: sse.EventStream, backend: Backend) -> None:
    """Rows, their kinds and times are the view's, the rest the stream's; another filter counts anew."""
    for n in range(20):
        backend.publish({"event_type": ["build_failed", "build_complete"][n % 2], "workload_id": f"w-{n}"})
    stream.wait_for(20, timeout=20)
    view = stream.where(severity="error")
    measuring = view.dashboard()._measuring
    told = measuring.all()
    assert (True, 10, [0, 0, 0, 10]) == (told["view"], told["rows"], told["severities"])
    assert (10, 10) == (sum(i[1] for i in told["seconds"]), sum(i[4] for i in told["seconds"]))
    assert (20, 20) == (told["totals"]["stored"], told["kept"][0])
    view.filter = "severity == 'success'"
    news = measuring.news()
    again = news["seconds"]
    assert (True, 10, 0) == (news["anew"], sum(i[1] for i in again), sum(i[4] for i in again))
    assert "anew" not in measuring.news()
    view.dashboard().close()


def test_gaps_and_reconnects(server: RawServer) -> None:
    """A connection breaks and comes again: a gap, a reconnection with its reason, the states between."""
    url = server.play("/", [CHUNKED, chunk(b"data: 1\n\n"), reset], [CHUNKED, chunk(b"data: 2\n\n"), hold])
    with sse.connect(url, platform=False, name="breaks", **QUICK) as stream:
        stream.wait_for(2, timeout=20)
        dashboard = stream.dashboard()
        told = dashboard._measuring.all()
        assert [["broken", 1]] == told["reconnects"]
        ((start, end, reason, _),) = told["gaps"]
        gap = stream.gaps.iloc[0]
        assert (gap["start"].timestamp(), gap["end"].timestamp()) == pytest.approx((start / 1e3, end / 1e3))
        assert gap["reason"] == reason
        assert ["open", "open"] == [state for _, state, _, _ in told["states"] if state == "open"]
        dashboard.close()


def test_a_replay_that_is_sent_back_is_told_anew(tmp_path: Path, backend: Backend) -> None:
    """Its time is the recording's, and stands; sent back to the beginning all its numbers are others."""
    path = tmp_path / "one.ssecast"
    with sse.connect(backend.url, token=backend.token(), name="live") as stream:
        recording = stream.record(path)
        stream.wait_open()
        for n in range(5):
            backend.publish({"event_type": "build_failed", "workload_id": f"w-{n}"})
        stream.wait_for(5, timeout=20)
        recording.stop()
    replay = sse.replay(path)
    replay.pause()
    replay.run_until()
    dashboard = replay.dashboard()
    told = dashboard._measuring.all()
    assert (0.0, True, 5) == (told["tempo"], told["virtual"], told["totals"]["stored"])
    assert replay.connection.last_event_at.timestamp() * 1000 <= told["now"]
    replay.seek(0)
    news = dashboard._measuring.news()
    assert (True, 0, []) == (news.get("anew"), news["totals"]["stored"], news["types"])
    dashboard.close()
    replay.close()


def test_what_comes_meanwhile_is_no_matter(stream: sse.EventStream, backend: Backend) -> None:
    """Looks while events come: the parts of each add up."""
    measuring = stream.dashboard()._measuring
    for n in range(200):
        backend.publish({"event_type": "build_failed", "workload_id": f"w-{n}"})
        told = measuring.all()
        totals = told["totals"]
        assert totals["received"] == sum(totals[part] for part in PARTS)
        assert told["rows"] == sum(told["severities"]) == told["others"][1] + sum(n for _, n in told["types"])
    eventually(lambda: measuring.all()["rows"] == 200)
