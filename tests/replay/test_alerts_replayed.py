"""A replay's alerts and toasts are the live ones: what was acknowledged or silenced is so again, in turn."""

from __future__ import annotations

import json
import logging
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from replay.casts import STARTED, build, write
from support import client_threads, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend


@pytest.fixture(autouse=True)
def nothing_remains() -> Iterator[None]:
    yield
    sse.close_all()
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")


def toast_log(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said of toasts; the list begins anew."""
    said = [record.getMessage() for record in caplog.records if "[EventToast]" in record.getMessage()]
    caplog.clear()
    return said


def counted(stream: sse.EventStream) -> dict[str, Any]:
    return {name: value for name, value in stream.metrics.items() if name.startswith("sse_toasts")}


def all_told(stream: Any) -> list[Any]:
    """What is known of alerts and silences, and what is on the screen."""
    board = stream.toast_board.board()
    toasts = [(toast.title, toast.text, toast.count, toast.at) for toast in board.toasts]
    return [stream.alerts.to_csv(), stream.silences.to_csv(), stream.mutes.to_csv(), toasts, counted(stream)]


KINDS = [
    {"event_type": "build_failed", "build_id": "b-1"},
    {"event_type": "build_complete", "build_id": "b-1"},
    {"event_type": "build_failed", "build_id": "b-2"},
    {"event_type": "workload_status_update", "workload_id": "w-1", "status": "degraded"},
    {"event_type": "workload_status_update", "workload_id": "w-1", "status": "failed"},
    {"event_type": "workload_status_update", "workload_id": "w-1", "status": "running"},
    {"event_type": "error_report", "workload_id": "w-2"},
]


@pytest.mark.parametrize("seed", [1, 2, 3, *(pytest.param(n, marks=pytest.mark.long) for n in range(4, 30))])
def test_alerts_and_toasts_are_as_they_were(
    seed: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever people said while it came, at whatever moment: table, screen, log lines, counts are equal."""
    rng, path = random.Random(seed), tmp_path / "live.ssecast"
    caplog.set_level(logging.DEBUG, "sse_notebook")
    with Backend() as backend:
        live = sse.connect(backend.url, token=backend.token(), record=path).wait_open()
        handles: list[Any] = []
        sent = 0

        def say() -> None:
            what = rng.randrange(6)
            if what == 0 and len(alerts := live.alerts):
                live.ack(rng.choice(alerts.index.to_list()), note=f"n{rng.randrange(3)}", by="ann")
            elif what == 1:
                live.ack("build.*")
            elif what == 2:
                asked = rng.choice(["build.*", "resource_id == 'w-1'", "severity == 'warning'"])
                handles.append(live.silence(asked, rng.choice([0.05, 0.2, 60]), reason=rng.choice("ab ")))
            elif what == 3 and handles:
                rng.choice(handles).lift()
            elif what == 4:
                live.mute(rng.choice(["error.*", None]), resource="w-2", duration=rng.choice([0.1, 60]))
            elif what == 5:
                live.unmute()

        for _ in range(25):
            number = rng.choice([1, 1, 2, 9])
            backend.publish_all([rng.choice(KINDS) for _ in range(number)])
            sent += number
            if rng.random() < 0.7:  # else it is said in the middle of what comes
                live.wait_for(sent, timeout=20)
            say()
        last = backend.publish({"event_type": "build_failed", "build_id": "last"})
        live.wait_for(lambda event: event.id == last, timeout=20)
        eventually(lambda: live.alerts.dropna(subset="acked_at")["sent"].notna().all())
        live.disconnect()
    live.silence("build.*", "1h")  # what is said while nothing comes, too
    now, alerts = live._parts.clock.time(), live.alerts
    screen, counts = live.toast_board.board().toasts, counted(live)
    live.close()
    said = toast_log(caplog)
    again = sse.replay(path, math.inf)
    assert [line for line in said if "acknowledged" in line or "silenced" in line]
    assert said == toast_log(caplog)
    assert counts == counted(again)
    # Between the look at the live stream and the last line, which `close` wrote, a silence may have ended.
    first, last_line = sorted((now, again._parts.clock.time()))
    untils = [until for table in (alerts, again.alerts) for until in table["silenced_until"].dropna()]
    if not any(first <= until.timestamp() <= last_line for until in untils):
        pd.testing.assert_frame_equal(alerts, again.alerts)
    assert [(toast.title, toast.count) for toast in screen if toast.ends > now] == [
        (toast.title, toast.count) for toast in again.toast_board.board().toasts if toast.ends > now
    ]


@pytest.mark.parametrize("what", ["silence", "ack"])
def test_what_an_observer_says_in_the_middle_of_a_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    """He knows the alerts of the rows that he is told of; what he says stands behind their read, in both."""
    path = tmp_path / "live.ssecast"
    caplog.set_level(logging.DEBUG, "sse_notebook")
    with Backend() as backend:
        live = sse.connect(backend.url, token=backend.token(), record=path).wait_open()
        seen: list[list[str]] = []

        def say(change: Any) -> None:
            if change.new is not None and change.new.resource_id == "b-2":
                seen.append(live.alerts["resource_id"].to_list())
                live.silence("build.*", "1h") if what == "silence" else live.ack("build.*", note="seen")

        live.store.observe(say, "last_event")
        for number, kinds in enumerate([KINDS[:1], KINDS[2:3], [KINDS[0], KINDS[2]]]):
            backend.publish_all(kinds)
            live.wait_for([1, 2, 4][number], timeout=20)
            eventually(lambda number=number: sum(counted(live).values()) == [1, 2, 4][number])
        eventually(lambda: live.alerts.dropna(subset="acked_at")["sent"].notna().all())
        live.disconnect()
    told = [live.alerts.to_csv(), counted(live), len(live.toast_board.board().toasts)]
    live.close()
    said = toast_log(caplog)
    assert seen[0] == ["b-1", "b-2"]
    again = sse.replay(path, math.inf)
    assert told == [again.alerts.to_csv(), counted(again), len(again.toast_board.board().toasts)]
    assert said == toast_log(caplog)


def eventful(path: Path, seed: int = 1) -> Path:
    """A minute of trouble, and of what was said of it."""
    rng, t, n = random.Random(seed), 0.0, 0
    lines: list[Any] = [[0, "open", {"connection": 1, "resumed_from": "", "recovered": None}]]
    newest: dict[str, int] = {}
    for _ in range(60):
        t = round(t + rng.choice([0, 0.25, 1.0, 3.0]), 6)
        for _ in range(rng.choice([1, 2, 5])):
            kind = rng.choice(KINDS)
            lines.append(build(t, n, **{"build_id": None, **kind}))
            newest[str(kind.get("build_id") or kind["workload_id"])] = n
            n += 1
        at = newest[rng.choice(list(newest))]
        if rng.random() < 0.5:
            lines.append([t, "ack", {"seq": at, "id": str(at), "note": f"n{n}", "by": "ann"}])
        if rng.random() < 0.3:
            asked = rng.choice(['type == "build.*"', 'severity == "warning"', "data.n > 40"])
            body = rng.choice([{"seconds": 5.0, "reason": "r"}, {"seconds": 60}, {"lifted": True}])
            lines.append([t, "sil", {"filter": asked, **body}])
    return write(path, lines)


def test_what_was_played_before_makes_no_difference(tmp_path: Path) -> None:
    """However one got to a moment, by steps, forwards, backwards: alerts, silences, toasts are the same."""
    path = eventful(tmp_path / "x.ssecast")
    whole = sse.replay(path, math.inf)
    assert {"firing", "acknowledged", "silenced", "resolved"} >= set(whole.alerts["state"])
    assert 3 <= len(whole.alerts)
    rng = random.Random(3)
    other = sse.replay(path, paused=True)
    end = whole.duration.total_seconds()
    for t in [rng.uniform(0, end) for _ in range(6)]:
        rng.choice(
            [lambda: other.step(9), lambda: other.seek(0), lambda: other.run_until("status == 'failed'")]
        )()
        straight: Any = sse.replay(path, paused=True).seek(t)
        other.seek(t)
        assert all_told(straight)[:3] == all_told(other)[:3]
        straight.close()
    other.seek(0)
    assert [0, 0] == [len(other.alerts), len(other.silences)]
    other.run_until()
    assert all_told(whole) == all_told(other)
    other.close()


def test_what_is_said_in_a_replay_holds_in_it(tmp_path: Path) -> None:
    """A silence set there stays when it is sent back; one of the recording goes, and comes again."""
    lines = [
        build(0, 0),
        [1, "sil", {"filter": 'type == "build.*"', "seconds": 100}],
        build(2, 1),
        build(9, 2),
    ]
    replay = sse.replay(write(tmp_path / "x.ssecast", lines), paused=True).seek(5)
    mine = replay.silence("error.*", "1h")
    replay.ack("b-1")
    assert ['type == "build.*"', 'type == "error.*"'] == replay.silences["filter"].to_list()
    replay.seek(0.5)
    assert ['type == "error.*"'] == replay.silences["filter"].to_list()
    assert (True, ["firing"]) == (mine.active, replay.alerts["state"].to_list())
    replay.run_until()
    assert ['type == "error.*"', 'type == "build.*"'] == replay.silences["filter"].to_list()
    mine.lift()
    assert ['type == "build.*"'] == replay.silences["filter"].to_list()
    assert [pd.NA] * 3 == replay.alerts["sent"].to_list()
    saved = replay.save(tmp_path / "y.ssecast")
    codes = [json.loads(line)[1] for line in saved.read_text().splitlines()[1:]]
    assert {"sil": 3, "ack": 1} == {code: codes.count(code) for code in ("sil", "ack")}


def test_lines_that_cannot_be_taken_are_counted(tmp_path: Path) -> None:
    """A silence that is none, an acknowledgement of nothing: said in the log, and the rest is played."""
    lines = [
        build(0, 0),
        [1, "sil", {"filter": "type =="}],
        [1, "ack", "b-0"],
        [1, "ack", {"seq": 99}],
        [2, "ack", {"seq": 0, "note": 7}],
        build(3, 0),
    ]
    replay = sse.replay(write(tmp_path / "x.ssecast", lines), math.inf)
    assert [("acknowledged", 2)] == list(replay.alerts[["state", "count"]].itertuples(index=False, name=None))
    assert 2 == replay._source.player.wrong
    assert replay.log["text"].str.contains("a line 'sil' at 1.000000 s could not be taken").any()
    assert 4 == len(replay.notes)


def test_a_recording_tells_of_them(tmp_path: Path) -> None:
    """`load` has the alerts as they were at its end; a part that is cut out keeps what was said in it."""
    lines = [
        build(0, 0),
        build(1, 1),
        [2, "ack", {"seq": 1, "id": "1", "note": "mine"}],
        [3, "ack", {"seq": 1, "id": "1", "sent": True}],
        build(4, 1, status="again"),
    ]
    recording = sse.load(write(tmp_path / "x.ssecast", lines))
    assert ["firing", "acknowledged"] == recording.alerts["state"].to_list()
    assert [True] == recording.alerts["sent"].dropna().to_list()
    part = recording.where("message == 'no 1'")
    assert ["#2"] == part.alerts.index.to_list()
    cut = sse.load(part.save(tmp_path / "y.ssecast"))
    assert [("acknowledged", 2, "mine", True)] == list(
        cut.alerts[["state", "count", "note", "sent"]].itertuples(index=False, name=None)
    )
    early = sse.load(recording.between(STARTED, "2026-11-24T10:00:02").save(tmp_path / "z.ssecast"))
    assert ["firing", "firing"] == early.alerts["state"].to_list()


def test_a_part_names_events_by_their_ids_alone(tmp_path: Path) -> None:
    """Rows have other numbers there: what was said of row 1 is not said of another row 1."""
    lines = [build(0, 0), build(1, 1), build(2, 2), [3, "ack", {"seq": 1}]]
    for line in lines[:3]:
        del line[2]["id"]
    recording = sse.load(write(tmp_path / "x.ssecast", lines))
    assert ["firing", "acknowledged", "firing"] == recording.alerts["state"].to_list()
    cut = sse.load(recording.where("data.n != 1").save(tmp_path / "y.ssecast"))
    assert [("b-0", "firing"), ("b-2", "firing")] == list(
        cut.alerts[["resource_id", "state"]].itertuples(index=False, name=None)
    )


def test_what_is_kept_is_saved_with_what_was_said(tmp_path: Path) -> None:
    """`save`, and a recording of the past: acknowledged, silenced again. One from now on has what holds."""
    with Backend() as backend:
        live = sse.connect(backend.url, token=backend.token()).wait_open()
        backend.publish_all(KINDS[:4])
        live.wait_for(4, timeout=10).ack("b-2", note="mine")
        live.silence("workload.*", "1h", reason="deploy")
        live.silence("error.*", "1h").lift()
        eventually(lambda: live.alerts["sent"].notna().any())
        saved = live.save(tmp_path / "saved.ssecast")
        past = live.record(tmp_path / "past.ssecast", past=True)
        fresh = live.record(tmp_path / "fresh.ssecast")
        backend.publish_all(KINDS[2:4])
        live.wait_for(6, timeout=10)
        alerts = live.alerts
        live.close()
    columns = ["state", "severity", "type", "resource_id", "note", "reason", "sent"]
    for path, number in ((saved, 1), (past.path, 2)):
        again = sse.replay(path, math.inf)
        pd.testing.assert_frame_equal(alerts[columns], again.alerts[columns])
        assert [1, number, number] == again.alerts["count"].to_list()
        pd.testing.assert_series_equal(alerts["silenced_until"], again.alerts["silenced_until"])
    again = sse.replay(fresh.path, math.inf)
    assert ["firing", "silenced"] == again.alerts["state"].to_list()  # that was acknowledged before it began
    assert ["deploy"] == again.silences["reason"].to_list()


def test_silences_end_on_the_replays_clock(tmp_path: Path) -> None:
    """At the moment at which they ended, however fast it is played, to the microsecond."""
    lines = [
        [0.000001, "sil", {"filter": "True", "seconds": 1}],
        build(1.0, 0),
        build(1.000001, 1),
    ]
    replay = sse.replay(write(tmp_path / "x.ssecast", lines), paused=True)
    replay.step()
    assert ["silenced"] == replay.alerts["state"].to_list()
    replay.step()
    assert ["firing", "firing"] == replay.alerts["state"].to_list()
    assert {'sse_toasts_total{outcome="shown"}': 1, 'sse_toasts_total{outcome="suppressed"}': 1} == {
        name: value for name, value in counted(replay).items() if "{" in name
    }
