"""Two replays are equal, and equal to what was live: rows, gaps, toasts, numbers, answers after the fact."""

from __future__ import annotations

import json
import logging
import math
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from chaos.server import ChaosServer
from replay.casts import build, write
from support import QUICK, client_threads, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend

# What depends on when it is asked, and not on what came.
OF_NOW = frozenset({"sse_last_event_age_seconds", "sse_event_lag_seconds"})


@pytest.fixture(autouse=True)
def nothing_remains() -> Iterator[None]:
    yield
    sse.close_all()
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")


def but_for_origin(df: pd.DataFrame) -> pd.DataFrame:
    return df.drop(columns="origin")


def counted(stream: sse.EventStream) -> dict[str, float]:
    return {name: number for name, number in stream.metrics.items() if name not in OF_NOW}


def toast_log(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the toasts said, and why not; the list begins anew."""
    said = [record.getMessage() for record in caplog.records if "[EventToast]" in record.getMessage()]
    caplog.clear()
    return said


# -- as it was live ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seed", [22, 17, 5, *(pytest.param(n, marks=pytest.mark.long) for n in range(40, 60))]
)
def test_a_run_through_chaos_is_replayed_as_it_was(seed: int, tmp_path: Path) -> None:
    """Rows, gaps, dropped events, states and numbers: all as they were, but for the origin."""
    path = tmp_path / "chaos.ssecast"
    says = seed % 2 == 0
    with ChaosServer(seed, 1_500, 25, says=says, without=("no head",)) as server:
        live = sse.connect(
            server.url, token=server.tokens, auth="query", idle_timeout=0.25, record=path, **QUICK
        )
        live.mark("begin")
        last = server.log[-1].id
        live.wait_for(lambda event: event.id == last, timeout=100)
        live.disconnect()
    rows, gaps, dropped, numbers = live.df, live.gaps, live.dropped, counted(live)
    states = live.timeline[["start", "state", "attempt", "cause"]]
    funnel = live.funnel()
    live.close()
    again = sse.replay(path, math.inf)
    assert {"replayed"} == set(again.df["origin"])
    pd.testing.assert_frame_equal(but_for_origin(rows), but_for_origin(again.df))
    pd.testing.assert_frame_equal(gaps, again.gaps)
    pd.testing.assert_frame_equal(but_for_origin(dropped), but_for_origin(again.dropped))
    assert numbers == counted(again)
    pd.testing.assert_frame_equal(funnel, again.funnel())
    # The last two are of whoever closed it, and of whoever replays it.
    pd.testing.assert_frame_equal(
        states, again.timeline[["start", "state", "attempt", "cause"]].iloc[: len(states)]
    )
    assert ["begin"] == [note.body["text"] for note in again.notes]


def test_toasts_and_answers_are_as_they_were(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The platform's scenario: the same toasts in order, and `explain`, `why`, `funnel` say the same."""
    caplog.set_level(logging.DEBUG, "sse_notebook")
    path = tmp_path / "live.ssecast"
    with Backend(scenario="platform", speed=200) as backend:
        live = sse.connect(
            backend.url,
            token=backend.token(),
            project_id=["p-search", "p-web"],
            record=path,
            max_dropped=50,
        )
        live.wait_for(150, timeout=60)
        live.disconnect()
    toasts = toast_log(caplog)
    live.close()
    rows, gone = live.df, live.dropped
    again = sse.replay(path, math.inf, max_dropped=50)
    assert [text for text in toasts if "Connected" in text or "build" in text]
    assert toasts == toast_log(caplog)
    pd.testing.assert_frame_equal(but_for_origin(rows), but_for_origin(again.df))
    pd.testing.assert_frame_equal(but_for_origin(gone), but_for_origin(again.dropped))
    assert counted(live) == counted(again)
    asked = 'type == "build.*" and data.duration > 30'
    one, two = live.explain(asked), again.explain(asked)
    pd.testing.assert_frame_equal(one.clauses, two.clauses)
    pd.testing.assert_frame_equal(one.near_misses, two.near_misses)
    assert one.suggestions == two.suggestions
    for key in (0, 7, rows["id"].iloc[3], rows["resource_id"].dropna().iloc[0]):
        then, now = live.why(key), again.why(key)
        assert list(then["outcome"]) == list(now["outcome"])
    pd.testing.assert_frame_equal(live.funnel(), again.funnel())
    lag = live.metrics["sse_event_lag_seconds"]
    assert lag == again.metrics["sse_event_lag_seconds"] or (math.isnan(lag))


# -- two replays -------------------------------------------------------------------------------------------

REPLAY = """
import hashlib, json, logging, math, sys
import sse_notebook as sse
from sse_notebook.stream.replaying import replay

said = []
class Keep(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())
logger = logging.getLogger("sse_notebook")
logger.addHandler(Keep())
logger.setLevel(logging.DEBUG)
stream = replay(sys.argv[1], float(sys.argv[2]))
while not (stream.ended and stream.connection.state == "disconnected"):
    try:
        stream.wait_for(10**9, timeout=0.05)
    except TimeoutError:
        pass
stream.pause()
told = {
    "df": stream.df.to_csv(date_format="%Y-%m-%dT%H:%M:%S.%f"),
    "gaps": stream.gaps.to_csv(date_format="%Y-%m-%dT%H:%M:%S.%f"),
    "dropped": stream.dropped.to_csv(date_format="%Y-%m-%dT%H:%M:%S.%f"),
    "timeline": stream.timeline.to_csv(date_format="%Y-%m-%dT%H:%M:%S.%f"),
    "toasts": [text for text in said if "[EventToast]" in text],
    "board": [(t.title, t.text, t.count, t.at) for t in stream.toast_board.board().toasts],
    "metrics": {k: repr(v) for k, v in stream.metrics.items()},
    "over time": stream.metrics.df.to_csv(),
    "notes": [(n.us, n.code, n.body) for n in stream.notes],
    "position": stream.position.total_seconds(),
    "log": stream.log.to_csv(),
}
print(json.dumps(told))
"""


def eventful(path: Path, seed: int = 1) -> Path:
    """Two minutes with storms of events, holes, states, comments, marks."""
    rng = random.Random(seed)
    t, lines, n = 0.0, [[0, "open", {"connection": 1, "resumed_from": "", "recovered": None}]], 0
    for number in range(2, 5):
        for _ in range(40):
            t = round(t + rng.choice([0, 0, 0.01, 0.3, 3.0]), 6)
            for _ in range(rng.choice([1, 1, 2, 12])):
                name = rng.choice(
                    ["build_failed", "workload_status_update", "build_completed", "heartbeat", "odd"]
                )
                lines.append(build(t, n, event_type=name, status=rng.choice(["running", "failed"])))
                n += 1
            if rng.random() < 0.2:
                lines.append([t, "cm", "still here"])
        lines.append(
            [t + 0.5, "state", {"state": "retrying", "cause": "cut", "attempt": 1, "lost": [t, "cut"]}]
        )
        lines.append([t + 1, "mark", {"text": f"hole {number}"}])
        hole = {"start": t, "end": t + 2, "reason": "cut", "recovered": None, "last_event_id": str(n - 1)}
        lines.append([t + 2, "gap", hole])
        lines.append([t + 2, "open", {"connection": number, "resumed_from": str(n - 1), "recovered": None}])
        lines.append([t + 2, "state", {"state": "open", "cause": "", "attempt": 1, "since": t + 2}])
        lines += [[t + 2.1, "dup", build(0, k)[2]] for k in range(n - 3, n)]
        t += 3
    return write(path, lines)


def test_two_replays_are_equal_wherever_and_however_fast(tmp_path: Path) -> None:
    """In three time zones, at three speeds: the same rows, gaps, toasts in the same order, and numbers."""
    path = eventful(tmp_path / "x.ssecast")
    runs = [("UTC", "inf"), ("Pacific/Chatham", "900"), ("America/New_York", "120")]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", REPLAY, str(path), speed],
            env={**os.environ, "TZ": zone, "LANG": "C"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for zone, speed in runs
    ]
    first, *others = [json.loads(process.communicate(timeout=100)[0]) for process in processes]
    assert len(first["toasts"]) > 50
    for other in others:
        assert first.keys() == other.keys()
        for name, value in first.items():
            assert value == other[name], name


def test_what_was_played_before_makes_no_difference(tmp_path: Path) -> None:
    """However one got to a moment, by steps, forwards, backwards, what is there is the same."""
    path = eventful(tmp_path / "x.ssecast", seed=2)
    whole = sse.replay(path, math.inf)
    rng = random.Random(3)
    other = sse.replay(path, paused=True)
    end = whole.duration.total_seconds()
    for _ in range(25):
        t = rng.uniform(0, end)
        rng.choice(
            [
                lambda: other.step(rng.randint(1, 9)),
                lambda t=t: other.seek(t),
                lambda: other.run_until("status == 'failed'"),
            ]
        )()
    for t in [rng.uniform(0, end) for _ in range(4)]:
        straight: Any = sse.replay(path, paused=True).seek(t)
        other.seek(t)
        pd.testing.assert_frame_equal(straight.df, other.df)
        pd.testing.assert_frame_equal(straight.gaps, other.gaps)
        pd.testing.assert_frame_equal(straight.timeline, other.timeline)
        assert dict(straight.metrics) == pytest.approx(dict(other.metrics), nan_ok=True)
        straight.close()
    other.run_until()
    pd.testing.assert_frame_equal(whole.df, other.df)
    assert dict(whole.metrics) == pytest.approx(dict(other.metrics), nan_ok=True)
    other.close()


def test_what_was_sent_again_is_told_as_it_was(tmp_path: Path) -> None:
    """Many events that the server sent again were one toast, not many; so they are in the replay."""
    said = {"event_type": "connected", "resume": {"from": "0", "replayed": 12, "complete": True}}
    lines: list[Any] = [
        [0, "open", {"connection": 1, "resumed_from": "", "recovered": None}],
        build(0, 0),
        [60, "gap", {"start": 0, "end": 60, "reason": "cut", "recovered": None, "last_event_id": "0"}],
        [60, "open", {"connection": 2, "resumed_from": "0", "recovered": None}],
        [60, "ev", {"event": "connected", "data": json.dumps(said)}],
    ]
    kinds = ["build_failed", "workload_failed", "error_report", "cluster_error"]
    again = [build(60 + n / 100, n, event_type=kinds[n % 4], status=f"s-{n}") for n in range(1, 13)]
    resumed = sse.replay(write(tmp_path / "x.ssecast", lines + again), math.inf)
    fresh = sse.replay(write(tmp_path / "y.ssecast", lines[:2] + again), math.inf)
    assert 13 == len(resumed) == len(fresh)
    assert [True] == list(resumed.gaps["recovered"])
    told, one_by_one = (
        [toast.title for toast in each.toast_board.board().toasts] for each in (resumed, fresh)
    )
    assert "While disconnected" in told
    assert "While disconnected" not in one_by_one
