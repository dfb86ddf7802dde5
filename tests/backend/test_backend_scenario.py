"""scenario: a plausible platform, the same for the same seed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from itertools import islice, pairwise
from typing import Any

import pytest

from sse_notebook.backend import Backend, platform
from sse_notebook.backend.scenario import steps

Listen = Callable[..., Any]  # the fixture of conftest.py
TYPES = {
    "workload_status_update",
    "project_status_update",
    "cluster_status_update",
    "build_complete",
    "build_failed",
    "error_report",
}
SEEDS = range(20)


def until(seconds: float, seed: int) -> list[tuple[float, dict[str, Any]]]:
    """The (time, event) pairs of a story up to a moment of its own time."""
    found, now = [], 0.0
    for delay, event in platform(seed, start=0.0):
        now += delay
        if now > seconds:
            return found
        found.append((now, event))
    raise AssertionError("the story ended")


def test_the_same_seed_tells_the_same_story() -> None:
    """Two of a seed are equal event for event; another seed differs."""
    one, two, other = (list(islice(platform(seed, start=0.0), 500)) for seed in (1, 1, 2))
    assert one == two
    assert one != other


@pytest.mark.parametrize("seed", SEEDS)
def test_every_type_within_ten_seconds(seed: int) -> None:
    """Whoever watches for ten seconds has seen each wire type."""
    assert {e["event_type"] for _, e in until(10.0, seed)} == TYPES


@pytest.mark.parametrize("seed", SEEDS)
def test_about_one_event_a_second_with_bursts(seed: int) -> None:
    """Over ten minutes about one event a second comes, and now and then many errors within one."""
    story = until(600.0, seed)
    assert 0.6 < len(story) / 600 < 2.5
    errors = Counter(int(t) for t, e in story if e["event_type"] == "error_report")
    assert 4 <= max(errors.values())
    assert max(b[0] - a[0] for a, b in pairwise(story)) < 5.0


@pytest.mark.parametrize("seed", SEEDS)
def test_events_are_whole(seed: int) -> None:
    """Each event is JSON with the platform's fields, its time never goes back, and its ids fit its type."""
    before = 0.0
    for now, event in until(120.0, seed):
        json.dumps(event, allow_nan=False)
        assert event["timestamp"] == pytest.approx(now, abs=0.001)
        assert before <= event["timestamp"]
        before = event["timestamp"]
        for name in ("cluster_id", "resource_type", "resource_id", "status", "message"):
            assert event[name]
            assert isinstance(event[name], str)
        assert isinstance(event["data"], dict)
        kind = event["event_type"].split("_")[0]
        if kind in {"cluster", "project", "workload", "build"}:
            assert (kind, event[f"{kind}_id"]) == (event["resource_type"], event["resource_id"])


@pytest.mark.parametrize("seed", SEEDS)
def test_what_breaks_is_mended(seed: int) -> None:
    """Every workload that failed, and every project that was degraded, is seen well again later."""
    last: dict[str, str] = {}
    broken: set[str] = set()
    mended: set[str] = set()
    for _, event in until(900.0, seed):
        if event["event_type"] in {"workload_status_update", "project_status_update"}:
            if event["status"] in {"running", "active"} and last.get(event["resource_id"]) in broken:
                mended.add(event["resource_id"])
            if event["status"] in {"failed", "degraded"}:
                broken.add(event["resource_id"])
            elif event["status"] in {"running", "active"} and event["resource_id"] in broken:
                mended.add(event["resource_id"])
    assert broken
    assert len(broken - mended) <= 2  # one incident may be going on at the end


def test_the_backend_plays_it_now(listen: Listen) -> None:
    """A backend with a scenario publishes its events as it goes, at the given speed, with today's times."""
    with Backend(heartbeat=None, scenario="platform", speed=1000, seed=3) as backend:
        events = listen(backend, since="0").data(100)
    payloads = [e.payload for e in events]
    times = [payload.pop("timestamp") for payload in payloads]
    expected = [event for _, event in islice(platform(3), 100)]
    for event in expected:
        del event["timestamp"]
    assert expected == payloads
    assert sorted(times) == times


def test_ones_own_scenario(listen: Listen) -> None:
    """Any (delay, event) pairs can be played, and go on after a restart where they were."""
    mine = [(0.0, {"event_type": "x", "n": n}) for n in range(5)]
    with Backend(heartbeat=None, scenario=mine) as backend:
        assert list(range(5)) == [e.payload["n"] for e in listen(backend, since="0").data(5)]
        backend.stop()
        backend.start()
        resume = listen(backend, since="0").next().payload["resume"]
        assert 5 == resume["replayed"]


def test_a_scenario_that_breaks_is_reported(listen: Listen, caplog: pytest.LogCaptureFixture) -> None:
    """An error in one's own scenario is logged, and the server goes on."""
    with Backend(heartbeat=None, scenario=[(0.0, {"no": "event_type"})]) as backend:
        assert "connected" == listen(backend).next().event
    assert "the scenario ended with an error" in caplog.text
    assert "event_type is missing" in caplog.text


def test_an_unknown_name_is_refused() -> None:
    """A scenario that does not exist raises with the name of the one that does."""
    with pytest.raises(ValueError, match="'platform'"):
        steps("nonsense")
